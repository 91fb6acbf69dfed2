import keras
import numpy as np
import pytest

from helpers.layers import ConvBlock, DepthToSpace, ResidualBlock, SpaceToDepth

PICTURES = np.random.default_rng(0).normal(size=(2, 9, 12, 5)).astype(np.float32)


@pytest.mark.parametrize(
    "layer", [ConvBlock(7, strides=2), ResidualBlock(5), ResidualBlock(7), ResidualBlock(7, 2), SpaceToDepth(3)]
)
def test_declared_shape_is_the_real_one_and_saving_keeps_the_output(layer, tmp_path):
    inputs = keras.Input((9, 12, 5))
    model = keras.Model(inputs, layer(inputs))
    output = model(PICTURES)
    assert model.output_shape[1:] == output.shape[1:]
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(keras.saving.load_model(tmp_path / "model.keras")(PICTURES), output)


def test_conv_block_normalises_in_training():
    block = ConvBlock(6, activation="linear")
    output = np.asarray(block(PICTURES, training=True))
    np.testing.assert_allclose(output.mean((0, 1, 2)), 0, atol=1e-4)
    np.testing.assert_allclose(output.std((0, 1, 2)), 1, atol=2e-3)


def test_a_new_residual_block_passes_its_input_through_relu():
    np.testing.assert_allclose(ResidualBlock(5)(PICTURES, training=False), np.maximum(PICTURES, 0), atol=1e-6)


def test_the_shortcut_of_a_strided_block_is_an_average_pool():
    block = ResidualBlock(5, 2)
    block.build(PICTURES.shape)
    block.projection.convolution.set_weights([np.eye(5, dtype=np.float32)[None, None]])
    pooled = keras.layers.AveragePooling2D(2, padding="same")(PICTURES)
    expected = np.maximum(np.asarray(pooled) / np.sqrt(1 + 1e-3), 0)
    np.testing.assert_allclose(block(PICTURES, training=False), expected, atol=1e-5)


def test_layers_run_in_half_precision():
    block = ResidualBlock(7, 2, dtype="mixed_float16")
    output = block(PICTURES)
    assert keras.backend.standardize_dtype(output.dtype) == "float16"
    assert all(keras.backend.standardize_dtype(w.dtype) == "float32" for w in block.trainable_weights)


def test_strides_other_than_one_and_two_are_refused():
    with pytest.raises(ValueError, match="strides"):
        ResidualBlock(4, 3)


def test_rearranging_is_the_reshape_it_stands_for_and_its_own_inverse():
    maps = np.random.default_rng(0).normal(size=(2, 6, 9, 4)).astype(np.float32)
    deep = np.asarray(SpaceToDepth(3)(maps))
    expected = maps.reshape(2, 2, 3, 3, 3, 4).transpose(0, 1, 3, 2, 4, 5).reshape(2, 2, 3, 36)
    np.testing.assert_array_equal(deep, expected)
    np.testing.assert_array_equal(DepthToSpace(3)(deep), maps)


def test_rearranging_knows_its_shape_for_pictures_of_any_size():
    inputs = keras.Input((None, None, 3))
    deep = SpaceToDepth(2)(inputs)
    assert deep.shape == (None, None, None, 12)
    assert DepthToSpace(2)(deep).shape == (None, None, None, 3)
    with pytest.raises(ValueError, match="block"):
        SpaceToDepth(0)
