"""What variational autoencoders are made of: the draw with a gradient, and the divergence to the prior."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers.layers import Sampling
from helpers.losses import GaussianLikelihood, gaussian_kl

RANDOM = np.random.default_rng(0)


def test_kl_is_zero_only_at_the_prior_and_knows_its_values():
    zeros = np.zeros((1, 4), np.float32)
    assert float(gaussian_kl(zeros, zeros)[0]) == 0.0
    assert float(gaussian_kl(zeros + 3, zeros)[0]) == pytest.approx(4 * 9 / 2)
    assert float(gaussian_kl(zeros, zeros + np.log(4))[0]) == pytest.approx(4 * (3 - np.log(4)) / 2, rel=1e-6)
    assert (np.asarray(gaussian_kl(RANDOM.normal(size=(50, 4)), RANDOM.normal(size=(50, 4)))) > 0).all()


def test_kl_is_a_sum_over_the_latents_with_one_value_a_picture():
    mean, log_variance = RANDOM.normal(size=(2, 5, 8)).astype(np.float32)
    whole = np.asarray(gaussian_kl(mean, log_variance))
    halves = np.asarray(gaussian_kl(mean[:, :3], log_variance[:, :3])), gaussian_kl(mean[:, 3:], log_variance[:, 3:])
    assert whole.shape == (5,)
    np.testing.assert_allclose(whole, halves[0] + np.asarray(halves[1]), rtol=1e-5)


def test_kl_agrees_with_monte_carlo():
    mean, log_variance = np.array([0.7, -1.2, 0.0]), np.array([-2.0, 0.5, 0.0])
    epsilon = RANDOM.normal(size=(400_000, 3))
    z = mean + np.exp(log_variance / 2) * epsilon
    log_ratio = (-(epsilon**2) / 2 - log_variance / 2 + z**2 / 2).sum(1)
    estimate, error = log_ratio.mean(), log_ratio.std() / np.sqrt(len(z))
    assert abs(estimate - float(gaussian_kl(mean[None], log_variance[None])[0])) < 4 * error


def test_kl_keeps_small_values_and_half_precision_inputs():
    tiny = np.full((1, 2), 1e-3, np.float32)
    assert float(gaussian_kl(np.zeros_like(tiny), tiny)[0]) == pytest.approx(2 * 1e-6 / 4, rel=1e-2)
    far = tf.constant([[12.0, 12.0]], tf.float16)
    value = gaussian_kl(far, far)
    assert value.dtype == tf.float32 and np.isfinite(value.numpy()).all()


def test_draws_have_the_mean_and_the_spread_asked_for():
    mean = np.tile(np.array([[1.0, -2.0]], np.float32), (50_000, 1))
    log_variance = np.tile(np.log(np.array([[0.25, 4.0]], np.float32)), (50_000, 1))
    drawn = np.asarray(Sampling(seed=1)([mean, log_variance]))
    np.testing.assert_allclose(drawn.mean(0), [1, -2], atol=0.04)
    np.testing.assert_allclose(drawn.std(0), [0.5, 2], rtol=0.02)
    assert abs(np.corrcoef(drawn.T)[0, 1]) < 0.02


def test_gradients_reach_mean_and_log_variance_through_the_draw():
    mean, log_variance = tf.Variable(RANDOM.normal(size=(4, 3))), tf.Variable(RANDOM.normal(size=(4, 3)))
    with tf.GradientTape() as tape:
        drawn = Sampling(seed=2, dtype="float32")([mean, log_variance])
        total = tf.reduce_sum(drawn)
    to_mean, to_log_variance = tape.gradient(total, [mean, log_variance])
    np.testing.assert_allclose(to_mean, 1.0)
    np.testing.assert_allclose(to_log_variance, (drawn - tf.cast(mean, tf.float32)) / 2, rtol=1e-4, atol=1e-6)


def test_gradients_of_the_divergence_point_to_the_prior():
    mean, log_variance = tf.Variable([[1.0, -2.0]]), tf.Variable([[1.0, -1.0]])
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(gaussian_kl(mean, log_variance))
    to_mean, to_log_variance = tape.gradient(value, [mean, log_variance])
    np.testing.assert_allclose(to_mean, [[1.0, -2.0]])
    np.testing.assert_allclose(to_log_variance, [[(np.e - 1) / 2, (1 / np.e - 1) / 2]], rtol=1e-5)


def test_every_call_draws_anew_and_a_seed_repeats_the_sequence():
    zeros = np.zeros((3, 2), np.float32)
    first, second = Sampling(seed=5), Sampling(seed=5)
    one, two = (np.asarray(first([zeros, zeros])) for _ in range(2))
    assert not np.allclose(one, two)
    np.testing.assert_array_equal(second([zeros, zeros]), one)
    keras.utils.set_random_seed(3)
    before = np.asarray(Sampling()([zeros, zeros]))
    keras.utils.set_random_seed(3)
    np.testing.assert_array_equal(Sampling()([zeros, zeros]), before)


def _small_model():
    inputs = keras.Input((6,))
    mean, log_variance = keras.layers.Dense(2)(inputs), keras.layers.Dense(2)(inputs)
    return keras.Model(inputs, [mean, Sampling(seed=4)([mean, log_variance])])


def test_saving_keeps_the_layer_and_its_seed(tmp_path):
    model, pictures = _small_model(), RANDOM.normal(size=(5, 6)).astype(np.float32)
    assert model.output_shape[1] == (None, 2)
    model.save(tmp_path / "model.keras")
    twin = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(twin(pictures)[0], model(pictures)[0])
    assert twin.layers[-1].seed == 4


def test_the_counter_of_draws_is_among_what_a_resumed_training_needs():
    from helpers.training import _random_states

    (state,) = _random_states(_small_model())
    before = np.asarray(state).copy()
    layer = Sampling(seed=4, dtype="mixed_float16")
    half = layer([np.zeros((3, 2), np.float16), np.full((3, 2), 9.0, np.float16)])
    assert before.shape == (2,) and keras.backend.standardize_dtype(half.dtype) == "float16"
    assert np.isfinite(np.asarray(half)).all()


def test_the_likelihood_is_the_density_of_all_pixels_together():
    pictures, drawn = RANDOM.random((2, 3, 4, 5, 1)).astype(np.float32)
    density = np.exp(-((pictures - drawn) ** 2) / (2 * 0.3**2)) / (0.3 * np.sqrt(2 * np.pi))
    expected = -np.log(density.astype(np.float64)).sum((1, 2, 3))
    np.testing.assert_allclose(GaussianLikelihood(0.3).call(pictures, drawn), expected, rtol=1e-5)
    assert float(GaussianLikelihood(0.3)(pictures, drawn)) == pytest.approx(expected.mean(), rel=1e-5)


def test_the_elbo_is_a_lower_bound_that_the_true_posterior_reaches():
    # x = z + noise in one dimension: p(x) = N(0, 1 + s^2), and the posterior is Gaussian, so the bound can be tight.
    x, s = 0.8, 0.5
    truth = -0.5 * np.log(2 * np.pi * (1 + s**2)) - x**2 / (2 * (1 + s**2))
    variance = s**2 / (1 + s**2)

    def elbo(mean, log_variance):
        z = mean + np.exp(log_variance / 2) * np.random.default_rng(1).normal(size=(200_000, 1))
        likelihood = -np.asarray(GaussianLikelihood(s).call(np.full_like(z, x), z)).mean()
        return likelihood - float(gaussian_kl(np.array([[mean]]), np.array([[log_variance]]))[0])

    assert elbo(x / (1 + s**2), np.log(variance)) == pytest.approx(truth, abs=5e-3)
    assert elbo(0.2, np.log(variance)) < truth - 0.05
    assert elbo(x / (1 + s**2), 0.0) < truth - 0.05


def test_the_likelihood_survives_saving_and_refuses_a_deviation_of_zero():
    twin = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(GaussianLikelihood(0.2)))
    assert twin.deviation == 0.2
    with pytest.raises(ValueError, match="deviation"):
        GaussianLikelihood(0.0)
