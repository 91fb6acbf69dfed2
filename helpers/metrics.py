"""Measures of picture quality and of certainty. Classification metrics are scikit-learn's and Keras's own."""

import numpy as np
import tensorflow as tf
from scipy.ndimage import binary_dilation, binary_erosion
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.morphology import disk


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


def _checked_masks(truth, predicted):
    """Both as bool (n, height, width); complains where shapes differ or there is something between 0 and 1."""
    pair = [np.asarray(masks) for masks in (truth, predicted)]
    if pair[0].shape != pair[1].shape or pair[0].ndim != 3:
        raise ValueError(f"need two sets of masks (n, height, width), got {pair[0].shape} and {pair[1].shape}")
    for masks in pair:
        if masks.dtype != bool and not np.isin(masks, (0, 1)).all():
            raise ValueError(f"masks hold 0 and 1, these reach {masks.max():.3g}: compare with a threshold first")
    return [masks.astype(bool) for masks in pair]


def mask_iou(truth, predicted) -> np.ndarray:
    """Intersection over union (Jaccard index) of each pair of masks, in [0, 1]; 1 where both are empty.

    Both (n, height, width), bool or 0 and 1; returns (n,). Raises `ValueError` for other shapes or values.
    """
    truth, predicted = _checked_masks(truth, predicted)
    union = (truth | predicted).sum(axis=(1, 2))
    return np.where(union > 0, (truth & predicted).sum(axis=(1, 2)) / np.maximum(union, 1), 1.0)


def boundary_f(truth, predicted, tolerance: float = 0.008) -> np.ndarray:
    """How well outlines agree: F1 of boundary pixels that have one of the other mask's nearby, in [0, 1].

    Precision is the share of predicted boundary pixels within the tolerance of a true one, recall the reverse (Perazzi
    et al., the DAVIS benchmark, CVPR 2016, there with approximate matching as here). `tolerance` is a share of the
    diagonal, rounded up to whole pixels: 0.008, as there, is 1 pixel at 64 x 64. A boundary pixel is one of the mask
    with a neighbour outside it; the edge of the picture is no boundary. 1 where both masks have none, 0 where only one
    has. Shapes and errors as in `mask_iou`.
    """
    edges = []
    for masks in _checked_masks(truth, predicted):
        edges.append(masks & ~binary_erosion(masks, disk(1)[None], border_value=True))
    radius = int(np.ceil(tolerance * np.hypot(*edges[0].shape[1:])))
    near = [binary_dilation(edge, disk(radius)[None]) if radius else edge for edge in edges]
    hits = [(edge & other).sum(axis=(1, 2)) for edge, other in zip(edges, near[::-1], strict=True)]
    counts = [edge.sum(axis=(1, 2)) for edge in edges]
    recall, precision = (hit / np.maximum(count, 1) for hit, count in zip(hits, counts, strict=True))
    score = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    return np.where((counts[0] == 0) & (counts[1] == 0), 1.0, score)


def wilson_interval(successes: int, trials: int, z: float = 1.96) -> tuple[float, float]:
    """95 % interval of a proportion (Wilson 1927), as (low, high) in [0, 1]; better than plus-minus near 0 and 1."""
    if not 0 <= successes <= trials or trials < 1:
        raise ValueError(f"need 0 <= successes <= trials and trials >= 1, got {successes} of {trials}")
    share, square = successes / trials, z * z / trials
    centre = (share + square / 2) / (1 + square)
    half = z * np.sqrt(share * (1 - share) / trials + square / (4 * trials)) / (1 + square)
    return float(max(0.0, centre - half)), float(min(1.0, centre + half))


def landmark_errors(truth, predicted, sides) -> np.ndarray:
    """Distance of each landmark from its true place, as a share of the picture's normaliser.

    truth, predicted: (n, k, 2) as (x, y), in one unit. sides: (n,) in that unit, above 0, such as the longer side of
    each product's box. Returns (n, k) float64. Raises `ValueError` for other shapes or sides.
    """
    truth, predicted, sides = (np.asarray(values, float) for values in (truth, predicted, sides))
    if truth.shape != predicted.shape or truth.ndim != 3 or truth.shape[-1] != 2 or sides.shape != truth.shape[:1]:
        raise ValueError(f"need (n, k, 2) twice and (n,), got {truth.shape}, {predicted.shape} and {sides.shape}")
    if not (sides > 0).all():
        raise ValueError("sides must be above 0: a picture without a box has no landmarks to score")
    return np.linalg.norm(predicted - truth, axis=-1) / sides[:, None]


def pck(errors, visible, threshold: float = 0.1) -> float:
    """PCK: the share of visible landmarks whose error is at most `threshold` (Yang and Ramanan, IEEE TPAMI 2013).

    errors: (n, k) from `landmark_errors`; visible: (n, k), true where a landmark counts. Hidden ones do not, whatever
    their error. Raises `ValueError` where shapes differ or nothing is visible.
    """
    errors, visible = np.asarray(errors, float), np.asarray(visible).astype(bool)
    if errors.shape != visible.shape:
        raise ValueError(f"errors {errors.shape} and visible {visible.shape} differ in shape")
    if not visible.any():
        raise ValueError("no landmark is visible: there is nothing to score")
    return float(np.mean(errors[visible] <= threshold))
