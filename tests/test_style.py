import numpy as np
import pytest
import tensorflow as tf

from helpers import style
from helpers.datasets import styles
from helpers.style import StyleLoss


@pytest.fixture(scope="module")
def paintings():
    return np.stack([styles.style(name, 48) for name in ("woodcut-waves", "mosaic")]).astype(np.float32) / 255


@pytest.fixture(scope="module")
def pictures():
    across, down = np.meshgrid(np.linspace(0, 1, 48), np.linspace(0, 1, 48))
    disc = (across - 0.5) ** 2 + (down - 0.4) ** 2 < 0.08
    return np.stack([np.where(disc, 0.8, across), np.where(disc, 0.3, down)])[..., None].repeat(3, axis=-1).astype(
        np.float32
    ) * np.float32([1.0, 0.8, 0.6])


def terms_of(loss, pictures, photos=None):
    found = loss.terms(tf.constant(pictures), loss.content_of(pictures if photos is None else photos))
    return {name: value.numpy() for name, value in found.items()}


def test_the_style_itself_has_no_style_loss_and_the_photo_no_content_loss(paintings, pictures):
    own = terms_of(StyleLoss(paintings), paintings)
    np.testing.assert_allclose(own["style"], 0, atol=1e-6)
    found = terms_of(StyleLoss(paintings), pictures)
    np.testing.assert_allclose(found["content"], 0, atol=1e-6)
    assert (found["style"] > 0.3).all() and found["style"].shape == (2,)


def test_one_style_for_all_equals_the_same_style_for_each(paintings, pictures):
    one = terms_of(StyleLoss(paintings[0]), pictures)
    each = terms_of(StyleLoss(np.stack([paintings[0]] * 2)), pictures)
    for name, values in one.items():
        np.testing.assert_allclose(values, each[name], rtol=1e-5)


def test_bytes_and_floats_are_the_same_style(paintings, pictures):
    as_bytes = np.round(paintings * 255).astype(np.uint8)
    np.testing.assert_allclose(
        terms_of(StyleLoss(paintings), pictures)["style"], terms_of(StyleLoss(as_bytes), pictures)["style"], rtol=1e-3
    )


def test_content_notices_a_move_and_style_hardly(paintings, pictures):
    loss = StyleLoss(paintings)
    base, moved = terms_of(loss, paintings), terms_of(loss, np.roll(paintings, 12, axis=2), paintings)
    assert (moved["content"] > 0.5).all() and (moved["style"] < 0.2).all()
    assert (base["content"] < 1e-6).all()


def test_variation_is_the_mean_squared_step():
    picture = np.zeros((1, 32, 32, 3), np.float32)
    picture[:, :, 16:] = 0.5
    found = terms_of(StyleLoss(np.full((32, 32, 3), 0.5, np.float32) + picture[0] / 2), picture)
    np.testing.assert_allclose(found["variation"], 0.25 / 31, rtol=1e-5)


def test_the_total_weighs_the_terms_for_each_picture(paintings):
    loss = StyleLoss(paintings, style_weight=np.float32([1, 10]), content_weight=2.0, variation_weight=0.5)
    terms = {"content": np.float32([1, 1]), "style": np.float32([3, 3]), "variation": np.float32([4, 4])}
    np.testing.assert_allclose(loss.total(terms), [7, 34])


def test_wrong_styles_are_refused():
    with pytest.raises(ValueError, match="32 px or more"):
        StyleLoss(np.zeros((24, 24, 3), np.uint8))
    with pytest.raises(ValueError, match="no feature map"):
        StyleLoss(np.zeros((32, 32, 3), np.uint8), style_maps=("colours",))


def test_every_pixel_gets_a_gradient_and_no_weight_can_be_trained(paintings, pictures):
    loss, variable = StyleLoss(paintings), tf.Variable(pictures)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(loss.total(loss.terms(variable, loss.content_of(pictures))))
    assert (np.abs(tape.gradient(total, variable).numpy()).max(axis=-1) > 0).all()
    assert loss.network.trainable_variables == []


def test_the_axes_of_colour_are_the_styles(paintings):
    axes = StyleLoss(paintings).colour_axes
    assert axes.shape == (2, 3, 3)
    for one, painting in zip(axes, paintings, strict=True):
        spread = np.cov(painting.reshape(-1, 3).T)
        np.testing.assert_allclose(one.T @ one, spread / np.trace(spread) * 3, atol=1e-2)


def test_recoloured_photos_have_the_mean_and_the_spread_of_the_style(pictures):
    target = np.random.default_rng(0).normal(0.5, 0.05, (40, 40, 3)).clip(0, 1).astype(np.float32)
    lab = [style.rgb2lab(one) for one in (style.recolour(pictures, target)[0], target)]
    np.testing.assert_allclose(lab[0].mean((0, 1)), lab[1].mean((0, 1)), atol=1.0)
    assert lab[0].std((0, 1))[0] == pytest.approx(lab[1].std((0, 1))[0], rel=0.1)


def test_next_to_no_spread_is_not_blown_up(paintings):
    flat = np.full((1, 32, 32, 3), 0.5, np.float32)
    flat[0, ::2] += 0.004
    assert style.recolour(flat, paintings[1]).std(axis=(1, 2)).max() < 0.1


def test_matched_histograms_are_the_styles(paintings, pictures):
    found = style.histograms_matched(np.random.default_rng(0).random((2, 48, 48, 3)), paintings)
    assert found.dtype == np.float32
    for side in (0.1, 0.5, 0.9):
        np.testing.assert_allclose(
            np.quantile(found, side, axis=(1, 2)), np.quantile(paintings, side, axis=(1, 2)), atol=0.02
        )


def test_strokes_laid_over_are_those_of_the_middle_of_the_style(paintings, pictures):
    wide = np.pad(paintings, ((0, 0), (8, 8), (8, 8), (0, 0)))
    none = style.laid_over(pictures, wide, 0.0)
    np.testing.assert_allclose(none, style.recolour(pictures, wide), atol=1e-6)
    added = style.laid_over(pictures, wide, 2.0) - none
    assert np.corrcoef(added.ravel(), (paintings - style.gaussian_filter(paintings, (0, 2, 2, 0))).ravel())[0, 1] > 0.7


def test_foreign_colours_are_counted(paintings):
    assert (style.foreign_colours(paintings, paintings) == 0).all()
    half = paintings.copy()
    half[:, :24] = [1.0, 0.0, 1.0]
    np.testing.assert_allclose(style.foreign_colours(half, paintings), 0.5)


def test_optimising_lowers_the_loss_and_stays_in_range(paintings, pictures):
    loss = StyleLoss(paintings)
    made, history = style.stylise(pictures, loss, steps=20, records=3)
    assert made.dtype == np.float32 and made.shape == pictures.shape
    assert made.min() >= 0 and made.max() <= 1
    assert history["step"].tolist() == [0, 10, 20]
    assert (history["total"][-1] < 0.8 * history["total"][0]).all()
    np.testing.assert_allclose(history["style"][-1], terms_of(loss, made, pictures)["style"], rtol=1e-3)


def test_pictures_do_not_influence_each_other_and_seeds_do(paintings, pictures):
    together, _ = style.stylise(pictures, StyleLoss(paintings), steps=3, noise=0.0, levels=3)
    alone, _ = style.stylise(pictures[1:], StyleLoss(paintings[1]), steps=3, noise=0.0, levels=3)
    np.testing.assert_allclose(together[1:], alone, atol=2e-3)
    one, again, other = (style.stylise(pictures, StyleLoss(paintings), steps=1, seed=seed)[0] for seed in (1, 1, 2))
    np.testing.assert_allclose(one, again, atol=1e-5)
    assert np.abs(one - other).max() > 0.01


def test_no_step_is_refused(paintings, pictures):
    with pytest.raises(ValueError, match="at least one step"):
        style.stylise(pictures, StyleLoss(paintings), steps=0)


def test_patch_distances_are_blind_to_place_and_see_strokes(paintings, pictures):
    turned = np.roll(paintings, 24, axis=2)
    own, moved = (style.patch_distance(batch, paintings) for batch in (paintings, turned))
    np.testing.assert_allclose(own, 0, atol=1e-6)
    smooth = style.recolour(pictures, paintings)
    assert (moved < 0.25).all() and (style.patch_distance(smooth, paintings) > 1.5 * moved).all()


def test_mixing_ends_where_the_content_loss_is_as_allowed(paintings, pictures):
    loss = StyleLoss(paintings)
    window = paintings[:, :48, :48]
    full = terms_of(loss, window, pictures)["content"]
    mixed = style.mixed_to_content(window, pictures, loss, full * [0.3, 2.0])
    found = terms_of(loss, mixed, pictures)["content"]
    assert 0.15 * full[0] < found[0] <= 0.3 * full[0] + 1e-4
    np.testing.assert_allclose(mixed[1], window[1], atol=1e-6)
