"""A piece of the picture laid down a second time, told by the paper's noise, which never comes twice.

Letters come again on every receipt; the grain of the paper and the noise of the camera between them do not.
Print is masked out, what is left of fine detail is set to one strength, and each tile is held against what
lies around it. A copied line shows as one shift that fits and no other; print, weave and JPEG's blocks fit at
many shifts nearly as well, so a peak counts by how far it stands above the next one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from awarding.fraud.picture.findings import EditedFindings, Spot
from receipts.transcript import Quad

TILE_WIDE, TILE_HIGH = 128, 40
"""About a line of print of a receipt that is large enough to read, and a few words of it."""
AROUND_PX: Final = 256
"""Side of the square that a tile is looked for in: lines are copied to the next lines."""
MOST_TILES: Final = 450
"""Looked at, evenly spread, so that a picture costs about as much whatever its size."""
FULL_PIXELS: Final = 4_000_000
"""Larger pictures are looked at in a half or third of their size; copies stand out less there."""
LEAST_SIDE_PX: Final = 300
INK: Final = 0.86
"""Of the paper's brightness around: darker is print."""
DARKEST_PAPER, BRIGHTEST_PAPER = 90.0, 251.0
"""Of 255: a dark table is no paper, and what is burnt out or set to white has no noise."""
LEAST_NOISE: Final = 0.4
"""Standard deviation of 255, below which there is nothing to compare."""
NOISE_PX: Final = 33
"""Side of the window over which noise is brought to one strength."""
LEAST_INK, LEAST_PAPER = 0.01, 0.25
"""Shares of a tile: without print nobody changes it, without paper nothing is seen."""
NEAREST_PX: Final = 12
"""Shifts below are the noise's own smoothness; pictures are enlarged and sharpened."""
PEAK_PX: Final = 3
LEAST_PEAK: Final = 7.0
"""Times the usual size (1.48 median) of the values at all other shifts."""
LEAST_SECOND: Final = 4.0
"""What the next best of thousands of shifts reaches by chance: less is no sign of a better peak."""
NO_COPY, SURE_COPY = 2.0, 4.0
"""Score 0 and 1, so that one half is 3: above all of the genuine pictures looked at, 185 of them real."""

SHOWN_FROM: Final = 2.6
"""Below this no places are kept: nobody is shown chance."""

Grey = NDArray[np.uint8]
_Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Fit:
    """A tile, where it fits best (down, across), and how far that stands out of the next best."""

    top: int
    left: int
    down: int
    across: int
    stands: float


def find_copied(grey: Grey) -> EditedFindings | None:
    """How surely a piece is there twice, with both places; None where no tile can tell.

    Args:
        grey: the picture as stored, brightness alone.
    """
    step = max(1, int(np.ceil(np.sqrt(grey.size / FULL_PIXELS))))
    if step > 1:
        size = (grey.shape[1] // step, grey.shape[0] // step)
        grey = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
    if min(grey.shape) < LEAST_SIDE_PX:
        return None
    noise, ink = _noise(grey)
    tiles = _tiles(noise, ink)
    if not tiles:
        return None
    fits = [fit for fit in (_fit(noise, top, left) for top, left in tiles) if fit is not None]
    stands, together = _strongest(fits)
    score = float(np.clip((stands - NO_COPY) / (SURE_COPY - NO_COPY), 0, 1))
    spots = tuple(spot for fit in together for spot in _both(fit, step)) if stands > SHOWN_FROM else ()
    facts = (("noise found twice, above chance", round(stands, 2)), ("tiles looked at", float(len(tiles))))
    return EditedFindings(score=round(score, 3), facts=facts, spots=spots)


def _noise(grey: Grey) -> tuple[_Floats, NDArray[np.bool_]]:
    """Fine detail of bare paper at one strength, 0 where there is none to see; and where print is."""
    size = (max(1, grey.shape[1] // 4), max(1, grey.shape[0] // 4))
    coarse = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    coarse = cv2.morphologyEx(coarse, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    paper = cv2.resize(coarse, grey.shape[::-1]).astype(np.float32)
    seen = grey.astype(np.float32)
    ink = seen < INK * paper
    hidden = cv2.dilate(ink.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    hidden |= (seen >= BRIGHTEST_PAPER) | (paper < DARKEST_PAPER)
    fine = seen - cv2.GaussianBlur(seen, (0, 0), 1.2)
    fine[hidden] = 0
    window = (NOISE_PX, NOISE_PX)
    share = cv2.blur((~hidden).astype(np.float32), window) + 1e-3
    spread = np.sqrt(cv2.blur(fine * fine, window) / share)
    fine = np.clip(fine / (spread + 1e-3), -3, 3)
    return np.where((spread > LEAST_NOISE) & ~hidden, fine, 0).astype(np.float32), ink & (
        paper >= DARKEST_PAPER
    )


def _tiles(noise: _Floats, ink: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Top and left of the tiles that have print, and enough bare paper between it."""
    tops = range(0, noise.shape[0] - TILE_HIGH + 1, TILE_HIGH // 2)
    lefts = range(0, noise.shape[1] - TILE_WIDE + 1, TILE_WIDE // 2)
    whole = TILE_HIGH * TILE_WIDE
    found = []
    for top in tops:
        for left in lefts:
            here = np.s_[top : top + TILE_HIGH, left : left + TILE_WIDE]
            if np.count_nonzero(ink[here]) < LEAST_INK * whole:
                continue
            if np.count_nonzero(noise[here]) >= LEAST_PAPER * whole:
                found.append((top, left))
    return found[:: -(-len(found) // MOST_TILES)] if found else []


def _fit(noise: _Floats, top: int, left: int) -> _Fit | None:
    """Where the tile fits best around itself; None where no shift stands out at all."""
    side = (min(AROUND_PX, noise.shape[0]), min(AROUND_PX, noise.shape[1]))
    upper = min(max(0, top - (side[0] - TILE_HIGH) // 2), noise.shape[0] - side[0])
    outer = min(max(0, left - (side[1] - TILE_WIDE) // 2), noise.shape[1] - side[1])
    tile = noise[top : top + TILE_HIGH, left : left + TILE_WIDE]
    around = noise[upper : upper + side[0], outer : outer + side[1]]
    fits = np.asarray(cv2.matchTemplate(around, tile, cv2.TM_CCORR), np.float32)
    usual = 1.4826 * float(np.median(np.abs(fits)))
    if usual < 1.0:
        return None  # nearly all around is blank
    down = np.arange(fits.shape[0])[:, None] - (top - upper)
    across = np.arange(fits.shape[1])[None] - (left - outer)
    fits = fits / usual
    fits[(np.abs(down) < NEAREST_PX) & (np.abs(across) < NEAREST_PX)] = 0
    fits[(down % 8 == 0) & (across % 8 == 0)] = 0  # JPEG's own blocks come again there
    row, column = divmod(int(fits.argmax()), fits.shape[1])
    best = float(fits[row, column])
    if best < LEAST_PEAK:
        return None
    around_peak = np.s_[
        max(0, row - PEAK_PX) : row + PEAK_PX + 1, max(0, column - PEAK_PX) : column + PEAK_PX + 1
    ]
    fits[around_peak] = 0
    stands = best / max(float(fits.max()), LEAST_SECOND)
    return _Fit(top, left, int(down[row, 0]), int(across[0, column]), stands)


def _strongest(fits: list[_Fit]) -> tuple[float, list[_Fit]]:
    """The best tile, and how much its neighbours in the line, at the same shift, add to it."""
    most, together = 0.0, []
    for fit in fits:
        same = [
            other
            for other in fits
            if other is not fit
            and abs(other.down - fit.down) <= 1
            and abs(other.across - fit.across) <= 1
            and abs(other.top - fit.top) <= TILE_HIGH
            and other.stands > 1.3  # noqa: PLR2004 - a third above the next best, where chance gives a tenth
        ]
        stands = fit.stands + sum(0.5 * (other.stands - 1.2) for other in same)
        if stands > most:
            most, together = stands, [fit, *same]
    return most, together


def _both(fit: _Fit, step: int) -> tuple[Spot, Spot]:
    """The tile and where it is again; which of them was there first cannot be told."""
    places = ((fit.top, fit.left), (fit.top + fit.down, fit.left + fit.across))
    first, second = (
        Spot(
            Quad.upright(
                left=left * step,
                top=top * step,
                right=(left + TILE_WIDE) * step,
                bottom=(top + TILE_HIGH) * step,
            ),
            "the same noise twice",
            round(fit.stands, 2),
        )
        for top, left in places
    )
    return first, second
