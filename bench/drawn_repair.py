"""`python -m bench.drawn_repair`: what cast shadow, faded print and bent paper cost, and flattening gives.

The same receipts are drawn as they are and spoiled, and read by the engine in one look at the repaired page:
as it is, with the light flattened, and with the print strengthened as well. A line item is found where its
words and its amount are both read; it is together where one row holds both. None of the product's rules is
asked, so that the figures tell repair, engine and rows apart from fields.
"""

from __future__ import annotations

import argparse
import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from rapidfuzz import fuzz

from fixtures.generator.dice import Dice
from fixtures.generator.label import ItemLabel
from fixtures.generator.photograph import Conditions, phone_conditions
from fixtures.generator.sample import Kind, draw_sample
from fixtures.generator.warp import Bend
from ocr.engines.base import OcrEngine, Picture
from ocr.engines.rapid import RapidEngine
from ocr.picture.ink import flattened, strengthened
from ocr.picture.steps import repair
from ocr.rows import row_readings
from pipeline.settings import reads_in_bfloat16

BOUGHT_ON: Final = dt.date(2026, 2, 14)
SCALE: Final = 0.6
"""Of the generator's usual size: lines of 20 pixels, as `bench.picture_verdict` draws them."""
NAME_RATIO: Final = 75.0
"""Of 100, as in `bench.picture_verdict.label`."""

Change = Callable[[Conditions, Dice], Conditions]


def _plain(conditions: Conditions, _dice: Dice) -> Conditions:
    return replace(conditions, shadow=0.0, fade=0.0, bend=Bend())


def _shadowed(conditions: Conditions, dice: Dice) -> Conditions:
    return replace(_plain(conditions, dice), shadow=dice.between(0.6, 0.9))


def _faded(conditions: Conditions, dice: Dice) -> Conditions:
    return replace(_plain(conditions, dice), fade=dice.between(0.7, 0.95))


def _both(conditions: Conditions, dice: Dice) -> Conditions:
    return replace(_faded(conditions, dice), shadow=dice.between(0.5, 0.8))


def _bent(conditions: Conditions, dice: Dice) -> Conditions:
    side = dice.pick((-1.0, 1.0))
    bend = Bend(
        curl=dice.between(0.1, 0.25),
        arch=side * dice.between(0.03, 0.07),
        arch_change=dice.between(-0.02, 0.02),
    )
    return replace(_plain(conditions, dice), bend=bend)


CONDITIONS: Final[dict[str, Change]] = {
    "as it is": _plain,
    "cast shadow": _shadowed,
    "faded": _faded,
    "faded, shadow": _both,
    "bent": _bent,
}


WAYS: Final[dict[str, Callable[[Picture], Picture]]] = {
    "read as it is": lambda picture: picture,
    "light flattened": flattened,
    "and strengthened": strengthened,
}


@dataclass(slots=True)
class Count:
    """Line items printed, found, and found with their amount on one row."""

    printed: int = 0
    found: int = 0
    together: int = 0

    def shares(self) -> str:
        """Found / together, of those printed."""
        return f"{self.found / max(1, self.printed):.3f} / {self.together / max(1, self.printed):.3f}"


def _holds(texts: Sequence[str], item: ItemLabel) -> bool:
    packed = re.sub(r"[^0-9A-Z]", "", "".join(texts).upper().replace("O", "0"))
    named = any(fuzz.partial_ratio(item["description"].upper(), text.upper()) >= NAME_RATIO for text in texts)
    return named and f"{item['amount']:.2f}".replace(".", "") in packed


def count(page: Picture, items: Sequence[ItemLabel], engine: OcrEngine, into: Count) -> None:
    """Read the page in one look and add what was found; of the ways to join rows the better one counts."""
    boxes = engine.recognise(page)
    into.printed += len(items)
    into.found += sum(_holds([box.text for box in boxes], item) for item in items)
    into.together += max(
        sum(any(_holds([box.text for box in row.boxes], item) for row in rows) for item in items)
        for rows in row_readings(boxes)
    )


def shot(number: int, change: Change) -> tuple[Picture, list[ItemLabel]]:
    """The receipt of that number, photographed under the condition. BGR, and its items."""
    dice = Dice(f"repair/{number}")
    usual = phone_conditions(dice.fork("conditions"))
    conditions = change(replace(usual, scale=usual.scale * SCALE), dice.fork("change"))
    sample = draw_sample(
        f"repair/{number}", kind=Kind.PNG, purchased_on=BOUGHT_ON, conditions=conditions, name=str(number)
    )
    if sample.upright is None:
        raise ValueError(f"receipt {number} is no picture")
    return np.ascontiguousarray(sample.upright.pixels[:, :, ::-1]), sample.label["items"]


def main() -> None:
    """Print the table."""
    ask = argparse.ArgumentParser(description="What repair gives on spoiled receipts.")
    ask.add_argument("--count", type=int, default=10, help="receipts")
    told = ask.parse_args()
    cv2.setNumThreads(1)
    engine = RapidEngine(threads=1, bfloat16=reads_in_bfloat16())
    print(f"{told.count} receipts; line items found / found on one row with their amount")
    print(f"| | {' | '.join(WAYS)} |\n| --- | {' | '.join('---' for _ in WAYS)} |", flush=True)
    for condition, change in CONDITIONS.items():
        counts = {way: Count() for way in WAYS}
        for number in range(told.count):
            picture, items = shot(number, change)
            page = repair(picture).picture
            # Bent paper is a matter of rows; its light is as on the first row.
            for way in ("read as it is",) if condition == "bent" else WAYS:
                count(WAYS[way](page), items, engine, counts[way])
        cells = (each.shares() if each.printed else "" for each in counts.values())
        print(f"| {condition} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
