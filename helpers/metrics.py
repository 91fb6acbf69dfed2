"""Measures of picture quality and of certainty. Classification metrics are scikit-learn's and Keras's own."""

import numpy as np
import tensorflow as tf
from skimage.color import deltaE_ciede2000, rgb2lab


def _checked(reference, picture):
    """Both batches as float32 tensors; complains where shapes differ or values leave [0, 1]."""
    pair = [np.asarray(batch) for batch in (reference, picture)]
    if pair[0].shape != pair[1].shape or pair[0].ndim != 4:
        raise ValueError(
            f"need two batches (n, height, width, channels) of one shape, got {pair[0].shape}, {pair[1].shape}"
        )
    for batch in pair:
        if batch.dtype == np.uint8 or batch.min() < -1e-4 or batch.max() > 1 + 1e-4:
            raise ValueError(
                f"values must lie in [0, 1], got {batch.dtype} from {batch.min():.3g} to {batch.max():.3g}: "
                "divide by 255 or clip first (a wrong range shifts PSNR by up to 48 dB)"
            )
    return [tf.constant(batch, tf.float32) for batch in pair]


def psnr(reference, picture) -> np.ndarray:
    """Peak signal-to-noise ratio of each picture, in dB, over all its pixels and channels.

    Both (n, height, width, channels), floats in [0, 1]; returns (n,). Raises `ValueError` for other shapes or ranges.
    """
    return tf.image.psnr(*_checked(reference, picture), max_val=1.0).numpy()


def ssim(reference, picture) -> np.ndarray:
    """Structural similarity of each picture, in [-1, 1] (Wang et al., IEEE TIP 2004: 11-px Gaussian, sigma 1.5).

    Mean over channels of the map's valid part. Shapes, range and errors as in `psnr`; sides of at least 11 px.
    """
    return tf.image.ssim(*_checked(reference, picture), max_val=1.0).numpy()


def delta_e(reference, picture) -> np.ndarray:
    """Mean colour difference of each picture, CIEDE2000 (Sharma, Wu and Dalal, CR&A 2005): about 1 is just visible.

    Both (n, height, width, 3), sRGB floats in [0, 1]; returns (n,). Raises `ValueError` for other shapes or ranges.
    """
    lab = [rgb2lab(np.clip(batch.numpy(), 0, 1)) for batch in _checked(reference, picture)]
    return deltaE_ciede2000(*lab).mean(axis=(1, 2))


def luma(pictures) -> np.ndarray:
    """Y of YCbCr as super-resolution papers score it (BT.601, studio range 16 to 235), divided by 255.

    (n, height, width, 3) floats in [0, 1] to (n, height, width, 1).
    """
    weights = np.array([65.481, 128.553, 24.966], np.float32)
    return (np.asarray(pictures, np.float32) @ weights[:, None] + 16.0) / 255.0


def masked_psnr(reference, picture, mask) -> np.ndarray:
    """PSNR of each picture over the pixels where `mask` is set only, in dB; nan for a picture without any.

    Pictures as in `psnr`; `mask` (n, height, width, 1) or (n, height, width), 0 or 1.
    """
    difference = (np.asarray(_checked(reference, picture)[0]) - np.asarray(picture, np.float32)) ** 2
    mask = np.broadcast_to(np.reshape(mask, (*difference.shape[:3], 1)), difference.shape)
    with np.errstate(invalid="ignore", divide="ignore"):
        return -10 * np.log10((difference * mask).sum((1, 2, 3)) / mask.sum((1, 2, 3)))


def wilson_interval(successes: int, trials: int, z: float = 1.96) -> tuple[float, float]:
    """95 % interval of a proportion (Wilson 1927), as (low, high) in [0, 1]; better than plus-minus near 0 and 1."""
    if not 0 <= successes <= trials or trials < 1:
        raise ValueError(f"need 0 <= successes <= trials and trials >= 1, got {successes} of {trials}")
    share, square = successes / trials, z * z / trials
    centre = (share + square / 2) / (1 + square)
    half = z * np.sqrt(share * (1 - share) / trials + square / (4 * trials)) / (1 + square)
    return float(max(0.0, centre - half)), float(min(1.0, centre + half))
