import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from helpers.layers import LookupTable3D, identity_table
from helpers.layers.lookup_table import apply_table, corners, cube_text, fit_table, pillow_filter

RANDOM = np.random.default_rng(0)
TABLES = RANDOM.random((2, 5, 5, 5, 3)).astype(np.float32)
PICTURES = RANDOM.random((2, 6, 7, 3)).astype(np.float32)


def slow(table, colour):
    """Trilinear interpolation of one colour, written as three interpolations along one axis each."""
    size = len(table)
    for value in np.clip(colour, 0, 1):
        position = value * (size - 1)
        lower = min(int(position), size - 2)
        table = (lower + 1 - position) * table[lower] + (position - lower) * table[lower + 1]
    return table


def slow_batch(tables, pictures):
    flat = [[slow(t, colour) for colour in p.reshape(-1, 3)] for t, p in zip(tables, pictures, strict=True)]
    return np.reshape(flat, pictures.shape)


def test_agrees_with_the_slow_loop_inside_and_outside_the_range():
    pictures = 1.6 * PICTURES - 0.3
    assert pictures.min() < 0 and pictures.max() > 1
    expected = slow_batch(TABLES.astype(float), pictures.astype(float))
    np.testing.assert_allclose(LookupTable3D()(TABLES, pictures), expected, atol=1e-6)


@pytest.mark.parametrize("size", [2, 3, 17, 33])
def test_the_identity_table_changes_nothing(size):
    ends = np.concatenate([PICTURES, np.zeros((2, 1, 7, 3)), np.ones((2, 1, 7, 3))], axis=1).astype(np.float32)
    tables = np.stack([identity_table(size)] * 2)
    np.testing.assert_allclose(LookupTable3D()(tables, ends), ends, atol=1e-6)


def test_a_colour_on_a_grid_point_reads_exactly_that_entry():
    pictures = identity_table(5).reshape(1, 25, 5, 3)
    np.testing.assert_allclose(LookupTable3D()(TABLES[:1], pictures), TABLES[:1].reshape(1, 25, 5, 3), atol=1e-6)


def test_every_picture_is_read_in_its_own_table():
    both = np.asarray(LookupTable3D()(TABLES, PICTURES))
    for i in (0, 1):
        np.testing.assert_array_equal(LookupTable3D()(TABLES[i : i + 1], PICTURES[i : i + 1])[0], both[i])


def test_a_single_table_serves_all_pictures():
    both = LookupTable3D()(TABLES[[1, 1]], PICTURES)
    np.testing.assert_array_equal(LookupTable3D()(TABLES[1:], PICTURES), both)


def test_the_shares_of_a_colour_add_up_to_one():
    shares = np.stack([share for _, share in corners(2 * PICTURES - 0.5, 9)])
    assert len(shares) == 8 and shares.min() >= 0
    np.testing.assert_allclose(shares.sum(0), 1, atol=1e-6)


def test_gradients_agree_with_finite_differences():
    """In float64 by the slow loop; pictures keep away from grid points, where the slope jumps."""
    small = RANDOM.uniform(0.05, 0.95, (2, 2, 2, 3))
    cells = small * 4
    small = (np.floor(cells) + np.clip(cells % 1, 0.05, 0.95)) / 4
    weights = RANDOM.normal(size=small.shape)
    tables, pictures = (tf.constant(a, tf.float32) for a in (TABLES, small))
    with tf.GradientTape() as tape:
        tape.watch([tables, pictures])
        total = tf.reduce_sum(LookupTable3D()(tables, pictures) * tf.constant(weights, tf.float32))
    by_table, by_picture = (np.asarray(tf.convert_to_tensor(g)) for g in tape.gradient(total, [tables, pictures]))

    def slope(arrays, which, place, step=1e-4):
        ends = []
        for sign in (1, -1):
            moved = [a.astype(float).copy() for a in arrays]
            moved[which][place] += sign * step
            ends.append(np.sum(slow_batch(*moved) * weights))
        return (ends[0] - ends[1]) / (2 * step)

    arrays = (TABLES, small)
    for place in np.ndindex(small.shape):
        assert by_picture[place] == pytest.approx(slope(arrays, 1, place), abs=2e-4)
    touched = [*zip(*np.nonzero(by_table), strict=True)]
    assert len(touched) > 100
    for place in [*touched[::7], (0, 0, 0, 0, 0), (1, 4, 4, 4, 2)]:
        assert by_table[tuple(place)] == pytest.approx(slope(arrays, 0, tuple(place)), abs=2e-4)


def test_a_clipped_value_has_no_slope():
    pictures = tf.constant([[[[1.4, 0.3, -0.2]]]])
    with tf.GradientTape() as tape:
        tape.watch(pictures)
        total = tf.reduce_sum(LookupTable3D()(TABLES[:1], pictures))
    slope = tape.gradient(total, pictures).numpy().ravel()
    assert slope[0] == slope[2] == 0 and slope[1] != 0


def bent(size):
    """A table that brightens and mixes the channels a little, so that no two axes can be confused."""
    return np.clip(identity_table(size) ** 0.7 + 0.05 * RANDOM.normal(size=(size, size, size, 3)), 0, 1)


def test_bytes_agree_with_the_layer_compiled_or_not_and_with_pillow():
    """Pillow works in whole numbers: one level of difference is rounding."""
    table, picture = bent(17).astype(np.float32), RANDOM.integers(0, 256, (40, 50, 3), np.uint8)
    got = apply_table(table, picture).numpy()
    exact = 255 * np.asarray(LookupTable3D()(table[None], picture[None].astype(np.float32) / 255))[0]
    assert got.dtype == np.uint8 and np.abs(got - exact).max() <= 0.501
    np.testing.assert_array_equal(tf.function(apply_table, jit_compile=True)(table, picture), got)
    by_pillow = np.asarray(Image.fromarray(picture).filter(pillow_filter(table)), float)
    assert np.abs(exact - by_pillow).max() <= 1.1


def test_a_cube_file_lists_the_entries_with_red_running_fastest():
    table = bent(3)
    head, *rows = cube_text(table).splitlines()
    assert head == "LUT_3D_SIZE 3" and len(rows) == 27
    entries = np.array([[float(value) for value in row.split()] for row in rows])
    for i, (blue, green, red) in enumerate(np.ndindex(3, 3, 3)):
        np.testing.assert_allclose(entries[i], table[red, green, blue], atol=1e-6)


def test_the_fitted_table_is_the_one_that_made_the_targets():
    table, pictures = bent(4), RANDOM.random((3, 40, 40, 3))
    targets = slow_batch([table] * 3, pictures)
    np.testing.assert_allclose(fit_table(pictures, targets, 1e-6, 4), table, atol=1e-3)


def test_entries_that_no_pixel_reads_stay_the_identity():
    pictures = RANDOM.uniform(0, 0.3, (1, 30, 30, 3))
    table = fit_table(pictures, pictures**2, 0.1, 5)
    np.testing.assert_allclose(table[3:, 3:, 3:], identity_table(5)[3:, 3:, 3:], atol=1e-6)
    assert np.abs(np.asarray(LookupTable3D()(table[None], pictures)) - pictures**2).mean() < 0.02


def test_is_saved_takes_any_size_and_keeps_single_precision(tmp_path):
    tables, pictures = keras.Input((5, 5, 5, 3)), keras.Input((None, None, 3))
    model = keras.Model([tables, pictures], LookupTable3D(dtype="float32")(tables, pictures))
    assert model.output_shape == (None, None, None, 3)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again([TABLES, PICTURES]), model([TABLES, PICTURES]))
    before = keras.mixed_precision.global_policy()
    keras.mixed_precision.set_global_policy("mixed_float16")
    try:
        layer = LookupTable3D()
    finally:
        keras.mixed_precision.set_global_policy(before)
    assert keras.backend.standardize_dtype(layer(TABLES, PICTURES).dtype) == "float32"


@pytest.mark.parametrize(
    "tables, pictures",
    [
        ((2, 5, 5, 4, 3), (2, 6, 7, 3)),
        ((2, 5, 5, 5, 1), (2, 6, 7, 3)),
        ((2, 1, 1, 1, 3), (2, 6, 7, 3)),
        ((2, 5, 5, 5, 3), (2, 6, 7, 4)),
    ],
)
def test_shapes_that_do_not_fit_are_refused(tables, pictures):
    with pytest.raises(ValueError, match="should be"):
        LookupTable3D()(np.zeros(tables, np.float32), np.zeros(pictures, np.float32))


def test_a_table_needs_two_entries():
    with pytest.raises(ValueError, match="at least 2"):
        identity_table(1)
