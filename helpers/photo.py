"""A stranger's picture made safe: anything a reader may upload becomes plain RGB, or one clear error."""

import io
import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from helpers.console import notice
from helpers.datasets.clothing import fitted

MAX_PIXELS = 50_000_000
MAX_BYTES = 100_000_000
MIN_SIDE = 16
# Pillow's other readers are for rarer files, and one of them (EPS) would start a program.
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "JPEG2000", "AVIF", "HEIF", "ICO", "TGA")


class PhotoError(ValueError):
    """The picture cannot be used; the message says why and what to do."""


def load(source, *, max_side: int = 2048) -> np.ndarray:
    """Read a picture from anywhere into uint8 RGB, (height, width, 3), 0 to 255.

    It is turned upright (EXIF), composited on white where it is transparent, reduced to 8 bits a channel, and
    shrunk with antialiasing where its longer side exceeds `max_side`. Of an animation the first frame is taken.

    Parameters
    ----------
    source: a path, bytes, a file opened in binary mode, an ipywidgets `FileUpload` or its value.
    max_side: the longest side returned, in pixels.

    Raises
    ------
    PhotoError: there is no picture, it cannot be decoded, its short side is under 16 px, or it has more than
        50 megapixels (judged by its header, before a pixel is decoded).
    """
    if max_side < MIN_SIDE:
        raise ValueError(f"max_side must be at least {MIN_SIDE} pixels, not {max_side!r}")
    name, content = _content(source)
    if not content:
        raise PhotoError(f"{name} is empty: choose a picture file that has something in it.")
    if len(content) > MAX_BYTES:
        raise PhotoError(f"{name} has more than {MAX_BYTES // 10**6} MB: save it smaller, as JPEG for instance.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd EXIF data and of large pictures, which are judged below
            return _decode(name, content, max_side)
    except PhotoError:
        raise
    except Image.DecompressionBombError:
        raise PhotoError(_too_large(name)) from None
    except Image.UnidentifiedImageError:
        raise PhotoError(_unknown(name, content)) from None
    except Exception as error:  # decoders of damaged files raise whatever they stumble over
        raise PhotoError(f"{name} is damaged or cut short ({error}): open and save it again.") from None


def square(picture: np.ndarray, size: int, *, fit: str = "crop") -> np.ndarray:
    """Make a picture (height, width, 3) uint8 square, exactly as `helpers.datasets.photos` does: (size, size, 3).

    `fit` is `"crop"` (the middle), `"pad"` (white) or `"stretch"`; resizing is antialiased.
    """
    picture = np.asarray(picture)
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3:
        raise ValueError(
            f"expected uint8 RGB (height, width, 3), as load() returns; got {picture.dtype} {picture.shape}"
        )
    return fitted(Image.fromarray(picture), size, fit)


def _content(source) -> tuple[str, bytes]:
    """A name for messages, and the bytes."""
    if hasattr(source, "value"):  # the upload widget itself
        source = source.value
    if isinstance(source, bytes | bytearray | memoryview):
        return "the picture", bytes(source)
    if isinstance(source, Mapping) and "content" not in source:  # ipywidgets 7: {name: {"content": bytes, …}}
        source = tuple({"name": name, **file} for name, file in source.items())
    if isinstance(source, tuple | list):  # ipywidgets 8: ({"name": …, "content": memoryview, …},)
        if not source:
            raise PhotoError("no picture was uploaded yet: choose a file first.")
        if len(source) > 1:
            notice(f"{len(source)} files were uploaded; the first is used.")
        source = source[0]
    if isinstance(source, Mapping) and "content" in source:
        return str(source.get("name", "the picture")), bytes(source["content"])
    if hasattr(source, "read"):
        content = source.read(MAX_BYTES + 1)
        if isinstance(content, str):
            raise PhotoError('the file was opened as text: open it with mode "rb".')
        return str(getattr(source, "name", "the picture")), content
    if not isinstance(source, str | Path):
        raise PhotoError(f"a picture comes as a path, bytes, an open file or an upload, not {type(source).__name__}.")
    if str(source).startswith(("http://", "https://")):
        raise PhotoError(f"{source} is a web address: download the picture and give the path of the file.")
    path = Path(source).expanduser()
    if path.is_dir():
        raise PhotoError(f"{path} is a folder: give the path of one picture in it.")
    if not path.is_file():
        raise PhotoError(f"there is no file {path}: check the spelling, and that the path starts at {Path.cwd()}.")
    try:
        with path.open("rb") as file:
            return path.name, file.read(MAX_BYTES + 1)
    except OSError as error:
        raise PhotoError(f"{path} cannot be read ({error.strerror}).") from None


def _decode(name: str, content: bytes, max_side: int) -> np.ndarray:
    """The header's checks first, then pixels."""
    Image.init()
    with Image.open(io.BytesIO(content), formats=[f for f in _FORMATS if f in Image.OPEN]) as picture:
        width, height = picture.size
        if width * height > MAX_PIXELS:
            raise PhotoError(_too_large(name))
        shrink = min(1, max_side / max(width, height))
        reduced = round(width * shrink), round(height * shrink)
        if min(reduced) < MIN_SIDE:
            raise PhotoError(
                f"{name} is too narrow ({width}x{height}): the short side needs {MIN_SIDE} pixels"
                + (f" once the long one is {max_side}." if shrink < 1 else ".")
            )
        frames = getattr(picture, "n_frames", 1)
        if frames > 1 and picture.format != "MPO":  # what phones add to a JPEG (depth, preview) is no animation
            notice(f"{name} has {frames} frames; the first is used.")
        picture.load()
        upright = _rgb(ImageOps.exif_transpose(picture))
        if shrink < 1:
            reduced = round(upright.width * shrink), round(upright.height * shrink)
            upright = upright.resize(reduced, Image.Resampling.LANCZOS, reducing_gap=3.0)
        return np.array(upright)


def _rgb(picture: Image.Image) -> Image.Image:
    """Any mode as 8-bit RGB: deep grey scaled down instead of clipped, transparency on white."""
    if picture.mode.startswith(("I", "F")):
        values = np.nan_to_num(np.asarray(picture).astype(np.float64))
        white = 65535.0 if picture.mode.startswith("I;16") else _white(values.max())
        picture = Image.fromarray((values.clip(0, white) * (255 / white) + 0.5).astype(np.uint8))
    if picture.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    return picture.convert("RGB")


def _white(largest: float) -> float:
    """The value that stands for white where the mode does not tell: the next usual full scale."""
    return float(next((white for white in (1, 255, 65535) if largest <= white), largest))


def _too_large(name: str) -> str:
    return f"{name} has more than {MAX_PIXELS // 10**6} megapixels: shrink it first."


def _unknown(name: str, content: bytes) -> str:
    if content[4:8] == b"ftyp" and content[8:12] in (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"):
        return f"{name} is a HEIC photo, which cannot be read here: export it as JPEG or PNG."
    return f"{name} is not a picture this can read: use JPEG, PNG, WebP, GIF, BMP or TIFF."
