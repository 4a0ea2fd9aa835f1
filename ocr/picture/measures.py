"""What a picture measures, as numbers that a verdict can be drawn from; no engine is asked.

All is measured where print stands, at the size of the print: a photo may be soft in pixels and still be read,
if its letters are large.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engines.base import Picture
from ocr.picture.paper import Paper
from ocr.picture.prints import Print, box_sums, darkest_colour

CLEAR_INK: Final = 40
"""Grey levels, of 255, darker than its surroundings: no weave or grain is."""
SAMPLED_RUNS: Final = 18
"""Of the runs of print, how many are looked at closely: the longest ones."""
CLOSE_HEIGHT_PX: Final = 24
"""Runs are brought to this height before they are measured, never enlarged."""
TOUCHING_PX: Final = 2
"""On the small copy: print so near to the frame's border runs out of it."""
SATURATED: Final = 250
"""Of 255, in the darkest colour: nothing is left of print here."""
GLARE_ABOVE_PAPER: Final = 14.0
"""Of 255: so much brighter than the paper's own white. Overexposed pages and scans are white all over."""
GLARE_LINES: Final = 2.5
"""A spot is at least this many lines across."""


@dataclass(frozen=True, slots=True)
class Measures:
    """What was measured.

    Attributes:
        line_px: height of most of the print in the picture's own pixels; 0 without print.
        runs: how many runs of print there are.
        ink: share of the small copy that is thin and clearly dark: print, though too small to join to runs.
        sharpness: steepest step of brightness within print, as a share of its contrast, per pixel, with lines
            24 pixels high: 0.3 and more where letters are crisp. 0 without print.
        edges: the same over the whole small copy, print or not.
        down: how steep the steps down the lines are to those along them, in print and page: 0.6 and more
            where the camera lay still, less where it moved down the lines.
        aslant: of the two diagonals, the softer to the crisper one: 0.9 and more where the camera lay still.
        contrast: between print and what it stands on, 0 to 255.
        noise: of the sensor, standard deviation, at the size of the print.
        brightness: of the brightest hundredth of the picture, 0 to 255; white letters on black count.
        glare: share of the page on which light has put the print out.
        cut: for left, top, right, bottom: share of the page's lines (or runs) that the frame's border cuts.
    """

    line_px: float
    runs: int
    ink: float
    sharpness: float
    edges: float
    down: float
    aslant: float
    contrast: float
    noise: float
    brightness: float
    glare: float
    cut: tuple[float, float, float, float]

    @property
    def focus(self) -> float:
        """Sharpness of print and page in one: print alone misleads where there is little of it."""
        return math.sqrt(self.sharpness * self.edges)


def measure(picture: Picture, printed: Print, paper: Paper | None) -> Measures:
    """The picture's measures; `printed` and `paper` are what was found on it."""
    page = _page_mask(printed, paper)
    close = [_close(picture, printed, run) for run in _longest(printed)]
    sharp = [_sharpness(run) for run in close]
    contrasts = [_contrast(run) for run in close]
    noises = [_noise(run) for run in close]
    down, aslant = _evenness(close, printed, page)
    return Measures(
        line_px=printed.line_height_px,
        runs=len(printed.runs),
        ink=float((printed.ink > CLEAR_INK).mean()),
        sharpness=float(np.median(sharp)) if sharp else 0.0,
        edges=_edges(printed.grey, page, sideways=printed.sideways),
        down=down,
        aslant=aslant,
        contrast=float(np.median(contrasts)) if contrasts else 0.0,
        noise=float(np.median(noises)) if noises else 0.0,
        brightness=float(np.percentile(printed.grey[::3, ::3], 99)),
        glare=_glare(printed, page),
        cut=_cut(printed),
    )


def _longest(printed: Print) -> NDArray[np.int32]:
    lengths = printed.runs[:, 3 if printed.sideways else 2]
    return printed.runs[np.argsort(-lengths)[:SAMPLED_RUNS]]


def _close(picture: Picture, printed: Print, run: NDArray[np.int32]) -> NDArray[np.float32]:
    """The run from the picture itself, grey, 24 pixels high or less, with a little of what is around it."""
    left, top, width, height = (value / printed.scale for value in run.tolist())
    reach = 0.3 * (width if printed.sideways else height)
    rows = slice(max(0, int(top - reach)), int(top + height + reach) + 1)
    columns = slice(max(0, int(left - reach)), int(left + width + reach) + 1)
    grey = cv2.cvtColor(np.ascontiguousarray(picture[rows, columns]), cv2.COLOR_BGR2GRAY)
    if printed.sideways:
        grey = np.ascontiguousarray(grey.T)
    scale = min(1.0, CLOSE_HEIGHT_PX / max(1.0, width if printed.sideways else height))
    if scale < 1.0:
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(grey, np.float32)


def _contrast(run: NDArray[np.float32]) -> float:
    low, high = np.percentile(run, (5, 95))
    return float(high - low)


def _sharpness(run: NDArray[np.float32]) -> float:
    """Down the lines two rows are taken together, so that the sensor's noise counts less."""
    if min(run.shape) < 3:  # noqa: PLR2004 - nothing to measure
        return 0.0
    soft = np.asarray((run[:-1] + run[1:]) / 2, np.float32)
    steps = np.abs(np.diff(soft, axis=1))
    return float(np.percentile(steps, 98)) / max(4.0, _contrast(soft))


def _noise(run: NDArray[np.float32]) -> float:
    """By the response to a mask that is blind to edges (Immerkaer 1996), in the run's brighter half."""
    if min(run.shape) < 3:  # noqa: PLR2004
        return 0.0
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    answer = np.abs(cv2.filter2D(run, cv2.CV_32F, kernel))
    ground = answer[run >= np.median(run)]
    return float(np.median(ground)) / 0.6745 / 6.0


def _edges(grey: Picture, page: NDArray[np.uint8], *, sideways: bool) -> float:
    """Along the lines, as in print itself: a shaken page is soft one way only, however it lies."""
    if sideways:
        grey, page = np.ascontiguousarray(grey.T), np.ascontiguousarray(page.T)
    # Every other row: neighbours say the same.
    fine, within = grey[::2].astype(np.float32), page[::2, 1:] > 0
    steps = np.abs(np.diff(fine, axis=1))[within]
    if not steps.size:
        return 0.0
    low, high = np.percentile(fine[:, 1:][within][::8], (2, 98))
    return float(np.percentile(steps, 99.5)) / max(8.0, float(high - low))


def _evenness(
    close: list[NDArray[np.float32]], printed: Print, page: NDArray[np.uint8]
) -> tuple[float, float]:
    """`Measures.down` and `Measures.aslant`; 1 where nothing is printed.

    A camera that shook leaves what lies across its way soft and what lies along it crisp.
    """
    grey = printed.grey
    if printed.sideways:
        grey, page = np.ascontiguousarray(grey.T), np.ascontiguousarray(page.T)
    steep = np.array([_directions(run) for run in close if min(run.shape) > len(WAYS)])
    if not len(steep):
        return 1.0, 1.0
    ways = np.median(steep, axis=0)
    wide = np.array([_steepest(grey, page, *way) for way in WAYS])
    (along, down, falling, rising) = np.sqrt(np.maximum(ways, 1e-6) * np.maximum(wide, 1e-6)).tolist()
    return down / along, min(falling, rising) / max(falling, rising)


WAYS: Final = ((0, 1), (1, 0), (1, 1), (1, -1))
"""Rows and columns from one pixel to the next: along the lines, down them, and the two diagonals."""


def _directions(run: NDArray[np.float32]) -> tuple[float, float, float, float]:
    """The steepest steps of the run each way, in grey levels; of two pixels' mean where noise counts."""
    rows, columns = (run[:-1] + run[1:]) / 2, (run[:, :-1] + run[:, 1:]) / 2
    steps = (
        np.diff(rows, axis=1),
        np.diff(columns, axis=0),
        run[1:, 1:] - run[:-1, :-1],
        run[1:, :-1] - run[:-1, 1:],
    )
    along, down, falling, rising = (float(np.percentile(np.abs(step), 98)) for step in steps)
    return along, down, falling, rising


def _steepest(grey: Picture, page: NDArray[np.uint8], down: int, across: int) -> float:
    """Of the small copy's steps that way on the page, the steepest but for one in two hundred."""
    height, width = grey.shape
    left, right = max(0, -across), width - max(0, across)
    here = grey[: height - down, left:right]
    there = grey[down:, left + across : right + across]
    # Every other row: neighbours say the same. By counting, since sorting takes ten times as long.
    counts = np.bincount(
        cv2.absdiff(here, there)[::2][page[: height - down : 2, left:right] > 0], minlength=256
    )
    reached = np.cumsum(counts)
    return float(np.searchsorted(reached, 0.995 * reached[-1]))


def _page_mask(printed: Print, paper: Paper | None) -> NDArray[np.uint8]:
    """Where the page is on the small copy: its paper, else what its print spans, else all."""
    mask = np.zeros(printed.grey.shape, np.uint8)
    if paper is not None:
        cv2.fillConvexPoly(mask, (paper.corners * printed.scale).round().astype(np.int32), 1)
    elif len(printed.runs):
        left, top, width, height = printed.runs.T
        box = (
            np.percentile(left, 2),
            np.percentile(top, 1),
            np.percentile(left + width, 98),
            np.percentile(top + height, 99),
        )
        x0, y0, x1, y1 = (int(value) for value in box)
        mask[y0 : y1 + 1, x0 : x1 + 1] = 1
    else:
        mask[:] = 1
    return mask


def _glare(printed: Print, page: NDArray[np.uint8]) -> float:
    """Spots that are white without print, while the page is darker elsewhere."""
    darkest = darkest_colour(printed.small)
    # Without print, and without the sensor's noise.
    blank = cv2.morphologyEx(darkest, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    line = max(4.0, printed.line_height_px * printed.scale)
    reach = int(GLARE_PRINT_LINES * line) | 1
    near = np.zeros_like(page)
    for left, top, width, height in printed.runs:
        near[top : top + height, left : left + width] = 1
    near = np.asarray(cv2.dilate(near, np.ones((reach, reach), np.uint8)))
    white = float(np.percentile(blank[::3, ::3][page[::3, ::3] > 0], 25))
    if white > SATURATED - GLARE_ABOVE_PAPER:
        return 0.0
    spots = ((darkest >= SATURATED) & (near == 0)).astype(np.uint8)
    size = int(GLARE_LINES * line) | 1
    spots = np.asarray(cv2.morphologyEx(spots, cv2.MORPH_OPEN, np.ones((size, size), np.uint8)))
    return float((spots * page).sum()) / max(1.0, float(page.sum()))


GLARE_PRINT_LINES: Final = 2.0
"""So near to print there is no glare."""


def _cut(printed: Print) -> tuple[float, float, float, float]:
    if not len(printed.runs):
        return (0.0, 0.0, 0.0, 0.0)
    height, width = printed.grey.shape
    runs = _strong(printed)
    left, top = runs[:, 0], runs[:, 1]
    right, bottom = left + runs[:, 2], top + runs[:, 3]
    # A line counts once, however many runs it has: lines are told by where their middle is.
    pitch = max(4.0, 1.2 * printed.line_height_px * printed.scale)
    down, across = ((top + bottom) / 2 / pitch).astype(int), ((left + right) / 2 / pitch).astype(int)
    lines, columns = max(1, len(np.unique(down))), max(1, len(np.unique(across)))
    return (
        len(np.unique(down[left <= TOUCHING_PX])) / lines,
        len(np.unique(across[top <= TOUCHING_PX])) / columns,
        len(np.unique(down[right >= width - TOUCHING_PX])) / lines,
        len(np.unique(across[bottom >= height - TOUCHING_PX])) / columns,
    )


def _strong(printed: Print) -> NDArray[np.int32]:
    """The runs as dark and as high as most print: the grain of wood and the weave of cloth are neither."""
    runs = printed.runs
    corners = runs.copy()
    corners[:, 2:] += runs[:, :2]
    ink = box_sums(printed.ink, corners) / (runs[:, 2] * runs[:, 3])
    heights = runs[:, 2 if printed.sideways else 3]
    usual = printed.line_height_px * printed.scale
    order = np.sort(ink)
    good = (ink >= STRONG_INK * order[int(0.75 * len(order))]) & (heights >= STRONG_HEIGHT * usual)
    return runs[good] if good.any() else runs


STRONG_INK: Final = 0.6
"""Of the ink of the darker quarter of all runs."""
STRONG_HEIGHT: Final = 0.6
