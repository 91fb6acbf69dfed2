"""Two sets of photos that share no product, and what can be measured of sets without a single pair."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from helpers import degrade, features, pipeline, show
from helpers.layers import BilateralGridSlice, ThumbnailEncoder

ALIKE = 0.95


def near_copies(pictures, others=None, alike: float = ALIKE) -> np.ndarray:
    """Which photos show the same thing, in whatever light: pairs of rows (k, 2), first row below second.

    Two pictures are near copies where their thumbnails of 16 px, every channel brought to mean 0 and spread 1,
    correlate by more than `alike`, as they are or with one of them mirrored. So a change of exposure, white balance or
    contrast hides no copy.

    Parameters
    ----------
    pictures: (n, height, width, 3) uint8 or floats, sides that 16 divides.
    others: another such set to look in; then the pairs are (row of `pictures`, row of `others`), in any order.
    alike: correlation in [-1, 1] from which two count as one.

    Raises `ValueError` for other shapes.
    """
    first = _thumbnails(pictures)
    second = first if others is None else _thumbnails(others)
    mirrored = np.flip(second.reshape(-1, 16, 16, 3), 2).reshape(second.shape)
    close = np.maximum(first @ second.T, first @ mirrored.T) > alike
    return np.argwhere(np.triu(close, 1) if others is None else close)


def two_sides(pictures, labels, *, seed: int = 0, alike: float = ALIKE) -> tuple[np.ndarray, np.ndarray]:
    """Deal photos onto two sides that share no product and hold the same kinds: two sorted arrays of rows.

    Near copies (see `near_copies`, also in chains) stay together. Groups are dealt in random order, each to the side
    that has fewer of its kind so far (of all, in a tie), so no kind's numbers differ by more than its largest group.
    Every row is on exactly one side. Raises `ValueError` where there are not as many labels as pictures.
    """
    labels = np.asarray(labels)
    if labels.shape != np.shape(pictures)[:1]:
        raise ValueError(f"{len(pictures)} pictures need as many labels, got {labels.shape}")
    group = np.arange(len(labels))
    for one, other in near_copies(pictures, alike=alike):
        group[group == group[other]] = group[one]
    sides, counts, totals = np.zeros(len(labels), int), {}, [0, 0]
    for chosen in np.random.default_rng(seed).permutation(np.unique(group)):
        members = np.flatnonzero(group == chosen)
        held = counts.setdefault(labels[members[0]], [0, 0])
        side = int((held[1], totals[1]) < (held[0], totals[0]))
        sides[members] = side
        held[side] += len(members)
        totals[side] += len(members)
    return np.flatnonzero(sides == 0), np.flatnonzero(sides == 1)


@keras.saving.register_keras_serializable(package="helpers")
class SortedValues(layers.Layer):
    """The values of each channel in order: `count` of them from the darkest to the brightest, evenly spaced in rank.

    (n, height, width, channels) to (n, count, channels), of `grid` x `grid` evenly spaced pixels (a few more where the
    size is no multiple), so the cost does not grow with the picture. It is the histogram in a form that lets gradients
    through: each number is some pixel's own value. Raises `ValueError` where `count` exceeds the number of pixels.
    """

    def __init__(self, count: int = 16, grid: int = 16, **options):
        super().__init__(**options)
        if count > grid**2:
            raise ValueError(f"{grid} x {grid} pixels have no {count} values")
        self.count, self.grid = count, grid

    def call(self, pictures):
        """Apply the layer."""
        height, width = tf.unstack(tf.maximum(tf.shape(pictures)[1:3] // self.grid, 1))
        thinned = pictures[:, height // 2 :: height, width // 2 :: width]
        shape = tf.shape(thinned)
        ordered = tf.sort(tf.reshape(thinned, (shape[0], shape[1] * shape[2], shape[3])), axis=1)
        last = tf.cast(shape[1] * shape[2] - 1, tf.float32)
        return tf.gather(ordered, tf.cast(tf.round(tf.linspace(0.0, last, self.count)), tf.int32), axis=1)

    def compute_output_shape(self, input_shape):
        """Shape of the result."""
        return (input_shape[0], self.count, input_shape[-1])

    def get_config(self):
        """Settings, for saving."""
        return {**super().get_config(), "count": self.count, "grid": self.grid}


@keras.saving.register_keras_serializable(package="helpers")
class ToneCurves(layers.Layer):
    """Bend the tones of each picture by curves of its own, one for each channel, straight between their knots.

    `layer(curves, pictures)` with curves (n or 1, 3, knots), the values at evenly spaced inputs from 0 to 1, and
    pictures (n, height, width, 3), clipped to [0, 1] first. Returns pictures, not clipped; a pixel's result depends on
    this pixel and its picture's curves alone. Differentiable with respect to both.
    """

    def call(self, curves, pictures):
        """Apply the layer."""
        last = curves.shape[-1] - 1
        position = tf.clip_by_value(pictures, 0.0, 1.0) * last
        lower = tf.minimum(tf.floor(position), last - 1.0)
        first = tf.reshape(tf.range(3 * tf.shape(curves)[0]), (-1, 1, 1, 3)) * (last + 1)  # where each curve begins
        index, values = first + tf.cast(lower, tf.int32), tf.reshape(curves, (-1,))
        share = position - lower
        return tf.gather(values, index) * (1 - share) + tf.gather(values, index + 1) * share

    def compute_output_shape(self, curves_shape, pictures_shape):
        """Shape of the result: that of the pictures."""
        return pictures_shape


def seen_in(pictures, width: int = 64):
    """What a network should know of a whole picture before it bends its tones, from a Keras tensor (n, h, w, 3).

    Returns features (n, width), and the darkest and the brightest value of each channel, (n, 3, 1) both. The features
    come from a thumbnail of 32 px, the sorted values of each channel, the extremes and the stretch they suggest.
    """
    low, high = (layers.Reshape((3, 1))(reduce(pictures, (1, 2))) for reduce in (ops.min, ops.max))
    told = [low, high, 1 / ops.maximum(high - low, 0.05) - 1, SortedValues()(pictures)]
    told = [layers.Flatten()(numbers) for numbers in told]
    found = layers.GlobalAveragePooling2D()(ThumbnailEncoder((16, 32, 64, 64), side=32)(pictures))
    for _ in range(2):
        found = layers.Concatenate()([found, *told])
        found = layers.Dense(width, activation="relu", kernel_initializer="he_normal")(found)
    return found, low, high


def painter(width: int = 8) -> keras.Model:
    """A network that paints the picture anew, pixel by pixel, from a quarter of its side: (n, h, w, 3) to the same.

    Values in [0, 1], sides that 4 divides. Nothing in it keeps what was in the picture.
    """
    pictures, found = keras.Input((None, None, 3)), None
    for filters in (2 * width, 4 * width):
        seen = 2 * pictures - 1 if found is None else found
        found = layers.Conv2D(filters, 4, strides=2, padding="same", activation="leaky_relu")(seen)
    for filters in (2 * width, width):
        found = layers.Conv2D(filters, 4, padding="same", activation="leaky_relu")(layers.UpSampling2D()(found))
    return keras.Model(pictures, layers.Conv2D(3, 3, padding="same", activation="sigmoid")(found))


def grid_enhancer() -> keras.Model:
    """The bilateral grid of notebook 11 with the eyes of `seen_in`: bad pictures to better ones, not clipped.

    Every place and brightness has its own affine transform of colour; untrained, it returns its input.
    """
    pictures = keras.Input((None, None, 3))
    cells = layers.Dense(8 * 8 * 8 * 12, kernel_initializer="zeros")(seen_in(pictures)[0])
    guide = ops.mean(pictures, axis=-1, keepdims=True)
    return keras.Model(
        pictures, pictures + BilateralGridSlice()([layers.Reshape((8, 8, 8, 12))(cells), pictures, guide])
    )


def tone_distance(first, second) -> float:
    """Fréchet distance between the `SortedValues` of two sets of pictures, uint8 or floats in [0, 1].

    It compares the brightness and colour of *sets*, needs no pairs and no network, and knows nothing of what is shown.
    Biased upwards for small sets, as every Fréchet distance: compare only values from sets of equal size.
    """
    return features.frechet_distance(*(_tones(pictures) for pictures in (first, second)))


def show_curves(spoil, description: str, *, count: int = 200) -> None:
    """Draw and print what a learned bad camera does to a grey ramp, beside the real one of `degrade.broken_exposure`.

    `spoil` takes `count` ramps (count, 1, 64, 3), floats in [0, 1], and returns them spoiled, each in its own way.
    """
    ramps = np.broadcast_to(np.linspace(0, 1, 64, dtype=np.float32)[None, None, :, None], (count, 1, 64, 3))
    spoiled = {"the real camera": degrade.broken_exposure(ramps, (22, 5)), "the spoiler": spoil(ramps)}
    fig, axes = show.figure(9.0, 3.2, 3)
    for axis, colour, (name, made) in zip(axes, ("C0", "C3"), spoiled.items(), strict=False):
        curves = np.clip(made, 0, 1)[:, 0]
        axis.plot(ramps[0, 0, :, 1], curves[:12, :, 1].T, color=colour, lw=1)
        axis.set(title=name, xlabel="green before", ylabel="green after", ylim=(0, 1))
        red, green, blue = curves[:, 32].T
        axes[2].plot(green, red - blue, "o", color=colour, ms=3, alpha=0.6, label=name)
        numbers = f"{green.mean():.2f} ± {green.std():.2f}, red minus blue {np.mean(red - blue):+.2f}"
        print(f"{name}: green of a middle grey {numbers} ± {np.std(red - blue):.2f}, white {curves[:, -1].mean():.2f}")
    axes[2].set(title="a middle grey", xlabel="green after", ylabel="red minus blue after")
    axes[2].legend(fontsize=8)
    show.finish(fig, description)


def _tones(pictures):
    floats = pipeline.to_float(tf.constant(pictures))
    found = [ops.convert_to_numpy(SortedValues()(floats[start : start + 64])) for start in range(0, len(floats), 64)]
    return np.concatenate(found).reshape(len(floats), -1)


def _thumbnails(pictures):
    """Standardised thumbnails (n, 768), each of length 1."""
    pictures = np.asarray(pictures)
    if pictures.ndim != 4 or pictures.shape[-1] != 3 or any(side % 16 for side in pictures.shape[1:3]):
        raise ValueError(f"pictures must be (n, height, width, 3) with sides that 16 divides, got {pictures.shape}")
    n, height, width, _ = pictures.shape
    small = pictures.reshape(n, 16, height // 16, 16, width // 16, 3).mean(axis=(2, 4), dtype=np.float32)
    small -= small.mean(axis=(1, 2), keepdims=True)
    small /= small.std(axis=(1, 2), keepdims=True) + 1e-6
    return small.reshape(n, -1) / np.sqrt(768)
