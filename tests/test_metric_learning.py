"""What embeddings are trained and judged by: the contrastive loss and the nearest picture, against slow loops."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers.losses import SupervisedContrastive, nearest_is_same

RANDOM = np.random.default_rng(0)
LABELS = np.array([0, 0, 1, 1, 1, 2, 0])


def on_the_sphere(*shape):
    vectors = RANDOM.normal(size=shape).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def slow_loop(labels, vectors, temperature):
    losses = []
    for i in range(len(labels)):
        others = [a for a in range(len(labels)) if a != i]
        rivals = sum(np.exp(vectors[i] @ vectors[a] / temperature) for a in others)
        terms = [
            -np.log(np.exp(vectors[i] @ vectors[p] / temperature) / rivals) for p in others if labels[p] == labels[i]
        ]
        losses.append(sum(terms) / len(terms) if terms else 0.0)
    return np.array(losses)


@pytest.mark.parametrize("temperature", [0.05, 0.2, 1.0])
def test_the_loss_is_that_of_a_slow_loop(temperature):
    vectors = on_the_sphere(7, 5)
    loss = SupervisedContrastive(temperature)
    expected = slow_loop(LABELS, vectors.astype(np.float64), temperature)
    np.testing.assert_allclose(loss.call(LABELS, vectors), expected, rtol=1e-4, atol=1e-4)
    assert float(loss(LABELS, vectors)) == pytest.approx(expected.mean(), rel=1e-4)


def test_gradients_agree_with_finite_differences():
    vectors, loss, step = on_the_sphere(7, 5), SupervisedContrastive(0.3), 1e-4
    variable = tf.Variable(vectors)
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(loss.call(LABELS, variable))
    gradient = tape.gradient(value, variable).numpy()
    for i, j in ((0, 0), (3, 2), (5, 4), (6, 1)):
        moved = vectors.astype(np.float64)
        moved[i, j] += step
        higher = slow_loop(LABELS, moved, 0.3).sum()
        moved[i, j] -= 2 * step
        assert gradient[i, j] == pytest.approx((higher - slow_loop(LABELS, moved, 0.3).sum()) / (2 * step), abs=1e-3)


def test_it_depends_neither_on_the_order_nor_on_the_names_of_products_nor_on_a_rotation():
    vectors, order = on_the_sphere(7, 5), RANDOM.permutation(7)
    loss = np.asarray(SupervisedContrastive(0.1).call(LABELS, vectors))
    turn = np.linalg.qr(RANDOM.normal(size=(5, 5)))[0].astype(np.float32)
    np.testing.assert_allclose(SupervisedContrastive(0.1).call(LABELS[order], vectors[order]), loss[order], rtol=1e-4)
    np.testing.assert_allclose(SupervisedContrastive(0.1).call(900 - LABELS, vectors @ turn), loss, rtol=1e-4)


def test_least_value_is_the_log_of_the_positives_and_lonely_pictures_cost_nothing():
    apart = np.eye(3, dtype=np.float32)[[0, 0, 0, 1, 1, 2]]
    losses = np.asarray(SupervisedContrastive(0.05).call(np.array([0, 0, 0, 1, 1, 2]), apart))
    np.testing.assert_allclose(losses, [np.log(2), np.log(2), np.log(2), 0, 0, 0], atol=1e-4)


def test_batches_of_any_size_labels_in_a_column_and_half_precision():
    loss, vectors = SupervisedContrastive(0.1), on_the_sphere(7, 5)
    compiled = tf.function(loss, input_signature=[tf.TensorSpec([None], tf.int64), tf.TensorSpec([None, 5])])
    assert float(compiled(LABELS, vectors)) == pytest.approx(float(loss(LABELS, vectors)), rel=1e-5)
    assert float(loss(LABELS[:, None], vectors)) == pytest.approx(float(loss(LABELS, vectors)), rel=1e-5)
    half = loss(LABELS, tf.cast(vectors, tf.float16))
    assert half.dtype == tf.float32 and float(half) == pytest.approx(float(loss(LABELS, vectors)), rel=0.05)


def test_it_survives_saving_and_refuses_a_temperature_of_zero():
    twin = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(SupervisedContrastive(0.07)))
    assert twin.temperature == 0.07
    with pytest.raises(ValueError, match="above 0"):
        SupervisedContrastive(0.0)


def test_the_nearest_picture_is_that_of_a_slow_loop_whatever_the_lengths():
    vectors, expected = on_the_sphere(7, 5), []
    for i, vector in enumerate(vectors):
        others = [a for a in range(7) if a != i]
        nearest = max(others, key=lambda a: vector @ vectors[a])
        expected.append(float(LABELS[nearest] == LABELS[i]))
    lengths = RANDOM.uniform(0.1, 9, (7, 1)).astype(np.float32)
    np.testing.assert_array_equal(nearest_is_same(LABELS, vectors * lengths), expected)
    np.testing.assert_array_equal(nearest_is_same(LABELS[:, None], vectors), expected)
    assert 0 < sum(expected) < 7


def test_the_nearest_picture_is_never_the_picture_itself():
    twins = np.eye(4, dtype=np.float32)[[0, 0, 1, 2]]
    np.testing.assert_array_equal(nearest_is_same(np.array([3, 3, 5, 6]), twins), [1, 1, 0, 0])


def test_as_a_metric_of_one_batch_it_is_recall_at_one():
    model = keras.Sequential([keras.Input((5,)), keras.layers.UnitNormalization()])
    model.compile(loss=SupervisedContrastive(0.1), metrics=[nearest_is_same])
    vectors = on_the_sphere(7, 5)
    result = model.evaluate(vectors, LABELS, batch_size=7, verbose=0, return_dict=True)
    assert result["nearest_is_same"] == pytest.approx(float(np.mean(nearest_is_same(LABELS, vectors))))
