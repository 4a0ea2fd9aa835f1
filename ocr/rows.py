"""Boxes to printed rows.

An engine's boxes come in no useful order, and a page is rarely quite level or flat. The skew is taken out
with the page's own long boxes before boxes are joined; on pages turned by 5 degrees that kept 27 of 30 total
rows together, against 19 without.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Final

from ocr.curve import heights_when_flat
from receipts.transcript import Quad, Row, TextBox

WIDE_FACTOR: Final = 3.0
"""Boxes at least this much wider than high tell the skew; short ones tilt by chance."""
JOIN_HEIGHTS: Final = 0.5
"""Boxes whose middles differ by less than this share of the lower height stand on one row (60 scans)."""
OVERLAP_SHARE: Final = 0.3
"""Boxes of one row stand side by side; ones that share more of their width are two rows."""
MARGIN_HEIGHTS: Final = 0.45
"""Engines' boxes stand out over their print by half as much: beside a lone letter that is much of its box."""
NEIGHBOUR_HEIGHTS: Final = 12.0
"""How far, in letter heights, the slope of a neighbour still says something about a curled page."""
MIN_NEIGHBOURS: Final = 3
_NEVER_PRINTED: Final = frozenset({"Cc", "Cs"})


@dataclass(frozen=True, slots=True)
class _Placed:
    box: TextBox
    left: float
    right: float
    middle_y: float
    height: float


def tidy(text: str) -> str:
    """Compatibility characters made plain (full-width colons, ligatures), blanks made single.

    Characters that are never printed (NUL and other controls, halves of a surrogate pair) are left out:
    a PDF's text layer may hold them, and a database does not take them.
    """
    words = unicodedata.normalize("NFKC", text).split()
    return " ".join(kept for word in words if (kept := "".join(filter(_is_printed, word))))


def _is_printed(character: str) -> bool:
    return unicodedata.category(character) not in _NEVER_PRINTED


def row_readings(boxes: Iterable[TextBox]) -> tuple[tuple[Row, ...], ...]:
    """Ways to join the boxes to rows: the page level, bent from place to place, arched; each way once.

    Which is right shows only in what the rows then say: a sum that closes, a name for every price.
    """
    kept = list(boxes)
    ways = (rows_from_boxes(kept), rows_from_boxes(kept, bent=True), _rows_of_an_arch(kept))
    return tuple(dict.fromkeys(way for way in ways if way is not None))


def rows_from_boxes(boxes: Iterable[TextBox], *, bent: bool = False) -> tuple[Row, ...]:
    """Rows from top to bottom, their boxes from left to right.

    With `bent`, the slope around each box is followed instead of the whole page's.
    """
    return _joined(_placed(_clean(boxes), bent=bent))


def _rows_of_an_arch(boxes: Sequence[TextBox]) -> tuple[Row, ...] | None:
    """Rows by the heights that the boxes would have on flat paper; None where too little tells."""
    clean = _clean(boxes)
    heights = heights_when_flat(clean)
    if heights is None:
        return None
    flat = (replace(_place(box, 0.0, 0.0), middle_y=y) for box, y in zip(clean, heights, strict=True))
    return _joined(list(flat))


def _clean(boxes: Iterable[TextBox]) -> list[TextBox]:
    tidied = (replace(box, text=tidy(box.text)) for box in boxes)
    return [box for box in tidied if box.text]


def _joined(boxes: Sequence[_Placed]) -> tuple[Row, ...]:
    placed = sorted(boxes, key=lambda item: item.middle_y)
    groups: list[list[_Placed]] = []
    for item in placed:
        target = _row_for(item, groups)
        if target is None:
            groups.append([item])
        else:
            target.append(item)
    groups.sort(key=_mean_y)
    return tuple(
        Row(tuple(item.box for item in sorted(group, key=lambda item: item.left))) for group in groups
    )


def _placed(boxes: Sequence[TextBox], *, bent: bool) -> list[_Placed]:
    """Every box with the height it would have on a level page."""
    if not boxes:
        return []
    everywhere = skew_slope(boxes)
    middle_x = sum((box.quad.left + box.quad.right) / 2 for box in boxes) / len(boxes)
    if (
        not bent
    ):  # as text layers are, of which a page may have thousands of boxes: none asks for its neighbours
        return [_place(box, everywhere, middle_x) for box in boxes]
    wide = [box for box in boxes if _size(box.quad)[0] >= WIDE_FACTOR * _size(box.quad)[1]]
    placed: list[_Placed] = []
    for box in boxes:
        reach = NEIGHBOUR_HEIGHTS * _size(box.quad)[1]
        near = [other for other in wide if abs(_middle_y(other.quad) - _middle_y(box.quad)) <= reach]
        slope = skew_slope(near) if len(near) >= MIN_NEIGHBOURS else everywhere
        placed.append(_place(box, slope, middle_x))
    return placed


def _middle_y(quad: Quad) -> float:
    return (quad.top_left.y + quad.top_right.y + quad.bottom_right.y + quad.bottom_left.y) / 4


def skew_slope(boxes: Sequence[TextBox]) -> float:
    """How much y grows for each pixel of x along the lines: the width-weighted median of wide boxes."""
    slopes: list[tuple[float, float]] = []
    for box in boxes:
        width, height = _size(box.quad)
        if width >= WIDE_FACTOR * height and height > 0:
            run = box.quad.top_right.x - box.quad.top_left.x
            if run > 0:
                slopes.append(((box.quad.top_right.y - box.quad.top_left.y) / run, width))
    if not slopes:
        return 0.0
    slopes.sort()
    half, passed = sum(weight for _, weight in slopes) / 2, 0.0
    for slope, weight in slopes:
        passed += weight
        if passed >= half:
            return slope
    return slopes[-1][0]


def line_height(boxes: Sequence[TextBox]) -> float:
    """The median height of the boxes, in the picture's pixels; 0 when there are none."""
    heights = [_size(box.quad)[1] for box in boxes]
    return median(heights) if heights else 0.0


def _size(quad: Quad) -> tuple[float, float]:
    width = math.dist(_xy(quad, 0), _xy(quad, 1))
    height = (math.dist(_xy(quad, 0), _xy(quad, 3)) + math.dist(_xy(quad, 1), _xy(quad, 2))) / 2
    return width, height


def _xy(quad: Quad, corner: int) -> tuple[float, float]:
    point = (quad.top_left, quad.top_right, quad.bottom_right, quad.bottom_left)[corner]
    return point.x, point.y


def _place(box: TextBox, slope: float, origin_x: float) -> _Placed:
    quad = box.quad
    corners = [_xy(quad, corner) for corner in range(4)]
    middle_x = sum(x for x, _ in corners) / 4
    middle_y = sum(y for _, y in corners) / 4
    return _Placed(box, quad.left, quad.right, middle_y - slope * (middle_x - origin_x), _size(quad)[1])


def _mean_y(group: Sequence[_Placed]) -> float:
    return sum(item.middle_y for item in group) / len(group)


def _row_for(item: _Placed, groups: Sequence[list[_Placed]]) -> list[_Placed] | None:
    """The nearest open row that the box stands on, if any. Only the last few rows can still be open."""
    best: tuple[float, list[_Placed]] | None = None
    for group in groups[-6:]:
        height = min(item.height, median(other.height for other in group))
        distance = _distance(item, group)
        if distance >= JOIN_HEIGHTS * height or any(_side_by_side_fails(item, other) for other in group):
            continue
        if best is None or distance < best[0]:
            best = (distance, group)
    return best[1] if best else None


def _distance(item: _Placed, group: Sequence[_Placed]) -> float:
    return abs(item.middle_y - _mean_y(group))


def _side_by_side_fails(item: _Placed, other: _Placed) -> bool:
    shared = min(item.right, other.right) - max(item.left, other.left)
    narrower = min(item.right - item.left, other.right - other.left)
    return shared > max(OVERLAP_SHARE * narrower, MARGIN_HEIGHTS * min(item.height, other.height))
