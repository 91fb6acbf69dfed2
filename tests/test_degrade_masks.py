import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage

from helpers import degrade

BINS = [(0.01, 0.1), (0.1, 0.2), (0.2, 0.4)]


@pytest.mark.parametrize(("low", "high"), BINS)
@pytest.mark.parametrize("size", [(96, 96), (40, 64)])
def test_the_holes_share_is_between_its_bounds(low, high, size):
    masks = degrade.irregular_masks(60, *size, (1, 2), low, high).numpy()
    shares = (1 - masks).mean((1, 2, 3))
    assert masks.shape == (60, *size, 1) and set(np.unique(masks)) == {0, 1}
    assert low <= shares.min() and shares.max() <= high
    assert abs(shares.mean() - (low + high) / 2) < 0.2 * (high - low)


def test_strokes_are_thick_few_and_everywhere():
    masks = degrade.irregular_masks(200, 96, 96, (3, 4), 0.2, 0.4).numpy()[..., 0]
    depth = [ndimage.distance_transform_edt(mask == 0).max() for mask in masks]
    assert np.median(depth) > 6
    assert max(ndimage.label(mask == 0)[1] for mask in masks) <= 3
    often = (1 - masks).mean(0)
    assert often.min() > 0.02 and often.max() < 0.6


def test_box_masks_are_single_boxes_of_the_stated_share():
    masks = degrade.box_masks(80, 96, 96, (1, 2), 0.05, 0.15).numpy()
    shares = (1 - masks).mean((1, 2, 3))
    assert masks.shape == (80, 96, 96, 1)
    assert shares.min() > 0.045 and shares.max() < 0.16
    for mask in masks[..., 0]:
        rows, columns = np.nonzero(mask == 0)
        tall, wide = np.ptp(rows) + 1, np.ptp(columns) + 1
        assert tall * wide == np.sum(mask == 0)
        assert 0.6 < tall / wide < 1.7
    assert (1 - masks).mean(0).min() >= 0 and (1 - masks).mean(0)[48, 48] > 0.05


@pytest.mark.parametrize("make", [degrade.irregular_masks, degrade.box_masks])
def test_the_same_seed_gives_the_same_masks_also_inside_a_dataset(make):
    masks = make(4, 48, 48, (5, 6), 0.1, 0.2).numpy()
    assert len(np.unique(masks.reshape(4, -1), axis=0)) == 4
    data = tf.data.Dataset.from_tensors(tf.constant([5, 6], tf.int64)).map(lambda s: make(4, 48, 48, s, 0.1, 0.2))
    np.testing.assert_array_equal(next(iter(data)), masks)
    assert np.any(make(4, 48, 48, (5, 7), 0.1, 0.2).numpy() != masks)


@pytest.mark.parametrize("make", [degrade.irregular_masks, degrade.box_masks])
def test_the_number_of_masks_may_be_a_tensor(make):
    masks = tf.function(lambda pictures: make(tf.shape(pictures)[0], 32, 32, (1, 2), 0.1, 0.2))(tf.zeros([3, 5]))
    assert masks.shape == (3, 32, 32, 1)


def test_mixed_masks_hold_both_kinds_and_differ_between_pictures():
    masks = degrade.mixed_masks(200, 48, 48, (1, 2)).numpy()
    assert masks.shape == (200, 48, 48, 1)
    holes = [np.nonzero(mask == 0) for mask in masks[..., 0]]
    boxes = np.mean([(np.ptp(rows) + 1) * (np.ptp(columns) + 1) == len(rows) for rows, columns in holes])
    assert 0.15 < boxes < 0.35
    assert len(np.unique(masks.reshape(200, -1), axis=0)) == 200


def test_with_holes_hides_what_is_in_the_hole_and_tells_where_it_is():
    pictures = np.random.default_rng(0).random((3, 32, 32, 3)).astype(np.float32) + 0.1
    masks = degrade.box_masks(3, 32, 32, (1, 2), 0.1, 0.2)
    both = degrade.with_holes(pictures, masks).numpy()
    assert both.shape == (3, 32, 32, 4)
    np.testing.assert_array_equal(both[..., 3:], masks)
    np.testing.assert_array_equal(both[..., :3] > 0, np.repeat(masks.numpy(), 3, -1) > 0)
    shown = degrade.painted(pictures, masks, (0.0, 2.0, 0.0))
    np.testing.assert_array_equal(shown[..., 1] == 2, masks[..., 0] == 0)
    np.testing.assert_array_equal(shown * masks, pictures * masks)


def test_holed_pairs_are_made_anew_for_every_seed_and_leave_the_target_whole():
    pictures = tf.constant(np.random.default_rng(0).random((6, 32, 32, 3)), tf.float32)
    damaged, whole = degrade.holed_pairs(pictures, pictures, tf.constant([1, 2], tf.int64))
    mirrored = [not np.array_equal(one, other) for one, other in zip(whole, pictures, strict=True)]
    assert 0 < sum(mirrored) < 6
    np.testing.assert_array_equal(np.where(np.array(mirrored)[:, None, None, None], whole[:, :, ::-1], whole), pictures)
    np.testing.assert_array_equal(damaged[..., :3], whole * damaged[..., 3:])
    again = degrade.holed_pairs(pictures, pictures, tf.constant([1, 3], tf.int64))[0]
    assert np.any(again[..., 3:] != damaged[..., 3:])


def test_the_middle_box_is_a_square_in_the_middle():
    masks = degrade.middle_box(2, 8, 10, 4)
    assert masks.shape == (2, 8, 10, 1) and np.sum(masks == 0) == 2 * 16
    assert np.all(masks[:, 2:6, 3:7] == 0)
