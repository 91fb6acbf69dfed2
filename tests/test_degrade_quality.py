import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from scipy.ndimage import gaussian_filter
from skimage.data import astronaut

from helpers import degrade, metrics

PHOTO = (astronaut()[None, 0:128, 160:288] / 255).astype(np.float32)
PAIR = np.concatenate([PHOTO, PHOTO[:, ::-1]])


def pillow(picture, quality):
    """One picture saved and read by Pillow, in [0, 1]."""
    file = io.BytesIO()
    Image.fromarray(np.round(picture * 255).astype(np.uint8)).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file)) / 255


# jpeg


@pytest.mark.parametrize("quality", [5, 10, 20, 40, 90])
def test_jpeg_is_what_pillow_saves_and_reads(quality):
    ours = degrade.jpeg(PHOTO, quality).numpy()[0]
    # Two builds of libjpeg may round differently; a fast, coarse decoder would be off by more.
    assert np.abs(ours - pillow(PHOTO[0], quality)).mean() * 255 < 0.1
    np.testing.assert_allclose(ours * 255, np.round(ours * 255), atol=1e-4)


def test_lower_quality_loses_more():
    scores = [metrics.psnr(PHOTO, degrade.jpeg(PHOTO, quality).numpy())[0] for quality in (5, 10, 20, 40, 90)]
    assert scores == sorted(scores) and scores[-1] > scores[0] + 8


def test_each_picture_has_its_own_quality():
    both = degrade.jpeg(PAIR, [10, 60]).numpy()
    np.testing.assert_array_equal(both[:1], degrade.jpeg(PAIR[:1], 10))
    np.testing.assert_array_equal(both[1:], degrade.jpeg(PAIR[1:], 60))


def test_luma_blocks_start_at_the_corner_and_do_not_see_each_other():
    grey = np.repeat(PHOTO.mean(-1, keepdims=True), 3, axis=-1)
    whole = degrade.jpeg(grey, 10).numpy()
    aligned, shifted = (degrade.jpeg(grey[:, s : s + 64, s : s + 64], 10).numpy() for s in (16, 20))
    assert np.abs(aligned - whole[:, 16:80, 16:80]).max() * 255 < 1.5
    assert np.abs(shifted - whole[:, 20:84, 20:84]).mean() * 255 > 3


def test_chroma_is_kept_at_half_resolution():
    stripes = np.full((1, 32, 32, 3), 0.5, np.float32)
    stripes[:, :, ::2] += np.array([0.0, -0.1, 0.509])  # columns of another blue, all of about the same luma
    saved = degrade.jpeg(stripes, 95).numpy()[0]
    assert np.abs(saved[:, 0::2, 2] - saved[:, 1::2, 2]).mean() < 0.15


def test_values_outside_the_range_are_clipped_and_bytes_are_not_wrapped():
    picture = degrade.jpeg(
        np.array([[-0.4, 1.3]], np.float32).repeat(16, 0).repeat(8, 1)[None, ..., None].repeat(3, -1), 95
    )
    assert picture.shape == (1, 16, 16, 3)
    assert picture[0, :, 0].numpy().max() < 0.05 and picture[0, :, -1].numpy().min() > 0.95


def test_an_empty_batch_stays_one():
    assert degrade.jpeg(PHOTO[:0], 10).shape == (0, 128, 128, 3)


def test_jpeg_runs_inside_a_pipeline():
    def damage(pictures):
        return degrade.jpeg(
            pictures, tf.cast(degrade.uniform_levels(tf.shape(pictures)[0], 8.0, 46.0, (1, 2)), tf.int32)
        )

    (batch,) = tf.data.Dataset.from_tensors(PAIR).map(damage)
    qualities = tf.cast(degrade.uniform_levels(2, 8.0, 46.0, (1, 2)), tf.int32)
    np.testing.assert_array_equal(batch, degrade.jpeg(PAIR, qualities))


# gaussian_blur


@pytest.mark.parametrize("sigma", [0.3, 0.8, 1.3])
def test_blur_is_scipys(sigma):
    expected = gaussian_filter(PHOTO, (0, sigma, sigma, 0), radius=(0, 4, 4, 0), mode="reflect")
    np.testing.assert_allclose(degrade.gaussian_blur(PHOTO, sigma), expected, atol=1e-5)


def test_each_picture_has_its_own_blur_and_none_leaves_it_as_it_is():
    both = degrade.gaussian_blur(PAIR, [0.0, 1.0]).numpy()
    np.testing.assert_array_equal(both[0], PAIR[0])
    np.testing.assert_allclose(both[1:], degrade.gaussian_blur(PAIR[1:], 1.0), atol=1e-6)
    assert np.abs(both[1] - PAIR[1]).mean() > 0.005


def test_blur_keeps_flat_pictures_and_the_mean():
    flat = np.full((2, 12, 16, 3), 0.7, np.float32)
    np.testing.assert_allclose(degrade.gaussian_blur(flat, 1.0), flat, atol=1e-6)
    assert float(tf.reduce_mean(degrade.gaussian_blur(PHOTO, 1.0))) == pytest.approx(float(PHOTO.mean()), abs=1e-4)


def test_blur_runs_inside_a_pipeline_with_a_strength_for_each_picture():
    made = tf.data.Dataset.from_tensors(PAIR).map(lambda pictures: degrade.gaussian_blur(pictures, [0.4, 1.0]))
    (batch,) = made
    np.testing.assert_allclose(batch, degrade.gaussian_blur(PAIR, [0.4, 1.0]), atol=1e-6)


# quantise


def test_quantise_keeps_what_a_file_can_hold():
    levels = np.arange(256, dtype=np.float32) / 255
    np.testing.assert_allclose(degrade.quantise(levels), levels, atol=1e-7)
    moved = degrade.quantise(levels + 0.4 / 255).numpy()
    np.testing.assert_allclose(moved, levels, atol=1e-7)


def test_quantise_is_off_by_half_a_level_at_most_and_clips():
    values = np.random.default_rng(0).uniform(-0.2, 1.2, 1000).astype(np.float32)
    rounded = degrade.quantise(values).numpy()
    assert rounded.min() == 0 and rounded.max() == 1 and len(np.unique(rounded)) <= 256
    assert np.abs(rounded - np.clip(values, 0, 1)).max() <= 0.5 / 255 + 1e-6
