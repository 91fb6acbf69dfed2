"""Classical restorers of scikit-image, SciPy and OpenCV on batches of pictures: the rows that a network has to beat.

All take noisy pictures (n, height, width, channels), RGB or grey with one channel, floats around [0, 1], the true
standard deviation `sigma` of the noise in the same units, and one `setting` that is to be tuned on validation; all
return an array of the same shape.
"""

import cv2
import numpy as np
from scipy.ndimage import median_filter
from skimage.restoration import denoise_nl_means, denoise_tv_chambolle, denoise_wavelet

from helpers.parallel import each


def _each(restore, noisy, **options):
    restored = each(lambda picture: restore(picture, channel_axis=-1, **options), np.asarray(noisy))
    return restored.reshape(np.shape(noisy))  # some drop the one channel of grey pictures


def non_local_means(noisy, sigma: float, setting: tuple[int, int, float]):
    """Means of pixels whose surroundings are alike (Buades, Coll and Morel, CVPR 2005), the fast variant.

    `setting`: side of the patches in pixels, how far to search in pixels, strength in units of sigma.
    """
    patch, distance, strength = setting
    options = {"patch_size": patch, "patch_distance": distance, "h": strength * sigma, "sigma": sigma}
    return _each(denoise_nl_means, noisy, fast_mode=True, **options)


def total_variation(noisy, sigma: float, setting: float):
    """Total variation by Chambolle's iteration (JMIV 2004); `setting` is the weight in units of sigma."""
    return _each(denoise_tv_chambolle, noisy, weight=setting * sigma)


def wavelet(noisy, sigma: float, setting: str):
    """BayesShrink on wavelets of luma and chroma, or of the grey values (Chang, Yu and Vetterli, IEEE TIP 2000).

    `setting`: `"soft"` or `"hard"` thresholding.
    """
    return _each(denoise_wavelet, noisy, sigma=sigma, mode=setting, convert2ycbcr=np.shape(noisy)[-1] == 3)


def median(noisy, sigma: float, setting: int):
    """Each value becomes the median of the `setting` x `setting` pixels around it, edges mirrored (Tukey, 1977).

    `sigma` is not used; it stands here so that all methods are called alike.
    """
    return median_filter(np.asarray(noisy), size=(1, setting, setting, 1), mode="reflect")


def bilateral(noisy, sigma: float, setting: tuple[float, float]):
    """Means of neighbours that are near and of like colour (Tomasi and Manduchi, ICCV 1998), OpenCV's version.

    `setting`: standard deviation of the window's Gaussian in pixels, which is cut at 1.5 of them; tolerance of the
    colours in units of sigma, where the difference of two colours is the sum over channels of the absolute differences.
    Edges are mirrored. Returns float32.
    """
    width, tolerance = setting
    options = {"d": 0, "sigmaColor": tolerance * sigma, "sigmaSpace": width, "borderType": cv2.BORDER_REFLECT}

    def restored(picture):
        smooth = cv2.bilateralFilter(np.ascontiguousarray(picture, np.float32), **options)
        return smooth.reshape(picture.shape)  # OpenCV drops a single channel

    return each(restored, np.asarray(noisy))


def stabilised(method, noisy, photons: float, setting):
    """Remove photon noise with a method made for even noise, between Anscombe's transform and its inverse.

    2 sqrt(count + 3/8) of a Poisson count has a standard deviation of nearly 1 (Anscombe, Biometrika 1948). `photons`
    is the expected count of a white pixel, as in `helpers.degrade.poisson_noise`.
    """
    top = 2 * np.sqrt(photons + 3 / 8)
    even = 2 * np.sqrt(np.maximum(noisy, 0) * photons + 3 / 8) / top
    return ((top * method(even, 1 / top, setting) / 2) ** 2 - 1 / 8) / photons
