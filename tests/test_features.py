"""The feature network: the file is the recipe's, it knows products it never saw, and its distances rank damage."""

import hashlib

import h5py
import keras
import numpy as np
import pytest

from helpers import degrade, features
from helpers.course import features as recipe
from helpers.datasets import catalogue, download, photos


@pytest.fixture(scope="module")
def archive():
    """Garment photos, 64 px."""
    try:
        return photos(64)
    except download.DataUnavailable:
        pytest.skip("the photos are not here and cannot be fetched")


@pytest.fixture(scope="module")
def unseen(archive):
    """The 372 photos of the test split, which no training saw."""
    return archive.test.images


@pytest.fixture(scope="module")
def strangers():
    """320 renders of products outside the training's numbers."""
    return catalogue.singles(320, 64, seed=9, first_sku=600_000)


def weights_file():
    return download.data_folder() / "features.weights.h5"


def test_the_file_is_what_the_recipe_makes_and_what_the_notes_beside_it_say():
    about = features.about()
    assert about["recipe_digest"] == recipe.recipe_digest(), "the recipe changed: `python -m helpers.course.features`"
    assert about["sha256"] == hashlib.sha256(weights_file().read_bytes()).hexdigest()
    assert about["weights"] == features.network().count_params()
    assert weights_file().stat().st_size < 3_000_000


def test_the_recipe_names_the_network_that_is_loaded():
    assert tuple(recipe.RECIPE["names"]) == features.NAMES and tuple(recipe.RECIPE["widths"]) == features.WIDTHS


def test_the_file_holds_arrays_and_nothing_that_could_run():
    kinds = []
    with h5py.File(weights_file()) as file:
        file.visititems(lambda _, item: kinds.append(item.dtype) if isinstance(item, h5py.Dataset) else None)
    assert kinds and set(kinds) == {np.dtype("float32")}


def test_maps_halve_from_stage_to_stage():
    maps = features.network()(np.zeros((2, 48, 80, 3), np.float32))
    assert {name: tuple(one.shape) for name, one in maps.items()} == {
        name: (2, 48 >> stage, 80 >> stage, width)
        for stage, (name, width) in enumerate(zip(features.NAMES, features.WIDTHS, strict=True))
    }


def test_a_part_of_the_network_is_the_same_function_and_computes_no_more():
    pictures = np.random.default_rng(0).random((1, 32, 32, 3), np.float32)
    part = features.network(("textures",))
    assert np.array_equal(part(pictures)["textures"], features.network()(pictures)["textures"])
    assert part.count_params() < 0.1 * features.network().count_params()


def test_the_network_is_frozen():
    assert not features.network().trainable_variables


@pytest.mark.parametrize("names", [(), ("pool",), ("edges", "whales")])
def test_an_unknown_map_is_named(names):
    with pytest.raises(ValueError, match="there are edges, textures"):
        features.network(names)


def test_missing_weights_are_said(monkeypatch, tmp_path):
    monkeypatch.setattr(features, "data_folder", lambda: tmp_path)
    with pytest.raises(FileNotFoundError, match="is missing from"):
        features.network.__wrapped__()


@pytest.mark.parametrize(
    "pictures",
    [
        np.zeros((32, 32, 3)),
        np.zeros((1, 32, 32, 1)),
        np.zeros((1, 8, 32, 3)),
        np.full((1, 32, 32, 3), 255.0),
        np.full((1, 32, 32, 3), np.nan),
        np.zeros((1, 32, 32, 3), np.int64),
    ],
)
def test_pictures_of_another_form_are_refused(pictures):
    with pytest.raises(ValueError, match="pictures"):
        features.embedding(pictures)


def test_bytes_and_floats_are_the_same_pictures(strangers):
    one = strangers.images[:3]
    assert np.allclose(features.embedding(one), features.embedding(one / np.float32(255)), atol=1e-5)


def test_the_embedding_knows_kinds_of_products_it_never_saw(strangers):
    found = features.embedding(strangers.images)
    known, asked = slice(0, 240), slice(240, None)
    middles = np.stack([found[known][strangers.kind[known] == kind].mean(axis=0) for kind in range(16)])
    guess = ((found[asked][:, None] - middles) ** 2).sum(axis=-1).argmin(axis=1)
    assert np.mean(guess == strangers.kind[asked]) > 0.9


def windows(pictures, shift=0):
    """The middle 56 px of 64-px pictures, `shift` pixels (at most 4) further down and right."""
    return pictures[:, 4 + shift : 60 + shift, 4 + shift : 60 + shift]


def as_floats(pictures):
    return pictures.astype(np.float32) / 255


DAMAGE = {  # the function of pictures and level, and three levels, ever worse
    "blur": (degrade.gaussian_blur, (0.5, 1.0, 2.0)),
    "noise": (lambda pictures, level: degrade.gaussian_noise(pictures, level, (1, 2)), (5, 15, 45)),
    "JPEG": (degrade.jpeg, (70, 30, 8)),
}


def damaged_by(damage, pictures):
    """One set of pictures a level."""
    function, levels = DAMAGE[damage]
    return [np.clip(function(as_floats(pictures), level), 0, 1) for level in levels]


@pytest.mark.parametrize("damage", [*DAMAGE, "shift"])
def test_worse_damage_is_further_away(unseen, damage):
    clean = windows(unseen[:120])
    shifted = [windows(unseen[:120], shift) for shift in (1, 2, 4)]
    damaged = shifted if damage == "shift" else damaged_by(damage, clean)
    distances = np.stack([features.perceptual_distance(clean, one) for one in damaged])
    assert (np.diff(distances.mean(axis=1)) > 0).all(), distances.mean(axis=1)
    assert np.mean(np.diff(distances, axis=0) > 0) > 0.95, "not on nearly every photo"
    other = features.perceptual_distance(clean, clean[::-1])
    assert (distances[0] < other).mean() > 0.95, "the mildest damage is further away than another photo"


def test_a_shift_of_one_pixel_is_nearer_than_a_blur_with_less_squared_error(unseen):
    clean = windows(unseen[:120])
    shifted = windows(unseen[:120], 1)
    blurred = damaged_by("blur", clean)[2]
    error = [np.mean((as_floats(clean) - one) ** 2) for one in (as_floats(shifted), blurred)]
    seen = [features.perceptual_distance(clean, one).mean() for one in (shifted, blurred)]
    assert error[0] > error[1] and seen[0] < seen[1], (error, seen)


def test_a_picture_is_at_no_distance_from_itself_and_pairs_must_match(unseen):
    assert np.allclose(features.perceptual_distance(unseen[:2], unseen[:2]), 0)
    with pytest.raises(ValueError, match="of one shape"):
        features.perceptual_distance(unseen[:2], unseen[:3])


def test_the_frechet_distance_between_photos_and_photos_goes_to_nothing_as_there_are_more(archive):
    found = features.embedding(archive.train.images)[np.random.default_rng(0).permutation(len(archive.train.images))]
    spread = np.trace(np.cov(found.T))
    shares = [
        features.frechet_distance(found[:count], found[count : 2 * count]) / spread for count in (200, 600, 1_500)
    ]
    assert (np.diff(shares) < 0).all() and shares[-1] < 0.03, shares
    renders = features.embedding(catalogue.singles(320, 64, seed=9, first_sku=600_000).images)
    assert features.frechet_distance(found[:320], renders) > 5 * features.frechet_distance(found[:320], found[320:640])


@pytest.mark.parametrize("damage", DAMAGE)
def test_the_frechet_distance_is_small_between_real_photos_and_grows_with_damage(unseen, damage):
    some, others = windows(unseen[0::2]), windows(unseen[1::2])
    real = features.embedding(some)
    floor = features.frechet_distance(real, features.embedding(others))
    found = [features.frechet_distance(real, features.embedding(one)) for one in damaged_by(damage, others)]
    assert (np.diff([floor, *found]) > 0).all(), (floor, found)


def test_the_frechet_distance_of_gaussians_is_the_formula():
    draw = np.random.default_rng(3)
    first, second = draw.normal(size=(40_000, 3)), draw.normal(size=(40_000, 3)) * [2, 1, 1] + [0, 3, 0]
    assert features.frechet_distance(first, second) == pytest.approx(1 + 9, rel=0.02)
    assert features.frechet_distance(first, first) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("second", [np.zeros((5, 4)), np.zeros((1, 3)), np.zeros(3)])
def test_sets_that_cannot_be_compared_are_refused(second):
    with pytest.raises(ValueError, match="two sets"):
        features.frechet_distance(np.zeros((5, 3)), second)


def test_imagenet_maps_come_under_the_same_names_where_vgg_can_be_had(monkeypatch):
    fetched = keras.applications.VGG16
    monkeypatch.setattr(keras.applications, "VGG16", lambda **options: fetched(**options | {"weights": None}))
    maps = features.imagenet_network(("edges", "parts"))(np.zeros((1, 32, 48, 3), np.float32))
    assert {name: tuple(one.shape) for name, one in maps.items()} == {
        "edges": (1, 32, 48, 64),
        "parts": (1, 8, 12, 256),
    }


def test_without_a_connection_imagenet_is_one_clear_error(monkeypatch):
    def unreachable(**_):
        raise Exception("URL fetch failure: timed out")

    monkeypatch.setattr(keras.applications, "VGG16", unreachable)
    with pytest.raises(download.DataUnavailable, match=r"URL fetch failure.*helpers\.features\.network"):
        features.imagenet_network()


def test_gram_matrices_do_not_know_where_things_are():
    maps = np.random.default_rng(0).random((2, 6, 5, 4)).astype(np.float32)
    shuffled = maps.reshape(2, 30, 4)[:, np.random.default_rng(1).permutation(30)].reshape(maps.shape)
    grams = np.asarray(features.gram(maps))
    assert grams.shape == (2, 4, 4) and np.allclose(grams, grams.transpose(0, 2, 1))
    assert np.allclose(grams, features.gram(shuffled), atol=1e-5)
