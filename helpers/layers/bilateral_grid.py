"""The bilateral grid of HDRNet: a small box of colour transforms, looked up by place and brightness."""

import keras
import tensorflow as tf
from keras import layers


def _between(position, count: int):
    """Lower neighbour, upper neighbour and the way from one to the other, for positions in [0, 1] on `count` cells.

    Cell i has its centre at (i + 0.5) / count (half-pixel convention); beyond the outer centres the edge cell holds.
    """
    position = tf.clip_by_value(position * count - 0.5, 0.0, count - 1.0)
    lower = tf.minimum(tf.floor(position), max(count - 2, 0))
    index = tf.cast(lower, tf.int32)
    return index, tf.minimum(index + 1, count - 1), position - lower


def _centres(count):
    """Centres of `count` pixels as positions in [0, 1]."""
    return (tf.range(tf.cast(count, tf.float32)) + 0.5) / tf.cast(count, tf.float32)


def slice_grid(grid, picture, guide):
    """What `BilateralGridSlice` computes, as a function of float32 tensors.

    Enlarging the grid in full would take gd * 12 numbers a pixel. Here it is enlarged along the height only, which is
    one small matrix product; then each pixel picks four entries: left and right, darker and brighter.
    """
    n, height, width = tf.unstack(tf.shape(picture)[:3])
    rows, columns, depths = grid.shape[1:4]
    upper_row, lower_row, way = _between(_centres(height), rows)
    share = way[:, None]
    vertical = tf.one_hot(upper_row, rows) * (1 - share) + tf.one_hot(lower_row, rows) * share
    tall = tf.matmul(vertical[None], tf.reshape(grid, (n, rows, columns * depths * 12)))
    table = tf.reshape(tall, (n, height * columns * depths, 12))
    left, right, across = _between(_centres(width), columns)
    dark, bright, up = _between(guide[..., 0], depths)
    first = tf.range(height)[None, :, None] * columns
    transform = 0.0
    for column, share_x in ((left, 1 - across), (right, across)):
        for depth, share_z in ((dark, 1 - up), (bright, up)):
            entry = tf.gather(table, (first + column) * depths + depth, axis=1, batch_dims=1)
            transform += (share_x * share_z)[..., None] * entry
    parts = tf.split(transform, 4, axis=-1)
    return sum(parts[i] * picture[..., i : i + 1] for i in range(3)) + parts[3]


@keras.saving.register_keras_serializable(package="helpers")
class BilateralGridSlice(layers.Layer):
    """Give each pixel its own affine colour transform, interpolated in a small grid, and apply it.

    Slicing and applying of HDRNet (Gharbi et al., SIGGRAPH 2017, sections 3.3 and 3.4.3): trilinear in the pixel's row,
    column and guide value, cell centres at half-integers, edge cells held beyond the outer centres. Differentiable
    with respect to all three inputs. Computes in float32 whatever the policy: 8-bit pictures need more than half.

    Call with `[grid, picture, guide]`:

    - grid (n, rows, columns, depths, 12): each cell a (4, 3) matrix, written row by row, that multiplies
      (red, green, blue, 1), as in `helpers.tone.colour_matrix`; the three sizes must be known, any from 1 up;
    - picture (n, height, width, 3), any size and range;
    - guide (n, height, width, 1) in [0, 1], where 0 is the first depth; values outside count as 0 or 1.

    Returns the picture transformed, (n, height, width, 3), not clipped. `jit_compile=True` has XLA melt all steps into
    one loop: several times faster, after about a second of compiling for each new size of picture. Raises `ValueError`
    where the last axis of the grid is not 12.
    """

    def __init__(self, jit_compile: bool = False, **options):
        super().__init__(**{**options, "dtype": "float32"})
        self.jit_compile = jit_compile
        self._slice = tf.function(slice_grid, jit_compile=True) if jit_compile else slice_grid

    def build(self, input_shape):
        """Check the shapes; there are no weights."""
        grid = tuple(input_shape[0])
        if len(grid) != 5 or grid[-1] != 12 or None in grid[1:]:
            raise ValueError(f"the grid has to be (n, rows, columns, depths, 12) with known sizes, got {grid}")
        super().build(input_shape)

    def call(self, inputs):
        """Slice and apply."""
        return self._slice(*inputs)

    def compute_output_shape(self, input_shape):
        """Shape of the result: the picture's."""
        return tuple(input_shape[1])

    def get_config(self):
        """Settings, for saving."""
        return {**super().get_config(), "jit_compile": self.jit_compile}
