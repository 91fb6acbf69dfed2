import numpy as np
import pytest
import tensorflow as tf

from helpers.datasets import styles
from helpers.style import StyleLoss
from helpers.style_compare import SameContent, relative, scores, slope

STYLE = styles.style("brush-strokes", 128)
PHOTOS = np.random.default_rng(0).random((2, 32, 32, 3)).astype(np.float32)


def test_content_is_free_up_to_its_ceiling_and_expensive_beyond():
    loss = SameContent(STYLE, [0.5, 0.5], variation_weight=0.0, price=10.0)
    terms = {
        "content": tf.constant([0.4, 0.75]),
        "style": tf.constant([0.1, 0.1]),
        "variation": tf.constant([9.0, 9.0]),
    }
    free, above = loss.total(terms).numpy()
    assert free == pytest.approx(5.0 * 0.1, rel=1e-5)
    assert above == pytest.approx(5.0 * 0.1 + 10.0 * 0.5, rel=1e-5)


def test_a_step_against_the_slope_lowers_the_loss():
    loss, pictures = StyleLoss(STYLE), tf.constant(PHOTOS)
    content = loss.content_of(pictures)
    towards = slope(loss, pictures, content)
    assert towards.shape == PHOTOS.shape
    better = pictures - 0.01 * towards / tf.reduce_max(tf.abs(towards))
    assert np.all(loss.total(loss.terms(better, content)) < loss.total(loss.terms(pictures, content)))


def test_scores_and_their_shares_of_the_unchanged_photos():
    photos = np.stack([styles.style(name, 96) for name in ("mosaic", "weave")])
    loss = StyleLoss(STYLE)
    unchanged = scores(loss, photos, photos, STYLE)
    assert {name: values.shape for name, values in unchanged.items()} == dict.fromkeys(
        ("content", "style", "variation", "total", "patches"), (2,)
    )
    assert unchanged["content"].max() < 1e-6
    row = relative(unchanged, unchanged)
    assert [row[name] for name in ("loss", "style", "patches")] == pytest.approx([1.0, 1.0, 1.0])
    itself = scores(loss, STYLE[None], styles.style("mosaic", 128)[None], STYLE)
    assert relative(itself, unchanged)["style"] < 0.01
