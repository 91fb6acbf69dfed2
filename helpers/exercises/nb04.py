"""Exercises of notebook 04: the next layer's mask, PSNR inside the hole."""

import numpy as np

from helpers.exercise import Exercise, Trap


def _windows(mask, size):
    height, width = mask.shape
    padded = np.pad(mask, size // 2)
    return np.stack([padded[i : i + height, j : j + width] for i in range(size) for j in range(size)])


_HOLE = np.ones((9, 10))
_HOLE[2:8, 3:9] = 0
_SCATTERED = (np.random.default_rng(0).random((8, 8)) < 0.1).astype(float)

next_mask = Exercise(
    "Exercise 1",
    inputs=[(_HOLE, 3), (_HOLE, 5), (_SCATTERED, 3)],
    reference=lambda mask, size: _windows(mask, size).max(0),
    traps=[
        Trap(
            lambda mask, size: _windows(mask, size).min(0),
            "The hole grows: this asks for every pixel of the window to be known; one is enough.",
        ),
        Trap(
            lambda mask, size: _windows(mask, size).mean(0),
            "This is the share that is known; the new mask is 1 wherever that share is above 0.",
        ),
        Trap(lambda mask, size: mask, "The mask did not change: the hole shrinks with every layer."),
        Trap(
            lambda mask, size: _windows(mask, 3).max(0),
            "This takes windows of 3 x 3 whatever `size` is.",
        ),
    ],
)


_DRAW = np.random.default_rng(1)
_TRUTH, _REPAIRED = _DRAW.random((2, 9, 10, 3))


def _psnr(difference):
    return float(-10 * np.log10(np.mean(difference**2)))


hole_psnr = Exercise(
    "Exercise 2",
    inputs=[(_TRUTH, _REPAIRED, _HOLE), (_TRUTH, np.where(_HOLE[..., None], _TRUTH, _TRUTH / 2), _HOLE)],
    reference=lambda truth, repaired, mask: _psnr((truth - repaired)[mask == 0]),
    traps=[
        Trap(
            lambda truth, repaired, mask: _psnr(truth - repaired),
            "This averages over the whole picture; index with `mask == 0` first.",
        ),
        Trap(
            lambda truth, repaired, mask: _psnr((truth - repaired) * (1 - mask)[..., None]),
            "The sum is over the hole, but it is divided by all pixels: divide by the hole's.",
        ),
        Trap(
            lambda truth, repaired, mask: _psnr((truth - repaired)[mask == 1] + 1e-12),
            "This scores the known pixels; the hole is where the mask is 0.",
        ),
        Trap(
            lambda truth, repaired, mask: float(-20 * np.log10(np.mean(np.abs(truth - repaired)[mask == 0]))),
            "PSNR is made of the mean squared error, not of the mean absolute one.",
        ),
    ],
)
