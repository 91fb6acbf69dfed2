"""Every notebook in `notebooks/` is under test the moment it is there."""

from collections import Counter
from statistics import fmean

import pytest
import verdicts
from rules import RULES

from helpers.course import ROOT, notebook, results
from helpers.course.notebook import Notebook

NOTEBOOKS = notebook.find(ROOT)


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def book(request):
    return Notebook(request.param)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_notebook(book, rule):
    assert rule(book) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_result(path):
    assert verdicts.complaints(ROOT, path) == []


def test_numbers_are_used_once_and_results_belong_to_notebooks():
    numbers = Counter(path.name[:2] for path in NOTEBOOKS)
    assert [number for number, count in numbers.items() if count > 1] == []
    stored = {path.name[:2] for path in results.place(ROOT, "00").parent.glob("[0-9][0-9].json")}
    assert stored <= set(numbers)


# On which data the promise was made, where a notebook has other data to fall back to.
PROMISED_ON = dict.fromkeys(
    ("02", "03", "04", "05", "06", "07", "11", "12", "13", "14", "16", "18", "19", "20", "21", "22", "24", "27", "30"),
    "photos",
) | {"23": "fashion_mnist"}

# By how much the right row must beat the best simple row (or the one named) on real data, as the course set itself.
PROMISED = {
    "01": ("PCA + Gaussian", {"Fréchet": 75.0}),
    "02": (None, {"product": 4.0}),
    "03": (None, {"Gram loss": 0.6, "patches": 0.15}),
    "04": ("biharmonic", {"20-40 %": 0.5, "10-20 %": 0.3}),
    "05": ("JPEG input", {"q10": 1.2, "q20": 1.4, "SSIM q10": 0.02, "SSIM q20": 0.02}),
    "06": (None, {"PSNR": 1.0}),
    "07": (None, {"accuracy": 0.06}),
    "08": (None, {"top-1": 0.12, "AUROC": 0.05}),
    "09": (None, {"mAP": 0.02}),
    "10": (None, {"Recall@1": 0.03, "Recall@5": 0.03, "AUC": 0.01}),
    "11": (None, {"PSNR": 1.5}),
    "12": ("non local means", {"sigma 15": 1.0, "sigma 25": 1.0, "sigma 50": 0.7}),
    "13": ("bicubic", {"x2 RGB": 2.5, "x3 RGB": 1.5}),
    "14": (None, {"loss": 0.1}),
    "15": (None, {"perceptual": 1.2}),
    "16": (None, {"IoU": 0.02, "boundary F": 0.03}),
    "17": (None, {"AP": 0.2, "AP50": 0.4}),
    "18": (None, {"5-shot": 0.03, "20-shot": 0.02}),
    "19": (None, {"PSNR": 1.5}),
    "20": (None, {"Fréchet": 4.0}),
    "21": ("L1 net", {"perceptual": 0.08, "patch distance": 0.25}),
    "22": (None, {"PSNR": 1.2, "delta E": 0.5}),
    "23": (None, {"sigma 50": 1.0}),
    "24": ("from scratch", {"16 pictures": 0.3}),
    "25": (None, {"Fréchet, prints": 50.0, "PSNR, prints": 2.5}),
    "26": (None, {"success": 0.03}),
    "27": (None, {"boundary F": 0.03, "IoU": 0.02}),
    "28": (None, {"PCK@0.1": 0.05, "IoU": 0.03, "accuracy": 0.04}),
    "29": (None, {"8 views": 0.05}),
    "30": (None, {"PSNR": 0.6}),
}


@pytest.mark.parametrize("number", PROMISED)
def test_the_right_model_beats_the_simple_one_by_what_was_promised(number):
    result = results.read(results.place(ROOT, number))
    if result["data_source"] != PROMISED_ON.get(number, result["data_source"]):
        pytest.skip(f"measured on {result['data_source']}")
    name, margins = PROMISED[number]
    rows = {row["name"]: row for row in result["rows"]}
    (right,) = [row for row in result["rows"] if row["role"] == "right"]
    upwards = {metric["name"]: metric["higher_is_better"] for metric in result["metrics"]}
    for metric, margin in margins.items():
        sign = 1 if upwards[metric] else -1
        simple = [rows[name]] if name else [row for row in result["rows"] if row["role"] == "simple"]
        best = max(sign * fmean(row["values"][metric]) for row in simple)
        assert sign * fmean(right["values"][metric]) - best >= margin


def test_only_notebooks_of_the_course_stand_in_the_folder():
    others = {path.name for path in (ROOT / "notebooks").glob("*") if not path.name.startswith(".")}
    assert others <= {path.name for path in NOTEBOOKS}
