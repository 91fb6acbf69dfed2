"""Shared layers, data sets and tools of the thirty notebooks. Cheap to import: TensorFlow comes with `start()`."""

__version__ = "0.1.0"
__all__ = ["start"]


def start(notebook, **options):
    """Begin a notebook: see `helpers.session.start`, which this calls."""
    from helpers.session import start as session_start

    return session_start(notebook, **options)
