"""Hand-made descriptions of pictures for simple classifiers: the rows that a recognition network has to beat."""

import numpy as np
from skimage.feature import hog

from helpers.parallel import each


def colour_histogram(pictures, bins: int = 8) -> np.ndarray:
    """Square root of the share of pixels in each of `bins`^3 equal boxes of RGB, one row a picture.

    `pictures` (n, height, width, 3) uint8; returns (n, bins**3) float32 of length 1, so that dot products of two rows
    are their Bhattacharyya coefficient. Raises `ValueError` for pictures that are not uint8 RGB.
    """
    pictures = _checked(pictures)
    places = (pictures.astype(np.int64) * bins // 256) @ [bins * bins, bins, 1]
    counts = np.stack([np.bincount(place.ravel(), minlength=bins**3) for place in places])
    return np.sqrt(counts / places[0].size).astype(np.float32)


def oriented_gradients(pictures, cell: int = 8) -> np.ndarray:
    """HOG of each picture: nine directions in cells of `cell` px, blocks of 2 x 2 cells (Dalal and Triggs, CVPR 2005).

    `pictures` (n, height, width, 3) uint8, sides of at least two cells; returns (n, length) float32. At each pixel the
    channel with the strongest gradient counts. Raises `ValueError` for pictures that are not uint8 RGB.
    """

    def describe(picture):
        return hog(picture, pixels_per_cell=(cell, cell), cells_per_block=(2, 2), channel_axis=-1)

    return each(describe, _checked(pictures)).astype(np.float32)


def shape_and_colour(pictures) -> np.ndarray:
    """`oriented_gradients` beside `colour_histogram`, (n, length) float32: what a linear classifier can weigh."""
    return np.hstack([oriented_gradients(pictures), colour_histogram(pictures)])


def _checked(pictures):
    pictures = np.asarray(pictures)
    if pictures.ndim != 4 or pictures.shape[-1] != 3 or pictures.dtype != np.uint8 or not len(pictures):
        raise ValueError(
            f"pictures are (n, height, width, 3) uint8, n at least 1; got {pictures.shape} {pictures.dtype}"
        )
    return pictures
