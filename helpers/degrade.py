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


def quantise(pictures):
    """Round to the 256 levels that a file can hold; clips to [0, 1]."""
    return tf.round(tf.clip_by_value(pictures, 0.0, 1.0) * 255.0) / 255.0


def jpeg(pictures, quality):
    """Each picture written as JPEG and read again: 8 bits, chroma at half resolution, blocks of 8 px from the corner.

    `quality` is one integer or one per picture, shape (n,), 1 to 100 as libjpeg counts it. (n, height, width, 3) to
    the same, in [0, 1]. Runs inside `tf.data`.
    """
    pictures = tf.convert_to_tensor(pictures, tf.float32)
    quality = tf.broadcast_to(tf.cast(quality, tf.int32), tf.shape(pictures)[:1])

    def saved_and_read(pair):
        file = tf.raw_ops.EncodeJpegVariableQuality(images=pair[0], quality=pair[1])
        return tf.image.decode_jpeg(file, 3, dct_method="INTEGER_ACCURATE")  # as browsers and Pillow read it

    levels = tf.cast(tf.round(tf.clip_by_value(pictures, 0.0, 1.0) * 255.0), tf.uint8)
    picture = tf.TensorSpec(pictures.shape[1:], tf.uint8)  # so that an empty batch has its shape too
    coded = tf.map_fn(saved_and_read, (levels, quality), fn_output_signature=picture)
    return tf.ensure_shape(tf.cast(coded, tf.float32) / 255.0, pictures.shape)


def gaussian_blur(pictures, sigma, radius: int = 4):
    """Blur each picture by a Gaussian of standard deviation `sigma` pixels, one number or one per picture, shape (n,).

    The kernel is cut at `radius` pixels and the edges are mirrored; `sigma` 0 leaves a picture as it is.
    """
    pictures = tf.convert_to_tensor(pictures, tf.float32)
    sigma = tf.reshape(tf.maximum(tf.cast(sigma, tf.float32), 1e-3), [-1, 1])
    offsets = tf.range(-radius, radius + 1, dtype=tf.float32)
    weights = tf.nn.softmax(-0.5 * (offsets[None] / sigma) ** 2)
    for axis in (1, 2):
        padding = [[radius, radius] if i == axis else [0, 0] for i in range(4)]
        padded, length = tf.pad(pictures, padding, "SYMMETRIC"), tf.shape(pictures)[axis]
        shifted = [tf.gather(padded, tf.range(length) + i, axis=axis) for i in range(2 * radius + 1)]
        pictures = tf.add_n([w * x for w, x in zip(_columns(weights, 2 * radius + 1), shifted, strict=True)])
    return pictures


def _columns(weights, count: int):
    """The columns of (n or 1, count) weights, each shaped to multiply a batch of pictures."""
    return [tf.reshape(weights[:, i], [-1, 1, 1, 1]) for i in range(count)]


def downscale(pictures, factor: int):
    """Make pictures smaller by an integer factor: bicubic with anti-aliasing, then the 256 levels of a file.

    Keys' kernel (a = -0.5) widened by the factor, as in Pillow and MATLAB. Raises `ValueError` where a side is no
    multiple of `factor`: crop first, or pixels would move. Inside `tf.data` sides may be unknown until it runs; then
    TensorFlow's `InvalidArgumentError` takes its place.
    """
    pictures = tf.convert_to_tensor(pictures, tf.float32)
    height, width = pictures.shape[1:3]
    wrong = f"the sides, {height} x {width}, have to be multiples of {factor}: crop the pictures first"
    if (height or 0) % factor or (width or 0) % factor:
        raise ValueError(wrong)
    sides = tf.shape(pictures)[1:3]
    if height is None or width is None:
        tf.debugging.assert_equal(sides % factor, 0, wrong)
    return quantise(tf.image.resize(pictures, sides // factor, "bicubic", antialias=True))


def upscale(pictures, factor: int, method: str = "bicubic"):
    """Enlarge pictures by an integer factor: `"bicubic"`, `"lanczos3"`, `"bilinear"` or `"nearest"`; clipped."""
    pictures = tf.convert_to_tensor(pictures, tf.float32)
    size = (factor * tf.shape(pictures)[1], factor * tf.shape(pictures)[2])
    return tf.clip_by_value(tf.image.resize(pictures, size, method), 0.0, 1.0)


def to_linear(pictures):
    """sRGB values to light, both in [0, 1] (IEC 61966-2-1)."""
    return tf.where(pictures <= 0.04045, pictures / 12.92, ((tf.maximum(pictures, 0.0) + 0.055) / 1.055) ** 2.4)


def to_srgb(light):
    """Light to sRGB values, both in [0, 1]; the inverse of `to_linear`."""
    light = tf.maximum(light, 0.0)
    return tf.where(light <= 0.0031308, light * 12.92, 1.055 * tf.maximum(light, 1e-8) ** (1 / 2.4) - 0.055)


def camera(pictures, exposure=0.0, warmth=0.0, contrast=1.0, photons=None, seed=(0, 0)):
    """What a camera with wrong settings would have made of well-exposed pictures: 256 levels, what is too bright lost.

    Parameters
    ----------
    pictures: (n, height, width, 3) in [0, 1], sRGB.
    exposure: in stops; the light is multiplied by 2 ** exposure. One number or one per picture, as all that follow.
    warmth: in stops of white balance; red is multiplied by 2 ** warmth and blue by 2 ** -warmth.
    contrast: slope about the grey of 0.5, applied to the sRGB values.
    photons: of a white pixel, for sensor noise before anything is quantised; None: no noise.
    seed: (2,) integers for the noise.
    """
    pictures = tf.convert_to_tensor(pictures, tf.float32)
    light = to_linear(pictures) * 2.0 ** _per_picture(exposure, pictures)
    warmth = _per_picture(warmth, pictures)
    light *= tf.concat([2.0**warmth, tf.ones_like(warmth), 2.0**-warmth], axis=-1)
    if photons is not None:
        light = poisson_noise(light, photons, seed)
    return quantise((to_srgb(tf.minimum(light, 1.0)) - 0.5) * _per_picture(contrast, pictures) + 0.5)


def broken_exposure(pictures, seed):
    """Pictures as a hurried seller's phone leaves them; the pairs of notebooks 11 and 19.

    Drawn evenly per picture: exposure -1.8 to 0.8 stops, warmth -0.3 to 0.3, contrast 0.65 to 1.1 (see `camera`).
    """
    draws = tf.unstack(tf.random.stateless_uniform([3, tf.shape(pictures)[0]], seed))
    levels = [
        low + (high - low) * u for u, (low, high) in zip(draws, ((-1.8, 0.8), (-0.3, 0.3), (0.65, 1.1)), strict=True)
    ]
    return camera(pictures, *levels)


def irregular_masks(count, height: int, width: int, seed, low: float, high: float):
    """Holes like scratches, tears and brush strokes: one to three bent strokes a picture, thicker in larger holes.

    Parameters
    ----------
    count: how many masks; an integer or an integer tensor.
    height, width: in pixels.
    seed: (2,) integers.
    low, high: the share of a mask's pixels that are missing is drawn evenly from [low, high].

    Returns (count, height, width, 1) floats, 1 = known, 0 = hole. Runs inside `tf.data`.
    """
    strokes, bends, side = 3, 3, min(height, width)
    draws = tf.random.stateless_uniform([count, 2 + strokes * (4 + 2 * bends)], seed)
    share = low + (high - low) * draws[:, :1]
    used = tf.range(strokes, dtype=tf.float32) < 1 + tf.floor(strokes * draws[:, 1:2])
    draws = tf.reshape(draws[:, 2:], [count, strokes, 4 + 2 * bends])
    angles = 2 * np.pi * draws[..., 2:3] + tf.cumsum(2.0 * draws[..., 4 : 4 + bends] - 1.0, axis=-1)
    lengths = 0.6 * side * tf.sqrt(share)[..., None] * (0.5 + draws[..., 4 + bends :])
    steps = tf.cumsum(lengths[..., None] * tf.stack([tf.sin(angles), tf.cos(angles)], -1), axis=2)
    size = tf.constant([height, width], tf.float32)
    start = draws[..., None, :2] * size
    corners = tf.concat([start, start + steps], axis=2)
    corners = size - tf.abs(size - tf.math.floormod(corners, 2 * size))  # strokes turn back at the picture's edge
    first, along = corners[:, :, :-1, :, None, None], (corners[:, :, 1:] - corners[:, :, :-1])[..., None, None]
    down = tf.range(height, dtype=tf.float32)[:, None] + 0.5 - first[..., 0, :, :]  # (count, strokes, bends, height, 1)
    right = tf.range(width, dtype=tf.float32)[None] + 0.5 - first[..., 1, :, :]  # (count, strokes, bends, 1, width)
    square = tf.maximum(tf.reduce_sum(along**2, 3), 1e-6)
    reach = tf.clip_by_value(down * (along[..., 0, :, :] / square) + right * (along[..., 1, :, :] / square), 0.0, 1.0)
    distance = (down - reach * along[..., 0, :, :]) ** 2 + (right - reach * along[..., 1, :, :]) ** 2
    thickness = 0.5 + draws[..., 3]
    field = tf.reduce_min(distance, 2) / thickness[..., None, None] ** 2 + tf.where(used, 0.0, 1e9)[..., None, None]
    return _mask_of_share(tf.reshape(tf.reduce_min(field, 1), [-1, height * width]), share, low, high, height, width)


def _mask_of_share(field, share, low: float, high: float, height: int, width: int):
    """0 on the `share` of pixels where `field` (count, pixels) is smallest, 1 elsewhere."""
    pixels = height * width
    fewest, most = max(1, int(np.ceil(low * pixels - 1e-6))), int(np.floor(high * pixels + 1e-6))
    missing = tf.clip_by_value(tf.cast(tf.round(share[:, 0] * pixels), tf.int32), fewest, most)
    limit = tf.gather(tf.sort(field, axis=1), missing - 1, batch_dims=1)
    return tf.reshape(tf.cast(field > limit[:, None], tf.float32), [-1, height, width, 1])


def box_masks(count, height: int, width: int, seed, low: float, high: float):
    """One rectangular hole a picture, at a random place wholly inside, sides in a ratio between 2:3 and 3:2.

    Parameters and result as in `irregular_masks`; sides are whole pixels, so the share is met to within half a pixel
    of each side. `high` should stay below 0.6, or the longer side may have to be cut at the picture's.
    """
    area, ratio, top, left = tf.unstack(tf.random.stateless_uniform([4, count, 1, 1], seed))
    area = (low + (high - low) * area) * height * width
    stretch = tf.sqrt(1.5) ** (2.0 * ratio - 1.0)
    tall = tf.clip_by_value(tf.round(tf.sqrt(area) * stretch), 1.0, float(height))
    wide = tf.clip_by_value(tf.round(area / tall), 1.0, float(width))
    top, left = tf.floor(top * (height - tall + 1)), tf.floor(left * (width - wide + 1))
    rows, columns = tf.range(height, dtype=tf.float32)[:, None], tf.range(width, dtype=tf.float32)[None]
    inside = (rows >= top) & (rows < top + tall) & (columns >= left) & (columns < left + wide)
    return 1.0 - tf.cast(inside, tf.float32)[..., None]


def mixed_masks(count, height: int, width: int, seed):
    """The holes that notebooks 04 and 20 train on: strokes of 2 to 40 percent, and for a quarter boxes of 2 to 20.

    Result as of `irregular_masks`.
    """
    seed = tf.cast(seed, tf.int64)
    strokes = irregular_masks(count, height, width, seed, 0.02, 0.4)
    boxes = box_masks(count, height, width, seed + 1, 0.02, 0.2)
    return tf.where(tf.random.stateless_uniform([count, 1, 1, 1], seed + 2) < 0.25, boxes, strokes)


def with_holes(pictures, masks):
    """What an in-painter gets: the pictures, 0 in the hole, and the mask, (n, height, width, channels + 1)."""
    pictures = tf.convert_to_tensor(pictures, tf.float32)
    return tf.concat([pictures * masks, tf.cast(masks, tf.float32)], axis=-1)


def holed_pairs(pictures, _, seed):
    """An augmentation for `pipeline.training_batches`: (`with_holes` of mirrored pictures, the pictures).

    The holes are those of `mixed_masks`, new ones at every step.
    """
    flip = tf.random.stateless_uniform([tf.shape(pictures)[0], 1, 1, 1], seed) < 0.5
    pictures = tf.where(flip, tf.reverse(pictures, [2]), pictures)
    height, width = pictures.shape[1:3]
    return with_holes(pictures, mixed_masks(tf.shape(pictures)[0], height, width, seed + 1)), pictures


def painted(pictures, masks, colour=(1.0, 0.25, 0.6)):
    """For figures: pictures (..., 3) with their holes in a colour that no garment hides, as NumPy arrays."""
    return np.where(np.asarray(masks) > 0.5, pictures, np.array(colour, np.float32))


def middle_box(count: int, height: int, width: int, side: int):
    """`count` equal masks with a square hole of `side` pixels in the middle, as a NumPy array; see `box_masks`."""
    masks = np.ones((count, height, width, 1), np.float32)
    top, left = (height - side) // 2, (width - side) // 2
    masks[:, top : top + side, left : left + side] = 0
    return masks
