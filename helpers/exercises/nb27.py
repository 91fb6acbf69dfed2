"""Exercises of notebook 27: the baseline that leaves one out, the gradient of an expected reward."""

import numpy as np

from helpers.exercise import Exercise, Trap

_DRAW = np.random.default_rng(27)
_REWARDS = np.round(_DRAW.random((3, 4)), 2)


def _left_out(rewards):
    draws = rewards.shape[1]
    return rewards - (rewards.sum(axis=1, keepdims=True) - rewards) / (draws - 1)


leave_one_out = Exercise(
    "Exercise 1",
    inputs=[(_REWARDS,), (_REWARDS[:, :2],)],
    reference=_left_out,
    traps=[
        Trap(
            lambda rewards: rewards - rewards.mean(axis=1, keepdims=True),
            "The draw's own reward is in its baseline, so the advantage is too small: average the others only.",
        ),
        Trap(
            lambda rewards: rewards - rewards.mean(axis=0, keepdims=True),
            "This compares pictures with each other: an easy picture would always win. Compare draws of one picture.",
        ),
        Trap(
            lambda rewards: -_left_out(rewards),
            "The sign is turned: a draw that did better than the others has a positive advantage.",
        ),
        Trap(
            lambda rewards: (rewards - rewards.mean(axis=1, keepdims=True)) / rewards.std(axis=1, keepdims=True),
            "Do not divide by the spread: subtract a baseline, no more.",
        ),
        Trap(
            lambda rewards: rewards - (rewards.sum(axis=1, keepdims=True) - rewards) / rewards.shape[1],
            "One reward was left out of the sum: divide by the number of draws less one.",
        ),
    ],
)

_LOGITS = np.array([-1.0, 0.0, 0.5, 2.0, -0.3])
_DRAWS = (_DRAW.random((6, 5)) < 0.5).astype(float)
_ADVANTAGES = np.array([0.3, -0.2, 0.1, 0.0, -0.4, 0.25])


def _slope(logits, draws, advantages):
    return np.mean(advantages[:, None] * (draws - 1 / (1 + np.exp(-logits))), axis=0)


reward_gradient = Exercise(
    "Exercise 2",
    inputs=[(_LOGITS, _DRAWS, _ADVANTAGES), (_LOGITS[:2], _DRAWS[:3, :2], _ADVANTAGES[:3])],
    reference=_slope,
    traps=[
        Trap(
            lambda logits, draws, advantages: np.mean(advantages[:, None] * draws, axis=0),
            "Pixels that were not drawn count too: the score is the draw minus its probability.",
        ),
        Trap(
            lambda logits, draws, advantages: np.mean(advantages[:, None] * (draws - logits), axis=0),
            "The score compares the draw with a probability: pass the logits through a sigmoid first.",
        ),
        Trap(
            lambda logits, draws, advantages: _slope(logits, draws, advantages) * len(draws),
            "Summed over the draws: take their mean, or twice the draws would double the gradient.",
        ),
        Trap(
            lambda logits, draws, advantages: -_slope(logits, draws, advantages),
            "This is the gradient of the loss; asked is that of the reward, which goes up.",
        ),
        Trap(
            lambda logits, draws, advantages: advantages.mean() * (draws - 1 / (1 + np.exp(-logits))).mean(axis=0),
            "Each draw has its own advantage: multiply first, average after.",
        ),
        Trap(
            lambda logits, draws, advantages: (
                _slope(logits, draws, advantages) / (lambda p: p * (1 - p))(1 / (1 + np.exp(-logits)))
            ),
            "That is the slope in the probabilities; in the logits the score is simply the draw minus the probability.",
        ),
    ],
)
