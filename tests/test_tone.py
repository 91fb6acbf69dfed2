import warnings

import numpy as np
import pytest

from helpers import tone

RNG = np.random.default_rng(0)
PICTURES = RNG.random((3, 64, 48, 3)).astype(np.float32)
DARK = 0.3 * PICTURES
ALL = {
    "gamma": lambda p: tone.gamma(p, 0.5),
    "equalise": tone.equalise,
    "clahe": tone.clahe,
    "autocontrast": tone.autocontrast,
    "grey world": tone.grey_world,
    "gain and gamma": lambda p: tone.gain_gamma(p, 2.0, 0.8),
    "highlight gain": lambda p: tone.highlight_gain(p, 0.9),
    "flat light": tone.flatten_light,
    "colour matrix": lambda p: tone.colour_matrix(p, np.full((4, 3), 0.4, np.float32)),
}


@pytest.mark.parametrize("name", ALL)
def test_every_correction_keeps_shape_range_and_single_precision(name):
    for pictures in (PICTURES, np.zeros_like(PICTURES), np.ones_like(PICTURES), np.full_like(PICTURES, 0.2)):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            corrected = ALL[name](pictures)
        assert corrected.shape == pictures.shape and corrected.dtype == np.float32
        assert np.isfinite(corrected).all() and corrected.min() >= 0 and corrected.max() <= 1


@pytest.mark.parametrize("name", ALL)
def test_every_correction_treats_pictures_one_by_one(name):
    np.testing.assert_allclose(ALL[name](PICTURES)[1:2], ALL[name](PICTURES[1:2]), atol=1e-6)


@pytest.mark.parametrize("name", ALL)
def test_bytes_are_refused(name):
    with pytest.raises(ValueError, match="divide by 255"):
        ALL[name]((PICTURES * 255).astype(np.uint8))


def test_gamma_below_one_brightens_and_one_changes_nothing():
    np.testing.assert_array_equal(tone.gamma(PICTURES, 1.0), PICTURES)
    np.testing.assert_allclose(tone.gamma(np.full((1, 2, 2, 3), 0.25), 0.5), 0.5)


def test_fitted_settings_are_those_that_made_the_pairs():
    assert tone.fit_gamma(PICTURES, PICTURES**0.37) == pytest.approx(0.37, rel=2e-3)
    assert tone.fit_gamma(PICTURES, PICTURES**2.6) == pytest.approx(2.6, rel=2e-3)
    made = tone.gain_gamma(DARK, 2.5, 0.7)
    assert tone.fit_gain_gamma(DARK, made) == pytest.approx((2.5, 0.7), rel=5e-3)
    matrix = np.array([[0.5, 0.1, 0.0], [0.1, 0.4, 0.2], [0.0, 0.1, 0.5], [0.1, 0.0, 0.05]], np.float32)
    np.testing.assert_allclose(
        tone.fit_colour_matrix(PICTURES, tone.colour_matrix(PICTURES, matrix)), matrix, atol=1e-4
    )


def test_a_fitted_gamma_is_no_worse_than_its_neighbours():
    targets = np.clip(DARK * 3 + 0.05 * RNG.standard_normal(DARK.shape), 0, 1)
    best = tone.fit_gamma(DARK, targets)
    errors = [np.mean((tone.gamma(DARK, best * factor) - targets) ** 2) for factor in (0.95, 1.0, 1.05)]
    assert errors[1] == min(errors)


def test_equalising_spreads_the_luma_evenly():
    luma = tone.equalise(np.repeat(DARK[..., :1], 3, axis=-1))[..., 0]
    np.testing.assert_allclose(np.quantile(luma, [0.1, 0.5, 0.9], axis=(1, 2)).mean(1), [0.1, 0.5, 0.9], atol=0.02)


def test_luma_methods_keep_the_ratio_of_the_channels_where_nothing_is_clipped():
    pictures = np.clip(DARK, 0.05, 1)
    for corrected in (tone.equalise(pictures), tone.clahe(pictures)):
        inside = (corrected.max(-1) < 0.999) & (corrected.min(-1) > 1e-3)
        ratio = (corrected[..., 0] / corrected[..., 1])[inside]
        np.testing.assert_allclose(ratio, (pictures[..., 0] / pictures[..., 1])[inside], rtol=1e-3)


def test_clahe_is_the_weakest_below_one_pixel_a_bin():
    pictures = np.repeat(np.repeat(DARK, 2, axis=1), 3, axis=2)[:, :128, :128]
    np.testing.assert_array_equal(tone.clahe(pictures, 0.001), tone.clahe(pictures, 0.0039))
    assert np.abs(tone.clahe(pictures, 0.001) - tone.clahe(pictures, 0.02)).max() > 0.01


def test_autocontrast_undoes_a_gain_and_an_offset_for_each_channel():
    full = PICTURES.copy()
    full[:, 0, 0], full[:, 0, 1] = 0.0, 1.0
    spoiled = 0.1 + full * np.array([0.2, 0.5, 0.3], np.float32)
    np.testing.assert_allclose(tone.autocontrast(spoiled, 0.0), full, atol=1e-5)
    assert np.mean(tone.autocontrast(spoiled, 0.05) == 1) == pytest.approx(0.05, abs=0.005)


def test_grey_world_makes_the_channel_means_agree():
    tinted = DARK * np.array([1.5, 1.0, 0.6], np.float32)
    means = tone.grey_world(tinted).mean((1, 2))
    np.testing.assert_allclose(means, np.repeat(means.mean(1, keepdims=True), 3, axis=1), rtol=1e-4)


def test_highlight_gain_brings_the_quantile_to_its_level_whatever_the_exposure():
    for gain in (0.1, 0.5):
        corrected = tone.highlight_gain(gain * PICTURES, 0.8, 0.05)
        np.testing.assert_allclose(np.quantile(corrected.max(-1), 0.95, axis=(1, 2)), 0.8, atol=1e-3)


def test_flat_light_removes_a_slope_and_only_the_share_asked_for():
    across = np.exp(0.5 * np.linspace(-1, 1, 48))[None, None, :, None]
    down = np.exp(-0.3 * np.linspace(-1, 1, 64))[None, :, None, None]
    sloped = (0.4 * across * down * np.ones((2, 1, 1, 3))).astype(np.float32)
    flat = tone.flatten_light(sloped)
    assert flat.max() / flat.min() == pytest.approx(1.0, abs=0.1)  # not quite: the log is of brightness + 0.01
    half = tone.flatten_light(sloped, 0.5)
    assert np.log(half.max() / half.min()) == pytest.approx(np.log(sloped.max() / sloped.min()) / 2, rel=0.1)
    assert (half <= sloped).all()
    np.testing.assert_allclose(tone.flatten_light(sloped, 0.0), sloped)
