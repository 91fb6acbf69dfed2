"""Arrays to batches: shuffle, then batch, then augment, then prefetch; every random draw a function of (seed, step).

Nothing here keeps state between steps: the order of an epoch and the random numbers of a batch are computed from the
seed and the step's number. So a training that is resumed at step k sees exactly the batches it would have seen, and
parallel workers cannot change them.
"""

import hashlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf


def to_float(pictures):
    """Pictures as float32 in [0, 1]: uint8 is divided by 255, floats are passed on."""
    if pictures.dtype == tf.uint8:
        return tf.cast(pictures, tf.float32) / 255.0
    return tf.cast(pictures, tf.float32)


@dataclass(frozen=True)
class Batches:
    """Endless, resumable training batches. Made by `training_batches`."""

    pictures: np.ndarray
    targets: np.ndarray | None
    batch_size: int
    augment: Callable[..., Any] | None
    seed: int

    @property
    def steps_per_epoch(self) -> int:
        """Full batches in one pass over the pictures."""
        return len(self.pictures) // self.batch_size

    def dataset(self, first_step: int = 0) -> tf.data.Dataset:
        """The batches from step `first_step` on, without end."""
        count, size, steps = len(self.pictures), self.batch_size, self.steps_per_epoch
        # The arrays travel beside the counter: a map function that captured them is freed late, and they with it.
        held = (self.pictures,) if self.targets is None else (self.pictures, self.targets)

        def batch(step, pictures, targets=None):
            epoch, position = step // steps, step % steps
            order_seed = tf.cast(tf.stack([self.seed, epoch]), tf.uint32)
            ranks = position * size + tf.range(size, dtype=tf.int64)
            rows = tf.random.experimental.index_shuffle(ranks, order_seed, tf.constant(count - 1, tf.int64))
            x = to_float(tf.gather(pictures, rows))
            y = x if targets is None else tf.gather(targets, rows)
            return (
                (x, y) if self.augment is None else self.augment(x, y, tf.stack([tf.cast(self.seed, tf.int64), step]))
            )

        steps_from = tf.data.Dataset.counter(first_step)
        steps_and_arrays = tf.data.Dataset.zip(steps_from, tf.data.Dataset.from_tensors(held).repeat())
        made = steps_and_arrays.map(lambda step, arrays: batch(step, *arrays), num_parallel_calls=tf.data.AUTOTUNE)
        return made.prefetch(tf.data.AUTOTUNE)

    def fingerprint(self) -> str:
        """A digest of the data, the batch size, the seed and the augmentation's source."""
        text = hashlib.sha256(np.ascontiguousarray(self.pictures[::16]))
        if self.targets is not None:
            text.update(np.ascontiguousarray(self.targets[::16]))
        try:
            source = inspect.getsource(self.augment) if self.augment else ""
        except (OSError, TypeError):
            source = repr(getattr(self.augment, "__name__", self.augment))
        text.update(f"{len(self.pictures)} {self.batch_size} {self.seed} {source}".encode())
        return text.hexdigest()


def training_batches(pictures, targets=None, *, batch_size: int, augment=None, seed: int = 0) -> Batches:
    """Shuffled, augmented, prefetched batches for `helpers.training.train`.

    Parameters
    ----------
    pictures: (n, ...) uint8 or float array; it stays as it is in memory, batches are float32 in [0, 1].
    targets: (n, ...) array, or None where the target is made from the picture.
    batch_size: pictures a step; a pass over the data leaves out the rest that does not fill a batch.
    augment: `augment(pictures, targets, seed) -> (inputs, targets)` on one batch; `seed` is an int64 tensor of
        shape (2,) for TensorFlow's stateless random operations. Without targets it is handed the pictures twice.
    seed: with the step number it fixes order and augmentation.

    Raises `ValueError` where there are fewer pictures than one batch, or pictures and targets differ in number.
    """
    pictures = np.asarray(pictures)
    targets = None if targets is None else np.asarray(targets)
    if len(pictures) < batch_size or batch_size < 1:
        raise ValueError(f"batch_size must be between 1 and the number of pictures, {len(pictures)}; got {batch_size}")
    if targets is not None and len(targets) != len(pictures):
        raise ValueError(f"{len(pictures)} pictures but {len(targets)} targets")
    return Batches(pictures, targets, int(batch_size), augment, int(seed))


def evaluation_batches(pictures, targets=None, *, batch_size: int = 128) -> tf.data.Dataset:
    """The pictures once, in order, as float32 in [0, 1] (with their targets, if given), in prefetched batches."""
    if targets is None:
        data = tf.data.Dataset.from_tensor_slices(np.asarray(pictures)).batch(batch_size).map(to_float)
    else:
        data = tf.data.Dataset.from_tensor_slices((np.asarray(pictures), np.asarray(targets))).batch(batch_size)
        data = data.map(lambda x, y: (to_float(x), y))
    return data.prefetch(tf.data.AUTOTUNE)


def random_flip(pictures, seed):
    """Mirror each picture of a float batch (n, height, width, channels) left to right with probability 1/2."""
    mirror = tf.random.stateless_uniform([tf.shape(pictures)[0], 1, 1, 1], seed) < 0.5
    return tf.where(mirror, tf.reverse(pictures, [2]), pictures)


def random_affine(pictures, seed, *, zoom: float = 0.15, shift: float = 0.1, rotation: float = 8.0):
    """Zoom, shift and rotate each picture of a float batch at random, by one bilinear resampling; edges reflect.

    Parameters
    ----------
    pictures: (n, height, width, channels) floats.
    seed: (2,) integers.
    zoom: scale is drawn from [1 - zoom, 1 + zoom].
    shift: as a fraction of the side, drawn from [-shift, shift] in both directions.
    rotation: degrees, drawn from [-rotation, rotation].
    """
    n, height, width = tf.unstack(tf.shape(pictures)[:3])
    h, w = tf.cast(height, tf.float32), tf.cast(width, tf.float32)
    draws = tf.unstack(tf.random.stateless_uniform([4, n], seed, -1.0, 1.0))
    scale, angle = 1.0 / (1.0 + zoom * draws[0]), draws[1] * rotation * np.pi / 180
    dx, dy = draws[2] * shift * w, draws[3] * shift * h
    a, b = scale * tf.cos(angle), scale * tf.sin(angle)
    centre_x, centre_y = (w - 1) / 2, (h - 1) / 2
    zeros = tf.zeros_like(a)
    to_source = [
        *(a, -b, centre_x - a * centre_x + b * centre_y + dx),
        *(b, a, centre_y - b * centre_x - a * centre_y + dy),
        *(zeros, zeros),
    ]
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=pictures,
        transforms=tf.stack(to_source, axis=1),
        output_shape=[height, width],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="REFLECT",
    )


def random_colour(pictures, seed, *, brightness: float = 0.15, contrast: float = 0.2, saturation: float = 0.2):
    """Change brightness, contrast and saturation of each RGB picture of a float batch in [0, 1], then clip.

    Each strength is the largest relative change (brightness: the largest shift).
    """
    draws = tf.random.stateless_uniform([3, tf.shape(pictures)[0], 1, 1, 1], seed, -1.0, 1.0)
    grey = tf.reduce_mean(pictures, axis=-1, keepdims=True)
    pictures = grey + (pictures - grey) * (1 + saturation * draws[0])
    mean = tf.reduce_mean(pictures, axis=[1, 2, 3], keepdims=True)
    pictures = mean + (pictures - mean) * (1 + contrast * draws[1]) + brightness * draws[2]
    return tf.clip_by_value(pictures, 0.0, 1.0)


def random_erase(pictures, seed, *, largest: float = 0.4, probability: float = 0.5):
    """Fill one random box per picture with the picture's mean colour (Zhong et al., Random Erasing, AAAI 2020).

    `largest`: the box's largest side as a fraction of the picture's.
    """
    n, height, width = tf.unstack(tf.shape(pictures)[:3])
    draws = tf.random.stateless_uniform([5, n, 1], seed)
    rows, columns = (tf.cast(tf.range(side), tf.float32)[None] / tf.cast(side, tf.float32) for side in (height, width))
    box_height, box_width = 0.1 + (largest - 0.1) * draws[0], 0.1 + (largest - 0.1) * draws[1]
    top, left = draws[2] * (1 - box_height), draws[3] * (1 - box_width)
    inside = (
        ((rows >= top) & (rows < top + box_height))[:, :, None, None]
        & ((columns >= left) & (columns < left + box_width))[:, None, :, None]
        & (draws[4] < probability)[:, :, None, None]
    )
    return tf.where(inside, tf.reduce_mean(pictures, axis=[1, 2], keepdims=True), pictures)
