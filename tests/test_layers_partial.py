import keras
import numpy as np
import pytest

from helpers.layers import PartialConv2D

RANDOM = np.random.default_rng(0)
FEATURES = RANDOM.normal(size=(2, 7, 9, 4)).astype(np.float32)
MASK = (RANDOM.random((2, 7, 9, 1)) < 0.4).astype(np.float32)
MASK[0, :5, :6] = 0  # large enough for windows that know nothing


def slow_partial_convolution(features, mask, kernel, bias, strides):
    """Equations 1 and 2 of the paper, window by window; pixels outside the picture belong to no window."""
    n, height, width, channels = features.shape
    mask = np.broadcast_to(mask, features.shape)
    size, filters = kernel.shape[0], kernel.shape[-1]
    rows, columns = -(-height // strides), -(-width // strides)
    before = [max(0, (count - 1) * strides + size - side) // 2 for count, side in ((rows, height), (columns, width))]
    output, updated = np.zeros((n, rows, columns, filters)), np.zeros((n, rows, columns, 1))
    for i, r, c in np.ndindex(n, rows, columns):
        total, known, inside = np.zeros(filters), 0.0, 0
        for a, b in np.ndindex(size, size):
            y, x = r * strides + a - before[0], c * strides + b - before[1]
            if 0 <= y < height and 0 <= x < width:
                total += (features[i, y, x] * mask[i, y, x]) @ kernel[a, b]
                known += mask[i, y, x].sum()
                inside += channels
        if known > 0:
            output[i, r, c], updated[i, r, c] = total * inside / known + bias, 1
    return output, updated


def weighted(layer, features=FEATURES, mask=MASK):
    """The layer's result with weights that are all different from 0."""
    layer([features, mask])
    layer.set_weights([RANDOM.normal(size=weight.shape) for weight in layer.weights])
    return [np.asarray(result) for result in layer([features, mask])]


@pytest.mark.parametrize(("size", "strides"), [(3, 1), (3, 2), (5, 2), (1, 1)])
@pytest.mark.parametrize("shape", ["one channel", "a channel a feature"])
def test_the_layer_is_the_slow_loop(size, strides, shape):
    mask = MASK if shape == "one channel" else (RANDOM.random(FEATURES.shape) < 0.3).astype(np.float32)
    layer = PartialConv2D(6, size, strides)
    output, updated = weighted(layer, mask=mask)
    expected = slow_partial_convolution(FEATURES, mask, *[np.asarray(weight) for weight in layer.weights], strides)
    np.testing.assert_allclose(output, expected[0], atol=2e-5)
    np.testing.assert_array_equal(updated, expected[1])


def test_with_everything_known_it_is_an_ordinary_convolution():
    layer, ordinary = PartialConv2D(6, 3, 2, activation="relu"), keras.layers.Conv2D(6, 3, 2, "same", activation="relu")
    output, updated = weighted(layer, mask=np.ones_like(MASK))
    ordinary.build(FEATURES.shape)
    ordinary.set_weights(layer.get_weights())
    np.testing.assert_allclose(output, ordinary(FEATURES), atol=2e-5)
    assert np.all(updated == 1)


def test_what_a_hole_holds_changes_nothing():
    layer = PartialConv2D(6)
    output = weighted(layer)[0]
    np.testing.assert_array_equal(layer([FEATURES + 100 * (1 - MASK), MASK])[0], output)


def test_a_window_that_knows_nothing_gives_zero_even_with_bias_and_sigmoid():
    output, updated = weighted(PartialConv2D(6, activation="sigmoid"))
    assert np.all(output[0, 1:4, 1:5] == 0) and np.all(updated[0, 1:4, 1:5] == 0)
    assert np.any(updated == 1) and np.all(output[updated[..., 0] == 1] > 0)


def test_the_hole_shrinks_by_one_pixel_a_side():
    mask = np.ones((1, 9, 9, 1), np.float32)
    mask[:, 2:7, 2:7] = 0
    features, layer = np.ones((1, 9, 9, 1), np.float32), PartialConv2D(1)
    holes = []
    for _ in range(3):
        features, mask = layer([features, mask])
        holes.append(int(np.sum(1 - np.asarray(mask))))
    assert holes == [9, 1, 0]


def test_a_constant_picture_stays_constant_wherever_anything_is_known():
    layer = PartialConv2D(1, 3)
    layer([FEATURES, MASK])
    layer.set_weights([np.full((3, 3, 4, 1), 1 / 36), np.zeros(1)])
    output, updated = layer([np.full_like(FEATURES, 0.7), MASK])
    interior = np.asarray(updated)[:, 1:-1, 1:-1] == 1
    np.testing.assert_allclose(np.asarray(output)[:, 1:-1, 1:-1][interior], 0.7, atol=1e-5)


def test_saving_keeps_the_output_and_shapes_are_declared(tmp_path):
    inputs = keras.Input((None, None, 5))
    pair = PartialConv2D(7, 5, 2, activation="relu", name="first")([inputs[..., :4], inputs[..., 4:]])
    model = keras.Model(inputs, PartialConv2D(3)(pair))
    assert model.output_shape == [(None, None, None, 3), (None, None, None, 1)]
    assert PartialConv2D(7, 5, 2).compute_output_shape([(2, 7, 9, 4), (2, 7, 9, 1)]) == [(2, 4, 5, 7), (2, 4, 5, 1)]
    both = np.concatenate([FEATURES, MASK], -1)
    model.save(tmp_path / "model.keras")
    for kept, made in zip(keras.saving.load_model(tmp_path / "model.keras")(both), model(both), strict=True):
        np.testing.assert_array_equal(kept, made)


def test_it_runs_in_half_precision_without_infinities():
    layer = PartialConv2D(6, dtype="mixed_float16")
    output, updated = layer([FEATURES, MASK])
    assert keras.backend.standardize_dtype(output.dtype) == "float16"
    assert keras.backend.standardize_dtype(layer.kernel.dtype) == "float32"
    assert np.all(np.isfinite(output)) and set(np.unique(updated)) == {0, 1}


def test_anything_but_a_pair_and_masks_of_other_depth_are_refused():
    with pytest.raises(ValueError, match="pair"):
        PartialConv2D(3)(FEATURES)
    with pytest.raises(ValueError, match="channels"):
        PartialConv2D(3)([FEATURES, MASK[..., [0, 0]]])
