"""Exercises of notebook 05: the table of a JPEG quality, and the interval that a file promises."""

import numpy as np
from scipy.fft import dctn, idctn

from helpers.exercise import Exercise, Trap

_BASE = np.array([16, 11, 24, 40, 99, 3, 61, 250]) + np.arange(8)[:, None]


def _table(base, quality, half=50, least=1):
    percent = 5000 // quality if quality < 50 else 200 - 2 * quality
    return np.clip((base * percent + half) // 100, least, 255)


table_of_quality = Exercise(
    "Exercise 1",
    inputs=[(_BASE, 10), (_BASE, 50), (_BASE, 83), (_BASE, 100)],
    reference=_table,
    traps=[
        Trap(
            lambda base, quality: np.clip((base * (5000 // quality) + 50) // 100, 1, 255),
            "One rule for all qualities: from 50 on the percentage is 200 - 2 * quality.",
        ),
        Trap(
            lambda base, quality: _table(base, quality, half=0),
            "This rounds down: add 50 before the division by 100.",
        ),
        Trap(
            lambda base, quality: _table(base, quality, least=0),
            "An entry of 0 would be divided by: keep the table between 1 and 255.",
        ),
        Trap(
            lambda base, quality: base * quality // 50,
            "Upside down: a higher quality has smaller entries.",
        ),
    ],
)

_TABLE = np.clip(16.0 + 9 * np.add.outer(np.arange(8), np.arange(8)), 1, 255)


def _case(seed):
    """A network's block, the integers of the file it came from, the file's table."""
    random = np.random.default_rng(seed)
    truth = np.cumsum(random.normal(0, 12, (8, 8)), axis=1) + 128
    kept = np.round(dctn(truth - 128, norm="ortho") / _TABLE)
    return truth + random.normal(0, 15, (8, 8)), kept, _TABLE


def _project(block, kept, table, half=0.5):
    coefficients = dctn(block - 128, norm="ortho")
    return idctn(np.clip(coefficients, (kept - half) * table, (kept + half) * table), norm="ortho") + 128


promise = Exercise(
    "Exercise 2",
    inputs=[_case(0), _case(1), _case(2)],
    reference=_project,
    traps=[
        Trap(
            lambda block, kept, table: idctn(kept * table, norm="ortho") + 128,
            "This is the decoder's picture: keep the network's coefficient wherever the interval allows it.",
        ),
        Trap(
            lambda block, kept, table: _project(block, kept, table, half=1.0),
            "The interval is too wide: rounding moves a value by half a step of the table at most.",
        ),
        Trap(
            lambda block, kept, table: _project(block + 128, kept, table) - 128,
            "The values were not shifted: the file stores the cosines of the block minus 128.",
        ),
        Trap(
            lambda block, kept, table: (
                idctn(np.clip(dctn(block - 128, norm="ortho"), kept - 0.5, kept + 0.5), norm="ortho") + 128
            ),
            "The integers count steps of the table: multiply them by it.",
        ),
        Trap(lambda block, kept, table: block, "Nothing was changed: clip its coefficients to the interval."),
    ],
)
