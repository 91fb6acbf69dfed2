"""Exercises of notebook 29: belief after each view, a split that keeps recordings together."""

import numpy as np

from helpers.exercise import Exercise, Trap

_TURN = np.array([[2.0, 0.5, 0.0], [0.0, 1.5, 0.5], [0.3, 2.5, 0.1], [1.0, 1.0, 4.0]])
_PAIR = np.array([[0.2, -1.0], [-0.4, 3.0]])


def _softmax(logits, axis=-1):
    shares = np.exp(logits - logits.max(axis, keepdims=True))
    return shares / shares.sum(axis, keepdims=True)


def _running_mean(values):
    return np.cumsum(values, axis=0) / np.arange(1, len(values) + 1)[:, None]


belief_so_far = Exercise(
    "Exercise 1",
    inputs=[(_TURN,), (_PAIR,)],
    reference=lambda logits: _softmax(_running_mean(logits)),
    traps=[
        Trap(_softmax, "Each row looks at its own view only: take the mean of all logits up to this view."),
        Trap(
            lambda logits: _softmax(np.cumsum(logits, axis=0)),
            "This is the sum of the logits, which grows surer with every view; divide by the number of views so far.",
        ),
        Trap(
            lambda logits: _running_mean(_softmax(logits)),
            "This averages probabilities; average the logits first, then take one softmax.",
        ),
        Trap(
            lambda logits: _softmax(_running_mean(logits), axis=0),
            "The softmax runs over the views; over the classes each row has to add up to 1.",
        ),
        Trap(
            lambda logits: _softmax(np.cumsum(logits, axis=0) / len(logits)),
            "Row k has seen k + 1 views only: divide by those, not by the length of the whole turn.",
        ),
    ],
)

_SORTED, _GAPS = np.repeat(np.arange(6), 4), np.array([40, 40, 10, 30, 10, 30, 70, 70, 40, 20, 20])


def _parts(recordings, parts):
    return np.unique(recordings, return_inverse=True)[1] % parts


part_of_frame = Exercise(
    "Exercise 2",
    inputs=[(_SORTED, 3), (_GAPS, 2), (_GAPS, 3)],
    reference=_parts,
    traps=[
        Trap(
            lambda recordings, parts: np.arange(len(recordings)) % parts,
            "This deals out frames, so one recording lands in several parts: deal out recordings.",
        ),
        Trap(
            lambda recordings, parts: np.asarray(recordings) % parts,
            "Numbers may have gaps (10, 20, 30 …), and then a part can stay empty: count the distinct recordings.",
        ),
        Trap(
            lambda recordings, parts: np.arange(len(recordings)) * parts // len(recordings),
            "This cuts the list of frames into blocks; a cut may go through a recording.",
        ),
        Trap(
            lambda recordings, parts: _parts(recordings, len(np.unique(recordings))),
            "Every recording got a part of its own: take the rank modulo the number of parts.",
        ),
    ],
)
