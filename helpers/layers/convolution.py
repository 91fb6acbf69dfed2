"""Convolution blocks: convolution, batch normalisation and activation in the orders the papers use."""

import keras
import tensorflow as tf
from keras import layers


def normalisation(**options) -> layers.BatchNormalization:
    """Batch normalisation by the whole batch: where several devices share one, they put their statistics together."""
    several = tf.distribute.get_strategy().num_replicas_in_sync > 1
    return layers.BatchNormalization(momentum=0.9, synchronized=several, **options)


@keras.saving.register_keras_serializable(package="helpers")
class ConvBlock(layers.Layer):
    """Convolution without bias, batch normalisation, activation (Ioffe and Szegedy, ICML 2015).

    (n, height, width, channels) to (n, height / strides, width / strides, filters), sides rounded up.
    """

    def __init__(self, filters: int, kernel_size: int = 3, strides: int = 1, activation="relu", **options):
        super().__init__(**options)
        self.settings = {
            "filters": filters,
            "kernel_size": kernel_size,
            "strides": strides,
            "activation": activation,
        }
        self.convolution = layers.Conv2D(
            *(filters, kernel_size, strides, "same"),
            use_bias=False,
            kernel_initializer="he_normal",
            dtype=self.dtype_policy,
        )
        self.normalisation = normalisation(dtype=self.dtype_policy)
        self.activation = layers.Activation(activation, dtype=self.dtype_policy)

    def build(self, input_shape):
        """Make the weights for this input shape."""
        self.convolution.build(input_shape)
        self.normalisation.build(self.convolution.compute_output_shape(input_shape))
        super().build(input_shape)

    def call(self, inputs, training=None):
        """Apply the block."""
        return self.activation(self.normalisation(self.convolution(inputs), training=training))

    def compute_output_shape(self, input_shape):
        """Shape of the result."""
        return self.convolution.compute_output_shape(input_shape)

    def get_config(self):
        """Settings, for saving."""
        return {**super().get_config(), **self.settings}


@keras.saving.register_keras_serializable(package="helpers")
class ResidualBlock(layers.Layer):
    """relu(x + F(x)), F two 3x3 convolutions with batch normalisation (He et al., CVPR 2016, figure 2 and section 3.3).

    Where the shape changes, x passes a 2x2 average pool (for strides 2) and a 1x1 convolution first (He et al., Bag of
    Tricks, CVPR 2019, ResNet-D). The last normalisation starts at scale 0, so that a new block is relu(x).
    """

    def __init__(self, filters: int, strides: int = 1, **options):
        super().__init__(**options)
        if strides not in (1, 2):
            raise ValueError(f"strides must be 1 or 2, got {strides}")
        self.filters, self.strides = filters, strides
        same = {"dtype": self.dtype_policy}
        self.first = ConvBlock(filters, 3, strides, **same)
        self.second = layers.Conv2D(filters, 3, padding="same", use_bias=False, kernel_initializer="he_normal", **same)
        self.normalisation = normalisation(gamma_initializer="zeros", **same)
        self.pool = layers.AveragePooling2D(2, padding="same", **same) if strides == 2 else None
        self.projection = None

    def build(self, input_shape):
        """Make the weights; the shortcut gets a projection where channels or size change."""
        self.first.build(input_shape)
        inner = self.first.compute_output_shape(input_shape)
        self.second.build(inner)
        self.normalisation.build(inner)
        if self.strides != 1 or input_shape[-1] != self.filters:
            self.projection = ConvBlock(self.filters, 1, activation="linear", dtype=self.dtype_policy)
            self.projection.build((*inner[:-1], input_shape[-1]))
        super().build(input_shape)

    def call(self, inputs, training=None):
        """Apply the block."""
        shortcut = inputs if self.pool is None else self.pool(inputs)
        if self.projection is not None:
            shortcut = self.projection(shortcut, training=training)
        residual = self.normalisation(self.second(self.first(inputs, training=training)), training=training)
        return keras.ops.relu(shortcut + residual)

    def compute_output_shape(self, input_shape):
        """Shape of the result."""
        return self.first.compute_output_shape(input_shape)

    def get_config(self):
        """Settings, for saving."""
        return {**super().get_config(), "filters": self.filters, "strides": self.strides}
