"""Exercises of notebook 12: the noise level of a picture, self-ensemble over the square's symmetries."""

import numpy as np

from helpers.exercise import Exercise, Trap

_RAMP = np.linspace(0, 1, 4096).reshape(64, 64)


def _noisy(sigma, seed):
    return _RAMP + sigma * np.random.default_rng(seed).standard_normal(_RAMP.shape)


def _estimate(picture):
    differences = (picture[:, 1:] - picture[:, :-1]) / np.sqrt(2)
    return float(np.median(np.abs(differences)) / 0.6745)


def _spoiled(picture):
    """A copy with one black product edge, which a standard deviation would take for noise."""
    picture = picture.copy()
    picture[:, 20:23] -= 5.0
    return picture


noise_level = Exercise(
    "Exercise 1",
    inputs=[(_noisy(0.05, 0),), (_noisy(0.2, 1),), (_spoiled(_noisy(0.1, 2)),)],
    reference=_estimate,
    traps=[
        Trap(
            lambda p: float(np.std(p)),
            "This measures the picture's own contrast; take differences of neighbours first.",
        ),
        Trap(
            lambda p: float(np.std(p[:, 1:] - p[:, :-1]) / np.sqrt(2)),
            "A standard deviation is ruled by the edges; the median of the absolute values is not.",
        ),
        Trap(
            lambda p: _estimate(p) * np.sqrt(2),
            "The difference of two noisy pixels has twice the variance: divide by the square root of 2.",
        ),
        Trap(
            lambda p: _estimate(p) * 0.6745,
            "The median of |noise| is 0.6745 standard deviations: divide by it.",
        ),
    ],
)


def _tilted(picture):
    """A stand-in for a network: it treats every place differently, so the eight results differ."""
    return picture * np.random.default_rng(3).random(picture.shape)


def _ensemble(restore, picture, undo=True, turns=4, mirrors=(False, True)):
    results = []
    for turn in range(turns):
        for mirror in mirrors:
            seen = np.rot90(picture[:, ::-1] if mirror else picture, turn)
            restored = restore(seen)
            if undo:
                restored = np.rot90(restored, -turn)
                restored = restored[:, ::-1] if mirror else restored
            results.append(restored)
    return np.mean(results, axis=0)


_SQUARE = np.arange(36.0).reshape(6, 6) / 36

self_ensemble = Exercise(
    "Exercise 2",
    inputs=[(_tilted, _SQUARE), (lambda picture: picture, _SQUARE), (lambda picture: picture**2, _SQUARE)],
    reference=_ensemble,
    traps=[
        Trap(
            lambda restore, picture: _ensemble(restore, picture, undo=False),
            "The results were averaged as they came: turn and mirror each one back first.",
        ),
        Trap(
            lambda restore, picture: _ensemble(restore, picture, mirrors=(False,)),
            "These are four versions: the mirrored four are missing.",
        ),
        Trap(lambda restore, picture: restore(picture), "This restores the picture once; average over eight versions."),
    ],
)
