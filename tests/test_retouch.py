import copy

import keras
import matplotlib.pyplot as plt
import numpy as np
import pytest

from helpers import degrade, retouch, tone
from helpers.metrics import psnr
from helpers.retouch import (
    ACTIONS,
    Retouch,
    adviser,
    dealer,
    develop,
    film,
    greedy,
    in_any_amount,
    look_ahead,
    moves_used,
    play,
    thinned,
    when,
)

RNG = np.random.default_rng(0)
ORIGINALS = RNG.uniform(0, 1, (6, 32, 32, 3)).astype(np.float32) ** 1.5
BROKEN = degrade.broken_exposure(ORIGINALS, (1, 2)).numpy()
STOP, WARM = ACTIONS.index("stop"), ACTIONS.index("warmer")


def game(pictures=BROKEN, originals=ORIGINALS, **options):
    env = Retouch(lambda random: (pictures, originals), **options)
    env.reset(seed=0)
    return env


def all_do(env, name):
    return env.step(np.full(len(env.pictures), ACTIONS.index(name)))


def random_actions(random, count):
    return random.integers(1, len(ACTIONS), count)


def test_reset_shows_the_pictures_untouched():
    env = Retouch(lambda random: (BROKEN, ORIGINALS))
    observation, info = env.reset(seed=3)
    np.testing.assert_allclose(info["psnr"], psnr(ORIGINALS, BROKEN), rtol=1e-4)
    np.testing.assert_allclose(env.shown, BROKEN, atol=1e-6)
    assert {key: value.shape for key, value in observation.items()} == {
        "thumbnail": (6, 16, 16, 3),
        "extremes": (6, 6),
        "history": (6, len(ACTIONS)),
    }
    assert all(value.dtype == np.float32 for value in observation.values())
    blocks = BROKEN.reshape(6, 16, 2, 16, 2, 3).mean(axis=(2, 4))
    np.testing.assert_allclose(observation["thumbnail"], blocks, atol=1e-6)
    np.testing.assert_allclose(observation["extremes"][:, 3:], BROKEN.max(axis=(1, 2)), atol=1e-6)
    assert (observation["history"] == 0).all()


def test_the_same_seed_draws_the_same_game_and_none_goes_on():
    def draw(random):
        return random.random((2, 16, 16, 3)), np.zeros((2, 16, 16, 3))

    env = Retouch(draw)
    first, again = env.reset(seed=5)[0], env.reset()[0]
    assert np.abs(first["thumbnail"] - again["thumbnail"]).max() > 0.1
    np.testing.assert_array_equal(env.reset(seed=5)[0]["thumbnail"], first["thumbnail"])
    np.testing.assert_array_equal(env.reset()[0]["thumbnail"], again["thumbnail"])


def test_rewards_add_up_to_the_gain_in_quality():
    env, random, total = game(horizon=7), np.random.default_rng(1), 0
    start = env.psnr
    for _ in range(7):
        total = total + env.step(random_actions(random, 6))[1]
    np.testing.assert_allclose(total, env.psnr - start, atol=1e-4)
    np.testing.assert_allclose(env.psnr, psnr(ORIGINALS, env.shown), rtol=1e-4)


def test_stop_ends_one_picture_and_the_horizon_truncates_the_rest():
    env = game(horizon=3)
    actions = np.array([STOP, WARM, WARM, WARM, WARM, WARM])
    _, reward, terminated, truncated, _ = env.step(actions)
    assert terminated.tolist() == [True] + 5 * [False] and not truncated.any() and reward[0] == 0
    frozen, moves = env.shown[0], np.full(6, ACTIONS.index("darker"))
    _, reward, terminated, truncated, info = env.step(moves)
    assert reward[0] == 0 and np.abs(reward[1:]).min() > 0
    np.testing.assert_array_equal(env.shown[0], frozen)
    observation, _, terminated, truncated, _ = env.step(moves)
    assert terminated.tolist() == [True] + 5 * [False] and truncated.tolist() == [False] + 5 * [True]
    assert (3 * observation["history"][1]).round(3).tolist() == np.eye(len(ACTIONS))[[WARM, 4, 4]].sum(
        axis=0
    ).tolist() and info["psnr"].shape == (6,)
    with pytest.raises(RuntimeError, match="has ended: call reset"):
        env.step(moves)
    env.reset()
    assert not env.terminated.any() and env.moves == 0


def test_all_stopped_is_the_end():
    env = game()
    assert all_do(env, "stop")[2].all()
    for call in (env.gains, lambda: all_do(env, "brighter")):
        with pytest.raises(RuntimeError, match="call reset"):
            call()


@pytest.mark.parametrize("wrong", [len(ACTIONS), -1])
def test_unknown_actions_are_named(wrong):
    with pytest.raises(ValueError, match=f"unknown action {wrong}"):
        game().step(np.array([0, 0, wrong, 0, 0, 0]))


@pytest.mark.parametrize("wrong", [np.zeros(5, int), np.zeros((6, 1), int), np.zeros(6), 0])
def test_actions_are_one_whole_number_a_picture(wrong):
    with pytest.raises(ValueError, match="one whole number for each of 6 pictures"):
        game().step(wrong)


def test_nothing_works_before_the_first_reset():
    env = Retouch(lambda random: (BROKEN, ORIGINALS))
    with pytest.raises(RuntimeError, match="call reset"):
        env.step(np.zeros(6, int))
    with pytest.raises(RuntimeError, match="call reset"):
        env.gains()


def test_wrong_pairs_are_refused():
    with pytest.raises(ValueError, match="two batches"):
        game(BROKEN, ORIGINALS[:3])
    with pytest.raises(ValueError, match="no multiples"):
        game(side=12)


def test_black_and_white_point_are_autocontrast_in_either_order():
    for names in (("black point", "white point"), ("white point", "black point")):
        env = game()
        for name in names:
            all_do(env, name)
        np.testing.assert_allclose(env.shown, tone.autocontrast(BROKEN, 0.0), atol=1e-5)


OPPOSITE = (("brighter", "darker"), ("more contrast", "less contrast"), ("more colour", "less colour"))


@pytest.mark.parametrize("pair", [*OPPOSITE, ("warmer", "cooler"), ("greener", "redder")])
def test_opposite_moves_undo_each_other_even_where_something_was_clipped(pair):
    env = game()
    for name in [*4 * pair[:1], *4 * pair[1:]]:
        all_do(env, name)
        if name == pair[0]:
            changed = np.abs(env.shown - BROKEN).max()
    assert changed > 0.1
    np.testing.assert_allclose(env.shown, BROKEN, atol=1e-5)


def test_steps_have_the_size_that_is_stated():
    picture = np.full((1, 16, 16, 3), (0.2, 0.4, 0.5), np.float32)

    def after(name):
        env = game(picture, picture)
        all_do(env, name)
        return env.shown[0, 0, 0]

    light = degrade.to_linear(after("brighter")).numpy() / degrade.to_linear(picture[0, 0, 0]).numpy()
    np.testing.assert_allclose(np.log2(light), retouch.STOPS, atol=0.03)
    np.testing.assert_allclose(after("more contrast") - 0.5, 1.08 * (picture[0, 0, 0] - 0.5), atol=1e-6)
    grey = picture[0, 0, 0].mean()
    np.testing.assert_allclose(after("more colour") - grey, 1.1 * (picture[0, 0, 0] - grey), atol=1e-6)
    assert after("warmer")[0] > 0.2 and after("warmer")[2] < 0.5 and after("warmer")[1] == pytest.approx(0.4)
    assert after("greener")[1] > 0.4 and after("redder")[1] < 0.4 and after("greener")[0] == pytest.approx(0.2)


def test_gains_are_the_rewards_and_change_nothing():
    env = game()
    all_do(env, "brighter")
    env.step(np.array([STOP, *5 * [WARM]]))
    recipes, gains = env.recipes.copy(), env.gains()
    assert gains.shape == (6, len(ACTIONS)) and (gains[:, STOP] == 0).all() and (gains[0] == 0).all()
    for action in range(len(ACTIONS)):
        trial = copy.deepcopy(env)
        np.testing.assert_allclose(trial.step(np.full(6, action))[1], gains[:, action], atol=1e-4)
    np.testing.assert_array_equal(env.recipes, recipes)


def test_greedy_never_loses_and_goes_far():
    env = game(horizon=8)
    for _ in range(8):
        _, reward, terminated, _, _ = env.step(env.gains().argmax(axis=1))
        assert (reward >= -1e-4).all()
        if terminated.all():
            break
    assert env.psnr.mean() > psnr(ORIGINALS, BROKEN).mean() + 8


def test_a_recipe_found_on_a_small_picture_does_the_same_to_the_large_one():
    env = game(BROKEN[:, ::2, ::2], ORIGINALS[:, ::2, ::2])
    for name in ("brighter", "warmer", "black point", "more colour"):
        all_do(env, name)
    large = develop(BROKEN, env.recipes)
    np.testing.assert_allclose(large[:, ::2, ::2].clip(0, 1), env.shown, atol=1e-6)


def test_pictures_are_treated_one_by_one():
    actions = np.random.default_rng(4).integers(1, len(ACTIONS), (5, 6))
    together, alone = game(), game(BROKEN[2:3], ORIGINALS[2:3])
    for moves in actions:
        together.step(moves)
        alone.step(moves[2:3])
    np.testing.assert_allclose(together.shown[2:3], alone.shown, atol=1e-5)


@pytest.mark.parametrize("level", [0.0, 0.2, 1.0])
def test_flat_pictures_give_finite_numbers(level):
    flat = np.full((2, 16, 16, 3), level, np.float32)
    env, random = game(flat, flat, horizon=30), np.random.default_rng(2)
    for _ in range(30):
        observation, reward, *_ = env.step(random_actions(random, 2))
        assert np.isfinite(reward).all() and all(np.isfinite(value).all() for value in observation.values())


def test_thinning_keeps_the_extremes_and_the_pairs_together():
    pictures = RNG.random((4, 96, 64, 3)).astype(np.float32)
    small, twin = thinned(pictures, 1 - pictures)
    assert small.shape == (4, 32, 32, 3) and small.dtype == np.float32
    np.testing.assert_array_equal(small.min(axis=(1, 2)), pictures.min(axis=(1, 2)))
    np.testing.assert_array_equal(small.max(axis=(1, 2)), pictures.max(axis=(1, 2)))
    np.testing.assert_array_equal(twin, 1 - small)
    assert (small == pictures[:, 1::3, 1::2]).all(axis=-1).mean() > 0.99
    assert thinned((255 * pictures).astype(np.uint8), pictures)[0].dtype == np.uint8
    with pytest.raises(ValueError, match="no multiples of 32"):
        thinned(pictures[:, :50], pictures[:, :50])


def test_a_pixel_that_stands_for_its_block_comes_from_it():
    index = np.arange(64 * 64, dtype=np.float32).reshape(64, 64)
    places = np.stack([index, index, index], axis=-1)[None] / 4096
    small = np.round(4096 * thinned(places, places)[0][0, ..., 0]).astype(int)
    np.testing.assert_array_equal(small // 64 // 2, np.tile(np.arange(32)[:, None], (1, 32)))
    np.testing.assert_array_equal(small % 64 // 2, np.tile(np.arange(32), (32, 1)))


def likes(*names):
    """A player who gives these actions, one a picture, odds of about 2,980 to 1."""
    logits = 8.0 * np.eye(len(ACTIONS))[[ACTIONS.index(name) for name in names]]
    return lambda seen: (logits, np.full((len(names), 1), 3.0))


def test_a_game_notes_what_was_seen_done_and_earned():
    seen = []

    def decide(observation):
        seen.append(observation)
        return likes("stop", "darker", "warmer", "darker", "greener", "stop")(observation)

    env = game(horizon=3)
    start = env.psnr
    played = play(env, decide, label=True)
    assert played["actions"].shape == (3, 6) and played["thumbnail"].shape == (3, 6, 16, 16, 3)
    assert [len(observation) for observation in seen] == 3 * [3]
    np.testing.assert_array_equal(seen[1][0], played["thumbnail"][1])
    assert played["alive"].tolist() == [6 * [True], *2 * [[False, True, True, True, True, False]]]
    np.testing.assert_allclose(played["rewards"].sum(axis=0), env.psnr - start, atol=1e-4)
    np.testing.assert_array_equal(played["recipes"][-1], env.recipes)
    np.testing.assert_allclose(np.exp(played["chances"]), np.exp(8) / (np.exp(8) + len(ACTIONS) - 1), rtol=1e-5)
    assert (played["values"] == 3).all() and moves_used(played).tolist() == [0, 3, 3, 3, 3, 0]
    env.reset()
    np.testing.assert_array_equal(played["labels"][0], env.gains().argmax(axis=1))


def test_a_game_ends_when_all_have_stopped():
    assert len(play(game(horizon=9), likes(*6 * ["stop"]))["actions"]) == 1


def test_actions_are_drawn_from_the_softmax():
    many = np.repeat(BROKEN[:1], 3000, axis=0)[:, ::2, ::2]
    chances = np.full(len(ACTIONS), 0.3 / (len(ACTIONS) - 2))
    chances[:2] = 0.5, 0.2
    env = game(many, many, horizon=1)
    played = play(
        env, lambda seen: (np.tile(np.log(chances), (3000, 1)), np.zeros((3000, 1))), np.random.default_rng(0)
    )
    shares = np.bincount(played["actions"][0], minlength=len(ACTIONS)) / 3000
    np.testing.assert_allclose(shares, chances, atol=0.03)
    np.testing.assert_allclose(played["chances"][0], np.log(chances)[played["actions"][0]], atol=1e-5)


def test_a_film_shows_the_moves_the_original_and_then_nothing():
    env = game(horizon=4)
    played = play(env, likes("stop", "darker", "warmer", "darker", "greener", "stop"))
    frames, titles = film(played, BROKEN, ORIGINALS, (1, 0))
    assert len(frames) == len(titles) == 12
    assert [title.rsplit(" ", 1)[0] for title in titles[1:5]] == 4 * ["darker"]
    assert titles[0] == f"broken {psnr(ORIGINALS, BROKEN)[1]:.1f} dB"
    assert titles[5] == f"original; reached {env.psnr[1]:.1f}"
    np.testing.assert_array_equal(frames[0], BROKEN[1])
    np.testing.assert_allclose(frames[4], env.shown[1], atol=1e-6)
    np.testing.assert_array_equal(frames[7], ORIGINALS[0])  # stopped at once
    assert (frames[8] == 1).all() and titles[8:] == 4 * [""]


def test_the_greedy_game_takes_the_best_move_and_two_together_are_never_worse():
    env = game(horizon=2)
    best = env.gains().max(axis=1)
    played = greedy(env)
    np.testing.assert_allclose(played["rewards"][0], best, atol=1e-4)
    in_turn, pairs = look_ahead(BROKEN, ORIGINALS)
    np.testing.assert_allclose(in_turn, played["rewards"].sum(axis=0), atol=1e-4)
    assert (pairs >= in_turn - 1e-3).all() and (pairs > in_turn + 0.01).any()
    assert look_ahead(ORIGINALS, ORIGINALS)[1].max() == 0


def test_a_dealer_deals_broken_pictures_anew():
    images = np.round(255 * ORIGINALS).astype(np.uint8)
    env = Retouch(dealer(images, 4))
    env.reset(seed=1)
    first = env.originals, env.pictures
    assert all(min(np.abs(picture - other / 255).max() for other in images) < 1e-6 for picture in env.originals)
    assert np.abs(env.pictures - env.originals).mean() > 0.02
    env.reset()
    assert np.abs(env.pictures - first[1]).max() > 0.05
    env.reset(seed=1)
    np.testing.assert_array_equal(env.pictures, first[1])


def test_fixed_pairs_are_dealt_each_time():
    env = Retouch((BROKEN, ORIGINALS))
    np.testing.assert_array_equal(env.reset()[0]["thumbnail"], env.reset(seed=1)[0]["thumbnail"])


def test_when_counts_the_pictures_still_in_the_game():
    shares = when(play(game(horizon=2), likes("stop", "darker", "warmer", "darker", "greener", "stop")))
    assert shares.shape == (len(ACTIONS), 2) and shares[STOP].tolist() == pytest.approx([1 / 3, 0])
    assert shares[ACTIONS.index("darker")].tolist() == pytest.approx([1 / 3, 1 / 3])
    assert shares.sum(axis=0).tolist() == pytest.approx([1, 2 / 3])


@pytest.fixture
def drawn(monkeypatch):
    """The figures that were finished, still open."""
    figures = []
    monkeypatch.setattr(retouch.show, "finish", lambda fig, description, **options: figures.append(fig))
    yield figures
    for fig in figures:
        plt.close(fig)


def test_figures_hold_what_they_are_given(drawn):
    retouch.show_when(play(game(horizon=2), likes(*6 * ["darker"])), "when")
    assert drawn[0].axes[0].get_images()[0].get_array().max() == 1
    retouch.show_returns({"a": np.arange(40.0), "b": np.ones(30)}, {"b": 40}, "returns")
    first, second = drawn[1].axes[0].get_lines()
    assert (first.get_linestyle(), second.get_linestyle()) == ("--", "-")
    np.testing.assert_allclose(first.get_ydata()[:2], [0.5, 1.5])
    assert first.get_xdata()[-1] == 40 and second.get_xdata()[-1] == 70


def test_an_adviser_starts_as_the_identity_and_says_what_it_does():
    def look(thumbnail, extremes, history):
        return keras.layers.Concatenate()([keras.layers.Flatten()(thumbnail), extremes, history])

    trained, says = adviser(look)
    np.testing.assert_allclose(trained(BROKEN), BROKEN, atol=1e-5)
    weights = [np.random.default_rng(0).normal(0, 0.01, weight.shape) for weight in trained.get_weights()]
    trained.set_weights(weights)
    assert np.abs(trained(BROKEN) - BROKEN).max() > 0.02
    np.testing.assert_allclose(in_any_amount(BROKEN, *says(BROKEN)), trained(BROKEN), atol=1e-5)


def test_amounts_do_what_the_actions_do():
    extremes = np.concatenate([BROKEN.min(axis=(1, 2)), BROKEN.max(axis=(1, 2))], axis=1)
    names = ("black point", "white point", "brighter", "warmer", "redder", "more contrast", "more colour")
    amounts = np.zeros((7, 7), np.float32)
    amounts[[0, 1], [0, 1]] = 1
    amounts[2, 2:5], amounts[3, [2, 4]], amounts[4, 3] = 0.2, (0.1, -0.1), -0.1
    amounts[[5, 6], [5, 6]] = np.log([1.08, 1.1])
    for name, row in zip(names, amounts, strict=True):
        env = game()
        all_do(env, name)
        changed = np.array(in_any_amount(BROKEN, extremes, np.tile(row, (6, 1))))
        np.testing.assert_allclose(changed.clip(0, 1), env.shown, atol=1e-5)
    np.testing.assert_allclose(
        np.array(in_any_amount(BROKEN, extremes, np.zeros((6, 7), np.float32))), BROKEN, atol=1e-6
    )


def test_moves_that_changed_nothing_are_not_counted():
    names = ("brighter", "black point", "black point")
    env = game(0.1 + 0.8 * BROKEN, horizon=3)

    def decide(seen):
        logits = np.zeros((len(BROKEN), len(ACTIONS)), np.float32)
        logits[:, ACTIONS.index(names[env.moves])] = 9
        return logits, np.zeros((len(BROKEN), 1), np.float32)

    assert moves_used(play(env, decide)).tolist() == [2] * len(BROKEN)
