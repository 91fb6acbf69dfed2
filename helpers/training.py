"""One way to train: a short log, best weights restored, averaged weights if asked for, and nothing lost to a kill."""

import hashlib
import json
import math
import os
import re
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import keras
import numpy as np
from filelock import FileLock, Timeout

from helpers.console import notice
from helpers.datasets import cache
from helpers.pipeline import Batches


@dataclass
class History:
    """What a training went through: one list per logged quantity, one entry per epoch (or per check, see `unit`)."""

    logs: dict[str, list[float]] = field(default_factory=dict)
    best_epoch: int = 0
    best_value: float = math.nan
    seconds: float = 0.0
    unit: str = "epoch"

    @property
    def epochs(self) -> int:
        """Epochs trained so far."""
        return max((len(values) for values in self.logs.values()), default=0)


def cosine_schedule(peak: float, steps: int, *, warmup: float = 0.05):
    """Learning rate from near 0 up to `peak` in the first `warmup` share of `steps`, then down to 0 along a cosine.

    Loshchilov and Hutter, SGDR, ICLR 2017, without restarts. Wraps `keras.optimizers.schedules.CosineDecay`.
    """
    rising = max(1, round(warmup * steps))
    return keras.optimizers.schedules.CosineDecay(
        peak / rising, decay_steps=max(1, steps - rising), warmup_target=peak, warmup_steps=rising
    )


def runs_folder(session) -> Path:
    """Where the unfinished trainings of this notebook and profile are kept."""
    return cache.folder() / "runs" / f"{session.notebook}-{session.profile}"


def forget(session) -> None:
    """Delete the kept trainings of this notebook and profile (`Scoreboard.save` does so when all is done)."""
    shutil.rmtree(runs_folder(session), ignore_errors=True)


def train(
    model: keras.Model,
    batches: Batches,
    *,
    epochs: int,
    session,
    name: str,
    validation=None,
    monitor: str | None = None,
    watch=None,
    mode: str = "max",
    lines: int = 6,
    steps_per_epoch: int | None = None,
) -> History:
    """Train a compiled model, restore the weights that were best on validation, return the history.

    Parameters
    ----------
    model: compiled; if its optimizer has `use_ema=True`, the averaged weights are validated and kept.
    batches: from `helpers.pipeline.training_batches`.
    epochs: passes over the training data.
    validation: dataset of (inputs, targets), or any `fit(validation_data=...)`.
    monitor: the validation quantity that decides, such as `"accuracy"` (without `val_`); without it, the last weights
        are kept.
    watch: `watch(epoch) -> dict of numbers`, called after every epoch (from 0) and logged with the rest; where there
        is no `validation`, `monitor` may be one of them.
    session: from `helpers.start`.
    name: of this training within the notebook; the same name twice needs different seeds or models.
    mode: `"max"` if a larger monitored value is better, `"min"` otherwise.
    lines: how many lines of log to print, spread evenly over the epochs.
    steps_per_epoch: steps from one validation to the next, which log and curves then call a check; without it, one pass
        over the training data, an epoch.

    After every epoch the model, the optimizer (moments, step, averaged weights), the best weights and the history
    are written; after a kill the same call goes on with the next epoch and ends with the same weights as an
    undisturbed run; so are all networks and optimizers of a `helpers.adversarial.Game`. A training that has ended is
    kept until the notebook's results are saved, so a notebook killed in its third does not repeat the first two.

    Raises `ValueError` where `monitor` is not logged and `FloatingPointError` where it, or without it any logged
    number, is no longer finite.
    """
    if mode not in ("max", "min"):
        raise ValueError(f"mode must be 'max' or 'min', got {mode!r}")
    steps = steps_per_epoch or batches.steps_per_epoch
    keeper = _Keeper(model, batches, steps, epochs, monitor, mode, session, name, lines, watch, validation is None)
    keeper.history.unit = "check" if steps_per_epoch else "epoch"
    with keeper:
        if keeper.history.epochs < epochs:
            inner = getattr(model.optimizer, "inner_optimizer", model.optimizer)  # wrapped under mixed_float16
            averaged = bool(getattr(inner, "use_ema", False))
            # The keeper comes first: at the end of a validation it still sees the averaged weights.
            callbacks = [keeper, *([keras.callbacks.SwapEMAWeights()] if averaged else [])]
            model.fit(
                batches.dataset(keeper.history.epochs * steps),
                steps_per_epoch=steps,
                initial_epoch=keeper.history.epochs,
                epochs=epochs,
                validation_data=validation,
                callbacks=callbacks,
                shuffle=False,
                verbose=0,
            )
        model.set_weights(keeper.best_weights)
    return keeper.history


def train_steps(
    model: keras.Model,
    batches: Batches,
    *,
    steps: int,
    peak_rate: float,
    loss,
    average_momentum: float = 0.995,
    checks: int = 12,
    monitor: str = "loss",
    mode: str = "min",
    metrics=(),
    **options,
) -> History:
    """Compile with Adam, a cosine schedule and averaged weights, and train for `steps` steps: what restorers need.

    Parameters
    ----------
    steps: in all, however many pictures there are; rounded up to a multiple of `checks`.
    peak_rate: the learning rate at the top of `cosine_schedule`.
    loss: as `compile` takes it.
    average_momentum: of the exponential moving average of the weights, which is what is validated and kept.
    checks: how often to validate, evenly spread.
    options: all else that `train` takes: validation, session, name, …
    """
    each = -(-steps // checks)
    rate = cosine_schedule(peak_rate, each * checks)
    with model.distribute_strategy.scope():
        optimizer = keras.optimizers.Adam(rate, use_ema=True, ema_momentum=average_momentum)
        model.compile(optimizer, loss, metrics=list(metrics))
    return train(model, batches, epochs=checks, steps_per_epoch=each, monitor=monitor, mode=mode, **options)


def side_by_side(session, start, *arguments) -> list:
    """Call `start` for the first of each of `arguments`, the second, and so on; the results in that order.

    On a CPU two run at a time: small networks in small steps do not fill two cores, and TensorFlow lets go of the
    interpreter. Build all models before: layers draw their first weights from a random state that threads share.
    What one of them raises is raised here, after the others have ended.
    """
    with ThreadPoolExecutor(2 if "CPU" in session.device else 1) as pool:
        return list(pool.map(start, *arguments))


def _optimizers(model) -> list:
    """The model's optimizer, or those of a game's players."""
    return getattr(model, "optimizers", [model.optimizer])


def _architecture(model) -> str:
    """The model's configuration without the numbers that Keras adds to names; only its type where it has none."""
    if hasattr(model, "settings"):
        return json.dumps(model.settings(), sort_keys=True, default=str)
    try:
        return re.sub(r'_\d+"', '"', model.to_json())
    except (NotImplementedError, TypeError, ValueError):
        return type(model).__name__


def _random_states(model) -> list:
    """The counters of the model's random generators (dropout, noise), which a weights file leaves out."""
    weights = {id(weight) for weight in model.weights}
    return [v for v in model.variables if id(v) not in weights and "seed_generator" in v.path]


def _read_arrays(place: Path) -> list[np.ndarray]:
    with np.load(place) as stored:
        return [stored[f"arr_{i}"] for i in range(len(stored.files))]


class _Keeper(keras.callbacks.Callback):
    """Logs, keeps the best weights, and saves after every epoch all that a resumed training needs."""

    def __init__(
        self, model, batches, steps, epochs, monitor, mode, session, name, lines, watch=None, only_watched=False
    ):
        super().__init__()
        self.epochs, self.monitor, self.mode, self.name, self.lines = epochs, monitor, mode, name, lines
        self.watch, self.only_watched = watch, only_watched
        self.history = History(best_value=-math.inf if mode == "max" else math.inf)
        self.best_weights = model.get_weights()
        self.trained_model = model
        self.place = runs_folder(session) / f"{name}-{self._fingerprint(model, batches, steps)}"
        self.lock = FileLock(f"{self.place}.lock", timeout=0)
        self.session, self.began, self.seconds_before = session, time.monotonic(), 0.0

    def _fingerprint(self, model, batches, steps) -> str:
        digest = hashlib.sha256(f"{batches.fingerprint()} {steps}".encode())
        for weights in self.best_weights:
            digest.update(np.ascontiguousarray(weights))
        loss = keras.losses.serialize(model.loss) if isinstance(model.loss, keras.losses.Loss) else str(model.loss)
        optimizers = [keras.optimizers.serialize(optimizer) for optimizer in _optimizers(model)]
        for optimizer in optimizers:
            for config in (optimizer["config"], (optimizer["config"].get("inner_optimizer") or {}).get("config", {})):
                config.pop("name", None)  # Keras numbers the names of a process: adam, adam_1, …
        settings = [self.epochs, self.monitor, self.mode, keras.__version__, loss, *optimizers, _architecture(model)]
        digest.update(json.dumps(settings, sort_keys=True, default=str).encode())
        return digest.hexdigest()[:12]

    # --- resume ---------------------------------------------------------------------------------------------
    def __enter__(self):
        self.saves = True
        try:
            self.place.parent.mkdir(parents=True, exist_ok=True)
            self.lock.acquire()
        except (OSError, Timeout) as problem:
            self.saves = False
            why = "another process runs this training" if isinstance(problem, Timeout) else problem.strerror
            notice(f"this training cannot be resumed after an interruption ({why})")
            return self
        saved = sorted(self.place.glob("epoch-*"))
        if saved and not self._restore(saved[-1]):
            shutil.rmtree(self.place, ignore_errors=True)
        return self

    def __exit__(self, *_):
        self.lock.release()

    def _restore(self, folder: Path) -> bool:
        model = self.trained_model
        with model.distribute_strategy.scope():
            if not model.optimizer.built:
                model.optimizer.build(model.trainable_variables)
        state = [*model.weights, *[variable for optimizer in _optimizers(model) for variable in optimizer.variables]]
        first = [np.asarray(variable) for variable in state]
        try:
            history = History(**json.loads((folder / "history.json").read_text()))
            best_weights, random_states = _read_arrays(folder / "best.npz"), _read_arrays(folder / "random.npz")
            for variable, value in zip(_random_states(model), random_states, strict=True):
                variable.assign(value)
            model.load_weights(folder / "state.weights.h5")
        except Exception as problem:  # whatever a half-written or foreign file makes its reader raise
            notice(f"{self.name}: the kept training cannot be read ({type(problem).__name__}); it starts anew")
            for variable, value in zip(state, first, strict=True):
                variable.assign(value)
            return False
        self.history, self.best_weights = history, best_weights
        self.seconds_before = history.seconds
        self.session.began -= history.seconds  # the notebook's minutes include those before the interruption
        done = self.history.epochs
        print(
            f"{self.name}: goes on after {history.unit} {done}/{self.epochs}, kept from an interrupted run", flush=True
        )
        return True

    def _save(self):
        half = self.place / "half"
        self.history.seconds = self.seconds_before + time.monotonic() - self.began
        try:
            shutil.rmtree(half, ignore_errors=True)
            half.mkdir(parents=True)
            self.model.save_weights(half / "state.weights.h5")
            np.savez(half / "best.npz", *self.best_weights)
            np.savez(half / "random.npz", *[np.asarray(variable) for variable in _random_states(self.model)])
            (half / "history.json").write_text(json.dumps(vars(self.history)))
            os.replace(half, self.place / f"epoch-{self.history.epochs:05d}")
            for old in sorted(self.place.glob("epoch-*"))[:-1]:
                shutil.rmtree(old, ignore_errors=True)
        except OSError as problem:
            shutil.rmtree(half, ignore_errors=True)
            self.saves = False
            notice(f"{self.name}: not saved ({problem.strerror}); training goes on, but cannot be resumed")

    # --- Keras callbacks ------------------------------------------------------------------------------------
    def on_test_end(self, logs=None):
        """Keep the weights if they are the best so far (averaged weights, where they are swapped in)."""
        if self.monitor is not None:
            self._judge(logs or {})

    def _judge(self, logs):
        if self.monitor not in logs:
            raise ValueError(f"monitor {self.monitor!r} is not among what validation logs: {', '.join(sorted(logs))}")
        value = float(logs[self.monitor])
        self._finite(self.monitor, value)
        better = value > self.history.best_value if self.mode == "max" else value < self.history.best_value
        if better:
            self.history.best_value, self.history.best_epoch = value, self.history.epochs + 1
            self.best_weights = self.model.get_weights()

    def _finite(self, key, value):
        if not math.isfinite(value):
            raise FloatingPointError(
                f"{self.name}: {key} is {value} after {self.history.unit} {self.history.epochs + 1}. "
                "Lower the learning rate, or look for a division by zero in the loss."
            )

    def on_epoch_end(self, epoch, logs=None):
        """Look, add to the history, print a line now and then, save."""
        seen = self.watch(epoch) if self.watch else {}
        logs = {key: float(value) for key, value in {**(logs or {}), **seen}.items()}
        if self.monitor is None:
            for key, value in logs.items():
                self._finite(key, value)
            self.best_weights, self.history.best_epoch = self.model.get_weights(), epoch + 1
        elif self.only_watched:
            self._judge(logs)
        for key, value in logs.items():
            self.history.logs.setdefault(key, []).append(value)
        every = max(1, math.ceil(self.epochs / self.lines))
        if (epoch + 1) % every == 0 or epoch + 1 == self.epochs:
            shown = "  ".join(f"{key} {value:.4f}" for key, value in logs.items() if key != "learning_rate")
            print(f"{self.name}: {self.history.unit} {epoch + 1:3d}/{self.epochs}  {shown}", flush=True)
        if self.saves:
            self._save()
