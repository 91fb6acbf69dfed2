import numpy as np
import pytest

from helpers.metrics import boundary_f, mask_iou

NOTHING = np.zeros((32, 32), bool)
SQUARE = NOTHING.copy()
SQUARE[8:24, 8:24] = True


def moved(right):
    return np.roll(SQUARE, right, axis=1)


def one(measure, truth, predicted, **options):
    return measure(truth[None], predicted[None], **options).item()


def test_iou_of_known_overlaps():
    assert one(mask_iou, SQUARE, SQUARE) == 1
    assert one(mask_iou, SQUARE, moved(8)) == pytest.approx(8 / 24)
    assert one(mask_iou, SQUARE, NOTHING) == 0
    assert one(mask_iou, NOTHING, NOTHING) == 1


def test_iou_agrees_with_scikit_learn_and_is_one_number_a_picture():
    from sklearn.metrics import jaccard_score

    draw = np.random.default_rng(0)
    truth, predicted = draw.random((2, 5, 16, 20)) < 0.4
    expected = [jaccard_score(a.ravel(), b.ravel()) for a, b in zip(truth, predicted, strict=True)]
    np.testing.assert_allclose(mask_iou(truth, predicted), expected)
    np.testing.assert_allclose(mask_iou(truth.astype(np.uint8), predicted.astype(np.float32)), expected)


def test_boundary_f_of_a_perfect_and_of_empty_masks():
    assert one(boundary_f, SQUARE, SQUARE) == 1
    assert one(boundary_f, NOTHING, NOTHING) == 1
    assert one(boundary_f, SQUARE, NOTHING) == 0
    assert one(boundary_f, NOTHING, SQUARE) == 0


def test_boundary_f_forgives_what_the_tolerance_allows():
    # 0.008 of the diagonal of 32 x 32 is rounded up to 1 pixel.
    assert one(boundary_f, SQUARE, moved(1)) == 1
    assert one(boundary_f, SQUARE, moved(1), tolerance=0) < 1
    # Three to the right: 16 - 3 + 1 pixels agree at top and bottom, and both ends of the side between.
    hits, length = 2 * (16 - 3 + 1 + 1), 4 * 15
    assert one(boundary_f, SQUARE, moved(3)) == pytest.approx(hits / length)
    assert one(boundary_f, SQUARE, moved(3), tolerance=3 / np.hypot(32, 32)) == 1


def test_boundary_f_sees_what_iou_hardly_sees():
    bitten = SQUARE.copy()
    bitten[10:22:2, 9:23] = False  # slits
    assert one(boundary_f, SQUARE, bitten) < one(boundary_f, SQUARE, moved(1))


def test_the_edge_of_the_picture_is_no_boundary():
    half = NOTHING.copy()
    half[:, :16] = True
    wider = NOTHING.copy()
    wider[:, :20] = True
    assert one(boundary_f, half, wider) == 0
    everything = np.ones((1, 32, 32), bool)
    assert boundary_f(everything, everything).item() == 1


def test_pictures_of_a_batch_do_not_touch_each_other():
    truth, predicted = np.stack([SQUARE, NOTHING, SQUARE]), np.stack([moved(5), NOTHING, SQUARE])
    for measure in (mask_iou, boundary_f):
        alone = [one(measure, a, b) for a, b in zip(truth, predicted, strict=True)]
        np.testing.assert_allclose(measure(truth, predicted), alone)


@pytest.mark.parametrize("measure", [mask_iou, boundary_f])
def test_what_is_no_pair_of_masks_is_refused(measure):
    with pytest.raises(ValueError, match="threshold first"):
        measure(SQUARE[None], 0.3 * SQUARE[None])
    with pytest.raises(ValueError, match="n, height, width"):
        measure(SQUARE[None], SQUARE)
    with pytest.raises(ValueError, match="n, height, width"):
        measure(SQUARE, SQUARE)
