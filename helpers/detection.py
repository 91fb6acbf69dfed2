"""Boxes judged, drawn, moved, and found without a network: COCO average precision, matching, pictures, contours.

Boxes are (x_min, y_min, x_max, y_max) in pixels. Truths are one (boxes, kinds) pair a picture, (k, 4) and (k,);
detections are one (boxes, kinds, scores) triple a picture. Rows whose kind is -1 are padding and do not count.
"""

import contextlib
import io

import cv2
import numpy as np
import tensorflow as tf
from matplotlib import colormaps
from pycocotools import mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from helpers import geometry, pipeline, show
from helpers.descriptors import shape_and_colour

SMALL_BELOW = 20.0


def coco_evaluation(truths, detections, *, small_below: float = SMALL_BELOW) -> COCOeval:
    """pycocotools' evaluation of boxes, run and accumulated, without its prints; its `.eval` holds all curves.

    `small_below`: a truth counts as small where its box has an area under `small_below` squared, in square pixels;
    all others are "medium". COCO's own bound of 32 px is meant for photos of about 640 px, where it makes two
    fifths of the objects small; in shelves of 96 px with one to eight products about half are under 20 px. At most 100
    detections a picture count. Raises `ValueError` where truths and detections are not one a picture each.
    """
    truths, detections = list(truths), list(detections)
    if len(truths) != len(detections):
        raise ValueError(f"{len(truths)} pictures with truths but {len(detections)} with detections")
    with contextlib.redirect_stdout(io.StringIO()):
        judged = COCOeval(_coco(truths, truths), _coco(detections, truths), "bbox")
        bound, endless = float(small_below) ** 2, 1e10
        judged.params.areaRng = [[0, endless], [0, bound], [bound, endless]]
        judged.params.areaRngLbl = ["all", "small", "medium"]
        judged.evaluate()
        judged.accumulate()
    return judged


def coco_average_precision(truths, detections, *, small_below: float = SMALL_BELOW) -> dict[str, float]:
    """COCO's average precision of boxes, by pycocotools: "AP", "AP50", "AP75", "AP small", "AP medium", in [0, 1].

    "AP" is the mean over IoU thresholds 0.50, 0.55, ..., 0.95 and over the kinds that occur in the truths; "AP50" and
    "AP75" are those of one threshold. "AP small" and "AP medium" count only the truths of that size, see
    `coco_evaluation`; nan where there are none. (Lin et al., Microsoft COCO, ECCV 2014.)
    """
    precision = coco_evaluation(truths, detections, small_below=small_below).eval["precision"][..., -1]
    chosen = {
        "AP": precision[..., 0],
        "AP50": precision[0, ..., 0],
        "AP75": precision[5, ..., 0],
        "AP small": precision[..., 1],
        "AP medium": precision[..., 2],
    }
    counted = {name: values[values >= 0] for name, values in chosen.items()}  # -1 stands for a kind without truths
    return {name: float(values.mean()) if values.size else float("nan") for name, values in counted.items()}


def precision_recall(truths, detections, iou: float = 0.5):
    """COCO's curve at one IoU threshold: 101 recalls from 0 to 1, and the interpolated precision, mean over kinds.

    The mean of the precisions is the AP of that threshold. Raises `ValueError` for an `iou` that is not one of
    0.50, 0.55, ..., 0.95.
    """
    judged = coco_evaluation(truths, detections)
    place = np.flatnonzero(np.isclose(judged.params.iouThrs, iou))
    if not len(place):
        raise ValueError(f"iou is one of {judged.params.iouThrs.round(2).tolist()}, not {iou}")
    curves = judged.eval["precision"][place[0], :, :, 0, -1]
    return judged.params.recThrs, curves[:, curves[0] >= 0].mean(axis=1)


def match(truth, detection, iou: float = 0.5) -> np.ndarray:
    """For each detection of one picture the row of the truth it finds, or -1: (m,) int64, in the detections' order.

    In order of falling score, each detection takes the truth of its own kind that it overlaps most, if that is still
    free and the IoU is at least `iou`; every truth is found at most once, so a second detection of it is a false alarm.
    """
    boxes, kinds = map(np.asarray, truth)
    found_boxes, found_kinds, scores = map(np.asarray, detection)
    found = np.full(len(scores), -1, np.int64)
    if not len(kinds) or not len(scores):
        return found
    overlaps = iou_matrix(found_boxes, boxes) * ((found_kinds[:, None] == kinds) & (kinds >= 0))
    for row in np.argsort(-scores, kind="stable"):
        best = overlaps[row].argmax()
        if overlaps[row, best] >= iou:
            found[row] = best
            overlaps[:, best] = 0
    return found


def found(truths, detections, *, iou: float = 0.5, any_kind: bool = False) -> np.ndarray:
    """For every product of every picture, in their order and without padding: whether a detection finds it, bool.

    Finding is that of `match`; `any_kind`: the box alone decides, whatever it is called.
    """
    flags = []
    for (boxes, kinds), (others, names, scores) in zip(truths, detections, strict=True):
        kinds, names = (np.minimum(one, 0) if any_kind else np.asarray(one) for one in (kinds, names))
        hits = match((boxes, kinds), (others, names, scores), iou)
        flags.append(np.isin(np.flatnonzero(kinds >= 0), hits))
    return np.concatenate(flags) if flags else np.zeros(0, bool)


def f1(truths, detections, *, threshold: float = -np.inf, iou: float = 0.5, any_kind: bool = False) -> float:
    """2 TP / (products + detections) over all pictures, of the detections whose score is at least `threshold`.

    1 where there is nothing to find and nothing is claimed. `iou` and `any_kind` as in `found`.
    """
    kept = [surer(one, threshold) for one in detections]
    hits = found(truths, kept, iou=iou, any_kind=any_kind)
    total = len(hits) + sum((np.asarray(kinds) >= 0).sum() for _, kinds, _ in kept)
    return float(2 * hits.sum() / total) if total else 1.0


def surer(detection, threshold: float):
    """The detections of one picture whose score is at least `threshold`: (boxes, kinds, scores)."""
    chosen = np.asarray(detection[2]) >= threshold
    return tuple(np.asarray(column)[chosen] for column in detection)


def iou_matrix(boxes, others) -> np.ndarray:
    """Intersection over union of each of `boxes` (n, 4) with each of `others` (m, 4), (n, m) float64."""
    if not len(boxes) or not len(others):
        return np.zeros((len(boxes), len(others)))
    return np.asarray(mask.iou(_width_height(boxes), _width_height(others), [0] * len(others)))


def drawn(picture, boxes, captions=(), colours=((30, 200, 90),), scale: int = 4) -> np.ndarray:
    """The picture enlarged `scale` times with boxes and captions drawn in, uint8.

    `picture` (height, width, 3), uint8 or floats in [0, 1]; `boxes` (k, 4) in its pixels; `captions` a text a box;
    `colours` RGB, one a box or one for all.
    """
    picture = cv2.resize(show.as_uint8(picture), None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    corners = np.rint(np.reshape(boxes, (-1, 4)) * scale).astype(int)
    colours = list(colours) * (len(corners) if len(colours) == 1 else 1)
    for (left, top, right, bottom), colour in zip(corners, colours, strict=True):
        cv2.rectangle(picture, (int(left), int(top)), (int(right) - 1, int(bottom) - 1), colour, 2, cv2.LINE_AA)
    taken = np.zeros(picture.shape[:2], bool)
    for (left, top, _, bottom), text, colour in zip(corners, captions, colours, strict=False):
        (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.4, 1)
        width, height = width + 2, height + 4
        x = int(np.clip(left, 0, max(0, taken.shape[1] - width)))
        tried = [int(np.clip(y, 0, taken.shape[0] - height)) for y in (top - height, bottom, top, bottom - height)]
        y = min(tried, key=lambda y: taken[y : y + height, x : x + width].mean())  # where it hides no other caption
        taken[y : y + height, x : x + width] = True
        picture[y : y + height, x : x + width] = colour
        ink = (0, 0, 0) if sum(colour) > 380 else (255, 255, 255)
        cv2.putText(picture, text, (x + 1, y + height - 3), cv2.FONT_HERSHEY_SIMPLEX, 0.4, ink, 1, cv2.LINE_AA)
    return picture


def labelled(picture, names, boxes, kinds, scores=None, scale: int = 3) -> np.ndarray:
    """`drawn` with the name of each box's kind, its score where there is one, and a colour a kind; no padding rows."""
    there = np.flatnonzero(np.asarray(kinds) >= 0)
    captions = [names[kinds[row]] for row in there]
    if scores is not None:
        captions = [f"{text} {scores[row]:.2f}".replace(" 0.", " .") for text, row in zip(captions, there, strict=True)]
    colours = [tuple(round(255 * part) for part in colormaps["tab10"](int(kinds[row]) % 10)[:3]) for row in there]
    return drawn(picture, np.asarray(boxes)[there], captions, colours, scale)


def glowing(picture, heat, scale: int = 3) -> np.ndarray:
    """The picture enlarged `scale` times under its heat-map (height, width) in [0, 1], cell by cell, uint8."""
    large = drawn(picture, [], scale=scale) / 255.0
    rows, columns = (np.arange(side) * cells // side for side, cells in zip(large.shape, heat.shape, strict=False))
    return show.as_uint8(0.45 * large + 0.55 * colormaps["inferno"](np.asarray(heat)[rows[:, None], columns])[..., :3])


def show_precision_recall(truths, rows, roles, ious=(0.5, 0.75), *, description: str) -> None:
    """Draw `precision_recall` of several methods, one panel an IoU.

    `rows`: mapping of a name to detections; `roles`: that of each on the scoreboard; `description`: alternative text.
    """
    fig, axes = show.figure(4.5 * len(ious), 3.4, len(ious), sharey=True, squeeze=False)
    for axis, iou in zip(axes.flat, ious, strict=True):
        for (name, detections), role in zip(rows.items(), roles, strict=True):
            axis.plot(*precision_recall(truths, detections, iou), label=name, color=show.COLOURS[role])
        axis.set(xlabel="recall", ylabel="precision", title=f"IoU of at least {iou}", xlim=(0, 1.01), ylim=(0, 1.03))
    axes.flat[-1].legend(fontsize=8, loc="upper right")  # where a large overlap is asked for, the corner is empty
    show.finish(fig, description)


def show_found(rows, hidden, ends, *, description: str) -> None:
    """Draw the share of products found by how much of them is hidden, a line a method, with its overall share.

    `rows`: mapping of a name to flags as from `found`; `hidden`: the hidden share of each product, in the same order;
    `ends`: the upper ends of the groups, rising; the last is at least the largest share. A group without products is
    left out.
    """
    group = np.searchsorted(ends, hidden)
    filled = [one for one in range(len(ends)) if (group == one).any()]
    fig, axis = show.figure(8.0, 3.2)
    for name, flags in rows.items():
        shares = [np.mean(flags[group == one]) for one in filled]
        axis.plot(filled, shares, "o-", label=f"{name}, all {np.mean(flags):.2f}")
    axis.set_xticks(filled, [f"up to {ends[one]:.0%}\n({np.sum(group == one)} products)" for one in filled])
    axis.set(xlabel="hidden share of the product", ylabel="share found", ylim=(0, 1.02))
    axis.legend(fontsize=8)
    show.finish(fig, description)


def moved(size: int, make_targets):
    """An augmentation for `pipeline.training_batches`: mirrored, zoomed, shifted, recoloured scenes with their boxes.

    It takes float pictures (n, size, size, 3) and tables (n, m, 5) of boxes and kinds, moves both by the same matrix,
    turns nothing (the box around a turned box is too large), and gives the pictures and `make_targets(tables)`.
    """

    def augment(pictures, tables, seed):
        moves = geometry.random_moves(tf.shape(pictures)[0], size, seed, zoom=0.1, shift=0.05, rotation=0.0)
        pictures = pipeline.random_colour(geometry.move_pictures(pictures, moves), seed + 1)
        boxes = geometry.move_boxes(tables[..., :4], moves, size)
        return pictures, make_targets(tf.concat([boxes, tables[..., 4:]], axis=-1))

    return augment


def foreground(picture, way: str, level: float) -> np.ndarray:
    """Where a picture (height, width, 3) uint8 of things before a smooth ground is not ground: (height, width) bool.

    way "edges": what Canny's edges enclose; strong ones begin at twice `level`, gaps of up to 5 px are closed.
    way "difference": pixels of which some channel differs by more than `level` from the colours at the two ends of
    their line, interpolated between them; level 0 stands for Otsu's threshold. Raises `ValueError` for another way.
    """
    if way == "edges":
        edges = cv2.morphologyEx(cv2.Canny(picture, level, 2 * level), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
        outlines, _ = cv2.findContours(edges, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        return cv2.drawContours(np.zeros_like(edges), outlines, -1, 255, cv2.FILLED) > 0
    if way != "difference":
        raise ValueError(f"way is 'edges' or 'difference', not {way!r}")
    left, right = np.median(picture[:, :3], axis=1), np.median(picture[:, -3:], axis=1)
    along = np.linspace(0, 1, picture.shape[1])[:, None]
    differs = np.abs(picture - ((1 - along) * left[:, None] + along * right[:, None])).max(axis=-1)
    level = level or cv2.threshold(differs.astype(np.uint8), 0, 255, cv2.THRESH_OTSU)[0]
    return differs > level


class ContourDetector:
    """A detector without a network: connected pieces of the foreground, named by HOG, colours and a linear SVM.

    way, level: see `foreground`. opening: diameter in pixels of the morphological opening that cuts thin bridges.
    """

    def __init__(self, way: str, level: float, opening: int):
        self.way, self.level, self.opening, self.machine = way, level, opening, None

    def boxes(self, picture) -> np.ndarray:
        """Boxes (k, 4) float32 around the connected pieces that hold at least 30 pixels."""
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (self.opening, self.opening))
        mask = cv2.morphologyEx(np.uint8(foreground(picture, self.way, self.level)), cv2.MORPH_OPEN, kernel)
        left, top, width, height, pixels = cv2.connectedComponentsWithStats(mask)[2][1:].T
        return np.stack([left, top, left + width, top + height], axis=1)[pixels >= 30].astype(np.float32)

    def examples(self, pictures, truths):
        """Descriptions (n, length) of crops and their kinds (n,), for `fit`: of true boxes and of the boxes found here.

        A found box has the kind of the truth that it overlaps most, or -1, "no product", where its IoU is under 0.5.
        """
        pieces, wanted = [], []
        for picture, (boxes, kinds) in zip(pictures, truths, strict=True):
            boxes, kinds = boxes[kinds >= 0], kinds[kinds >= 0]
            proposed = self.boxes(picture)
            pieces += _crops(picture, boxes) + _crops(picture, proposed)
            near = [(row.argmax(), row.max()) for row in iou_matrix(proposed, boxes) if len(row)]
            wanted += [*kinds, *(kinds[best] if overlap >= 0.5 else -1 for best, overlap in near)]
        return shape_and_colour(np.stack(pieces)), np.array(wanted)

    def fit(self, described, kinds, strength: float):
        """Train the linear SVM (penalty C = `strength`) on what `examples` returns; returns this detector."""
        self.machine = make_pipeline(StandardScaler(), LinearSVC(C=strength, random_state=0))
        self.machine.fit(described, kinds)
        return self

    def detect(self, pictures) -> list:
        """Detections: (boxes, kinds, scores) a picture, the score being the SVM's margin; before `fit` 0 and 1."""
        places = [self.boxes(picture) for picture in pictures]
        crops = [crop for picture, boxes in zip(pictures, places, strict=True) for crop in _crops(picture, boxes)]
        kinds, scores = np.zeros(len(crops), np.int64), np.ones(len(crops))
        if self.machine is not None and crops:
            names = self.machine.classes_
            margins = self.machine.decision_function(shape_and_colour(np.stack(crops)))
            margins = margins if margins.ndim == 2 else np.stack([-margins, margins], axis=1)  # of two classes
            margins = margins[:, names >= 0]
            kinds, scores = names[names >= 0][margins.argmax(axis=1)], margins.max(axis=1)
        ends = np.cumsum([len(boxes) for boxes in places])[:-1]
        return [*zip(places, np.split(kinds, ends), np.split(scores, ends), strict=True)]


def tuned_contours(pictures, truths, judged, judged_truths, *, strengths=(1e-5, 3e-4, 1e-2)) -> ContourDetector:
    """The best `ContourDetector`: box settings by F1 of boxes of any kind, SVM penalty by AP, on `judged` pictures.

    It learns names from `pictures` and `truths`; what was tried is printed.
    """
    tried, openings = {}, (1, 3, 5, 7)
    for way, level in [(way, one) for way, levels in _CONTOUR_LEVELS.items() for one in levels]:
        for opening in openings:
            boxes = ContourDetector(way, level, opening).detect(judged)
            tried[way, level, opening] = f1(judged_truths, boxes, any_kind=True)
        scores = "  ".join(f"{tried[way, level, opening]:.2f}" for opening in openings)
        print(f"{way:>10}, level {level or 'Otsu':>4}: F1 of the boxes {scores}  for openings of 1, 3, 5, 7 px")
    detector, machines = ContourDetector(*max(tried, key=tried.get)), {}
    described, kinds = detector.examples(pictures, truths)
    for strength in strengths:
        boxes = detector.fit(described, kinds, strength).detect(judged)
        score = coco_average_precision(judged_truths, boxes)["AP"]
        machines.setdefault(score, detector.machine)
        print(f"SVM with C={strength:g}: AP {score:.3f}")
    detector.machine = machines[max(machines)]
    return detector


_CONTOUR_LEVELS = {"edges": (160, 240, 320, 420), "difference": (0, 40, 60, 80, 100)}


def _crops(picture, boxes) -> list:
    """What is inside each box, resized to 32 x 32."""
    corners = np.rint(np.reshape(boxes, (-1, 4))).astype(int)
    return [cv2.resize(picture[y0:y1, x0:x1], (32, 32), interpolation=cv2.INTER_AREA) for x0, y0, x1, y1 in corners]


def _width_height(boxes) -> np.ndarray:
    """(n, 4) float64 (x, y, width, height), as COCO wants them."""
    boxes = np.asarray(boxes, np.float64).reshape(-1, 4)
    return np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)


def _coco(pictures, truths) -> COCO:
    """Annotations of all pictures as pycocotools' index. Ids begin at 1: it takes 0 for "not matched"."""
    made, kinds_seen = [], set()
    for number, (boxes, kinds, *scores) in enumerate(pictures):
        sides = _width_height(boxes)
        for row in np.flatnonzero(np.asarray(kinds) >= 0):
            entry = {"id": len(made) + 1, "image_id": number, "category_id": int(kinds[row]), "iscrowd": 0}
            entry |= {"bbox": sides[row].tolist(), "area": float(sides[row, 2] * sides[row, 3])}
            made.append(entry | ({"score": float(scores[0][row])} if scores else {}))
    for _, kinds in ((one[0], one[1]) for one in truths):
        kinds_seen |= {int(kind) for kind in np.asarray(kinds) if kind >= 0}
    index = COCO()
    index.dataset = {"images": [{"id": number} for number in range(len(pictures))], "annotations": made}
    index.dataset["categories"] = [{"id": kind} for kind in sorted(kinds_seen)]
    index.createIndex()
    return index
