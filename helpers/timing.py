"""How long a stage takes, measured the same way everywhere."""

import timeit

import numpy as np


def milliseconds(stage, *arguments, repeats: int = 7) -> float:
    """Median time of `stage(*arguments)` until its result is a NumPy array, over `repeats` calls after a first one.

    The first call may compile or allocate and is left out; waiting for the array waits for whatever computes it.
    """
    times = timeit.repeat(lambda: np.asarray(stage(*arguments)), number=1, repeat=1 + repeats)
    return 1000 * float(np.median(times[1:]))
