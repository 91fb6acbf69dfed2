import keras
import numpy as np
import pytest
from skimage.data import astronaut
from skimage.transform import resize

from helpers import degrade, inpaint, metrics

CLEAN = np.repeat(resize(astronaut()[40:240, 130:330], (1, 64, 64, 3), anti_aliasing=True).astype(np.float32), 2, 0)
MASKS = degrade.irregular_masks(2, 64, 64, (1, 2), 0.05, 0.15).numpy()
METHODS = [inpaint.mean_colour, inpaint.biharmonic, inpaint.telea, inpaint.navier_stokes, inpaint.pull_push]


def filled(method, pictures, masks=MASKS):
    return np.clip(np.asarray(method(pictures, masks)), 0, 1)


@pytest.mark.parametrize("method", METHODS)
def test_known_pixels_come_back_bit_for_bit_and_the_holes_content_is_ignored(method):
    result = filled(method, CLEAN * MASKS)
    assert result.shape == CLEAN.shape and result.dtype == np.float32
    np.testing.assert_array_equal(result * MASKS, CLEAN * MASKS)
    np.testing.assert_array_equal(filled(method, np.where(MASKS, CLEAN, 0.9).astype(np.float32)), result)


@pytest.mark.parametrize("method", METHODS[1:])
def test_each_method_beats_the_mean_colour_by_far(method):
    hole = 1 - MASKS
    gain = metrics.masked_psnr(CLEAN, filled(method, CLEAN), hole)
    gain -= metrics.masked_psnr(CLEAN, filled(inpaint.mean_colour, CLEAN), hole)
    assert np.all(gain > 2)


@pytest.mark.parametrize("method", [inpaint.biharmonic, inpaint.telea, inpaint.navier_stokes, inpaint.pull_push])
def test_a_constant_picture_is_repaired(method):
    picture = np.full_like(CLEAN, 0.6)
    np.testing.assert_allclose(filled(method, picture), picture, atol=5 / 255)  # OpenCV rounds at every step


def test_a_slope_is_continued_by_the_biharmonic_surface_alone():
    slope = np.broadcast_to(np.linspace(0.1, 0.9, 64, dtype=np.float32)[None, None, :, None], (1, 64, 64, 3))
    mask = np.ones((1, 64, 64, 1), np.float32)
    mask[:, 20:36, 24:40] = 0
    np.testing.assert_allclose(filled(inpaint.biharmonic, slope, mask), slope, atol=1e-3)


def test_the_radius_is_handed_on():
    assert np.any(inpaint.telea(CLEAN, MASKS, 2) != inpaint.telea(CLEAN, MASKS, 8))


def test_pull_push_works_inside_a_model():
    inputs = keras.Input((64, 64, 4))
    model = keras.Model(inputs, inpaint.pull_push(inputs[..., :3], inputs[..., 3:]))
    result = model(np.concatenate([CLEAN, MASKS], -1))
    np.testing.assert_allclose(result, inpaint.pull_push(CLEAN, MASKS), atol=1e-6)


def test_other_shapes_are_refused():
    with pytest.raises(ValueError, match="masks"):
        inpaint.telea(CLEAN, MASKS[..., 0])


def test_a_shifted_copy_continues_a_pattern_exactly():
    rows, columns = np.indices((48, 48))
    cloth = np.stack([(rows // 2 + columns) % 6, (rows + columns // 3) % 4, rows % 3], -1)[None].astype(np.float32) / 6
    mask = degrade.middle_box(1, 48, 48, 18)
    np.testing.assert_allclose(inpaint.shifted_copy(cloth * mask, mask), cloth, atol=1e-6)


@pytest.mark.parametrize("rim", [1, 3])
def test_the_copied_shift_is_the_best_of_all(rim):
    picture, mask = CLEAN[:1, 8:56, 8:56], degrade.middle_box(1, 48, 48, 12)
    draft, copied = (np.asarray(one)[0] for one in inpaint.drafts(picture, mask, rim))
    hole = mask[0, ..., 0] < 0.5
    near = np.pad(hole, rim)
    near = np.any([np.roll(near, (dy, dx), (0, 1)) for dy in range(-rim, rim + 1) for dx in range(-rim, rim + 1)], 0)
    near = near[rim:-rim, rim:-rim] & ~hole

    def unlike(shift):
        moved, from_hole = np.roll(draft, shift, (0, 1)), np.roll(hole, shift, (0, 1))
        return ((moved - draft)[near] ** 2).sum() + (from_hole & hole).sum()

    best = min(((dy, dx) for dy in range(48) for dx in range(48)), key=unlike)
    np.testing.assert_array_equal(copied[hole], np.roll(draft, best, (0, 1))[hole])
    np.testing.assert_array_equal(copied[~hole], picture[0][~hole])
    assert not np.allclose(copied, draft)


def test_drafts_work_inside_a_model_that_can_be_saved(tmp_path):
    inputs = keras.Input((48, 48, 4))
    model = keras.Model(inputs, inpaint.drafts(inputs[..., :3], inputs[..., 3:])[1])
    picture, mask = CLEAN[:, :48, :48], MASKS[:, :48, :48]
    result = model(np.concatenate([picture, mask], -1))
    np.testing.assert_allclose(np.clip(result, 0, 1), inpaint.shifted_copy(picture, mask), atol=1e-6)
    layer = inpaint.ShiftedCopy(rim=3)
    assert inpaint.ShiftedCopy.from_config(layer.get_config()).rim == 3
