"""Recolouring products: pairs in many more colours than are rendered, the classical methods, and the errors.

Pictures are (n, height, width, 3) and colours (n, 3), sRGB floats in [0, 1]; masks (n, height, width), the share of
each pixel that is product, in [0, 1]. In *light* (`degrade.to_linear`) paint multiplies: a pixel is shade x paint +
gloss. So it moves on a straight line as the paint changes, and two renders of a scene give every paint between theirs.
"""

import colorsys
import itertools
import warnings

import cv2
import numpy as np
import tensorflow as tf
from skimage.color import deltaE_ciede2000, hsv2rgb, lab2rgb, rgb2hsv, rgb2lab

from helpers import degrade, photo, pipeline, segment, show, training
from helpers.datasets import catalogue
from helpers.parallel import each

COLOURS = np.array(list(catalogue.COLOURS.values()), np.float32) / 255
SIDE = 64
_SEEN = 0.016  # renders that differ by more, four steps of 255, differ in paint
_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)  # of light, ITU-R BT.709
_TYPICAL_SHADE = 0.9  # the median light of a matte rendered product over that of its paint


# --- pairs --------------------------------------------------------------------------------------------------
def scenes(count: int, photos, *, seed: int, **products) -> dict[str, np.ndarray]:
    """Pairs of renders in two main colours: half in a studio, a quarter on textures, a quarter on corners of photos.

    Parameters
    ----------
    count: of pairs, a multiple of 4.
    photos: (m, side, side, 3) uint8, sides of at least 48, whose `segment.corners` become grounds.
    seed, products: as `catalogue.recolourings` takes them (`first_sku`, `skus_per_kind`, …).

    Returns the columns sources and targets (count, 64, 64, 3) uint8, equal where masks (count, 64, 64) uint8 is 0;
    paints (count, 2, 3) sRGB; colour, target_colour, pattern and sku (count,).
    """
    packs = [
        catalogue.recolourings(count // 2, SIDE, seed=2 * seed + k, backdrop=backdrop, **products)
        for k, backdrop in enumerate(("studio", "texture"))
    ]
    columns = ("sources", "targets", "masks", "colour", "target_colour", "pattern", "sku")
    pairs = {name: np.concatenate([getattr(pack, name) for pack in packs]) for name in columns}
    rows = np.arange(3 * count // 4, count)
    grounds = segment.corners(photos)
    grounds = resized(grounds[np.random.default_rng(seed).integers(0, len(grounds), len(rows))], SIDE, SIDE)
    alpha = pairs["masks"][rows][..., None] / 255
    for name in ("sources", "targets"):
        pairs[name][rows] = np.rint(alpha * pairs[name][rows] + (1 - alpha) * grounds)
    pairs["paints"] = np.stack([COLOURS[pairs["colour"]], COLOURS[pairs["target_colour"]]], axis=1)
    return pairs


def photo_pairs(photos, *, seed: int) -> dict[str, np.ndarray]:
    """Pairs whose target is a real photo, and whose source is that photo with its product tinted.

    The product is what `segment.grab_cut` finds in the middle, so both the tint and where it lies are rough, but the
    answer is a photo as it was taken. Photos where less than a tenth or more than nine tenths are found are left out.
    Columns as in `scenes`, without labels; `paints` are the tint, one of the catalogue's, and `paint_of` the photo.
    """
    found = segment.grab_cut(photos, margin=0.02, rounds=5, scale=1, radius=max(1, photos.shape[1] // 64))
    kept = np.abs(found.mean(axis=(1, 2)) - 0.5) < 0.4
    pictures = resized(photos[kept], SIDE, SIDE) / 255
    masks = np.clip(resized(found[kept][..., None], SIDE, SIDE)[..., 0], 0, 1)
    tints = COLOURS[np.random.default_rng(seed).integers(0, len(COLOURS), len(pictures))]
    tinted = tint(pictures, masks, tints, 0.9)
    as_bytes = [np.rint(255 * np.clip(batch, 0, 1)).astype(np.uint8) for batch in (tinted, pictures, masks)]
    paints = np.stack([tints, paint_of(pictures, masks)], axis=1)
    return dict(zip(("sources", "targets", "masks"), as_bytes, strict=True)) | {"paints": paints}


def for_training(pairs, photo_pairs) -> tuple[np.ndarray, np.ndarray]:
    """Both kinds of pairs as two arrays for `pipeline.training_batches`.

    Returns pictures (n, 64, 64, 6) uint8, source and target behind each other, and (n, 7) float32: both paints, and 1
    where the pair may be read backwards and mixed, 0 where the target has to stay the photo that it is.
    """
    pictures = [np.concatenate([some["sources"], some["targets"]], axis=-1) for some in (pairs, photo_pairs)]
    paints = [np.reshape(some["paints"], (-1, 6)) for some in (pairs, photo_pairs)]
    free = [np.full((len(some), 1), value) for some, value in zip(paints, (1, 0), strict=True)]
    return np.concatenate(pictures), np.hstack([np.concatenate(paints), np.concatenate(free)]).astype(np.float32)


def both_ways(pairs) -> dict[str, np.ndarray]:
    """Each pair read forwards, then each backwards, as floats.

    Columns: given and wanted pictures, colours (n, 3) asked for, masks, painted (n, 64, 64, 1), 1 where the two renders
    differ; and where there are labels `was` and `becomes` (indices of the colours) and `pattern`.
    """
    ends = [np.float32(pairs[name]) / 255 for name in ("sources", "targets")]
    painted = np.abs(ends[0] - ends[1]).max(axis=-1, keepdims=True) > _SEEN
    both = {"given": np.concatenate(ends), "wanted": np.concatenate(ends[::-1])}
    both["colours"] = np.concatenate([pairs["paints"][:, 1], pairs["paints"][:, 0]]).astype(np.float32)
    both["masks"] = np.concatenate(2 * [np.float32(pairs["masks"]) / 255])
    both["painted"] = np.concatenate(2 * [np.float32(painted)])
    if "colour" in pairs:
        both["was"] = np.concatenate([pairs["colour"], pairs["target_colour"]])
        both["becomes"] = np.concatenate([pairs["target_colour"], pairs["colour"]])
        both["pattern"] = np.concatenate(2 * [pairs["pattern"]])
    return both


def every_pair(count: int, *, seed: int, **products) -> dict[str, np.ndarray]:
    """`count` scenes, each rendered in all twelve main colours, as pairs of every one with every other.

    Left out are the pairs with the product's second colour, in which no pattern would be seen. `products` are what
    `catalogue.singles` takes (`first_sku`, `skus_per_kind`, …). Columns as those of `both_ways` that `on_product` and
    `by_pair` read: given, wanted, colours, masks, was, becomes.
    """
    packs = [catalogue.singles(count, SIDE, seed=seed, colours=(name,), **products) for name in catalogue.COLOUR_NAMES]
    was, becomes, row = (one.ravel() for one in np.indices((len(packs), len(packs), count)))
    second = packs[0].second_colour[row]
    kept = (was != becomes) & (was != second) & (becomes != second)
    was, becomes, row = was[kept], becomes[kept], row[kept]
    renders = np.stack([pack.images for pack in packs]).astype(np.float32) / 255
    pairs = {"given": renders[was, row], "wanted": renders[becomes, row], "colours": COLOURS[becomes]}
    return pairs | {"masks": packs[0].masks[row].astype(np.float32) / 255, "was": was, "becomes": becomes}


def between(first, second, paints, share):
    """Pictures of a scene in a paint between two that were rendered, and that paint.

    Parameters
    ----------
    first, second: one scene in two paints.
    paints: (n, 2, 3), the two.
    share: (n, 3), how far to go from the first to the second, for red, green and blue.

    Returns tensors: pictures as `first`, and paints (n, 3).
    """
    light = [degrade.to_linear(batch) for batch in (first, second)]
    ends = degrade.to_linear(paints)
    mixed = light[0] + share[:, None, None] * (light[1] - light[0])
    return degrade.to_srgb(mixed), degrade.to_srgb(ends[:, 0] + share * (ends[:, 1] - ends[:, 0]))


_ORDERS = np.array([*itertools.permutations(range(3))], np.int32)


def drawn(pictures, paints, seed):
    """Augmentation for `for_training`: every pair in new paints, at every step.

    Given is near one of a pair's two renders, wanted near the other, mixed per channel as in `between` (each share is 0
    with probability 2/3, else up to 0.5), in either order. In half of the pictures red, green and blue change places,
    in picture, wish and answer alike. Photos stay what they are as targets. All is mirrored at random.

    Parameters
    ----------
    pictures: (n, height, width, 6) floats in [0, 1].
    paints: (n, 7), as `for_training` returns them.
    seed: (2,) integers.

    Returns ((given, wish), answer): (n, height, width, 3), (n, 3), and (n, height, width, 4), wanted and, as a fourth
    channel, 1 where the two renders differ.
    """
    first, second = tf.split(pipeline.random_flip(pictures, seed), 2, axis=-1)
    count, ends, free = tf.shape(pictures)[0], tf.reshape(paints[:, :6], (-1, 2, 3)), paints[:, 6:]
    start, rest = tf.unstack(tf.maximum(tf.random.stateless_uniform([2, count, 3], seed + 1, -1.0, 0.5), 0.0))
    end = 1 - free * rest
    turned = (tf.random.stateless_uniform([count, 1], seed + 2) < 0.5) & (free > 0)
    given, _ = between(first, second, ends, tf.where(turned, end, start))
    wanted, wish = between(first, second, ends, tf.where(turned, start, end))
    painted = tf.reduce_max(tf.abs(first - second), axis=-1, keepdims=True) > _SEEN
    which = tf.maximum(tf.random.stateless_uniform([count], seed + 3, -4, 6, tf.int32), 0)
    order = tf.gather(tf.constant(_ORDERS), which)
    given, wanted, wish = (tf.gather(batch, order, axis=-1, batch_dims=1) for batch in (given, wanted, wish))
    return (given, wish), tf.concat([wanted, tf.cast(painted, tf.float32)], axis=-1)


def drawn_without_wish(pictures, paints, seed):
    """As `drawn`, but the wish is always grey."""
    (given, wish), answer = drawn(pictures, paints, seed)
    return (given, tf.fill(tf.shape(wish), 0.5)), answer


def in_two_sizes(model, name, made, judged, *, augment, steps, batch_sizes, seed, **options) -> training.History:
    """Train at half size, then at full size, with `training.train_steps`; the history of the second.

    Parameters
    ----------
    model: pictures and colours to (n, height, width, 4), recoloured picture and gate.
    made: what `for_training` returned. judged: validation pairs from `both_ways`.
    augment: `drawn` or `drawn_without_wish`.
    steps, batch_sizes: two numbers each; a size of 0 steps is left out.
    options: all else that `train_steps` takes.
    """
    pictures, paints = made
    wishes = judged["colours"] if augment is drawn else np.full_like(judged["colours"], 0.5)
    answers = np.concatenate([judged["wanted"], judged["painted"]], axis=-1)
    sizes = {"half size": (segment.halved, 5e-3), "full size": (np.asarray, 3e-3)}
    history = None
    for (size, (scaled, rate)), count, batch_size in zip(sizes.items(), steps, batch_sizes, strict=True):
        if count:
            batches = pipeline.training_batches(
                scaled(pictures), paints, batch_size=batch_size, augment=augment, seed=seed
            )
            columns = (scaled(judged["given"]), wishes), scaled(answers)
            options |= {"validation": tf.data.Dataset.from_tensor_slices(columns).batch(50), "steps": count}
            history = training.train_steps(model, batches, peak_rate=rate, name=f"{name}, {size}", **options)
    return history


def predicted(model, pictures, colours) -> np.ndarray:
    """What such a model makes of pictures (n, height, width, 3) and colours (n, 3), without the gate, in [0, 1]."""
    rows = range(0, len(pictures), 50)
    found = [model([tf.constant(x[k : k + 50], tf.float32) for x in (pictures, colours)])[..., :3] for k in rows]
    return np.clip(np.concatenate(found), 0, 1)


def resized(batch, height: int, width: int) -> np.ndarray:
    """Any batch (n, height, width, channels) at another size, float32: antialiased bicubic, not clipped."""
    return tf.image.resize(np.asarray(batch, np.float32), (height, width), "bicubic", antialias=True).numpy()


def guided(guide, values, radius: int, tolerance: float) -> np.ndarray:
    """Values smoothed so that their edges lie where the guide's do (He, Sun and Tang, Guided Image Filtering, 2013).

    `guide` (height, width, 3) in [0, 1]; `values` (height, width, channels). In every window, 2 radius + 1 wide, the
    values are fitted by a linear function of the guide's three channels, with a ridge of `tolerance`.
    """

    def mean(x):
        flat = np.reshape(x, (*x.shape[:2], -1))
        parts = [cv2.blur(flat[..., k], (2 * radius + 1,) * 2) for k in range(flat.shape[-1])]
        return np.reshape(np.stack(parts, axis=-1), x.shape)

    guide, values = np.asarray(guide, np.float64), np.asarray(values, np.float64)
    centre, level = mean(guide), mean(values)
    spread = mean(guide[..., :, None] * guide[..., None, :]) - centre[..., :, None] * centre[..., None, :]
    common = mean(guide[..., :, None] * values[..., None, :]) - centre[..., :, None] * level[..., None, :]
    slope = np.linalg.solve(spread + tolerance * np.eye(3), common)
    rest = level - np.einsum("hwg,hwgc->hwc", centre, slope)
    return np.einsum("hwg,hwgc->hwc", guide, mean(slope)) + mean(rest)


def apply(network, picture, colour) -> np.ndarray:
    """Recolour a photo of any size: the change is computed at 64 px, enlarged with `guided` edges, and added.

    Parameters
    ----------
    network: function of pictures (1, 64, 64, 3) and colours (1, 3) that returns pictures.
    picture: (height, width, 3) uint8.
    colour: three numbers, sRGB in [0, 1].

    Returns (height, width, 3) uint8.
    """
    small = photo.square(picture, SIDE, fit="stretch")[None].astype(np.float32) / 255
    change = np.asarray(network(small, np.asarray(colour, np.float32)[None])) - small
    change = resized(change, *picture.shape[:2])[0]
    radius = max(2, round(2 * max(picture.shape[:2]) / SIDE))
    large = picture / 255 + guided(picture / 255, change, radius, 1e-3)
    return np.rint(255 * np.clip(large, 0, 1)).astype(np.uint8)


def hue(degrees: float) -> np.ndarray:
    """A colour of that hue, 0 to 360, (3,) sRGB: fairly saturated, not too bright, as dyed cloth is."""
    return np.array(colorsys.hsv_to_rgb(degrees / 360, 0.75, 0.8), np.float32)


def unsureness(network, photos, colour) -> np.ndarray:
    """How much an answer depends on mirroring the photo, in CIEDE2000 over the whole picture; (n,).

    `network`: function of pictures and colours; `photos` (n, side, side, 3) uint8; `colour` three numbers.
    """
    small, wishes = np.clip(resized(photos, SIDE, SIDE) / 255, 0, 1), np.tile(np.float32(colour), (len(photos), 1))
    once, turned = network(small, wishes), network(small[:, :, ::-1], wishes)[:, :, ::-1]
    return error_in(once, turned, np.ones(once.shape[:3], bool))


def back_from_tint(network, photos, *, seed: int) -> tuple[int, float, float, float]:
    """How close to the photos a network brings their tinted versions (`photo_pairs`): the only truth that photos have.

    Returns the number of photos whose product was found; the mean CIEDE2000 on the product before and after; and on
    what GrabCut takes for ground, the mean of what the network changed.
    """
    pairs = both_ways(photo_pairs(photos, seed=seed))
    pairs = {name: column[: len(column) // 2] for name, column in pairs.items()}
    restored = network(pairs["given"], pairs["colours"])
    before, after = (float(on_product(found, pairs).mean()) for found in (pairs["given"], restored))
    drift = error_in(restored, pairs["given"], pairs["masks"] == 0).mean()
    return len(restored), before, after, float(drift)


# --- classical methods --------------------------------------------------------------------------------------
def _mean(values, masks):
    weights = np.maximum(masks, 1e-6)[..., None]
    return (values * weights).sum((1, 2), keepdims=True) / weights.sum((1, 2), keepdims=True)


def _light(pictures):
    return degrade.to_linear(np.asarray(pictures, np.float32)).numpy()


def _inside(pictures, changed, masks):
    """`changed` on the product, `pictures` elsewhere, mixed in light at the rim."""
    before = _light(pictures)
    return np.clip(degrade.to_srgb(before + masks[..., None] * (_light(changed) - before)).numpy(), 0, 1)


def _from_lab(lab):
    lab[..., 0] = np.clip(lab[..., 0], 0, 100)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # colours outside sRGB are clipped, which is what is wanted
        return np.clip(lab2rgb(lab), 0, 1)


def hue_shift(pictures, masks, colours, saturation: float):
    """Turn each product's mean hue to that of its colour; `saturation`: how far saturation follows, 0 to 1."""
    hsv, wanted = rgb2hsv(pictures), rgb2hsv(colours)[:, None, None]
    angle = 2 * np.pi * hsv[..., 0]
    arrow = _mean(np.stack([np.cos(angle), np.sin(angle)], -1) * hsv[..., 1:2], masks)
    mean_hue = np.arctan2(arrow[..., 1], arrow[..., 0]) / (2 * np.pi)
    ratio = wanted[..., 1] / np.maximum(_mean(hsv, masks)[..., 1], 1e-3)
    hsv[..., 0] = (hsv[..., 0] + wanted[..., 0] - mean_hue) % 1
    hsv[..., 1] = np.clip(hsv[..., 1] * (1 - saturation + saturation * ratio), 0, 1)
    return _inside(pictures, hsv2rgb(hsv), masks)


def lab_shift(pictures, masks, colours, lightness: float):
    """Move each product's mean a and b of CIE Lab to its colour's; `lightness`: how far L follows, 0 keeps it."""
    lab = rgb2lab(pictures)
    step = rgb2lab(colours)[:, None, None] - _mean(lab, masks)
    return _inside(pictures, _from_lab(lab + step * [lightness, 1, 1]), masks)


def statistics(pictures, masks) -> np.ndarray:
    """Mean and standard deviation in CIE Lab of all product pixels of a batch together, (2, 3)."""
    lab, weights = rgb2lab(pictures).reshape(-1, 3), np.ravel(masks)
    mean = np.average(lab, axis=0, weights=weights)
    return np.stack([mean, np.sqrt(np.average((lab - mean) ** 2, axis=0, weights=weights))])


def statistics_by_colour(pairs, most: int = 60) -> np.ndarray:
    """`statistics` of up to `most` products of each catalogue colour, from the targets of `scenes`; (12, 2, 3).

    A colour without any product has a mean of its own and the deviation of all.
    """
    found = np.empty((len(COLOURS), 2, 3))
    found[:, 0] = rgb2lab(COLOURS)
    found[:, 1] = statistics(pairs["targets"][:most] / 255, pairs["masks"][:most] / 255)[1]
    for colour in range(len(COLOURS)):
        rows = np.flatnonzero(pairs["target_colour"] == colour)[:most]
        if len(rows):
            found[colour] = statistics(pairs["targets"][rows] / 255, pairs["masks"][rows] / 255)
    return found


def reinhard(pictures, masks, wanted, spread: float):
    """Colour transfer by mean and deviation in Lab (Reinhard et al., IEEE CG&A 2001), inside the masks.

    `wanted`: (n, 2, 3), the `statistics` of products in each picture's new colour. `spread`: how far the deviation
    follows, 0 to 1, as a power of the ratio.
    """
    lab, wanted = rgb2lab(pictures), np.asarray(wanted)[:, None, None]
    mean = _mean(lab, masks)
    ratio = wanted[..., 1, :] / np.maximum(np.sqrt(_mean((lab - mean) ** 2, masks)), 1.0)
    return _inside(pictures, _from_lab((lab - mean) * ratio**spread + wanted[..., 0, :]), masks)


def tint(pictures, masks, colours, gain: float):
    """New paint in the old shade: each pixel's light over the product's mean light, times colour and `gain`."""
    light = (_light(pictures) @ _LUMA)[..., None]
    shade = light / np.maximum(_mean(light, masks), 0.01)
    changed = degrade.to_srgb(np.clip(gain * shade * _light(colours)[:, None, None], 0, 1)).numpy()
    return _inside(pictures, changed, masks)


def main_parts(pictures, masks, distance: float) -> np.ndarray:
    """The masks without what has another colour: product pixels in two groups by Lab (k-means), the larger kept.

    A product whose two groups are nearer to each other than `distance` has one colour: its mask stays.
    """

    def kept(picture, mask):
        lab, inside = rgb2lab(picture).astype(np.float32), mask >= 0.5
        if inside.sum() < 8:
            return mask
        cv2.setRNGSeed(0)
        rule = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 0.5)
        _, groups, means = cv2.kmeans(lab[inside], 2, None, rule, 2, cv2.KMEANS_PP_CENTERS)
        if np.linalg.norm(means[0] - means[1]) < distance:
            return mask
        nearest = np.linalg.norm(lab[:, :, None] - means, axis=-1).argmin(axis=-1)
        return np.where(nearest == int(groups.mean() > 0.5), mask, 0).astype(mask.dtype)

    return each(kept, pictures, masks)


def tint_main_part(pictures, masks, colours, distance: float):
    """`tint` with a gain of 0.85 in the `main_parts` only."""
    return tint(pictures, main_parts(pictures, masks, distance), colours, 0.85)


# name: method, which column of `both_ways` tells it the wish, settings to try
METHODS = {
    "hue shift": (hue_shift, "colours", (0.0, 0.5, 1.0)),
    "Lab shift": (lab_shift, "colours", (0.0, 0.5, 0.75, 1.0)),
    "Reinhard": (reinhard, "statistics", (0.0, 0.25, 0.5, 1.0)),
    "tint": (tint, "colours", (0.5, 0.7, 0.85, 1.0, 1.2)),
    "tint, main part": (tint_main_part, "colours", (5.0, 10.0, 20.0, 40.0)),
}


def paint_of(pictures, masks) -> np.ndarray:
    """A guess at each product's paint, (n, 3) sRGB: its median light over the shade that is typical of renders."""
    inside = zip(_light(pictures), np.asarray(masks) >= 0.5, strict=True)
    median = [np.median(light[mask], axis=0) if mask.any() else np.full(3, 0.2) for light, mask in inside]
    return degrade.to_srgb(np.clip(np.float32(median) / _TYPICAL_SHADE, 0, 1)).numpy()


# --- errors -------------------------------------------------------------------------------------------------
def error_in(found, truth, areas) -> np.ndarray:
    """Mean CIEDE2000 over an area of each picture, both rounded to bytes first; (n,), 0 where the area is empty.

    `areas`: (n, height, width) bool.
    """
    found, truth = (np.rint(255 * np.clip(batch, 0, 1)) / 255 for batch in (found, truth))
    areas, values = np.asarray(areas), np.zeros(np.shape(areas))
    changed = areas & (found != truth).any(axis=-1)  # equal pixels have no difference
    if changed.any():
        values[changed] = deltaE_ciede2000(rgb2lab(found[changed]), rgb2lab(truth[changed]))
    return values.sum(axis=(1, 2)) / np.maximum(areas.sum(axis=(1, 2)), 1)


def on_product(found, pairs) -> np.ndarray:
    """`error_in` against what is wanted, on the whole product (mask at least 0.5) of pairs from `both_ways`; (n,)."""
    return error_in(found, pairs["wanted"], pairs["masks"] >= 0.5)


def scores(found, pairs) -> dict[str, float]:
    """Mean CIEDE2000 on the product; on its painted part, where the renders differ; on the rest; and on the ground."""
    product, painted = pairs["masks"] >= 0.5, pairs["painted"][..., 0] > 0
    areas = {"product": product, "painted": product & painted, "details": product & ~painted}
    areas["ground"] = pairs["masks"] == 0
    return {name: float(error_in(found, pairs["wanted"], area).mean()) for name, area in areas.items()}


def by_pair(errors, pairs) -> tuple[np.ndarray, np.ndarray]:
    """Mean errors by old colour (rows) and new colour (columns), nan where there is none, and counts; both (12, 12)."""
    counts, sums = np.zeros((2, len(COLOURS), len(COLOURS)))
    np.add.at(counts, (pairs["was"], pairs["becomes"]), 1)
    np.add.at(sums, (pairs["was"], pairs["becomes"]), errors)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan), counts.astype(int)


def show_pairs(errors, pairs, *, description: str) -> None:
    """The figure of `by_pair`: a colour for every mean, the count of pairs written in."""
    means, counts = by_pair(errors, pairs)
    figure, axis = show.figure(7.6, 5.8)
    axis.grid(False)
    image = axis.imshow(means, cmap="viridis_r", vmin=0, vmax=np.nanmax(means))
    for (was, becomes), count in np.ndenumerate(counts):
        if count:
            bright = means[was, becomes] < 0.45 * np.nanmax(means)
            text = f"{means[was, becomes]:.0f}\nn={count}"
            axis.text(becomes, was, text, ha="center", va="center", fontsize=6, color="black" if bright else "white")
    names = catalogue.COLOUR_NAMES
    axis.set(xticks=range(12), yticks=range(12), yticklabels=names, xlabel="asked for", ylabel="was")
    axis.set_xticklabels(names, rotation=45)
    figure.colorbar(image, ax=axis, label="CIEDE2000 on the product")
    show.finish(figure, description, photographic=True)
