"""Exercises of notebook 21: the price of a draw in squared error, an enlargement that keeps to its thumbnail."""

import numpy as np

from helpers.exercise import Exercise, Trap


def _mean_error(possible):
    return float(np.mean((possible - possible.mean(axis=0)) ** 2))


def _price(possible):
    return _mean_error(possible), float(np.mean((possible[:, None] - possible[None]) ** 2))


def _others_only(possible):
    k = len(possible)
    return _mean_error(possible), _price(possible)[1] * k / (k - 1)


_rng = np.random.default_rng(0)
price_of_a_draw = Exercise(
    "Exercise 1",
    inputs=[(np.array([[[0.0, 1.0]], [[1.0, 0.0]]]),), (_rng.random((5, 4, 4)),), (_rng.random((3, 2, 6)),)],
    reference=_price,
    traps=[
        Trap(
            _others_only,
            "The draw never meets the truth here: a fair draw may be the truth itself, so take all k x k pairs.",
        ),
        Trap(lambda possible: _price(possible)[::-1], "The two are exchanged: the error of the mean comes first."),
        Trap(
            lambda possible: tuple(np.sqrt(_price(possible)).tolist()),
            "These are roots: the squared errors themselves are asked for.",
        ),
        Trap(
            lambda possible: (_mean_error(possible), _mean_error(possible)),
            "The draw is compared with the mean: the truth is one of the pictures, so compare pictures in pairs.",
        ),
        Trap(
            lambda possible: (float(np.mean((possible - possible.mean()) ** 2)), _price(possible)[1]),
            "The mean is one number here: average over the pictures only, pixel by pixel.",
        ),
    ],
)


def _means(picture, scale):
    height, width = picture.shape
    return picture.reshape(height // scale, scale, width // scale, scale).mean(axis=(1, 3))


def _repeat(small, scale):
    return np.kron(small, np.ones((scale, scale)))


def _consistent(enlarged, small, scale):
    return enlarged + _repeat(small - _means(enlarged, scale), scale)


def _scaled(enlarged, small, scale):
    return enlarged * _repeat(small / _means(enlarged, scale), scale)


consistent = Exercise(
    "Exercise 2",
    inputs=[
        (_rng.random((4, 6)), _rng.random((2, 3)), 2),
        (_rng.random((8, 4)), _rng.random((2, 1)), 4),
        (_rng.random((6, 6)), _rng.random((2, 2)), 3),
    ],
    reference=_consistent,
    traps=[
        Trap(
            lambda enlarged, small, scale: enlarged - _repeat(small - _means(enlarged, scale), scale),
            "The sign: add what the thumbnail has and the enlargement lacks.",
        ),
        Trap(
            lambda enlarged, small, scale: _repeat(small, scale),
            "This shrinks to the thumbnail, but throws the enlargement away: correct it, do not replace it.",
        ),
        Trap(
            lambda enlarged, small, scale: enlarged + _repeat(small - _means(enlarged, scale), scale) / scale**2,
            "The correction is divided once too often: a square's mean moves by what each of its pixels gets.",
        ),
        Trap(_scaled, "Scaling each square also meets the means, but moves the pixels further than adding does."),
        Trap(
            lambda enlarged, small, scale: enlarged + np.tile(small - _means(enlarged, scale), (scale, scale)),
            "The corrections are tiled: repeat each of them over its own square.",
        ),
    ],
)
