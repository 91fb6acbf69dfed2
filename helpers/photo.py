"""A stranger's picture made safe: anything a reader may upload becomes plain RGB, or one clear error."""

import contextlib
import io
import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from helpers.console import notice, standard_error_silenced
from helpers.datasets.clothing import fitted

MAX_PIXELS = 50_000_000
# Formats and 32-bit modes of which fewer fit into 1 GB and 2 s.
FEWER = {"AVIF": 12_000_000, "HEIF": 12_000_000, "WEBP": 25_000_000, "F": 25_000_000, "I": 25_000_000}
MAX_BYTES = 100_000_000
SLOW_BYTES = 20_000_000  # of AVIF and HEIC, whose time goes with the bytes more than with the pixels
MIN_SIDE = 16
# What people's photos and pictures come in (HEIF where a reader is installed). Pillow's other readers take seconds for
# a large picture, decode before they know a size, or start a program.
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF")


class PhotoError(ValueError):
    """The picture cannot be used; the message says why and what to do."""


def load(source, *, max_side: int = 2048, min_side: int = MIN_SIDE) -> np.ndarray:
    """Read a picture from anywhere into uint8 RGB, (height, width, 3), 0 to 255.

    It is turned upright (EXIF), composited on white where it is transparent, reduced to 8 bits a channel, and
    shrunk with antialiasing where its longer side exceeds `max_side`. Of an animation the first frame is taken.

    Parameters
    ----------
    source: a path, bytes, a file opened in binary mode, an ipywidgets `FileUpload` or its value, or what Colab's
        `files.upload()` returns.
    max_side: the longest side returned, in pixels.
    min_side: the shortest side accepted, in pixels.

    Raises
    ------
    PhotoError: there is no picture, it cannot be decoded, its short side is under `min_side`, or it has more than
        50 megapixels or 100 MB; 25 megapixels as WebP or with 32 bits a channel; 12 megapixels or 20 MB as AVIF or
        HEIC (judged by its header, before a pixel is decoded).
    """
    if max_side < min_side:
        raise ValueError(f"max_side must be at least {min_side} pixels, not {max_side!r}")
    name, content = _content(source)
    if not content:
        raise PhotoError(f"{name} is empty: choose a picture file that has something in it.")
    if len(content) > MAX_BYTES:
        raise PhotoError(_too_long(name, MAX_BYTES))
    try:
        # Pillow warns of odd data and large pictures and logs, libtiff writes past Python's back: one error is enough.
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()), standard_error_silenced():
            warnings.simplefilter("ignore")
            return _decode(name, content, max_side, min_side)
    except PhotoError:
        raise
    except Image.DecompressionBombError:
        raise PhotoError(_too_large(name)) from None
    except Image.UnidentifiedImageError:
        raise PhotoError(_unknown(name, content)) from None
    except Exception as error:  # decoders of damaged files raise whatever they stumble over
        what = " ".join(str(error).split()) or type(error).__name__
        raise PhotoError(f"{name} is damaged or cut short ({what}): open and save it again.") from None


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
    if isinstance(source, Mapping) and "content" not in source:
        # ipywidgets 7: {name: {"content": bytes, …}}; Colab: {name: bytes}
        source = tuple(
            {"name": name, **(file if isinstance(file, Mapping) else {"content": file})}
            for name, file in source.items()
        )
    if isinstance(source, tuple | list):  # ipywidgets 8: ({"name": …, "content": memoryview, …},)
        if not source:
            raise PhotoError("no picture was uploaded yet: choose a file first.")
        if len(source) > 1:
            notice(f"{len(source)} files were uploaded; the first is used.")
        source = source[0]
    if isinstance(source, Mapping) and "content" in source:
        return _named_bytes(source.get("name", "the picture"), source["content"])
    if hasattr(source, "read"):
        name = getattr(source, "name", "the picture")
        try:
            content = source.read(MAX_BYTES + 1)
        except (OSError, ValueError) as error:  # a closed file is a ValueError
            raise PhotoError(f"{name} cannot be read ({error}).") from None
        if isinstance(content, str):
            raise PhotoError('the file was opened as text: open it with mode "rb".')
        return _named_bytes(name, content)
    if not isinstance(source, str | Path):
        raise PhotoError(f"a picture comes as a path, bytes, an open file or an upload, not {type(source).__name__}.")
    if str(source).startswith(("http://", "https://")):
        raise PhotoError(f"{source} is a web address: download the picture and give the path of the file.")
    try:
        path = Path(source).expanduser()
        if path.is_dir():
            raise PhotoError(f"{path} is a folder: give the path of one picture in it.")
        if not path.is_file():
            raise PhotoError(f"there is no file {path}: check the spelling, and that the path starts at {Path.cwd()}.")
        with path.open("rb") as file:
            return path.name, file.read(MAX_BYTES + 1)
    except (OSError, RuntimeError) as error:  # the latter: no such home folder
        raise PhotoError(f"{source} cannot be read ({getattr(error, 'strerror', None) or error}).") from None


def _named_bytes(name, content) -> tuple[str, bytes]:
    if not isinstance(content, bytes | bytearray | memoryview):
        raise PhotoError(f"{name} holds no picture but {type(content).__name__}: upload the file itself.")
    return str(name), bytes(content)


def _decode(name: str, content: bytes, max_side: int, min_side: int) -> np.ndarray:
    """The header's checks first, then pixels; each step lets go of its input, which may take 200 MB."""
    Image.init()
    picture = Image.open(io.BytesIO(content), formats=[form for form in _FORMATS if form in Image.OPEN])
    width, height = picture.size
    if picture.format in ("AVIF", "HEIF") and len(content) > SLOW_BYTES:
        raise PhotoError(_too_long(name, SLOW_BYTES))
    limit = min(FEWER.get(kind, MAX_PIXELS) for kind in (picture.format, picture.mode))
    if width * height > limit:
        raise PhotoError(_too_large(name, limit))
    shrink = min(1, max_side / max(width, height))
    reduced = round(width * shrink), round(height * shrink)
    if min(reduced) < min_side:
        raise PhotoError(
            f"{name} is too narrow ({width}x{height}): the short side needs {min_side} pixels"
            + (f" once the long one is {max_side}." if shrink < 1 else ".")
        )
    # Frames are not counted: a long animation would be read to its end. What phones add to a JPEG is none.
    if getattr(picture, "is_animated", False) and picture.format != "MPO":
        notice(f"{name} has several frames; the first is used.")
    picture.draft(None, reduced)  # a JPEG can be decoded at a half, a quarter or an eighth, if that is large enough
    picture.load()
    stored = picture.size
    ImageOps.exif_transpose(picture, in_place=True)
    if picture.size != stored:
        reduced = reduced[::-1]
    picture = _rgb(picture)
    if picture.size != reduced:
        picture = picture.resize(reduced, Image.Resampling.LANCZOS, reducing_gap=3.0)
    return np.array(picture)


def _rgb(picture: Image.Image) -> Image.Image:
    """Any mode as 8-bit RGB, transparency on white."""
    if picture.mode.startswith(("I", "F")):
        picture = _eight_bits(picture)
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    picture = picture.convert("RGBA")
    white = Image.new("RGB", picture.size, "white")
    white.paste(picture, mask=picture)
    return white


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Deep grey scaled down instead of clipped; a million values at a time, whose floats would fill a GB otherwise."""
    values = np.asarray(picture)
    largest = np.max(values, initial=0, where=np.isfinite(values))
    white = 65535.0 if picture.mode.startswith("I;16") else _white(largest)
    levels = np.empty(values.shape, np.uint8)
    source, target = values.reshape(-1), levels.reshape(-1)
    for start in range(0, source.size, 1 << 20):
        part = slice(start, start + (1 << 20))
        target[part] = np.nan_to_num(source[part].astype(np.float64)).clip(0, white) * (255 / white) + 0.5
    return Image.fromarray(levels)


def _white(largest: float) -> float:
    """The value that stands for white where the mode does not tell: the next usual full scale."""
    return float(next((white for white in (1, 255, 65535) if largest <= white), largest))


def _too_long(name: str, limit: int) -> str:
    return f"{name} has more than {limit // 10**6} MB: save it smaller, as JPEG for instance."


def _too_large(name: str, limit: int = MAX_PIXELS) -> str:
    return f"{name} has more than {limit // 10**6} megapixels: shrink it first."


def _unknown(name: str, content: bytes) -> str:
    if content[4:8] == b"ftyp" and content[8:12] in (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"):
        return f"{name} is a HEIC photo, which cannot be read here: export it as JPEG or PNG."
    return f"{name} is not a picture this can read: use JPEG, PNG, WebP, GIF, BMP or TIFF."
