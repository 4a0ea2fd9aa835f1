"""Pictures that no camera took: drawn by software, or captured from a screen.

A camera leaves noise in everything that is neither black nor burnt out; software leaves colours that are the
same from one pixel to the next. Pure white is no sign: scanners and scanning apps set paper to it.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import NDArray

from awarding.fraud.picture.findings import MadeFindings, Spot
from receipts.transcript import Quad

BLOCK_PX: Final = 8
"""A JPEG's own block, so that its noise is seen or not as a whole."""
BLOCK_PIXELS: Final = 2_000_000
"""Of larger pictures only every second row of blocks is looked at, or fewer."""
FLAT_RANGE: Final = 1
"""Of 255, within a block: nothing varies."""
BLACK, WHITE = 8.0, 247.0
"""Block means of 255 beyond which a camera, too, gives the same value everywhere."""
LEAST_MIDDLE: Final = 0.3
"""Share of the picture that must be neither: a page set to black and white tells nothing."""
NOT_FLAT: Final = 0.45
"""Share of flat blocks among those: score 0. The most of 26 real photos is 0.27, of 40 real scans 0.40."""
ALL_FLAT: Final = 0.65
"""Score 1: drawn pages on a tint have 0.68 and more."""
SAME_ROW: Final = 3
"""Of 255: a row of pixels that varies no more from end to end is a screen's own background."""
CAPTURE_ROWS: Final = 0.05
"""Share of such rows: no real photo has any; scans set to black and white have, but no screen's measures."""
BAR_SHARE: Final = 0.06
"""Of the height, at the top: a phone shows its clock and signs there."""

Grey = NDArray[np.uint8]


def find_made(grey: Grey) -> MadeFindings:
    """Whether a camera made the picture, by its brightness as stored."""
    height, width = (side // BLOCK_PX * BLOCK_PX for side in grey.shape)
    if not height or not width:
        return MadeFindings(0.0, 0.0)
    every = max(1, round(grey.size / BLOCK_PIXELS))
    strips = grey[:height, :width].reshape(height // BLOCK_PX, BLOCK_PX, width)[::every]
    # Down first, where numpy is quick, and across on what is left.
    low = strips.min(axis=1).reshape(len(strips), -1, BLOCK_PX).min(axis=2)
    high = strips.max(axis=1).reshape(len(strips), -1, BLOCK_PX).max(axis=2)
    middle = (low > BLACK) & (high < WHITE)
    flat = middle & (high - low <= FLAT_RANGE)
    share = float(flat.sum() / max(1, middle.sum()))
    drawn = 0.0
    if middle.mean() >= LEAST_MIDDLE:
        drawn = float(np.clip((share - NOT_FLAT) / (ALL_FLAT - NOT_FLAT), 0, 1))
    same = (grey.max(axis=1) - grey.min(axis=1)) <= SAME_ROW
    rows = float(same.mean())
    known = tuple(sorted(grey.shape)) in _screen_sizes()
    capture = _capture(grey, same, known=known)
    facts = (
        ("share of areas without any noise", round(share, 3)),
        ("share of rows of one colour", round(rows, 3)),
        ("measures of a known screen", float(known)),
    )
    whole = Quad.upright(left=0, top=0, right=grey.shape[1], bottom=grey.shape[0])
    spots = (Spot(whole, "no noise in even areas", round(share, 3)),) if drawn > 0 else ()
    if capture > 0:
        bar = Quad.upright(left=0, top=0, right=grey.shape[1], bottom=grey.shape[0] * BAR_SHARE)
        spots = (*spots, Spot(bar, "rows of one colour", round(rows, 3)))
    return MadeFindings(round(drawn, 3), capture, facts, spots)


def _capture(grey: Grey, same: NDArray[np.bool_], *, known: bool) -> float:
    """0, or how sure: the measures of a screen and its background, or a bar at the top like a phone's."""
    if same.mean() < CAPTURE_ROWS:
        return 0.0
    if known:
        return 0.95
    height, width = grey.shape
    bar = same[: max(1, round(BAR_SHARE * height))]
    tall = 1.6 <= height / width <= 2.4  # noqa: PLR2004 - phones have 1.78 to 2.22
    # Background, a few signs, background again; and not paper white, which scans have there.
    signs = bool(bar[0] and bar[-1] and not bar.all())
    tone = float(np.median(grey[: bar.size]))
    return 0.6 if tall and signs and not (WHITE < tone <= 255) else 0.0  # noqa: PLR2004


@cache
def _screen_sizes() -> frozenset[tuple[int, int]]:
    listed = tomllib.loads(files(__package__).joinpath("screen_sizes.toml").read_text(encoding="utf-8"))
    return frozenset((min(size), max(size)) for size in listed["phones"])
