"""The one place that gets files from elsewhere: mirror, cache or download, and never an unverified byte.

`python -m helpers.datasets.download manifest ZIP` prints the digests of a zip's photos in the format of
`sha256sum`; that is how `data/clothing-dataset-small.sha256` was made.
"""

import contextlib
import errno
import hashlib
import json
import os
import socket
import sys
import tempfile
import threading
import zipfile
import zlib
from functools import cache as remembered
from pathlib import Path
from urllib.parse import urlsplit

from filelock import FileLock

from helpers import console
from helpers.datasets import cache

TIMEOUTS = (5, 30)  # seconds: to connect, and between two pieces of an answer
MEMBER_LIMIT = 1 << 24  # bytes one photo may unpack to; the largest real one has 0.2 MB
_ZIP_FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, KeyError)


class DataUnavailable(OSError):
    """A file is neither in the mirror nor in the cache, and cannot be downloaded now."""


class DataDamaged(OSError):
    """A file is there, but is not the one that was published."""


def data_folder() -> Path:
    """Where the registry and the manifest lie: `helpers/_data` in an installed package, else `data/`."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "_data"
    return installed if installed.is_dir() else package.parent / "data"


def registry() -> dict[str, dict]:
    """Every file `helpers` may fetch, by name; `data/README.md` explains the fields."""
    return json.loads((data_folder() / "registry.json").read_text(encoding="utf-8"))


def entry(name: str) -> dict:
    """The registry's entry of one file, or a ValueError that lists the names there are."""
    known = registry()
    if name not in known:
        raise ValueError(f"no file {name!r} in the registry; it has {', '.join(sorted(known))}")
    return known[name]


def manifest(name: str) -> dict[str, str]:
    """The archive's members and their sha256, by path below the archive's top folder."""
    lines = (data_folder() / entry(name)["manifest"]).read_text(encoding="utf-8").splitlines()
    return {path: digest for digest, path in (line.split("  ", 1) for line in lines if line)}


def fetch(name: str) -> Path:
    """Return the path of a verified copy of a file of the registry.

    Looked for in `HELPERS_MIRROR` (used where it lies, never copied), then in the cache, then at its URL.
    Two processes that ask at once download once, and an interrupted download is never taken for whole.

    Raises
    ------
    ValueError: the registry has no such name.
    DataDamaged: the mirror's file is not the one that was published.
    DataUnavailable: it is in neither place and cannot be downloaded.
    """
    wanted = entry(name)
    filename = urlsplit(wanted["url"]).path.rsplit("/", 1)[-1]
    mirror = os.environ.get("HELPERS_MIRROR")
    if mirror and not Path(mirror).expanduser().is_dir():
        console.notice(f"HELPERS_MIRROR names {mirror}, which is not a folder; it is left aside.")
    elif mirror:
        mirrored = Path(mirror).expanduser() / filename
        if mirrored.is_file():
            fault = _fault(mirrored, name, wanted)
            if fault:
                raise DataDamaged(
                    f"{mirrored} is not the published file: {fault}. Replace it with a fresh copy of "
                    f"{wanted['url']}, or unset HELPERS_MIRROR to download it."
                )
            return mirrored
    kept = cache.folder() / "downloads" / filename
    if kept.is_file() and not _fault(kept, name, wanted):
        return kept
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(f"{kept}.lock")
        lock.acquire()
    except OSError as error:
        cache.cannot_keep(cache.folder(), error)
        lock = None
    if lock is None:  # outside of `except`, so that a failing download is one message and not two
        kept = Path(_scratch().name) / filename
        return kept if kept.is_file() else _download(name, wanted, kept)
    try:
        if kept.is_file():
            fault = _fault(kept, name, wanted)
            if not fault:  # another process was faster
                return kept
            kept.replace(f"{kept}.damaged")
            console.notice(f"{kept} was damaged ({fault}); it is set aside and downloaded again.")
        return _download(name, wanted, kept)
    finally:
        lock.release()


@remembered
def _scratch() -> tempfile.TemporaryDirectory:
    """A folder for this process only, for when the cache cannot be written."""
    return tempfile.TemporaryDirectory(prefix="helpers-")


def _download(name: str, wanted: dict, target: Path) -> Path:
    """Transfer into `target.part`, verify, rename. At most two tries; one DataUnavailable if both fail."""
    part = target.with_name(f"{target.name}.part")  # one name, so that a kill leaves one file and no more
    reason = None
    for _ in range(2):
        try:
            reason, again = _transfer(wanted, part, name)
            if reason is None:
                reason, again = _fault(part, name, wanted), True
            if reason is None:
                part.replace(target)
                return target
        except OSError as error:
            reason, again = f"{target.parent} cannot take it ({error.strerror})", False
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                reason = f"the disk is full below {target.parent} ({wanted['bytes'] / 1e6:.0f} MB are needed)"
        finally:
            part.unlink(missing_ok=True)
        if not again:
            break
    mirror = os.environ.get("HELPERS_MIRROR")
    searched = f"it is not in HELPERS_MIRROR={mirror}" if mirror else "HELPERS_MIRROR is not set"
    raise DataUnavailable(
        f"{target.name} ({name}) cannot be had: {searched}, and {wanted['url']} could not be downloaded: {reason}. "
        "Three ways out: connect to the internet and run this again; set HELPERS_MIRROR to a folder that "
        "holds the file; or, where the loader has it, ask for fallback=True, which renders stand-ins."
    )


def _transfer(wanted: dict, part: Path, label: str) -> tuple[str | None, bool]:
    """One transfer by pooch; returns what went wrong, if anything did, and whether to try once more."""
    import requests
    from pooch import HTTPDownloader
    from urllib3.exceptions import MaxRetryError

    host = urlsplit(wanted["url"]).hostname
    if not requests.utils.get_environ_proxies(wanted["url"]) and not _resolves(host, TIMEOUTS[0]):
        return f"the name {host} cannot be resolved (is this machine offline?)", False
    bar = console.progress((), wanted["bytes"], label)
    shown = hasattr(bar, "update")  # nobody watching: progress() gave back the bare iterable
    if shown:
        bar.unit, bar.unit_scale = "B", True
    # `identity`: some servers would otherwise wrap a .gz once more, and requests would unwrap both layers.
    get = HTTPDownloader(
        progressbar=bar if shown else False,
        chunk_size=1 << 16,
        timeout=TIMEOUTS,
        headers={"Accept-Encoding": "identity"},
    )
    try:
        get(wanted["url"], str(part), None)
    except requests.HTTPError as error:
        status = error.response.status_code
        return f"the server answered {status} {error.response.reason}", status >= 500
    except requests.RequestException as error:
        if error.args and isinstance(error.args[0], MaxRetryError):  # never got as far as an answer
            return f"no connection to {host}: {type(error.args[0].reason).__name__}", False
        return f"the transfer broke off ({type(error).__name__})", True
    finally:
        if shown:
            bar.close()
    return None, False


def _resolves(host: str, seconds: float) -> bool:
    """Whether the name has an address; asked in a thread, because a silent name server blocks for minutes."""
    found = []

    def ask():
        with contextlib.suppress(OSError):
            found.append(socket.getaddrinfo(host, None))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(seconds)
    return bool(found)


def _fault(path: Path, name: str, wanted: dict) -> str | None:
    """What is wrong with a file, in words, or None if it is the published one."""
    if "manifest" in wanted:
        try:
            with zipfile.ZipFile(path) as archive:
                top = top_folder(archive)
                for member, digest in manifest(name).items():
                    read_member(archive, f"{top}/{member}", digest)
        except DataDamaged as error:
            return str(error)
        except _ZIP_FAULTS as error:
            return f"not a whole zip archive ({error})"
        return None
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return None if found == wanted["sha256"] else f"expected sha256 {wanted['sha256']}, found {found}"


def top_folder(archive: zipfile.ZipFile) -> str:
    """The single folder everything in the archive lies in; DataDamaged where a name points anywhere else."""
    tops = set()
    for name in archive.namelist():
        parts = name.split("/")
        if name.startswith("/") or "\\" in name or ":" in parts[0] or {"..", "."} & set(parts):
            raise DataDamaged(f"a member's name points outside the archive: {name!r}")
        tops.add(parts[0])
    if len(tops) != 1:
        raise DataDamaged(f"expected one top folder, found {len(tops)}")
    return tops.pop()


def read_member(archive: zipfile.ZipFile, name: str, digest: str) -> bytes:
    """One member's bytes, or DataDamaged if it is missing, too large, unreadable or not what was published."""
    try:
        information = archive.getinfo(name)
        if information.file_size > MEMBER_LIMIT:
            raise DataDamaged(f"{name} claims {information.file_size} bytes, more than any photo has")
        content = archive.read(information)
    except KeyError:
        raise DataDamaged(f"{name} is missing") from None
    except _ZIP_FAULTS as error:
        if isinstance(error, DataDamaged):
            raise
        raise DataDamaged(f"{name} cannot be unpacked ({error})") from None
    found = hashlib.sha256(content).hexdigest()
    if found != digest:
        raise DataDamaged(f"{name}: expected sha256 {digest}, found {found}")
    return content


def make_manifest(path: Path) -> str:
    """The `sha256sum` lines of all JPEG members of a zip, sorted by path below its top folder."""
    with zipfile.ZipFile(path) as archive:
        top = top_folder(archive)
        names = sorted(n for n in archive.namelist() if n.lower().endswith((".jpg", ".jpeg")))
        digests = [hashlib.sha256(archive.read(n)).hexdigest() for n in names]
    return "".join(f"{d}  {n.removeprefix(top + '/')}\n" for d, n in zip(digests, names, strict=True))


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] != "manifest":
        sys.exit("usage: python -m helpers.datasets.download manifest ZIP")
    print(make_manifest(Path(sys.argv[2])), end="")
