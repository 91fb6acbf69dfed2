"""Exercises of notebook 09: average precision, and probabilities without the weight they were trained with."""

import numpy as np

from helpers.exercise import Exercise, Trap

_SCORES = np.array([0.9, 0.1, 0.8, 0.35, 0.6, 0.2])


def _precision(scores, truth):
    """Hits in ranked order, and the share of hits down to each rank."""
    hits = np.asarray(truth, float)[np.argsort(-np.asarray(scores), kind="stable")]
    return hits, np.cumsum(hits) / np.arange(1, len(hits) + 1)


def _average(scores, truth):
    hits, precision = _precision(scores, truth)
    return float((precision * hits).sum() / hits.sum())


def _over_all(scores, truth):
    hits, precision = _precision(scores, truth)
    return float((precision * hits).sum() / len(hits))


average_precision = Exercise(
    "Exercise 1",
    inputs=[
        (_SCORES, np.array([1, 0, 0, 1, 1, 0])),
        (_SCORES, np.array([0, 1, 0, 0, 0, 0])),
        (_SCORES, np.array([1, 0, 1, 0, 0, 0])),
    ],
    reference=_average,
    traps=[
        Trap(lambda s, t: _average(-s, t), "This ranks the lowest score first: sort downwards."),
        Trap(_over_all, "Divide by the number of pictures that have the tag, not by all of them."),
        Trap(
            lambda s, t: float(_precision(s, t)[1].mean()),
            "Precision counts only at the ranks of pictures that have the tag.",
        ),
        Trap(
            lambda s, t: float(_precision(s, t)[1][int(np.sum(t)) - 1]),
            "This is precision at one rank. Average precision visits the rank of every hit.",
        ),
    ],
)


def _unweighted(probability, weight):
    return probability / (probability + weight * (1 - probability))


without_weight = Exercise(
    "Exercise 2",
    inputs=[
        (np.array([0.5, 0.9, 0.1]), 9.0),
        (np.array([0.5, 0.9, 0.1]), np.array([1.0, 3.0, 10.0])),
        (np.array([0.0, 1.0]), 4.0),
    ],
    reference=_unweighted,
    traps=[
        Trap(lambda p, w: p / w, "The weight divides the odds p / (1 - p), not the probability."),
        Trap(lambda p, w: p / (1 - p + 1e-12) / w, "These are the odds: turn them back, odds / (1 + odds)."),
        Trap(lambda p, w: _unweighted(p, 1 / np.asarray(w)), "This puts the weight in a second time: divide by it."),
        Trap(
            lambda p, w: 1 / (1 + np.exp(-(p - np.log(w)))),
            "ln w is subtracted from the logit ln(p / (1 - p)), and p is not the logit.",
        ),
    ],
)
