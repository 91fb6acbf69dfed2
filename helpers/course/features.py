"""Makes the weights of `helpers.features`: `python -m helpers.course.features` (ten minutes on two cores).

One network learns six questions at once: kind, main colour, second colour, pattern and material of rendered products,
and the class of real garment photos. A picture for which a question has no answer carries -1 there, which the loss
leaves out. Then every batch normalisation is folded into its convolution, channels are scaled to a mean of 1, and the
plain network is written to `data/features.weights.h5`, with `data/features.json` beside it.
"""

import hashlib
import json
import time
from pathlib import Path

import keras
import numpy as np
from keras import layers

import helpers
from helpers import features, pipeline, training
from helpers.datasets import catalogue, photos

ROOT = Path(__file__).resolve().parents[2]
RECIPE = {
    "version": 1,
    "side": 64,
    "renders": 12_000,
    "held_out_renders": 1_200,
    "photo_repeats": 3,
    "batch_size": 32,
    "epochs": 10,
    "steps_per_epoch": 600,
    "peak_rate": 1e-2,
    "weight_decay": 0.05,
    "average_momentum": 0.998,
    "label_smoothing": 0.05,
    "seed": 1,
    "names": features.NAMES,
    "widths": features.WIDTHS,
    "convolutions": features.CONVOLUTIONS,
}
QUESTIONS = {
    "kind": len(catalogue.KINDS),
    "colour": len(catalogue.COLOUR_NAMES),
    "second_colour": len(catalogue.COLOUR_NAMES),
    "pattern": len(catalogue.PATTERNS),
    "material": len(catalogue.MATERIALS),
    "garment": 10,
}


def recipe_digest() -> str:
    """Of everything that decides the weights but the code of the packages."""
    return hashlib.sha256(json.dumps(RECIPE, sort_keys=True).encode()).hexdigest()[:16]


def renders(count: int, first_sku: int, seed: int):
    """Pictures and answers (n, questions), half of them before a studio's cove and half before textures."""
    halves = [
        catalogue.singles(count // 2, RECIPE["side"], seed=seed, first_sku=first_sku, backdrop=backdrop)
        for backdrop in ("studio", "texture")
    ]
    answers = [
        np.stack([getattr(half, name) for name in list(QUESTIONS)[:-1]] + [np.full(len(half), -1)], axis=1)
        for half in halves
    ]
    return np.concatenate([half.images for half in halves]), np.concatenate(answers)


def garments(split):
    """Photos and their answers: -1 but for the class."""
    answers = np.full((len(split.labels), len(QUESTIONS)), -1, np.int64)
    answers[:, -1] = split.labels
    return split.images, answers


def block(filters: int, name: str):
    """Convolution, batch normalisation, ReLU, to be folded into `features.plain_convolution`."""
    return keras.Sequential(
        [
            layers.Conv2D(filters, 3, padding="same", use_bias=False, kernel_initializer="he_normal"),
            layers.BatchNormalization(momentum=0.95),
            layers.ReLU(),
        ],
        name=name,
    )


def seen_otherwise(pictures, answers, seed):
    """Flips, affine moves and mild colour changes; a red thing must stay red."""
    pictures = pipeline.random_flip(pictures, seed)
    pictures = pipeline.random_affine(pictures, seed + 1, zoom=0.2, shift=0.1, rotation=12.0)
    return pipeline.random_colour(pictures, seed + 2, brightness=0.1, contrast=0.15, saturation=0.15), answers


class Answers(keras.losses.Loss):
    """Cross-entropy of each question, averaged over the pictures that have an answer to it, summed."""

    def call(self, y_true, y_pred):
        """(n, questions) and the logits of all questions side by side."""
        total, start = 0.0, 0
        for place, count in enumerate(QUESTIONS.values()):
            truth, logits = y_true[:, place], y_pred[:, start : start + count]
            known = keras.ops.cast(truth >= 0, "float32")
            hot = keras.ops.one_hot(keras.ops.maximum(truth, 0), count)
            hot = hot * (1 - RECIPE["label_smoothing"]) + RECIPE["label_smoothing"] / count
            each = keras.ops.categorical_crossentropy(hot, logits, from_logits=True)
            total = total + keras.ops.sum(each * known) / (keras.ops.sum(known) + 1e-6)
            start += count
        return total


def shares_right(model, pictures, answers) -> dict[str, float]:
    """The share of right answers to every question, over the pictures that have one."""
    logits = model.predict(pipeline.evaluation_batches(pictures), verbose=0)
    found, start = {}, 0
    for place, (name, count) in enumerate(QUESTIONS.items()):
        known = answers[:, place] >= 0
        if known.any():
            right = logits[known, start : start + count].argmax(axis=1) == answers[known, place]
            found[name] = round(float(right.mean()), 4)
        start += count
    return found


def folded(trained) -> keras.Model:
    """The same function as plain convolutions: y = ReLU(gamma (Wx - mean) / sqrt(variance + epsilon) + beta)."""
    plain = features.architecture(features.plain_convolution)
    for layer in plain.layers:
        if isinstance(layer, layers.Conv2D):
            convolution, normalisation, _ = trained.get_layer(layer.name).layers
            gain = normalisation.gamma / keras.ops.sqrt(normalisation.moving_variance + normalisation.epsilon)
            layer.set_weights([convolution.kernel * gain, normalisation.beta - normalisation.moving_mean * gain])
    return plain


def scaled_to_mean_one(plain, pictures) -> None:
    """Divide every channel by its mean over `pictures`, and multiply what the next layer takes from it accordingly.

    ReLU and average pooling pass a positive factor on unchanged, so only the sizes of the maps change.
    """
    convolutions = [layer for layer in plain.layers if isinstance(layer, layers.Conv2D)]
    probe = keras.Model(plain.input, [layer.output for layer in convolutions])
    sums = [np.zeros(layer.filters) for layer in convolutions]
    for start in range(0, len(pictures), 100):
        for total, maps in zip(sums, probe(pictures[start : start + 100].astype(np.float32) / 255), strict=True):
            total += np.asarray(maps).mean(axis=(1, 2)).sum(axis=0)
    before = np.ones(3)
    for layer, total in zip(convolutions, sums, strict=True):
        mean = total / len(pictures)
        mean = np.where(mean > 1e-6 * mean.max(), mean, 1.0)  # a dead channel stays as it is
        kernel, bias = layer.get_weights()
        layer.set_weights([kernel * before[:, None] / mean, bias / mean])
        before = mean


def main() -> None:
    """Train, fold, scale, judge on held-out pictures, write."""
    session = helpers.start("features")
    began = time.monotonic()
    archive = photos(RECIPE["side"])
    pictures, answers = renders(RECIPE["renders"], 0, RECIPE["seed"])
    held = {"renders": renders(RECIPE["held_out_renders"], 200_000, 2), "photos": garments(archive.test)}
    checked = [renders(600, 400_000, 3), garments(archive.validation)]
    seen, known = garments(archive.train)
    pictures = np.concatenate([pictures, *[seen] * RECIPE["photo_repeats"]])
    answers = np.concatenate([answers, *[known] * RECIPE["photo_repeats"]])

    keras.utils.set_random_seed(RECIPE["seed"])
    trunk = features.architecture(block)
    described = layers.GlobalAveragePooling2D()(trunk.output["whole"])
    logits = layers.Dense(sum(QUESTIONS.values()), dtype="float32")(layers.Dropout(0.1)(described))
    model = keras.Model(trunk.input, logits)
    steps = RECIPE["epochs"] * RECIPE["steps_per_epoch"]
    optimizer = keras.optimizers.AdamW(
        training.cosine_schedule(RECIPE["peak_rate"], steps),
        weight_decay=RECIPE["weight_decay"],
        use_ema=True,
        ema_momentum=RECIPE["average_momentum"],
    )
    model.compile(optimizer, Answers())
    batches = pipeline.training_batches(
        pictures, answers, batch_size=RECIPE["batch_size"], augment=seen_otherwise, seed=RECIPE["seed"]
    )
    validation = pipeline.evaluation_batches(*[np.concatenate(parts) for parts in zip(*checked, strict=True)])
    training.train(
        *(model, batches),
        epochs=RECIPE["epochs"],
        steps_per_epoch=RECIPE["steps_per_epoch"],
        validation=validation,
        monitor="loss",
        mode="min",
        session=session,
        name="features",
        lines=RECIPE["epochs"],
    )
    accuracy = {name: shares_right(model, *part) for name, part in held.items()}
    plain = folded(trunk)
    chosen = np.random.default_rng(0).permutation(len(pictures))[:2000]
    scaled_to_mean_one(plain, pictures[chosen])
    file = ROOT / "data" / "features.weights.h5"
    plain.save_weights(file)
    about = {"recipe": RECIPE, "recipe_digest": recipe_digest(), "accuracy": accuracy}
    about |= {"sha256": hashlib.sha256(file.read_bytes()).hexdigest(), "weights": plain.count_params()}
    (ROOT / "data" / "features.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(accuracy, indent=1), f"{(time.monotonic() - began) / 60:.0f} minutes", file.stat().st_size)


if __name__ == "__main__":
    main()
