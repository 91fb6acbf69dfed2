import keras
import numpy as np
import pytest

from helpers.layers.canvas import Canvas

MAPS = np.random.default_rng(0).normal(size=(3, 6, 8, 5)).astype(np.float32)


def test_maps_pass_and_noise_stands_beside_them():
    joined = np.asarray(Canvas(4)(MAPS))
    assert joined.shape == (3, 6, 8, 9)
    assert np.array_equal(joined[..., :5], MAPS)
    assert 0.7 < joined[0, ..., 5:].std() < 1.3


def test_every_picture_gets_the_same_noise_and_every_call_too():
    layer = Canvas(2)
    whole, alone = np.asarray(layer(MAPS)), np.asarray(layer(MAPS[1:2]))
    assert np.array_equal(whole[0, ..., 5:], whole[2, ..., 5:])
    assert np.array_equal(whole[1], alone[0])
    assert np.array_equal(whole, np.asarray(Canvas(2)(MAPS)))


def test_training_draws_anew():
    layer = Canvas(2)
    first, second = (np.asarray(layer(MAPS, training=True))[..., 5:] for _ in range(2))
    assert np.abs(first - second).max() > 0.1


def test_it_works_at_any_size_and_comes_back_from_a_file(tmp_path):
    inputs = keras.Input((None, None, 3))
    model = keras.Model(inputs, Canvas(3)(inputs))
    assert model.output.shape == (None, None, None, 6)
    model.save(tmp_path / "canvas.keras")
    again, picture = keras.models.load_model(tmp_path / "canvas.keras"), MAPS[..., :3]
    assert np.array_equal(model(picture), again(picture))
    assert again(picture[:, :4, :4]).shape == (3, 4, 4, 6)


def test_no_channels_is_an_error():
    with pytest.raises(ValueError, match="at least 1"):
        Canvas(0)
