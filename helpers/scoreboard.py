"""The verdict: rows measured in this run, gates that must hold, and the file that README and tests read."""

import json
import os
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

ROLES = ("chance", "simple", "tempting", "right", "ceiling", "peer")


@dataclass(frozen=True)
class Metric:
    """A column: its name, unit ("" for shares), whether more is better, digits shown."""

    name: str
    unit: str = ""
    higher_is_better: bool = True
    digits: int = 3


@dataclass
class Row:
    """A method: name, role, and for each metric the value of every seed."""

    name: str
    role: str
    seeds: list[int]
    values: dict[str, list[float]]


def results_folder() -> Path:
    """Where results go: `HELPERS_RESULTS`, else the checkout's `data/results`, else `results` in the current folder."""
    chosen = os.environ.get("HELPERS_RESULTS")
    if chosen:
        return Path(chosen)
    checkout = Path(__file__).resolve().parent.parent / "data" / "results"
    return checkout if checkout.is_dir() else Path("results")


def write_results(place: Path, results: Mapping) -> None:
    """Write results as JSON to the file `place`, whole or not at all; its folder is made where it is missing."""
    place.parent.mkdir(parents=True, exist_ok=True)
    half = place.with_suffix(f".half-{os.getpid()}")
    half.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(half, place)


def figure(values: Sequence[float], digits: int) -> str:
    """`0.763 ± 0.008`, mean and standard deviation over several seeds (n - 1 in the denominator); `0.677` for one."""
    mean = f"{np.mean(values):.{digits}f}"
    return f"{mean} ± {np.std(values, ddof=1):.{digits}f}" if len(values) > 1 else mean


@dataclass
class Scoreboard:
    """The table of one notebook. The first metric is the headline.

    Parameters
    ----------
    session: from `helpers.start`.
    title: the question's task in a few words.
    data_source: `Dataset.source`.
    test_size: how many test pictures every row was measured on.
    metrics: the columns.
    """

    session: object
    title: str
    data_source: str
    test_size: int
    metrics: Sequence[Metric]
    rows: list[Row] = field(default_factory=list)
    gates: list[dict] = field(default_factory=list)
    run: str = field(default_factory=lambda: uuid.uuid4().hex[:8])

    def add(self, name: str, role: str, values: Mapping[str, float | Sequence[float]], seeds: Sequence[int] = ()):
        """Add a row: `values` holds, for every metric, one number or one per seed.

        Raises `ValueError` for an unknown role, a repeated name, a missing metric, a number that is not finite, or
        different numbers of seeds.
        """
        if role not in ROLES:
            raise ValueError(f"role must be one of {', '.join(ROLES)}, got {role!r}")
        if any(row.name == name for row in self.rows):
            raise ValueError(f"there is a row {name!r} already")
        names = [metric.name for metric in self.metrics]
        if sorted(values) != sorted(names):
            raise ValueError(f"row {name!r} needs a value for each of {', '.join(names)}, got {', '.join(values)}")
        lists = {key: np.atleast_1d(np.asarray(values[key], float)).tolist() for key in names}
        if not all(np.isfinite(numbers).all() for numbers in lists.values()):
            raise ValueError(f"row {name!r} holds a number that is not finite")
        counts = {len(numbers) for numbers in lists.values()} | ({len(seeds)} if len(seeds) else set())
        if len(counts) > 1:
            raise ValueError(f"row {name!r}: every metric needs one value per seed, got {sorted(counts)} values")
        self.rows.append(Row(name, role, [int(seed) for seed in seeds], lists))

    def row(self, name: str) -> Row:
        """The row of that name; raises `KeyError` naming the rows there are."""
        for row in self.rows:
            if row.name == name:
                return row
        raise KeyError(f"no row {name!r}; there are {', '.join(row.name for row in self.rows)}")

    def mean(self, name: str, metric: str) -> float:
        """Mean over seeds of one cell of the table."""
        return float(np.mean(self.row(name).values[metric]))

    def text(self) -> str:
        """The table as aligned text; spread is the standard deviation over seeds (n - 1 in the denominator)."""
        heads = [
            m.name + (f" ({m.unit})" if m.unit else "") + (" ↑" if m.higher_is_better else " ↓") for m in self.metrics
        ]
        lines = [["method", "role", *heads]]
        for row in self.rows:
            cells = []
            for metric in self.metrics:
                cells.append(figure(row.values[metric.name], metric.digits))
            lines.append([row.name, row.role, *cells])
        widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
        table = [
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
        ]
        head = (
            f"notebook {self.session.notebook} · profile {self.session.profile} · data {self.data_source} · "
            f"test n={self.test_size} · run {self.run}"
        )
        return "\n".join([head, *table])

    def show(self) -> None:
        """Print the table."""
        print(self.text())

    def gate(self, row: str, metric: str, threshold: float, rejects: Sequence[str] = ()) -> None:
        """Demand that every seed of `row` reaches `threshold`, and that every row in `rejects` does not.

        Raises `AssertionError` with the numbers where either fails: a threshold that lets the baseline or the wrong
        answer pass proves nothing.
        """
        chosen = next(m for m in self.metrics if m.name == metric)

        def reaches(value):
            return value >= threshold if chosen.higher_is_better else value <= threshold

        values = self.row(row).values[metric]
        word = "at least" if chosen.higher_is_better else "at most"
        if not all(reaches(value) for value in values):
            raise AssertionError(f"{row}: {metric} must be {word} {threshold:g}, got {[round(v, 4) for v in values]}")
        lenient = [name for name in rejects if any(reaches(value) for value in self.row(name).values[metric])]
        if lenient:
            raise AssertionError(
                f"a {metric} of {word} {threshold:g} would also pass {', '.join(lenient)}: the gate is too loose"
            )
        gate = {
            "metric": metric,
            "row": row,
            "threshold": float(threshold),
            "rejects": list(rejects),
            "passed": True,
        }
        self.gates.append(gate)
        print(
            f"gate passed: {row}, {metric} {word} {threshold:g}; refused: {', '.join(rejects) or 'nothing to refuse'}"
        )

    def results(self) -> dict:
        """All of it as JSON values."""
        session = self.session
        return {
            "notebook": session.notebook,
            "title": self.title,
            "profile": session.profile,
            "data_source": self.data_source,
            "device": session.device,
            "versions": session.versions(),
            "seconds": round(session.seconds(), 1),
            "peak_memory_mb": round(session.peak_memory_mb()),
            "date": session.date(),
            "run": self.run,
            "test_size": self.test_size,
            "metrics": [vars(metric) for metric in self.metrics],
            "rows": [vars(row) for row in self.rows],
            "gates": self.gates,
        }

    def save(self) -> None:
        """Write the results (`NN.json`, in profile quick `NN.quick.json`), whole or not at all, and print one line.

        Raises `AssertionError` where no gate was declared. The kept trainings of this run are deleted.
        """
        if not self.gates:
            raise AssertionError("no gate was declared: a notebook says what must hold before it saves its results")
        place = results_folder() / f"{self.session.notebook}{'.quick' if self.session.profile == 'quick' else ''}.json"
        results = self.results()
        write_results(place, results)
        from helpers import training

        training.forget(self.session)
        print(f"saved {place.name}: {results['seconds']:.0f} s, peak memory {results['peak_memory_mb'] / 1000:.1f} GB")
