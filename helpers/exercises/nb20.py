"""Exercises of notebook 20: the loss of a critic that is told the truth, and the step across a hole's rim."""

import numpy as np

from helpers.exercise import Exercise, Trap


def _softplus(x):
    return np.logaddexp(0.0, x)


def _critic_loss(on_whole, on_mended):
    return float(np.mean(_softplus(-on_whole)) + np.mean(_softplus(on_mended)))


_rng = np.random.default_rng(0)
critic_loss = Exercise(
    "Exercise 1",
    inputs=[
        (np.array([2.0, -1.0, 0.5]), np.array([0.0, 3.0, -2.0])),
        (_rng.normal(size=(2, 5, 5, 1)), _rng.normal(size=(2, 5, 5, 1))),
        (np.array([800.0, -800.0]), np.array([900.0, -900.0])),
    ],
    reference=_critic_loss,
    traps=[
        Trap(
            lambda on_whole, on_mended: float(np.mean(_softplus(-on_whole)) + np.mean(_softplus(-on_mended))),
            "Both terms ask for `real`: this critic is trained to please. The sign of the second score is the point.",
        ),
        Trap(
            lambda on_whole, on_mended: _critic_loss(on_mended, on_whole),
            "The labels are inverted: the loss falls as whole windows get low scores and mended ones high scores.",
        ),
        Trap(
            lambda on_whole, on_mended: -_critic_loss(on_whole, on_mended),
            "The sign: this is the value the critic maximises, and an optimizer minimises.",
        ),
        Trap(
            lambda on_whole, on_mended: float(np.mean(_softplus(on_mended))),
            "The critic never sees a whole window: the first term is missing.",
        ),
        Trap(
            lambda on_whole, on_mended: _critic_loss(on_whole, on_mended) / 2,
            "This is half of it: the two means are added, not averaged.",
        ),
    ],
)


def _rim_step(picture, mask):
    steps = [np.abs(np.diff(picture, axis=axis))[np.diff(mask, axis=axis) != 0] for axis in (0, 1)]
    return float(np.concatenate(steps).mean())


def _sideways(picture, mask):
    return float(np.abs(np.diff(picture, axis=1))[np.diff(mask, axis=1) != 0].mean())


def _into_the_hole(picture, mask):
    steps = [np.abs(np.diff(picture, axis=axis))[np.diff(mask, axis=axis) < 0] for axis in (0, 1)]
    return float(np.concatenate(steps).mean())


def _everywhere(picture, mask):
    return float(np.concatenate([np.abs(np.diff(picture, axis=axis)).ravel() for axis in (0, 1)]).mean())


def _signed(picture, mask):
    steps = [np.diff(picture, axis=axis)[np.diff(mask, axis=axis) != 0] for axis in (0, 1)]
    return float(np.concatenate(steps).mean())


def _two_means(picture, mask):
    steps = [np.abs(np.diff(picture, axis=axis))[np.diff(mask, axis=axis) != 0].mean() for axis in (0, 1)]
    return float(np.mean(steps))


def _box(height, width, top, bottom, left, right):
    mask = np.ones((height, width))
    mask[top:bottom, left:right] = 0
    return mask


rim_step = Exercise(
    "Exercise 2",
    inputs=[
        (_rng.random((8, 10)), _box(8, 10, 2, 5, 3, 9)),
        (_rng.random((9, 7)), _box(9, 7, 1, 8, 2, 4)),
        (np.full((6, 6), 0.5), _box(6, 6, 2, 4, 2, 4)),
    ],
    reference=_rim_step,
    traps=[
        Trap(_sideways, "Only neighbours side by side are counted: the rim also has pixels above and below it."),
        Trap(_into_the_hole, "Half of the rim is missing: where the mask goes from 0 to 1 the hole ends, too."),
        Trap(_everywhere, "This averages over all neighbours; take the pairs where one is known and one is not."),
        Trap(_signed, "Steps up and down cancel: take absolute values before the mean."),
        Trap(_two_means, "Every pair counts once: put both directions together first, then take one mean."),
    ],
)
