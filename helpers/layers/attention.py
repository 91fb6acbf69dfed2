"""Attention inside a convolutional network: gates that say which channels count, and where."""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable(package="helpers")
class SqueezeExcite(layers.Layer):
    """Multiply each channel by a gate that two small dense layers compute from all channel means.

    (n, height, width, channels) to the same shape (Hu, Shen, Sun, CVPR 2018, section 3). One thing differs from the
    paper: the gate is 2 * sigmoid, between 0 and 2, and the last layer starts at zero, so that every gate starts at 1
    and a new layer is the identity. `ratio`: how many times narrower the hidden layer is than the channels. Raises
    `ValueError` for a ratio below 1.
    """

    def __init__(self, ratio: int = 8, **options):
        super().__init__(**options)
        if ratio < 1:
            raise ValueError(f"ratio must be at least 1, got {ratio}")
        self.ratio = ratio

    def build(self, input_shape):
        """Make the two dense layers for this number of channels."""
        channels, same = input_shape[-1], {"dtype": self.dtype_policy}
        hidden = max(1, channels // self.ratio)
        self.first = layers.Dense(hidden, activation="relu", kernel_initializer="he_normal", **same)
        self.second = layers.Dense(channels, kernel_initializer="zeros", **same)
        self.first.build((None, channels))
        self.second.build((None, hidden))
        super().build(input_shape)

    def gates(self, inputs):
        """The gate of every channel of every picture, (n, 1, 1, channels), in [0, 2]."""
        squeezed = ops.mean(inputs, axis=(1, 2), keepdims=True)
        return 2 * ops.sigmoid(self.second(self.first(squeezed)))

    def call(self, inputs):
        """Apply the gates."""
        return inputs * self.gates(inputs)

    def compute_output_shape(self, input_shape):
        """Shape of the result."""
        return tuple(input_shape)

    def get_config(self):
        """Settings, for saving."""
        return {**super().get_config(), "ratio": self.ratio}


@keras.saving.register_keras_serializable(package="helpers")
class SpatialGate(layers.Layer):
    """Multiply each position by a gate that one convolution computes from the mean and the maximum over channels.

    (n, height, width, channels) to the same shape (Woo et al., ECCV 2018, section 3, figure 2). As in `SqueezeExcite`
    the gate is 2 * sigmoid and starts at 1. `kernel_size`: of the convolution, 7 in the paper.
    """

    def __init__(self, kernel_size: int = 7, **options):
        super().__init__(**options)
        self.kernel_size = kernel_size
        start = {"kernel_initializer": "zeros", "dtype": self.dtype_policy}
        self.convolution = layers.Conv2D(1, kernel_size, padding="same", **start)

    def build(self, input_shape):
        """Make the convolution."""
        self.convolution.build((*input_shape[:-1], 2))
        super().build(input_shape)

    def gates(self, inputs):
        """The gate of every position of every picture, (n, height, width, 1), in [0, 2]."""
        mean, largest = ops.mean(inputs, axis=-1, keepdims=True), ops.max(inputs, axis=-1, keepdims=True)
        return 2 * ops.sigmoid(self.convolution(ops.concatenate([mean, largest], axis=-1)))

    def call(self, inputs):
        """Apply the gates."""
        return inputs * self.gates(inputs)

    def compute_output_shape(self, input_shape):
        """Shape of the result."""
        return tuple(input_shape)

    def get_config(self):
        """Settings, for saving."""
        return {**super().get_config(), "kernel_size": self.kernel_size}


@keras.saving.register_keras_serializable(package="helpers")
class BlockAttention(SqueezeExcite):
    """CBAM: a gate for every channel, then a gate for every position (Woo et al., ECCV 2018, section 3).

    (n, height, width, channels) to the same shape. The channel gates come from the means *and* the maxima of the
    channels, through the same two dense layers, whose results are added. A new layer is the identity, as are its parts,
    `SqueezeExcite` and `SpatialGate`.
    """

    def __init__(self, ratio: int = 8, kernel_size: int = 7, **options):
        super().__init__(ratio, **options)
        self.kernel_size = kernel_size
        self.where = SpatialGate(kernel_size, dtype=self.dtype_policy)

    def build(self, input_shape):
        """Make the weights of both parts."""
        self.where.build(input_shape)
        super().build(input_shape)

    def gates(self, inputs):
        """The gate of every channel of every picture, (n, 1, 1, channels), in [0, 2]."""
        squeezed = [squeeze(inputs, axis=(1, 2), keepdims=True) for squeeze in (ops.mean, ops.max)]
        return 2 * ops.sigmoid(sum(self.second(self.first(values)) for values in squeezed))

    def call(self, inputs):
        """Apply both gates."""
        return self.where(inputs * self.gates(inputs))

    def get_config(self):
        """Settings, for saving."""
        return {**super().get_config(), "kernel_size": self.kernel_size}
