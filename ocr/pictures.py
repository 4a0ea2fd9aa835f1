"""A picture of a page to rows: repair, read, and look again only where the first look was poor.

The order; each further look is taken only if the ones before left something open:

1. the repaired page at the engine's own size, larger where its print is small, set upright as its text says
2. the same page at another size, chosen by how high its lines stand; what was read surely is kept
3. the frame as it was taken, if repair had changed it; or, if repair had not seen that the page lies on its
   side, the page repaired anew now that it stands
4. the best page so far with its light flattened and its print made dark, which counts only where its sums
   close or nothing was read before
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from ocr.engines.base import OcrEngine, Picture
from ocr.picture.ink import strengthened
from ocr.picture.paper import Sight
from ocr.picture.paper import look as look_at
from ocr.picture.placed import AS_IT_IS, Matrix, turned
from ocr.picture.steps import AFTER_TURNING, Page, repair, turn
from ocr.rows import line_height, row_readings
from receipts.spans import span
from receipts.transcript import Row, TextBox

SMALL_PRINT_PX: Final = 10.0
USUAL_HEIGHT_PX: Final = 16.0
"""Lines at the engine's usual size: of 83 real pages three in four stand 14 to 20 pixels high."""
MOST_FIRST_ZOOM: Final = 2.0
USUAL_ZOOM: Final = 1.6
"""Of 37 pages left open, a look at 1.6 closed four, at 1.3 two; the same boxes read again, none."""
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
        balanced: sums close, whatever else is open.
        refused: the rows are no receipt.
    """

    worth: float
    closed: bool
    balanced: bool = False
    refused: bool = False


Judge = Callable[[tuple[Row, ...]], Verdict]


@dataclass(frozen=True, slots=True)
class Look:
    """One reading of a page; the boxes lie on `picture`, and `placed` brings the frame's points onto it.

    Attributes:
        turns: quarters by which the text had the repaired page turned.
        strengthened: it was read from the page with its print made dark.
    """

    picture: Picture
    boxes: tuple[TextBox, ...]
    rows: tuple[Row, ...]
    verdict: Verdict
    placed: Matrix = field(default_factory=lambda: AS_IT_IS)
    turns: int = 0
    strengthened: bool = False


def read_picture(frame: Picture, engine: OcrEngine, judge: Judge, *, sight: Sight | None = None) -> Look:
    """The best look at the picture; `sight` is what the verdict on it has found on it already."""
    sight = sight or look_at(frame)
    with span("repair"):
        page = repair(frame, sight=sight)
    zoom = _first_zoom(page.picture, engine, sight.printed.line_height_px)
    best = _look_upright(page, engine, judge, zoom)
    if best.verdict.closed:
        return best
    turns = best.turns
    again = engine.look_again(best.picture, best.boxes, zoom=_other_zoom(best))
    best = _better(best, _judged(Page(best.picture, placed=best.placed), again, judge))
    if best.verdict.closed:
        return best
    if turns % 2:
        page = _repaired_anew(frame, turns + page.steps.count("set_on_end"))
        zoom = _first_zoom(page.picture, engine, look_at(page.picture).printed.line_height_px)
        best = _better(best, _look_upright(page, engine, judge, zoom))
    elif page.steps:
        best = _better(best, _look_upright(Page(frame), engine, judge, 1.0))
    if best.verdict.closed:
        return best
    dark = _look_at_strengthened(best, engine, judge)
    return _better(best, dark) if _proven(dark.verdict, best.verdict) else best


def _look_at_strengthened(look: Look, engine: OcrEngine, judge: Judge) -> Look:
    """The same page with its print made dark; what is kept and shown is the page as it is."""
    zoom = _first_zoom(look.picture, engine, line_height(look.boxes))
    boxes = engine.recognise(strengthened(look.picture), zoom=zoom)
    dark = _judged(Page(look.picture, placed=look.placed), boxes, judge)
    return replace(dark, turns=look.turns, strengthened=True)


def _proven(dark: Verdict, before: Verdict) -> bool:
    """Whether print made dark may stand against the page as it is: its sums close, or nothing was read.

    What shines through from the back or from below is made dark too, so that more print is no better reading:
    of faded drawn receipts on top of another, the items' amounts were right for 0.84 so and 0.82 without it.
    """
    return dark.closed or dark.balanced or before.refused


def _repaired_anew(frame: Picture, turns: int) -> Page:
    """The frame set upright as its text said, and only then repaired: paper and skew were sought across."""
    with span("repair"):
        page = repair(turn(frame, turns), steps=AFTER_TURNING)
    return Page(page.picture, ("turn", *page.steps), page.placed @ turned(frame.shape, turns))


def _better(first: Look, second: Look) -> Look:
    return second if second.verdict.worth > first.verdict.worth else first


def _judged(page: Page, boxes: tuple[TextBox, ...], judge: Judge) -> Look:
    looks = [Look(page.picture, boxes, rows, judge(rows), page.placed) for rows in row_readings(boxes)]
    return max(looks, key=lambda look: look.verdict.worth)


def _look_upright(page: Page, engine: OcrEngine, judge: Judge, zoom: float) -> Look:
    """Reads, set upright as the text says."""
    glance = engine.look(page.picture, zoom=zoom)
    if glance.quarter_turns % 4:
        by = turned(page.picture.shape, glance.quarter_turns)
        page = page.changed("turn", turn(page.picture, glance.quarter_turns), by)
    return replace(_judged(page, glance.boxes, judge), turns=glance.quarter_turns % 4)


def _first_zoom(picture: Picture, engine: OcrEngine, line_height_px: float) -> float:
    """Small print, as on paper far from the lens, is enlarged to the usual height before the first look."""
    height = line_height_px * engine.usual_side_px(picture) / max(picture.shape[:2])
    return min(USUAL_HEIGHT_PX / height, MOST_FIRST_ZOOM) if 0 < height < SMALL_PRINT_PX else 1.0


def _other_zoom(look: Look) -> float:
    """A larger size, which finds small print; a smaller one only for print that is large already."""
    height = line_height(look.boxes)
    if height <= 0:
        return NOTHING_SEEN_ZOOM
    return LARGE_PRINT_ZOOM if height / max(look.picture.shape[:2]) > LARGE_PRINT_SHARE else USUAL_ZOOM
