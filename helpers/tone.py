"""Classical corrections of brightness, contrast and colour: the rows that an enhancement network has to beat.

Pictures are (n, height, width, 3) floats in [0, 1], sRGB; so is what comes back. Bytes raise `ValueError`: 0 to 255
would come back as white. What is `fit_` takes pairs, pictures and targets, and is as good as its pairs.
"""

import numpy as np
from scipy.optimize import minimize, minimize_scalar
from skimage import exposure


def gamma(pictures, exponent: float):
    """Values to the power of `exponent`; below 1 brightens."""
    return np.clip(_floats(pictures), 0, 1) ** exponent


def equalise(pictures):
    """Histogram equalisation of the luma; the colours keep their ratios."""
    return _on_luma(exposure.equalize_hist, pictures)


def clahe(pictures, clip: float = 0.01):
    """Contrast-limited adaptive histogram equalisation of the luma (Zuiderveld, Graphics Gems IV, 1994).

    `clip`: the share of a tile's pixels that one of its 256 histogram bins may hold; a tile is an eighth of the picture
    on each side. scikit-image stretches the luma to [0, 1] first, and no bin holds less than one pixel: on 128-px
    pictures every `clip` below 1/256 is the same, the weakest there is.
    """
    return _on_luma(lambda luma: exposure.equalize_adapthist(luma, clip_limit=clip), pictures)


def autocontrast(pictures, cut: float = 0.01):
    """Stretch each channel of each picture so that the share `cut` of its values falls on 0 and on 1."""
    pictures = _floats(pictures)
    low, high = np.quantile(pictures, (cut, 1 - cut), axis=(1, 2), keepdims=True).astype(pictures.dtype)
    return np.clip((pictures - low) / np.maximum(high - low, 1e-3), 0, 1)


def grey_world(pictures):
    """Scale the channels of each picture so that their means agree (Buchsbaum, J. Franklin Institute 1980)."""
    pictures = _floats(pictures)
    means = pictures.mean(axis=(1, 2), keepdims=True)
    return np.clip(pictures * means.mean(-1, keepdims=True) / np.maximum(means, 1e-3), 0, 1)


def gain_gamma(pictures, gain: float, exponent: float):
    """(gain * value) ** exponent, clipped."""
    return np.clip(gain * _floats(pictures), 0, 1) ** exponent


def highlight_gain(pictures, level: float, cut: float = 0.01):
    """Scale each picture so that the brightest channel reaches `level` at its quantile 1 - `cut`; then clip.

    What photographers call exposing for the highlights; all channels of a picture get the same factor.
    """
    pictures = _floats(pictures)
    reached = np.quantile(pictures.max(-1), 1 - cut, axis=(1, 2)).astype(pictures.dtype)
    return np.clip(pictures * (level / np.maximum(reached, 1e-3))[:, None, None, None], 0, 1)


def flatten_light(pictures, strength: float = 1.0):
    """Even out light that falls off to one side: a plane fitted to the log of each picture's brightness is taken away.

    `strength`: the share of the slope that is removed; the picture's own shading is part of what was fitted. The
    brightest side is darkened rather than the darkest brightened, so nothing is lost: a gain is meant to follow.
    """
    pictures = _floats(pictures)
    height, width = pictures.shape[1:3]
    log = np.log(pictures.mean(-1) + 0.01)
    across, down = (line - line.mean() for line in (np.linspace(-1, 1, width), np.linspace(-1, 1, height)))
    right = (log.mean(1) @ across) / (across @ across)
    below = (log.mean(2) @ down) / (down @ down)
    plane = right[:, None, None] * across + below[:, None, None] * down[:, None]
    darker = np.exp(-strength * plane - np.abs(strength * plane).max((1, 2), keepdims=True))
    return pictures * darker[..., None].astype(pictures.dtype)


def fit_gain_gamma(pictures, targets) -> tuple[float, float]:
    """Gain and exponent of `gain_gamma` with the least squared error over all the pairs."""

    def error(setting):
        return float(np.mean((gain_gamma(pictures, *np.exp(setting)) - targets) ** 2))

    found = minimize(error, [0.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-3, "fatol": 1e-7})
    return tuple(float(value) for value in np.exp(found.x))


def fit_gamma(pictures, targets) -> float:
    """The exponent of `gamma` with the least squared error over all the pairs."""

    def error(log_exponent):
        return float(np.mean((gamma(pictures, np.exp(log_exponent)) - targets) ** 2))

    found = minimize_scalar(error, bounds=(np.log(0.05), np.log(10.0)), method="bounded", options={"xatol": 1e-3})
    return float(np.exp(found.x))


def colour_matrix(pictures, matrix):
    """Apply a (4, 3) matrix to every pixel's (red, green, blue, 1), clipped."""
    return np.clip(_floats(pictures) @ matrix[:3] + matrix[3], 0, 1)


def fit_colour_matrix(pictures, targets) -> np.ndarray:
    """The (4, 3) matrix of `colour_matrix` with the least squared error over all the pairs (before clipping)."""
    flat = np.reshape(_floats(pictures), (-1, 3))
    design = np.column_stack([flat, np.ones(len(flat), flat.dtype)])
    return np.linalg.lstsq(design, np.reshape(targets, (-1, 3)), rcond=None)[0].astype(np.float32)


def _on_luma(correct, pictures):
    """Correct Y of YCbCr (BT.601, full range) picture by picture; the differences red - Y and so on scale with it."""
    corrected = []
    for picture in _floats(pictures):
        luma = picture @ np.array([0.299, 0.587, 0.114], picture.dtype)
        ratio = correct(luma) / np.maximum(luma, 1e-2)
        corrected.append(np.clip(picture * ratio[..., None], 0, 1))
    return np.stack(corrected).astype(np.float32)


def _floats(pictures) -> np.ndarray:
    """The pictures as an array; complains about bytes."""
    pictures = np.asarray(pictures)
    if not np.issubdtype(pictures.dtype, np.floating):
        raise ValueError(f"pictures have to be floats in [0, 1], got {pictures.dtype}: divide by 255 first")
    return pictures
