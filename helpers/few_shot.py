"""Few-shot recognition: episodes, what answers them, intervals, and ImageNet weights where they can be had.

To answer an episode is a function `answer(rows, labels, queries)`: it may look at the photos `rows`, whose classes are
`labels`, and names the class of each photo in `queries`. Photos come with their mirror images, as a pair of arrays
`both` of equal rows; heads learn from both, and an answer is the sum over both.
"""

import contextlib
import io
import os
import threading
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from sklearn.linear_model import LogisticRegression

from helpers import pipeline, show, training

_ADDRESS = "https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2/"
_WEIGHTS = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_{}_no_top.h5"
_SIDES = (96, 128, 160, 192, 224)  # the sides for which Keras has weights


@dataclass(frozen=True)
class Episode:
    """One small task: photos to learn from and photos to recognise, as rows of the arrays they were drawn from.

    Attributes
    ----------
    classes: (ways,) the labels of this episode's classes; within the episode they are called 0 to ways - 1.
    support: (ways, shots) rows to learn from, a line a class.
    queries: (ways, queries) rows to recognise, a line a class; no row is in both.
    """

    classes: np.ndarray
    support: np.ndarray
    queries: np.ndarray

    def shown(self, shots: int) -> tuple[np.ndarray, np.ndarray]:
        """The first `shots` photos of every class as (rows, labels), class after class.

        So one shot is among the five, and the five are among the twenty. Raises `ValueError` where there are fewer.
        """
        if not 1 <= shots <= self.support.shape[1]:
            raise ValueError(f"shots must be from 1 to {self.support.shape[1]}, got {shots}")
        return self.support[:, :shots].ravel(), np.repeat(np.arange(len(self.classes)), shots)

    def asked(self) -> tuple[np.ndarray, np.ndarray]:
        """The photos to recognise as (rows, labels), class after class."""
        return self.queries.ravel(), np.repeat(np.arange(len(self.classes)), self.queries.shape[1])


def episodes(labels, *, shots: int, queries: int, count: int, seed: int, ways: int | None = None) -> list[Episode]:
    """Draw `count` tasks from labelled photos; a photo is in a task at most once, tasks may share photos.

    Parameters
    ----------
    labels: (n,) integers, the class of every row.
    shots, queries: photos of each class to learn from and to recognise.
    count: how many tasks; task k is the same whatever `count` is.
    seed: with k it fixes the draw.
    ways: classes of a task, drawn at random and put in ascending order; without it all there are.

    The protocol of Vinyals et al., Matching Networks, NIPS 2016. Raises `ValueError` where a class has fewer photos
    than shots and queries together, or there are fewer than `ways` classes.
    """
    labels = np.asarray(labels)
    known, sizes = np.unique(labels, return_counts=True)
    ways = len(known) if ways is None else ways
    if not 1 <= ways <= len(known):
        raise ValueError(f"ways must be from 1 to the number of classes, {len(known)}; got {ways}")
    if min(shots, queries) < 1 or sizes.min() < shots + queries:
        raise ValueError(
            f"{shots} shots and {queries} queries, at least 1 each, need as many photos of every class together; "
            f"class {known[sizes.argmin()]} has {sizes.min()}"
        )
    rows_of = {label: np.flatnonzero(labels == label) for label in known}
    drawn = []
    for k in range(count):
        draw = np.random.default_rng([seed, k])
        classes = np.sort(draw.choice(known, ways, replace=False))
        rows = np.stack([draw.choice(rows_of[label], shots + queries, replace=False) for label in classes])
        drawn.append(Episode(classes, rows[:, :shots], rows[:, shots:]))
    return drawn


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Mean of the values of independent episodes and half the width of its 95 % interval, 1.96 s / sqrt(n).

    Raises `ValueError` for fewer than two values, which say nothing about their spread.
    """
    values = np.asarray(values, float).ravel()
    if len(values) < 2:
        raise ValueError(f"an interval needs at least two values, got {len(values)}")
    return float(values.mean()), float(1.96 * values.std(ddof=1) / np.sqrt(len(values)))


def pretrain(
    model, pictures, labels, validation, *, steps: int, checks: int, average_momentum: float, seed: int, **options
) -> training.History:
    """Train a classifier on its base classes, by the recipe of notebook 07 with stronger changes of colour.

    AdamW with a cosine schedule and averaged weights, batches of 32, flips, small moves, and a grey photo now and
    then, so that shapes count more than colours. The weights that are best on validation are kept.

    Parameters
    ----------
    model: uncompiled, (n, height, width, 3) in [0, 1] to probabilities.
    pictures, labels: (n, height, width, 3) uint8 and (n,) integers from 0.
    validation: a pair of the same kind.
    steps, checks: training steps in all, and how often to validate, evenly spread.
    average_momentum: of the averaged weights, which are what is validated and kept.
    seed: of order and augmentation.
    options: all else that `helpers.training.train` takes: session, name, lines.
    """
    one_hot, each = np.eye(model.output_shape[-1], dtype=np.float32), max(1, steps // checks)
    batches = pipeline.training_batches(pictures, one_hot[labels], batch_size=32, augment=_seen_otherwise, seed=seed)
    rate = training.cosine_schedule(1e-2, each * checks, warmup=0.15)
    optimizer = keras.optimizers.AdamW(rate, weight_decay=0.05, use_ema=True, ema_momentum=average_momentum)
    fused = "auto" if steps > 200 else False  # XLA takes longer to compile than a short training takes
    model.compile(optimizer, "categorical_crossentropy", metrics=["accuracy"], jit_compile=fused)
    held = pipeline.evaluation_batches(validation[0], one_hot[validation[1]])
    options |= {"validation": held, "monitor": "accuracy"}
    return training.train(model, batches, epochs=checks, steps_per_epoch=each, **options)


def _seen_otherwise(pictures, targets, seed):
    """A new version of every photo of a batch: mirrored, moved, in other colours, some of them grey."""
    pictures = pipeline.random_affine(pipeline.random_flip(pictures, seed), seed + 1, zoom=0.15, shift=0.08)
    pictures = pipeline.random_colour(pictures, seed + 2, brightness=0.25, contrast=0.4, saturation=0.6)
    grey = tf.random.stateless_uniform([tf.shape(pictures)[0], 1, 1, 1], seed + 3) < 0.3
    return tf.where(grey, tf.reduce_mean(pictures, axis=-1, keepdims=True), pictures), targets


def whitening(descriptors, labels, share: float) -> list[np.ndarray]:
    """Weights of a dense layer after which the classes vary equally in all directions: (n, n) and (n,), float32.

    The covariance of `descriptors` (photos, n) around their class means is shrunk by `share` (0 to 1) towards a
    multiple of the identity, and its inverse square root taken; the mean of all goes to 0. `labels` count from 0.
    Hariharan, Malik and Ramanan, Discriminative Decorrelation for Clustering and Classification, ECCV 2012.
    """
    means = np.stack([descriptors[labels == label].mean(axis=0) for label in range(labels.max() + 1)])
    covariance = np.cov((descriptors - means[labels]).T, bias=True)
    even = np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    lengths, directions = np.linalg.eigh((1 - share) * covariance + share * even)
    matrix = directions / np.sqrt(lengths) @ directions.T
    return [matrix.astype(np.float32), (-descriptors.mean(axis=0) @ matrix).astype(np.float32)]


def whitened(base, labels, both, share: float) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Descriptors `both` after the layer that `whitening(base, labels, share)` gives, as unit rows; and its weights."""
    matrix, offset = whitening(base, labels, share)
    return [unit(part @ matrix + offset) for part in both], [matrix, offset]


def with_mirrored(pictures) -> list[np.ndarray]:
    """uint8 pictures (n, height, width, 3) as floats in [0, 1], and their mirror images."""
    scaled = pictures.astype(np.float32) / 255
    return [scaled, np.ascontiguousarray(scaled[:, :, ::-1])]


def in_batches(model, inputs, size: int = 64) -> np.ndarray:
    """What a model returns for all inputs, `size` at a time, in inference mode, as float32; uint8 becomes [0, 1]."""
    parts = np.array_split(inputs, -(-len(inputs) // size))
    found = [model(pipeline.to_float(tf.constant(part)), training=False) for part in parts]
    return np.concatenate(found).astype(np.float32)


def values(*parts) -> list[np.ndarray]:
    """The present values of all variables of some layers or models, statistics included."""
    return [np.array(variable.numpy()) for part in parts for variable in part.variables]


def photos_of(split, classes) -> tuple[np.ndarray, np.ndarray]:
    """The photos of some classes in a `helpers.datasets.Split`, and their labels counted from 0 in ascending order."""
    chosen = np.isin(split.labels, classes)
    return split.images[chosen], np.searchsorted(np.sort(classes), split.labels[chosen])


def unit(descriptors) -> np.ndarray:
    """Each row of (n, length) divided by its Euclidean length."""
    return descriptors / np.linalg.norm(descriptors, axis=-1, keepdims=True)


def beside(first, second, weight: float) -> list[np.ndarray]:
    """Two descriptions of the same photos as one: `weight` times those of `first`, then those of `second`."""
    return [np.hstack([weight * one, other]) for one, other in zip(first, second, strict=True)]


def linear_head(both, rows, labels, strength: float) -> list[np.ndarray]:
    """The head of an episode as the weights of a dense layer on unit descriptors: (length, classes) and (classes,).

    Logistic regression, `strength` being scikit-learn's `C`, the inverse of the penalty; for a strength of 0 the means
    of the classes, so that the largest output has the smallest angle (Snell, Swersky and Zemel, Prototypical Networks,
    NIPS 2017, with the cosine). Regression needs three classes or more.
    """
    shown, known = unit(np.concatenate([part[rows] for part in both])), np.tile(labels, len(both))
    if strength == 0:
        means = unit(np.stack([shown[known == label].mean(axis=0) for label in np.unique(labels)]))
        return [means.T, np.zeros(len(means), means.dtype)]
    found = LogisticRegression(C=strength, max_iter=5000).fit(shown, known)
    return [found.coef_.T, found.intercept_]


def head(both, strength: float) -> Callable:
    """Answers with `linear_head`: nearest mean for a strength of 0, else logistic regression."""
    turned = [unit(part) for part in both]

    def answer(rows, labels, queries):
        matrix, offset = linear_head(both, rows, labels, strength)
        return sum(part[queries] @ matrix + offset for part in turned).argmax(axis=1)

    return answer


class Adaptation:
    """Trains parts of a network with Adam on the photos of an episode, answers, and starts afresh for the next.

    Parameters
    ----------
    forward: `forward(inputs, training)` gives the logits, where `training` says whether it learns just now.
    parts: layers and models whose trainable weights learn; all their variables are put back for each episode.
    shape: of one input, without the number of inputs.

    The loop is compiled once, for any number of photos and steps, and for whatever values the parts start from.
    """

    def __init__(self, forward: Callable, parts: Sequence, shape: Sequence[int]):
        self.forward, self.optimizer = forward, keras.optimizers.Adam()
        self.weights = [weights for part in parts for weights in part.trainable_variables]
        self.optimizer.build(self.weights)
        self.variables = [variable for part in parts for variable in part.variables] + self.optimizer.variables
        self.fresh = [np.array(variable.numpy()) for variable in self.variables]
        inputs, labels = tf.TensorSpec([None, *shape]), tf.TensorSpec([None], tf.int64)
        self._learn = tf.function(self._steps, input_signature=[inputs, labels, tf.TensorSpec([None, None], tf.int64)])
        self._logits = tf.function(lambda given: forward(given, False), input_signature=[inputs])

    def _steps(self, shown, labels, batches):
        for rows in batches:
            with tf.GradientTape() as tape:
                logits = self.forward(tf.gather(shown, rows), True)
                losses = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.gather(labels, rows), logits)
                loss = tf.reduce_mean(losses)
            self.optimizer.apply(tape.gradient(loss, self.weights), self.weights)

    def restore(self, start: Sequence[np.ndarray]) -> None:
        """Put all variables back: the first of them to `start` (see `values`), the others to what they were first."""
        for variable, value in zip(self.variables, [*start, *self.fresh[len(start) :]], strict=True):
            variable.assign(value)

    def answers(self, both, start, rate: float, steps: int, head_first: tuple | None = None) -> Callable:
        """Answers after `steps` steps of Adam at `rate` on batches of 8 photos and mirror images, begun at `start`.

        `head_first` is a dense layer, a pair of descriptors and a strength: before the first step the layer is given
        the weights of `linear_head`.
        """

        def answer(rows, labels, queries):
            self.restore(start)
            if head_first:
                layer, descriptors, strength = head_first
                layer.set_weights(linear_head(descriptors, rows, labels, strength))
            self.optimizer.learning_rate = rate
            shown, draw = np.concatenate([part[rows] for part in both]), np.random.default_rng(0)
            batches = np.stack([draw.permutation(len(shown))[:8] for _ in range(steps)])
            self._learn(shown, np.tile(labels, len(both)), batches)
            return sum(self._logits(part[queries]).numpy() for part in both).argmax(axis=1)

        return answer


def predictions(answer: Callable, episodes: Sequence[Episode], shots: int) -> np.ndarray:
    """The classes an answer gives to all queries of the episodes, (episodes, ways * queries)."""
    return np.stack([answer(*episode.shown(shots), episode.asked()[0]) for episode in episodes])


def accuracies(answer: Callable, episodes: Sequence[Episode], shots: int) -> np.ndarray:
    """The share of queries answered right in each episode, (episodes,)."""
    return np.mean(predictions(answer, episodes, shots) == episodes[0].asked()[1], axis=1)


def tuned(name: str, method: Callable, settings: Sequence[float], episodes: Sequence[Episode], shots: Sequence[int]):
    """For each number of shots the setting with the best mean accuracy, and the table (shots, settings) of them.

    `method(setting, shots)` makes the answer. Prints a line for each number of shots.
    """
    table = np.array([[accuracies(method(s, n), episodes, n).mean() for s in settings] for n in shots])
    for n, shares in zip(shots, table, strict=True):
        shown = "  ".join(f"{setting:g}: {share:.3f}" for setting, share in zip(settings, shares, strict=True))
        print(f"{name}, {n:>2}-shot  {shown}")
    return {n: settings[place] for n, place in zip(shots, table.argmax(axis=1), strict=True)}, table


class Results:
    """The accuracies of several methods on the same episodes, for each number of shots.

    Where a method exists in several versions (seeds of a base, say), either each version answers all episodes, or they
    take turns, so that every episode is answered once.
    """

    def __init__(self, episodes: Sequence[Episode], shots: Sequence[int]):
        self.episodes, self.shots, self.table = episodes, tuple(shots), {}

    def judge(
        self, name: str, answers: Sequence[Callable], *, version: int = 0, versions: int = 1, turns: bool = False
    ):
        """Judge one version of a method, an answer for each number of shots; returns (shots, episodes, queries)."""
        every = versions if turns else 1
        places = np.arange(len(self.episodes))[version % every :: every]
        drawn = [self.episodes[place] for place in places]
        found = np.stack([predictions(answer, drawn, n) for answer, n in zip(answers, self.shots, strict=True)])
        cells = self.table.setdefault(name, np.full((versions, len(self.shots), len(self.episodes)), np.nan))
        cells[version][:, places] = np.mean(found == self.episodes[0].asked()[1], axis=-1)
        return found

    def means(self, name: str) -> dict[str, np.ndarray]:
        """The mean accuracy of each version over its episodes, by `"5-shot"` and so on: what `Scoreboard.add` takes."""
        found = np.nanmean(self.table[name], axis=-1)
        return {f"{n}-shot": found[:, place] for place, n in enumerate(self.shots)}

    def per_episode(self, name: str, shots: int) -> np.ndarray:
        """The accuracy in each episode, the mean of the versions that answered it."""
        return np.nanmean(self.table[name][:, self.shots.index(shots)], axis=0)


def print_confusions(episodes: Sequence[Episode], answers, names) -> None:
    """A line for each pair of classes: the share of one's queries that were called the other, largest first.

    `answers`: (episodes, ways * queries) as `predictions` gives them. `names`: of the episodes' classes.
    """
    truth = episodes[0].asked()[1]
    shares = np.stack(
        [np.mean(answers[:, truth == label, None] == np.arange(len(names)), (0, 1)) for label in set(truth)]
    )
    for cell in np.argsort(-(shares - 2 * np.eye(len(names))), axis=None, kind="stable")[
        : len(names) * (len(names) - 1)
    ]:
        true, called = np.unravel_index(cell, shares.shape)
        print(f"{shares[true, called]:.3f} of the {names[true]} queries were called {names[called]}")


def most_missed(episodes: Sequence[Episode], answers, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The `count` rows that are answered wrong in the largest share of the episodes that ask for them.

    `answers`: (episodes, ways * queries) as `predictions` gives them. Returns the rows, how often each was answered
    wrong, and how often it was asked for; rows asked for less than three times count as if it had been three.
    """
    asked = np.stack([episode.asked()[0] for episode in episodes])
    missed = asked[answers != episodes[0].asked()[1]]
    times, wrong = (np.bincount(rows, minlength=asked.max() + 1) for rows in (asked.ravel(), missed))
    worst = np.argsort(-(wrong / np.maximum(times, 3)), kind="stable")[:count]
    return worst, wrong[worst], times[worst]


def show_missed(pictures, names, episodes: Sequence[Episode], answers, count: int = 8) -> None:
    """The photos that `most_missed` finds, each under the name of its class and how often it was missed.

    `pictures` and `names`: of all rows the episodes point into. `answers`: as for `most_missed`.
    """
    rows, wrong, times = most_missed(episodes, answers, count)
    titles = [f"{names[row]}: wrong {w} of {n} times" for row, w, n in zip(rows, wrong, times, strict=True)]
    show.grid(pictures[rows], titles, side=1.4, description=f"The {count} photos most often answered wrong")


def show_results(results: Results, colours: Mapping[str, str], *, description: str) -> None:
    """Accuracy against shots, a line a method with its 95 % band, and the numbers in print.

    `colours`: a colour for each method, in the order of the table.
    """
    fig, axis = show.figure(9.0, 4.4)
    for (name, colour), mark in zip(colours.items(), "osD^vPX*d<>", strict=False):
        found = [interval(results.per_episode(name, n)) for n in results.shots]
        middle, half = np.transpose(found)
        style = {"s": "--", "D": "--", "P": ":"}.get(mark, "-")  # several methods may share a colour
        axis.plot(results.shots, middle, marker=mark, color=colour, ls=style, label=name)
        axis.fill_between(results.shots, middle - half, middle + half, color=colour, alpha=0.12, lw=0)
        shown = zip(results.shots, found, strict=True)
        print(f"{name:<28}" + "   ".join(f"{n}-shot {m:.3f} ± {h:.3f}" for n, (m, h) in shown))
    axis.set(xscale="log", xlabel="photos of each new class (shots)", ylabel="accuracy")
    axis.set_xticks(results.shots, [str(n) for n in results.shots])
    axis.set_xticks([], minor=True)
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=9)
    show.finish(fig, description)


def show_episode(pictures, episode: Episode, names, answers, *, shots: int, queries: int) -> None:
    """One episode, a row a class: the photos shown, then queries with the answer above each, green if right, else red.

    `pictures`: what the episode's rows point into. `names`: of the episode's classes. `answers`: (ways * queries,) as
    `predictions` gives them; the first `queries` of each class are drawn.
    """
    answers = np.reshape(answers, episode.queries.shape)
    drawn, titles, colours = [], [], []
    for place in range(len(names)):
        drawn += [*pictures[episode.support[place, :shots]], *pictures[episode.queries[place, :queries]]]
        given = answers[place, :queries]
        titles += shots * ["shown"] + [names[label] for label in given]
        colours += shots * ["black"] + ["#2e8b57" if label == place else "#c8553d" for label in given]
    description = f"{shots} photos shown and {queries} asked about of each class, with the answers: {', '.join(names)}"
    show.grid(
        drawn, titles, columns=shots + queries, side=1.2, row_names=names, colours=colours, description=description
    )


def imagenet_base(side: int = 96, *, seconds: float = 2.0) -> keras.Model | None:
    """MobileNetV2 with ImageNet weights up to its average pool, or None where these cannot be had at once.

    Pictures (n, height, width, 3) in [0, 1] of any size to descriptors (n, 1280); they are resized to `side` (96, 128,
    160, 192 or 224) and scaled as these weights expect. Nothing is printed; where the weights are not in Keras's cache
    and their server does not answer within `seconds`, None is returned. Raises `ValueError` for another side.

    Sandler et al., MobileNetV2, CVPR 2018; weights by the Keras authors.
    """
    if side not in _SIDES:
        raise ValueError(f"side must be one of {', '.join(map(str, _SIDES))}, got {side!r}")
    file = _WEIGHTS.format(side)
    if not (_keras_folder() / "models" / file).is_file() and not _answers(_ADDRESS + file, seconds):
        return None
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            network = keras.applications.MobileNetV2(
                input_shape=(side, side, 3), include_top=False, weights="imagenet", pooling="avg"
            )
    except Exception:  # a transfer that broke off, a full disk, a damaged file: whatever it is, there are no weights
        return None
    network.trainable = False
    layers = keras.layers.Resizing(side, side), keras.layers.Rescaling(2.0, offset=-1.0), network
    return keras.Sequential([keras.Input((None, None, 3)), *layers])


def _keras_folder() -> Path:
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")


def _answers(address: str, seconds: float) -> bool:
    """Whether the server has the file; asked in a thread, because a silent name server blocks for minutes."""
    found = []

    def ask():
        with contextlib.suppress(Exception):
            question = urllib.request.Request(address, method="HEAD")
            with urllib.request.urlopen(question, timeout=seconds) as answer:
                found.append(answer.status)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(seconds)
    return bool(found)
