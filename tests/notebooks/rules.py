"""What any notebook of the course must be: each rule takes a `Notebook` and returns its complaints (none: good)."""

import ast
import builtins
import copy
import re
import statistics
import symtable

from helpers.course import clean, colab, editions, readme, results
from helpers.course.notebook import MARKER, MEASURED, SECTIONS, Notebook, heading, text_of

SETTLED = ("Sources",)  # sections whose figures are citations, not measurements


def lines(source: str) -> list[str]:
    """The lines of a cell that a reader has to read: those that are not blank."""
    return [line for line in source.splitlines() if line.strip()]


def position(notebook: Notebook, cell) -> str:
    """How a complaint names a cell."""
    return f"cell {next(i for i, other in enumerate(notebook.cells) if other is cell)}"


# Structure


def sections_stand_in_order(notebook: Notebook) -> list[str]:
    """Exactly the sections of the anatomy, as `## ` headings, in its order."""
    found = [title for title in map(heading, notebook.cells) if title]
    return [] if found == list(SECTIONS) else [f"sections should be {list(SECTIONS)}, and are {found}"]


def title_cell_is_complete(notebook: Notebook) -> list[str]:
    """Number and question of the curriculum, the question in Chinese, a sentence, a badge, the measured block."""
    facts = next(entry for entry in readme.curriculum() if entry["number"] == notebook.number)
    first = notebook.cells[0]
    text = first.source if first.cell_type == "markdown" else ""
    wanted = {
        f"the title '# {facts['number']} · {facts['question']}'": text.startswith(
            f"# {facts['number']} · {facts['question']}\n"
        ),
        f"the file name {facts['number']}_{facts['stem']}.ipynb": notebook.path.stem.endswith(facts["stem"]),
        "the question in Chinese": facts["chinese"] in text,
        "the Colab badge": "colab.research.google.com" in text or "colab-badge" in text,
        "a measured block": bool(MEASURED.search(text)),
    }
    return [f"the first cell lacks {what}" for what, there in wanted.items() if not there]


def measured_block_is_generated(notebook: Notebook) -> list[str]:
    """The block of the first cell is what `publish` writes from the stored minutes and memory."""
    block = MEASURED.search(notebook.cells[0].source)
    result = results.read(results.place(notebook.path.parents[1], notebook.number))
    if not block or not result:
        return []  # the complaint of other rules
    if not result.get("measured"):
        return ["nothing was measured: run `make publish`"]
    fresh = results.measured_block(result["measured"])
    return [] if block[1] == fresh else ["the measured block is not what data/results says: run `make publish`"]


def knobs_are_declared_and_used(notebook: Notebook) -> list[str]:
    """One cell tagged `parameters` calls `session.knobs` with three values a name, and every name is used."""
    tagged = [cell for cell in notebook.code if "parameters" in cell.metadata.get("tags", [])]
    if len(tagged) != 1:
        return [f"{len(tagged)} cells are tagged `parameters`; there should be one"]
    calls = [
        node
        for node in ast.walk(notebook.tree(tagged[0]))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "knobs"
    ]
    if len(calls) != 1:
        return ["the parameters cell should call session.knobs once"]
    elsewhere = "\n".join(cell.source for cell in notebook.code if cell is not tagged[0])
    found = []
    for keyword in calls[0].keywords:
        if not (isinstance(keyword.value, ast.Tuple) and len(keyword.value.elts) == 3):
            found.append(f"the knob {keyword.arg} needs three values: quick, standard, full")
        if not re.search(rf"\bknobs\.{keyword.arg}\b", elsewhere):
            found.append(f"the knob {keyword.arg} is never used")
    return found if calls[0].keywords else ["the parameters cell declares no knob"]


def follow_ups_are_folded(notebook: Notebook) -> list[str]:
    """Four to six questions of an interviewer, each folded with its answer."""
    text = "\n".join(cell.source for cell in notebook.in_section("What the interviewer asks next"))
    count = len(re.findall(r"<details>\s*<summary>.+?</summary>.+?</details>", text, re.DOTALL))
    return [] if 4 <= count <= 6 else [f"{count} folded follow-up questions; there should be 4 to 6"]


def try_it_has_a_control(notebook: Notebook) -> list[str]:
    """A control of `helpers.widgets` stands in "Try it" behind a plain cell, alone and without outputs."""
    there = [cell.id for cell in notebook.code if re.search(r"\bwidgets\.|\bipywidgets\b", cell.source)]
    code = [cell for cell in notebook.in_section("Try it") if cell.cell_type == "code"]
    if len(code) < 2 or there != [code[-1].id]:
        return ["the last code cell of 'Try it', and no other, should call helpers.widgets, behind a plain cell"]
    return ["the control left an output: run the notebook with HELPERS_BATCH=1"] if code[-1].outputs else []


def course_is_found_as_make_colab_writes(notebook: Notebook) -> list[str]:
    """Badge and setup cell are what `make colab` writes for this version and the repository the badge names."""
    fresh = copy.deepcopy(notebook.node)
    try:
        colab.fill(fresh, notebook.path.name, colab.repository(notebook.node))
    except ValueError as error:
        return [str(error)]
    return [] if fresh == notebook.node else ["badge and setup cell are not up to date: run `make colab`"]


# Size


def size_is_readable(notebook: Notebook) -> list[str]:
    """28-49 cells, 100-270 lines of code, median cell 3-10 lines, 90 % at most 20, none over 40."""
    sizes = [len(lines(cell.source)) for cell in notebook.code]
    if not sizes:
        return ["there is no code"]
    short = sum(size <= 20 for size in sizes) / len(sizes)
    limits = {
        f"{len(notebook.cells)} cells; there should be 28 to 49": 28 <= len(notebook.cells) <= 49,
        f"{sum(sizes)} lines of code; there should be 100 to 270": 100 <= sum(sizes) <= 270,
        f"the median code cell has {statistics.median(sizes):g} lines; it should have 3 to 10": 3
        <= statistics.median(sizes)
        <= 10,
        f"only {short:.0%} of the code cells have at most 20 lines; 90 % should": short >= 0.9,
        f"a code cell has {max(sizes)} lines; none should have over 40": max(sizes) <= 40,
    }
    return [complaint for complaint, holds in limits.items() if not holds]


def prose_and_code_alternate(notebook: Notebook) -> list[str]:
    """No three code cells in a row: what a cell is for is said at least before every second one."""
    kinds = "".join(cell.cell_type[0] for cell in notebook.cells)
    return [f"three code cells in a row from cell {found.start()}" for found in re.finditer("ccc+", kinds)]


def prose_fits_the_code(notebook: Notebook) -> list[str]:
    """3 to 12 words of prose a line of code."""
    text = " ".join(MEASURED.sub("", cell.source) for cell in notebook.markdown)
    words = len(re.findall(r"[A-Za-z][\w'-]*", re.sub(r"<[^>]+>|\]\([^)]*\)", " ", text)))
    ratio = words / max(1, sum(len(lines(cell.source)) for cell in notebook.code))
    return [] if 3 <= ratio <= 12 else [f"{ratio:.1f} words of prose a line of code; there should be 3 to 12"]


def outputs_are_small(notebook: Notebook) -> list[str]:
    """At most 600 kB of outputs, no PNG over 250 kB, as stored (base64)."""
    found, total = [], 0
    for cell in notebook.code:
        for output in cell.outputs:
            sizes = {kind: len(str(value)) for kind, value in output.get("data", {}).items()}
            total += sum(sizes.values()) + len(text_of(output))
            if sizes.get("image/png", 0) > 250_000:
                found.append(f"{position(notebook, cell)} shows a PNG of {sizes['image/png'] // 1000} kB; use JPEG")
    return found + ([f"{total // 1000} kB of outputs; at most 600"] if total > 600_000 else [])


# Execution


def was_executed_in_order(notebook: Notebook) -> list[str]:
    """Execution counts 1..n: run once, from top to bottom, in a fresh kernel."""
    counts = [cell.execution_count for cell in notebook.code]
    return [] if counts == list(range(1, len(counts) + 1)) else [f"execution counts are {counts}, not 1..n"]


def outputs_are_sound(notebook: Notebook) -> list[str]:
    """No error, standard error, backspace, carriage return, object address or widget among the outputs."""
    found = []
    for cell in notebook.code:
        for output in cell.outputs:
            text, where = text_of(output), position(notebook, cell)
            if output.output_type == "error":
                found.append(f"{where} ended in {text}; catch and print what is meant to fail")
            if output.get("name") == "stderr":
                found.append(f"{where} wrote to standard error: {text[:60]!r}")
            if "\b" in text or "\r" in text:
                found.append(f"{where} left the remains of a progress bar")
            if address := re.search(r"<[^<>\n]*\bat 0x[0-9a-fA-F]+>", text):
                found.append(f"{where} shows {address[0]}, which changes with every run")
            if clean.WIDGET in output.get("data", {}):
                found.append(f"{where} holds a widget, which is dead in a saved file")
    return found


def file_is_clean(notebook: Notebook) -> list[str]:
    """Minimal metadata, unique cell ids and no path of somebody's machine, as `course.clean` leaves it."""
    return clean.clean(notebook.path, check=True)


def marked_cells_can_be_compared(notebook: Notebook) -> list[str]:
    """At least three cells whose text nbval compares: the marker alone on its line, and text to compare."""
    found, good = [], 0
    for cell in notebook.code:
        if "NBVAL_" not in cell.source:
            continue
        where = position(notebook, cell)
        if not any(line.strip() == MARKER for line in cell.source.splitlines()):
            found.append(f"{where}: the marker has to stand alone on its line, as '{MARKER}'")
        elif not "".join(text_of(output) for output in cell.outputs).strip():
            found.append(f"{where} is marked and prints nothing that could be compared")
        else:
            good += 1
    return found + ([f"{good} cells are marked for comparison; there should be at least 3"] if good < 3 else [])


# Code


def code_hides_nothing_from_nbval(notebook: Notebook) -> list[str]:
    """None of what nbval forgives in silence or trips over: `;`, `clear_output`, `raises-exception`, `!command`."""
    found = []
    for cell in notebook.code:
        where, code = position(notebook, cell), lines(cell.source)
        if code and code[-1].rstrip().endswith(";"):
            found.append(f"{where} ends with ';': end plots with plt.show()")
        if "clear_output" in cell.source:
            found.append(f"{where} uses clear_output")
        if "raises-exception" in cell.metadata.get("tags", []):
            found.append(f"{where} is tagged raises-exception: catch the exception and print it")
        if any(re.match(r"\s*(!|.*=\s*!)", line) for line in code):
            found.append(f"{where} has a shell line, whose failure nobody notices: use subprocess.run(check=True)")
    return found


def no_registry_is_named(notebook: Notebook) -> list[str]:
    """No address of a package index, in code or outputs."""
    pattern = re.compile(
        r"pypi\.org|pythonhosted\.org|anaconda\.org|--(extra-)?index-url|--find-links|Looking in links"
    )
    return [
        f"{position(notebook, cell)} names a package index: {found[0]!r}"
        for cell in notebook.code
        if (found := pattern.search(cell.source + "\n" + "\n".join(map(text_of, cell.outputs))))
    ]


def imports_stand_in_setup(notebook: Notebook) -> list[str]:
    """Everything is imported once, at the top."""
    found = []
    for cell, section in zip(notebook.cells, notebook.sections, strict=True):
        if cell.cell_type == "code" and section != "Setup":
            imports = [n for n in ast.walk(notebook.tree(cell)) if isinstance(n, ast.Import | ast.ImportFrom)]
            found += [f"{position(notebook, cell)} imports outside Setup: {ast.unparse(node)}" for node in imports]
    return found


def functions_read_no_variables(notebook: Notebook) -> list[str]:
    """A function uses its arguments, other functions, imports and CONSTANTS, not variables of the notebook."""
    variables: set[str] = set()
    for cell in notebook.code:
        for node in ast.walk(notebook.tree(cell)):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                variables.add(node.id)
    defined = {
        name.asname or name.name.split(".")[0] if isinstance(node, ast.Import | ast.ImportFrom) else name
        for cell in notebook.code
        for node in ast.walk(notebook.tree(cell))
        for name in _defined(node)
    }
    found = []
    for cell in notebook.code:
        code = ast.unparse(notebook.tree(cell))
        for function in _functions(symtable.symtable(code, "cell", "exec")):
            for symbol in function.get_symbols():
                name = symbol.get_name()
                is_read = symbol.is_global() and symbol.is_referenced() and name not in dir(builtins)
                if is_read and name in variables - defined and not name.isupper():
                    found.append(f"{position(notebook, cell)}: {function.get_name()} reads the variable {name}")
    return found


def _defined(node: ast.AST) -> list:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    return node.names if isinstance(node, ast.Import | ast.ImportFrom) else []


def _functions(table: symtable.SymbolTable, inside: bool = False):
    """The named functions in a symbol table, methods included, with the lambdas and comprehensions inside them."""
    for child in table.get_children():
        is_named = child.get_name() not in ("lambda", "listcomp", "setcomp", "dictcomp", "genexpr")
        counts = child.get_type() == "function" and (is_named or inside)
        if counts:
            yield child
        yield from _functions(child, inside or counts)


# Exercises


def exercise_cells(notebook: Notebook) -> list[tuple]:
    """Each cell with a solution, and the code cell after it (or None)."""
    pairs = zip(notebook.code, [*notebook.code[1:], None], strict=True)
    return [(cell, following) for cell, following in pairs if "### BEGIN SOLUTION" in cell.source]


def exercises_are_checked(notebook: Notebook) -> list[str]:
    """Two or three exercises, each with nbgrader's markers and a marked check after it that said `correct`."""
    pairs = exercise_cells(notebook)
    found = [] if 2 <= len(pairs) <= 3 else [f"{len(pairs)} exercises; there should be two or three"]
    for cell, following in pairs:
        where = position(notebook, cell)
        if cell.source.count("### BEGIN SOLUTION") != cell.source.count("### END SOLUTION"):
            found.append(f"{where}: every ### BEGIN SOLUTION needs its ### END SOLUTION")
        if following is None or not following.source.startswith(MARKER) or ".check(" not in following.source:
            found.append(f"{where}: the next code cell should start with {MARKER} and call the checker")
        elif not re.search(r": correct\.\s*$", "".join(map(text_of, following.outputs)), re.MULTILINE):
            found.append(f"{where}: the solution as committed was not found correct")
    return found


def unsolved_exercises_are_refused(notebook: Notebook) -> list[str]:
    """In the student edition the checker says `not yet` to every exercise: run here, with the imports only."""
    import contextlib
    import io

    names: dict = {}
    for cell in notebook.in_section("Setup"):
        if cell.cell_type == "code":
            body = [node for node in notebook.tree(cell).body if isinstance(node, ast.Import | ast.ImportFrom)]
            exec(compile(ast.Module(body, []), "imports", "exec"), names)
    found = []
    unsolved = dict(zip(map(id, notebook.cells), editions.student(notebook.node).cells, strict=True))
    for cell, following in exercise_cells(notebook):
        said = io.StringIO()
        try:
            with contextlib.redirect_stdout(said):
                exec(compile(unsolved[id(cell)].source, "exercise", "exec"), names)
                exec(compile(unsolved[id(following)].source, "check", "exec"), names)
        except Exception as error:
            found.append(f"{position(notebook, cell)}: unsolved, it ends in {type(error).__name__}: {error}")
            continue
        if "not yet." not in said.getvalue() or "correct." in said.getvalue():
            found.append(f"{position(notebook, cell)}: unsolved, the checker said {said.getvalue()!r}")
    return found


# Editions

_SOLUTION = re.compile(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", re.DOTALL)


def student_edition_holds_no_solution(notebook: Notebook) -> list[str]:
    """No line that only a solution has, no marker and no output is left, and no solution stands in the lesson as well.

    Lines under ten characters, such as `else:`, give nothing away.
    """
    left = editions.student(notebook.node).cells
    text = "\n".join(cell.source for cell in left)
    outside = "\n".join(_SOLUTION.sub("", cell.source) for cell in notebook.cells)
    found = ["the student edition has a marker of a solution"] if "SOLUTION" in text else []
    for cell in left:
        if cell.cell_type == "code" and (cell.outputs or cell.execution_count):
            found.append("the student edition has outputs")
    for solution in (body for cell in notebook.code for body in _SOLUTION.findall(cell.source)):
        own = [line for line in map(str.strip, solution.splitlines()) if len(line) >= 10 and line not in outside]
        if not own:
            found.append(f"this whole solution stands in the lesson as well: {solution.strip()!r}")
        found += [f"the student edition holds {line!r} of a solution" for line in own if line in text]
    return found


def instructor_edition_runs_the_same_code(notebook: Notebook) -> list[str]:
    """Code cells and outputs are the source's, so one run proves both; sections too; no answer is folded or lost."""
    made = editions.instructor(notebook, {})

    def runs(cells: list) -> list:
        code = [cell for cell in cells if cell.cell_type == "code"]
        return [(c.id, c.source, c.outputs, c.execution_count, c.metadata.get("tags", [])) for c in code]

    titles = [title for title in map(heading, notebook.cells) if title]
    prose = {cell.id: cell.source for cell in made.cells if cell.cell_type == "markdown"}
    answers = re.findall(r"</summary>\s*(.+?)\s*</details>", "\n".join(c.source for c in notebook.markdown), re.DOTALL)
    complaints = {
        "other code": runs(made.cells) != runs(notebook.cells) or made.metadata != notebook.node.metadata,
        "other sections": [title for title in map(heading, made.cells) if title] != titles,
        "a folded answer": any("<details" in source for source in prose.values()),
        "an answer less": any(answer not in "\n".join(prose.values()) for answer in answers),
        "a cell less": not {cell.id for cell in notebook.cells} <= {cell.id for cell in made.cells},
        "one cell id twice": len({cell.id for cell in made.cells}) < len(made.cells),
        "a cell without a place on the slides": not all("slideshow" in cell.metadata for cell in made.cells),
    }
    return [f"the instructor edition has {what}" for what, wrong in complaints.items() if wrong]


# Figures in prose

_NUMBER = re.compile(r"(?<![\w.])(\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?)(?![\w]*\.\d)")
_CLAIM = re.compile(r"(?<![\w.,])(\d+(?:\.\d+)?)(?!\.?\d)\s?(%|million|billion|thousand|K\b|M\b)?")
_SCALE = {"million": 1e6, "billion": 1e9, "thousand": 1e3, "K": 1e3, "M": 1e6}


def claims(notebook: Notebook) -> list[tuple[str, str]]:
    """Every decimal number and percentage in prose, with the section it stands in."""
    found = []
    for cell, section in zip(notebook.cells, notebook.sections, strict=True):
        if cell.cell_type != "markdown" or section in SETTLED:
            continue
        text = MEASURED.sub("", cell.source)
        text = re.sub(r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$\n]+\$|\]\([^)]*\)|<[^>]+>", " ", text, flags=re.DOTALL)
        for claim in _CLAIM.finditer(text):
            if "." in claim[1] or claim[2] == "%":
                found.append((claim[0].strip(), section or "title"))
    return found


def prose_figures_were_printed(notebook: Notebook) -> list[str]:
    """Each decimal or percentage in prose is a printed number, rounded or not, or a literal of the code."""
    printed = [float(found.replace(",", "")) for found in _NUMBER.findall(notebook.output_text)]
    for cell in notebook.code:
        nodes = [node for node in ast.walk(notebook.tree(cell)) if isinstance(node, ast.Constant)]
        printed += [float(n.value) for n in nodes if isinstance(n.value, int | float) and not isinstance(n.value, bool)]
    found = []
    for claim, section in claims(notebook):
        figure, unit = _CLAIM.match(claim).groups()
        value, half = float(figure), 0.5000001 * 10.0 ** -len(figure.partition(".")[2])
        scale = _SCALE.get(unit, 1.0)
        shares = [100 * p for p in printed] if unit == "%" else []
        if not any(abs(p / scale - value) <= half for p in printed) and not any(abs(s - value) <= half for s in shares):
            found.append(f"{claim} in {section!r} is in no output and no code of this notebook")
    return found


RULES = [
    sections_stand_in_order,
    title_cell_is_complete,
    measured_block_is_generated,
    knobs_are_declared_and_used,
    follow_ups_are_folded,
    try_it_has_a_control,
    course_is_found_as_make_colab_writes,
    size_is_readable,
    prose_and_code_alternate,
    prose_fits_the_code,
    outputs_are_small,
    was_executed_in_order,
    outputs_are_sound,
    file_is_clean,
    marked_cells_can_be_compared,
    code_hides_nothing_from_nbval,
    no_registry_is_named,
    imports_stand_in_setup,
    functions_read_no_variables,
    exercises_are_checked,
    unsolved_exercises_are_refused,
    student_edition_holds_no_solution,
    instructor_edition_runs_the_same_code,
    prose_figures_were_printed,
]
