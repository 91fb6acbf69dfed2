"""Edits whose truth is known: catalogue products in one frame, the same scenes edited, and the judges of edits."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import tensorflow as tf
from scipy.ndimage import gaussian_filter
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import pairwise_distances
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from helpers import features
from helpers.datasets import catalogue

ATTRIBUTES = ("kind", "colour", "pattern")
SCENE_TOLERANCE = 10  # grey levels of 255 by which the backdrop may move, on average, in an edit that keeps the scene
LEAST_CONTRAST = 110  # Euclidean distance of a product's two colours in RGB below which a pattern is hard to see


@dataclass(frozen=True)
class Products:
    """Framed products: images (n, size, size, 3) uint8; labels (n, 3), places in the names of ATTRIBUTES; sku (n,)."""

    images: np.ndarray
    labels: np.ndarray
    sku: np.ndarray

    def __len__(self):
        return len(self.sku)


@dataclass(frozen=True)
class Edits(Products):
    """Products and the edits asked for: wanted (n, 3), another value than `labels` everywhere, one edit a column.

    truth: for "colour" and "pattern" the same scene, rendered with the wanted value: (n, size, size, 3) uint8.
    """

    wanted: np.ndarray
    truth: dict[str, np.ndarray]

    def wishes(self, attribute: int) -> np.ndarray:
        """(n, 3): the labels that an edit of this one attribute is to lead to."""
        labels = self.labels.copy()
        labels[:, attribute] = self.wanted[:, attribute]
        return labels


def framed(pictures, boxes, *, fill: float = 0.875) -> np.ndarray:
    """Each picture moved and scaled: its box in the middle, the box's longer side `fill` of the frame.

    `pictures` (n, size, size, 3) uint8, `boxes` (n, 4) as (x_min, y_min, x_max, y_max) in pixels. Cubic resampling;
    the picture's edge is repeated where more of it is needed. Raises `ValueError` where a box is empty.
    """
    size, framed_pictures = pictures.shape[1], []
    for picture, (left, top, right, bottom) in zip(pictures, np.asarray(boxes, np.float64), strict=True):
        longer = max(right - left, bottom - top)
        if longer <= 0:
            raise ValueError("a box is empty: there is no product to put in the middle")
        scale = fill * size / longer
        # pixel centres stand at whole numbers, box edges between them
        shifts = [(size - scale * (low + high)) / 2 + (scale - 1) / 2 for low, high in ((left, right), (top, bottom))]
        moves = np.array([[scale, 0, shifts[0]], [0, scale, shifts[1]]])
        options = {"flags": cv2.INTER_CUBIC, "borderMode": cv2.BORDER_REPLICATE}
        framed_pictures.append(cv2.warpAffine(picture, moves, (size, size), **options))
    return np.stack(framed_pictures)


def products(n: int, size: int, names: dict, *, seed: int, first_sku: int) -> Products:
    """At most n studio pictures of products with the values in `names`, framed; the rest hardly shows its pattern.

    `names` maps each of ATTRIBUTES to the values to draw from, as `catalogue.singles` does. Left out are products
    whose second colour is within LEAST_CONTRAST of the first.
    """
    pack = _rendered(n, size, names, seed, first_sku)
    rows = _contrast(pack.colour, pack.second_colour) >= LEAST_CONTRAST
    return Products(framed(pack.images[rows], pack.boxes[rows]), _labels(pack, names)[rows], pack.sku[rows])


def edits(per_group: int, size: int, names: dict, *, seed: int, first_sku: int) -> Edits:
    """At most `per_group` products for every pair of colour and pattern, each with an edit of each attribute.

    A group's scenes are rendered three times: as they are, in the wanted colour, with the wanted pattern; shape, view,
    light and backdrop are the same, and so is the frame. A change of kind has no such truth. Arguments as `products`.
    """
    colours, patterns, groups = names["colour"], names["pattern"], []
    for group in range(len(colours) * len(patterns)):
        colour, pattern = group % len(colours), group // len(colours)
        new_colour = (colour + 1 + group % (len(colours) - 1)) % len(colours)
        new_pattern = (pattern + 1 + group % (len(patterns) - 1)) % len(patterns)
        pairs = ((colour, pattern), (new_colour, pattern), (colour, new_pattern))
        packs = []
        for one, other in pairs:
            narrowed = names | {"colour": (colours[one],), "pattern": (patterns[other],)}
            packs.append(_rendered(per_group, size, narrowed, seed + group, first_sku))
        same = packs[0]
        rows = np.all([_contrast(pack.colour, same.second_colour) >= LEAST_CONTRAST for pack in packs], axis=0)
        pictures = [framed(pack.images, same.boxes)[rows] for pack in packs]  # the frame of the product as it is
        labels = _labels(same, names)[rows]
        targets = np.tile([0, new_colour, new_pattern], (len(labels), 1))
        groups.append((pictures[0], labels, same.sku[rows], targets, pictures[1], pictures[2]))
    images, labels, skus, wanted, recoloured, repatterned = map(np.concatenate, zip(*groups, strict=True))
    kinds = len(names["kind"])
    wanted[:, 0] = (labels[:, 0] + 1 + np.arange(len(labels)) % (kinds - 1)) % kinds
    return Edits(images, labels, skus, wanted, {"colour": recoloured, "pattern": repatterned})


def enlarged(pictures, side: int = 64) -> np.ndarray:
    """Pictures (n, height, width, 3), uint8 or floats around [0, 1], as floats in [0, 1] of `side` pixels, bicubic."""
    pictures = np.asarray(pictures)
    scale = 255 if pictures.dtype == np.uint8 else 1
    small = np.clip(pictures.astype(np.float32) / scale, 0, 1)
    return np.clip(tf.image.resize(small, (side, side), method="bicubic").numpy(), 0, 1)


def same_scene(pictures, edited) -> np.ndarray:
    """Whether the backdrop has stayed: (n,) bool. Uint8 `pictures` and float `edited`, both (n, size, size, 3).

    Compared is the frame, a sixteenth of the side wide, of the upper half, which `framed` products and their shadows
    leave free: its mean absolute difference is below SCENE_TOLERANCE.
    """
    size = pictures.shape[1]
    frame = np.zeros((size, size), bool)
    frame[: size // 16, :] = frame[: size // 2, : size // 16] = frame[: size // 2, -(size // 16) :] = True
    return np.abs(255 * np.asarray(edited) - pictures)[:, frame].mean(axis=(1, 2)) < SCENE_TOLERANCE


class Judges:
    """For each attribute, logistic regression on `features.embedding` of enlarged pictures: what does an edit show?

    They learn from the first `most` of `products`, every third as it is, the others blurred by 0.5 and 0.8 px, so that
    they also know soft pictures; a judge of sharp ones only calls a soft pattern anything.
    """

    BLURS = (0.0, 0.5, 0.8)

    def __init__(self, products: Products, most: int = 2400):
        soft = [
            gaussian_filter(picture / 255, (self.BLURS[i % 3], self.BLURS[i % 3], 0))
            for i, picture in enumerate(products.images[:most])
        ]
        seen, self._before = embedded(soft), {}
        self.each = [
            make_pipeline(StandardScaler(), LogisticRegression(C=0.03, max_iter=300)).fit(seen, labels)
            for labels in products.labels[:most].T
        ]

    def see(self, pictures) -> np.ndarray:
        """The value of every attribute, (n, 3), in pictures (n, height, width, 3) as `enlarged` takes them."""
        seen = embedded(pictures)
        return np.stack([judge.predict(seen) for judge in self.each], axis=1)

    def certainty(self, pictures, attribute: int, wanted) -> np.ndarray:
        """The probability that the judge of `attribute` gives the values `wanted` (n,): (n,)."""
        return self.each[attribute].predict_proba(embedded(pictures))[np.arange(len(wanted)), wanted]

    def outcome(self, products: Edits, attribute: int, edited, *, scene: bool = True) -> tuple[np.ndarray, np.ndarray]:
        """Of edits of one attribute: has it flipped, and has the rest been kept? Two (n,) bool.

        Flipped: its judge sees the wanted value. Kept: the two others see what they saw before, and the scene is the
        same (`same_scene`); with `scene=False` only the judges are asked.
        """
        if id(products) not in self._before:
            self._before[id(products)] = products, self.see(products.images)
        after = self.see(edited)
        same = np.delete(after == self._before[id(products)][1], attribute, axis=1).all(axis=1)
        if scene:
            same = same & same_scene(products.images, edited)
        return after[:, attribute] == products.wanted[:, attribute], same


def asked(edit: Callable, products: Edits, attribute: int, strength: float, reach: float) -> np.ndarray:
    """The edits of one attribute that `products` ask for: `edit(pictures, labels, wishes, strength, reach)`.

    `edit` is given uint8 pictures, the labels (n, 3) that they have and those they are to have; it returns floats.
    """
    return edit(products.images, products.labels, products.wishes(attribute), strength, reach)


def tried(edit: Callable, judges: Judges, products: Edits, strengths, reaches) -> dict:
    """How `edit` (see `asked`) does with every setting: {setting: (share flipped, share kept, share of both)}.

    A setting is (attribute, strength, reach), the attribute a number.
    """
    table = {}
    for setting in itertools.product(range(len(ATTRIBUTES)), strengths, reaches):
        flipped, kept = judges.outcome(products, setting[0], asked(edit, products, *setting))
        table[setting] = float(flipped.mean()), float(kept.mean()), float((flipped & kept).mean())
    return table


def trade_off(table: dict, reach: float) -> np.ndarray:
    """(strengths, 2): the shares flipped and kept as the strength grows, means over the attributes, of `tried`."""
    strengths = list(dict.fromkeys(strength for _, strength, _ in table))
    rows = [[table[key][:2] for key in table if key[1:] == (strength, reach)] for strength in strengths]
    return np.mean(rows, axis=1)


def most_successful(name: str, table: dict) -> list[tuple]:
    """For every attribute, the setting of a table made by `tried` with the largest share of both; prints one line.

    Of equals the first is taken.
    """
    attributes = sorted({setting[0] for setting in table})
    best = [max((s for s in table if s[0] == attribute), key=lambda s: table[s][2]) for attribute in attributes]
    print(f"{name}:", "; ".join(f"{ATTRIBUTES[a]}: strength {s:g}, reach {r:g}" for a, s, r in best))
    return best


def measures(judges: Judges, products: Edits, edited) -> dict[str, float]:
    """The scores of `edited`, one batch (n, size, size, 3) of floats in [0, 1] for each attribute.

    "success" is the mean over attributes of the share that flipped and kept the others, which stands by attribute too;
    "flipped" and "kept" are means over attributes; "judged" is the success that does not ask for the same scene; "off
    truth" is the mean absolute difference of the colour and pattern edits from the re-rendered scene, in grey levels
    of 255.
    """
    lenient = [judges.outcome(products, attribute, pictures, scene=False) for attribute, pictures in enumerate(edited)]
    results = [
        (flipped, kept & same_scene(products.images, pictures))
        for (flipped, kept), pictures in zip(lenient, edited, strict=True)
    ]
    both = [float(np.mean(flipped & kept)) for flipped, kept in results]
    flipped, kept = np.mean(results, axis=(0, 2))
    truths = [products.truth[name] / np.float32(255) for name in ATTRIBUTES[1:]]
    off = np.mean([np.abs(truth - pictures).mean() for truth, pictures in zip(truths, edited[1:], strict=True)])
    found = {"success": np.mean(both), **dict(zip(ATTRIBUTES, both, strict=True))}
    judged = np.mean(np.all(lenient, axis=1))
    found |= {"flipped": flipped, "kept": kept, "judged": judged, "off truth": 255 * off}
    return {name: float(value) for name, value in found.items()}


def nearest(products: Edits, shop: Products, attribute: int) -> np.ndarray:
    """For each product the picture in `shop`, nearest in pixels, that has the labels the edit asks for, all three.

    Where no picture has them, one with the fewest other labels is taken. Returns (n, size, size, 3) floats in [0, 1].
    """
    wrong = (products.wishes(attribute)[:, None] != shop.labels[None]).sum(axis=2)
    far = pairwise_distances(*(part.images.reshape(len(part), -1) / np.float32(255) for part in (products, shop)))
    return shop.images[(far + 2 * far.max() * wrong).argmin(axis=1)] / np.float32(255)


def embedded(pictures) -> np.ndarray:
    """`features.embedding` of `enlarged` pictures: (n, 160)."""
    return features.embedding(enlarged(pictures))


def _rendered(n, size, names, seed, first_sku):
    narrowed = {"kinds": names["kind"], "colours": names["colour"], "patterns": names["pattern"]}
    return catalogue.singles(n, size, seed=seed, first_sku=first_sku, **narrowed)


def _contrast(first, second):
    rgb = np.array(list(catalogue.COLOURS.values()), float)
    return np.linalg.norm(rgb[first] - rgb[second], axis=-1)


def _labels(pack, names):
    """(n, 3): the positions of kind, colour and pattern in `names`."""
    whole = {"kind": catalogue.KINDS, "colour": catalogue.COLOUR_NAMES, "pattern": catalogue.PATTERNS}
    found = []
    for name, known in whole.items():
        places = {known.index(value): place for place, value in enumerate(names[name])}
        found.append([places[int(value)] for value in getattr(pack, name)])
    return np.array(found, np.int64).T
