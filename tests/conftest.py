"""What all tests share: a non-interactive Matplotlib, quiet TensorFlow, no progress bars, no stray settings."""

import os
import sys

import pytest

os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["HELPERS_BATCH"] = "1"  # progress bars are not for saved outputs


def pytest_addoption(parser):
    parser.addoption("--expected", default="", help="numbers of the notebooks whose results are expected")
    parser.addoption("--notebook", default="07", help="which notebook test_bare_copy.py runs, or all")


@pytest.fixture(autouse=True)
def own_results(tmp_path, monkeypatch, request):
    """No unit test writes into the committed results, whatever it runs."""
    if request.node.path.name not in ("quick_gates.py", "same_again.py"):
        monkeypatch.setenv("HELPERS_RESULTS", str(tmp_path / "results"))


@pytest.fixture(autouse=True)
def own_figures():
    """No figure that a test leaves open is seen by the next one."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    """An empty cache folder of this test's own."""
    monkeypatch.setenv("HELPERS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="session")
def session():
    """A started session of notebook 07 in profile quick."""
    import helpers

    return helpers.start("07", profile="quick")
