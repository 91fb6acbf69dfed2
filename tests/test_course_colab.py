"""`make colab`: where a notebook that stands alone finds the course."""

import importlib.metadata
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

sys.path.insert(0, str(Path(__file__).parent / "notebooks"))
import synthetic

import helpers
from helpers.course import ROOT, colab, notebook


@pytest.fixture
def path(tmp_path, monkeypatch):
    return synthetic.checkout(tmp_path / "course", monkeypatch)


def cells(path):
    return nbformat.read(path, as_version=4).cells


def setup_cell(path):
    return next(cell.source for cell in cells(path) if cell.cell_type == "code")


def test_badge_and_source_are_written_and_taken_back(path, capsys):
    root, before = path.parents[1], path.read_bytes()
    assert colab.main(["ann/course"], root) == 0
    tag = f"v{helpers.__version__}"
    assert f"git tag {tag}" in capsys.readouterr().out
    assert (
        f"(https://colab.research.google.com/github/ann/course/blob/{tag}/notebooks/{path.name})"
        in cells(path)[0].source
    )
    assert f'"git+https://github.com/ann/course@{tag}"' in setup_cell(path)
    assert colab.repository(nbformat.read(path, as_version=4)) == "ann/course"
    assert colab.write(root, "ann/course") == []
    assert colab.main([""], root) == 0
    assert path.read_bytes() == before
    assert colab.repository(nbformat.read(path, as_version=4)) is None


@pytest.mark.parametrize("repository", [None, "some-school/product-images"])
def test_in_every_notebook_two_cells_change_and_nothing_else(repository, tmp_path):
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    colab.write(tmp_path, repository)
    for path in notebook.find(ROOT):
        before = nbformat.read(path, as_version=4)
        after = nbformat.read(tmp_path / "notebooks" / path.name, as_version=4)
        places = [n for n, (one, other) in enumerate(zip(before.cells, after.cells, strict=True)) if one != other]
        first = next(n for n, cell in enumerate(before.cells) if cell.cell_type == "code")
        assert set(places) <= {0, first}
        for n in places:
            after.cells[n].source = before.cells[n].source
        assert nbformat.writes(after) + "\n" == path.read_text(encoding="utf-8")
    assert colab.write(tmp_path, repository) == []


def test_all_notebooks_name_the_same_repository():
    assert len({colab.repository(nbformat.read(path, as_version=4)) for path in notebook.find(ROOT)}) <= 1


@pytest.mark.parametrize("wrong", ["course", "https://github.com/ann/course", "ann/course/tree", "ann /course"])
def test_what_is_no_repository_is_refused(wrong, path, capsys):
    before = path.read_bytes()
    with pytest.raises(SystemExit) as stopped:
        colab.main([wrong], path.parents[1])
    assert stopped.value.code == 2
    assert "REPO should be owner/name" in capsys.readouterr().out
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("text", "message"), [('find_spec("helpers")', "setup cell"), ("[![Open in Colab]", "one line")]
)
def test_a_notebook_without_a_place_is_named_and_none_is_changed(text, message, path, capsys):
    shutil.copy(path, path.with_name("01_first.ipynb"))
    node = nbformat.read(path, as_version=4)
    for cell in node.cells:
        cell.source = cell.source.replace(text, "")
    nbformat.write(node, path)
    with pytest.raises(SystemExit):
        colab.main(["ann/course"], path.parents[1])
    said = capsys.readouterr().out
    assert said.startswith(f"error: {path.name}") and message in said
    assert "ann/course" not in path.with_name("01_first.ipynb").read_text(encoding="utf-8")


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """installed(repository): what the setup cell hands to pip in an empty folder, where `helpers` is missing."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HELPERS_SOURCE", raising=False)
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "helpers" else find(name))
    commands = []
    monkeypatch.setattr(subprocess, "run", lambda command, check: commands.append((command, check)))

    def after(repository):
        exec(compile(colab.setup(repository), "setup", "exec"), {})
        ((command, check),) = commands
        assert command[:5] == [sys.executable, "-m", "pip", "install", "--quiet"] and check
        return [str(part) for part in command[5:]]

    return after


def test_the_wheel_of_this_version_is_installed_and_numpy_and_tensorflow_held(installed):
    Path("product_image_helpers-0.0.9-py3-none-any.whl").touch()
    Path(colab.WHEEL).touch()
    source, *held = installed("ann/course")
    assert source == colab.WHEEL
    assert held == [f"{name}=={importlib.metadata.version(name)}" for name in ("numpy", "tensorflow")]


def test_without_a_wheel_the_repository_at_the_tag_of_this_version_is_installed(installed):
    assert installed("ann/course")[0] == f"git+https://github.com/ann/course@v{helpers.__version__}"


def test_what_the_reader_sets_comes_first(installed, monkeypatch):
    Path(colab.WHEEL).touch()
    monkeypatch.setenv("HELPERS_SOURCE", "git+https://example.org/own@main")
    assert installed("ann/course")[0] == "git+https://example.org/own@main"


def test_with_nothing_to_install_from_the_cell_says_what_to_set(installed):
    Path("product_image_helpers-0.0.9-py3-none-any.whl").touch()  # another version
    with pytest.raises(AssertionError, match=rf"put {colab.WHEEL} into /.*, or set HELPERS_SOURCE to git\+https"):
        installed(None)


def test_where_helpers_is_there_nothing_is_installed(monkeypatch):
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: pytest.fail("pip was called"))
    exec(compile(colab.setup(None), "setup", "exec"), {})
