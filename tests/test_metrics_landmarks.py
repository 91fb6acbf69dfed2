import numpy as np
import pytest

from helpers.metrics import landmark_errors, pck

TRUTH = np.zeros((2, 3, 2))
FOUND = np.array([[[0, 0], [3, 4], [0, 2]], [[1, 0], [0, -4], [6, 8]]], float)
SIDES = np.array([10.0, 40.0])


def test_errors_are_distances_in_shares_of_the_side():
    np.testing.assert_allclose(landmark_errors(TRUTH, FOUND, SIDES), [[0, 0.5, 0.2], [0.025, 0.1, 0.25]])


def test_errors_do_not_depend_on_the_unit_of_the_picture():
    np.testing.assert_allclose(landmark_errors(TRUTH, FOUND, SIDES), landmark_errors(TRUTH, FOUND / 64, SIDES / 64))


def test_pck_counts_visible_landmarks_only_and_the_threshold_itself():
    errors = landmark_errors(TRUTH, FOUND, SIDES)
    assert pck(errors, np.ones((2, 3))) == 0.5
    assert pck(errors, [[1, 0, 0], [1, 1, 0]]) == 1.0
    assert pck(errors, [[0, 1, 1], [0, 0, 1]]) == 0.0
    assert pck(errors, np.ones((2, 3)), threshold=0.25) == pytest.approx(5 / 6)


def test_a_hidden_landmark_may_be_anywhere():
    errors, visible = landmark_errors(TRUTH, FOUND, SIDES), np.array([[1, 0, 1], [1, 1, 1]])
    errors_far = np.where(visible, errors, 1e6)
    assert pck(errors_far, visible) == pck(errors, visible)


@pytest.mark.parametrize(
    "arguments", [(TRUTH, FOUND[:1], SIDES), (TRUTH, FOUND, SIDES[:1]), (TRUTH[..., :1], FOUND[..., :1], SIDES)]
)
def test_other_shapes_are_refused(arguments):
    with pytest.raises(ValueError, match="need"):
        landmark_errors(*arguments)


def test_what_cannot_be_scored_is_refused():
    with pytest.raises(ValueError, match="above 0"):
        landmark_errors(TRUTH, FOUND, np.array([10.0, 0.0]))
    with pytest.raises(ValueError, match="nothing to score"):
        pck(np.zeros((2, 3)), np.zeros((2, 3)))
    with pytest.raises(ValueError, match="differ"):
        pck(np.zeros((2, 3)), np.zeros((3, 2)))
