"""How fast the catalogue renders: run as a script for a table; under pytest, one slow test."""

import os
import time

import pytest

from helpers.datasets import catalogue

REQUIRED = 45.0  # pictures a second at 64 px, 2x2 rays, on two cores


def rate(make, n: int, size: int, **chosen) -> float:
    """Pictures a second, with everything compiled and nothing taken from the cache."""
    started = time.perf_counter()
    make(n, size, **chosen)
    return n / (time.perf_counter() - started)


@pytest.mark.slow
def test_renders_fast_enough(tmp_path, monkeypatch):
    monkeypatch.setenv("HELPERS_CACHE", str(tmp_path))
    catalogue.singles(2, 16, seed=0)
    from helpers.datasets.catalogue import render

    cores = min(render.workers_or_default(None), 2)
    best = max(rate(catalogue.singles, 64, 64, seed=seed) for seed in (1, 2))
    assert best >= REQUIRED * cores / 2


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        os.environ["HELPERS_CACHE"] = folder
        started = time.perf_counter()
        catalogue.singles(2, 16, seed=0)
        print(f"first pictures (compiled, or loaded from disk): {time.perf_counter() - started:.1f} s")
        from helpers.datasets.catalogue import render  # not above: importing it compiles

        print(f"threads: {render.workers_or_default(None)}")
        for size, n in ((32, 300), (64, 200), (128, 80)):
            print(f"singles {size:3d} px: {rate(catalogue.singles, n, size, seed=1):6.1f} a second")
        print(f"shelves  96 px: {rate(catalogue.shelves, 40, 96, seed=1):6.1f} a second")
