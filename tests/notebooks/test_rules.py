"""Every rule lets the synthetic notebook pass, and refuses it with one fault put in."""

import copy
import json
import shutil

import nbformat
import pytest
import rules
import synthetic
from nbformat.v4.rwbase import split_lines
from rules import RULES

from helpers.course import editions
from helpers.course.notebook import MARKER, Notebook


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        yield synthetic.checkout(tmp_path_factory.mktemp("course") / "good", patch)


@pytest.fixture
def refused(good, tmp_path):
    """refused(rule, fault): the complaints of `rule` about the good notebook after `fault(cells, node)`."""

    def judge(rule, fault, name=None):
        root = tmp_path / "bad"
        shutil.copytree(good.parents[1], root, dirs_exist_ok=True)
        path = root / "notebooks" / good.name
        node = copy.deepcopy(nbformat.read(path, as_version=4))
        fault(node.cells, node)
        path.unlink()
        path = path.with_name(name or good.name)
        # as nbformat would write it, without the faults that it would mend
        path.write_text(
            json.dumps(split_lines(node), indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8"
        )
        return rule(Notebook(path))

    return judge


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_good_notebook_passes(rule, good):
    assert rule(Notebook(good)) == []


def code(cells, text):
    """The first code cell that holds `text`."""
    return next(cell for cell in cells if cell.cell_type == "code" and text in cell.source)


def says(cells, text):
    """The first Markdown cell that holds `text`."""
    return next(cell for cell in cells if cell.cell_type == "markdown" and text in cell.source)


def change(text, new, pick=code):
    def fault(cells, node):
        cell = pick(cells, text)
        cell.source = cell.source.replace(text, new)

    return fault


def add_output(text, name="stdout"):
    def fault(cells, node):
        code(cells, "statistics.fmean").outputs.append(nbformat.v4.new_output("stream", name=name, text=text))

    return fault


def add_data(**data):
    def fault(cells, node):
        shown = {kind.replace("_", "/", 1): value for kind, value in data.items()}
        code(cells, "board.show").outputs.append(nbformat.v4.new_output("display_data", data=shown))

    return fault


def swap_sections(cells, node):
    one, other = says(cells, "## Training"), says(cells, "## The verdict")
    one.source, other.source = other.source, one.source


def untag(cells, node):
    code(cells, "session.knobs").metadata = {}


def no_markdown_between(cells, node):
    cells.remove(next(cell for cell in cells if cell.source == synthetic.WORDS))


def append_code(source):
    def fault(cells, node):
        cells.append(nbformat.v4.new_code_cell(source, execution_count=99))

    return fault


def error_output(cells, node):
    code(cells, "board.show").outputs = [nbformat.v4.new_output("error", ename="ValueError", evalue="no", traceback=[])]


def widget_output(cells, node):
    data = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "Box()"}
    code(cells, "board.show").outputs.append(nbformat.v4.new_output("display_data", data=data))


def stripped(cells, node):
    for cell in cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None


def same_id(cells, node):
    cells[3].id = cells[4].id


def timing(cells, node):
    cells[3].metadata["execution"] = {"iopub.execute_input": "2026-08-01T10:00:00Z"}


def version(cells, node):
    node.metadata.language_info["version"] = "3.11.7"


def unmarked(cells, node):
    for cell in cells:
        cell.source = cell.source.replace(MARKER, "# a shape")


def raises_tag(cells, node):
    code(cells, "statistics.fmean").metadata["tags"] = ["raises-exception"]


def not_correct(cells, node):
    code(cells, "toy.halve.check").outputs[0].text = "Exercise 2: not yet. It is not written yet.\n"


def no_check(cells, node):
    cells.remove(code(cells, "toy.halve.check"))


def one_follow_up_less(cells, node):
    cell = says(cells, "interviewer")
    cell.source = cell.source.replace(synthetic.FOLDED.format("speed"), "")


def no_plain_cell(cells, node):
    cells.remove(code(cells, "middle_7"))


def control_output(cells, node):
    code(cells, "widgets.control").outputs = [nbformat.v4.new_output("stream", name="stdout", text="8\n")]


STEP = "spread_1 = largest_1 - smallest_1"
FAULTS = [
    (rules.sections_stand_in_order, change("## Try it", "## Play", says), "sections should be"),
    (rules.sections_stand_in_order, swap_sections, "sections should be"),
    (rules.title_cell_is_complete, change("07 ·", "7 ·", says), "the title '# 07"),
    (rules.title_cell_is_complete, change("怎样用 CNN 分类？", "", says), "in Chinese"),
    (rules.title_cell_is_complete, change("colab", "binder", says), "badge"),
    (rules.title_cell_is_complete, change("<!-- measured -->", "", says), "measured block"),
    (rules.measured_block_is_generated, change("| standard | 4.1 |", "| standard | 3.1 |", says), "make publish"),
    (rules.knobs_are_declared_and_used, untag, "0 cells are tagged"),
    (rules.knobs_are_declared_and_used, change("session.knobs", "dict"), "session.knobs once"),
    (rules.knobs_are_declared_and_used, change("epochs=(1, 2, 3)", "epochs=(1, 2)"), "epochs needs three"),
    (rules.knobs_are_declared_and_used, change("epochs=", "rate=(1, 2, 3),\n    epochs="), "rate is never used"),
    (rules.follow_ups_are_folded, one_follow_up_less, "3 folded"),
    (rules.try_it_has_a_control, change("widgets.control", "print"), "should call helpers.widgets"),
    (rules.try_it_has_a_control, change(STEP, STEP + "\ntoy.widgets.control(len)"), "and no other"),
    (rules.try_it_has_a_control, no_plain_cell, "behind a plain cell"),
    (rules.try_it_has_a_control, control_output, "left an output"),
    (rules.course_is_found_as_make_colab_writes, change("--quiet", "--upgrade"), "run `make colab`"),
    (rules.course_is_found_as_make_colab_writes, change("Upload this", "Take this", says), "run `make colab`"),
    (rules.course_is_found_as_make_colab_writes, change('find_spec("helpers")', "True or"), "should be the setup cell"),
    (rules.course_is_found_as_make_colab_writes, change("[![Open in", "[![In", says), "one line that starts with"),
    (rules.size_is_readable, lambda cells, node: cells.__delitem__(slice(20, 40)), "cells; there should be 28"),
    (rules.size_is_readable, append_code("x = 1\n" * 41), "a code cell has 41 lines"),
    (rules.size_is_readable, append_code("x = 1\n" * 200), "lines of code; there should be"),
    (rules.size_is_readable, lambda c, n: [append_code("x = 1\n" * 25)(c, n) for _ in range(4)], "90 % should"),
    (rules.size_is_readable, lambda c, n: [append_code("x = 1")(c, n) for _ in range(40)], "the median code cell"),
    (rules.prose_and_code_alternate, no_markdown_between, "three code cells in a row"),
    (rules.prose_fits_the_code, change("## Try it", "## Try it\n" + "many words " * 600, says), "words of prose"),
    (rules.prose_fits_the_code, append_code("x = 1\n" * 300), "words of prose"),
    (rules.outputs_are_small, add_data(image_png="A" * 250_001), "PNG of 250 kB"),
    (rules.outputs_are_small, add_data(image_jpeg="A" * 600_001), "600 kB of outputs"),
    (rules.was_executed_in_order, append_code("x = 1"), "not 1..n"),
    (rules.was_executed_in_order, stripped, "not 1..n"),
    (rules.outputs_are_sound, error_output, "ended in ValueError"),
    (rules.outputs_are_sound, add_output("WARNING: late\n", "stderr"), "standard error"),
    (rules.outputs_are_sound, add_output("10%\b\b\b20%\n"), "progress bar"),
    (rules.outputs_are_sound, add_output("10%\r20%\n"), "progress bar"),
    (rules.outputs_are_sound, add_output("<Dense object at 0x7f12aa>\n"), "changes with every run"),
    (rules.outputs_are_sound, widget_output, "widget"),
    (rules.file_is_clean, same_id, "not clean"),
    (rules.file_is_clean, timing, "not clean"),
    (rules.file_is_clean, version, "not clean"),
    (rules.file_is_clean, widget_output, "not clean"),
    (rules.file_is_clean, stripped, "was not executed"),
    (rules.file_is_clean, add_output("/home/ann/course/data.npz\n"), "absolute path"),
    (rules.file_is_clean, add_output("saved to C:\\Users\\ann\\x\n"), "absolute path"),
    (rules.file_is_clean, change(STEP, 'spread_1 = open("/Users/ann/x.csv")'), "absolute path"),
    (rules.marked_cells_can_be_compared, change(MARKER, MARKER + " (shapes)"), "stand alone"),
    (rules.marked_cells_can_be_compared, unmarked, "at least 3"),
    (rules.marked_cells_can_be_compared, stripped, "prints nothing"),
    (rules.code_hides_nothing_from_nbval, append_code("plt.plot(x);"), "ends with ';'"),
    (rules.code_hides_nothing_from_nbval, append_code("clear_output(wait=True)"), "clear_output"),
    (rules.code_hides_nothing_from_nbval, append_code("!false"), "shell line"),
    (rules.code_hides_nothing_from_nbval, append_code("files = !ls"), "shell line"),
    (rules.code_hides_nothing_from_nbval, raises_tag, "raises-exception"),
    (rules.no_registry_is_named, append_code("%pip install --index-url https://pypi.org/simple x"), "--index-url"),
    (rules.no_registry_is_named, add_output("Looking in links: wheels\n"), "Looking in links"),
    (rules.imports_stand_in_setup, change(STEP, STEP + "\nimport math"), "import math"),
    (rules.imports_stand_in_setup, append_code("def f():\n    from math import pi\n    return pi"), "from math"),
    (rules.functions_read_no_variables, append_code("def f():\n    return knobs.epochs"), "f reads the variable knobs"),
    (
        rules.functions_read_no_variables,
        append_code("class A:\n    def g(self, xs):\n        return [x + largest_1 for x in xs]"),
        "reads the variable largest_1",
    ),
    (rules.exercises_are_checked, no_check, "the next code cell"),
    (rules.exercises_are_checked, not_correct, "not found correct"),
    (rules.exercises_are_checked, change("### END SOLUTION", "# end"), "needs its ### END SOLUTION"),
    (rules.exercises_are_checked, change("### BEGIN SOLUTION", "# begin"), "1 exercises"),
    (rules.exercises_are_checked, change(MARKER + "\ntoy.double", "toy.double"), "should start with"),
    (
        rules.unsolved_exercises_are_refused,
        change("toy.double.check(double)", "toy.double.check(lambda x: 2 * x)"),
        "correct.",
    ),
    (rules.unsolved_exercises_are_refused, change("toy.halve.check(halve)", "halve(3)"), "NotImplementedError"),
    (rules.student_edition_holds_no_solution, change(STEP, STEP + "\n# return 2 * x"), "stands in the lesson"),
    (
        rules.student_edition_holds_no_solution,
        change("## Sources", "## Sources\n`return x / 2`", says),
        "in the lesson",
    ),
    (rules.instructor_edition_runs_the_same_code, change("<summary>Why speed?</summary>", "", says), "a folded answer"),
    (rules.prose_figures_were_printed, change("0.770", "0.771", says), "0.771 in 'The verdict'"),
    (rules.prose_figures_were_printed, change("67.7 %", "68.7 %", says), "68.7 %"),
    (rules.prose_figures_were_printed, change("1.5 units", "1.37 million", says), "1.37 million"),
    (rules.prose_figures_were_printed, change("A shop", "In 61% of cases a shop", says), "61% in 'title'"),
]


@pytest.mark.filterwarnings("ignore:Non-unique cell id")
@pytest.mark.parametrize(
    ("rule", "fault", "message"), FAULTS, ids=[f"{rule.__name__}-{n}" for n, (rule, _, _) in enumerate(FAULTS)]
)
def test_one_fault_is_refused(rule, fault, message, refused):
    complaints = refused(rule, fault)
    assert any(message in complaint for complaint in complaints), complaints


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_no_fault_no_complaint(rule, refused):
    assert refused(rule, lambda cells, node: None) == []


def test_another_file_name_is_refused(refused):
    complaints = refused(rules.title_cell_is_complete, lambda cells, node: None, "07_something.ipynb")
    assert complaints == ["the first cell lacks the file name 07_classification_cnn.ipynb"]


def test_every_rule_is_shown_to_refuse_something():
    assert {rule for rule, _, _ in FAULTS} == set(RULES)


@pytest.mark.parametrize(
    "prose",
    [
        "`0.999` and $\\alpha = 0.999$ and [0.999](https://example.org/0.999) do not count as claims",
        "rounded to 0.77 or 0.8",
        "a share of 77 %",
        "version 2.21.0 and the year 2016",
        "a loss of 1.2 at first",
    ],
)
def test_prose_that_is_no_claim_or_a_true_one_passes(prose, refused):
    fault = change("one seed more", prose.replace("[0.999]", "[there]"), says)
    assert refused(rules.prose_figures_were_printed, fault) == []


def test_functions_may_use_functions_imports_and_constants(refused):
    source = "LIMIT = 3\ndef f(x):\n    return max(x, LIMIT)\ndef g(x):\n    return f(x) + statistics.fmean([x])"
    assert refused(rules.functions_read_no_variables, append_code(source)) == []


def test_a_solution_that_nbgrader_left_in_is_refused(good, monkeypatch):
    monkeypatch.setattr(editions, "student", lambda node: node)
    complaints = rules.student_edition_holds_no_solution(Notebook(good))
    assert "the student edition has a marker of a solution" in complaints
    assert "the student edition has outputs" in complaints
    assert "the student edition holds 'return 2 * x' of a solution" in complaints
    assert any("correct." in complaint for complaint in rules.unsolved_exercises_are_refused(Notebook(good)))


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (lambda cells: code(cells, "board.show").update(source="board.show() # "), "other code"),
        (lambda cells: code(cells, "board.show").update(outputs=[]), "other code"),
        (lambda cells: code(cells, "board.show").update(execution_count=1), "other code"),
        (lambda cells: cells.remove(code(cells, "board.show")), "a cell less"),
        (lambda cells: cells.remove(says(cells, "**Why speed?**")), "an answer less"),
        (lambda cells: says(cells, "## Try it").update(source="## Play"), "other sections"),
    ],
)
def test_an_instructor_edition_that_differs_is_refused(fault, message, good, monkeypatch):
    made = editions.instructor(Notebook(good), {})
    fault(made.cells)
    monkeypatch.setattr(editions, "instructor", lambda book, measured: made)
    complaints = rules.instructor_edition_runs_the_same_code(Notebook(good))
    assert f"the instructor edition has {message}" in complaints
