"""Exercises of notebook 23: the divergence between two Gaussians, a tighter bound from several draws."""

import numpy as np

from helpers.exercise import Exercise, Trap


def _kl(mean_q, log_variance_q, mean_p, log_variance_p):
    ratio = np.exp(log_variance_q - log_variance_p)
    distance = (mean_q - mean_p) ** 2 / np.exp(log_variance_p)
    return 0.5 * np.sum(ratio + distance - 1 + log_variance_p - log_variance_q, axis=-1)


_RANDOM = np.random.default_rng(0)
_FOUR = tuple(_RANDOM.normal(size=(4, 3, 5)))
_PRIOR = (*_FOUR[:2], np.zeros((3, 5)), np.zeros((3, 5)))

divergence = Exercise(
    "Exercise 1",
    inputs=[_FOUR, _PRIOR, tuple(each[:1] for each in _FOUR)],
    reference=_kl,
    traps=[
        Trap(lambda a, b, c, d: _kl(a, b, c, d) / 5, "Independent coordinates add up: sum over the latents."),
        Trap(lambda a, b, c, d: -_kl(a, b, c, d), "A divergence is never negative: turn the sign."),
        Trap(lambda a, b, c, d: 2 * _kl(a, b, c, d), "The factor one half is missing."),
        Trap(lambda a, b, c, d: _kl(c, d, a, b), "The divergence is not symmetric: this is the one from p to q."),
        Trap(
            lambda a, b, c, d: _kl(a, b, np.zeros_like(c), np.zeros_like(d)),
            "This always measures against N(0, I); the second Gaussian has a mean and a variance of its own.",
        ),
        Trap(
            lambda a, b, c, d: _kl(a, 2 * b, c, 2 * d),
            "exp(log variance) is the variance already; do not square it again.",
        ),
    ],
)


def _bound(log_weights):
    largest = log_weights.max(axis=-1, keepdims=True)
    return largest[..., 0] + np.log(np.mean(np.exp(log_weights - largest), axis=-1))


def _overflowing(log_weights):
    with np.errstate(over="ignore", divide="ignore"):
        return np.log(np.mean(np.exp(log_weights), axis=-1))


importance_bound = Exercise(
    "Exercise 2",
    inputs=[
        (np.log(np.array([[1.0, 2.0, 3.0, 6.0], [4.0, 4.0, 4.0, 4.0]])),),
        (900 + _RANDOM.normal(size=(3, 16)),),
        (-900 + 4 * _RANDOM.normal(size=(2, 8)),),
    ],
    reference=_bound,
    traps=[
        Trap(lambda w: np.mean(w, axis=-1), "This is the mean of the logarithms, the ELBO; take the log of the mean."),
        Trap(_overflowing, "exp(900) is infinite in a computer: subtract the largest log weight first, add it after."),
        Trap(lambda w: _bound(w) + np.log(w.shape[-1]), "This is the log of the sum; the mean divides by k."),
        Trap(lambda w: np.max(w, axis=-1), "The largest weight alone is no mean."),
    ],
)
