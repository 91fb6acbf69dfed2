"""Games: both optimizers survive an interruption, averages, DiffAugment, the replay buffer and the alarm."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers import adversarial, pipeline, training

SIDE, LATENT = 16, 4


class Toy(adversarial.Game):
    """The smallest game with everything in it: draws, batch normalisation, a buffer, two optimizers."""

    def train_step(self, batch):
        real, _ = batch
        noise = keras.random.normal((tf.shape(real)[0], LATENT), seed=self.seeds)
        with tf.GradientTape(persistent=True) as tape:
            fake = self.generator(noise, training=True)
            seen = adversarial.diff_augment(self.buffer(fake), self.seeds)
            on_real = self.critic(adversarial.diff_augment(real, self.seeds), training=True)
            on_old, on_fake = self.critic(seen, training=True), self.critic(fake, training=True)
            critic_loss = tf.reduce_mean(tf.nn.softplus(-on_real) + tf.nn.softplus(on_old))
            generator_loss = tf.reduce_mean(tf.nn.softplus(-on_fake))
        for player, loss in (("critic", critic_loss), ("generator", generator_loss)):
            weights = getattr(self, player).trainable_variables
            getattr(self, f"{player}_optimizer").apply(tape.gradient(loss, weights), weights)
        self.average()
        return self.log(critic=critic_loss, generator=generator_loss)


def toy(seed=0, **options):
    keras.utils.set_random_seed(seed)
    generator = keras.Sequential(
        [
            keras.Input((LATENT,)),
            keras.layers.Dense(8 * 8 * 4),
            keras.layers.BatchNormalization(),
            keras.layers.Reshape((8, 8, 4)),
            keras.layers.Conv2DTranspose(3, 4, 2, padding="same", activation="sigmoid"),
        ]
    )
    critic = keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 3)),
            keras.layers.Conv2D(4, 4, 2),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(1),
        ]
    )
    networks = {"generator": generator, "critic": critic}
    players = {name: (network, keras.optimizers.Adam(1e-3, 0.5)) for name, network in networks.items()}
    game = Toy(seed=seed, film=(4, 2, SIDE, SIDE, 3), **players, **options)
    game.buffer = adversarial.ReplayBuffer(12, (SIDE, SIDE, 3), seed=seed)
    return game


NOISE = np.random.default_rng(5).normal(size=(40, LATENT)).astype(np.float32)


def play(session, *, stop_after=None, **options):
    game = toy(**options)
    real = np.random.default_rng(0).integers(0, 255, (40, SIDE, SIDE, 3), dtype=np.uint8)
    look = adversarial.Watch(game, lambda: game.averaged_generator(NOISE), real, alarm=0.0)

    def watch(epoch):
        found = look(epoch)
        if epoch == stop_after:
            raise KeyboardInterrupt
        return found

    batches = pipeline.training_batches(real, batch_size=8, seed=1)
    history = training.train(
        game, batches, epochs=4, steps_per_epoch=3, session=session, name="toy", watch=watch, lines=4
    )
    return game, history


def state_of(game):
    optimizers = [variable for optimizer in game.optimizers for variable in optimizer.variables]
    return [np.asarray(variable) for variable in [*game.variables, *optimizers]]


def test_an_interrupted_game_ends_like_one_that_was_not(own_cache, session, capsys):
    whole, history = play(session)
    training.forget(session)
    with pytest.raises(KeyboardInterrupt):
        play(session, stop_after=2)
    capsys.readouterr()
    resumed, again = play(session)
    assert "goes on after check 2/4" in capsys.readouterr().out
    assert history.logs == again.logs and set(history.logs) == {"critic", "generator", "frechet", "diversity"}
    assert int(whole.critic_optimizer.iterations) == int(whole.generator_optimizer.iterations) == 12
    for one, other in zip(state_of(whole), state_of(resumed), strict=True):
        np.testing.assert_array_equal(one, other)


def test_another_setting_or_another_step_is_another_training(own_cache, session, capsys):
    play(session)
    play(session, momentum=0.5)
    assert "goes on" not in capsys.readouterr().out


def test_the_film_has_the_samples_of_every_look(own_cache, session):
    game, _ = play(session)
    film = np.asarray(game.film)
    assert film.shape == (4, 2, SIDE, SIDE, 3) and (film.std(axis=(1, 2, 3, 4)) > 0).all()
    assert np.array_equal(film[-1], np.rint(255 * np.asarray(game.averaged_generator(NOISE))[:2]))


def test_the_average_follows_at_the_stated_pace():
    game = toy(momentum=0.75)
    before = [np.asarray(weight) for weight in game.averaged_generator.weights]
    for weight in game.generator.weights:
        weight.assign(weight + 1.0)
    game.generator_optimizer.iterations.assign(1_000)
    game.average()
    for old, new in zip(before, game.averaged_generator.weights, strict=True):
        np.testing.assert_allclose(new, old + 0.25, atol=1e-6)


def test_an_average_of_nobody_is_refused():
    with pytest.raises(ValueError, match="no player painter"):
        toy(averaged=("painter",))


def test_half_precision_is_refused():
    network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, dtype="mixed_float16")])
    with pytest.raises(ValueError, match="mixed_precision=False"):
        adversarial.Game(seed=0, generator=(network, keras.optimizers.Adam()))


def test_a_loss_that_is_no_number_ends_the_training(own_cache, session):
    game = toy()
    game.log = lambda **values: Toy.log(game, **{name: value * np.nan for name, value in values.items()})
    batches = pipeline.training_batches(np.zeros((8, SIDE, SIDE, 3), np.uint8), batch_size=8)
    with pytest.raises(FloatingPointError, match="critic is nan after check 1"):
        training.train(game, batches, epochs=2, steps_per_epoch=1, session=session, name="nan")


def test_augmentation_lets_gradients_through_and_draws_anew():
    pictures = tf.random.stateless_uniform((6, SIDE, SIDE, 3), (1, 2))
    seeds = keras.random.SeedGenerator(3)
    with tf.GradientTape() as tape:
        tape.watch(pictures)
        changed = adversarial.diff_augment(pictures, seeds, colour=0.0)
        total = tf.reduce_sum(changed)
    assert changed.shape == pictures.shape
    share = np.mean(np.abs(tape.gradient(total, pictures)) > 0)
    assert 0.4 < share < 0.95, "some pixels are cut out or shifted away, most are not"
    assert np.abs(changed - adversarial.diff_augment(pictures, seeds)).max() > 0.01


def test_augmentation_switched_off_is_nothing():
    pictures = tf.random.stateless_uniform((2, SIDE, SIDE, 3), (1, 2))
    seeds = keras.random.SeedGenerator(3)
    same = adversarial.diff_augment(pictures, seeds, colour=0.0, translation=0.0, cutout=0.0)
    np.testing.assert_array_equal(same, pictures)


def test_a_shift_moves_whole_pixels_and_fills_with_grey():
    picture = np.ones((1, SIDE, SIDE, 3), np.float32)
    seeds = keras.random.SeedGenerator(0)
    found = [np.asarray(adversarial.diff_augment(picture, seeds, colour=0, cutout=0)) for _ in range(20)]
    assert {round(float(value), 5) for one in found for value in np.unique(one)} == {0.5, 1.0}
    lost = np.array([[(one[0, :, 8, 0] < 1).sum(), (one[0, 8, :, 0] < 1).sum()] for one in found])
    assert lost.min() == 0 and lost.max() == 2 == round(0.125 * SIDE) and len({tuple(one) for one in lost}) > 4


def test_the_buffer_fills_and_then_exchanges_half():
    buffer = adversarial.ReplayBuffer(20, (2, 2, 1), seed=1)
    numbered = [np.full((10, 2, 2, 1), k, np.float32) for k in range(60)]
    for k in (0, 1):
        np.testing.assert_array_equal(buffer(numbered[k]), numbered[k])
    handed = np.stack([np.asarray(buffer(one))[:, 0, 0, 0] for one in numbered[2:]])
    old = handed < np.arange(2, 60)[:, None]
    assert 0.4 < old.mean() < 0.6
    assert np.asarray(buffer.stored)[:, 0, 0, 0].min() > 20, "early pictures have been replaced"


def test_the_buffer_stops_gradients():
    fake = tf.ones((2, 2, 2, 1))
    with tf.GradientTape() as tape:
        tape.watch(fake)
        total = tf.reduce_sum(adversarial.ReplayBuffer(4, (2, 2, 1))(fake))
    assert tape.gradient(total, fake) is None


def test_collapse_is_said_once(capsys):
    game = toy()
    real = np.random.default_rng(0).integers(0, 255, (20, SIDE, SIDE, 3), dtype=np.uint8)
    watch = adversarial.Watch(game, lambda: np.full((20, SIDE, SIDE, 3), 0.3), real)
    assert watch(0)["diversity"] == pytest.approx(0, abs=1e-6) and watch(1)["frechet"] > 0
    assert capsys.readouterr().out.count("collapsing") == 1
    varied = adversarial.Watch(game, lambda: real / 255.0, real)
    assert varied(0)["diversity"] == pytest.approx(1) and not capsys.readouterr().out
