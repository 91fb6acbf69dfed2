"""Large holes in small windows of photos, and two measures of whether what fills them is believable.

Pictures are (n, SIDE, SIDE, 3), floats in [0, 1]; masks (n, SIDE, SIDE, 1) are 1 where a pixel is known.
"""

import numpy as np
import tensorflow as tf

from helpers import degrade, features, pipeline
from helpers.metrics import masked_psnr

SIDE, VIEW = 48, 32


def masks(count: int, seed: int) -> np.ndarray:
    """Masks (count, SIDE, SIDE, 1) float32: in turn a square of 20 to 24 pixels and a badge, each wholly inside.

    A badge is a rounded star with three to eight points, at most 27 pixels wide.
    """
    rng = np.random.default_rng(seed)
    y, x = np.indices((SIDE, SIDE))[:, None] + 0.5 - rng.integers(16, SIDE - 15, (2, count, 1, 1))
    hole = np.maximum(abs(y), abs(x)) < rng.integers(10, 13, (count, 1, 1))
    points, turn = rng.integers(3, 9, (count, 1, 1)), rng.uniform(0, 2 * np.pi, (count, 1, 1))
    badge = np.hypot(y, x) < 12 + 1.5 * np.cos(points * np.arctan2(y, x) + turn)
    hole[1::2] = badge[1::2]
    return np.float32(~hole[..., None])


def damaged_windows(count: int = 2048, seed: int = 0):
    """An augmentation for `pipeline.training_batches`: (pictures with holes and masks, whole pictures).

    It cuts windows of SIDE pixels out of larger square pictures, the same place for a whole batch, mirrors half of
    them, and gives each one of `count` masks, anew at every step.
    """
    drawn = masks(count, seed)

    def augment(pictures, _, seed):
        places = tf.shape(pictures)[1] - SIDE + 1
        top, left = tf.unstack(tf.random.stateless_uniform([2], seed, 0, places, tf.int32))
        whole = pipeline.random_flip(pictures[:, top : top + SIDE, left : left + SIDE], seed + 1)
        chosen = tf.random.stateless_uniform([tf.shape(pictures)[0]], seed + 2, 0, count, tf.int32)
        return degrade.with_holes(whole, tf.gather(drawn, chosen)), whole

    return augment


def around_hole(pictures, masks):
    """The VIEW x VIEW pixels around each hole, (n, VIEW, VIEW, channels), as a tensor; any number of channels."""
    for axis in (1, 2):
        known = tf.reduce_min(masks[..., 0], axis=3 - axis)
        first, last = tf.argmin(known, 1), SIDE - 1 - tf.argmin(known[:, ::-1], 1)
        corner = tf.clip_by_value((first + last + 1 - VIEW) // 2, 0, SIDE - VIEW)
        pictures = tf.gather(pictures, corner[:, None] + tf.range(VIEW, dtype=tf.int64), axis=axis, batch_dims=1)
    return pictures


def frechet(made, masks, real) -> float:
    """Fréchet distance between what is around the holes in two sets, enlarged to 64 pixels, in the feature network."""
    crops = (tf.image.resize(around_hole(x, masks), (64, 64), "bicubic") for x in (made, real))
    return features.frechet_distance(*(features.embedding(np.clip(x, 0, 1)) for x in crops))


def grain(made, masks, real) -> float:
    """Distance of the fine structure inside the holes: 0 where it is equal, 1 where there is none.

    Patches of 5 x 5 pixels of the pictures minus their blurred selves, out of the middle of the holes, are projected on
    random directions and sorted: a sliced Wasserstein distance (Karras et al., ICLR 2018), divided by that of no
    structure at all. It needs no network.
    """
    directions, found = np.random.default_rng(0).normal(size=(75, 128)).astype(np.float32), []
    for pictures in (made, real):
        fine = around_hole(pictures - degrade.gaussian_blur(pictures, 2.0, 6), masks)[:, 8:-8, 8:-8].numpy()
        patches = np.lib.stride_tricks.sliding_window_view(fine, (5, 5), axis=(1, 2))[:, ::3, ::3]
        found.append(np.sort(patches.reshape(-1, 75) @ directions, axis=0))
    return float(abs(found[0] - found[1]).mean() / abs(found[1]).mean())


def scores(made, masks, real) -> dict[str, float]:
    """Perception and distortion of one set: "Fréchet", "grain", and the "hole PSNR" in dB over the hole's pixels."""
    found = {"Fréchet": frechet(made, masks, real), "grain": grain(made, masks, real)}
    return found | {"hole PSNR": float(masked_psnr(real, made, 1 - masks).mean())}


def grained(fill, masks, strength: float) -> np.ndarray:
    """`fill` with film grain in the holes: independent normal noise of that standard deviation, always the same."""
    noise = np.random.default_rng(0).normal(size=fill.shape).astype(np.float32)
    return np.where(masks > 0.5, fill, np.clip(fill + strength * noise, 0, 1))
