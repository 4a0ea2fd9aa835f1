"""Where print stands in a picture, told without an engine: strokes that join to level runs.

It is rough and takes 10 ms: good enough to know how high the lines are and where the receipt lies, not to
read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engines.base import Picture

SEARCH_SIDE_PX: Final = 1000
"""Long side of the copy that is searched: lines of a receipt that fills it are 8 to 30 pixels high."""
STROKE_PX: Final = 15
"""Dark marks up to this thick count as strokes; larger ones are shadows, pictures and hands."""
LEAST_STROKE: Final = 7.0
"""Grey levels, of 255, that a stroke is darker than what surrounds it, at least."""
STROKE_OF_STRONGEST: Final = 0.25
"""And at least so much of what the darkest hundredth of the picture's strokes have."""
JOIN_PX: Final = 9
"""Strokes nearer than this along the line are one run."""
RUN_HEIGHT_PX: Final = (4, 60)
RUN_WIDER: Final = 2.0
"""A run is this much longer than high, at least."""
RUN_LONGEST: Final = 60.0
"""Rules, seams and the grain of wood are longer, for their height."""
RUN_FILL: Final = (0.25, 0.92)
"""Share of a run's frame that is ink: letters leave gaps, seams do not."""

Runs = NDArray[np.int32]
"""N x 4: left, top, width, height on the small copy."""


@dataclass(frozen=True, slots=True)
class Print:
    """What was found.

    Attributes:
        scale: pixels of the small copy to one of the picture.
        small: the copy, BGR.
        grey: the copy in grey.
        runs: runs of print, as if the page lay level.
        ink: the copy's strokes as grey levels.
        sideways: the runs stand on their end: the page lies on its side. `runs` is as found, not turned.
    """

    scale: float
    small: Picture
    grey: Picture
    ink: Picture
    runs: Runs
    sideways: bool

    @property
    def line_height_px(self) -> float:
        """Height of most of the print, in the picture's own pixels; 0 where there is none."""
        if not len(self.runs):
            return 0.0
        heights = self.runs[:, 2 if self.sideways else 3].astype(np.float64)
        lengths = self.runs[:, 3 if self.sideways else 2].astype(np.float64)
        order = np.argsort(heights)
        reached = np.cumsum(lengths[order])
        return float(heights[order][np.searchsorted(reached, reached[-1] / 2)]) / self.scale


def find_print(picture: Picture) -> Print:
    """The picture's print."""
    scale = min(1.0, SEARCH_SIDE_PX / max(picture.shape[:2]))
    small = (
        picture
        if scale == 1.0
        else np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    )
    grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), np.uint8)
    found = _find(small, grey, scale)
    if len(found.runs) >= ENOUGH_RUNS:
        return found
    # Screenshots may show light letters on a dark page.
    light = _find(small, np.asarray(255 - grey, np.uint8), scale)
    return replace(light, grey=grey) if len(light.runs) > len(found.runs) else found


ENOUGH_RUNS: Final = 12
"""Of dark print; with fewer, light print is looked for as well."""


def _find(small: Picture, grey: Picture, scale: float) -> Print:
    soft = cv2.GaussianBlur(grey, (3, 3), 0)
    ink = np.asarray(
        cv2.morphologyEx(soft, cv2.MORPH_BLACKHAT, np.ones((STROKE_PX, STROKE_PX), np.uint8)), np.uint8
    )
    least = max(LEAST_STROKE, STROKE_OF_STRONGEST * float(np.percentile(ink[::2, ::2], 99)))
    strokes = (ink > least).astype(np.uint8)
    level, upright = _runs(strokes, down=False), _runs(strokes, down=True)
    sideways = _extent(upright, 3) > SIDEWAYS_FACTOR * _extent(level, 2)
    return Print(scale, small, grey, ink, upright if sideways else level, sideways)


SIDEWAYS_FACTOR: Final = 2.0
"""Print joins to runs down the page as well, by chance; it must do so clearly better than across."""


def _extent(runs: Runs, column: int) -> float:
    return float(runs[:, column].sum()) if len(runs) else 0.0


def _runs(strokes: Picture, *, down: bool) -> Runs:
    kernel = np.ones((JOIN_PX, 1) if down else (1, JOIN_PX), np.uint8)
    joined = cv2.morphologyEx(strokes, cv2.MORPH_CLOSE, kernel)
    count, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=4)
    if count <= 1:
        return np.zeros((0, 4), np.int32)
    found = stats[1:]
    length, height = (found[:, 3], found[:, 2]) if down else (found[:, 2], found[:, 3])
    fill = found[:, 4] / (found[:, 2] * found[:, 3])
    good = (
        (height >= RUN_HEIGHT_PX[0])
        & (height <= RUN_HEIGHT_PX[1])
        & (length >= RUN_WIDER * height)
        & (length <= RUN_LONGEST * height)
        & (fill >= RUN_FILL[0])
        & (fill <= RUN_FILL[1])
    )
    return np.asarray(found[good, :4], np.int32)


def box_sums(values: NDArray[np.uint8] | NDArray[np.float32], boxes: Runs) -> NDArray[np.float64]:
    """The sum of `values` in each box (left, top, right, bottom; the last two just outside)."""
    table = cv2.integral(values, sdepth=cv2.CV_64F)
    height, width = values.shape
    left, right = (boxes[:, column].clip(0, width) for column in (0, 2))
    top, bottom = (boxes[:, column].clip(0, height) for column in (1, 3))
    sums = table[bottom, right] - table[top, right] - table[bottom, left] + table[top, left]
    return np.asarray(sums, np.float64)


def darkest_colour(picture: Picture) -> Picture:
    """For each pixel the least of its colours: white paper is bright in all three, wood and skin are not."""
    blue, green, red = cv2.split(picture)
    return np.asarray(cv2.min(cv2.min(blue, green), red), np.uint8)
