"""Whether a shot can be read: the share of its line items that the engine finds in any of its looks."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Final

from rapidfuzz import fuzz

from bench.picture_verdict.spoil import Shot, draw, names
from fixtures.generator.label import ItemLabel
from ocr.engines.base import OcrEngine
from ocr.parse import ReadDefaults
from ocr.pixels import read_pixels
from receipts.errors import Rejection
from receipts.money import Currency
from receipts.transcript import TextBox

LABELS: Final = Path(__file__).with_name("labels.csv")
ANSWERS: Final = Path(__file__).with_name("answers.csv")
ZOOMS: Final = (1.0, 1.6)
"""The sizes that the reader looks at most pictures in."""
ENOUGH: Final = 0.8
"""Once so much is found, no further look is taken."""
NAME_RATIO: Final = 75.0
"""Of 100, from which on a row is taken to hold a description: two letters in a short one may be wrong."""


def item_recall(shot: Shot, engine: OcrEngine) -> float:
    """0 to 1; 0 where there is no receipt."""
    if shot.label is None:
        return 0.0
    best = 0.0
    for zoom in ZOOMS:
        best = max(best, _found(shot.label["items"], engine.recognise(shot.picture, zoom=zoom)))
        if best >= ENOUGH:
            break
    return best


def _found(items: list[ItemLabel], boxes: tuple[TextBox, ...]) -> float:
    """An item is found where its words and its amount both are, wherever they stand."""
    texts = [box.text.upper() for box in boxes]
    packed = re.sub(r"[^0-9A-Z]", "", "".join(texts).replace("O", "0"))
    count = 0
    for item in items:
        amount = f"{item['amount']:.2f}".replace(".", "")
        named = any(fuzz.partial_ratio(item["description"].upper(), text) >= NAME_RATIO for text in texts)
        count += named and amount in packed
    return count / len(items)


def read_labels() -> dict[str, float]:
    """Name of a shot to its recall, as kept beside this file."""
    with LABELS.open(newline="", encoding="utf-8") as file:
        return {row["name"]: float(row["item_recall"]) for row in csv.DictReader(file)}


def write_labels(engine: OcrEngine) -> None:
    """Have every shot read, and keep what came out."""
    with LABELS.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("name", "item_recall"))
        for name, kind in names():
            table.writerow((name, f"{item_recall(draw(name, kind), engine):.3f}"))
            file.flush()


def read_answers() -> dict[str, str]:
    """Name of a shot to why it was not taken, before or after reading; empty text where it was read."""
    with ANSWERS.open(newline="", encoding="utf-8") as file:
        return {row["name"]: row["refused_as"] for row in csv.DictReader(file)}


def write_answers(engine: OcrEngine) -> None:
    """Have every labelled shot read as the product reads it, and keep what the sender would be told."""
    defaults = ReadDefaults(currency=Currency("USD"))
    with ANSWERS.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("name", "refused_as"))
        for name in read_labels():
            answer, _ = read_pixels(draw(name, name.split("-")[1]).picture, engine, defaults)
            table.writerow((name, answer.reason.value if isinstance(answer, Rejection) else ""))
            file.flush()
