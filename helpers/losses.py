"""Losses that Keras does not have. All take (y_true, y_pred), in that order, and compute in float32."""

import math

import keras


@keras.saving.register_keras_serializable(package="helpers")
class Charbonnier(keras.losses.Loss):
    """sqrt((y_true - y_pred)^2 + epsilon^2) - epsilon: L1 that is smooth at 0 (Charbonnier et al., ICIP 1994).

    Zero for a perfect prediction, so the value can be read. `epsilon` is in units of the pictures, [0, 1].
    """

    def __init__(self, epsilon: float = 1e-3, name: str = "charbonnier", **options):
        super().__init__(name=name, **options)
        self.epsilon = epsilon

    def call(self, y_true, y_pred):
        """The loss at every pixel and channel; Keras averages it."""
        difference = keras.ops.cast(y_true, "float32") - keras.ops.cast(y_pred, "float32")
        return keras.ops.sqrt(keras.ops.square(difference) + self.epsilon**2) - self.epsilon

    def get_config(self):
        """Settings, for saving."""
        return {**super().get_config(), "epsilon": self.epsilon}


def gaussian_kl(mean, log_variance):
    """KL divergence from N(mean, exp(log_variance)), coordinates independent, to the prior N(0, I), in nats.

    Both (n, latents); returns (n,), one value a picture: the sum over the latents, never their mean. At least 0, and 0
    only where every mean is 0 and every variance 1 (Kingma and Welling, ICLR 2014, appendix B).
    """
    mean, log_variance = keras.ops.cast(mean, "float32"), keras.ops.cast(log_variance, "float32")
    return 0.5 * keras.ops.sum(keras.ops.square(mean) + keras.ops.expm1(log_variance) - log_variance, axis=-1)


@keras.saving.register_keras_serializable(package="helpers")
class GaussianLikelihood(keras.losses.Loss):
    """-log p(y_true) under a Gaussian around y_pred with one fixed `deviation`, in nats: the first part of -ELBO.

    Summed over everything but the batch, never averaged, with its constant, so that subtracting `gaussian_kl` from its
    negative gives a lower bound on log p (Kingma and Welling, ICLR 2014, section 2.3). `call` returns (n,), one value a
    picture; Keras averages it over the batch. `deviation` is in units of the pictures.
    """

    def __init__(self, deviation: float = 0.1, name: str = "gaussian_likelihood", **options):
        super().__init__(name=name, **options)
        if deviation <= 0:
            raise ValueError(f"deviation must be above 0, got {deviation}")
        self.deviation = deviation

    def call(self, y_true, y_pred):
        """Nats per picture."""
        difference = keras.ops.cast(y_true, "float32") - keras.ops.cast(y_pred, "float32")
        squares = keras.ops.sum(keras.ops.square(difference), axis=tuple(range(1, len(difference.shape))))
        count = math.prod(difference.shape[1:])
        return squares / (2 * self.deviation**2) + count * math.log(self.deviation * math.sqrt(2 * math.pi))

    def get_config(self):
        """Settings, for saving."""
        return {**super().get_config(), "deviation": self.deviation}
