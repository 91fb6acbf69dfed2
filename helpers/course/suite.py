"""What `make test` runs: lint, unit tests, bare copies, every notebook twice in `quick`; a line of figures at the end.

`--offline` runs only the notebooks that use downloaded data, without mirror, network or what was cached before.
"""

import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path

import nbformat
from PIL import Image

from helpers.course import ROOT, editions, notebook

# Two kernels side by side on two cores: one thread each is 1.4 times faster than sharing.
THREADS = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1", "OMP_NUM_THREADS": "1"}
PYTEST = ["-m", "pytest", "-n", "2", "--dist", "loadfile", "--durations", "10"]
NBVAL = ["--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout", "240", "--nbval-kernel-startup-timeout", "120"]
NBVAL += ["--nbval-sanitize-with", "tests/sanitize.cfg"]
DOWNLOADS = ("photos(", "fashion_mnist(")
# How "Try it" asks for a reader's own picture, and the same lines with one; {} is its path.
OWN_PHOTO = {
    r"^own_photo = None\b": 'own_photo = "{}"',
    r"^own_photo, (\w+) = None, ": r'own_photo, \1 = "{}", ',
    r"^by_hand, own_picture = False, None\b": 'by_hand, own_picture = False, "{}"',
    r"^own_photos = \[\]": 'own_photos = ["{}"] * 3',
    r"^own_shots = \[\]": 'own_shots = [("this", "{}"), ("that", "{}"), ("?", "{}")]',
}


def step(title: str, arguments: list[str], tally: Counter, extra: dict[str, str | None], root: Path) -> None:
    """Run `python arguments`, with `extra` in (or, for None, taken from) its environment, and count the outcome."""
    print(f"\n--- {title}", flush=True)
    environment = {name: value for name, value in {**os.environ, **extra}.items() if value is not None}
    report = root / "build" / "report.xml"
    report.unlink(missing_ok=True)
    is_pytest = "pytest" in arguments
    command = [sys.executable, *arguments, *([f"--junitxml={report}"] if is_pytest else [])]
    code = subprocess.run(command, cwd=root, env=environment, check=False).returncode
    counted = Counter()
    if is_pytest and report.exists():
        for suite in ElementTree.parse(report).getroot().iter("testsuite"):
            figures = {name: int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped")}
            counted["failed"] += figures["failures"] + figures["errors"]
            counted["skipped"] += figures["skipped"]
            counted["passed"] += figures["tests"] - sum(figures[n] for n in ("failures", "errors", "skipped"))
    if code and not counted["failed"]:  # a linter, or a pytest that broke down
        counted["failed"] += 1
    if not is_pytest and not code:
        counted["passed"] += 1
    tally.update(counted)


def run_notebooks(paths: list[Path], tally: Counter, quick: dict[str, str | None], root: Path) -> None:
    """Run notebooks under nbval, then look at the results they saved.

    What runs is the instructor edition, whose code cells and their outputs are those of the source (a rule of
    `tests/notebooks` says so for every notebook): one run stands for both.
    """
    relative = [str(editions.write(path, root)["instructor"].relative_to(root)) for path in paths]
    step("every notebook in quick", [*PYTEST, *NBVAL, *relative], tally, quick, root)
    numbers = " ".join(path.name[:2] for path in paths)
    gates = ["-m", "pytest", "tests/notebooks/quick_gates.py", "--expected", numbers]
    step("the gates of these runs", gates, tally, quick, root)


def run_again(paths: list[Path], tally: Counter, quick: dict[str, str | None], root: Path) -> None:
    """Run notebooks whose results are there a second time; the same seed has to give the same metrics, bit for bit.

    This time it is the notebooks themselves, not their instructor editions, and "Try it", which comes after the results
    are saved, gets a picture of the reader's own.
    """
    again = emptied(root / "build" / "quick-results-again")
    relative = [str(with_own_photo(path, root).relative_to(root)) for path in paths]
    step("notebooks again", [*PYTEST, *NBVAL, *relative], tally, {**quick, "HELPERS_RESULTS": str(again)}, root)
    numbers = " ".join(path.name[:2] for path in paths)
    same = ["-m", "pytest", "tests/notebooks/same_again.py", "--expected", numbers]
    step("the same metrics again", same, tally, {**quick, "HELPERS_RESULTS_AGAIN": str(again)}, root)


def with_own_photo(path: Path, root: Path) -> Path:
    """A copy of a notebook, in `build/own-photo`, whose "Try it" is given a small upright picture."""
    place = root / "build" / "own-photo"
    picture = place / "own.jpg"
    if not picture.exists():
        place.mkdir(parents=True, exist_ok=True)
        Image.open(ROOT / "data" / "catalogue.jpg").crop((0, 0, 150, 210)).save(picture)
    node = nbformat.read(path, as_version=4)
    for cell in node.cells:
        if cell.cell_type == "code":
            cell.source = asked_for_own_photo(cell.source, picture)
    nbformat.write(node, place / path.name)
    return place / path.name


def asked_for_own_photo(source: str, picture: Path) -> str:
    """The code of a cell with the line that asks for a picture answered; any other code as it is."""
    for question, answer in OWN_PHOTO.items():
        source = re.sub(question, answer.replace("{}", picture.as_posix()), source, flags=re.MULTILINE)
    return source


def emptied(folder: Path) -> Path:
    """The folder, made or without the results of earlier runs."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.json"):
        old.unlink()
    return folder


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Run all steps, whatever fails on the way; returns 1 where anything did."""
    asked = sys.argv[1:] if arguments is None else arguments
    offline = "--offline" in asked
    began, tally = time.monotonic(), Counter()
    results = emptied(root / "build" / ("offline-results" if offline else "quick-results"))
    quick: dict[str, str | None] = {
        **THREADS,
        "HELPERS_PROFILE": "quick",
        "HELPERS_BATCH": "1",
        "HELPERS_RESULTS": str(results),
    }
    paths = notebook.find(root)
    if offline:
        paths = [path for path in paths if any(call in path.read_text(encoding="utf-8") for call in DOWNLOADS)]
        nowhere = "http://127.0.0.1:9"
        quick |= {"HELPERS_MIRROR": None, "HELPERS_CACHE": str(root / "build" / "offline-cache")}
        quick |= dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), nowhere)
        quick |= dict.fromkeys(("no_proxy", "NO_PROXY"), "localhost,127.0.0.1")
    else:
        where = ["helpers", "tests", "notebooks"]
        step("ruff check", ["-m", "ruff", "check", *where], tally, {}, root)
        step("ruff format --check", ["-m", "ruff", "format", "--check", *where], tally, {}, root)
        step("notebook files are clean", ["-m", "helpers.course.clean", "--check"], tally, {}, root)
        step("unit tests", [*PYTEST, "tests"], tally, THREADS, root)
        alone = [*PYTEST, "--dist", "load", "-rs", "-m", "bare", "tests"]
        step("a notebook alone in fresh environments", alone, tally, {}, root)
    if paths:
        run_notebooks(paths, tally, quick, root)
    if paths and not offline:
        run_again(paths, tally, quick, root)
    seconds = time.monotonic() - began
    counts = ", ".join(f"{tally[name]} {name}" for name in ("failed", "passed", "skipped") if tally[name])
    print(f"\n===== {counts or 'nothing to test'} in {seconds:.2f}s ({seconds / 60:.1f} minutes) =====", flush=True)
    return int(tally["failed"] > 0)


if __name__ == "__main__":
    sys.exit(main())
