"""Where the receipt lies in the frame: four corners of its paper, proved by its edges and by its print.

A wrong outline cuts prices off or bends the page, so an outline counts only if brightness or colour really
changes along each of its sides, and if most of the picture's print lies within.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engines.base import Picture
from ocr.picture.prints import ENOUGH_RUNS, Print, box_sums, darkest_colour, find_print

Corners = NDArray[np.float32]
"""4 x 2, clockwise from the top left."""

SEARCH_SIDE_PX: Final = 500
"""Paper is looked for on a small copy: its edges are the biggest thing in the picture."""
MIN_PAPER_SHARE: Final = 0.06
"""Of the frame: a smaller patch is as likely a label or a screen."""
MAX_PAPER_SHARE: Final = 0.92
"""Paper that fills the frame needs no crop."""
MIN_FILL: Final = 0.85
"""Share of the four-cornered outline that the patch fills; torn or curled paper fills less."""
MIN_PRINT_SHARE: Final = 0.6
"""Of the frame's print that stands on the paper. A second receipt or wood may hold the rest."""
MIN_EDGE_SHARE: Final = 0.65
"""Of each side, where paper and ground really differ; a finger or a curl may hide the rest."""
MIN_EDGE_STEP: Final = 12.0
"""How far paper and ground differ in CIE L*a*b* as OpenCV scales it, just inside and outside of an edge."""
EDGE_REACH_PX: Final = 4.0
EDGE_OFFSETS_PX: Final = (-12, -8, -4, 0, 4, 8, 12)
"""Paper's sides bulge: the edge is looked for so far from the straight line between its corners."""
EDGE_SAMPLES: Final = 40
BORDER_PX: Final = 3.0
"""A side so near to the frame's own border is where the paper leaves the frame: nothing to prove there."""
STROKES_PX: Final = 9
"""Print on the small copy is thinner than this."""
MAX_CUT_SHARE: Final = 0.03
"""Of the frame's print, what may stand just outside of an outline: more, and it cuts through the print."""
CUT_REACH_PX: Final = 13
MAX_CROSSING_SHARE: Final = 0.03
"""Of the frame's print, what may lie across an outline."""
TOLERANCES: Final = (22.0, 40.0)
"""Distance from the paper's own colour, as above, up to which a pixel may be paper."""
MARGIN_SHARE: Final = 0.015
"""Kept around the paper, of its longer side: prices stand at the very edge."""


@dataclass(frozen=True, slots=True)
class Paper:
    """Paper that was found.

    Attributes:
        corners: in the picture's own pixels.
        leaves: sides on which the paper runs out of the frame: left, top, right, bottom.
    """

    corners: Corners
    leaves: frozenset[str]


@dataclass(frozen=True, slots=True)
class Sight:
    """What was found on a frame: its print, and its paper where some stands out."""

    printed: Print
    paper: Paper | None


def look(picture: Picture) -> Sight:
    """Print and paper of the picture."""
    printed = find_print(picture)
    return Sight(printed, find_paper(printed))


def find_paper(printed: Print) -> Paper | None:
    """The main paper in the picture that `printed` was found in; None when none stands out clearly."""
    scale = min(1.0, SEARCH_SIDE_PX / max(printed.small.shape[:2]))
    small = np.asarray(
        cv2.resize(printed.small, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
    )
    # Without its print, so that print is not taken for the paper's edge.
    blank = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((STROKES_PX, STROKES_PX), np.uint8))
    lab = np.asarray(cv2.cvtColor(blank, cv2.COLOR_BGR2LAB), np.float32)
    # A few runs are as likely corners and specks: then the edges alone decide.
    runs = _scaled_runs(printed, scale)[: len(printed.runs) if len(printed.runs) >= ENOUGH_RUNS else 0]
    weights = _print_map(printed, runs, small.shape[:2])
    best: tuple[float, Corners] | None = None
    for mask in _masks(small, lab, weights):
        for corners in _outlines(mask):
            worth = _worth(corners, lab, weights, runs)
            if worth > 0 and (best is None or worth > best[0]):
                best = worth, corners
    if best is None:
        return None
    corners = _clockwise(best[1])
    return Paper(corners / (scale * printed.scale), _leaves(corners, small.shape[:2]))


def flatten(picture: Picture, corners: Corners) -> Picture:
    """The paper alone, its perspective taken out, with a small margin."""
    matrix, size = flattening(corners)
    flat = cv2.warpPerspective(picture, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(flat, dtype=np.uint8)


def around(picture: Picture, corners: Corners) -> Picture:
    """The upright part of the picture that holds the corners, at its own scale, which `flatten` keeps."""
    left, top = np.maximum(0, np.floor(corners.min(axis=0))).astype(int)
    right, bottom = np.ceil(corners.max(axis=0)).astype(int)
    return picture[top : bottom + 1, left : right + 1]


def flattening(corners: Corners) -> tuple[NDArray[np.float64], tuple[int, int]]:
    """What brings the paper's corners to those of a rectangle, and the width and height of that."""
    width = max(np.linalg.norm(corners[1] - corners[0]), np.linalg.norm(corners[2] - corners[3]))
    height = max(np.linalg.norm(corners[3] - corners[0]), np.linalg.norm(corners[2] - corners[1]))
    margin = MARGIN_SHARE * max(width, height)
    right, bottom = width + margin, height + margin
    target = np.array(
        [[margin, margin], [right, margin], [right, bottom], [margin, bottom]], dtype=np.float32
    )
    matrix = np.asarray(cv2.getPerspectiveTransform(corners, target), np.float64)
    return matrix, (round(width + 2 * margin), round(height + 2 * margin))


def _scaled_runs(printed: Print, scale: float) -> NDArray[np.int32]:
    """Left, top, right, bottom of each run on the small copy; right and bottom are just outside."""
    left, top, width, height = printed.runs.T
    corners = np.stack([left, top, left + width, top + height], axis=1) * scale
    corners[:, 2:] += 1
    return corners.astype(np.int32)


def _print_map(printed: Print, runs: NDArray[np.int32], shape: tuple[int, ...]) -> NDArray[np.float32]:
    """How much print stands at each pixel of the small copy; sums to 1, or to 0 without print."""
    weights = np.zeros(shape[:2], np.float32)
    ink = cv2.resize(printed.ink, (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    for left, top, right, bottom in runs:
        # By its ink: the grain of wood makes runs as well, but pale ones.
        weights[top:bottom, left:right] = ink[top:bottom, left:right]
    return np.asarray(weights / max(1.0, float(weights.sum())), np.float32)


def _masks(
    small: Picture, lab: NDArray[np.float32], weights: NDArray[np.float32]
) -> Iterator[NDArray[np.uint8]]:
    """What may be paper: brighter than the ground, or of the colour that print stands on."""
    for grey in (darkest_colour(small), 255 - darkest_colour(255 - small)):
        soft = cv2.GaussianBlur(np.ascontiguousarray(grey), (5, 5), 0)
        _, mask = cv2.threshold(soft, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
        yield _closed(mask)
    on = weights > 0
    if not on.any():
        return
    around = lab[cv2.dilate(on.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0]
    # The brighter half around print is what it stands on.
    bright = around[around[:, 0] >= np.median(around[:, 0])]
    apart = np.square((lab - np.median(bright[::4], axis=0)) * COLOUR_WEIGHTS)
    away = np.sqrt(apart[..., 0] + apart[..., 1] + apart[..., 2])
    for tolerance in TOLERANCES:
        yield _closed((away < tolerance).astype(np.uint8) * 255)


COLOUR_WEIGHTS: Final = np.array([0.6, 1.5, 1.5], np.float32)
"""Light changes over a paper, its colour hardly does."""


def _closed(mask: object) -> NDArray[np.uint8]:
    grey = np.asarray(mask, np.uint8)
    size = max(3, max(grey.shape) // 40) | 1
    return np.asarray(cv2.morphologyEx(grey, cv2.MORPH_CLOSE, np.ones((size, size), np.uint8)), np.uint8)


def _outlines(mask: NDArray[np.uint8]) -> Iterator[Corners]:
    """Four corners of the larger patches, where they have the shape of paper."""
    frame_area = float(mask.shape[0] * mask.shape[1])
    # Thin bridges to another patch are cut; what is lost at the edge is within the margin.
    size = max(3, max(mask.shape) // 60) | 1
    for shape in (mask, cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((size * 3, size * 3), np.uint8))):
        contours, _ = cv2.findContours(shape, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        for contour in sorted(contours, key=cv2.contourArea, reverse=True)[:3]:
            corners = _four_corners(cv2.convexHull(contour))
            if corners is None:
                continue
            area = float(cv2.contourArea(corners))
            fills = float(cv2.contourArea(contour)) / max(area, 1.0)
            sized = MIN_PAPER_SHARE * frame_area < area < MAX_PAPER_SHARE * frame_area
            if sized and fills >= MIN_FILL and _square(_clockwise(corners)):
                yield _clockwise(corners)


def _square(corners: Corners) -> bool:
    """Whether every corner is near enough to a right angle for paper seen by a camera."""
    ahead = np.roll(corners, -1, axis=0) - corners
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True) + 1e-6
    turns = np.abs((ahead * np.roll(ahead, 1, axis=0)).sum(axis=1))
    return bool(turns.max() <= MAX_CORNER_COSINE)


MAX_CORNER_COSINE: Final = 0.39
"""Of a corner's angle: 67 to 113 degrees."""


def _crossing(inside: NDArray[np.uint8], weights: NDArray[np.float32], runs: NDArray[np.int32]) -> float:
    """Share of the print that stands in runs which the outline cuts in two."""
    whole = box_sums(weights, runs)
    held = box_sums(weights * inside, runs) / np.maximum(whole, 1e-12)
    return float(whole[(held > CUT_IN_TWO[0]) & (held < CUT_IN_TWO[1])].sum())


CUT_IN_TWO: Final = (0.15, 0.85)
"""Share of a run inside of the outline, between which it is cut."""


def _worth(
    corners: Corners, lab: NDArray[np.float32], weights: NDArray[np.float32], runs: NDArray[np.int32]
) -> float:
    """0 where the outline is not proved; else how well its edges are and how much print it holds."""
    inside = np.zeros(weights.shape, np.uint8)
    cv2.fillConvexPoly(inside, corners.round().astype(np.int32), 1)
    held = float(weights[inside > 0].sum())
    near = cv2.dilate(inside, np.ones((CUT_REACH_PX, CUT_REACH_PX), np.uint8))
    cut = float(weights[near > 0].sum()) - held
    if weights.any() and (held < MIN_PRINT_SHARE or cut > MAX_CUT_SHARE):
        return 0.0
    if _crossing(inside, weights, runs) > MAX_CROSSING_SHARE:
        return 0.0
    shares = list(_edge_shares(corners, lab))
    if not shares or min(shares) < MIN_EDGE_SHARE:
        return 0.0
    return sum(shares) / len(shares) * (held if weights.any() else 1.0)


def _edge_shares(corners: Corners, lab: NDArray[np.float32]) -> Iterator[float]:
    """For each side within the frame, on how much of it paper and ground differ."""
    height, width = lab.shape[:2]
    centre = corners.mean(axis=0)
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        along = np.linspace(0.06, 0.94, EDGE_SAMPLES)[:, None]
        points = start + (end - start) * along
        if _on_border(start, end, (height, width)):
            continue
        normal = np.array([start[1] - end[1], end[0] - start[0]])
        normal /= max(1e-6, float(np.linalg.norm(normal)))
        if normal @ (centre - start) < 0:
            normal = -normal
        # Offsets x samples x 2.
        shifted = points + np.array(EDGE_OFFSETS_PX)[:, None, None] * normal
        step = _at(lab, shifted + EDGE_REACH_PX * normal) - _at(lab, shifted - EDGE_REACH_PX * normal)
        best = np.sqrt(np.square(step).sum(axis=2)).max(axis=0)
        yield float((best > MIN_EDGE_STEP).mean())


def _at(lab: NDArray[np.float32], points: NDArray[np.float64]) -> NDArray[np.float32]:
    height, width = lab.shape[:2]
    x = points[..., 0].round().astype(int).clip(0, width - 1)
    y = points[..., 1].round().astype(int).clip(0, height - 1)
    return np.asarray(lab[y, x], np.float32)


def _on_border(start: Corners, end: Corners, shape: tuple[int, int]) -> bool:
    """Whether the whole side lies along the frame's border."""
    height, width = shape
    both = np.stack([start, end])
    return bool(
        (both[:, 0] <= BORDER_PX).all()
        or (both[:, 1] <= BORDER_PX).all()
        or (both[:, 0] >= width - 1 - BORDER_PX).all()
        or (both[:, 1] >= height - 1 - BORDER_PX).all()
    )


def _leaves(corners: Corners, shape: tuple[int, ...]) -> frozenset[str]:
    height, width = shape[:2]
    sides = {
        "left": corners[:, 0] <= BORDER_PX,
        "top": corners[:, 1] <= BORDER_PX,
        "right": corners[:, 0] >= width - 1 - BORDER_PX,
        "bottom": corners[:, 1] >= height - 1 - BORDER_PX,
    }
    return frozenset(name for name, on in sides.items() if on.sum() >= 2)  # noqa: PLR2004 - both ends


def _four_corners(hull: object) -> Corners | None:
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


def _clockwise(corners: Corners) -> Corners:
    sums, differences = corners.sum(axis=1), np.diff(corners, axis=1).ravel()
    order = [int(sums.argmin()), int(differences.argmin()), int(sums.argmax()), int(differences.argmax())]
    if len(set(order)) < len(order):
        centre = corners.mean(axis=0)
        angles = np.arctan2(corners[:, 1] - centre[1], corners[:, 0] - centre[0])
        order = [int(index) for index in np.argsort(angles)]
    return corners[order].astype(np.float32)
