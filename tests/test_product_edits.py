"""Products in one frame, and edits whose truth was rendered."""

import numpy as np
import pytest

from helpers import features, product_edits
from helpers.datasets import catalogue

NAMES = {"kind": ("mug", "t-shirt", "dress"), "colour": ("red", "blue", "white"), "pattern": ("solid", "stripes")}


def drawn_box(size=32):
    picture = np.full((1, size, size, 3), 200, np.uint8)
    picture[0, 4:12, 6:10] = 0
    return picture, np.array([[6, 4, 10, 12]], np.float32)


def test_the_box_comes_to_the_middle_and_fills_the_frame():
    framed = product_edits.framed(*drawn_box())
    rows, columns = np.nonzero(framed[0, :, :, 0] < 100)
    assert abs((rows.min() + rows.max() + 1) / 2 - 16) <= 0.5
    assert abs((columns.min() + columns.max() + 1) / 2 - 16) <= 0.5
    assert abs((rows.max() + 1 - rows.min()) - 28) <= 1
    assert abs((columns.max() + 1 - columns.min()) - 14) <= 1


def test_a_box_that_is_framed_already_changes_nothing():
    picture = np.random.default_rng(0).integers(0, 256, (1, 32, 32, 3), np.uint8)
    np.testing.assert_array_equal(product_edits.framed(picture, [[2, 2, 30, 20 + 10]]), picture)


def test_an_empty_box_is_refused():
    with pytest.raises(ValueError, match="empty"):
        product_edits.framed(drawn_box()[0], np.zeros((1, 4)))


def test_products_carry_their_labels_and_show_two_colours():
    made = product_edits.products(24, 32, NAMES, seed=1, first_sku=0)
    assert made.images.shape == (len(made), 32, 32, 3) and 0 < len(made) <= 24
    assert made.images.dtype == np.uint8 and made.labels.shape == (len(made), 3)
    assert (made.labels < [3, 3, 2]).all() and (made.labels >= 0).all()
    pack = catalogue.singles(24, 32, seed=1, kinds=NAMES["kind"], colours=NAMES["colour"], patterns=NAMES["pattern"])
    left = np.isin(pack.sku, made.sku)
    assert [catalogue.KINDS[kind] for kind in pack.kind[left]] == [NAMES["kind"][i] for i in made.labels[:, 0]]


@pytest.fixture(scope="module")
def asked():
    return product_edits.edits(4, 32, NAMES, seed=5, first_sku=1000)


def test_every_edit_asks_for_another_value(asked):
    assert asked.wanted.shape == asked.labels.shape == (len(asked), 3)
    assert (asked.wanted != asked.labels).all() and (asked.wanted < [3, 3, 2]).all() and (asked.wanted >= 0).all()


def test_the_truth_is_the_same_scene_with_one_thing_changed(asked):
    borders = [pictures[:, 0].astype(int) for pictures in (asked.images, *asked.truth.values())]
    assert all(np.abs(border - borders[0]).max() <= 12 for border in borders)  # at the upper edge
    for truth in asked.truth.values():
        assert truth.shape == asked.images.shape and (truth != asked.images).any(axis=(1, 2, 3)).all()
    red, blue = NAMES["colour"].index("red"), NAMES["colour"].index("blue")
    rows = (asked.labels[:, 1] == red) & (asked.wanted[:, 1] == blue) & (asked.labels[:, 2] == 0)
    if rows.any():
        change = asked.truth["colour"][rows].astype(int) - asked.images[rows]
        assert change[..., 0].sum() < 0 < change[..., 2].sum()


def test_enlarged_pictures_are_floats_that_a_network_accepts():
    small = np.random.default_rng(0).random((2, 32, 32, 3)) * 1.2 - 0.1
    large = product_edits.enlarged(small)
    assert large.shape == (2, 64, 64, 3) and large.min() >= 0 and large.max() <= 1
    grey = np.full((1, 32, 32, 3), 51, np.uint8)
    np.testing.assert_allclose(product_edits.enlarged(grey), 0.2, atol=1e-6)


class Seeing(product_edits.Judges):
    """Judges that read the values off the first three pixels, red channel."""

    def __init__(self):
        self._before = {}

    def see(self, pictures):
        return np.rint(np.asarray(pictures)[:, 0, :3, 0] * (1 if np.asarray(pictures).dtype == np.uint8 else 255))


def marked(labels, wanted):
    images = np.zeros((len(labels), 16, 16, 3), np.uint8)
    images[:, 0, :3, 0] = labels
    truth = {name: images.copy() for name in ("colour", "pattern")}
    return product_edits.Edits(images, np.array(labels), np.arange(len(labels)), np.array(wanted), truth)


def lamp(size):
    light = np.zeros((size, size, 3))
    light[1:] = 0.5  # leaves the first row, which the judges read
    return light


def changed(pictures, labels, wishes, strength, reach):
    attribute = int(np.flatnonzero((labels != wishes).any(axis=0))[0])
    assert (pictures[:, 0, :3, 0] == labels).all() and (labels != wishes).sum() == len(labels)
    edited = pictures / 255
    edited[:, 0, attribute, 0] = strength * wishes[:, attribute] / 255
    edited[:, 0, (attribute + 1) % 3, 0] += reach / 255
    return edited


def test_a_wish_changes_one_label_only():
    products = marked([[0, 1, 2], [2, 0, 1]], [[1, 2, 3], [3, 1, 2]])
    assert products.wishes(1).tolist() == [[0, 2, 2], [2, 1, 1]]
    assert products.labels.tolist() == [[0, 1, 2], [2, 0, 1]]


def test_success_asks_for_the_flip_and_for_all_else_to_stay(capsys):
    products = marked([[0, 1, 2], [2, 0, 1]], [[1, 2, 3], [3, 1, 2]])
    table = product_edits.tried(changed, Seeing(), products, (0.0, 1.0), (0.0, 1.0))
    assert table[1, 1.0, 0.0] == (1, 1, 1) and table[1, 1.0, 1.0] == (1, 0, 0) and table[1, 0.0, 0.0] == (0, 1, 0)
    assert product_edits.most_successful("it", table) == [(0, 1.0, 0.0), (1, 1.0, 0.0), (2, 1.0, 0.0)]
    assert capsys.readouterr().out.startswith("it: kind: strength 1, reach 0; colour")
    np.testing.assert_array_equal(product_edits.trade_off(table, 0.0), [[0, 1], [1, 1]])
    np.testing.assert_array_equal(product_edits.trade_off(table, 1.0), [[0, 0], [1, 0]])
    right = [product_edits.asked(changed, products, a, 1.0, 0.0) for a in range(3)]
    found = product_edits.measures(Seeing(), products, right)
    assert found["success"] == found["kind"] == found["flipped"] == found["kept"] == 1 and found["off truth"] > 0
    same = product_edits.measures(Seeing(), products, 3 * [products.images / 255])
    assert same["success"] == 0 and same["kept"] == 1 and same["off truth"] == pytest.approx(0, abs=1e-5)
    other_light = product_edits.measures(Seeing(), products, [pictures + lamp(16) for pictures in right])
    assert other_light["success"] == other_light["kept"] == 0 and other_light["judged"] == 1


def test_retrieval_obeys_all_labels_and_takes_the_nearest():
    products = marked([[0, 1, 0]], [[1, 0, 1]])
    shop = marked([[1, 9, 0], [1, 1, 0], [1, 1, 0], [0, 1, 0]], [[0, 0, 0]] * 4)
    shop.images[1, 1:] = 255
    assert (product_edits.nearest(products, shop, 0) == shop.images[[2]] / np.float32(255)).all()
    assert (product_edits.nearest(products, shop, 1) == shop.images[[3]] / np.float32(255)).all()  # one label is off


def test_judges_know_sharp_and_soft_pictures_of_products_they_have_not_seen():
    seen = product_edits.products(240, 32, NAMES, seed=3, first_sku=0)
    others = product_edits.products(120, 32, NAMES, seed=4, first_sku=200_000)
    judges = product_edits.Judges(seen)
    right = (judges.see(others.images) == others.labels).mean(axis=0)
    assert (right > [0.9, 0.8, 0.75]).all()
    probability = judges.certainty(others.images, 0, others.labels[:, 0])
    assert probability.shape == (len(others),) and probability.mean() > 0.8
    assert features.embedding(product_edits.enlarged(others.images[:2])).shape == (2, 160)


def test_the_scene_is_its_backdrop_in_the_upper_half():
    pictures = np.full((3, 32, 32, 3), 200, np.uint8)
    edited = pictures / 255
    edited[0, 2:, 2:-2] = 0  # another product
    edited[1, 16:] = 0  # another shadow
    edited[2] -= 11 / 255  # another light
    assert product_edits.same_scene(pictures, edited).tolist() == [True, True, False]
