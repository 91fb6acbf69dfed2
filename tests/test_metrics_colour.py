import numpy as np
import pytest
from skimage.color import lab2rgb

from helpers import metrics

# Pairs within sRGB from table 1 of Sharma, Wu and Dalal (CR&A 2005), with the difference published for each.
PUBLISHED = [
    ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((50, 2.5, 0), (61, -5, 29), 22.8977),
    ((50, 2.5, 0), (56, -27, -3), 31.9030),
    ((50, 2.5, 0), (58, 24, 15), 19.4535),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((61.2901, 3.7196, -5.3901), (61.4292, 2.2480, -4.9620), 1.8731),
    ((90.8027, -2.0831, 1.4410), (91.1528, -1.6435, 0.0447), 1.4441),
    ((90.9257, -0.5406, -0.9208), (88.6381, -0.8985, -0.7239), 1.5381),
]


def flat(lab):
    """A picture of one colour, given in CIE Lab, as an sRGB batch of one."""
    return np.tile(lab2rgb(np.array([[lab]], float)).astype(np.float32), (1, 4, 4, 1))


@pytest.mark.parametrize(("one", "other", "expected"), PUBLISHED)
def test_delta_e_gives_the_published_differences(one, other, expected):
    assert metrics.delta_e(flat(one), flat(other))[0] == pytest.approx(expected, rel=2e-3)


def test_delta_e_of_a_picture_with_itself_is_zero_and_the_order_does_not_matter():
    rng = np.random.default_rng(0)
    one, other = rng.random((2, 3, 8, 8, 3)).astype(np.float32)
    np.testing.assert_allclose(metrics.delta_e(one, one), 0, atol=1e-6)
    np.testing.assert_allclose(metrics.delta_e(one, other), metrics.delta_e(other, one), rtol=1e-5)
    assert metrics.delta_e(one, other).shape == (3,)


def test_black_against_white_is_one_hundred():
    black, white = np.zeros((1, 4, 4, 3), np.float32), np.ones((1, 4, 4, 3), np.float32)
    assert metrics.delta_e(black, white)[0] == pytest.approx(100, abs=0.1)


def test_delta_e_is_the_mean_over_the_pixels():
    one, other = flat(PUBLISHED[0][0]), flat(PUBLISHED[0][1])
    half = one.copy()
    half[:, :2] = other[:, :2]
    assert metrics.delta_e(one, half)[0] == pytest.approx(PUBLISHED[0][2] / 2, rel=2e-3)


def test_a_wrong_range_or_shape_is_refused():
    picture = np.zeros((1, 4, 4, 3), np.float32)
    with pytest.raises(ValueError, match="divide by 255"):
        metrics.delta_e(picture, picture + 2)
    with pytest.raises(ValueError, match="one shape"):
        metrics.delta_e(picture, picture[:, :2])
