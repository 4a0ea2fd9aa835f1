"""How the text of a page lies: sideways or level, and its lines cut out as level pictures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engines.base import Picture

Quad4 = NDArray[np.float32]
"""4 x 2: corners clockwise from the top left."""

TALL_FACTOR: Final = 1.5
"""A box this much higher than wide stands on its end; single letters are about square."""
SIDEWAYS_SHARE: Final = 0.5
"""Of all text length, how much must stand on its end (30 receipts in four orientations)."""

SHARP_SHARE: Final = 1.5
"""Print up to this much higher than wanted is cut at the wanted size; higher print would lose its thin
strokes to a warp that looks at few pixels only."""


def _size(box: Quad4) -> tuple[float, float]:
    width = float(np.linalg.norm(box[1] - box[0]))
    height = float(np.linalg.norm(box[3] - box[0]))
    return width, height


def _upright_extent(box: Quad4) -> tuple[float, float]:
    width = float(box[:, 0].max() - box[:, 0].min())
    height = float(box[:, 1].max() - box[:, 1].min())
    return width, height


def lies_sideways(boxes: Sequence[Quad4]) -> bool:
    """Whether boxes that stand on their end hold most of the text's length."""
    extents = [_upright_extent(box) for box in boxes]
    lengths = sum(max(size) for size in extents)
    tall = sum(height for width, height in extents if height > TALL_FACTOR * width)
    return lengths > 0 and tall > SIDEWAYS_SHARE * lengths


def crop(picture: Picture, box: Quad4, *, height_px: int = 0) -> Picture:
    """The box's content as a level picture; what stands on its end is laid down.

    Args:
        picture: the page.
        box: its corners on the page.
        height_px: scale to this height while cutting, as far as that loses nothing: small print is enlarged
            in one step instead of two, large print is left as it is.
    """
    top, bottom = np.linalg.norm(box[1] - box[0]), np.linalg.norm(box[2] - box[3])
    left, right = np.linalg.norm(box[3] - box[0]), np.linalg.norm(box[2] - box[1])
    width, height = max(1, int(max(top, bottom))), max(1, int(max(left, right)))
    tall = height >= TALL_FACTOR * width
    across = width if tall else height
    scale = height_px / across if height_px and across <= SHARP_SHARE * height_px else 1.0
    size = (max(1, math.ceil(width * scale)), max(1, round(height * scale)))
    if tall:
        size = (max(1, round(width * scale)), max(1, math.ceil(height * scale)))
    target = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], dtype=np.float32)
    matrix = cv2.getPerspectiveTransform(box.astype(np.float32), target)
    strip = cv2.warpPerspective(picture, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(np.rot90(strip) if tall else strip, dtype=np.uint8)


def longest_first(boxes: Sequence[Quad4]) -> list[int]:
    """Places of the boxes, the longest first: they say most about how the page lies."""
    return sorted(range(len(boxes)), key=lambda index: _size(boxes[index])[0], reverse=True)


def turned(picture: Picture, quarters: int) -> Picture:
    """The picture turned clockwise by so many quarters."""
    return np.ascontiguousarray(np.rot90(picture, k=-quarters))
