"""Heat-maps: the way back up to maps from a backbone, and where a map points to, as a mean finer than its cells."""

import itertools

import keras
from keras import layers, ops

from helpers.layers.convolution import ConvBlock


def spatial_softmax(maps):
    """Logits (n, height, width, k) to probabilities: over the cells of each map they add up to 1. In float32."""
    maps = ops.cast(maps, "float32")
    shape = ops.shape(maps)
    flat = ops.reshape(maps, (shape[0], shape[1] * shape[2], shape[3]))
    return ops.reshape(ops.softmax(flat, axis=1), shape)


@keras.saving.register_keras_serializable(package="helpers")
class SoftArgmax2D(layers.Layer):
    """The mean position under each map's softmax (Sun et al., Integral Human Pose Regression, ECCV 2018).

    Logits (n, height, width, k) to positions (n, k, 2), float32: x right and y down as shares of the width and of the
    height. A cell stands at its centre, so positions lie between 0.5 / width and 1 - 0.5 / width and an even map points
    to (0.5, 0.5). The gradient of x in a cell's logit is its probability times (its x - x). Without parameters; the
    same in float32 under mixed precision. Nibali et al. (2018) call it DSNT and count from -1 to 1.
    """

    def __init__(self, **options):
        super().__init__(**{"dtype": "float32", **options})

    def call(self, maps):
        """Mean positions of the maps."""
        chances = spatial_softmax(maps)
        height, width = chances.shape[1:3]
        across = (ops.arange(width, dtype="float32") + 0.5) / width
        down = (ops.arange(height, dtype="float32") + 0.5) / height
        x = ops.einsum("nhwk,w->nk", chances, across)
        y = ops.einsum("nhwk,h->nk", chances, down)
        return ops.stack([x, y], axis=-1)

    def compute_output_shape(self, input_shape):
        """Shape of the result."""
        if len(input_shape) != 4:
            raise ValueError(f"maps are (n, height, width, k), not {tuple(input_shape)}")
        return (input_shape[0], input_shape[3], 2)


@keras.saving.register_keras_serializable(package="helpers")
class TopDown(layers.Layer):
    """A backbone's levels made one map of features: coarse ones are enlarged and added to finer ones, step by step.

    Levels, fine to coarse, each (n, height, width, channels) of half the sides of the one before, to (n, height, width,
    filters) with the sides of the first. Every level passes a 1x1 `ConvBlock`, the sum a 3x3 one; enlarging is bilinear
    (Lin et al., Feature Pyramid Networks, CVPR 2017, figure 3). Raises `ValueError` for levels of other sides.
    """

    def __init__(self, filters: int, **options):
        super().__init__(**options)
        self.filters = filters
        self.enlarge = layers.UpSampling2D(interpolation="bilinear", dtype=self.dtype_policy)
        self.last = ConvBlock(filters, dtype=self.dtype_policy)

    def build(self, input_shape):
        """Make a block for every level."""
        for fine, coarse in itertools.pairwise(input_shape):
            if None not in fine[1:3] and tuple(2 * side for side in coarse[1:3]) != tuple(fine[1:3]):
                raise ValueError(f"each level needs half the sides of the one before, got {fine[1:3]}, {coarse[1:3]}")
        self.blocks = [ConvBlock(self.filters, 1, dtype=self.dtype_policy) for _ in input_shape]
        for block, shape in zip(self.blocks, input_shape, strict=True):
            block.build(shape)
        self.last.build(self.compute_output_shape(input_shape))
        super().build(input_shape)

    def call(self, levels, training=None):
        """Features at the finest level."""
        features = [block(level, training=training) for block, level in zip(self.blocks, levels, strict=True)]
        x = features.pop()
        while features:
            x = self.enlarge(x) + features.pop()
        return self.last(x, training=training)

    def compute_output_shape(self, input_shape):
        """Shape of the result."""
        return (*input_shape[0][:3], self.filters)

    def get_config(self):
        """Settings, for saving."""
        return {**super().get_config(), "filters": self.filters}
