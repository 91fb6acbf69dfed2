import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from skimage.color import rgb2ycbcr

from helpers import degrade, metrics

KERNELS = {
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos3": Image.Resampling.LANCZOS,
    "bilinear": Image.Resampling.BILINEAR,
    "nearest": Image.Resampling.NEAREST,
}
# Between 0.2 and 0.8 no overshoot is clipped, so that both sides can be compared closely.
PICTURES = (0.2 + 0.6 * np.random.default_rng(0).random((2, 24, 36, 3))).astype(np.float32)


def pillow(pictures, scale, kernel):
    """Each channel resized by Pillow in floats, (n, height, width, 3)."""
    size = round(pictures.shape[2] * scale), round(pictures.shape[1] * scale)

    def resized(channel):
        return np.asarray(Image.fromarray(channel).resize(size, kernel))

    return np.stack([np.stack([resized(np.ascontiguousarray(p[..., c])) for c in range(3)], -1) for p in pictures])


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_downscaling_is_pillows_bicubic_in_256_levels(factor):
    small = degrade.downscale(PICTURES, factor).numpy()
    expected = pillow(PICTURES, 1 / factor, KERNELS["bicubic"])
    assert small.shape == (2, 24 // factor, 36 // factor, 3)
    assert np.abs(small - expected).max() * 255 <= 0.5 + 1e-3  # nothing but the rounding
    np.testing.assert_allclose(small * 255, np.round(small * 255), atol=1e-4)


def test_downscaling_filters_out_what_the_small_picture_cannot_hold():
    stripes = np.zeros((1, 24, 24, 3), np.float32)
    stripes[:, :, ::2] = 1
    assert np.ptp(degrade.downscale(stripes, 2).numpy()[:, :, 2:-2]) < 0.02
    assert np.ptp(stripes[:, ::2, ::2]) == 0  # without anti-aliasing all of it would be white


@pytest.mark.parametrize("factor", [2, 3])
@pytest.mark.parametrize("method", KERNELS)
def test_enlarging_is_what_pillow_does(method, factor):
    big = degrade.upscale(PICTURES, factor, method).numpy()
    expected = pillow(PICTURES, factor, KERNELS[method]).clip(0, 1)
    np.testing.assert_allclose(big, expected, atol=5e-4)  # TensorFlow's bicubic weights come from a table


@pytest.mark.parametrize("factor", [2, 3])
def test_a_ramp_keeps_its_place(factor):
    """Corner-aligned or half-shifted grids would move it."""
    ramp = np.tile(np.linspace(0.2, 0.8, 48, dtype=np.float32)[None, None, :, None], (1, 12, 1, 3))
    back = degrade.upscale(degrade.downscale(ramp, factor), factor).numpy()
    np.testing.assert_allclose(back[:, :, 9:-9], ramp[:, :, 9:-9], atol=3e-3)


def test_overshoot_is_clipped():
    edge = np.zeros((1, 6, 6, 3), np.float32)
    edge[:, :, 3:] = 1
    big = degrade.upscale(edge, 2).numpy()
    assert big.min() == 0 and big.max() == 1


def test_sides_that_do_not_divide_are_refused():
    with pytest.raises(ValueError, match="crop the pictures first"):
        degrade.downscale(PICTURES[:, :23], 2)
    with pytest.raises(ValueError, match="multiples of 5"):
        degrade.downscale(PICTURES, 5)


def test_downscaling_in_a_pipeline_where_sides_are_not_known():
    @tf.function(input_signature=[tf.TensorSpec((None, None, None, 3))])
    def halve(pictures):
        return degrade.downscale(pictures, 2)

    np.testing.assert_allclose(halve(PICTURES), degrade.downscale(PICTURES, 2), atol=1e-6)
    with pytest.raises(tf.errors.InvalidArgumentError, match="crop the pictures first"):
        halve(PICTURES[:, :23])


def test_luma_is_scikit_images():
    np.testing.assert_allclose(metrics.luma(PICTURES)[..., 0] * 255, rgb2ycbcr(PICTURES)[..., 0], atol=1e-3)


def test_luma_spans_the_studio_range():
    ends = np.zeros((2, 1, 1, 3), np.float32)
    ends[1] = 1
    np.testing.assert_allclose(metrics.luma(ends).ravel() * 255, [16, 235], atol=1e-3)
    assert metrics.luma(ends).dtype == np.float32
