import numpy as np
import pytest
from skimage.color import rgb2xyz

from helpers import degrade

RAMP = np.linspace(0, 1, 256, dtype=np.float32)
GREY = np.full((4, 64, 64, 3), 0.5, np.float32)


def test_to_linear_is_the_published_curve_and_to_srgb_its_inverse():
    light = degrade.to_linear(RAMP).numpy()
    expected = rgb2xyz(np.repeat(RAMP[:, None], 3, axis=1).astype(np.float64))[:, 1]  # Y of a grey is its light
    np.testing.assert_allclose(light, expected, atol=1e-4)
    np.testing.assert_allclose(degrade.to_srgb(light), RAMP, atol=1e-5)
    assert degrade.to_linear(np.float32(0.5)).numpy() == pytest.approx(0.21404, abs=1e-4)


def test_the_curves_are_monotonic_and_finite_outside_the_range():
    wide = np.linspace(-0.2, 1.5, 500).astype(np.float32)
    for curve in (degrade.to_linear, degrade.to_srgb):
        values = curve(wide).numpy()
        assert np.isfinite(values).all() and (np.diff(values) >= 0).all()


def test_a_camera_with_the_right_settings_only_quantises():
    pictures = np.random.default_rng(0).random((2, 16, 16, 3)).astype(np.float32)
    shot = degrade.camera(pictures).numpy()
    assert np.abs(shot - pictures).max() <= 0.5 / 255 + 1e-5
    np.testing.assert_allclose(shot * 255, np.round(shot * 255), atol=1e-3)


def test_exposure_multiplies_the_light_per_picture_and_loses_what_is_too_bright():
    shot = degrade.camera(GREY, [-1.0, -3.0, 0.0, 4.0]).numpy()
    light = degrade.to_linear(shot).numpy().mean((1, 2, 3))
    np.testing.assert_allclose(light[:3], 0.21404 * np.array([0.5, 0.125, 1.0]), rtol=0.03)
    assert (shot[3] == 1).all()


def test_warmth_moves_red_against_blue_and_leaves_green():
    light = degrade.to_linear(degrade.camera(GREY, warmth=0.5)).numpy().mean((0, 1, 2)) / 0.21404
    np.testing.assert_allclose(light, [2**0.5, 1.0, 2**-0.5], rtol=0.02)


def test_contrast_is_a_slope_about_middle_grey():
    pictures = np.array([0.3, 0.5, 0.7], np.float32)[None, None, :, None] * np.ones((1, 1, 1, 3), np.float32)
    np.testing.assert_allclose(degrade.camera(pictures, contrast=0.5)[0, 0, :, 0], [0.4, 0.5, 0.6], atol=0.003)


def test_photons_make_noise_that_a_seed_fixes():
    shot = degrade.camera(GREY, -1.0, photons=1000.0, seed=(1, 2)).numpy()
    light = degrade.to_linear(shot).numpy()
    assert light.var() == pytest.approx(0.21404 / 2 / 1000, rel=0.05)
    np.testing.assert_array_equal(shot, degrade.camera(GREY, -1.0, photons=1000.0, seed=(1, 2)))
    assert not np.array_equal(shot, degrade.camera(GREY, -1.0, photons=1000.0, seed=(1, 3)))


def test_broken_exposure_is_a_camera_within_its_stated_ranges():
    pictures = np.full((256, 4, 4, 3), 0.5, np.float32)
    broken = degrade.broken_exposure(pictures, (3, 4)).numpy()
    darkest = degrade.camera(pictures[:1], -1.8, -0.3, 1.1).numpy().min()
    brightest = degrade.camera(pictures[:1], 0.8, 0.3, 1.1).numpy().max()
    assert darkest <= broken.min() < 0.35 and 0.6 < broken.max() <= brightest
    assert len(np.unique(broken.mean((1, 2, 3)).round(4))) > 100  # each picture its own
    np.testing.assert_array_equal(broken, degrade.broken_exposure(pictures, (3, 4)))
    assert not np.array_equal(broken, degrade.broken_exposure(pictures, (3, 5)))
