import colorsys
import subprocess
import sys

import numpy as np
import pytest

from helpers.datasets import cache, catalogue
from helpers.datasets.catalogue import labels, scene

KINDS = catalogue.KINDS


@pytest.fixture(scope="module", autouse=True)
def shared_cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HELPERS_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def many(shared_cache):
    """Six pictures of every kind."""
    return {kind: catalogue.singles(6, 64, seed=4, kinds=[kind]) for kind in KINDS}


def dilated(mask, pixels):
    grown = mask > 0
    for _ in range(pixels):
        near = np.pad(grown, 1)
        grown = near[1:-1, 1:-1] | near[:-2, 1:-1] | near[2:, 1:-1] | near[1:-1, :-2] | near[1:-1, 2:]
    return grown


def half_box(mask):
    y, x = np.nonzero(mask >= 128)
    return [x.min(), y.min(), x.max() + 1, y.max() + 1] if len(x) else [0, 0, 0, 0]


def same(one, other):
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in one.__dataclass_fields__)


# ------------------------------------------------------------------------------------------------ determinism, cache


def test_any_number_of_workers_gives_the_same_bytes(tmp_path, monkeypatch):
    packs = []
    for workers in (1, 2, 5):
        monkeypatch.setenv("HELPERS_CACHE", str(tmp_path / str(workers)))
        packs.append(catalogue.singles(10, 32, seed=1, workers=workers))
    assert same(packs[0], packs[1]) and same(packs[0], packs[2])


def test_a_new_process_gives_the_same_bytes(tmp_path):
    here = catalogue.singles(4, 32, seed=8).images
    code = (
        "import sys, hashlib; from helpers.datasets import catalogue;"
        "print(hashlib.sha256(catalogue.singles(4, 32, seed=8).images).hexdigest())"
    )
    import hashlib
    import os

    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env={**os.environ, "HELPERS_CACHE": str(tmp_path)},
    )  # fmt: skip
    assert told.stdout.strip() == hashlib.sha256(here).hexdigest()
    assert told.stderr == ""


def test_a_picture_does_not_depend_on_how_many_are_made():
    few, more = catalogue.singles(3, 32, seed=1), catalogue.singles(7, 32, seed=1)
    assert np.array_equal(few.images, more.images[:3])
    assert np.array_equal(few.sku, more.sku[:3])
    assert not np.array_equal(few.images, catalogue.singles(3, 32, seed=2).images)
    scenes, more_scenes = catalogue.shelves(2, 48, seed=1), catalogue.shelves(4, 48, seed=1)
    assert np.array_equal(scenes.images, more_scenes.images[:2])


def test_a_cache_hit_renders_nothing_and_returns_equal_arrays(monkeypatch):
    first = catalogue.singles(4, 32, seed=31)
    monkeypatch.setattr(catalogue, "_run", lambda *_: pytest.fail("rendered again"))
    assert same(first, catalogue.singles(4, 32, seed=31))


def test_edited_sources_and_every_argument_change_the_key(monkeypatch):
    keys = []
    monkeypatch.setattr(catalogue, "_paint", lambda *_: None)
    monkeypatch.setattr(cache, "arrays", lambda _name, key, _build: keys.append(cache.digest(key)) or pytest.skip)

    def ask(**chosen):
        with pytest.raises(TypeError):  # there are no arrays behind the key
            catalogue.singles(**{"n": 4, "size": 32, **chosen})

    ask()
    for change in (
        {"n": 5}, {"size": 33}, {"seed": 1}, {"kinds": ["mug"]}, {"skus_per_kind": 9}, {"first_sku": 9},
        {"lookalike_group": 2}, {"colours": ["red"]}, {"patterns": ["dots"]}, {"materials": ["metal"]},
        {"backdrop": "plain"}, {"supersample": 1},
    ):  # fmt: skip
        ask(**change)
    monkeypatch.setattr(scene, "source_digest", lambda: "edited")
    ask()
    assert len(set(keys)) == len(keys) == 14
    ask(workers=1)
    assert keys[-1] == keys[-2]


def test_importing_the_catalogue_is_cheap():
    code = (
        "import sys; import helpers.datasets, helpers.datasets.catalogue;"
        "print([m for m in ('numba', 'tensorflow', 'matplotlib', 'PIL') if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


# ------------------------------------------------------------------------------------------------ masks, boxes, points


@pytest.mark.parametrize("kind", KINDS)
def test_products_are_framed_and_boxes_come_from_the_mask(many, kind):
    pack = many[kind]
    assert pack.images.shape == (6, 64, 64, 3) and pack.images.dtype == np.uint8
    for mask, box in zip(pack.masks, pack.boxes, strict=True):
        assert np.array_equal(box, half_box(mask))
        assert not mask[0].any() and not mask[-1].any() and not mask[:, 0].any() and not mask[:, -1].any()
        assert 0.52 <= max(box[2] - box[0], box[3] - box[1]) / 64 <= 0.92
        assert np.abs((box[:2] + box[2:]) / 2 - 32).max() < 8
        assert 0.03 < (mask / 255).mean() < 0.70
    assert ((pack.masks > 0) & (pack.masks < 255)).any()


@pytest.mark.parametrize("kind", KINDS)
def test_visible_landmarks_lie_on_the_product(many, kind):
    pack = many[kind]
    assert len(catalogue.LANDMARKS[kind]) == 6 == pack.landmarks.shape[1]
    assert set(np.unique(pack.landmarks[..., 2])) <= {0.0, 1.0}
    assert pack.landmarks[..., 2].mean() > 0.4
    for mask, points in zip(pack.masks, pack.landmarks, strict=True):
        near = dilated(mask, 2)
        for x, y, _ in points:  # hidden ones project into the outline as well: the product itself hides them
            assert near[min(max(int(y), 0), 63), min(max(int(x), 0), 63)]


def test_landmarks_turn_with_the_product_and_hide_behind_it():
    drawn = scene.describe(catalogue.sku_id(KINDS.index("mug"), 3))
    seen = []
    for yaw in (0.0, 90.0, 180.0, 270.0):
        row, _ = scene.product(drawn, yaw)
        view = scene.frame(scene.camera(12, 5.0, (0, 0.3, 0)), [row], 0.7)
        seen.append(labels.landmarks(catalogue.sku_id(KINDS.index("mug"), 3), row, view, 64))
    handle, base = (catalogue.LANDMARKS["mug"].index(name) for name in ("handle outside", "base front"))
    assert [points[base, 2] for points in seen] == [1, 0, 0, 0] or seen[2][base, 2] == 0
    assert seen[0][handle, 0] > 40 > 24 > seen[2][handle, 0]


@pytest.mark.parametrize("kind", range(16))
def test_distances_never_overstep_and_the_solid_is_inside(kind):
    from helpers.datasets.catalogue.render import distance, measured

    rng = np.random.default_rng(kind)
    for number in range(4):
        p = scene.describe(catalogue.sku_id(kind, number)).parameters
        bounds, cloud = measured(kind, p)
        points = rng.uniform(bounds[:3] - 0.3, bounds[3:] + 0.3, (3000, 3))
        steps = rng.normal(size=(3000, 3))
        steps *= rng.uniform(0.001, 0.05, (3000, 1)) / np.linalg.norm(steps, axis=1, keepdims=True)
        d, _ = distance(kind, p, points)
        moved, _ = distance(kind, p, points + steps)
        inside = np.all((points > bounds[:3]) & (points < bounds[3:]), axis=1)
        # a distance may jump where a part folds over; what matters is that it never promises too much
        assert ((d - moved) / np.linalg.norm(steps, axis=1)).max() < 1.05
        assert (d[~inside] > 0).all()
        assert (d[inside] < 0).mean() > 0.004
        assert len(cloud) > 50


# ------------------------------------------------------------------------------------------------ packs


def test_turntables_close_and_share_light_and_frame():
    round_ = catalogue.turntables(2, views=4, size=32, seed=1, start=0)
    full = catalogue.turntables(2, views=4, size=32, seed=1, start=360)
    assert np.array_equal(round_.images, full.images)
    assert np.array_equal(round_.yaw, [[0, 90, 180, 270]] * 2)
    quarter = catalogue.turntables(2, views=4, size=32, seed=1, start=90)
    assert np.array_equal(quarter.images[:, 0], round_.images[:, 1])
    free = catalogue.turntables(3, views=4, size=32, seed=1)
    assert np.allclose(np.diff(free.yaw, axis=1) % 360, 90, atol=1e-3)
    assert len(set(free.yaw[:, 0])) == 3
    assert not free.masks[:, :, 0].any() and not free.masks[:, :, :, -1].any()


def test_recolouring_changes_the_product_alone_and_to_the_named_colour():
    pack = catalogue.recolourings(60, 48, seed=2, kinds=["mug", "t-shirt", "vase", "backpack", "handbag"])
    changed = (pack.sources != pack.targets).any(-1)
    assert not changed[pack.masks == 0].any()
    assert (pack.target_colour != pack.colour).all() and (pack.target_colour != pack.second_colour).all()
    checked = 0
    for k in range(len(pack)):
        named = catalogue.COLOURS[catalogue.COLOUR_NAMES[pack.target_colour[k]]]
        hue, saturation, _ = colorsys.rgb_to_hsv(*(v / 255 for v in named))
        body = changed[k] & (pack.masks[k] == 255)
        assert body.sum() > 15
        if saturation > 0.5 and pack.pattern[k] == 0:
            seen = colorsys.rgb_to_hsv(*(pack.targets[k][body].mean(0) / 255))
            assert min(abs(seen[0] - hue), 1 - abs(seen[0] - hue)) < 0.05
            checked += 1
    assert checked > 8


def test_drawings_are_dark_lines_on_white_where_the_product_is():
    pack = catalogue.drawings(8, 64, seed=3)
    for lines, mask in zip(pack.drawings, pack.masks, strict=True):
        assert (lines[~dilated(mask, 2)] == 255).all()
        assert 0.02 < (lines < 128).mean() < 0.35
        assert len(np.unique(lines)) > 4
        rim = dilated(mask, 1) & ~(dilated(255 - mask, 1) ^ True)
        assert (lines[rim & (mask > 60) & (mask < 200)] < 255).mean() > 0.8


def test_composites_obey_the_alpha_equation_and_leave_given_pictures_alone():
    given = np.random.default_rng(0).integers(0, 256, (3, 40, 60, 3), np.uint8)
    kept = given.copy()
    for pack in (catalogue.composites(5, given, 32, seed=1), catalogue.composites(5, size=32, seed=1)):
        a = pack.masks[..., None].astype(int)
        expected = (a * pack.foregrounds + (255 - a) * pack.backgrounds + 127) // 255
        assert np.array_equal(pack.images, expected)
        assert all(np.array_equal(box, half_box(mask)) for box, mask in zip(pack.boxes, pack.masks, strict=True))
    assert np.array_equal(given, kept)
    assert not np.array_equal(catalogue.composites(5, given[:2], 32, seed=1).images, pack.images)
    white = np.full((1, 32, 32, 3), 255, np.uint8)
    behind = catalogue.composites(4, white, 32, seed=1).backgrounds
    assert behind.max() == 255 and behind.min() < 220  # the contact shadow, and no more than a shadow
    assert np.ptp(behind, axis=-1).max() == 0


def test_composites_come_in_families_where_asked():
    pack = catalogue.composites(6, size=16, seed=1, kinds="mug", first_sku=4, skus_per_kind=3, lookalike_group=4)
    assert set(pack.sku) <= {catalogue.sku_id(catalogue.KINDS.index("mug"), number, 4) for number in (4, 5, 6)}
    alone = catalogue.composites(6, size=16, seed=1, kinds="mug", first_sku=4, skus_per_kind=3)
    assert not np.array_equal(pack.images, alone.images)
    given = catalogue.composites(6, size=16, seed=1, kinds="mug", first_sku=4, skus_per_kind=3, lookalike_group=1)
    assert np.array_equal(given.images, alone.images)


def test_shelves_agree_with_themselves():
    pack = catalogue.shelves(10, 64, seed=5)
    assert pack.counts.min() >= 1 and pack.counts.max() <= 8 and len(set(pack.counts)) > 3
    for k, count in enumerate(pack.counts):
        assert (pack.kind[k, count:] == -1).all() and (pack.kind[k, :count] >= 0).all()
        assert not pack.masks[k, count:].any() and not pack.boxes[k, count:].any()
        assert pack.masks[k].sum(0, dtype=int).max() <= 255 + count  # visible parts do not overlap
        for m in range(count):
            box, full = pack.boxes[k, m], pack.full_boxes[k, m]
            assert np.array_equal(box, half_box(pack.masks[k, m]))
            assert (full >= 0).all() and (full <= 64).all()
            assert (box[:2] >= full[:2] - 1).all() and (box[2:] <= full[2:] + 1).all()
            assert 0 <= pack.occlusion[k, m] <= 0.7
            if pack.occlusion[k, m] == 0:
                assert np.array_equal(box, full)
        assert pack.occlusion[k, count - 1] < 0.35  # the nearest is hardly hidden
    assert (pack.occlusion > 0.05).any()
    alone = catalogue.shelves(4, 48, seed=5, minimum=1, maximum=1)
    assert alone.occlusion.max() == 0 and (alone.counts == 1).all()


def test_one_picture_by_sku_and_view():
    mug = catalogue.sku_id(KINDS.index("mug"), 3)
    front = catalogue.render_one(mug, 48, yaw=0, pitch=20, light=(30, 50, 0, 1))
    assert front.shape == (48, 48, 3) and front.dtype == np.uint8
    assert np.array_equal(front, catalogue.render_one(mug, 48, yaw=360, pitch=20, light=(30, 50, 0, 1)))
    others = [
        catalogue.render_one(mug, 48, yaw=180, pitch=20, light=(30, 50, 0, 1)),
        catalogue.render_one(mug, 48, yaw=0, pitch=35, light=(30, 50, 0, 1)),
        catalogue.render_one(mug, 48, yaw=0, pitch=20, light=(-60, 40, 0, 1)),
        catalogue.render_one(mug, 48, yaw=0, pitch=20, light=(30, 50, 1, 1)),
        catalogue.render_one(mug, 48, yaw=0, pitch=20, light=(30, 50, 0, 1), backdrop="texture"),
    ]
    assert all((front != other).any() for other in others)


def test_every_pattern_material_and_colour_changes_the_picture():
    bag = catalogue.sku_id(KINDS.index("handbag"), 5)
    for name, choices in (
        ("pattern", catalogue.PATTERNS), ("material", catalogue.MATERIALS), ("colour", catalogue.COLOUR_NAMES),
    ):  # fmt: skip
        pictures = [catalogue.render_one(bag, 64, yaw=20, pitch=15, **{name: choice}) for choice in choices]
        for k, one in enumerate(pictures):
            assert all((one != other).mean() > 0.01 for other in pictures[:k])


# ------------------------------------------------------------------------------------------------ labels, SKUs


def test_tags_and_captions_say_what_the_labels_say():
    pack = catalogue.singles(80, 16, seed=6, supersample=1)
    assert pack.tags.shape == (80, len(catalogue.TAGS)) and len(catalogue.TAGS) >= 30
    assert len(set(catalogue.TAGS)) == len(catalogue.TAGS)
    for k in range(80):
        tags = {name for name, on in zip(catalogue.TAGS, pack.tags[k], strict=True) if on}
        names = (
            KINDS[pack.kind[k]], catalogue.COLOUR_NAMES[pack.colour[k]], catalogue.PATTERNS[pack.pattern[k]],
            catalogue.MATERIALS[pack.material[k]],
        )  # fmt: skip
        assert set(names) <= tags and len(tags & set(catalogue.PRICE_BANDS)) == 1
        assert len(tags & set(KINDS)) == 1 and len(tags & set(catalogue.COLOUR_NAMES)) == 1
        sentence = pack.captions[k]
        assert sentence.endswith(".") and sentence[0].isupper() and " a a" not in sentence
        assert all(word in sentence.lower() for word in (*names[:2], names[3]))
        assert catalogue.COLOUR_NAMES[pack.second_colour[k]] in sentence
    assert labels.caption(5, 3, 1, 1, 1) == "A red leather handbag with white stripes."
    assert labels.caption(2, 4, 0, 0, 0) == "Matte orange trousers with black details."
    assert labels.caption(7, 4, 1, 3, 3) == "An orange metal mug with a white check."


def test_tag_frequencies_have_a_long_tail():
    drawn = [scene.describe(catalogue.sku_id(k % 16, k)) for k in range(1500)]
    tags = np.array([labels.tags_of(d.kind, d.colour, d.second_colour, d.pattern, d.material) for d in drawn])
    share = np.sort(tags.mean(0))
    assert share[0] > 0 and share[-1] > 5 * np.median(share)
    bands = tags[:, [catalogue.TAGS.index(band) for band in catalogue.PRICE_BANDS]]
    assert (bands.sum(1) == 1).all() and bands.mean(0).min() > 0.1


def test_disjoint_number_ranges_share_no_sku_and_skus_never_change():
    train = catalogue.singles(40, 16, seed=1, skus_per_kind=3, first_sku=0, supersample=1)
    test = catalogue.singles(40, 16, seed=2, skus_per_kind=3, first_sku=3, supersample=1)
    assert not set(train.sku) & set(test.sku)
    assert len(set(train.sku)) > 20
    for sku, kind, colour in zip(train.sku, train.kind, train.colour, strict=True):
        drawn = scene.describe(sku)
        assert (drawn.kind, drawn.colour) == (kind, colour) and 0 <= sku % scene.SKU_SPAN < 3
    assert len({scene.describe(catalogue.sku_id(k, n)) for k in range(16) for n in range(200)}) == 3200


def test_colours_patterns_materials_can_be_chosen():
    pack = catalogue.singles(
        12, 16, seed=1, colours=["red", "teal"], patterns=["dots"], materials=["metal"], supersample=1
    )
    assert {catalogue.COLOUR_NAMES[c] for c in pack.colour} == {"red", "teal"}
    assert {catalogue.PATTERNS[p] for p in pack.pattern} == {"dots"}
    assert {catalogue.MATERIALS[m] for m in pack.material} == {"metal"}


def test_lookalikes_differ_from_the_first_of_their_family_in_one_or_two_attributes():
    def facts(d):
        return (d.colour, d.second_colour, d.pattern, d.material, *d.parameters)

    for kind in range(16):
        for family in range(5):
            members = [scene.describe(catalogue.sku_id(kind, family * 5 + m, 5)) for m in range(5)]
            assert len(set(members)) == 5
            for other in members[1:]:
                assert 1 <= sum(a != b for a, b in zip(facts(members[0]), facts(other), strict=True)) <= 2


# ------------------------------------------------------------------------------------------------ errors


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ({"n": 0}, "n is a whole number from 1"),
        ({"n": 2.5}, "n is a whole number"),
        ({"size": 15}, "size is a whole number from 16 to 1024"),
        ({"size": 1025}, "16 to 1024"),
        ({"kinds": ["hat"]}, "t-shirt, dress"),
        ({"kinds": []}, "t-shirt, dress"),
        ({"colours": ["mauve"]}, "black, white"),
        ({"patterns": ["tartan"]}, "solid, stripes"),
        ({"materials": ["glass"]}, "matte, leather"),
        ({"backdrop": "beach"}, "studio, plain, texture"),
        ({"supersample": 0}, "supersample"),
        ({"skus_per_kind": 0}, "skus_per_kind"),
        ({"first_sku": -1}, "first_sku"),
        ({"lookalike_group": 100}, "lookalike_group"),
        ({"seed": -1}, "seed"),
        ({"workers": 0}, "workers"),
    ],
)
def test_bad_arguments_are_refused_with_the_choices(chosen, told):
    with pytest.raises(ValueError, match=told):
        catalogue.singles(**{"n": 2, "size": 16, "seed": 99, **chosen})


def test_bad_arguments_of_the_other_packs_are_refused():
    for call, told in (
        (lambda: catalogue.turntables(1, views=0), "views"),
        (lambda: catalogue.turntables(1, start="left"), "random"),
        (lambda: catalogue.composites(1, np.zeros((1, 8, 8, 3), np.uint8)), "16 pixels"),
        (lambda: catalogue.composites(1, np.zeros((32, 32, 3), np.uint8)), "backgrounds is"),
        (lambda: catalogue.composites(1, np.zeros((1, 32, 32, 3))), "uint8"),
        (lambda: catalogue.shelves(1, minimum=3, maximum=2), "maximum"),
        (lambda: catalogue.shelves(1, maximum=9), "maximum"),
        (lambda: catalogue.render_one(5), "no SKU id"),
        (lambda: catalogue.render_one(catalogue.sku_id(0, 1), colour="mauve"), "black, white"),
        (lambda: catalogue.sku_id(16, 0), "kind"),
        (lambda: catalogue.sku_id(0, -1), "number"),
    ):
        with pytest.raises(ValueError, match=told):
            call()
