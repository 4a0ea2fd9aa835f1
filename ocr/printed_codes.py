"""QR codes and barcodes on pixels, by zxing-cpp. Loaded only when there are pixels.

Reading them costs what is measured in docs/fraud-fiscal.md. A code on the repaired picture has a place that a
reviewer can be shown, so that is looked at first, reduced; the whole picture as it was taken is looked at
only where that shows no QR code.
"""

from __future__ import annotations

from collections.abc import Iterable
from time import process_time
from typing import Final

import cv2
import zxingcpp

from ocr.engines.base import Picture
from receipts.printed_code import PrintedCode
from receipts.transcript import Point, Quad

FIRST_SIDE_PX: Final = 2000
"""Longest side of the first look."""
BARS_SIDE_PX: Final = 1400
"""For barcodes: their bars are wider than a QR code's squares, and each look costs twice as much."""
MOST_S: Final = 0.4
"""Of processor time, after which no further look begins. Photographs take 0.02 to 0.1 s for all of them; a
picture that is drawn to look like thousands of codes takes up to 2 s for one."""
MOST_CODES: Final = 12
"""A receipt prints one to three; a sheet full of them is cut here."""
_SQUARES: Final = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
_BARS: Final = zxingcpp.BarcodeFormats(
    [zxingcpp.BarcodeFormat.Code128, zxingcpp.BarcodeFormat.EAN13, zxingcpp.BarcodeFormat.ITF]
)


def codes_on(repaired: Picture, taken: Picture) -> tuple[PrintedCode, ...]:
    """The codes on a picture: as it was repaired, or else as it was taken (then without a place)."""
    began = process_time()
    grey = _grey(repaired)
    squares = _found(grey, _SQUARES, FIRST_SIDE_PX)
    if not squares and max(grey.shape) > FIRST_SIDE_PX and process_time() - began < MOST_S:
        squares = _found(grey, _SQUARES, max(grey.shape))
    if not squares and taken is not repaired and process_time() - began < MOST_S:
        found = _found(_grey(taken), _SQUARES, max(taken.shape))
        squares = tuple(PrintedCode(code.kind, code.text) for code in found)
    bars = _found(grey, _BARS, BARS_SIDE_PX) if process_time() - began < MOST_S else ()
    return (*squares, *bars)[:MOST_CODES]


def codes_on_page(drawn: Picture) -> tuple[PrintedCode, ...]:
    """The QR codes on a drawn page, at its own size."""
    return _found(_grey(drawn), _SQUARES, max(drawn.shape))[:MOST_CODES]


def _grey(picture: Picture) -> Picture:
    return picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)  # type: ignore[return-value]  # noqa: PLR2004


def _found(grey: Picture, formats: zxingcpp.BarcodeFormats, side_px: int) -> tuple[PrintedCode, ...]:
    """Those on the picture, reduced to this longest side; places are on the picture as it is given."""
    scale = min(1.0, side_px / max(grey.shape))
    looked = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else grey
    return tuple(_codes(zxingcpp.read_barcodes(looked, formats=formats), scale))


def _codes(found: Iterable[zxingcpp.Barcode], scale: float) -> Iterable[PrintedCode]:
    for code in found:
        at = code.position
        corners = (at.top_left, at.top_right, at.bottom_right, at.bottom_left)
        quad = Quad(*(Point(corner.x, corner.y) for corner in corners)).scaled(1 / scale)
        yield PrintedCode(str(code.format), code.text, quad)
