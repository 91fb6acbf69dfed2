"""Woodcut, a printed style with a hidden truth, and what moves pictures towards a style without learning.

The simple methods take pictures (n, height, width, 3), uint8 or floats in [0, 1], `examples` of the wanted style in the
same form, and one `setting` that is to be tuned on validation; all return float32 in [0, 1] of the pictures' shape.
"""

import cv2
import numpy as np
import tensorflow as tf
from skimage.exposure import match_histograms

from helpers import features, metrics, pipeline, show
from helpers.datasets import catalogue

KINDS = ("dress", "boot", "handbag", "mug", "bottle", "lamp")
COLOURS = ("red", "blue", "green", "yellow", "purple", "orange")
PAPER = (0.97, 0.93, 0.84)
INK = (0.20, 0.15, 0.25)
PERIOD = 4
_STEPS, _LEVELS = (0.45, 0.70), (0.40, 0.70, 0.95)
_APART = 100_000


def unpaired(counts: dict, size: int = 32):
    """Two styles for each part of the data, every set with products of its own: (images, twins, products).

    `counts` maps a part ("train", …) to the number of pictures of each of its two sets. `images[part, "renders"]` and
    `images[part, "prints"]` are (n, size, size, 3) uint8; `twins` has, under the same names, the same scenes in the
    other style, for scoring only; `products` has the set of SKU ids. Plain ground, no patterns, matte; every product
    is brought to the same size.
    """
    images, twins, products = {}, {}, {}
    like = {"kinds": KINDS, "colours": COLOURS, "patterns": "solid", "materials": "matte", "backdrop": "plain"}
    for place, name in enumerate([(part, style) for part in counts for style in ("renders", "prints")]):
        pack = catalogue.singles(counts[name[0]], size * 3 // 2, seed=place, first_sku=_APART * place, **like)
        framed = (
            _framed(pack.images, pack.boxes, size, 235),
            _framed(pack.masks[..., None], pack.boxes, size, 0)[..., 0],
        )
        pair = framed[0], woodcut(*framed)
        images[name], twins[name] = pair if name[1] == "renders" else pair[::-1]
        products[name] = set(pack.sku.tolist())
    return images, twins, products


def _framed(pictures, boxes, size, ground):
    """Cut to squares 1.2 times as large as the product."""
    low, high = boxes[:, :2], boxes[:, 2:]
    half = 0.6 * np.max(high - low, axis=1, keepdims=True)
    cuts = np.hstack([(low + high) / 2 - half, (low + high) / 2 + half])[:, [1, 0, 3, 2]] / pictures.shape[1]
    cut = tf.image.crop_and_resize(
        pictures, cuts, np.arange(len(cuts)), (2 * size, 2 * size), extrapolation_value=ground
    )
    return np.rint(tf.nn.avg_pool2d(cut, 2, 2, "VALID")).astype(np.uint8)


def enlarged(pictures):
    """Pictures, uint8 or floats in [0, 1], as floats with sides of 64 pixels, which the feature network knows."""
    return np.clip(tf.image.resize(_floats(pictures), (64, 64)), 0, 1)


def distance(made, real) -> float:
    """Fréchet distance between the embeddings of two sets of pictures, uint8 or floats in [0, 1]."""
    return features.frechet_distance(*(features.embedding(enlarged(one)) for one in (made, real)))


def quality(truth, made) -> float:
    """Mean PSNR in dB of pictures saved as bytes against uint8 `truth`; a picture counts as 50 dB at most."""
    return float(np.minimum(metrics.psnr(truth / 255, show.as_uint8(made) / 255), 50).mean())


def scores(pair, part: str, images: dict, twins: dict) -> dict[str, float]:
    """How well two functions, one that prints and one that renders, do on one part of what `unpaired` gives.

    Both take pictures, uint8 or floats in [0, 1], and return floats. For each direction: "Fréchet, prints" (or
    "renders"), the distance to the part's other set, and "PSNR, prints", the quality against the twins. "cycle PSNR" is
    that of renders printed, saved as bytes and rendered again.
    """
    to_print, to_render = pair
    renders, prints = images[part, "renders"], images[part, "prints"]
    as_print, as_render = show.as_uint8(to_print(renders)), show.as_uint8(to_render(prints))
    return {
        "Fréchet, prints": distance(as_print, prints),
        "PSNR, prints": quality(twins[part, "renders"], as_print),
        "Fréchet, renders": distance(as_render, renders),
        "PSNR, renders": quality(twins[part, "prints"], as_render),
        "cycle PSNR": quality(renders, to_render(as_print)),
    }


def woodcut(images, masks) -> np.ndarray:
    """A colour print: flat colours in three tones inside an ink outline, before hatched paper.

    Parameters
    ----------
    images: (n, height, width, 3) uint8 renders.
    masks: (n, height, width) uint8, 255 where the product is.

    Returns (n, height, width, 3) uint8. Each colour of the product keeps its hue; its brightness becomes the nearest
    of three tones below, so shading and highlights are lost. The outline runs around the product only, about a pixel
    wide, and not where two of its colours meet. The ground, shadow included, becomes paper with diagonals on every
    PERIOD-th pixel of the page. Raises `ValueError` for other shapes or types.
    """
    images, masks = np.asarray(images), np.asarray(masks)
    if images.dtype != np.uint8 or masks.dtype != np.uint8 or images.shape != (*masks.shape, 3):
        raise ValueError(
            "need uint8 images (n, height, width, 3) with masks (n, height, width), "
            f"got {images.dtype} {images.shape} and {masks.dtype} {masks.shape}"
        )
    paper, ink = np.float32(PAPER), np.float32(INK)
    rows, columns = np.indices(images.shape[1:3])
    hatching = 0.5 * ((rows + columns) % PERIOD == 0)[..., None]
    ground = paper * (1 - hatching) + ink * hatching
    made = np.empty_like(images)
    for k, (image, mask) in enumerate(zip(images, masks, strict=True)):
        flat = cv2.medianBlur(image, 3).astype(np.float32) / 255
        value = flat.max(axis=-1, keepdims=True)
        tone = np.select([value < step for step in _STEPS], _LEVELS[:-1], _LEVELS[-1])
        wash = paper * flat * (tone / np.maximum(value, 0.05))
        inside = (mask > 127).astype(np.uint8)
        outline = cv2.dilate(inside, np.ones((3, 3), np.uint8))[..., None] > inside[..., None]
        made[k] = np.rint(255 * np.where(outline, ink, np.where(inside[..., None], wash, ground)))
    return made


def reinhard(pictures, examples, setting: bool) -> np.ndarray:
    """Give each Lab channel the examples' mean and standard deviation (Reinhard et al., IEEE CG&A 2001).

    `setting`: for each picture by itself, or, if False, by one change for all pictures.
    """
    lab, wanted = (np.stack([cv2.cvtColor(one, cv2.COLOR_RGB2LAB) for one in _floats(x)]) for x in (pictures, examples))
    mean, spread = wanted.mean(axis=(0, 1, 2)), wanted.std(axis=(0, 1, 2))
    axes = (1, 2) if setting else (0, 1, 2)
    own_mean, own_spread = lab.mean(axis=axes, keepdims=True), lab.std(axis=axes, keepdims=True)
    moved = (lab - own_mean) * (spread / np.maximum(own_spread, 1e-3)) + mean
    return np.clip([cv2.cvtColor(one, cv2.COLOR_LAB2RGB) for one in moved.astype(np.float32)], 0, 1)


def histogram(pictures, examples, setting: bool) -> np.ndarray:
    """Give each channel the examples' histogram; `setting` as in `reinhard`."""
    pictures, examples = _floats(pictures), _floats(examples)
    groups = pictures[:, None] if setting else [pictures]
    return np.concatenate([match_histograms(group, examples, channel_axis=-1) for group in groups]).astype(np.float32)


def inked(pictures, examples, setting: float) -> np.ndarray:
    """`histogram` for all together, then OpenCV's Scharr edges drawn in INK; `setting` is their strength."""
    made, seen = histogram(pictures, examples, False), _floats(pictures)
    for k, one in enumerate(seen):
        slopes = [np.abs(cv2.Scharr(one, cv2.CV_32F, *way)).max(axis=-1) / 16 for way in ((1, 0), (0, 1))]
        ink = np.clip(setting * np.hypot(*slopes), 0, 1)[..., None]
        made[k] = made[k] * (1 - ink) + ink * np.float32(INK)
    return made


def smoothed(pictures, examples, setting: float) -> np.ndarray:
    """OpenCV's `edgePreservingFilter` (Gastal and Oliveira, SIGGRAPH 2011), then `histogram` for all together.

    `setting`: how different colours, in [0, 1], may be that are smoothed into one.
    """
    seen = np.rint(255 * _floats(pictures)).astype(np.uint8)
    smooth = np.stack([cv2.edgePreservingFilter(one, sigma_s=10, sigma_r=setting) for one in seen])
    return histogram(smooth, examples, False)


SIMPLE = {  # name: the method towards prints, the method towards renders
    "Reinhard": (reinhard, reinhard),
    "histogram": (histogram, histogram),
    "filters": (inked, smoothed),
}


def _floats(pictures):
    return pipeline.to_float(tf.constant(pictures)).numpy()
