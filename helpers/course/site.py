"""The gallery: a static site in `build/site` from the committed outputs, without running anything.

`python -m helpers.course.site` (`make site`). An index with a picture and the headline of each notebook, a page a
notebook, a page with every measured row, and a search; it works from the disk (`build/site/index.html`) as from any
server, and asks nothing of the network. Formulas become MathML while it is built, so no script has to draw them.
"""

import re
import shutil
import sys
from pathlib import Path

import nbformat
from docutils import nodes
from PIL import Image
from sphinx.application import Sphinx
from sphinx.errors import SphinxError
from sphinx.util import logging

from helpers.course import ROOT, colab, formulas, notebook, readme, results, thumbnails

TITLE = "Product images"
CONFIGURATION = {
    "project": TITLE,
    "extensions": ["myst_nb", "sphinx_design", "helpers.course.site"],
    "myst_enable_extensions": ["dollarmath", "colon_fence"],
    "myst_dmath_double_inline": True,  # a formula of its own, without an empty line above it
    "nb_execution_mode": "off",
    "html_math_renderer": "mathml",
    "html_theme": "sphinx_book_theme",
    "html_theme_options": {"use_fullscreen_button": False, "navbar_persistent": [], "footer_content_items": ""},
    "html_context": {"default_mode": "light"},  # as the figures are
    "html_title": TITLE,
    "html_static_path": ["_static"],
    "html_css_files": ["course.css"],
    "html_show_copyright": False,
    "html_show_sphinx": False,
    "html_show_search_summary": False,  # it is fetched by script, which browsers refuse for files on the disk
    "html_sourcelink_suffix": "",
    "highlight_language": "python3",
    "smartquotes": False,
}
STYLE = """\
.bd-main .bd-content .bd-article-container { max-width: 72rem; }
.sd-card { font-size: .85rem; line-height: 1.4; }
.sd-card-img-top { aspect-ratio: 2; background: white; }
.sd-card .sd-card-title { font-size: 1rem; margin-bottom: .2rem; }
.sd-card p { margin-bottom: .4rem; }
.sd-card table, .sd-card .pst-scrollable-table-container { margin: 0; width: 100%; }
.sd-card table.table thead { display: none; }
.sd-card table.table tr { background: none; }
.sd-card table.table td { padding: 0 .5rem 0 0; border: 0; background: none; box-shadow: none; text-align: left; }
.sd-card table.table td:first-child { white-space: nowrap; color: var(--pst-color-text-muted); width: 1%; }
div.cell_output img { max-width: 100%; height: auto; background: white; }
div.cell_output pre, div.cell_input pre { overflow-x: auto; font-size: .74rem; }
@media (min-width: 1200px) {
  .bd-sidebar-primary { max-width: 14rem; }
  .bd-sidebar-secondary { max-width: 12rem; }
}
math { font-size: 1.05em; }
math[display=block] { margin: 1em 0; overflow-x: auto; }
details { margin: .5em 0; }
summary { cursor: pointer; }
"""
ICON = Path("_static/favicon.png")


def adapted(node):
    """The notebook for the site: without the badge (a picture from elsewhere); Markdown inside `<details>` is read."""
    for cell in node.cells:
        if cell.cell_type == "markdown":
            text = colab.without_badge(cell.source)
            text = re.sub(r"</summary>\s*", "</summary>\n\n", text)
            cell.source = re.sub(r"\s*</details>", "\n\n</details>", text)
    return node


def card(root: Path, entry: dict) -> str:
    """One notebook on the index: picture, question, model and the headline of its result."""
    number, page = entry["number"], f"{entry['number']}_{entry['stem']}"
    there = (root / "notebooks" / f"{page}.ipynb").exists()
    result = results.read(results.place(root, number)) if there else None
    lines = [f":::{{grid-item-card}} {number} · {entry['question']}"]
    if there:
        lines += [f":link: {page}", ":link-type: doc", f":link-alt: {entry['question']}"]
    if thumbnails.place(root, number).exists():
        lines += [f":img-top: thumbnails/{number}.jpg", ":img-alt: ''"]
    lines += ["", f"{entry['chinese']}", "", f"*{entry['model']}*", ""]
    if result:
        metric, simple, right, margin, minutes, device = readme.measured(result)
        lines += [
            "| | |",
            "|---|---|",
            f"| metric | {metric} |",
            f"| right model | **{right}** |",
            f"| best simple | {simple} |",
            f"| margin | {margin} |",
            "",
            "```{card-footer}",
            f"{minutes} minutes · {device} · {result['profile']}",
            "```",
        ]
    else:
        lines.append("written, not yet measured" if there else "planned")
    return "\n".join([*lines, ":::", ""])


def index(root: Path) -> str:
    """The first page: a grid of cards, and the contents for the side bar."""
    entries = readme.curriculum(root)
    pages = [path.stem for path in notebook.find(root)]
    return "\n".join(
        [
            "---",
            "html_theme.sidebar_secondary.remove: true",
            "---",
            "",
            f"# {TITLE}: thirty questions, answered with evidence",
            "",
            "One notebook for each question of an interviewer about e-commerce product images. The picture shows what",
            "was given and what the right model made of it, or some of what it worked on; the figures are those of the",
            "run whose outputs the page shows, on test pictures used for nothing else, mean ± standard deviation over",
            "three seeds. [Every measured row](results.md), the wrong answers among them, has a page of its own.",
            "",
            "::::{grid} 1 2 3 3",
            ":gutter: 3",
            "",
            *[card(root, entry) for entry in entries],
            "::::",
            "",
            "```{toctree}",
            ":hidden:",
            "",
            "results",
            *pages,
            "```",
            "",
        ]
    )


def measured_rows(root: Path) -> str:
    """The page of all rows of all verdict tables, with every metric."""
    text = [
        "# Every measured row",
        "",
        "From `data/results`, which each run writes: mean ± standard deviation over the seeds of a row.",
        "",
    ]
    for entry in readme.curriculum(root):
        page = f"{entry['number']}_{entry['stem']}"
        result = results.read(results.place(root, entry["number"]))
        if not result or not (root / "notebooks" / f"{page}.ipynb").exists():
            continue
        heads = [_head(metric) for metric in result["metrics"]]
        text += [
            f"## {entry['number']} · {entry['question']}",
            "",
            f"[The notebook]({page}.ipynb) · test n = {result['test_size']}, {result['data_source']} · "
            f"{result['seconds'] / 60:.1f} minutes, {result['peak_memory_mb'] / 1000:.1f} GB, {result['device']} · "
            f"{result['profile']}, {result['date']}",
            "",
            "| method | role | " + " | ".join(heads) + " |",
            "|---|---|" + "---:|" * len(heads),
        ]
        for row in result["rows"]:
            cells = [row["name"], row["role"]]
            for metric in result["metrics"]:
                values = row["values"].get(metric["name"])
                cells.append(results.figure(values, metric["digits"]) if values else "")
            text.append("| " + " | ".join(cells) + " |")
        text.append("")
    return "\n".join(text)


def _head(metric: dict) -> str:
    unit = f" ({metric['unit']})" if metric["unit"] else ""
    return f"{metric['name']}{unit} {'↑' if metric['higher_is_better'] else '↓'}"


def write_sources(root: Path, folder: Path) -> None:
    """Fill `folder` anew with what Sphinx reads."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "_static").mkdir(parents=True)
    (folder / "_static" / "course.css").write_text(STYLE, encoding="utf-8")
    (folder / "index.md").write_text(index(root), encoding="utf-8")
    (folder / "results.md").write_text(measured_rows(root), encoding="utf-8")
    (folder / "thumbnails").mkdir()
    for picture in sorted((root / "data" / "thumbnails").glob("*.jpg")):
        shutil.copy(picture, folder / "thumbnails")
        with Image.open(picture) as opened:  # the last one serves as the icon, too: browsers ask for one
            opened.crop((0, 0, 160, 160)).resize((32, 32)).save(folder / ICON)
    for path in notebook.find(root):
        nbformat.write(adapted(nbformat.read(path, as_version=4)), folder / path.name)


def build(root: Path = ROOT) -> Path:
    """Build the site; returns its folder. Raises `RuntimeError` where Sphinx had anything to warn of."""
    sources, site = root / "build" / "site-source", root / "build" / "site"
    write_sources(root, sources)
    shutil.rmtree(site, ignore_errors=True)
    app = Sphinx(
        srcdir=sources,
        confdir=None,
        outdir=site,
        doctreedir=root / "build" / "site-doctrees",
        buildername="html",
        confoverrides=CONFIGURATION | ({"html_favicon": str(ICON)} if (sources / ICON).exists() else {}),
        status=None,
        warning=sys.stderr,
        freshenv=True,
        warningiserror=True,
    )
    app.build()
    if app.statuscode:
        raise RuntimeError("the site was built with the warnings above; mend what they name")
    return site


def _write_formula(translator, node: nodes.Element, display: str) -> None:
    made = formulas.mathml(node.astext(), display)
    if "\\" in made:
        logging.getLogger(__name__).warning("a formula has a command MathML lacks: %s", node.astext(), location=node)
    translator.body.append(made)
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict:
    """As an extension of Sphinx: formulas as MathML."""
    app.add_html_math_renderer(
        "mathml",
        (lambda translator, node: _write_formula(translator, node, "inline"), None),
        (lambda translator, node: _write_formula(translator, node, "block"), None),
    )
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def main(root: Path = ROOT) -> int:
    """The command line; returns the exit code."""
    try:
        site = build(root)
    except (RuntimeError, SphinxError) as error:
        print(f"error: {error}", flush=True)
        return 1
    print(f"open {(site / 'index.html').relative_to(root)}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
