"""Fashion-MNIST: 70,000 product thumbnails of 28x28 grey pixels."""

import gzip
import struct

import numpy as np

from helpers.datasets import download
from helpers.datasets.sets import Dataset, Split

CLASS_NAMES = (
    "t-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot",
)  # fmt: skip
VALIDATION_SHARE = 0.1
DRAW_SEED = 20170828  # the day of the data set's paper; fixed, so that everybody validates on the same pictures


def fashion_mnist() -> Dataset:
    """Load Fashion-MNIST: 54,000 / 6,000 / 10,000 grey pictures, uint8 (n, 28, 28), MIT.

    The published 60,000 training pictures are split by one fixed draw, the same share of every class; test is
    the published one. The files are those of `keras.datasets.fashion_mnist`, but read here: Keras would import
    TensorFlow (seconds), keep its own cache folder, ask the network before a mirror, and check no digest.

    Raises
    ------
    download.DataUnavailable: no mirror, nothing cached and no connection.
    download.DataDamaged: the mirror's file is not the published one.

    Source: Xiao, Rasul, Vollgraf: Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning
    Algorithms, arXiv:1708.07747.
    """
    images, labels = (_read(f"fashion-mnist-train-{part}") for part in ("images", "labels"))
    labels = labels.astype(np.int64)
    held_out = _draw(labels)
    train, validation = (Split(images[m], labels[m], CLASS_NAMES) for m in (~held_out, held_out))
    test_labels = _read("fashion-mnist-t10k-labels").astype(np.int64)
    return Dataset(
        train,
        validation,
        Split(_read("fashion-mnist-t10k-images"), test_labels, CLASS_NAMES),
        class_names=CLASS_NAMES,
        source="fashion_mnist",
        licence=download.entry("fashion-mnist-train-images")["licence"],
        about="70,000 thumbnails of one shop's products, 28x28 grey pixels, white on black.",
    )


def _draw(labels: np.ndarray) -> np.ndarray:
    """True for the pictures held out: the same share of every class, whatever the order of the file."""
    draw = np.random.default_rng(DRAW_SEED)
    held_out = np.zeros(len(labels), bool)
    for label in range(len(CLASS_NAMES)):
        members = draw.permutation(np.flatnonzero(labels == label))
        held_out[members[len(members) - round(len(members) * VALIDATION_SHARE) :]] = True
    return held_out


def _read(name: str) -> np.ndarray:
    """One idx file (http://yann.lecun.com/exdb/mnist): two zeros, type 8 = uint8, rank, sizes, then the values."""
    content = gzip.decompress(download.fetch(name).read_bytes())
    zeros, kind, rank = struct.unpack_from(">HBB", content)
    if zeros or kind != 8:
        raise download.DataDamaged(f"{name} is not an idx file of bytes")
    shape = struct.unpack_from(f">{rank}I", content, 4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * rank).reshape(shape)
