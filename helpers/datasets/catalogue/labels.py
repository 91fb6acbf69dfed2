"""What is true of a picture: tags, price band, the sentence that describes it, and its landmarks."""

import numpy as np

from helpers.datasets.catalogue import scene
from helpers.datasets.catalogue.scene import (
    COLOUR_NAMES,
    KINDS,
    MATERIALS,
    PATTERNS,
    describe,
    project,
    to_pixels,
    to_world,
)

PRICE_BANDS = ("budget", "mid-range", "premium")
DETAILS = ("two-tone", "light", "dark", "colourful", "for wearing", "for the home")
TAGS = (*KINDS, *COLOUR_NAMES, *PATTERNS, *MATERIALS, *PRICE_BANDS, *DETAILS)

# Left and right as in a front view; on round things (bottle, vase, lamp, round table) as the camera sees them.
LANDMARKS = {
    "t-shirt": ("left shoulder", "right shoulder", "left cuff", "right cuff", "left hem", "right hem"),
    "dress": ("left shoulder", "right shoulder", "left waist", "right waist", "left hem", "right hem"),
    "trousers": ("left waist", "right waist", "button", "crotch", "left hem", "right hem"),
    "sneaker": ("toe", "heel", "opening front", "opening back", "left ball", "right ball"),
    "boot": ("toe", "heel", "top front", "top back", "instep", "ankle back"),
    "handbag": ("handle top", "clasp", "top left", "top right", "bottom left", "bottom right"),
    "backpack": ("handle top", "pocket", "top left", "top right", "bottom left", "bottom right"),
    "mug": ("rim front", "rim back", "rim left", "handle outside", "handle top", "base front"),
    "bottle": ("cap", "neck left", "neck right", "label", "base left", "base right"),
    "vase": ("lip left", "lip right", "belly left", "belly right", "base left", "base right"),
    "teapot": ("knob", "spout tip", "spout root", "handle outside", "handle top", "base front"),
    "chair": ("back left", "back right", "seat left", "seat right", "left foot", "right foot"),
    "table": ("front left", "front right", "back left", "back right", "left foot", "right foot"),
    "lamp": ("shade top left", "shade top right", "shade bottom left", "shade bottom right", "stem", "foot"),
    "watch": ("centre", "twelve", "three", "six", "nine", "crown"),
    "sunglasses": ("left lens", "right lens", "bridge", "left hinge", "right hinge", "left ear"),
}

_BASE_PRICE = (18, 48, 42, 64, 95, 88, 62, 11, 16, 34, 38, 120, 165, 70, 140, 52)
_MATERIAL_FACTOR = (1.0, 1.55, 1.15, 1.4)


def price(kind: int, pattern: int, material: int, second_colour: int) -> float:
    """The shop's price in pounds: base of the kind x material x 1.12 if patterned x 1.25 with gold-like trim colour.

    Bands: budget below 40, mid-range below 100, premium from there. Yellow or orange as the second colour counts as
    gold-like, so the band cannot be read off kind and material alone.
    """
    gold = COLOUR_NAMES[second_colour] in ("yellow", "orange")
    factor = _MATERIAL_FACTOR[material] * (1.12 if pattern else 1.0) * (1.25 if gold else 1.0)
    return round(_BASE_PRICE[kind] * factor, 2)


def tags_of(kind: int, colour: int, second_colour: int, pattern: int, material: int) -> np.ndarray:
    """(T,) bool in the order of TAGS: kind, main colour, pattern, material, price band and what follows from them.

    two-tone: a pattern shows the second colour all over. light: white, yellow, pink; dark: black, brown, purple, blue.
    colourful: neither black, white, grey nor brown. For wearing: garments, footwear, watch, sunglasses; for the home:
    crockery, vase, furniture, lamp.
    """
    found = np.zeros(len(TAGS), bool)
    names = [KINDS[kind], COLOUR_NAMES[colour], PATTERNS[pattern], MATERIALS[material]]
    pounds = price(kind, pattern, material, second_colour)
    names.append(PRICE_BANDS[0 if pounds < 40 else 1 if pounds < 100 else 2])
    if pattern:
        names.append("two-tone")
    if names[1] in ("white", "yellow", "pink"):
        names.append("light")
    if names[1] in ("black", "brown", "purple", "blue"):
        names.append("dark")
    if names[1] not in ("black", "white", "grey", "brown"):
        names.append("colourful")
    if kind <= 4 or kind >= 14:
        names.append("for wearing")
    elif kind >= 7 and names[0] != "bottle":
        names.append("for the home")
    for name in names:
        found[TAGS.index(name)] = True
    return found


def caption(kind: int, colour: int, second_colour: int, pattern: int, material: int) -> str:
    """One sentence that says what the labels say, such as "A red leather handbag with white stripes."."""
    what, main, second = KINDS[kind], COLOUR_NAMES[colour], COLOUR_NAMES[second_colour]
    surface = MATERIALS[material]
    words = f"{surface} {main} {what}" if surface in ("matte", "glossy") else f"{main} {surface} {what}"
    start = "" if what in ("trousers", "sunglasses") else "An " if words[0] in "aeiou" else "A "
    words = start + words if start else words[0].upper() + words[1:]
    details = {
        "solid": f"{second} details",
        "stripes": f"{second} stripes",
        "dots": f"{second} dots",
        "check": f"a {second} check",
        "zigzag": f"{second} zigzags",
        "floral": f"{second} flowers",
    }[PATTERNS[pattern]]
    if details.startswith("a orange"):
        details = "an" + details[1:]
    return f"{words} with {details}."


def landmark_points(kind: int, p) -> np.ndarray:
    """(6, 3) points near the surface in the product's own coordinates, in the order of LANDMARKS."""
    name = KINDS[kind]
    if name == "t-shirt":
        w, h, s, a = p[0], p[1], p[2], p[6]
        y = h + 0.05
        cx, cy = w - 0.10 + np.cos(a) * s, y + h - 0.22 - np.sin(a) * s
        sides = [(w - 0.04, y + h - 0.12, 0.0), (cx, cy, 0.10), (w - 0.05, y - h + 0.04, 0.10)]
    elif name == "dress":
        y, z = 0.05 + p[0] * p[4], p[2] / 1.25
        sides = [(p[7] * 0.85, 0.05 + p[0], 0.03), (p[2], y, 0.0), (p[3] * 0.94, 0.10, 0.0)]
        del z
    elif name == "trousers":
        y = p[0] + 0.05
        long = min(p[5], 1.0)
        hem = y - p[0] * long
        sides = [(p[1] - 0.02, y - 0.03, 0.10)]
        middle = [(0, y - p[6] / 2, 0.14), (0, y - 0.36, 0.10)]
        foot = (p[1] * 0.52 + p[4] * long, hem + 0.03, p[2])
        return np.array([_left(sides[0]), sides[0], *middle, _left(foot), foot], float)
    elif name == "sneaker":
        f = 2 * p[2]
        return np.array(
            [
                (p[0], f + 0.05, 0), (-p[0], f + 0.10, 0), (-p[0] * 0.36, p[3] + 0.02, 0),
                (-p[0] + 0.05, p[3], 0), (p[0] * 0.45, f, p[1]), (p[0] * 0.45, f, -p[1]),
            ]
        )  # fmt: skip
    elif name == "boot":
        xs = -p[0] + p[3] + 0.03
        return np.array(
            [
                (p[0], 0.09, 0), (xs - 0.12, p[4] * 0.5 + 0.02, 0), (xs + p[3] + p[7], p[2], 0),
                (xs - p[3] - p[7], p[2], 0), (p[0] * 0.3, 0.3 + p[4] * 0.3, 0), (xs - p[3] * 0.9, p[4] + 0.25, 0),
            ]
        )  # fmt: skip
    elif name == "handbag":
        h, lean = 2 * p[1], p[2] * (1 - 0.8 * 2 * p[1])
        line = p[1] - h * p[6]
        clasp = (0, p[1] + line + 0.03, p[2] - 0.8 * p[2] * h * (1 - p[6]) + 0.04)
        top = (p[0] - p[3] * p[1] - 0.04, h - 0.04, lean * 0.5)
        low = (p[0] - 0.04, 0.04, p[2] - 0.03)
        handle = (0, h - 0.05 + p[4] + 0.05, p[9] * p[2] * 0.42)
        return np.array([handle, clasp, _left(top), top, _left(low), low], float)
    elif name == "backpack":
        h = 2 * p[1]
        top = (p[0] - p[0] * p[5] * 0.3, h - p[0] * p[5] * 0.3, p[2] * 0.5)
        low = (p[0] - 0.04, 0.04, p[2] * 0.6)
        pocket = (0, p[3] * p[1] + 0.06, p[2] + p[4])
        return np.array([(0, h + 0.07, -p[2] * 0.35), pocket, _left(top), top, _left(low), low], float)
    elif name == "mug":
        h, r = 2 * p[0], p[1] + p[2]
        out = p[1] + p[3] + p[4]
        reach = p[0] - 0.01 + max(p[0] * 0.60 - p[3] * 0.62, 0.0)
        handle = (p[1] + p[3] * 0.5, reach + p[3] * 0.87 + p[4], 0)
        return np.array(
            [(0, h, r), (0, h, -r + 0.02), (-r, h, 0), (out, p[0], 0), handle, (0, 0.05, p[1] - p[2])], float
        )
    elif name == "bottle":
        top = 2 * p[0] + p[4] + p[3]
        neck, low = (p[2], top - 0.03, 0), (p[1], 0.07, 0)
        return np.array([(0, top + p[5], 0), _left(neck), neck, (0, p[0] * 0.95, p[1]), _left(low), low], float)
    elif name == "vase":
        sides = [(p[4], p[0] - 0.02, 0), (p[1], p[0] * p[2], 0), (p[5], 0.03, 0)]
    elif name == "teapot":
        t, y = p[0] * p[1], p[0] * p[1] * 0.93
        knob = (0, y + t * 0.84 + p[4] * 0.55 + p[5] * 1.8, 0)
        tip, root = (p[0] + p[2], y + t * p[6] + 0.03, 0), (p[0] * 0.95, y - t * 0.25, 0.03)
        reach = t * 0.62 - p[3] * 0.5
        out, high = (-p[0] - 0.02 - p[3] - 0.03, y, 0), (-p[0] - 0.02 - p[3] * 0.5, y + reach + p[3], 0)
        return np.array([knob, tip, root, out, high, (0, 0.05, p[0] * 0.6)], float)
    elif name == "chair":
        c, s = np.cos(p[7]), np.sin(p[7])
        v = p[2] * 0.90
        back = (p[0] * 0.80, p[1] + v * c, -p[8] + 0.03 - v * s)
        sides = [back, (p[0] - 0.01, p[1], p[8] - 0.01), (p[0] + p[5] - p[4], 0.02, p[8] + p[5] - p[4])]
    elif name == "table":
        a, b = (p[0] - 0.01, p[1] - 0.01) if p[5] < 1 else (p[0] * 0.62, p[0] * 0.62)
        if p[5] < 1:
            foot = (p[0] - p[4] - 0.03 + p[6], 0.02, p[1] - p[4] - 0.03 + p[6])
        elif p[5] < 2:
            foot = (p[0] * 0.5, 0.02, 0)
        else:
            reach = p[0] * 0.62 + p[6]
            turn = 2 * np.pi / 3 if p[7] > 0.5 else np.pi / 2
            foot = (reach * np.sin(turn), 0.02, reach * np.cos(turn))
        y = p[2] - p[3]
        sides = [(a, y, b), (a, y, -b), foot]
    elif name == "lamp":
        c = p[3] + p[2]
        top, low = (p[1], c + p[2], 0), (p[0], c - p[2], 0)
        return np.array([_left(top), top, _left(low), low, (0, p[3] * 0.9, 0.03), (0, 0.03, p[6])], float)
    elif name == "watch":
        y, z = p[3] + 0.035, p[4] + 0.035 + p[1]
        r = p[0] - p[6] * 0.5
        turn = r * (0.9 if p[5] > 0.62 else 1.0)
        return np.array(
            [(0, y, z), (0, y + r, z), (turn, y, z), (0, y - r, z), (-turn, y, z), (p[0] + 0.05, y, p[4] + 0.035)]
        )
    else:
        y, c = p[1] + p[4] + 0.02, p[3] + p[0]
        hinge = (c + p[0] - 0.02, y + p[1] * 0.45 + p[6] * p[0] * 0.8, -0.22 * (c + p[0]) ** 2 + 0.02)
        lens = (c, y, -0.22 * c * c)
        ear = (-(c + p[0] - 0.01), 0.05, -0.22 * (c + p[0] - 0.02) ** 2 - p[5])
        bridge = (0, y + p[1] * p[7] + 0.02, 0.02)
        return np.array([_left(lens), lens, bridge, _left(hinge), hinge, ear], float)
    return np.array([point for side in sides for point in (_left(side), side)], float)


def _left(point):
    return (-point[0], point[1], point[2])


def landmarks(sku: int, row: np.ndarray, view: np.ndarray, size: int) -> np.ndarray:
    """(6, 3) float32: x and y in pixels, and 1 where the camera sees the point, 0 where something hides it."""
    from helpers.datasets.catalogue.render import settle

    drawn = describe(sku)
    points = landmark_points(drawn.kind, drawn.parameters)
    name, style = KINDS[drawn.kind], drawn.parameters[5]
    if name in ("bottle", "vase", "lamp") or (name == "table" and style >= 1):
        # round things have no left of their own: theirs is the camera's, a little towards it so that it is seen
        count = 4 if name == "table" and style >= 2 else 6
        c, s = row[scene.TURN], row[scene.TURN + 1]
        x, z = points[:count, 0], points[:count, 2] + 0.25 * np.abs(points[:count, 0]) * (points[:count, 2] >= 0)
        points[:count, 0], points[:count, 2] = x * c - z * s, x * s + z * c
    seen = np.zeros(len(points))
    settle(row, view, points, seen)
    place = to_pixels(view, project(view, to_world(row, points)), size)
    return np.concatenate([place, seen[:, None]], 1).astype(np.float32)


def box_of(mask: np.ndarray) -> np.ndarray:
    """(4,) float32 (x_min, y_min, x_max, y_max) around the pixels of which at least half are covered; zeros if none."""
    held = mask >= 128
    columns, lines = np.flatnonzero(held.any(0)), np.flatnonzero(held.any(1))
    if not len(columns):
        return np.zeros(4, np.float32)
    return np.array([columns[0], lines[0], columns[-1] + 1, lines[-1] + 1], np.float32)
