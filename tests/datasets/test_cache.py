"""`cache.arrays`: built once, stored whole or not at all, and never in the reader's way."""

import errno
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from helpers.datasets import cache

KEY = {"size": 8, "seed": 1}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HELPERS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "_told", set())
    return tmp_path / "cache"


class Build:
    """Counts its calls; gives two arrays that can be told from garbage."""

    def __init__(self):
        self.calls = 0

    def __call__(self):
        self.calls += 1
        return {"images": np.arange(3 * 8 * 8, dtype=np.uint8).reshape(3, 8, 8), "labels": np.array([3, 1, 2])}


def assert_right(found):
    expected = Build()()
    assert found.keys() == expected.keys()
    for name in expected:
        np.testing.assert_array_equal(found[name], expected[name])
        assert found[name].dtype == expected[name].dtype


def entries(folder):
    return [p for p in (folder / "tiny").iterdir() if p.is_dir()]


def test_the_folder_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("HELPERS_CACHE", str(tmp_path))
    assert cache.folder() == tmp_path
    monkeypatch.delenv("HELPERS_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache.folder() == tmp_path / "xdg" / "helpers"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache.folder() == tmp_path / ".cache" / "helpers"


def test_built_once_and_read_back(folder, capfd):
    build = Build()
    for _ in range(3):
        assert_right(cache.arrays("tiny", KEY, build))
    mapped = cache.arrays("tiny", KEY, build, read_only_maps=True)
    assert_right(mapped)
    assert isinstance(mapped["images"], np.memmap) and not mapped["images"].flags.writeable
    assert build.calls == 1 and len(entries(folder)) == 1
    assert capfd.readouterr() == ("", "")


def test_the_order_of_the_key_does_not_matter_and_every_value_does(folder):
    assert cache.digest(KEY) == cache.digest(dict(reversed(KEY.items())))
    build = Build()
    for key in (KEY, {**KEY, "seed": 2}, {**KEY, "extra": None}):
        cache.arrays("tiny", key, build)
    assert build.calls == 3 and len(entries(folder)) == 3


def test_others_may_read_what_is_kept(folder):
    before = os.umask(0o022)
    try:
        cache.arrays("tiny", KEY, Build())
    finally:
        os.umask(before)
    assert entries(folder)[0].stat().st_mode & 0o055 == 0o055


DAMAGES = {
    "truncated array": ("images.npy", lambda c: c[:-5]),
    "cut header": ("images.npy", lambda c: c[:20]),
    "empty array": ("images.npy", lambda c: b""),
    "another array": ("images.npy", lambda c: c.replace(b"(3, 8, 8)", b"(1, 8, 8)")),
    "empty contents": ("contents.json", lambda c: b""),
    "wrong contents": ("contents.json", lambda c: b"[]"),
    "odd contents": ("contents.json", lambda c: b'{"arrays": 3}'),
    "binary contents": ("contents.json", lambda c: b"\xff\xfe\x00"),
}


@pytest.mark.parametrize("kind", DAMAGES)
def test_a_damaged_entry_is_built_again(folder, kind):
    name, change = DAMAGES[kind]
    build = Build()
    cache.arrays("tiny", KEY, build)
    file = entries(folder)[0] / name
    changed = change(file.read_bytes())
    assert changed != file.read_bytes()
    file.write_bytes(changed)
    for _ in range(2):
        assert_right(cache.arrays("tiny", KEY, build))
    assert build.calls == 2


def test_a_missing_file_is_built_again(folder):
    build = Build()
    cache.arrays("tiny", KEY, build)
    (entries(folder)[0] / "labels.npy").unlink()
    assert_right(cache.arrays("tiny", KEY, build))
    assert build.calls == 2


def test_an_error_while_building_stores_nothing_and_frees_the_lock(folder):
    def fail():
        raise RuntimeError("no picture")

    with pytest.raises(RuntimeError, match="no picture"):
        cache.arrays("tiny", KEY, fail)
    assert entries(folder) == []
    assert_right(cache.arrays("tiny", KEY, Build()))


KILLED = """
import os, signal
import numpy as np
from helpers.datasets import cache
save = np.save
def dying(path, array):
    save(path, array)
    if path.name == "labels.npy":
        os.kill(os.getpid(), signal.SIGKILL)
np.save = dying
cache.arrays("tiny", {"size": 8, "seed": 1}, lambda: {"images": np.zeros(3), "labels": np.zeros(3), "z": np.zeros(3)})
"""


def test_a_kill_while_writing_leaves_no_half_entry(folder):
    done = subprocess.run([sys.executable, "-c", KILLED], capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert [".half-" in p.name for p in entries(folder)] == [True]
    assert_right(cache.arrays("tiny", KEY, Build()))
    assert [p.name for p in entries(folder)] == [cache.digest(KEY)]  # and the half entry is swept away


BUILDING = """
import sys, time
import numpy as np
from helpers.datasets import cache
def build():
    print("built")
    time.sleep(0.5)
    return {"images": np.zeros(3)}
assert cache.arrays("tiny", {"both": 1}, build)["images"].shape == (3,)
"""


def test_two_processes_build_once(folder):
    both = [subprocess.Popen([sys.executable, "-c", BUILDING], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [process.communicate(timeout=30)[0] for process in both]
    assert sorted(outputs) == ["", "built\n"] and [p.returncode for p in both] == [0, 0]


def assert_works_without_keeping(capfd, build):
    for _ in range(2):
        assert_right(cache.arrays("tiny", KEY, build))
    out, err = capfd.readouterr()
    assert out.startswith("note: ") and out.count("\n") == 1 and err == ""
    assert "cannot be written" in out and "HELPERS_CACHE" in out


@pytest.mark.parametrize("place", ["file/below", "/proc/helpers"])
def test_a_folder_that_cannot_be_made(monkeypatch, tmp_path, capfd, place):
    if place.startswith("/proc") and not os.path.isdir("/proc"):
        pytest.skip("this system has no /proc")
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HELPERS_CACHE", str(tmp_path / place))
    monkeypatch.setattr(cache, "_told", set())
    build = Build()
    assert_works_without_keeping(capfd, build)
    assert build.calls == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder(folder, capfd):
    folder.mkdir(mode=0o500)
    assert_works_without_keeping(capfd, Build())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_filled_read_only_folder_is_read(folder, capfd):
    cache.arrays("tiny", KEY, Build())
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o500 if path.is_dir() else 0o400)
    build = Build()
    assert_right(cache.arrays("tiny", KEY, build))
    assert build.calls == 0 and capfd.readouterr() == ("", "")


def test_a_full_disk_costs_only_the_keeping(folder, capfd, monkeypatch):
    def full(path, array):
        path.write_bytes(b"begun")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(np, "save", full)
    assert_works_without_keeping(capfd, Build())
    assert entries(folder) == []
