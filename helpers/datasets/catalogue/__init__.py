"""Product pictures made here: ray-marched from signed distance functions, with every label exact.

Sixteen kinds of shop product, of which every SKU is one fixed draw of shape, colours, pattern and material. All
functions below take a seed and give the same bytes on every run and with any number of workers; picture i does not
depend on how many are made. The arrays are kept on disk (see `helpers.datasets.cache`).

A SKU id names a product for ever: `sku_id(kind, number, group)`. Sets that must not share a product take disjoint
numbers: `singles(..., first_sku=0, skus_per_kind=50)` and `singles(..., first_sku=50, skus_per_kind=50)`. With
`skus_per_kind=None` the numbers come from the 100,000 that begin at `first_sku`. With `lookalike_group=g` the SKUs
come in families of g that differ from the family's first in one or two attributes only.
"""

from dataclasses import dataclass, replace

import numpy as np

from helpers.datasets import cache
from helpers.datasets.catalogue import labels, scene
from helpers.datasets.catalogue.labels import LANDMARKS, PRICE_BANDS, TAGS
from helpers.datasets.catalogue.scene import (
    BACKDROPS,
    COLOUR_NAMES,
    COLOURS,
    KINDS,
    MATERIALS,
    PATTERNS,
    TEXTURES,
    describe,
    sku_id,
)

__all__ = [
    "BACKDROPS", "COLOURS", "COLOUR_NAMES", "KINDS", "LANDMARKS", "MATERIALS", "PATTERNS", "PRICE_BANDS", "TAGS",
    "TEXTURES", "composites", "describe", "drawings", "recolourings", "render_one", "shelves", "singles", "sku_id",
    "turntables",
]  # fmt: skip

RENDERER_VERSION = 1
_OPEN_RANGE = 100_000
_DISTANCE = 5.0  # of the camera, in product heights: a long lens, as shops use


@dataclass(frozen=True)
class Pictures:
    """Columns of a pack; n rows. What a column holds is said by the function that made the pack.

    Always there: kind, colour, second_colour, pattern, material (n,) int64 indices into KINDS, COLOUR_NAMES, PATTERNS,
    MATERIALS; sku (n,) int64 ids; tags (n, T) bool in the order of TAGS; captions, a list of n sentences.
    """

    kind: np.ndarray
    sku: np.ndarray
    colour: np.ndarray
    second_colour: np.ndarray
    pattern: np.ndarray
    material: np.ndarray
    tags: np.ndarray
    captions: list[str]

    def __len__(self):
        return len(self.sku)


@dataclass(frozen=True)
class Singles(Pictures):
    """One product a picture: see `singles`."""

    images: np.ndarray
    masks: np.ndarray
    boxes: np.ndarray
    landmarks: np.ndarray
    yaw: np.ndarray
    pitch: np.ndarray
    light: np.ndarray


@dataclass(frozen=True)
class Turntables(Pictures):
    """Several views of each product: see `turntables`."""

    images: np.ndarray
    masks: np.ndarray
    yaw: np.ndarray
    pitch: np.ndarray
    light: np.ndarray


@dataclass(frozen=True)
class Recolourings(Pictures):
    """Pairs of one scene in two colours: see `recolourings`."""

    sources: np.ndarray
    targets: np.ndarray
    target_colour: np.ndarray
    masks: np.ndarray


@dataclass(frozen=True)
class Drawings(Pictures):
    """Pairs of line drawing and render: see `drawings`."""

    drawings: np.ndarray
    images: np.ndarray
    masks: np.ndarray


@dataclass(frozen=True)
class Composites(Pictures):
    """Products laid over backgrounds: see `composites`."""

    images: np.ndarray
    masks: np.ndarray
    boxes: np.ndarray
    foregrounds: np.ndarray
    backgrounds: np.ndarray


@dataclass(frozen=True)
class Shelves:
    """Scenes with several products: see `shelves`."""

    images: np.ndarray
    counts: np.ndarray
    kind: np.ndarray
    sku: np.ndarray
    boxes: np.ndarray
    full_boxes: np.ndarray
    masks: np.ndarray
    occlusion: np.ndarray

    def __len__(self):
        return len(self.counts)


def singles(
    n, size=64, *, seed=0, kinds=KINDS, skus_per_kind=None, first_sku=0, lookalike_group=1, colours=None,
    patterns=None, materials=None, backdrop="studio", supersample=2, workers=None,
) -> Singles:  # fmt: skip
    """n pictures of single products, centred, filling 55 to 90 % of the frame.

    Parameters
    ----------
    n, size: number of pictures (at least 1) and their side in pixels, 16 to 1024.
    seed: chooses SKUs, views, light and backdrop. Picture i is the same for every n.
    kinds: names out of KINDS to draw from.
    skus_per_kind, first_sku, lookalike_group: which SKUs to draw from, see the package's text.
    colours, patterns, materials: names to draw main colour, pattern, material from instead of the SKU's own. The
        labels follow; the SKU id then names only the shape.
    backdrop: "studio" (tinted cove), "plain" (near white), "texture" (wood, marble, cloth, gravel, brick, concrete).
    supersample: rays per pixel side where a pixel needs it, 1 to 4.
    workers: threads; default one a core.

    Returns
    -------
    Singles with images (n, size, size, 3) uint8; masks (n, size, size) uint8 alpha of the product; boxes (n, 4)
    float32 (x_min, y_min, x_max, y_max) in pixels from the mask at half coverage; landmarks (n, 6, 3) float32
    (x, y, 1 if visible) named by LANDMARKS[kind]; yaw and pitch (n,) float32 degrees; light (n, 4) float32 azimuth,
    elevation (degrees), warmth (-1..1), key strength; and the labels of `Pictures`.

    Raises ValueError, naming the choices, for anything out of range or unknown.
    """
    asked = _asked(n, size, seed, kinds, skus_per_kind, first_sku, lookalike_group, supersample)
    asked |= {"backdrop": _one_of("backdrop", backdrop, BACKDROPS), **_narrowed(colours, patterns, materials)}

    def build():
        made = _columns(n) | {
            "images": np.empty((n, size, size, 3), np.uint8),
            "masks": np.empty((n, size, size), np.uint8),
            "boxes": np.empty((n, 4), np.float32),
            "landmarks": np.empty((n, 6, 3), np.float32),
            "yaw": np.empty(n, np.float32),
            "pitch": np.empty(n, np.float32),
            "light": np.empty((n, 4), np.float32),
        }

        def make(k):
            shot = _Shot(asked, "singles", k)
            image, mask, _, _ = _paint(
                shot.view, [shot.row], [shot.parts], shot.light, shot.backdrop, size, supersample
            )
            made["images"][k], made["masks"][k] = image, mask
            made["boxes"][k] = labels.box_of(mask)
            made["landmarks"][k] = labels.landmarks(shot.sku, shot.row, shot.view, size)
            shot.write(made, k)

        _run(make, n, workers, "catalogue")
        return made

    return _pack(Singles, "singles", asked, build)


def turntables(
    n, views=8, size=64, *, seed=0, start="random", kinds=KINDS, skus_per_kind=None, first_sku=0, lookalike_group=1,
    backdrop="studio", supersample=2, workers=None,
) -> Turntables:  # fmt: skip
    """n products turned in `views` equal steps over 360 degrees under one light, camera and frame.

    `start` is the yaw of the first view in degrees, or "random". Returns Turntables with images (n, views, size,
    size, 3) uint8, masks (n, views, size, size) uint8, yaw (n, views) float32 degrees in [0, 360), pitch (n,), light
    (n, 4) and the labels of `Pictures`. The other parameters and errors are those of `singles`; views is 1 to 360.
    """
    asked = _asked(n, size, seed, kinds, skus_per_kind, first_sku, lookalike_group, supersample)
    asked |= {"backdrop": _one_of("backdrop", backdrop, BACKDROPS), "views": _whole("views", views, 1, 360)}
    if start != "random":
        try:
            start = float(start) % 360.0
        except (TypeError, ValueError):
            raise ValueError(f'start is "random" or a yaw in degrees, not {start!r}') from None
    asked["start"] = start

    def build():
        made = _columns(n) | {
            "images": np.empty((n, views, size, size, 3), np.uint8),
            "masks": np.empty((n, views, size, size), np.uint8),
            "yaw": np.empty((n, views), np.float32),
            "pitch": np.empty(n, np.float32),
            "light": np.empty((n, 4), np.float32),
        }

        def make(k):
            shot = _Shot(asked, "turntables", k)
            first = shot.rng.uniform(0, 360) if start == "random" else start
            yaws = (first + 360.0 * np.arange(views) / views) % 360.0
            around = [scene.product(shot.drawn, yaw)[0] for yaw in 45.0 * np.arange(8)]
            view = scene.frame(shot.view, around, 0.82)
            shot.write(made, k)
            made["yaw"][k] = yaws
            for m, yaw in enumerate(yaws):
                row, parts = scene.product(shot.drawn, yaw)
                image, mask, _, _ = _paint(view, [row], [parts], shot.light, shot.backdrop, size, supersample)
                made["images"][k, m], made["masks"][k, m] = image, mask

        _run(make, n, workers, "turntables")
        return made

    return _pack(Turntables, "turntables", asked, build)


def recolourings(
    n, size=64, *, seed=0, kinds=KINDS, skus_per_kind=None, first_sku=0, backdrop="studio", supersample=2, workers=None,
) -> Recolourings:  # fmt: skip
    """n pairs of one scene: as it is, and with another main colour; shape, light, shading and backdrop are the same.

    Returns Recolourings with sources and targets (n, size, size, 3) uint8, equal to the bit where masks (n, size,
    size) uint8 is 0; target_colour (n,) int64 index into COLOUR_NAMES, never the source's main or second colour; and
    the labels of `Pictures` for the source. Parameters and errors as in `singles`.
    """
    asked = _asked(n, size, seed, kinds, skus_per_kind, first_sku, 1, supersample)
    asked["backdrop"] = _one_of("backdrop", backdrop, BACKDROPS)

    def build():
        made = _columns(n) | {
            "sources": np.empty((n, size, size, 3), np.uint8),
            "targets": np.empty((n, size, size, 3), np.uint8),
            "target_colour": np.empty(n, np.int64),
            "masks": np.empty((n, size, size), np.uint8),
        }

        def make(k):
            shot = _Shot(asked, "recolourings", k)
            others = [c for c in range(len(COLOURS)) if c not in (shot.drawn.colour, shot.drawn.second_colour)]
            target = int(shot.rng.choice(others))
            _, repainted = scene.product(replace(shot.drawn, colour=target), 0.0)
            for name, parts in (("sources", shot.parts), ("targets", repainted)):
                image, mask, _, _ = _paint(shot.view, [shot.row], [parts], shot.light, shot.backdrop, size, supersample)
                made[name][k], made["masks"][k] = image, mask
            made["target_colour"][k] = target
            shot.write(made, k)

        _run(make, n, workers, "recolourings")
        return made

    return _pack(Recolourings, "recolourings", asked, build)


def drawings(
    n, size=64, *, seed=0, kinds=KINDS, skus_per_kind=None, first_sku=0, backdrop="plain", supersample=2, workers=None,
) -> Drawings:  # fmt: skip
    """n pairs of a line drawing and the render of the same scene.

    Lines run where depth, surface direction, part or pattern change abruptly in the scene (not in the picture), so
    shadows leave none. Returns Drawings with drawings (n, size, size) uint8, dark lines on white, antialiased; images
    (n, size, size, 3) uint8; masks (n, size, size) uint8; and the labels of `Pictures`. Otherwise as `singles`.
    """
    asked = _asked(n, size, seed, kinds, skus_per_kind, first_sku, 1, supersample)
    asked["backdrop"] = _one_of("backdrop", backdrop, BACKDROPS)

    def build():
        made = _columns(n) | {
            "drawings": np.empty((n, size, size), np.uint8),
            "images": np.empty((n, size, size, 3), np.uint8),
            "masks": np.empty((n, size, size), np.uint8),
        }

        def make(k):
            shot = _Shot(asked, "drawings", k)
            image, mask, _, _ = _paint(
                shot.view, [shot.row], [shot.parts], shot.light, shot.backdrop, size, supersample
            )
            made["images"][k], made["masks"][k] = image, mask
            made["drawings"][k] = _line_drawing(shot.view, shot.row, shot.parts, size)
            shot.write(made, k)

        _run(make, n, workers, "drawings")
        return made

    return _pack(Drawings, "drawings", asked, build)


def composites(
    n, backgrounds=None, size=64, *, seed=0, kinds=KINDS, skus_per_kind=None, first_sku=0, lookalike_group=1,
    supersample=2, workers=None,
) -> Composites:  # fmt: skip
    """n products laid over pictures with exact alpha and a contact shadow.

    `backgrounds` is (m, height, width, 3) uint8, at least 16 pixels a side: each product gets a random square crop,
    resized; None makes textured grounds (wood, marble, cloth, gravel, brick, concrete). Returns Composites with
    images, foregrounds and backgrounds (n, size, size, 3) uint8, masks (n, size, size) uint8, boxes (n, 4) float32
    and the labels of `Pictures`. Exactly, in integers,

        images = (masks * foregrounds + (255 - masks) * backgrounds + 127) // 255

    where the background already carries the shadow. Otherwise as `singles`.
    """
    asked = _asked(n, size, seed, kinds, skus_per_kind, first_sku, lookalike_group, supersample)
    asked["backdrop"] = "texture"
    if backgrounds is not None:
        backgrounds = np.asarray(backgrounds)
        if backgrounds.ndim != 4 or backgrounds.shape[3] != 3 or backgrounds.dtype != np.uint8:
            raise ValueError(f"backgrounds is (m, height, width, 3) uint8, not {backgrounds.shape} {backgrounds.dtype}")
        if not len(backgrounds) or min(backgrounds.shape[1:3]) < 16:
            raise ValueError(f"backgrounds needs one picture or more of 16 pixels a side, not {backgrounds.shape}")
        import hashlib

        asked["backgrounds"] = hashlib.sha256(np.ascontiguousarray(backgrounds)).hexdigest()
        asked["background_shape"] = list(backgrounds.shape)

    def build():
        from helpers.datasets.catalogue import render

        made = _columns(n) | {
            name: np.empty((n, size, size, 3), np.uint8) for name in ("images", "foregrounds", "backgrounds")
        }
        made |= {"masks": np.empty((n, size, size), np.uint8), "boxes": np.empty((n, 4), np.float32)}

        def make(k):
            shot = _Shot(asked, "composites", k)
            if backgrounds is None:
                behind = np.empty((size, size, 3), np.uint8)
                render.empty_stage(size, supersample, shot.view, shot.backdrop, behind)
            else:
                behind = _crop(backgrounds[shot.rng.integers(len(backgrounds))], size, shot.rng)
            _, alpha, front, shade = _paint(
                shot.view, [shot.row], [shot.parts], shot.light, shot.backdrop, size, supersample
            )
            dark = np.sqrt(shade[..., None] / 255.0)  # light falls linearly, the bytes are about its square root
            behind = np.rint(behind * dark).astype(np.uint8)
            a = alpha[..., None].astype(np.int64)
            made["images"][k] = (a * front + (255 - a) * behind + 127) // 255
            made["foregrounds"][k], made["backgrounds"][k], made["masks"][k] = front, behind, alpha
            made["boxes"][k] = labels.box_of(alpha)
            shot.write(made, k)

        _run(make, n, workers, "composites")
        return made

    return _pack(Composites, "composites", asked, build)


def shelves(
    n, size=96, *, seed=0, minimum=1, maximum=8, kinds=KINDS, skus_per_kind=None, first_sku=0, supersample=2,
    workers=None,
) -> Shelves:  # fmt: skip
    """n scenes of `minimum` to `maximum` products (at most 8) in two rows on a shelf or table.

    Returns Shelves, padded to `maximum` products in paint order, farthest from the camera first: images (n, size,
    size, 3) uint8; counts (n,) int64; kind and sku (n, maximum) int64, -1 where padded; boxes (n, maximum, 4) float32
    around what is visible and full_boxes around the whole product as if nothing stood before it (both inside the
    picture, zeros where padded); masks (n, maximum, size, size) uint8 visible alpha; occlusion (n, maximum) float32,
    the hidden share of the product's pixels. Every product shows at least 30 % of itself. Otherwise as `singles`.
    """
    asked = _asked(n, size, seed, kinds, skus_per_kind, first_sku, 1, supersample)
    asked["minimum"] = _whole("minimum", minimum, 1, 8)
    asked["maximum"] = _whole("maximum", maximum, minimum, 8)

    def build():
        made = {
            "images": np.empty((n, size, size, 3), np.uint8),
            "counts": np.empty(n, np.int64),
            "kind": np.full((n, maximum), -1, np.int64),
            "sku": np.full((n, maximum), -1, np.int64),
            "boxes": np.zeros((n, maximum, 4), np.float32),
            "full_boxes": np.zeros((n, maximum, 4), np.float32),
            "masks": np.zeros((n, maximum, size, size), np.uint8),
            "occlusion": np.zeros((n, maximum), np.float32),
        }

        def make(k):
            rng = _random(asked, "shelves", k)
            count = int(rng.integers(minimum, maximum + 1))
            for _ in range(20):  # arrangements in which somebody is hidden are drawn again
                skus, view, rows, parts, light, backdrop = _arrange(asked, count, rng)
                image, visible, whole = _paint_each(view, rows, parts, light, backdrop, size, supersample)
                full = whole.sum((1, 2), dtype=np.int64)
                hidden = 1.0 - visible.sum((1, 2), dtype=np.int64) / np.maximum(full, 1)
                if (full > 0).all() and hidden.max() <= 0.7 and (visible >= 128).any((1, 2)).all():
                    break
            made["images"][k], made["counts"][k] = image, count
            made["kind"][k, :count] = [describe(sku).kind for sku in skus]
            made["sku"][k, :count] = skus
            made["masks"][k, :count] = visible
            made["occlusion"][k, :count] = hidden
            for m in range(count):
                made["boxes"][k, m] = labels.box_of(visible[m])
                made["full_boxes"][k, m] = labels.box_of(whole[m])

        _run(make, n, workers, "shelves")
        return made

    return Shelves(**cache.arrays("catalogue", _key("shelves", asked), build))


def render_one(
    sku, size=256, *, yaw=None, pitch=None, light=None, backdrop="studio", seed=0, supersample=3, colour=None,
    pattern=None, material=None,
) -> np.ndarray:  # fmt: skip
    """One picture (size, size, 3) uint8 of a SKU (an id, or `sku_id(kind, number)`), not kept on disk.

    yaw, pitch: degrees; default as a shop would photograph it. light: (azimuth, elevation, warmth, key) as in
    `Singles.light`. colour, pattern, material: names that replace the SKU's own. Raises ValueError as `singles` does.
    """
    _whole("size", size, 16, 1024)
    _whole("supersample", supersample, 1, 4)
    rng = np.random.default_rng(np.random.SeedSequence([10, _whole("seed", seed, 0, 2**63 - 1), int(sku)]))
    drawn = describe(sku)
    if colour is not None:
        drawn = replace(drawn, colour=COLOUR_NAMES.index(_one_of("colour", colour, COLOUR_NAMES)))
    if pattern is not None:
        drawn = replace(drawn, pattern=PATTERNS.index(_one_of("pattern", pattern, PATTERNS)))
    if material is not None:
        drawn = replace(drawn, material=MATERIALS.index(_one_of("material", material, MATERIALS)))
    usual = scene.view_of(drawn.kind, rng)
    row, parts = scene.product(drawn, usual[0] if yaw is None else yaw)
    middle = (row[scene.BOUNDS + 1] + row[scene.BOUNDS + 4]) / 2
    view = scene.camera(usual[1] if pitch is None else pitch, _DISTANCE, (0, middle, 0))
    view = scene.frame(view, [row], 0.76)
    lamp = scene.draw_light(rng) if light is None else scene.Light(*map(float, light))
    behind = scene.draw_backdrop(_one_of("backdrop", backdrop, BACKDROPS), rng)
    return _paint(view, [row], [parts], lamp, behind, size, supersample)[0]


# ---------------------------------------------------------------------------------------------------------------------


def _whole(name, value, low, high):
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not low <= value <= high:
        raise ValueError(f"{name} is a whole number from {low} to {high}, not {value!r}")
    return int(value)


def _one_of(name, value, choices):
    if value not in choices:
        raise ValueError(f"{name} is one of {', '.join(choices)}; not {value!r}")
    return value


def _asked(n, size, seed, kinds, skus_per_kind, first_sku, group, supersample) -> dict:
    """The checked arguments all packs share, as JSON values."""
    _whole("n", n, 1, 10_000_000)
    kinds = [kinds] if isinstance(kinds, str) else list(kinds)
    if not kinds:
        raise ValueError(f"kinds is empty; choose from {', '.join(KINDS)}")
    span = _OPEN_RANGE if skus_per_kind is None else _whole("skus_per_kind", skus_per_kind, 1, scene.SKU_SPAN)
    _whole("first_sku", first_sku, 0, scene.SKU_SPAN - span)
    return {
        "n": int(n),
        "size": _whole("size", size, 16, 1024),
        "seed": _whole("seed", seed, 0, 2**63 - 1),
        "kinds": [KINDS.index(_one_of("kind", kind, KINDS)) for kind in kinds],
        "skus": [int(first_sku), int(first_sku) + span],
        "group": _whole("lookalike_group", group, 1, 99),
        "supersample": _whole("supersample", supersample, 1, 4),
    }


def _narrowed(colours, patterns, materials) -> dict:
    chosen = {}
    for name, names, choices in (
        ("colour", colours, COLOUR_NAMES),
        ("pattern", patterns, PATTERNS),
        ("material", materials, MATERIALS),
    ):
        if names is not None:
            names = [names] if isinstance(names, str) else list(names)
            chosen[name] = [choices.index(_one_of(name, each, choices)) for each in names]
            if not names:
                raise ValueError(f"{name}s is empty; choose from {', '.join(choices)}")
    return chosen


def _key(pack: str, asked: dict) -> dict:
    """Everything that changes the arrays: the arguments, the renderer's version and its source."""
    return {"pack": pack, "renderer": RENDERER_VERSION, "source": scene.source_digest(), **asked}


_PACKS = ("singles", "turntables", "recolourings", "drawings", "composites", "shelves")


def _random(asked, pack, k):
    return np.random.default_rng(np.random.SeedSequence([asked["seed"], _PACKS.index(pack), k]))


def _pick(asked, rng) -> int:
    kind = asked["kinds"][int(rng.integers(len(asked["kinds"])))]
    return sku_id(kind, int(rng.integers(*asked["skus"])), asked["group"])


class _Shot:
    """One product before the camera, drawn from the random stream of picture k and nothing else."""

    def __init__(self, asked, pack, k):
        self.rng = rng = _random(asked, pack, k)
        self.sku = _pick(asked, rng)
        self.drawn = describe(self.sku)
        for name in ("colour", "pattern", "material"):
            if name in asked:
                self.drawn = replace(self.drawn, **{name: int(rng.choice(asked[name]))})
        self.yaw, self.pitch = scene.view_of(self.drawn.kind, rng)
        self.row, self.parts = scene.product(self.drawn, self.yaw)
        middle = (self.row[scene.BOUNDS + 1] + self.row[scene.BOUNDS + 4]) / 2
        view = scene.camera(self.pitch, _DISTANCE, (0, middle, 0))
        fill = rng.uniform(0.62, 0.84)
        self.view = scene.frame(view, [self.row], fill, rng.uniform(-0.25, 0.25, 2) * (0.92 - fill))
        self.light = scene.draw_light(rng)
        self.backdrop = scene.draw_backdrop(asked["backdrop"], rng)

    def write(self, made, k):
        d = self.drawn
        made["sku"][k] = self.sku
        for name in ("kind", "colour", "second_colour", "pattern", "material"):
            made[name][k] = getattr(d, name)
        if "yaw" in made and made["yaw"].ndim == 1:
            made["yaw"][k] = self.yaw
        if "pitch" in made:
            made["pitch"][k] = self.pitch
            made["light"][k] = self.light.azimuth, self.light.elevation, self.light.warmth, self.light.key


def _columns(n):
    return {name: np.empty(n, np.int64) for name in ("kind", "sku", "colour", "second_colour", "pattern", "material")}


def _pack(kind_of_pack, name, asked, build):
    made = cache.arrays("catalogue", _key(name, asked), build)
    facts = zip(*(made[c].tolist() for c in ("kind", "colour", "second_colour", "pattern", "material")), strict=True)
    facts = list(facts)
    tags = np.array([labels.tags_of(*fact) for fact in facts])
    return kind_of_pack(**made, tags=tags, captions=[labels.caption(*fact) for fact in facts])


def _run(make, n, workers, label):
    from helpers.datasets.catalogue import render

    if workers is not None:
        _whole("workers", workers, 1, 1024)
    render.run(make, n, workers, label)


def _paint(view, rows, parts, light, backdrop, size, supersample):
    """(image, mask, foreground, shadow) of a scene, uint8."""
    image, front, mask, shade, _, _ = _painted(view, rows, parts, light, backdrop, size, supersample, 0)
    return image, mask, front, shade


def _paint_each(view, rows, parts, light, backdrop, size, supersample):
    """(image, visible (p, size, size), whole (p, size, size)) of a scene of p products, uint8."""
    image, _, _, _, visible, whole = _painted(view, rows, parts, light, backdrop, size, supersample, len(rows))
    return image, visible, whole


def _painted(view, rows, parts, light, backdrop, size, supersample, each):
    """Everything `render.picture` fills in; the masks of single products for the first `each` of them."""
    from helpers.datasets.catalogue import render

    image, front = np.empty((2, size, size, 3), np.uint8)
    mask, shade = np.empty((2, size, size), np.uint8)
    visible, whole = np.empty((2, each, size, size), np.uint8)
    filled = (image, mask, front, shade, visible, whole)
    render.picture(size, supersample, view, np.stack(rows), np.stack(parts), light.row(), backdrop, *filled)
    return image, front, mask, shade, visible, whole


def _arrange(asked, count, rng):
    """Products in up to two rows on a board, farthest first: (skus, view, rows, parts, light, backdrop)."""
    from helpers.datasets.catalogue.render import measured

    lines = int(rng.choice(((1,), (1,), (1, 2), (1, 2), (2,), (2, 3), (3,), (3,))[count - 1]))
    width, placed = np.zeros(lines), []
    for k in range(count):
        sku = _pick(asked, rng)
        drawn = describe(sku)
        yaw, _ = scene.view_of(drawn.kind, rng)
        bounds, _ = measured(drawn.kind, drawn.parameters)
        scale = rng.uniform(0.85, 1.10) / max(bounds[4], 0.75 * (bounds[3] - bounds[0]))
        c, s = abs(np.cos(np.deg2rad(yaw))), abs(np.sin(np.deg2rad(yaw)))
        half = scale * (c * max(-bounds[0], bounds[3]) + s * max(-bounds[2], bounds[5]))
        line = k % lines
        width[line] += half + rng.uniform(0.0, 0.12)
        placed.append([sku, drawn, yaw, width[line], line, scale])
        width[line] += half
    rows, parts, skus = [], [], []
    for sku, drawn, yaw, along, line, scale in placed:
        x = along - width[line] / 2 + (rng.uniform(-0.25, 0.25) if lines > 1 else 0.0)
        row, part = scene.product(drawn, yaw, x, rng.uniform(-0.06, 0.06) - 1.0 * line, 0.0, scale)
        rows.append(row)
        parts.append(part)
        skus.append(sku)
    pitch = rng.uniform(8, 20) if lines == 1 else rng.uniform(18, 33)
    view = scene.camera(pitch, 6.5, (0, 0.4, 0.5 - 0.5 * lines), rng.uniform(-14, 14))
    view = scene.frame(view, rows, rng.uniform(0.80, 0.94))
    depth = [(row[:3] - view[:3]) @ view[9:12] for row in rows]
    order = np.argsort(depth)[::-1]
    backdrop = scene.draw_board(rng, edge=0.62, wall=-0.1 - 1.0 * lines)
    rows, parts, skus = ([things[m] for m in order] for things in (rows, parts, skus))
    return skus, view, rows, parts, scene.draw_light(rng), backdrop


def _crop(picture, size, rng):
    """A random square part of a picture, from 70 % of its shorter side up, resized to `size` (area-averaged)."""
    from PIL import Image

    height, width = picture.shape[:2]
    side = int(min(height, width) * rng.uniform(0.7, 1.0))
    y, x = int(rng.integers(height - side + 1)), int(rng.integers(width - side + 1))
    part = Image.fromarray(picture[y : y + side, x : x + side])
    return np.asarray(part.resize((size, size), Image.Resampling.BOX if side > size else Image.Resampling.BICUBIC))


def _line_drawing(view, row, parts, size):
    """(size, size) uint8: dark lines on white where the scene's depth, surface direction, part or pattern jump."""
    from helpers.datasets.catalogue import render

    fine = 3 if size <= 256 else 2
    m = size * fine
    depth, normals, codes = np.empty((m, m)), np.empty((m, m, 3)), np.empty((m, m), np.int64)
    render.geometry(m, view, row[None], parts[None], depth, normals, codes)
    step = 0.012 + 4.0 * view[12] / m
    ink = np.zeros((m, m))
    for axis in (0, 1):
        a, b = (slice(None, -1), slice(1, None))
        one = (a, slice(None)) if axis == 0 else (slice(None), a)
        two = (b, slice(None)) if axis == 0 else (slice(None), b)
        both = (codes[one] > 0) & (codes[two] > 0)
        bend = (normals[one] * normals[two]).sum(-1)
        slope = np.diff(depth, axis=axis)  # a plane seen at a low angle has a steep but even slope: no edge
        uneven = np.pad(np.abs(np.diff(slope, axis=axis)), [(1, 1) if k == axis else (0, 0) for k in (0, 1)])
        jump = np.minimum(uneven[one], uneven[two])
        strong = (codes[one] % 1024 != codes[two] % 1024) | (both & (jump > step))
        line = np.where(strong, 1.0, 0.0)
        line = np.maximum(line, np.where(both & (bend < 0.72), 0.75, 0.0))
        line = np.maximum(line, np.where(both & (codes[one] // 1024 != codes[two] // 1024), 0.55, 0.0))
        ink[one] = np.maximum(ink[one], line)
        ink[two] = np.maximum(ink[two], line)
    if size >= 96:  # keep lines about one pixel wide at any size
        ink[1:] = np.maximum(ink[1:], ink[:-1])
        ink[:, 1:] = np.maximum(ink[:, 1:], ink[:, :-1])
    share = ink.reshape(size, fine, size, fine).mean((1, 3))
    return np.rint(255 - 225 * np.minimum(share * 1.35, 1.0)).astype(np.uint8)
