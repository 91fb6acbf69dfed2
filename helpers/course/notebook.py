"""What the course's tools and tests know about a notebook: its number, sections, outputs and verdict table."""

import ast
import re
import sys
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import nbformat

from helpers.scoreboard import ROLES

SECTIONS = (
    "The answer in sixty seconds",
    "Setup",
    "The data",
    "What a simple method gives",
    "The tempting answer",
    "The right model",
    "Training",
    "The verdict",
    "Try it",
    "What the interviewer asks next",
    "Exercises",
    "Sources",
)
MARKER = "# NBVAL_CHECK_OUTPUT"
MEASURED = re.compile(r"<!-- measured -->\n?(.*?)<!-- /measured -->", re.DOTALL)


def find(root: Path) -> list[Path]:
    """The notebooks of the checkout at `root`, by number."""
    return sorted((root / "notebooks").glob("[0-9][0-9]_*.ipynb"))


def choose(root: Path, wanted: str) -> list[Path]:
    """The notebooks meant by `"07"`, `"7"` or `"all"`; raises `ValueError` that lists those there are."""
    there = find(root)
    chosen = [path for path in there if wanted == "all" or path.name[:2] == wanted.zfill(2)]
    if not chosen:
        names = ", ".join(path.name[:2] for path in there) or "none yet"
        raise ValueError(f"there is no notebook {wanted!r}; there are: {names} (or all)")
    return chosen


def stop(error: Exception) -> None:
    """Say what is wrong with the command in one line and end with exit code 2."""
    print(f"error: {error}", flush=True)
    sys.exit(2)


def heading(cell) -> str | None:
    """The section a Markdown cell opens, or None."""
    found = re.match(r"## (.+)", cell.source) if cell.cell_type == "markdown" else None
    return found.group(1).strip() if found else None


def text_of(output) -> str:
    """The plain text of one output: a stream, a result, or the error's name and message."""
    if output.output_type == "stream":
        return output.text
    if output.output_type == "error":
        return f"{output.ename}: {output.evalue}"
    return output.get("data", {}).get("text/plain", "")


@dataclass
class Verdict:
    """The printed verdict table: its first line, taken apart, and name, role and figures (as text) of each row."""

    text: str
    notebook: str
    profile: str
    data: str
    test_size: int
    run: str
    rows: list[tuple[str, str, list[str]]] = field(default_factory=list)


_FIRST = re.compile(
    r"notebook (?P<notebook>\d\d) · profile (?P<profile>\w+) · data (?P<data>.+?)"
    r" · test n=(?P<test_size>[\d,]+) · run (?P<run>[0-9a-f]{8})\s*$"
)


def read_verdict(text: str) -> Verdict | None:
    """The verdict table that begins somewhere in `text`, or None."""
    lines = text.splitlines()
    for start, line in enumerate(lines):
        first = _FIRST.match(line)
        if not first:
            continue
        found = first.groupdict()
        found["test_size"] = int(found["test_size"].replace(",", ""))
        table = [line]
        rows = []
        for following in lines[start + 1 :]:
            if not following.strip():
                break
            table.append(following)
            fields = re.split(r"\s{2,}", following.strip())
            if len(fields) >= 3 and fields[1] in ROLES:
                rows.append((fields[0], fields[1], fields[2:]))
        return Verdict("\n".join(table), rows=rows, **found)
    return None


class Notebook:
    """A notebook file, read once."""

    def __init__(self, path: Path):
        self.path = Path(path)
        self.number = self.path.name[:2]
        self.node = nbformat.read(self.path, as_version=4)
        self.cells = self.node.cells
        self.code = [cell for cell in self.cells if cell.cell_type == "code"]
        self.markdown = [cell for cell in self.cells if cell.cell_type == "markdown"]

    @cached_property
    def sections(self) -> list[str | None]:
        """For each cell, the section it stands in; None before the first."""
        current, found = None, []
        for cell in self.cells:
            current = heading(cell) or current
            found.append(current)
        return found

    def in_section(self, name: str) -> list:
        """The cells of one section."""
        return [cell for cell, section in zip(self.cells, self.sections, strict=True) if section == name]

    @cached_property
    def output_text(self) -> str:
        """All that the code cells printed or returned, as plain text."""
        return "\n".join(text_of(output) for cell in self.code for output in cell.outputs)

    @cached_property
    def verdict(self) -> Verdict | None:
        """The printed verdict table, or None."""
        found = [read_verdict(text_of(output)) for cell in self.code for output in cell.outputs]
        return next((verdict for verdict in reversed(found) if verdict), None)

    def tree(self, cell) -> ast.Module:
        """The syntax tree of a code cell, its magics turned into calls; raises `SyntaxError`."""
        from IPython.core.inputtransformer2 import TransformerManager

        return ast.parse(TransformerManager().transform_cell(cell.source))
