"""Exercises of notebook 26: a step that leaves other directions alone, interpolation on the sphere."""

import numpy as np

from helpers.exercise import Exercise, Trap

_RANDOM = np.random.default_rng(0)
_STEP, _OTHERS = np.array([1.0, 2.0, 3.0, 4.0]), np.array([[1.0, 0.0, 0.0, 0.0], [1.0, 1.0, 0.0, 0.0]])
_RANDOM_CASE = (_RANDOM.normal(size=8), _RANDOM.normal(size=(3, 8)))


def _alone(step, others):
    return step - others.T @ np.linalg.lstsq(others.T, step, rcond=None)[0]


def _one_by_one(step, others):
    for other in others:
        step = step - (step @ other) / (other @ other) * other
    return step


alone = Exercise(
    "Exercise 1",
    inputs=[(_STEP, _OTHERS), (_STEP, _OTHERS[:1]), _RANDOM_CASE],
    reference=_alone,
    traps=[
        Trap(
            _one_by_one,
            "Taken off one after the other, a later step puts back what an earlier one removed, unless the directions "
            "are at right angles. Solve for all of them at once.",
        ),
        Trap(lambda s, o: s - _alone(s, o), "This is the part along the others; return what is left without it."),
        Trap(lambda s, o: _alone(s, o[:1]), "Only the first of the other directions is removed."),
        Trap(
            lambda s, o: _alone(s, o) / np.linalg.norm(_alone(s, o)), "Keep the length: the strength is set elsewhere."
        ),
        Trap(lambda s, o: s - (s @ o.T) @ o, "The directions need not have length 1: divide, or use least squares."),
    ],
)


def _slerp(first, second, share):
    angle = np.arccos(np.clip(first @ second / np.linalg.norm(first) / np.linalg.norm(second), -1, 1))
    return (np.sin((1 - share) * angle) * first + np.sin(share * angle) * second) / np.sin(angle)


on_the_sphere = Exercise(
    "Exercise 2",
    inputs=[
        (np.array([1.0, 0.0]), np.array([0.0, 1.0]), 0.25),
        (np.array([3.0, 0.0, 0.0]), np.array([0.0, 0.0, 3.0]), 0.5),
        (_RANDOM.normal(size=16), _RANDOM.normal(size=16), 0.8),
    ],
    reference=_slerp,
    traps=[
        Trap(lambda a, b, t: (1 - t) * a + t * b, "The straight line: halfway the code is too short."),
        Trap(lambda a, b, t: _slerp(a, b, 1 - t), "A share of 0 is the first code, 1 the second."),
        Trap(
            lambda a, b, t: (a * (1 - t) + b * t) / np.linalg.norm(a * (1 - t) + b * t),
            "Length 1 is not the length of these codes; and equal shares are not equal angles.",
        ),
        Trap(
            lambda a, b, t: (
                np.sin((1 - t) * np.arccos(a @ b / (a @ a) ** 0.5 / (b @ b) ** 0.5)) * a
                + np.sin(t * np.arccos(a @ b / (a @ a) ** 0.5 / (b @ b) ** 0.5)) * b
            ),
            "The division by the sine of the whole angle is missing.",
        ),
    ],
)
