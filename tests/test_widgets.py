"""Controls start where they should, redraw when moved, and show nothing in a run that nobody watches."""

import ipywidgets
import numpy as np
import pytest

from helpers import widgets


@pytest.fixture
def grids(monkeypatch):
    """The pictures that were shown."""
    shown = []
    monkeypatch.setattr(widgets.show, "grid", lambda pictures, *_, **__: shown.extend(pictures))
    return shown


@pytest.fixture
def live(monkeypatch):
    """As if somebody watched: what was displayed."""
    displayed = []
    monkeypatch.setattr(widgets.console, "is_live_notebook", lambda: True)
    monkeypatch.setattr("IPython.display.display", displayed.append)
    return displayed


def test_an_automatic_run_only_tries_both_ends(capsys):
    calls = []

    def draw(name, number=2, share=0.25, kind="mug"):
        calls.append((name, number, share, kind))
        print("drawn")

    widgets.control(draw, "given", number=(0, 9), share=(0.0, 1.0, 0.25), kind=["bag", "mug", "boot"])
    assert calls == [("given", 2, 0.25, "mug"), ("given", 9, 1.0, "boot")]
    assert capsys.readouterr().out == ""


def test_what_is_raised_at_the_far_end_ends_an_automatic_run():
    with pytest.raises(ZeroDivisionError):
        widgets.control(lambda number=0: 1 / (9 - number), number=(0, 9))


def test_without_a_default_a_slider_starts_in_the_middle_and_a_menu_at_its_first():
    calls = []
    widgets.control(lambda number, kind: calls.append((number, kind)), number=(0, 8), kind=["bag", "mug"])
    assert calls == [(4, "bag"), (8, "mug")]


@pytest.mark.parametrize("menu", [{"a bag": "bag", "a mug": "mug"}, [("a bag", "bag"), ("a mug", "mug")]])
def test_a_menu_may_call_its_values_something_else(menu):
    calls = []
    widgets.control(lambda kind: calls.append(kind), kind=menu)
    assert calls == ["bag", "mug"]


def test_what_is_no_range_is_refused():
    with pytest.raises(ValueError, match=r"number should be \(lowest"):
        widgets.control(lambda number: None, number=object())


def test_moved_controls_draw_anew(live):
    calls = []
    widgets.control(lambda name, number=2, on=True: calls.append((number, on)), "given", number=(0, 9), on=True)
    (shown,) = live
    slider, box, _ = shown.children
    assert isinstance(slider, ipywidgets.IntSlider) and not slider.continuous_update
    slider.value = 7
    box.value = False
    assert calls == [(2, True), (7, True), (7, False)]


def test_the_seam_parts_after_from_before(grids):
    before, after = np.zeros((4, 10, 3), np.uint8), np.ones((4, 10, 3))
    widgets.joined(before, after, 30)
    assert (grids[0][:, :3] == 255).all() and (grids[0][:, 3:] == 0).all()
    grids.clear()
    widgets.before_after(before, after)
    assert [picture.mean() / 255 for picture in grids] == [0.5, 1.0]
    widgets.joined(before[..., :1], after[..., :1], 50)
    assert grids[-1].shape == (4, 10)


def test_pictures_of_two_sizes_have_no_seam():
    with pytest.raises(ValueError, match=r"one size.*\(4, 4, 3\) and \(8, 8, 3\)"):
        widgets.before_after(np.zeros((4, 4, 3)), np.zeros((8, 8, 3)))


def test_strength_goes_on_beyond_the_whole_change(grids):
    before, after = np.full((2, 2, 3), 51, np.uint8), np.full((2, 2, 3), 0.4, np.float32)
    widgets.strength(before, after, highest=2.0)
    np.testing.assert_allclose([np.mean(picture) for picture in grids], [0.4, 0.6], atol=1e-6)
