"""From where a notebook that stands alone gets `helpers`: `make colab REPO=owner/name` writes it into all of them.

The badge of the first cell then opens this very notebook in Colab, and the setup cell (the first code cell) installs
the package from the same repository on GitHub, both at the tag of this version. Without REPO both say what to set.
Every other cell and all outputs stay as they are.
"""

import argparse
import re
import sys
from pathlib import Path

import nbformat

import helpers
from helpers.course import ROOT, notebook

BADGE = re.compile(r"^\[!\[Open in Colab\].*$", re.MULTILINE)
SETUP = 'find_spec("helpers") is None'  # what marks the setup cell, whichever version of this tool wrote it
TAG = f"v{helpers.__version__}"
WHEEL = f"product_image_helpers-{helpers.__version__}-py3-none-any.whl"
_LINKED = re.compile(r"colab\.research\.google\.com/github/([^/]+/[^/]+)/blob/")

_IMPORTS = """import os
import pathlib
import subprocess
import sys
from importlib import metadata, util

if util.find_spec("helpers") is None:
"""
_FROM_REPOSITORY = """    wheel = pathlib.Path("{wheel}")
    address = "git+https://github.com/{repository}@{tag}"
    source = os.environ.get("HELPERS_SOURCE") or (wheel if wheel.exists() else address)
"""
_FROM_NOWHERE = """    wheel = pathlib.Path("{wheel}")
    source = os.environ.get("HELPERS_SOURCE") or (wheel if wheel.exists() else None)
    assert source, f"put {{wheel}} into {{pathlib.Path.cwd()}}, or set HELPERS_SOURCE to git+https://<the course>"
"""
# Colab has loaded NumPy before the first cell runs, so what is installed of these two has to stay.
_INSTALL = """\
    here = {one.name for one in metadata.distributions()} & {"numpy", "tensorflow"}
    held = [f"{name}=={metadata.version(name)}" for name in sorted(here)]
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", source, *held], check=True)"""


def setup(repository: str | None) -> str:
    """The code of the setup cell; `repository` is `owner/name` on GitHub, or None."""
    source = _FROM_REPOSITORY if repository else _FROM_NOWHERE
    return _IMPORTS + source.format(wheel=WHEEL, repository=repository, tag=TAG) + _INSTALL


def badge(repository: str | None, name: str) -> str:
    """The badge, one line of Markdown, of the notebook with the file name `name`."""
    picture = "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
    if repository:
        return f"{picture}(https://colab.research.google.com/github/{repository}/blob/{TAG}/notebooks/{name})"
    return (
        f"{picture}(https://colab.research.google.com/) Upload this notebook there, with `{WHEEL}` beside it; "
        "`make colab REPO=owner/name` makes the badge open it."
    )


def without_badge(text: str) -> str:
    """The Markdown without the badge, which is a picture from elsewhere, what is said behind it and the empty lines."""
    return re.sub(BADGE.pattern + r"\n*", "", text, flags=re.MULTILINE)


def repository(node) -> str | None:
    """The repository that the notebook's badge links to, or None."""
    found = _LINKED.search(node.cells[0].source)
    return found[1] if found else None


def fill(node, name: str, repository: str | None) -> None:
    """Write badge and setup cell into `node`; raises `ValueError` where it has no place for them."""
    first = next((cell for cell in node.cells if cell.cell_type == "code"), None)
    if first is None or SETUP not in first.source:
        raise ValueError(f"{name}: the first code cell should be the setup cell, which asks {SETUP!r}")
    if len(BADGE.findall(node.cells[0].source)) != 1:
        raise ValueError(f"{name}: the first cell should have one line that starts with [![Open in Colab]")
    first.source = setup(repository)
    node.cells[0].source = BADGE.sub(lambda _: badge(repository, name), node.cells[0].source)


def write(root: Path, repository: str | None) -> list[str]:
    """Bring all notebooks of the checkout up to date; returns the names of those that changed."""
    fresh = {}
    for path in notebook.find(root):
        node = nbformat.read(path, as_version=4)
        fill(node, path.name, repository)
        text = nbformat.writes(node) + "\n"
        if text != path.read_text(encoding="utf-8"):
            fresh[path] = text
    for path, text in fresh.items():  # all or none: a notebook without a place for them has raised by now
        path.write_text(text, encoding="utf-8")
    return [path.name for path in fresh]


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="make colab", description=__doc__.splitlines()[0])
    parser.add_argument("repository", nargs="?", default="", help="owner/name on GitHub; empty: say what to set")
    asked = parser.parse_args(arguments).repository
    try:
        if asked and not re.fullmatch(r"[\w-]+/[\w.-]+", asked):
            raise ValueError(f"REPO should be owner/name as on GitHub, and is {asked!r}")
        changed = write(root, asked or None)
    except ValueError as error:
        notebook.stop(error)
    print(f"{len(changed)} of {len(notebook.find(root))} notebooks changed")
    if asked:
        print(f"They install from the tag {TAG} of {asked}: git tag {TAG} && git push origin {TAG}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
