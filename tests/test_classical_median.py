import numpy as np
import pytest
from skimage.data import camera
from skimage.transform import resize

from helpers import classical, degrade, metrics

GREY = resize(camera()[60:300, 120:360], (1, 64, 64), anti_aliasing=True).astype(np.float32)[..., None]


def test_the_median_removes_lone_pixels_and_keeps_a_straight_edge():
    pictures = np.zeros((2, 9, 9, 1), np.float32)
    pictures[0, 4, 4] = 1
    pictures[1, :, 5:] = 1
    restored = classical.median(pictures, 0.1, 3)
    assert restored[0].max() == 0
    np.testing.assert_array_equal(restored[1], pictures[1])


def test_the_median_looks_neither_at_other_channels_nor_at_other_pictures():
    pictures = np.random.default_rng(0).random((3, 8, 8, 3)).astype(np.float32)
    restored = classical.median(pictures, 0.1, 3)
    assert restored[1, 4, 4, 2] == np.median(pictures[1, 3:6, 3:6, 2])
    assert restored[1, 0, 0, 0] == np.median(np.pad(pictures[1, :, :, 0], 1, mode="symmetric")[:3, :3])


@pytest.mark.parametrize(
    ("method", "setting"),
    [
        (classical.non_local_means, (3, 5, 0.8)),
        (classical.total_variation, 0.8),
        (classical.wavelet, "soft"),
        (classical.median, 3),
    ],
)
def test_each_method_takes_grey_pictures(method, setting):
    noisy = degrade.gaussian_noise(GREY, 50.0, (1, 2)).numpy()
    restored = method(noisy, 50 / 255, setting)
    assert restored.shape == GREY.shape
    before, after = (metrics.psnr(GREY, np.clip(each, 0, 1))[0] for each in (noisy, restored))
    assert after > before + 2
