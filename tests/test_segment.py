import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers import segment
from helpers.metrics import mask_iou

ROWS, COLUMNS = np.indices((48, 48))
DISC = np.hypot(ROWS - 23.5, COLUMNS - 23.5) < 13
NOISE = np.random.default_rng(0).integers(-10, 11, (3, 48, 48, 3))
GROUNDS = np.array([[200, 196, 190], [60, 66, 60], [128, 150, 178]])
PRODUCTS = np.array([[180, 40, 40], [220, 210, 60], [40, 42, 60]])
PICTURES = np.where(DISC[None, ..., None], PRODUCTS[:, None, None], GROUNDS[:, None, None]) + NOISE
PICTURES = PICTURES.clip(0, 255).astype(np.uint8)
TRUTH = np.repeat(DISC[None], 3, 0)
SETTINGS = [
    (segment.otsu, {"channel": "border distance", "radius": 1}),
    (segment.chan_vese, {"channel": "border distance", "mu": 0.1, "radius": 1}),
    (segment.grab_cut, {"margin": 0.1, "rounds": 3, "scale": 1, "radius": 1}),
    (segment.grab_cut, {"margin": 0.1, "rounds": 3, "scale": 2, "radius": 0}),
]


@pytest.mark.parametrize(("method", "settings"), SETTINGS)
def test_a_product_of_its_own_colour_is_found_whether_darker_or_lighter(method, settings):
    found = method(PICTURES, **settings)
    assert found.shape == TRUTH.shape and found.dtype == bool
    assert mask_iou(TRUTH, found).min() > 0.88


@pytest.mark.parametrize(("method", "settings"), SETTINGS[1:3])
def test_the_same_on_every_call_and_whatever_else_is_in_the_batch(method, settings):
    np.testing.assert_array_equal(method(PICTURES, **settings), method(PICTURES, **settings))
    np.testing.assert_array_equal(method(PICTURES, **settings)[1:2], method(PICTURES[1:2], **settings))


def test_channels_stay_in_range_and_unknown_ones_are_refused():
    for channel in segment.CHANNELS:
        values = segment.one_channel(PICTURES[0], channel)
        assert values.shape == (48, 48) and values.min() >= 0 and values.max() <= 1
    distance = segment.one_channel(PICTURES[0], "border distance")
    assert distance[DISC].min() > distance[~DISC].max()
    with pytest.raises(ValueError, match="border distance"):
        segment.one_channel(PICTURES[0], "hue")


def test_the_side_with_less_of_the_border_is_the_product():
    np.testing.assert_array_equal(segment.foreground_side([DISC, ~DISC]), [DISC, DISC])


def test_tidying_removes_specks_and_fills_holes():
    mask = DISC.copy()
    mask[2, 2] = mask[40, 5] = True
    mask[22:26, 22:26] = False
    assert mask_iou(DISC[None], segment.tidied(mask[None], 1)).item() > 0.97
    np.testing.assert_array_equal(segment.tidied(mask[None], 0)[0], mask)
    assert not segment.tidied(np.zeros((1, 48, 48), bool), 2).any()


def test_tuning_finds_the_best_setting_and_says_so(capsys):
    def shifted(pictures, *, right, down):
        return np.roll(TRUTH, (down, right), axis=(1, 2))

    assert segment.tune(shifted, PICTURES, TRUTH, right=(-4, -1, 3), down=(-2, 0, 5)) == {"right": -1, "down": 0}
    assert capsys.readouterr().out.startswith("shifted, right: -4: ")


def test_a_cut_out_has_alpha_and_no_old_ground_along_its_rim():
    alpha = np.clip(14.5 - np.hypot(ROWS - 23.5, COLUMNS - 23.5), 0, 1)
    picture = np.rint(alpha[..., None] * [200, 30, 30] + (1 - alpha[..., None]) * [0, 0, 255]).astype(np.uint8)
    rgba = segment.cut_out(picture, alpha)
    assert rgba.shape == (48, 48, 4) and rgba.dtype == np.uint8
    np.testing.assert_array_equal(rgba[..., 3], np.rint(255 * alpha))
    assert np.abs(rgba[rgba[..., 3] > 0][:, :3].astype(int) - [200, 30, 30]).max() <= 13
    assert not rgba[rgba[..., 3] == 0].any()
    assert segment.cut_out(picture, np.zeros((48, 48))).shape == (48, 48, 4)
    with pytest.raises(ValueError, match="got"):
        segment.cut_out(picture, alpha[:10])


def test_on_a_checkerboard_the_product_stays_and_the_rest_is_squares():
    shown = segment.on_checkerboard(segment.cut_out(PICTURES[0], DISC))
    np.testing.assert_array_equal(shown[DISC], PICTURES[0][DISC])
    assert set(np.unique(shown[~DISC])) == {214, 255}


def test_corners_come_from_all_four_ends_in_turn():
    photos = np.zeros((8, 48, 48, 3), np.uint8)
    for i, (row, column) in enumerate([(0, 0), (0, 47), (47, 0), (47, 47)]):
        photos[:, row, column] = i + 1
    found = segment.corners(photos)
    assert found.shape == (8, 16, 16, 3)
    assert found.max(axis=(1, 2, 3)).tolist() == [1, 1, 2, 2, 3, 3, 4, 4]


def test_by_hand_moves_picture_and_mask_together():
    masks = np.zeros((6, 64, 64, 1), np.uint8)
    masks[:, 14:50, 22:42] = 255
    pictures = tf.constant(np.where(masks > 0, [0.9, 0.2, 0.2], [0.2, 0.2, 0.9]).astype(np.float32))
    seed = tf.constant([3, 4], tf.int64)
    taken, alpha = (np.asarray(each) for each in segment.by_hand(pictures, tf.constant(masks), seed))
    assert taken.shape == (6, 64, 64, 3) and alpha.shape == (6, 64, 64, 1)
    assert taken.min() >= 0 and taken.max() <= 1 and alpha.min() >= 0 and alpha.max() == 1
    redder = taken[..., 0] - taken[..., 2]
    assert redder[alpha[..., 0] > 0.9].min() > 0.3 and redder[alpha[..., 0] < 0.1].max() < -0.3
    areas = alpha.mean(axis=(1, 2, 3)) / (masks > 0).mean()
    assert len(np.unique(areas.round(3))) == 6 and areas.min() > 0.94**2 - 0.05 and areas.max() < 1.41**2 + 0.05
    again, _ = segment.by_hand(pictures, tf.constant(masks), seed)
    np.testing.assert_array_equal(again, taken)


def test_pictures_taken_once_are_bytes_and_the_same_every_time():
    given = {"images": PICTURES, "masks": np.uint8(255 * TRUTH)}
    pictures, alpha = segment.taken_once(given, 1)
    assert pictures.shape == PICTURES.shape and pictures.dtype == np.uint8 and alpha.shape == TRUTH.shape
    np.testing.assert_array_equal(segment.taken_once(given, 1)[0], pictures)
    assert not np.array_equal(segment.taken_once(given, 2)[0], pictures)


def test_scenes_are_products_over_textures_and_over_photos(tmp_path, monkeypatch):
    monkeypatch.setenv("HELPERS_CACHE", str(tmp_path))
    photos = np.zeros((6, 48, 48, 3), np.uint8)
    photos[..., 2] = 200
    made = segment.scenes(4, photos, seed=5, size=32, first_sku=100, skus_per_kind=10)
    shapes = {name: of.shape for name, of in made.items()}
    assert shapes == {"images": (4, 32, 32, 3), "masks": (4, 32, 32), "sku": (4,)}
    ground = (made["images"] * (made["masks"] == 0)[..., None]).astype(int)
    assert not ground[2:, ..., :2].any() and ground[2:, ..., 2].max() == 200 and ground[:2, ..., 0].any()


def test_alpha_of_a_large_picture_comes_back_at_its_size():
    picture = np.zeros((90, 130, 3), np.uint8)
    picture[:, 65:] = 255
    alpha = segment.alpha_of(lambda pictures: pictures[..., :1], picture, 0.5, side=64)
    assert alpha.shape == (90, 130) and alpha.min() == 0 and alpha.max() == 1
    assert np.abs(alpha[:, :62]).max() < 0.02 and np.abs(1 - alpha[:, 68:]).max() < 0.02


def test_thin_parts_are_where_a_disc_does_not_fit():
    mask = np.zeros((1, 40, 40), bool)
    mask[0, 10:30, 5:20] = True
    mask[0, 18:20, 20:35] = True  # a handle two pixels thick
    thin = segment.thin_parts(mask)[0]
    assert thin[18:20, 22:35].all() and not thin[12:28, 7:18].any()
    everything = np.ones((1, 16, 16), bool)
    assert not segment.thin_parts(everything).any()  # running out of the picture is not thin


def test_the_best_threshold_is_found():
    truth = np.repeat(DISC[None], 2, 0)
    assert segment.best_threshold(np.where(truth, 0.65, 0.35), truth, (0.3, 0.6, 0.7)) == 0.6


def test_cut_outs_are_a_batch():
    np.testing.assert_array_equal(
        segment.cut_outs(PICTURES, TRUTH)[1], segment.on_checkerboard(segment.cut_out(PICTURES[1], DISC), 8)
    )


def test_outlines_are_drawn_on_the_rim_only():
    drawn = segment.outlined(PICTURES, TRUTH.astype(float))
    red = (drawn == [1, 0, 0]).all(-1)
    assert red.any(axis=(1, 2)).all() and not red[:, ~DISC].any() and not red[:, 20:28, 20:28].any()


def test_agreement_with_the_mirror_is_1_for_what_does_not_care_and_less_for_what_leans_to_one_side():
    assert segment.mirror_agreement(lambda pictures: pictures[..., 0] > 128, PICTURES).tolist() == [1, 1, 1]
    left = np.zeros((3, 48, 48), bool)
    left[:, :, :32] = True
    np.testing.assert_allclose(segment.mirror_agreement(lambda pictures: left, PICTURES), 16 / 48)


def test_half_size_is_the_mean_of_squares():
    pictures = np.arange(64, dtype=np.uint8).reshape(1, 4, 4, 4)
    small = segment.halved(pictures)
    assert small.shape == (1, 2, 2, 4) and small.dtype == np.float32
    np.testing.assert_allclose(small[0, 0, 0], pictures[0, :2, :2].mean(axis=(0, 1)) / 255, rtol=1e-6)
    np.testing.assert_allclose(segment.halved(small), small.mean(axis=(1, 2), keepdims=True), rtol=1e-6)


def test_the_vote_with_the_mirror_is_the_same_for_both():
    inputs = keras.Input((None, None, 3))
    model = keras.Model(inputs, keras.layers.Conv2D(1, 3, padding="same")(inputs))
    pictures = np.random.default_rng(0).random((2, 6, 8, 3), np.float32)
    mean = (model(pictures).numpy() + model(pictures[:, :, ::-1]).numpy()[:, :, ::-1]) / 2
    voting = segment.with_mirror(model)
    np.testing.assert_allclose(voting(pictures), mean, atol=1e-6)
    np.testing.assert_allclose(voting(pictures[:, :, ::-1])[:, :, ::-1], mean, atol=1e-6)
