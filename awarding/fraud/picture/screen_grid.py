"""Photograph of a screen: its dots, and their moire with the camera's, are regular; paper is not.

Brightness is looked at in tiles of 256 x 256 pixels. Each tile's spectrum is held against its own smooth
course, in natural logarithms of power, so that neither sharpness nor noise counts; what stands out are
regular patterns. Till print is regular as well, but coarsely: below `LEAST_FREQUENCY` nothing is looked at.
Nor is it where JPEG's own blocks put lines, at every eighth of a pixel.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from awarding.fraud.picture.findings import ScreenFindings, Spot
from receipts.transcript import Quad

TILE_PX: Final = 256
TILES_ACROSS: Final = 3
TILES_DOWN: Final = 4
HALF_TILES: Final = (3, 2)
"""Down and across, where a large picture is looked at in half its size: each shows four times as much."""
DARKEST_TILE: Final = 45.0
"""Mean brightness of 255 below which a screen shines too little to tell; so does wood in the shade."""
LEAST_FREQUENCY: Final = 0.14
"""Periods a pixel. Letters stand at 0.05 to 0.12 of print that is large enough to read."""
PEAKS: Final = 12
"""Strongest places of a spectrum that are averaged: a grid has several harmonics, chance has one."""
COURSE_PX: Final = 15
"""Width of the mean that a spectrum is held against."""
FLAT_TILE: Final = 0.35
"""Standard deviation of 255 below which a tile is blank paper in a scan set to black and white."""
NO_GRID: Final = 3.6
"""Median over tiles, natural logarithm: score 0. Of 96 genuine pictures most lie below, all below 4.6."""
SURE_GRID: Final = 6.0
"""Score 1: more than half of 45 photographed screens lie above."""
QUIET_QUARTER: Final = 0.6
"""What a quarter of the tiles may lack of the median: a screen's pattern is all over the picture, where cloth
or fine print is in a part of it. Chosen on 100 drawn screens and 50 drawn genuine pictures to learn from, and
the 186 real ones: more finds two screens more in a hundred and calls seven real scans screens."""
QUARTER_TILES: Final = 6
"""Fewer have no quarter to speak of."""
HUGE_PIXELS: Final = 5_000_000
"""Pictures above this are looked at in half their size as well: a screen's pixel may take seven of theirs."""

Grey = NDArray[np.uint8]
_Floats = NDArray[np.float32]


def _frequencies() -> NDArray[np.float64]:
    down = np.fft.fftfreq(TILE_PX)[:, None]
    across = np.abs(np.fft.fftfreq(TILE_PX)[None, : TILE_PX // 2 + 1])
    return np.asarray(np.hypot(down, across))


def _block_lines() -> NDArray[np.bool_]:
    """Where a JPEG's blocks of eight pixels show in a spectrum, one place around."""
    lines = np.zeros((TILE_PX, TILE_PX // 2 + 1), bool)
    step = TILE_PX // 8
    for row in range(0, TILE_PX, step):
        for column in range(0, TILE_PX // 2 + 1, step):
            rows = np.arange(row - 1, row + 2) % TILE_PX
            lines[rows[:, None], np.arange(max(0, column - 1), min(TILE_PX // 2, column + 1) + 1)] = True
    return lines


_WINDOW: Final[_Floats] = np.outer(np.hanning(TILE_PX), np.hanning(TILE_PX)).astype(np.float32)
_SEEN: Final = (_frequencies() > LEAST_FREQUENCY) & (_frequencies() < 0.5) & ~_block_lines()  # noqa: PLR2004


def find_screen(grey: Grey) -> ScreenFindings | None:
    """How regular the picture is; None where it is too small or too dark to tell.

    Args:
        grey: the picture as stored, brightness alone.
    """
    found = _look(grey, 1, (TILES_DOWN, TILES_ACROSS))
    if grey.size > HUGE_PIXELS:
        found = max(found, _look(grey, 2, HALF_TILES), key=_regularity)
    if not found:
        return None
    regular = _regularity(found)
    score = float(np.clip((regular - NO_GRID) / (SURE_GRID - NO_GRID), 0, 1))
    spots = sorted((spot for spot in found if spot.measure >= SURE_GRID - 1), key=lambda spot: -spot.measure)
    facts = (
        ("regularity of fine detail", round(_median(found), 2)),
        ("of its quietest quarter", round(_quarter(found), 2)),
        ("tiles looked at", float(len(found))),
    )
    return ScreenFindings(score=round(score, 3), facts=facts, spots=tuple(spots[:6]))


def _regularity(found: list[Spot]) -> float:
    """The median, or more where no quarter of the picture is without the pattern."""
    quarter = _quarter(found)
    return max(_median(found), quarter + QUIET_QUARTER if quarter else 0.0)


def _median(found: list[Spot]) -> float:
    return float(np.median([spot.measure for spot in found])) if found else 0.0


def _quarter(found: list[Spot]) -> float:
    """What three quarters of the tiles reach; 0 where there are too few."""
    enough = len(found) >= QUARTER_TILES
    return float(np.quantile([spot.measure for spot in found], 0.25)) if enough else 0.0


def _look(grey: Grey, step: int, tiles: tuple[int, int]) -> list[Spot]:
    """Each tile's peaks; with a step of 2 in half the picture's size."""
    side = TILE_PX * step
    if min(grey.shape) < side:
        return []
    found = []
    for top in _places(grey.shape[0], side, tiles[0]):
        for left in _places(grey.shape[1], side, tiles[1]):
            tile = grey[top : top + side, left : left + side]
            if step > 1:
                small = cv2.resize(tile, (TILE_PX, TILE_PX), interpolation=cv2.INTER_AREA)
                tile = np.asarray(small, np.uint8)
            if tile.mean() < DARKEST_TILE or tile.std() < FLAT_TILE:
                continue
            quad = Quad.upright(left=left, top=top, right=left + side, bottom=top + side)
            found.append(Spot(quad, "regular fine pattern", round(_peaks(tile.astype(np.float32)), 2)))
    return found


def _places(length: int, side: int, most: int) -> list[int]:
    count = max(1, min(most, length // side))
    margin = round(0.06 * max(0, length - side))
    return [round(place) for place in np.linspace(margin, length - side - margin, count)]


def _peaks(tile: _Floats) -> float:
    """How far the strongest places stand out of the spectrum's course."""
    fine = (tile - cv2.GaussianBlur(tile, (0, 0), 6.0)) * _WINDOW
    wave = cv2.dft(fine, flags=cv2.DFT_COMPLEX_OUTPUT)[:, : TILE_PX // 2 + 1]
    power = np.log(np.square(wave).sum(axis=2) + 1e-3).astype(np.float32)
    apart = (power - cv2.blur(power, (COURSE_PX, COURSE_PX)))[_SEEN]
    return float(np.partition(apart, -PEAKS)[-PEAKS:].mean())
