"""The site as files: complete, linked, and with nothing in it that a browser would fetch from elsewhere."""

import re
import shutil
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
from bs4 import BeautifulSoup

from helpers.course import ROOT, formulas, notebook, readme, results, site

FETCHED = {"img": "src", "script": "src", "iframe": "src", "source": "src", "link": "href"}


@pytest.fixture(scope="module")
def pages():
    """Every page of the real site, parsed, by its path; building it with a warning would already have raised."""
    paths = sorted(site.build(ROOT).glob("*.html"))
    return {path: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser") for path in paths}


@pytest.mark.slow
def test_every_notebook_has_a_page_with_its_pictures_and_formulas(pages):
    by_name = {path.stem: page for path, page in pages.items()}
    assert {"index", "results", "search"} <= set(by_name)
    for path in notebook.find(ROOT):
        article = by_name[path.stem].find("article")
        shown = [output for cell in notebook.Notebook(path).code for output in cell.outputs]
        pictures = [output for output in shown if any(kind.startswith("image/") for kind in output.get("data", {}))]
        assert len(article.find_all("img")) == len(pictures), path.name
        assert len(article.find_all("details")) >= 4
        text = article.get_text()
        assert not re.search(r"\$\$|\$\\?[a-zA-Z]+[^\n$]*\$", text), f"{path.name}: a formula stayed TeX"
        assert "Open in Colab" not in text


@pytest.mark.slow
def test_every_link_leads_somewhere_and_nothing_is_fetched_from_elsewhere(pages):
    lost, foreign = [], []
    for path, page in pages.items():
        for tag in page.find_all(True):
            target = tag.get("href") or tag.get("src")
            if not target or tag.name == "base":
                continue
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                if FETCHED.get(tag.name) in tag.attrs and parts.scheme != "data":
                    foreign.append((path.name, target))
            elif parts.path and not (path.parent / unquote(parts.path)).exists():
                lost.append((path.name, target))
    assert lost == [] and foreign == []
    for sheet in next(iter(pages)).parent.rglob("*.css"):
        assert not re.search(r"(url\(|@import)\s*['\"]?(https?:)?//", sheet.read_text(encoding="utf-8")), sheet.name


@pytest.mark.slow
def test_index_and_results_show_what_is_measured(pages):
    by_name = {path.stem: page for path, page in pages.items()}
    cards = by_name["index"].find_all(class_="sd-card")
    assert len(cards) == 30
    tables = iter(by_name["results"].find("article").find_all("table"))
    for entry, card in zip(readme.curriculum(), cards, strict=True):
        result = results.read(results.place(ROOT, entry["number"]))
        assert entry["question"] in card.get_text() and entry["chinese"] in card.get_text()
        if not result:
            continue
        assert all(figure in card.get_text() for figure in readme.measured(result))
        rows = [[cell.get_text() for cell in row.find_all("td")] for row in next(tables).find("tbody").find_all("tr")]
        assert [row[:2] for row in rows] == [[row["name"], row["role"]] for row in result["rows"]]
        for shown, row in zip(rows, result["rows"], strict=True):
            for figure, metric in zip(shown[2:], result["metrics"], strict=True):
                values = row["values"].get(metric["name"])
                assert figure == (results.figure(values, metric["digits"]) if values else "")
    assert next(tables, None) is None


def test_a_notebook_is_adapted_without_its_badge_and_with_markdown_inside_details():
    source = (
        "# T\n\n[![Open in Colab](https://a.b/badge.svg)](https://a.b/) Upload it.\n\n![here](x.png) [there](https://a.b)\n"
        "<details><summary>Why?</summary>\nBecause $x$.\n</details>"
    )
    node = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(source)])
    text = site.adapted(node).cells[0].source
    assert text == (
        "# T\n\n![here](x.png) [there](https://a.b)\n<details><summary>Why?</summary>\n\nBecause $x$.\n\n</details>"
    )


def test_formulas_keep_a_space_after_a_function_and_their_bars():
    assert '<mi>log</mi><mspace width="0.17em"/><mi>p</mi>' in formulas.mathml(r"\log p", "inline")
    assert "mspace" not in formulas.mathml(r"\log_2 p + \log(p)", "inline")
    bars = formulas.mathml(r"\bigl\|x\bigr\|", "block")
    assert bars.count("‖") == 2 and "\\" not in bars and 'display="block"' in bars


def test_a_warning_fails_the_build(tmp_path, capfd):
    (tmp_path / "data").mkdir()
    (tmp_path / "notebooks").mkdir()
    shutil.copy(ROOT / "data" / "curriculum.json", tmp_path / "data")
    cells = [nbformat.v4.new_markdown_cell("# 07 · T\n\n$\\nosuchcommand x$")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "notebooks" / "07_t.ipynb")
    assert site.main(tmp_path) == 1
    said = capfd.readouterr()
    assert "a formula has a command MathML lacks: \\nosuchcommand x" in said.err
    assert said.out.startswith("error: the site was built with the warnings above")
