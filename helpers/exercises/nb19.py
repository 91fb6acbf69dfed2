"""Exercises of notebook 19: one colour looked up by hand, two tables made one."""

import numpy as np

from helpers.exercise import Exercise, Trap
from helpers.layers import LookupTable3D, identity_table


def _warm(size):
    """A table that mixes the channels, so that no two of its axes can be confused."""
    identity = identity_table(size).astype(float)
    return identity**0.8 @ np.array([[0.9, 0.05, 0.0], [0.1, 0.9, 0.2], [0.0, 0.05, 0.7]])


def _dark(size):
    return identity_table(size).astype(float) ** 2


def _trilinear(table, colour, cells=None):
    cells = len(table) - 1 if cells is None else cells
    for value in colour:
        position = value * cells
        lower = min(int(position), len(table) - 2)
        table = (lower + 1 - position) * table[lower] + (position - lower) * table[lower + 1]
    return table


def _nearest(table, colour):
    return table[tuple(np.round(np.multiply(colour, len(table) - 1)).astype(int))]


def _lower(table, colour):
    return table[tuple(np.minimum(np.multiply(colour, len(table) - 1), len(table) - 2).astype(int))]


trilinear = Exercise(
    "Exercise 1",
    inputs=[
        (_warm(5), np.array([0.3, 0.55, 0.9])),
        (_dark(3), np.array([0.1, 0.8, 0.45])),
        (_warm(4), np.array([1.0, 0.0, 1.0])),
    ],
    reference=_trilinear,
    traps=[
        Trap(_nearest, "This takes the nearest entry; mix the eight around the colour, or the picture shows steps."),
        Trap(_lower, "This takes the entry below; mix it with its neighbours, axis by axis."),
        Trap(
            lambda table, colour: _trilinear(table, colour, len(table)),
            "A table of 17 entries has 16 cells: multiply the colour by the size less one.",
        ),
        Trap(
            lambda table, colour: _trilinear(table, colour[::-1]),
            "The axes are red, green, blue in this order; this reads blue first.",
        ),
    ],
)


def _chain(first, second):
    return np.reshape(LookupTable3D()(second[None], first.reshape(1, -1, 1, 3)), first.shape)


compose = Exercise(
    "Exercise 2",
    inputs=[(_warm(5), _dark(5)), (_dark(3), _warm(3))],
    reference=_chain,
    traps=[
        Trap(
            lambda first, second: _chain(second, first),
            "These are the same two edits in the wrong order: what `first` returns has to be looked up in `second`.",
        ),
        Trap(
            lambda first, second: first + second - identity_table(len(first)),
            "Changes do not add up: the second table sees what the first has already changed.",
        ),
        Trap(
            lambda first, second: first * second,
            "A table holds colours, not factors: look the colours of `first` up in `second`.",
        ),
    ],
)
