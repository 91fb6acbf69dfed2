"""What `make bench` adds to a notebook's kernel: clocks around the data and around every training step's input.

No notebook and nothing else of `helpers` knows of it: clocks are put around `helpers.datasets.cache.arrays`, from which
photos and renders come, around the readers of Fashion-MNIST and the style pictures, and around
`helpers.pipeline.Batches.dataset`, from which trainings are fed.
"""

import functools
import itertools
import json
import statistics
import sys
import time
from pathlib import Path

from helpers.datasets import cache
from helpers.session import peak_memory_mb


class Input:
    """When the batches of one training were asked for and given: pairs of seconds."""

    def __init__(self):
        self.times: list[tuple[float, float]] = []

    def timed(self, dataset):
        """The same `tf.data` dataset, whose every element is noted when it is handed on."""
        import tensorflow as tf

        def note(asked, given):
            self.times.append((float(asked), float(given)))
            return 0

        def hand_on(asked, batch, given):
            with tf.control_dependencies([tf.numpy_function(note, [asked, given], tf.int64)]):
                return tf.nest.map_structure(tf.identity, batch)

        # The parts of a zip are asked in their order, in the thread that asks: one look at the clock before the batch,
        # one after it. A prefetch that tf.data appended by itself would ask from a thread of its own.
        clock = tf.data.Dataset.counter().map(lambda _: tf.timestamp())
        whole = tf.data.Dataset.zip(clock, dataset, clock).map(hand_on)
        options = tf.data.Options()
        options.experimental_optimization.inject_prefetch = False
        return whole.with_options(options)

    def waited(self) -> float:
        """Seconds between asking and getting, in all."""
        return sum(given - asked for asked, given in self.times)

    def step(self) -> float:
        """Seconds from one batch to the next; the median, which knows nothing of compiling, validating and saving."""
        given = [pair[1] for pair in self.times]
        return statistics.median(b - a for a, b in itertools.pairwise(given))


class Probe:
    """The clocks of one kernel."""

    def __init__(self):
        self.began, self.setup_seconds, self.data_seconds = time.perf_counter(), 0.0, 0.0
        self.inputs: list[Input] = []
        cache.arrays = self._data_timed(cache.arrays)

    def _data_timed(self, arrays):
        @functools.wraps(arrays)
        def timed(*arguments, **options):
            began = time.perf_counter()
            try:
                return arrays(*arguments, **options)
            finally:
                self.data_seconds += time.perf_counter() - began

        return timed

    def setup_ends(self) -> None:
        """The imports are done: note their time and put clocks around what they brought."""
        self.setup_seconds = time.perf_counter() - self.began
        for module, name in (("fashion", "_read"), ("styles", "style")):
            if loaded := sys.modules.get(f"helpers.datasets.{module}"):
                setattr(loaded, name, self._data_timed(getattr(loaded, name)))
        from helpers import pipeline

        untimed = pipeline.Batches.dataset

        @functools.wraps(untimed)
        def dataset(batches, first_step=0):
            self.inputs.append(Input())
            return self.inputs[-1].timed(untimed(batches, first_step))

        pipeline.Batches.dataset = dataset

    def save(self, place: str) -> None:
        """Write all figures as JSON."""
        trainings = [each for each in self.inputs if len(each.times) > 1]
        steps = sum(len(each.times) for each in trainings)
        in_steps = sum(len(each.times) * each.step() for each in trainings)
        figures = {
            "import_seconds": self.setup_seconds,
            "data_seconds": self.data_seconds,
            "steps": steps,
            "steps_per_second": steps / in_steps if in_steps else None,
            "input_seconds": sum(each.waited() for each in trainings),
            "peak_memory_mb": peak_memory_mb(),
            "seconds": time.perf_counter() - self.began,
        }
        Path(place).write_text(json.dumps(figures), encoding="utf-8")
