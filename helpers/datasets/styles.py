"""Style pictures for neural style transfer: six made here, which always work, and five paintings.

Every picture made here is drawn four times as large as 256 px and shrunk. Lengths below are in pixels of the 256.
"""

import cv2
import numpy as np
from PIL import Image

from helpers import console, photo
from helpers.datasets import download
from helpers.datasets.clothing import _side, fitted

MADE = ("brush-strokes", "mosaic", "woodcut-waves", "weave", "ink-wash", "stained-glass")
PAINTINGS = ("starry-night", "shipwreck", "the-scream", "great-wave", "composition-vii")
NAMES = MADE + PAINTINGS
_SIDE, _ZOOM = 1024, 4


def style(name: str, size: int = 256) -> np.ndarray:
    """One style picture, (size, size, 3) uint8 RGB, 0 to 255; the same call gives the same pixels.

    Parameters
    ----------
    name: one of `NAMES`. Those in `MADE` are drawn here, in under a second; those in `PAINTINGS` are files of the
        registry, of which the middle is taken.
    size: side in pixels, 16 to 512. The picture stays the same, so at 128 px its strokes are half as wide as at 256.

    Raises
    ------
    ValueError: `name` or `size` is not one of the above.
    download.DataUnavailable: a painting is neither in mirror nor cache and cannot be downloaded.
    download.DataDamaged: the mirror's file is not the painting that was published.
    """
    if name not in NAMES:
        raise ValueError(f"no style {name!r}; there are {', '.join(NAMES)}")
    size = _side(size)
    if name in PAINTINGS:
        return photo.square(photo.load(download.fetch(name)), size)
    drawn = _DRAW[name](np.random.default_rng(MADE.index(name)))
    return fitted(Image.fromarray((drawn.clip(0, 1) * 255 + 0.5).astype(np.uint8)), size, "crop")


def available() -> tuple[str, ...]:
    """The names that `style` can give here and now: all of `MADE`, then the paintings that can be had.

    Paintings are downloaded where they are not in mirror or cache; one line names those that are missing.
    """
    missing = []
    for name in PAINTINGS:
        try:
            download.fetch(name)
        except download.DataUnavailable:
            missing.append(name)
    if missing:
        console.notice(f"{len(missing)} of {len(PAINTINGS)} paintings cannot be had here: {', '.join(missing)}.")
    return tuple(name for name in NAMES if name not in missing)


def _grid() -> tuple[np.ndarray, np.ndarray]:
    """The x and y of every pixel drawn, 0 to 256."""
    x = (np.arange(_SIDE, dtype=np.float32) + 0.5) / _ZOOM
    return np.meshgrid(x, x)


def _noise(rng, across: float, down: float | None = None) -> np.ndarray:
    """Smooth noise of mean 0 and deviation 1, with features about `across` x `down` pixels large."""
    scale = np.array([down or across, across])
    small = rng.standard_normal((256 / scale).astype(int) + 5, dtype=np.float32)
    rows, columns = np.ceil(small.shape * scale * _ZOOM).astype(int)
    large = cv2.resize(small, (int(columns), int(rows)), interpolation=cv2.INTER_CUBIC)
    large = large[-_SIDE - 2 :, -_SIDE - 2 :][:_SIDE, :_SIDE]
    return (large - large.mean()) / large.std()


def _colours(text: str) -> np.ndarray:
    """A palette (n, 3) in [0, 1] from hexadecimal colours."""
    return np.array([[int(word[i : i + 2], 16) / 255 for i in (0, 2, 4)] for word in text.split()], np.float32)


def _mix(position, palette: np.ndarray) -> np.ndarray:
    """Colours between those of a palette; `position` 0 is the first and 1 the last."""
    stops = np.linspace(0, 1, len(palette))
    return np.stack([np.interp(position, stops, channel) for channel in palette.T], axis=-1).astype(np.float32)


def _smooth(value, low, high):
    """0 below `low`, 1 above `high`, an S between."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def _relief(height: np.ndarray) -> np.ndarray:
    """How much a surface of this height (in pixels) faces a lamp at the upper left, about -1 to 1."""
    kernel = np.array([[1, 1, 0], [1, 0, -1], [0, -1, -1]], np.float32) * (_ZOOM / 3)
    return -cv2.filter2D(height.astype(np.float32), -1, kernel, borderType=cv2.BORDER_REPLICATE)


def _points(places: np.ndarray) -> np.ndarray:
    """Places (..., 2) in pixels of the 256 as OpenCV draws them with `shift=4`."""
    return np.round(places * (_ZOOM * 16)).astype(np.int32)


def _strokes(canvas, rng, paths: np.ndarray, widths: np.ndarray, colours: np.ndarray, bristles: int, wild: float):
    """Paint tapered strokes onto `canvas`, bristle by bristle; the outer bristles are shorter.

    `paths` (n, steps, 2), `widths` (n,), `colours` (n, channels) 0 to 255, of which `wild` is each bristle's deviation.
    """
    count, steps = paths.shape[:2]
    along = np.gradient(paths, axis=1)
    normal = along[..., ::-1] * (1, -1) / (np.linalg.norm(along, axis=2, keepdims=True) + 1e-6)
    offset = np.linspace(-0.5, 0.5, bristles)
    bulge = np.sin(np.linspace(0.15, 0.98, steps) * np.pi)[:, None] ** 0.8
    places = _points(paths[:, None] + offset[:, None, None] * bulge * normal[:, None] * widths[:, None, None, None])
    inks = (colours[:, None] + wild * rng.standard_normal((count, bristles, 1))).clip(0, 255)
    short = (np.abs(offset) * 0.25 + rng.uniform(0, 0.13, (count, 2, bristles))) * steps
    first, last = short[:, 0].astype(int), steps - short[:, 1].astype(int)
    thick = np.maximum(1, np.round(widths / bristles * _ZOOM * 1.25)).astype(int)
    for i in range(count):
        for j in rng.permutation(bristles):
            line = [places[i, j, first[i, j] : last[i, j]]]
            cv2.polylines(canvas, line, False, inks[i, j].tolist(), int(thick[i]), cv2.LINE_8, 4)


def _brush_strokes(rng) -> np.ndarray:
    """Curved impasto strokes along the eddies of a flow: ultramarine, cerulean, ochre, orange."""
    down, right = np.gradient(26 * _noise(rng, 72) + 6 * _noise(rng, 34))  # along the contours of this, paint flows
    flow = np.dstack([down, -right])
    flow /= np.linalg.norm(flow, axis=2, keepdims=True) + 1e-6
    warmth = _noise(rng, 44)
    palette = _colours("0e1a56 182f88 1f4fa8 3f86c2 f3dc9a f0b03a e07a1c b8401a")
    canvas = np.full((_SIDE, _SIDE, 4), (12, 18, 60, 60), np.uint8)  # colour, and how thick the paint lies
    for number, steps, width in ((500, 16, 11), (1100, 13, 7.5), (1300, 10, 5)):
        path = [rng.uniform(-12, 268, (number, 2))]
        for _ in range(steps):
            column, row = (path[-1] * _ZOOM).astype(int).clip(0, _SIDE - 1).T
            path.append(path[-1] + 2.6 * flow[row, column])
        column, row = (path[steps // 2] * _ZOOM).astype(int).clip(0, _SIDE - 1).T
        tone = 0.45 + 0.3 * warmth[row, column] + 0.11 * rng.standard_normal(number)
        tone = np.where(rng.random(number) < 0.06, 1 - tone, tone)  # a few in the opposite colour
        paint = np.hstack([_mix(tone.clip(0, 1), palette) * 255, rng.uniform(90, 190, (number, 1))])
        widths = width * rng.uniform(0.7, 1.25, number)
        _strokes(canvas, rng, np.stack(path, 1), widths, paint, bristles=7, wild=17)
    light = _relief(cv2.GaussianBlur(canvas[..., 3], (0, 0), 1.6) / np.float32(110))[..., None]
    return canvas[..., :3] / np.float32(255) * (1 + 0.42 * light.clip(-1.4, 1)) + 0.16 * (light - 0.35).clip(0, 1)


def _mosaic(rng) -> np.ndarray:
    """Rings of hand-cut tesserae around many suns: gold, turquoise, terracotta, bone, lapis, in pale grout."""
    x, y = _grid()
    x, y = x + 1.6 * _noise(rng, 18), y + 1.6 * _noise(rng, 18)
    places = np.array([(i * 74 + 37 * (j % 2) - 8, j * 62 - 4) for j in range(6) for i in range(5)], np.float32)
    places += rng.uniform(-11, 11, places.shape)
    best = np.full((_SIDE, _SIDE), 1e9, np.float32)
    second, owner, radius = best.copy(), np.zeros((_SIDE, _SIDE), np.int32), best.copy()
    for i, (column, row) in enumerate(places):
        near = tuple(slice(max(0, int(side - 84) * _ZOOM), int(side + 84) * _ZOOM) for side in (row, column))
        distance = np.sqrt((x[near] - column) ** 2 + (y[near] - row) ** 2)
        gap = distance - rng.uniform(0, 16)
        nearer = gap < best[near]
        second[near] = np.where(nearer, best[near], np.minimum(second[near], gap))
        best[near] = np.where(nearer, gap, best[near])
        owner[near][nearer], radius[near][nearer] = i, distance[nearer]
    angle = np.arctan2(y - places[owner, 1], x - places[owner, 0])
    step = 7.6
    ring = (radius / step).astype(np.int32)
    around = np.maximum(np.round(2 * np.pi * (ring + 0.5) * rng.uniform(0.8, 1, (len(places), 40))[owner, ring]), 1)
    around[ring == 0] = 1
    turn = (angle / (2 * np.pi) + 0.5 + rng.random((len(places), 40), np.float32)[owner, ring]) % 1 * around
    tile = turn.astype(np.int32)
    chance = rng.random((8, 1 << 16), np.float32)
    key = (owner * 7919 + ring * 613 + tile * 31) % (1 << 16)
    tall = np.minimum(np.where(ring == 0, 1, radius / step - ring), ring + 1 - radius / step) * step
    wide = np.where(ring == 0, step, np.minimum(turn - tile, tile + 1 - turn) * (2 * np.pi * radius / around))
    edge = np.minimum(np.minimum(tall, wide), (second - best) / 2) - 0.45 - 0.5 * chance[0][key]
    palette = _colours("f5b62e f2e6cf 27b3a8 0f7f8c 123a6b c8502d f2e6cf 0b2447 e8952c 8bd0c0")
    schemes = np.array([
        (0, 0, 5, 1, 2, 3, 4, 9, 1, 5), (5, 0, 1, 4, 4, 3, 2, 1, 0, 5), (1, 5, 0, 0, 7, 2, 9, 1, 3, 4),
        (7, 0, 2, 2, 3, 1, 5, 8, 0, 4), (0, 7, 9, 2, 1, 8, 5, 4, 3, 2),
    ])  # fmt: skip
    scheme = rng.permutation(np.arange(len(places)) % len(schemes))
    stone = schemes[scheme[owner], np.minimum(ring, 9)]
    stray = chance[1][key] < 0.07
    stone = np.where(stray, (chance[2][key] * len(palette)).astype(int), stone)
    colour = palette[stone] * (0.8 + 0.36 * chance[3][key] + 0.05 * _noise(rng, 1.5))[..., None]
    colour += ((chance[4:7, key] - 0.5) * 0.09).transpose(1, 2, 0)
    inside = _smooth(edge, 0, 0.35)
    height = 1.1 * _smooth(edge, 0, 1.5) + 0.10 * _noise(rng, 2.5)
    tilt = (chance[7][key] - 0.5) * 0.3
    light = _relief(height)
    colour = colour * (1 + 0.36 * light + tilt)[..., None] + 0.12 * (light - 0.3).clip(0, 1)[..., None]
    grout = _colours("cdbf9f")[0] * (0.85 + 0.06 * _noise(rng, 1))[..., None]
    shadow = 1 - 0.45 * cv2.GaussianBlur(np.roll(inside, (4, 4), (0, 1)), (0, 0), 3)
    return grout * shadow[..., None] * (1 - inside[..., None]) + colour * inside[..., None]


def _woodcut_waves(rng) -> np.ndarray:
    """Breakers cut in wood, curling one into the other: prussian and pale blue gouges, cream foam with claws."""
    deep, blue, pale, cream = (_colours("0e1f42 23568f 9cc0cb f6ecd3") * 255).tolist()
    flat = np.full((_SIDE, _SIDE, 3), deep).astype(np.uint8)  # the waves as straight rows, which repeat every 256 px
    s = np.linspace(0, 1, 14)

    def fill(outline, colour):
        for around in ((0, 0), (256, 0), (-256, 0), (0, 256), (0, -256)):
            cv2.fillPoly(flat, [_points(outline + np.array(around))], colour, cv2.LINE_AA, 4)

    def taper(spine, half):
        aside = np.gradient(spine, axis=0)[:, ::-1] * (1, -1)
        aside *= (half / np.linalg.norm(aside, axis=1))[:, None]
        return np.concatenate([spine + aside, (spine - aside)[::-1]])

    for top in range(0, 256, 32):
        fill(np.array([(0, top + 25.5), (256, top + 25.5), (256, top + 33), (0, top + 33)]), pale)
        for j, down in enumerate(np.arange(14, 31, 3.6)):
            at = rng.uniform(0, 60)
            while at < 256 + 40:
                long = rng.uniform(45, 130)
                spine = np.stack([at + long * s, top + down + 0.5 * np.sin(at + 5 * s)], 1)
                half = rng.uniform(1.0, 1.6) * np.sin(np.pi * s) ** 0.6 + 0.05
                fill(taper(spine, half), (blue, cream, blue, pale, deep)[j])
                at += long * rng.uniform(0.85, 1.1)
        fingers = []
        for at in np.arange(0, 256, 256 / 31):
            long, thick = rng.uniform(7, 13), rng.uniform(2.0, 2.9)
            root = np.array([at + rng.uniform(-1, 1), top + 3.5])
            for share, turn in ((1.0, 0.0), (0.55, 0.9)):  # a claw and its thumb
                bend = 1.35 - turn - 1.5 * s**1.5
                spine = root + np.cumsum(np.stack([np.cos(bend), np.sin(bend)], 1), 0) * long * share / len(s)
                fingers.append((spine, thick * share**0.5 * (1 - s) ** 0.5))
        bumps = [(at, top + 0.6, rng.uniform(1.6, 3.2)) for at in np.arange(0, 256, 256 / 58)]
        for rim, colour in ((1.0, deep), (0.0, cream)):
            for spine, half in fingers:
                fill(taper(spine, half + rim), colour)
            for x, y, radius in bumps:
                turn = 2 * np.pi * s
                fill((x, y) + (radius + rim) * np.stack([np.cos(turn), np.sin(turn)], 1), colour)
            fill(np.array([(0, top - rim), (256, top - rim), (256, top + 5.5), (0, top + 5.5)]), cream)
        for x in rng.uniform(0, 256, 34):
            fill(taper(np.stack([x + 5 * s, top + rng.uniform(1, 4) + s**2], 1), 0.5 * np.sin(np.pi * s)), blue)
    x, y = coarse = [side[2::_ZOOM, 2::_ZOOM] for side in _grid()]  # smooth, so a sixteenth of the pixels will do
    y = y + 6 * np.sin(2 * np.pi * (x / 128 + 0.06 * _noise(rng, 90)[2::_ZOOM, 2::_ZOOM]))
    for row in range(-1, 6):
        for column in range(-1, 5):  # round each of these places, the rows are twisted into a curl
            middle = np.array([column * 78 + 39 * (row % 2) + 16, row * 56 + 12]) + rng.uniform(-7, 7, 2)
            right, low = x - middle[0], y - middle[1]
            angle = rng.uniform(2.2, 2.9) * np.exp(-(((right**2 + low**2) / rng.uniform(18, 23) ** 2) ** 1.15))
            cos, sin = np.cos(angle), np.sin(angle)
            x, y = middle[0] + cos * right + sin * low, middle[1] - sin * right + cos * low
    places = []
    for side, twisted, still in zip(_grid(), (x, y), coarse, strict=True):
        moved = side + cv2.resize((twisted - still).astype(np.float32), (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC)
        places.append(moved % 256 * _ZOOM - 0.5)
    colour = cv2.remap(flat, *places, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP).astype(np.float32) / 255
    ink = 1 - colour.mean(axis=2, keepdims=True)
    grain = 0.05 * (_noise(rng, 60, 0.9) + _noise(rng, 24, 0.6)) + 0.05 * _noise(rng, 40)
    return colour + ink * grain[..., None] + 0.012 * _noise(rng, 1)[..., None]


def _weave(rng) -> np.ndarray:
    """A herringbone twill of thick yarn: bands of madder red, teal, ochre and indigo over natural wool."""
    x, y = _grid()
    x, y = x + 0.5 * _noise(rng, 26), y + 0.5 * _noise(rng, 26)
    pitch = 6.4
    column, row = (x / pitch).astype(int) + 2, (y / pitch).astype(int) + 2

    def lifted(column, row):
        return (np.abs((column + 6) % 16 - 8) + row) % 4 < 2  # the warp lies on top

    over = lifted(column, row)
    palette = _colours("a3211f f0e4c8 0d7074 20203a dc8f2c")
    warps = np.array([1] * 14 + [3] * 2)
    wefts = np.array([0] * 8 + [4] * 2 + [3] * 2 + [2] * 6 + [1, 2, 1, 0, 0, 3])
    colour = palette[np.where(over, warps[column % len(warps)], wefts[row % len(wefts)])]
    across = np.where(over, x, y) / pitch % 1 - 0.5
    along = np.where(over, y, x) / pitch
    before = np.where(over, lifted(column, row - 1), ~lifted(column - 1, row))
    after = np.where(over, lifted(column, row + 1), ~lifted(column + 1, row))
    arch = np.minimum(np.where(before, 1, along % 1 * 1.6), np.where(after, 1, (1 - along % 1) * 1.6)).clip(0, 1)
    arch = np.sin(np.pi / 2 * arch)
    number = np.where(over, column, row + 60)
    thread = rng.random((2, 128), np.float32)
    body = np.sqrt(np.clip(1 - (across * (2.5 - 0.5 * arch)) ** 2, 0, 1))
    twist = np.sin(2 * np.pi * (along * 2.1 + across * 1.4 + thread[0][number]))
    height = 2.2 * body * (0.35 + 0.65 * arch) + 0.2 * twist * body + 0.1 * _noise(rng, 1.2)
    shade = (0.2 + 0.85 * body * (0.45 + 0.55 * arch)) * (0.84 + 0.32 * thread[1][number]) * (1 + 0.1 * twist)
    fuzz = np.maximum(_noise(rng, 0.7, 4), _noise(rng, 4, 0.7)) - 1.2
    return colour * (shade * (1 + 0.16 * _relief(height).clip(-2, 2)))[..., None] + 0.05 * fuzz.clip(0, 2)[..., None]


def _ink_wash(rng) -> np.ndarray:
    """Bamboo in ink on rice paper: wet washes with dark rims, dry strokes, leaves, and vermilion seals."""
    x, y = _grid()
    density = np.zeros((_SIDE, _SIDE), np.float32)
    for scale, level, weight in ((60, -0.2, 0.16), (38, 0.5, 0.26), (22, 1.0, 0.3)):
        field = _noise(rng, scale) + 0.12 * _noise(rng, 5) + 0.05 * _noise(rng, 1.5)
        wet = _smooth(field, level, level + 0.06)
        density += weight * wet * (0.75 + np.exp(-(((field - level) / 0.14) ** 2)) + 0.12 * _noise(rng, 1.2))
    for dark, count, leaves, long in ((0.28, 4, 130, 46), (0.6, 4, 120, 42), (1.05, 3, 130, 38)):
        layer = np.zeros((_SIDE, _SIDE), np.float32)
        hairs = _noise(rng, 0.8, 30)
        for place in (np.arange(count) + rng.uniform(0.1, 0.9, count)) * 256 / count:
            half, slope, first = rng.uniform(3.5, 7.5), rng.uniform(-0.12, 0.12), rng.uniform(0, 50)
            near = slice(max(0, int(place - 28) * _ZOOM), int(place + 28) * _ZOOM)
            beside, down = x[:, near] - place - slope * (y[:, near] - 128), y[:, near] + first
            beside = (beside - 3 * np.sin(down / 60)) / half
            knot = np.abs((down + 1.2 * beside**2) % 54 - 27)
            stalk = _smooth(1 - np.abs(beside) * (1 - 0.12 * _smooth(knot, 25, 18)), 0, 0.12)
            dry = _smooth(hairs[:, near] + 1.1 - 0.6 * beside**2, -0.3, 0.6) * _smooth(26.3 - knot, 0, 0.6)
            tone = 0.3 + 0.5 * np.abs(beside.clip(-1, 1)) ** 2 + 0.25 * _smooth(knot, 21, 26)
            layer[:, near] = np.maximum(layer[:, near], stalk * dry * tone)
        hubs = rng.uniform(0, 256, (leaves // 5, 2)).repeat(5, 0) + rng.uniform(-5, 5, (leaves // 5 * 5, 2))
        heading = rng.normal(1.5, 0.55, leaves // 5).repeat(5) + np.tile(np.linspace(-0.9, 0.9, 5), leaves // 5)
        s = np.linspace(0, 1, 14)
        bend = heading[:, None] + np.outer(rng.uniform(-0.6, 0.6, len(hubs)), s)
        size = long * rng.uniform(0.6, 1.15, len(hubs))
        paths = hubs[:, None] + np.cumsum(np.stack([np.cos(bend), np.sin(bend)], 2), 1) * size[:, None, None] / 14
        brushed = np.zeros((_SIDE, _SIDE), np.uint8)
        inks = rng.uniform(150, 245, (len(hubs), 1))
        _strokes(brushed, rng, paths, size * 0.17, inks, bristles=7, wild=34)
        brushed = cv2.GaussianBlur(brushed, (0, 0), 1.2).astype(np.float32) / 255
        layer = np.maximum(layer, brushed * (0.9 + 0.1 * _noise(rng, 1)))
        density = density * (1 - 0.5 * _smooth(layer, 0, 0.2)) + 2.3 * dark * layer
    fibre = np.maximum(_noise(rng, 0.8, 9), _noise(rng, 9, 0.8))
    paper = _colours("f0e7d2")[0] * (1 + 0.018 * _noise(rng, 1) - 0.03 * (fibre - 1.3).clip(0, 2))[..., None]
    picture = paper * np.exp(-density[..., None].clip(0, 4) * np.array([1.0, 0.97, 0.9], np.float32))
    seal = np.zeros((_SIDE, _SIDE), np.uint8)
    spots = np.array([(34, 48), (172, 30), (104, 120), (222, 138), (40, 206), (160, 222)]) + rng.uniform(-8, 8, (6, 2))
    for place in spots:
        turn, half = rng.uniform(-0.12, 0.12), rng.uniform(8.5, 11.5)
        axes = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) * half
        square = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
        cv2.fillPoly(seal, [_points(place + square @ axes)], 255, cv2.LINE_AA, 4)
        for column in (-0.42, 0.42):  # two made-up characters a column: bars and uprights
            for upper in (-0.75, 0.1):
                bars = [((-0.27, level), (0.27, level)) for level in rng.permutation(4)[:3] * 0.2]
                bars += [((side, 0), (side, 0.62)) for side in rng.permutation([-0.22, 0, 0.22])[:2]]
                for bar in np.add(bars, (column, upper)) @ axes + place:
                    cv2.polylines(seal, [_points(bar)], False, 0, 4, cv2.LINE_AA, 4)
    worn = seal[..., None] / np.float32(255) * _smooth(_noise(rng, 1.6) + 1.7, -0.2, 0.3)[..., None]
    return picture * (1 - worn) + worn * _colours("d42a1c")[0] * (0.7 + 0.3 * picture)


def _stained_glass(rng) -> np.ndarray:
    """Rose windows in leaded jewel glass: ruby, cobalt, emerald, amber, violet; bubbles and inner glow."""
    x, y = _grid()
    sites = np.full((_SIDE, _SIDE), 255, np.uint8)
    spots = np.array([(i * 22 + 11 * (j % 2), j * 20) for j in range(14) for i in range(13)])
    spots = spots + rng.uniform(-7, 7, spots.shape)
    column, row = (spots * _ZOOM).astype(int).clip(0, _SIDE - 1).T
    sites[row, column] = 0
    _, label = cv2.distanceTransformWithLabels(sites, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    label = label.astype(np.float32)
    drift = [(side + 5 * _noise(rng, 40)) * _ZOOM for side in (x, y)]
    label = cv2.remap(label, *drift, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT).astype(np.int32)
    palette = _colours("b5121b 1238a8 0c8a4a f2a516 6a1f9a 1c86d6 e8471c fbe9a6 0b1f6b 12a89a")
    hue = rng.choice([1, 1, 8, 5, 5, 4, 9], 4096)
    roses = np.array([
        (62, 66, 56), (196, 52, 52), (134, 164, 58), (14, 178, 50), (250, 178, 54), (60, 262, 46), (196, 262, 42),
        (128, 0, 24),
    ])  # fmt: skip
    schemes = ((3, 0, 7, 6, 2), (7, 4, 3, 0, 1), (6, 2, 7, 3, 0), (3, 5, 0, 7, 4))
    for i, (column, row, radius) in enumerate(roses):
        near = tuple(slice(max(0, (side - radius) * _ZOOM), (side + radius) * _ZOOM) for side in (row, column))
        right, down = x[near] - column, y[near] - row
        distance = np.hypot(right, down) / radius
        petals = (8, 10, 12, 6)[i % 4] if radius > 30 else 6
        turn = (np.arctan2(down, right) / (2 * np.pi) + 0.5 + 0.03 * i) % 1 * petals
        petal = np.maximum(0.2, 0.34 + 0.36 * np.sqrt(np.abs(np.sin(np.pi * turn))))
        part = np.where(distance < petal, 20 + turn.astype(int), 40 + (turn + 0.5).astype(int) % petals)
        part = np.where(distance < 0.2, 0, np.where(distance > 0.8, 60 + (turn * 2).astype(int), part))
        start, glass = 300 + i * 100, schemes[i % 4]
        label[near] = np.where(distance < 1, start + part, label[near])
        hue[start], hue[start + 20 : start + 40], hue[start + 40 : start + 60] = glass[:3]
        hue[start + 60 : start + 100 : 2], hue[start + 61 : start + 100 : 2] = glass[3:]
    edges = np.ones((_SIDE, _SIDE), np.uint8)
    edges[:, 1:] &= label[:, 1:] == label[:, :-1]
    edges[1:] &= label[1:] == label[:-1]
    away = cv2.distanceTransform(edges, cv2.DIST_L2, 5) / _ZOOM
    tone = rng.normal(1, 0.16, 4096).astype(np.float32)[label]
    streak = 0.11 * _noise(rng, 5, 22) + 0.07 * _noise(rng, 2, 7) + 0.04 * _noise(rng, 1)
    glow = 0.55 + 0.75 * _smooth(away, 0.5, 9)
    colour = palette[hue[label]] * (tone * (glow + streak))[..., None]
    colour = colour + 0.22 * _smooth(away, 3, 12)[..., None] * (0.5 + streak[..., None])
    bubbles = np.zeros((_SIDE, _SIDE), np.float32)
    for place, radius in zip(rng.uniform(0, 256, (300, 2)), rng.uniform(0.4, 1.3, 300), strict=True):
        cv2.circle(bubbles, _points(place).tolist(), int(radius * 64), 1, 2, cv2.LINE_AA, 4)
    colour = colour + 0.2 * (bubbles + _relief(bubbles) * 0.25)[..., None]
    lead = 1 - _smooth(away, 1.25, 1.6)
    metal = 0.07 + 0.10 * _smooth(_relief(1.3 - away.clip(0, 1.3)), 0.1, 1.0) + 0.015 * _noise(rng, 1)
    halo = cv2.GaussianBlur((colour * (1 - lead[..., None])).clip(0, 1), (0, 0), 10)
    return colour * (1 - lead[..., None]) + lead[..., None] * metal[..., None] + 0.14 * halo


_DRAW = dict(zip(MADE, (_brush_strokes, _mosaic, _woodcut_waves, _weave, _ink_wash, _stained_glass), strict=True))
