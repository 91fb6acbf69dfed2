import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from helpers import pipeline, training

SCRIPT = """
    import sys, time
    import helpers
    session = helpers.start("07", profile="quick")
    import keras, numpy as np
    from helpers import pipeline, training

    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 255, (96, 8, 8, 1), dtype=np.uint8), rng.integers(0, 3, 96)

    def augment(pictures, labels, seed):
        return pipeline.random_flip(pictures, seed), labels

    model = keras.Sequential([
        keras.Input((8, 8, 1)), keras.layers.Conv2D(4, 3), keras.layers.BatchNormalization(),
        keras.layers.Flatten(), keras.layers.Dropout(0.3), keras.layers.Dense(3, activation="softmax"),
    ])
    batches = pipeline.training_batches(x, y, batch_size=16, augment=augment, seed=1)
    rate = training.cosine_schedule(1e-2, 6 * batches.steps_per_epoch)
    loss = keras.losses.SparseCategoricalCrossentropy()  # an object, whose text differs in every process
    model.compile(keras.optimizers.AdamW(rate, use_ema=True, ema_momentum=0.9), loss, metrics=["accuracy"])
    if sys.argv[1] == "slow":  # leaves time to be killed between two epochs
        kept = keras.callbacks.SwapEMAWeights.on_epoch_begin if hasattr(
            keras.callbacks.SwapEMAWeights, "on_epoch_begin") else None
        def pause(self, epoch, logs=None, kept=kept):
            time.sleep(0.7)
            return kept(self, epoch, logs) if kept else None
        keras.callbacks.SwapEMAWeights.on_epoch_begin = pause
    history = training.train(model, batches, epochs=6, monitor="loss", mode="min", session=session, name="seed 1",
                             validation=pipeline.evaluation_batches(x, y), lines=6)
    state = [np.asarray(v).astype("float64").sum() for v in model.optimizer.variables]
    np.savez(sys.argv[2], *model.get_weights(), state=state, losses=history.logs["val_loss"],
             iterations=int(model.optimizer.iterations.numpy()))
    print(history.epochs, "epochs in the history")
"""


@pytest.fixture
def script(tmp_path):
    place = tmp_path / "script.py"
    place.write_text(textwrap.dedent(SCRIPT))

    def start(cache, *arguments):
        environment = {**os.environ, "HELPERS_CACHE": str(tmp_path / cache)}
        return subprocess.Popen(
            [sys.executable, place, *map(str, arguments)], env=environment, stdout=subprocess.PIPE, text=True
        )

    return start


def test_a_training_killed_in_the_middle_ends_like_one_that_was_not(script, tmp_path):
    """kill -9 after epoch 2: weights, averages, moments, step and history equal an undisturbed run's, bit for bit."""
    undisturbed = script("whole", "fast", tmp_path / "whole.npz")
    killed = script("killed", "slow", tmp_path / "never.npz")
    for line in killed.stdout:
        if "epoch   2/6" in line:
            break
    time.sleep(0.4)  # epoch 2 is written after its line; epoch 3 begins with a pause
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    resumed = script("killed", "fast", tmp_path / "resumed.npz")
    output, _ = resumed.communicate(timeout=120)
    assert undisturbed.wait(timeout=120) == 0 and resumed.returncode == 0
    assert "goes on after epoch 2/6" in output or "goes on after epoch 3/6" in output
    assert "6 epochs in the history" in output
    whole, again = np.load(tmp_path / "whole.npz"), np.load(tmp_path / "resumed.npz")
    assert not (tmp_path / "never.npz").exists()
    for key in whole.files:
        np.testing.assert_array_equal(whole[key], again[key], err_msg=key)
    assert len(whole["losses"]) == 6 and whole["iterations"] == 36


def small_training(session, name="net", epochs=3, seed=0, **options):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(0)
    x, y = rng.random((64, 6)).astype(np.float32), rng.integers(0, 2, 64)
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.Adam(0.3), "binary_crossentropy", metrics=["accuracy"])
    validation = pipeline.evaluation_batches(x[:32], y[:32])
    options = {"monitor": "accuracy", **options}
    history = training.train(
        model,
        pipeline.training_batches(x, y, batch_size=8, seed=seed),
        epochs=epochs,
        validation=validation,
        session=session,
        name=name,
        **options,
    )
    return model, history, validation


def test_the_weights_kept_are_those_of_the_best_epoch(own_cache, session):
    model, history, validation = small_training(session, epochs=8)
    measured = model.evaluate(validation, verbose=0, return_dict=True)["accuracy"]
    assert measured == pytest.approx(max(history.logs["val_accuracy"]))
    assert history.best_epoch == int(np.argmax(history.logs["val_accuracy"])) + 1
    assert history.epochs == 8


def test_a_training_that_ended_is_not_repeated_until_it_is_forgotten(own_cache, session, capsys):
    first, history, _ = small_training(session)
    began = time.perf_counter()
    again, history_again, _ = small_training(session)
    assert "goes on after epoch 3/3" in capsys.readouterr().out
    assert time.perf_counter() - began < 5
    for a, b in zip(first.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert history == history_again
    training.forget(session)
    small_training(session)
    assert "goes on" not in capsys.readouterr().out


def test_other_seed_epochs_or_monitor_is_another_training(own_cache, session, capsys):
    small_training(session)
    for options in ({"seed": 1}, {"epochs": 4}, {"monitor": "loss", "mode": "min"}):
        small_training(session, **options)
    assert "goes on" not in capsys.readouterr().out


@pytest.mark.parametrize("file", ["state.weights.h5", "best.npz", "random.npz", "history.json"])
def test_a_damaged_state_is_noticed_and_training_starts_anew(own_cache, session, capsys, file):
    first, _, _ = small_training(session)
    (place,) = training.runs_folder(session).glob(f"net-*/epoch-*/{file}")
    place.write_bytes(place.read_bytes()[: place.stat().st_size // 2])
    again, history, _ = small_training(session)
    assert "starts anew" in capsys.readouterr().out
    assert history.epochs == 3
    for a, b in zip(first.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_full_disk_does_not_stop_the_training(own_cache, session, capsys, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    _, history, _ = small_training(session)
    assert history.epochs == 3
    assert capsys.readouterr().out.count("No space left on device") == 1


def test_a_cache_that_cannot_be_written_does_not_stop_the_training(session, tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HELPERS_CACHE", str(tmp_path / "file" / "below"))
    _, history, _ = small_training(session)
    assert history.epochs == 3
    assert "cannot be resumed" in capsys.readouterr().out


def test_another_architecture_with_the_same_weights_is_another_training(own_cache, session):
    def fingerprint(rate):
        keras.utils.set_random_seed(0)
        layers = [keras.Input((6,)), keras.layers.Dropout(rate), keras.layers.Dense(1)]
        model = keras.Sequential(layers)
        model.compile("adam", "mse")
        batches = pipeline.training_batches(np.zeros((8, 6), np.float32), np.zeros(8), batch_size=4)
        return training._Keeper(model, batches, batches.steps_per_epoch, 3, "loss", "min", session, "net", 4).place

    assert fingerprint(0.2) == fingerprint(0.2) != fingerprint(0.3)


def test_averaged_weights_are_kept_also_where_the_optimizer_is_wrapped_for_half_precision(own_cache, session):
    keras.utils.set_random_seed(0)
    x, y = np.random.default_rng(0).random((64, 6)).astype(np.float32), np.ones((64, 1), np.float32)
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1, dtype="mixed_float16")])
    inner = keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5)
    model.compile(keras.optimizers.LossScaleOptimizer(inner), "mse")
    training.train(
        model,
        pipeline.training_batches(x, y, batch_size=8),
        epochs=1,
        validation=pipeline.evaluation_batches(x, y),
        monitor="loss",
        mode="min",
        session=session,
        name="half",
    )
    averages = inner._model_variables_moving_average
    for kept, raw_or_average in zip(model.get_weights(), averages, strict=True):
        # After the last validation the averages are swapped back into the optimizer: what is kept must equal them.
        np.testing.assert_allclose(kept, np.asarray(raw_or_average), rtol=1e-5)


def test_a_training_that_diverges_says_so(own_cache, session):
    x = np.random.default_rng(0).random((16, 2)).astype(np.float32)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(1e30), "mse")
    batches, validation = pipeline.training_batches(x, x[:, :1], batch_size=4), pipeline.evaluation_batches(x, x[:, :1])
    with pytest.raises(FloatingPointError, match="Lower the learning rate"):
        training.train(
            model, batches, epochs=2, validation=validation, monitor="loss", mode="min", session=session, name="wild"
        )


def test_a_wrong_monitor_or_mode_is_named(own_cache, session):
    with pytest.raises(ValueError, match="'f1' is not among what validation logs: accuracy, loss"):
        small_training(session, monitor="f1")
    with pytest.raises(ValueError, match="mode"):
        small_training(session, mode="largest")


def test_the_log_is_a_few_plain_lines(own_cache, session, capsys):
    small_training(session, epochs=12, lines=4)
    out = capsys.readouterr().out
    assert len(out.splitlines()) == 4
    assert "\b" not in out and "\r" not in out


def test_cosine_schedule_rises_then_falls_to_zero():
    rate = training.cosine_schedule(1.0, 100, warmup=0.1)
    values = [float(rate(step)) for step in range(101)]
    assert int(np.argmax(values)) == 10
    assert values[10] == pytest.approx(1.0) and values[100] == pytest.approx(0.0, abs=1e-6)
    assert values[55] == pytest.approx(0.5, abs=1e-6)


def test_history_is_json(own_cache, session):
    _, history, _ = small_training(session)
    assert json.loads(json.dumps(vars(history)))["best_epoch"] == history.best_epoch


def test_train_steps_counts_steps_not_passes_and_keeps_averaged_weights(own_cache, session):
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).random((10, 3)).astype(np.float32)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    history = training.train_steps(
        model,
        pipeline.training_batches(x, x[:, :1], batch_size=4),
        steps=50,
        peak_rate=0.1,
        loss="mse",
        average_momentum=0.5,
        checks=4,
        validation=pipeline.evaluation_batches(x, x[:, :1]),
        session=session,
        name="steps",
    )
    assert history.epochs == 4 and int(model.optimizer.iterations) == 52  # 13 steps before each of the 4 checks
    assert model.optimizer.use_ema and model.optimizer.ema_momentum == 0.5
    assert history.logs["val_loss"][-1] < history.logs["val_loss"][0]
    assert float(model.optimizer.learning_rate) == pytest.approx(0.0, abs=1e-6)


def test_steps_between_checks_belong_to_what_a_kept_training_is_known_by(own_cache, session, capsys):
    small_training(session)
    small_training(session, steps_per_epoch=3)
    assert "goes on after" not in capsys.readouterr().out


def test_side_by_side_runs_two_at_a_time_on_a_cpu_and_keeps_the_order():
    both = threading.Barrier(2, timeout=20)  # passes only when two are running at once

    def start(number, factor):
        both.wait()
        return number * factor

    assert training.side_by_side(SimpleNamespace(device="CPU, 2 cores"), start, range(4), (1, 2, 3, 4)) == [0, 2, 6, 12]


def test_side_by_side_runs_one_after_another_elsewhere():
    running = threading.Lock()

    def start(number):
        assert running.acquire(blocking=False)
        time.sleep(0.01)
        running.release()
        return number

    assert training.side_by_side(SimpleNamespace(device="GPU"), start, range(4)) == [0, 1, 2, 3]


def test_side_by_side_raises_what_was_raised():
    def start(number):
        if number == 1:
            raise RuntimeError("the second one")

    with pytest.raises(RuntimeError, match="the second one"):
        training.side_by_side(SimpleNamespace(device="CPU"), start, range(3))
