"""What `make test` calls the same metrics again: the comparison itself, on results that are made up."""

import copy

import numpy as np
import pytest
from same_again import DIFFERENT, differences

from helpers.course import ROOT, notebook, results

RESULT = {
    "rows": [
        {"name": "SVM", "role": "simple", "seeds": [], "values": {"accuracy": [0.68], "time": [1.5]}},
        {"name": "CNN", "role": "right", "seeds": [1, 2], "values": {"accuracy": [0.77, 0.1 + 0.2], "time": [2.5, 3]}},
    ]
}


def test_equal_results_are_equal():
    assert differences(RESULT, copy.deepcopy(RESULT)) == []


def test_one_bit_is_a_difference():
    other = copy.deepcopy(RESULT)
    other["rows"][1]["values"]["accuracy"][1] = np.nextafter(0.1 + 0.2, 1).item()
    assert differences(RESULT, other) == ["CNN, accuracy: [0.77, 0.30000000000000004] and [0.77, 0.3000000000000001]"]


@pytest.mark.parametrize(("key", "value"), [("name", "ResNet"), ("role", "tempting"), ("seeds", [1, 3])])
def test_other_rows_are_a_difference(key, value):
    other = copy.deepcopy(RESULT)
    other["rows"][1][key] = value
    assert "the rows are" in differences(RESULT, other)[0]
    assert "the rows are" in differences(RESULT, {"rows": RESULT["rows"][:1]})[0]


def test_only_what_is_named_may_differ():
    other = copy.deepcopy(RESULT)
    other["rows"][0]["values"]["time"] = [1.6]
    assert differences(RESULT, other) == ["SVM, time: [1.5] and [1.6]"]
    assert differences(RESULT, other, ["time"]) == []
    del other["rows"][0]["values"]["accuracy"]
    assert differences(RESULT, other, ["time"]) == ["SVM, accuracy: [0.68] and None"]


def test_what_may_differ_is_there():
    """No exception outlives its notebook or its metric."""
    there = {path.name[:2] for path in notebook.find(ROOT)}
    assert set(DIFFERENT) <= there
    for number, metrics in DIFFERENT.items():
        names = {metric["name"] for metric in results.read(results.place(ROOT, number))["metrics"]}
        assert set(metrics) < names
