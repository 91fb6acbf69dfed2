"""What a network needs to see to choose a correction: the whole picture, small."""

import keras
import tensorflow as tf
from keras import layers


def shrink(pictures, side: int):
    """Pictures of any size squeezed to `side` x `side`, each new pixel a tent-weighted mean of what it covers.

    (n, height, width, channels) to (n, side, side, channels). Values as in `tf.image.resize` with `antialias=True`,
    but as two matrix products, which XLA can compile; a picture of that size already is returned unchanged.
    """
    n, height, width, channels = tf.unstack(tf.shape(pictures))
    lines = tf.matmul(_weights(height, side, pictures.dtype)[None], tf.reshape(pictures, (n, height, width * channels)))
    lines = tf.reshape(lines, (n, side, width, channels))
    return tf.einsum("xw,nywc->nyxc", _weights(width, side, pictures.dtype), lines)


def _weights(source, side: int, dtype):
    """Matrix (side, source) of tents as wide as a new pixel (at least one old pixel), each row summing to 1."""
    scale = tf.cast(source, tf.float32) / side
    centres = (tf.range(side, dtype=tf.float32) + 0.5) * scale
    distance = tf.abs(centres[:, None] - (tf.range(tf.cast(source, tf.float32)) + 0.5)[None])
    tents = tf.maximum(0.0, 1 - distance / tf.maximum(scale, 1.0))
    return tf.cast(tents / tf.reduce_sum(tents, axis=1, keepdims=True), dtype)


@keras.saving.register_keras_serializable(package="helpers")
class ThumbnailEncoder(layers.Layer):
    """Shrink the picture inside the model and turn it into features by strided convolutions.

    (n, height, width, 3) in [0, 1], any size, to (n, side / 2^k, side / 2^k, filters[-1]) with k = len(filters): the
    cost does not depend on the size of the photo, and all of it is seen. Each step is a 3x3 convolution with stride 2
    and ReLU. The low-resolution path of HDRNet (Gharbi et al., SIGGRAPH 2017, section 3.1.1) in small. Raises
    `ValueError` where `side` is no multiple of 2^k.
    """

    def __init__(self, filters=(16, 32, 64), side: int = 64, **options):
        super().__init__(**options)
        if not filters or side % 2 ** len(filters):
            raise ValueError(f"side {side} has to be a multiple of {2 ** len(filters)} for {len(filters)} halvings")
        self.filters, self.side = tuple(filters), side
        same = {"padding": "same", "activation": "relu", "kernel_initializer": "he_normal", "dtype": self.dtype_policy}
        self.convolutions = [layers.Conv2D(count, 3, strides=2, **same) for count in self.filters]

    def build(self, input_shape):
        """Make the weights."""
        shape = (input_shape[0], self.side, self.side, input_shape[-1])
        for convolution in self.convolutions:
            convolution.build(shape)
            shape = convolution.compute_output_shape(shape)
        super().build(input_shape)

    def call(self, pictures):
        """The features of the shrunk pictures, which are centred at 0 first."""
        features = 2 * shrink(pictures, self.side) - 1
        for convolution in self.convolutions:
            features = convolution(features)
        return features

    def compute_output_shape(self, input_shape):
        """Shape of the result."""
        small = self.side // 2 ** len(self.filters)
        return (input_shape[0], small, small, self.filters[-1])

    def get_config(self):
        """Settings, for saving."""
        return {**super().get_config(), "filters": self.filters, "side": self.side}
