"""Losses that Keras does not have. All take (y_true, y_pred), in that order, and compute in float32."""

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
