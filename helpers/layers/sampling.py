"""The random step of a variational autoencoder, written so that gradients pass it."""

import keras
from keras import layers


@keras.saving.register_keras_serializable(package="helpers")
class Sampling(layers.Layer):
    """One draw from a Gaussian with independent coordinates: z = mean + exp(log_variance / 2) * epsilon.

    Called with `[mean, log_variance]`, both (n, latents); returns (n, latents). The noise epsilon comes from N(0, I)
    and depends on neither, so the gradient reaches both (Kingma and Welling, ICLR 2014, section 2.4). It is drawn at
    every call, in prediction too; who wants no noise takes the mean. Draws are counted by a
    `keras.random.SeedGenerator`, which `helpers.training` keeps: a resumed training goes on with the draws that an
    undisturbed one would have seen.

    `seed`: fixes the draws; without it Keras's global seed does (`keras.utils.set_random_seed`).
    """

    def __init__(self, seed: int | None = None, **options):
        super().__init__(**options)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs):
        """Draw; in float32, as exp of half precision overflows early."""
        mean, log_variance = (keras.ops.cast(each, "float32") for each in inputs)
        epsilon = keras.random.normal(keras.ops.shape(mean), dtype="float32", seed=self.seed_generator)
        return keras.ops.cast(mean + keras.ops.exp(log_variance / 2) * epsilon, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        """Shape of the result."""
        return input_shape[0]

    def get_config(self):
        """Settings, for saving."""
        return {**super().get_config(), "seed": self.seed}
