import itertools
import socket

import cv2
import numpy as np
import pytest

from helpers.datasets import cache, download, styles


@pytest.fixture(scope="module")
def made():
    return {name: styles.style(name) for name in styles.MADE}


@pytest.fixture
def nowhere(own_cache, monkeypatch):
    """Neither mirror nor cache, and a name server that refuses."""

    def refuse(*args, **options):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.delenv("HELPERS_MIRROR", raising=False)
    for proxy in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(proxy, raising=False)
        monkeypatch.delenv(proxy.upper(), raising=False)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(cache, "_told", set())


def test_the_names():
    assert styles.NAMES == styles.MADE + styles.PAINTINGS
    assert len(set(styles.NAMES)) == len(styles.NAMES) and len(styles.MADE) >= 6
    assert set(styles.PAINTINGS) <= set(download.registry())


@pytest.mark.parametrize("name", styles.MADE)
def test_pictures_made_here_are_the_same_to_the_bit_each_time(made, name):
    assert made[name].shape == (256, 256, 3) and made[name].dtype == np.uint8
    np.testing.assert_array_equal(made[name], styles.style(name))


@pytest.mark.parametrize("name", styles.MADE)
def test_texture_fills_the_frame(made, name):
    grey = made[name].mean(axis=2)
    assert grey.std() > 35  # an even grey ramp has 74
    blocks = grey.reshape(8, 32, 8, 32).std(axis=(1, 3))
    assert blocks.min() > 8  # no empty corner: every 32 x 32 block has marks in it
    fine = grey - cv2.GaussianBlur(grey, (0, 0), 3)
    coarse = cv2.GaussianBlur(grey, (0, 0), 6)
    assert fine.std() > 12 and coarse.std() > 8  # marks at several scales


def test_every_palette_is_its_own(made):
    """Mean distance in Lab between the colours of two styles, in order of their frequency along random directions."""
    directions = np.random.default_rng(0).standard_normal((3, 64))
    directions /= np.linalg.norm(directions, axis=0)
    sorted_colours = {}
    for name, picture in made.items():
        lab = cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB).reshape(-1, 3)
        sorted_colours[name] = np.sort(lab @ directions, axis=0)
    for one, other in itertools.combinations(made, 2):
        assert np.abs(sorted_colours[one] - sorted_colours[other]).mean() > 5, (one, other)


@pytest.mark.parametrize("size", [16, 96, np.int64(300)])
def test_the_size_is_the_callers(size):
    assert styles.style("weave", size).shape == (size, size, 3)


def test_a_smaller_picture_is_the_same_picture(made):
    half = cv2.resize(made["mosaic"], (128, 128), interpolation=cv2.INTER_AREA)
    assert np.abs(styles.style("mosaic", 128).astype(float) - half).mean() < 6


@pytest.mark.parametrize("name", ["weaves", "", None, 3, "Weave"])
def test_an_unknown_name_is_answered_with_the_names(name):
    with pytest.raises(ValueError, match=r"there are brush-strokes, mosaic, .*composition-vii"):
        styles.style(name)


@pytest.mark.parametrize("size", [15, 513, 0, -1, 64.0, "64", None, True])
@pytest.mark.parametrize("name", ["weave", "great-wave"])
def test_a_wrong_size_is_answered_with_the_range(name, size):
    with pytest.raises(ValueError, match="from 16 to 512"):
        styles.style(name, size)


@pytest.mark.parametrize("name", styles.PAINTINGS)
def test_paintings_are_cut_to_a_square(name):
    try:
        picture = styles.style(name, 96)
    except download.DataUnavailable as error:
        pytest.skip(str(error))
    assert picture.shape == (96, 96, 3) and picture.dtype == np.uint8 and picture.std() > 20


def test_offline_a_painting_is_one_error_and_the_others_still_come(nowhere, capfd):
    with pytest.raises(download.DataUnavailable, match=r"starry_night_google.jpg .*HELPERS_MIRROR is not set"):
        styles.style("starry-night")
    assert styles.style("ink-wash", 32).shape == (32, 32, 3)
    assert capfd.readouterr() == ("", "")


def test_offline_the_available_are_those_made_here_and_one_line_says_so(nowhere, capfd):
    assert styles.available() == styles.MADE
    told = "".join(capfd.readouterr())
    assert told.count("\n") == 1 and all(name in told for name in styles.PAINTINGS)


def test_a_painting_in_the_mirror_is_available(nowhere, monkeypatch, capfd):
    monkeypatch.setattr(download, "fetch", lambda name: name)
    assert styles.available() == styles.NAMES
    assert capfd.readouterr() == ("", "")
