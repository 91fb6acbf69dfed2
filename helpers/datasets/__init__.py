"""The pictures of the course: real garments, real thumbnails, and products rendered with exact labels.

`photos`, `fashion_mnist`, `Dataset`, `Split` and the package `catalogue` are loaded when first used, so that
importing this package costs nothing.
"""

import importlib

_HOMES = {"photos": "clothing", "fashion_mnist": "fashion", "Dataset": "sets", "Split": "sets"}
__all__ = ["Dataset", "Split", "catalogue", "fashion_mnist", "photos"]


def __getattr__(name: str):
    """Import the module behind `name` on first use and remember what it gave."""
    if name == "catalogue":
        return importlib.import_module("helpers.datasets.catalogue")
    if name not in _HOMES:
        raise AttributeError(f"helpers.datasets has no {name!r}; it has {', '.join(__all__)}")
    found = getattr(importlib.import_module(f"helpers.datasets.{_HOMES[name]}"), name)
    globals()[name] = found
    return found


def __dir__():
    return sorted({*globals(), *__all__})
