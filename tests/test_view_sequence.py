import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers import view_sequence
from helpers.datasets import catalogue


@pytest.fixture(scope="module")
def recordings():
    return view_sequence.record(["mug", "boot"], 5, 300, views=4, side=16)


def test_twins_are_plain_share_main_colour_and_material_and_nothing_is_twice():
    for kind in ("mug", "watch", "boot"):
        skus = [catalogue.describe(sku) for sku in view_sequence.twins(kind)]
        assert len(skus) == len(set(skus)) == 4
        assert {sku.kind for sku in skus} == {catalogue.KINDS.index(kind)}
        assert len({(sku.colour, sku.material) for sku in skus}) == 1
        assert {catalogue.PATTERNS[sku.pattern] for sku in skus} == {"solid"}


def test_an_unknown_kind_is_refused_with_the_choices():
    with pytest.raises(ValueError, match="mug"):
        view_sequence.twins("spoon")


def test_recordings_have_the_promised_shapes_and_labels(recordings):
    assert recordings.images.shape == recordings.clean.shape == (10, 4, 16, 16, 3)
    assert recordings.images.dtype == np.uint8 and len(recordings) == 10
    assert (recordings.labels[:5] // 4 == 0).all() and (recordings.labels[5:] // 4 == 1).all()
    steps = np.diff(recordings.yaw, axis=1) % 360
    np.testing.assert_allclose(steps, 90, atol=1e-3)


def test_frames_and_their_labels_follow_the_recordings(recordings):
    np.testing.assert_array_equal(recordings.frames[4:8], recordings.images[1])
    np.testing.assert_array_equal(recordings.frame_labels[4:8], np.full(4, recordings.labels[1]))


def test_another_seed_shares_no_frame(recordings):
    other = view_sequence.record(["mug", "boot"], 5, 400, views=4, side=16)
    frames = [{frame.tobytes() for frame in np.concatenate(pack.clean)} for pack in (recordings, other)]
    assert not frames[0] & frames[1]


def test_one_box_of_each_frame_is_hidden_and_the_input_stays():
    black = np.zeros((3, 2, 40, 60, 3), np.uint8)
    hidden = view_sequence.hide_boxes(black, 1, smallest=0.25, largest=0.5)
    assert not black.any()
    for frame in hidden.reshape(-1, 40, 60, 3):
        rows, columns = np.nonzero(frame.any(axis=-1))
        height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
        assert len(rows) == height * width and 10 <= height <= 20 and 15 <= width <= 30
        assert len(np.unique(frame[rows, columns], axis=0)) == 1
    np.testing.assert_array_equal(hidden, view_sequence.hide_boxes(black, 1, smallest=0.25, largest=0.5))


def test_a_box_may_fill_the_frame():
    assert view_sequence.hide_boxes(np.zeros((1, 1, 8, 8, 3), np.uint8), 0, smallest=1.0, largest=1.0).all()


def test_random_boxes_hide_one_box_and_leave_the_rest():
    pictures = tf.random.stateless_uniform([16, 40, 60, 3], [1, 2])
    seed = tf.constant([3, 4], tf.int64)
    hidden = view_sequence.random_boxes(pictures, seed).numpy()
    for frame, picture in zip(hidden, pictures.numpy(), strict=True):
        rows, columns = np.nonzero((frame != picture).any(axis=-1))
        height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
        assert len(rows) == height * width and 15 <= height <= 29 and 23 <= width <= 43
        assert len(np.unique(frame[rows, columns], axis=0)) == 1 and frame.max() <= 1
    np.testing.assert_array_equal(hidden, tf.function(view_sequence.random_boxes)(pictures, seed))
    assert len({frame[frame != picture][0] for frame, picture in zip(hidden, pictures.numpy(), strict=True)}) > 10


def test_what_tells_twins_apart_is_said():
    first, *others = view_sequence.twins("mug")
    assert view_sequence.told_by(first, first) == "yellow"
    told = [view_sequence.told_by(sku, first) for sku in others]
    assert told == ["blue, other shape", "pink", "white, other shape"]


def test_look_gives_features_and_logits_of_every_view():
    inputs = keras.Input((None, None, 3))
    pooled = keras.layers.GlobalAveragePooling2D(name="features")(inputs)
    network = keras.Model(inputs, keras.layers.Dense(2, kernel_initializer="ones")(pooled))
    pictures = np.random.default_rng(0).integers(0, 256, (40, 4, 8, 8, 3), dtype=np.uint8)
    features, logits = view_sequence.look(network, pictures)
    np.testing.assert_allclose(features, pictures.mean(axis=(2, 3)) / 255, atol=1e-5)
    np.testing.assert_allclose(logits, features.sum(axis=-1, keepdims=True).repeat(2, axis=-1), atol=1e-5)
    darker, _ = view_sequence.look(network, pictures, lambda x, y, seed: (x / 2, y))
    np.testing.assert_allclose(darker, features / 2, atol=1e-5)


def test_the_nearest_view_is_found_across_the_full_circle():
    yaw, values = np.array([[10.0, 100, 190, 280], [80.0, 170, 260, 350]]), np.arange(8).reshape(2, 4)
    np.testing.assert_array_equal(view_sequence.nearest_view(values, yaw, 0), [0, 7])
    np.testing.assert_array_equal(view_sequence.nearest_view(values, yaw, 275), [3, 6])


def test_the_surest_view_is_the_one_with_the_highest_probability():
    logits = np.array([[[0.0, 1.0], [5.0, 0.0], [9.0, 8.0]]], np.float32)
    np.testing.assert_array_equal(view_sequence.surest_view(logits), [[5.0, 0.0]])


def test_labels_by_count_sees_only_the_first_views():
    logits = np.array([[[1.0, 0.0], [0.0, 3.0], [5.0, 0.0]]])
    labels = view_sequence.labels_by_count(lambda views: views.mean(axis=1), logits, counts=(1, 2, 3))
    np.testing.assert_array_equal(labels, [[0], [1], [0]])


def test_one_sequence_is_followed_by_the_end_of_another():
    sequences = 10 * np.arange(5)[:, None] + np.arange(4)
    joined = view_sequence.followed(sequences, 1)
    np.testing.assert_array_equal(joined[:, :2], sequences[:, :2])
    assert sorted(joined[:, 2:].ravel()) == sorted(sequences[:, 2:].ravel())
    assert (joined % 10 == np.arange(4)).all() and (joined[:, 2] // 10 != np.arange(5)).any()


def test_accuracy_is_drawn_once_with_a_line_a_method(monkeypatch):
    drawn = []
    monkeypatch.setattr(view_sequence.show, "finish", lambda fig, text: drawn.append((fig, text)))
    truth = np.array([0, 1, 2, 3])
    answers = {("a", "peer"): [np.tile(truth, (6, 1))], ("b", "right"): [np.zeros((6, 4)), np.ones((6, 4))]}
    view_sequence.show_accuracy(answers, truth, description="lines")
    ((fig, text),) = drawn
    assert text == "lines" and [line.get_label() for line in fig.axes[0].lines] == ["a", "b"]
    assert [line.get_ydata()[0] for line in fig.axes[0].lines] == [1.0, 0.25]
