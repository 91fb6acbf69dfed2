"""The stop-watch: its unit, the first call left out, the arguments passed on."""

import time

import numpy as np
import pytest

from helpers.timing import milliseconds


def test_a_pause_is_measured_in_milliseconds():
    assert 20 <= milliseconds(time.sleep, 0.02, repeats=3) < 60


def test_the_first_call_does_not_count():
    calls = []

    def slow_at_first(pause):
        calls.append(pause)
        time.sleep(0.2 if len(calls) == 1 else 0)

    assert milliseconds(slow_at_first, "passed on", repeats=3) < 50
    assert calls == ["passed on"] * 4


def test_waiting_for_the_result_counts():
    class Late:
        def __array__(self, *_, **__):
            time.sleep(0.02)

            return np.zeros(1)

    assert milliseconds(Late, repeats=3) == pytest.approx(20, abs=20)
    assert milliseconds(Late, repeats=3) >= 20
