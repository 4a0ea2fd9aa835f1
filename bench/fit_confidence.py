"""Fits how sure the reader says it is: `python -m bench.fit_confidence FOLDER... [--write] [--kept DIR]`.

Each FOLDER holds pictures (in it or in `images/`) and `labels/ID.json`. Receipts of the training layouts
come beside them, as an engine that slips now and then would see them. What is fitted is tried on receipts
it did not see: those of one retailer, generated ones of one layout, stay in one of five folds. With
`--write` the curves fitted on all go to `ocr/confidence/fitted.json`.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from bench.kept_engine import KeptEngine
from bench.reading.calibration import calibration_error
from bench.reading.cases import DEFAULTS, MEDIA_TYPES, own_engine, receipt_row
from bench.reading.drawn import LATEST, drawn_boxes, seeds
from bench.reading.scores import SAME_NAME, same_retailer, scorer
from fixtures.generator.chains.draw import print_chain_receipt
from ocr.confidence.clues import Clues
from ocr.confidence.judge import LINE, judged_by_looks
from ocr.confidence.scale import BIAS, Scale
from ocr.engines.base import OcrEngine
from ocr.found import Found
from ocr.parse import Parsed, parse
from ocr.pixels import read_image
from ocr.rows import row_readings
from receipts.errors import Rejection
from receipts.transcript import TextBox, TextSource, Transcript

FOLDS: Final = 5
RIDGE: Final = 1.0
"""Penalty on a weight's squared distance from one, in its clue's direction; clues lie between 0 and 1.
Where no receipt tells (of dates hardly one is wrong), each clue counts alike."""
AGAINST: Final = frozenset({"orphans", "repaired", "unlike", "again"})
"""Clues that make a reading less sure."""
BIAS_MOST: Final = 4.0
PRIOR: Final = 3.0
"""Each point of a curve counts so many receipts of the average beside its own."""
LEAST_BLOCK: Final = 12
"""A point of the curve stands for at least so many: fewer say little about one in a hundred."""
DIGITS: Final = 4
TARGET: Final = Path(__file__).parents[1] / "ocr" / "confidence" / "fitted.json"
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Seen:
    """One field or line that was read: its clues, whether it is right, and the group it belongs to."""

    group: str
    clues: Clues
    right: bool
    real: bool


def look_through(folder: Path, *, engine: OcrEngine, rules: ModuleType, real: bool) -> dict[str, list[Seen]]:
    """Everything read from a folder's pictures that its labels speak of."""
    out: dict[str, list[Seen]] = defaultdict(list)
    images = folder / "images" if (folder / "images").is_dir() else folder
    for path in sorted(each for each in images.iterdir() if each.suffix.lower() in MEDIA_TYPES):
        label = json.loads((folder / "labels" / f"{path.stem}.json").read_text(encoding="utf-8"))
        answer, _ = read_image(path.read_bytes(), MEDIA_TYPES[path.suffix.lower()], engine, DEFAULTS)
        if isinstance(answer, Rejection):
            continue
        group = str(label["retailer"]).casefold()
        for field, clues, right in _judged(answer, label, rules):
            out[field].append(Seen(group, clues, right, real))
    return out


SLIPS: Final = (0.0, 0.005, 0.02)
"""Shares of boxes misread, one for each receipt by chance; a third as many again are lost."""
_MISREAD: Final = str.maketrans("0123456789.", "87Z894S149-")


def look_at_drawn(count: int, *, rules: ModuleType, seed: str = "sure") -> dict[str, list[Seen]]:
    """Receipts of the training layouts as an engine that slips now and then sees them; no picture is read."""
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    out: dict[str, list[Seen]] = defaultdict(list)
    for number, chain, kind in seeds("training", count, seed):
        printed = print_chain_receipt(number, chain=chain, kind=kind, latest=LATEST)
        boxes = _slipped(drawn_boxes(printed.label["boxes"]), chance)
        looks = [
            look
            for look in (parse(rows, DEFAULTS) for rows in row_readings(boxes))
            if isinstance(look, Parsed)
        ]
        if not looks:
            continue
        best = max(looks, key=lambda look: look.score)
        others = [look.receipt for look in looks if look is not best]
        receipt, clues = judged_by_looks(best.receipt, best.clues, others)
        page = Found(receipt, Transcript(1, 1, (), TextSource.OCR, "drawn"), None, clues)
        for field, found, right in _judged(page, printed.label, rules):
            out[field].append(Seen(str(printed.label["retailer"]).casefold(), found, right, real=False))
    return out


def _slipped(boxes: Sequence[TextBox], chance: random.Random) -> tuple[TextBox, ...]:
    """The boxes with a character exchanged here and there, at a confidence that tells a little of it."""
    share = chance.choice(SLIPS)
    out = []
    for box in boxes:
        if chance.random() < share / 3:
            continue
        text, sure = box.text, 1 - abs(chance.gauss(0, 0.01))
        if text and chance.random() < share:
            at = chance.randrange(len(text))
            text = (
                text[:at]
                + (text[at].translate(_MISREAD) if text[at] in "0123456789." else "o")
                + text[at + 1 :]
            )
            sure = chance.uniform(0.8, 0.99)
        out.append(TextBox(text, box.quad, sure))
    return tuple(out)


def _judged(found: Found, label: Mapping[str, Any], rules: ModuleType) -> list[tuple[str, Clues, bool]]:
    read = receipt_row("", found.receipt)["receipt"]
    receipt, fields = found.receipt, found.clues.fields
    out: list[tuple[str, Clues, bool]] = []
    for name, value in (
        ("total", read["total"]),
        ("subtotal", receipt.subtotal and str(receipt.subtotal)),
        ("tax", receipt.tax and str(receipt.tax)),
    ):
        if label.get(name) is not None and value is not None:
            out.append((name, fields[name], rules.money(label[name]) == rules.money(value)))
    if label.get("date") and read["date"]:
        out.append(("date", fields["date"], read["date"] == label["date"]))
    if label.get("time") and receipt.time:
        out.append(("time", fields["time"], receipt.time.isoformat()[:5] == str(label["time"])[:5]))
    if label.get("receipt_number") and receipt.receipt_number:
        same = rules.fold(receipt.receipt_number).replace(" ", "")
        wanted = rules.fold(str(label["receipt_number"])).replace(" ", "")
        out.append(("receipt_number", fields["receipt_number"], same == wanted))
    if label.get("retailer") and receipt.retailer.name:
        right = same_retailer(rules, label, receipt.retailer.name)
        out.append(("retailer", fields["retailer"], right))
    if "items" in label:
        pairs = rules.pair_items(label["items"], read["items"])
        good = {j for alike, _, j in pairs if alike >= SAME_NAME}
        out.extend((LINE, clues, j in good) for j, clues in enumerate(found.clues.lines))
    return out


def fit(seen: Sequence[Seen]) -> Scale:
    """Weights by ridge-penalised logistic regression, then the rising curve over their sums."""
    names = sorted({name for each in seen for name in each.clues})
    x = np.array([[1.0, *(each.clues.get(name, 0.0) for name in names)] for each in seen])
    y = np.array([float(each.right) for each in seen])
    weights = _regress(x, y, names)
    rounded = {name: round(float(w), DIGITS) for name, w in zip([BIAS, *names], weights, strict=True)}
    scale = Scale(rounded, ((0.0, 0.5),))
    raw = np.array([scale.raw(each.clues) for each in seen])
    return Scale(rounded, _curve(raw, y))


def _regress(x: Floats, y: Floats, names: Sequence[str]) -> Floats:
    """Weights of the bias and each clue; none may speak against what it is named for."""
    signs = np.array([-1.0 if name in AGAINST else 1.0 for name in names])
    expected = np.concatenate([[0.0], signs])

    def loss(weights: Floats) -> tuple[float, Floats]:
        raw = np.clip(x @ weights, -30, 30)
        off = weights - expected
        off[0] = 0.0
        value = float(np.sum(np.logaddexp(0, raw) - y * raw) + RIDGE / 2 * off @ off)
        return value, np.asarray(x.T @ (1 / (1 + np.exp(-raw)) - y) + RIDGE * off, dtype=np.float64)

    bounds = [(-BIAS_MOST, BIAS_MOST), *((0, None) if sign > 0 else (None, 0) for sign in signs)]
    found = minimize(loss, expected, jac=True, method="L-BFGS-B", bounds=bounds)
    return np.asarray(found.x, dtype=np.float64)


def _curve(raw: Floats, right: Floats) -> tuple[tuple[float, float], ...]:
    """PAV over the sorted sums, in blocks of a least size, drawn a little towards the average."""
    order = np.argsort(raw, kind="stable")
    mean = float(right.mean())
    blocks: list[list[float]] = []  # sum of raw, sum of right, count
    for at in order:
        if blocks and (blocks[-1][2] < LEAST_BLOCK or raw[at] == blocks[-1][3]):
            blocks[-1][0] += raw[at]
            blocks[-1][1] += right[at]
            blocks[-1][2] += 1
            blocks[-1][3] = raw[at]
        else:
            blocks.append([raw[at], right[at], 1.0, raw[at]])
        while (
            len(blocks) > 1
            and _share(blocks[-2], mean) > _share(blocks[-1], mean)
            and (blocks[-1][2] >= LEAST_BLOCK)
        ):
            last = blocks.pop()
            blocks[-1] = [blocks[-1][i] + last[i] for i in range(3)] + [last[3]]
    while len(blocks) > 1 and _share(blocks[-2], mean) > _share(blocks[-1], mean):
        last = blocks.pop()
        blocks[-1] = [blocks[-1][i] + last[i] for i in range(3)] + [last[3]]
    points = [
        (round(float(block[0] / block[2]), DIGITS), round(float(_share(block, mean)), DIGITS))
        for block in blocks
    ]
    return tuple(dict(points).items())


def _share(block: Sequence[float], mean: float) -> float:
    return (block[1] + PRIOR * mean) / (block[2] + PRIOR)


def folds(seen: Sequence[Seen]) -> list[tuple[Seen, float]]:
    """Each with what is said of it by a scale fitted on the other folds."""
    groups = sorted({each.group for each in seen})
    fold_of = {group: number % FOLDS for number, group in enumerate(groups)}
    out: list[tuple[Seen, float]] = []
    for fold in range(FOLDS):
        known = [each for each in seen if fold_of[each.group] != fold]
        held = [each for each in seen if fold_of[each.group] == fold]
        if known and held:
            scale = fit(known)
            out += [(each, scale.said(each.clues)) for each in held]
    return out


def _report(field: str, seen: Sequence[Seen]) -> dict[str, Any]:
    tried = folds(seen)
    real = [(sure, each.right) for each, sure in tried if each.real]
    every = [(sure, each.right) for each, sure in tried]
    wrong = [sure for sure, right in every if not right]
    return {
        "field": field,
        "seen": len(every),
        "right": round(sum(right for _, right in every) / len(every), 3),
        "ece": round(calibration_error(every) or 0.0, 3),
        "ece_real": round(calibration_error(real) or 0.0, 3) if real else None,
        "seen_real": len(real),
        "said_of_wrong": round(sum(wrong) / len(wrong), 3) if wrong else None,
        "wrong_below_0.9": round(sum(sure < 0.9 for sure in wrong) / len(wrong), 2) if wrong else None,  # noqa: PLR2004
        "all_below_0.9": round(sum(sure < 0.9 for sure, _ in every) / len(every), 3),  # noqa: PLR2004
    }


def main() -> None:
    """Reads, fits, reports; writes if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument(
        "--rules", type=Path, required=True, help="the scoring script beside the real receipts"
    )
    parser.add_argument("--drawn", type=int, default=84, help="receipts of the training layouts beside them")
    parser.add_argument("--kept", type=Path, help="where the engine's answers are kept between runs")
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    engine = KeptEngine(own_engine(), asked.kept) if asked.kept else own_engine()
    seen: dict[str, list[Seen]] = defaultdict(list)
    rules = scorer(asked.rules)
    looked = [look_through(folder, engine=engine, rules=rules, real=True) for folder in asked.folders]
    for by_field in [*looked, look_at_drawn(asked.drawn, rules=rules)]:
        for field, found in by_field.items():
            seen[field] += found
    reports = [_report(field, found) for field, found in sorted(seen.items())]
    for report in reports:
        print("  ".join(f"{name}={value}" for name, value in report.items()))
    if asked.write:
        held = {
            field: {"weights": dict(scale.weights), "curve": [list(point) for point in scale.curve]}
            for field, scale in ((field, fit(found)) for field, found in sorted(seen.items()))
        }
        text = json.dumps({"tried_by_folds": reports, "fields": held}, indent=1)
        TARGET.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
