"""Comparing methods of style transfer fairly: by two judges, at equal content, and by the cost of one step."""

import numpy as np
import tensorflow as tf

from helpers import features
from helpers.style import StyleLoss, patch_distance

_SHARES = {"loss": "total", "style": "style", "patches": "patches"}


class SameContent(StyleLoss):
    """`StyleLoss` with a ceiling for content in the place of a price: free up to `ceiling` (n,), then expensive.

    For `helpers.style.stylise`: how low can style go while content is no further off than with another method?
    """

    def __init__(self, style, ceiling, *, price: float = 20.0, **options):
        super().__init__(style, **options)
        self.ceiling, self.price = tf.constant(ceiling, tf.float32), price

    def total(self, terms):
        """Style and variation as ever, and `price` for every 100 % of content above the ceiling: (n,)."""
        above = tf.nn.relu(terms["content"] / self.ceiling - 1.0)
        return super().total(terms | {"content": 0.0 * above}) + self.price * above


def slope(loss: StyleLoss, pictures, content):
    """The gradient of a loss with respect to the pixels: what an optimiser needs for each of its steps."""
    with tf.GradientTape() as tape:
        tape.watch(pictures)
        total = tf.reduce_sum(loss.total(loss.terms(pictures, content)))
    return tape.gradient(total, pictures)


def scores(loss: StyleLoss, pictures, photos, style) -> dict:
    """What `loss` says of each picture ("total", "style", "content", "variation"), and its "patches": dict of (n,).

    pictures, and the `photos` whose content they should have: (n, height, width, 3); style: (height, width, 3).
    """
    terms = loss.terms(tf.constant(features.checked(pictures)), loss.content_of(tf.constant(features.checked(photos))))
    found = terms | {"total": loss.total(terms), "patches": patch_distance(pictures, style)}
    return {name: np.asarray(values) for name, values in found.items()}


def relative(found: dict, unchanged: dict) -> dict:
    """Means of `scores` as a row of a table: "loss", "style" and "patches" as shares of the unchanged photos'."""
    shares = {name: found[key].mean() / unchanged[key].mean() for name, key in _SHARES.items()}
    return {name: float(share) for name, share in shares.items()} | {"content": float(found["content"].mean())}
