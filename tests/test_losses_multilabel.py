"""The loss for many labels at once, rare ones weighted: its values, its minimum, its edges."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers.losses import WeightedBinaryCrossentropy

RANDOM = np.random.default_rng(0)
LOGITS = RANDOM.normal(0, 3, (6, 4)).astype(np.float32)
TRUTH = (RANDOM.random((6, 4)) < 0.4).astype(np.float32)
WEIGHTS = (1.0, 2.5, 10.0, 0.5)


def test_it_is_what_tensorflow_computes_and_plain_where_all_weights_are_one():
    theirs = tf.nn.weighted_cross_entropy_with_logits(TRUTH, LOGITS, np.float32(WEIGHTS))
    np.testing.assert_allclose(WeightedBinaryCrossentropy(WEIGHTS).call(TRUTH, LOGITS), np.mean(theirs, 1), rtol=1e-5)
    plain = keras.losses.BinaryCrossentropy(from_logits=True)(TRUTH, LOGITS)
    np.testing.assert_allclose(WeightedBinaryCrossentropy([1] * 4)(TRUTH, LOGITS), plain, rtol=1e-5)


def test_the_minimum_lies_at_the_log_odds_plus_the_log_of_the_weight():
    share, weights = 0.1, (1.0, 3.0, 20.0)
    logits = np.linspace(-6, 6, 4801, dtype=np.float32)
    for column, weight in enumerate(weights):
        rows = np.zeros((len(logits), 3), np.float32)
        rows[:, column] = logits
        loss = WeightedBinaryCrossentropy(weights)
        total = share * loss.call(np.ones_like(rows), rows) + (1 - share) * loss.call(np.zeros_like(rows), rows)
        assert logits[np.argmin(total)] == pytest.approx(np.log(share / (1 - share)) + np.log(weight), abs=0.01)


def test_large_logits_and_half_precision_stay_finite():
    extreme = np.array([[200.0, -200.0]], np.float16)
    loss = WeightedBinaryCrossentropy([5.0, 5.0])
    right, wrong = loss.call([[1, 0]], extreme), loss.call([[0, 1]], extreme)
    assert float(right[0]) == 0.0
    assert float(wrong[0]) == pytest.approx((200 + 5 * 200) / 2)
    assert right.dtype == tf.float32


def test_every_label_has_a_gradient_even_where_a_picture_has_none_of_them():
    logits = tf.Variable(LOGITS)
    with tf.GradientTape() as tape:
        loss = WeightedBinaryCrossentropy(WEIGHTS)(np.zeros_like(TRUTH), logits)
    assert (tape.gradient(loss, logits).numpy() > 0).all()


def test_it_is_saved_with_its_weights():
    loss = WeightedBinaryCrossentropy(np.float32(WEIGHTS))
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert again.weights == list(WEIGHTS)
    assert float(again(TRUTH, LOGITS)) == float(loss(TRUTH, LOGITS))


@pytest.mark.parametrize("weights", [[], [1.0, 0.0], [-1.0], [np.nan], [np.inf]])
def test_useless_weights_are_refused(weights):
    with pytest.raises(ValueError, match="above 0"):
        WeightedBinaryCrossentropy(weights)
