"""What the browser tests share: Chromium, found where it is installed, and a JupyterLab of their own."""

import os
import shutil
import sys
from pathlib import Path

import lab
import pytest
from playwright.sync_api import sync_playwright

from helpers.course import ROOT

MISSING = "there is no Chromium here; on Debian: sudo apt install chromium; on macOS: install Chrome or Chromium"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
APPLICATIONS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
QUIET += ["--disable-component-update", "--disable-sync"]


def executable() -> str | None:
    """The path of the browser, or None: `HELPERS_CHROMIUM` names one in another place."""
    named = os.environ.get("HELPERS_CHROMIUM")
    there = [named, *map(shutil.which, NAMES), *(APPLICATIONS if sys.platform == "darwin" else ())]
    return next((path for path in there if path and Path(path).exists()), None)


@pytest.fixture(scope="session")
def chromium():
    """A running headless Chromium, as Playwright's Browser."""
    path = executable()
    if path is None:
        pytest.skip(MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium):
    """An empty page, 1280 pixels wide, in a profile of its own."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def screenshots():
    """The folder that keeps what the tests saw."""
    folder = ROOT / "build" / "browser"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def jupyterlab(chromium, tmp_path_factory, screenshots):
    """A `lab.JupyterLab`: `jupyterlab.open(path)` gives the notebook in a page, in the profile `quick`."""
    with lab.JupyterLab(chromium, tmp_path_factory.mktemp("lab"), screenshots) as server:
        yield server
