"""Where text stands on a page: PP-OCRv6's detector, on tiles where the page is large."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engines.base import Picture
from ocr.engines.bfloat import BfloatSession
from ocr.engines.cutting import MASK_LEVEL, MAX_BOXES, cut_boxes
from ocr.engines.models import DETECTOR, open_session
from ocr.engines.turns import Quad4

GRID_PX: Final = 32
"""The network halves its input five times: sides must be multiples."""
TILE_PX: Final = 1_000_000
"""Pixels of one pass: memory of a pass grows with them, 200 MB for a million."""
OVERLAP_PX: Final = 128
"""Shared by neighbouring tiles. Half of it is thrown away on either side of a seam, more than two lines'
height, so that what is kept was seen with what stands around it."""
BLANK_LEVELS: Final = 8
"""Between the lightest and darkest of a tile that holds nothing, such as a PDF's margin; white is 255."""
SPECK_PX: Final = 4
"""On the detector's map, where print is read from 8 pixels of height on."""


class Detector:
    """Finds boxes of text."""

    def __init__(self, threads: int, *, bfloat16: bool = False) -> None:
        self._threads = threads
        self._bfloat16 = bfloat16

    @cached_property
    def _session(self) -> Any:  # noqa: ANN401 - onnxruntime carries no types
        opened = BfloatSession if self._bfloat16 else open_session
        return opened(DETECTOR, threads=self._threads)

    def find(self, picture: Picture, long_side_px: int) -> list[Quad4]:
        """Boxes in the picture's pixels, in no promised order.

        Args:
            picture: of any size.
            long_side_px: what the picture's longer side is scaled to for the network.
        """
        height, width = picture.shape[:2]
        scale = long_side_px / max(height, width)
        size = (_on_grid(width * scale), _on_grid(height * scale))
        shrinks = size[0] < width
        seen = cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR if shrinks else cv2.INTER_CUBIC)
        likely = without_specks(self._map(np.asarray(seen, np.uint8)))
        return cut_boxes(likely[0, 0], width_px=width, height_px=height)

    def _map(self, seen: Picture) -> NDArray[np.float32]:
        """1 x 1 x height x width: how likely each pixel is text's; tiles are joined before boxes are cut."""
        down = seen.shape[0] >= seen.shape[1]
        length, across = (seen.shape[0], seen.shape[1]) if down else (seen.shape[1], seen.shape[0])
        parts = []
        for start, end, first, last in tiles(length, across):
            tile = seen[start:end] if down else seen[:, start:end]
            answer = self._run(tile) if np.ptp(tile) > BLANK_LEVELS else _nothing(tile)
            parts.append(answer[:, :, first:last] if down else answer[:, :, :, first:last])
        return np.concatenate(parts, axis=2 if down else 3) if len(parts) > 1 else parts[0]

    def _run(self, tile: Picture) -> NDArray[np.float32]:
        values = tile.astype(np.float32)
        values *= 2 / 255
        values -= 1
        batch = np.ascontiguousarray(values.transpose(2, 0, 1)[None])
        answer: NDArray[np.float32] = self._session.run(None, {self._session.get_inputs()[0].name: batch})[0]
        return answer


def _nothing(tile: Picture) -> NDArray[np.float32]:
    """The map of a tile without any print: asked about one, the network may see print all over it."""
    return np.zeros((1, 1, *tile.shape[:2]), np.float32)


def without_specks(likely: NDArray[np.float32]) -> NDArray[np.float32]:
    """The map without what is too small for text, where that is all that boxes would be cut of.

    On even paper the network may see thousands of specks, or one blot with thousands of holes; of all their
    outlines no more than `MAX_BOXES` are looked at, the lowest on the page.

    Args:
        likely: 1 x 1 x height x width; left as it is.
    """
    cleaned: NDArray[np.float32] = likely[0, 0]
    # Outlines part what touches at corners alone if it is paper, and join it if it is print.
    for wanted, filling, connectivity in ((True, 0.0, 8), (False, MASK_LEVEL + 0.01, 4)):
        mask = ((cleaned > MASK_LEVEL) == wanted).astype(np.uint8)
        if _most_islands(mask) <= MAX_BOXES:
            continue
        found, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=connectivity)
        if found > MAX_BOXES:
            kept = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].min(axis=1) > SPECK_PX
            kept[0] = True  # all that is not `wanted`
            cleaned = np.where(kept[labels], cleaned, np.float32(filling))
    return cleaned.reshape(likely.shape)


def _most_islands(mask: NDArray[np.uint8]) -> int:
    """As many islands or more: each has a pixel with nothing on its left and nothing above."""
    left, above = np.zeros_like(mask), np.zeros_like(mask)
    left[:, 1:], above[1:] = mask[:, :-1], mask[:-1]
    return int(np.count_nonzero(mask > (left | above)))


def tiles(length_px: int, across_px: int) -> list[tuple[int, int, int, int]]:
    """How a long page is cut: start and end of each tile, and the part of the tile that is kept.

    The kept parts join without a gap; all sides are multiples of `GRID_PX`.
    """
    most = max(2 * OVERLAP_PX, TILE_PX // across_px // GRID_PX * GRID_PX)
    if length_px <= most:
        return [(0, length_px, 0, length_px)]
    count = -(-(length_px - OVERLAP_PX) // (most - OVERLAP_PX))
    step = -(-(length_px - OVERLAP_PX) // count // GRID_PX) * GRID_PX
    cut = []
    for start in range(0, length_px - OVERLAP_PX, step):
        end = min(length_px, start + step + OVERLAP_PX)
        first = 0 if start == 0 else OVERLAP_PX // 2
        last = end - start if end == length_px else step + OVERLAP_PX // 2
        cut.append((start, end, first, last))
    return cut


def _on_grid(pixels: float) -> int:
    return max(GRID_PX, round(pixels / GRID_PX) * GRID_PX)
