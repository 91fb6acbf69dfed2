"""The registry and the manifest themselves, and where they are found."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from helpers.datasets import clothing, download

ROOT = Path(__file__).resolve().parents[2]
NAMES = sorted(download.registry())


def test_it_names_each_file_once():
    assert len(NAMES) == 10
    last_parts = [urlsplit(e["url"]).path.rsplit("/", 1)[-1] for e in download.registry().values()]
    assert len(set(last_parts)) == len(NAMES), "two files of one name would overwrite each other in mirror and cache"


@pytest.mark.parametrize("name", NAMES)
def test_every_entry_is_complete(name):
    found = download.entry(name)
    assert found["url"].startswith("https://") and found["bytes"] > 1000
    assert found["licence"] in {"CC0 1.0", "MIT", "public domain"}
    assert found["licence_stated"] and found["attribution"]
    if "github" in found["url"]:
        assert re.search(r"/[0-9a-f]{40}[/.]", found["url"]), "pinned to a commit, not to a branch"
    assert found.get("manifest") or re.fullmatch("[0-9a-f]{64}", found["sha256"])


def test_the_manifest_lists_every_photo_once():
    listed = download.manifest(clothing.ARCHIVE)
    assert len(listed) == 3781 and len(set(listed.values())) == 3781  # no two photos are identical
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in listed.values())
    assert Counter(path.split("/")[0] for path in listed) == {"train": 3068, "validation": 341, "test": 372}
    assert {path.split("/")[1] for path in listed} == set(clothing.CLASS_NAMES)
    assert list(clothing.CLASS_NAMES) == sorted(clothing.CLASS_NAMES)


def test_a_wheel_carries_both_files_where_they_are_looked_for(tmp_path, monkeypatch):
    assert download.data_folder() == ROOT / "data"
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    for source, target in build["force-include"].items():
        (tmp_path / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / source, tmp_path / target)
    monkeypatch.setattr(download, "__file__", str(tmp_path / "helpers" / "datasets" / "download.py"))
    assert download.data_folder() == tmp_path / "helpers" / "_data"
    assert sorted(download.registry()) == NAMES and len(download.manifest(clothing.ARCHIVE)) == 3781


def test_the_readme_of_the_data_names_what_the_registry_has():
    text = (ROOT / "data" / "README.md").read_text()
    for name in NAMES:
        assert name.startswith(("fashion-mnist", "clothing")) or name in text


@pytest.mark.skipif(not os.environ.get("HELPERS_MIRROR"), reason="the real files are read from HELPERS_MIRROR only")
@pytest.mark.parametrize("name", NAMES)
def test_the_mirror_holds_the_published_files(name):
    path = download.fetch(name)
    assert path.parent == Path(os.environ["HELPERS_MIRROR"]).expanduser()
    if "manifest" not in download.entry(name):  # the archive may be packed in another way
        assert download.entry(name)["bytes"] == path.stat().st_size


def test_importing_the_package_is_cheap_and_lazy():
    code = """
import json, sys, time
begun = time.perf_counter()
import helpers.datasets as d
seconds = time.perf_counter() - begun
loaded = sorted({"numpy", "PIL", "tensorflow", "numba"} & {*sys.modules})
try:
    d.photo
except AttributeError as error:
    message = str(error)
from helpers.datasets import catalogue, Dataset, photos
print(json.dumps([seconds, loaded, message, catalogue.__name__, photos.__module__, dir(d)]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    seconds, loaded, message, catalogue, home, names = json.loads(done.stdout)
    assert seconds < 0.2 and loaded == [] and done.stderr == ""
    assert "no 'photo'" in message and "photos" in message
    assert catalogue == "helpers.datasets.catalogue" and home == "helpers.datasets.clothing"
    assert {"photos", "fashion_mnist", "Dataset", "Split", "catalogue"} <= set(names)
