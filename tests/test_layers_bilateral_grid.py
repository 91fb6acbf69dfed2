import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers import tone
from helpers.layers import BilateralGridSlice

RANDOM = np.random.default_rng(11)
IDENTITY = np.eye(4, 3, dtype=np.float32).ravel()


def inputs(grid=(2, 3, 4, 5), sides=(7, 9), dtype=np.float32):
    n = grid[0]
    shapes = (*grid, 12), (n, *sides, 3), (n, *sides, 1)
    drawn = [RANDOM.random(shape) for shape in shapes]
    drawn[2] = drawn[2] * 1.2 - 0.1  # some guide values lie outside [0, 1]
    return [array.astype(dtype) for array in drawn]


def tent(position, count, index):
    """Weight of cell `index` for a position in [0, 1]: the definition, one number at a time."""
    at = min(max(position * count - 0.5, 0.0), count - 1.0)
    return max(0.0, 1.0 - abs(at - index))


def slowly(grid, picture, guide):
    """Trilinear look-up as a sum over every cell of the grid, pixel by pixel, in float64."""
    rows, columns, depths = grid.shape[1:4]
    result = np.zeros(picture.shape)
    for i, y, x in np.ndindex(picture.shape[:3]):
        place = (y + 0.5) / picture.shape[1], (x + 0.5) / picture.shape[2], float(guide[i, y, x, 0])
        transform = np.zeros(12)
        for cell in np.ndindex(rows, columns, depths):
            weights = [
                tent(p, count, index) for p, count, index in zip(place, (rows, columns, depths), cell, strict=True)
            ]
            transform += np.prod(weights) * grid[(i, *cell)]
        result[i, y, x] = np.append(picture[i, y, x], 1.0) @ transform.reshape(4, 3)
    return result


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize("cells", [(3, 4, 5), (1, 1, 1), (1, 2, 8), (9, 11, 2)])
def test_slice_agrees_with_the_sum_over_all_cells(cells, jit_compile):
    arrays = inputs((2, *cells))
    got = BilateralGridSlice(jit_compile)([tf.constant(array) for array in arrays])
    np.testing.assert_allclose(got, slowly(*arrays), atol=3e-6)


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize("which", [0, 1, 2], ids=["grid", "picture", "guide"])
def test_gradient_agrees_with_finite_differences_of_the_slow_slice(which, jit_compile):
    arrays = inputs((1, 2, 3, 4), (4, 5), np.float64)
    # Keep guide values off the kinks of the tents, where a finite difference straddles two slopes.
    arrays[2] = (np.floor(arrays[2].clip(0, 0.99) * 8) + 0.3 + 0.4 * RANDOM.random(arrays[2].shape)) / 8
    weights = RANDOM.normal(size=arrays[1].shape)
    tensors = [tf.constant(array, tf.float32) for array in arrays]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        total = tf.reduce_sum(BilateralGridSlice(jit_compile)(tensors) * weights)
    got = tape.gradient(total, tensors)[which].numpy().ravel()
    step, changed = 1e-4, [array.copy() for array in arrays]
    flat = changed[which].ravel()
    for i in RANDOM.choice(flat.size, min(flat.size, 20), replace=False):
        ends = []
        for sign in (1, -1):
            flat[i] += sign * step
            ends.append(np.sum(slowly(*changed) * weights))
            flat[i] -= sign * step
        assert got[i] == pytest.approx((ends[0] - ends[1]) / (2 * step), abs=2e-4, rel=1e-3)


def test_identity_in_every_cell_returns_the_picture():
    grid, picture, guide = inputs()
    grid[:] = IDENTITY
    np.testing.assert_allclose(BilateralGridSlice()([grid, picture, guide]), picture, atol=1e-6)


def test_the_same_matrix_in_every_cell_is_a_colour_matrix():
    grid, picture, guide = inputs()
    grid[:] = grid[0, 0, 0, 0]
    got = np.clip(BilateralGridSlice()([grid, picture, guide]), 0, 1)
    np.testing.assert_allclose(got, tone.colour_matrix(picture, grid[0, 0, 0, 0].reshape(4, 3)), atol=1e-5)


def test_a_guide_outside_its_range_counts_as_the_end_of_it():
    grid, picture, guide = inputs()
    beyond = BilateralGridSlice()([grid, picture, guide * 0 + 3])
    np.testing.assert_array_equal(beyond, BilateralGridSlice()([grid, picture, guide * 0 + 1]))


def test_a_model_of_any_picture_size_is_saved_and_loaded(tmp_path):
    shapes = (3, 4, 5, 12), (None, None, 3), (None, None, 1)
    symbols = [keras.Input(shape) for shape in shapes]
    result = BilateralGridSlice(jit_compile=True)(symbols)
    assert result.shape == (None, None, None, 3)
    model, arrays = keras.Model(symbols, result), inputs()
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.layers[-1].jit_compile
    np.testing.assert_array_equal(loaded(arrays), model(arrays))


def test_half_precision_inputs_are_computed_in_full_precision():
    arrays = [array.astype(np.float16) for array in inputs()]
    got = BilateralGridSlice(dtype="mixed_float16")(arrays)
    assert got.dtype == tf.float32
    np.testing.assert_allclose(got, slowly(*[array.astype(np.float64) for array in arrays]), atol=1e-5)


def test_a_grid_without_twelve_numbers_a_cell_is_refused():
    grid, picture, guide = inputs()
    with pytest.raises(ValueError, match="12"):
        BilateralGridSlice()([grid[..., :9], picture, guide])


def test_training_warns_of_nothing(recwarn):
    """Gradients of a look-up can come as sparse slices, which TensorFlow makes dense with a warning on stderr."""
    symbols = [keras.Input(shape) for shape in ((2, 2, 2, 12), (None, None, 3), (None, None, 1))]
    grid = keras.layers.Reshape((2, 2, 2, 12))(keras.layers.Dense(96)(keras.layers.Flatten()(symbols[0])))
    model = keras.Model(symbols, BilateralGridSlice()([grid, *symbols[1:]]))
    model.compile("sgd", "mse")
    arrays = inputs((2, 2, 2, 2))
    model.train_on_batch(arrays, arrays[1])
    assert not [warning for warning in recwarn if "IndexedSlices" in str(warning.message)]
