"""Exercises of notebook 18: a paired interval over episodes, moving statistics of batch normalisation."""

import numpy as np

from helpers.exercise import Exercise, Trap

_DRAW = np.random.default_rng(18)
_HARD = _DRAW.uniform(0.3, 0.9, 40)  # what episodes have in common: some are hard for everybody
_FIRST, _SECOND = _HARD + _DRAW.normal(0.03, 0.02, 40), _HARD + _DRAW.normal(0, 0.02, 40)


def _around(mean, spread, count):
    return float(mean - 1.96 * spread / np.sqrt(count)), float(mean + 1.96 * spread / np.sqrt(count))


def _paired(first, second):
    gains = first - second
    return _around(gains.mean(), gains.std(ddof=1), len(gains))


def _unpaired(first, second):
    return _around((first - second).mean(), np.sqrt(first.var(ddof=1) + second.var(ddof=1)), len(first))


paired_interval = Exercise(
    "Exercise 1",
    inputs=[
        (np.array([0.6, 0.8, 0.7]), np.array([0.5, 0.6, 0.7])),
        (_FIRST, _SECOND),
        (_SECOND, _FIRST),
    ],
    reference=_paired,
    traps=[
        Trap(_unpaired, "These are two independent samples; subtract episode by episode first, then take the spread."),
        Trap(
            lambda a, b: _around((a - b).mean(), (a - b).std(ddof=1), 1),
            "This is the spread of one episode; the mean of n episodes is surer by the square root of n.",
        ),
        Trap(
            lambda a, b: _around((a - b).mean(), (a - b).std(), len(a)),
            "Divide by n - 1 for the standard deviation (ddof=1): the mean was estimated from the same episodes.",
        ),
        Trap(
            lambda a, b: _around(np.abs(a - b).mean(), np.abs(a - b).std(ddof=1), len(a)),
            "Keep the sign: where the second method wins, the difference is negative.",
        ),
        Trap(
            lambda a, b: _paired(b, a),
            "The other way round: a positive difference means that the first method is better.",
        ),
    ],
)


def _moved(start, batches, momentum, statistic=np.mean):
    for batch in batches:
        start = momentum * start + (1 - momentum) * statistic(batch, axis=0)
    return start


moving_mean = Exercise(
    "Exercise 2",
    inputs=[
        (np.array([0.0, 4.0]), np.ones((3, 2, 2)), 0.9),
        (np.array([1.0, -1.0, 0.5]), np.random.default_rng(1).normal(2.0, 1.0, (5, 4, 3)), 0.8),
    ],
    reference=_moved,
    traps=[
        Trap(
            lambda start, batches, momentum: _moved(start, batches, 1 - momentum),
            "The momentum is the share of the old value that stays; here it is the share of the new one.",
        ),
        Trap(
            lambda start, batches, momentum: _moved(start, batches[:1], momentum),
            "Only the first batch was seen: repeat the update for each of them.",
        ),
        Trap(
            lambda start, batches, momentum: _moved(start, [np.concatenate(list(batches))], momentum),
            "All batches were thrown into one: each step moves the statistic again, and the later ones count more.",
        ),
        Trap(
            lambda start, batches, momentum: _moved(start, batches, momentum, np.var),
            "This moves the variance; asked for is the mean.",
        ),
        Trap(
            lambda start, batches, momentum: batches[-1].mean(axis=0),
            "This is the last batch's own mean, as used in training mode; the moving mean remembers the earlier ones.",
        ),
        Trap(
            lambda start, batches, momentum: start,
            "Nothing moved: that is `training=False`. Asked for is what happens with `training=True`.",
        ),
    ],
)
