"""Slides of a notebook that need no network: `make slides NB=07` writes them into `build/workshop/slides`.

nbconvert turns the instructor edition into reveal.js; reveal.js itself (as sphinx-revealjs ships it) is laid beside
the pages, and formulas become MathML, which browsers draw themselves. Copy the whole folder to take them along.
"""

import argparse
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

import nbformat
from jinja2 import pass_context
from nbconvert.exporters import SlidesExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from helpers.course import ROOT, colab, editions, formulas, notebook

TEMPLATES = Path(__file__).parent / "templates"


class Renderer(IPythonRenderer):
    """Markdown to HTML with formulas as MathML."""

    def inline_math(self, body: str) -> str:
        """A formula within a line."""
        return formulas.mathml(body)

    def block_math(self, body: str) -> str:
        """A formula on lines of its own."""
        return formulas.mathml(body, "block")


class Exporter(SlidesExporter):
    """nbconvert's slides, all of whose parts are local."""

    @pass_context
    def markdown2html(self, context, source):
        """Render one Markdown cell."""
        return MarkdownWithMath(renderer=Renderer(escape=False, exclude_anchor_links=True)).render(source)


def write(path: Path, root: Path = ROOT) -> Path:
    """Write the slides of the notebook at `path`, with reveal.js beside them; returns the HTML file."""
    node = nbformat.read(editions.write(path, root)["instructor"], as_version=4)
    node.cells[0].source = colab.without_badge(node.cells[0].source)
    exporter = Exporter(
        template_name="slides",
        extra_template_basedirs=[str(TEMPLATES)],
        reveal_url_prefix="reveal.js",
        reveal_theme="white",  # its fonts are local
        reveal_width="1280",
        reveal_height="800",
        exclude_input_prompt=True,
        exclude_output_prompt=True,
    )
    html, _ = exporter.from_notebook_node(node, {"metadata": {"name": path.stem}})
    place = editions.folder(root, "slides") / f"{path.stem}.html"
    library = Path(find_spec("sphinx_revealjs").origin).parent / "_static" / "revealjs"
    beside = place.parent / "reveal.js"
    shutil.copytree(library / "dist", beside / "dist", dirs_exist_ok=True)
    shutil.copy(library / "LICENSE", beside)
    place.write_text(html, encoding="utf-8")
    return place


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="make slides", description=__doc__.splitlines()[0])
    parser.add_argument("notebook", help="its number, such as 07, or all")
    try:
        paths = notebook.choose(root, parser.parse_args(arguments).notebook)
    except ValueError as error:
        notebook.stop(error)
    for path in paths:
        print(write(path, root))
    return 0


if __name__ == "__main__":
    sys.exit(main())
