"""`make run` and `make publish`, on the synthetic notebook and in real kernels."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "notebooks"))
import synthetic
import verdicts
from rules import RULES

from helpers.course import publish, readme, results, run
from helpers.course.notebook import Notebook


@pytest.fixture
def course(tmp_path, monkeypatch):
    path = synthetic.checkout(tmp_path / "course", monkeypatch)
    return path.parents[1], path


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["99"], "error: there is no notebook '99'; there are: 07 (or all)\n"),
        (["seven"], "error: there is no notebook 'seven'; there are: 07 (or all)\n"),
        (["07", "--profile", "fast"], "error: unknown profile 'fast'; choose one of quick, standard, full\n"),
    ],
)
def test_what_there_is_not_is_said_in_one_line(arguments, message, course, capsys):
    with pytest.raises(SystemExit) as ended:
        run.main(arguments, course[0])
    assert ended.value.code == 2
    assert capsys.readouterr().out == message


def test_publishing_quick_is_refused(course, capsys):
    with pytest.raises(SystemExit) as ended:
        publish.main(["07", "--profile", "quick"], course[0])
    assert ended.value.code == 2
    assert "cannot publish the profile 'quick'" in capsys.readouterr().out


def test_a_run_leaves_copy_result_readme_and_says_where(course, capsys):
    root, path = course
    committed, before = path.read_bytes(), results.read(results.place(root, "07"))
    assert run.main(["7"], root) == 0
    said = capsys.readouterr().out
    copy = Notebook(root / "build" / path.name)
    assert path.read_bytes() == committed, "a run does not touch the committed notebook"
    assert [cell.execution_count for cell in copy.code] == list(range(1, len(copy.code) + 1))
    assert copy.verdict.text in said
    assert str(root / "build" / path.name) in said
    assert "s  Training" in said and "s  The verdict" in said
    after = results.read(results.place(root, "07"))
    assert after["run"] == copy.verdict.run != before["run"]
    assert after["measured"] == before["measured"]
    assert readme.write(root, check=True), "the README agrees with the new result"
    assert verdicts.complaints(root, path) == []


def test_a_quick_run_touches_no_published_result(course):
    root, path = course
    before = results.place(root, "07").read_bytes()
    assert run.main(["all", "--profile", "quick"], root) == 0
    assert results.place(root, "07").read_bytes() == before
    assert verdicts.quick_complaints(root / "data" / "results", "07") == []
    assert Notebook(root / "build" / "quick" / path.name).verdict.profile == "quick"


def test_a_failed_run_leaves_the_copy_as_far_as_it_came(course, monkeypatch, capsys):
    root, path = course
    before = results.place(root, "07").read_bytes()
    monkeypatch.setenv("TOY_FAILS", "the loss is not finite")
    assert run.main(["07"], root) == 1
    said = capsys.readouterr().out
    copy = Notebook(root / "build" / path.name)
    assert "ValueError: the loss is not finite" in said
    assert "failed: 07_classification_cnn.ipynb" in said
    assert "epoch 1: loss 1.234" in copy.output_text
    assert copy.verdict is None and copy.code[-1].execution_count is None
    assert results.place(root, "07").read_bytes() == before


def test_a_cell_that_takes_too_long_or_kills_its_kernel_ends_the_run(course, monkeypatch, capsys):
    root, path = course
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("toy.worst()", "import time; time.sleep(60)"), encoding="utf-8")
    assert run.main(["07", "--timeout", "2"], root) == 1
    assert "after 2 seconds" in capsys.readouterr().out
    path.write_text(text.replace("toy.worst()", "import os; os._exit(9)"), encoding="utf-8")
    assert run.main(["07"], root) == 1
    assert "Kernel died" in capsys.readouterr().out


def test_long_cells_are_heard_while_they_run(course, monkeypatch, capsys):
    root, _ = course
    monkeypatch.setattr(run, "QUIET_SECONDS", 0.0)
    assert run.main(["07"], root) == 0
    assert "        epoch 1: loss 1.234, accuracy 0.500\n" in capsys.readouterr().out


def test_publishing_measures_both_profiles_and_satisfies_every_rule(tmp_path, monkeypatch, capsys):
    path = synthetic.checkout(tmp_path / "course", monkeypatch, executed=False)
    root = path.parents[1]
    assert publish.main(["07"], root) == 0
    result = results.read(results.place(root, "07"))
    assert set(result["measured"]) == {"quick", "standard"}
    assert result["profile"] == "standard"
    book = Notebook(path)
    assert "| quick | 4.1 |" in book.cells[0].source and "| standard | 4.1 |" in book.cells[0].source
    assert [complaint for rule in RULES for complaint in rule(book)] == []
    assert verdicts.complaints(root, path) == []
    assert "HOG + SVM: 0.677 | 0.770 ± 0.010 | +0.093 | 4.1 | CPU, 2 cores |" in (root / "README.md").read_text()

    first = book.verdict.run
    assert publish.main(["07", "--profile", "full", "--skip-quick"], root) == 0
    result = results.read(results.place(root, "07"))
    assert set(result["measured"]) == {"quick", "standard", "full"}
    assert Notebook(path).verdict.run != first


def test_nothing_is_published_that_failed_or_is_not_clean(tmp_path, monkeypatch, capsys):
    path = synthetic.checkout(tmp_path / "course", monkeypatch, executed=False)
    root, before = path.parents[1], path.read_bytes()
    monkeypatch.setenv("TOY_FAILS", "no")
    assert publish.main(["07"], root) == 1
    monkeypatch.delenv("TOY_FAILS")
    assert path.read_bytes() == before and not results.place(root, "07").exists()
    path.write_text(before.decode().replace("toy.worst()", "import sys; print('late', file=sys.stderr)"))
    before = path.read_bytes()
    assert publish.main(["07", "--skip-quick"], root) == 1
    assert "wrote to standard error" in capsys.readouterr().out
    assert path.read_bytes() == before and not results.place(root, "07").exists()
