import json

import numpy as np
import pytest

from helpers.scoreboard import Metric, Scoreboard


@pytest.fixture
def board(session, tmp_path, monkeypatch):
    monkeypatch.setenv("HELPERS_RESULTS", str(tmp_path / "results"))
    board = Scoreboard(session, "a task", "photos", 372, [Metric("accuracy"), Metric("error", "dB", False, 2)])
    board.add("SVM", "simple", {"accuracy": 0.677, "error": 3.0})
    board.add("wrong", "tempting", {"accuracy": [0.5, 0.6, 0.55], "error": [4, 5, 6]}, seeds=[1, 2, 3])
    board.add("net", "right", {"accuracy": [0.75, 0.77, 0.76], "error": [1, 1.1, 1.2]}, seeds=[1, 2, 3])
    return board


def test_the_table_shows_mean_and_spread(board):
    lines = board.text().splitlines()
    assert "notebook 07 · profile quick · data photos · test n=372" in lines[0]
    assert lines[1].split() == ["method", "role", "accuracy", "↑", "error", "(dB)", "↓"]
    assert lines[4].split()[:6] == ["net", "right", "0.760", "±", "0.010", "1.10"]
    assert np.std([0.75, 0.77, 0.76], ddof=1) == pytest.approx(0.01)


def test_a_gate_passes_only_if_every_seed_does_and_the_others_do_not(board):
    board.gate("net", "accuracy", 0.74, rejects=["SVM", "wrong"])
    board.gate("net", "error", 1.5, rejects=["SVM", "wrong"])
    with pytest.raises(AssertionError, match=r"must be at least 0\.755"):
        board.gate("net", "accuracy", 0.755)
    with pytest.raises(AssertionError, match=r"would also pass SVM"):
        board.gate("net", "accuracy", 0.65, rejects=["SVM", "wrong"])
    with pytest.raises(AssertionError, match="too loose"):
        board.gate("net", "error", 3.5, rejects=["SVM", "wrong"])
    assert len(board.gates) == 2


def test_what_is_saved_is_what_was_measured(board, tmp_path):
    with pytest.raises(AssertionError, match="no gate"):
        board.save()
    board.gate("net", "accuracy", 0.74, rejects=["SVM"])
    board.save()
    (place,) = (tmp_path / "results").iterdir()  # no half-written file beside it
    assert place.name == "07.quick.json"
    saved = json.loads(place.read_text(encoding="utf-8"))
    assert saved["rows"][2]["values"]["accuracy"] == [0.75, 0.77, 0.76]
    assert saved["rows"][2]["seeds"] == [1, 2, 3]
    assert saved["gates"][0]["rejects"] == ["SVM"]
    assert saved["seconds"] >= 0 and saved["peak_memory_mb"] > 100


@pytest.mark.parametrize(
    "row, complaint",
    [
        (("net", "right", {"accuracy": 1, "error": 1}), "already"),
        (("new", "best", {"accuracy": 1, "error": 1}), "role"),
        (("new", "right", {"accuracy": 1}), "needs a value"),
        (("new", "right", {"accuracy": float("nan"), "error": 1}), "finite"),
        (("new", "right", {"accuracy": [1, 2], "error": [1]}), "one value per seed"),
        (("new", "right", {"accuracy": [1, 2], "error": [1, 2]}, [1]), "one value per seed"),
    ],
)
def test_rows_that_make_no_sense_are_refused(board, row, complaint):
    with pytest.raises(ValueError, match=complaint):
        board.add(*row)


def test_an_unknown_row_is_named(board):
    with pytest.raises(KeyError, match="there are SVM, wrong, net"):
        board.mean("other", "accuracy")
