"""Exercises of notebook 17: intersection over union, average precision."""

import numpy as np

from helpers.exercise import Exercise, Trap

_BOX = (10.0, 10.0, 30.0, 20.0)


def _area(box):
    return (box[2] - box[0]) * (box[3] - box[1])


def _shared(one, other):
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(width, 0.0) * max(height, 0.0)


def _iou(one, other):
    shared = _shared(one, other)
    return shared / (_area(one) + _area(other) - shared)


def _unclipped(one, other):
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return width * height / (_area(one) + _area(other) - width * height)


iou = Exercise(
    "Exercise 1",
    inputs=[
        (_BOX, _BOX),
        (_BOX, (20.0, 10.0, 40.0, 20.0)),
        (_BOX, (15.0, 12.0, 25.0, 18.0)),
        (_BOX, (40.0, 30.0, 60.0, 50.0)),
        (_BOX, (12.0, 25.0, 28.0, 40.0)),
    ],
    reference=_iou,
    traps=[
        Trap(_unclipped, "Boxes that do not touch: a negative width or height means that nothing is shared."),
        Trap(lambda a, b: _shared(a, b) / (_area(a) + _area(b)), "The shared area is counted twice in this union."),
        Trap(
            lambda a, b: _shared(a, b) / min(_area(a), _area(b)),
            "Divided by the smaller box, a tiny box inside a large one would be perfect: divide by the union.",
        ),
        Trap(lambda a, b: _shared(a, b), "This is the shared area in square pixels: divide by the union."),
    ],
)


def _precisions(scores, hits):
    hits = np.asarray(hits, bool)[np.argsort(-np.asarray(scores))]
    return hits, np.cumsum(hits) / np.arange(1, len(hits) + 1)


def _average_precision(scores, hits, truths):
    hits, precision = _precisions(scores, hits)
    return float(precision[hits].sum() / truths)


def _unsorted(scores, hits, truths):
    return _average_precision(np.arange(len(scores), 0, -1), hits, truths)


average_precision = Exercise(
    "Exercise 2",
    inputs=[
        (np.array([0.9, 0.8, 0.7]), np.array([True, True, True]), 3),
        (np.array([0.3, 0.9, 0.8, 0.6]), np.array([True, False, True, False]), 2),
        (np.array([0.2, 0.95, 0.5, 0.4]), np.array([False, True, True, False]), 5),
        (np.array([0.7, 0.1]), np.array([False, False]), 4),
    ],
    reference=_average_precision,
    traps=[
        Trap(_unsorted, "The list is walked in the order given: sort by score first, the surest detection in front."),
        Trap(
            lambda s, h, t: float(_precisions(s, h)[1][_precisions(s, h)[0]].sum() / max(1, np.sum(h))),
            "Divided by the hits, products that were missed cost nothing: divide by the number of truths.",
        ),
        Trap(
            lambda s, h, t: float(_precisions(s, h)[1].mean()),
            "Precision is read at the hits only, where recall rises, and summed over truths.",
        ),
        Trap(lambda s, h, t: float(np.sum(h) / t), "This is the recall: it ignores how many false alarms came first."),
        Trap(lambda s, h, t: float(np.mean(h)), "This is the precision of the whole list: the order plays no part."),
    ],
)
