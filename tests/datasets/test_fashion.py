"""`fashion_mnist`: read from the published files, split by class, verified."""

import gzip
import hashlib
import json
import os
import struct
import subprocess
import sys

import numpy as np
import pytest

from helpers.datasets import download, fashion_mnist


def idx(array):
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    return gzip.compress(header + array.astype(np.uint8).tobytes())


@pytest.fixture
def little(tmp_path, monkeypatch):
    """200 training and 30 test pictures; every pixel of a picture is its number."""
    entries, mirror = {}, tmp_path / "mirror"
    mirror.mkdir()
    for part, number in (("train", 200), ("t10k", 30)):
        numbers = np.arange(number)
        arrays = {"images": np.tile(numbers[:, None, None], (1, 28, 28)), "labels": numbers % 10}
        for name, array in arrays.items():
            content = idx(array)
            (mirror / f"{part}-{name}.gz").write_bytes(content)
            entries[f"fashion-mnist-{part}-{name}"] = {
                "url": f"https://example.org/{part}-{name}.gz",
                "bytes": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
                "licence": "MIT",
            }
    (tmp_path / "registry.json").write_text(json.dumps(entries))
    monkeypatch.setattr(download, "data_folder", lambda: tmp_path)
    monkeypatch.setenv("HELPERS_MIRROR", str(mirror))
    return mirror


def test_splits_share_no_picture_and_keep_every_class(little):
    data = fashion_mnist()
    assert [len(s) for s in (data.train, data.validation, data.test)] == [180, 20, 30]
    assert set(data.validation.counts.values()) == {2} and set(data.train.counts.values()) == {18}
    numbers = np.concatenate([data.train.images[:, 0, 0], data.validation.images[:, 0, 0]])
    assert sorted(numbers) == list(range(200))
    for split in (data.train, data.validation, data.test):
        np.testing.assert_array_equal(split.labels, split.images[:, 14, 14] % 10)  # labels went with their pictures
        assert split.images.dtype == np.uint8 and split.labels.dtype == np.int64
    assert data.source == "fashion_mnist" and data.licence == "MIT"


def test_the_draw_is_fixed(little):
    first, second = fashion_mnist(), fashion_mnist()
    np.testing.assert_array_equal(first.validation.images, second.validation.images)


def test_a_corrupt_file_is_refused(little):
    path = little / "train-labels.gz"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(download.DataDamaged, match=r"train-labels\.gz"):
        fashion_mnist()


def test_a_file_of_another_kind_is_refused(little):
    content = gzip.compress(struct.pack(">HBBI", 0, 13, 1, 0))  # floats
    (little / "train-labels.gz").write_bytes(content)
    registry = json.loads((little.parent / "registry.json").read_text())
    registry["fashion-mnist-train-labels"]["sha256"] = hashlib.sha256(content).hexdigest()
    (little.parent / "registry.json").write_text(json.dumps(registry))
    with pytest.raises(download.DataDamaged, match="not an idx file of bytes"):
        fashion_mnist()


@pytest.mark.skipif(not os.environ.get("HELPERS_MIRROR"), reason="the real files are read from HELPERS_MIRROR only")
def test_the_real_files():
    data = fashion_mnist()
    assert repr(data) == (
        "Dataset(fashion_mnist: 54,000 + 6,000 + 10,000 pictures of 28x28 in train + validation + test, 10 classes)"
    )
    assert set(data.validation.counts.values()) == {600} and set(data.test.counts.values()) == {1000}
    # the draw is part of every figure measured on validation, so a change of NumPy must not move it unseen
    assert hashlib.sha256(data.validation.images.tobytes()).hexdigest()[:16] == "b500cca0e74c5225"
    assert data.class_names[data.test.labels[0]] == "ankle boot"


def test_neither_tensorflow_nor_a_network_is_loaded():
    code = (
        "import sys, helpers.datasets.fashion, helpers.datasets.clothing, helpers.photo\n"
        "print(sorted({'tensorflow', 'keras', 'numba', 'matplotlib', 'sklearn', 'requests', 'pooch'} & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n" and done.stderr == ""
