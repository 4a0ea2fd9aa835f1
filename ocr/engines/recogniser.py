"""What a box of text says: PP-OCRv6's recogniser, one crop at its own width."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engines.base import Picture
from ocr.engines.models import RECOGNISER, dictionary, open_session
from ocr.engines.turns import Quad4, crop

HEIGHT_PX: Final = 48
"""The network's own."""
LEAST_WIDTH_PX: Final = 96
"""Narrower crops are padded: single digits are read worse without room around them."""
WIDTH_STEP_PX: Final = 16
"""Widths are rounded up to it: fewer shapes, so that the arena's pieces fit again."""

Said = tuple[str, float]
"""Text, and the mean confidence of its characters, 0 to 1."""


class Recogniser:
    """Reads crops."""

    def __init__(self, threads: int) -> None:
        self._threads = threads

    @cached_property
    def _session(self) -> Any:  # noqa: ANN401 - onnxruntime carries no types
        return open_session(RECOGNISER, threads=self._threads)

    @cached_property
    def _characters(self) -> tuple[str, ...]:
        return dictionary(self._session)

    def read(self, picture: Picture, quads: Sequence[Quad4]) -> list[Said]:
        """What each box says."""
        return [self.read_strip(crop(picture, quad, height_px=HEIGHT_PX)) for quad in quads]

    def read_strip(self, strip: Picture) -> Said:
        """What a level strip says; ("", 0) where nothing is legible."""
        columns = self._session.run(None, {"x": _input(strip)})[0][0]
        best = columns.argmax(axis=1)
        kept = best != 0
        kept[1:] &= best[1:] != best[:-1]
        text = "".join(self._characters[index] for index in best[kept])
        if not text.strip():
            return "", 0.0
        return text, float(columns.max(axis=1)[kept].mean())


def _input(strip: Picture) -> NDArray[np.float32]:
    height, width = strip.shape[:2]
    scaled = math.ceil(HEIGHT_PX * width / height)
    if (height, width) != (HEIGHT_PX, scaled):
        strip = np.asarray(cv2.resize(strip, (scaled, HEIGHT_PX)), np.uint8)
    room = max(LEAST_WIDTH_PX, -(-scaled // WIDTH_STEP_PX) * WIDTH_STEP_PX)
    batch = np.zeros((1, 3, HEIGHT_PX, room), np.float32)
    values = strip.astype(np.float32)
    values *= 2 / 255
    values -= 1
    batch[0, :, :, :scaled] = values.transpose(2, 0, 1)
    return batch
