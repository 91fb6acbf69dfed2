"""What the synthetic notebook imports in place of TensorFlow: a session, a scoreboard, two exercises."""

import os
from types import SimpleNamespace

from helpers.exercise import Exercise, Trap
from helpers.scoreboard import Metric, Scoreboard
from helpers.session import Session, chosen_profile

__all__ = ["Board", "Metric", "double", "halve", "start", "widgets"]

widgets = SimpleNamespace(control=lambda draw, *given, **ranges: None)

double = Exercise("Exercise 1", [(2.0,), (3.0,)], lambda x: 2 * x, [Trap(lambda x: x * x, "That is a square.")])
halve = Exercise("Exercise 2", [(2.0,), (3.0,)], lambda x: x / 2, [Trap(lambda x: x // 2, "That rounds down.")])


class ToySession(Session):
    def seconds(self):
        return 246.0

    def versions(self):
        return {"python": "3.12.1", "tensorflow": "2.20.0", "keras": "3.13.2", "numpy": "2.1.3", "helpers": "0.1.0"}


def start(number):
    return ToySession(number, chosen_profile(None, has_gpu=False), 7, "CPU, 2 cores", None)


class Board(Scoreboard):
    def save(self):
        import sys

        sys.modules["helpers.training"] = SimpleNamespace(forget=lambda session: None)  # without importing Keras
        try:
            return super().save()
        finally:
            del sys.modules["helpers.training"]


def worst():
    """Stands for a cell that fails on demand: TOY_FAILS is the exception's message."""
    if message := os.environ.get("TOY_FAILS"):
        raise ValueError(message)
