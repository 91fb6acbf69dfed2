"""Execute notebooks where a person can watch: `python -m helpers.course.run 07 --profile standard`.

Prints each section as it is reached and what its long cells say, leaves the executed copy in `build/` (in
`build/quick/` for that profile), also of a run that failed part-way, and the result in `data/results/`, and ends
with the verdict table. Exit code 1: a cell failed; 2: there is no such notebook or profile.
"""

import argparse
import os
import re
import sys
import time
from functools import partial
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, DeadKernelError

from helpers.course import PROFILES, ROOT, notebook, readme, results

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
SAY = partial(print, flush=True)
QUIET_SECONDS = 3.0  # a cell that has run for longer than this is shown while it talks


class Client(NotebookClient):
    """An `nbclient` that passes on what a long-running cell prints."""

    began = 0.0
    waiting = ""
    say = staticmethod(SAY)

    def process_message(self, msg, cell, cell_index):
        """Keep the text of a new cell back, and print it once the cell turns out to be a long one."""
        if msg["msg_type"] == "stream" and msg["content"]["name"] == "stdout":
            self.waiting += msg["content"]["text"]
            if time.monotonic() - self.began > QUIET_SECONDS:
                whole, _, self.waiting = self.waiting.rpartition("\n")
                for line in whole.splitlines():
                    self.say(f"        {line}")
        return super().process_message(msg, cell, cell_index)


def execute(path: Path, copy: Path, environment: dict[str, str], *, timeout: int | None = None, say=SAY) -> bool:
    """Execute the notebook at `path` in its own folder and write the executed copy; True where every cell ran.

    Parameters
    ----------
    environment: variables of the kernel's process, on top of this one's.
    timeout: seconds a single cell may take; None: as long as it needs.
    say: prints a line of progress.
    """
    node = nbformat.read(path, as_version=4)
    client = Client(
        node,
        timeout=timeout,
        kernel_name="python3",
        record_timing=False,
        store_widget_state=False,
        extra_arguments=["--IPKernelApp.log_level=CRITICAL"],  # it warns at every start of what is local anyway
        resources={"metadata": {"path": str(path.parent)}},
    )
    for cell in node.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    copy.parent.mkdir(parents=True, exist_ok=True)
    client.say = say
    start, count = time.monotonic(), 0
    try:
        with client.setup_kernel(env={**os.environ, **environment}):
            for index, cell in enumerate(node.cells):
                if title := notebook.heading(cell):
                    say(f"{time.monotonic() - start:6.0f} s  {title}")
                if cell.cell_type == "code" and cell.source.strip():
                    count += 1
                    client.began, client.waiting = time.monotonic(), ""
                    client.execute_cell(cell, index, execution_count=count)
        return True
    except (CellControlSignal, DeadKernelError) as error:  # an exception, a timeout, a kernel that died
        say(f"{time.monotonic() - start:6.0f} s  failed in code cell {count}:\n{COLOUR.sub('', str(error))}")
        return False
    finally:
        nbformat.write(node, copy)
        say(f"{time.monotonic() - start:6.0f} s  executed copy: {copy}")


def run(path: Path, profile: str, root: Path = ROOT, timeout: int | None = None) -> bool:
    """Run one notebook in one profile, print its verdict table, and keep README and results in agreement."""
    number = path.name[:2]
    folder = root / "build" / "quick" if profile == "quick" else root / "build"
    copy = folder / path.name  # a quick look does not replace the copy that data/results stands on
    where = results.place(root, number)
    before = results.read(where) or {}
    print(f"notebook {number}, profile {profile}: {path.name}", flush=True)
    batch = {"HELPERS_PROFILE": profile, "HELPERS_BATCH": "1"}
    worked = execute(path, copy, batch, timeout=timeout)
    after = results.read(where)
    if after and "measured" in before and "measured" not in after:  # what the author measured outlives a new run
        results.write(where, {**after, "measured": before["measured"]})
    readme.write(root)
    table = notebook.Notebook(copy).verdict
    print(f"\n{table.text}\n" if table else "there is no verdict table in the executed copy", flush=True)
    return worked


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="make run", description=__doc__.splitlines()[0])
    parser.add_argument("notebook", help="its number, such as 07, or all")
    parser.add_argument("--profile", default="standard")
    parser.add_argument("--timeout", type=int, help="seconds a single cell may take (default: no limit)")
    asked = parser.parse_args(arguments)
    try:
        if asked.profile not in PROFILES:
            raise ValueError(f"unknown profile {asked.profile!r}; choose one of {', '.join(PROFILES)}")
        paths = notebook.choose(root, asked.notebook)
    except ValueError as error:
        notebook.stop(error)
    try:
        failed = [path.name for path in paths if not run(path, asked.profile, root, asked.timeout)]
    except KeyboardInterrupt:
        print("interrupted", flush=True)
        return 130
    if failed:
        print(f"failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
