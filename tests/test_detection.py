"""Average precision agrees with what is computed by hand, and every detection finds the truth it should."""

import numpy as np
import pytest

from helpers import detection

BOXES = np.array([[[10, 10, 20, 20], [40, 30, 70, 60]], [[5, 50, 15, 60], [0, 0, 0, 0]]], np.float32)
KINDS = np.array([[0, 1], [0, -1]])
TRUTHS = list(zip(BOXES, KINDS, strict=True))


def detected(boxes, kinds=KINDS, scores=None):
    scores = np.ones(np.shape(kinds)) if scores is None else scores
    return list(zip(boxes, kinds, scores, strict=True))


def test_perfect_detections_give_one(capsys):
    found = detection.coco_average_precision(TRUTHS, detected(BOXES))
    assert found == pytest.approx({"AP": 1, "AP50": 1, "AP75": 1, "AP small": 1, "AP medium": 1})
    assert capsys.readouterr().out == ""


def test_shifted_boxes_pass_the_thresholds_below_their_overlap():
    shifted = BOXES + np.float32([0.2, 0, 0.2, 0]) * (BOXES[..., 2:3] - BOXES[..., :1])  # IoU 0.8 / 1.2 for every box
    found = detection.coco_average_precision(TRUTHS, detected(shifted))
    assert found["AP50"] == 1 and found["AP75"] == 0
    assert found["AP"] == pytest.approx(0.4)  # 0.50, 0.55, 0.60, 0.65 of ten thresholds


def test_no_detections_give_zero():
    nothing = [(np.zeros((0, 4)), np.zeros(0, int), np.zeros(0))] * len(TRUTHS)
    assert set(detection.coco_average_precision(TRUTHS, nothing).values()) == {0.0}


def test_a_surer_false_alarm_halves_the_precision():
    truths = [(BOXES[0, :1], [0])]
    twice = [(np.stack([BOXES[0, 1], BOXES[0, 0]]), [0, 0], [0.9, 0.5])]
    assert detection.coco_average_precision(truths, twice)["AP"] == pytest.approx(0.5)
    less_sure = [(twice[0][0], [0, 0], [0.5, 0.9])]
    assert detection.coco_average_precision(truths, less_sure)["AP"] == pytest.approx(1)


def test_a_wrong_kind_finds_nothing():
    found = detection.coco_average_precision(TRUTHS, detected(BOXES, np.where(KINDS >= 0, 1 - KINDS, -1)))
    assert found["AP50"] == 0


def test_sizes_are_parted_at_the_stated_side():
    found = detection.coco_average_precision(TRUTHS, detected(BOXES, np.where(KINDS == 1, KINDS, -1)))
    assert found["AP small"] == 0 and found["AP medium"] == pytest.approx(1)
    assert np.isnan(detection.coco_average_precision(TRUTHS, detected(BOXES), small_below=1)["AP small"])


def test_truths_and_detections_are_one_a_picture():
    with pytest.raises(ValueError, match="2 pictures with truths but 1"):
        detection.coco_average_precision(TRUTHS, detected(BOXES)[:1])


def test_the_mean_of_the_curve_is_the_average_precision():
    rng = np.random.default_rng(0)
    noisy, scores = BOXES + rng.normal(0, 1.5, BOXES.shape), rng.random(KINDS.shape)
    found = detection.coco_average_precision(TRUTHS, detected(noisy, scores=scores))
    for iou, name in ((0.5, "AP50"), (0.75, "AP75")):
        recall, precision = detection.precision_recall(TRUTHS, detected(noisy, scores=scores), iou)
        assert recall.shape == precision.shape == (101,)
        assert precision.mean() == pytest.approx(found[name])
    with pytest.raises(ValueError, match="iou is one of"):
        detection.precision_recall(TRUTHS, detected(BOXES), 0.33)


def test_matching_goes_by_score_and_finds_each_truth_once():
    boxes = np.array([[10, 10, 20, 20], [10, 11, 20, 21], [40, 30, 70, 60], [41, 30, 71, 60]])
    found = detection.match(TRUTHS[0], (boxes, [0, 0, 1, 0], [0.5, 0.9, 0.4, 0.8]))
    assert found.tolist() == [-1, 0, 1, -1]  # the surer one takes the truth; the last one has the wrong kind
    assert detection.match(TRUTHS[1], (BOXES[1], [0, -1], [1.0, 1.0])).tolist() == [0, -1]
    assert detection.match(TRUTHS[0], (np.zeros((0, 4)), [], [])).shape == (0,)


def test_overlaps_are_those_of_keras():
    import keras

    rng = np.random.default_rng(1)
    corners = rng.uniform(0, 50, (2, 6, 2))
    boxes, others = (np.concatenate([one, one + rng.uniform(5, 40, one.shape)], axis=1) for one in corners)
    expected = keras.utils.bounding_boxes.compute_iou(boxes.astype("float32"), others.astype("float32"), "xyxy")
    assert np.allclose(detection.iou_matrix(boxes, others), expected, atol=1e-5)


def test_drawing_enlarges_and_marks_the_edges_of_the_box():
    picture = np.zeros((24, 24, 3), np.uint8)
    made = detection.drawn(picture, [[4, 6, 12, 18]], ["mug 0.9"], [(255, 0, 0)], scale=4)
    assert made.shape == (96, 96, 3) and made.dtype == np.uint8
    assert made[60, 16, 0] > 200 and made[60, 32].max() == 0
    assert not picture.any()


def test_padding_is_not_drawn():
    picture = np.full((24, 24, 3), 255, np.uint8)
    boxes, kinds = np.array([[4, 10, 12, 18], [0, 0, 0, 0]]), np.array([1, -1])
    with_padding = detection.labelled(picture, ("mug", "boot"), boxes, kinds, [0.5, 0.0])
    assert (with_padding == detection.labelled(picture, ("mug", "boot"), boxes[:1], kinds[:1], [0.5])).all()
    assert (with_padding < 255).any()
    assert (detection.labelled(picture, ("mug", "boot"), boxes[1:], kinds[1:]) == 255).all()


def test_f1_counts_misses_and_false_alarms_above_the_threshold():
    three = [(BOXES[0], KINDS[0], [0.9, 0.2]), (BOXES[1], KINDS[1], [0.8, 0.0])]
    assert detection.f1(TRUTHS, three) == 1
    assert detection.f1(TRUTHS, three, threshold=0.5) == pytest.approx(2 * 2 / (3 + 2))
    misnamed = [(boxes, np.where(kinds >= 0, 5, -1), scores) for boxes, kinds, scores in three]
    assert detection.f1(TRUTHS, misnamed) == 0 and detection.f1(TRUTHS, misnamed, any_kind=True) == 1
    assert detection.found(TRUTHS, misnamed, any_kind=True).tolist() == [True] * 3
    assert detection.found(TRUTHS, [detection.surer(one, 0.5) for one in three]).tolist() == [True, False, True]
    assert detection.f1([(BOXES[1, 1:], [-1])], [(np.zeros((0, 4)), [], [])]) == 1


def shelf(boxes, colours):
    """A grey picture of 64 px with a coloured block in each box."""
    picture = np.full((64, 64, 3), 150, np.uint8)
    for (left, top, right, bottom), colour in zip(np.asarray(boxes, int), colours, strict=True):
        picture[top:bottom, left:right] = colour
    return picture


@pytest.mark.parametrize(("way", "level"), [("edges", 40), ("difference", 0), ("difference", 20)])
def test_contours_find_blocks_that_stand_apart(way, level):
    boxes = np.array([[8, 10, 24, 30], [36, 20, 54, 52]])
    found = detection.ContourDetector(way, level, 3).boxes(shelf(boxes, [(250, 40, 40), (20, 60, 200)]))
    assert detection.iou_matrix(found, boxes).max(axis=0).min() > 0.8 and len(found) == 2
    with pytest.raises(ValueError, match="way is"):
        detection.foreground(np.zeros((16, 16, 3), np.uint8), "magic", 1)


def test_contours_learn_to_name_what_they_find(capsys):
    rng = np.random.default_rng(0)
    corners = rng.integers(6, 16, (12, 1, 2))
    boxes = np.concatenate([corners, corners + 20], axis=2).astype(np.float32)
    kinds = np.arange(12)[:, None] % 2
    pictures = [shelf(b, [[(230, 40, 30), (20, 60, 220)][k[0]]]) for b, k in zip(boxes, kinds, strict=True)]
    truths = list(zip(boxes, kinds, strict=True))
    detector = detection.ContourDetector("difference", 20, 3)
    assert detection.f1(truths, detector.detect(pictures), any_kind=True) == 1
    described, wanted = detector.examples(pictures, truths)
    assert len(described) == 24 and sorted(set(wanted)) == [0, 1]
    assert detection.f1(truths, detector.fit(described, wanted, 1e-2).detect(pictures)) == 1
    described, wanted = np.concatenate([described, 0 * described[:3]]), np.concatenate([wanted, [-1] * 3])
    assert detection.f1(truths, detector.fit(described, wanted, 1e-2).detect(pictures)) == 1
    printed = capsys.readouterr().out
    tuned = detection.tuned_contours(pictures, truths, pictures, truths, strengths=(1e-3, 1e-2))
    assert tuned.machine is not None and detection.f1(truths, tuned.detect(pictures), any_kind=True) == 1
    assert not printed and capsys.readouterr().out.count("\n") == 11
    empty = detector.detect([np.full((64, 64, 3), 150, np.uint8)])
    assert len(empty) == 1 and len(empty[0][0]) == len(empty[0][1]) == len(empty[0][2]) == 0


def test_the_glow_lies_on_its_cell():
    heat = np.zeros((6, 6))
    heat[1, 4] = 1
    made = detection.glowing(np.zeros((24, 24, 3), np.uint8), heat, scale=2)
    rows, columns = np.nonzero(made.sum(axis=-1) > 200)
    assert made.shape == (48, 48, 3)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (8, 15, 32, 39)


def test_the_curves_are_one_figure(monkeypatch):
    seen = []
    monkeypatch.setattr(detection.show, "finish", lambda fig, text: seen.append((fig, text)))
    rows = {"all": detected(BOXES), "none": [(np.zeros((0, 4)), [], [])] * 2}
    detection.show_precision_recall(TRUTHS, rows, ("right", "chance"), description="two curves")
    ((fig, text),) = seen
    assert text == "two curves" and [len(axis.lines) for axis in fig.axes] == [2, 2]
    assert [line.get_ydata().mean() for line in fig.axes[0].lines] == pytest.approx([1, 0])


def test_what_is_found_is_drawn_by_what_is_hidden(monkeypatch):
    seen = []
    monkeypatch.setattr(detection.show, "finish", lambda fig, text: seen.append((fig, text)))
    flags = {"some": np.array([True, True, False, True]), "none": np.zeros(4, bool)}
    detection.show_found(flags, np.array([0.0, 0.05, 0.05, 0.6]), (0.1, 0.3, 0.7), description="two lines")
    ((fig, text),) = seen
    assert text == "two lines"
    assert [line.get_ydata() for line in fig.axes[0].lines] == [pytest.approx([2 / 3, 1]), pytest.approx([0, 0])]


def test_scenes_move_together_with_their_boxes():
    pictures, tables = np.full((8, 32, 32, 3), 0.2, np.float32), np.zeros((8, 2, 5), np.float32)
    pictures[:, 10:20, 4:14], tables[:, 0], tables[:, 1, 4] = 0.8, (4, 10, 14, 20, 3), -1
    pictures, tables = detection.moved(32, lambda tables: tables)(pictures, tables, np.array([5, 7]))
    assert np.array_equal(tables[..., 4], [[3, -1]] * 8) and not np.any(tables[:, 1, :4])
    for picture, (left, top, right, bottom, _) in zip(pictures.numpy().mean(axis=-1), tables[:, 0], strict=True):
        bright = picture > (picture.min() + picture.max()) / 2
        rows, columns = np.flatnonzero(bright.any(1)), np.flatnonzero(bright.any(0))
        found = [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]
        assert found == pytest.approx([float(x) for x in (left, top, right, bottom)], abs=1)
