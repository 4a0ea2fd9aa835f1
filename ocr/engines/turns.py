"""Which way up a page lies, from the shapes of its text boxes and votes on its longest lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engines.base import Picture

Quad4 = NDArray[np.float32]
"""4 x 2: corners clockwise from the top left."""

Vote = Callable[[list[Picture]], list[tuple[str, float]]]
"""For each crop, ``0`` or ``180`` and how sure that is."""

TALL_FACTOR: Final = 1.5
"""A box this much higher than wide stands on its end; single letters are about square."""
SIDEWAYS_SHARE: Final = 0.5
"""Of all text length, how much must stand on its end (30 receipts in four orientations)."""


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


def crop(picture: Picture, box: Quad4) -> Picture:
    """The box's content as a level picture."""
    width, height = (max(1, round(side)) for side in _size(box))
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    matrix = cv2.getPerspectiveTransform(box.astype(np.float32), target)
    return np.asarray(cv2.warpPerspective(picture, matrix, (width, height)), dtype=np.uint8)


def upside_down(picture: Picture, boxes: Sequence[Quad4], vote: Vote, *, crops: int) -> bool:
    """Whether the longest lines say, by the weight of their votes, that the page stands on its head."""
    longest = sorted(boxes, key=lambda box: _size(box)[0], reverse=True)[:crops]
    votes = vote([crop(picture, box) for box in longest])
    return sum(score if label == "180" else -score for label, score in votes) > 0
