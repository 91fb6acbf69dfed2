"""Exercises that say what is wrong: not written yet, exception, type, shape, known mistake, value - in this order.

The exercises of notebook NN live in `helpers.exercises.nbNN`::

    exercise_1 = Exercise(
        "Exercise 1",
        inputs=[(numpy.array([3.0, 4.0]),)],
        reference=lambda vector: vector / numpy.linalg.norm(vector),
        traps=[Trap(lambda vector: vector / vector.sum(), "This divides by the sum; the length is a root of squares.")],
    )

and the notebook calls `exercise_1.check(learner_function)`. Tests prove of every exercise that its reference
passes and that each trap is refused with its own hint.
"""

import copy
import numbers
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Trap:
    """A mistake learners make: a function that makes it, and the hint that leads out of it."""

    wrong: Callable
    hint: str


@dataclass(frozen=True)
class Raised:
    """What a call ended in where it ended in an exception."""

    error: Exception


@dataclass(frozen=True)
class Exercise:
    """One exercise and its checker.

    Parameters
    ----------
    name: as the learner knows it, such as `"Exercise 1"`.
    inputs: tuples of positional arguments; every function is called on fresh copies of all of them.
    reference: the right answer. It may return numbers, text, arrays, tensors, and tuples, lists or dictionaries
        of them; arrays, tensors and numbers are compared as NumPy arrays.
    traps: known wrong answers, each of which must differ from the reference on at least one input.
    tolerance: allowed difference, relative and absolute, as in `numpy.allclose`.
    """

    name: str
    inputs: Sequence[tuple]
    reference: Callable
    traps: Sequence[Trap] = ()
    tolerance: float = 1e-5

    def check(self, learner: Callable) -> None:
        """Print one line: `Exercise 1: correct.` or `Exercise 1: not yet. …` (`problem` returns what is wrong).

        Whatever the learner's function does, this does not raise.
        """
        problem = self.problem(learner)
        print(f"{self.name}: correct." if problem is None else f"{self.name}: not yet. {problem}")

    def problem(self, learner: Callable) -> str | None:
        """What is wrong with the learner's function, or None."""
        if learner is None or learner is ...:
            return "It is not written yet."
        if not callable(learner):
            return f"Hand over the function itself; this is {_kind(learner)}."
        got = self._outcomes(learner)
        if any(_unwritten(outcome) for outcome in got):
            return "It is not written yet: it returns nothing."
        expected = self._outcomes(self.reference)
        found = self._first_problem(expected, got)
        if found is None:
            return None
        stage, message = found
        hint = next((t.hint for t in self.traps if self._same(self._outcomes(t.wrong), got)), None)
        if hint is None:
            return message
        return hint if stage == "value" else f"{message} {hint}"

    def _outcomes(self, function: Callable) -> list:
        """What `function` returns, or the exception it ends in, on each input."""
        outcomes: list = []
        for arguments in self.inputs:
            try:
                outcomes.append(_plain(function(*copy.deepcopy(arguments))))
            except Exception as error:
                outcomes.append(Raised(error))
        return outcomes

    def _first_problem(self, expected: list, got: list) -> tuple[str, str] | None:
        """The earliest stage that fails on any input, with its message."""
        for stage in (_exception_problem, _type_problem, _shape_problem, self._value_problem):
            for number, (right, mine) in enumerate(zip(expected, got, strict=True), 1):
                message = stage(right, mine)
                if message:
                    where = f" (input {number} of {len(got)}: {_brief(self.inputs[number - 1])})"
                    return stage.__name__.split("_")[-2], message + where + "."
        return None

    def _value_problem(self, right: Any, mine: Any, at: str = "") -> str | None:
        """Expected and got at the first place where they differ."""
        for (place, one), (_, other) in zip(_leaves(right, at), _leaves(mine, at), strict=True):
            if isinstance(one, str | bytes):
                if one != other:
                    return f"Expected {one!r}{_at(place)}, got {other!r}"
                continue
            close = np.isclose(other, one, rtol=self.tolerance, atol=self.tolerance, equal_nan=True)
            if not close.all():
                first = tuple(int(i) for i in np.argwhere(~close)[0])
                index = f"[{', '.join(map(str, first))}]" if first else ""
                return f"Expected {one[first].item():.6g}{_at(place + index)}, got {other[first].item():.6g}"
        return None

    def _same(self, one: list, other: list) -> bool:
        """Whether two functions had the same outcome on every input."""
        for right, mine in zip(one, other, strict=True):
            if isinstance(right, Raised) and isinstance(mine, Raised):
                if type(right.error) is not type(mine.error):
                    return False
            elif any(s(right, mine) for s in (_exception_problem, _type_problem, _shape_problem, self._value_problem)):
                return False
        return True


def _plain(value: Any) -> Any:
    """Numbers, arrays and tensors as NumPy arrays, containers of them likewise, anything else as it is."""
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, numbers.Number | np.ndarray | np.generic) or (
        hasattr(value, "__array__") and hasattr(value, "shape")
    ):
        array = np.asarray(value)
        return array if array.dtype.kind in "biufc" else value
    return value


def _unwritten(outcome: Any) -> bool:
    """Nothing returned, an Ellipsis, or `NotImplementedError`."""
    if isinstance(outcome, Raised):
        return isinstance(outcome.error, NotImplementedError)
    return outcome is None or outcome is ...


def _kind(value: Any) -> str:
    """The type of a value in a learner's words."""
    if isinstance(value, np.ndarray):
        return "an array or tensor" if value.ndim else "a number"
    if isinstance(value, list | tuple):
        return f"a tuple or list of {len(value)}"
    if isinstance(value, Mapping):
        return f"a dictionary with the keys {', '.join(map(str, value))}"
    return "text" if isinstance(value, str) else f"of type {type(value).__name__}"


def _exception_problem(right: Any, mine: Any) -> str | None:
    if isinstance(mine, Raised):
        text = " ".join(str(mine.error).split())
        text = text if len(text) <= 200 else f"{text[:200]}…"
        return f"It raised {type(mine.error).__name__}: {text}"
    return None


def _type_problem(right: Any, mine: Any) -> str | None:
    if isinstance(right, np.ndarray) and isinstance(mine, np.ndarray):
        return None
    if isinstance(right, list) and isinstance(mine, list) and len(right) == len(mine):
        return next(filter(None, map(_type_problem, right, mine)), None)
    if isinstance(right, dict) and isinstance(mine, dict) and right.keys() == mine.keys():
        return next(filter(None, (_type_problem(right[name], mine[name]) for name in right)), None)
    if isinstance(right, str | bytes) and type(right) is type(mine):
        return None
    return f"The result should be {_kind(right)}, and it is {_kind(mine)}"


def _shape_problem(right: Any, mine: Any) -> str | None:
    for (place, one), (_, other) in zip(_leaves(right), _leaves(mine), strict=True):
        if isinstance(one, np.ndarray) and one.shape != other.shape:
            return f"The shape{_at(place)} should be {one.shape}, and it is {other.shape}"
    return None


def _leaves(value: Any, at: str = "") -> list[tuple[str, Any]]:
    """Arrays and texts inside a result, each with the place where it stands."""
    if isinstance(value, list):
        return [leaf for i, item in enumerate(value) for leaf in _leaves(item, f"{at}[{i}]")]
    if isinstance(value, dict):
        return [leaf for name in sorted(value, key=str) for leaf in _leaves(value[name], f"{at}[{name!r}]")]
    return [(at, value)]


def _at(place: str) -> str:
    return f" at {place}" if place else ""


def _brief(arguments: tuple) -> str:
    """The arguments of one call, arrays by their shape."""

    def one(value: Any) -> str:
        shape = getattr(value, "shape", None)
        if shape is not None and len(shape):
            return f"array of shape {tuple(shape)}"
        text = repr(value)
        return text if len(text) <= 40 else f"{text[:40]}…"

    return ", ".join(one(value) for value in arguments) or "no arguments"
