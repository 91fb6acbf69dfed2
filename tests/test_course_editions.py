"""The two editions of a notebook, and its slides (what every notebook's editions must be: tests/notebooks/rules.py)."""

import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest

sys.path.insert(0, str(Path(__file__).parent / "notebooks"))
import synthetic

from helpers.course import ROOT, clean, editions, notebook, results, slides
from helpers.course.notebook import SECTIONS, Notebook


@pytest.fixture
def path(tmp_path, monkeypatch):
    return synthetic.checkout(tmp_path / "course", monkeypatch)


def test_both_editions_of_every_notebook_are_written_and_old_ones_removed(path, capsys):
    root = path.parents[1]
    editions.folder(root, "student").mkdir(parents=True)
    (editions.folder(root, "student") / "99_gone.ipynb").touch()
    assert editions.main(root) == 0
    assert "1 notebooks" in capsys.readouterr().out
    for edition in ("student", "instructor"):
        (written,) = editions.folder(root, edition).iterdir()
        assert written.name == path.name
        nbformat.validate(nbformat.read(written, as_version=4))


def test_a_student_gets_a_place_to_write_and_no_way_to_the_solved_notebook(path):
    before = Notebook(path)
    made = editions.student(before.node)
    assert before.node == Notebook(path).node
    (double,) = [cell.source for cell in made.cells if "def double" in cell.source]
    assert double.endswith("    # YOUR CODE HERE\n    raise NotImplementedError()")
    assert [cell.id for cell in made.cells] == [cell.id for cell in before.cells]
    assert "colab" not in made.cells[0].source and "How do you classify" in made.cells[0].source
    assert sum("toy.double.check(double)" in cell.source for cell in made.cells) == 1
    assert any("<details>" in cell.source for cell in made.cells)


def test_a_solution_without_end_is_refused(path):
    node = Notebook(path).node
    for cell in node.cells:
        cell.source = cell.source.replace("    ### END SOLUTION", "")
    with pytest.raises(RuntimeError, match="no end solution"):
        editions.student(node)


def test_minutes_follow_the_stated_rule(path):
    book = Notebook(path)
    training = book.in_section("Training")
    training[0].source = "## Training\n\n" + "word " * 259  # 260 with the heading: two minutes
    training[1].source = "\n".join(["x = 1"] * 10)  # one minute
    picture = nbformat.v4.new_output("display_data", data={"image/png": "AAAA"})
    training[1].outputs = [picture, picture]  # two minutes
    book.in_section("Sources")[0].source = "## Sources"
    spent = editions.minutes(book)
    assert list(spent) == list(SECTIONS)
    assert spent["Training"] == 5
    assert spent["Sources"] == 1
    assert spent["Exercises"] >= 2 * editions.MINUTES_AN_EXERCISE


def test_an_instructor_gets_a_plan_minutes_and_answers(path):
    book = Notebook(path)
    measured = results.read(results.place(path.parents[1], "07"))["measured"]
    made = editions.instructor(book, measured)
    spent = editions.minutes(book)
    plan = made.cells[1].source
    assert all(f"| {section} | {cost} |" in plan for section, cost in spent.items())
    assert f"| together | {sum(spent.values())} |" in plan
    assert "4.1 in `standard` (CPU, 2 cores)" in plan
    headed = {notebook.heading(cell): cell for cell in made.cells if notebook.heading(cell)}
    assert headed["Training"].source.startswith(f"## Training\n\n*About {spent['Training']} min.*\n\n{synthetic.WORDS}")
    (answer,) = [cell.source for cell in made.cells if "Why speed?" in cell.source]
    assert answer == "**Why speed?**\n\nBecause speed is what the shop needs."


def test_sections_are_columns_of_slides_and_what_only_a_teacher_needs_is_skipped(path):
    made = editions.instructor(Notebook(path), {})
    kinds = [cell.metadata.slideshow.slide_type for cell in made.cells]
    assert kinds[:2] == ["slide", "skip"]
    assert kinds.count("slide") == 1 + len(SECTIONS)
    (setup,) = [cell for cell in made.cells if 'find_spec("helpers")' in cell.source]
    assert setup.metadata.slideshow.slide_type == "skip"
    clean.cure(made)  # the metadata outlives the cleaner
    assert [cell.metadata.slideshow.slide_type for cell in made.cells] == kinds


class Page(HTMLParser):
    """What a page loads, and how its sections lie in each other."""

    def __init__(self):
        super().__init__()
        self.loads, self.depth, self.slides = [], 0, 0

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag in ("script", "img", "iframe", "source", "video") and found.get("src"):
            self.loads.append(found["src"])
        if tag == "link":
            self.loads.append(found["href"])
        if tag == "section":
            self.depth += 1
            self.slides += self.depth == 2

    def handle_endtag(self, tag):
        self.depth -= tag == "section"


@pytest.mark.skipif(not notebook.find(ROOT), reason="there is no notebook")
def test_slides_load_nothing_from_elsewhere(tmp_path, capsys):
    for folder in ("notebooks", "data"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    first = notebook.find(ROOT)[0]
    assert slides.main([first.name[:2]], tmp_path) == 0
    place = Path(capsys.readouterr().out.strip())
    assert place == tmp_path / "build" / "workshop" / "slides" / f"{first.stem}.html"
    text = place.read_text(encoding="utf-8")
    page = Page()
    page.feed(text)
    local = [address for address in page.loads if not address.startswith("data:")]
    assert {"reveal.js/dist/reveal.js", "reveal.js/dist/reveal.css"} <= set(local)
    assert [address for address in local if not (place.parent / address).is_file()] == []
    assert not re.search(r"""@import\s+(url\()?["']?https?:|import\s.+from\s+["']https?:|MathJax|require\(""", text)
    for style in (place.parent / address for address in local if address.endswith(".css")):
        assert not re.search(r"(@import|url\()[^;)]*https?:", style.read_text(encoding="utf-8"))
    cells = Notebook(editions.folder(tmp_path, "instructor") / first.name).cells
    assert page.slides == sum(cell.metadata.slideshow.slide_type != "skip" for cell in cells)
    assert (place.parent / "reveal.js" / "LICENSE").is_file()


@pytest.mark.parametrize("path", notebook.find(ROOT), ids=lambda path: path.stem)
def test_every_formula_becomes_mathml(path):
    for cell in Notebook(path).markdown:
        html = slides.Exporter().markdown2html({}, cell.source)
        shown = re.sub(r"<code>.*?</code>|<pre>.*?</pre>", "", html, flags=re.DOTALL)
        assert "$" not in shown
        for formula in re.findall(r"<math.*?</math>", shown, re.DOTALL):
            assert not re.search(r"\\|>\s*[a-z]{2,}[{}]", formula), formula


def test_an_unknown_number_is_refused(path, capsys):
    with pytest.raises(SystemExit) as stopped:
        slides.main(["99"], path.parents[1])
    assert stopped.value.code == 2
    assert capsys.readouterr().out.startswith("error: there is no notebook '99'")
