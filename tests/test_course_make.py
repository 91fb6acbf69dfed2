"""The Makefile and .ci/run, as far as they can be tried without installing anything."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "notebooks"))
import synthetic

from helpers.course import ROOT, notebook, results, suite
from helpers.course.notebook import Notebook

OUTER = ("NB", "PROFILE", "MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")  # of the `make test` we may be in
needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="there is no make here")


def make(*arguments, cwd=ROOT, **environment):
    inherited = {name: value for name, value in os.environ.items() if name not in OUTER}
    return subprocess.run(
        ["make", *arguments], cwd=cwd, env={**inherited, **environment}, capture_output=True, text=True, check=False
    )


@needs_make
@pytest.mark.parametrize(
    ("target", "command"),
    [
        ("run", '-m helpers.course.run "07" --profile "standard"'),
        ("test", "-m helpers.course.suite"),
        ("test-offline", "-m helpers.course.suite --offline"),
        ("test-browser", "-m pytest -m browser"),
        ("site", "-m helpers.course.site"),
        ("test-bare", '-m pytest -m bare -s tests/test_bare_copy.py --notebook "07"'),
        ("workshop", "-m helpers.course.editions"),
        ("slides", '-m helpers.course.slides "07"'),
        ("colab", '-m helpers.course.colab ""'),
        ("lab", "-m jupyterlab notebooks"),
        ("bench", '-m helpers.course.bench "all"'),
        ("publish", '-m helpers.course.publish "07" --profile "standard"'),
        ("lock", "-m helpers.course.environment"),
        ("clean", "rm -rf build"),
    ],
)
def test_targets_do_what_they_say(target, command):
    dry = make("--dry-run", target)
    assert dry.returncode == 0, dry.stderr
    assert command in dry.stdout


@needs_make
def test_notebook_profile_and_repository_are_handed_on():
    assert 'colab "ann/course"' in make("--dry-run", "colab", "REPO=ann/course").stdout
    assert 'run "12" --profile "full"' in make("--dry-run", "run", "NB=12", "PROFILE=full").stdout
    assert 'bench "12"' in make("--dry-run", "bench", "NB=12").stdout


@needs_make
def test_help_comes_first_and_names_every_target():
    said = make().stdout
    targets = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)[1].split()
    assert [target for target in targets if target != "help" and f"make {target}" not in said] == []


@pytest.fixture
def elsewhere(tmp_path):
    """A folder with the Makefile and what it depends on, but without an environment."""
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def python_that_says(folder, version, exit_code=0):
    """A stand-in for a Python: it answers `--version` and ends the version check with `exit_code`."""
    script = folder / "another-python"
    script.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo "Python {version}" && exit 0\nexit {exit_code}\n')
    script.chmod(0o755)
    return script


@needs_make
def test_an_old_python_is_refused_with_a_way_out(elsewhere):
    ended = make("test", f"PYTHON={python_that_says(elsewhere, '3.9.6', 1)}", cwd=elsewhere)
    assert ended.returncode == 2
    assert re.search(r"Python 3\.11, 3\.12 or 3\.13 is needed.+Python 3\.9\.6.+make test PYTHON=", ended.stdout)
    assert not (elsewhere / ".venv").exists()


@needs_make
def test_a_python_without_venv_is_told_what_to_install(elsewhere):
    script = elsewhere / "another-python"
    script.write_text('#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; esac\nexit 0\n')
    script.chmod(0o755)
    ended = make("run", f"PYTHON={script}", cwd=elsewhere)
    assert ended.returncode == 2
    assert "sudo apt install python3-venv" in ended.stdout


@needs_make
def test_an_environment_whose_making_broke_off_is_not_taken_for_whole(elsewhere):
    place = elsewhere / ".venv" / "bin"
    place.mkdir(parents=True)
    (place / "python").write_text("#!/bin/sh\nexit 0\n")
    assert "-m venv --clear" in make("--dry-run", "run", cwd=elsewhere).stdout
    (elsewhere / ".venv" / ".complete").touch()
    assert "-m venv" not in make("--dry-run", "run", cwd=elsewhere).stdout
    os.utime(elsewhere / ".venv" / ".complete", (1, 1))  # older than the lock
    assert "-m venv" in make("--dry-run", "run", cwd=elsewhere).stdout


@needs_make
def test_the_menus_of_nbgrader_stay_out_of_the_lab(elsewhere):
    dry = make("--dry-run", "lab", cwd=elsewhere).stdout
    assert re.search(r"""echo '\{"disabledExtensions": \{"@jupyter/nbgrader": true\}\}' > \S+page_config.json""", dry)


@needs_make
@pytest.mark.parametrize(
    ("setting", "message"),
    [("NB=99", "error: there is no notebook '99'"), ("PROFILE=fast", "error: unknown profile 'fast'")],
)
def test_make_run_ends_clearly(setting, message, elsewhere):
    place = elsewhere / ".venv" / "bin"
    place.mkdir(parents=True)
    script = place / "python"  # as in an environment that has `helpers` installed
    script.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" "$@"\n')
    script.chmod(0o755)
    (elsewhere / ".venv" / ".complete").touch()
    ended = make("run", setting, cwd=elsewhere)
    assert ended.returncode == 2
    assert ended.stdout.startswith(message) and ended.stdout.count("\n") == 1, ended


def test_ci_runs_what_a_person_runs():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    subprocess.run(["bash", "-n", ROOT / ".ci" / "run"], check=True)
    assert re.search(r"^make test$", script, re.MULTILINE)
    assert "make test-browser || status=1" in script
    assert "HELPERS_MIRROR=$(cd ../shared/mirror && pwd)" in script
    assert "export CI=true" in script


def test_the_suite_counts_and_fails_on_any_failure(tmp_path, capfd):
    tally = suite.Counter()
    (tmp_path / "build").mkdir()
    (tmp_path / "test_x.py").write_text(
        "import pytest\ndef test_a(): pass\ndef test_b(): assert 0\ndef test_c(): pytest.skip('no')\n"
    )
    suite.step("tests", ["-m", "pytest", "-p", "no:cacheprovider", "test_x.py"], tally, {}, tmp_path)
    assert tally == {"passed": 1, "failed": 1, "skipped": 1}
    suite.step("good linter", ["-c", "pass"], tally, {}, tmp_path)
    suite.step("bad linter", ["-c", "raise SystemExit(1)"], tally, {}, tmp_path)
    suite.step("broken pytest", ["-m", "pytest", "--no-such-option"], tally, {}, tmp_path)
    assert tally == {"passed": 2, "failed": 3, "skipped": 1}


def test_the_suite_takes_variables_away_and_puts_them_in(tmp_path, monkeypatch):
    (tmp_path / "build").mkdir()
    monkeypatch.setenv("HELPERS_MIRROR", "here")
    code = "import os, sys; sys.exit('HELPERS_MIRROR' in os.environ or os.environ['OMP_NUM_THREADS'] != '1')"
    tally = suite.Counter()
    suite.step("environment", ["-c", code], tally, {"HELPERS_MIRROR": None, **suite.THREADS}, tmp_path)
    assert tally == {"passed": 1}


@pytest.mark.slow
def test_nbval_and_the_gates_run_on_a_notebook_and_notice_a_changed_output(tmp_path, monkeypatch):
    path = synthetic.checkout(tmp_path / "course", monkeypatch)
    root = path.parents[1]
    shutil.copytree(ROOT / "tests" / "notebooks", root / "tests" / "notebooks")
    for name in ("conftest.py", "sanitize.cfg"):
        shutil.copy(ROOT / "tests" / name, root / "tests")
    (root / "build").mkdir()
    quick = {**suite.THREADS, "HELPERS_PROFILE": "quick", "HELPERS_RESULTS": str(root / "build")}
    quick["PYTHONPATH"] = f"{ROOT}{os.pathsep}{root / 'tests' / 'notebooks'}"
    published = results.place(root, "07").read_bytes()

    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("shape (2, 3, 3)", "shape (2, 3, 4)"), encoding="utf-8")  # in a marked output
    tally = suite.Counter()
    suite.run_notebooks([path], tally, quick, root)
    assert tally == suite.Counter(failed=1, passed=len(Notebook(path).code))  # the other cells, and the gates
    assert results.place(root, "07").read_bytes() == published
    assert results.read(root / "build" / "07.quick.json")["profile"] == "quick"

    path.write_text(text, encoding="utf-8")
    tally = suite.Counter()
    suite.run_again([path], tally, quick, root)
    assert tally == suite.Counter(passed=len(Notebook(path).code) + 1)  # the cells, and the comparison of both runs
    again = results.read(root / "build" / "quick-results-again" / "07.quick.json")
    assert again["run"] != results.read(root / "build" / "07.quick.json")["run"]


def test_every_notebook_is_found_by_number(tmp_path):
    (tmp_path / "notebooks").mkdir()
    for name in ("12_b.ipynb", "07_a.ipynb", "draft.ipynb"):
        (tmp_path / "notebooks" / name).touch()
    assert [path.name for path in notebook.choose(tmp_path, "all")] == ["07_a.ipynb", "12_b.ipynb"]
    assert [path.name for path in notebook.choose(tmp_path, "7")] == ["07_a.ipynb"]
    with pytest.raises(ValueError, match="there are: none yet"):
        notebook.choose(tmp_path / "empty", "07")
