"""Losses that Keras does not have. All take (y_true, y_pred), in that order, and compute in float32."""

import math

import keras


@keras.saving.register_keras_serializable(package="helpers")
class Charbonnier(keras.losses.Loss):
    """sqrt((y_true - y_pred)^2 + epsilon^2) - epsilon: L1 that is smooth at 0 (Charbonnier et al., ICIP 1994).

    Zero for a perfect prediction, so the value can be read. `epsilon` is in units of the pictures, [0, 1].
    """

    def __init__(self, epsilon: float = 1e-3, name: str = "charbonnier", **options):
        super().__init__(name=name, **options)
        self.epsilon = epsilon

    def call(self, y_true, y_pred):
        """The loss at every pixel and channel; Keras averages it."""
        difference = keras.ops.cast(y_true, "float32") - keras.ops.cast(y_pred, "float32")
        return keras.ops.sqrt(keras.ops.square(difference) + self.epsilon**2) - self.epsilon

    def get_config(self):
        """Settings, for saving."""
        return {**super().get_config(), "epsilon": self.epsilon}


def gaussian_kl(mean, log_variance):
    """KL divergence from N(mean, exp(log_variance)), coordinates independent, to the prior N(0, I), in nats.

    Both (n, latents); returns (n,), one value a picture: the sum over the latents, never their mean. At least 0, and 0
    only where every mean is 0 and every variance 1 (Kingma and Welling, ICLR 2014, appendix B).
    """
    mean, log_variance = keras.ops.cast(mean, "float32"), keras.ops.cast(log_variance, "float32")
    return 0.5 * keras.ops.sum(keras.ops.square(mean) + keras.ops.expm1(log_variance) - log_variance, axis=-1)


@keras.saving.register_keras_serializable(package="helpers")
class GaussianLikelihood(keras.losses.Loss):
    """-log p(y_true) under a Gaussian around y_pred with one fixed `deviation`, in nats: the first part of -ELBO.

    Summed over everything but the batch, never averaged, with its constant, so that subtracting `gaussian_kl` from its
    negative gives a lower bound on log p (Kingma and Welling, ICLR 2014, section 2.3). `call` returns (n,), one value a
    picture; Keras averages it over the batch. `deviation` is in units of the pictures.
    """

    def __init__(self, deviation: float = 0.1, name: str = "gaussian_likelihood", **options):
        super().__init__(name=name, **options)
        if deviation <= 0:
            raise ValueError(f"deviation must be above 0, got {deviation}")
        self.deviation = deviation

    def call(self, y_true, y_pred):
        """Nats per picture."""
        difference = keras.ops.cast(y_true, "float32") - keras.ops.cast(y_pred, "float32")
        squares = keras.ops.sum(keras.ops.square(difference), axis=tuple(range(1, len(difference.shape))))
        count = math.prod(difference.shape[1:])
        return squares / (2 * self.deviation**2) + count * math.log(self.deviation * math.sqrt(2 * math.pi))

    def get_config(self):
        """Settings, for saving."""
        return {**super().get_config(), "deviation": self.deviation}


@keras.saving.register_keras_serializable(package="helpers")
class SupervisedContrastive(keras.losses.Loss):
    """Pictures of one product closer than all others in the batch (Khosla et al., NeurIPS 2020, equation 2, L_out).

    `y_true` (n,) whole numbers, equal for pictures of one product; `y_pred` (n, dims), vectors of length 1. With
    s = y_pred y_pred^T / temperature, picture i's loss is the mean over the other pictures p of its product of
    -log(exp(s_ip) / sum over all a except i of exp(s_ia)); 0 where it has no other picture in the batch. `call`
    returns (n,), one value a picture; Keras averages it. With k positives a picture the least value is about log k.
    Raises `ValueError` for a temperature that is not above 0.
    """

    def __init__(self, temperature: float = 0.1, name: str = "supervised_contrastive", **options):
        super().__init__(name=name, **options)
        if temperature <= 0:
            raise ValueError(f"temperature must be above 0, got {temperature}")
        self.temperature = temperature

    def call(self, y_true, y_pred):
        """The loss of every picture as anchor."""
        vectors = keras.ops.cast(y_pred, "float32")
        names = keras.ops.reshape(y_true, (-1,))
        others = 1.0 - keras.ops.eye(keras.ops.shape(vectors)[0], dtype="float32")
        positive = others * keras.ops.cast(names[:, None] == names[None, :], "float32")
        similarity = keras.ops.matmul(vectors, keras.ops.transpose(vectors)) / self.temperature
        rivals = keras.ops.logsumexp(similarity - 1e9 * (1.0 - others), axis=1, keepdims=True)
        count = keras.ops.sum(positive, axis=1)
        return keras.ops.sum(positive * (rivals - similarity), axis=1) / keras.ops.maximum(count, 1.0)

    def get_config(self):
        """Settings, for saving."""
        return {**super().get_config(), "temperature": self.temperature}


@keras.saving.register_keras_serializable(package="helpers")
class WeightedBinaryCrossentropy(keras.losses.Loss):
    """Binary cross-entropy from logits where a present label of column i counts `weights[i]` times, an absent one once.

    y_true (n, labels) in [0, 1], y_pred (n, labels) logits; `call` returns (n,), the mean over the labels. If a label
    is present with probability q, the best logit is logit(q) + ln(weight): subtract ln(weight) to have probabilities.
    What `tf.nn.weighted_cross_entropy_with_logits` computes, in float32, as a loss that is saved with its weights.
    Raises `ValueError` for weights that are not one row of finite numbers above 0.
    """

    def __init__(self, weights, name: str = "weighted_binary_crossentropy", **options):
        super().__init__(name=name, **options)
        self.weights = [float(weight) for weight in weights]
        if not self.weights or not all(0 < weight < math.inf for weight in self.weights):
            raise ValueError(f"weights must be one row of finite numbers above 0, got {self.weights}")

    def call(self, y_true, y_pred):
        """The loss of each picture."""
        y_true, logits = keras.ops.cast(y_true, "float32"), keras.ops.cast(y_pred, "float32")
        weights = keras.ops.convert_to_tensor(self.weights, "float32")
        present, absent = keras.ops.softplus(-logits), keras.ops.softplus(logits)
        return keras.ops.mean(weights * y_true * present + (1 - y_true) * absent, axis=-1)

    def get_config(self):
        """Settings, for saving."""
        return {**super().get_config(), "weights": self.weights}


def nearest_is_same(y_true, y_pred):
    """1 for each picture whose nearest other one in the batch shows the same product, else 0: Recall@1 as a metric.

    `y_true` (n,) whole numbers, equal for pictures of one product; `y_pred` (n, dims), vectors of any length, which
    are compared by cosine. Returns (n,) float32; a picture without a second one of its product counts 0. It is the
    Recall@1 of a whole set only where one batch holds the set.
    """
    vectors, names = keras.ops.normalize(keras.ops.cast(y_pred, "float32"), axis=-1), keras.ops.reshape(y_true, (-1,))
    similarity = keras.ops.matmul(vectors, keras.ops.transpose(vectors))
    nearest = keras.ops.argmax(similarity - 9.0 * keras.ops.eye(keras.ops.shape(vectors)[0], dtype="float32"), axis=1)
    return keras.ops.cast(keras.ops.take(names, nearest) == names, "float32")
