"""The README's table of thirty is generated, and agrees with the results in the repository."""

import json
import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "notebooks"))
import synthetic

from helpers.course import ROOT, notebook, readme, results


def test_the_table_agrees_with_notebooks_and_results():
    assert readme.write(ROOT, check=True), "run `python -m helpers.course.readme`"


def test_the_curriculum_is_thirty_and_names_every_notebook():
    entries = readme.curriculum()
    assert [entry["number"] for entry in entries] == [f"{number:02d}" for number in range(1, 31)]
    assert len({entry["stem"] for entry in entries}) == 30
    assert all(set(entry) == {"number", "stem", "question", "chinese", "model"} for entry in entries)
    assert all(re.search(r"[\u4e00-\u9fff]", entry["chinese"]) for entry in entries)
    there = {path.stem for path in notebook.find(ROOT)}
    assert there <= {f"{entry['number']}_{entry['stem']}" for entry in entries}


@pytest.fixture
def root(tmp_path, monkeypatch):
    return synthetic.checkout(tmp_path / "course", monkeypatch).parents[1]


def row(root, number):
    text = (root / "README.md").read_text(encoding="utf-8")
    return next(line for line in text.splitlines() if line.startswith(f"| {number} |"))


def test_a_measured_row_has_metric_size_baseline_spread_margin_minutes_and_device(root):
    assert readme.main([], root) == 0
    assert row(root, "07") == (
        "| 07 | [How do you classify product images with a CNN?](notebooks/07_classification_cnn.ipynb) "
        "怎样用 CNN 分类 | small ResNet with global pooling | measured, standard | accuracy, n = 372 "
        "| HOG + SVM: 0.677 | 0.770 ± 0.010 | +0.093 | 4.1 | CPU, 2 cores |"
    )
    planned = row(root, "30")
    assert "planned" in planned and "](" not in planned
    assert planned.count("|") == row(root, "07").count("|")
    text = (root / "README.md").read_text(encoding="utf-8")
    assert text.startswith("# Course\n") and text.endswith("\nEnd.\n")


def test_a_thumbnail_stands_over_the_question_and_inside_its_link(root):
    place = root / "data" / "thumbnails" / "07.jpg"
    place.parent.mkdir()
    place.write_bytes(b"")
    assert (
        '| 07 | [<img src="data/thumbnails/07.jpg" width="160" alt=""><br>How do you classify product images with a '
        "CNN?](notebooks/07_classification_cnn.ipynb) 怎样用 CNN 分类 |"
    ) in readme.table(root)


def test_a_metric_where_less_is_better_has_its_best_and_margin_the_right_way_round(root):
    result = results.read(results.place(root, "07"))
    result["metrics"].reverse()
    result["rows"].append({**result["rows"][1], "name": "better HOG", "values": {"accuracy": [0.6], "error": [4.0]}})
    results.write(results.place(root, "07"), result)
    readme.write(root)
    assert "| error (dB), n = 372 | better HOG: 4.00 | 2.10 ± 0.10 | +1.90 |" in row(root, "07")


def test_other_data_than_photos_are_named(root):
    result = results.read(results.place(root, "07"))
    results.write(results.place(root, "07"), {**result, "data_source": "catalogue"})
    readme.write(root)
    assert "accuracy, n = 372, catalogue" in row(root, "07")


def test_disagreement_is_found_and_not_mended_by_check(root, capsys):
    readme.write(root)
    place = results.place(root, "07")
    result = json.loads(place.read_text(encoding="utf-8"))
    result["rows"][1]["values"]["accuracy"] = [0.7]
    results.write(place, result)
    before = (root / "README.md").read_bytes()
    assert readme.main(["--check"], root) == 1
    assert "does not agree" in capsys.readouterr().out
    assert (root / "README.md").read_bytes() == before
    assert readme.main([], root) == 0 and readme.main(["--check"], root) == 0


def test_a_readme_without_markers_is_left_alone(root, capsys):
    (root / "README.md").write_text("# Course\n", encoding="utf-8")
    assert readme.write(root) is False
    assert "no <!-- thirty -->" in capsys.readouterr().out
    assert (root / "README.md").read_text(encoding="utf-8") == "# Course\n"
