"""The machinery of `lab`, on a small notebook made here: sliders redraw pictures, and one that does not is noticed."""

import nbformat
import pytest

from helpers.course import clean

pytestmark = pytest.mark.browser

IMPORTS = """import io

import ipywidgets
import numpy as np
from IPython.display import display
from PIL import Image


def stripes(width):
    return np.where(np.arange(160)[None, :] // width % 2, 230, 40).repeat(120, axis=0).astype(np.uint8)


def png(picture):
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "PNG")
    return stream.getvalue()"""
REDRAWN = """@ipywidgets.interact(stripe=ipywidgets.IntSlider(value=4, min=1, max=40, description="stripe"))
def draw(stripe):
    display(Image.fromarray(stripes(stripe)))"""
REPLACED = """slider = ipywidgets.IntSlider(value=4, min=1, max=40, description="width")
shown = ipywidgets.Image(value=png(stripes(4)), width=160)
slider.observe(lambda change: setattr(shown, "value", png(stripes(change["new"]))), "value")
display(ipywidgets.VBox([slider, shown]))"""
DEAF = """still = ipywidgets.Image(value=png(stripes(4)), width=160)
display(ipywidgets.VBox([ipywidgets.IntSlider(value=4, max=40, description="deaf"), still]))"""
CHOSEN = """@ipywidgets.interact(side=ipywidgets.Dropdown(options=["left", "right"], description="side"))
def half(side):
    display(Image.fromarray(np.roll(stripes(80), 80 * (side == "right"), axis=1)))"""


@pytest.fixture
def small(tmp_path):
    """A path to a notebook of these cells, with many lines above them, as in a real one."""

    def made(*sources):
        cells = [nbformat.v4.new_markdown_cell("# Stripes\n\n" + "A line.\n\n" * 60)]
        cells += [nbformat.v4.new_code_cell(source) for source in sources]
        path = tmp_path / "stripes.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=clean.KERNEL), path)
        return path

    return made


def test_a_moved_control_changes_its_picture(jupyterlab, small):
    with jupyterlab.open(small(IMPORTS, REDRAWN, REPLACED, CHOSEN, DEAF)) as notebook:
        notebook.run_all(seconds=60)
        for description in ("stripe", "width"):
            before = notebook.picture(description)
            notebook.move(description, 6)
            after = notebook.changed_picture(description, before)
            assert after.shape == before.shape and before.std() > 50, "both show stripes"
            notebook.move(description, -6)
            again = notebook.changed_picture(description, after)
            assert (again == before).mean() > 0.99, "and back where it was"
        before = notebook.picture("side")
        notebook.control("side").locator("select").select_option("right")
        notebook.changed_picture("side", before)
        assert notebook.screenshot("moved").stat().st_size > 10_000
        before = notebook.picture("deaf")
        notebook.move("deaf", 6)
        with pytest.raises(AssertionError, match="the picture of 'deaf' did not change"):
            notebook.changed_picture("deaf", before, seconds=2)


def test_what_a_cell_raises_is_reported(jupyterlab, small):
    with jupyterlab.open(small("1 / 0")) as notebook, pytest.raises(RuntimeError, match="ZeroDivisionError"):
        notebook.run_all(seconds=60)
