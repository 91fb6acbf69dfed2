"""What `helpers` says: one-line notices and progress bars that never end up in a saved notebook."""

import contextlib
import os
import sys
import threading

_ONE_AT_A_TIME = threading.RLock()


def notice(text: str) -> None:
    """Print one line that begins with `note:` to standard output (notebooks treat standard error as a fault)."""
    print(f"note: {text}", flush=True)


@contextlib.contextmanager
def standard_error_silenced():
    """Point file descriptor 2 at the null device: TensorFlow and libtiff write there whatever Python says.

    One thread at a time, as there is one descriptor: two that overlap would leave it pointing at nothing.
    """
    with _ONE_AT_A_TIME:
        sys.stderr.flush()
        kept, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(null, 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(null)


def is_batch() -> bool:
    """Whether nobody watches: continuous integration (`CI` set) or batch execution (`HELPERS_BATCH`, as `make run`)."""
    return bool(os.environ.get("CI") or os.environ.get("HELPERS_BATCH"))


def is_live_notebook() -> bool:
    """Whether somebody may be watching a notebook: it has a kernel, and is not executed in a batch."""
    ipython = sys.modules.get("IPython")
    return not is_batch() and hasattr(ipython.get_ipython() if ipython else None, "kernel")


def progress(iterable, total: int, label: str):
    """Wrap `iterable` in a progress bar where somebody can watch it, and in nothing where nobody can.

    A terminal gets a text bar and a live notebook a widget bar that disappears when it is full. A batch gets no bar,
    since its remains would be saved as output.
    """
    if is_live_notebook():
        from tqdm.notebook import tqdm
    elif sys.stderr.isatty() and not is_batch():
        from tqdm import tqdm
    else:
        return iterable
    return tqdm(iterable, total=total, desc=label, leave=False)
