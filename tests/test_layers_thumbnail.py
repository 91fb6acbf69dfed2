import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers.layers import ThumbnailEncoder
from helpers.layers.thumbnail import shrink

PICTURES = np.random.default_rng(0).random((2, 96, 150, 3)).astype(np.float32)


@pytest.mark.parametrize("part", [(96, 150), (64, 64), (40, 80), (65, 63)], ids=str)
def test_shrinking_agrees_with_tensorflows_antialiased_resize(part):
    pictures = tf.constant(PICTURES[:, : part[0], : part[1]])
    np.testing.assert_allclose(shrink(pictures, 64), tf.image.resize(pictures, (64, 64), antialias=True), atol=1e-5)


def test_a_picture_of_the_right_size_is_not_touched():
    pictures = tf.constant(PICTURES[:, :64, :64])
    np.testing.assert_array_equal(shrink(pictures, 64), pictures)


def test_a_flat_picture_keeps_its_colour():
    np.testing.assert_allclose(shrink(tf.fill((1, 301, 77, 3), 0.3), 16), 0.3, atol=1e-6)


def test_shrinking_compiles_with_xla():
    compiled = tf.function(lambda pictures: shrink(pictures, 32), jit_compile=True)
    np.testing.assert_allclose(compiled(tf.constant(PICTURES)), shrink(tf.constant(PICTURES), 32), atol=1e-6)


def test_features_have_the_declared_shape_for_any_size_and_survive_saving(tmp_path):
    inputs = keras.Input((None, None, 3))
    model = keras.Model(inputs, ThumbnailEncoder((8, 12), side=32)(inputs))
    assert model.output_shape == (None, 8, 8, 12)
    output = model(PICTURES)
    assert output.shape == (2, 8, 8, 12) and model(PICTURES[:, :40, :33]).shape == (2, 8, 8, 12)
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(keras.saving.load_model(tmp_path / "model.keras")(PICTURES), output)


def test_every_pixel_of_the_picture_is_seen():
    encoder, pictures = ThumbnailEncoder((4,), side=16), tf.Variable(PICTURES[:1])
    encoder.build(PICTURES.shape)
    encoder.convolutions[0].set_weights([np.ones((3, 3, 3, 4), np.float32), np.full(4, 9.0, np.float32)])
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(encoder(pictures))
    assert np.all(tape.gradient(total, pictures).numpy() > 0)


def test_the_encoder_runs_in_half_precision():
    encoder = ThumbnailEncoder((4, 4), side=16, dtype="mixed_float16")
    assert encoder(PICTURES).dtype == tf.float16
    assert all(keras.backend.standardize_dtype(weight.dtype) == "float32" for weight in encoder.trainable_weights)


def test_a_side_that_cannot_be_halved_so_often_is_refused():
    with pytest.raises(ValueError, match="multiple of 8"):
        ThumbnailEncoder((8, 16, 32), side=60)
