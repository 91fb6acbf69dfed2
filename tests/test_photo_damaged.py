"""`photo.load` on files that nobody chose: whatever bytes come, an upright picture or one `PhotoError`.

Hypothesis makes the files and repeats the same ones every time (`derandomize`); another process reads them, so that
a crash, a hang over 2 s of computing and more than 1 GB of memory are seen for what they are.
"""

import io
import struct
import zlib
from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from photo_reader import Reader
from PIL import Image

from helpers import photo

REPEATABLE = {
    "derandomize": True,
    "database": None,
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "phases": (Phase.explicit, Phase.generate, Phase.shrink),
}
FORMS = {  # each format with the modes Pillow writes in it
    "JPEG": ("RGB", "L", "CMYK"),
    "PNG": ("RGB", "RGBA", "L", "LA", "P", "1", "I;16"),
    "WEBP": ("RGB", "RGBA"),
    "GIF": ("P", "L", "RGB"),
    "BMP": ("RGB", "L", "P", "1"),
    "TIFF": ("RGB", "RGBA", "L", "LA", "P", "1", "CMYK", "I;16", "I", "F", "YCbCr"),
    "AVIF": ("RGB", "RGBA"),
}
Image.init()
FORMS = {form: modes for form, modes in FORMS.items() if form in Image.SAVE}  # AVIF came with Pillow 11.3


def picture(mode: str, width: int, height: int, seed: int) -> Image.Image:
    """Noise on a ramp in any mode."""
    ramp = np.linspace(0, 200, width)[None, :, None] + np.random.default_rng(seed).integers(0, 56, (height, width, 4))
    if mode in ("I;16", "I", "F"):
        return Image.fromarray((ramp[..., 0] * 257).astype({"I;16": "uint16", "I": "int32", "F": "float32"}[mode]))
    bands = [Image.fromarray(ramp[..., i].astype(np.uint8)) for i in range(4)]
    if mode in ("LA", "CMYK", "RGBA"):
        return Image.merge(mode, bands[: len(mode)])
    return Image.merge("RGB", bands[:3]).convert(mode)


def written(form: str, image: Image.Image, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


OPTIONS = {
    "JPEG": {
        "quality": st.integers(1, 100),
        "progressive": st.booleans(),
        "optimize": st.booleans(),
        "restart_marker_rows": st.integers(0, 3),
    },
    "PNG": {"compress_level": st.integers(0, 9), "dpi": st.just((300, 300))},
    "WEBP": {"quality": st.integers(0, 100), "lossless": st.booleans(), "method": st.integers(0, 3)},
    "GIF": {"interlace": st.integers(0, 1), "comment": st.binary(max_size=40)},
    "BMP": {},
    "TIFF": {"compression": st.sampled_from([None, "tiff_lzw", "tiff_deflate", "packbits"])},
    "AVIF": {"quality": st.integers(1, 100), "speed": st.just(10), "subsampling": st.sampled_from(["4:2:0", "4:4:4"])},
}
WITH_EXIF = ("JPEG", "PNG", "WEBP", "TIFF", "AVIF")
ANIMATED = ("GIF", "PNG", "WEBP", "TIFF")


@st.composite
def valid_files(draw):
    """A whole file of any format, mode and options, and the upright size of its picture."""
    form = draw(st.sampled_from(sorted(FORMS)))
    mode = draw(st.sampled_from(FORMS[form]))
    width, height = draw(st.integers(16, 90)), draw(st.integers(16, 90))
    options = draw(st.fixed_dictionaries({}, optional=OPTIONS[form]))
    seed = draw(st.integers(0, 99))
    if form in ANIMATED and draw(st.booleans()):
        options |= {"save_all": True, "append_images": [picture(mode, width, height, seed + i) for i in (1, 2)]}
    turned = form in WITH_EXIF and draw(st.booleans())
    if turned:
        exif = Image.Exif()
        exif[274] = draw(st.integers(1, 8))
        exif[270] = draw(st.text(max_size=20))
        options["exif"] = exif
        width_and_height = (height, width) if exif[274] > 4 else (width, height)
    else:
        width_and_height = width, height
    return written(form, picture(mode, width, height, seed), **options), width_and_height


INTERESTING = (0, 1, 2, 8, 0x7F, 0x80, 0xFF, 0x100, 7000, 30_000, 0x7FFF, 0x8000, 0xFFFF, 2**31 - 1, 2**31, 2**32 - 1)


@st.composite
def damaged_files(draw):
    """A valid file after up to six accidents: bytes changed, numbers lied about, parts cut, doubled or exchanged."""
    content = bytearray(draw(st.sampled_from(CORPUS)))
    for _ in range(draw(st.integers(1, 6))):
        if not content:
            break
        # Half of the accidents happen to headers, where a few bytes decide about all that follows.
        last = len(content) - 1
        place = draw(st.one_of(st.integers(0, min(300, last)), st.integers(0, last)))
        accident = draw(st.sampled_from(("byte", "number", "cut", "drop", "double", "splice", "insert")))
        if accident == "byte":
            content[place] = draw(st.integers(0, 255))
        elif accident == "number":
            size, order = draw(st.sampled_from((1, 2, 4))), draw(st.sampled_from(("little", "big")))
            value = draw(st.sampled_from(INTERESTING)) % 256**size
            content[place : place + size] = value.to_bytes(size, order)
        elif accident == "cut":
            del content[place:]
        elif accident == "drop":
            del content[place : place + draw(st.integers(1, 64))]
        elif accident == "double":
            content[place:place] = content[place : place + draw(st.integers(1, 512))] * draw(st.integers(1, 3))
        elif accident == "splice":
            other = draw(st.sampled_from(CORPUS))
            content[place:] = other[draw(st.integers(0, len(other) - 1)) :]
        else:
            content[place:place] = draw(st.binary(max_size=32))
    if content.startswith(PNG) and draw(st.booleans()):
        content = with_right_checksums(content)  # or damage would end at the first one
    return bytes(content)


PNG = b"\x89PNG\r\n\x1a\n"


def with_right_checksums(content: bytes) -> bytes:
    """A PNG whose chunks, as far as they can be told, have the checksums of what they hold."""
    content, place = bytearray(content), len(PNG)
    while place + 12 <= len(content):
        end = place + 8 + int.from_bytes(content[place : place + 4], "big")
        if end + 4 > len(content):
            break
        content[end : end + 4] = zlib.crc32(content[place + 4 : end]).to_bytes(4, "big")
        place = end + 4
    return bytes(content)


def _corpus() -> list[bytes]:
    """Small files of every format and mode, and of what makes their readers take another way."""
    files = [written(form, picture(mode, 40, 24, 0)) for form, modes in FORMS.items() for mode in modes]
    exif = Image.Exif()
    exif[274], exif[270] = 6, "turned"
    turned = {"exif": exif}
    files += [written(form, picture("RGB", 40, 24, 1), **turned) for form in FORMS if form in WITH_EXIF]
    more = {"save_all": True, "append_images": [picture("RGB", 40, 24, seed) for seed in (2, 3)]}
    files += [written(form, picture("RGB", 40, 24, 1), **more) for form in ANIMATED]
    files += [written("JPEG", picture("RGB", 64, 64, 4), progressive=True)]
    files += [written("TIFF", picture("RGB", 40, 24, 5), compression=c) for c in ("tiff_lzw", "jpeg", "tiff_deflate")]
    files += [written("WEBP", picture("RGBA", 40, 24, 6), lossless=True)]
    files += [written("PNG", picture("P", 40, 24, 7), transparency=3)]
    return files


CORPUS = _corpus()


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    with (tmp_path_factory.mktemp("reader") / "standard-error").open("w+b") as log:
        started = Reader(log)
        yield started
        started.close()
        log.seek(0)
        assert log.read() == b""  # one message is what the reader of a notebook gets


@settings(max_examples=400, **REPEATABLE)
@given(valid_files(), st.integers(16, 100))
def test_whole_files_of_any_make_are_read(reader, file, max_side):
    content, (width, height) = file
    answer = reader.load(content, max_side)
    shrink = min(1, max_side / max(width, height))
    expected = [round(height * shrink), round(width * shrink), 3]
    if min(expected[:2]) < 16:
        assert "too narrow" in answer["refused"]
    else:
        assert answer.get("shape") == expected, answer


def test_damaged_files_are_read_or_refused(reader):
    outcomes = Counter()

    @settings(max_examples=5000, **REPEATABLE)
    @given(damaged_files())
    def check(content):
        outcomes["refused" if "refused" in reader.load(content) else "read"] += 1

    check()
    assert min(outcomes["refused"], outcomes["read"]) > 500, outcomes  # the damage is neither fatal nor harmless


def with_size(form: str, content: bytes, width: int, height: int) -> bytes:
    """The file with another size in its header; everything else stays."""
    content = bytearray(content)

    def put(place, layout, *numbers):
        limit = 2 ** (8 * struct.calcsize(layout) // len(numbers)) - 1
        struct.pack_into(layout, content, place, *(min(number, limit) for number in numbers))

    if form == "PNG":
        put(16, ">II", width, height)
        return with_right_checksums(content)
    if form == "JPEG":
        frame = next(place for mark in (b"\xff\xc0", b"\xff\xc2") if (place := content.find(mark)) > 0)
        put(frame + 5, ">HH", height, width)
    elif form == "GIF":
        put(6, "<HH", width, height)
        put(content.index(b",", 13 + 3 * 2 ** ((content[10] & 7) + 1)) + 5, "<HH", width, height)
    elif form == "BMP":
        put(18, "<II", width, height)
    elif form == "WEBP":
        if (place := content.find(b"VP8X")) > 0:
            sides = (min(n - 1, 2**24 - 1) for n in (width, height))
            content[place + 12 : place + 18] = b"".join(side.to_bytes(3, "little") for side in sides)
        if (place := content.find(b"\x9d\x01\x2a")) > 0:
            put(place + 3, "<HH", min(width, 16383), min(height, 16383))
        elif (place := content.find(b"VP8L")) > 0:
            rest = int.from_bytes(content[place + 9 : place + 13], "little") >> 28 << 28
            put(place + 9, "<I", rest | min(width - 1, 16383) | min(height - 1, 16383) << 14)
    elif form == "TIFF":
        directory = int.from_bytes(content[4:8], "little")
        for entry in range(int.from_bytes(content[directory : directory + 2], "little")):
            place = directory + 2 + 12 * entry
            tag = int.from_bytes(content[place : place + 2], "little")
            if tag in (256, 257, 278):  # width, height, rows a strip
                put(place, "<HHII", tag, 4, 1, width if tag == 256 else height)
    elif form == "AVIF":
        put(content.index(b"ispe") + 8, ">II", width, height)
    return bytes(content)


LARGE, WIDE, TALL = (7071, 7071), (30_000, 1600), (1600, 30_000)
LIES = (LARGE, (5000, 5000), WIDE, TALL, (30_000, 30_000), (2**31 - 1, 2**31 - 1), (1, 999), (16, 16))


@pytest.mark.parametrize("form", FORMS)
def test_sizes_that_are_not_true_are_survived(reader, form):
    files = {content for content in CORPUS if sniffed(content) == form}
    assert len(files) > 1
    for content in sorted(files):
        for width, height in LIES:
            lie = with_size(form, content, width, height)
            assert lie != content
            answer = reader.load(lie)
            if width * height > 50_000_000:
                assert "refused" in answer


LARGEST = {  # the kinds that take most memory or time, as large as they may be
    "progressive": ("JPEG", "RGB", {"progressive": True}),
    "transparent PNG": ("PNG", "LA", {"compress_level": 1}),
    "deep PNG": ("PNG", "I;16", {"compress_level": 1}),
    "transparent WebP": ("WEBP", "RGBA", {"method": 0}),
    "lossless WebP": ("WEBP", "RGB", {"lossless": True, "method": 0, "quality": 0}),
    "floats": ("TIFF", "F", {"compression": "packbits"}),
    "noisy AVIF": ("AVIF", "RGB", {"quality": 75, "speed": 10}),
}
LARGEST = {kind: how for kind, how in LARGEST.items() if how[0] in FORMS}
SIZES = {50_000_000: (8000, 6250), 25_000_000: (6250, 4000), 12_000_000: (4000, 3000)}


@pytest.mark.parametrize("kind", LARGEST)
def test_the_largest_pictures_fit(reader, kind):
    form, mode, options = LARGEST[kind]
    width, height = SIZES[min(photo.FEWER.get(name, photo.MAX_PIXELS) for name in (form, mode))]
    image = Image.new(mode, (width, height))
    if kind.startswith("noisy"):
        image = Image.merge(mode, [Image.effect_noise(image.size, 120) for _ in mode])
    content = written(form, image, **options)
    assert max(reader.load(content)["shape"]) == 2048
    assert reader.load(content, width)["shape"] == [height, width, 3]


@pytest.mark.skipif("AVIF" not in FORMS, reason="this Pillow writes no AVIF")
def test_an_avif_of_few_pixels_and_many_bytes(reader):
    for size, outcome in (((2600, 1900), "shape"), ((3000, 2000), "refused")):
        noise = Image.merge("RGB", [Image.effect_noise(size, 120) for _ in "RGB"])
        content = written("AVIF", noise, quality=100, subsampling="4:4:4", speed=10)
        assert outcome in reader.load(content)


def sniffed(content: bytes) -> str:
    with Image.open(io.BytesIO(content)) as opened:
        return opened.format
