"""Real photos of ten kinds of garment, decoded once to the size asked for."""

import hashlib
import io
import os
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from operator import index

import numpy as np
from PIL import Image, ImageOps

from helpers import console
from helpers.datasets import cache, download
from helpers.datasets.sets import Dataset, Split

ARCHIVE = "clothing-dataset-small"
CLASS_NAMES = (
    "dress", "hat", "longsleeve", "outwear", "pants", "shirt", "shoes", "shorts", "skirt", "t-shirt",
)  # fmt: skip
STAND_IN_KINDS = (
    "backpack", "boot", "dress", "handbag", "mug", "sneaker", "t-shirt", "teapot", "trousers", "vase",
)  # fmt: skip
_STAND_IN = {"train": (800, 0, 60_000), "validation": (150, 60_000, 20_000), "test": (200, 80_000, 20_000)}
SPLITS = ("train", "validation", "test")
FITS = ("crop", "pad", "stretch")
_WRONG_FIT = f"fit must be one of {', '.join(map(repr, FITS))}, not {{!r}}"
DECODER = 1  # raise when `fitted` or `_decode` changes its pixels, so that no cache holds the old ones


def photos(size: int = 64, *, fit: str = "crop", fallback: bool = False) -> Dataset:
    """Load clothing-dataset-small: 3,068 / 341 / 372 real photos of ten kinds of garment, CC0.

    The first call at a size verifies and decodes the archive (106 MB) and keeps the result; later calls read
    that. Splits are the archive's own, classes are in alphabetical order.

    Parameters
    ----------
    size: side of the square pictures in pixels, 16 to 512 (at 512 the set takes 3 GB of memory).
    fit: how a photo becomes a square: `"crop"` keeps the middle, `"pad"` adds white, `"stretch"` distorts.
    fallback: where the photos cannot be had, say so in one line and return rendered catalogue pictures
        (`.source == "catalogue"`, ten kinds of product, fewer of them) instead of raising.

    Raises
    ------
    ValueError: `size` or `fit` is not one of the above.
    download.DataUnavailable: no mirror, nothing cached and no connection, and `fallback` is False.
    download.DataDamaged: the mirror's archive is not the published one, with or without `fallback`.

    Source: https://github.com/alexeygrigorev/clothing-dataset-small
    """
    size = _side(size)
    if fit not in FITS:
        raise ValueError(_WRONG_FIT.format(fit))
    members = download.manifest(ARCHIVE)
    digest = hashlib.sha256("".join(f"{members[m]} {m}\n" for m in sorted(members)).encode()).hexdigest()
    key = {"size": size, "fit": fit, "manifest": digest, "decoder": DECODER}
    try:
        stored = cache.arrays("photos", key, lambda: _decode_all(members, size, fit))
    except download.DataUnavailable:
        if not fallback:
            raise
        return _stand_in(size)
    splits = {s: Split(stored[f"{s}_images"], stored[f"{s}_labels"], CLASS_NAMES) for s in SPLITS}
    return Dataset(
        **splits,
        class_names=CLASS_NAMES,
        source="photos",
        licence=download.entry(ARCHIVE)["licence"],
        about=f"{len(members):,} photos of garments taken by the people who own them.",
    )


def _side(size: int) -> int:
    """The side as a plain int, or a ValueError that names the range."""
    try:
        side = index(size)
    except TypeError:
        side = 0
    if isinstance(size, bool) or not 16 <= side <= 512:
        raise ValueError(f"size must be a whole number of pixels from 16 to 512, not {size!r}")
    return side


def _decode_all(members: dict[str, str], size: int, fit: str) -> dict[str, np.ndarray]:
    """Decode every member of the verified archive into `{split}_images` and `{split}_labels`."""
    path = download.fetch(ARCHIVE)
    made, places = {}, []
    for split in SPLITS:
        names = sorted(m for m in members if m.startswith(f"{split}/"))
        made[f"{split}_images"] = np.empty((len(names), size, size, 3), np.uint8)
        made[f"{split}_labels"] = np.array([CLASS_NAMES.index(n.split("/")[1]) for n in names], np.int64)
        places += [(made[f"{split}_images"], i, name) for i, name in enumerate(names)]
    with zipfile.ZipFile(path) as archive:
        top = download.top_folder(archive)
        one_reader = threading.Lock()

        def fill(place):
            images, i, name = place
            with one_reader:
                content = download.read_member(archive, f"{top}/{name}", members[name])
            images[i] = _decode(content, size, fit)

        # Decoding and resizing, nearly all of the work, let go of the interpreter lock. Reading is for one at a time:
        # with Python 3.12.1, threads that read members of one ZipFile at once were seen to disturb each other.
        with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
            for _ in console.progress(pool.map(fill, places), len(places), "decoding photos"):
                pass
    return made


def _decode(content: bytes, size: int, fit: str) -> np.ndarray:
    """One JPEG as (size, size, 3) uint8: turned upright, RGB, fitted."""
    with Image.open(io.BytesIO(content)) as opened:
        return fitted(ImageOps.exif_transpose(opened).convert("RGB"), size, fit)


def fitted(picture: Image.Image, size: int, fit: str) -> np.ndarray:
    """An RGB picture as (size, size, 3) uint8, antialiased with Lanczos; `size` and `fit` as for `photos`."""
    size = _side(size)
    if fit not in FITS:
        raise ValueError(_WRONG_FIT.format(fit))
    # Pillow averages whole pixels first where there are plenty: a third faster at 64 px, and 53 dB from Lanczos
    # alone. JPEG's own reduction (`draft`) would be as fast, but 44 dB from it, so it is not used.
    how = {"resample": Image.Resampling.LANCZOS, "reducing_gap": 3.0}
    width, height = picture.size
    if fit == "stretch":
        return np.array(picture.resize((size, size), **how))
    if fit == "crop":
        side = min(width, height)
        left, upper = (width - side) / 2, (height - side) / 2
        return np.array(picture.resize((size, size), box=(left, upper, left + side, upper + side), **how))
    longer = max(width, height)
    inner = max(1, round(width * size / longer)), max(1, round(height * size / longer))
    padded = Image.new("RGB", (size, size), "white")
    padded.paste(picture.resize(inner, **how), ((size - inner[0]) // 2, (size - inner[1]) // 2))
    return np.array(padded)


def _stand_in(size: int) -> Dataset:
    """Catalogue products in the photos' place: ten kinds, no SKU in two splits, photographed as carelessly.

    Rendering costs with the number of pixels, so larger pictures come in smaller numbers: 800 / 150 / 200 up to
    64 px, 400 / 75 / 100 at 128 px.
    """
    from helpers.datasets import catalogue

    console.notice(
        "the clothing photos cannot be had here, so these are rendered catalogue pictures and no figure compares "
        "with one on photos; for photos connect to the internet or set HELPERS_MIRROR (data/README.md)."
    )
    label_of = {catalogue.KINDS.index(kind): label for label, kind in enumerate(STAND_IN_KINDS)}
    splits = {}
    for seed, (split, (number, first_sku, skus)) in enumerate(_STAND_IN.items()):
        pack = catalogue.composites(
            max(1, round(number * min(1, 64 / size))),
            size=size,
            seed=seed,
            kinds=STAND_IN_KINDS,
            first_sku=first_sku,
            skus_per_kind=skus,
        )
        labels = np.array([label_of[kind] for kind in pack.kind.tolist()], np.int64)
        splits[split] = Split(_snapshots(pack.images, seed), labels, STAND_IN_KINDS)
    return Dataset(
        **splits,
        class_names=STAND_IN_KINDS,
        source="catalogue",
        licence="MIT",
        about="Rendered products on textured ground, askew and in uneven light; they stand in for photos.",
    )


def _snapshots(images: np.ndarray, seed: int) -> np.ndarray:
    """Photograph renders as carelessly as people do: turned, off centre, mirrored, badly lit, tinted, noisy.

    Without it the stand-in is too easy to teach anything. With it, notebook 07's SVM on HOG and colour histograms still
    leaves a good part of the test products to the network.
    """
    draw = np.random.default_rng([seed, 7])
    taken = np.empty_like(images)
    side = images.shape[1]
    margin = side // 4  # mirrored border, so that no corner of a turned picture is empty
    for i, image in enumerate(images):
        turn, zoom = np.deg2rad(draw.uniform(-15, 15)), draw.uniform(0.75, 0.95)
        x, y = margin + side / 2 + draw.uniform(-0.06, 0.06, 2) * side
        gamma, tint = draw.uniform(1 / 1.7, 1.7), draw.uniform(0.88, 1.12, 3)
        wide = np.pad(image[:, :: draw.choice((-1, 1))], ((margin, margin), (margin, margin), (0, 0)), "reflect")
        c, s = zoom * np.cos(turn), zoom * np.sin(turn)
        rows = (c, -s, x - (c - s) * side / 2, s, c, y - (s + c) * side / 2)
        shot = Image.fromarray(wide).transform((side, side), Image.Transform.AFFINE, rows, Image.Resampling.BICUBIC)
        values = (np.asarray(shot) / 255) ** gamma * tint + draw.normal(0, draw.uniform(0, 0.03), image.shape)
        taken[i] = np.clip(values * 255 + 0.5, 0, 255)
    return taken
