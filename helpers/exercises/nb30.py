"""Exercises of notebook 30: what a move is to blame for, and probabilities without the forbidden moves."""

import numpy as np

from helpers.exercise import Exercise, Trap


def _to_go(rewards, discount):
    found, later = np.zeros(len(rewards)), 0.0
    for t in reversed(range(len(rewards))):
        found[t] = later = rewards[t] + discount * later
    return found


rewards_to_go = Exercise(
    "Exercise 1",
    inputs=[(np.array([1.0, -2.0, 4.0]), 0.5), (np.array([3.0, 0.5, 0.0, 2.0]), 0.9), (np.array([1.0, 2.0]), 1.0)],
    reference=_to_go,
    traps=[
        Trap(
            lambda rewards, discount: np.full(len(rewards), rewards @ discount ** np.arange(len(rewards))),
            "This gives the whole episode's sum to every move; a move is not to blame for what came before it.",
        ),
        Trap(
            lambda rewards, discount: _to_go(rewards[::-1], discount)[::-1],
            "This adds up what came before; go through the moves from the last to the first.",
        ),
        Trap(
            lambda rewards, discount: np.cumsum(rewards[::-1])[::-1],
            "The later rewards are not faded: each step back multiplies what is to come by the discount.",
        ),
        Trap(
            lambda rewards, discount: _to_go(rewards, discount) - rewards,
            "A move's own reward belongs to it: start the sum at the move itself.",
        ),
    ],
)


def _chances(logits, allowed):
    weights = np.where(allowed, np.exp(logits - logits.max(axis=1, keepdims=True)), 0)
    return weights / weights.sum(axis=1, keepdims=True)


def _softmax(logits):
    return _chances(logits, np.ones(logits.shape, bool))


allowed_chances = Exercise(
    "Exercise 2",
    inputs=[
        (np.array([[0.5, 1.0, -1.0], [2.0, 0.0, 3.0]]), np.array([[True, False, True], [True, True, True]])),
        (np.array([[-1.0, -2.0, -3.0, 0.7]]), np.array([[False, True, True, False]])),
    ],
    reference=_chances,
    traps=[
        Trap(
            lambda logits, allowed: _softmax(np.where(allowed, logits, 0.0)),
            "A logit of 0 is no ban: it still has a weight of 1. Set it to minus infinity, or its weight to 0.",
        ),
        Trap(
            lambda logits, allowed: _softmax(logits) * allowed,
            "The rest no longer sums to 1: divide by what is left.",
        ),
        Trap(
            lambda logits, allowed: allowed / allowed.sum(axis=1, keepdims=True),
            "All allowed actions are equally likely here; their logits should still count.",
        ),
        Trap(lambda logits, allowed: _softmax(logits), "Nothing is forbidden here yet: use `allowed`."),
    ],
)
