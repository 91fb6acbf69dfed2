import keras
import numpy as np
import pytest

from helpers import bughunt


def test_caught_prints_type_and_first_line(capsys):
    with bughunt.caught(ValueError):
        raise ValueError('shapes differ\n  File "/somewhere/else.py", line 3\nmore')
    assert capsys.readouterr().out == "ValueError: shapes differ\n"


def test_caught_demands_a_failure_of_the_right_kind():
    with pytest.raises(AssertionError, match="expected to fail with ValueError"), bughunt.caught(ValueError):
        pass
    with pytest.raises(KeyError), bughunt.caught(ValueError):
        raise KeyError("x")


def convolutions(*sizes):
    inputs = keras.Input((31, 31, 1))
    x = inputs
    for size in sizes:
        x = keras.layers.Conv2D(1, size, padding="same", kernel_initializer="ones")(x)
    return keras.Model(inputs, x)


@pytest.mark.parametrize("sizes, side", [((3,), 3), ((3, 3), 5), ((5, 3, 3), 9)])
def test_receptive_field_is_the_sum_of_the_kernels(sizes, side):
    assert bughunt.receptive_field(convolutions(*sizes), np.ones((31, 31, 1))) == (side, side)


def test_an_unused_pixel_has_no_influence():
    influence = bughunt.input_influence(convolutions(3), np.ones((31, 31, 1)))
    assert influence[0, 0] == 0 and influence[15, 15] == 1


def test_heaviest_layers_names_the_culprit(capsys):
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(100), keras.layers.Dense(2)])
    bughunt.heaviest_layers(model, 1)
    assert "900 weights   81.7%" in capsys.readouterr().out
