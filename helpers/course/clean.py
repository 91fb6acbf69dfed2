"""Keep notebook files free of what differs from machine to machine: `python -m helpers.course.clean [--check]`.

Cured: widget outputs and state, timings, versions, cell ids, split streams, execution counts out of step. Reported,
since only a new execution or the author can cure it: cells that were not run, standard error, absolute paths.
"""

import json
import re
import sys
from pathlib import Path

import nbformat

from helpers.course import ROOT, notebook

KERNEL = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
KEPT = ("tags", "slideshow", "nbgrader")
WIDGET = "application/vnd.jupyter.widget-view+json"
ABSOLUTE = re.compile(
    r"(?<![\w.:/~<])(?:/(?:home|root|Users|work|tmp|var|opt|mnt|media|srv|private|usr|content|builds)/[\w.-]"
    r"|[A-Za-z]:\\{1,2}[\w.-])"
)


def cure(node) -> None:
    """Change the notebook in place: minimal metadata, whole streams, counts 1..n (`nbformat` sees to unique ids)."""
    node.metadata = nbformat.from_dict(json.loads(json.dumps(KERNEL)))
    node.nbformat, node.nbformat_minor = 4, 5
    for cell in node.cells:
        cell.metadata = nbformat.from_dict({name: cell.metadata[name] for name in KEPT if name in cell.metadata})
        if cell.cell_type == "code":
            cell.outputs = _outputs(cell.outputs)
    code = [cell for cell in node.cells if cell.cell_type == "code"]
    if all(cell.execution_count for cell in code):
        for count, cell in enumerate(code, 1):
            cell.execution_count = count
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = count


def _outputs(outputs: list) -> list:
    """The outputs without widgets, neighbouring pieces of one stream joined, without metadata that varies."""
    kept: list = []
    for output in outputs:
        if WIDGET in output.get("data", {}):
            continue
        if output.output_type == "stream" and kept and kept[-1].get("name") == output.name:
            kept[-1].text += output.text
            continue
        if "metadata" in output:
            output.metadata = nbformat.from_dict({})
        kept.append(output)
    return kept


def complaints(node) -> list[str]:
    """What a cleaner cannot cure: cells not run, standard error, absolute paths."""
    found = []
    for position, cell in enumerate(node.cells):
        texts = [cell.source]
        if cell.cell_type == "code":
            if not cell.execution_count:
                found.append(f"cell {position} was not executed")
            if any(output.get("name") == "stderr" for output in cell.outputs):
                found.append(f"cell {position} wrote to standard error")
            texts += [notebook.text_of(output) for output in cell.outputs]
            texts += [output.get("data", {}).get("text/html", "") for output in cell.outputs]
            texts += ["\n".join(output.get("traceback", [])) for output in cell.outputs]
        for text in texts:
            if path := ABSOLUTE.search(text):
                found.append(f"cell {position} has an absolute path: {text[path.start() : path.start() + 60]!r}")
    return found


def clean(path: Path, *, check: bool = False) -> list[str]:
    """Clean one file (or, with `check`, only look); returns what is still wrong with it."""
    before = path.read_text(encoding="utf-8")
    node = nbformat.reads(before, as_version=4)
    wrong = complaints(node)
    cure(node)
    after = nbformat.writes(node) + "\n"
    if after != before:
        if check:
            wrong.append("is not clean: run `python -m helpers.course.clean`")
        else:
            path.write_text(after, encoding="utf-8")
    return wrong


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """The command line: clean all notebooks, or those named; returns 1 where something is left to do."""
    arguments = sys.argv[1:] if arguments is None else arguments
    named = [Path(name) for name in arguments if name != "--check"]
    wrong = 0
    for path in named or notebook.find(root):
        for complaint in clean(path, check="--check" in arguments):
            print(f"{path.name}: {complaint}")
            wrong += 1
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
