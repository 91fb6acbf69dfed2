"""Woodcuts: paper, hatching, outline, three tones. The simple methods reach the examples' colours."""

import numpy as np
import pytest

from helpers import sketch

SIDE = 32


def flat(*colour):
    return np.broadcast_to(np.uint8(colour), (1, SIDE, SIDE, 3)).copy()


def square():
    mask = np.zeros((1, SIDE, SIDE), np.uint8)
    mask[0, 8:24, 8:24] = 255
    return mask


def test_the_ground_becomes_hatched_paper_whatever_it_was():
    made = sketch.woodcut(flat(235, 235, 235), square())
    assert made.shape == (1, SIDE, SIDE, 3) and made.dtype == np.uint8
    np.testing.assert_array_equal(made[0, :5], sketch.woodcut(flat(90, 90, 90), square())[0, :5])
    rows, columns = np.indices((5, SIDE))
    on_line = (rows + columns) % sketch.PERIOD == 0
    np.testing.assert_allclose(made[0, :5][~on_line] / 255, np.tile(sketch.PAPER, ((~on_line).sum(), 1)), atol=0.01)
    assert made[0, :5][on_line].max() < made[0, :5][~on_line].min()


def test_the_outline_is_one_pixel_around_the_product_and_nowhere_else():
    two_colours = flat(250, 40, 40)
    two_colours[0, :, 16:] = (40, 40, 250)
    made = sketch.woodcut(two_colours, square())[0] / 255
    ink = np.abs(made - sketch.INK).max(axis=-1) < 0.01
    expected = np.zeros((SIDE, SIDE), bool)
    expected[7:25, 7:25] = True
    expected[8:24, 8:24] = False
    np.testing.assert_array_equal(ink, expected)


@pytest.mark.parametrize("shades", [(190, 250), (120, 170), (40, 90)])
def test_shades_of_one_tone_become_one_colour(shades):
    first, second = (sketch.woodcut(flat(0, 0, shade), square()) for shade in shades)
    assert np.abs(first.astype(int) - second).max() <= 1


def test_hue_is_kept():
    made = sketch.woodcut(flat(250, 40, 40), square())[0, 16, 16].astype(int)
    assert made[0] > made[1] + 60 and made[0] > made[2] + 60


def test_other_shapes_and_types_are_refused():
    with pytest.raises(ValueError, match="uint8"):
        sketch.woodcut(flat(1, 2, 3) / 255, square())
    with pytest.raises(ValueError, match="masks"):
        sketch.woodcut(flat(1, 2, 3), square()[:, :16])


def test_pictures_are_enlarged_and_stay_floats_in_range():
    made = sketch.enlarged(flat(255, 0, 51))
    assert made.shape == (1, 64, 64, 3) and made.dtype == np.float32
    np.testing.assert_allclose(made[0, 40, 5], (1, 0, 0.2), atol=1e-6)


PICTURES = np.random.default_rng(0).integers(0, 200, (3, SIDE, SIDE, 3), dtype=np.uint8)
EXAMPLES = np.random.default_rng(1).integers(80, 256, (5, SIDE, SIDE, 3), dtype=np.uint8)


@pytest.mark.parametrize("method", [sketch.reinhard, sketch.histogram])
@pytest.mark.parametrize("alone", [True, False])
def test_colours_get_the_mean_of_the_examples(method, alone):
    made = method(PICTURES, EXAMPLES, alone)
    assert made.shape == PICTURES.shape and made.dtype == np.float32 and 0 <= made.min() <= made.max() <= 1
    means = made.mean(axis=(1, 2) if alone else (0, 1, 2))
    np.testing.assert_allclose(means, np.broadcast_to(EXAMPLES.mean(axis=(0, 1, 2)) / 255, means.shape), atol=0.03)


def test_one_change_for_all_keeps_the_order_of_pictures():
    dim = np.concatenate([PICTURES[:1] // 2, PICTURES[1:]])
    for method in (sketch.reinhard, sketch.histogram):
        alone, together = method(dim, EXAMPLES, True), method(dim, EXAMPLES, False)
        assert alone[0].mean() == pytest.approx(alone[1].mean(), abs=0.03)
        assert together[0].mean() < together[1].mean() - 0.05


def test_bytes_and_floats_are_one_picture():
    for method in (sketch.reinhard, sketch.histogram):
        np.testing.assert_allclose(
            method(PICTURES, EXAMPLES, False), method(PICTURES / 255, EXAMPLES / 255, False), atol=1e-4
        )


def test_smoothing_takes_the_noise_and_leaves_the_step():
    noise = np.random.default_rng(2).normal(0, 8, (1, SIDE, SIDE, 1))
    step = np.where(np.arange(SIDE) < SIDE // 2, 60, 190)[None, None, :, None]
    noisy = np.broadcast_to(np.clip(step + noise, 0, 255), (1, SIDE, SIDE, 3)).astype(np.uint8)
    made = 255 * sketch.smoothed(noisy, noisy, 0.3)
    assert made.shape == noisy.shape and made.dtype == np.float32
    assert np.abs(np.diff(made[..., 4:12, 0], axis=1)).mean() < 0.8 * np.abs(np.diff(noise[:, :, 4:12], axis=1)).mean()
    assert made[..., 20:, :].mean() - made[..., :12, :].mean() > 110


def test_edges_are_inked_as_strongly_as_asked():
    ring = np.full((1, SIDE, SIDE, 3), 230, np.uint8)
    ring[:, 8:24, 8:24] = 30
    edge, inside = np.s_[0, 7:9, 12:20], np.s_[0, 14:18, 14:18]
    none, some, full = (sketch.inked(ring, ring, strength) for strength in (0.0, 0.5, 5.0))
    np.testing.assert_allclose(none, ring / 255, atol=0.01)
    np.testing.assert_allclose(full[edge], np.broadcast_to(sketch.INK, full[edge].shape), atol=0.01)
    assert full[edge][0].mean() < some[edge][0].mean() < none[edge][0].mean()
    np.testing.assert_array_equal(full[inside], none[inside])


def test_unpaired_sets_share_no_product_and_twins_are_the_same_scenes(own_cache):
    images, twins, products = sketch.unpaired({"train": 3, "test": 2}, 32)
    assert [len(pictures) for pictures in images.values()] == [3, 3, 2, 2]
    assert images.keys() == twins.keys() == products.keys()
    assert len(set.union(*products.values())) == sum(map(len, products.values()))
    for (_, style), shown in images.items():
        other = twins[_, style]
        prints, renders = (shown, other) if style == "prints" else (other, shown)
        assert prints.shape[1:] == renders.shape[1:] == (32, 32, 3) and prints.dtype == renders.dtype == np.uint8
        ink = np.abs(prints / 255 - sketch.INK).max(axis=-1) < 0.01
        assert (ink.mean(axis=(1, 2)) > 0.02).all() and (ink.mean(axis=(1, 2)) < 0.4).all()
        strong = np.ptp(renders, axis=-1) > 100  # the product's colours
        hatched = (np.abs(prints / 255 - sketch.PAPER).max(axis=-1) < 0.01) & ~ink
        assert strong.any() and (strong & hatched).sum() < 0.02 * strong.sum()


def test_scores_of_nothing_and_of_the_truth():
    rng = np.random.default_rng(4)
    keys = [("test", "renders"), ("test", "prints")]
    images = {key: rng.integers(0, 256, (6, SIDE, SIDE, 3), dtype=np.uint8) for key in keys}
    twins = {key: rng.integers(0, 256, (6, SIDE, SIDE, 3), dtype=np.uint8) for key in keys}
    nothing = sketch.scores([lambda x: x] * 2, "test", images, twins)
    assert nothing["cycle PSNR"] == 50 and nothing["Fréchet, prints"] == pytest.approx(nothing["Fréchet, renders"])
    assert nothing["PSNR, prints"] == pytest.approx(sketch.quality(twins[keys[0]], images[keys[0]]))
    truth = [lambda _, key=key: twins[key] / 255 for key in keys]
    told = sketch.scores(truth, "test", images, twins)
    assert told["PSNR, prints"] == told["PSNR, renders"] == 50 and told["cycle PSNR"] < 20
    assert told["Fréchet, prints"] == pytest.approx(sketch.distance(twins[keys[0]], images[keys[1]]))
