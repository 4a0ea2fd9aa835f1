"""Painting over what must not be seen on a picture that is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engines.base import Picture
from ocr.picture.placed import Matrix
from receipts.transcript import Quad

JPEG_QUALITY: Final = 85
_BLACK: Final = (0, 0, 0)


_LONGEST_SIDE_PX: Final = 2400
"""Of the original as it is shown: as fine as a screen shows it, and no long download."""
_GREY: Final = (96, 96, 96)
_MARGIN: Final = 0.15
"""Of a place's height, painted around it: the repaired picture's points are rounded."""


@dataclass(frozen=True, slots=True)
class Band:
    """A part of a kept picture, from edge to edge, in its pixels.

    Attributes:
        moved: 3 x 3, brings a point of the repaired page onto the kept picture.
    """

    moved: Matrix
    width: float
    top: float
    bottom: float


def original_as_shown(
    original: Picture,
    onto_page: Matrix,
    page_size: tuple[int, int],
    hidden: Sequence[Quad],
    *,
    band: Band | None = None,
) -> Picture:
    """The picture as it was taken, with what is painted over on the repaired one painted over here, too.

    What lies outside of the repaired page becomes grey: nobody read it, so nobody knows what stands there.

    Args:
        original: upright as the camera says, in OpenCV's order of colours.
        onto_page: 3 x 3, brings a point of `original` onto the repaired page.
        page_size: width and height of the repaired page, in pixels.
        hidden: places on the kept picture.
        band: which part of the kept picture the page gave, where others gave the rest; the rest is grey here.

    Returns:
        At most 2,400 pixels long.
    """
    back = np.asarray(np.linalg.inv(onto_page), np.float64)
    height, width = original.shape[:2]
    inside = _filled((height, width), _brought(_corners(0, 0, *page_size), back))
    if band is not None:
        back = np.asarray(np.linalg.inv(band.moved @ onto_page), np.float64)
        kept = _corners(0, band.top, band.width, band.bottom)
        inside = np.asarray(cv2.bitwise_and(inside, _filled((height, width), _brought(kept, back))), np.uint8)
    inside = np.asarray(cv2.erode(inside, np.ones((3, 3), np.uint8)), np.uint8)  # the edge lies half outside
    shown: Picture = np.full_like(original, _GREY)
    shown[inside > 0] = original[inside > 0]
    for quad in hidden:
        corners = [(p.x, p.y) for p in (quad.top_left, quad.top_right, quad.bottom_right, quad.bottom_left)]
        places = _brought(corners, back)
        high = float(np.linalg.norm(places[3] - places[0]))
        cv2.fillPoly(shown, [places], _BLACK)
        cv2.polylines(shown, [places], True, _BLACK, thickness=2 * max(1, round(_MARGIN * high)) + 1)
    scale = min(1.0, _LONGEST_SIDE_PX / max(height, width))
    if scale < 1.0:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        shown = np.asarray(cv2.resize(shown, size, interpolation=cv2.INTER_AREA), np.uint8)
    return shown


def one_below_the_other(pictures: Sequence[Picture]) -> bytes:
    """A JPEG of them all, each as wide as the widest."""
    width = max(each.shape[1] for each in pictures)
    fitted = [
        cv2.resize(each, (width, max(1, round(each.shape[0] * width / each.shape[1])))) for each in pictures
    ]
    return _as_jpeg(np.asarray(np.vstack(fitted), np.uint8))


def _corners(left: float, top: float, right: float, bottom: float) -> list[tuple[float, float]]:
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def _filled(shape: tuple[int, int], places: NDArray[np.int32]) -> NDArray[np.uint8]:
    inside = np.zeros(shape, np.uint8)
    cv2.fillPoly(inside, [places], 255)
    return inside


def _brought(points: Sequence[tuple[float, float]], matrix: Matrix) -> NDArray[np.int32]:
    flat = np.array([(x, y, 1.0) for x, y in points]) @ matrix.T
    return np.round(flat[:, :2] / flat[:, 2:]).astype(np.int32)


def black_out(picture_jpeg: bytes, quads: Sequence[Quad]) -> bytes:
    """The picture with these places painted black, as JPEG again."""
    picture = cv2.imdecode(np.frombuffer(picture_jpeg, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError("the repaired picture is no JPEG: it was written wrongly")
    for quad in quads:
        corners = (quad.top_left, quad.top_right, quad.bottom_right, quad.bottom_left)
        cv2.fillPoly(picture, [np.array([(point.x, point.y) for point in corners], np.int32)], _BLACK)
    return _as_jpeg(np.asarray(picture, np.uint8))


def _as_jpeg(picture: Picture) -> bytes:
    done, buffer = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise ValueError("the picture cannot be written as JPEG")
    return buffer.tobytes()
