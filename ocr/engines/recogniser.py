"""What a box of text says: PP-OCRv6's recogniser, one crop at its own width."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from statistics import median
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engines.base import Picture
from ocr.engines.bfloat import BfloatSession
from ocr.engines.models import RECOGNISER, dictionary, open_session
from ocr.engines.turns import Quad4, crop

HEIGHT_PX: Final = 48
"""The network's own."""
LEAST_WIDTH_PX: Final = 96
"""Narrower crops are padded: single digits are read worse without room around them."""
WIDTH_STEP_PX: Final = 16
"""Widths are rounded up to it: fewer shapes, so that the arena's pieces fit again."""
LONG_FROM_PX: Final = 256
LONG_STEP_PX: Final = 64
"""The same for longer strips in bfloat16, where each shape has a plan of its own: a seventh less time."""

WANTED_PITCH_PX: Final = 16.0
"""From one character to the next at the network's height: it takes 8 pixels a step and reads letters at this
pitch as well as at the 18 to 23 that most receipts have, in less time (570 lines of 40 pages)."""
LEAST_SHARE: Final = 0.65
MOST_SHARE: Final = 0.95
"""Of a line's width: narrower is not tried, and wider gains no time."""
NARROWED_FROM_PX: Final = 160
"""Shorter strips are prices and counts: they cost little and are read at their full width."""
DOUBTED_CONFIDENCE: Final = 0.9
"""A narrowed line read less surely is read at its full width as well, and the surer reading counts."""

Said = tuple[str, float]
"""Text, and the mean confidence of its characters, 0 to 1."""


class Recogniser:
    """Reads crops."""

    def __init__(self, threads: int, *, bfloat16: bool = False) -> None:
        self._threads = threads
        self._bfloat16 = bfloat16

    @cached_property
    def _session(self) -> Any:  # noqa: ANN401 - onnxruntime carries no types
        opened = BfloatSession if self._bfloat16 else open_session
        return opened(RECOGNISER, threads=self._threads)

    @cached_property
    def _characters(self) -> tuple[str, ...]:
        return dictionary(self._session)

    def read(self, picture: Picture, quads: Sequence[Quad4], *, share: float = 1.0) -> list[Said]:
        """What each box says.

        Args:
            picture: what the boxes lie on.
            quads: the boxes.
            share: of their width that is enough to read long ones; see `narrowing`.
        """
        strips = (crop(picture, quad, height_px=HEIGHT_PX) for quad in quads)
        return [self._read_narrowed(strip, share) for strip in strips]

    def _read_narrowed(self, strip: Picture, share: float) -> Said:
        narrowed = round(width_px(strip) * share)
        if share >= 1.0 or narrowed < NARROWED_FROM_PX * share:
            return self.read_strip(strip)
        size = (narrowed, HEIGHT_PX)
        said = self.read_strip(np.asarray(cv2.resize(strip, size, interpolation=cv2.INTER_AREA), np.uint8))
        if said[1] >= DOUBTED_CONFIDENCE:
            return said
        return max(self.read_strip(strip), said, key=lambda each: each[1])

    def read_strip(self, strip: Picture) -> Said:
        """What a level strip says; ("", 0) where nothing is legible."""
        columns = self._session.run(None, {"x": _input(strip, few_widths=self._bfloat16)})[0][0]
        best = columns.argmax(axis=1)
        kept = best != 0
        kept[1:] &= best[1:] != best[:-1]
        text = "".join(self._characters[index] for index in best[kept])
        if not text.strip():
            return "", 0.0
        return text, float(columns.max(axis=1)[kept].mean())


def width_px(strip: Picture) -> int:
    """Of the strip at the network's height."""
    height, width = strip.shape[:2]
    scaled: int = math.ceil(HEIGHT_PX * width / height)
    return scaled


def narrowing(pitches_px: Sequence[float]) -> float:
    """The share of their width that lines of a page are read at, by the pitch of some of its lines."""
    if not pitches_px:
        return 1.0
    share = max(LEAST_SHARE, WANTED_PITCH_PX / median(pitches_px))
    return share if share <= MOST_SHARE else 1.0


def _input(strip: Picture, *, few_widths: bool) -> NDArray[np.float32]:
    scaled = width_px(strip)
    if strip.shape[:2] != (HEIGHT_PX, scaled):
        strip = np.asarray(cv2.resize(strip, (scaled, HEIGHT_PX)), np.uint8)
    step = LONG_STEP_PX if few_widths and scaled > LONG_FROM_PX else WIDTH_STEP_PX
    room = max(LEAST_WIDTH_PX, -(-scaled // step) * step)
    batch = np.zeros((1, 3, HEIGHT_PX, room), np.float32)
    values = strip.astype(np.float32)
    values *= 2 / 255
    values -= 1
    batch[0, :, :, :scaled] = values.transpose(2, 0, 1)
    return batch
