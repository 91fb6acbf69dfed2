"""One lock, two routes: .venv and environment.yml install the same versions, which pyproject.toml admits."""

import re
import tomllib

import pytest
import yaml
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from helpers.course import ROOT, environment

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PINS = [Requirement(pin) for pin in environment.pins()]
CONDA_SPEC = re.compile(r"[a-z0-9_.-]+((==?|>=|<=|!=|<|>)[\w.*]+(,(==?|>=|<=|!=|<|>)[\w.*]+)*)?$")


@pytest.fixture(scope="module")
def conda():
    return yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))


def test_environment_yml_is_what_make_lock_writes():
    assert (ROOT / "environment.yml").read_text(encoding="utf-8") == environment.text(), "run `make lock`"


def test_its_pip_section_is_the_lock_and_the_package_itself(conda):
    *specs, section = conda["dependencies"]
    assert section == {"pip": [*environment.pins(), "--editable ."]}
    assert conda["channels"] == ["conda-forge", "nodefaults"]
    assert [spec for spec in specs if not CONDA_SPEC.match(spec)] == []
    assert specs == ["python" + PROJECT["requires-python"], "pip"]


@pytest.mark.parametrize("spec", ["python >= 3.11", "tensor flow", "pip==", "python>=3.11,", "Python"])
def test_an_illegal_conda_spec_would_be_seen(spec):
    assert not CONDA_SPEC.match(spec)


def test_every_pin_is_one_exact_version():
    for pin in PINS:
        (specifier,) = pin.specifier
        assert specifier.operator == "==" and "*" not in specifier.version, pin
        assert pin.url is None and not pin.extras


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_each_python_and_system_gets_every_requirement_once_and_within_its_range(python, platform):
    machine = {"linux": "x86_64", "darwin": "arm64"}[platform]
    place = {
        "python_version": python,
        "python_full_version": f"{python}.7",
        "sys_platform": platform,
        "platform_system": {"linux": "Linux", "darwin": "Darwin"}[platform],
        "platform_machine": machine,
        "os_name": "posix",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "extra": "",
    }
    chosen = [pin for pin in PINS if pin.marker is None or Marker(str(pin.marker)).evaluate(place)]
    names = [canonicalize_name(pin.name) for pin in chosen]
    assert len(set(names)) == len(names), "two versions of one package"
    versions = {canonicalize_name(pin.name): next(iter(pin.specifier)).version for pin in chosen}
    wanted = PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"]
    for requirement in map(Requirement, wanted):
        version = versions.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement.name} is not in the lock: run `make lock`"
        assert requirement.specifier.contains(version), f"{requirement} does not admit {version}: run `make lock`"


def test_the_supported_versions_are_those_promised():
    ranges = {Requirement(line).name: Requirement(line).specifier for line in PROJECT["dependencies"]}
    for version in ("2.19.0", "2.20.0", "2.21.0"):
        assert ranges["tensorflow"].contains(version)
    assert not ranges["tensorflow"].contains("2.18.0")
    assert ranges["keras"].contains("3.10.0") and not ranges["keras"].contains("2.15.0")
