"""Exercises of notebook 11: weights along the depth of a bilateral grid, the transform that one cell should hold."""

import numpy as np

from helpers.exercise import Exercise, Trap


def _weights(guide, depths, shift=0.5, hold=True, count=None):
    position = np.asarray(guide, np.float64) * (depths if count is None else count(depths)) - shift
    if hold:
        position = np.clip(position, 0, depths - 1)
    return np.maximum(0, 1 - np.abs(position[..., None] - np.arange(depths)))


def _nearest(guide, depths):
    cells = np.minimum((np.asarray(guide) * depths).astype(int), depths - 1)
    return np.eye(depths)[cells]


depth_weights = Exercise(
    "Exercise 1",
    inputs=[
        (np.array([[0.3, 0.55], [0.7, 0.4]]), 4),
        (np.array([[0.0, 0.02], [1.0, 0.97]]), 4),
        (np.linspace(0, 1, 12).reshape(3, 4), 8),
    ],
    reference=_weights,
    traps=[
        Trap(
            lambda guide, depths: _weights(guide, depths, hold=False),
            "Near 0 and 1 the weights do not sum to 1: clip the position to [0, depths - 1] first.",
        ),
        Trap(
            lambda guide, depths: _weights(guide, depths, shift=0.0),
            "Cell i has its centre at (i + 0.5) / depths: subtract 0.5 from guide * depths.",
        ),
        Trap(
            lambda guide, depths: _weights(guide, depths, shift=0.0, count=lambda depths: depths - 1),
            "This puts the outer centres on 0 and 1; in this grid, cell i has its centre at (i + 0.5) / depths.",
        ),
        Trap(_nearest, "This takes the nearest cell only, and the picture would show steps: share between two cells."),
    ],
)


def _pixels(seed):
    """Colours before and after a known transform that does not keep black black."""
    random = np.random.default_rng(seed)
    before = random.random((6, 5, 3))
    matrix = np.vstack([np.eye(3) + 0.3 * random.normal(size=(3, 3)), 0.2 * random.random((1, 3)) + 0.05])
    return before, np.concatenate([before, np.ones((6, 5, 1))], axis=-1) @ matrix


def _transform(before, after):
    flat = np.reshape(before, (-1, 3))
    design = np.column_stack([flat, np.ones(len(flat))])
    return np.linalg.lstsq(design, np.reshape(after, (-1, 3)), rcond=None)[0]


def _linear(before, after):
    matrix = np.linalg.lstsq(np.reshape(before, (-1, 3)), np.reshape(after, (-1, 3)), rcond=None)[0]
    return np.vstack([matrix, np.zeros(3)])


def _channelwise(before, after):
    result = np.zeros((4, 3))
    for channel in range(3):
        slope, offset = np.polyfit(np.ravel(before[..., channel]), np.ravel(after[..., channel]), 1)
        result[channel, channel], result[3, channel] = slope, offset
    return result


fit_transform = Exercise(
    "Exercise 2",
    inputs=[_pixels(0), _pixels(1)],
    reference=_transform,
    traps=[
        Trap(_linear, "The offset is missing: give each pixel a fourth value, 1, and the matrix a fourth row."),
        Trap(
            lambda before, after: _transform(after, before),
            "This turns the finished picture into the broken one: swap the two.",
        ),
        Trap(
            lambda before, after: _transform(before, after).T,
            "This is the transpose: (4, 3), so that (red, green, blue, 1) is multiplied from the left.",
        ),
        Trap(_channelwise, "Each channel was fitted alone; a colour matrix mixes red, green and blue."),
    ],
)
