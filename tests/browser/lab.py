"""Notebooks in JupyterLab, driven as a person would: open, run all, move a control, see whether the picture changed."""

import contextlib
import io
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import numpy as np
import playwright.sync_api
from PIL import Image

ANNOUNCEMENTS = '{"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": true}}'
ALL_CELLS_IN_THE_PAGE = '{"windowingMode": "none"}'

# The notebook in front; run-all before the kernel is connected and idle would do nothing.
READY = """() => {
  const kernel = window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel;
  return kernel?.connectionStatus === 'connected' && kernel.status === 'idle';
}"""
RUN_ALL = "() => { void window.jupyterapp.commands.execute('notebook:run-all-cells'); }"
LATEST = """() => Math.max(0, ...[...window.jupyterapp.shell.currentWidget.content.model.cells].map(
  cell => cell.executionCount || 0))"""
SHUT_DOWN = "() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()"
STATE = """latest => {
  const panel = window.jupyterapp.shell.currentWidget;
  const cells = [...panel.content.model.cells].filter(cell => cell.type === 'code' && cell.sharedModel.source.trim());
  const outputs = cells.flatMap(cell => cell.outputs.toJSON());
  return {
    idle: panel.sessionContext.session.kernel.status === 'idle' && cells.every(cell => cell.executionCount > latest),
    errors: outputs.filter(output => output.output_type === 'error').map(output => `${output.ename}: ${output.evalue}`),
  };
}"""


def _differ(one: np.ndarray, other: np.ndarray) -> bool:
    return one.shape != other.shape or np.abs(one.astype(int) - other.astype(int)).mean() >= 1


class JupyterLab:
    """A JupyterLab server on this machine with settings, workspaces and files of its own, under `folder`."""

    def __init__(self, browser, folder: Path, screenshots: Path):
        self.browser, self.folder, self.screenshots = browser, folder, screenshots
        self.files = folder / "files"

    def __enter__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.token = secrets.token_hex(16)
        self.url = f"http://127.0.0.1:{port}"
        settings = {
            "config/labconfig/page_config.json": ANNOUNCEMENTS,
            "settings/@jupyterlab/notebook-extension/tracker.jupyterlab-settings": ALL_CELLS_IN_THE_PAGE,
        }
        for name, text in settings.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(text, encoding="utf-8")
        self.files.mkdir()
        places = {
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTER_DATA_DIR": "data",
            "IPYTHONDIR": "ipython",
            "HELPERS_RESULTS": "results",
        }
        environment = {**os.environ, **{name: str(self.folder / place) for name, place in places.items()}}
        environment["HELPERS_PROFILE"] = "quick"
        for name in ("CI", "HELPERS_BATCH"):  # somebody is watching
            environment.pop(name, None)
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}"]
        command += ["--ServerApp.port_retries=0", f"--ServerApp.root_dir={self.files}"]
        command += [f"--IdentityProvider.token={self.token}", "--LabApp.expose_app_in_browser=True"]
        self.log = self.folder / "server.log"
        with self.log.open("wb") as log:
            self.server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            self._wait_for_server()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.server.terminate()  # it ends its kernels, too
        try:
            self.server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait()

    def _wait_for_server(self, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.server.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}/api?token={self.token}", timeout=5):
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.2)
        raise RuntimeError("JupyterLab did not start:\n" + self.log.read_text(errors="replace")[-3000:])

    def open(self, path: Path, *, seconds: float = 60) -> "OpenNotebook":
        """Open a copy of the notebook at `path`, without its outputs, and wait until its kernel is ready."""
        node = nbformat.read(path, as_version=4)
        for cell in node.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        nbformat.write(node, self.files / path.name)
        context = self.browser.new_context(viewport={"width": 1280, "height": 1800})
        page = context.new_page()
        page.goto(f"{self.url}/lab/tree/{path.name}?reset&token={self.token}")
        page.wait_for_function(READY, timeout=1000 * seconds)
        return OpenNotebook(page, self.files / path.name, self.screenshots)


class OpenNotebook:
    """A notebook in the page of a browser; `with` ends its kernel, closes the page and keeps a picture of a failure."""

    def __init__(self, page, path: Path, screenshots: Path):
        self.page, self.path, self.name, self.screenshots = page, path, path.stem, screenshots

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind:
            self.screenshot("failed")
        with contextlib.suppress(playwright.sync_api.Error):  # the page may be gone
            self.page.evaluate(SHUT_DOWN)
        self.page.context.close()

    def run_all(self, *, seconds: float = 240) -> None:
        """Run every cell, once more if need be; raises `RuntimeError` with what a cell raised, or `TimeoutError`."""
        latest = self.page.evaluate(LATEST)
        self.page.evaluate(RUN_ALL)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            state = self.page.evaluate(STATE, latest)
            if state["errors"]:
                raise RuntimeError(f"{self.name}: a cell ended in {state['errors'][0]}")
            if state["idle"]:
                return
            self.page.wait_for_timeout(200)
        raise TimeoutError(f"{self.name} was not through after {seconds:g} seconds")

    def save(self) -> Path:
        """Save the notebook as Ctrl+S does; returns the file."""
        self.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
        return self.path

    def control(self, description: str):
        """The Playwright locator of the ipywidgets control with this description: `.locator("select")` and so on."""
        found = self.page.locator(f'.widget-inline-hbox:has(> .widget-label:text-is("{description}"))').first
        found.wait_for(timeout=10_000)
        found.scroll_into_view_if_needed()
        return found

    def move(self, description: str, steps: int) -> None:
        """Move a slider by `steps` of its own steps, with the arrow keys."""
        handle = self.control(description).locator(".noUi-handle").first
        handle.focus()
        for _ in range(abs(steps)):
            handle.press("ArrowRight" if steps > 0 else "ArrowLeft")

    def picture(self, description: str) -> np.ndarray:
        """What the last picture in the cell of this control shows now: uint8 (height, width, 3), as on the screen."""
        self.control(description)
        cell = self.page.locator(f'.jp-CodeCell:has(.widget-label:text-is("{description}"))').first
        content = cell.locator(".jp-OutputArea img").last.screenshot(timeout=10_000)
        return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))

    def changed_picture(self, description: str, before: np.ndarray, *, seconds: float = 20) -> np.ndarray:
        """The picture once it differs from `before` (mean absolute difference of 1 or more, or another size) and rests.

        Raises `AssertionError` where it stays the same.
        """
        end, last = time.monotonic() + seconds, before
        while time.monotonic() < end:
            with contextlib.suppress(playwright.sync_api.Error):  # taken away to be drawn anew at this moment
                now = self.picture(description)
                if _differ(now, before) and not _differ(now, last):
                    return now
                last = now
            self.page.wait_for_timeout(300)
        raise AssertionError(f"{self.name}: the picture of {description!r} did not change in {seconds:g} seconds")

    def screenshot(self, name: str) -> Path:
        """Keep what the page shows in `build/browser/`; returns the file."""
        place = self.screenshots / f"{self.name}-{name}.png"
        self.page.screenshot(path=place)
        return place
