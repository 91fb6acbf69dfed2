"""Exercises of notebook 24: transferring the weights that fit, and how many steps a transfer saves."""

import numpy as np

from helpers.exercise import Exercise, Trap


def _transfer(source, target):
    return [new if new.shape == old.shape else old for new, old in zip(source, target, strict=True)]


_DRAW = np.random.default_rng(0)
_X2 = [_DRAW.random(shape) for shape in ((3, 3, 3, 4), (4,), (3, 3, 4, 12), (12,))]
_X4 = [_DRAW.random(shape) for shape in ((3, 3, 3, 4), (4,), (3, 3, 4, 48), (48,))]
_TURNED = (
    [_DRAW.random(shape) for shape in ((2, 6), (4, 3), (5,))],
    [_DRAW.random(shape) for shape in ((6, 2), (4, 3), (5,))],
)

transfer_weights = Exercise(
    "Exercise 1",
    inputs=[(_X2, _X4), (_X4, _X4[::-1][::-1]), _TURNED],
    reference=_transfer,
    traps=[
        Trap(
            lambda source, target: list(source),
            "This takes over every array; one whose shape differs has to stay as it is in the target.",
        ),
        Trap(
            lambda source, target: list(target),
            "Nothing was transferred: where the shapes agree, take the array of the source.",
        ),
        Trap(
            lambda source, target: _transfer(target, source),
            "Source and target are mixed up: the target's shapes have to come out.",
        ),
        Trap(
            lambda source, target: [
                new.reshape(old.shape) if new.size == old.size else old for new, old in zip(source, target, strict=True)
            ],
            "Equal size is not enough: a kernel of another shape, forced into place, is scrambled.",
        ),
    ],
)


def _needed(steps, scores, goal):
    if max(scores) < goal:
        return float("inf")
    reached = next(i for i, score in enumerate(scores) if score >= goal)
    if reached == 0:
        return float(steps[0])
    share = (goal - scores[reached - 1]) / (scores[reached] - scores[reached - 1])
    low, high = np.log2(steps[reached - 1]), np.log2(steps[reached])
    return float(2 ** (low + share * (high - low)))


def _straight(steps, scores, goal):
    return float(np.interp(goal, scores, steps)) if max(scores) >= goal else float("inf")


def _next_run(steps, scores, goal):
    return float(next((s for s, score in zip(steps, scores, strict=True) if score >= goal), np.inf))


_RUNS = [100, 200, 400, 800], [24.0, 24.6, 25.0, 25.2]

steps_needed = Exercise(
    "Exercise 2",
    inputs=[(*_RUNS, 24.9), (*_RUNS, 25.0), (*_RUNS, 23.5), (*_RUNS, 26.0)],
    reference=_needed,
    traps=[
        Trap(_straight, "Interpolate between the logarithms of the steps: quality grows with every doubling."),
        Trap(_next_run, "This is the first run that is good enough; the goal lies between it and the run before."),
        Trap(
            lambda steps, scores, goal: _needed(steps, scores, min(goal, max(scores))),
            "Where no run reaches the goal the answer is infinity, not the longest run.",
        ),
    ],
)
