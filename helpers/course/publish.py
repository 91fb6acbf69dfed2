"""For authors: execute a notebook in place, measure it, and bring everything that quotes it up to date.

`python -m helpers.course.publish 07 --profile standard` runs `quick` for its minutes and memory, then the profile
whose outputs are committed; cleans the file; writes the measured block of its first cell, `data/results/NN.json`
and the README's row. Nothing is touched unless both runs went through and left nothing to complain about.
"""

import argparse
import shutil
import sys
from pathlib import Path

import nbformat

from helpers.course import PROFILES, ROOT, clean, notebook, readme, results
from helpers.course.run import execute
from helpers.datasets import cache


def publish(path: Path, profile: str, root: Path = ROOT, *, quick: bool = True) -> bool:
    """Publish one notebook with the outputs of `profile`; True where that worked."""
    number, work = path.name[:2], root / "build" / "publish"
    published = results.read(results.place(root, number)) or {}
    measured = dict(published.get("measured", {}))
    result: dict | None = None
    for run in ("quick", profile) if quick else (profile,):
        print(f"notebook {number}, profile {run}", flush=True)
        environment = {"HELPERS_PROFILE": run, "HELPERS_BATCH": "1", "HELPERS_RESULTS": str(work)}
        saved = work / (f"{number}.quick.json" if run == "quick" else f"{number}.json")
        saved.unlink(missing_ok=True)
        shutil.rmtree(cache.folder() / "runs" / f"{number}-{run}", ignore_errors=True)  # measured from the start
        if not execute(path, work / path.name, environment):
            return False
        result = results.read(saved)
        if result is None:
            print(f"{path.name} saved no result: it has to call board.save()")
            return False
        measured[run] = results.about_run(result)
    node = nbformat.read(work / path.name, as_version=4)
    clean.cure(node)
    wrong = clean.complaints(node)
    opening = node.cells[0].source
    if not notebook.MEASURED.search(opening):
        wrong.append("the first cell has no <!-- measured --> block")
    for complaint in wrong:
        print(f"{path.name}: {complaint}")
    if wrong:
        return False
    block = results.measured_block(measured)
    node.cells[0].source = notebook.MEASURED.sub(
        lambda _: f"<!-- measured -->\n{block}<!-- /measured -->", opening, count=1
    )
    nbformat.write(node, path)
    results.write(results.place(root, number), {**result, "measured": measured})
    readme.write(root)
    print(f"published {path.name}", flush=True)
    return True


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="make publish", description=__doc__.splitlines()[0])
    parser.add_argument("notebook", help="its number, such as 07, or all")
    parser.add_argument("--profile", default="standard", help="whose outputs are committed: standard or full")
    parser.add_argument("--skip-quick", action="store_true", help="keep the minutes of quick measured before")
    asked = parser.parse_args(arguments)
    try:
        if asked.profile not in PROFILES[1:]:
            raise ValueError(f"cannot publish the profile {asked.profile!r}; choose {' or '.join(PROFILES[1:])}")
        paths = notebook.choose(root, asked.notebook)
    except ValueError as error:
        notebook.stop(error)
    return int(not all([publish(path, asked.profile, root, quick=not asked.skip_quick) for path in paths]))


if __name__ == "__main__":
    sys.exit(main())
