"""`photo.load`: everything a stranger may hand in becomes uint8 RGB, or one clear `PhotoError`."""

import io
import os
import struct
import traceback
import zlib

import nbformat
import numpy as np
import pytest
from PIL import Image

from helpers import photo
from helpers.course import ROOT, notebook, suite
from helpers.photo import PhotoError


def quarters(height=40, width=60):
    """Red, green, blue and white quarters, so that turning and mirroring show."""
    pixels = np.full((height, width, 3), 255, np.uint8)
    pixels[: height // 2, : width // 2] = (255, 0, 0)
    pixels[: height // 2, width // 2 :] = (0, 255, 0)
    pixels[height // 2 :, : width // 2] = (0, 0, 255)
    return pixels


def encoded(picture, form="PNG", **options):
    if isinstance(picture, np.ndarray):
        picture = Image.fromarray(picture)
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def png_header(width, height):
    """A PNG that claims a size and has hardly any pixels: a decompression bomb in the making."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def refused(source, message, **options):
    with pytest.raises(PhotoError, match=message) as caught:
        photo.load(source, **options)
    shown = "".join(traceback.format_exception(caught.value))
    assert "During handling" not in shown and "direct cause" not in shown  # the reader sees one message
    assert "\n" not in str(caught.value)


class Widget:
    """Stands for an ipywidgets FileUpload: only `value` counts."""

    def __init__(self, value):
        self.value = value


PNG = encoded(quarters())


def test_every_kind_of_source_gives_the_same_picture(tmp_path):
    path = tmp_path / "picture.png"
    path.write_bytes(PNG)
    seven = {"picture.png": {"metadata": {"name": "picture.png", "size": len(PNG)}, "content": PNG}}
    eight = ({"name": "picture.png", "type": "image/png", "size": len(PNG), "content": memoryview(PNG)},)
    sources = [
        path,
        str(path),
        PNG,
        bytearray(PNG),
        memoryview(PNG),
        io.BytesIO(PNG),
        seven,
        eight,
        list(eight),
        eight[0],
        {"picture.png": PNG},  # Colab
    ]
    with path.open("rb") as file:
        sources += [file, Widget(seven), Widget(eight)]
        for source in sources:
            found = photo.load(source)
            assert found.dtype == np.uint8 and found.flags.writeable
            np.testing.assert_array_equal(found, quarters())


def test_the_home_folder_is_understood(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "picture.png").write_bytes(PNG)
    assert photo.load("~/picture.png").shape == (40, 60, 3)


def test_several_uploads_give_the_first_and_say_so(capfd):
    value = tuple(
        {"name": f"{i}.png", "content": c} for i, c in enumerate([PNG, encoded(np.zeros((20, 20, 3), np.uint8))])
    )
    assert photo.load(value).shape == (40, 60, 3)
    assert capfd.readouterr().out == "note: 2 files were uploaded; the first is used.\n"


@pytest.mark.parametrize("value", [(), [], {}, Widget(()), Widget({})])
def test_nothing_uploaded_yet(value):
    refused(value, "no picture was uploaded yet")


@pytest.mark.parametrize("content", [None, "text", 7])
def test_an_upload_that_holds_no_bytes(content):
    refused({"content": content}, f"holds no picture but {type(content).__name__}")
    refused(({"name": "a.png", "content": content},), "a.png holds no picture")


def test_a_file_that_cannot_be_read_from(tmp_path):
    (tmp_path / "picture.png").write_bytes(PNG)
    with (tmp_path / "picture.png").open("rb") as file:
        pass
    refused(file, r"picture\.png cannot be read \(.*closed")


def test_a_notebook_may_ask_for_a_larger_picture():
    assert photo.load(PNG, min_side=40).shape == (40, 60, 3)
    with pytest.raises(PhotoError, match=r"too narrow \(60x40\): the short side needs 41 pixels"):
        photo.load(PNG, min_side=41)


def test_paths_that_lead_to_no_picture(tmp_path):
    refused(tmp_path / "none.png", r"there is no file .*none\.png: check the spelling")
    refused("", "folder")
    refused(tmp_path, "is a folder")
    refused("bad\0name", "there is no file")
    refused("x" * 300 + ".png", "cannot be read")
    refused("~no such user/picture.png", "cannot be read")
    refused("https://example.org/a.png", "web address: download")
    (tmp_path / "empty.png").write_bytes(b"")
    refused(tmp_path / "empty.png", r"empty\.png is empty")
    (tmp_path / "text.png").write_text("not a picture, but named like one")
    refused(tmp_path / "text.png", r"text\.png is not a picture .* JPEG, PNG")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    refused(tmp_path / "pipe.png", "there is no file")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read anything")
def test_a_file_that_may_not_be_read(tmp_path):
    (tmp_path / "secret.png").write_bytes(PNG)
    (tmp_path / "secret.png").chmod(0)
    refused(tmp_path / "secret.png", "cannot be read")


@pytest.mark.parametrize("source", [None, 3, quarters(), object()])
def test_things_that_are_no_source(source):
    refused(source, "a picture comes as a path, bytes, an open file or an upload, not")


def test_a_file_opened_as_text(tmp_path):
    (tmp_path / "text.txt").write_text("words")
    with (tmp_path / "text.txt").open() as file:
        refused(file, "opened as text")


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_the_usual_formats_whatever_the_extension(tmp_path, form):
    path = tmp_path / "picture.txt"
    path.write_bytes(encoded(quarters(), form))
    found = photo.load(path)
    assert found.shape == (40, 60, 3)
    assert np.abs(found[5:15, 5:25].astype(int) - (255, 0, 0)).max() < 12


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
def test_a_truncated_picture_of_any_format(form, share):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    content = encoded(noise, form)
    with pytest.raises(PhotoError, match=r"damaged or cut short|not a picture"):
        photo.load(content[: int(len(content) * share)])


def test_random_damage_never_escapes_as_another_error():
    draw = np.random.default_rng(1)
    for form in ("PNG", "JPEG", "WEBP", "GIF", "TIFF"):
        whole = encoded(draw.integers(0, 256, (24, 24, 3), np.uint8), form)
        for _ in range(60):
            content = bytearray(whole)
            for place in draw.integers(0, len(content), 4):
                content[place] = draw.integers(256)
            try:
                found = photo.load(bytes(content))
            except PhotoError:
                continue
            assert found.dtype == np.uint8 and found.ndim == 3 and found.shape[2] == 3


def test_too_narrow():
    refused(encoded(np.zeros((100, 1, 3), np.uint8)), r"too narrow \(1x100\): the short side needs 16 pixels\.")
    refused(encoded(np.zeros((15, 100, 3), np.uint8)), "too narrow")
    assert photo.load(encoded(np.zeros((16, 100, 3), np.uint8))).shape == (16, 100, 3)
    refused(encoded(np.zeros((16, 100, 3), np.uint8)), "once the long one is 50", max_side=50)
    with pytest.raises(ValueError, match="max_side"):
        photo.load(PNG, max_side=8)


@pytest.mark.parametrize("size", [(10_000, 5_001), (30_000, 30_000), (10**9, 10**9)])
def test_a_bomb_is_refused_by_its_header(size, monkeypatch, recwarn):
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda self: pytest.fail("a pixel was decoded"))
    refused(png_header(*size), r"more than 50 megapixels|not a picture")
    assert not recwarn.list


def test_a_file_that_is_too_long(monkeypatch):
    monkeypatch.setattr(photo, "MAX_BYTES", 1_000_000)
    refused(io.BytesIO(bytes(1_000_001)), "more than 1 MB")


def test_a_large_picture_is_shrunk_without_aliasing():
    stripes = np.zeros((600, 900, 3), np.uint8)
    stripes[:, ::2] = 255
    found = photo.load(encoded(stripes), max_side=150)
    assert found.shape == (100, 150, 3)
    assert found[:, 2:-2].min() > 118 and found[:, 2:-2].max() < 138  # nearest neighbours would be 0 or 255


def test_thirty_thousand_pixels_wide():
    assert photo.load(encoded(Image.new("L", (30_000, 1000), 90))).shape == (68, 2048, 3)
    refused(encoded(Image.new("L", (30_000, 200))), r"too narrow \(30000x200\): .* once the long one is 2048")
    refused(encoded(Image.new("1", (30_000, 1700))), "more than 50 megapixels")


def test_a_large_jpeg_is_decoded_small_and_turned_all_the_same():
    exif = Image.Exif()
    exif[274] = 6
    stored = Image.fromarray(quarters(800, 1200)).transpose(UNDO[6])
    found = photo.load(encoded(stored, "JPEG", exif=exif, quality=95), max_side=99)
    assert found.shape == (66, 99, 3)
    expected = Image.fromarray(quarters(800, 1200)).resize((99, 66), Image.Resampling.LANCZOS)
    assert np.abs(found.astype(int) - np.asarray(expected)).mean() < 1.5


def test_exif_rotation_is_applied():
    picture = Image.fromarray(quarters())
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[274] = orientation
        stored = picture if orientation == 1 else picture.transpose(UNDO[orientation])
        found = photo.load(encoded(stored, "PNG", exif=exif))
        np.testing.assert_array_equal(found, quarters(), err_msg=f"orientation {orientation}")


UNDO = {  # how a camera held that way stores an upright scene
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def test_transparency_is_seen_on_white():
    clear = np.zeros((20, 20, 4), np.uint8)
    clear[:, 10:] = (0, 0, 0, 255)
    for content in (
        encoded(clear),
        encoded(Image.fromarray(clear).convert("LA")),
        encoded(clear, "WEBP", lossless=True),
    ):
        found = photo.load(content)
        assert (found[:, :10] == 255).all() and (found[:, 10:] == 0).all()
    half = np.full((20, 20, 4), (255, 0, 0, 128), np.uint8)
    np.testing.assert_allclose(photo.load(encoded(half))[5, 5], (255, 127, 127), atol=1)


def test_palettes_grey_and_bilevel():
    picture = Image.fromarray(quarters())
    np.testing.assert_array_equal(photo.load(encoded(picture.convert("P", palette=Image.Palette.ADAPTIVE))), quarters())
    indexed = Image.new("P", (20, 20), 0)
    indexed.putpalette([10, 20, 30, 200, 100, 50])
    indexed.paste(1, (10, 0, 20, 20))
    found = photo.load(encoded(indexed, transparency=0))
    assert found[0, 0].tolist() == [255] * 3 and found[0, 19].tolist() == [200, 100, 50]
    grey = photo.load(encoded(np.full((20, 20), 90, np.uint8)))
    assert grey.shape == (20, 20, 3) and (grey == 90).all()
    bilevel = photo.load(encoded(Image.fromarray(np.eye(20, dtype=np.uint8) * 255).convert("1")))
    assert (bilevel[..., 1] == np.eye(20) * 255).all()


@pytest.mark.parametrize("form", ["TIFF", "JPEG"])  # a JPEG stores it inverted
def test_cmyk(form):
    found = photo.load(encoded(Image.new("CMYK", (20, 20), (0, 255, 255, 0)), form))
    assert found[5, 5, 0] > 200 and found[5, 5, 1:].max() < 60  # no cyan, all magenta and yellow: red


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled_and_not_clipped(form):
    ramp = np.linspace(0, 65535, 400).astype(np.uint16).reshape(20, 20)
    found = photo.load(encoded(ramp, form))
    np.testing.assert_allclose(found[..., 0], ramp / 257, atol=1)


def test_floating_point_grey():
    ramp = np.linspace(0, 1, 400, dtype=np.float32).reshape(20, 20)
    for scale in (1, 255):
        found = photo.load(encoded(Image.fromarray(ramp * scale), "TIFF"))
        np.testing.assert_allclose(found[..., 2], ramp * 255, atol=1)


def test_an_animation_gives_its_first_frame_and_a_notice(capfd):
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "green", "blue")]
    for form in ("GIF", "WEBP", "PNG"):
        found = photo.load(encoded(frames[0], form, save_all=True, append_images=frames[1:]))
        assert np.abs(found[5, 5].astype(int) - (255, 0, 0)).max() < 8
        out, err = capfd.readouterr()
        assert out == "note: the picture has several frames; the first is used.\n" and err == ""


def test_heic_without_its_reader_is_named():
    Image.init()
    if "HEIF" in Image.OPEN:
        pytest.skip("a HEIC reader is installed")
    refused(b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(100), "HEIC photo.*export it as JPEG")


def test_no_file_format_that_starts_a_program():
    refused(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n%%EndComments\nshowpage\n", "not a picture")


def test_square_is_what_the_photos_get():
    picture = photo.load(PNG)
    middle = photo.square(picture, 20)
    assert middle.shape == (20, 20, 3) and middle.dtype == np.uint8
    assert middle[2, 2].tolist() == [255, 0, 0] and middle[-3, -3].tolist() == [255, 255, 255]
    padded = photo.square(np.zeros((20, 60, 3), np.uint8), 60, fit="pad")
    assert (padded[:20] == 255).all() and (padded[20:40] == 0).all() and (padded[40:] == 255).all()
    checks = np.indices((400, 400)).sum(0) % 2 * 255
    grey = photo.square(np.repeat(checks[..., None], 3, axis=2).astype(np.uint8), 64)
    assert grey.min() > 115 and grey.max() < 140  # antialiased


def test_square_refuses_what_it_cannot_take():
    for wrong in (
        np.zeros((20, 20)),
        np.zeros((20, 20, 3)),
        np.zeros((20, 20), np.uint8),
        np.zeros((1, 20, 20, 3), np.uint8),
    ):
        with pytest.raises(ValueError, match="expected uint8 RGB"):
            photo.square(wrong, 32)
    with pytest.raises(ValueError, match="'crop', 'pad', 'stretch'"):
        photo.square(quarters(), 32, fit="zoom")
    with pytest.raises(ValueError, match="16 to 512"):
        photo.square(quarters(), 8)


def test_every_notebook_but_the_first_takes_a_photo_and_the_suite_gives_it_one(tmp_path):
    (tmp_path / "build").mkdir()
    for path in notebook.find(ROOT):
        copy = suite.with_own_photo(path, tmp_path)
        before, after = (
            [cell.source for cell in nbformat.read(file, as_version=4).cells if cell.cell_type == "code"]
            for file in (path, copy)
        )
        changed = [new for old, new in zip(before, after, strict=True) if old != new]
        if path.name.startswith("01_"):  # makes products from noise
            assert not changed
        else:
            assert len(changed) == 1 and "photo.load(" in changed[0], path.name
            assert photo.load(copy.parent / "own.jpg").shape == (210, 150, 3)
