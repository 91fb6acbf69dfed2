"""Clean pictures to damaged ones. Every function takes a float batch in [0, 1] and a stateless seed.

`seed` is an integer tensor or pair of shape (2,), as `helpers.pipeline` hands it to an augmentation; the same seed
gives the same damage. Results are not clipped unless said: a clipped noise is no longer Gaussian.
"""

import numpy as np
import tensorflow as tf


def _per_picture(level, pictures):
    """A level, scalar or (n,), shaped to multiply a batch (n, height, width, channels)."""
    return tf.reshape(tf.cast(level, tf.float32), [-1] + [1] * (pictures.shape.rank - 1))


def gaussian_noise(pictures, sigma, seed):
    """Add white Gaussian noise of standard deviation `sigma`, in units of 1/255 as the denoising papers state it.

    `sigma` is one number or one per picture, shape (n,). Not clipped.
    """
    pictures = tf.convert_to_tensor(pictures, tf.float32)
    noise = tf.random.stateless_normal(tf.shape(pictures), seed)
    return pictures + _per_picture(sigma, pictures) / 255.0 * noise


def poisson_noise(pictures, peak, seed):
    """Photon noise: each value v becomes Poisson(v * peak) / peak, with standard deviation sqrt(v / peak).

    `peak` is the expected number of photons of a white pixel, one number or one per picture. Not clipped above 1.
    """
    pictures = tf.convert_to_tensor(pictures, tf.float32)
    photons = tf.maximum(pictures, 0.0) * _per_picture(peak, pictures)
    counts = tf.random.stateless_poisson(tf.shape(pictures), seed, photons, dtype=tf.float32)
    return counts / _per_picture(peak, pictures)


def uniform_levels(count, low: float, high: float, seed):
    """`count` levels drawn evenly from [low, high): one strength per picture of a batch, float32 of shape (count,)."""
    return tf.random.stateless_uniform([count], seed, low, high)


def random_patches(pictures, size: int, seed):
    """One window of `size` x `size` pixels from each picture, at a random place, mirrored and turned at random.

    (n, height, width, channels) to (n, size, size, channels); the eight symmetries of the square are drawn evenly
    for the batch as a whole. Raises `ValueError` where a picture is smaller than the window.
    """
    height, width = pictures.shape[1:3]
    if size > min(height, width):
        raise ValueError(f"a window of {size} px does not fit into pictures of {height} x {width} px")
    n = tf.shape(pictures)[0]
    corner = tf.random.stateless_uniform([2, n], seed, 0.0, 1.0)
    top = tf.cast(corner[0] * (height - size + 1), tf.int32)
    left = tf.cast(corner[1] * (width - size + 1), tf.int32)
    rows, columns = top[:, None] + tf.range(size), left[:, None] + tf.range(size)
    index = tf.stack([tf.repeat(rows[:, :, None], size, 2), tf.repeat(columns[:, None, :], size, 1)], axis=-1)
    windows = tf.gather_nd(pictures, index, batch_dims=1)
    turn = tf.random.stateless_uniform([2], np.array([1, 1]) + seed, 0, 1 << 16, tf.int32)
    windows = tf.image.rot90(windows, turn[0] % 4)
    return tf.cond(turn[1] % 2 == 0, lambda: windows, lambda: tf.reverse(windows, [2]))
