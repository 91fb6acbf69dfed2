import numpy as np
import pytest
from scipy import stats

from helpers import degrade

GREY = np.full((4, 64, 64, 3), 0.5, np.float32)


def test_gaussian_noise_has_the_stated_deviation_per_picture():
    noisy = degrade.gaussian_noise(GREY, [15.0, 25.0, 50.0, 0.0], (1, 2)).numpy() - GREY
    np.testing.assert_allclose(noisy.std((1, 2, 3)) * 255, [15, 25, 50, 0], rtol=0.02, atol=1e-6)
    assert abs(noisy.mean()) < 0.002
    assert stats.kstest(noisy[0].ravel() * 255 / 15, "norm").pvalue > 1e-3


def test_gaussian_noise_is_white():
    noise = degrade.gaussian_noise(GREY, 25.0, (1, 2)).numpy()[0, ..., 0] - 0.5
    neighbours = np.corrcoef(noise[:, :-1].ravel(), noise[:, 1:].ravel())[0, 1]
    assert abs(neighbours) < 0.05


def test_poisson_noise_has_the_mean_and_variance_of_photons():
    noisy = degrade.poisson_noise(GREY, 30.0, (1, 2)).numpy()
    assert noisy.mean() == pytest.approx(0.5, rel=0.01)
    assert noisy.var() == pytest.approx(0.5 / 30, rel=0.03)
    np.testing.assert_allclose(noisy * 30, np.round(noisy * 30), atol=1e-3)


def test_the_same_seed_gives_the_same_noise_and_another_seed_another():
    first = degrade.gaussian_noise(GREY, 25.0, (1, 2)).numpy()
    np.testing.assert_array_equal(first, degrade.gaussian_noise(GREY, 25.0, (1, 2)))
    assert not np.array_equal(first, degrade.gaussian_noise(GREY, 25.0, (1, 3)))


def test_patches_are_windows_of_their_own_picture_up_to_a_symmetry():
    rng = np.random.default_rng(0)
    pictures = rng.random((3, 20, 24, 3)).astype(np.float32)
    kinds = set()
    for seed in range(24):
        for patch, picture in zip(degrade.random_patches(pictures, 8, (seed, 5)).numpy(), pictures, strict=True):
            windows = np.lib.stride_tricks.sliding_window_view(picture, (8, 8, 3)).reshape(-1, 8, 8, 3)
            found = [
                (turn, mirror)
                for turn in range(4)
                for mirror in (False, True)
                if (windows == np.rot90(patch[:, ::-1] if mirror else patch, turn)).all((1, 2, 3)).any()
            ]
            assert len(found) == 1
            kinds.add(found[0])
    assert len(kinds) == 8


def test_a_window_larger_than_the_picture_is_refused():
    with pytest.raises(ValueError, match="does not fit"):
        degrade.random_patches(GREY, 65, (1, 2))
