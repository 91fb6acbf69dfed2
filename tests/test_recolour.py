import warnings

import numpy as np
import pytest
from skimage.color import rgb2lab

from helpers import degrade, recolour

RNG = np.random.default_rng(0)
MASKS = np.zeros((3, 16, 16), np.float32)
MASKS[:, 4:12, 4:12] = 1
PAINTS = np.float32([[0.8, 0.1, 0.1], [0.2, 0.3, 0.7], [0.5, 0.5, 0.5]])
NEW = np.float32([[0.1, 0.6, 0.2], [0.9, 0.8, 0.2], [0.1, 0.1, 0.1]])
SHADES = RNG.uniform(0.4, 0.9, (3, 16, 16, 1)).astype(np.float32)


def light(colours):
    return degrade.to_linear(np.asarray(colours, np.float32)).numpy()


def painted(paints, gloss=0.05):
    """Scenes after the model of the module's text: shade x paint + gloss in light, grey ground."""
    body = SHADES * light(paints)[:, None, None] + gloss
    return degrade.to_srgb(np.where(MASKS[..., None] > 0, body, 0.3)).numpy().astype(np.float32)


METHODS = {
    "hue": lambda x, m: recolour.hue_shift(x, m, NEW, 1.0),
    "lab": lambda x, m: recolour.lab_shift(x, m, NEW, 1.0),
    "reinhard": lambda x, m: recolour.reinhard(x, m, np.stack([rgb2lab(NEW), np.full((3, 3), 5.0)], 1), 0.5),
    "tint": lambda x, m: recolour.tint(x, m, NEW, 0.7),
}


@pytest.mark.parametrize("method", METHODS)
def test_a_method_changes_the_product_and_nothing_else(method):
    pictures = painted(PAINTS)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = METHODS[method](pictures, MASKS)
    assert result.shape == pictures.shape and 0 <= result.min() <= result.max() <= 1
    np.testing.assert_allclose(result[MASKS == 0], pictures[MASKS == 0], atol=1e-5)
    assert np.abs(result - pictures)[MASKS > 0].mean() > 0.03


def test_a_lab_shift_reaches_the_colour_on_average_and_keeps_lightness_if_told():
    pictures = painted(PAINTS)
    kept = recolour.lab_shift(pictures, MASKS, PAINTS[::-1] * 0.5 + 0.25, 0.0)
    inside = MASKS > 0
    np.testing.assert_allclose(rgb2lab(kept)[inside][:, 0], rgb2lab(pictures)[inside][:, 0], atol=1.5)
    result = recolour.lab_shift(pictures, MASKS, np.full((3, 3), 0.5, np.float32), 1.0)
    np.testing.assert_allclose(rgb2lab(result)[0][inside[0]].mean(0), rgb2lab(np.full(3, 0.5)), atol=1.5)


def test_a_tint_is_exact_where_there_is_no_gloss():
    given, wanted = painted(np.float32([[0.5] * 3] * 3), gloss=0), painted(NEW, gloss=0)
    gain = float(SHADES[0, 4:12, 4:12].mean())
    result = recolour.tint(given, MASKS, NEW, gain)
    np.testing.assert_allclose(result[0], wanted[0], atol=2e-3)


def test_pictures_between_are_what_would_have_been_painted():
    share = RNG.random((3, 3)).astype(np.float32)
    ends = np.stack([PAINTS, NEW], axis=1)
    pictures, paints = recolour.between(painted(PAINTS), painted(NEW), ends, share)
    np.testing.assert_allclose(light(paints), light(PAINTS) + share * (light(NEW) - light(PAINTS)), atol=1e-5)
    np.testing.assert_allclose(pictures, painted(paints.numpy()), atol=1e-4)


def test_the_main_part_is_the_larger_of_two_colours_and_a_plain_product_stays_whole():
    pictures = painted(PAINTS, gloss=0)
    pictures[0, 4:7, 4:12] = (0.9, 0.9, 0.2)
    found = recolour.main_parts(pictures, MASKS, 50.0)
    assert found[0, 4:7].sum() == 0 and (found[0, 7:12, 4:12] == 1).all()
    np.testing.assert_array_equal(found[1:], MASKS[1:])
    assert recolour.main_parts(pictures, 0 * MASKS, 50.0).sum() == 0


def test_the_paint_of_a_product_is_found_up_to_its_typical_shade():
    flat = degrade.to_srgb(np.where(MASKS[..., None] > 0, 0.9 * light(PAINTS)[:, None, None], 0.3)).numpy()
    np.testing.assert_allclose(recolour.paint_of(flat, MASKS), PAINTS, atol=1e-3)
    assert np.isfinite(recolour.paint_of(flat, 0 * MASKS)).all()


def test_errors_are_means_over_the_area_and_nothing_where_pictures_agree():
    pictures = painted(PAINTS)
    assert (recolour.error_in(pictures, pictures, MASKS > 0) == 0).all()
    other = pictures.copy()
    other[:, :2] = 0
    assert (recolour.error_in(other, pictures, MASKS > 0) == 0).all()
    assert (recolour.error_in(other, pictures, MASKS == 0) > 1).all()
    assert (recolour.error_in(other, pictures, np.zeros((3, 16, 16), bool)) == 0).all()


def test_a_photo_keeps_its_size_and_detail_and_gets_the_change():
    picture = RNG.integers(60, 120, (80, 100, 3), np.uint8)
    result = recolour.apply(lambda small, colour: small + 0.2 * colour[:, None, None], picture, (1.0, 0.0, 0.5))
    np.testing.assert_allclose(result.astype(int) - picture, np.broadcast_to([51, 0, 25.5], picture.shape), atol=1)


def test_guided_edges_lie_where_the_guide_has_them():
    guide = np.zeros((40, 40, 3))
    guide[:, 20:] = (0.8, 0.2, 0.4)
    sharp = np.zeros((40, 40, 2))
    sharp[:, 20:] = (1.0, -0.5)
    blurred = np.stack([np.apply_along_axis(np.convolve, 1, sharp[..., k], np.ones(7) / 7, "same") for k in (0, 1)], -1)
    found = recolour.guided(guide, blurred, 6, 1e-4)
    inner = slice(8, 32)
    wrong = [np.abs(values - sharp)[inner, inner].max() for values in (found, blurred)]
    step = np.abs(found[20, 20] - found[20, 19]) / np.abs(blurred[20, 20] - blurred[20, 19])
    assert wrong[0] < 0.7 * wrong[1] and (step > 3).all()
    np.testing.assert_allclose(recolour.guided(guide, np.full((40, 40, 1), 0.3), 6, 1e-3), 0.3, atol=1e-6)


def test_pairs_are_stacked_and_read_both_ways():
    ends = [np.rint(255 * painted(paints)).astype(np.uint8) for paints in (PAINTS, NEW)]
    pairs = {"sources": ends[0], "targets": ends[1], "masks": np.uint8(255 * MASKS)}
    pairs["paints"] = np.stack([PAINTS, NEW], axis=1)
    pictures, targets = recolour.for_training(pairs, {name: column[:1] for name, column in pairs.items()})
    assert pictures.shape == (4, 16, 16, 6) and targets.shape == (4, 7) and targets[:, 6].tolist() == [1, 1, 1, 0]
    both = recolour.both_ways(pairs)
    np.testing.assert_array_equal(both["given"][3:], both["wanted"][:3])
    np.testing.assert_array_equal(both["colours"], np.concatenate([NEW, PAINTS]))
    assert both["painted"].shape == (6, 16, 16, 1) and (both["painted"][..., 0] <= both["masks"]).all()


def test_drawn_pairs_follow_the_paint_and_photos_stay_as_targets():
    ends = [np.repeat(painted(paints)[:1], 40, axis=0) for paints in (PAINTS, NEW)]
    paints = np.repeat(np.stack([PAINTS[:1], NEW[:1]], 1), 40, axis=0).reshape(40, 6)
    targets = np.hstack([paints, np.repeat([[1], [0]], 20, axis=0)]).astype(np.float32)
    (given, wish), answer = recolour.drawn(np.concatenate(ends, axis=-1), targets, np.array([1, 2]))
    (_, grey), same = recolour.drawn_without_wish(np.concatenate(ends, axis=-1), targets, np.array([1, 2]))
    np.testing.assert_array_equal(answer, same)
    assert (grey.numpy() == 0.5).all()
    assert len(np.unique(wish[:20].numpy().round(4), axis=0)) > 12
    assert np.abs(given - answer[..., :3])[:, 8, 8].max(-1).min() > 0.05
    for picture, colour in zip(answer.numpy(), wish.numpy(), strict=True):
        mirrored = picture[4:12, 4:12, :3]
        body = SHADES[0] * light(colour)
        expected = degrade.to_srgb(np.float32(body + 0.05)).numpy()[4:12, 4:12]
        assert min(np.abs(mirrored - expected).max(), np.abs(mirrored[:, ::-1] - expected).max()) < 1e-3
    for picture, colour in zip(answer[20:].numpy(), wish[20:].numpy(), strict=True):
        assert np.allclose(np.sort(colour), np.sort(NEW[0]), atol=1e-5)
        assert np.allclose(np.sort(picture[..., :3].reshape(-1)), np.sort(ends[1][0].reshape(-1)), atol=1e-3)
    np.testing.assert_array_equal(answer[:, 4:12, 4:12, 3], 1)
    np.testing.assert_array_equal(answer[:, :4, :, 3], 0)


def test_scores_and_tables_by_pair():
    ends = [painted(paints) for paints in (PAINTS, NEW)]
    pairs = {"given": ends[0], "wanted": ends[1], "masks": MASKS, "painted": MASKS[..., None].copy()}
    pairs["painted"][:, 4:6] = 0
    pairs |= {"was": np.array([0, 1, 1]), "becomes": np.array([2, 2, 2])}
    perfect, nothing = recolour.scores(ends[1], pairs), recolour.scores(ends[0], pairs)
    assert set(perfect.values()) == {0.0} and nothing["product"] > 5 and nothing["ground"] == 0
    errors = recolour.on_product(ends[0], pairs)
    means, counts = recolour.by_pair(errors, pairs)
    assert counts.sum() == 3 and counts[1, 2] == 2 and np.isnan(means).sum() == 142
    assert means[1, 2] == pytest.approx(errors[1:].mean())
    assert recolour.unsureness(lambda x, colours: x, np.uint8(255 * ends[0]), (1, 0, 0)).max() < 1e-6


def test_scenes_differ_only_on_the_product_and_photo_pairs_end_in_photos():
    photos = RNG.integers(150, 200, (6, 64, 64, 3), np.uint8)
    photos[:, 16:48, 16:48] = (40, 60, 160)
    made = recolour.scenes(4, photos, seed=0, first_sku=5, skus_per_kind=10)
    assert made["sources"].shape == (4, 64, 64, 3) and made["sources"].dtype == np.uint8
    np.testing.assert_array_equal(made["sources"][made["masks"] == 0], made["targets"][made["masks"] == 0])
    pairs = recolour.photo_pairs(photos, seed=0)
    assert len(pairs["sources"]) == 6
    np.testing.assert_allclose(pairs["targets"].astype(int), photos, atol=1)
    moved = np.abs(pairs["sources"].astype(int) - pairs["targets"]).max(-1) > 12
    assert moved[:, 20:44, 20:44].mean() > 0.8 and moved[:, :8].mean() < 0.05


def test_every_colour_is_paired_with_every_other_in_one_scene():
    pairs = recolour.every_pair(3, seed=4, first_sku=0)
    counts = recolour.by_pair(np.zeros(len(pairs["was"])), pairs)[1]
    assert not counts.diagonal().any() and (counts == counts.T).all()
    assert counts.sum() == 3 * 11 * 10, "a product has eleven colours beside its second one"
    ground = pairs["masks"] == 0
    assert np.array_equal(pairs["given"][ground], pairs["wanted"][ground])
    assert (np.abs(pairs["given"] - pairs["wanted"]).max(axis=(1, 2, 3)) > 0.02).all()
    np.testing.assert_array_equal(pairs["colours"], recolour.COLOURS[pairs["becomes"]])
