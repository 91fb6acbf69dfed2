"""Exercises of notebook 28: generalised IoU, the landmarks of a mirrored picture."""

import numpy as np

from helpers.exercise import Exercise, Trap


def _areas(one, other, least=0.0):
    common = np.prod(np.maximum(least, np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])))
    around = np.prod(np.maximum(one[2:], other[2:]) - np.minimum(one[:2], other[:2]))
    both = np.prod(one[2:] - one[:2]) + np.prod(other[2:] - other[:2])
    return common, both - common, around


def _giou(one, other, least=0.0):
    common, union, around = _areas(one, other, least)
    return float(common / union - (around - union) / around)


def _iou(one, other):
    common, union, _ = _areas(one, other)
    return float(common / union)


def _double(one, other):
    common, union, around = _areas(one, other)
    both = union + common
    return float(common / both - (around - both) / around)


def _per_union(one, other):
    common, union, around = _areas(one, other)
    return float(common / union - (around - union) / union)


generalised_iou = Exercise(
    "Exercise 1",
    inputs=[
        (np.array([0.0, 0.0, 4.0, 4.0]), np.array([2.0, 1.0, 6.0, 5.0])),
        (np.array([0.0, 0.0, 2.0, 2.0]), np.array([5.0, 6.0, 9.0, 7.0])),
        (np.array([1.0, 1.0, 3.0, 5.0]), np.array([1.0, 1.0, 3.0, 5.0])),
    ],
    reference=_giou,
    traps=[
        Trap(_iou, "This is plain IoU, 0 for all boxes that do not touch: subtract the empty share of the box around."),
        Trap(_double, "The union counts the common part once: subtract it from the sum of the areas."),
        Trap(_per_union, "The empty part is a share of the box around both, not of the union."),
        Trap(
            lambda one, other: _giou(one, other, -np.inf),
            "Boxes apart in both directions get a common area here, minus times minus: cut the sides off at 0.",
        ),
    ],
)

_SHIRT = np.array([[10.0, 9, 1], [40, 11, 1], [4, 20, 0], [45, 22, 1], [12, 44, 1], [37, 45, 1]])
_GLASSES = np.array([[14.0, 20, 1], [34, 20, 1], [24, 18, 1], [6, 19, 1], [43, 19, 0], [3, 25, 1]])
_PAIRS, _LONE = np.array([1, 0, 3, 2, 5, 4]), np.array([1, 0, 2, 4, 3, -1])


def _mirrored(points, order, side, *, hide=True, rename=True):
    flipped = np.asarray(points, float) * [-1, 1, 1] + [side, 0, 0]
    if hide:
        flipped[order < 0, 2] = 0
    return flipped[np.where(order < 0, np.arange(len(order)), order)] if rename else flipped


def _swapped_only(points, order, side):
    return points[np.where(order < 0, np.arange(len(order)), order)]


mirrored = Exercise(
    "Exercise 2",
    inputs=[(_SHIRT, _PAIRS, 48.0), (_GLASSES, _LONE, 48.0), (1.2 * _SHIRT, _PAIRS, 64.0)],
    reference=_mirrored,
    traps=[
        Trap(
            lambda points, order, side: _mirrored(points, order, side, rename=False),
            "Places are right and names are wrong: the mirror image of a left shoulder is a right one.",
        ),
        Trap(_swapped_only, "Names changed and places did not: x becomes side - x."),
        Trap(
            lambda points, order, side: _mirrored(points, order, side - 1),
            "x becomes side - x here: pixel centres stand at +0.5, so the picture ends at `side`, not at side - 1.",
        ),
        Trap(
            lambda points, order, side: _mirrored(points, order, side, hide=False),
            "A point whose order is -1 has no mirror image with a name: mark it as hidden.",
        ),
        Trap(
            lambda points, order, side: _mirrored(points, order, side)[..., [1, 0, 2]],
            "Rows are x, y, visible: these have y first.",
        ),
    ],
)
