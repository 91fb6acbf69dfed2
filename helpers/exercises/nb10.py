"""Exercises of notebook 10: the hardest negative, TAR@FAR."""

import numpy as np

from helpers.exercise import Exercise, Trap

_VECTORS = np.random.default_rng(10).normal(size=(9, 4))
_VECTORS /= np.linalg.norm(_VECTORS, axis=1, keepdims=True)
_SIMILARITY = _VECTORS @ _VECTORS.T
_PRODUCTS = np.array([0, 1, 0, 2, 1, 0, 2, 1, 0])
_SMALL = np.array([[1.0, 0.9, 0.2, 0.8], [0.9, 1.0, 0.7, -0.1], [0.2, 0.7, 1.0, 0.6], [0.8, -0.1, 0.6, 1.0]])
_TWO_EACH = np.array([5, 5, 3, 3])
_INPUTS = [(_SMALL, _TWO_EACH), (_SIMILARITY, _PRODUCTS)]


def _hardest(similarity, products):
    return np.where(products[:, None] == products, -np.inf, similarity).argmax(axis=1)


hardest_negatives = Exercise(
    "Exercise 1",
    inputs=_INPUTS,
    reference=_hardest,
    traps=[
        Trap(lambda s, p: s.argmax(axis=1), "Every picture finds itself: leave out all pictures of its own product."),
        Trap(
            lambda s, p: np.where(np.eye(len(p)) > 0, -np.inf, s).argmax(axis=1),
            "This is the nearest other picture: it may show the same product, and then it is no negative.",
        ),
        Trap(
            lambda s, p: np.where(p[:, None] == p, np.inf, s).argmin(axis=1),
            "This is the easiest negative: the hardest is the most similar one.",
        ),
        Trap(
            lambda s, p: np.where(p[:, None] == p, s, np.inf).argmin(axis=1),
            "This is the hardest positive, the least similar picture of the same product.",
        ),
        Trap(
            lambda s, p: np.where(p[:, None] == p, -np.inf, s).max(axis=1),
            "This is how similar the hardest negative is: the index is asked for (argmax).",
        ),
    ],
)


def _accepted(same, different, allowed, spare=0):
    return float(np.mean(same > np.sort(different)[::-1][int(allowed * len(different)) + spare]))


_SAME = np.array([0.95, 0.8, 0.72, 0.55, 0.41, 0.9, 0.62, 0.3])
_DIFFERENT = np.array([0.1, 0.58, 0.35, -0.2, 0.65, 0.05, 0.45, 0.75, 0.2, 0.52])

true_accepts = Exercise(
    "Exercise 2",
    inputs=[(_SAME, _DIFFERENT, 0.0), (_SAME, _DIFFERENT, 0.1), (_SAME, _DIFFERENT, 0.25), (_SAME, _DIFFERENT, 0.5)],
    reference=_accepted,
    traps=[
        Trap(
            lambda same, different, allowed: float(np.mean(same > 0.5)),
            "A fixed threshold of 0.5: let the scores of the false pairs decide where it lies.",
        ),
        Trap(
            lambda same, different, allowed: float(np.mean(same > np.quantile(same, 1 - allowed))),
            "The threshold comes from the true pairs here; it should come from the false ones.",
        ),
        Trap(
            lambda same, different, allowed: _accepted(same, different, allowed, 1),
            "One false pair too many gets through: of n false pairs, at most allowed * n may.",
        ),
        Trap(
            lambda same, different, allowed: float(np.mean(same > np.sort(different)[int(allowed * len(different))])),
            "The false pairs are sorted upwards: this lets nearly all of them through.",
        ),
        Trap(
            lambda same, different, allowed: 1 - _accepted(same, different, allowed),
            "This is the share of true pairs that is rejected.",
        ),
        Trap(
            lambda same, different, allowed: _accepted(same, different, allowed) * len(same),
            "This is a count: divide by the number of true pairs.",
        ),
    ],
)
