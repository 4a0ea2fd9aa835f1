"""Pages set level: quarter turns that the text asked for, and the last few degrees."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engines.base import Picture

SEARCH_SIDE_PX: Final = 600
"""The lines of a page show at this size, and a turn takes a millisecond."""
MIN_SKEW_DEG: Final = 0.7
"""Rows are built along the skew anyway; turning the pixels costs sharpness."""
MAX_SKEW_DEG: Final = 12.0
"""More than this is a page lying askew on purpose, or a wrong guess."""
COARSE_STEP_DEG: Final = 2.0
FINE_STEP_DEG: Final = 0.5
MIN_SKEW_GAIN: Final = 1.08
"""How much clearer the lines must stand out after turning, as a ratio of the row profile's sharpness."""


def turn(picture: Picture, quarter_turns: int) -> Picture:
    """The picture turned clockwise by so many quarters."""
    if quarter_turns % 4 == 0:
        return picture
    return np.ascontiguousarray(np.rot90(picture, k=-quarter_turns))


def rotate(picture: Picture, angle_deg: float) -> Picture:
    """The picture turned counter-clockwise about its middle, at its own size."""
    height, width = picture.shape[:2]
    matrix = rotation(picture.shape, angle_deg)
    turned = cv2.warpAffine(
        picture, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(turned, dtype=np.uint8)


def rotation(shape: tuple[int, ...], angle_deg: float) -> NDArray[np.float64]:
    """The 2 x 3 matrix of `rotate`."""
    height, width = shape[:2]
    return np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), angle_deg, 1.0), np.float64)


def leans_more(before: Picture, after: Picture) -> bool:
    """Whether lines of print are less level on one picture of a page than on another of the same scale."""
    scale = min(1.0, COMPARED_SIDE_PX / max(after.shape[:2]))
    return _levelness(after, scale) < LEAST_LEVEL * _levelness(before, scale)


def _levelness(picture: Picture, scale: float) -> float:
    """0 to 1: how much of the steps down the page is left when print is smeared along level lines."""
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
    strokes = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, np.ones((9, 9), np.uint8))
    # What is darker than print, as a picture on the table, would outweigh it.
    ink = np.minimum(strokes, DARKEST_INK).astype(np.float32)
    smeared = np.asarray(cv2.blur(ink, (SMEAR_PX, 1)), np.float32)
    return float(np.square(np.diff(smeared, axis=0)).sum()) / max(
        1.0, float(np.square(np.diff(ink, axis=0)).sum())
    )


COMPARED_SIDE_PX: Final = 800
SMEAR_PX: Final = 61
"""A third of a line on a page that fills the copy."""
DARKEST_INK: Final = 80
LEAST_LEVEL: Final = 0.85
"""Of 11 photos and 29 drawn ones with an outline, right outlines leave 0.88 and more, but for one of 0.69
that reads as well without; that of a card which the receipt lies on leaves 0.79."""


def find_skew_deg(picture: Picture) -> float:
    """The turn, counter-clockwise in degrees, that levels the lines; 0 when none is clearly better."""
    scale = min(1.0, SEARCH_SIDE_PX / max(picture.shape[:2]))
    grey = cv2.cvtColor(
        cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY
    )
    ink = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, np.ones((9, 9), np.uint8))
    height, width = ink.shape
    known: dict[float, float] = {}

    def sharpness(angle_deg: float) -> float:
        if angle_deg not in known:
            matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle_deg, 1.0)
            turned = np.asarray(cv2.warpAffine(ink, matrix, (width, height)))
            profile = turned.sum(axis=1, dtype=np.float64)
            known[angle_deg] = float(np.square(np.diff(profile)).sum())
        return known[angle_deg]

    coarse = np.arange(-MAX_SKEW_DEG, MAX_SKEW_DEG + COARSE_STEP_DEG, COARSE_STEP_DEG).tolist()
    near = max(coarse, key=sharpness)
    fine = np.arange(near - COARSE_STEP_DEG, near + COARSE_STEP_DEG + FINE_STEP_DEG, FINE_STEP_DEG).tolist()
    best = max(fine, key=sharpness)
    if abs(best) >= MAX_SKEW_DEG or sharpness(best) < MIN_SKEW_GAIN * sharpness(0.0):
        return 0.0
    return float(best)
