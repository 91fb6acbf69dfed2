"""Two editions of every notebook from one source: `make workshop` writes them into `build/workshop`.

Student: nbgrader takes the solutions out, outputs are cleared, checkers and folded answers stay. Instructor: the code
and its outputs as published; around them a lesson plan, minutes a section, unfolded answers and metadata for slides.

The minutes are a rule and not a measurement: prose at 130 words a minute, code at ten lines a minute, a minute for
looking at each picture, eight minutes for each exercise; a section is rounded up. Running time comes on top, and is
measured.
"""

import copy
import math
import re
import shutil
import sys
from pathlib import Path

import nbformat
from traitlets.config import Config

from helpers.course import ROOT, colab, notebook, results
from helpers.course.notebook import MEASURED, Notebook

FOLDED = re.compile(r"<details>\s*<summary>(?P<question>.+?)</summary>\s*(?P<answer>.+?)\s*</details>", re.DOTALL)
WORD = re.compile(r"[A-Za-z][\w'-]*")
WORDS_A_MINUTE, LINES_A_MINUTE, MINUTES_A_PICTURE, MINUTES_AN_EXERCISE = 130, 10, 1, 8


def folder(root: Path, edition: str) -> Path:
    """Where an edition (`student`, `instructor` or `slides`) is written."""
    return root / "build" / "workshop" / edition


def words(text: str) -> list[str]:
    """The words of a Markdown text that are spoken: without the measured block, tags and addresses."""
    return WORD.findall(re.sub(r"<[^>]+>|\]\([^)]*\)", " ", MEASURED.sub("", text)))


def student(node):
    """A copy of the notebook `node` without solutions, outputs and the badge, which would open the solved notebook.

    Raises `RuntimeError` where a solution has a begin and no end.
    """
    from nbgrader.preprocessors import ClearOutput, ClearSolutions  # imports a database toolkit: two seconds

    made, resources = copy.deepcopy(node), {}
    made.cells[0].source = colab.without_badge(made.cells[0].source)
    cleared = Config(ClearSolutions={"enforce_metadata": False})  # no database: the markers alone say what to remove
    for step in (ClearSolutions(config=cleared), ClearOutput()):
        made, resources = step.preprocess(made, resources)
    return made


def minutes(book: Notebook) -> dict[str, int]:
    """For each section the minutes it takes to teach, by the rule at the top of this file."""
    spent: dict[str, float] = {}
    for cell, section in zip(book.cells, book.sections, strict=True):
        if section is None:
            continue
        if cell.cell_type == "markdown":
            cost = len(words(cell.source)) / WORDS_A_MINUTE
        else:
            pictures = [o for o in cell.outputs if any(kind.startswith("image/") for kind in o.get("data", {}))]
            cost = MINUTES_A_PICTURE * len(pictures)
            if "### BEGIN SOLUTION" in cell.source:
                cost += MINUTES_AN_EXERCISE
            else:
                cost += len(cell.source.split("\n")) / LINES_A_MINUTE
        spent[section] = spent.get(section, 0) + cost
    return {section: math.ceil(cost) for section, cost in spent.items()}


def plan(spent: dict[str, int], measured: dict[str, dict]) -> str:
    """The lesson plan: a table of sections and minutes, their sum, and what running the notebook takes."""
    runs = [f"{run['seconds'] / 60:.1f} in `{profile}` ({run['device']})" for profile, run in measured.items()]
    lines = [
        f"**Lesson plan.** Minutes by a rule: {WORDS_A_MINUTE} words of prose or {LINES_A_MINUTE} lines of code a "
        f"minute, {MINUTES_A_PICTURE} for a picture, {MINUTES_AN_EXERCISE} for an exercise.",
        "",
        "| section | minutes |",
        "|---|---|",
        *[f"| {section} | {cost} |" for section, cost in spent.items()],
        f"| together | {sum(spent.values())} |",
        "",
        f"Minutes to run every cell, as measured: {', '.join(runs) or 'not yet'}.",
    ]
    return "\n".join(lines)


def _cell(source: str, identity: str, slide: str):
    """A Markdown cell of the instructor edition."""
    return nbformat.v4.new_markdown_cell(source, id=identity[:64], metadata={"slideshow": {"slide_type": slide}})


def instructor(book: Notebook, measured: dict[str, dict]):
    """A copy of the notebook with lesson plan, minutes, unfolded answers and slides; its code cells are the source's.

    A section is a column of slides, and each of its cells a slide; each unfolded answer gets a cell of its own.

    Parameters
    ----------
    measured: for each profile `seconds` and `device`, as in `data/results`.
    """
    made = copy.deepcopy(book.node)
    spent = minutes(book)
    cells = []
    for position, cell in enumerate(made.cells):
        title = notebook.heading(cell)
        installs = cell.cell_type == "code" and colab.SETUP in cell.source
        kind = "slide" if title or position == 0 else "skip" if installs else "subslide"
        cell.metadata["slideshow"] = {"slide_type": kind}
        cells.append(cell)
        if position == 0:
            cells.append(_cell(plan(spent, measured), f"{cell.id}-plan", "skip"))
        if title:
            cell.source = re.sub(r"\A(## .+)", rf"\1\n\n*About {spent[title]} min.*", cell.source)
        if cell.cell_type == "markdown" and FOLDED.search(cell.source):
            for number, found in enumerate(FOLDED.finditer(cell.source), 1):
                answer = f"**{found['question'].strip()}**\n\n{found['answer']}"
                cells.append(_cell(answer, f"{cell.id}-{number}", "subslide"))
            cell.source = FOLDED.sub("", cell.source).strip()
    made.cells = cells
    return made


def write(path: Path, root: Path = ROOT) -> dict[str, Path]:
    """Write both editions of the notebook at `path`; returns where each lies."""
    book = Notebook(path)
    measured = (results.read(results.place(root, book.number)) or {}).get("measured", {})
    places = {}
    for edition, node in (("student", student(book.node)), ("instructor", instructor(book, measured))):
        places[edition] = folder(root, edition) / path.name
        places[edition].parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(node, places[edition])
    return places


def main(root: Path = ROOT) -> int:
    """Write both editions of every notebook, and nothing else beside them; returns the exit code."""
    for edition in ("student", "instructor"):
        shutil.rmtree(folder(root, edition), ignore_errors=True)
    paths = notebook.find(root)
    for path in paths:
        write(path, root)
    print(f"{len(paths)} notebooks: student and instructor editions are in {folder(root, 'student').parent}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
