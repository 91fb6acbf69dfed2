"""Exercises of notebook 07: top-k accuracy, macro-F1."""

import numpy as np

from helpers.exercise import Exercise, Trap

_PROBABILITIES = np.array([[0.1, 0.2, 0.7], [0.5, 0.3, 0.2], [0.2, 0.45, 0.35], [0.6, 0.3, 0.1]])
_LABELS = np.array([1, 0, 1, 2])


def _top_k(probabilities, labels, k):
    best = np.argsort(-probabilities, axis=1)[:, :k]
    return float((best == labels[:, None]).any(1).mean())


top_k_accuracy = Exercise(
    "Exercise 1",
    inputs=[(_PROBABILITIES, _LABELS, 1), (_PROBABILITIES, _LABELS, 2), (_PROBABILITIES, _LABELS, 3)],
    reference=_top_k,
    traps=[
        Trap(lambda p, labels, k: _top_k(-p, labels, k), "These are the k least probable classes: sort downwards."),
        Trap(lambda p, labels, k: _top_k(p, labels, 1), "k is never used: this is top-1 accuracy whatever k is."),
        Trap(lambda p, labels, k: _top_k(p, labels, k) * len(labels), "This counts the hits: divide by the pictures."),
        Trap(lambda p, labels, k: _top_k(p, labels, k) / k, "Do not divide by k: one hit among k guesses is a hit."),
    ],
)


def _f1(matrix, mean=np.mean):
    hits = np.diag(matrix)
    return float(mean(2 * hits / np.maximum(matrix.sum(0) + matrix.sum(1), 1e-12)))


def _weighted(matrix):
    hits = np.diag(matrix)
    each = 2 * hits / np.maximum(matrix.sum(0) + matrix.sum(1), 1e-12)
    return float((each * matrix.sum(1)).sum() / matrix.sum())


macro_f1 = Exercise(
    "Exercise 2",
    inputs=[
        (np.array([[8.0, 2.0], [1.0, 3.0]]),),
        (np.array([[5.0, 0.0, 1.0], [2.0, 4.0, 0.0], [0.0, 0.0, 9.0]]),),
        (np.array([[4.0, 0.0], [0.0, 0.0]]),),
    ],
    reference=_f1,
    traps=[
        Trap(lambda m: float(np.trace(m) / m.sum()), "This is accuracy: a rare class hardly moves it."),
        Trap(_weighted, "Weighted by class size, rare classes hardly count; macro means every class weighs the same."),
        Trap(
            lambda m: float(np.mean(np.diag(m) / np.maximum(m.sum(1), 1e-12))),
            "This is the mean recall: false alarms, the column sums, are missing.",
        ),
        Trap(
            lambda m: float(np.mean(np.diag(m) / np.maximum(m.sum(0), 1e-12))),
            "This is the mean precision: misses, the row sums, are missing.",
        ),
        Trap(
            lambda m: _f1(m, lambda each: each[np.isfinite(each) & (m.sum(1) > 0)].mean()),
            "An absent class is left out here; the task counts it as 0.",
        ),
    ],
)
