"""Exercises of notebook 16: soft Dice of each picture, a cut-out on a new ground."""

import numpy as np

from helpers.exercise import Exercise, Trap

_DRAW = np.random.default_rng(0)
_TRUTH = np.zeros((3, 6, 8))
_TRUTH[0, 1:5, 1:7], _TRUTH[1, 2:4, 3:5], _TRUTH[2, 0:2, 0:8] = 1, 1, 1
_GUESS = 0.7 * _TRUTH + 0.3 * _DRAW.random(_TRUTH.shape)


def _dice(truth, guess, axis=(1, 2)):
    return np.mean(1 - 2 * (truth * guess).sum(axis) / (truth.sum(axis) + guess.sum(axis)))


soft_dice = Exercise(
    "Exercise 1",
    inputs=[(_TRUTH, _GUESS), (_TRUTH[:1], _GUESS[:1]), (_TRUTH, 1 - _GUESS)],
    reference=lambda truth, guess: float(_dice(truth, guess)),
    traps=[
        Trap(
            lambda truth, guess: float(_dice(truth, guess, axis=None)),
            "This adds up the whole batch, so large products rule: sum over height and width, then average.",
        ),
        Trap(
            lambda truth, guess: float(_dice(truth, guess >= 0.5)),
            "The guess was cut at a threshold first: a step has no slope to learn from.",
        ),
        Trap(lambda truth, guess: float(1 - _dice(truth, guess)), "This is the score; the loss is 1 minus it."),
        Trap(
            lambda truth, guess: float(
                np.mean(1 - (truth * guess).sum((1, 2)) / (truth + guess - truth * guess).sum((1, 2)))
            ),
            "This is the soft IoU: Dice counts the overlap twice and divides by the sum of both areas.",
        ),
        Trap(
            lambda truth, guess: float(
                np.mean(1 - (truth * guess).sum((1, 2)) / (truth.sum((1, 2)) + guess.sum((1, 2))))
            ),
            "A perfect guess should lose 0, not a half: the overlap counts twice.",
        ),
    ],
)

_RGBA = _DRAW.integers(0, 256, (5, 6, 4)).astype(np.uint8)
_RGBA[0, :, 3], _RGBA[1, :, 3] = 0, 255
_GROUND = _DRAW.integers(0, 256, (5, 6, 3)).astype(np.uint8)


def _over(rgba, ground):
    alpha = rgba[..., 3:].astype(float) / 255
    return alpha * rgba[..., :3] + (1 - alpha) * ground


lay_over = Exercise(
    "Exercise 2",
    inputs=[(_RGBA, _GROUND), (_RGBA[:2], _GROUND[:2])],
    reference=_over,
    traps=[
        Trap(
            lambda rgba, ground: _over(np.dstack([rgba[..., :3], 255 * (rgba[..., 3] > 127)]), ground),
            "Alpha was treated as yes or no: soft rims come out jagged. Mix by its share.",
        ),
        Trap(
            lambda rgba, ground: (rgba[..., 3:] * rgba[..., :3] + (255 - rgba[..., 3:]) * ground) / 255,
            "Bytes overflow at 256: turn alpha into floats in [0, 1] before multiplying.",
        ),
        Trap(
            lambda rgba, ground: _over(np.dstack([rgba[..., :3], 255 - rgba[..., 3]]), ground),
            "This keeps the ground where the product is: alpha is the product's share.",
        ),
        Trap(
            lambda rgba, ground: rgba[..., :3] * (rgba[..., 3:] / 255.0),
            "The product stands on black: add the ground, with 1 minus alpha as its share.",
        ),
        Trap(
            lambda rgba, ground: np.rint(_over(rgba, ground)),
            "Leave the values as they are: rounding comes when the file is written.",
        ),
    ],
)
