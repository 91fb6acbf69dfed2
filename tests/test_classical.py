import numpy as np
import pytest
from skimage.data import astronaut
from skimage.transform import resize

from helpers import classical, degrade, metrics

CLEAN = resize(astronaut()[40:240, 130:330], (1, 96, 96, 3), anti_aliasing=True).astype(np.float32)
METHODS = [
    (classical.non_local_means, (5, 6, 0.6)),
    (classical.total_variation, 0.8),
    (classical.wavelet, "soft"),
]


def quality(picture):
    return metrics.psnr(CLEAN, np.clip(picture, 0, 1))[0]


@pytest.mark.parametrize(("method", "setting"), METHODS)
def test_each_method_removes_gaussian_noise(method, setting):
    noisy = degrade.gaussian_noise(CLEAN, 25.0, (1, 2)).numpy()
    restored = method(noisy, 25 / 255, setting)
    assert restored.shape == CLEAN.shape
    assert quality(restored) > quality(noisy) + 4


@pytest.mark.parametrize(("method", "setting"), METHODS)
def test_the_transform_makes_each_method_fit_for_photon_noise(method, setting):
    noisy = degrade.poisson_noise(CLEAN, 30.0, (1, 2)).numpy()
    assert quality(classical.stabilised(method, noisy, 30.0, setting)) > quality(noisy) + 3


def test_the_transform_makes_photon_noise_even_and_is_undone():
    received = {}

    def keep(even, sigma, setting):
        received.update(even=even, sigma=sigma)
        return even

    levels = np.linspace(0.2, 1.0, 5, dtype=np.float32)
    flat = np.tile(levels[:, None, None, None], (1, 64, 64, 3))
    noisy = degrade.poisson_noise(flat, 30.0, (1, 2)).numpy()
    restored = classical.stabilised(keep, noisy, 30.0, None)
    np.testing.assert_allclose(received["even"].std((1, 2, 3)) / received["sigma"], 1.0, rtol=0.05)
    np.testing.assert_allclose(restored, noisy + 1 / 120, atol=1e-5)
