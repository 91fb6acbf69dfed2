import keras
import numpy as np
import pytest

from helpers import degrade
from helpers.layers import Enlarge, ScaledResidualBlock

MAPS = np.random.default_rng(0).normal(size=(2, 9, 12, 5)).astype(np.float32)


def test_the_block_adds_a_scaled_part_of_two_convolutions():
    block = ScaledResidualBlock(5, scale=0.25)
    output = np.asarray(block(MAPS))
    inner = block.second(keras.ops.relu(keras.ops.conv(MAPS, block.first.kernel, padding="same")))
    np.testing.assert_allclose(output, MAPS + 0.25 * np.asarray(inner), atol=1e-6)
    assert output.std() > 1.01 * MAPS.std()


def test_a_block_of_scale_zero_is_the_identity():
    np.testing.assert_array_equal(ScaledResidualBlock(5, scale=0.0)(MAPS), MAPS)


def test_declared_shape_is_the_real_one_and_saving_keeps_the_output(tmp_path):
    inputs = keras.Input((None, None, 5))
    model = keras.Model(inputs, ScaledResidualBlock(5, scale=0.3)(inputs))
    assert model.output_shape == (None, None, None, 5)
    assert model.count_params() == 2 * (9 * 5 * 5 + 5)
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(keras.saving.load_model(tmp_path / "model.keras")(MAPS), model(MAPS))


def test_the_block_runs_in_half_precision():
    block = ScaledResidualBlock(5, dtype="mixed_float16")
    assert keras.backend.standardize_dtype(block(MAPS).dtype) == "float16"
    assert all(keras.backend.standardize_dtype(w.dtype) == "float32" for w in block.trainable_weights)


def test_another_number_of_channels_is_refused():
    with pytest.raises(ValueError, match="7 filters"):
        ScaledResidualBlock(7)(MAPS)


@pytest.mark.parametrize("factor", [2, 3])
def test_enlarging_is_bicubic_and_known_for_pictures_of_any_size(factor, tmp_path):
    pictures = 0.4 + 0.2 * np.random.default_rng(0).random((2, 9, 12, 3)).astype(np.float32)
    inputs = keras.Input((None, None, 3))
    model = keras.Model(inputs, Enlarge(factor)(inputs))
    np.testing.assert_array_equal(model(pictures), degrade.upscale(pictures, factor))
    for batch in (pictures, pictures[:1, :8], pictures[:, :, :7]):
        expected = degrade.upscale(batch, factor)
        np.testing.assert_allclose(model.predict(batch, verbose=0), expected, atol=1e-6)
        assert Enlarge(factor).compute_output_shape(batch.shape) == expected.shape
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(keras.saving.load_model(tmp_path / "model.keras")(pictures), model(pictures))


def test_an_enlargement_keeps_float32_and_refuses_no_factor():
    with pytest.raises(ValueError, match="at least 1"):
        Enlarge(0)
    keras.config.set_dtype_policy("mixed_float16")
    try:
        assert keras.backend.standardize_dtype(Enlarge(2)(MAPS).dtype) == "float32"
    finally:
        keras.config.set_dtype_policy("float32")
