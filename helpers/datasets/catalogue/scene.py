"""What stands in front of the camera: the draw of a SKU, its colours and materials, the camera, light and backdrop.

Everything here is plain data (small float64 arrays) that `render` hands to the compiled ray marcher.
"""

import hashlib
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

KINDS = (
    "t-shirt", "dress", "trousers", "sneaker", "boot", "handbag", "backpack", "mug",
    "bottle", "vase", "teapot", "chair", "table", "lamp", "watch", "sunglasses",
)  # fmt: skip

COLOURS = {
    "black": (34, 34, 38),
    "white": (240, 238, 232),
    "grey": (138, 141, 146),
    "red": (198, 40, 46),
    "orange": (236, 120, 28),
    "yellow": (246, 200, 44),
    "green": (52, 138, 70),
    "teal": (22, 140, 146),
    "blue": (42, 92, 190),
    "purple": (118, 66, 164),
    "pink": (240, 128, 166),
    "brown": (116, 72, 44),
}
COLOUR_NAMES = tuple(COLOURS)
PATTERNS = ("solid", "stripes", "dots", "check", "zigzag", "floral")
MATERIALS = ("matte", "leather", "glossy", "metal")
BACKDROPS = ("studio", "plain", "texture")
TEXTURES = ("wood", "marble", "fabric", "gravel", "brick", "concrete")

# How often a shop sells each: a long tail, so that tags are as unbalanced as real ones.
_COLOUR_WEIGHTS = np.array([16, 13, 10, 11, 6, 6, 9, 7, 12, 4, 6, 7]) / 107
_PATTERN_WEIGHTS = np.array([42, 19, 13, 12, 8, 6]) / 100

SKU_SPAN = 1_000_000  # numbers 0 .. SKU_SPAN - 1 within a kind and a look-alike group size
PARAMETERS = 12

# kind: (low, high) of each shape parameter, in the order shapes.py reads them.
RANGES = {
    "t-shirt": ((0.29, 0.38), (0.38, 0.52), (0.26, 0.56), (0.125, 0.165), (0.10, 0.16), (0.02, 0.20),
        (0.42, 0.85), (0, 1), (0, 6), (-1, 1)),
    "dress": ((1.15, 1.45), (0.19, 0.23), (0.125, 0.165), (0.28, 0.52), (0.52, 0.66), (6, 13), (0.06, 0.22),
        (0.09, 0.13), (0.014, 0.042), (0, 0.5), (0, 1)),
    "trousers": ((1.05, 1.30), (0.185, 0.225), (0.075, 0.15), (0.105, 0.125), (0.05, 0.15), (0.48, 1.30),
        (0.05, 0.09), (0, 1), (0, 6)),
    "sneaker": ((0.50, 0.60), (0.155, 0.19), (0.040, 0.075), (0.34, 0.58), (0.115, 0.15), (0, 1),
        (3.2, 5.9), (0.05, 0.35)),
    "boot": ((0.42, 0.50), (0.135, 0.165), (0.55, 0.98), (0.145, 0.185), (0.03, 0.17), (0.065, 0.115),
        (0, 1), (0.0, 0.035)),
    "handbag": ((0.38, 0.56), (0.22, 0.34), (0.12, 0.18), (-0.12, 0.45), (0.20, 0.42), (0.020, 0.034),
        (0.30, 0.72), (0.03, 0.10), (0.13, 0.20), (0, 1), (0, 1)),
    "backpack": ((0.28, 0.36), (0.40, 0.52), (0.14, 0.19), (0.30, 0.46), (0.05, 0.08), (0.40, 0.95), (0, 1),
        (0, 1)),
    "mug": ((0.27, 0.42), (0.25, 0.34), (-0.05, 0.06), (0.13, 0.18), (0.028, 0.045), (0.03, 0.12),
        (0.03, 0.05), (0, 1), (-0.05, 0.09)),
    "bottle": ((0.26, 0.42), (0.16, 0.27), (0.060, 0.095), (0.03, 0.22), (0.06, 0.20), (0.07, 0.15),
        (0.08, 0.20), (0, 1), (0, 1)),
    "vase": ((0.85, 1.25), (0.20, 0.36), (0.28, 0.66), (0.08, 0.15), (0.11, 0.22), (0.10, 0.18), (5, 17),
        (-0.22, 0.22), (0, 1), (-2, 2)),
    "teapot": ((0.29, 0.37), (0.72, 1.0), (0.16, 0.26), (0.17, 0.23), (0.14, 0.19), (0.035, 0.065),
        (0.30, 0.75), (0, 1)),
    "chair": ((0.25, 0.33), (0.40, 0.50), (0.40, 0.62), (0.025, 0.070), (0.020, 0.036), (0.0, 0.08),
        (0, 3.99), (0.0, 0.18), (0.24, 0.31), (0, 1)),
    "table": ((0.42, 0.62), (0.26, 0.40), (0.46, 0.72), (0.018, 0.042), (0.022, 0.045), (0, 2.99),
        (0.0, 0.06), (0, 1), (0, 1)),
    "lamp": ((0.24, 0.36), (0.10, 0.26), (0.14, 0.23), (0.42, 0.70), (0, 3.99), (0.11, 0.19), (0.16, 0.23),
        (0.014, 0.028)),
    "watch": ((0.20, 0.27), (0.045, 0.075), (0.11, 0.16), (0.40, 0.52), (0.26, 0.34), (0, 1),
        (0.022, 0.050), (0, 1), (0.10, 0.23)),
    "sunglasses": ((0.19, 0.25), (0.13, 0.19), (0.25, 1.0), (0.035, 0.07), (0.018, 0.045), (0.50, 0.66),
        (-0.05, 0.28), (0.1, 0.6), (-0.1, 0.25)),
}  # fmt: skip

# kind: materials it is sold in (with weights), yaw it is photographed at, camera height in degrees.
_SOLD = {
    "t-shirt": ((8, 0, 0, 0), (0, 38), (3, 14)),
    "dress": ((7, 1, 1, 0), (0, 50), (3, 14)),
    "trousers": ((7, 2, 0, 0), (0, 45), (3, 14)),
    "sneaker": ((5, 4, 2, 0), (-25, 32), (12, 28)),
    "boot": ((2, 6, 2, 0), (-25, 34), (8, 20)),
    "handbag": ((3, 6, 2, 1), (0, 42), (8, 24)),
    "backpack": ((6, 3, 1, 0), (0, 55), (8, 22)),
    "mug": ((3, 0, 6, 2), (0, 60), (16, 34)),
    "bottle": ((2, 0, 4, 4), (0, 90), (6, 22)),
    "vase": ((3, 0, 6, 2), (0, 90), (8, 26)),
    "teapot": ((2, 0, 6, 3), (0, 45), (12, 30)),
    "chair": ((5, 3, 2, 1), (0, 55), (12, 28)),
    "table": ((4, 0, 3, 2), (0, 60), (14, 30)),
    "lamp": ((7, 1, 1, 2), (0, 60), (5, 18)),
    "watch": ((2, 6, 1, 3), (0, 45), (8, 22)),
    "sunglasses": ((4, 0, 5, 3), (0, 38), (10, 24)),
}

# Parts as shapes.py numbers them: (colour role, material, patterned). Roles: main, second, inside (main in shade),
# dark, light, steel, wood, contrast (dark on a light second colour, light on a dark one).
# Materials: a number of MATERIALS, None for the SKU's own, 4 rubber, 5 tinted glass, 6 lit shade, 7 light bulb.
_PARTS = {
    "t-shirt": (("main", None, 1), ("second", 0, 0), ("second", 0, 0), ("inside", 0, 0)),
    "dress": (("main", None, 1), ("second", None, 0), ("second", 0, 0), ("inside", 0, 0)),
    "trousers": (("main", None, 1), ("second", None, 0), ("second", 0, 0), ("inside", 0, 0), ("steel", 3, 0)),
    "sneaker": (("main", None, 1), ("light", 4, 0), ("light", 4, 0), ("second", None, 0), ("inside", 0, 0)),
    "boot": (("main", None, 1), ("dark", 4, 0), ("second", None, 0), ("steel", 3, 0), ("inside", 0, 0)),
    "handbag": (("main", None, 1), ("second", None, 0), ("steel", 3, 0), ("second", 1, 0)),
    "backpack": (("main", None, 1), ("second", None, 0), ("dark", 4, 0), ("dark", 1, 0)),
    "mug": (("main", None, 1), ("main", None, 0), ("second", None, 0), ("second", None, 0)),
    "bottle": (("main", None, 1), ("second", 2, 0), ("second", 0, 0), ("second", None, 0)),
    "vase": (("main", None, 1), ("second", None, 0), ("inside", None, 0)),
    "teapot": (("main", None, 1), ("second", None, 0), ("inside", 4, 0), ("second", None, 0)),
    "chair": (("main", None, 1), ("wood", 2, 0)),
    "table": (("main", None, 1), ("wood", 2, 0), ("second", None, 0), ("steel", 3, 0)),
    "lamp": (("main", 6, 1), ("steel", 3, 0), ("second", None, 0), ("light", 7, 0), ("second", 6, 0),
        ("inside", 6, 0)),
    "watch": (("main", None, 1), ("steel", 3, 0), ("second", 4, 0), ("contrast", 4, 0)),
    "sunglasses": (("main", None, 1), ("second", 5, 0), ("main", None, 0)),
}  # fmt: skip
PART_LIMIT = 6
_TURNED = (PATTERNS.index("stripes"), PATTERNS.index("check"))  # the patterns that look right at any angle
# Shape parameters whose change the eye notices: the ones a look-alike may differ in.
_TELLING = (
    (0, 1, 2, 7), (0, 3, 10), (2, 5, 7), (2, 3, 5), (2, 4, 6), (1, 3, 4, 10), (1, 3, 5), (0, 2, 3), (0, 3, 6, 8),
    (0, 1, 2, 8), (1, 2, 7), (2, 6, 9), (0, 2, 5), (1, 2, 3, 4), (0, 2, 5, 7), (1, 2, 6),
)  # fmt: skip
_CYLINDERS, _BOXES = (
    ("mug", "bottle", "vase", "teapot", "lamp"),
    ("sneaker", "boot", "chair", "table", "backpack", "watch"),
)
_TEXTILES = ("t-shirt", "dress", "trousers", "sneaker", "handbag", "backpack", "chair", "watch")

_ROLE_RGB = {"dark": (44, 42, 44), "light": (236, 234, 228)}
_STEELS = ((196, 198, 204), (206, 172, 104), (92, 92, 98))
_WOODS = ((176, 122, 74), (122, 78, 46), (206, 164, 116), (70, 46, 34))


@lru_cache(maxsize=4)
def source_digest(pattern: str = "*.py") -> str:
    """Sixteen hexadecimal digits of this package's own source: an edited renderer never serves old pictures."""
    sources = sorted(Path(__file__).parent.glob(pattern))
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]


def linear(rgb) -> np.ndarray:
    """Linear light (float64, 0..1) of sRGB numbers 0..255 (IEC 61966-2-1)."""
    v = np.asarray(rgb, np.float64) / 255
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)


@dataclass(frozen=True)
class Sku:
    """One fixed draw: everything that makes a product this product and no other."""

    kind: int
    colour: int
    second_colour: int
    pattern: int
    material: int
    pattern_scale: float
    pattern_angle: float
    trim: int  # which metal or wood its fittings have
    parameters: tuple[float, ...]


def sku_id(kind: int, number: int, group: int = 1) -> int:
    """The id that names SKU `number` (below a million) of a kind, where `group` neighbours are look-alikes."""
    for name, value, limit in (("kind", kind, len(KINDS)), ("number", number, SKU_SPAN), ("group", group, 100)):
        if not (name == "group") <= value < limit:
            raise ValueError(f"{name} is a whole number from {int(name == 'group')} to {limit - 1}, not {value!r}")
    return (kind * 100 + group) * SKU_SPAN + number


@lru_cache(maxsize=65536)
def describe(sku: int) -> Sku:
    """The SKU behind an id. Ids name the same product for ever, whatever the seed of the pictures."""
    rest, number = divmod(int(sku), SKU_SPAN)
    kind, group = divmod(rest, 100)
    if not (0 <= kind < len(KINDS) and group >= 1):
        raise ValueError(f"{sku} is no SKU id; take one from a picture's `sku` or from catalogue.sku_id")
    if group == 1:
        return _draw(kind, np.random.default_rng(np.random.SeedSequence([1, kind, number])))
    family, member = divmod(number, group)
    chosen = [_draw(kind, np.random.default_rng(np.random.SeedSequence([2, kind, group, family])))]
    for k in range(1, member + 1):
        rng = np.random.default_rng(np.random.SeedSequence([3, kind, group, family, k]))
        while True:
            candidate = _alter(chosen[0], rng)
            if candidate not in chosen:
                chosen.append(candidate)
                break
    return chosen[member]


def _draw(kind: int, rng) -> Sku:
    ranges = RANGES[KINDS[kind]]
    parameters = [rng.uniform(low, high) for low, high in ranges] + [0.0] * (PARAMETERS - len(ranges))
    weights = np.array(_SOLD[KINDS[kind]][0], float)
    colour = int(rng.choice(len(COLOURS), p=_COLOUR_WEIGHTS))
    return Sku(
        kind=kind,
        colour=colour,
        second_colour=_second(colour, rng),
        pattern=int(rng.choice(len(PATTERNS), p=_PATTERN_WEIGHTS)),
        material=int(rng.choice(len(MATERIALS), p=weights / weights.sum())),
        pattern_scale=float(rng.uniform(0.75, 1.35)),
        pattern_angle=float(rng.choice([0.0, 0.0, 0.5, 1.0]) * np.pi / 2),
        trim=int(rng.integers(12)),
        parameters=tuple(parameters),
    )


def _second(colour: int, rng) -> int:
    """A second colour that can be told from the first: white goes with most things, and like never with like."""
    here = np.array(list(COLOURS.values()), float)
    far = np.linalg.norm(here - here[colour], axis=1)
    weights = np.where(far < 90, 0, 1.0)
    weights[COLOUR_NAMES.index("white")] *= 5
    weights[COLOUR_NAMES.index("black")] *= 2
    return int(rng.choice(len(COLOURS), p=weights / weights.sum()))


def _alter(parent: Sku, rng) -> Sku:
    """A look-alike: the parent with one or two attributes drawn anew."""
    changed = parent
    choices = ["colour", "second_colour", "pattern", "shape"]
    sold = np.flatnonzero(_SOLD[KINDS[parent.kind]][0])
    if len(sold) > 1:
        choices.append("material")
    picks = rng.permutation(choices)
    alone = picks[0] not in ("shape", "material") and rng.random() < 0.5  # those two can be hard to see by themselves
    for what in picks[: 1 if alone else 2]:
        if what == "colour":
            far = [c for c in range(len(COLOURS)) if c not in (parent.colour, parent.second_colour)]
            changed = replace(changed, colour=int(rng.choice(far)))
        elif what == "second_colour":
            changed = replace(changed, second_colour=_second(changed.colour, rng))
        elif what == "pattern":
            others = [k for k in range(len(PATTERNS)) if k != parent.pattern]
            changed = replace(changed, pattern=int(rng.choice(others)))
        elif what == "material":
            changed = replace(changed, material=int(rng.choice([m for m in sold if m != parent.material])))
        else:
            ranges = RANGES[KINDS[parent.kind]]
            which = int(rng.choice(_TELLING[parent.kind]))
            low, high = ranges[which]
            place = (parent.parameters[which] - low) / (high - low)
            moved = (place + rng.uniform(0.45, 0.55)) % 1.0
            values = list(changed.parameters)
            values[which] = low + (high - low) * moved
            changed = replace(changed, parameters=tuple(values))
    return changed


# One row per product, as the ray marcher reads it.
POSITION, TURN, SCALE, BOUNDS, SHAPE, FLAGS, ROW = 0, 3, 5, 6, 12, 24, 28
# One row per part: main colour (linear), second colour, pattern, material, textile weave.
PART_ROW = 9


@lru_cache(maxsize=65536)
def _paint(sku: Sku) -> np.ndarray:
    """(PART_LIMIT, PART_ROW) float64: colours, pattern and material of each part."""
    kind = KINDS[sku.kind]
    rgb = linear(list(COLOURS.values()))
    main, second = rgb[sku.colour], rgb[sku.second_colour]
    bright = second.mean() > 0.25
    roles = {
        "main": main,
        "second": second,
        "inside": main * 0.55 + 0.004,
        "dark": linear(_ROLE_RGB["dark"]),
        "light": linear(_ROLE_RGB["light"]),
        "steel": linear(_STEELS[sku.trim % 3]),
        "wood": linear(_WOODS[sku.trim % 4]) if sku.trim < 8 else (main if sku.trim < 10 else second),
        "contrast": linear(_ROLE_RGB["dark" if bright else "light"]),
    }
    rows = np.zeros((PART_LIMIT, PART_ROW))
    for k, (role, material, patterned) in enumerate(_PARTS[kind]):
        grain = role == "wood" and sku.trim < 8
        rows[k, 0:3] = roles[role]
        rows[k, 3:6] = roles[role] * 0.55 if grain else second
        rows[k, 6] = 6 if grain else (sku.pattern if patterned else 0)
        rows[k, 7] = sku.material if material is None else material
        if kind == "lamp" and role == "main" and sku.material == 3:
            rows[k, 7] = 3
        rows[k, 8] = kind in _TEXTILES and rows[k, 7] == 0
    return rows


def product(sku: Sku, yaw: float, x: float = 0.0, z: float = 0.0, y: float = 0.0, scale: float = 1.0):
    """(row, parts) of one SKU at a place: turned by `yaw` degrees about the vertical, `scale` times its size."""
    from helpers.datasets.catalogue.render import measured

    bounds, _ = measured(sku.kind, sku.parameters)
    row = np.zeros(ROW)
    row[POSITION : POSITION + 3] = x, y, z
    turn = np.deg2rad(yaw % 360.0)
    row[TURN : TURN + 2] = np.cos(turn), np.sin(turn)
    row[SCALE] = scale
    row[BOUNDS : BOUNDS + 6] = bounds
    row[SHAPE : SHAPE + PARAMETERS] = sku.parameters
    kind = KINDS[sku.kind]
    mapping = 1 if kind in _CYLINDERS else 2 if kind in _BOXES else 0
    row[FLAGS : FLAGS + 4] = sku.kind, mapping, sku.pattern_scale, sku.pattern_angle if sku.pattern in _TURNED else 0.0
    return row, _paint(sku)


def camera(pitch: float, distance: float, target, azimuth: float = 0.0) -> np.ndarray:
    """(15,) float64: origin, right, up, forward, then half width of the film and its shift (set by `frame`)."""
    up, around = np.deg2rad(pitch), np.deg2rad(azimuth)
    back = np.array([np.cos(up) * np.sin(around), np.sin(up), np.cos(up) * np.cos(around)])
    right = np.array([np.cos(around), 0.0, -np.sin(around)])
    above = np.array([back[1] * right[2], back[2] * right[0] - back[0] * right[2], -back[1] * right[0]])
    return np.concatenate([np.asarray(target, float) + distance * back, right, above, -back, [0.3, 0.0, 0.0]])


def project(view: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(n, 2) film coordinates of world points; multiply through `to_pixels` for pixels."""
    ray = points - view[0:3]
    depth = ray @ view[9:12]
    return np.stack([ray @ view[3:6] / depth, ray @ view[6:9] / depth], 1)


def to_pixels(view: np.ndarray, film: np.ndarray, size: int) -> np.ndarray:
    """(n, 2) pixel coordinates (x right, y down, pixel centres at +0.5) of film coordinates."""
    u = (film - view[13:15]) / view[12]
    return np.stack([(u[:, 0] + 1) * size / 2, (1 - u[:, 1]) * size / 2], 1)


def to_world(row: np.ndarray, points: np.ndarray) -> np.ndarray:
    """World coordinates (n, 3) of points given in a product's own coordinates."""
    c, s = row[TURN : TURN + 2]
    x, y, z = points.T * row[SCALE]
    return np.stack([x * c + z * s, y, z * c - x * s], 1) + row[POSITION : POSITION + 3]


def frame(view: np.ndarray, rows, fill: float, shift=(0.0, 0.0)) -> np.ndarray:
    """The camera zoomed and shifted so that the products' outline fills `fill` of the picture, `shift` off centre.

    The lens shifts, the camera does not turn, so upright edges stay upright and turntable views share a frame.
    """
    from helpers.datasets.catalogue.render import measured

    low, high = np.full(2, np.inf), np.full(2, -np.inf)
    for row in rows:
        _, cloud = measured(int(row[FLAGS]), tuple(row[SHAPE : SHAPE + PARAMETERS]))
        film = project(view, to_world(row, cloud))
        low, high = np.minimum(low, film.min(0)), np.maximum(high, film.max(0))
    view = view.copy()
    view[12] = (high - low).max() / 2 / fill
    view[13:15] = (low + high) / 2 - np.asarray(shift) * view[12] * 2
    return view


@dataclass(frozen=True)
class Light:
    """Key light: azimuth and elevation in degrees, warmth -1 (cold) to 1 (warm), strength of key against fill."""

    azimuth: float
    elevation: float
    warmth: float
    key: float

    def row(self) -> np.ndarray:
        """(9,) float64: direction to the light, key colour, fill colour."""
        a, e = np.deg2rad(self.azimuth), np.deg2rad(self.elevation)
        direction = [np.sin(a) * np.cos(e), np.sin(e), np.cos(a) * np.cos(e)]
        warm = np.array([1 + 0.10 * self.warmth, 1.0, 1 - 0.14 * self.warmth])
        cool = np.array([1 - 0.04 * self.warmth, 1.0, 1 + 0.06 * self.warmth])
        return np.concatenate([direction, warm * self.key, cool * (1.02 - 0.42 * self.key)])


def draw_light(rng) -> Light:
    """A studio light: from the upper left or right, front or slightly behind, warm or cold."""
    side = rng.choice([-1.0, 1.0])
    return Light(
        azimuth=float(side * rng.uniform(18, 75)),
        elevation=float(rng.uniform(35, 66)),
        warmth=float(rng.uniform(-0.7, 1.0)),
        key=float(rng.uniform(0.85, 1.15)),
    )


# Backdrop row: mode, colour, second colour, texture, scale, angle, seed, z of the board's edge and of the wall, wall
BACKDROP_ROW = 16
STUDIO, TEXTURED, BOARD = 0, 1, 2

_TEXTURE_COLOURS = {
    "wood": (((186, 138, 92), (138, 92, 54)), ((214, 184, 146), (178, 140, 100)), ((112, 76, 52), (72, 46, 32))),
    "marble": (((236, 234, 230), (150, 150, 154)), ((70, 74, 76), (188, 190, 186)), ((226, 210, 196),
        (150, 118, 98))),
    "fabric": (((196, 188, 174), (160, 150, 136)), ((120, 132, 148), (88, 100, 118)), ((206, 170, 160),
        (170, 130, 122))),
    "gravel": (((168, 164, 156), (92, 90, 86)), ((190, 170, 142), (118, 100, 78))),
    "brick": (((168, 88, 66), (206, 198, 186)), ((206, 200, 192), (158, 152, 146)), ((126, 96, 84),
        (176, 170, 162))),
    "concrete": (((176, 176, 174), (140, 140, 140)), ((206, 202, 196), (176, 172, 166))),
}  # fmt: skip


def draw_backdrop(name: str, rng) -> np.ndarray:
    """(BACKDROP_ROW,) float64 for one of BACKDROPS: gently tinted studio, near-white cove, or a textured ground."""
    row = np.zeros(BACKDROP_ROW)
    row[11:13] = 99.0, -99.0
    if name == "texture":
        texture = int(rng.integers(len(TEXTURES)))
        pairs = _TEXTURE_COLOURS[TEXTURES[texture]]
        one, two = pairs[int(rng.integers(len(pairs)))]
        row[0], row[1:4], row[4:7], row[7] = TEXTURED, linear(one), linear(two), texture
        row[8:11] = rng.uniform(0.8, 1.3), rng.uniform(-0.5, 0.5), rng.integers(50)
        return row
    if name == "plain":
        shade = rng.uniform(236, 250) * np.ones(3)
    else:
        hue, depth = rng.uniform(0, 2 * np.pi), rng.uniform(0, 26)
        shade = rng.uniform(196, 240) + depth * np.cos(hue + np.array([0, 2.1, 4.2]))
    row[0], row[1:4] = STUDIO, linear(np.clip(shade, 0, 252))
    return row


def draw_board(rng, edge: float, wall: float) -> np.ndarray:
    """(BACKDROP_ROW,) float64 for a shelf (with a front edge at z = edge) or a table, before a wall at z = wall."""
    row = np.zeros(BACKDROP_ROW)
    texture = int(rng.choice([0, 0, 0, 1, 5]))
    pairs = _TEXTURE_COLOURS[TEXTURES[texture]]
    one, two = pairs[int(rng.integers(len(pairs)))]
    row[0], row[1:4], row[4:7], row[7] = BOARD, linear(one), linear(two), texture
    row[8], row[10] = rng.uniform(0.5, 0.9), rng.integers(50)
    row[11:13] = (edge if rng.random() < 0.6 else 99.0), wall
    row[13:16] = linear(
        rng.uniform(170, 236) + rng.uniform(0, 22) * np.cos(rng.uniform(0, 6.28) + np.array([0, 2.1, 4.2]))
    )
    return row


def view_of(kind: int, rng) -> tuple[float, float]:
    """Yaw and pitch in degrees at which a shop would photograph this kind."""
    (centre, spread), pitch = _SOLD[KINDS[kind]][1:]
    yaw = centre + rng.uniform(-spread, spread)
    if KINDS[kind] in ("sneaker", "boot") and rng.random() < 0.5:
        yaw = 180.0 - yaw  # toes to the left
    return float(yaw % 360.0), float(rng.uniform(*pitch))
