"""Exercises of notebook 08: attention pooling, the AUROC from its meaning."""

import numpy as np

from helpers.exercise import Exercise, Trap

_RANDOM = np.random.default_rng(8)


def _softmax(scores, axis=None):
    weights = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return weights / weights.sum(axis=axis, keepdims=True)


def _pooled(features, weights):
    return np.einsum("yx,yxc->c", weights, features), weights


def _unguarded(features, query):
    with np.errstate(over="ignore", invalid="ignore"):
        weights = np.exp(features @ query)
        return _pooled(features, weights / weights.sum())


def _squashed(features, query):
    return _pooled(features, 1 / (1 + np.exp(-np.clip(features @ query, -500, 500))))


attend = Exercise(
    "Exercise 1",
    inputs=[
        (_RANDOM.normal(size=(3, 4, 5)), _RANDOM.normal(size=5)),
        (_RANDOM.normal(size=(2, 2, 3)), np.zeros(3)),
        (100 * _RANDOM.normal(size=(4, 3, 6)), 10 * _RANDOM.normal(size=6)),
    ],
    reference=lambda features, query: _pooled(features, _softmax(features @ query)),
    traps=[
        Trap(_unguarded, "For large scores the exponential overflows: subtract the largest score first."),
        Trap(
            lambda features, query: _pooled(features, _softmax(features @ query, axis=1)),
            "Every row sums to 1 by itself: the softmax runs over all places together.",
        ),
        Trap(
            lambda features, query: _pooled(features, features @ query),
            "These are the scores; a softmax makes weights of them that are positive and sum to 1.",
        ),
        Trap(_squashed, "A sigmoid makes gates, which do not sum to 1; pooling needs a softmax over places."),
        Trap(
            lambda features, query: _pooled(features, np.full(features.shape[:2], 1 / features[..., 0].size)),
            "This is the average: the query is not used.",
        ),
    ],
)


def _pairs(known, unknown, ties=0.5):
    difference = np.subtract.outer(known, unknown)
    return float(np.mean((difference > 0) + ties * (difference == 0)))


auroc_of_pairs = Exercise(
    "Exercise 2",
    inputs=[
        (np.array([0.9, 0.8, 0.4]), np.array([0.7, 0.3])),
        (np.array([0.5, 0.5, 0.9, 0.1]), np.array([0.5, 0.2, 0.9])),
        (np.zeros(3), np.zeros(4)),
    ],
    reference=_pairs,
    traps=[
        Trap(lambda known, unknown: _pairs(known, unknown, 0.0), "Ties are lost here: each counts one half."),
        Trap(lambda known, unknown: _pairs(known, unknown, 1.0), "Ties count in full here: each counts one half."),
        Trap(lambda known, unknown: _pairs(unknown, known), "The other way round: the known one should score higher."),
        Trap(
            lambda known, unknown: _pairs(known, unknown) * len(known) * len(unknown),
            "This counts the pairs: divide by how many there are.",
        ),
        Trap(
            lambda known, unknown: float(np.mean(known) - np.mean(unknown)),
            "A difference of means depends on the scale; the AUROC depends on the order only.",
        ),
    ],
)
