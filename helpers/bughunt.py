"""Evidence against a wrong answer: run it, catch it, measure what gives it away."""

import ast
import contextlib
import inspect
import re
import textwrap

import keras
import numpy as np
import tensorflow as tf
from keras import layers


@contextlib.contextmanager
def caught(*expected: type[BaseException], lines: int = 1):
    """Run the block, which must fail with one of `expected` (any `Exception` if none is named), and print how.

    Prints the exception's type and the first `lines` non-empty lines of its message, without file names, addresses
    and memory sizes. Raises `AssertionError` where the block does not fail: an answer that runs is no evidence.
    """
    expected = expected or (Exception,)
    try:
        yield
    except expected as error:
        text = [
            line.strip() for line in str(error).splitlines() if line.strip() and not line.lstrip().startswith("File ")
        ]
        text = [line for line in text if not line.startswith(("in user code", "Traceback"))] or [""]
        message = " ".join(text[:lines])
        print(f"{type(error).__name__}: {re.sub(r' at 0x[0-9a-f]+', '', message)[:300]}")
        return
    names = " or ".join(kind.__name__ for kind in expected)
    raise AssertionError(f"the block ran to its end, but it was expected to fail with {names}")


def pooled_core(side=None, *, channels: int = 3, padding: str = "valid", enlarge: bool = False) -> keras.Model:
    """The network the question bank offers for thirteen different tasks, in our words; it does not run as it stands.

    `padding="same"` mends the join, `enlarge=True` the halved size; then it trains. Input (side, side, channels).
    """
    inputs = keras.Input((side, side, channels))
    first = layers.MaxPooling2D()(layers.Conv2D(32, 3, padding=padding, activation="relu")(inputs))
    x = layers.Conv2D(32, 3, padding=padding, activation="relu")(layers.UpSampling2D()(first))
    joined = layers.Concatenate()([first, layers.MaxPooling2D()(x)])
    if enlarge:
        joined = layers.UpSampling2D()(joined)
    return keras.Model(inputs, layers.Conv2D(channels, 3, padding="same", activation="sigmoid")(joined))


def show_code(function) -> None:
    """Print a function as it is written, without its docstring."""
    source = textwrap.dedent(inspect.getsource(function))
    lines, first = source.splitlines(), ast.parse(source).body[0].body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        del lines[first.lineno - 1 : first.end_lineno]
    print("\n".join(lines))


def input_influence(model: keras.Model, picture) -> np.ndarray:
    """How much each input pixel can move the output at the picture's centre: |gradient|, summed over channels.

    `picture` (height, width, channels) in [0, 1]; returns (height, width). For a model that returns a vector, the sum
    of its outputs is taken. The model's activations must not be all off for this picture.
    """
    batch = tf.constant(np.asarray(picture, np.float32)[None])
    with tf.GradientTape() as tape:
        tape.watch(batch)
        output = model(batch, training=False)
        if len(output.shape) == 4:
            output = output[:, output.shape[1] // 2, output.shape[2] // 2]
        total = tf.reduce_sum(output)
    return tf.reduce_sum(tf.abs(tape.gradient(total, batch)[0]), -1).numpy()


def receptive_field(model: keras.Model, picture) -> tuple[int, int]:
    """Height and width, in input pixels, of the box around everything the output's centre depends on."""
    rows, columns = np.nonzero(input_influence(model, picture) > 0)
    if not len(rows):
        return (0, 0)
    return int(rows.max() - rows.min() + 1), int(columns.max() - columns.min() + 1)


def heaviest_layers(model: keras.Model, count: int = 3) -> None:
    """Print the `count` layers with most weights, each with its share of the model's."""
    total = model.count_params()
    for layer in sorted(model.layers, key=lambda layer: -layer.count_params())[:count]:
        print(
            f"{layer.__class__.__name__:<20} {layer.count_params():>12,} weights  {layer.count_params() / total:6.1%}"
        )
    print(f"{'all layers':<20} {total:>12,} weights")
