"""Partial convolution: a convolution that knows which of its input pixels are there."""

import keras
from keras import layers


@keras.saving.register_keras_serializable(package="helpers")
class PartialConv2D(layers.Layer):
    """Convolution over known pixels only (Liu et al., ECCV 2018, equations 1 and 2); `same` padding.

    Takes `[features, mask]` and returns `[features, mask]`. Features are (n, height, width, channels); the mask is
    (n, height, width, 1) or, where the channels differ, of the features' shape: 1 where a value is known, 0 in the
    hole. Each window's sum over known values is divided by the window's share of known values; the bias and the
    activation follow. A window without any known value gives 0. The new mask, (n, height / strides, width / strides,
    1), is 1 where the window held at least one known value. Pixels outside the picture belong to no window, so with a
    mask of ones this is `keras.layers.Conv2D`, borders included.

    Raises `ValueError` where it is given anything but a pair, or a mask with another number of channels.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int = 3,
        strides: int = 1,
        activation=None,
        kernel_initializer="he_normal",
        **options,
    ):
        super().__init__(**options)
        self.filters, self.kernel_size, self.strides = filters, kernel_size, strides
        self.activation = keras.activations.get(activation)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, input_shape):
        """Make the weights: one kernel and one bias."""
        features, mask = _pair(input_shape)
        if mask[-1] not in (1, features[-1]):
            raise ValueError(f"the mask needs 1 or {features[-1]} channels, got {mask[-1]}")
        size = (self.kernel_size, self.kernel_size, features[-1], self.filters)
        self.kernel = self.add_weight(shape=size, initializer=self.kernel_initializer, name="kernel")
        self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")

    def call(self, inputs):
        """Apply the layer."""
        features, mask = _pair(inputs)
        sums = keras.ops.conv(features * mask, self.kernel, self.strides, "same")
        mask = keras.ops.mean(keras.ops.cast(mask, "float32"), axis=-1, keepdims=True)
        # Average pooling counts only what lies inside the picture.
        share = keras.ops.average_pool(mask, self.kernel_size, self.strides, "same")
        known = keras.ops.cast(share > 0, "float32")
        scale = keras.ops.cast(known / keras.ops.maximum(share, 1e-6), self.compute_dtype)
        known = keras.ops.cast(known, self.compute_dtype)
        return [self.activation(sums * scale + self.bias) * known, known]

    def compute_output_shape(self, input_shape):
        """Shapes of the result, features and mask."""
        features = _pair(input_shape)[0]
        sides = [None if side is None else -(-side // self.strides) for side in features[1:3]]
        return [(features[0], *sides, self.filters), (features[0], *sides, 1)]

    def get_config(self):
        """Settings, for saving."""
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "activation": keras.activations.serialize(self.activation),
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }


def _pair(values):
    """Features and mask, or an error that says what is needed."""
    if not isinstance(values, list | tuple) or len(values) != 2:
        raise ValueError("a partial convolution takes a pair, [features, mask]")
    return values
