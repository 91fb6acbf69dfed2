"""Controls for a notebook's "Try it": sliders, menus, a seam between before and after.

They are for somebody who can move them. In an automatic run (`CI` or `HELPERS_BATCH` set, or no kernel) nothing is
shown, so that no widget without its kernel ends up in a saved file; what the controls call is still called, at their
first and at their last positions, and what it raises ends the run.
"""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from helpers import console, pipeline, show


def control(draw: Callable[..., Any], *given, **ranges) -> None:
    """Show one control for each name in `ranges`, and below them what `draw` shows, anew whenever one is let go.

    Parameters
    ----------
    draw: called as `draw(*given, name=value, …)`; shows a picture. The default value of a parameter is where its
        control starts; without one, a slider starts in the middle and a menu at its first entry.
    ranges: for each name `(lowest, highest)` or `(lowest, highest, step)`, a slider; a list, a menu; or what else
        `ipywidgets.interactive` makes a control of.

    Raises `ValueError` for a range that is none of these, and in an automatic run whatever `draw` raises.
    """
    import ipywidgets  # a third of a second, and most runs show nothing
    from IPython.display import display
    from IPython.utils.capture import capture_output

    has = inspect.signature(draw).parameters
    controls = {name: ipywidgets.interactive.widget_from_abbrev(ranges[name], has[name].default) for name in ranges}
    if unclear := [name for name, made in controls.items() if not hasattr(made, "description")]:
        raise ValueError(f"{unclear[0]} should be (lowest, highest[, step]) or a list, and is {ranges[unclear[0]]!r}")
    if console.is_live_notebook():
        for one in controls.values():
            one.continuous_update = False  # many pictures take longer than the next move
            one.style.description_width = "initial"
        display(ipywidgets.interactive(lambda **values: draw(*given, **values), **controls))
        return
    for position in ({name: one.value for name, one in controls.items()}, {n: _last(c) for n, c in controls.items()}):
        with capture_output():
            draw(*given, **position)


def _last(one):
    """The last position of a control, to which a menu goes."""
    if hasattr(one, "options"):
        one.index = len(one.options) - 1
        return one.value
    return getattr(one, "max", one.value)


def before_after(before, after, *, names=("before", "after")) -> None:
    """One picture with a seam that a slider moves: `after` on the left of it, `before` on the right.

    Both are (height, width, 3) or (height, width, 1), uint8 or floats in [0, 1], and of one size; `names` says what to
    call them. Raises `ValueError` where the sizes differ.
    """

    def draw(seam=50):
        joined(before, after, seam, names=names)

    control(draw, seam=(0, 100, 5))


def joined(before, after, seam: int, *, names=("before", "after")) -> None:
    """Show the first `seam` percent of the columns of `after`, and then those of `before`; arguments as above."""
    before, after = show.as_uint8(before), show.as_uint8(after)
    if before.shape != after.shape:
        raise ValueError(f"both pictures should have one size; they have {before.shape} and {after.shape}")
    column = round(seam / 100 * after.shape[1])
    picture = np.concatenate([after[:, :column], before[:, column:]], axis=1)
    title = f"{names[1]} | {names[0]}"
    show.grid([picture], [title], columns=1, side=4.6, description=f"{title}, with the seam at {seam} %")


def strength(before, after, *, highest: float = 1.5) -> None:
    """A picture and the share of a change in it, which a slider moves from 0, `before`, over 1, `after`, to `highest`.

    Both are (height, width, 3), uint8 or floats in [0, 1], and of one size.
    """
    before, after = (pipeline.to_float(np.asarray(picture)) for picture in (before, after))

    def draw(strength=1.0):
        picture = before + strength * (after - before)
        show.grid([picture], columns=1, side=3.6, description=f"The change at {strength:.0%} of its strength")

    control(draw, strength=(0.0, highest, 0.05))
