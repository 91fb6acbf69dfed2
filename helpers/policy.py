"""What a policy gradient on masks needs beside itself: rewards of draws, losses to compare with, a network, training.

Rewards are in TensorFlow, so that thousands of draws are scored within a training step. Truth is a float map (n,
height, width, 1), masks are (n, height, width, draws), one channel a draw, all of 0 and 1. No gradient comes back
through a mask that was drawn or compared with a threshold; these functions are what a policy gradient needs instead:
numbers.
"""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from helpers import pipeline, training
from helpers.layers import ConvBlock, DepthToSpace, SpaceToDepth
from helpers.metrics import boundary_f


def spread(maps):
    """The maximum over each pixel and its four neighbours; maps (n, height, width, channels)."""
    return tf.maximum(tf.nn.max_pool2d(maps, (3, 1), 1, "SAME"), tf.nn.max_pool2d(maps, (1, 3), 1, "SAME"))


def outlines(truth, masks):
    """Outline pixels of the truth and of the masks, and those of each that the other outline comes near, as four maps.

    An outline pixel is one of the mask with a neighbour outside it; near is at most one pixel away, as in
    `helpers.metrics.boundary_f` for sides up to 88 pixels. The edge of the picture is no outline.
    """
    true_edge, edge = (mask * spread(1 - mask) for mask in (truth, masks))
    return true_edge, edge, true_edge * spread(edge), edge * spread(true_edge)


def _count(maps):
    return tf.maximum(tf.reduce_sum(maps, (1, 2), keepdims=True), 1)


def precision_and_recall(truth, masks):
    """Shares of outline pixels of the mask that are right, and of the truth that were found; each (n, 1, 1, draws)."""
    true_edge, edge, found, right = outlines(truth, masks)
    return tuple(
        tf.reduce_sum(hits, (1, 2), keepdims=True) / _count(of) for hits, of in ((right, edge), (found, true_edge))
    )


def boundary_reward(truth, masks):
    """Boundary F of every draw, (n, draws): that of `helpers.metrics.boundary_f` where the truth has an outline."""
    precision, recall = precision_and_recall(truth, masks)
    return (2 * precision * recall / tf.maximum(precision + recall, 1e-9))[:, 0, 0]


def boundary_credit(truth, drawn, greedy):
    """What each pixel's surroundings gain in boundary F when `drawn` is put in the place of `greedy`, to first order.

    A pixel of a mask can only change which outline pixels there are, or are found, up to two pixels away. So each pixel
    is credited with the gains in the 5 x 5 window around it: to those farther away it did not contribute. To first
    order boundary F is a sum over outline pixels, weighted by its slopes in precision and recall at `greedy`.

    greedy: (n, height, width, 1). Returns (n, height, width, draws), 0 where drawn and greedy agree all around.
    """
    true_edge, edge, found, right = outlines(truth, greedy)
    precision, recall = precision_and_recall(truth, greedy)
    both = tf.maximum(precision + recall, 1e-9)
    per_right, per_found = 2 * (recall / both) ** 2 / _count(edge), 2 * (precision / both) ** 2 / _count(true_edge)

    def worth(edge, found, right):
        return per_right * (right - precision * edge) + per_found * found

    gains = worth(*outlines(truth, drawn)[1:]) - worth(edge, found, right)
    return 25 * tf.nn.avg_pool2d(tf.pad(gains, ((0, 0), (2, 2), (2, 2), (0, 0))), 5, 1, "VALID")


def cross_entropy(alpha, logits):
    """Mean binary cross-entropy of the pixels; alpha in [0, 1] and logits (n, height, width, 1)."""
    return tf.reduce_mean(keras.losses.binary_crossentropy(alpha, logits, from_logits=True))


def entropy_and_dice(alpha, logits, at_outlines: float = 0.0):
    """Cross-entropy plus the mean Dice loss of the pictures; alpha in [0, 1] and logits (n, height, width, 1).

    `at_outlines`: by how much more the cross-entropy weighs pixels within two of the true outline, 0 for all alike.
    """
    truth = tf.cast(alpha >= 0.5, tf.float32)
    weights = 1 + at_outlines * spread(spread(truth * spread(1 - truth)))[..., 0]
    entropy = tf.reduce_sum(weights * keras.losses.binary_crossentropy(alpha, logits, from_logits=True))
    dice = tf.reduce_mean(keras.losses.dice(alpha, tf.sigmoid(logits), axis=(1, 2, 3)))
    return entropy / tf.reduce_sum(weights) + dice


def small_unet(widths=(16, 32, 64, 96)) -> keras.Model:
    """Pictures in [0, 1] (n, height, width, 3), sides multiples of 32, to logits of the pixels (n, height, width, 1).

    A U-Net (Ronneberger et al., MICCAI 2015) at half size throughout: 2 x 2 pixels become channels first, which loses
    nothing, and pixels again at the end.
    """
    inputs, encoded = keras.Input((None, None, 3)), []
    x = SpaceToDepth(2)(layers.Rescaling(2.0, offset=-1.0)(inputs))
    for width in widths:
        encoded.append(ConvBlock(width)(ConvBlock(width)(x)))
        x = layers.MaxPooling2D()(encoded[-1])
    x = ConvBlock(widths[-1])(x)
    for width, skip in zip(widths[::-1], encoded[::-1], strict=True):
        x = ConvBlock(width)(layers.Concatenate()([layers.UpSampling2D()(x), skip]))
    return keras.Model(inputs, DepthToSpace(2)(layers.Conv2D(4, 3, padding="same", dtype="float32")(x)))


def logits_of(network, pictures, batch_size: int = 64) -> np.ndarray:
    """What the network says about pictures (n, height, width, 3), uint8 or in [0, 1]: logits (n, height, width)."""
    batches = pipeline.evaluation_batches(pictures, batch_size=batch_size)
    return np.concatenate([network(batch, training=False) for batch in batches])[..., 0]


def best_cut(logits, masks, cuts=(-2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2)) -> float:
    """Above which logit a pixel should be called product for the best mean boundary F; both (n, height, width)."""
    return float(max(cuts, key=lambda cut: boundary_f(masks, logits > cut).mean()))


def trainer(network, loss, *, peak_rate: float, steps: int):
    """A function that trains `network` from any weights; compiled once, however many seeds and starts it is used for.

    Parameters
    ----------
    network: pictures in [0, 1] to logits, float32.
    loss: `loss(alpha, logits)`, a number; only its gradient counts.
    peak_rate, steps: Adam along `training.cosine_schedule`.

    Returns `train(weights, batches, validation, checks)`, which sets the network's weights and Adam's memory back,
    trains on `batches` (`pipeline.training_batches`) and returns the last weights and the learning curve: the mean
    boundary F on `validation`, (pictures, masks (n, height, width) bool), `checks` times, evenly spread, the last time
    at the end. Without `validation` the curve is empty. Raises `ValueError` where `checks` does not divide `steps`.
    """
    optimizer = keras.optimizers.Adam(training.cosine_schedule(peak_rate, steps))
    optimizer.build(network.trainable_variables)

    @tf.function
    def step(pictures, alpha):
        with tf.GradientTape() as tape:
            value = loss(alpha, network(pictures, training=True))
        optimizer.apply(tape.gradient(value, network.trainable_variables))

    def train(weights, batches, validation=None, checks: int = 1):
        if checks < 1 or steps % checks:
            raise ValueError(f"checks must divide the {steps} steps, got {checks}")
        network.set_weights(weights)
        for variable in optimizer.variables:
            variable.assign(tf.zeros_like(variable))
        curve, stream = [], iter(batches.dataset())
        for number in range(1, steps + 1):
            step(*next(stream))
            if validation and number % (steps // checks) == 0:
                pictures, masks = validation
                curve.append(float(boundary_f(masks, logits_of(network, pictures) > 0).mean()))
        return network.get_weights(), curve

    return train
