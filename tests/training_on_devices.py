"""Trainings of notebook 07 on so many logical CPU devices: `python training_on_devices.py 2 curves.npz`.

A process of its own for `test_several_devices.py`, since devices have to be set before TensorFlow starts. Network,
optimizer and augmentation are the notebook's; `helpers` picks the strategy, feeds and trains, as it does there. Written
are the loss of every step and the validation loss after it, and the sizes of the pieces of one batch.
"""

import ast
import sys

import numpy as np

STEPS, BATCH = 16, 32


def notebooks_functions(session) -> dict:
    """`compiled_resnet` and `augment` as notebook 07 defines them."""
    import keras
    import tensorflow as tf

    from helpers import layers, pipeline, training
    from helpers.course import ROOT, notebook

    space = {"keras": keras, "np": np, "tf": tf, "pipeline": pipeline, "training": training, **vars(layers)}
    seven = notebook.Notebook(*notebook.choose(ROOT, "07"))
    trees = [seven.tree(cell) for cell in seven.code]
    for node in (node for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef)):
        exec(compile(ast.Module([node], []), "notebook 07", "exec"), space)
    return space


def main(devices: int, place: str) -> None:
    import tensorflow as tf

    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * devices)
    import helpers

    session = helpers.start("07", profile="quick")
    import keras

    from helpers import pipeline, training
    from helpers.layers import convolution

    assert session.strategy.num_replicas_in_sync == devices
    notebook = notebooks_functions(session)
    draw = np.random.default_rng(0)
    labels = draw.integers(0, 10, 256)
    typical = draw.integers(0, 128, (10, 32, 32, 3))[labels]
    pictures = (typical + draw.integers(0, 128, (256, 32, 32, 3))).astype(np.uint8)
    targets = (0.9 * np.eye(10)[labels] + 0.01).astype(np.float32)
    batches = pipeline.training_batches(pictures, targets, batch_size=BATCH, augment=notebook["augment"], seed=1)
    validation = pipeline.evaluation_batches(pictures, targets)

    found = {}
    (pieces, _) = next(iter(session.strategy.experimental_distribute_dataset(batches.dataset())))
    pieces = session.strategy.experimental_local_results(pieces)
    found["piece_sizes"], found["batch"] = [len(piece) for piece in pieces], np.concatenate(pieces)

    def trained(name, optimizer=None):
        keras.utils.set_random_seed(1)
        with session.strategy.scope():
            model = notebook["compiled_resnet"](10, STEPS, 0.9)
            if optimizer:
                model.compile(optimizer(), "categorical_crossentropy", metrics=["accuracy"])
        for layer in model.layers:
            if isinstance(layer, keras.layers.Dropout):
                layer.rate = 0.0  # each device draws its own; all else is the same on any number of devices
        history = training.train(
            *(model, batches),
            **{"epochs": STEPS, "steps_per_epoch": 1, "validation": validation, "monitor": "accuracy"},
            **{"session": session, "name": name, "lines": 1},
        )
        found[name] = [history.logs["loss"], history.logs["val_loss"]]

    def descent(rate=0.02):
        return lambda: keras.optimizers.SGD(rate, momentum=0.9, use_ema=True, ema_momentum=0.9)

    trained("notebook")
    trained("descent", descent())
    if devices == 1:  # what the comparison has to notice: gradients of two devices added where a mean is due
        trained("gradients added", descent(2 * 0.02))
    else:  # and batch normalisation of each device for itself
        convolution.normalisation = lambda **options: keras.layers.BatchNormalization(momentum=0.9, **options)
        trained("statistics apart", descent())

    keras.utils.set_random_seed(2)
    with session.strategy.scope():
        small = keras.Sequential([keras.Input((32, 32, 3)), convolution.ConvBlock(4), keras.layers.Conv2D(3, 1)])
    pairs = pipeline.training_batches(pictures, pictures / np.float32(255), batch_size=BATCH, seed=1)
    settings = {"steps": STEPS, "checks": STEPS, "peak_rate": 1e-2, "loss": "mse"}
    history = training.train_steps(small, pairs, **settings, session=session, name="steps", lines=1)
    found["train_steps"] = [history.logs["loss"], history.logs["loss"]]
    np.savez(place, **found)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
