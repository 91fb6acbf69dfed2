"""Episodes share no photo between shots and queries, adapting leaves no trace, and missing weights cost no time."""

import time
import urllib.request

import keras
import numpy as np
import pytest

from helpers import few_shot, show, training
from helpers.datasets.sets import Split

LABELS = np.random.default_rng(0).permutation(np.repeat([3, 5, 8, 9], [40, 30, 36, 50]))


def test_a_photo_is_in_an_episode_once_and_under_its_own_class():
    for episode in few_shot.episodes(LABELS, shots=20, queries=10, count=30, seed=1):
        rows = np.concatenate([episode.support.ravel(), episode.queries.ravel()])
        assert len(set(rows.tolist())) == len(rows) == 4 * 30
        assert episode.classes.tolist() == [3, 5, 8, 9]
        for place, label in enumerate(episode.classes):
            assert set(LABELS[episode.support[place]]) == set(LABELS[episode.queries[place]]) == {label}


def test_fewer_shots_are_among_more_and_labels_fit():
    episode = few_shot.episodes(LABELS, shots=5, queries=2, count=1, seed=3, ways=2)[0]
    one, one_labels = episode.shown(1)
    five, five_labels = episode.shown(5)
    assert set(one) <= set(five) and one_labels.tolist() == [0, 1] and five_labels.tolist() == 5 * [0] + 5 * [1]
    assert episode.classes[five_labels].tolist() == LABELS[five].tolist()
    rows, labels = episode.asked()
    assert episode.classes[labels].tolist() == LABELS[rows].tolist() and len(rows) == 4
    for wrong in (0, 6):
        with pytest.raises(ValueError, match="from 1 to 5"):
            episode.shown(wrong)


def test_an_episode_depends_on_seed_and_number_only():
    few, many = (few_shot.episodes(LABELS, shots=3, queries=3, count=count, seed=7) for count in (2, 9))
    np.testing.assert_array_equal(few[1].support, many[1].support)
    other = few_shot.episodes(LABELS, shots=3, queries=3, count=2, seed=8)
    assert not np.array_equal(few[1].support, other[1].support)
    assert not np.array_equal(few[0].support, few[1].support)


def test_all_classes_come_up_when_some_are_drawn():
    drawn = few_shot.episodes(LABELS, shots=1, queries=1, count=60, seed=2, ways=2)
    assert {tuple(episode.classes) for episode in drawn} == {(3, 5), (3, 8), (3, 9), (5, 8), (5, 9), (8, 9)}


def test_too_few_photos_or_classes_are_refused():
    with pytest.raises(ValueError, match="class 5 has 30"):
        few_shot.episodes(LABELS, shots=20, queries=11, count=1, seed=0)
    with pytest.raises(ValueError, match="ways"):
        few_shot.episodes(LABELS, shots=1, queries=1, count=1, seed=0, ways=5)
    with pytest.raises(ValueError, match="at least 1 each"):
        few_shot.episodes(LABELS, shots=0, queries=1, count=1, seed=0)


def test_intervals_cover_the_mean_as_often_as_they_say():
    draw = np.random.default_rng(0)
    found = [few_shot.interval(draw.normal(0.7, 0.1, 100)) for _ in range(2000)]
    assert 0.935 < np.mean([abs(mean - 0.7) < half for mean, half in found]) < 0.96
    assert few_shot.interval([0.4, 0.6]) == pytest.approx((0.5, 1.96 * 0.1))
    with pytest.raises(ValueError, match="two values"):
        few_shot.interval([0.5])


def clouds(count=60, length=6, seed=0):
    """Three classes of descriptors around three corners, with some noise; (3 * count, length) and labels."""
    draw, labels = np.random.default_rng(seed), np.repeat([0, 1, 2], count)
    return (3 * np.eye(3, length)[labels] + draw.normal(0, 0.4, (3 * count, length))).astype(np.float32), labels


@pytest.fixture
def task():
    descriptors, labels = clouds()
    drawn = few_shot.episodes(labels, shots=5, queries=4, count=6, seed=0)
    return [descriptors, descriptors[:, ::-1].copy()], drawn


@pytest.mark.parametrize("strength", [0.0, 10.0])
def test_a_head_answers_as_its_weights_do(task, strength):
    both, drawn = task
    episode = drawn[0]
    matrix, offset = few_shot.linear_head(both, *episode.shown(5), strength)
    assert matrix.shape == (6, 3) and offset.shape == (3,)
    logits = sum(few_shot.unit(part[episode.asked()[0]]) @ matrix + offset for part in both)
    answers = few_shot.head(both, strength)(*episode.shown(5), episode.asked()[0])
    np.testing.assert_array_equal(answers, logits.argmax(axis=1))
    assert few_shot.accuracies(few_shot.head(both[:1], strength), drawn, 5).mean() > 0.95


def test_without_strength_the_smallest_angle_counts():
    rows = np.array([[1.0, 0.1], [9.0, 0.0], [0.1, 1.0], [0.0, 3.0], [50.0, 20.0], [0.1, 0.2]])
    found = few_shot.head([rows], 0)(np.arange(4), np.array([0, 0, 1, 1]), np.array([4, 5]))
    assert found.tolist() == [0, 1]


def test_whitening_makes_the_classes_vary_equally_in_all_directions():
    descriptors, labels = clouds(count=4000)
    stretched = (
        descriptors @ np.diag([5.0, 1, 1, 1, 1, 0.2]) @ np.linalg.qr(np.random.default_rng(1).normal(size=(6, 6)))[0]
    )
    matrix, offset = few_shot.whitening(stretched, labels, 0.0)
    turned = stretched @ matrix + offset
    np.testing.assert_allclose(turned.mean(axis=0), 0, atol=1e-3)
    within = np.concatenate([turned[labels == label] - turned[labels == label].mean(axis=0) for label in range(3)])
    np.testing.assert_allclose(within.T @ within / len(within), np.eye(6), atol=0.01)
    only_centred = few_shot.whitening(stretched, labels, 1.0)[0]
    np.testing.assert_allclose(only_centred, only_centred[0, 0] * np.eye(6), atol=1e-6)
    rows, weights = few_shot.whitened(stretched, labels, [stretched[:5]], 0.0)
    np.testing.assert_array_equal(weights[0], matrix)
    np.testing.assert_allclose(np.linalg.norm(rows[0], axis=1), 1, rtol=1e-5)


def test_two_descriptions_stand_side_by_side():
    joined = few_shot.beside([np.ones((2, 3)), np.zeros((2, 3))], 2 * [np.full((2, 1), 5.0)], 0.5)
    assert joined[0].tolist() == 2 * [[0.5, 0.5, 0.5, 5.0]] and joined[1].tolist() == 2 * [[0.0, 0.0, 0.0, 5.0]]


def test_photos_of_some_classes_count_their_labels_from_zero():
    split = Split(np.arange(5 * 48, dtype=np.uint8).reshape(5, 4, 4, 3), np.array([0, 2, 1, 2, 0]), ("a", "b", "c"))
    pictures, labels = few_shot.photos_of(split, [2, 1])
    np.testing.assert_array_equal(pictures, split.images[[1, 2, 3]])
    assert labels.tolist() == [1, 0, 1]


def test_batches_do_not_change_what_a_model_returns():
    model = keras.Sequential([keras.Input((4, 4, 3)), keras.layers.BatchNormalization(), keras.layers.Flatten()])
    bytes_in = np.random.default_rng(0).integers(0, 256, (10, 4, 4, 3), dtype=np.uint8)
    photo, mirrored = few_shot.with_mirrored(bytes_in)
    assert photo.dtype == np.float32 and photo.max() <= 1
    np.testing.assert_array_equal(mirrored, photo[:, :, ::-1])
    np.testing.assert_allclose(few_shot.in_batches(model, bytes_in, 3), model(photo, training=False), rtol=1e-6)


@pytest.fixture(scope="module")
def adaptation():
    keras.utils.set_random_seed(0)
    body = keras.Sequential([keras.Input((6,)), keras.layers.Dense(8), keras.layers.BatchNormalization()])
    top = keras.Sequential([keras.Input((8,)), keras.layers.Dense(3)])
    return body, top, few_shot.Adaptation(lambda x, learns: top(body(x, training=learns)), [body, top], (6,))


def test_adapting_learns_and_the_next_episode_starts_afresh(adaptation, task):
    body, top, adapted = adaptation
    both, drawn = task[0][:1], task[1]
    start = few_shot.values(body, top)
    learnt = few_shot.accuracies(adapted.answers(both, start, 0.03, 60), drawn, 5)
    assert learnt.mean() > 0.9
    again = few_shot.accuracies(adapted.answers(both, start, 0.03, 60), drawn[::-1], 5)
    np.testing.assert_array_equal(again, learnt[::-1])  # the order of the episodes leaves no trace
    assert any(np.any(old != new) for old, new in zip(start, few_shot.values(body, top), strict=True))
    adapted.restore(start)
    for old, new in zip(start, few_shot.values(body, top), strict=True):
        np.testing.assert_array_equal(old, new)


def test_at_rate_zero_only_the_statistics_move(adaptation, task):
    body, top, adapted = adaptation
    start, episode = few_shot.values(body, top), task[1][0]
    adapted.answers(task[0], start, 0.0, 5)(*episode.shown(5), episode.asked()[0])
    moved = [
        v.name for v, old in zip((*body.variables, *top.variables), start, strict=True) if np.any(v.numpy() != old)
    ]
    assert sorted(moved) == ["moving_mean", "moving_variance"]
    adapted.restore(start)


def test_the_head_can_come_first(task):
    both, drawn = task
    layer, norm = keras.layers.Dense(3), keras.layers.UnitNormalization()
    layer.build((None, 6))
    adapted = few_shot.Adaptation(lambda x, _: layer(norm(x)), [layer], (6,))
    first = adapted.answers(both, [], 0.0, 1, (layer, both, 10.0))
    np.testing.assert_array_equal(
        few_shot.predictions(first, drawn, 5), few_shot.predictions(few_shot.head(both, 10.0), drawn, 5)
    )


def test_the_best_setting_is_chosen_for_each_number_of_shots(task, capsys):
    both, drawn = task
    best, table = few_shot.tuned("turn", lambda s, n: few_shot.head([s * both[0]], 0), (1.0, -1.0), drawn, (1, 5))
    assert best == {1: 1.0, 5: 1.0} and table.shape == (2, 2)  # the sign of all descriptors does not matter: first wins
    assert "turn,  5-shot  1: " in capsys.readouterr().out


def test_results_keep_turns_apart(task, capsys, monkeypatch):
    _, drawn = task
    truth = drawn[0].asked()[1]
    results = few_shot.Results(drawn, (1, 5))
    right, wrong = (lambda *_: truth), (lambda *_: (truth + 1) % 3)
    assert results.judge("both", [right, wrong]).shape == (2, 6, len(truth))
    for version, answer in enumerate((right, wrong, right)):
        results.judge("turns", [answer, answer], version=version, versions=3, turns=True)
    assert {name: found.tolist() for name, found in results.means("both").items()} == {"1-shot": [1.0], "5-shot": [0.0]}
    assert results.means("turns")["5-shot"].tolist() == [1.0, 0.0, 1.0]
    assert results.per_episode("turns", 5).tolist() == [1, 0, 1, 1, 0, 1]
    drawn_figures = []
    monkeypatch.setattr(show, "finish", lambda fig, *_, **__: drawn_figures.append(fig))
    few_shot.show_results(results, {"both": "C0", "turns": "C1"}, description="")
    assert "turns" in capsys.readouterr().out and len(drawn_figures) == 1


def test_confusions_and_the_worst_are_named(task, capsys, monkeypatch):
    _, drawn = task
    truth = drawn[0].asked()[1]
    answers = np.tile(truth, (len(drawn), 1))
    answers[:, truth == 1] = 2
    few_shot.print_confusions(drawn, answers, ["a", "b", "c"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "1.000 of the b queries were called c" and len(lines) == 6
    worst, wrong, times = few_shot.most_missed(drawn, answers, 3)
    assert set(worst) <= set(range(60, 120)) and np.all(wrong == times)
    seen = {}
    monkeypatch.setattr(show, "grid", lambda pictures, titles, **_: seen.update(pictures=pictures, titles=titles))
    few_shot.show_missed(np.arange(180), np.repeat(["a", "b", "c"], 60), drawn, answers, 3)
    np.testing.assert_array_equal(seen["pictures"], worst)
    assert seen["titles"][0] == f"b: wrong {wrong[0]} of {times[0]} times"


def test_an_episode_is_drawn_with_its_answers(task, monkeypatch):
    seen = {}
    monkeypatch.setattr(
        show, "grid", lambda pictures, titles, **options: seen.update(options, titles=titles, n=len(pictures))
    )
    answers = task[1][0].asked()[1].copy()
    answers[0] = 2
    few_shot.show_episode(np.zeros((180, 4, 4, 3)), task[1][0], ["a", "b", "c"], answers, shots=2, queries=3)
    assert seen["n"] == 15 and seen["columns"] == 5
    assert seen["titles"][:5] == ["shown", "shown", "c", "a", "a"]
    assert seen["colours"][2:4] == ["#c8553d", "#2e8b57"]


def test_pretraining_keeps_the_best_of_all_checks(monkeypatch):
    given = {}
    monkeypatch.setattr(training, "train", lambda model, batches, **options: given.update(options, batches=batches))
    model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(2, "softmax")])
    pictures, labels = np.full((40, 8, 8, 3), 200, np.uint8), np.arange(40) % 2
    few_shot.pretrain(
        model, pictures, labels, (pictures, labels), steps=10, checks=2, average_momentum=0.9, seed=3, name="x"
    )
    assert given["epochs"] == 2 and given["steps_per_epoch"] == 5 and given["name"] == "x"
    shown, targets = next(iter(given["batches"].dataset().take(1)))
    assert shown.shape == (32, 8, 8, 3) and targets.shape == (32, 2)
    assert np.isfinite(shown).all() and len(np.unique(np.round(shown, 3))) > 5


@pytest.fixture
def nothing_kept(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))


@pytest.mark.parametrize("silent", [False, True])
def test_without_a_network_there_are_no_weights_and_no_noise(nothing_kept, monkeypatch, capfd, silent):
    def no_network(*_, **__):
        if silent:
            time.sleep(5)
        raise OSError("no route")

    monkeypatch.setattr(urllib.request, "urlopen", no_network)
    began = time.monotonic()
    assert few_shot.imagenet_base(96, seconds=0.2) is None
    assert time.monotonic() - began < 1.0
    assert capfd.readouterr() == ("", "")


def test_a_transfer_that_breaks_off_is_the_same_as_none(nothing_kept, monkeypatch, capfd):
    def broken(**_):
        print("Downloading …")
        raise OSError("the transfer broke off")

    monkeypatch.setattr(few_shot, "_answers", lambda *_: True)
    monkeypatch.setattr(keras.applications, "MobileNetV2", broken)
    assert few_shot.imagenet_base() is None
    assert capfd.readouterr() == ("", "")


def test_pictures_reach_the_network_resized_and_scaled(nothing_kept, monkeypatch):
    def watched(input_shape, **options):
        assert options == {"include_top": False, "weights": "imagenet", "pooling": "avg"}
        inputs = keras.Input(input_shape)
        pooled = [keras.layers.GlobalMaxPooling2D()(inputs), -keras.layers.GlobalMaxPooling2D()(-inputs)]
        return keras.Model(inputs, keras.layers.Concatenate()(pooled))

    monkeypatch.setattr(few_shot, "_answers", lambda *_: True)
    monkeypatch.setattr(keras.applications, "MobileNetV2", watched)
    base = few_shot.imagenet_base(128)
    pictures = np.zeros((1, 40, 30, 3), np.float32)
    pictures[:, 20:] = 1.0
    np.testing.assert_allclose(base(pictures), [[1, 1, 1, -1, -1, -1]], atol=1e-5)
    assert not base.trainable_weights
    with pytest.raises(ValueError, match="side"):
        few_shot.imagenet_base(100)
