import io

import numpy as np
import pytest
from PIL import Image

from helpers import show
from helpers.scoreboard import Metric, Scoreboard
from helpers.training import History

PICTURES = np.random.default_rng(0).random((6, 16, 16, 3))


@pytest.fixture
def shown(monkeypatch):
    """What was displayed, as Pillow pictures with format, and their alternative texts."""
    outputs = []

    def keep(image):
        outputs.append((Image.open(io.BytesIO(image.data)), image.alt))

    monkeypatch.setattr(show, "display", keep)
    return outputs


def test_a_grid_is_one_small_jpeg_that_holds_the_pictures(shown):
    flat = [np.full((16, 16, 3), (250, 10, 10), np.uint8), np.full((16, 16, 3), (10, 10, 250), np.uint8)]
    show.grid(flat, ["red one", "blue one"], columns=2, description="two colours")
    picture, text = shown[0]
    assert picture.format == "JPEG" and text == "two colours"
    pixels = np.asarray(picture.convert("RGB")).astype(int)
    middle = pixels[pixels.shape[0] * 2 // 3]
    quarter, three_quarters = middle[len(middle) // 4], middle[len(middle) * 3 // 4]
    assert quarter[0] - quarter[2] > 150 and three_quarters[2] - three_quarters[0] > 150


def test_a_grid_takes_floats_grey_pictures_and_an_unfilled_row(shown):
    show.grid([*PICTURES[:4], PICTURES[0, ..., 0]], columns=3, row_names=["a", "b"], description="five")
    assert len(shown) == 1


def test_only_rows_with_titles_are_higher(shown):
    for titles in (None, ["one", "two", *4 * [""]], 6 * ["one"]):
        show.grid(PICTURES, titles, columns=2, description="six")
    heights = [picture.height for picture, _ in shown]
    assert 8 < heights[1] - heights[0] < 24
    assert heights[2] - heights[0] > 2 * (heights[1] - heights[0])


def test_values_for_display():
    np.testing.assert_array_equal(show.as_uint8(np.array([[-1.0, 0.5], [1.0, 2.0]])), [[0, 128], [255, 255]])
    assert show.as_uint8(np.zeros((4, 4, 1), np.uint8)).shape == (4, 4)


def test_plots_are_small_png_and_nothing_is_left_open(shown, session):
    history = History({"loss": [2.0, 1.0], "val_loss": [2.2, 1.4], "accuracy": [0.2, 0.5]}, 2, 1.4)
    show.curves([history, history], ["loss", "accuracy"], labels=["one", "two"], title="net", description="curves")
    show.confusion(np.array([[3, 1], [0, 0]]), ["a", "b"], description="confusion")
    board = Scoreboard(session, "task", "photos", 10, [Metric("accuracy")])
    board.add("SVM", "simple", {"accuracy": 0.6})
    board.add("net", "right", {"accuracy": [0.7, 0.8]}, seeds=[1, 2])
    show.verdict(board, description="verdict")
    assert [picture.format for picture, _ in shown] == ["PNG"] * 3
    assert all(picture.width * picture.height < 1_000_000 for picture, _ in shown)
    assert show.plt.get_fignums() == []


def test_what_has_no_validation_is_drawn_solid_under_a_title_that_does_not_speak_of_it(monkeypatch):
    figures = []
    monkeypatch.setattr(show, "finish", lambda fig, _: figures.append(fig))
    game, both = History({"critic": [2.0, 1.0]}), History({"loss": [2.0, 1.0], "val_loss": [2.2, 1.4]}, 2, 1.4)
    show.curves([game], ["critic"], title="a game", description="curves")
    show.curves([both], ["loss"], title="a net", description="curves")
    assert [fig._suptitle.get_text().split(" · ")[0] for fig in figures] == ["a game", "a net"]
    assert "dashed" not in figures[0]._suptitle.get_text() and "dashed" in figures[1]._suptitle.get_text()
    assert [[line.get_linestyle() for line in fig.axes[0].lines][:2] for fig in figures] == [["-"], ["--", "-"]]


def test_quartiles_name_the_rows_at_a_quarter_a_half_and_three_quarters():
    assert show.quartiles([50.0, 10.0, 40.0, 20.0, 30.0]) == [3, 4, 2]
    assert show.quartiles([3.0]) == [0, 0, 0]


def test_compare_draws_a_column_a_method_and_a_line_a_picture(monkeypatch):
    drawn = {}
    monkeypatch.setattr(show, "grid", lambda pictures, titles, **options: drawn.update(p=pictures, t=titles, **options))
    gallery = {"before": PICTURES, "after": 1 - PICTURES}
    show.compare(gallery, [2, 0], window=[(0, 4, 8, 6), (2, 0, 8, 6)], description="two")
    assert drawn["columns"] == 2 and drawn["t"] == ["before", "after", "", ""]
    np.testing.assert_array_equal(drawn["p"][0], PICTURES[2, 0:8, 4:10])
    np.testing.assert_array_equal(drawn["p"][3], 1 - PICTURES[0, 2:10, 0:6])
    show.compare(gallery, [5], description="whole")
    np.testing.assert_array_equal(drawn["p"][1], 1 - PICTURES[5])
