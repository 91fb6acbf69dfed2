"""What every notebook does first: quiet TensorFlow, one seed, one profile, the right device, a clock."""

import contextlib
import datetime
import os
import pathlib
import platform
import re
import resource
import sys
import time
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from helpers.console import standard_error_silenced

PROFILES = ("quick", "standard", "full")


def import_tensorflow():
    """Import TensorFlow and list its devices without the start-up messages; returns the module."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with standard_error_silenced():
        import tensorflow

        tensorflow.config.list_physical_devices()
    tensorflow.get_logger().setLevel("ERROR")  # its advice on retracing would land in the outputs
    return tensorflow


def peak_memory_mb() -> float:
    """Largest resident memory of this process so far, in MB (10^6 bytes)."""
    status = pathlib.Path("/proc/self/status")
    if status.exists():  # Linux: `getrusage` there begins with the peak of the process that started this one
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text())[1]) * 1024 / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def chosen_profile(profile: str | None, has_gpu: bool) -> str:
    """The profile: the argument, else `HELPERS_PROFILE`, else quick in CI, full with a GPU, standard without.

    Raises `ValueError` naming the three profiles where another name is given.
    """
    asked = profile or os.environ.get("HELPERS_PROFILE")
    if not asked:
        return "quick" if os.environ.get("CI") else "full" if has_gpu else "standard"
    if asked not in PROFILES:
        raise ValueError(
            f"unknown profile {asked!r}: choose one of {', '.join(PROFILES)} (argument or HELPERS_PROFILE)"
        )
    return asked


@dataclass
class Session:
    """One run of one notebook: profile, seed, device, strategy, clock."""

    notebook: str
    profile: str
    seed: int
    device: str
    strategy: Any
    began: float = field(default_factory=time.monotonic)

    def choose(self, quick, standard, full):
        """The one of three values that belongs to this profile."""
        return {"quick": quick, "standard": standard, "full": full}[self.profile]

    def knobs(self, **triples) -> SimpleNamespace:
        """Named settings, each given as (quick, standard, full); the result holds this profile's value of each."""
        wrong = [name for name, triple in triples.items() if not isinstance(triple, tuple) or len(triple) != 3]
        if wrong:
            raise ValueError(f"knobs need three values (quick, standard, full): {', '.join(wrong)}")
        return SimpleNamespace(**{name: self.choose(*triple) for name, triple in triples.items()})

    def seconds(self) -> float:
        """Seconds since `start`."""
        return time.monotonic() - self.began

    def peak_memory_mb(self) -> float:
        """Largest resident memory of this process so far, in MB (10^6 bytes)."""
        return peak_memory_mb()

    def versions(self) -> dict[str, str]:
        """Versions of Python and of the packages that shape the numbers."""
        import keras
        import numpy
        import tensorflow

        import helpers

        packages = {"tensorflow": tensorflow, "keras": keras, "numpy": numpy, "helpers": helpers}
        return {"python": platform.python_version(), **{n: p.__version__ for n, p in packages.items()}}

    def date(self) -> str:
        """Today, as YYYY-MM-DD."""
        return datetime.date.today().isoformat()

    def __repr__(self) -> str:
        versions = self.versions()
        return (
            f"notebook {self.notebook} · profile {self.profile} · {self.device} · seed {self.seed} · "
            f"TensorFlow {versions['tensorflow']} · Keras {versions['keras']}"
        )


def start(
    notebook: str,
    *,
    profile: str | None = None,
    seed: int = 7,
    mixed_precision: bool = True,
    threads: int | None = None,
) -> Session:
    """Seed everything, choose profile, precision and distribution strategy, start the clock, print one line.

    Parameters
    ----------
    notebook: its number, `"01"` to `"30"`.
    profile: `"quick"`, `"standard"` or `"full"`; see `chosen_profile` for what happens without.
    seed: of Python, NumPy and Keras.
    mixed_precision: False keeps float32 on a GPU too: for training steps that do not scale their losses.
    threads: how many may share one operation on a CPU; TensorFlow's own choice is one a core. For small networks in
        small steps 1 is faster, as it takes longer to wake the others than they save. It holds from the first `start`
        in a kernel on.

    A GPU gets memory growth and, from compute capability 7.0 on, `mixed_float16`; several GPUs, or without one several
    logical CPU devices, get `tf.distribute.MirroredStrategy`. Raises `ValueError` for an unknown profile.
    """
    chosen_profile(profile, has_gpu=False)  # a wrong name is refused before the slow import
    tensorflow = import_tensorflow()
    import keras

    gpus = tensorflow.config.list_physical_devices("GPU")
    if threads is not None and not gpus:
        with contextlib.suppress(RuntimeError):  # as below
            tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
    for gpu in gpus:
        with contextlib.suppress(RuntimeError):  # already initialised: a second start() in the same kernel
            tensorflow.config.experimental.set_memory_growth(gpu, True)
    details = tensorflow.config.experimental.get_device_details(gpus[0]) if gpus else {}
    half_precision = mixed_precision and details.get("compute_capability", (0, 0)) >= (7, 0)
    keras.mixed_precision.set_global_policy("mixed_float16" if half_precision else "float32")
    keras.utils.set_random_seed(seed)
    device = f"{len(gpus)} x {details.get('device_name', 'GPU')}" if gpus else f"CPU, {os.cpu_count()} cores"
    replicas = tensorflow.config.list_logical_devices("GPU") or tensorflow.config.list_logical_devices("CPU")
    several = len(replicas) > 1
    strategy = tensorflow.distribute.MirroredStrategy() if several else tensorflow.distribute.get_strategy()
    session = Session(notebook, chosen_profile(profile, bool(gpus)), seed, device, strategy)
    print(session)
    return session
