"""Line drawings like those of `catalogue.drawings`: from a picture, from strokes or by hand; and what they enclose."""

import uuid

import numpy as np
from IPython.display import HTML, display
from PIL import Image, ImageDraw
from scipy.ndimage import binary_fill_holes, label
from skimage.filters import threshold_otsu
from skimage.morphology import skeletonize

from helpers import photo

FINE = 8  # a picture is looked at FINE times larger than the drawing, and a line is one of those pixels wide
_SCRIPT = """
<canvas id="c%(id)s" width="%(size)d" height="%(size)d"
 style="border:1px solid gray;background:white;touch-action:none"></canvas><br>
<button id="s%(id)s">save as sketch.png</button> <button id="n%(id)s">clear</button>
<script>(() => {
const canvas = document.getElementById("c%(id)s"), pen = canvas.getContext("2d");
const clear = () => { pen.fillStyle = "white"; pen.fillRect(0, 0, canvas.width, canvas.height); };
clear(); pen.lineWidth = 4; pen.lineCap = pen.lineJoin = "round";
canvas.onpointerdown = (e) => {
  canvas.setPointerCapture(e.pointerId); pen.beginPath(); pen.moveTo(e.offsetX, e.offsetY); };
canvas.onpointermove = (e) => { if (e.buttons) { pen.lineTo(e.offsetX, e.offsetY); pen.stroke(); } };
document.getElementById("n%(id)s").onclick = clear;
document.getElementById("s%(id)s").onclick = () => {
  const link = document.createElement("a");
  link.href = canvas.toDataURL("image/png"); link.download = "sketch.png"; link.click(); };
})();</script>
"""


def from_picture(picture, side: int) -> np.ndarray:
    """Thin lines of a sketch, dark on light or light on dark: (side, side) uint8, 255 for paper, 30 for a line.

    `picture` is (height, width, 3) uint8, as `photo.load` gives it; it is padded to a square. Lines of any width
    become one pixel wide. Raises `ValueError` for a picture of one single colour.
    """
    grey = photo.square(picture, FINE * side, fit="pad").mean(axis=-1)
    if grey.min() == grey.max():
        raise ValueError("there is nothing on this sketch: all pixels are alike")
    dark = grey < threshold_otsu(grey)
    ink = skeletonize(dark if dark.mean() < 0.5 else ~dark)
    share = FINE * ink.reshape(side, FINE, side, FINE).mean(axis=(1, 3))
    return np.rint(255 - 225 * np.minimum(1, 1.35 * share)).astype(np.uint8)


def from_strokes(strokes, side: int) -> np.ndarray:
    """The same from strokes, each a list of corners (x, y) in [0, 1] from the top left."""
    canvas = Image.new("RGB", (FINE * side, FINE * side), "white")
    for stroke in strokes:
        corners = [(FINE * side * x, FINE * side * y) for x, y in stroke]
        ImageDraw.Draw(canvas).line(corners, fill="black", width=FINE // 2)
    return from_picture(np.asarray(canvas), side)


def maps(drawings, threshold: int = 200) -> np.ndarray:
    """What filling tells of drawings (n, side, side) uint8: (n, side, side, 3) uint8.

    The drawing itself; the filled outline, 255 on the product and 0 outside; and inside it, how large the region
    around a pixel is: 255 times the fourth root of its share of the picture (small ones differ too), 0 on lines. A
    region is paper that lines enclose; what is darker than `threshold` is line. An outline with a gap encloses nothing.
    """
    found = np.zeros((*np.shape(drawings), 3), np.uint8)
    for drawing, (lines, inside, size) in zip(drawings, np.moveaxis(found, -1, 1), strict=True):
        filled, (regions, _) = binary_fill_holes(drawing < threshold), label(drawing >= threshold)
        share = np.bincount(regions.ravel()) / regions.size
        lines[:], inside[:] = drawing, 255 * filled
        size[:] = np.rint(255 * share[regions] ** 0.25 * (filled & (regions > 0)))
    return found


def pad(size: int = 384) -> None:
    """Show a canvas to draw on in a live notebook; its button downloads the drawing as `sketch.png`."""
    display(HTML(_SCRIPT % {"id": uuid.uuid4().hex, "size": size}))
