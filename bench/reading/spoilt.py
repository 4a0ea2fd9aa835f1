"""The same receipts as other cameras and other hands would have sent them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from PIL import Image, ImageOps

from ocr.engines.base import Picture

QUALITY: Final = 95
SKEW_DEG: Final = 10.0
LEAN: Final = 0.08
"""How far two corners move in, as a share of the width."""
BLUR_SHARE: Final = 1.6 / 700
"""Standard deviation of the blur to the picture's width: the measure of the field notes."""
DIMMED: Final = 0.35
POOR_QUALITY: Final = 30


def _load(path: Path) -> Picture:
    with Image.open(path) as image:
        upright = ImageOps.exif_transpose(image).convert("RGB")
    return np.ascontiguousarray(np.asarray(upright, np.uint8)[:, :, ::-1])


def _jpeg(picture: Picture, quality: int = QUALITY) -> bytes:
    done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError("OpenCV could not write the picture")
    return data.tobytes()


def _border(picture: Picture) -> tuple[int, int, int]:
    """The usual colour at the picture's edge, to fill what turning lays bare."""
    edge = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    blue, green, red = (int(value) for value in np.median(edge, axis=0))
    return blue, green, red


def turned_90(path: Path) -> bytes:
    """A quarter turn."""
    return _jpeg(np.ascontiguousarray(np.rot90(_load(path), 1)))


def turned_180(path: Path) -> bytes:
    """Upside down."""
    return _jpeg(np.ascontiguousarray(np.rot90(_load(path), 2)))


def turned_270(path: Path) -> bytes:
    """A quarter turn the other way."""
    return _jpeg(np.ascontiguousarray(np.rot90(_load(path), 3)))


def skewed(path: Path) -> bytes:
    """Turned by ten degrees, nothing cut off."""
    picture = _load(path)
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), SKEW_DEG, 1.0)
    cos, sin = abs(matrix[0, 0]), abs(matrix[0, 1])
    size = round(height * sin + width * cos), round(height * cos + width * sin)
    matrix[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    return _jpeg(np.asarray(cv2.warpAffine(picture, matrix, size, borderValue=_border(picture)), np.uint8))


def in_perspective(path: Path) -> bytes:
    """The top farther away than the foot, and a little to the side."""
    picture = _load(path)
    height, width = picture.shape[:2]
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    lean = LEAN * width
    seen = flat + np.array([[1.2 * lean, lean], [-lean, 0.3 * lean], [0, 0], [0, 0]], np.float32)
    matrix = cv2.getPerspectiveTransform(flat, seen.astype(np.float32))
    warped = cv2.warpPerspective(picture, matrix, (width, height), borderValue=_border(picture))
    return _jpeg(np.asarray(warped, np.uint8))


def half_size(path: Path) -> bytes:
    """A quarter of the pixels."""
    small = cv2.resize(_load(path), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return _jpeg(np.asarray(small, np.uint8))


def poor_jpeg(path: Path) -> bytes:
    """Squeezed hard."""
    return _jpeg(_load(path), POOR_QUALITY)


def blurred(path: Path) -> bytes:
    """Out of focus."""
    picture = _load(path)
    soft = cv2.GaussianBlur(picture, (0, 0), max(0.5, BLUR_SHARE * picture.shape[1]))
    return _jpeg(np.asarray(soft, np.uint8))


def dimmed(path: Path) -> bytes:
    """A third of the light."""
    return _jpeg((_load(path) * DIMMED).astype(np.uint8))


CONDITIONS: dict[str, Callable[[Path], bytes]] = {
    "turned 90": turned_90,
    "turned 180": turned_180,
    "turned 270": turned_270,
    "skewed 10 degrees": skewed,
    "perspective": in_perspective,
    "half size": half_size,
    "JPEG 30": poor_jpeg,
    "blurred": blurred,
    "dimmed": dimmed,
}
TURNS: Final = ("turned 90", "turned 180", "turned 270")
MOST_LOST_BY_TURNS: Final = 0.02
"""Of item F1 (issue 4)."""
