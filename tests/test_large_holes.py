import numpy as np
import pytest

from helpers import degrade, large_holes, pipeline

MASKS = large_holes.masks(64, 1)
RNG = np.random.default_rng(0)
CLOTH = RNG.random((64, 48, 48, 3)).astype(np.float32)


def test_masks_are_in_turn_squares_and_badges_and_inside():
    hole = MASKS[..., 0] == 0
    assert MASKS.shape == (64, 48, 48, 1) and MASKS.dtype == np.float32 and set(np.unique(MASKS)) == {0, 1}
    rows, columns = hole.any(2).sum(1), hole.any(1).sum(1)
    area = hole.sum((1, 2))
    assert np.all(area[::2] == (rows * columns)[::2]) and np.all(rows[::2] == columns[::2])
    assert np.all(area[1::2] < (rows * columns)[1::2])
    assert rows.min() >= 20 and max(rows.max(), columns.max()) <= 27 and set(rows[::2]) <= {20, 22, 24}
    edge = np.ones((48, 48), bool)
    edge[1:-1, 1:-1] = False
    assert not hole[:, edge].any()
    np.testing.assert_array_equal(MASKS, large_holes.masks(64, 1))
    assert np.any(large_holes.masks(64, 2) != MASKS)


def test_the_view_holds_the_whole_hole():
    view = large_holes.around_hole(MASKS, MASKS).numpy()
    assert view.shape == (64, 32, 32, 1)
    np.testing.assert_array_equal((view == 0).sum((1, 2, 3)), (MASKS == 0).sum((1, 2, 3)))
    one = large_holes.around_hole(CLOTH[:1], degrade.middle_box(1, 48, 48, 20))
    np.testing.assert_array_equal(one[0], CLOTH[0, 8:40, 8:40])


def test_damaged_windows_are_windows_of_the_pictures_with_new_holes_each_time():
    photos = (255 * RNG.random((32, 64, 64, 3))).astype(np.uint8)
    batches = pipeline.training_batches(photos, batch_size=8, augment=large_holes.damaged_windows(16), seed=0)
    batches = iter(batches.dataset())
    (damaged, whole), (other, _) = next(batches), next(batches)
    mask = damaged[..., 3:].numpy()
    assert damaged.shape == (8, 48, 48, 4) and whole.shape == (8, 48, 48, 3)
    np.testing.assert_allclose(damaged[..., :3], whole * mask, atol=1e-6)
    assert np.any(mask != other[..., 3:]) and 0.1 < (mask == 0).mean() < 0.3
    window = np.round(255 * whole[0].numpy()).astype(np.uint8)
    views = np.lib.stride_tricks.sliding_window_view(photos, (48, 48), axis=(1, 2)).transpose(0, 1, 2, 4, 5, 3)
    assert any(np.any(np.all(views == side, axis=(3, 4, 5))) for side in (window, window[:, ::-1]))


def test_grain_is_0_for_equal_pictures_1_for_flat_holes_and_small_for_new_noise():
    flat = np.where(MASKS > 0.5, CLOTH, 0.5).astype(np.float32)
    redrawn = np.where(MASKS > 0.5, CLOTH, RNG.random(CLOTH.shape)).astype(np.float32)
    assert large_holes.grain(CLOTH, MASKS, CLOTH) == 0
    assert large_holes.grain(flat, MASKS, CLOTH) > 0.9
    assert large_holes.grain(redrawn, MASKS, CLOTH) < 0.1


def test_scores_judge_distortion_and_perception():
    found = large_holes.scores(0.8 * CLOTH + 0.1 * (1 - MASKS), MASKS, 0.8 * CLOTH)
    assert found["hole PSNR"] == pytest.approx(20, abs=1e-3) and found["Fréchet"] > 0
    assert large_holes.frechet(CLOTH, MASKS, CLOTH) == pytest.approx(0, abs=1e-2)


def test_film_grain_is_in_the_holes_only():
    made = large_holes.grained(CLOTH * 0 + 0.5, MASKS, 0.05)
    hole = np.repeat(MASKS, 3, -1) < 0.5
    assert np.all(made[~hole] == 0.5) and made[hole].std() == pytest.approx(0.05, rel=0.05)
