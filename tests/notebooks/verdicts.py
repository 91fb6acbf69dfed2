"""What any stored result must be: each rule takes the JSON of one run and returns its complaints (none: good).

The threshold of a gate
-----------------------
Three seeds have mean m and sample standard deviation s. The tightest threshold allowed is t = m - 3 s (m + 3 s where
less is better). Authors round t towards lenient to a readable number, in steps of ten times the last digit shown
(0.01 for an accuracy shown with three digits, 0.1 for decibels shown with two): so a threshold is calibrated where it
lies between t - step and t. Tighter, and chance on another machine would break the notebook: s from three seeds is
below half of the true spread in one case of five (1 - exp(-1/4)), so nothing may be shaved off. Looser, and
the gate would stop telling a fault from luck. Calibration is asked of published runs only; a run of somebody
else's has another m and s, and has to *pass* the gate.
"""

import datetime
import math
import re
import statistics
from pathlib import Path

from helpers.course import PROFILES, results
from helpers.course.notebook import ROLES, Notebook, Verdict

FIELDS = {
    "notebook": str,
    "title": str,
    "profile": str,
    "data_source": str,
    "device": str,
    "versions": dict,
    "seconds": (int, float),
    "peak_memory_mb": (int, float),
    "date": str,
    "run": str,
    "test_size": int,
    "metrics": list,
    "rows": list,
    "gates": list,
}
METRIC = {"name": str, "unit": str, "higher_is_better": bool, "digits": int}
ROW = {"name": str, "role": str, "seeds": list, "values": dict}
GATE = {"metric": str, "row": str, "threshold": (int, float), "rejects": list, "passed": bool}
VERSIONS = dict.fromkeys(("python", "tensorflow", "keras", "numpy", "helpers"), str)


def _typed(value: object, fields: dict, where: str) -> list[str]:
    """Fields that are missing or of another type."""
    if not isinstance(value, dict):
        return [f"{where} should be an object with fields"]
    found = [f"{where} lacks {name}" for name in fields if name not in value]
    for name, kind in fields.items():
        is_wrong = name in value and (
            not isinstance(value[name], kind) or (isinstance(value[name], bool) and kind is not bool)
        )
        if is_wrong:
            found.append(f"{where}: {name} has the wrong type, {type(value[name]).__name__}")
    return found


def result_is_complete(result: dict) -> list[str]:
    """Every field is there with its type, every row has a finite value of every metric for every seed."""
    found = _typed(result, FIELDS, "the result")
    if found:
        return found
    found += _typed(result["versions"], VERSIONS, "versions")
    for kind, fields in (("metrics", METRIC), ("rows", ROW), ("gates", GATE)):
        for item in result[kind]:
            found += _typed(item, fields, kind)
    if found or not result["metrics"] or not result["rows"]:
        return found or ["there are no metrics or no rows"]
    metrics = [metric["name"] for metric in result["metrics"]]
    names = [row["name"] for row in result["rows"]]
    checks = {
        f"unknown profile {result['profile']}": result["profile"] in PROFILES,
        f"the run {result['run']!r} should be 8 hexadecimal digits": bool(re.fullmatch("[0-9a-f]{8}", result["run"])),
        "two rows have the same name": len(set(names)) == len(names),
        "seconds, memory and test size should be above 0": min(
            result["seconds"], result["peak_memory_mb"], result["test_size"]
        )
        > 0,
    }
    found += [complaint for complaint, holds in checks.items() if not holds]
    try:
        datetime.date.fromisoformat(result["date"])
    except ValueError:
        found.append(f"the date {result['date']!r} should be YYYY-MM-DD")
    for row in result["rows"]:
        if row["role"] not in ROLES:
            found.append(f"row {row['name']} has the unknown role {row['role']}")
        if sorted(row["values"]) != sorted(metrics):
            found.append(f"row {row['name']} has values of {sorted(row['values'])}, not of {sorted(metrics)}")
        for name, values in row["values"].items():
            if not values or (row["seeds"] and len(values) != len(row["seeds"])):
                found.append(f"row {row['name']}: {name} needs one value per seed")
            elif not all(isinstance(v, int | float) and math.isfinite(v) for v in values):
                found.append(f"row {row['name']}: {name} is not finite")
    return found


def rows_are_enough(result: dict, tempting_trains: bool = True) -> list[str]:
    """A simple method, the tempting answer (where it trains at all), and the right model over three seeds."""
    roles = [row["role"] for row in result["rows"]]
    wanted = ["simple", "right"] + (["tempting"] if tempting_trains else [])
    found = [f"there is no row of role {role}" for role in wanted if role not in roles]
    for row in result["rows"]:
        if row["role"] == "right" and len(set(row["seeds"])) < 3:
            found.append(f"the right row {row['name']} has {len(set(row['seeds']))} seeds; at least 3")
    return found


def result_agrees_with_table(result: dict, verdict: Verdict) -> list[str]:
    """The JSON and the printed table come from one run and say the same."""
    shared = {"notebook": result["notebook"], "profile": result["profile"], "data": result["data_source"]}
    shared |= {"test_size": result["test_size"], "run": result["run"]}
    found = [
        f"{name}: the table says {getattr(verdict, name)}, the result {value}"
        for name, value in shared.items()
        if getattr(verdict, name) != value
    ]
    stored = [
        (row["name"], row["role"], [results.figure(row["values"][m["name"]], m["digits"]) for m in result["metrics"]])
        for row in result["rows"]
    ]
    if stored != verdict.rows:
        found.append(f"the table's rows are {verdict.rows}, the result's {stored}")
    return found


def table_of_run(root: Path, result: dict) -> Verdict | None:
    """The table that this run printed: in the committed notebook, or in the copy that `make run` left."""
    for folder in (root / "notebooks", root / "build", root / "build" / "quick"):
        for path in folder.glob(f"{result['notebook']}_*.ipynb"):
            verdict = Notebook(path).verdict
            if verdict and verdict.run == result["run"]:
                return verdict
    return None


def _gate_parts(result: dict, gate: dict) -> tuple[int, dict, dict]:
    """+1 or -1 (is more better?), the metric and the row a gate is about; raises `KeyError` where there is none."""
    metric = {m["name"]: m for m in result["metrics"]}[gate["metric"]]
    row = {row["name"]: row for row in result["rows"]}[gate["row"]]
    return (1 if metric["higher_is_better"] else -1), metric, row


def gates_hold(result: dict) -> list[str]:
    """Recomputed from the stored values: every seed passes, every row to be rejected is rejected with every seed."""
    found = [] if result["gates"] else ["there is no gate"]
    rows = {row["name"]: row for row in result["rows"]}
    for gate in result["gates"]:
        try:
            sign, _, row = _gate_parts(result, gate)
            rejected = {name: rows[name]["values"][gate["metric"]] for name in gate["rejects"]}
        except KeyError as error:
            found.append(f"a gate names {error}, which is not there")
            continue
        threshold, about = gate["threshold"], f"the gate on {gate['metric']} at {gate['threshold']:g}"
        if gate["passed"] is not True or min(sign * v for v in row["values"][gate["metric"]]) < sign * threshold:
            found.append(f"{about} does not hold for {gate['row']}: {row['values'][gate['metric']]}")
        for name, values in rejected.items():
            if max(sign * value for value in values) >= sign * threshold:
                found.append(f"{about} lets {name} pass with {values}")
    return found


def headline_gate_rejects(result: dict) -> list[str]:
    """On the first metric a right row has a gate that rejects every simple and every tempting row."""
    headline = result["metrics"][0]["name"]
    roles = {row["name"]: row["role"] for row in result["rows"]}
    gates = [g for g in result["gates"] if g["metric"] == headline and roles.get(g["row"]) == "right"]
    if not gates:
        return [f"the right row has no gate on {headline}"]
    must = {name for name, role in roles.items() if role in ("simple", "tempting")}
    missing = must - {name for gate in gates for name in gate["rejects"]}
    return [f"no gate on {headline} rejects {name}" for name in sorted(missing)] + [
        f"the gate on {g['metric']} of {g['row']} rejects nothing" for g in result["gates"] if not g["rejects"]
    ]


def gates_are_calibrated(result: dict) -> list[str]:
    """The thresholds follow from the seeds, by the rule at the top of this file."""
    found = []
    for gate in result["gates"]:
        sign, metric, row = _gate_parts(result, gate)
        values = row["values"][gate["metric"]]
        if len(values) < 3:
            found.append(f"the gate on {gate['metric']} of {gate['row']} stands on {len(values)} seeds; at least 3")
            continue
        tightest = sign * statistics.fmean(values) - 3 * results.spread(values)
        step = 10.0 ** (1 - metric["digits"])
        if not tightest - step - 1e-9 <= sign * gate["threshold"] <= tightest + 1e-9:
            lenient, tight = sign * (tightest - step), sign * tightest
            found.append(
                f"the gate on {gate['metric']} of {gate['row']} is {gate['threshold']:g}; mean less three standard "
                f"deviations, rounded towards lenient, is between {lenient:.4g} and {tight:.4g}"
            )
    return found


def complaints(root: Path, path: Path) -> list[str]:
    """All rules, for the published result of the notebook at `path`."""
    book = Notebook(path)
    place = results.place(root, book.number)
    result = results.read(place)
    if result is None:
        return [f"{place.relative_to(root)} is missing: run `make publish NB={book.number}`"]
    found = result_is_complete(result)
    if found:
        return found
    tempting_trains = not any("untrainable" in cell.metadata.get("tags", []) for cell in book.code)
    found += rows_are_enough(result, tempting_trains) + headline_gate_rejects(result)
    broken = gates_hold(result)
    found += broken
    if result["profile"] == "quick":
        found.append("a published result comes from standard or full, not from quick")
    if book.verdict is None:
        return [*found, "the notebook prints no verdict table"]
    if result["run"] == book.verdict.run and not broken:
        found += gates_are_calibrated(result)
    verdict = table_of_run(root, result)
    if verdict is None:
        return [
            *found,
            f"no notebook in notebooks/ or build/ printed the table of run {result['run']}: "
            f"run it again, or restore {place.relative_to(root)}",
        ]
    return found + result_agrees_with_table(result, verdict)


def quick_complaints(folder: Path, number: str) -> list[str]:
    """The rules for what a run in `quick` saved."""
    result = results.read(folder / f"{number}.quick.json")
    if result is None:
        return [f"notebook {number} saved no result in the profile quick"]
    found = result_is_complete(result) or gates_hold(result)
    if not found and result["profile"] != "quick":
        found.append(f"the result is from the profile {result['profile']}")
    return found
