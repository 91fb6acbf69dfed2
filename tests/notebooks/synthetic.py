"""A small notebook that satisfies every rule, made and executed in a fraction of a second."""

import contextlib
import io
import json
import shutil
from pathlib import Path

import nbformat

from helpers.course import ROOT, clean, colab, results
from helpers.course.notebook import MARKER, MEASURED, SECTIONS

WORDS = "Each cell has one idea and the words before it say what it is for so that nobody has to guess from the code."
FOLDED = "<details><summary>Why {0}?</summary>\nBecause {0} is what the shop needs.\n</details>\n"

SETUP = """import statistics

import toy
from toy import Board, Metric"""
KNOBS = """session = toy.start("07")
knobs = session.knobs(
    epochs=(1, 2, 3),
    pictures=(10, 20, 30),
)"""
DATA = """pictures = list(range(knobs.pictures))
train, validation, test = pictures[::2], pictures[1::4], pictures[3::4]
print("train", len(train))
print("validation", len(validation))
print("test", len(test))"""
STEP = """values_{n} = [{n}.25, {n}.5, {n}.75]
middle_{n} = statistics.fmean(values_{n})
largest_{n} = max(values_{n})
smallest_{n} = min(values_{n})
spread_{n} = largest_{n} - smallest_{n}
print(f"step {n}: middle {{middle_{n}:.3f}}")"""
MARKED = (
    MARKER
    + """
shape_{n} = ({n}, {n} + 1, 3)
print("shape", shape_{n})
assert len(shape_{n}) == 3"""
)
TRAINING = """for epoch in range(knobs.epochs):
    loss = 1.234 / (epoch + 1)
    accuracy = 0.5 + 0.1 * epoch
    print(f"epoch {epoch + 1}: loss {loss:.3f}, accuracy {accuracy:.3f}")
toy.worst()"""
CONTROL = """def longer(word, times=2):
    return len(word * times)


toy.widgets.control(longer, "seven", times=(1, 3))"""
BOARD = """board = Board(session, "toy", "photos", 372, [Metric("accuracy"), Metric("error", "dB", False, 2)])
board.add("majority", "chance", {"accuracy": 0.2, "error": 9.0})
board.add("HOG + SVM", "simple", {"accuracy": 0.677, "error": 5.0})
board.add("textbook", "tempting", {"accuracy": [0.5, 0.52, 0.51], "error": [6.0, 6.1, 6.2]}, seeds=[1, 2, 3])
board.add("small ResNet", "right", {"accuracy": [0.76, 0.77, 0.78], "error": [2.0, 2.1, 2.2]}, seeds=[1, 2, 3])
board.show()"""
GATES = """others = ["HOG + SVM", "textbook"]
board.gate("small ResNet", "accuracy", 0.74, rejects=others)
board.gate("small ResNet", "error", 2.4, rejects=others)
place = board.save()"""
SOLVE = """def {name}(x):
    \"\"\"Return {words} of x.\"\"\"
    ### BEGIN SOLUTION
    return {answer}
    ### END SOLUTION"""
CHECK = (
    MARKER
    + """
toy.{name}.check({name})"""
)


def cells() -> list:
    """The cells, not yet executed."""
    made: list = []

    def say(text: str) -> None:
        made.append(nbformat.v4.new_markdown_cell(text))

    def do(*sources: str, tags: tuple = ()) -> None:
        for source in sources:
            made.append(nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)} if tags else {}))

    def section(name: str, words: int = 3) -> None:
        say(f"## {name}\n\n" + " ".join([WORDS] * words))

    say(
        "# 07 · How do you classify product images with a CNN?\n\n怎样用 CNN 分类？\n\n"
        "A shop files its goods.\n\n"
        f"{colab.badge(None, '07_classification_cnn.ipynb')}\n\n"
        "<!-- measured -->\n<!-- /measured -->"
    )
    names = iter(SECTIONS)
    section(next(names))
    section(next(names))
    do(colab.setup(None))
    say(WORDS)
    do(SETUP)
    do(KNOBS, tags=("parameters",))
    section(next(names))
    do(DATA, MARKED.format(n=1))
    for first in (1, 3, 5):  # simple, tempting, right
        section(next(names))
        do(STEP.format(n=first), STEP.format(n=first + 1))
        say(WORDS)
        do(STEP.format(n=first + 10), MARKED.format(n=first + 1))
    section(next(names))
    do(TRAINING)
    section(next(names))
    do(BOARD)
    say("The right model reaches 0.770 against 0.677, which is 67.7 % right; one seed more would cost 1.5 units.")
    do(GATES)
    section(next(names))
    do(STEP.format(n=7), CONTROL)
    say(f"## {next(names)}\n\n" + "".join(FOLDED.format(word) for word in ("speed", "size", "light", "cost")))
    section(next(names))
    do(SOLVE.format(name="double", words="twice the value", answer="2 * x"), CHECK.format(name="double"))
    say(WORDS)
    do(SOLVE.format(name="halve", words="half", answer="x / 2"), CHECK.format(name="halve"))
    say(f"## {next(names)}\n\nSomebody, CVPR 2016, with 93.57 % there.")
    for number, cell in enumerate(made):
        cell.id = f"toy-{number:02d}"
    return made


def execute_here(node) -> None:
    """Run the code cells in this process: their prints become their outputs."""
    names: dict = {}
    for count, cell in enumerate((cell for cell in node.cells if cell.cell_type == "code"), 1):
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            exec(compile(cell.source, f"cell {count}", "exec"), names)
        cell.execution_count = count
        cell.outputs = (
            [nbformat.v4.new_output("stream", name="stdout", text=said.getvalue())] if said.getvalue() else []
        )


def write(node, path: Path) -> None:
    """Write as the cleaner would."""
    clean.cure(node)
    nbformat.write(node, path)


def checkout(root: Path, monkeypatch, *, executed: bool = True) -> Path:
    """A course of one notebook under `root`, published as far as `executed`; returns the notebook's path."""
    (root / "notebooks").mkdir(parents=True)
    (root / "data" / "results").mkdir(parents=True)
    shutil.copy(ROOT / "data" / "curriculum.json", root / "data")
    (root / "README.md").write_text("# Course\n\n<!-- thirty -->\n<!-- /thirty -->\n\nEnd.\n", encoding="utf-8")
    monkeypatch.setenv("HELPERS_PROFILE", "standard")
    monkeypatch.setenv("HELPERS_RESULTS", str(root / "data" / "results"))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    path = root / "notebooks" / "07_classification_cnn.ipynb"
    node = nbformat.v4.new_notebook(cells=cells())
    if executed:
        execute_here(node)
        place = results.place(root, "07")
        result = json.loads(place.read_text(encoding="utf-8"))
        measured = {"standard": results.about_run(result)}
        results.write(place, {**result, "measured": measured})
        block = f"<!-- measured -->\n{results.measured_block(measured)}<!-- /measured -->"
        node.cells[0].source = MEASURED.sub(lambda _: block, node.cells[0].source)
    write(node, path)
    return path
