"""Pixels to channels and back: no arithmetic, nothing lost (Shi et al., CVPR 2016, section 3.2; FFDNet, TIP 2018)."""

import keras
import tensorflow as tf
from keras import layers


class _Rearrange(layers.Layer):
    """What both directions share: a block size and its saving."""

    def __init__(self, block: int = 2, **options):
        super().__init__(**options)
        if block < 1:
            raise ValueError(f"block must be at least 1, got {block}")
        self.block = block

    def get_config(self):
        """Settings, for saving."""
        return {**super().get_config(), "block": self.block}


@keras.saving.register_keras_serializable(package="helpers")
class SpaceToDepth(_Rearrange):
    """Each block x block square of pixels becomes one position with block^2 times the channels.

    (n, height, width, channels) to (n, height / block, width / block, channels * block^2). Sides must be multiples
    of `block`; TensorFlow raises otherwise.
    """

    def call(self, inputs):
        """Apply the layer."""
        return tf.nn.space_to_depth(inputs, self.block)

    def compute_output_shape(self, shape):
        """Shape of the result."""
        sides = [None if side is None else side // self.block for side in shape[1:3]]
        return (shape[0], *sides, shape[3] * self.block**2)


@keras.saving.register_keras_serializable(package="helpers")
class DepthToSpace(_Rearrange):
    """The inverse of `SpaceToDepth`, known as sub-pixel convolution's rearrangement or pixel shuffle.

    (n, height, width, channels) to (n, height * block, width * block, channels / block^2).
    """

    def call(self, inputs):
        """Apply the layer."""
        return tf.nn.depth_to_space(inputs, self.block)

    def compute_output_shape(self, shape):
        """Shape of the result."""
        sides = [None if side is None else side * self.block for side in shape[1:3]]
        return (shape[0], *sides, shape[3] // self.block**2)
