"""A picture of a page to rows: repair, read, and look again only where the first look was poor.

The order; each further look is taken only if the ones before left something open:

1. the repaired page at the engine's own size, set upright if its text says it lies otherwise
2. the same page at another size, chosen by how high its lines stand
3. the frame as it was taken, if repair had changed it
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ocr.engines.base import OcrEngine, Picture
from ocr.picture.paper import Sight
from ocr.picture.steps import repair, turn
from ocr.rows import line_height, row_readings
from receipts.transcript import Row, TextBox

TALL_SHARE: Final = 0.4
"""Of all boxes, how many may stand on their end before the page is suspected to lie sideways."""
TALL_FACTOR: Final = 1.5
POOR_CONFIDENCE: Final = 0.88
"""Mean confidence of a page: upright scans have 0.94 and more, the same pages upside down 0.6 to 0.8."""
USUAL_ZOOM: Final = 1.6
"""Of 20 photos, read at 0.65, 1 and 1.6: the largest was best or as good on all, and closed two more sums."""
LARGE_PRINT_SHARE: Final = 0.045
"""Line height as a share of the page's long side: a close-up, often blurred, which reads better small."""
LARGE_PRINT_ZOOM: Final = 0.65
NOTHING_SEEN_ZOOM: Final = 2.2


@dataclass(frozen=True, slots=True)
class Verdict:
    """How rows read as a receipt.

    Attributes:
        worth: higher is better, no unit.
        closed: sums close and the date is there: nothing is left to gain.
    """

    worth: float
    closed: bool


Judge = Callable[[tuple[Row, ...]], Verdict]


@dataclass(frozen=True, slots=True)
class Look:
    """One reading of a page; `picture` is what the boxes lie on."""

    picture: Picture
    boxes: tuple[TextBox, ...]
    rows: tuple[Row, ...]
    verdict: Verdict


def read_picture(frame: Picture, engine: OcrEngine, judge: Judge, *, sight: Sight | None = None) -> Look:
    """The best look at the picture; `sight` is what the verdict on it has found on it already."""
    page = repair(frame, sight=sight)
    best = _look_upright(page.picture, engine, judge)
    if best.verdict.closed:
        return best
    best = _better(best, _look(best.picture, engine, judge, zoom=_other_zoom(best)))
    if best.verdict.closed or not page.steps:
        return best
    return _better(best, _look_upright(frame, engine, judge))


def _better(first: Look, second: Look) -> Look:
    return second if second.verdict.worth > first.verdict.worth else first


def _look(picture: Picture, engine: OcrEngine, judge: Judge, *, zoom: float = 1.0) -> Look:
    boxes = engine.recognise(picture, zoom=zoom)
    looks = [Look(picture, boxes, rows, judge(rows)) for rows in row_readings(boxes)]
    return max(looks, key=lambda look: look.verdict.worth)


def _look_upright(picture: Picture, engine: OcrEngine, judge: Judge) -> Look:
    """Reads; when the reading looks like that of a turned page, asks the engine and reads again."""
    look = _look(picture, engine, judge)
    if look.verdict.closed or not _looks_turned(look.boxes):
        return look
    turns = engine.quarter_turns(picture)
    if turns == 0:
        return look
    return _better(look, _look(turn(picture, turns), engine, judge))


def _mean_confidence(boxes: tuple[TextBox, ...]) -> float:
    return sum(box.confidence for box in boxes) / max(1, len(boxes))


def _looks_turned(boxes: tuple[TextBox, ...]) -> bool:
    if not boxes:
        return False
    tall = sum(
        box.quad.bottom - box.quad.top > TALL_FACTOR * (box.quad.right - box.quad.left) for box in boxes
    )
    return tall > TALL_SHARE * len(boxes) or _mean_confidence(boxes) < POOR_CONFIDENCE


def _other_zoom(look: Look) -> float:
    """A larger size, which finds small print; a smaller one only for print that is large already."""
    height = line_height(look.boxes)
    if height <= 0:
        return NOTHING_SEEN_ZOOM
    return LARGE_PRINT_ZOOM if height / max(look.picture.shape[:2]) > LARGE_PRINT_SHARE else USUAL_ZOOM
