import gc
import os
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers import pipeline

NUMBERS = np.arange(10, dtype=np.uint8).reshape(10, 1, 1, 1) * np.ones((1, 8, 8, 3), np.uint8)


def drawn(batches, count, first_step=0):
    return [(x.numpy(), y.numpy()) for x, y in batches.dataset(first_step).take(count)]


def test_an_epoch_holds_every_picture_once_and_the_next_has_another_order():
    batches = pipeline.training_batches(NUMBERS, np.arange(10), batch_size=5, seed=3)
    labels = [y for _, y in drawn(batches, 4)]
    first, second = np.concatenate(labels[:2]), np.concatenate(labels[2:])
    assert sorted(first) == sorted(second) == list(range(10))
    assert list(first) != list(second)


def test_pictures_stay_with_their_targets_and_become_floats():
    batches = pipeline.training_batches(NUMBERS, np.arange(10), batch_size=4, seed=1)
    for x, y in drawn(batches, 5):
        assert x.dtype == np.float32
        np.testing.assert_allclose(x[:, 0, 0, 0], y / 255, rtol=1e-6)


def test_starting_at_a_later_step_gives_the_same_batches_augmentation_included():
    def augment(x, y, seed):
        return pipeline.random_affine(x, seed), y

    batches = pipeline.training_batches(NUMBERS, np.arange(10), batch_size=3, augment=augment, seed=5)
    whole, rest = drawn(batches, 7), drawn(batches, 3, first_step=4)
    for (x, y), (x_late, y_late) in zip(whole[4:], rest, strict=True):
        np.testing.assert_array_equal(x, x_late)
        np.testing.assert_array_equal(y, y_late)


def test_without_targets_the_picture_is_its_own():
    x, y = drawn(pipeline.training_batches(NUMBERS, batch_size=2), 1)[0]
    np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize("size", [0, 11])
def test_a_batch_that_cannot_be_filled_is_refused(size):
    with pytest.raises(ValueError, match="batch_size"):
        pipeline.training_batches(NUMBERS, batch_size=size)


def test_pictures_and_targets_of_different_number_are_refused():
    with pytest.raises(ValueError, match="10 pictures but 9 targets"):
        pipeline.training_batches(NUMBERS, np.arange(9), batch_size=2)


def test_the_fingerprint_follows_data_seed_and_augmentation():
    def one(x, y, seed):
        return x, y

    def other(x, y, seed):
        return 1 - x, y

    makes = [
        pipeline.training_batches(NUMBERS, np.arange(10), batch_size=2),
        pipeline.training_batches(NUMBERS, np.arange(10), batch_size=2, seed=1),
        pipeline.training_batches(NUMBERS, np.arange(10), batch_size=5),
        pipeline.training_batches(NUMBERS + 1, np.arange(10), batch_size=2),
        pipeline.training_batches(NUMBERS, np.arange(10)[::-1].copy(), batch_size=2),
        pipeline.training_batches(NUMBERS, np.arange(10), batch_size=2, augment=one),
        pipeline.training_batches(NUMBERS, np.arange(10), batch_size=2, augment=other),
    ]
    assert len({batches.fingerprint() for batches in makes}) == len(makes)
    assert makes[0].fingerprint() == pipeline.training_batches(NUMBERS, np.arange(10), batch_size=2).fingerprint()


def test_evaluation_keeps_order_and_the_last_partial_batch():
    data = list(pipeline.evaluation_batches(NUMBERS, np.arange(10), batch_size=4))
    assert [len(y) for _, y in data] == [4, 4, 2]
    np.testing.assert_array_equal(np.concatenate([y for _, y in data]), np.arange(10))
    assert data[0][0].dtype == tf.float32
    assert [len(x) for x in pipeline.evaluation_batches(NUMBERS, batch_size=4)] == [4, 4, 2]


PHOTO = np.random.default_rng(0).random((6, 16, 16, 3)).astype(np.float32)


def test_flip_mirrors_some_pictures_and_leaves_the_others():
    flipped = pipeline.random_flip(PHOTO, (1, 2)).numpy()
    mirrored = [np.array_equal(a, b[:, ::-1]) for a, b in zip(flipped, PHOTO, strict=True)]
    same = [np.array_equal(a, b) for a, b in zip(flipped, PHOTO, strict=True)]
    assert all(a != b for a, b in zip(mirrored, same, strict=True))
    assert 0 < sum(mirrored) < 6


def test_affine_without_strength_is_the_identity():
    np.testing.assert_allclose(pipeline.random_affine(PHOTO, (1, 2), zoom=0, shift=0, rotation=0), PHOTO, atol=1e-5)


def test_affine_agrees_with_an_independent_resampling():
    from scipy import ndimage

    seed = (3, 9)
    draws = tf.random.stateless_uniform([4, 6], seed, -1.0, 1.0).numpy()
    turned = pipeline.random_affine(PHOTO, seed, zoom=0.2, shift=0.1, rotation=20.0).numpy()
    for i in range(6):
        scale, angle = 1 / (1 + 0.2 * draws[0, i]), np.deg2rad(20 * draws[1, i])
        matrix = scale * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])  # on (y, x)
        offset = 7.5 - matrix @ [7.5, 7.5] + [0.1 * 16 * draws[3, i], 0.1 * 16 * draws[2, i]]
        expected = ndimage.affine_transform(PHOTO[i, ..., 0], matrix, offset, order=1, mode="reflect")
        np.testing.assert_allclose(turned[i, 3:-3, 3:-3, 0], expected[3:-3, 3:-3], atol=2e-3)


def test_colour_stays_in_range_and_changes_each_picture_differently():
    changed = pipeline.random_colour(PHOTO, (1, 2)).numpy()
    assert changed.min() >= 0 and changed.max() <= 1
    shifts = (changed - PHOTO).mean((1, 2, 3))
    assert len(np.unique(np.round(shifts, 4))) == 6
    np.testing.assert_allclose(
        pipeline.random_colour(PHOTO, (1, 2), brightness=0, contrast=0, saturation=0), PHOTO, atol=1e-6
    )


def test_erase_fills_a_box_with_the_mean_colour():
    erased = pipeline.random_erase(PHOTO, (1, 2), probability=1.0).numpy()
    for before, after in zip(PHOTO, erased, strict=True):
        rows, columns = np.nonzero((before != after).any(-1))
        box = after[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        np.testing.assert_allclose(box, np.broadcast_to(before.mean((0, 1)), box.shape), atol=1e-5)
    np.testing.assert_array_equal(pipeline.random_erase(PHOTO, (1, 2), probability=0.0), PHOTO)


@pytest.mark.skipif(sys.platform != "linux", reason="reads the memory in use from /proc")
def test_a_training_leaves_no_copy_of_the_pictures_behind():
    pictures = np.zeros((400, 224, 224, 3), np.uint8)  # 60 MB
    model, megabytes = keras.Sequential([keras.layers.Conv2D(3, 1)]), []
    model.compile("sgd", "mse")
    gc.disable()  # memory that only the collector of cycles can free may stay taken for long
    try:
        for seed in range(5):
            batches = pipeline.training_batches(
                pictures, batch_size=4, augment=lambda x, y, seed: (x[:, :32, :32], y[:, :32, :32]), seed=seed
            )
            model.fit(batches.dataset(), steps_per_epoch=2, shuffle=False, verbose=0)
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            megabytes.append(pages * os.sysconf("SC_PAGE_SIZE") / 1e6)
    finally:
        gc.enable()
    assert megabytes[-1] - megabytes[0] < 120  # four copies would be 240
