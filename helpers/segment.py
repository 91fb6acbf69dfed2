"""Cutting products out: scenes with exact masks, classical segmenters, and what is done with a mask once it is there.

The segmenters `otsu`, `chan_vese` and `grab_cut` take pictures (n, height, width, 3) uint8 and return masks (n, height,
width) bool, True on the product. None of them learns; what each can be told is a keyword that `tune` chooses.
"""

import cv2
import keras
import numpy as np
import skimage.segmentation
import tensorflow as tf
from scipy import ndimage
from skimage.color import rgb2gray, rgb2hsv, rgb2lab
from skimage.filters import threshold_otsu
from skimage.morphology import disk

from helpers import geometry, photo, pipeline
from helpers.datasets import catalogue
from helpers.metrics import mask_iou
from helpers.parallel import each

CHANNELS = ("luma", "saturation", "border distance")
THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def corners(pictures) -> np.ndarray:
    """A corner of each photo, a third of its side wide, all four in turn: mostly what the product lies on.

    (n, side, side, 3) to (n, side // 3, side // 3, 3), in another order.
    """
    third = pictures.shape[1] // 3
    ends = slice(third), slice(-third, None)
    parts = [pictures[:, rows, columns] for rows in ends for columns in ends]
    return np.concatenate([part[turn::4] for turn, part in enumerate(parts)])


def scenes(count: int, photos, *, seed: int, size: int = 64, **products) -> dict[str, np.ndarray]:
    """Catalogue products with exact masks, the first half over rendered textures, the second over corners of photos.

    Parameters
    ----------
    count: how many, an even number.
    photos: (m, side, side, 3) uint8, sides of at least 48 pixels, whose `corners` become grounds.
    seed, size, products: as `catalogue.composites` takes them; `products` says which (`first_sku`, `skus_per_kind`, …).

    Returns the columns images (count, size, size, 3) and masks (count, size, size) uint8, and sku (count,).
    """
    grounds = None, corners(photos)
    packs = [catalogue.composites(count // 2, grounds[k], size, seed=2 * seed + k, **products) for k in range(2)]
    return {name: np.concatenate([getattr(pack, name) for pack in packs]) for name in ("images", "masks", "sku")}


def by_hand(pictures, masks, seed):
    """Augmentation: pictures as a seller would have taken them, with their masks moved alike, and in another light.

    Mirrored, turned by up to 10 degrees, 6 % farther to 41 % nearer and off the middle, so that some products run out
    of the picture; what lies outside is mirrored ground.

    Parameters
    ----------
    pictures: float batch (n, side, side, 3) in [0, 1].
    masks: (n, side, side, 1) uint8.
    seed: (2,) integers.

    Returns the pictures and alpha (n, side, side, 1), floats in [0, 1].
    """
    count, side = tf.shape(pictures)[0], pictures.shape[1]
    nearer = tf.constant([[1.175, 0, -0.0875 * side], [0, 1.175, -0.0875 * side], [0, 0, 1]], tf.float32)
    moves = nearer @ geometry.random_moves(count, side, seed, zoom=0.2, shift=0.08, rotation=10.0)
    pictures = geometry.move_pictures(pictures, moves, fill="REFLECT")
    return pipeline.random_colour(pictures, seed + 1), geometry.move_masks(pipeline.to_float(masks), moves)


def taken_once(scenes, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Fixed pictures for validation and test: what `scenes` returned, each picture once through `by_hand`.

    Returns pictures (n, side, side, 3) uint8 and alpha (n, side, side) float32 in [0, 1].
    """
    pictures, masks = tf.constant(scenes["images"]), tf.constant(scenes["masks"][..., None])
    taken, alpha = by_hand(pipeline.to_float(pictures), masks, tf.constant([16, seed], tf.int64))
    return np.rint(255 * taken.numpy()).astype(np.uint8), alpha.numpy()[..., 0]


def halved(pictures) -> np.ndarray:
    """Pictures or masks (n, height, width, channels), sides even, at half size: each 2x2 square becomes its mean.

    uint8 is divided by 255, floats are passed on; returns float32.
    """
    return tf.nn.avg_pool2d(pipeline.to_float(tf.constant(pictures)), 2, 2, "VALID").numpy()


def one_channel(picture, channel: str) -> np.ndarray:
    """What a method for grey pictures gets to see of a colour picture: (height, width, 3) uint8 to (height, width).

    `channel`: "luma"; "saturation" of HSV; or "border distance", the distance in CIE Lab from the median colour of the
    outermost two pixels, divided by 100 and cut at 1. Values in [0, 1]. Raises `ValueError` for another name.
    """
    if channel == "luma":
        return rgb2gray(picture)
    if channel == "saturation":
        return rgb2hsv(picture)[..., 1]
    if channel != "border distance":
        raise ValueError(f"channel must be one of {', '.join(CHANNELS)}, got {channel!r}")
    lab = rgb2lab(picture)
    rim = np.concatenate([lab[:2].reshape(-1, 3), lab[-2:].reshape(-1, 3), lab[:, :2].reshape(-1, 3)])
    rim = np.concatenate([rim, lab[:, -2:].reshape(-1, 3)])
    return np.minimum(np.linalg.norm(lab - np.median(rim, axis=0), axis=-1) / 100, 1.0)


def foreground_side(masks) -> np.ndarray:
    """Which of two regions is the product: the one with less of the picture's border. Masks (n, height, width) bool.

    A mask that holds more than half of the border pixels is turned over.
    """
    masks = np.asarray(masks, bool)
    rim = np.concatenate([masks[:, 0], masks[:, -1], masks[:, 1:-1, 0], masks[:, 1:-1, -1]], axis=1)
    return masks ^ (rim.mean(axis=1) > 0.5)[:, None, None]


def tidied(masks, radius: int) -> np.ndarray:
    """Masks (n, height, width) without specks: opened and closed by a disc, largest piece kept, its holes filled.

    `radius` of the disc in pixels; 0 leaves the masks as they are. A mask that vanishes stays empty.
    """
    masks = np.array(masks, bool)
    if not radius:
        return masks
    for i, mask in enumerate(masks):
        smooth = ndimage.binary_closing(ndimage.binary_opening(mask, disk(radius)), disk(radius))
        pieces, count = ndimage.label(smooth)
        if count:
            largest = 1 + np.argmax(np.bincount(pieces.ravel())[1:])
            smooth = ndimage.binary_fill_holes(pieces == largest)
        masks[i] = smooth
    return masks


def otsu(pictures, *, channel: str, radius: int) -> np.ndarray:
    """One threshold a picture, chosen so that the two classes spread least (Otsu, IEEE TSMC 1979), then `tidied`."""
    seen = [one_channel(picture, channel) for picture in pictures]
    return tidied(foreground_side([values > threshold_otsu(values) for values in seen]), radius)


def chan_vese(pictures, *, channel: str, mu: float, radius: int, iterations: int = 100) -> np.ndarray:
    """Two regions of even grey with a short border between (Chan and Vese, IEEE TIP 2001), then `tidied`.

    `mu`: what a border costs; large values make it round. It starts from a disc in the middle.
    """

    def grown(picture):
        return skimage.segmentation.chan_vese(
            one_channel(picture, channel), mu=mu, max_num_iter=iterations, init_level_set="disk"
        )

    return tidied(foreground_side(each(grown, np.ascontiguousarray(pictures))), radius)


def grab_cut(pictures, *, margin: float, rounds: int, scale: int, radius: int) -> np.ndarray:
    """Colour models of product and ground, refitted in turn with a graph cut (Rother et al., SIGGRAPH 2004), `tidied`.

    `margin`: width of the frame that is surely ground, as a share of the side. `rounds`: of refitting. `scale`: the
    picture is enlarged by it first, the mask shrunk by area afterwards. The same on every call.
    """

    def cut(picture):
        height, width = picture.shape[:2]
        large = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        left, top = max(1, round(margin * width * scale)), max(1, round(margin * height * scale))
        box = (left, top, width * scale - 2 * left, height * scale - 2 * top)
        labels = np.zeros(large.shape[:2], np.uint8)
        cv2.setRNGSeed(0)
        cv2.grabCut(large, labels, box, np.zeros((1, 65)), np.zeros((1, 65)), rounds, cv2.GC_INIT_WITH_RECT)
        inside = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.float32)
        return cv2.resize(inside, (width, height), interpolation=cv2.INTER_AREA) >= 0.5

    return tidied(each(cut, np.ascontiguousarray(pictures)), radius)


def tune(segment, pictures, truth, *, metric=mask_iou, **grids) -> dict:
    """Settings for `segment` with the best mean score on validation pictures, one setting after the other.

    Parameters
    ----------
    segment: one of the segmenters above, called as `segment(pictures, **settings)`.
    pictures, truth: validation pictures (n, height, width, 3) uint8 and their masks (n, height, width) bool.
    metric: `metric(truth, masks)`, larger is better: IoU, or `helpers.metrics.boundary_f`.
    grids: for each setting the values to try. The search starts in the middle of every grid, goes through the settings
        in the order given, keeps the best value of each, and prints a line for each.
    """
    chosen = {name: values[len(values) // 2] for name, values in grids.items()}
    known = {}
    for name, values in grids.items():
        for value in values:
            settings = tuple((chosen | {name: value}).items())
            if settings not in known:
                known[settings] = float(metric(truth, segment(pictures, **dict(settings))).mean())
        found = {value: known[tuple((chosen | {name: value}).items())] for value in values}
        chosen[name] = max(found, key=found.get)
        print(f"{segment.__name__}, {name}: " + ", ".join(f"{value}: {score:.3f}" for value, score in found.items()))
    return chosen


def cut_out(picture, alpha) -> np.ndarray:
    """A product without its background, as RGBA: what a PNG with transparency holds.

    Parameters
    ----------
    picture: (height, width, 3) uint8.
    alpha: (height, width) floats in [0, 1], the share of each pixel that is product.

    Returns (height, width, 4) uint8, 0 in all channels where alpha rounds to 0. A pixel at the rim is a mix of product
    and ground; it takes the colour of the nearest pixel that is all product, so that no old ground shines along the
    edge. Raises `ValueError` for shapes that do not match.
    """
    picture, alpha = np.asarray(picture), np.clip(np.asarray(alpha, np.float32), 0, 1)
    if picture.ndim != 3 or picture.shape != (*alpha.shape, 3) or picture.dtype != np.uint8:
        raise ValueError(f"need uint8 (height, width, 3) and (height, width), got {picture.shape} and {alpha.shape}")
    coverage = np.rint(255 * alpha).astype(np.uint8)
    if (coverage > 242).any():
        nearest = ndimage.distance_transform_edt(coverage <= 242, return_distances=False, return_indices=True)
        picture = picture[tuple(nearest)]
    return np.dstack([picture * (coverage > 0)[..., None], coverage])


def on_checkerboard(rgba, square: int = 8) -> np.ndarray:
    """A cut-out (height, width, 4) uint8 over grey and white squares of `square` pixels: (height, width, 3) uint8."""
    rows, columns = np.indices(rgba.shape[:2]) // square
    board = np.where((rows + columns) % 2, 255, 214)[..., None]
    alpha = rgba[..., 3:].astype(np.int64)
    return ((alpha * rgba[..., :3] + (255 - alpha) * board + 127) // 255).astype(np.uint8)


def cut_outs(pictures, alphas, square: int = 8) -> np.ndarray:
    """Each picture (n, height, width, 3) uint8 cut out by its mask or alpha (n, height, width), on a checkerboard."""
    return np.stack([on_checkerboard(cut_out(p, a), square) for p, a in zip(pictures, alphas, strict=True)])


def with_mirror(model: keras.Model) -> keras.Model:
    """A model that gives the mean of two answers of `model`: for a picture, and for its mirror image, turned back.

    `model`: pictures (n, height, width, 3) to (n, height, width, channels), any size.
    """
    inputs = keras.Input((None, None, 3))
    turned = keras.ops.flip(model(keras.ops.flip(inputs, axis=2)), axis=2)
    return keras.Model(inputs, (model(inputs) + turned) / 2)


def alpha_of(model, picture, threshold: float, side: int = 64, steepness: float = 4.0) -> np.ndarray:
    """The share of product in each pixel of a picture of any size: (height, width, 3) uint8 to (height, width) floats.

    The picture is squeezed to `side` x `side`, the `model` (pictures in [0, 1] to probabilities (n, side, side, 1))
    segments it, the probabilities are enlarged again, and alpha rises from 0 to 1 around `threshold`, by `steepness`
    for each unit of probability.
    """
    small = pipeline.to_float(tf.constant(photo.square(picture, side, fit="stretch")[None]))
    large = np.asarray(model(small))[0, ..., 0].astype(np.float32)
    large = cv2.resize(large, picture.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    return np.clip(0.5 + steepness * (large - threshold), 0, 1)


def thin_parts(masks) -> np.ndarray:
    """Where a disc of two pixels radius does not fit into a mask: handles, straps, frames. (n, height, width) bool."""
    masks = np.asarray(masks, bool)
    return (
        masks & ~ndimage.binary_opening(np.pad(masks, ((0, 0), (2, 2), (2, 2)), "edge"), disk(2)[None])[:, 2:-2, 2:-2]
    )


def best_threshold(probabilities, truth, thresholds=THRESHOLDS) -> float:
    """The threshold at which probabilities (n, height, width) have the best mean IoU with masks of the same shape."""
    found = [mask_iou(truth, probabilities >= threshold).mean() for threshold in thresholds]
    return float(thresholds[int(np.argmax(found))])


def outlined(pictures, alphas, colour=(1.0, 0.0, 0.0)) -> np.ndarray:
    """Each picture (n, height, width, 3) uint8 with the outline of its mask or alpha drawn in; floats in [0, 1]."""
    pairs = zip(pictures, alphas, strict=True)
    drawn = [skimage.segmentation.mark_boundaries(p, a > 0.5, color=colour, mode="inner") for p, a in pairs]
    return np.stack(drawn)


def mirror_agreement(segment, pictures) -> np.ndarray:
    """IoU of what `segment` says about each picture with the mirrored answer for the mirrored picture, (n,).

    `segment` takes pictures (n, height, width, 3) and returns masks (n, height, width). No truth is needed: where the
    two differ, at least one is wrong. 1 says that it is consistent, not that it is right.
    """
    return mask_iou(segment(pictures), segment(pictures[:, :, ::-1])[:, :, ::-1])
