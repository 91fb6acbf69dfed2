import keras
import numpy as np
import pytest

from helpers.losses import Charbonnier


def test_charbonnier_is_the_formula_zero_at_the_truth_and_l1_far_away():
    truth, guess = np.array([[0.0, 0.2, 1.0]], np.float32), np.array([[0.0, 0.5, 0.0]], np.float32)
    expected = np.mean(np.sqrt((truth - guess) ** 2 + 1e-6) - 1e-3)
    assert float(Charbonnier()(truth, guess)) == pytest.approx(expected, rel=1e-5)
    assert float(Charbonnier()(truth, truth)) == 0.0
    assert float(Charbonnier()(truth, truth + 3)) == pytest.approx(3, abs=2e-3)


def test_charbonnier_survives_saving():
    twin = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(Charbonnier(epsilon=0.01)))
    assert twin.epsilon == 0.01
