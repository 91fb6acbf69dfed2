"""What the cleaner cures, and what it only reports."""

import nbformat
import pytest

from helpers.course import clean

TIMES = {"shell.execute_reply": "2026-08-01T10:00:00Z"}


@pytest.fixture
def path(tmp_path):
    cells = [
        nbformat.v4.new_markdown_cell("# Title", metadata={"id": "colab", "slideshow": {"slide_type": "slide"}}),
        nbformat.v4.new_code_cell(
            "print(1)\nprint(2)", execution_count=4, metadata={"execution": {"shell.execute_reply": "2026"}}
        ),
        nbformat.v4.new_code_cell("2", execution_count=9, metadata={"tags": ["parameters"], "collapsed": True}),
    ]
    cells[1].outputs = [nbformat.v4.new_output("stream", name="stdout", text=text) for text in ("1\n", "2\n")]
    cells[2].outputs = [
        nbformat.v4.new_output("execute_result", data={"text/plain": "2"}, execution_count=9),
        nbformat.v4.new_output("display_data", data={clean.WIDGET: {"model_id": "a"}, "text/plain": "Box()"}),
    ]
    metadata = {"language_info": {"name": "python", "version": "3.11.7"}, "colab": {}}
    place = tmp_path / "07_x.ipynb"
    node = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
    node.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {}}}
    nbformat.write(node, place)
    return place


def test_what_varies_is_cured_and_once_is_enough(path, capsys):
    assert clean.main(["--check", str(path)]) == 1
    assert "is not clean" in capsys.readouterr().out
    assert clean.main([str(path)]) == 0
    assert clean.main(["--check", str(path)]) == 0
    node = nbformat.read(path, as_version=4)
    assert node.metadata == clean.KERNEL
    assert [dict(cell.metadata) for cell in node.cells] == [
        {"slideshow": {"slide_type": "slide"}},
        {},
        {"tags": ["parameters"]},
    ]
    assert [output.text for output in node.cells[1].outputs] == ["1\n2\n"]
    assert [cell.execution_count for cell in node.cells[1:]] == [1, 2]
    assert [output.output_type for output in node.cells[2].outputs] == ["execute_result"]
    assert node.cells[2].outputs[0].execution_count == 2


def test_checking_changes_nothing(path):
    before = path.read_bytes()
    assert clean.clean(path, check=True)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("/home/ann/data", True),
        ("'/Users/ann/x.py'", True),
        ("file /tmp/x", True),
        (r"C:\Users\ann", True),
        ("/private/var/folders/zz", True),
        ("https://example.org/home/page", False),
        ("notebooks/tmp/x", False),
        ("12/work 3", False),
        ("and/or, /3, a ratio of 1:2", False),
        ("~/.cache/helpers", False),
    ],
)
def test_absolute_paths_are_reported(text, refused, path):
    node = nbformat.read(path, as_version=4)
    node.cells[1].outputs[0].text = text
    assert bool(clean.complaints(node)) is refused


def test_unrun_cells_and_standard_error_are_reported_not_hidden(path):
    node = nbformat.read(path, as_version=4)
    node.cells[1].outputs[0].name = "stderr"
    node.cells[2].execution_count = None
    nbformat.write(node, path)
    complaints = clean.clean(path)
    assert complaints == ["cell 1 wrote to standard error", "cell 2 was not executed"]
    assert nbformat.read(path, as_version=4).cells[1].outputs[0].name == "stderr"
