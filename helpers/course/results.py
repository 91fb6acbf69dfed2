"""The measured results in `data/results`: read, kept across runs, summed up."""

import json
import math
import statistics
from pathlib import Path

from helpers.scoreboard import figure as figure  # one way to write a figure, for notebooks and for the tools
from helpers.scoreboard import write_results
from helpers.session import PROFILES

write = write_results  # one way to store a result, for notebooks and for the tools


def place(root: Path, number: str) -> Path:
    """Where notebook `number` keeps its published result."""
    return root / "data" / "results" / f"{number}.json"


def read(path: Path) -> dict | None:
    """The result stored at `path`, or None where there is none."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def spread(values: list[float]) -> float:
    """The sample standard deviation over seeds; 0 for one seed."""
    return statistics.stdev(values) if len(values) > 1 else 0.0


def headline(result: dict) -> tuple[dict, dict | None, dict | None, float]:
    """The first metric, the best simple row, the right row, and the margin by which right is better (NaN without)."""
    metric = result["metrics"][0]
    sign = 1 if metric["higher_is_better"] else -1

    def best(role: str) -> dict | None:
        rows = [row for row in result["rows"] if row["role"] == role and metric["name"] in row["values"]]
        return max(rows, key=lambda row: sign * mean(row), default=None)

    def mean(row: dict) -> float:
        return statistics.fmean(row["values"][metric["name"]])

    simple, right = best("simple"), best("right")
    margin = sign * (mean(right) - mean(simple)) if simple and right else math.nan
    return metric, simple, right, margin


def about_run(result: dict) -> dict:
    """What a run cost and where: one entry of `measured`."""
    return {name: result[name] for name in ("seconds", "peak_memory_mb", "date", "device", "versions")}


def measured_block(measured: dict[str, dict]) -> str:
    """The table of minutes and memory per profile that stands between the markers in a notebook's first cell."""
    lines = ["| profile | minutes | peak memory | device | verified |", "|---|---|---|---|---|"]
    for profile in PROFILES:
        if profile in measured:
            entry = measured[profile]
            lines.append(
                f"| {profile} | {entry['seconds'] / 60:.1f} | {entry['peak_memory_mb'] / 1000:.1f} GB "
                f"| {entry['device']} | {entry['date']} |"
            )
    newest = max(measured.values(), key=lambda entry: entry["date"])["versions"]
    names = {"python": "Python", "tensorflow": "TensorFlow", "keras": "Keras", "numpy": "NumPy", "helpers": "helpers"}
    lines += ["", "Verified with " + ", ".join(f"{names[name]} {newest[name]}" for name in names) + "."]
    return "\n".join(lines) + "\n"
