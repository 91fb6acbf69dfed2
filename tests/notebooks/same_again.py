"""After notebooks ran in `quick` twice, with one thread an operation: the same seed gave the same metrics, bit for bit.

Not collected by itself; `pytest tests/notebooks/same_again.py --expected "07 12"`, where HELPERS_RESULTS names the
folder of the first run's results and HELPERS_RESULTS_AGAIN that of the second's.
"""

import json
import os
from pathlib import Path

# What cannot be equal, and why: notebook number -> {metric: reason}. Everything else has to be.
DIFFERENT = {
    "14": {"time": "milliseconds a picture, measured with a clock"},
}


def pytest_generate_tests(metafunc):
    metafunc.parametrize("number", metafunc.config.getoption("expected").split())


def differences(first: dict, second: dict, allowed=()) -> list[str]:
    """Rows, seeds and figures in which two results of one notebook differ; `allowed` metrics are not looked at."""
    names = [[(row["name"], row["role"], row["seeds"]) for row in result["rows"]] for result in (first, second)]
    if names[0] != names[1]:
        return [f"the rows are {names[0]} and {names[1]}"]
    found = []
    for one, other in zip(first["rows"], second["rows"], strict=True):
        for metric in sorted({*one["values"], *other["values"]} - set(allowed)):
            values = [row["values"].get(metric) for row in (one, other)]
            if values[0] != values[1]:
                found.append(f"{one['name']}, {metric}: {values[0]} and {values[1]}")
    return found


def test_same_metrics_again(number):
    places = [Path(os.environ[name]) / f"{number}.quick.json" for name in ("HELPERS_RESULTS", "HELPERS_RESULTS_AGAIN")]
    for run, place in zip(("first", "second"), places, strict=True):
        assert place.exists(), f"notebook {number} saved no result in its {run} run"
    first, second = (json.loads(place.read_text(encoding="utf-8")) for place in places)
    assert first["run"] != second["run"]  # two runs, not one file
    assert differences(first, second, DIFFERENT.get(number, {})) == []
