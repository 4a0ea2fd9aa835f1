"""Which characters of a PDF's text layer a person who opens it sees.

What nobody sees is not read: it would earn points for goods that no reviewer finds on the page.
"""

from __future__ import annotations

import ctypes
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
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

INK: Final = 200
"""Of 255, in grey: darker pixels are letters'."""
INK_ROWS: Final = 0.4
INK_COLUMNS: Final = 0.25
MOST_INK: Final = 0.7
"""Of the pixels' rows and columns about a run of letters, how many have ink (a rule through it has one row),
and of all its pixels (a black bar has all)."""
MOST_OBJECTS: Final = 20_000
"""Objects of a page that are looked at, and the first ones; what covers text is drawn after it."""
COVERS: Final = 0.8
"""Of a character's box, each way."""
MOST_COVERS: Final = 500
"""Rectangles over one run of letters that each of its characters is held against, the largest first. Each
of 2,200 characters held against each of 1,500 took 7.4 s; so it takes 0.3 s."""

Box = tuple[float, float, float, float]
"""Left, bottom, right, top, in the page's own points."""


@dataclass(frozen=True, slots=True)
class _Drawn:
    """An object of the page.

    Attributes:
        is_opaque: a filled rectangle that nothing shows through.
    """

    address: int
    box: Box
    is_text: bool
    is_opaque: bool


class Seen:
    """What of one page is in sight; pixels are drawn only where white letters ask for them."""

    def __init__(self, page: Any, text_page: Any) -> None:  # noqa: ANN401 - pypdfium2 carries no types
        self._page, self._text = page, text_page
        self._bounds: Box = page.get_bbox()
        self._inked: dict[int, bool] = {}
        self._over: dict[int, NDArray[np.float64]] = {}

    def shows(self, index: int, box: Box) -> bool:
        """Whether the character is on the page, inked, and of another colour than the paper."""
        return (
            self._holds(box)
            and not self.is_invisible(index)
            and not self._is_painted_over(index, box)
            and not self._is_white_on_white(index, box)
        )

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
        if ground is None or ground.size == 0:
            return True
        return float((ground >= WHITE).mean()) > WHITE_SHARE and not self._has_ink(index)

    def _has_ink(self, index: int) -> bool:
        """Whether letters show that are said to be white, as pdfium calls gradients, or painted over."""
        place = self._places.get(_address(pdfium.FPDFText_GetTextObject(self._text, index)))
        if place is None:
            return False
        if place not in self._inked:
            box = self._objects[place].box
            others = self._text_boxes[self._text_places != place]
            inked = self._ground(box) < INK
            self._inked[place] = (
                inked.size > 0
                and float(inked.any(axis=1).mean()) >= INK_ROWS
                and float(inked.any(axis=0).mean()) >= INK_COLUMNS
                and float(inked.mean()) <= MOST_INK
                and not _meeting(others, box).any()  # its ink would be theirs
            )
        return self._inked[place]

    def _is_painted_over(self, index: int, box: Box) -> bool:
        """Whether an opaque rectangle was drawn over the character, and was not clipped away."""
        if not self._covers:
            return False
        place = self._places.get(_address(pdfium.FPDFText_GetTextObject(self._text, index)))
        return place is not None and _holds_most(self._covers_of(place), box) and not self._has_ink(index)

    def _covers_of(self, place: int) -> NDArray[np.float64]:
        """The rectangles that were drawn after that run of letters, and over some of it."""
        if place not in self._over:
            later = self._cover_boxes[bisect_right(self._covers, place) :]
            over = later[_meeting(later, self._objects[place].box)]
            areas = (over[:, 2] - over[:, 0]) * (over[:, 3] - over[:, 1])
            self._over[place] = over[np.argsort(-areas, kind="stable")[:MOST_COVERS]]
        return self._over[place]

    @cached_property
    def _cover_boxes(self) -> NDArray[np.float64]:
        return _boxes_of(self._objects[place] for place in self._covers)

    @cached_property
    def _text_places(self) -> NDArray[np.int64]:
        return np.array([place for place, one in enumerate(self._objects) if one.is_text], dtype=np.int64)

    @cached_property
    def _text_boxes(self) -> NDArray[np.float64]:
        return _boxes_of(one for one in self._objects if one.is_text)

    @cached_property
    def _objects(self) -> tuple[_Drawn, ...]:
        """What is drawn on the page itself, in its order; what stands within forms is not told apart."""
        count = min(MOST_OBJECTS, pdfium.FPDFPage_CountObjects(self._page.raw))
        found = (pdfium.FPDFPage_GetObject(self._page.raw, place) for place in range(count))
        return tuple(_drawn(one) for one in found)

    @cached_property
    def _places(self) -> dict[int, int]:
        return {one.address: place for place, one in enumerate(self._objects)}

    @cached_property
    def _covers(self) -> tuple[int, ...]:
        """Rectangles that text is drawn before; most pages have none."""
        first = next((place for place, one in enumerate(self._objects) if one.is_text), len(self._objects))
        later = enumerate(self._objects[first:], start=first)
        return tuple(place for place, one in later if one.is_opaque)

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


def _address(handle: Any) -> int:  # noqa: ANN401
    return ctypes.cast(handle, ctypes.c_void_p).value or 0


def _drawn(handle: Any) -> _Drawn:  # noqa: ANN401
    sides = [ctypes.c_float() for _ in range(4)]
    known = pdfium.FPDFPageObj_GetBounds(handle, *(ctypes.byref(side) for side in sides))
    left, bottom, right, top = (side.value for side in sides)
    kind = pdfium.FPDFPageObj_GetType(handle)
    is_path = bool(known) and kind == pdfium.FPDF_PAGEOBJ_PATH
    return _Drawn(
        _address(handle),
        (left, bottom, right, top),
        is_text=bool(known) and kind == pdfium.FPDF_PAGEOBJ_TEXT,
        is_opaque=is_path and _is_opaque_rectangle(handle),
    )


def _is_opaque_rectangle(handle: Any) -> bool:  # noqa: ANN401
    """Blended and see-through ones, as highlighters paint, hide nothing."""
    mode, stroked = ctypes.c_int(), ctypes.c_int()
    drawn = pdfium.FPDFPath_GetDrawMode(handle, ctypes.byref(mode), ctypes.byref(stroked))
    if not drawn or mode.value == 0 or pdfium.FPDFPageObj_HasTransparency(handle):
        return False
    count = pdfium.FPDFPath_CountSegments(handle)
    segments = [pdfium.FPDFPath_GetPathSegment(handle, at) for at in range(min(count, RECTANGLE + 1))]
    straight = {pdfium.FPDF_SEGMENT_MOVETO, pdfium.FPDF_SEGMENT_LINETO}
    if not CORNERS <= count <= RECTANGLE or any(
        pdfium.FPDFPathSegment_GetType(segment) not in straight for segment in segments
    ):
        return False
    points = {_point(segment) for segment in segments}
    return len(points) == CORNERS and all(len({point[axis] for point in points}) == 2 for axis in (0, 1))  # noqa: PLR2004


CORNERS: Final = 4
RECTANGLE: Final = 5
"""Segments, the one that closes it among them."""


def _point(segment: Any) -> tuple[float, float]:  # noqa: ANN401
    x, y = ctypes.c_float(), ctypes.c_float()
    pdfium.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y))
    return round(x.value, 2), round(y.value, 2)


def _boxes_of(objects: Iterable[_Drawn]) -> NDArray[np.float64]:
    return np.array([one.box for one in objects], dtype=np.float64).reshape(-1, 4)


def _holds_most(outer: NDArray[np.float64], inner: Box) -> bool:
    """Whether most of the inner box lies within one of the outer ones, each way."""
    if not len(outer):
        return False
    low, high = np.maximum(outer[:, :2], inner[:2]), np.minimum(outer[:, 2:], inner[2:])
    wanted = [COVERS * max(inner[at + 2] - inner[at], 0.01) for at in (0, 1)]
    return bool((high - low >= wanted).all(axis=1).any())


def _meeting(boxes: NDArray[np.float64], other: Box) -> NDArray[np.bool_]:
    """Which of the boxes share some of their area with the other."""
    begin, end = boxes[:, :2] < other[2:], boxes[:, 2:] > other[:2]
    return np.asarray((begin & end).all(axis=1), dtype=np.bool_)
