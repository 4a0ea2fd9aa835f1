"""Several shots of one long receipt to one page, by the lines that neighbouring shots share.

The end of one shot must be the beginning of the next: at least three lines in the same order. That tells
shots of one paper from two receipts of the same shop, which share their first lines and not these.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, permutations
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from ocr.engines.base import Picture
from receipts.image import Taken
from receipts.transcript import Point, Quad, Row, TextBox

MIN_COMMON_ROWS: Final = 3
SAME_ROW: Final = 80.0
"""Of 100: likeness of two rows' letters and digits; a misread letter or two in a line still passes."""
TELLING_LENGTH: Final = 4
"""Letters and digits; shorter rows are alike by chance."""
LOOSE_ROWS: Final = 3
"""Rows at a shot's edge that may be cut through, and so read otherwise."""
MIN_DENSITY: Final = 0.5
"""Share of the telling rows between the first and the last common one that are common."""
LOOK_ALIKE: Final = str.maketrans("01L58", "OIISB")
"""Read for each other, differently in two shots; nothing is told apart by them alone."""
MAX_SHOTS: Final = 6
"""Every order is tried."""

Matrix = NDArray[np.float64]
"""2 x 3: turns, scales and moves a shot onto the one above it."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture and the rows read on it, and which photos show which band of it."""

    picture: Picture
    rows: tuple[Row, ...]
    taken: tuple[Taken, ...] = ()


@dataclass(frozen=True, slots=True)
class Overlap:
    """Pairs of a row of the upper shot and the same row of the lower, by number, from top to bottom."""

    pairs: tuple[tuple[int, int], ...]


def stitch(shots: Sequence[Shot]) -> Shot | None:
    """The whole receipt, whatever order the shots came in; None where they are not shots of one."""
    if not 1 < len(shots) <= MAX_SHOTS:
        return None
    overlaps = {
        (upper, lower): find_overlap(shots[upper].rows, shots[lower].rows)
        for upper, lower in permutations(range(len(shots)), 2)
    }

    def common(order: tuple[int, ...]) -> int:
        found = [overlaps[pair] for pair in pairwise(order)]
        return 0 if None in found else sum(len(overlap.pairs) for overlap in found if overlap is not None)

    best = max(permutations(range(len(shots))), key=common)
    if common(best) == 0:
        return None
    whole = shots[best[0]]
    for index in best[1:]:
        # Found anew: the rows above have been added to since.
        overlap = find_overlap(whole.rows, shots[index].rows)
        if overlap is None:
            return None
        whole = _joined(whole, shots[index], overlap)
    return whole


def find_overlap(upper: Sequence[Row], lower: Sequence[Row]) -> Overlap | None:
    """The rows that end the upper and begin the lower shot; None where there are not enough."""
    above, below = [_key(row) for row in upper], [_key(row) for row in lower]
    pairs = _align(above, below)
    if len(pairs) < MIN_COMMON_ROWS:
        return None
    (first_above, first_below), (last_above, last_below) = pairs[0], pairs[-1]
    if _telling(above[last_above + 1 :]) > LOOSE_ROWS or _telling(below[:first_below]) > LOOSE_ROWS:
        return None
    spans = (above[first_above : last_above + 1], below[first_below : last_below + 1])
    if len(pairs) < MIN_DENSITY * max(_telling(span) for span in spans):
        return None
    return Overlap(tuple(pairs))


def _key(row: Row) -> str:
    return re.sub(r"[\W_]", "", row.text).upper().translate(LOOK_ALIKE)


def _telling(keys: Sequence[str]) -> int:
    return sum(len(key) >= TELLING_LENGTH for key in keys)


def _align(above: Sequence[str], below: Sequence[str]) -> list[tuple[int, int]]:
    """The pairs of like rows in order whose likeness adds up to most (Needleman and Wunsch, gaps free)."""
    likeness = np.zeros((len(above), len(below)))
    for i, key in enumerate(above):
        for j, other in enumerate(below):
            if min(len(key), len(other)) >= TELLING_LENGTH:
                ratio = fuzz.ratio(key, other)
                likeness[i, j] = ratio if ratio >= SAME_ROW else 0.0
    best = np.zeros((len(above) + 1, len(below) + 1))
    for i in range(len(above) - 1, -1, -1):
        for j in range(len(below) - 1, -1, -1):
            paired = likeness[i, j] + best[i + 1, j + 1] if likeness[i, j] else 0.0
            best[i, j] = max(paired, best[i + 1, j], best[i, j + 1])
    pairs, i, j = list[tuple[int, int]](), 0, 0
    while i < len(above) and j < len(below):
        if likeness[i, j] and np.isclose(best[i, j], likeness[i, j] + best[i + 1, j + 1]):
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i + 1, j] >= best[i, j + 1]:
            i += 1
        else:
            j += 1
    return pairs


def _joined(upper: Shot, lower: Shot, overlap: Overlap) -> Shot:
    """The upper shot down to the middle of what is common, the lower from there on, moved onto it."""
    matrix = _onto(upper, lower, overlap)
    at_upper, at_lower = overlap.pairs[len(overlap.pairs) // 2]
    moved = tuple(_moved(row, matrix) for row in lower.rows[at_lower + 1 :])
    rows = (*upper.rows[: at_upper + 1], *moved)
    seam = max((box.quad.bottom for box in upper.rows[at_upper].boxes), default=0.0)
    picture = _joined_picture(upper.picture, lower.picture, matrix, round(seam))
    return Shot(picture, rows, _bands(upper, lower, matrix, round(seam)))


def _bands(upper: Shot, lower: Shot, matrix: Matrix, seam: int) -> tuple[Taken, ...]:
    """As `_joined_picture` takes them: what is above the seam of the upper, the rest of the lower."""
    above = tuple(
        replace(each, bottom=seam if each.bottom is None else min(seam, each.bottom)) for each in upper.taken
    )
    onto = np.vstack([matrix, [0.0, 0.0, 1.0]])
    below = []
    for each in lower.taken:
        a, b, c, d, e, f, g, h, i = (onto @ np.array(each.moved).reshape(3, 3)).ravel().tolist()
        below.append(replace(each, moved=(a, b, c, d, e, f, g, h, i), top=float(seam)))
    return (*above, *below)


def _onto(upper: Shot, lower: Shot, overlap: Overlap) -> Matrix:
    """By the corners of what stands in both; the same print, so the same corners but for noise."""
    there: list[Point] = []
    here: list[Point] = []
    for i, j in overlap.pairs:
        ours, theirs = upper.rows[i].boxes, lower.rows[j].boxes
        for box in ours:
            same = [other for other in theirs if other.text == box.text]
            if len(same) == 1:
                here += _corners(box.quad)
                there += _corners(same[0].quad)
    if len(there) >= 4:  # noqa: PLR2004 - one box at least
        matrix, _ = cv2.estimateAffinePartial2D(_array(there), _array(here))
        if matrix is not None:
            return np.asarray(matrix, np.float64)
    # Nothing reads quite alike: the lower shot is brought to the same width and set below the seam.
    scale = upper.picture.shape[1] / lower.picture.shape[1]
    at_upper, at_lower = overlap.pairs[len(overlap.pairs) // 2]
    down = upper.rows[at_upper].boxes[0].quad.bottom - scale * lower.rows[at_lower].boxes[0].quad.bottom
    return np.array([[scale, 0.0, 0.0], [0.0, scale, down]])


def _corners(quad: Quad) -> list[Point]:
    return [quad.top_left, quad.top_right, quad.bottom_right, quad.bottom_left]


def _array(points: list[Point]) -> NDArray[np.float32]:
    return np.array([(point.x, point.y) for point in points], np.float32)


def _moved(row: Row, matrix: Matrix) -> Row:
    return Row(tuple(_moved_box(box, matrix) for box in row.boxes))


def _moved_box(box: TextBox, matrix: Matrix) -> TextBox:
    points = _array(_corners(box.quad)) @ matrix[:, :2].T + matrix[:, 2]
    return replace(box, quad=Quad(*(Point(float(x), float(y)) for x, y in points)))


def _joined_picture(upper: Picture, lower: Picture, matrix: Matrix, seam: int) -> Picture:
    height, width = lower.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]]) @ matrix[:, :2].T + matrix[:, 2]
    size = (max(upper.shape[1], round(corners[:, 0].max())), max(seam + 1, round(corners[:, 1].max())))
    whole = np.asarray(
        cv2.warpAffine(lower, matrix, size, borderMode=cv2.BORDER_CONSTANT, borderValue=(255, 255, 255)),
        np.uint8,
    )
    whole[:seam] = 255
    kept = upper[:seam]
    whole[: kept.shape[0], : kept.shape[1]] = kept
    return whole
