"""Notebooks of the course in JupyterLab: everything runs, and a moved control of "Try it" changes its picture."""

import nbformat
import pytest

from helpers.course import ROOT, clean, notebook

pytestmark = pytest.mark.browser

MOVES = [("02", "degrees", 12), ("12", "seam", -8), ("16", "threshold", 4), ("01", "turn", 8)]


@pytest.mark.parametrize(("number", "control", "steps"), MOVES)
def test_a_moved_control_changes_its_picture(number, control, steps, jupyterlab):
    with jupyterlab.open(*notebook.choose(ROOT, number)) as opened:
        opened.run_all()
        before = opened.picture(control)
        opened.move(control, steps)
        opened.changed_picture(control, before)
        opened.screenshot("moved")


def test_a_control_survives_a_second_run_and_leaves_nothing_in_a_cleaned_file(jupyterlab):
    (path,) = notebook.choose(ROOT, "12")
    with jupyterlab.open(path) as opened:
        for _ in range(2):
            opened.run_all()
        before = opened.picture("seam")
        opened.move("seam", 8)
        opened.changed_picture("seam", before)
        assert opened.page.locator('.widget-label:text-is("seam")').count() == 1
        saved = opened.save()
    assert clean.WIDGET in saved.read_text(encoding="utf-8"), "as saved by a person, it holds the control"
    assert clean.clean(saved) == []
    assert "widget-view" not in saved.read_text(encoding="utf-8")
    node, published = (nbformat.read(place, as_version=4) for place in (saved, path))
    assert "widgets" not in node.metadata
    shown, wanted = (
        [len(cell.outputs) for cell in each.cells if "widgets." in cell.source] for each in (node, published)
    )
    assert shown == wanted == [0]
