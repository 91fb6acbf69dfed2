"""After the notebooks ran in `quick` (a step of `make test`): what they saved, and its gates.

Not collected by itself; `pytest tests/notebooks/quick_gates.py --expected "07 12"` with HELPERS_RESULTS set.
"""

import os
from pathlib import Path

import verdicts


def pytest_generate_tests(metafunc):
    metafunc.parametrize("number", metafunc.config.getoption("expected").split())


def test_quick_result(number):
    assert verdicts.quick_complaints(Path(os.environ["HELPERS_RESULTS"]), number) == []
