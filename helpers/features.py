"""The course's own feature network: what perceptual losses, Gram matrices and Fréchet distances look through.

A plain stack of 3x3 convolutions, ReLU and average pooling in the manner of VGG (Simonyan and Zisserman, ICLR 2015),
trained by `python -m helpers.course.features` on rendered products (kind, colours, pattern, material) and real garment
photos (class). The weights are a file of the course, so nothing is fetched and every run sees the same network.
`data/features.json` says with which recipe they were made and how often the network is right on held-out pictures.
"""

import functools
import json

import keras
import numpy as np
from keras import layers, ops

from helpers.datasets.download import DataUnavailable, data_folder

NAMES = ("edges", "textures", "parts", "shapes", "whole")
WIDTHS = (24, 48, 96, 128, 160)
CONVOLUTIONS = (2, 2, 2, 2, 1)
SMALLEST_SIDE = 16


def architecture(block, name: str = "features") -> keras.Model:
    """The network for RGB in [0, 1] of any size, every convolution made by `block(filters, name)`.

    Returns a dict of maps by NAMES: the last map of each stage, (n, height / 2^s, width / 2^s, WIDTHS[s]).
    """
    pictures = keras.Input((None, None, 3))
    x, maps = layers.Rescaling(2.0, offset=-1.0)(pictures), {}
    for stage, (name_of_map, filters, count) in enumerate(zip(NAMES, WIDTHS, CONVOLUTIONS, strict=True)):
        x = x if stage == 0 else layers.AveragePooling2D(2)(x)
        for place in range(count):
            x = block(filters, f"{name_of_map}_{place}")(x)
        maps[name_of_map] = x
    return keras.Model(pictures, maps, name=name)


def plain_convolution(filters: int, name: str):
    """3x3 convolution with bias and ReLU: what is left of a block when its normalisation is folded into it."""
    return layers.Conv2D(filters, 3, padding="same", activation="relu", dtype="float32", name=name)


@functools.cache
def network(names: tuple[str, ...] = NAMES) -> keras.Model:
    """The trained network, frozen and in float32: RGB (n, height, width, 3) in [0, 1] to a dict of maps, all >= 0.

    Every channel is scaled so that its mean over the training pictures is 1 where it is not always 0, as Gatys, Ecker
    and Bethge do with VGG (CVPR 2016), so that losses on different maps are of one size. `names` out of NAMES; the
    part above the highest of them is not computed. Raises `ValueError` for another name and `FileNotFoundError` where
    the weights are not there.
    """
    _check_names(names)
    file = data_folder() / "features.weights.h5"
    if not file.is_file():
        raise FileNotFoundError(f"{file.name} is missing from {file.parent}: install `helpers` again, or make it anew")
    whole = architecture(plain_convolution)
    whole.load_weights(file)
    whole.trainable = False
    return keras.Model(whole.input, {name: whole.output[name] for name in names}, name="features")


def imagenet_network(names: tuple[str, ...] = NAMES) -> keras.Model:
    """VGG-16 with ImageNet's weights in the form of `network`, for comparison: nothing in the course needs it.

    The maps are the last ReLU of its five blocks, unscaled, (64, 128, 256, 512, 512) channels. Keras fetches 59 MB at
    the first call; raises `DataUnavailable` where it cannot, and `ValueError` for a name that is not in NAMES.
    """
    _check_names(names)
    try:
        trunk = keras.applications.VGG16(include_top=False, weights="imagenet")
    except Exception as fault:  # what Keras raises where there is no connection is a bare Exception
        raise DataUnavailable(f"VGG-16 cannot be fetched ({fault}); helpers.features.network needs nothing") from fault
    trunk.trainable = False
    last = ("block1_conv2", "block2_conv2", "block3_conv3", "block4_conv3", "block5_conv3")
    maps = keras.Model(trunk.input, {name: trunk.get_layer(last[NAMES.index(name)]).output for name in names})
    pictures = keras.Input((None, None, 3))
    shifted = 255.0 * ops.flip(pictures, axis=-1) - np.array([103.939, 116.779, 123.68], np.float32)  # BGR means
    return keras.Model(pictures, maps(shifted), name="imagenet_features")


def about() -> dict:
    """What `data/features.json` says: the recipe of the weights and the accuracies on held-out pictures."""
    return json.loads((data_folder() / "features.json").read_text(encoding="utf-8"))


def checked(pictures) -> np.ndarray:
    """Pictures (n, height, width, 3), uint8 or floats in [0, 1], as float32; ValueError for anything else."""
    pictures = np.asarray(pictures)
    if pictures.ndim != 4 or pictures.shape[-1] != 3 or min(pictures.shape[1:3]) < SMALLEST_SIDE:
        raise ValueError(
            f"pictures must be (n, height, width, 3) with sides of {SMALLEST_SIDE} or more, got {pictures.shape}"
        )
    if pictures.dtype == np.uint8:
        return pictures.astype(np.float32) / 255
    if not np.issubdtype(pictures.dtype, np.floating) or not np.isfinite(pictures).all():
        raise ValueError(f"pictures must be uint8, or finite floats in [0, 1], got {pictures.dtype}")
    if pictures.min(initial=0) < -1e-3 or pictures.max(initial=0) > 1.001:
        raise ValueError(f"float pictures lie in [0, 1], these go from {pictures.min():.4g} to {pictures.max():.4g}")
    return pictures.astype(np.float32)


def embedding(pictures, *, batch_size: int = 64) -> np.ndarray:
    """The mean of the last map over all places: (n, 160) float32, at least 0. Pictures as in `checked`."""
    seen, model = checked(pictures), network(("whole",))
    parts = [seen[start : start + batch_size] for start in range(0, len(seen), batch_size)]
    found = [ops.convert_to_numpy(ops.mean(model(part)["whole"], axis=(1, 2))) for part in parts]
    return np.concatenate(found) if found else np.empty((0, WIDTHS[-1]), np.float32)


def frechet_distance(first, second) -> float:
    """Fréchet distance between two sets of embeddings (n, d) and (m, d), each taken as a Gaussian; at least 0.

    |mean1 - mean2|^2 + tr(C1 + C2 - 2 (C1 C2)^1/2) (Dowson and Landau, 1982; with Inception's embeddings this is the
    FID of Heusel et al., NIPS 2017). It is biased upwards for small sets: compare only values from sets of equal
    size, and more pictures than dimensions. Raises `ValueError` for fewer than two rows or unequal widths.
    """
    first, second = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if first.ndim != 2 or second.ndim != 2 or first.shape[1] != second.shape[1] or min(len(first), len(second)) < 2:
        raise ValueError(
            f"two sets (n, d) and (m, d) of two rows or more are needed, got {first.shape}, {second.shape}"
        )
    one, other = np.cov(first.T), np.cov(second.T)
    values, vectors = np.linalg.eigh(one)
    root = vectors * np.sqrt(np.clip(values, 0, None)) @ vectors.T
    shared = np.sqrt(np.clip(np.linalg.eigvalsh(root @ other @ root), 0, None)).sum()
    apart = np.sum((first.mean(axis=0) - second.mean(axis=0)) ** 2)
    return float(max(0.0, apart + np.trace(one) + np.trace(other) - 2 * shared))


def perceptual_distance(first, second, *, batch_size: int = 32) -> np.ndarray:
    """How differently two sets of pictures (n, height, width, 3) look, pair by pair: (n,) float32, 0 if equal.

    At every place of every map the channels are divided by their length; squared differences are summed over channels,
    averaged over places and summed over maps (Zhang et al., CVPR 2018, equation 1, with all weights 1). Pictures as in
    `checked`; raises `ValueError` where the shapes differ.
    """
    first, second = checked(first), checked(second)
    if first.shape != second.shape:
        raise ValueError(f"pictures in pairs are of one shape, got {first.shape} and {second.shape}")
    model, found = network(), []
    for start in range(0, len(first), batch_size):
        part = slice(start, start + batch_size)
        maps = [{name: _unit(one) for name, one in model(side[part]).items()} for side in (first, second)]
        gaps = [ops.mean(ops.sum((maps[0][name] - maps[1][name]) ** 2, axis=-1), axis=(1, 2)) for name in NAMES]
        found.append(ops.convert_to_numpy(sum(gaps)))
    return np.concatenate(found) if found else np.empty(0, np.float32)


def _check_names(names):
    unknown = [name for name in names if name not in NAMES]
    if unknown or not names:
        raise ValueError(f"no feature map {', '.join(map(repr, unknown)) or 'named'}; there are {', '.join(NAMES)}")


def _unit(maps):
    return maps / (ops.norm(maps, axis=-1, keepdims=True) + 1e-6)


def gram(maps):
    """Gram matrices of maps (n, height, width, c): (n, c, c), divided by height x width (Gatys et al., equation 3)."""
    shape = ops.shape(maps)
    flat = ops.reshape(maps, (shape[0], shape[1] * shape[2], shape[3]))
    return ops.matmul(ops.transpose(flat, (0, 2, 1)), flat) / ops.cast(shape[1] * shape[2], flat.dtype)
