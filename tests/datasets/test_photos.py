"""`photos`: the right pixels under the right labels, from a small archive made here and from the real one."""

import io
import os
import time
import zipfile
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import PER_CLASS, ZIP_NAME, jpeg, members, write_zip
from PIL import Image

from helpers.datasets import cache, clothing, download, photos


def relist(tiny, contents):
    """Replace the archive in the mirror and the manifest that goes with it."""
    path = write_zip(tiny.mirror / ZIP_NAME, contents)
    (tiny.data / "clothing-dataset-small.sha256").write_text(download.make_manifest(path))


def decoded(content, size=64, fit="crop"):
    return clothing._decode(content, size, fit)


def kept(tiny):
    return [p for p in tiny.cache.rglob("*") if p.suffix != ".lock" and p.is_file()]


@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
def test_splits_labels_and_pixels(mirror, fit):
    data = photos(32, fit=fit)
    assert data.class_names == clothing.CLASS_NAMES and data.source == "photos" and data.licence == "CC0 1.0"
    for split, number in PER_CLASS.items():
        part = getattr(data, split)
        assert part.images.shape == (10 * number, 32, 32, 3) and part.images.dtype == np.uint8
        assert part.labels.dtype == np.int64 and len(part) == 10 * number
        assert part.counts == dict.fromkeys(clothing.CLASS_NAMES, number)
        centre = part.images[:, 16, 16, 1].astype(int)  # the garment of class k has grey level 20k, 20k + 1, …
        np.testing.assert_array_equal(np.round((centre - 1) / 20), part.labels)
    edge = data.train.images[0, :, 0]
    assert (edge == 255).all() == (fit == "pad")


def test_the_repr_is_one_line_and_has_no_pixels(mirror):
    data = photos(32)
    assert repr(data) == "Dataset(photos: 30 + 10 + 20 pictures of 32x32x3 in train + validation + test, 10 classes)"
    assert repr(data.test) == "Split(20 pictures of 32x32x3 uint8, 10 classes)"
    with pytest.raises(AttributeError):
        data.source = "mine"
    with pytest.raises(ValueError, match="20 pictures need as many labels"):
        type(data.test)(data.test.images, data.test.labels[:3], data.class_names)
    with pytest.raises(ValueError, match="between 0 and 9"):
        type(data.test)(data.test.images, data.test.labels + 1, data.class_names)


@pytest.mark.parametrize("size", [15, 513, 0, -64, 64.0, "64", None, True])
def test_a_wrong_size_names_the_range(mirror, size):
    with pytest.raises(ValueError, match="from 16 to 512"):
        photos(size)


def test_numpy_sizes_are_whole_numbers_too(mirror):
    assert photos(np.int64(16)).train.images.shape[1:] == (16, 16, 3)


@pytest.mark.parametrize("fallback", [False, True])
def test_a_wrong_fit_names_the_choices(mirror, fallback):
    with pytest.raises(ValueError, match="'crop', 'pad', 'stretch'"):
        photos(32, fit="squeeze", fallback=fallback)


def test_crop_keeps_the_middle_pad_everything_stretch_all_of_it():
    wide = np.zeros((100, 200, 3), np.uint8)
    wide[:, :50] = 90  # these quarters are outside the middle square
    wide[:, 150:] = 180
    content = jpeg(wide)
    assert decoded(content).max() < 12
    stretched = decoded(content, fit="stretch")
    assert abs(int(stretched[32, 4, 0]) - 90) < 6 and abs(int(stretched[32, 60, 0]) - 180) < 6
    padded = decoded(content, fit="pad")
    assert (padded[:15] == 255).all() and (padded[49:] == 255).all()
    assert abs(int(padded[32, 4, 0]) - 90) < 6 and padded[32, 32, 0] < 12


def test_exif_orientation_is_applied():
    upright = np.zeros((60, 40, 3), np.uint8)
    upright[:30] = 200  # bright above
    exif = Image.Exif()
    exif[274] = 6  # stored lying on its side, as a phone held upright does
    found = decoded(jpeg(np.rot90(upright).copy(), exif=exif))
    assert found[:28].min() > 180 and found[36:].max() < 20


def test_grey_and_cmyk_jpegs_become_rgb():
    for mode, colour in (("L", 128), ("CMYK", (0, 0, 0, 127))):
        buffer = io.BytesIO()
        Image.new(mode, (40, 40), colour).save(buffer, "JPEG")
        found = decoded(buffer.getvalue())
        assert found.shape == (64, 64, 3) and np.abs(found.astype(int) - 128).max() < 6


@pytest.mark.parametrize("size", [16, 64, 100])
def test_shrinking_is_antialiased(size):
    checks = np.repeat((np.indices((400, 400)).sum(0) % 2 * 255)[..., None], 3, axis=2).astype(np.uint8)
    found = clothing.fitted(Image.fromarray(checks), size, "crop").astype(int)
    assert np.abs(found - 127.5).max() < 6  # nearest neighbours give 0 and 255


def test_it_is_close_to_lanczos_alone():
    draw = np.random.default_rng(0)
    rough = Image.fromarray(draw.integers(0, 256, (50, 50, 3), np.uint8)).resize((400, 400), Image.Resampling.BICUBIC)
    exact = np.asarray(rough.resize((64, 64), Image.Resampling.LANCZOS)).astype(float)
    assert 10 * np.log10(255**2 / ((clothing.fitted(rough, 64, "crop") - exact) ** 2).mean()) > 40


def test_the_second_call_needs_neither_archive_nor_network(mirror, server):
    first = photos(32)
    (mirror.mirror / ZIP_NAME).unlink()
    server.files.clear()
    again = photos(32)
    np.testing.assert_array_equal(first.test.images, again.test.images)
    np.testing.assert_array_equal(first.test.labels, again.test.labels)
    with pytest.raises(download.DataUnavailable):
        photos(33)  # another size is another entry


def test_the_key_holds_whatever_changes_the_pixels(mirror, monkeypatch):
    keys = []
    real = cache.arrays
    monkeypatch.setattr(
        cache, "arrays", lambda name, key, build: keys.append(cache.digest(key)) or real(name, key, build)
    )
    photos(32), photos(32)
    assert keys[0] == keys[1]
    photos(33), photos(32, fit="pad")
    monkeypatch.setattr(clothing, "DECODER", clothing.DECODER + 1)
    photos(32)
    relist(mirror, {**members(), "test/hat/9.jpg": jpeg(np.full((40, 40, 3), 20, np.uint8))})
    assert len(photos(32).test) == 21
    assert len(set(keys)) == len(keys) - 1


def test_a_damaged_entry_is_decoded_again(mirror):
    first = photos(32)
    for path in mirror.cache.rglob("test_images.npy"):
        path.write_bytes(path.read_bytes()[:1000])
    np.testing.assert_array_equal(photos(32).test.images, first.test.images)


@pytest.mark.parametrize("fallback", [False, True])
@pytest.mark.parametrize("damage", ["truncated", "missing", "altered", "extra byte", "hostile"])
def test_a_damaged_mirror_archive_raises_and_caches_nothing(mirror, damage, fallback, capfd):
    path, contents = mirror.mirror / ZIP_NAME, members()
    if damage == "missing":
        del contents["train/skirt/2.jpg"]
    elif damage == "altered":
        contents["train/skirt/2.jpg"] = jpeg(np.zeros((40, 40, 3), np.uint8))
    elif damage == "extra byte":
        contents["train/skirt/2.jpg"] += b"\0"
    write_zip(path, contents, raw=["../../evil.jpg"] if damage == "hostile" else ())
    if damage == "truncated":
        path.write_bytes(path.read_bytes()[:-700])
    with pytest.raises(download.DataDamaged, match=str(path)):
        photos(32, fallback=fallback)
    assert kept(mirror) == [] and capfd.readouterr() == ("", "")


def test_each_member_is_checked_again_when_it_is_decoded(mirror, monkeypatch):
    """The archive may be replaced between `fetch` and decoding."""
    broken = write_zip(
        mirror.mirror / "other.zip", {**members(), "test/hat/1.jpg": jpeg(np.zeros((40, 40, 3), np.uint8))}
    )
    monkeypatch.setattr(download, "fetch", lambda name: broken)
    with pytest.raises(download.DataDamaged, match=r"test/hat/1\.jpg: expected sha256"):
        photos(32)
    assert kept(mirror) == []


def test_a_listed_member_that_is_no_picture_is_an_error(mirror):
    relist(mirror, {**members(), "test/hat/9.jpg": b"text"})
    with pytest.raises(OSError, match="cannot identify"):
        photos(32)
    assert kept(mirror) == []


def test_other_members_of_the_archive_are_not_used(mirror):
    write_zip(mirror.mirror / ZIP_NAME, {**members(), "train/hat/extra.jpg": b"not listed", "setup.py": b"no"})
    assert len(photos(32).train) == 30


def test_downloaded_when_there_is_no_mirror(tiny, server):
    data = photos(32)
    assert len(data.train) == 30 and server.requests == [f"/{ZIP_NAME}"]
    photos(48)
    assert len(server.requests) == 1  # the archive is kept


def test_offline_raises_without_fallback(offline, capfd):
    with pytest.raises(download.DataUnavailable, match="fallback=True"):
        photos(32)
    assert capfd.readouterr() == ("", "") and kept(offline) == []


def test_a_read_only_cache_still_gives_the_photos(mirror, monkeypatch, tmp_path, capfd):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HELPERS_CACHE", str(tmp_path / "file" / "below"))
    assert len(photos(32).train) == 30 and len(photos(32).test) == 20
    assert capfd.readouterr().out.count("cannot be written") == 1


real = pytest.mark.skipif(
    not os.environ.get("HELPERS_MIRROR"), reason="the real archive is read from HELPERS_MIRROR only"
)


@real
def test_the_real_photos(tmp_path, monkeypatch):
    monkeypatch.setenv("HELPERS_CACHE", str(tmp_path))
    monkeypatch.setenv("HELPERS_BATCH", "1")
    first = photos(64)
    begun = time.perf_counter()
    again = photos(64)
    assert time.perf_counter() - begun < 2
    assert [len(s) for s in (again.train, again.validation, again.test)] == [3068, 341, 372]
    assert again.train.counts["t-shirt"] == 795 and again.train.counts["skirt"] == 112
    assert min(again.test.counts.values()) == 12 and max(again.test.counts.values()) == 73
    np.testing.assert_array_equal(first.validation.images, again.validation.images)
    with zipfile.ZipFile(download.fetch(clothing.ARCHIVE)) as archive:
        name = sorted(n for n in archive.namelist() if "/test/shoes/" in n and n.endswith(".jpg"))[4]
        expected = decoded(archive.read(name))
    shoes = again.test.images[again.test.labels == clothing.CLASS_NAMES.index("shoes")]
    np.testing.assert_array_equal(shoes[4], expected)


def test_as_many_at_128_px_come_back_in_under_two_seconds(tmp_path, monkeypatch):
    """All 3,781, but blank: decoding them takes longer than these tests may, and reading them does not differ."""
    monkeypatch.setenv("HELPERS_CACHE", str(tmp_path))

    def blank(members, size, fit):
        made = {}
        for split, number in {"train": 3068, "validation": 341, "test": 372}.items():
            made[f"{split}_images"] = np.full((number, size, size, 3), 7, np.uint8)
            made[f"{split}_labels"] = np.zeros(number, np.int64)
        return made

    monkeypatch.setattr(clothing, "_decode_all", blank)
    photos(128)
    begun = time.perf_counter()
    assert photos(128).train.images[-1, -1, -1, -1] == 7
    assert time.perf_counter() - begun < 2


class Asked:
    """Stands for the catalogue's package: remembers what it was asked for and gives flat pictures."""

    KINDS = (*reversed(clothing.STAND_IN_KINDS), "chair", "lamp")

    def __init__(self):
        self.calls = []

    def composites(self, n, *, size, seed, kinds, first_sku, skus_per_kind):
        self.calls.append({"n": n, "seed": seed, "skus": range(first_sku, first_sku + skus_per_kind)})
        labels = np.arange(n) % len(kinds)
        images = np.broadcast_to((60 + 12 * labels).astype(np.uint8)[:, None, None, None], (n, size, size, 3))
        return SimpleNamespace(images=images, kind=np.array([self.KINDS.index(kinds[label]) for label in labels]))


@pytest.fixture
def asked(monkeypatch):
    import helpers.datasets

    stub = Asked()
    monkeypatch.setitem(vars(helpers.datasets), "catalogue", stub)
    return stub


def test_offline_with_fallback_is_one_line_and_catalogue_pictures(offline, asked, capfd):
    data = photos(48, fallback=True)
    out, err = capfd.readouterr()
    assert out.startswith("note: the clothing photos cannot be had") and out.count("\n") == 1 and err == ""
    assert "HELPERS_MIRROR" in out
    assert data.source == "catalogue" and data.class_names == tuple(sorted(clothing.STAND_IN_KINDS))
    assert [len(s) for s in (data.train, data.validation, data.test)] == [800, 150, 200]
    for split in (data.train, data.validation, data.test):
        assert split.images.shape[1:] == (48, 48, 3) and split.images.dtype == np.uint8
        assert split.counts == dict.fromkeys(data.class_names, len(split) // 10)  # the kinds' labels are ours
        assert np.ptp(split.images.mean((1, 2, 3))) > 60  # light differs from picture to picture
    assert kept(offline) == []


def test_the_stand_ins_share_no_sku_and_grow_fewer_with_size(offline, asked):
    photos(64, fallback=True)
    first, second, third = asked.calls
    for one, other in ((first, second), (first, third), (second, third)):
        assert not set(one["skus"]) & set(other["skus"]) and one["seed"] != other["seed"]
    asked.calls.clear()
    assert [len(s) for s in vars(photos(128, fallback=True)).values() if hasattr(s, "labels")] == [400, 75, 100]


def test_no_fallback_while_the_photos_can_be_had(mirror, asked, capfd):
    assert photos(32, fallback=True).source == "photos"
    assert asked.calls == [] and capfd.readouterr() == ("", "")


def test_snapshots_are_the_same_every_time_and_differ_between_seeds():
    images = np.random.default_rng(0).integers(0, 256, (5, 40, 40, 3), np.uint8)
    one = clothing._snapshots(images, 1)
    np.testing.assert_array_equal(one, clothing._snapshots(images, 1))
    assert (one != clothing._snapshots(images, 2)).mean() > 0.9
    white = clothing._snapshots(np.full((5, 40, 40, 3), 255, np.uint8), 1)
    assert white.min() > 190  # no empty corner


def test_the_catalogue_gives_what_the_stand_in_asks_for(offline, monkeypatch, capfd):
    few = {"train": (12, 0, 50), "validation": (6, 50, 50), "test": (6, 100, 50)}
    monkeypatch.setattr(clothing, "_STAND_IN", few)
    data = photos(16, fallback=True)
    assert data.source == "catalogue" and [len(s) for s in (data.train, data.validation, data.test)] == [12, 6, 6]
    assert data.train.images.std() > 20
    assert capfd.readouterr().out.count("\n") == 1
