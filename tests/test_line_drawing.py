import numpy as np
import pytest

from helpers import line_drawing
from helpers.datasets import catalogue

FRAME = [[(0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8), (0.2, 0.2)]]


def test_strokes_become_lines_where_they_were_drawn():
    drawing = line_drawing.from_strokes(FRAME, 64)
    assert drawing.shape == (64, 64) and drawing.dtype == np.uint8
    rows, columns = np.nonzero(drawing < 150)
    assert {rows.min(), rows.max(), columns.min(), columns.max()} <= {12, 13, 50, 51}
    assert np.all(drawing[16:48, 16:48] == 255)


def test_a_line_of_any_width_and_of_either_sign_becomes_the_same():
    thick, thin = np.full((2, 512, 512, 3), 255, np.uint8)
    thick[100:140, 60:450], thin[119:121, 60:450] = 0, 0
    first, second, third = (line_drawing.from_picture(picture, 64) for picture in (thick, thin, 255 - thin))
    np.testing.assert_array_equal(second, third)
    assert np.abs((255.0 - first).sum() / (255.0 - second).sum() - 1) < 0.15


def test_ink_has_the_darkness_of_the_catalogue_s_drawings():
    known = catalogue.drawings(4, 64).drawings
    made = line_drawing.from_strokes(FRAME, 64)
    assert (made.min(), made.max()) == (known.min(), known.max())


def test_a_picture_that_is_not_square_is_padded():
    picture = np.full((100, 200, 3), 255, np.uint8)
    picture[45:55, 20:180] = 0
    drawing = line_drawing.from_picture(picture, 32)
    assert drawing.shape == (32, 32) and np.all(drawing[:6] == 255) and np.any(drawing[14:18] < 150)


def test_an_empty_sketch_is_refused():
    with pytest.raises(ValueError, match="nothing"):
        line_drawing.from_picture(np.full((50, 50, 3), 200, np.uint8), 32)


def test_the_pad_is_a_canvas_with_names_of_its_own(monkeypatch):
    shown = []
    monkeypatch.setattr(line_drawing, "display", lambda html: shown.append(html.data))
    line_drawing.pad(200)
    line_drawing.pad(200)
    assert all('width="200"' in html and "sketch.png" in html for html in shown) and shown[0] != shown[1]


def test_maps_hold_the_drawing_the_filled_outline_and_the_size_of_each_region():
    drawing = np.full((20, 20), 255, np.uint8)
    drawing[2:18, 2:18] = 30
    drawing[3:17, 3:9] = drawing[3:17, 10:17] = 255  # a frame with a line through it
    lines, inside, size = np.moveaxis(line_drawing.maps(drawing[None])[0], -1, 0)
    np.testing.assert_array_equal(lines, drawing)
    assert inside[2:18, 2:18].min() == 255 and inside.sum() == 255 * 16 * 16
    assert size[5, 5] == round(255 * (14 * 6 / 400) ** 0.25) and size[5, 12] == round(255 * (14 * 7 / 400) ** 0.25)
    assert size[5, 9] == size[0, 0] == 0


def test_an_outline_with_a_gap_encloses_nothing():
    drawing = line_drawing.from_strokes([FRAME[0][:-1]], 32)
    inside, size = line_drawing.maps(np.stack([drawing, drawing]))[1, ..., 1:].transpose(2, 0, 1)
    assert inside[16, 16] == 0 and not size.any()


def test_filled_outlines_of_the_catalogue_are_its_products():
    pack = catalogue.drawings(4, 64)
    inside, truth = line_drawing.maps(pack.drawings)[..., 1] > 0, pack.masks > 127
    assert np.all((inside & truth).sum((1, 2)) > 0.7 * (inside | truth).sum((1, 2)))
