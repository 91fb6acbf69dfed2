"""Exercises of notebook 02: FiLM by hand, a pixel repainted."""

import numpy as np

from helpers import degrade
from helpers.exercise import Exercise, Trap

_RNG = np.random.default_rng(0)


def _film(maps, scale, shift):
    return maps * (1 + scale[:, None, None]) + shift[:, None, None]


film = Exercise(
    "Exercise 1",
    inputs=[
        (_RNG.normal(size=(3, 3, 3, 3)), _RNG.normal(size=(3, 3)), _RNG.normal(size=(3, 3))),
        (_RNG.normal(size=(2, 4, 5, 3)), _RNG.normal(size=(2, 3)), _RNG.normal(size=(2, 3))),
    ],
    reference=_film,
    traps=[
        Trap(
            lambda maps, scale, shift: maps * scale[:, None, None] + shift[:, None, None],
            "With a scale of zero this erases the maps; FiLM multiplies by 1 + scale, so that zero changes nothing.",
        ),
        Trap(
            lambda maps, scale, shift: (maps + shift[:, None, None]) * (1 + scale[:, None, None]),
            "The shift is multiplied as well here: scale first, then add.",
        ),
        Trap(
            lambda maps, scale, shift: maps * (1 + scale[:1, None, None]) + shift[:1, None, None],
            "Every picture gets the first one's wish: keep the batch axis.",
        ),
        Trap(
            lambda maps, scale, shift: maps * (1 + scale) + shift,
            "Without two new axes, rows of `scale` are spread along the width instead of over the pictures.",
        ),
    ],
)


def _light(colour):
    return degrade.to_linear(np.float32(colour)).numpy()


def _shown(light):
    return degrade.to_srgb(np.float32(light)).numpy()


def _repaint(pixel, old, new):
    return _shown(_light(pixel) / _light(old) * _light(new))


repaint = Exercise(
    "Exercise 2",
    inputs=[
        (np.array([0.5, 0.3, 0.2]), np.array([0.8, 0.5, 0.35]), np.array([0.2, 0.4, 0.9])),
        (np.array([0.3, 0.3, 0.4]), np.array([0.5, 0.45, 0.5]), np.array([0.7, 0.2, 0.3])),
    ],
    reference=_repaint,
    tolerance=1e-4,
    traps=[
        Trap(
            lambda pixel, old, new: pixel / old * new,
            "This multiplies sRGB values; paint multiplies light: `to_linear` first, `to_srgb` last.",
        ),
        Trap(
            lambda pixel, old, new: _light(pixel) / _light(old) * _light(new),
            "This is light; a picture holds sRGB values: end with `to_srgb`.",
        ),
        Trap(
            lambda pixel, old, new: _repaint(pixel, new, old),
            "Old and new are exchanged: divide by the paint that is there.",
        ),
        Trap(
            lambda pixel, old, new: _shown(_light(pixel) + _light(new) - _light(old)),
            "A difference of paints is right for one shade only; in half the light it has to be half as large.",
        ),
    ],
)
