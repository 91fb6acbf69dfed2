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


def test_the_pooled_core_fails_as_the_question_bank_does_and_trains_once_mended():
    with pytest.raises(ValueError, match="concat"):
        bughunt.pooled_core(64)
    assert bughunt.pooled_core(64, padding="same").output_shape == (None, 32, 32, 3)
    assert bughunt.pooled_core(padding="same", enlarge=True, channels=1).output_shape == (None, None, None, 1)


def test_code_is_shown_without_its_docstring(capsys):
    bughunt.show_code(bughunt.pooled_core)
    out = capsys.readouterr().out
    assert out.startswith("def pooled_core(") and '"""' not in out and "Concatenate()([first" in out
