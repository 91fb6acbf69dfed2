"""Classical restorers of scikit-image on batches of pictures: the rows that a network has to beat.

All take noisy RGB pictures (n, height, width, 3), floats around [0, 1], the true standard deviation `sigma` of the
noise in the same units, and one `setting` that is to be tuned on validation; all return an array of the same shape.
"""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from skimage.restoration import denoise_nl_means, denoise_tv_chambolle, denoise_wavelet


def _each(restore, noisy, **options):
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # the compiled loops let go of the interpreter lock
        return np.stack(list(pool.map(lambda picture: restore(picture, channel_axis=-1, **options), np.asarray(noisy))))


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
    """BayesShrink on wavelets of luma and chroma (Chang, Yu and Vetterli, IEEE TIP 2000).

    `setting`: `"soft"` or `"hard"` thresholding.
    """
    return _each(denoise_wavelet, noisy, sigma=sigma, mode=setting, convert2ycbcr=True)


def stabilised(method, noisy, photons: float, setting):
    """Remove photon noise with a method made for even noise, between Anscombe's transform and its inverse.

    2 sqrt(count + 3/8) of a Poisson count has a standard deviation of nearly 1 (Anscombe, Biometrika 1948). `photons`
    is the expected count of a white pixel, as in `helpers.degrade.poisson_noise`.
    """
    top = 2 * np.sqrt(photons + 3 / 8)
    even = 2 * np.sqrt(np.maximum(noisy, 0) * photons + 3 / 8) / top
    return ((top * method(even, 1 / top, setting) / 2) ** 2 - 1 / 8) / photons
