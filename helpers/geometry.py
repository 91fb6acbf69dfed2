"""One random move for a picture and all that is known about places in it: masks, boxes, landmarks.

A move is a (3, 3) matrix that takes homogeneous source points (x, y, 1) to where they land, in pixels with x right, y
down and pixel centres at +0.5. Draw moves once a batch, then apply them to everything, so that nothing can come apart.
"""

import numpy as np
import tensorflow as tf


def random_moves(count, size: int, seed, *, flip=0.5, zoom=0.15, shift=0.1, rotation=8.0) -> tf.Tensor:
    """(count, 3, 3) float32 moves for square pictures: mirrored or not, zoomed, turned about the centre, shifted.

    Parameters
    ----------
    count: how many, an int or an int tensor.
    size: side of the pictures in pixels.
    seed: (2,) integers; the same seed gives the same moves.
    flip: probability of mirroring left to right.
    zoom: the scale is drawn from [1 - zoom, 1 + zoom].
    shift: as a fraction of the side, drawn from [-shift, shift] in both directions.
    rotation: degrees, drawn from [-rotation, rotation].
    """
    draws = tf.unstack(tf.random.stateless_uniform([5, count], seed, -1.0, 1.0))
    mirror = tf.where(draws[0] < 2 * flip - 1, -1.0, 1.0)
    scale, angle = 1 + zoom * draws[1], rotation * np.pi / 180 * draws[2]
    a, b = scale * tf.cos(angle), scale * tf.sin(angle)
    middle = size / 2
    to_x = middle - a * mirror * middle + b * middle + shift * size * draws[3]
    to_y = middle - b * mirror * middle - a * middle + shift * size * draws[4]
    zero, one = tf.zeros_like(a), tf.ones_like(a)
    rows = [[a * mirror, -b, to_x], [b * mirror, a, to_y], [zero, zero, one]]
    return tf.stack([tf.stack(row, axis=-1) for row in rows], axis=1)


def move_pictures(pictures, moves, *, fill: str = "NEAREST"):
    """Float pictures (n, height, width, channels) resampled bilinearly under `moves`.

    `fill`: what lies outside: "NEAREST" repeats the border, "REFLECT" mirrors, "CONSTANT" is 0.
    """
    half = tf.constant([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]], tf.float32)  # pixel (0, 0) has its centre at (0.5, 0.5)
    back = tf.linalg.inv(half) @ tf.linalg.inv(moves) @ half
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=pictures,
        transforms=tf.reshape(back, (-1, 9))[:, :8],
        output_shape=tf.shape(pictures)[1:3],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode=fill,
    )


def move_masks(masks, moves):
    """Masks (n, height, width) or (n, height, width, 1), floats in [0, 1], under `moves`; nothing is outside."""
    moved = move_pictures(tf.reshape(masks, tf.concat([tf.shape(masks)[:3], [1]], 0)), moves, fill="CONSTANT")
    return tf.reshape(moved, tf.shape(masks))


def move_points(points, moves):
    """Points (n, k, 2) as (x, y) in pixels, to where they land."""
    ones = tf.ones_like(points[..., :1])
    return tf.einsum("nij,nkj->nki", moves, tf.concat([points, ones], axis=-1))[..., :2]


def move_boxes(boxes, moves, size: int):
    """Boxes (n, k, 4) as (x_min, y_min, x_max, y_max): around the moved corners, cut off at the picture's edges.

    Under a rotation the result is a little larger than the tight box of what is inside. A box of zeros (padding)
    becomes zeros again, and so does one that ends up outside.
    """
    x_min, y_min, x_max, y_max = tf.unstack(boxes, axis=-1)
    corners = tf.stack([x_min, y_min, x_max, y_min, x_min, y_max, x_max, y_max], axis=-1)
    shape = tf.shape(boxes)
    moved = move_points(tf.reshape(corners, (shape[0], -1, 2)), moves)
    moved = tf.clip_by_value(tf.reshape(moved, (shape[0], shape[1], 4, 2)), 0.0, float(size))
    around = tf.concat([tf.reduce_min(moved, axis=2), tf.reduce_max(moved, axis=2)], axis=-1)
    there = (x_max > x_min) & (around[..., 2] > around[..., 0]) & (around[..., 3] > around[..., 1])
    return tf.where(there[..., None], around, 0.0)


def move_landmarks(landmarks, moves, size: int, order=None):
    """Landmarks (n, k, 3) as (x, y, 1 if visible): points that leave the picture are no longer visible.

    `order`: (n, k) integers from `mirrored_order`, the row of each picture's kind; needed where moves may mirror, since
    the left shoulder of a mirrored shirt is its right one. A point whose order is -1 becomes invisible when mirrored.
    """
    place = move_points(landmarks[..., :2], moves)
    seen = landmarks[..., 2]
    if order is not None:
        count = tf.shape(landmarks)[1]
        own = tf.broadcast_to(tf.range(count), tf.shape(order))
        mirrored = tf.linalg.det(moves)[:, None] < 0
        order = tf.cast(order, tf.int32)
        seen = tf.where(mirrored & (order < 0), 0.0, seen)
        taken = tf.where(mirrored & (order >= 0), order, own)
        place, seen = tf.gather(place, taken, batch_dims=1), tf.gather(seen, taken, batch_dims=1)
    inside = tf.reduce_all((place >= 0.0) & (place < float(size)), axis=-1)
    return tf.concat([place, tf.where(inside, seen, 0.0)[..., None]], axis=-1)


def mirrored_order(names) -> list[int]:
    """Which landmark each one becomes in a mirrored picture: "left hem" and "right hem" change places.

    `names`: the landmarks of one kind, as in `catalogue.LANDMARKS`. -1 for a "left" one without a "right" twin, and
    the reverse: its mirror image has no name.
    """
    other = {"left": "right", "right": "left"}
    twins = [" ".join(other.get(word, word) for word in name.split()) for name in names]
    return [names.index(twin) if twin in names else -1 for twin in twins]
