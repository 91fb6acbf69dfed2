"""Exercises of notebook 14: instance normalisation, and the overlap of a transposed convolution."""

import numpy as np

from helpers.exercise import Exercise, Trap
from helpers.exercises import nb13

_MAPS = np.random.default_rng(14).normal(2.0, 3.0, (2, 4, 5, 3)).astype(np.float32)
_SCALE, _SHIFT = np.array([1.0, 2.0, 0.5], np.float32), np.array([0.0, -1.0, 3.0], np.float32)


def _normalised(maps, scale, shift, axes=(1, 2), power=0.5):
    mean, variance = maps.mean(axes, keepdims=True), maps.var(axes, keepdims=True)
    return (maps - mean) / (variance + 1e-5) ** power * scale + shift


instance_norm = Exercise(
    "Exercise 1",
    inputs=[(_MAPS, _SCALE, _SHIFT), (_MAPS[:1] * 5, _SCALE[::-1].copy(), _SHIFT)],
    reference=_normalised,
    tolerance=1e-4,
    traps=[
        Trap(
            lambda x, g, b: _normalised(x, g, b, (0, 1, 2)),
            "This is batch normalisation: the mean runs over the pictures too, so one picture changes another.",
        ),
        Trap(
            lambda x, g, b: _normalised(x, g, b, (1, 2, 3)),
            "This is layer normalisation: each channel has its own mean, so leave axis 3 out.",
        ),
        Trap(lambda x, g, b: _normalised(x, g, b, 3), "These are means over channels: average over height and width."),
        Trap(
            lambda x, g, b: _normalised(x, g, b, power=1.0),
            "This divides by the variance; the deviation is its square root.",
        ),
        Trap(lambda x, g, b: _normalised(x, 1, 0), "Scale and shift are missing: without them there is no style."),
    ],
)


_counts = nb13.overlap.reference  # the same count; other traps matter here

overlap = Exercise(
    "Exercise 2",
    inputs=[(4, 3, 2), (4, 4, 2), (3, 5, 2), (3, 2, 3)],
    reference=_counts,
    traps=[
        Trap(
            lambda length, kernel, stride: _counts(length, kernel, 1),
            "The stride is missing: neighbours write `stride` places apart.",
        ),
        Trap(
            lambda length, kernel, stride: np.minimum(_counts(length, kernel, stride), 1),
            "This says whether a place is written; count how often.",
        ),
        Trap(
            lambda length, kernel, stride: _counts(length, kernel, stride)[: length * stride],
            "The last kernel reaches beyond length * stride: the output has (length - 1) * stride + kernel places.",
        ),
    ],
)
