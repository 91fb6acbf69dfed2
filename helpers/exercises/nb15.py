"""Exercises of notebook 15: a condition beside maps, the losses of two players."""

import numpy as np

from helpers.exercise import Exercise, Trap

_MAPS = np.arange(2 * 2 * 3 * 2, dtype=np.float32).reshape(2, 2, 3, 2)
_CONDITION = np.array([[1.0, 0.0, 0.3], [0.0, 1.0, 0.7]], np.float32)


def _beside(maps, condition):
    return np.concatenate([maps, _constant(maps, condition)], axis=-1)


def _constant(maps, condition):
    return np.broadcast_to(condition[:, None, None], (*maps.shape[:3], condition.shape[1]))


def _refilled(maps, condition):
    return np.concatenate([maps, np.resize(condition, (*maps.shape[:3], condition.shape[1]))], axis=-1)


beside = Exercise(
    "Exercise 1",
    inputs=[(_MAPS, _CONDITION), (_MAPS[:, :1, :1], _CONDITION), (_MAPS[:1], _CONDITION[1:])],
    reference=_beside,
    traps=[
        Trap(_refilled, "A reshape that happens to fit: pictures get each other's condition. Repeat it on new axes."),
        Trap(
            lambda maps, condition: np.concatenate([_constant(maps, condition), maps], axis=-1),
            "The condition stands before the maps: the task asks for it behind them.",
        ),
        Trap(
            lambda maps, condition: np.concatenate(
                [maps, np.broadcast_to(condition[0], (*maps.shape[:3], condition.shape[1]))], axis=-1
            ),
            "Every picture has the condition of the first one.",
        ),
        Trap(
            lambda maps, condition: np.concatenate([maps, _constant(maps, condition[:, :1])], axis=-1),
            "Only the first number of each condition is there.",
        ),
        Trap(
            lambda maps, condition: maps + condition.sum(axis=1)[:, None, None, None],
            "It is added to the maps: they should keep their values and get new channels beside them.",
        ),
    ],
)


def _softplus(x):
    return np.logaddexp(0.0, x)


def _losses(real, fake):
    return np.array([np.mean(_softplus(-real)) + np.mean(_softplus(fake)), np.mean(_softplus(-fake))])


def _with_chances(real, fake):
    def entropy(target, chance):
        chance = np.clip(chance, 1e-7, 1 - 1e-7)
        return -np.mean(target * np.log(chance) + (1 - target) * np.log(1 - chance))

    return np.array([entropy(1.0, real) + entropy(0.0, fake), entropy(1.0, fake)])


losses = Exercise(
    "Exercise 2",
    inputs=[
        (np.array([[2.0, -1.0], [0.5, 3.0]]), np.array([[-2.0, 0.3], [1.0, -0.7]])),
        (np.zeros((1, 3)), np.zeros((1, 3))),
        (np.array([40.0, -90.0]), np.array([60.0, -50.0])),
    ],
    reference=_losses,
    traps=[
        Trap(
            lambda real, fake: np.array(
                [np.mean(_softplus(-real)) + np.mean(_softplus(-fake)), _losses(real, fake)[1]]
            ),
            "Both players push the score of fakes up: that is no game. The critic wants fakes below 0.",
        ),
        Trap(
            lambda real, fake: np.array([_losses(real, fake)[0], -np.mean(_softplus(fake))]),
            "This is the saturating form: where the critic is sure, it has no slope. Ask for the label real instead.",
        ),
        Trap(
            lambda real, fake: _losses(fake, real),
            "The labels are inverted: real and fake have changed places.",
        ),
        Trap(_with_chances, "Scores are logits, not probabilities: put them through a sigmoid, or use softplus."),
        Trap(
            lambda real, fake: np.array([_losses(real, fake)[0] / 2, _losses(real, fake)[1]]),
            "The critic's two terms are added here, not averaged.",
        ),
    ],
)
