import numpy as np
import pytest

from helpers import classical, degrade, metrics

RAMP = np.linspace(0.2, 0.8, 48, dtype=np.float32)
RAMPS = np.broadcast_arrays(RAMP[:, None], RAMP, np.float32(0.5))
SOFT = np.stack(RAMPS, -1)[None]
SEAM = np.concatenate([np.full((1, 32, 16, 3), 0.2), np.full((1, 32, 16, 3), 0.8)], axis=2).astype(np.float32)


def test_it_removes_noise_and_returns_floats_of_the_same_shape():
    noisy = degrade.gaussian_noise(SOFT, 15.0, (1, 2)).numpy()
    restored = classical.bilateral(noisy, 15 / 255, (2.0, 6.0))
    assert restored.shape == noisy.shape and restored.dtype == np.float32
    before, after = (metrics.psnr(SOFT, np.clip(picture, 0, 1))[0] for picture in (noisy, restored))
    assert after > before + 5


def test_a_strong_edge_stays_where_a_blur_of_the_same_width_would_wash_it_out():
    restored = classical.bilateral(SEAM, 0.05, (2.0, 3.0))
    np.testing.assert_allclose(restored, SEAM, atol=1e-3)
    assert np.abs(degrade.gaussian_blur(SEAM, 2.0).numpy() - SEAM).max() > 0.2


def test_with_a_boundless_tolerance_it_is_a_blur():
    noisy = degrade.gaussian_noise(SOFT, 15.0, (1, 2)).numpy()
    blurred = degrade.gaussian_blur(noisy, 2.0, radius=3).numpy()
    inner = np.s_[:, 8:-8, 8:-8]
    # OpenCV's window is a disc, the blur's a square: their corners are all that differs.
    np.testing.assert_allclose(classical.bilateral(noisy, 1.0, (2.0, 1e4))[inner], blurred[inner], atol=0.015)


def slow(picture, tolerance, radius):
    """Every pixel's weighted mean over the disc around it, written out; picture (height, width, channels)."""
    reach = round(1.5 * radius)
    padded = np.pad(picture, [(reach, reach), (reach, reach), (0, 0)], mode="symmetric")
    result = np.zeros_like(picture)
    for row, column in np.ndindex(picture.shape[:2]):
        near = padded[row : row + 2 * reach + 1, column : column + 2 * reach + 1]
        y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
        unlike = np.abs(near - picture[row, column]).sum(-1)
        weights = np.exp(-(y**2 + x**2) / (2 * radius**2) - unlike**2 / (2 * tolerance**2)) * (y**2 + x**2 <= reach**2)
        result[row, column] = (near * weights[..., None]).sum((0, 1)) / weights.sum()
    return result


@pytest.mark.parametrize("channels", [1, 3])
def test_it_agrees_with_the_definition(channels):
    noisy = degrade.gaussian_noise(SOFT[:, :20, :24, :channels], 10.0, (3, 4)).numpy()
    restored = classical.bilateral(noisy, 0.04, (1.5, 3.0))
    assert restored.shape == noisy.shape
    np.testing.assert_allclose(restored[0], slow(noisy[0], 3.0 * 0.04, 1.5), atol=2e-3)


@pytest.mark.parametrize("pictures", [SOFT[:, ::-1], SOFT[:, :, ::2], np.asfortranarray(SOFT), SOFT.astype(np.float64)])
def test_views_and_other_floats_are_taken(pictures):
    assert classical.bilateral(pictures, 0.05, (1.0, 2.0)).shape == pictures.shape


def test_every_picture_of_a_batch_is_treated_alone():
    pair = np.concatenate([SOFT, 1 - SOFT])
    both = classical.bilateral(pair, 0.05, (1.5, 2.0))
    np.testing.assert_array_equal(both[1:], classical.bilateral(1 - SOFT, 0.05, (1.5, 2.0)))
