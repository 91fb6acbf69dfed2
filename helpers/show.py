"""Figures of one look: picture grids as JPEG, plots as small PNG, every axis labelled, nothing left open."""

import io
import textwrap

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Image, display
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

COLOURS = {
    "chance": "#9aa0a6",
    "simple": "#5b7fb5",
    "tempting": "#c8553d",
    "right": "#2e8b57",
    "ceiling": "#8e6bb0",
    "peer": "#c79a2b",
}
_LOOK = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
    "axes.titlesize": 11,
    "legend.frameon": False,
}


def figure(width: float = 8.0, height: float = 3.2, columns: int = 1, rows: int = 1, **options):
    """A figure of fixed size in inches, in the course's look: `(figure, axes)` as from `plt.subplots`."""
    with plt.rc_context(_LOOK):
        return plt.subplots(rows, columns, figsize=(width, height), layout="constrained", **options)


def finish(fig: Figure, description: str, *, photographic: bool = False, dpi: int = 80) -> None:
    """Show the figure once and close it: JPEG where it is `photographic`, PNG otherwise.

    `description` is the alternative text, for readers who do not see the figure.
    """
    stream = io.BytesIO()
    tight = {"dpi": dpi, "bbox_inches": "tight", "pad_inches": 0.05}
    if photographic:
        fig.savefig(stream, format="jpeg", pil_kwargs={"quality": 80, "optimize": True}, **tight)
    else:
        fig.savefig(stream, format="png", metadata={"Software": None}, pil_kwargs={"optimize": True}, **tight)
    plt.close(fig)
    display(Image(stream.getvalue(), format="jpeg" if photographic else "png", alt=description))


def as_uint8(picture) -> np.ndarray:
    """A picture for display: uint8 as it is, floats clipped to [0, 1] and scaled; one channel is kept as grey."""
    picture = np.asarray(picture)
    if picture.ndim == 3 and picture.shape[-1] == 1:
        picture = picture[..., 0]
    return picture if picture.dtype == np.uint8 else np.round(np.clip(picture, 0, 1) * 255).astype(np.uint8)


def grid(
    pictures,
    titles=None,
    *,
    columns: int = 8,
    side: float = 1.25,
    row_names=None,
    description: str,
    colours=None,
):
    """Pictures in rows of `columns`, each `side` inches wide, under short titles.

    Parameters
    ----------
    pictures: sequence of (height, width[, 3]) arrays, uint8 or floats in [0, 1].
    titles: a text over each picture; long ones are broken.
    row_names: a text left of each row.
    description: alternative text.
    colours: a colour for each title.
    """
    pictures = [as_uint8(picture) for picture in pictures]
    rows = -(-len(pictures) // columns)
    breaks = max(8, round(side * 11))
    titles = ["\n".join(textwrap.wrap(str(text), breaks)) for text in titles] if titles is not None else None
    lines = [text.count("\n") + 1 if text else 0 for text in titles or []]
    title_lines = sum(max(lines[row : row + columns]) for row in range(0, len(lines), columns))
    left = 0.9 if row_names is not None else 0
    height = rows * side + 0.17 * title_lines + 0.1
    fig, axes = figure(columns * side + left, height, columns, rows, squeeze=False)
    for i, axis in enumerate(axes.flat):
        axis.grid(False)
        axis.set(xticks=[], yticks=[])
        axis.spines[:].set_visible(False)
        if i < len(pictures):
            axis.imshow(
                pictures[i],
                cmap="gray",
                vmin=0,
                vmax=255,
                interpolation="nearest" if side < 2 and pictures[i].shape[1] <= 96 * side else "antialiased",
            )
            if titles:
                axis.set_title(titles[i], fontsize=8, pad=2.5, color=colours[i] if colours else "black")
        if row_names is not None and i % columns == 0:
            axis.set_ylabel(row_names[i // columns], rotation=0, ha="right", va="center", fontsize=9)
    finish(fig, description, photographic=True, dpi=96)


def quartiles(scores) -> list[int]:
    """The rows of the first quarter, the median and the third quarter when ranked by `scores`: typical, not picked."""
    ranks = np.argsort(scores)
    return [int(ranks[len(ranks) * k // 4]) for k in (1, 2, 3)]


def compare(gallery, rows, *, window=None, side: float = 1.7, row_names=None, description: str):
    """The same pictures from several methods side by side: one column a method, one line a picture.

    Parameters
    ----------
    gallery: mapping of a title to a batch (n, height, width[, 3]).
    rows: which pictures of the batches.
    window: (top, left, height, width) in pixels, to show a part of each; or one such tuple for every row.
    """
    windows = [window] * len(rows) if window is None or np.ndim(window) == 1 else window
    pictures = []
    for row, part in zip(rows, windows, strict=True):
        top, left, height, width = part or (0, 0, None, None)
        area = (slice(top, height and top + height), slice(left, width and left + width))
        pictures += [batch[row][area] for batch in gallery.values()]
    titles = [*gallery] + [""] * (len(pictures) - len(gallery))
    grid(pictures, titles, columns=len(gallery), side=side, row_names=row_names, description=description)


def curves(histories, keys, *, labels=None, title: str, description: str, best: bool = True):
    """Training curves: one line a training for each logged quantity in `keys`, one panel a quantity.

    `histories`: `helpers.training.History` objects. A quantity is drawn with its validation twin where there is one.
    """
    twins = any(f"val_{key}" in history.logs for history in histories for key in keys)
    fig, axes = figure(max(6.4, 4.2 * len(keys)), 3.0, len(keys), squeeze=False)
    for axis, key in zip(axes.flat, keys, strict=True):
        for i, history in enumerate(histories):
            epochs = np.arange(1, history.epochs + 1)
            colour = f"C{i}"
            label = labels[i] if labels else None
            if key in history.logs and f"val_{key}" in history.logs:
                axis.plot(epochs, history.logs[key], "--", color=colour, alpha=0.5, lw=1)
            elif key in history.logs:
                axis.plot(epochs, history.logs[key], color=colour, lw=1.8, label=label)
            if f"val_{key}" in history.logs:
                axis.plot(epochs, history.logs[f"val_{key}"], color=colour, lw=1.8, label=label)
            if best and history.best_epoch and f"val_{key}" in history.logs:
                axis.plot(
                    history.best_epoch,
                    history.logs[f"val_{key}"][history.best_epoch - 1],
                    "o",
                    color=colour,
                    ms=5,
                )
        axis.set(xlabel=histories[0].unit, ylabel=key.replace("_", " "))
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    fig.suptitle(title + " · dashed: training, solid: validation, dot: kept" * twins, fontsize=10)
    if labels:
        handles = dict(zip(*reversed(axes.flat[0].get_legend_handles_labels()), strict=True))
        fig.legend(handles.values(), handles, loc="outside lower center", ncols=min(6, len(handles)), frameon=False)
    finish(fig, description)


def verdict(board, metric: str | None = None, *, description: str):
    """One metric of the scoreboard (the headline without a name): a dot a method, a tick a seed.

    Shares are drawn from 0; decibels and the like from just below the smallest value, where 0 means nothing.
    """
    chosen = next(m for m in board.metrics if metric in (None, m.name))
    means = [board.mean(row.name, chosen.name) for row in board.rows]
    start = 0.0 if not chosen.unit else np.floor(min(means)) - 1
    fig, axis = figure(8.0, 0.42 * len(means) + 0.8)
    for i, (row, mean) in enumerate(zip(board.rows, means, strict=True)):
        axis.hlines(i, start, mean, color=COLOURS[row.role], lw=5, alpha=0.45)
        axis.plot(mean, i, "o", color=COLOURS[row.role], ms=9)
        if len(row.seeds) > 1:
            axis.plot(row.values[chosen.name], np.full(len(row.seeds), i), "|", color="black", ms=11)
        text, end = f"{mean:.{chosen.digits}f}", max([mean, *row.values[chosen.name]])  # behind the last seed's tick
        axis.annotate(text, (end, i), (9, 0), textcoords="offset points", va="center", fontsize=9)
    axis.set(yticks=range(len(means)), yticklabels=[row.name for row in board.rows], ylim=(len(means) - 0.5, -0.5))
    axis.set(xlabel=f"{chosen.name} ({chosen.unit})" if chosen.unit else chosen.name)
    axis.set_xlim(start, start + 1.12 * (max(means) - start))
    axis.grid(axis="y", visible=False)
    finish(fig, description)


def confusion(matrix, names, *, description: str):
    """A confusion matrix as shares of each true class, with the counts written in. Rows are the truth."""
    matrix = np.asarray(matrix)
    shares = matrix / np.maximum(matrix.sum(1, keepdims=True), 1)
    fig, axis = figure(6.4, 5.2)
    axis.grid(False)
    drawn = axis.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (i, j), count in np.ndenumerate(matrix):
        if count:
            axis.text(
                j,
                i,
                count,
                ha="center",
                va="center",
                fontsize=8,
                color="white" if shares[i, j] > 0.55 else "black",
            )
    axis.set(
        xticks=range(len(names)),
        yticks=range(len(names)),
        yticklabels=names,
        xlabel="predicted",
        ylabel="true",
    )
    axis.set_xticklabels(names, rotation=45, ha="right")
    fig.colorbar(drawn, ax=axis, label="share of the true class", shrink=0.8)
    finish(fig, description)
