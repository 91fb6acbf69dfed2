"""Exercises of notebook 01: both losses of the game, a Fréchet distance by hand."""

import numpy as np

from helpers.exercise import Exercise, Trap

_REAL = np.array([2.0, -1.0, 0.5, 4.0])
_MADE = np.array([-3.0, 1.5, 0.0, -0.5])


def _softplus(values):
    return np.logaddexp(0.0, values)


def _losses(on_real, on_made):
    critic = np.mean(_softplus(-on_real) + _softplus(on_made))
    return float(critic), float(np.mean(_softplus(-on_made)))


def _sigmoid(values):
    return 0.5 + 0.5 * np.tanh(values / 2)  # does not overflow


def _saturating(on_real, on_made):
    return _losses(on_real, on_made)[0], -float(np.mean(_softplus(on_made)))


def _swapped(on_real, on_made):
    real = _softplus(1.0) - on_real  # cross-entropy of the logit 1 with the "label" score
    return float(np.mean(real + np.log(2.0))), float(np.mean(_softplus(1.0) - on_made))


both_losses = Exercise(
    "Exercise 1",
    inputs=[(_REAL, _MADE), (_MADE[::-1].copy(), _REAL), (np.array([50.0]), np.array([-800.0]))],
    reference=_losses,
    traps=[
        Trap(
            lambda r, m: (float(np.mean(_softplus(-r) + _softplus(-m))), float(np.mean(_softplus(m)))),
            "Inverted labels: this critic is rewarded for calling everything real. Made pictures should score low.",
        ),
        Trap(
            lambda r, m: _losses(_sigmoid(r), _sigmoid(m)),
            "A sigmoid too many: softplus already holds it. Hand over the logits as they are.",
        ),
        Trap(_swapped, "Labels and scores are swapped: the loss must not be linear in the scores."),
        Trap(
            _saturating,
            "This is log(1 - sigmoid) for the generator: it saturates where the critic is sure. Use -log sigmoid.",
        ),
        Trap(lambda r, m: _losses(r, m)[::-1], "The critic's loss comes first."),
        Trap(
            lambda r, m: (_losses(r, m)[0] / 2, _losses(r, m)[1]),
            "The critic's two means are added; taking their mean halves its loss.",
        ),
    ],
)

_FIRST = np.random.default_rng(1).normal((0.0, 1.0, -2.0), (1.0, 2.0, 0.5), (40, 3))
_SECOND = np.random.default_rng(2).normal((0.5, 1.0, 1.0), (2.0, 1.0, 0.5), (30, 3))


def _independent(first, second, ddof=0):
    means = first.mean(axis=0) - second.mean(axis=0)
    spreads = first.std(axis=0, ddof=ddof) - second.std(axis=0, ddof=ddof)
    return float(np.sum(means**2 + spreads**2))


independent_frechet = Exercise(
    "Exercise 2",
    inputs=[(_FIRST, _SECOND), (_SECOND, 3.0 * _FIRST), (_FIRST, _FIRST + 1.0)],
    reference=_independent,
    traps=[
        Trap(
            lambda a, b: float(np.sum((a.mean(0) - b.mean(0)) ** 2)),
            "Only the means are compared: a set that has collapsed to its mean would pass for perfect.",
        ),
        Trap(
            lambda a, b: float(np.sum((a.std(0) - b.std(0)) ** 2)),
            "Only the spreads are compared: the squared distance of the means is missing.",
        ),
        Trap(
            lambda a, b: float(np.sum((a.mean(0) - b.mean(0)) ** 2 + (a.var(0) - b.var(0)) ** 2)),
            "These are variances. With C = s^2, the trace gives s1^2 + s2^2 - 2 s1 s2: a difference of deviations.",
        ),
        Trap(
            lambda a, b: float(np.sqrt(_independent(a, b))),
            "The root is too much: the formula above is already what is called the distance.",
        ),
        Trap(
            lambda a, b: _independent(a, b) / a.shape[1],
            "Add the columns up; do not take their mean.",
        ),
        Trap(lambda a, b: _independent(a, b, ddof=1), "Almost: the deviations are asked for with ddof=0."),
    ],
)
