"""Exercises of notebook 03: the Gram matrix, and strokes with the photo's own colours."""

import numpy as np

from helpers.exercise import Exercise, Trap

_RNG = np.random.default_rng(3)
_MAPS = _RNG.uniform(0, 2, (3, 5, 4))
_SMALL = np.array([[[2.0, 1.0], [1.0, 0.0]], [[0.0, 0.0], [2.0, 1.0]]])


def _gram(maps):
    flat = maps.reshape(-1, maps.shape[-1])
    return flat.T @ flat / len(flat)


def _centred(maps):
    flat = maps.reshape(-1, maps.shape[-1])
    return np.cov(flat.T, bias=True)


def _of_places(maps):
    flat = maps.reshape(-1, maps.shape[-1])
    return flat @ flat.T / flat.shape[1]


gram_matrix = Exercise(
    "Exercise 1",
    inputs=[(_SMALL,), (_MAPS,)],
    reference=_gram,
    traps=[
        Trap(
            lambda maps: _gram(maps) * maps.shape[0] * maps.shape[1],
            "A sum grows with the picture: divide by the number of places.",
        ),
        Trap(
            lambda maps: _gram(maps) * maps.shape[0] * maps.shape[1] / maps.size,
            "Divide by the places, height x width, not by all numbers of the map.",
        ),
        Trap(_centred, "This is the covariance: the means are part of a Gram matrix."),
        Trap(_of_places, "These are products of places: one row and one column for each channel are asked for."),
    ],
)

_STYLED, _ORIGINAL = _RNG.uniform(0, 1, (2, 4, 6, 3))
_LUMA = np.array([0.299, 0.587, 0.114])


def _keep(styled, original, weights=_LUMA, limit=np.clip):
    return limit(original + ((styled - original) @ weights)[..., None], 0, 1)


keep_colours = Exercise(
    "Exercise 2",
    inputs=[(_STYLED, _ORIGINAL), (_STYLED / 2, _ORIGINAL)],
    reference=_keep,
    traps=[
        Trap(lambda styled, original: _keep(original, styled), "The other way round: these are the styled colours."),
        Trap(
            lambda styled, original: _keep(styled, original, limit=lambda values, low, high: values),
            "Some values leave [0, 1]: clip them.",
        ),
        Trap(
            lambda styled, original: _keep(styled, original, weights=np.full(3, 1 / 3)),
            "The plain mean of the channels is not the luma: green counts most, blue least.",
        ),
        Trap(
            lambda styled, original: np.clip(original + styled @ _LUMA[:, None], 0, 1),
            "Add the difference of the two lightnesses; this adds the whole lightness of the styled picture.",
        ),
    ],
)
