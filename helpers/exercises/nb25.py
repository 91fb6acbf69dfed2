"""Exercises of notebook 25: the pixels a patch critic sees, and how much a cycle relies on what nobody can see."""

import numpy as np

from helpers.exercise import Exercise, Trap


def _patch(layers):
    size = 1
    for kernel, stride in reversed(layers):
        size = (size - 1) * stride + kernel
    return size


def _forward(layers):
    size = 1
    for kernel, stride in layers:
        size = (size - 1) * stride + kernel
    return size


patch_side = Exercise(
    "Exercise 1",
    inputs=[
        ([(4, 2), (4, 2), (4, 1)],),
        ([(4, 2), (4, 2), (4, 2), (4, 1), (4, 1)],),
        ([(7, 1), (3, 2)],),
        ([(5, 1)],),
    ],
    reference=_patch,
    traps=[
        Trap(
            _forward, "This walks from the picture to the answer: begin with one answer and go back through the layers."
        ),
        Trap(
            lambda layers: 1 + sum(kernel - 1 for kernel, _ in layers),
            "The strides are missing: behind a stride of 2, a step is two pixels.",
        ),
        Trap(
            lambda layers: int(np.prod([stride for _, stride in layers])),
            "This is how far apart two answers are, not how much one of them sees.",
        ),
        Trap(
            lambda layers: _patch([(kernel + 1, stride) for kernel, stride in layers]),
            "One too many: two neighbours (n - 1 strides apart) and a kernel make (n - 1) * stride + kernel.",
        ),
    ],
)


def _psnr(first, second):
    return float(-10 * np.log10(np.mean((np.asarray(first) - np.asarray(second)) ** 2)))


def _hidden(pictures, there, back, noise):
    middle = there(pictures)
    return _psnr(pictures, back(middle)) - _psnr(pictures, back(middle + noise))


def _generator_pair(share):
    """There: a flat picture with `share` of the original added as a faint trace; back: the trace enlarged."""
    return (lambda x: 0.5 + share * (x - 0.5)), (lambda y: 0.5 + (y - 0.5) / share * 0.9)


_RANDOM = np.random.default_rng(25)
_PICTURES = _RANDOM.random((2, 4, 4, 3))
_NOISE = _RANDOM.normal(0, 0.02, (2, 4, 4, 3))

hidden_share = Exercise(
    "Exercise 2",
    inputs=[(_PICTURES, *_generator_pair(0.05), _NOISE), (_PICTURES, *_generator_pair(0.8), _NOISE)],
    reference=_hidden,
    traps=[
        Trap(
            lambda x, there, back, noise: _psnr(x, back(there(x))) - _psnr(x, back(there(x + noise))),
            "The noise belongs on the middle picture, between the two generators, not on the original.",
        ),
        Trap(
            lambda x, there, back, noise: _psnr(x, back(there(x) + noise)) - _psnr(x, back(there(x))),
            "The sign is turned: what is lost should come out positive.",
        ),
        Trap(
            lambda x, there, back, noise: _psnr(x, back(there(x))) - _psnr(x, back(there(x)) + noise),
            "The noise comes too late: the way back has already read the middle picture.",
        ),
        Trap(
            lambda x, there, back, noise: _psnr(there(x), back(there(x))) - _psnr(there(x), back(there(x) + noise)),
            "A cycle is judged against the original, not against the middle picture.",
        ),
    ],
)
