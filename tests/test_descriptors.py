"""Descriptors of pictures: what they must respond to, and what they must not."""

import numpy as np
import pytest

from helpers import descriptors


@pytest.fixture
def pictures():
    return np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)


def test_colour_histogram_knows_colours_but_no_places(pictures):
    shuffled = np.random.default_rng(1).permutation(pictures.reshape(3, -1, 3), axis=1).reshape(pictures.shape)
    found = descriptors.colour_histogram(pictures)
    assert found.shape == (3, 512) and found.dtype == np.float32
    np.testing.assert_allclose(found, descriptors.colour_histogram(shuffled))
    np.testing.assert_allclose((found**2).sum(1), 1, rtol=1e-5)
    red = np.zeros((1, 32, 32, 3), np.uint8)
    red[..., 0] = 255
    assert descriptors.colour_histogram(red)[0].argmax() == 7 * 64 and descriptors.colour_histogram(red).sum() == 1


def test_colour_histogram_puts_every_value_into_its_box():
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[:, None, None], 3, axis=-1)[None]
    found = descriptors.colour_histogram(ramp, bins=4)[0]
    np.testing.assert_allclose(found[[0, 21, 42, 63]], 0.5)
    assert np.count_nonzero(found) == 4


def test_oriented_gradients_know_directions_but_not_brightness():
    stripes = np.zeros((2, 32, 32, 3), np.uint8)
    stripes[0, :, ::4], stripes[1, ::4] = 100, 100  # upright, lying
    upright, lying = descriptors.oriented_gradients(stripes)
    brighter = descriptors.oriented_gradients(stripes + 100)
    np.testing.assert_allclose(brighter, [upright, lying], atol=1e-5)
    assert np.abs(upright - lying).max() > 0.1
    by_direction = upright.reshape(-1, 9).sum(0), lying.reshape(-1, 9).sum(0)
    assert by_direction[0].argmax() != by_direction[1].argmax()


def test_shape_and_colour_joins_both(pictures):
    joined = descriptors.shape_and_colour(pictures)
    gradients = descriptors.oriented_gradients(pictures)
    np.testing.assert_array_equal(joined[:, : gradients.shape[1]], gradients)
    np.testing.assert_array_equal(joined[:, gradients.shape[1] :], descriptors.colour_histogram(pictures))


@pytest.mark.parametrize(
    "wrong", [np.zeros((2, 32, 32, 3)), np.zeros((32, 32, 3), np.uint8), np.zeros((0, 8, 8, 3), np.uint8)]
)
def test_other_arrays_are_refused(wrong):
    for describe in (descriptors.colour_histogram, descriptors.oriented_gradients):
        with pytest.raises(ValueError, match="uint8"):
            describe(wrong)
