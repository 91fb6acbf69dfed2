import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers.layers import SoftArgmax2D
from helpers.layers.soft_argmax import TopDown, spatial_softmax

HEIGHT, WIDTH = 12, 16


def bump(x, y, sharpness=60.0):
    """Logits (1, HEIGHT, WIDTH, 1) of a Gaussian around (x, y), shares of the sides."""
    across, down = (np.arange(WIDTH) + 0.5) / WIDTH, (np.arange(HEIGHT) + 0.5) / HEIGHT
    squares = (across[None, :] - x) ** 2 + (down[:, None] - y) ** 2
    return (-sharpness * squares).astype(np.float32)[None, ..., None]


def test_probabilities_add_up_to_one_in_every_map():
    maps = np.random.default_rng(0).normal(0, 5, (3, HEIGHT, WIDTH, 4)).astype(np.float32)
    chances = spatial_softmax(maps).numpy()
    assert chances.shape == maps.shape and chances.min() >= 0
    np.testing.assert_allclose(chances.sum((1, 2)), 1, atol=1e-5)


def test_an_even_map_points_to_the_middle():
    np.testing.assert_allclose(SoftArgmax2D()(np.zeros((1, HEIGHT, WIDTH, 2), np.float32)), np.full((1, 2, 2), 0.5))


@pytest.mark.parametrize("cell", [(0, 0), (3, 11), (11, 15)])
def test_a_single_hot_cell_points_to_its_centre(cell):
    maps = np.zeros((1, HEIGHT, WIDTH, 1), np.float32)
    maps[0, *cell] = 80.0
    wanted = [(cell[1] + 0.5) / WIDTH, (cell[0] + 0.5) / HEIGHT]
    np.testing.assert_allclose(SoftArgmax2D()(maps)[0, 0], wanted, atol=1e-6)


def test_a_bump_between_cells_is_found_more_finely_than_the_cells_are():
    layer, cell = SoftArgmax2D(), 1 / WIDTH
    for x in np.linspace(0.4, 0.6, 9):
        found = layer(bump(x, 0.45)).numpy()[0, 0]
        np.testing.assert_allclose(found, (x, 0.45), atol=0.02 * cell)


def test_two_equal_peaks_give_the_place_between_them():
    maps = np.full((1, 5, 5, 1), -80.0, np.float32)
    maps[0, 2, 0], maps[0, 2, 4] = 0.0, 0.0
    np.testing.assert_allclose(SoftArgmax2D()(maps)[0, 0], (0.5, 0.5), atol=1e-6)


def test_a_constant_added_to_a_map_changes_nothing():
    maps = bump(0.3, 0.7)
    np.testing.assert_allclose(SoftArgmax2D()(maps + 500), SoftArgmax2D()(maps), atol=1e-5)


def test_gradients_are_probability_times_distance_from_the_mean():
    maps = tf.constant(np.random.default_rng(0).normal(size=(1, HEIGHT, WIDTH, 1)), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(maps)
        x = SoftArgmax2D()(maps)[0, 0, 0]
    across = (np.arange(WIDTH) + 0.5) / WIDTH
    wanted = spatial_softmax(maps).numpy()[0, ..., 0] * (across - float(x))[None]
    np.testing.assert_allclose(tape.gradient(x, maps)[0, ..., 0], wanted, atol=1e-6)


def test_gradient_descent_moves_the_point_to_where_it_should_be():
    maps, wanted = tf.Variable(tf.zeros((1, HEIGHT, WIDTH, 1))), np.array([0.2, 0.8], np.float32)
    layer = SoftArgmax2D()
    for _ in range(300):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum((layer(maps)[0, 0] - wanted) ** 2)
        maps.assign_sub(20 * tape.gradient(loss, maps))
    np.testing.assert_allclose(layer(maps)[0, 0], wanted, atol=0.01)


def test_it_has_the_declared_shape_any_sides_and_survives_saving(tmp_path):
    inputs = keras.Input((HEIGHT, WIDTH, 6))
    model = keras.Model(inputs, SoftArgmax2D()(inputs))
    assert model.output_shape == (None, 6, 2) and not model.weights
    maps = np.random.default_rng(0).normal(size=(2, HEIGHT, WIDTH, 6)).astype(np.float32)
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(keras.saving.load_model(tmp_path / "model.keras")(maps), model(maps))


def test_half_precision_maps_are_read_in_full_precision():
    found = SoftArgmax2D()(tf.cast(bump(0.37, 0.61), tf.float16))
    assert found.dtype == tf.float32
    np.testing.assert_allclose(found[0, 0], (0.37, 0.61), atol=0.01)


def test_maps_of_another_rank_are_refused():
    with pytest.raises(ValueError, match="height, width"):
        SoftArgmax2D().compute_output_shape((None, 8, 6))


def levels_of(batch=2):
    rng = np.random.default_rng(0)
    return [rng.normal(size=(batch, side, side, side)).astype(np.float32) for side in (16, 8, 4)]


def test_top_down_ends_at_the_finest_level_and_survives_saving(tmp_path):
    inputs = [keras.Input(level.shape[1:]) for level in levels_of()]
    model = keras.Model(inputs, TopDown(6)(inputs))
    assert model.output_shape == (None, 16, 16, 6) and model(levels_of()).shape == (2, 16, 16, 6)
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(keras.saving.load_model(tmp_path / "model.keras")(levels_of()), model(levels_of()))


def test_top_down_listens_to_every_level():
    levels, layer = [tf.constant(level) for level in levels_of()], TopDown(6)
    with tf.GradientTape() as tape:
        tape.watch(levels)
        total = tf.reduce_sum(layer(levels) * np.random.default_rng(1).normal(size=(2, 16, 16, 6)))
    assert all(np.abs(slope).max() > 0 for slope in tape.gradient(total, levels))


def test_top_down_runs_in_half_precision():
    layer = TopDown(6, dtype="mixed_float16")
    assert layer(levels_of()).dtype == tf.float16
    assert all(keras.backend.standardize_dtype(weight.dtype) == "float32" for weight in layer.trainable_weights)


def test_levels_that_do_not_halve_are_refused():
    fine, _, coarse = levels_of()
    with pytest.raises(ValueError, match="half the sides"):
        TopDown(6)([fine, coarse])
