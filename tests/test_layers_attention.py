import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers.layers import BlockAttention, SpatialGate, SqueezeExcite

RANDOM = np.random.default_rng(0)
MAPS = RANDOM.normal(size=(3, 5, 7, 8)).astype(np.float32)
LAYERS = [SqueezeExcite, SpatialGate, BlockAttention]


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def trained(layer):
    """The layer with weights that are all different from 0."""
    layer(MAPS)
    layer.set_weights([RANDOM.normal(size=weight.shape) for weight in layer.weights])
    return layer


def dense_twice(layer, values):
    first, second = layer.first, layer.second
    hidden = np.maximum(values @ np.asarray(first.kernel) + np.asarray(first.bias), 0)
    return hidden @ np.asarray(second.kernel) + np.asarray(second.bias)


def gated_by_place(gate, maps):
    """Equation 3 of CBAM, window by window."""
    size, kernel = gate.kernel_size, np.asarray(gate.convolution.kernel)
    two = np.stack([maps.mean(-1), maps.max(-1)], -1)
    padded = np.pad(two, [(0, 0), (size // 2,) * 2, (size // 2,) * 2, (0, 0)])
    scores = np.zeros(maps.shape[:3])
    for n, y, x in np.ndindex(*scores.shape):
        scores[n, y, x] = (padded[n, y : y + size, x : x + size] * kernel[..., 0]).sum()
    return maps * 2 * sigmoid(scores + np.asarray(gate.convolution.bias))[..., None]


@pytest.mark.parametrize("layer", LAYERS)
def test_a_new_layer_is_the_identity(layer):
    np.testing.assert_array_equal(layer()(MAPS), MAPS)


@pytest.mark.parametrize("layer", LAYERS)
def test_a_new_layer_can_learn_and_a_trained_one_passes_gradients_to_every_weight(layer):
    layer, wanted = layer(ratio=2) if layer is not SpatialGate else layer(), RANDOM.normal(size=MAPS.shape)
    for ready in (layer, trained(layer)):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(ready(MAPS) * wanted)
        slopes = tape.gradient(loss, ready.trainable_weights)
        moving = [bool(np.any(np.asarray(slope) != 0)) for slope in slopes]
        assert any(moving)
    assert all(moving)


def test_squeeze_excite_is_the_formula():
    layer = trained(SqueezeExcite(ratio=4))
    assert layer.first.kernel.shape == (8, 2) and layer.count_params() == 8 * 2 + 2 + 2 * 8 + 8
    gates = 2 * sigmoid(dense_twice(layer, MAPS.mean((1, 2))))
    np.testing.assert_allclose(layer(MAPS), MAPS * gates[:, None, None], atol=1e-5)
    np.testing.assert_allclose(layer.gates(MAPS)[:, 0, 0], gates, atol=1e-5)


@pytest.mark.parametrize("size", [3, 7])
def test_the_spatial_gate_is_the_slow_loop(size):
    layer = trained(SpatialGate(size))
    assert layer.count_params() == size * size * 2 + 1
    np.testing.assert_allclose(layer(MAPS), gated_by_place(layer, MAPS), atol=1e-5)
    assert layer.gates(MAPS).shape == (3, 5, 7, 1)


def test_block_attention_is_both_in_turn():
    layer = trained(BlockAttention(ratio=2, kernel_size=3))
    scores = dense_twice(layer, MAPS.mean((1, 2))) + dense_twice(layer, MAPS.max((1, 2)))
    gated = (MAPS * 2 * sigmoid(scores)[:, None, None]).astype(np.float32)
    np.testing.assert_allclose(layer(MAPS), gated_by_place(layer.where, gated), atol=1e-4)


@pytest.mark.parametrize("layer", LAYERS)
def test_gates_stay_between_0_and_2_and_pictures_do_not_mix(layer):
    layer = trained(layer())
    gates = np.asarray(layer.gates(MAPS))
    assert gates.min() >= 0 and gates.max() <= 2 and gates.std() > 0
    np.testing.assert_allclose(layer(MAPS[1:2]), layer(MAPS)[1:2], atol=1e-6)


def test_there_is_always_a_hidden_unit_and_a_bad_ratio_is_refused():
    layer = SqueezeExcite(ratio=16)
    layer(MAPS)
    assert layer.first.units == 1
    with pytest.raises(ValueError, match="at least 1"):
        SqueezeExcite(ratio=0)


@pytest.mark.parametrize("layer", LAYERS)
def test_shapes_are_declared_and_saving_keeps_the_output(layer, tmp_path):
    inputs = keras.Input((None, None, 8))
    settings = {"kernel_size": 5} if layer is SpatialGate else {"ratio": 2}
    made = layer(**settings)
    model = keras.Model(inputs, made(inputs))
    assert model.output_shape == (None, None, None, 8)
    trained(made)
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(keras.saving.load_model(tmp_path / "model.keras")(MAPS), model(MAPS))


@pytest.mark.parametrize("layer", LAYERS)
def test_layers_run_in_half_precision(layer):
    layer = layer(dtype="mixed_float16")
    assert keras.backend.standardize_dtype(layer(MAPS).dtype) == "float16"
    assert all(keras.backend.standardize_dtype(w.dtype) == "float32" for w in layer.trainable_weights)
