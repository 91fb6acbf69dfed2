import importlib
import pkgutil

import numpy as np
import pytest

import helpers.exercises
from helpers.exercise import Exercise, Trap

NORMALISE = Exercise(
    "Exercise 1",
    inputs=[(np.array([3.0, 4.0]),), (np.array([1.0, 2.0, 2.0]),)],
    reference=lambda vector: vector / np.sqrt((vector**2).sum()),
    traps=[
        Trap(lambda vector: vector / vector.sum(), "This divides by the sum."),
        Trap(lambda vector: np.sqrt((vector**2).sum()), "This is the length itself."),
        Trap(lambda vector: vector / vector["length"], "A vector has no names."),
    ],
)
PAIR = Exercise(
    "Exercise 2",
    inputs=[(np.arange(6.0).reshape(2, 3), 1)],
    reference=lambda array, axis: (array.mean(axis), {"most": array.max(), "name": "rows"}),
)


def faults(exercise: Exercise) -> list[str]:
    """What is wrong with an exercise: each line is something its checker lets pass or refuses for a wrong reason."""
    found = []
    if problem := exercise.problem(exercise.reference):
        found.append(f"refuses its own reference: {problem}")
    for trap in exercise.traps:
        if trap.hint not in (exercise.problem(trap.wrong) or ""):
            found.append(f"does not give the hint {trap.hint!r}")

    def unwritten(*arguments):
        raise NotImplementedError

    def broken(*arguments):
        raise KeyError("broken")

    def deeper(value):
        if isinstance(value, tuple | list):
            return [deeper(item) for item in value]
        if isinstance(value, dict):
            return {name: deeper(item) for name, item in value.items()}
        return value + "?" if isinstance(value, str) else np.asarray(value)[None]

    wrong = {
        "None": None,
        "an Ellipsis": ...,
        "a function that returns None": lambda *arguments: None,
        "a function that returns an Ellipsis": lambda *arguments: ...,
        "NotImplementedError": unwritten,
        "KeyError": broken,
        "an object of its own": lambda *arguments: object(),
        "a wrong shape": lambda *arguments: deeper(exercise.reference(*arguments)),
    }
    return found + [f"accepts {name}" for name, function in wrong.items() if exercise.problem(function) is None]


def course_exercises():
    for module in pkgutil.iter_modules(helpers.exercises.__path__):
        for name, value in vars(importlib.import_module(f"helpers.exercises.{module.name}")).items():
            if isinstance(value, Exercise):
                yield pytest.param(value, id=f"{module.name}.{name}")


@pytest.mark.parametrize("exercise", course_exercises())
def test_every_exercise_of_the_course_passes_its_reference_and_refuses_what_is_wrong(exercise):
    assert faults(exercise) == []
    assert exercise.traps, "an exercise knows at least one mistake that learners make"


@pytest.mark.parametrize("exercise", [NORMALISE, PAIR])
def test_good_exercises_have_no_faults(exercise):
    assert faults(exercise) == []


def test_an_exercise_whose_trap_is_right_or_whose_hints_are_mixed_up_is_found_out():
    doubled = Exercise("x", [(2.0,)], lambda x: 2 * x, [Trap(lambda x: x * x, "A square."), Trap(lambda x: 5.0, "5")])
    assert faults(doubled) == ["does not give the hint 'A square.'"]
    alike = Exercise("x", [(3.0,)], lambda x: 2 * x, [Trap(lambda x: 9.0, "first"), Trap(lambda x: x * x, "second")])
    assert faults(alike) == ["does not give the hint 'second'"]


def test_an_exercise_that_accepts_anything_is_found_out():
    class Generous(Exercise):
        def problem(self, learner):
            return None

    assert len(faults(Generous("x", [(1.0,)], lambda x: x))) == 8


@pytest.mark.parametrize(
    ("learner", "message"),
    [
        (None, "It is not written yet."),
        (3.5, "Hand over the function itself; this is of type float."),
        (lambda v: None, "It is not written yet: it returns nothing."),
        (lambda v: 1 / 0, "It raised ZeroDivisionError: division by zero (input 1 of 2: array of shape (2,))."),
        (lambda v: v / 5 if len(v) == 2 else v["x"], "It raised IndexError: only integers"),
        (lambda: 1, "It raised TypeError:"),
        (
            lambda v: "long",
            "The result should be an array or tensor, and it is text (input 1 of 2: array of shape (2,)).",
        ),
        (lambda v: list(v), "The result should be an array or tensor, and it is a tuple or list of 2"),
        (lambda v: v[:1], "The shape should be (2,), and it is (1,) (input 1 of 2: array of shape (2,))."),
        (lambda v: v / v.sum(), "This divides by the sum."),
        (lambda v: np.sqrt((v**2).sum()), "The shape should be (2,), and it is () (input 1 of 2"),
        (lambda v: v, "Expected 0.6 at [0], got 3 (input 1 of 2: array of shape (2,))."),
        (lambda v: v / 5, "Expected 0.333333 at [0], got 0.2 (input 2 of 2: array of shape (3,))."),
        (lambda v: v * np.nan, "Expected 0.6 at [0], got nan"),
    ],
)
def test_messages_go_from_unwritten_to_value(learner, message, capsys):
    NORMALISE.check(learner)
    printed = capsys.readouterr().out
    assert printed.startswith(f"Exercise 1: not yet. {message}")
    assert printed.count("\n") == 1


def test_a_trap_of_another_shape_or_with_an_exception_gets_its_hint_after_the_fact(capsys):
    NORMALISE.check(lambda v: np.linalg.norm(v))
    NORMALISE.check(lambda v: v["length"])
    shape, exception = capsys.readouterr().out.splitlines()
    assert shape.endswith("This is the length itself.")
    assert exception.endswith("A vector has no names.")


def test_correct_is_one_line(capsys):
    NORMALISE.check(lambda v: (v / np.linalg.norm(v)).astype("float32"))
    assert capsys.readouterr().out == "Exercise 1: correct.\n"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda a, axis: a.mean(axis), "The result should be a tuple or list of 2, and it is an array or tensor"),
        (lambda a, axis: (a.mean(axis), {}), "The result should be a dictionary with the keys most, name"),
        (
            lambda a, axis: (a.mean(axis), {"most": 5, "name": "columns"}),
            "Expected 'rows' at [1]['name'], got 'columns'",
        ),
        (lambda a, axis: (a.mean(axis), {"most": 4, "name": "rows"}), "Expected 5 at [1]['most'], got 4"),
        (lambda a, axis: (a.mean(0), {"most": 5, "name": "rows"}), "The shape at [0] should be (2,), and it is (3,)"),
        (lambda a, axis: (a.mean(axis) + np.array([0, 1]), {"most": 5, "name": "rows"}), "Expected 4 at [0][1], got 5"),
    ],
)
def test_the_place_inside_a_container_is_named(answer, message):
    assert PAIR.problem(answer).startswith(message)


def test_numbers_and_lists_stand_for_their_kin():
    assert PAIR.problem(lambda a, axis: [a.mean(axis), {"most": np.float32(5), "name": "rows"}]) is None


def test_tensors_are_compared_as_arrays():
    from helpers.session import import_tensorflow

    tensorflow = import_tensorflow()
    exercise = Exercise("x", [(tensorflow.constant([1.0, 2.0]),)], lambda x: 2 * x, tolerance=1e-6)
    assert exercise.problem(lambda x: tensorflow.add(x, x)) is None
    assert exercise.problem(lambda x: x.numpy() * 2) is None
    assert exercise.problem(lambda x: x * 2.001).startswith("Expected 2 at [0], got 2.001")
    assert exercise.problem(lambda x: tensorflow.reshape(x, (2, 1))).startswith("The shape should be (2,)")


def test_a_learner_that_changes_its_argument_spoils_nothing():
    data = np.array([1.0, 2.0])
    exercise = Exercise("x", [(data,)], lambda v: v + 1)

    def in_place(v):
        v += 1
        return v

    assert exercise.problem(in_place) is None
    assert exercise.problem(lambda v: v + 1) is None
    assert data.tolist() == [1.0, 2.0]


def test_truth_values_are_compared():
    masks = Exercise("x", [(np.array([1.0, 3.0]),)], lambda v: v > 2)
    assert masks.problem(lambda v: v >= 1).startswith("Expected 0 at [0], got 1")


def test_the_tolerance_is_the_exercise_s_own():
    coarse = Exercise("x", [(10.0,)], lambda x: x, tolerance=0.1)
    assert coarse.problem(lambda x: x + 0.5) is None
    assert coarse.problem(lambda x: x + 2) == "Expected 10, got 12 (input 1 of 1: 10.0)."
