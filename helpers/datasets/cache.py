"""Arrays kept on disk between runs: written whole or not at all, found by everything that shaped them."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from filelock import FileLock

from helpers.console import notice


def folder() -> Path:
    """The one folder that holds everything `helpers` keeps: `HELPERS_CACHE`, else `~/.cache/helpers`."""
    chosen = os.environ.get("HELPERS_CACHE")
    if chosen:
        return Path(chosen).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "helpers"


def digest(key: Mapping) -> str:
    """Sixteen hexadecimal digits that change whenever anything in `key` (JSON values only) changes."""
    return hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:16]


def arrays(
    name: str, key: Mapping, build: Callable[[], dict[str, np.ndarray]], *, read_only_maps: bool = False
) -> dict[str, np.ndarray]:
    """Return the arrays stored under `name` and `key`, or build them and store them.

    Two processes that ask at once build once. A kill while writing leaves no half entry, and a damaged entry
    is built again. Where the folder cannot be written (read-only, full disk) the arrays are still returned,
    with one notice.

    Parameters
    ----------
    name: the sub-folder, a data set's name such as `"catalogue"`.
    key: everything that changes the arrays (seed, size, version of the code …), as JSON values.
    build: makes the arrays, a dictionary of name to array; called at most once.
    read_only_maps: map the files into memory instead of reading them (for sets larger than memory).
    """
    place = folder() / name / digest(key)
    lock = FileLock(place.with_suffix(".lock"))
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except OSError as error:
        stored = _read(place, read_only_maps)
        if stored is not None:
            return stored
        notice(
            f"{place.parent} cannot be written ({error.strerror}): nothing is kept for the next run. "
            "Set HELPERS_CACHE to a folder that can."
        )
        return build()
    try:
        stored = _read(place, read_only_maps)
        if stored is not None:
            return stored
        for half in place.parent.glob(f"{place.name}.half-*"):  # left by a killed process; the lock is ours
            shutil.rmtree(half, ignore_errors=True)
        made = build()
        try:
            _write(place, key, made)
        except OSError as error:
            notice(
                f"{place} could not be written ({error.strerror}): nothing is kept for the next run. "
                "Free some space, or set HELPERS_CACHE to another folder."
            )
        return made
    finally:
        lock.release()


def _read(place: Path, maps: bool) -> dict[str, np.ndarray] | None:
    """The stored arrays, or None where there are none or they are not what was written."""
    try:
        listed = json.loads((place / "contents.json").read_text())["arrays"]
        found = {n: np.load(place / f"{n}.npy", mmap_mode="r" if maps else None) for n in listed}
    except (OSError, ValueError, KeyError, EOFError):
        return None
    whole = all([list(found[n].shape), str(found[n].dtype)] == listed[n] for n in listed)
    return found if whole else None


def _write(place: Path, key: Mapping, made: Mapping[str, np.ndarray]) -> None:
    """Write into a neighbouring temporary folder, then rename it: the entry appears whole or not at all."""
    half = Path(tempfile.mkdtemp(dir=place.parent, prefix=f"{place.name}.half-"))
    try:
        for array_name, array in made.items():
            np.save(half / f"{array_name}.npy", array)
        contents = {"key": dict(key), "arrays": {n: [list(a.shape), str(a.dtype)] for n, a in made.items()}}
        (half / "contents.json").write_text(json.dumps(contents, indent=1, sort_keys=True))
        shutil.rmtree(place, ignore_errors=True)
        half.rename(place)
    except BaseException:
        shutil.rmtree(half, ignore_errors=True)
        raise
