"""In-painters that learn nothing: the rows that an in-painting network has to beat.

All take pictures (n, height, width, 3), floats in [0, 1], and masks (n, height, width, 1), 1 where a pixel is known
and 0 in the hole; whatever the pictures hold in the hole is ignored. All return float32 of the pictures' shape, known
pixels bit for bit as they came.
"""

import cv2
import keras
import numpy as np
import tensorflow as tf
from skimage.restoration import inpaint_biharmonic

from helpers.parallel import each


def _each(fill, pictures, masks):
    """Fill every picture in its own thread, then paste."""
    pictures, known = np.asarray(pictures, np.float32), np.asarray(masks) > 0.5
    if pictures.ndim != 4 or known.shape != (*pictures.shape[:3], 1):
        raise ValueError(f"need pictures (n, h, w, 3) and masks (n, h, w, 1), got {pictures.shape} and {known.shape}")
    filled = each(fill, np.where(known, pictures, 0), ~known[..., 0])
    return np.where(known, pictures, np.clip(filled, 0, 1)).astype(np.float32)


def mean_colour(pictures, masks):
    """The mean colour of each picture's known pixels."""
    return _each(lambda picture, hole: np.broadcast_to(picture[~hole].mean(0), picture.shape), pictures, masks)


def biharmonic(pictures, masks):
    """The smoothest surface that meets the known pixels (Damelin and Hoang, Int. J. Math. Math. Sci. 2018)."""

    def fill(picture, hole):
        return inpaint_biharmonic(picture, hole, split_into_regions=True, channel_axis=-1)

    return _each(fill, pictures, masks)


def telea(pictures, masks, radius: float = 3):
    """Weighted means marched from the rim of the hole inwards (Telea, J. Graphics Tools 2004); `radius` in pixels."""
    return _each(_opencv(cv2.INPAINT_TELEA, radius), pictures, masks)


def navier_stokes(pictures, masks, radius: float = 3):
    """Lines of equal brightness continued as a fluid would (Bertalmio et al., CVPR 2001); `radius` in pixels."""
    return _each(_opencv(cv2.INPAINT_NS, radius), pictures, masks)


def _opencv(method, radius):
    """A filler by OpenCV, which works on bytes."""

    def fill(picture, hole):
        eight_bits = np.round(picture * 255).astype(np.uint8)
        return cv2.inpaint(eight_bits, hole.astype(np.uint8), radius, method).astype(np.float32) / 255

    return fill


@keras.saving.register_keras_serializable(package="helpers")
class ShiftedCopy(keras.layers.Layer):
    """Fill holes with the picture itself, shifted to where it agrees best with what is around the hole.

    `layer(drafts, known)`: drafts (n, side, side, 3) are pictures whose holes hold a first guess, known (n, side, side,
    1) is 1 where a pixel is known. Of all shifts, around the edges too, that one is pasted whose squared differences
    on a `rim` of known pixels around the hole, plus 1 for each pixel that would come out of the hole, are smallest:
    an exemplar search (Criminisi et al., IEEE TIP 2004) with one patch as large as the hole, all shifts at once by
    FFT. Gradients pass through the pasted values, not through the choice.
    """

    def __init__(self, rim: int = 2, **options):
        super().__init__(**options)
        self.rim = rim

    def call(self, drafts, known):
        """Apply the layer."""
        side, hole = drafts.shape[1], 1 - tf.cast(known[..., 0], tf.float32)
        near = tf.nn.max_pool2d(hole[..., None], 2 * self.rim + 1, 1, "SAME")[..., 0] - hole
        planes = tf.transpose(drafts, (0, 3, 1, 2))
        unlike = _over_shifts(near, tf.reduce_sum(planes**2, 1))
        unlike -= 2 * tf.reduce_sum(_over_shifts(near[:, None] * planes, planes), 1)
        best = tf.argmin(tf.reshape(unlike + _over_shifts(hole, hole), (-1, side * side)), 1, output_type=tf.int32)
        rows, columns = ((tf.range(side) - shift[:, None]) % side for shift in (best // side, best % side))
        moved = tf.gather(tf.gather(drafts, rows, axis=1, batch_dims=1), columns, axis=2, batch_dims=1)
        return tf.where(known > 0.5, drafts, moved)

    def compute_output_shape(self, drafts_shape, known_shape):
        """Shape of the result: that of the drafts."""
        return drafts_shape

    def get_config(self):
        """Settings, for saving."""
        return {**super().get_config(), "rim": self.rim}


def _over_shifts(fixed, moved):
    """For every shift the sum of `fixed` times `moved` so shifted, over the last two axes."""
    spectrum = tf.signal.rfft2d(fixed) * tf.math.conj(tf.signal.rfft2d(moved))
    return tf.signal.irfft2d(spectrum, fixed.shape[-2:])


def drafts(pictures, masks, rim: int = 2):
    """Two first guesses for the holes of square pictures, sides multiples of 16: `pull_push` and a `ShiftedCopy` of it.

    Works on arrays, tensors and inside a functional model, as `pull_push`.
    """
    smooth = pull_push(pictures, masks, levels=4)
    return smooth, ShiftedCopy(rim)(smooth, masks)


def shifted_copy(pictures, masks, rim: int = 2):
    """The picture itself, shifted to agree on `rim` pixels around the hole: see `ShiftedCopy`; sides as in `drafts`."""
    pictures, masks = np.asarray(pictures, np.float32), np.asarray(masks, np.float32)
    filled = keras.ops.convert_to_numpy(drafts(pictures, masks, rim)[1])
    return np.where(masks > 0.5, pictures, np.clip(filled, 0, 1))


def pull_push(pictures, masks, levels: int = 5, rounds: int = 3):
    """Means of known pixels at coarser and coarser scales, enlarged into the hole (Gortler et al., SIGGRAPH 1996).

    At every scale the enlarged values are smoothed `rounds` times by their eight neighbours. Keras operations: works
    on arrays, tensors and inside a functional model. Sides must be multiples of 2^levels. A hole so large that the
    coarsest scale knows nothing somewhere stays dark there.
    """
    if levels == 0:
        return pictures * masks
    share = keras.ops.average_pool(masks, 2, 2)
    coarse = keras.ops.average_pool(pictures * masks, 2, 2) / keras.ops.maximum(share, 1e-6)
    coarse = pull_push(coarse, keras.ops.cast(share > 0, masks.dtype), levels - 1, rounds)
    size = [2 * side for side in coarse.shape[1:3]]
    filled = keras.ops.image.resize(coarse, size, interpolation="bilinear")
    filled = pictures * masks + (1 - masks) * filled
    for _ in range(rounds):
        filled = pictures * masks + (1 - masks) * _neighbours(filled)
    return filled


def _neighbours(pictures):
    """The weighted mean of each pixel's eight neighbours, mirrored at the edges."""
    kernel = np.array([[1, 2, 1], [2, 0, 2], [1, 2, 1]], np.float32)[:, :, None, None] / 12
    padded = keras.ops.pad(pictures, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="symmetric")
    return keras.ops.depthwise_conv(padded, np.repeat(kernel, pictures.shape[-1], 2), 1, "valid")
