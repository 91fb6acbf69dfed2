"""A notebook copied alone into an empty folder runs: its first code cell installs `helpers` from a wheel there."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest
from packaging.requirements import Requirement
from packaging.version import Version

import helpers
from helpers.course import ROOT, colab, environment, notebook

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
BOUNDS = {Requirement(line).name: Requirement(line).specifier for line in PROJECT["dependencies"]}
KEPT = ("HELPERS_MIRROR", "HELPERS_CACHE")  # what was downloaded once need not be downloaded again
FOREIGN = ("HELPERS_", "PYTHON", "VIRTUAL_ENV", "MPLBACKEND")
PROBE = "import json\nprint(json.dumps([helpers.__file__, helpers.__version__]))"


def run(*command, folder, **extra):
    """Run a command in `folder` that is told nothing of this checkout; returns what it printed."""
    told = {name: value for name, value in os.environ.items() if name in KEPT or not name.startswith(FOREIGN)}
    ended = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={**told, "HELPERS_PROFILE": "quick", "HELPERS_BATCH": "1", **extra},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, f"{command}\n{ended.stdout[-4000:]}"
    return ended.stdout


def execute(python, path, **extra):
    """Execute the notebook at `path` in its folder with the packages of `python`; returns the executed notebook."""
    command = (python, "-c", "from nbclient.cli import main; main()")  # `jupyter execute`, surely of this environment
    run(*command, "--kernel_name=python3", "--timeout=1200", "--output=done", path, folder=path.parent, **extra)
    return nbformat.read(path.parent / "done.ipynb", as_version=4)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """The wheel of this checkout."""
    place = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", place, folder=ROOT)
    (built,) = place.glob("*.whl")
    assert built.name == colab.WHEEL
    return built


@pytest.fixture(scope="session")
def index():
    """Skips where pip reaches no package index."""
    asked = (sys.executable, "-m", "pip", "install", "--dry-run", "--no-deps", "--ignore-installed", "colorama")
    try:
        run(*asked, folder=ROOT, PIP_RETRIES="1")
    except AssertionError as error:
        pytest.skip(f"no package index can be reached: {error}")


def new_environment(folder):
    """The Python of a new virtual environment, and the folder that its packages are in: pip and nothing else."""
    run(sys.executable, "-m", "venv", folder, folder=folder.parent)
    python = folder / "bin" / "python"
    return python, packages_of(python)


def packages_of(python):
    """The folder that an environment's packages are in."""
    asked = "import sysconfig; print(sysconfig.get_path('purelib'))"
    return Path(run(python, "-c", asked, folder=ROOT).strip())


def bare_copy(path, wheel, folder):
    """The notebook at `path`, with this version's setup cell, and the wheel, alone in `folder`; returns the copy."""
    folder.mkdir()
    node = nbformat.read(path, as_version=4)
    colab.fill(node, path.name, None)
    nbformat.write(node, folder / path.name)
    shutil.copy(wheel, folder)
    return folder / path.name


@pytest.mark.slow
@pytest.mark.parametrize("source", ["wheel", "git"])
def test_the_setup_section_runs_without_this_checkout_and_without_an_index(tmp_path, wheel, source):
    if source == "git" and not (ROOT / ".git").exists():
        pytest.skip("this is no checkout of Git")
    python, own = new_environment(tmp_path / "environment")
    for item in packages_of(sys.executable).iterdir():  # it sees what is installed here, all but `helpers`
        ours = item.name == "helpers" or "product_image_helpers" in item.name
        if not ours and not (own / item.name).exists():
            (own / item.name).symlink_to(item)
    copy = bare_copy(*notebook.choose(ROOT, "07"), wheel, tmp_path / "alone")
    node = nbformat.read(copy, as_version=4)
    setup_ends = [notebook.heading(cell) for cell in node.cells].index("The data")
    node.cells = [*node.cells[:setup_ends], nbformat.v4.new_code_cell(PROBE)]
    nbformat.write(node, copy)
    told = {"PIP_NO_INDEX": "1"}
    if source == "git":  # what is committed here; 0 means that the packages to build with are those installed
        (copy.parent / colab.WHEEL).unlink()
        told |= {"HELPERS_SOURCE": f"git+{ROOT.as_uri()}", "PIP_NO_BUILD_ISOLATION": "0"}
    place, version = json.loads(execute(python, copy, **told).cells[-1].outputs[0].text)
    assert Path(place).parent == own / "helpers"
    assert version == helpers.__version__


def lowest(name):
    """The lowest version of a dependency that pyproject.toml admits."""
    return next(Version(bound.version) for bound in BOUNDS[name] if bound.operator == ">=")


@pytest.mark.bare
def test_a_bare_copy_leaves_the_lowest_tensorflow_where_it_is(tmp_path, wheel, index, pytestconfig):
    if sys.version_info >= (3, 13) and lowest("tensorflow") < Version("2.20"):
        pytest.skip("TensorFlow 2.19 is not made for Python 3.13: make test-bare PYTHON=python3.12")
    before = [f"{name}=={lowest(name)}" for name in ("tensorflow", "keras")]
    for versions in runs_with(before, tmp_path, wheel, pytestconfig.getoption("notebook")):
        assert Version(versions["tensorflow"]) == lowest("tensorflow")
        assert Version(versions["keras"]) == lowest("keras")


@pytest.mark.bare
def test_a_bare_copy_gets_the_highest_tensorflow_where_there_is_none(tmp_path, wheel, index, pytestconfig):
    pins = dict(line.split(";")[0].strip().split("==") for line in environment.pins())
    for versions in runs_with([], tmp_path, wheel, pytestconfig.getoption("notebook")):
        assert Version(versions["tensorflow"]) >= Version(pins["tensorflow"])
        assert BOUNDS["tensorflow"].contains(versions["tensorflow"])


def runs_with(before, folder, wheel, wanted):
    """Execute bare copies in a new environment with the packages `before`; yields the versions that each saved."""
    python, _ = new_environment(folder / "environment")
    run(python, "-m", "pip", "install", "--quiet", "ipykernel", "nbclient", *before, folder=folder)
    for path in notebook.choose(ROOT, wanted):
        copy = bare_copy(path, wheel, folder / path.stem)
        execute(python, copy)
        saved = json.loads((copy.parent / "results" / f"{path.name[:2]}.quick.json").read_text(encoding="utf-8"))
        assert saved["versions"]["helpers"] == helpers.__version__
        print(f"{path.name} alone: {saved['seconds']:.0f} s with {saved['versions']}")
        yield saved["versions"]
