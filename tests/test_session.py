import subprocess
import sys
import time

import pytest

from helpers import session as sessions


def run_python(code, **environment):
    import os

    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **environment}, check=False
    )


def test_importing_helpers_is_quick_and_leaves_tensorflow_alone():
    code = (
        "import sys, time; t = time.perf_counter(); import helpers, helpers.datasets; s = time.perf_counter() - t;"
        "print(s, 'tensorflow' in sys.modules, 'numba' in sys.modules)"
    )
    runs = [run_python(code).stdout.split() for _ in range(3)]
    assert all(run[1:] == ["False", "False"] for run in runs)
    assert min(float(run[0]) for run in runs) < 0.2


def test_start_is_silent_on_standard_error_and_says_one_line():
    done = run_python("import helpers; helpers.start('07')", HELPERS_PROFILE="quick")
    assert done.returncode == 0
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == 1
    assert "notebook 07 · profile quick" in done.stdout


def test_a_wrong_profile_is_refused_before_tensorflow_is_imported():
    began = time.perf_counter()
    done = run_python("import helpers; helpers.start('07')", HELPERS_PROFILE="fast")
    assert done.returncode == 1
    assert "unknown profile 'fast': choose one of quick, standard, full" in done.stderr
    assert time.perf_counter() - began < 2


def test_profile_without_a_word_from_anybody(monkeypatch):
    monkeypatch.delenv("HELPERS_PROFILE", raising=False)
    monkeypatch.delenv("CI", raising=False)
    assert sessions.chosen_profile(None, has_gpu=False) == "standard"
    assert sessions.chosen_profile(None, has_gpu=True) == "full"
    monkeypatch.setenv("CI", "true")
    assert sessions.chosen_profile(None, has_gpu=True) == "quick"
    monkeypatch.setenv("HELPERS_PROFILE", "full")
    assert sessions.chosen_profile(None, has_gpu=False) == "full"
    assert sessions.chosen_profile("standard", has_gpu=False) == "standard"


def test_knobs_take_three_values_each(session):
    knobs = session.knobs(epochs=(1, 20, 40), seeds=((1,), (1, 2, 3), (1, 2, 3)))
    assert (knobs.epochs, knobs.seeds) == (1, (1,))
    with pytest.raises(ValueError, match="width"):
        session.knobs(epochs=(1, 2, 3), width=32)


def draws_after_start(seed):
    """One number of each generator: Python's, NumPy's global one, Keras's."""
    import random

    import keras
    import numpy

    sessions.start("07", profile="quick", seed=seed)
    return random.random(), float(numpy.random.standard_normal()), float(keras.random.normal([]))  # noqa: NPY002


def test_the_seed_is_set_for_every_generator():
    first, again, other = draws_after_start(7), draws_after_start(7), draws_after_start(8)
    assert first == again
    assert all(a != b for a, b in zip(first, other, strict=True))


def test_memory_is_measured():
    code = (
        "import helpers; s = helpers.start('07', profile='quick'); before = s.peak_memory_mb();"
        "import numpy; block = numpy.ones(150_000_000); print(s.peak_memory_mb() - before)"
    )
    grown = float(run_python(code).stdout.splitlines()[-1])
    assert 1000 < grown < 1300  # 1,200 MB were touched, some of them where the import had been before


def test_time_is_measured(session):
    before = session.seconds()
    time.sleep(0.05)
    assert 0.05 <= session.seconds() - before < 5


def test_threads_of_one_operation_can_be_chosen():
    code = (
        "import helpers; helpers.start('07', threads=1); import tensorflow as tf; tf.zeros(1);"
        "helpers.start('07', threads=1);"
        "print(tf.config.threading.get_intra_op_parallelism_threads())"
    )
    done = run_python(code, HELPERS_PROFILE="quick", CUDA_VISIBLE_DEVICES="-1")
    assert done.stdout.splitlines()[-1] == "1" and not done.stderr
