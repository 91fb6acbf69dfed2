"""README's loop for several workers, as worker so and so: `python training_on_workers.py 0 23451,23452 losses.npy`.

A process of its own for `test_several_devices.py`; with one port it trains alone, by the default strategy.
"""

import json
import os
import re
import sys

import numpy as np


def main(index: int, ports: list[str], place: str) -> None:
    several = len(ports) > 1
    if several:
        workers = [f"localhost:{port}" for port in ports]
        os.environ["TF_CONFIG"] = json.dumps(
            {"cluster": {"worker": workers}, "task": {"type": "worker", "index": index}}
        )
    import keras
    import tensorflow as tf

    from helpers.course import ROOT

    (text,) = re.findall(r"```python\n(strategy = .+?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    made, loop = text.split("\n", maxsplit=1)
    names = {"tf": tf, "keras": keras, "strategy": tf.distribute.get_strategy()}
    if several:
        exec(made, names)
    assert names["strategy"].num_replicas_in_sync == len(ports)

    from helpers.layers import ConvBlock, ResidualBlock  # after the strategy, which has to be first

    def make_model():
        blocks = [ConvBlock(8), ResidualBlock(16, 2), keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(3)]
        return keras.Sequential([keras.Input((16, 16, 3)), *blocks])

    keras.utils.set_random_seed(1)
    draw = np.random.default_rng(0)
    labels = draw.integers(0, 3, 64)
    pictures = (0.3 * draw.random((64, 16, 16, 3)) + 0.2 * labels[:, None, None, None]).astype(np.float32)
    names |= {"make_model": make_model, "batch_size": 16, "steps": 12}
    names["batches"] = tf.data.Dataset.from_tensor_slices((pictures, labels)).repeat().batch(16)
    exec(loop, names)
    np.save(place, names["losses"])


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2].split(","), sys.argv[3])
