"""Recordings of look-alike products on a turntable, and what a network for one view says about every frame of them."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import cycle

import keras
import numpy as np
import tensorflow as tf

from helpers import pipeline, show
from helpers.datasets import catalogue

COUNTS = (1, 2, 3, 4, 6, 8)  # after how many views an answer is asked for


@dataclass(frozen=True)
class Recordings:
    """n turns of a table: `images` and `clean` (n, views, side, side, 3) uint8, `labels` (n,), `yaw` (n, views).

    `clean` is the table undisturbed, `images` what a camera sees when something hides a box of every frame. `yaw` is in
    degrees.
    """

    images: np.ndarray
    clean: np.ndarray
    labels: np.ndarray
    yaw: np.ndarray

    def __len__(self):
        return len(self.labels)

    @property
    def frames(self) -> np.ndarray:
        """All frames, one recording after the other: (n * views, side, side, 3)."""
        return np.concatenate(self.images)

    @property
    def frame_labels(self) -> np.ndarray:
        """The label of every frame of `frames`, (n * views,)."""
        return np.repeat(self.labels, self.images.shape[1])


@lru_cache
def twins(kind: str, size: int = 4) -> tuple[int, ...]:
    """SKU ids of the kind's first family of `size` plain look-alikes that share main colour and material.

    What still differs is the colour of the trims, one measure of the shape, or both. Raises `ValueError` for an
    unknown kind, and where none of the first 5,000 families is that alike.
    """
    if kind not in catalogue.KINDS:
        raise ValueError(f"kind is one of {', '.join(catalogue.KINDS)}; not {kind!r}")
    place = catalogue.KINDS.index(kind)
    for first in range(0, 5000 * size, size):
        parent = catalogue.describe(catalogue.sku_id(place, first, size))
        if catalogue.PATTERNS[parent.pattern] != "solid":
            continue
        skus = tuple(catalogue.sku_id(place, first + k, size) for k in range(size))
        looks = ((sku.colour, sku.pattern, sku.material) for sku in map(catalogue.describe, skus))
        if all(look == (parent.colour, parent.pattern, parent.material) for look in looks):
            return skus
    raise ValueError(f"no family of {size} of kind {kind!r} is plain and shares main colour and material")


def record(
    kinds, count: int, seed: int, *, views: int = 8, side: int = 48, size: int = 4, backdrop: str = "texture"
) -> Recordings:
    """`count` recordings of each kind, each of one of its `twins`, from a random first angle.

    Labels number the SKUs kind by kind, so `label // size` is the family, a position in `kinds`. Every recording draws
    its own light, backdrop, camera height, zoom and hidden boxes. Different multiples of 100 as `seed` share nothing.
    """
    packs = []
    for kind in kinds:
        number = twins(kind, size)[0] - catalogue.sku_id(catalogue.KINDS.index(kind), 0, size)
        which = {"kinds": kind, "first_sku": number, "skus_per_kind": size, "lookalike_group": size}
        asked = {"seed": seed + catalogue.KINDS.index(kind), "backdrop": backdrop}
        packs.append(catalogue.turntables(count, views, side, **asked, **which))
    clean, skus, yaw = (np.concatenate([getattr(pack, name) for pack in packs]) for name in ("images", "sku", "yaw"))
    label_of = {sku: label for label, sku in enumerate(sku for kind in kinds for sku in twins(kind, size))}
    return Recordings(hide_boxes(clean, seed), clean, np.array([label_of[sku] for sku in skus.tolist()]), yaw)


def hide_boxes(recordings, seed: int, *, smallest: float = 0.4, largest: float = 0.7) -> np.ndarray:
    """A copy in which a box of each frame is painted over, at a random place and in a random colour.

    `recordings` (n, views, height, width, 3) uint8; the box's sides are `smallest` to `largest` of the frame's.
    """
    random, recordings = np.random.default_rng(seed), np.array(recordings)
    for frame in recordings.reshape(-1, *recordings.shape[2:]):
        height, width = (random.uniform(smallest, largest, 2) * frame.shape[:2]).astype(int)
        top, left = random.integers(frame.shape[0] - height + 1), random.integers(frame.shape[1] - width + 1)
        frame[top : top + height, left : left + width] = random.integers(60, 220, 3)
    return recordings


def random_boxes(pictures, seed, *, smallest: float = 0.4, largest: float = 0.7):
    """What `hide_boxes` does, as an augmentation: one box in a random colour over each picture of a float batch.

    `pictures` (n, height, width, 3) in [0, 1]; `seed` (2,) integers for TensorFlow's stateless random operations.
    """
    n, height, width = tf.unstack(tf.shape(pictures)[:3])
    sides = tf.random.stateless_uniform([2, n, 1], seed, smallest, largest)
    starts = tf.random.stateless_uniform([2, n, 1], seed + 1) * (1 - sides)
    inside = []
    for axis, length in enumerate((height, width)):
        places = (tf.cast(tf.range(length), tf.float32)[None] + 0.5) / tf.cast(length, tf.float32)
        inside.append((places >= starts[axis]) & (places < starts[axis] + sides[axis]))
    hidden = inside[0][:, :, None, None] & inside[1][:, None, :, None]
    colours = tf.random.stateless_uniform([n, 1, 1, 3], seed + 2, 60 / 255, 220 / 255)
    return tf.where(hidden, colours, pictures)


def told_by(sku: int, parent: int) -> str:
    """The second colour of a SKU, and whether its shape is another than its parent's, in a few words."""
    one, other = catalogue.describe(sku), catalogue.describe(parent)
    colour = catalogue.COLOUR_NAMES[one.second_colour]
    return colour if one.parameters == other.parameters else f"{colour}, other shape"


def look(network: keras.Model, recordings, augment=None, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """What a network for single views says of each: features (n, views, f) and logits (n, views, classes), float32.

    Parameters
    ----------
    network: takes pictures in [0, 1]; its pooled layer is called "features", its output is the logits.
    recordings: (n, views, height, width, 3) uint8.
    augment: as for `pipeline.training_batches`, to see a changed version of every frame; `seed` chooses which.
    """
    both = keras.Model(network.inputs, [network.get_layer("features").output, network.output])
    n, views = recordings.shape[:2]
    flat, seen = recordings.reshape(n * views, *recordings.shape[2:]), []
    for start in range(0, len(flat), 128):
        batch = pipeline.to_float(tf.constant(flat[start : start + 128]))
        if augment is not None:
            batch, _ = augment(batch, batch, tf.constant([seed, start], tf.int64))
        seen.append([np.asarray(part, np.float32) for part in both(batch, training=False)])
    features, logits = (np.concatenate(part).reshape(n, views, -1) for part in zip(*seen, strict=True))
    return features, logits


def nearest_view(values, yaw, angle: float) -> np.ndarray:
    """Of each recording's `values` (n, views, ...) those of the view whose `yaw` (n, views) is nearest to `angle`."""
    return values[np.arange(len(values)), np.cos(np.deg2rad(yaw - angle)).argmax(axis=1)]


def surest_view(logits) -> np.ndarray:
    """Of each recording the logits of the view with the highest probability for any class: (n, views, c) to (n, c)."""
    sureness = tf.nn.softmax(logits).numpy().max(axis=-1)
    return logits[np.arange(len(logits)), sureness.argmax(axis=1)]


def labels_by_count(rule, sequences, counts=COUNTS) -> np.ndarray:
    """Labels after the first 1, 2, 3, … views, (counts, n): `rule` maps any (n, views, ...) to logits (n, classes)."""
    return np.stack([np.argmax(rule(sequences[:, :count]), axis=-1) for count in counts])


def followed(sequences, seed: int) -> np.ndarray:
    """The first half of each sequence (n, views, ...), followed by the second half of another, drawn at random."""
    half, others = sequences.shape[1] // 2, np.random.default_rng(seed).permutation(sequences)
    return np.concatenate([sequences[:, :half], others[:, half:]], axis=1)


def show_accuracy(answers, truth, *, counts=COUNTS, description: str) -> None:
    """Top-1 accuracy after each number of views: one line a method, a band from its worst to its best seed.

    `answers` maps (name, role) to a list over seeds of labels (counts, n), as `labels_by_count` gives them. The second
    panel shows the same lines where the right row and its peers lie.
    """
    shades = {role: cycle([colour]) for role, colour in show.COLOURS.items()}
    shades |= {"simple": cycle(["#9ecae1", "#5b8fc7", "#1f4e8c"])}
    shades |= {"peer": cycle(["#8c564b", "#e377c2", "#8e6bb0", "#bcbd22", "#e08a1e"])}
    fig, axes = show.figure(10.5, 4.6, 2)
    near = []
    for (name, role), by_seed in answers.items():
        scores, colour = (np.array(by_seed) == truth).mean(axis=-1), next(shades[role])
        thick = {"lw": 3.2 if role == "right" else 1.7, "marker": "o", "ms": 4}
        near += [scores] if role in ("peer", "right") else []
        dashed = "-" if role in ("peer", "right") else "--"
        for axis in axes:
            axis.plot(counts, scores.mean(axis=0), dashed, color=colour, label=name, **thick)
            axis.fill_between(counts, scores.min(axis=0), scores.max(axis=0), color=colour, alpha=0.15)
    lowest, highest = min(map(np.min, near)), max(map(np.max, near))
    axes[0].set(xlabel="views seen, in the order of the turn", ylabel="top-1 accuracy", ylim=(0, 1), xticks=counts)
    axes[1].set(xlabel="views seen", title="enlarged", ylim=(lowest - 0.02, min(1, highest + 0.02)), xticks=counts)
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4, fontsize=9, frameon=False)
    show.finish(fig, description)
