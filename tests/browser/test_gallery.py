"""The site of `make site`, opened from the disk in Chromium: whole, quiet, and asking nobody for anything."""

import pytest

from helpers.course import ROOT, notebook, readme, results, site

pytestmark = pytest.mark.browser

PAGES = ["index", "results", "search", "genindex", *(path.stem for path in notebook.find(ROOT))]


@pytest.fixture(scope="module")
def gallery(chromium):
    return site.build(ROOT)


@pytest.fixture
def heard(page, gallery):
    """What the page complains of, and what it asks for outside the site, as it happens."""
    noise = []
    inside = (gallery.as_uri() + "/", "data:", "blob:")
    page.on("console", lambda said: noise.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: noise.append(str(error)))
    page.on("requestfailed", lambda request: noise.append(f"failed: {request.url}"))
    page.on("request", lambda sent: None if sent.url.startswith(inside) else noise.append(f"outside: {sent.url}"))
    return noise


def test_these_are_all_pages(gallery):
    assert sorted(path.stem for path in gallery.rglob("*.html") if "_static" not in path.parts) == sorted(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole_and_quiet(name, page, gallery, heard, screenshots):
    page.goto(f"{gallery.as_uri()}/{name}.html", wait_until="load")
    missing = page.evaluate("() => [...document.images].filter(i => !i.naturalWidth).map(i => i.src)")
    assert missing == []
    if name[0].isdigit():
        assert page.locator("article img").count() >= 3
        assert page.locator("article h1").inner_text().startswith(f"{name[:2]} · ")
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth"), "it scrolls sideways"
    assert heard == []
    page.screenshot(path=screenshots / f"site-{name}.png", full_page=name in ("index", "results"))


def test_formulas_are_drawn_without_a_script(page, gallery, heard):
    page.goto(f"{gallery.as_uri()}/16_segmentation_unet.html")
    boxes = page.evaluate("() => [...document.querySelectorAll('math')].map(m => m.getBoundingClientRect().height)")
    assert len(boxes) >= 5 and min(boxes) > 5
    assert page.locator("mjx-container, .MathJax").count() == 0


def test_every_card_shows_its_figures_and_leads_to_its_notebook(page, gallery, heard):
    page.goto(f"{gallery.as_uri()}/index.html")
    for entry in readme.curriculum():
        card = page.locator(".sd-card", has_text=f"{entry['number']} · {entry['question']}")
        assert card.count() == 1
        if result := results.read(results.place(ROOT, entry["number"])):
            for figure in readme.measured(result):
                assert figure in card.inner_text()
            assert card.locator("img").count() == 1
    page.locator(".sd-card", has_text="12 · How do you denoise").click()
    page.wait_for_url("**/12_denoising_residual_cnn.html")
    assert heard == []


@pytest.mark.parametrize(("words", "number"), [("residual denoise", "12"), ("landmarks", "28"), ("去噪", "12")])
def test_search_finds_a_notebook(words, number, page, gallery, heard, screenshots):
    page.goto(f"{gallery.as_uri()}/index.html")
    page.keyboard.press("Control+k")
    page.locator("#pst-search-dialog input[type=search]").fill(words)
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=*")
    page.locator("#search-results li").first.wait_for(timeout=10_000)
    page.locator("#search-results p.search-summary").filter(has_text="found").wait_for(timeout=10_000)
    links = page.locator("#search-results li a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert any(link.startswith(f"{number}_") for link in links)
    page.screenshot(path=screenshots / f"search-{number}.png")
    page.locator(f"#search-results li a[href^='{number}_']").first.click()
    page.wait_for_url(f"**/{number}_*.html*")
    assert heard == []
