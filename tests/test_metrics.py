import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from helpers import metrics

RNG = np.random.default_rng(0)
CLEAN = RNG.random((3, 24, 32, 3)).astype(np.float32)
NOISY = np.clip(CLEAN + 0.1 * RNG.standard_normal(CLEAN.shape), 0, 1).astype(np.float32)


def test_psnr_agrees_with_scikit_image():
    expected = [peak_signal_noise_ratio(a, b, data_range=1.0) for a, b in zip(CLEAN, NOISY, strict=True)]
    np.testing.assert_allclose(metrics.psnr(CLEAN, NOISY), expected, atol=1e-3)


def test_ssim_agrees_with_scikit_image():
    # The map is averaged where the 11-px window fits; scikit-image crops by the same 5 px.
    expected = [
        structural_similarity(
            *(a, b), data_range=1.0, channel_axis=-1, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
        )
        for a, b in zip(CLEAN, NOISY, strict=True)
    ]
    np.testing.assert_allclose(metrics.ssim(CLEAN, NOISY), expected, atol=2e-4)


def test_a_wrong_range_or_shape_is_refused():
    with pytest.raises(ValueError, match="divide by 255"):
        metrics.psnr(CLEAN * 255, NOISY * 255)
    with pytest.raises(ValueError, match="divide by 255"):
        metrics.ssim((CLEAN * 255).astype(np.uint8), NOISY)
    with pytest.raises(ValueError, match="one shape"):
        metrics.psnr(CLEAN[:2], NOISY)


def test_wilson_interval_agrees_with_scipy():
    from scipy.stats import binomtest

    for successes, trials in [(0, 10), (7, 10), (284, 372), (372, 372)]:
        expected = binomtest(successes, trials).proportion_ci(0.95, method="wilson")
        assert metrics.wilson_interval(successes, trials) == pytest.approx(tuple(expected), abs=1e-4)
    with pytest.raises(ValueError):
        metrics.wilson_interval(5, 4)


def test_masked_psnr_counts_the_marked_pixels_only():
    mask = np.zeros((3, 24, 32, 1), np.float32)
    mask[:2, 4:10, 5:20] = 1
    elsewhere = np.where(mask == 1, NOISY, 0.5).astype(np.float32)
    found = metrics.masked_psnr(CLEAN, elsewhere, mask)
    for i in range(2):
        inside = mask[i, ..., 0] == 1
        assert found[i] == pytest.approx(-10 * np.log10(np.mean((CLEAN[i][inside] - NOISY[i][inside]) ** 2)), abs=1e-3)
    assert np.isnan(found[2])
    whole = metrics.masked_psnr(CLEAN, NOISY, np.ones(CLEAN.shape[:3]))
    np.testing.assert_allclose(whole, metrics.psnr(CLEAN, NOISY), atol=1e-3)


def test_masked_psnr_refuses_bytes():
    with pytest.raises(ValueError, match="divide by 255"):
        metrics.masked_psnr(CLEAN * 255, NOISY, np.ones(CLEAN.shape[:3]))
