"""Exercises of notebook 06: a curve bent several times, the exponent that brings a picture to a mean."""

import numpy as np

from helpers.exercise import Exercise, Trap


def _curve(values, strengths):
    for strength in strengths:
        values = values + strength * values * (1 - values)
    return values


def _from_the_start(values, strengths):
    return values + sum(strength * values * (1 - values) for strength in strengths)


def _squares_the_start(values, strengths):
    bent = values
    for strength in strengths:
        bent = bent + strength * values * (1 - bent)
    return bent


_RAMP = np.linspace(0, 1, 11)

curve = Exercise(
    "Exercise 1",
    inputs=[(_RAMP, [0.4, 0.4, 0.4]), (_RAMP, [-0.5, 0.9]), (_RAMP, [0.0])],
    reference=_curve,
    traps=[
        Trap(_from_the_start, "Every bend starts from the first values here; it has to start from the last result."),
        Trap(_squares_the_start, "One factor is still the first values: both belong to the last result."),
        Trap(
            lambda values, strengths: values + strengths[0] * values * (1 - values),
            "This bends once: go through all the strengths.",
        ),
    ],
)


def _exponent(picture, level):
    low, high = 0.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if np.mean(picture**middle) > level else (low, middle)
    return middle


def _picture(top, seed):
    return top * np.random.default_rng(seed).random((12, 12))


exponent_for = Exercise(
    "Exercise 2",
    inputs=[(_picture(0.3, 0), 0.5), (_picture(1.0, 1), 0.3), (_picture(0.6, 2), 0.45)],
    reference=_exponent,
    traps=[
        Trap(
            lambda picture, level: np.log(level) / np.log(np.mean(picture)),
            "This is right for one grey value: the mean of powers is not the power of the mean.",
        ),
        Trap(
            lambda picture, level: 1 / _exponent(picture, level),
            "This is the inverse: values are raised to the exponent itself.",
        ),
        Trap(
            lambda picture, level: level / np.mean(picture),
            "This is a gain, a factor for the values; an exponent is asked for.",
        ),
    ],
    tolerance=1e-4,
)
