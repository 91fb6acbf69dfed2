"""Two sides share no product, whatever the light; sorted values are the histogram and let gradients through."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers import unpaired


def scenes(count, seed=0, side=32):
    """Coarse random pictures, floats in [0, 1]."""
    coarse = np.random.default_rng(seed).random((count, 8, 8, 3)).astype(np.float32)
    return coarse.repeat(side // 8, axis=1).repeat(side // 8, axis=2)


def test_near_copies_are_found_in_any_light_and_mirrored():
    pictures = scenes(6)
    pictures[3] = 0.2 + 0.5 * pictures[1] * np.float32([1, 0.8, 0.6])
    pictures[5] = 0.6 * pictures[0, :, ::-1]
    assert unpaired.near_copies(pictures).tolist() == [[0, 5], [1, 3]]
    assert unpaired.near_copies((255 * pictures).astype(np.uint8)).tolist() == [[0, 5], [1, 3]]


def test_near_copies_between_two_sets():
    first, second = scenes(4), scenes(3, seed=1)
    assert unpaired.near_copies(first, second).tolist() == []
    second[2] = 0.5 * first[1]
    assert unpaired.near_copies(first, second).tolist() == [[1, 2]]


@pytest.mark.parametrize("shape", [(2, 32, 30, 3), (2, 32, 32), (2, 32, 32, 1)])
def test_near_copies_refuse_other_shapes(shape):
    with pytest.raises(ValueError, match="sides that 16 divides"):
        unpaired.near_copies(np.zeros(shape))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_two_sides_share_no_product_and_hold_the_same_kinds(seed):
    pictures, labels = scenes(60), np.arange(60) % 3
    for copy, source in ((9, 0), (12, 9), (31, 4), (58, 55)):
        pictures[copy] = 0.1 + 0.6 * pictures[source, :, :: -1 if copy == 31 else 1]
    one, other = unpaired.two_sides(pictures, labels, seed=seed)
    assert sorted([*one, *other]) == list(range(60))
    assert not len(unpaired.near_copies(pictures[one], pictures[other]))
    for together in ({0, 9, 12}, {4, 31}, {55, 58}):
        assert together <= set(one) or together <= set(other)
    assert np.abs(np.bincount(labels[one]) - np.bincount(labels[other])).max() <= 3


def test_two_sides_are_equal_where_kinds_have_odd_numbers():
    one, other = unpaired.two_sides(scenes(30), np.arange(30) // 3)
    assert len(one) == len(other) == 15


def test_a_chain_of_copies_stays_together():
    pictures = scenes(3)
    pictures[2] = pictures[0]
    pictures[1] = 0.5 * pictures[2]
    one, other = unpaired.two_sides(pictures, np.zeros(3, int))
    assert {len(one), len(other)} == {0, 3}


def test_two_sides_are_the_same_for_the_same_seed_and_need_labels():
    pictures, labels = scenes(20), np.zeros(20, int)
    first, again, another = (unpaired.two_sides(pictures, labels, seed=seed)[0] for seed in (0, 0, 1))
    assert first.tolist() == again.tolist() != another.tolist()
    with pytest.raises(ValueError, match="as many labels"):
        unpaired.two_sides(pictures, labels[:-1])


def test_sorted_values_are_ranks_of_evenly_spaced_pixels():
    pictures = np.random.default_rng(2).random((3, 12, 8, 3)).astype(np.float32)
    found = unpaired.SortedValues(count=4, grid=4)(pictures).numpy()
    values = np.sort(pictures[:, 1::3, 1::2].reshape(3, -1, 3), axis=1)
    np.testing.assert_array_equal(found, values[:, [0, 5, 10, 15]])
    assert unpaired.SortedValues(count=4, grid=4)(pictures[:, :3, :5]).shape == (3, 4, 3)
    with pytest.raises(ValueError, match="4 x 4 pixels"):
        unpaired.SortedValues(count=17, grid=4)


def test_sorted_values_let_gradients_through_and_survive_cloning():
    picture = keras.Input((None, None, 3))
    model = keras.models.clone_model(keras.Model(picture, unpaired.SortedValues(5)(picture)))
    assert model.output_shape == (None, 5, 3)
    pictures = tf.constant(scenes(2))
    with tf.GradientTape() as tape:
        tape.watch(pictures)
        total = tf.reduce_sum(model(pictures))
    assert np.sum(tape.gradient(total, pictures)) == pytest.approx(2 * 5 * 3)


def test_tone_distance_sees_light_and_not_what_is_shown():
    pictures = scenes(80, side=64)
    nothing = unpaired.tone_distance(pictures, pictures)
    turned = unpaired.tone_distance(pictures, np.rot90(pictures, axes=(1, 2)))
    darker = unpaired.tone_distance(pictures, 0.7 * pictures)
    assert nothing == pytest.approx(0, abs=1e-3) and turned < 0.05 < 0.5 < darker
    assert unpaired.tone_distance(np.uint8(255 * pictures), np.float32(pictures)) < 0.01


def test_tone_curves_are_straight_between_knots_and_each_picture_has_its_own():
    curves = np.random.default_rng(3).random((2, 3, 5)).astype(np.float32)
    pictures = np.random.default_rng(4).random((2, 6, 7, 3)).astype(np.float32)
    found, knots = unpaired.ToneCurves()(curves, pictures).numpy(), np.linspace(0, 1, 5)
    for row in range(2):
        for channel in range(3):
            wanted = np.interp(pictures[row, ..., channel], knots, curves[row, channel])
            np.testing.assert_allclose(found[row, ..., channel], wanted, atol=1e-5)
    outside = unpaired.ToneCurves()(curves[:1], np.float32([[[[-1, 0, 2]]]])).numpy().ravel()
    np.testing.assert_allclose(outside, [curves[0, 0, 0], curves[0, 1, 0], curves[0, 2, 4]], atol=1e-6)


def test_what_is_seen_has_the_extremes_and_does_not_depend_on_the_neighbours():
    picture = keras.Input((None, None, 3))
    model = keras.models.clone_model(keras.Model(picture, unpaired.seen_in(picture, width=8)))
    pictures = scenes(3, side=64)
    features, low, high = (numbers.numpy() for numbers in model(pictures))
    assert features.shape == (3, 8)
    np.testing.assert_array_equal(low[..., 0], pictures.min(axis=(1, 2)))
    np.testing.assert_array_equal(high[..., 0], pictures.max(axis=(1, 2)))
    np.testing.assert_allclose(model(pictures[1:2])[0], features[1:2], atol=1e-5)


def test_curves_of_a_spoiler_are_drawn_and_printed(capsys):
    unpaired.show_curves(lambda ramps: 0.5 * ramps, "curves", count=20)
    printed = capsys.readouterr().out
    assert "the real camera: green of a middle grey" in printed
    assert "the spoiler: green of a middle grey 0.25 ± 0.00, red minus blue +0.00 ± 0.00, white 0.50" in printed


def test_the_grid_changes_nothing_before_training():
    pictures = scenes(2, side=64)
    np.testing.assert_array_equal(unpaired.grid_enhancer()(pictures), pictures)


def test_the_painter_returns_pictures_of_the_same_size():
    made = unpaired.painter(width=2)(scenes(2, side=32)).numpy()
    assert made.shape == (2, 32, 32, 3) and 0 <= made.min() <= made.max() <= 1
