"""No group (a SKU, a recording, a class) lies in two parts of the data: checked from the labels the notebooks use."""

import json
import os
from itertools import combinations

import nbformat
import pytest
from nbclient import NotebookClient

from helpers.course import ROOT, notebook

# Every notebook that recognises things says in `groups` which groups each part of its data holds.
GROUPED = ("08", "09", "10", "18", "29")
PROBE = "import json\nprint(json.dumps({part: [int(group) for group in of] for part, of in groups.items()}))"


def straddling(groups):
    """What is wrong with a dict of part -> groups of its items: parts that are empty, pairs of parts that share one."""
    empty = [f"{part} is empty" for part, of in groups.items() if not len(of)]
    shared = {(a, b): set(groups[a]) & set(groups[b]) for a, b in combinations(groups, 2)}
    return empty + [f"{a} and {b} share {len(both)} groups" for (a, b), both in shared.items() if both]


def test_the_check_finds_what_it_is_for():
    assert straddling({"train": [1, 1, 2], "test": [3]}) == []
    assert straddling({"train": [1, 2], "validation": [], "test": [2, 2, 4]}) == [
        "validation is empty",
        "train and test share 1 groups",
    ]


@pytest.mark.parametrize("path", [p for p in notebook.find(ROOT) if p.name[:2] in GROUPED], ids=lambda p: p.stem)
def test_no_group_is_in_two_parts(path):
    node = nbformat.read(path, as_version=4)
    titles = [notebook.heading(cell) for cell in node.cells]
    end = titles.index("What a simple method gives")
    node.cells = [*node.cells[:end], nbformat.v4.new_code_cell(PROBE)]
    client = NotebookClient(
        *(node,),
        timeout=240,
        kernel_name="python3",
        extra_arguments=["--IPKernelApp.log_level=CRITICAL"],
        resources={"metadata": {"path": str(path.parent)}},
    )
    with client.setup_kernel(env={**os.environ, "HELPERS_PROFILE": "quick", "HELPERS_BATCH": "1"}):
        for index, cell in enumerate(node.cells):
            client.execute_cell(cell, index)
    groups = json.loads(node.cells[-1].outputs[0].text)
    assert len(groups) >= 2
    assert straddling(groups) == []
