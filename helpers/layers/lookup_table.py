"""A colour look-up table of three dimensions, read by trilinear interpolation (Zeng et al., TPAMI 2020, section 3)."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from PIL import ImageFilter
from scipy import sparse
from scipy.sparse.linalg import spsolve


def identity_table(size: int) -> np.ndarray:
    """The table that changes nothing: entry (red, green, blue) holds (red, green, blue) / (size - 1).

    Returns (size, size, size, 3) float32 in [0, 1]. Raises `ValueError` for fewer than two entries an axis.
    """
    if size < 2:
        raise ValueError(f"a table needs at least 2 entries along each axis, got {size}")
    values = np.linspace(0, 1, size, dtype=np.float32)
    return np.stack(np.meshgrid(values, values, values, indexing="ij"), axis=-1)


def corners(pictures, size: int):
    """The eight entries of a table that surround each colour, and the share of each.

    Parameters
    ----------
    pictures: (..., 3) in [0, 1]; what lies outside is clipped.
    size: entries along each axis of the table.

    Returns a list of eight pairs, `index` int32 (...) into the table flattened with blue running fastest, and `share`
    float32 (...). The shares of a colour are not negative and add up to 1.
    """
    position = tf.clip_by_value(tf.cast(pictures, tf.float32), 0.0, 1.0) * (size - 1)
    lower = tf.minimum(tf.floor(position), float(size - 2))  # white belongs to the last cell
    upper_share = position - lower
    shares = [tf.unstack(1.0 - upper_share, axis=-1), tf.unstack(upper_share, axis=-1)]
    red, green, blue = tf.unstack(tf.cast(lower, tf.int32), axis=-1)
    base = (red * size + green) * size + blue
    return [
        (base + (r * size + g) * size + b, shares[r][0] * shares[g][1] * shares[b][2])
        for r in (0, 1)
        for g in (0, 1)
        for b in (0, 1)
    ]


@keras.saving.register_keras_serializable(package="helpers")
class LookupTable3D(layers.Layer):
    """Every colour of a picture replaced by what the picture's own table says, interpolated between eight entries.

    `layer(tables, pictures)` with tables (n, size, size, size, 3), indexed by red, green, blue in that order, or a
    single one, (1, ...), for all pictures; and pictures (n, height, width, 3) in [0, 1], clipped where outside. Returns
    (n, height, width, 3). Differentiable with respect to both. Computes in float32 whatever the policy: half precision
    would round positions in the table. Raises `ValueError` where the shapes do not fit.
    """

    def __init__(self, **options):
        super().__init__(**{"dtype": "float32", **options})

    def build(self, tables_shape, pictures_shape):
        """Check the shapes; there is nothing to learn here."""
        if len(tables_shape) != 5 or len({*tables_shape[1:4]}) != 1 or tables_shape[4] != 3 or tables_shape[1] < 2:
            raise ValueError(f"tables should be (n, size, size, size, 3) with a size of 2 or more, got {tables_shape}")
        if len(pictures_shape) != 4 or pictures_shape[3] != 3:
            raise ValueError(f"pictures should be (n, height, width, 3), got {pictures_shape}")
        super().build(tables_shape)

    def call(self, tables, pictures):
        """Apply the layer."""
        size = tables.shape[1]
        entries = tf.reshape(tables, (-1, 3))
        first = tf.reshape(tf.range(tf.shape(tables)[0]) * size**3, (-1, 1, 1))  # where each picture's table begins
        around = corners(pictures, size)
        return tf.add_n([tf.gather(entries, index + first) * share[..., None] for index, share in around])

    def compute_output_shape(self, tables_shape, pictures_shape):
        """Shape of the result: that of the pictures."""
        return pictures_shape


def apply_table(table, picture):
    """One table for one picture of bytes: (size, size, size, 3) and (height, width, 3) uint8 to the same, uint8.

    Plain TensorFlow, so that `tf.function(apply_table, jit_compile=True)` makes one loop of it.
    """
    values = tf.cast(picture, tf.float32)[None] / 255.0
    values = LookupTable3D()(tf.cast(table, tf.float32)[None], values)[0]
    return tf.cast(tf.round(255.0 * tf.clip_by_value(values, 0.0, 1.0)), tf.uint8)


def pillow_filter(table):
    """The table as Pillow's compiled filter: `picture.filter(pillow_filter(table))`. Red runs fastest there."""
    rows = np.asarray(table, np.float32).transpose(2, 1, 0, 3)
    return ImageFilter.Color3DLUT(len(table), rows.ravel().tolist())


def cube_text(table) -> str:
    """The table as the text of a .cube file (Adobe, Cube LUT Specification 1.0, 2013), which photo programs read."""
    rows = np.clip(np.asarray(table).transpose(2, 1, 0, 3).reshape(-1, 3), 0, 1)
    return "\n".join([f"LUT_3D_SIZE {len(table)}", *(" ".join(f"{value:.6f}" for value in row) for row in rows)]) + "\n"


def fit_table(pictures, targets, pull: float, size: int = 17) -> np.ndarray:
    """The one table with the least squared error over all pixels, by sparse linear equations.

    Parameters
    ----------
    pictures, targets: (n, height, width, 3) floats in [0, 1].
    pull: how strongly entries keep to the identity, in pixels: entries that no pixel reads do so wholly.
    size: entries along each axis.

    Returns (size, size, size, 3) float32, not clipped.
    """
    colours = np.reshape(pictures, (-1, 3))
    indices, shares = zip(*corners(colours, size), strict=True)
    cells = (np.tile(np.arange(len(colours)), 8), np.concatenate(indices))
    reads = sparse.csr_matrix((np.concatenate(shares).astype(float), cells), shape=(len(colours), size**3))
    identity = identity_table(size).reshape(-1, 3)
    normal = reads.T @ reads + pull * sparse.identity(size**3)
    entries = spsolve(normal.tocsc(), reads.T @ np.reshape(targets, (-1, 3)) + pull * identity)
    return entries.reshape(size, size, size, 3).astype(np.float32)
