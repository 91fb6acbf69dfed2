"""Gram-matrix style transfer: one loss, for optimising a picture (notebook 03) and for training a network (14).

Pictures are (n, height, width, 3) RGB, floats in [0, 1]. The style is one picture for all of them, or one for each.
"""

import warnings

import keras
import numpy as np
import tensorflow as tf
from keras import ops
from scipy.ndimage import gaussian_filter
from scipy.spatial import KDTree
from skimage.color import lab2rgb, rgb2lab
from skimage.exposure import match_histograms
from skimage.transform import downscale_local_mean
from sklearn.decomposition import PCA
from sklearn.feature_extraction.image import extract_patches_2d

from helpers import features

STYLE_MAPS = ("edges", "textures", "parts", "shapes")
CONTENT_MAP = "shapes"
SCALES = 2  # the Gram matrices are also taken of the picture at half its size: larger strokes
LAYOUT_CELL = 8  # pixels; the step of CONTENT_MAP, so that both make one array


class StyleLoss:
    """How far pictures are from the content of some photos and from a style (Gatys et al., CVPR 2016).

    Content is the map "shapes" of `features.network` and, beside it, the lightness of cells of 8 x 8 px, which keeps a
    product apart from its ground. Style is the Gram matrices of several maps, of the picture and of the picture at half
    its size. From the maps, whose channels have mean 1 on the course's photos, that 1 is subtracted first, or the
    matrices would mostly say that channels are active (Novak and Nikulin, arXiv:1605.04603). Terms are relative: style
    1 is as far off as a picture without Gram matrices, content 1 as far as a map and a lightness without any change.

    Parameters
    ----------
    style: (height, width, 3), or (n, height, width, 3) for a style of its own for each of n pictures; uint8 or floats
        in [0, 1]; sides of 32 or more, which need not be the pictures'. Strokes come out as large, in pixels, as here.
    style_weight, content_weight, variation_weight: numbers, or (n,) for a weight of its own for each picture.
    style_maps: names out of `features.NAMES`, all of equal weight.
    """

    def __init__(
        self,
        style,
        *,
        style_weight=5.0,
        content_weight=1.0,
        variation_weight=1.0,
        style_maps: tuple[str, ...] = STYLE_MAPS,
    ):
        styles = np.asarray(style)
        styles = features.checked(styles[None] if styles.ndim == 3 else styles)
        if min(styles.shape[1:3]) < 2 * features.SMALLEST_SIDE:
            raise ValueError(f"a style has sides of {2 * features.SMALLEST_SIDE} px or more, got {styles.shape[1:3]}")
        self.weights = {"content": content_weight, "style": style_weight, "variation": variation_weight}
        self.style_maps = tuple(style_maps)
        self.network = features.network(tuple(dict.fromkeys((*self.style_maps, CONTENT_MAP))))
        self.grams = [ops.stop_gradient(one) for one in self._grams(ops.convert_to_tensor(styles))]
        values, axes = np.linalg.eigh([np.cov(one.reshape(-1, 3).T) + 1e-5 * np.eye(3) for one in styles])
        lengths = np.sqrt(values / values.mean(axis=1, keepdims=True))
        self.colour_axes = (axes.transpose(0, 2, 1) * lengths[..., None]).astype(np.float32)

    def content_of(self, pictures):
        """What of pictures counts as content: one array (n, height / 8, width / 8, channels), for `terms`."""
        return self._content(pictures, self.network(pictures))

    def terms(self, pictures, content) -> dict:
        """The unweighted terms of each picture: "content", "style" and "variation", each (n,).

        `content` is what `content_of` gave for the photos. "variation" is the mean squared step from pixel to pixel.
        """
        maps = self.network(pictures)
        gaps = ops.square(self._content(pictures, maps) - content)
        spread = ops.square(content - ops.mean(content, axis=(1, 2), keepdims=True))
        content_gap = 0.0
        for part in (slice(None, -1), slice(-1, None)):  # the map, and the lightness
            whole = ops.mean(spread[..., part], axis=(1, 2, 3)) + 1e-6
            content_gap = content_gap + ops.mean(gaps[..., part], axis=(1, 2, 3)) / whole
        style_gap = 0.0
        for found, wanted in zip(self._grams(pictures, maps), self.grams, strict=True):
            gap = ops.sum(ops.square(found - wanted), axis=(1, 2)) / ops.sum(ops.square(wanted), axis=(1, 2))
            style_gap = style_gap + gap / len(self.grams)
        down, right = pictures[:, 1:] - pictures[:, :-1], pictures[:, :, 1:] - pictures[:, :, :-1]
        variation = ops.mean(ops.square(down), axis=(1, 2, 3)) + ops.mean(ops.square(right), axis=(1, 2, 3))
        return {"content": content_gap, "style": style_gap, "variation": variation}

    def total(self, terms):
        """The weighted sum of `terms`: (n,)."""
        return sum(self.weights[name] * value for name, value in terms.items())

    def _content(self, pictures, maps):
        lightness = ops.sum(pictures * ops.convert_to_tensor([0.299, 0.587, 0.114], "float32"), axis=-1, keepdims=True)
        return ops.concatenate([maps[CONTENT_MAP], ops.average_pool(lightness, LAYOUT_CELL)], axis=-1)

    def _grams(self, pictures, maps=None):
        found = []
        for scale in range(SCALES):
            pictures = pictures if scale == 0 else ops.average_pool(pictures, 2)
            seen = self.network(pictures) if scale or maps is None else maps
            found += [features.gram(seen[name] - 1.0) for name in self.style_maps]
        return found


def recolour(photos, style) -> np.ndarray:
    """Give photos the mean and the spread of a style's colours, in CIELAB (Reinhard et al., IEEE CG&A 2001).

    photos: (n, height, width, 3); style: (height, width, 3) or (n, height, width, 3), both uint8 or floats in [0, 1].
    Returns (n, height, width, 3) float32 in [0, 1]. Where a photo has next to no spread of its own (under 4 units), it
    is not amplified further, so that noise stays noise.
    """
    photos, styles = _pairs(photos, style)
    made = np.empty_like(photos)
    for i, (photo, one) in enumerate(zip(photos, styles, strict=True)):
        given, wanted = rgb2lab(photo), rgb2lab(one)
        gain = wanted.std(axis=(0, 1)) / np.maximum(given.std(axis=(0, 1)), 4.0)
        moved = (given - given.mean(axis=(0, 1))) * gain + wanted.mean(axis=(0, 1))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # colours outside of RGB are clipped
            made[i] = lab2rgb(moved).clip(0, 1)
    return made


def histograms_matched(photos, style) -> np.ndarray:
    """Photos with the histogram of each RGB channel that the style has. Arguments and result as of `recolour`."""
    pairs = zip(*_pairs(photos, style), strict=True)
    return np.stack([match_histograms(*pair, channel_axis=-1) for pair in pairs]).astype(np.float32)


def laid_over(photos, style, blur: float) -> np.ndarray:
    """Recoloured photos plus what a Gaussian blur of `blur` px takes away from the style's middle: its strokes.

    Arguments and result as of `recolour`; the style's sides must not be shorter than the photos'.
    """
    photos, styles = _pairs(photos, style)
    top, left = ((styles.shape[axis] - photos.shape[axis]) // 2 for axis in (1, 2))
    window = styles[:, top : top + photos.shape[1], left : left + photos.shape[2]]
    return np.clip(recolour(photos, styles) + window - gaussian_filter(window, (0, blur, blur, 0)), 0, 1)


def stylise(
    photos,
    loss: StyleLoss,
    *,
    steps: int,
    start=None,
    rate: float = 0.03,
    noise: float = 0.01,
    seed: int = 0,
    records: int = 5,
    levels: int = 5,
):
    """Optimise pictures, all at once, until `loss` is low: `steps` of Adam on the pictures, the network being frozen.

    What Adam changes is not the pixels but a sum of `levels` grids, each half as fine as the one before and enlarged
    bilinearly, so that one step can also move a whole patch; and their colours run along the style's own axes, each as
    long as the style's spread along it, so that colours which the style does not have cost more steps. Pictures do not
    influence each other.

    Parameters
    ----------
    photos: (n, height, width, 3), floats in [0, 1] or uint8: whose content is kept.
    start: where to begin, like photos; the photos themselves if None.
    rate: Adam's, at the beginning; it falls to 5 % of it along a cosine.
    noise: standard deviation of the noise that is added to the start, drawn from `seed`.
    records: how often to note the terms, evenly spread, the last time at the end.

    Returns the pictures, (n, height, width, 3) float32 in [0, 1], and what they went through: a dict with "step" (r,)
    and "content", "style", "variation" and "total" (r, n), unweighted but for the last. Raises `ValueError` for
    less than one step.
    """
    if steps < 1:
        raise ValueError(f"at least one step is needed, got {steps}")
    photos = tf.constant(features.checked(photos))
    begin = photos if start is None else tf.constant(features.checked(start))
    drawn = np.random.default_rng(seed).normal(scale=noise, size=begin.shape)
    begin, content = begin + tf.constant(drawn, tf.float32), loss.content_of(photos)
    size, axes = begin.shape[1:3], tf.constant(loss.colour_axes)
    shapes = [(begin.shape[0], max(1, size[0] >> k), max(1, size[1] >> k), 3) for k in range(levels)]
    grids = [tf.Variable(tf.zeros(shape)) for shape in shapes]
    optimizer = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(rate, steps, alpha=0.05), beta_2=0.99)
    optimizer.build(grids)

    def painted():
        change = grids[0] + sum(tf.image.resize(grid, size) for grid in grids[1:])
        return begin + tf.matmul(change, axes[:, None])

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            free = painted()
            kept = tf.clip_by_value(free, 0.0, 1.0)
            terms = loss.terms(free + tf.stop_gradient(kept - free), content)  # clipped, but the gradient passes
            outside = tf.reduce_mean((free - kept) ** 2, axis=(1, 2, 3))
            aim = tf.reduce_sum(loss.total(terms) + 10.0 * outside)
        optimizer.apply_gradients(zip(tape.gradient(aim, grids), grids, strict=True))
        return terms | {"total": loss.total(terms)}

    step = step if steps > 2 else step.python_function  # tracing would take longer than it saves
    noted = set(np.linspace(0, steps, records).round().astype(int)) if records > 1 else set()
    history = []
    for number in range(steps):
        terms = step()
        if number in noted:
            history.append((number, terms))
    pictures = tf.clip_by_value(painted(), 0.0, 1.0)
    terms = loss.terms(pictures, content)
    history.append((steps, terms | {"total": loss.total(terms)}))
    went = {"step": np.array([number for number, _ in history])}
    return pictures.numpy(), went | {name: np.array([one[name] for _, one in history]) for name in history[-1][1]}


def patch_distance(pictures, style, *, side: int = 5, scales: int = 3, directions: int = 32) -> np.ndarray:
    """How differently the patches of pictures and of a style are distributed: (n,), 0 for equal distributions.

    A judge of style without a network, blind to place as Gram matrices are: a sliced Wasserstein distance. Patches of
    `side` px, of the pictures and of versions half and a quarter as large, are written in the first 20 principal
    components of the style's patches, each of spread 1 there; values along random directions are sorted and compared.

    pictures: (n, height, width, 3); style: one for all or one for each; uint8 or floats in [0, 1], sides of 32 or more.
    """
    pictures, styles = _pairs(pictures, style)
    lines = np.random.default_rng(0).normal(size=(20, directions)) / np.sqrt(20)
    one_for_all = _patches_of(styles[0], side, scales, lines) if np.ndim(style) == 3 else None
    known = (one_for_all or _patches_of(each, side, scales, lines) for each in styles)
    return np.array([_patch_gap(*pair, side, lines) for pair in zip(pictures, known, strict=True)], np.float32)


def _patches(picture, side, scale):
    smaller = downscale_local_mean(picture, (2**scale, 2**scale, 1))
    found = extract_patches_2d(smaller, (side, side), max_patches=1500, random_state=0)
    return found.reshape(len(found), -1)


def _quantiles(patches, whiten, lines):
    return np.quantile(whiten.transform(patches) @ lines, np.linspace(0, 1, 500), axis=0)


def _patches_of(style, side, scales, lines):
    """For each scale the components of a style's patches, and how its own values are distributed."""
    patches = [_patches(style, side, scale) for scale in range(scales)]
    whitens = [PCA(20, whiten=True, svd_solver="full").fit(each) for each in patches]
    return [(whiten, _quantiles(each, whiten, lines)) for whiten, each in zip(whitens, patches, strict=True)]


def _patch_gap(picture, known, side, lines):
    gaps = []
    for scale, (whiten, wanted) in enumerate(known):
        gaps.append(np.abs(wanted - _quantiles(_patches(picture, side, scale), whiten, lines)).mean())
    return np.mean(gaps)


def mixed_to_content(pictures, base, loss: StyleLoss, allowed) -> np.ndarray:
    """Pictures mixed with `base`, each in the largest share at which its content loss against `base` is allowed.

    pictures, base: (n, height, width, 3) floats in [0, 1]; allowed: (n,) content losses. Found by halving, to a 32nd;
    returns (n, height, width, 3) float32. A method that keeps content better than asked comes back as it is.
    """
    pictures, base = features.checked(pictures), features.checked(base)
    content, kept = loss.content_of(base), np.zeros((len(base), 1, 1, 1), np.float32)
    for step in (1, 1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32):
        share = np.minimum(kept + step, 1).astype(np.float32)
        found = ops.convert_to_numpy(loss.terms(base + share * (pictures - base), content)["content"])
        kept = np.where(np.reshape(found <= allowed, kept.shape), share, kept)
    return base + kept * (pictures - base)


def foreign_colours(pictures, style, *, tolerance: float = 10.0) -> np.ndarray:
    """The share of pixels whose colour is further than `tolerance` (CIELAB, CIE 1976) from all of the style's: (n,).

    Arguments as of `patch_distance`. Every third pixel of the pictures and of the style counts, in both directions.
    """
    found = []
    for picture, one in zip(*_pairs(pictures, style), strict=True):
        colours, palette = (rgb2lab(side[::3, ::3]).reshape(-1, 3) for side in (picture, one))
        found.append(np.mean(KDTree(palette).query(colours, distance_upper_bound=tolerance)[0] > tolerance))
    return np.array(found, np.float32)


def _pairs(pictures, style):
    """Both as floats, with one style for each picture."""
    pictures, styles = features.checked(pictures), np.asarray(style)
    styles = features.checked(styles[None] if styles.ndim == 3 else styles)
    return pictures, np.broadcast_to(styles, (len(pictures), *styles.shape[1:]))
