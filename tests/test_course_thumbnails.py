"""Thumbnails: cut out of the committed figures by a stated rule, and in agreement with them."""

import base64
import io
import json

import nbformat
import numpy as np
import pytest
from PIL import Image

from helpers.course import ROOT, notebook, thumbnails

COLOURS = {(row, column): (40 + 40 * row, 30 * column, 90) for row in range(3) for column in range(5)}


def grid(*, left=90, side=120, pitch=130, columns=5, sketch=False):
    """A figure as `helpers.show.grid` draws it: square panels on white, a text left of each row."""
    figure = Image.new("RGB", (left + columns * pitch, 20 + 3 * 150), "white")
    for (row, column), colour in COLOURS.items():
        if column < columns and not (sketch and column == 0):
            figure.paste(colour, (left + column * pitch, 20 + 150 * row, left + column * pitch + side, 140 + 150 * row))
    figure.paste((0, 0, 0), (5, 60, 40, 66))
    return figure


def jpeg(figure):
    stream = io.BytesIO()
    figure.save(stream, "JPEG", quality=80)
    return base64.b64encode(stream.getvalue()).decode()


@pytest.fixture
def course(tmp_path):
    """A checkout of one notebook that shows the given figures in its verdict."""

    def made(*figures, choice=None):
        for folder in ("notebooks", "data/thumbnails"):
            (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        shown = [nbformat.v4.new_output("display_data", {"image/jpeg": jpeg(figure)}) for figure in figures]
        plot = nbformat.v4.new_output("display_data", {"image/png": "a plot"})
        cells = [
            nbformat.v4.new_markdown_cell("## The data"),
            nbformat.v4.new_code_cell("look()", outputs=shown[:1]),
            nbformat.v4.new_markdown_cell("## The verdict"),
            nbformat.v4.new_code_cell("show()", outputs=[plot, *shown[1:]]),
            nbformat.v4.new_markdown_cell("## Try it"),
        ]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "notebooks" / "07_x.ipynb")
        if choice:
            text = json.dumps({"07": choice})
            (tmp_path / "data" / "thumbnails" / "panels.json").write_text(text, encoding="utf-8")
        return tmp_path

    return made


def centres(root, columns, rows):
    """The colours in the middle of each panel of the stored thumbnail."""
    picture = np.asarray(Image.open(thumbnails.place(root, "07")), int)
    height, width = picture.shape[:2]
    assert (width, height) == (320, 160)
    ys, xs = ((np.arange(count) + 0.5) * size / count for count, size in ((rows, height), (columns, width)))
    return [picture[int(y), int(x)] for y in ys for x in xs]


def test_the_usual_thumbnail_is_the_first_panel_and_the_last_but_one_of_the_verdicts_first_picture(course):
    root = course(Image.new("RGB", (400, 200), "red"), grid())
    assert thumbnails.write(root) is False and thumbnails.write(root, check=True) is True
    np.testing.assert_allclose(centres(root, 2, 1), [COLOURS[0, 0], COLOURS[0, 3]], atol=12)


def test_a_choice_names_figure_and_panels(course):
    chosen = [[row, column] for row in (1, 2) for column in range(4)]
    root = course(grid(), grid(), grid(left=100), choice={"figure": 1, "panels": chosen})
    thumbnails.write(root)
    np.testing.assert_allclose(centres(root, 4, 2), [COLOURS[tuple(panel)] for panel in chosen], atol=14)


def test_a_drawing_on_white_paper_counts_as_a_panel():
    assert [len(row) for row in thumbnails.panels(grid(left=4))] == [5, 5, 5]
    assert [len(row) for row in thumbnails.panels(grid(left=4, sketch=True))] == [5, 5, 5]
    assert [len(row) for row in thumbnails.panels(grid(left=90, sketch=True))] == [4, 4, 4]  # room for a text only


def test_a_panel_that_is_not_there_is_named_with_those_that_are(course):
    root = course(grid(), grid(), choice={"figure": 0, "panels": [[0, 0], [3, 1]]})
    with pytest.raises(ValueError, match=r"panels\.json asks for .*row by row, \[\[5, 5, 5\]\]"):
        thumbnails.write(root)


def test_a_figure_that_is_no_grid_gives_its_upper_part(course):
    figure = Image.new("RGB", (400, 400), "white")
    figure.paste((200, 0, 0), (0, 0, 400, 200))
    root = course(figure, figure)
    thumbnails.write(root)
    np.testing.assert_allclose(centres(root, 1, 1), [(200, 0, 0)], atol=12)


def test_change_is_found_mended_and_not_made_by_check(course):
    root = course(grid(), grid())
    stale = thumbnails.place(root, "30")
    stale.write_bytes(b"of a notebook that is gone")
    assert thumbnails.write(root, check=True) is False
    assert stale.exists() and not thumbnails.place(root, "07").exists()
    thumbnails.write(root)
    assert not stale.exists()
    kept = thumbnails.place(root, "07").read_bytes()
    with Image.open(io.BytesIO(kept)) as picture:
        picture.save(thumbnails.place(root, "07"), quality=92)  # as another encoder would write it
    other = thumbnails.place(root, "07").read_bytes()
    assert other != kept and thumbnails.write(root) is True and thumbnails.place(root, "07").read_bytes() == other
    course(grid(), grid(left=4, columns=4))
    assert thumbnails.write(root, check=True) is False
    course(Image.new("RGB", (400, 200), "red"))
    assert thumbnails.write(root) is False and not thumbnails.place(root, "07").exists(), "no picture in the verdict"


def test_every_notebook_has_a_small_thumbnail_with_something_on_it():
    for path in notebook.find(ROOT):
        stored = thumbnails.place(ROOT, path.name[:2])
        assert stored.exists(), f"run `python -m helpers.course.readme` for {path.name}"
        assert stored.stat().st_size < 25_000
        with Image.open(stored) as picture:
            assert picture.size == (thumbnails.WIDTH, thumbnails.HEIGHT)
            paper = (np.asarray(picture.convert("RGB")).min(axis=2) > 240).mean()
        assert paper < 0.75, f"{stored.name} is nearly empty"


def test_every_choice_belongs_to_a_notebook():
    choices = json.loads((ROOT / "data" / "thumbnails" / "panels.json").read_text(encoding="utf-8"))
    assert set(choices) <= {path.name[:2] for path in notebook.find(ROOT)}
    for choice in choices.values():
        assert set(choice) == {"figure", "panels"} and len(choice["panels"]) in (2, 8)
