"""Arrays kept on disk between runs: written whole or not at all, found by everything that shaped them."""

import hashlib
import json
import os
import shutil
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


def cannot_keep(place: Path, error: OSError) -> None:
    """Say once per place and process that nothing can be kept there, and what to do."""
    if place not in _told:
        _told.add(place)
        notice(
            f"{place} cannot be written ({error.strerror or error}): nothing is kept for the next run. "
            "Free some space, or set HELPERS_CACHE to another folder."
        )


_told: set[Path] = set()


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
        lock, refusal = None, error
    if lock is None:  # outside of `except`, so that what `build` raises is one message and not two
        stored = _read(place, read_only_maps)
        if stored is None:
            cannot_keep(folder(), refusal)
        return stored if stored is not None else build()
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
            cannot_keep(folder(), error)
        return made
    finally:
        lock.release()


def _read(place: Path, maps: bool) -> dict[str, np.ndarray] | None:
    """The stored arrays, or None where there are none or they are not what was written."""
    try:
        listed = json.loads((place / "contents.json").read_text())["arrays"]
        found = {n: np.load(place / f"{n}.npy", mmap_mode="r" if maps else None) for n in listed}
    except (OSError, ValueError, KeyError, TypeError, EOFError):
        return None
    whole = all([list(found[n].shape), str(found[n].dtype)] == listed[n] for n in listed)
    return found if whole else None


def _write(place: Path, key: Mapping, made: Mapping[str, np.ndarray]) -> None:
    """Write into a neighbouring temporary folder, then rename it: the entry appears whole or not at all."""
    # Not tempfile.mkdtemp: its folders are closed to everybody else, and a class may share one filled cache.
    half = place.with_name(f"{place.name}.half-{os.getpid()}")
    half.mkdir()
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
