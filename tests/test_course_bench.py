"""`make bench`: its clocks on pipelines whose waiting is known, and its table on a small notebook in a real kernel."""

import json
import re
import time

import nbformat
import numpy as np
import pytest

from helpers.course import bench
from helpers.course.probe import Input

SLEEP = 0.03

CELLS = (
    ("markdown", "# 07 · A small one"),
    ("markdown", "## Setup"),
    ("code", "import helpers\n\nsession = helpers.start('07')\nimport keras\nfrom helpers import pipeline, training"),
    ("code", "from helpers.datasets import cache\nimport numpy as np\nimport time"),
    ("markdown", "## The data"),
    (
        "code",
        "def make():\n    time.sleep(0.3)\n    return {'x': np.ones((64, 4), np.float32)}\n\n"
        "x = cache.arrays('bench', {'of': 1}, make)['x']",
    ),
    ("markdown", "## Training"),
    (
        "code",
        "model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])\nmodel.compile('sgd', 'mse')\n"
        "batches = pipeline.training_batches(x, x[:, :1], batch_size=8)\n"
        "training.train(model, batches, epochs=3, session=session, name='small')\n"
        "probe = x",  # a name that a notebook may use
    ),
)


def slowly(number):
    import tensorflow as tf

    def sleep(value):
        time.sleep(SLEEP)
        return value

    return tf.ensure_shape(tf.numpy_function(sleep, [number], tf.int64), ())


def test_time_spent_waiting_is_that_of_a_slow_pipeline_and_not_that_of_a_slow_training():
    import tensorflow as tf

    slow_pipeline, slow_training = Input(), Input()
    numbers = [int(number) for number in slow_pipeline.timed(tf.data.Dataset.range(10).map(slowly).prefetch(1))]
    assert numbers == list(range(10))
    assert 9 * SLEEP < slow_pipeline.waited() < 20 * SLEEP
    assert SLEEP * 0.9 < slow_pipeline.step() < SLEEP * 2
    for _ in slow_training.timed(tf.data.Dataset.range(10).prefetch(1)):
        time.sleep(SLEEP)
    assert slow_training.waited() < 3 * SLEEP
    assert SLEEP * 0.9 < slow_training.step() < SLEEP * 2
    assert len(slow_pipeline.times) == len(slow_training.times) == 10


def test_batches_stay_what_they_are():
    from helpers import pipeline

    x, y = np.random.default_rng(0).random((32, 3)).astype(np.float32), np.arange(32)
    batches = pipeline.training_batches(x, y, batch_size=8, seed=1)
    plain, timed = batches.dataset(), Input().timed(batches.dataset())
    assert timed.element_spec == plain.element_spec
    for (a, b), (c, d), _ in zip(plain, timed, range(6), strict=False):
        np.testing.assert_array_equal(a, c)
        np.testing.assert_array_equal(b, d)


@pytest.fixture
def course(tmp_path, own_cache):
    path = tmp_path / "notebooks" / "07_small.ipynb"
    path.parent.mkdir()
    make = {"markdown": nbformat.v4.new_markdown_cell, "code": nbformat.v4.new_code_cell}
    nbformat.write(nbformat.v4.new_notebook(cells=[make[kind](source) for kind, source in CELLS]), path)
    return tmp_path, path


@pytest.mark.slow
def test_a_line_a_notebook(course, capsys):
    root, path = course
    committed = path.read_bytes()
    assert bench.main(["all"], root) == 0
    header, shown = capsys.readouterr().out.splitlines()
    assert re.split(r"\s{2,}", header) == list(bench.COLUMNS)
    assert shown.startswith("07_small") and len(shown) == len(header)
    assert path.read_bytes() == committed and not (root / "data").exists()
    figures = json.loads((root / "build" / "bench" / "07.json").read_text())
    assert figures["steps"] == 24  # three epochs of eight
    assert 0.3 <= figures["data_seconds"] < 0.6
    assert 0.5 < figures["import_seconds"] < figures["seconds"] - figures["data_seconds"]
    assert 1 < figures["steps_per_second"] < 10_000
    assert 0 < figures["input_seconds"] < figures["seconds"]
    assert 300 < figures["peak_memory_mb"] < 3000


def test_a_notebook_that_fails_is_named(course, capsys):
    root, path = course
    node = nbformat.read(path, as_version=4)
    node.cells[2].source = "raise ValueError('no such thing')"
    nbformat.write(node, path)
    assert bench.main(["7"], root) == 1
    assert "07_small.ipynb" in (said := capsys.readouterr().out) and "no such thing" in said
