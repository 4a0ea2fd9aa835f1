"""Which characters of a PDF's text layer a person who opens it sees.

What nobody sees is not read: it would earn points for goods that no reviewer finds on the page.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final

import numpy as np
import pypdfium2.raw as pdfium
from numpy.typing import NDArray

INVISIBLE_MODE: Final = 3
"""Of PDF 32000-1, 9.3.6: neither filled nor stroked, as the text beneath a scan is."""
FILLED: Final = frozenset({0, 2, 4, 6})
STROKED: Final = frozenset({1, 2, 5, 6})
"""Modes whose letters have outlines, perhaps those alone, whatever colour would fill them."""
WHITE: Final = 245
"""Of 255, each colour: no eye tells it from the paper."""
WHITE_SHARE: Final = 0.5
"""Of the pixels about a letter; other rows may run through it."""
PIXELS_A_POINT: Final = 1.0
MAX_SIDE_PX: Final = 2000.0

Box = tuple[float, float, float, float]
"""Left, bottom, right, top, in the page's own points."""


class Seen:
    """What of one page is in sight; pixels are drawn only where white letters ask for them."""

    def __init__(self, page: Any, text_page: Any) -> None:  # noqa: ANN401 - pypdfium2 carries no types
        self._page, self._text = page, text_page
        self._bounds: Box = page.get_bbox()

    def shows(self, index: int, box: Box) -> bool:
        """Whether the character is on the page, inked, and of another colour than the paper."""
        return self._holds(box) and not self.is_invisible(index) and not self._is_white_on_white(index, box)

    def _holds(self, box: Box) -> bool:
        left, bottom, right, top = self._bounds
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        return left <= x <= right and bottom <= y <= top

    def is_invisible(self, index: int) -> bool:
        """Whether it is drawn without ink."""
        text_object = pdfium.FPDFText_GetTextObject(self._text, index)
        return bool(text_object) and pdfium.FPDFTextObj_GetTextRenderMode(text_object) == INVISIBLE_MODE

    def _is_white_on_white(self, index: int, box: Box) -> bool:
        inks = list(self._inks(index))
        if not inks:
            return False
        shown = [colours for *colours, opacity in inks if opacity]
        if any(min(colours) < WHITE for colours in shown):
            return False
        ground = self._ground(box) if shown else None
        return ground is None or ground.size == 0 or float((ground >= WHITE).mean()) > WHITE_SHARE

    def _inks(self, index: int) -> Iterator[tuple[int, ...]]:
        """Red, green, blue and opacity of what it is filled and outlined with, as far as they are known."""
        text_object = pdfium.FPDFText_GetTextObject(self._text, index)
        mode = pdfium.FPDFTextObj_GetTextRenderMode(text_object) if text_object else 0
        parts = [ctypes.c_uint() for _ in range(4)]
        places = [ctypes.byref(part) for part in parts]
        fills = mode not in STROKED or mode in FILLED
        if fills and pdfium.FPDFText_GetFillColor(self._text, index, *places):
            yield tuple(part.value for part in parts)
        if mode in STROKED and pdfium.FPDFPageObj_GetStrokeColor(text_object, *places):
            yield tuple(part.value for part in parts)

    def _ground(self, box: Box) -> NDArray[np.uint8]:
        """The pixels around the character."""
        left, _, _, top = self._bounds
        scale, grey = self._drawn
        x0, x1 = sorted((int((box[0] - left) * scale), int((box[2] - left) * scale) + 1))
        y0, y1 = sorted((int((top - box[3]) * scale), int((top - box[1]) * scale) + 1))
        return grey[max(0, y0) : y1, max(0, x0) : x1]

    @cached_property
    def _drawn(self) -> tuple[float, NDArray[np.uint8]]:
        """Pixels a point, and the page in grey as it stands before it is turned."""
        left, bottom, right, top = self._bounds
        scale = min(PIXELS_A_POINT, MAX_SIDE_PX / max(right - left, top - bottom, 1.0))
        picture = self._page.render(scale=scale, rotation=-self._page.get_rotation() % 360, grayscale=True)
        return scale, np.asarray(picture.to_numpy(), dtype=np.uint8).reshape(picture.height, picture.width)
