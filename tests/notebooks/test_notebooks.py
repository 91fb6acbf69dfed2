"""Every notebook in `notebooks/` is under test the moment it is there."""

from collections import Counter

import pytest
import verdicts
from rules import RULES

from helpers.course import ROOT, notebook, results
from helpers.course.notebook import Notebook

NOTEBOOKS = notebook.find(ROOT)


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def book(request):
    return Notebook(request.param)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_notebook(book, rule):
    assert rule(book) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_result(path):
    assert verdicts.complaints(ROOT, path) == []


def test_numbers_are_used_once_and_results_belong_to_notebooks():
    numbers = Counter(path.name[:2] for path in NOTEBOOKS)
    assert [number for number, count in numbers.items() if count > 1] == []
    stored = {path.name[:2] for path in results.place(ROOT, "00").parent.glob("[0-9][0-9].json")}
    assert stored <= set(numbers)


def test_only_notebooks_of_the_course_stand_in_the_folder():
    others = {path.name for path in (ROOT / "notebooks").glob("*") if not path.name.startswith(".")}
    assert others <= {path.name for path in NOTEBOOKS}
