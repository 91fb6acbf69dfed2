"""Rewards are the course's metrics, credit is what single pixels change, and training starts anew each time."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.ndimage import gaussian_filter

from helpers import pipeline, policy
from helpers.metrics import boundary_f


@pytest.fixture(scope="module")
def blobs():
    noise = np.random.default_rng(0).random((8, 64, 64))
    smooth = np.stack([gaussian_filter(one, 4) for one in noise])
    return smooth > np.median(smooth, axis=(1, 2), keepdims=True)


def as_maps(masks):
    return tf.constant(masks[..., None], tf.float32)


@pytest.mark.parametrize("change", ["moved", "noise", "same", "nothing"])
def test_boundary_reward_is_the_metric(blobs, change):
    noise = np.random.default_rng(1).random(blobs.shape) < 0.5
    masks = {"moved": np.roll(blobs, 2, axis=1), "noise": noise, "same": blobs, "nothing": blobs & False}[change]
    found = policy.boundary_reward(as_maps(blobs), as_maps(masks))
    assert found.shape == (len(blobs), 1)
    np.testing.assert_allclose(found[:, 0], boundary_f(blobs, masks), atol=1e-6)


def test_every_draw_is_scored_alone(blobs):
    moved = np.stack([np.roll(blobs, shift, axis=1) for shift in range(4)], axis=-1).astype(np.float32)
    found = policy.boundary_reward(as_maps(blobs), moved)
    for shift in range(4):
        np.testing.assert_allclose(found[:, shift], boundary_f(blobs, np.roll(blobs, shift, axis=1)), atol=1e-6)


def test_precision_and_recall_of_half_an_outline():
    truth = np.zeros((1, 16, 16), bool)
    truth[:, :, 3], truth[:, :, 12] = True, True
    half = truth.copy()
    half[:, :, 12] = False
    precision, recall = policy.precision_and_recall(as_maps(truth), as_maps(half))
    assert float(precision[0, 0, 0, 0]) == 1.0
    assert float(recall[0, 0, 0, 0]) == 0.5


def test_credit_of_a_pixel_is_what_turning_it_changes(blobs):
    truth, greedy = as_maps(blobs[:1]), as_maps(np.roll(blobs[:1], 2, axis=1))
    places = np.random.default_rng(2).integers(0, 64, (60, 2))
    drawn = np.repeat(greedy.numpy(), len(places), axis=-1)
    at = (0, places[:, 0], places[:, 1], np.arange(len(places)))
    drawn[at] = 1 - drawn[at]
    change = (policy.boundary_reward(truth, drawn) - policy.boundary_reward(truth, greedy))[0]
    credit = policy.boundary_credit(truth, drawn, greedy).numpy()
    assert np.abs(change).max() > 0.003
    np.testing.assert_allclose(credit[at], change, atol=3e-4)


def test_no_credit_beyond_two_pixels(blobs):
    truth, greedy = as_maps(blobs), as_maps(np.roll(blobs, 2, axis=1))
    drawn = greedy.numpy()
    drawn[:, 30, 30] = 1 - drawn[:, 30, 30]
    credit = policy.boundary_credit(truth, drawn, greedy).numpy()[..., 0]
    assert (credit[:, 28:33, 28:33] != 0).any()
    credit[:, 26:35, 26:35] = 0
    assert (credit == 0).all()
    assert not policy.boundary_credit(truth, greedy, greedy).numpy().any()


def test_small_unet_gives_a_logit_for_every_pixel():
    network = policy.small_unet((4, 4, 4, 4))
    assert network(np.zeros((2, 64, 32, 3), np.float32)).shape == (2, 64, 32, 1)
    logits = policy.logits_of(network, np.zeros((3, 32, 32, 3), np.uint8), batch_size=2)
    assert logits.shape == (3, 32, 32)
    assert logits.dtype == np.float32


def test_losses_agree_with_keras_and_weigh_outlines(blobs):
    alpha = as_maps(blobs)
    logits = tf.constant(np.random.default_rng(3).normal(size=alpha.shape), tf.float32)
    entropy = keras.losses.BinaryCrossentropy(from_logits=True)(alpha, logits)
    dice = keras.losses.Dice(axis=(1, 2, 3))(alpha, tf.sigmoid(logits))
    np.testing.assert_allclose(policy.cross_entropy(alpha, logits), entropy, rtol=1e-5)
    np.testing.assert_allclose(policy.entropy_and_dice(alpha, logits), entropy + dice, rtol=1e-5)
    far = np.zeros(alpha.shape, np.float32)
    far[:, 20:50, 20:50] = 1
    right, wrong_inside, wrong_at_rim = 8 * far - 4, 8 * far - 4, 8 * far - 4
    wrong_inside[:, 35, 35], wrong_at_rim[:, 20, 35] = -4, -4
    for weight, ratio in ((0.0, 1.0), (5.0, 6.0)):
        losses = [float(policy.entropy_and_dice(far, x, weight)) for x in (right, wrong_inside, wrong_at_rim)]
        dice_lost = float(policy.entropy_and_dice(far, wrong_inside) - policy.entropy_and_dice(far, right)) - 4 / 4096
        inside, rim = (loss - losses[0] - dice_lost for loss in losses[1:])
        assert rim / inside == pytest.approx(ratio, rel=0.05)


def test_best_cut_finds_the_shifted_threshold(blobs):
    logits = 4.0 * blobs - 2 + np.random.default_rng(4).normal(size=blobs.shape) * 0.1
    assert policy.best_cut(logits + 3, blobs, cuts=(-1, 0, 3)) == 3


def test_trainer_repeats_itself_and_reports_the_curve():
    pictures = np.random.default_rng(0).integers(0, 256, (8, 16, 16, 3)).astype(np.uint8)
    pictures[:, 4:12, 5:11, 0], pictures[:, :, :4, 0] = 255, 0
    masks = pictures[..., 0] > 128
    alpha = masks[..., None].astype(np.float32)
    network = keras.Sequential([keras.Input((16, 16, 3)), keras.layers.Conv2D(1, 1)])
    train, start = policy.trainer(network, policy.cross_entropy, peak_rate=0.3, steps=60), network.get_weights()
    batches = pipeline.training_batches(pictures, alpha, batch_size=4)
    weights, curve = train(start, batches, (pictures, masks), checks=4)
    assert len(curve) == 4
    assert curve[-1] > 0.9
    again, same = train(start, batches, (pictures, masks), checks=4)
    np.testing.assert_allclose(same, curve, rtol=1e-5)
    for one, other in zip(weights, again, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)
    with pytest.raises(ValueError, match="divide"):
        train(start, batches, (pictures, masks), checks=7)
