"""`download.fetch`: right bytes or one clear error, whatever the network, the mirror and the disk do."""

import errno
import os
import signal
import socket
import subprocess
import sys
import time
import traceback

import pytest
from conftest import TOP, ZIP_NAME, members, write_zip

from helpers.datasets import download

CHILD = """
import sys
from pathlib import Path
from helpers.datasets import download
download.data_folder = lambda: Path(sys.argv[1])
print(download.fetch("plain"))
"""


def child(tiny):
    command = [sys.executable, "-c", CHILD, str(tiny.data)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def left(tiny):
    """What lies in the download folder, locks aside."""
    return sorted(p.name for p in tiny.downloads.glob("*") if p.suffix != ".lock")


def assert_one_message(error):
    assert "\n" not in str(error)
    shown = "".join(traceback.format_exception(error))
    assert "During handling" not in shown and "direct cause" not in shown


def test_downloads_once_then_uses_the_cache(tiny, server, capfd):
    path = download.fetch("plain")
    assert path == tiny.downloads / "plain.bin" and path.read_bytes() == tiny.plain
    assert download.fetch("plain") == path
    assert server.requests == ["/plain.bin"] and left(tiny) == ["plain.bin"]
    assert capfd.readouterr() == ("", "")


def test_a_progress_bar_does_not_disturb_the_transfer(tiny, monkeypatch):
    from tqdm import tqdm

    bars = []

    def bar(iterable, total, label):
        bars.append(tqdm(iterable, total=total, desc=label, file=open(os.devnull, "w")))  # noqa: SIM115
        return bars[-1]

    monkeypatch.setattr("helpers.console.progress", bar)
    assert download.fetch("plain").read_bytes() == tiny.plain
    assert bars[0].n == bars[0].total == len(tiny.plain) and bars[0].unit == "B"


def test_an_unknown_name_lists_the_known_ones(tiny):
    with pytest.raises(ValueError, match=r"no file 'plian'.*clothing-dataset-small, plain"):
        download.fetch("plian")


def test_the_mirror_is_used_in_place(mirror, server):
    assert download.fetch("plain") == mirror.mirror / "plain.bin"
    assert download.fetch("clothing-dataset-small") == mirror.mirror / ZIP_NAME
    assert not mirror.cache.exists() and server.requests == []


def test_a_mirror_without_the_file_is_passed_over(mirror, server):
    (mirror.mirror / "plain.bin").unlink()
    assert download.fetch("plain") == mirror.downloads / "plain.bin"
    assert server.requests == ["/plain.bin"]


@pytest.mark.parametrize("change", [lambda b: b[:-1], lambda b: b + b"x", lambda b: b"x" + b[1:], lambda b: b""])
def test_a_corrupt_mirror_file_is_one_clear_error(mirror, server, change):
    broken = mirror.mirror / "plain.bin"
    broken.write_bytes(change(mirror.plain))
    with pytest.raises(download.DataDamaged) as caught:
        download.fetch("plain")
    for part in (str(broken), "expected sha256", "found", "Replace it", "HELPERS_MIRROR"):
        assert part in str(caught.value)
    assert_one_message(caught.value)
    assert not isinstance(caught.value, download.DataUnavailable)
    assert server.requests == [] and not mirror.cache.exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read anything")
def test_an_unreadable_mirror_file_says_so(mirror):
    (mirror.mirror / "plain.bin").chmod(0)
    with pytest.raises(download.DataDamaged, match="cannot be read"):
        download.fetch("plain")


def test_a_corrupt_cached_file_is_set_aside_and_fetched_again(tiny, server, capfd):
    download.fetch("plain").write_bytes(b"rubbish")
    assert download.fetch("plain").read_bytes() == tiny.plain
    assert left(tiny) == ["plain.bin", "plain.bin.damaged"] and len(server.requests) == 2
    out, err = capfd.readouterr()
    assert out.startswith("note: ") and out.count("\n") == 1 and "set aside" in out and err == ""


def test_a_truncated_cached_archive_is_fetched_again(tiny, server):
    path = download.fetch("clothing-dataset-small")
    path.write_bytes(path.read_bytes()[:-100])
    assert download.fetch("clothing-dataset-small").read_bytes() == tiny.archive.read_bytes()
    assert len(server.requests) == 2


@pytest.mark.parametrize("fault", ["cut", "wrong", 503])
def test_one_retry_mends_a_passing_fault(tiny, server, fault):
    server.faults["/plain.bin"] = [fault]
    assert download.fetch("plain").read_bytes() == tiny.plain
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("fault", "requests", "reason"),
    [("cut", 2, "broke off"), ("wrong", 2, "expected sha256"), (503, 2, "answered 503"), (404, 1, "answered 404")],
)
def test_a_lasting_fault_ends_in_one_error_and_leaves_nothing(tiny, server, fault, requests, reason):
    server.faults["/plain.bin"] = [fault] * 9
    with pytest.raises(download.DataUnavailable, match=reason) as caught:
        download.fetch("plain")
    assert_one_message(caught.value)
    assert len(server.requests) == requests and left(tiny) == []


def test_a_cut_archive_without_a_length_is_noticed(tiny, server):
    server.files[f"/{ZIP_NAME}"] = tiny.archive.read_bytes()[:-500]  # whole, as far as HTTP can tell
    with pytest.raises(download.DataUnavailable, match="not a whole zip"):
        download.fetch("clothing-dataset-small")
    assert left(tiny) == []


def test_a_slow_start_is_waited_for_and_a_silent_server_is_not(tiny, server, monkeypatch):
    monkeypatch.setattr(download, "TIMEOUTS", (1, 0.6))
    server.delay = 0.3
    assert download.fetch("plain").read_bytes() == tiny.plain
    (tiny.downloads / "plain.bin").unlink()
    server.delay, server.faults["/plain.bin"] = 0, ["stall", "stall"]
    with pytest.raises(download.DataUnavailable, match="broke off"):
        download.fetch("plain")
    assert left(tiny) == []


def test_offline_is_one_quick_error_with_three_ways_out(offline, server):
    begun = time.monotonic()
    with pytest.raises(download.DataUnavailable) as caught:
        download.fetch("clothing-dataset-small")
    assert time.monotonic() - begun < 2
    text = str(caught.value)
    for part in (ZIP_NAME, server.url, "cannot be resolved", "connect", "set HELPERS_MIRROR", "fallback=True"):
        assert part in text
    assert_one_message(caught.value)
    assert left(offline) == []


def test_a_silent_name_server_is_given_up(tiny, monkeypatch):
    monkeypatch.setattr(download, "TIMEOUTS", (0.3, 1))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args: time.sleep(3))
    begun = time.monotonic()
    with pytest.raises(download.DataUnavailable, match="cannot be resolved"):
        download.fetch("plain")
    assert time.monotonic() - begun < 2


def test_a_refused_connection_is_not_tried_again(tiny, server):
    server.http.shutdown()
    server.http.server_close()
    with pytest.raises(download.DataUnavailable, match=r"no connection to 127\.0\.0\.1: NewConnectionError"):
        download.fetch("plain")


def test_the_error_tells_which_mirror_was_searched(offline, monkeypatch, tmp_path):
    monkeypatch.setenv("HELPERS_MIRROR", str(tmp_path / "no such folder"))
    with pytest.raises(download.DataUnavailable, match=r"not in HELPERS_MIRROR=.*no such folder"):
        download.fetch("plain")


def test_two_processes_download_once(tiny, server):
    server.delay = 0.8
    both = [child(tiny), child(tiny)]
    results = [process.communicate(timeout=30) for process in both]
    assert [process.returncode for process in both] == [0, 0], results
    assert {out.strip() for out, _ in results} == {str(tiny.downloads / "plain.bin")}
    assert [err for _, err in results] == ["", ""]
    assert server.requests == ["/plain.bin"]


def test_a_kill_in_mid_transfer_leaves_nothing_taken_for_whole(tiny, server):
    server.faults["/plain.bin"] = ["stall"]
    process = child(tiny)
    assert server.halfway.wait(20)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert "plain.bin" not in left(tiny)
    assert download.fetch("plain").read_bytes() == tiny.plain
    assert left(tiny) == ["plain.bin"]


def assert_fetches_without_a_cache(tiny, server, capfd):
    path = download.fetch("plain")
    assert path.read_bytes() == tiny.plain and tiny.cache not in path.parents
    assert download.fetch("plain") == path and len(server.requests) == 1
    out, err = capfd.readouterr()
    assert out.count("\n") == 1 and "cannot be written" in out and "HELPERS_CACHE" in out and err == ""


def test_a_cache_folder_that_cannot_be_made(tiny, server, capfd, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HELPERS_CACHE", str(tmp_path / "file" / "below"))
    assert_fetches_without_a_cache(tiny, server, capfd)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_cache_folder(tiny, server, capfd):
    tiny.cache.mkdir(mode=0o500)
    assert_fetches_without_a_cache(tiny, server, capfd)


def test_a_full_disk_says_what_is_needed(tiny, monkeypatch):
    from pooch import HTTPDownloader

    def full(self, url, output_file, pooch):
        open(output_file, "wb").close()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(HTTPDownloader, "__call__", full)
    with pytest.raises(download.DataUnavailable, match=r"disk is full below .*downloads \(1 MB are needed\)") as caught:
        download.fetch("plain")
    assert_one_message(caught.value)
    assert left(tiny) == []


def altered(change):
    contents = members()
    change(contents)
    return contents


BROKEN_ARCHIVES = {
    "missing": ("train/hat/0.jpg is missing", altered(lambda c: c.pop("train/hat/0.jpg")), ()),
    "extra byte": ("expected sha256", altered(lambda c: c.update({"test/hat/0.jpg": c["test/hat/0.jpg"] + b"x"})), ()),
    "cut": ("expected sha256", altered(lambda c: c.update({"test/hat/0.jpg": c["test/hat/0.jpg"][:-9]})), ()),
    "huge": ("more than any photo", altered(lambda c: c.update({"test/hat/0.jpg": bytes(1 << 25)})), ()),
    "parent": ("outside the archive", members(), (f"{TOP}/../../evil.jpg",)),
    "absolute": ("outside the archive", members(), ("/etc/evil.jpg",)),
    "drive": ("outside the archive", members(), ("C:/evil.jpg",)),
    "two tops": ("one top folder", members(), ("other/evil.jpg",)),
}


@pytest.mark.parametrize("kind", BROKEN_ARCHIVES)
def test_a_broken_archive_is_refused(mirror, kind):
    message, contents, raw = BROKEN_ARCHIVES[kind]
    write_zip(mirror.mirror / ZIP_NAME, contents, raw=raw)
    with pytest.raises(download.DataDamaged, match=message) as caught:
        download.fetch("clothing-dataset-small")
    assert ZIP_NAME in str(caught.value)
    assert_one_message(caught.value)


def test_another_packing_of_the_same_photos_is_accepted(mirror):
    path = write_zip(mirror.mirror / ZIP_NAME, dict(reversed(members().items())), top="packed-anew")
    assert path.read_bytes() != mirror.archive.read_bytes()
    assert download.fetch("clothing-dataset-small") == path


@pytest.mark.parametrize("cut", [1, 300, 4000])
def test_a_truncated_archive_is_refused(mirror, cut):
    path = mirror.mirror / ZIP_NAME
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(download.DataDamaged, match="not a whole zip archive"):
        download.fetch("clothing-dataset-small")


def test_a_flipped_bit_inside_a_member_is_found(mirror):
    path = mirror.mirror / ZIP_NAME
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 4
    path.write_bytes(content)
    with pytest.raises(download.DataDamaged):
        download.fetch("clothing-dataset-small")


def test_the_manifest_command_prints_what_sha256sum_would(tiny):
    command = [sys.executable, "-m", "helpers.datasets.download", "manifest", str(tiny.archive)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == (tiny.data / "clothing-dataset-small.sha256").read_text() and done.stderr == ""
    assert done.stdout.splitlines() == sorted(done.stdout.splitlines(), key=lambda line: line[66:])
