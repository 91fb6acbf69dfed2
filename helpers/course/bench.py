"""Where a notebook's time goes in `quick`: `python -m helpers.course.bench 07` (or `all`) prints a line a notebook.

- import: the cells of Setup, TensorFlow and the first look at the devices among them.
- data: in `helpers.datasets`; from the cache of downloaded and rendered pictures, where it has them.
- steps and steps/s: of all trainings that `helpers.pipeline` feeds; the median step of a training, so that compiling,
  validation and saving are left out. Trainings side by side are counted one by one. The optimised pictures of 03 and
  the agents of 30 have loops of their own and are not among them.
- input: seconds that these steps waited for their batches, the first batches and what they compile included.
- peak: the largest resident memory of the kernel; total: from the first cell to the end of the last.

The committed notebook and results are not touched. The clocks are those of `helpers.course.probe`.
"""

import argparse
import json
import shutil
import sys
from pathlib import Path

import nbformat

from helpers.course import ROOT, notebook
from helpers.course.run import execute
from helpers.datasets import cache

COLUMNS = ("notebook", "import s", "data s", "steps", "steps/s", "input s", "peak MB", "total s")
WIDTHS = (44, 9, 8, 7, 9, 9, 9, 9)


def instrumented(path: Path, figures: Path) -> nbformat.NotebookNode:
    """The notebook with three cells more: clocks on, setup over, figures to the file `figures`."""
    found = notebook.Notebook(path)
    setup = [index for index, section in enumerate(found.sections) if section == "Setup"]
    cells, code = found.node.cells, nbformat.v4.new_code_cell
    start = code("from helpers.course.probe import Probe\n\n_clocks_of_bench = Probe()")  # a name that no notebook uses
    end = code(f"_clocks_of_bench.save({str(figures)!r})")
    whole = [start, *cells[: setup[-1] + 1], code("_clocks_of_bench.setup_ends()"), *cells[setup[-1] + 1 :], end]
    return nbformat.v4.new_notebook(cells=whole, metadata=found.node.metadata)


def measure(path: Path, folder: Path) -> dict | None:
    """Run one notebook with the clocks; its figures, or None where it failed (and said so)."""
    number, figures = path.name[:2], folder / f"{path.name[:2]}.json"
    folder.mkdir(parents=True, exist_ok=True)
    figures.unlink(missing_ok=True)
    shutil.rmtree(cache.folder() / "runs" / f"{number}-quick", ignore_errors=True)  # measured from the start
    copy = folder / path.name
    nbformat.write(instrumented(path, figures), copy)
    environment = {"HELPERS_PROFILE": "quick", "HELPERS_BATCH": "1", "HELPERS_RESULTS": str(folder / "results")}
    said: list[str] = []
    if not execute(copy, copy, environment, say=said.append):
        print("\n".join([path.name, *said]), flush=True)
        return None
    return json.loads(figures.read_text(encoding="utf-8"))


def line(fields) -> str:
    """One row of the table: the name to the left, figures to the right."""
    name, *figures = map(str, fields)
    return name.ljust(WIDTHS[0]) + "".join(text.rjust(width) for text, width in zip(figures, WIDTHS[1:], strict=True))


def row(name: str, figures: dict) -> str:
    """The line of one notebook."""
    rate = figures["steps_per_second"]
    return line(
        [
            name,
            f"{figures['import_seconds']:.1f}",
            f"{figures['data_seconds']:.2f}",
            figures["steps"],
            f"{rate:.1f}" if rate else "-",
            f"{figures['input_seconds']:.2f}",
            f"{figures['peak_memory_mb']:.0f}",
            f"{figures['seconds']:.1f}",
        ]
    )


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.splitlines()[0])
    parser.add_argument("notebook", help="its number, such as 07, or all")
    asked = parser.parse_args(arguments)
    try:
        paths = notebook.choose(root, asked.notebook)
    except ValueError as error:
        notebook.stop(error)
    print(line(COLUMNS), flush=True)
    failed = 0
    for path in paths:
        figures = measure(path, root / "build" / "bench")
        failed += figures is None
        if figures:
            print(row(path.stem, figures), flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
