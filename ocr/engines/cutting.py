"""From the detector's map to boxes: each island of likely pixels gives the rectangle around it.

The network is trained to see a line smaller than it is, so that neighbours stay apart; the rectangle is grown
by its area over its girth, times a ratio (Liao et al., "Real-time Scene Text Detection with Differentiable
Binarization", AAAI 2020, section 3.5).
"""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engines.turns import Quad4

MASK_LEVEL: Final = 0.3
"""A pixel is text's from here on."""
BOX_LEVEL: Final = 0.5
"""An island is text where its pixels are as likely as this on average."""
UNCLIP: Final = 1.6
"""These three are rapidocr's own: others gained nothing (docs/decisions/0013-reading-speed.md)."""
LEAST_SIDE: Final = 3
"""Of an island, in pixels of the map; grown, two more."""
MAX_BOXES: Final = 1000
FINE: Final = 8
"""Corners lie on a grid of this many points a pixel of the picture."""


def cut_boxes(likely: NDArray[np.float32], *, width_px: int, height_px: int) -> list[Quad4]:
    """Corners from the top left on, clockwise, in the picture's pixels; in no promised order of boxes.

    Args:
        likely: height x width of the map, 0 to 1.
        width_px: of the picture that the map lies on.
        height_px: its other side.
    """
    mask = (likely > MASK_LEVEL).astype(np.uint8)
    islands, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    quads = []
    for island in islands[:MAX_BOXES]:
        corners, side = _rectangle(island)
        if side < LEAST_SIDE or _mean(likely, corners) < BOX_LEVEL:
            continue
        corners, side = _rectangle(_grown(corners))
        if side >= LEAST_SIDE + 2:
            quads.append(_on_picture(corners, likely.shape, (width_px, height_px)))
    return quads


def _rectangle(points: NDArray[Any]) -> tuple[NDArray[np.float32], float]:
    """The smallest rectangle around the points, and its shorter side."""
    around = cv2.minAreaRect(points)
    return _clockwise(np.asarray(cv2.boxPoints(around), np.float32)), min(around[1])


def _clockwise(corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """From the upper one of the two on the left."""
    by_x = corners[np.argsort(corners[:, 0], kind="stable")]
    (top_left, bottom_left), (top_right, bottom_right) = (
        pair[np.argsort(pair[:, 1], kind="stable")] for pair in (by_x[:2], by_x[2:])
    )
    return np.array([top_left, top_right, bottom_right, bottom_left], np.float32)


def _mean(likely: NDArray[np.float32], corners: NDArray[np.float32]) -> float:
    """How likely the pixels within are, on average."""
    height, width = likely.shape
    left, top = (int(side) for side in np.floor(corners.min(axis=0)))
    right, bottom = (int(side) for side in np.ceil(corners.max(axis=0)))
    left, right = min(max(left, 0), width - 1), min(max(right, 0), width - 1)
    top, bottom = min(max(top, 0), height - 1), min(max(bottom, 0), height - 1)
    inside = np.zeros((bottom - top + 1, right - left + 1), np.uint8)
    cv2.fillPoly(inside, [(corners - (left, top)).astype(np.int32)], 1)
    return cv2.mean(likely[top : bottom + 1, left : right + 1], inside)[0]


def _grown(corners: NDArray[np.float32]) -> NDArray[np.int32]:
    import pyclipper

    precise = corners.astype(np.float64)
    to_next = np.roll(precise, -1, axis=0)
    area = abs(float(np.sum(precise[:, 0] * to_next[:, 1] - to_next[:, 0] * precise[:, 1]))) / 2
    girth = float(np.linalg.norm(to_next - precise, axis=1).sum())
    offset = pyclipper.PyclipperOffset()
    offset.AddPath(corners, pyclipper.JT_ROUND, pyclipper.ET_CLOSEDPOLYGON)
    return np.asarray(offset.Execute(area * UNCLIP / girth), np.int32).reshape(-1, 1, 2)


def _on_picture(
    corners: NDArray[np.float32], of: tuple[int, ...], size_px: tuple[int, int]
) -> NDArray[np.float32]:
    fine = np.array(size_px, np.float32) * np.float32(FINE)
    placed = np.round(corners / np.array([of[1], of[0]], np.float32) * fine)
    return _clockwise(np.clip(placed, 0, fine - 1)) / np.float32(FINE)
