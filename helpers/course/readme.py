"""The README's table of thirty, written from `data/curriculum.json` and `data/results`: never by hand.

`python -m helpers.course.readme` makes the thumbnails anew and rewrites what stands between `<!-- thirty -->` and
`<!-- /thirty -->`; with `--check` it changes nothing and ends with exit code 1 where they and the data disagree.
"""

import json
import re
import sys
from pathlib import Path

from helpers.course import ROOT, results, thumbnails

_BETWEEN = re.compile(r"(<!-- thirty -->\n).*?(<!-- /thirty -->)", re.DOTALL)


def curriculum(root: Path = ROOT) -> list[dict]:
    """The thirty notebooks' static facts: number, stem, question, chinese, model."""
    return json.loads((root / "data" / "curriculum.json").read_text(encoding="utf-8"))


def table(root: Path = ROOT) -> str:
    """The table of thirty as Markdown: one row a notebook, with its measured figures where there are any."""
    lines = [
        "| # | question | model | status | metric | best simple method | right model | margin | minutes | device |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for entry in curriculum(root):
        file = f"notebooks/{entry['number']}_{entry['stem']}.ipynb"
        there = (root / file).exists()
        result = results.read(results.place(root, entry["number"])) if there else None
        thumbnail = thumbnails.place(root, entry["number"])
        picture = f'<img src="{thumbnail.relative_to(root)}" width="160" alt=""><br>' if thumbnail.exists() else ""
        question = f"[{picture}{entry['question']}]({file})" if there else entry["question"]
        status = f"measured, {result['profile']}" if result else "written" if there else "planned"
        fields = [entry["number"], f"{question} {entry['chinese']}", entry["model"], status]
        lines.append("| " + " | ".join(fields + (measured(result) if result else [""] * 6)) + " |")
    return "\n".join(lines) + "\n"


def measured(result: dict) -> list[str]:
    """Metric with test size, best simple method, right model, margin, minutes and device of one result."""
    metric, simple, right, margin = results.headline(result)
    digits = metric["digits"]

    def shown(row: dict | None) -> str:
        return results.figure(row["values"][metric["name"]], digits) if row else ""

    unit = f" ({metric['unit']})" if metric["unit"] else ""
    source = "" if result["data_source"] == "photos" else f", {result['data_source']}"
    return [
        f"{metric['name']}{unit}, n = {result['test_size']}{source}",
        f"{simple['name']}: {shown(simple)}" if simple else "",
        shown(right),
        f"{margin:+.{digits}f}" if simple and right else "",
        f"{result['seconds'] / 60:.1f}",
        result["device"],
    ]


def write(root: Path = ROOT, *, check: bool = False) -> bool:
    """Bring thumbnails and the README's table up to date (or, with `check`, only compare).

    True where nothing had to change.
    """
    pictures_agree = thumbnails.write(root, check=check)
    place = root / "README.md"
    text = place.read_text(encoding="utf-8")
    if not _BETWEEN.search(text):
        print("note: README.md has no <!-- thirty --> and <!-- /thirty --> markers, so its table was not written")
        return False
    fresh = _BETWEEN.sub(lambda found: found[1] + table(root) + found[2], text)
    if fresh != text and not check:
        place.write_text(fresh, encoding="utf-8")
    return fresh == text and pictures_agree


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """The command line; returns the exit code."""
    check = "--check" in (sys.argv[1:] if arguments is None else arguments)
    agrees = write(root, check=check)
    if check and not agrees:
        print("README.md or data/thumbnails does not agree with data/results: run `python -m helpers.course.readme`")
    return int(check and not agrees)


if __name__ == "__main__":
    sys.exit(main())
