"""Noise beside maps: something that a network can turn into texture where the picture itself has none."""

import keras
from keras import layers


@keras.saving.register_keras_serializable(package="helpers")
class Canvas(layers.Layer):
    """Joins `channels` of normal noise to maps: (n, height, width, c) to (n, height, width, c + channels).

    On a plain area convolution and normalisation give a plain area again; with noise they can draw (Ulyanov et al.,
    Texture Networks, ICML 2016). In training the noise is new in every step; otherwise it is always the same for a
    size, and the same for every picture, so that a picture comes out the same whatever stands beside it in a batch.
    """

    def __init__(self, channels: int = 4, **options):
        super().__init__(**options)
        if channels < 1:
            raise ValueError(f"channels must be at least 1, got {channels}")
        self.channels, self.seed_generator = channels, keras.random.SeedGenerator(0)
        self.supports_jit = False  # on a processor, XLA makes the networks it is for slower

    def call(self, maps, training=None):
        """Join the noise."""
        count, height, width, _ = keras.ops.shape(maps)
        shape = (1, height, width, self.channels)
        noise = keras.random.normal(shape, seed=self.seed_generator if training else 0)
        noise = keras.ops.broadcast_to(keras.ops.cast(noise, maps.dtype), (count, *shape[1:]))
        return keras.ops.concatenate([maps, noise], axis=-1)

    def compute_output_shape(self, input_shape):
        """Shape of the result."""
        return (*input_shape[:-1], input_shape[-1] + self.channels)

    def get_config(self):
        """Settings, for saving."""
        return {**super().get_config(), "channels": self.channels}
