"""Pictures, masks, boxes and landmarks under one move stay together, whatever the move."""

import numpy as np
import pytest

from helpers import geometry
from helpers.datasets.catalogue import KINDS, LANDMARKS

SIZE = 48
EACH = {
    "nothing": dict(flip=0.0, zoom=0.0, shift=0.0, rotation=0.0),
    "flip": dict(flip=1.0, zoom=0.0, shift=0.0, rotation=0.0),
    "zoom": dict(flip=0.0, zoom=0.3, shift=0.0, rotation=0.0),
    "shift": dict(flip=0.0, zoom=0.0, shift=0.2, rotation=0.0),
    "rotation": dict(flip=0.0, zoom=0.0, shift=0.0, rotation=30.0),
    "all": dict(flip=0.5, zoom=0.2, shift=0.1, rotation=15.0),
}


def blobs(points):
    """Pictures (n, SIZE, SIZE, k) with one soft spot a channel at each of the points (n, k, 2)."""
    centres = np.arange(SIZE) + 0.5
    dx = centres[None, None, :, None] - points[:, None, None, :, 0]
    dy = centres[None, :, None, None] - points[:, None, None, :, 1]
    return np.exp(-(dx**2 + dy**2) / 8).astype(np.float32)


def centres_of(pictures):
    """Centres of mass (n, k, 2) of the channels of `pictures`."""
    centres = np.arange(SIZE) + 0.5
    mass = pictures.sum((1, 2))
    x = np.einsum("nhwk,w->nk", pictures, centres) / mass
    y = np.einsum("nhwk,h->nk", pictures, centres) / mass
    return np.stack([x, y], axis=-1)


@pytest.mark.parametrize("move", EACH.values(), ids=EACH)
def test_points_land_where_the_picture_shows_them(move):
    points = np.random.default_rng(0).uniform(18, 30, (6, 3, 2)).astype(np.float32)
    moves = geometry.random_moves(6, SIZE, (1, 2), **move)
    moved = geometry.move_pictures(blobs(points), moves, fill="CONSTANT").numpy()
    np.testing.assert_allclose(geometry.move_points(points, moves), centres_of(moved), atol=0.1)


@pytest.mark.parametrize("move", EACH.values(), ids=EACH)
def test_boxes_hold_what_the_mask_shows(move):
    mask, boxes = np.zeros((6, SIZE, SIZE), np.float32), np.zeros((6, 2, 4), np.float32)
    mask[:, 14:34, 18:30], boxes[:, 0] = 1, (18, 14, 30, 34)
    moves = geometry.random_moves(6, SIZE, (3, 4), **move)
    moved = geometry.move_masks(mask, moves).numpy() >= 0.5
    boxes = geometry.move_boxes(boxes, moves, SIZE).numpy()
    slack = 12 if move["rotation"] else 1.01  # around turned corners, a box is larger than what is inside
    for one, box in zip(moved, boxes[:, 0], strict=True):
        columns, lines = np.flatnonzero(one.any(0)), np.flatnonzero(one.any(1))
        tight = np.array([columns[0], lines[0], columns[-1] + 1, lines[-1] + 1])
        assert (box[:2] <= tight[:2] + 1.01).all() and (box[2:] >= tight[2:] - 1.01).all()
        assert np.abs(box - tight).max() <= slack
    assert not boxes[:, 1].any()  # padding stays padding


def test_no_move_changes_nothing():
    pictures = np.random.default_rng(0).random((2, SIZE, SIZE, 3)).astype(np.float32)
    moves = geometry.random_moves(2, SIZE, (0, 0), **EACH["nothing"])
    np.testing.assert_allclose(geometry.move_pictures(pictures, moves), pictures, atol=1e-5)


def test_a_flip_is_a_mirror_image():
    pictures = np.random.default_rng(0).random((2, SIZE, SIZE, 3)).astype(np.float32)
    moves = geometry.random_moves(2, SIZE, (0, 0), **EACH["flip"])
    np.testing.assert_allclose(geometry.move_pictures(pictures, moves), pictures[:, :, ::-1], atol=1e-4)


def test_draws_depend_on_the_seed_and_stay_in_their_range():
    first, again, other = (geometry.random_moves(500, SIZE, seed).numpy() for seed in ((1, 1), (1, 1), (1, 2)))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.1
    scales = np.sqrt(np.abs(np.linalg.det(first)))
    assert 0.85 <= scales.min() < 0.87 and 1.13 < scales.max() <= 1.15
    assert 0.4 < np.mean(np.linalg.det(first) < 0) < 0.6


def test_mirrored_landmarks_change_their_names():
    names = LANDMARKS["t-shirt"]
    order = geometry.mirrored_order(names)
    assert [names[k] for k in order[:2]] == ["right shoulder", "left shoulder"]
    points = np.array([[[10, 10, 1], [38, 10, 1], [8, 20, 1], [40, 20, 0], [14, 40, 1], [34, 40, 1]]], np.float32)
    moves = geometry.random_moves(1, SIZE, (0, 0), **EACH["flip"])
    moved = geometry.move_landmarks(points, moves, SIZE, [order]).numpy()
    np.testing.assert_allclose(moved[0, :2], points[0, :2], atol=1e-4)  # a symmetric shirt: left is left again
    assert moved[0, :, 2].tolist() == [1, 1, 0, 1, 1, 1]  # the hidden right cuff is now the left one


@pytest.mark.parametrize("kind", KINDS)
def test_mirroring_twice_is_nothing(kind):
    order = geometry.mirrored_order(LANDMARKS[kind])
    assert all(order[order[k]] == k for k in range(len(order)) if order[k] >= 0)
    assert all(("left" in name or "right" in name) or order[k] == k for k, name in enumerate(LANDMARKS[kind]))


def test_a_point_without_a_mirror_image_is_no_longer_visible():
    order = geometry.mirrored_order(LANDMARKS["sunglasses"])
    ear = LANDMARKS["sunglasses"].index("left ear")
    assert order[ear] == -1
    points = np.full((2, 6, 3), (20, 20, 1), np.float32)
    both = np.concatenate([geometry.random_moves(1, SIZE, (0, 0), **EACH[name]) for name in ("flip", "nothing")])
    seen = geometry.move_landmarks(points, both, SIZE, [order, order]).numpy()[:, :, 2]
    assert seen[0, ear] == 0 and seen[1, ear] == 1
    assert seen[0, [k for k in range(6) if k != ear]].all()


def test_a_point_that_leaves_the_picture_is_no_longer_visible():
    points = np.array([[[1, 24, 1], [24, 24, 1]]], np.float32)
    move = np.array([[[1, 0, -5], [0, 1, 0], [0, 0, 1]]], np.float32)
    moved = geometry.move_landmarks(points, move, SIZE).numpy()
    assert moved[0, :, 2].tolist() == [0, 1]
    np.testing.assert_allclose(moved[0, 1, :2], (19, 24))
