"""Exercises of notebook 22: the two losses of a least-squares game, and what two unpaired sets alone can teach."""

import numpy as np

from helpers.exercise import Exercise, Trap


def _losses(real, made, square=np.square, wanted=1.0):
    real, made = np.asarray(real), np.asarray(made)
    critic = (np.mean(square(real - 1)) + np.mean(square(made))) / 2
    return float(critic), float(np.mean(square(made - wanted)))


def _answers(seed, shape):
    random = np.random.default_rng(seed)
    return 0.6 + 0.5 * random.normal(size=shape), 0.2 + 0.5 * random.normal(size=shape)


least_squares = Exercise(
    "Exercise 1",
    inputs=[_answers(0, (8, 1)), _answers(1, (4, 6, 6, 1)), (np.ones((3, 1)), np.zeros((3, 1)))],
    reference=_losses,
    traps=[
        Trap(
            lambda real, made: _losses(made, real),
            "Real and made are exchanged: the critic wants 1 for real pictures and 0 for made ones.",
        ),
        Trap(
            lambda real, made: _losses(real, made, wanted=0.0),
            "The generator wants its pictures to be called real: its target is 1, not 0.",
        ),
        Trap(
            lambda real, made: _losses(real, made, square=np.abs),
            "These are absolute differences; least squares takes the mean of squares.",
        ),
        Trap(
            lambda real, made: (2 * _losses(real, made)[0], _losses(real, made)[1]),
            "The critic's loss is the mean of its two parts, not their sum.",
        ),
    ],
)


def _correction(bad, good, spread=np.std, axes=(0, 1, 2)):
    bad, good = np.asarray(bad, np.float64), np.asarray(good, np.float64)
    slope = spread(good, axis=axes) / spread(bad, axis=axes)
    return slope, good.mean(axis=axes) - slope * bad.mean(axis=axes)


def _sets(seed):
    random = np.random.default_rng(seed)
    good = random.random((5, 4, 4, 3)) ** np.array([1.0, 1.5, 0.7])
    bad = 0.1 + 0.4 * random.random((7, 4, 4, 3)) * np.array([1.0, 0.8, 0.6])
    return bad, good


def _whole(bad, good):
    slope, offset = _correction(bad, good, axes=None)
    return np.full(3, slope), np.full(3, offset)


def _shift_only(bad, good):
    return np.ones(3), good.mean(axis=(0, 1, 2)) - bad.mean(axis=(0, 1, 2))


def _paired(bad, good):
    count = min(len(bad), len(good))
    return _correction(bad[:count], good[:count])


unpaired_correction = Exercise(
    "Exercise 2",
    inputs=[_sets(0), _sets(1)],
    reference=_correction,
    traps=[
        Trap(
            lambda bad, good: _correction(bad, good, spread=np.var),
            "This is the ratio of the variances; a slope of s multiplies the standard deviation by s.",
        ),
        Trap(lambda bad, good: _correction(good, bad), "This goes from good to bad: exchange the two sets."),
        Trap(_whole, "One slope and one offset for each channel: a wrong white balance differs between channels."),
        Trap(_shift_only, "The mean is right, the spread is not: bad photos are too flat, so a slope is needed."),
        Trap(_paired, "The sets need not have the same size, and no picture belongs to another: use all of both."),
    ],
)
