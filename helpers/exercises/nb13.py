"""Exercises of notebook 13: PSNR of luma with a cropped border, the overlaps of a transposed convolution."""

import numpy as np

from helpers.exercise import Exercise, Trap

_STUDIO = np.array([65.481, 128.553, 24.966]) / 255
_FULL_RANGE = np.array([0.299, 0.587, 0.114])


def _decibels(difference):
    return float(-10 * np.log10(np.mean(difference**2)))


def _luma_psnr(truth, enlarged, border, weights=_STUDIO):
    difference = (truth - enlarged) @ weights
    return _decibels(difference[border:-border, border:-border])


def _pair(seed, height=24, width=30):
    """A truth and an enlargement of it that is worse near the border, as enlargements are."""
    rng = np.random.default_rng(seed)
    truth = rng.random((height, width, 3))
    error = 0.05 * rng.standard_normal(truth.shape)
    error[:4] *= 5
    return truth, truth + error


luma_psnr = Exercise(
    "Exercise 1",
    inputs=[(*_pair(0), 2), (*_pair(1), 3), (*_pair(2, 20, 16), 4)],
    reference=_luma_psnr,
    traps=[
        Trap(
            lambda truth, enlarged, border: _decibels((truth - enlarged) @ _STUDIO),
            "The border is still in it: cut `border` pixels off on all four sides first.",
        ),
        Trap(
            lambda truth, enlarged, border: _decibels((truth - enlarged)[border:-border, border:-border]),
            "This is PSNR over red, green and blue; weight the channels into one first.",
        ),
        Trap(
            lambda truth, enlarged, border: _luma_psnr(truth, enlarged, border, _FULL_RANGE),
            "These weights are of full-range luma; papers use the studio range, 65.481, 128.553 and 24.966 of 255.",
        ),
        Trap(
            lambda truth, enlarged, border: _decibels(((truth - enlarged) @ _STUDIO)[border:, border:]),
            "This cuts the top and the left only; the bottom and the right have to go, too.",
        ),
        Trap(
            lambda truth, enlarged, border: _luma_psnr(truth * 255, enlarged * 255, border),
            "The pictures are in [0, 1], so the peak is 1: leave out the factor 255.",
        ),
    ],
)


def _overlap(inputs, kernel, stride):
    counts = np.zeros((inputs - 1) * stride + kernel, int)
    for i in range(inputs):
        counts[i * stride : i * stride + kernel] += 1
    return counts


overlap = Exercise(
    "Exercise 2",
    inputs=[(5, 3, 2), (4, 4, 2), (3, 4, 3), (6, 2, 1)],
    reference=_overlap,
    traps=[
        Trap(
            lambda inputs, kernel, stride: _overlap(inputs, stride, kernel),
            "Kernel and stride are exchanged: copies lie `stride` apart and are `kernel` long.",
        ),
        Trap(
            lambda inputs, kernel, stride: np.minimum(_overlap(inputs, kernel, stride), 1),
            "Where two copies meet, they add up: count 2 there, not 1.",
        ),
        Trap(
            lambda inputs, kernel, stride: _overlap(inputs, kernel, stride)[: inputs * stride],
            "The end is cut off: the last copy reaches up to (inputs - 1) * stride + kernel.",
        ),
        Trap(
            lambda inputs, kernel, stride: _overlap(inputs, kernel, 1),
            "The copies lie `stride` positions apart, not one.",
        ),
    ],
)
