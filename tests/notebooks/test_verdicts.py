"""Every rule about stored results lets a good one pass and refuses it with one fault put in."""

import copy
import json

import nbformat
import pytest
import synthetic
import verdicts

from helpers.course import results
from helpers.course.notebook import Notebook, read_verdict


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A published course of one notebook: its root and the notebook's path."""
    path = synthetic.checkout(tmp_path / "course", monkeypatch)
    return path.parents[1], path


def stored(root):
    return results.read(results.place(root, "07"))


def test_a_published_result_has_nothing_to_complain_about(course):
    assert verdicts.complaints(*course) == []


def right(result):
    return result["rows"][3]


def drop(*names):
    def fault(result):
        place = result
        for name in names[:-1]:
            place = place[name]
        del place[names[-1]]

    return fault


def put(value, *names):
    def fault(result):
        place = result
        for name in names[:-1]:
            place = place[name]
        place[names[-1]] = value

    return fault


RIGHT = ("rows", 3)
ACCURACY = (*RIGHT, "values", "accuracy")
FAULTS = [
    *[(drop(name), f"lacks {name}") for name in verdicts.FIELDS],
    (drop("versions", "keras"), "lacks keras"),
    (drop("rows", 0, "seeds"), "lacks seeds"),
    (put("1", "seconds"), "seconds has the wrong type"),
    (put(True, "test_size"), "test_size has the wrong type"),
    (put(0, "seconds"), "above 0"),
    (put("fast", "profile"), "unknown profile fast"),
    (put("quick", "profile"), "not from quick"),
    (put("xyz", "run"), "8 hexadecimal"),
    (put("2026-13-01", "date"), "YYYY-MM-DD"),
    (put("expert", "rows", 0, "role"), "unknown role expert"),
    (put("HOG + SVM", "rows", 0, "name"), "same name"),
    (drop("rows", 0, "values", "error"), "row majority has values"),
    (put([0.7], *ACCURACY), "one value per seed"),
    (put([0.7, 0.8, float("nan")], *ACCURACY), "not finite"),
    (put([1, 2, 2], *RIGHT, "seeds"), "2 seeds; at least 3"),
    (put("peer", *RIGHT, "role"), "no row of role right"),
    (put("peer", "rows", 1, "role"), "no row of role simple"),
    (put("peer", "rows", 2, "role"), "no row of role tempting"),
    (put([], "gates"), "there is no gate"),
    (drop("gates", 0), "no gate on accuracy"),
    (put("speed", "gates", 0, "metric"), "names 'speed'"),
    (put("nothing", "gates", 0, "rejects", 0), "names 'nothing'"),
    (put(False, "gates", 0, "passed"), "does not hold"),
    (put(0.765, "gates", 0, "threshold"), "does not hold"),
    (put(2.15, "gates", 1, "threshold"), "does not hold"),
    (put(0.0, "gates", 0, "threshold"), "lets textbook pass"),
    (put(5.5, "gates", 1, "threshold"), "lets HOG + SVM pass"),
    (put(["textbook"], "gates", 0, "rejects"), "no gate on accuracy rejects HOG + SVM"),
    (put([], "gates", 1, "rejects"), "rejects nothing"),
    (put(0.745, "gates", 0, "threshold"), "between 0.73 and 0.74"),
    (put(0.72, "gates", 0, "threshold"), "between 0.73 and 0.74"),
    (put(2.3, "gates", 1, "threshold"), "between 2.5 and 2.4"),
    (put(2.6, "gates", 1, "threshold"), "between 2.5 and 2.4"),
    (put("0badc0de", "run"), "printed the table of run 0badc0de"),
    (put(371, "test_size"), "test_size: the table says 372"),
    (put("catalogue", "data_source"), "data: the table says photos"),
    (put([0.2001], "rows", 0, "values", "accuracy"), None),  # a difference below the digits shown is none
    (put([0.21], "rows", 0, "values", "accuracy"), "the table's rows"),
    (put("another net", *RIGHT, "name"), "the table's rows"),
]


@pytest.mark.parametrize(("fault", "message"), FAULTS, ids=[f"{n}-{m}" for n, (_, m) in enumerate(FAULTS)])
def test_one_fault_is_refused(fault, message, course):
    root, path = course
    result = copy.deepcopy(stored(root))
    fault(result)
    if message == "the table's rows" and right(result)["name"] == "another net":
        for gate in result["gates"]:
            gate["row"] = "another net"
    results.write(results.place(root, "07"), result)
    complaints = verdicts.complaints(root, path)
    if message is None:
        assert complaints == []
    else:
        assert any(message in complaint for complaint in complaints), complaints


def test_a_missing_result_is_refused(course):
    results.place(course[0], "07").unlink()
    assert "data/results/07.json is missing" in verdicts.complaints(*course)[0]


def test_a_tempting_answer_that_cannot_train_needs_no_row(course):
    root, path = course
    result = stored(root)
    del result["rows"][2]
    for gate in result["gates"]:
        gate["rejects"].remove("textbook")
    results.write(results.place(root, "07"), result)
    node = nbformat.read(path, as_version=4)
    node.cells[12].metadata["tags"] = ["untrainable"]
    next(cell for cell in node.cells if cell.cell_type == "code").metadata["tags"] = ["untrainable"]
    for cell in node.cells:
        for output in cell.get("outputs", []):
            text = output.get("text", "")
            output["text"] = "\n".join(line for line in text.splitlines() if not line.startswith("textbook"))
    nbformat.write(node, path)
    assert verdicts.complaints(root, path) == []


def test_a_reader_s_own_run_agrees_with_the_copy_it_left_and_needs_no_calibration(course):
    root, path = course
    result = stored(root)
    own = json.loads(json.dumps(result))
    own["run"] = "0badc0de"
    own["rows"][3]["values"]["accuracy"] = [0.79, 0.81, 0.83]  # far above the gate, so not calibrated to it
    results.write(results.place(root, "07"), own)
    assert len(verdicts.complaints(root, path)) == 1  # nobody printed that table

    node = nbformat.read(path, as_version=4)
    for cell in node.cells:
        for output in cell.get("outputs", []):
            text = output.get("text", "")
            output["text"] = text.replace(result["run"], "0badc0de").replace("0.770 ± 0.010", "0.810 ± 0.020")
    (root / "build").mkdir()
    nbformat.write(node, root / "build" / path.name)
    assert verdicts.complaints(root, path) == []

    own["rows"][3]["values"]["accuracy"] = [0.69, 0.71, 0.73]
    results.write(results.place(root, "07"), own)
    assert any("does not hold" in complaint for complaint in verdicts.complaints(root, path))


def test_quick_results(course):
    root, _ = course
    folder = root / "quick"
    assert verdicts.quick_complaints(folder, "07") == ["notebook 07 saved no result in the profile quick"]
    result = {**stored(root), "profile": "quick"}
    results.write(folder / "07.quick.json", result)
    assert verdicts.quick_complaints(folder, "07") == []
    result["gates"][0]["threshold"] = 0.9
    results.write(folder / "07.quick.json", result)
    assert "does not hold" in verdicts.quick_complaints(folder, "07")[0]
    results.write(folder / "07.quick.json", stored(root))
    assert verdicts.quick_complaints(folder, "07") == ["the result is from the profile standard"]


def test_the_table_is_read_as_the_scoreboard_prints_it(course):
    verdict = Notebook(course[1]).verdict
    assert (verdict.notebook, verdict.profile, verdict.data, verdict.test_size) == ("07", "standard", "photos", 372)
    assert verdict.rows[1] == ("HOG + SVM", "simple", ["0.677", "5.00"])
    assert verdict.rows[3] == ("small ResNet", "right", ["0.770 ± 0.010", "2.10 ± 0.10"])
    assert read_verdict("no table\nat all") is None
