"""What restorers are built of: the residual block without normalisation, and the enlargement they add detail to."""

import keras
import tensorflow as tf
from keras import layers


@keras.saving.register_keras_serializable(package="helpers")
class ScaledResidualBlock(layers.Layer):
    """x + scale * F(x), F a 3x3 convolution, relu and a 3x3 convolution (Lim et al., CVPR Workshops 2017, section 3).

    (n, height, width, filters) to the same shape. Nothing is normalised: batch statistics would mix pictures of
    different damage, and a restorer has to keep the range of its values. `scale` below 1 keeps the start calm instead.
    Raises `ValueError` where the input does not have `filters` channels, so that x could not be added.
    """

    def __init__(self, filters: int, scale: float = 0.5, **options):
        super().__init__(**options)
        self.filters, self.scale = filters, scale
        same = {"padding": "same", "kernel_initializer": "he_normal", "dtype": self.dtype_policy}
        self.first = layers.Conv2D(filters, 3, activation="relu", **same)
        self.second = layers.Conv2D(filters, 3, **same)

    def build(self, input_shape):
        """Make the weights for this input shape."""
        if input_shape[-1] != self.filters:
            raise ValueError(f"a block of {self.filters} filters needs as many channels in, got {input_shape[-1]}")
        self.first.build(input_shape)
        self.second.build(input_shape)
        super().build(input_shape)

    def call(self, inputs):
        """Apply the block."""
        return inputs + self.scale * self.second(self.first(inputs))

    def compute_output_shape(self, input_shape):
        """Shape of the result."""
        return tuple(input_shape)

    def get_config(self):
        """Settings, for saving."""
        return {**super().get_config(), "filters": self.filters, "scale": self.scale}


@keras.saving.register_keras_serializable(package="helpers")
class Enlarge(layers.Layer):
    """Bicubic enlargement by an integer factor, without weights and not clipped; always in float32.

    (n, height, width, channels) to (n, height * factor, width * factor, channels), for pictures of any size. Keys'
    kernel (a = -0.5), as `helpers.degrade.upscale`. Keras's `UpSampling2D` does the same, but fails in `predict` once
    a model has seen pictures of two sizes.
    """

    def __init__(self, factor: int, dtype="float32", **options):
        super().__init__(dtype=dtype, **options)
        if factor < 1:
            raise ValueError(f"factor must be at least 1, got {factor}")
        self.factor = factor

    def call(self, inputs):
        """Apply the layer."""
        return tf.image.resize(inputs, tf.shape(inputs)[1:3] * self.factor, "bicubic")

    def compute_output_shape(self, shape):
        """Shape of the result."""
        return (shape[0], *[None if side is None else side * self.factor for side in shape[1:3]], shape[3])

    def get_config(self):
        """Settings, for saving."""
        return {**super().get_config(), "factor": self.factor}
