"""From the frame as taken to a page that reads well. Every step is a suggestion.

The caller keeps the frame: when the repaired page reads worse than the frame, the frame wins. That is why
a step may be wrong now and then without harm, and why none of them changes colours or sharpness: engines
do that better (greyscale, thresholding and enlarging by rule gained nothing on 60 scans).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engines.base import Picture

SEARCH_SIDE_PX: Final = 600
"""Paper is looked for on a small copy: its edges are the biggest thing in the picture."""
MIN_PAPER_SHARE: Final = 0.12
"""A smaller bright patch is as likely a plate or a screen."""
MAX_PAPER_SHARE: Final = 0.92
"""Paper that fills the frame needs no crop."""
MIN_FILL: Final = 0.85
"""Share of the four-cornered outline that the bright patch fills; torn or curled paper fills less."""
MARGIN_SHARE: Final = 0.015
"""Kept around the paper, of its longer side: prices stand at the very edge."""
MIN_CONTRAST: Final = 40.0
"""Grey levels between paper and ground, of 255; below it the outline is guesswork."""
MIN_SKEW_DEG: Final = 0.7
"""Rows are built along the skew anyway; turning the pixels costs sharpness."""
MAX_SKEW_DEG: Final = 12.0
"""More than this is a page lying askew on purpose, or a wrong guess."""
SKEW_STEP_DEG: Final = 0.5
MIN_SKEW_GAIN: Final = 1.08
"""How much clearer the lines must stand out after turning, as a ratio of the row profile's sharpness."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page on its way.

    Attributes:
        steps: names of the steps that changed it.
    """

    picture: Picture
    steps: tuple[str, ...] = ()


def crop_paper(page: Page) -> Page:
    """The paper alone, its perspective taken out; the page as it is when no paper stands out."""
    corners = find_paper(page.picture)
    if corners is None:
        return page
    return replace(page, picture=_flatten(page.picture, corners), steps=(*page.steps, "crop_paper"))


def deskew(page: Page) -> Page:
    """Lines level, by the angle at which the rows of print stand out most clearly."""
    angle_deg = find_skew_deg(page.picture)
    if abs(angle_deg) < MIN_SKEW_DEG:
        return page
    height, width = page.picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle_deg, 1.0)
    turned = cv2.warpAffine(
        page.picture, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return replace(page, picture=np.asarray(turned, dtype=np.uint8), steps=(*page.steps, "deskew"))


STEPS: Final[tuple[Callable[[Page], Page], ...]] = (crop_paper, deskew)
"""In this order: perspective first, since it bends the lines that deskew measures. Coarse turns need the
text itself and come in between reading (`ocr.pictures`)."""


def repair(picture: Picture) -> Page:
    """The page after all steps."""
    page = Page(picture)
    for step in STEPS:
        page = step(page)
    return page


def turn(picture: Picture, quarter_turns: int) -> Picture:
    """The picture turned clockwise by so many quarters."""
    if quarter_turns % 4 == 0:
        return picture
    return np.ascontiguousarray(np.rot90(picture, k=-quarter_turns))


def find_paper(picture: Picture) -> NDArray[np.float32] | None:
    """4 x 2 corners of the paper, clockwise from the top left; None when none stands out clearly."""
    scale = min(1.0, SEARCH_SIDE_PX / max(picture.shape[:2]))
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    # The least of the colours: white paper is bright in all three, wood and skin are not.
    grey = cv2.GaussianBlur(np.asarray(small).min(axis=2).astype(np.uint8), (5, 5), 0)
    level, mask = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    ground = grey[grey <= level]
    if ground.size == 0 or float(grey[grey > level].mean() - ground.mean()) < MIN_CONTRAST:
        return None
    size = max(3, max(grey.shape) // 40) | 1
    closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((size, size), np.uint8))
    contours, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not contours:
        return None
    largest = max(contours, key=cv2.contourArea)
    hull = cv2.convexHull(largest)
    corners = _four_corners(hull)
    if corners is None:
        return None
    area, frame_area = float(cv2.contourArea(corners)), float(grey.shape[0] * grey.shape[1])
    fills = float(cv2.contourArea(largest)) / max(area, 1.0)
    if not (MIN_PAPER_SHARE * frame_area < area < MAX_PAPER_SHARE * frame_area) or fills < MIN_FILL:
        return None
    return _clockwise(corners / scale)


def _four_corners(hull: NDArray[np.int32] | object) -> NDArray[np.float32] | None:
    """The hull as four corners, by the least simplification that leaves four."""
    outline = np.asarray(hull, dtype=np.float32)
    length = cv2.arcLength(outline, closed=True)
    for share in np.arange(0.01, 0.12, 0.01):
        simple = cv2.approxPolyDP(outline, float(share) * length, closed=True)
        if len(simple) == 4:  # noqa: PLR2004 - a page has four corners
            return np.asarray(simple, dtype=np.float32).reshape(4, 2)
        if len(simple) < 4:  # noqa: PLR2004
            return None
    return None


def _clockwise(corners: NDArray[np.float32]) -> NDArray[np.float32]:
    sums, differences = corners.sum(axis=1), np.diff(corners, axis=1).ravel()
    order = [int(sums.argmin()), int(differences.argmin()), int(sums.argmax()), int(differences.argmax())]
    if len(set(order)) < len(order):
        centre = corners.mean(axis=0)
        angles = np.arctan2(corners[:, 1] - centre[1], corners[:, 0] - centre[0])
        order = [int(index) for index in np.argsort(angles)]
    return corners[order].astype(np.float32)


def _flatten(picture: Picture, corners: NDArray[np.float32]) -> Picture:
    width = max(np.linalg.norm(corners[1] - corners[0]), np.linalg.norm(corners[2] - corners[3]))
    height = max(np.linalg.norm(corners[3] - corners[0]), np.linalg.norm(corners[2] - corners[1]))
    margin = MARGIN_SHARE * max(width, height)
    right, bottom = width + margin, height + margin
    target = np.array(
        [[margin, margin], [right, margin], [right, bottom], [margin, bottom]], dtype=np.float32
    )
    matrix = cv2.getPerspectiveTransform(corners, target)
    size = (round(width + 2 * margin), round(height + 2 * margin))
    flat = cv2.warpPerspective(picture, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(flat, dtype=np.uint8)


def find_skew_deg(picture: Picture) -> float:
    """The turn, counter-clockwise in degrees, that levels the lines; 0 when none is clearly better."""
    scale = min(1.0, SEARCH_SIDE_PX / max(picture.shape[:2]))
    grey = cv2.cvtColor(
        cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY
    )
    ink = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, np.ones((9, 9), np.uint8)).astype(np.float32)
    height, width = ink.shape

    def sharpness(angle_deg: float) -> float:
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle_deg, 1.0)
        profile = np.asarray(cv2.warpAffine(ink, matrix, (width, height))).sum(axis=1)
        return float(np.square(np.diff(profile)).sum())

    angles = np.arange(-MAX_SKEW_DEG, MAX_SKEW_DEG + SKEW_STEP_DEG, SKEW_STEP_DEG)
    scores = {float(angle): sharpness(float(angle)) for angle in angles}
    best = max(scores, key=lambda angle: scores[angle])
    if abs(best) >= MAX_SKEW_DEG or scores[best] < MIN_SKEW_GAIN * sharpness(0.0):
        return 0.0
    return best
