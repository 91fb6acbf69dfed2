"""The small pictures of README and gallery, cut out of the notebooks' committed outputs into `data/thumbnails`.

The rule: of the first picture figure (JPEG; plots are PNG) under "The verdict", its first row, the first panel and the
last but one: what was given, and what the right model made of it, which stands before the truth. Where another choice
says more, `data/thumbnails/panels.json` names the figure and the panels, [row, column] each: two, or eight small ones.
"""

import base64
import io
import json
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from helpers.course import ROOT, notebook

WIDTH, HEIGHT = 320, 160  # shown half as large, for dense screens
USUAL = {"figure": 0, "panels": [[0, 0], [0, -2]]}
GAP = 2


def place(root: Path, number: str) -> Path:
    """Where the thumbnail of notebook `number` is kept."""
    return root / "data" / "thumbnails" / f"{number}.jpg"


def figures(path: Path) -> list[Image.Image]:
    """The JPEG outputs of the section "The verdict", in order."""
    found = []
    for cell in notebook.Notebook(path).in_section("The verdict"):
        for output in cell.get("outputs", []):
            if content := output.get("data", {}).get("image/jpeg"):
                found.append(Image.open(io.BytesIO(base64.b64decode(content))).convert("RGB"))
    return found


def panels(figure: Image.Image) -> list[list[tuple[int, int, int, int]]]:
    """The pictures of a `helpers.show.grid`, row by row, as boxes (left, top, right, bottom); the paper is white."""
    ink = np.asarray(figure).min(axis=2) < 248
    found = []
    for top, bottom in _runs(ink.mean(axis=1) > 0.35):
        height = bottom - top
        spans = _runs(ink[top:bottom].mean(axis=0) > 0.45)
        lefts = [left for left, right in spans if height > 50 and abs(right - left - height) < 0.15 * height]
        pitch = min((b - a for a, b in pairwise(lefts)), default=figure.width)
        if lefts and 0 <= lefts[0] - pitch < 0.1 * pitch:  # a drawing on white paper, at the left edge: not seen
            lefts.insert(0, lefts[0] - pitch)
        if lefts:
            found.append([(left, top, left + height, bottom) for left in lefts])
    return found


def _runs(flags: np.ndarray) -> list[tuple[int, int]]:
    """Start and end of each run of True."""
    steps = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(int), [0]])))
    return [(int(start), int(end)) for start, end in steps.reshape(-1, 2)]


def thumbnail(path: Path, choice: dict) -> bytes | None:
    """The thumbnail of the notebook at `path`, a JPEG of 320 x 160 pixels, or None where it shows no picture.

    Raises `ValueError` where `choice` names a figure or a panel that is not there.
    """
    there = figures(path)
    if not there:
        return None
    try:
        figure = there[choice["figure"]]
        rows = panels(figure)
        cut = [figure.crop(rows[row][column]) for row, column in choice["panels"]]
    except IndexError:
        if choice is USUAL:  # not a grid: the upper part of the figure, until somebody chooses
            return _jpeg(ImageOps.fit(there[0], (WIDTH, HEIGHT), centering=(0, 0)))
        shapes = [[len(row) for row in panels(figure)] for figure in there]
        raise ValueError(
            f"{path.name}: data/thumbnails/panels.json asks for {choice}; its figures have panels, row by row, {shapes}"
        ) from None
    side = WIDTH // 2 if len(cut) == 2 else WIDTH // 4
    made = Image.new("RGB", (WIDTH, HEIGHT), "white")
    for i, panel in enumerate(cut):
        at = (i * side % WIDTH + GAP // 2, i * side // WIDTH * side + GAP // 2)
        made.paste(ImageOps.fit(panel, (side - GAP, side - GAP)), at)
    return _jpeg(made)


def _jpeg(picture: Image.Image) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=75, optimize=True)
    return stream.getvalue()


def write(root: Path = ROOT, *, check: bool = False) -> bool:
    """Bring `data/thumbnails` up to date (or, with `check`, only compare); True where nothing had to change.

    A stored picture is left as it is while it looks the same: JPEG encoders differ in the last digit.
    """
    named = root / "data" / "thumbnails" / "panels.json"
    choices = json.loads(named.read_text(encoding="utf-8")) if named.exists() else {}
    agrees, wanted = True, set()
    for path in notebook.find(root):
        fresh = thumbnail(path, choices.get(path.name[:2], USUAL))
        if fresh is None:
            continue
        stored = place(root, path.name[:2])
        wanted.add(stored)
        if not _same(stored, fresh):
            agrees = False
            if not check:
                stored.parent.mkdir(parents=True, exist_ok=True)
                stored.write_bytes(fresh)
    for stored in set(place(root, "x").parent.glob("*.jpg")) - wanted:
        agrees = False
        if not check:
            stored.unlink()
    return agrees


def _same(stored: Path, fresh: bytes) -> bool:
    if not stored.exists():
        return False
    before, after = (np.asarray(Image.open(io.BytesIO(content)), int) for content in (stored.read_bytes(), fresh))
    return before.shape == after.shape and bool(np.abs(before - after).mean() < 1)
