"""What adversarial training needs around a notebook's own `train_step`: averages, augmentation, memory, an alarm.

    class Dcgan(adversarial.Game):
        def train_step(self, batch):
            ...                                  # two tapes or one, two optimizers, in full view
            self.average()
            return self.log(critic=critic_loss, generator=generator_loss)

    game = Dcgan(generator=(generator, Adam(2e-4, 0.5)), critic=(critic, Adam(2e-4, 0.5)), seed=1)
    training.train(game, batches, epochs=20, steps_per_epoch=200, watch=..., session=session, name="seed 1")

`training.train` writes everything a game has after each of its "epochs": all networks, all optimizers, averages, random
states, buffers and the film. A killed training goes on where it was.
"""

import inspect

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from helpers import features
from helpers.console import notice


class Game(keras.Model):
    """Networks that learn against each other, each with an optimizer of its own; subclasses write `train_step`.

    Parameters
    ----------
    seed: of `self.seeds`, a `keras.random.SeedGenerator` for all that `train_step` draws; it is saved with the rest.
    averaged: names of the players of which a running average is kept as `self.averaged_NAME`. Karras et al. (ICLR
        2018) draw all their samples from such an average.
    momentum: of the average; smaller in the first steps, so that it is not held back by the initial weights.
    logs: names that `log` takes; without it, the players' names.
    film: shape (frames, pictures, height, width, 3) of `self.film`, uint8, which `Watch` fills, or None.
    players: NAME=(network, optimizer); they are `self.NAME` and `self.NAME_optimizer`.

    All other attributes a subclass sets (numbers, texts, tuples) count as settings: with other values a kept training
    is not resumed. Raises `ValueError` for an unknown name in `averaged`, and for networks in half precision: the
    optimizers of a game do not scale losses (`helpers.start(..., mixed_precision=False)`).
    """

    def __init__(self, *, seed, averaged=("generator",), momentum=0.995, logs=None, film=None, name="game", **players):
        super().__init__(name=name)
        unknown = set(averaged) - set(players)
        if unknown:
            raise ValueError(f"no player {', '.join(sorted(unknown))} to average; there are {', '.join(players)}")
        if any("float16" in layer.dtype_policy.name for network, _ in players.values() for layer in network.layers):
            raise ValueError("a game trains in float32: helpers.start(..., mixed_precision=False)")
        self.seeds = keras.random.SeedGenerator(seed)
        self.momentum, self.averaged_names = momentum, tuple(averaged)
        for player, (network, optimizer) in players.items():
            optimizer.build(network.trainable_variables)
            setattr(self, player, network)
            setattr(self, f"{player}_optimizer", optimizer)
        for player in averaged:
            copy = keras.models.clone_model(players[player][0])
            copy.set_weights(players[player][0].get_weights())
            copy.trainable = False
            setattr(self, f"averaged_{player}", copy)
        self.player_names = tuple(players)
        self.means = [keras.metrics.Mean(name=log) for log in (logs or players)]
        self.film = None
        if film is not None:
            self.film = self.add_weight(shape=film, dtype="uint8", initializer="zeros", trainable=False, name="film")
        self.built = True
        self.compile(optimizer=players[self.player_names[0]][1], loss=None, jit_compile=False)

    @property
    def metrics(self):
        """The running means of what `log` was given; Keras resets them every epoch."""
        return self.means

    @property
    def optimizers(self) -> list:
        """One optimizer a player, in the order of the players: what `training.train` saves beside the weights."""
        return [getattr(self, f"{player}_optimizer") for player in self.player_names]

    def settings(self) -> dict:
        """What decides the course of the training beside weights and data: numbers, texts and `train_step`'s code."""
        plain = {key: value for key, value in vars(self).items() if isinstance(value, (int, float, str, tuple))}
        plain = {key: value for key, value in plain.items() if not key.startswith("_")}
        try:
            plain["train_step"] = inspect.getsource(type(self).train_step)
        except (OSError, TypeError):
            plain["train_step"] = type(self).__qualname__
        return plain

    def average(self) -> None:
        """Move every averaged network a little towards its player: the last thing `train_step` does."""
        for player in self.averaged_names:
            step = ops.cast(getattr(self, f"{player}_optimizer").iterations, "float32")
            momentum = ops.minimum(self.momentum, (1.0 + step) / (10.0 + step))
            network, copy = getattr(self, player), getattr(self, f"averaged_{player}")
            for slow, fast in zip(copy.weights, network.weights, strict=True):
                slow.assign(momentum * slow + (1.0 - momentum) * fast)

    def log(self, **values) -> dict:
        """Add this step's numbers to the epoch's means and return these, as `train_step` should."""
        for mean in self.means:
            mean.update_state(values[mean.name])
        return {mean.name: mean.result() for mean in self.means}


def diff_augment(pictures, seeds, *, colour: float = 1.0, translation: float = 0.125, cutout: float = 0.5):
    """Change pictures at random before the critic sees them, real and fake alike, and let gradients through.

    Brightness, saturation and contrast, a shift, and a grey square: DiffAugment (Zhao et al., NeurIPS 2020, appendix
    A). Without it a critic of few pictures learns them by heart.

    Parameters
    ----------
    pictures: (n, height, width, channels) floats about [0, 1]; the result may leave that range a little.
    seeds: a `keras.random.SeedGenerator`; every call draws anew.
    colour: strength of the changes of colour, 0 for none, 1 for the paper's.
    translation: largest shift as a share of the side; what comes in is grey.
    cutout: side of the grey square as a share of the picture's, 0 for none.
    """
    n, height, width = tf.unstack(tf.shape(pictures)[:3])
    draws = keras.random.uniform((7, n, 1, 1, 1), seed=seeds)
    if colour:
        pictures = pictures + colour * 0.5 * (draws[0] - 0.5)
        grey = tf.reduce_mean(pictures, axis=-1, keepdims=True)
        pictures = grey + (pictures - grey) * (1.0 + colour * (2.0 * draws[1] - 1.0))
        mean = tf.reduce_mean(pictures, axis=(1, 2, 3), keepdims=True)
        pictures = mean + (pictures - mean) * (1.0 + colour * (draws[2] - 0.5))
    h, w = tf.cast(height, tf.float32), tf.cast(width, tf.float32)
    if translation:
        down, right = (
            tf.round((2.0 * draws[k, :, 0, 0, 0] - 1.0) * translation * side) for k, side in ((3, h), (4, w))
        )
        ones, zeros = tf.ones_like(down), tf.zeros_like(down)
        pictures = 0.5 + tf.raw_ops.ImageProjectiveTransformV3(
            images=pictures - 0.5,
            transforms=tf.stack([ones, zeros, right, zeros, ones, down, zeros, zeros], axis=1),
            output_shape=[height, width],
            fill_value=0.0,
            interpolation="NEAREST",
            fill_mode="CONSTANT",
        )
    if cutout:
        rows, columns = tf.range(h)[None, :, None, None], tf.range(w)[None, None, :, None]
        inside = (tf.abs(rows - draws[5] * h) < cutout * h / 2) & (tf.abs(columns - draws[6] * w) < cutout * w / 2)
        pictures = tf.where(inside, 0.5, pictures)
    return pictures


class ReplayBuffer(keras.layers.Layer):
    """Hands the critic a mixture of new and earlier fakes (Shrivastava et al., CVPR 2017, section 2.3).

    Until `size` pictures are stored, new ones are stored and handed on. Then each picture of a batch is, with
    probability 1/2, exchanged for a stored one. `shape` is one picture's. Batches must not be larger than `size`.
    """

    def __init__(self, size: int, shape: tuple[int, int, int], *, seed: int = 0, **options):
        super().__init__(trainable=False, **options)
        self.size, self.seeds = size, keras.random.SeedGenerator(seed)
        self.stored = self.add_weight(shape=(size, *shape), initializer="zeros", trainable=False, name="stored")
        self.count = self.add_weight(shape=(), dtype="int32", initializer="zeros", trainable=False, name="count")
        self.built = True

    def call(self, pictures):
        """(n, height, width, channels) to the same; no gradient comes back through it."""
        pictures = tf.stop_gradient(pictures)
        n, count = tf.shape(pictures)[0], tf.convert_to_tensor(self.count)
        filling = count + tf.range(n) < self.size
        anywhere = tf.argsort(keras.random.uniform((self.size,), seed=self.seeds))[:n]
        slots = tf.where(filling, count + tf.range(n), anywhere)
        exchanged = ~filling & (keras.random.uniform((n,), seed=self.seeds) < 0.5)
        stored = tf.convert_to_tensor(self.stored)
        mixture = tf.where(exchanged[:, None, None, None], tf.gather(stored, slots), pictures)
        written = tf.where(filling | exchanged)[:, 0]
        self.stored.assign(
            tf.tensor_scatter_nd_update(stored, tf.gather(slots, written)[:, None], tf.gather(pictures, written))
        )
        self.count.assign(tf.minimum(count + n, self.size))
        return mixture


def diversity(embeddings) -> float:
    """The mean squared distance of embeddings (n, d) from their own mean: 0 where all pictures are one."""
    embeddings = np.asarray(embeddings, np.float64)
    return float(np.sum((embeddings - embeddings.mean(axis=0)) ** 2, axis=1).mean())


class Watch:
    """Looks at samples after every "epoch" of a training: Fréchet distance, diversity, a frame of the film.

    Parameters
    ----------
    game: whose `film`, if it has one, gets the first pictures of every look.
    sample: `sample() -> (n, height, width, 3)` floats in [0, 1], the same noise or inputs every time.
    real: as many real pictures, uint8 or floats, for comparison: validation, never test.
    alarm: share of the real pictures' diversity under which one line warns of collapse.
    """

    def __init__(self, game, sample, real, *, alarm: float = 0.25):
        self.game, self.sample, self.alarm, self.warned = game, sample, alarm, False
        self.real = features.embedding(real)

    def __call__(self, look: int) -> dict[str, float]:
        """The numbers of look number `look`, from 0."""
        pictures = np.clip(np.asarray(self.sample()), 0.0, 1.0)
        found = features.embedding(pictures)
        share = diversity(found) / diversity(self.real)
        if share < self.alarm and not self.warned:
            self.warned = True
            notice(f"samples have {share:.0%} of the real pictures' diversity: the generator may be collapsing")
        if self.game.film is not None:
            frames = np.asarray(self.game.film)
            frames[look] = np.rint(255 * pictures[: frames.shape[1]])
            self.game.film.assign(frames)
        return {"frechet": features.frechet_distance(found, self.real), "diversity": share}
