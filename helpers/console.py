"""What `helpers` says: one-line notices and progress bars that never end up in a saved notebook."""

import contextlib
import os
import sys


def notice(text: str) -> None:
    """Print one line that begins with `note:` to standard output (notebooks treat standard error as a fault)."""
    print(f"note: {text}", flush=True)


@contextlib.contextmanager
def standard_error_silenced():
    """Point file descriptor 2 at the null device: TensorFlow and libtiff write there whatever Python says."""
    sys.stderr.flush()
    kept, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(null)


def progress(iterable, total: int, label: str):
    """Wrap `iterable` in a progress bar where somebody can watch it, and in nothing where nobody can.

    A terminal gets a text bar and a live notebook a widget bar that disappears when it is full. Continuous
    integration (`CI` set) and batch execution (`HELPERS_BATCH` set, as `make run` does) get no bar, since its
    remains would be saved as output.
    """
    if os.environ.get("CI") or os.environ.get("HELPERS_BATCH"):
        return iterable
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if hasattr(shell, "kernel"):
        from tqdm.notebook import tqdm
    elif sys.stderr.isatty():
        from tqdm import tqdm
    else:
        return iterable
    return tqdm(iterable, total=total, desc=label, leave=False)
