"""PDF pages: their text layer where they have one, pixels where they have none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version as package_version
from typing import Any, Final

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
from pypdfium2 import PdfiumError

from ocr.documents.base import MAX_PAGE_CELLS, Page, PagePixels, PageText
from ocr.documents.pdf_seen import Seen
from ocr.documents.work import CHARS_A_STEP, PICTURE_STEPS, Allow, always, enough
from ocr.rows import rows_from_boxes, tidy
from receipts.errors import Rejection, RejectionReason
from receipts.printed_code import PrintedCode
from receipts.transcript import Quad, TextBox, TextSource

MAX_PAGES: Final = 20
MIN_TEXT_CHARS: Final = 40
"""Less is a stamp or page number on a scan: the page is read as a picture."""
RENDER_DPI: Final = 200.0
"""Till print comes to about 25 pixels a line."""
POINTS_PER_INCH: Final = 72.0
MAX_RENDER_SIDE_PX: Final = 4000
MAX_CHARS: Final = 40_000
CODE_PAGES: Final = 3
"""Pages that are looked at for QR codes: they stand on the first or the last of one or two."""
CODE_DPI: Final = 150.0
"""Squares of a printed code come to two pixels and more."""
MAX_CODE_SIDE_PX: Final = 2400
CODE_STEPS: Final = 60
"""As which a page that is drawn for its codes counts."""
MAX_OBJECTS: Final = 2000
"""Of a page that are looked through for drawings; receipts have 60, long invoices 1,200."""
LEAST_PATHS: Final = 60
"""A QR code that is drawn by lines has some hundred; rules and frames are fewer."""
GAP_HEIGHTS: Final = 1.3
"""A gap wider than this many letter heights parts columns."""
BLANKS: Final = frozenset(" \u00a0\u202f\u2009")
"""Blanks within a run; the narrow ones part thousands."""
PARSER: Final = f"pypdfium2 {package_version('pypdfium2')}"
PASSWORD_ERROR: Final = "password"  # noqa: S105 - a word of the library's message


def pdf_pages(data: bytes, allow: Allow = always) -> tuple[Page, ...] | Rejection:
    """Every page; a document that does not open, or costs too much, is rejected with its reason."""
    try:
        document = pypdfium2.PdfDocument(data)
    except PdfiumError as error:
        if PASSWORD_ERROR in str(error).lower():
            return Rejection(RejectionReason.ENCRYPTED, "the PDF asks for a password")
        return Rejection(RejectionReason.DAMAGED, "the PDF does not open")
    try:
        count = len(document)
        if count > MAX_PAGES:
            return Rejection(RejectionReason.TOO_MANY_PAGES, f"{count} pages; the most is {MAX_PAGES}")
        if count == 0:
            return Rejection(RejectionReason.NO_TEXT, "the PDF has no pages")
        pages = tuple(_pages(document, count, allow))
        return pages if len(pages) == count else enough()
    except PdfiumError:
        return Rejection(RejectionReason.DAMAGED, "a page of the PDF does not open")
    finally:
        document.close()


def _pages(document: Any, count: int, allow: Allow) -> Iterator[Page]:  # noqa: ANN401 - pypdfium2 carries no types
    """The pages, up to one that is not allowed its steps."""
    for index in range(count):
        page = document[index]
        try:
            text_page = page.get_textpage()
            try:
                if not allow(min(MAX_CHARS, text_page.count_chars()) // CHARS_A_STEP):
                    return
                text = _text_of(page, text_page)
            finally:
                text_page.close()
            if text is None and not allow(PICTURE_STEPS):
                return
            if text is None:
                yield _pixels_of(page)
            else:
                yield (
                    replace(text, codes=_codes_of(page)) if index < CODE_PAGES and allow(CODE_STEPS) else text
                )
        finally:
            page.close()


def _text_of(page: Any, text_page: Any) -> PageText | None:  # noqa: ANN401
    width, height = page.get_size()
    boxes = _boxes(text_page, height, Seen(page, text_page))
    if sum(len(box.text) for box in boxes) < MIN_TEXT_CHARS:
        return None
    return PageText(rows_from_boxes(boxes), int(width), int(height), TextSource.PDF_TEXT, PARSER)


def _boxes(text_page: Any, page_height: float, seen: Seen) -> list[TextBox]:  # noqa: ANN401
    """Runs of characters that stand close on one line, of those that a person sees."""
    boxes: list[TextBox] = []
    run: list[tuple[str, tuple[float, float, float, float]]] = []
    for index in range(min(MAX_CHARS, text_page.count_chars())):
        if len(boxes) >= MAX_PAGE_CELLS:  # each is held against those of its row
            return boxes
        char = text_page.get_text_range(index, 1)
        left, bottom, right, top = box = text_page.get_charbox(index, loose=True)
        if char.strip() and not seen.shows(index, box):
            continue
        if run and ((not char.strip() and char not in BLANKS) or _breaks(run, left, bottom, top)):
            _close(run, boxes, page_height)
            run = []
        if char.strip() or (run and char in BLANKS):
            run.append((char, (left, bottom, right, top)))
    _close(run, boxes, page_height)
    return boxes


def _breaks(
    run: list[tuple[str, tuple[float, float, float, float]]], left: float, bottom: float, top: float
) -> bool:
    _, (_, last_bottom, last_right, last_top) = next(
        (item for item in reversed(run) if item[0].strip()), run[-1]
    )
    height = max(last_top - last_bottom, top - bottom, 1.0)
    middle, last_middle = (top + bottom) / 2, (last_top + last_bottom) / 2
    return (
        abs(middle - last_middle) > height / 2
        or left - last_right > GAP_HEIGHTS * height
        or left < last_right - height
    )


def _close(
    run: list[tuple[str, tuple[float, float, float, float]]], boxes: list[TextBox], page_height: float
) -> None:
    text = tidy("".join(char for char, _ in run))
    if not text:
        return
    shown = [box for char, box in run if char.strip()]
    quad = Quad.upright(
        left=min(box[0] for box in shown),
        top=page_height - max(box[3] for box in shown),
        right=max(box[2] for box in shown),
        bottom=page_height - min(box[1] for box in shown),
    )
    boxes.append(TextBox(text, quad, 1.0))


def _codes_of(page: Any) -> tuple[PrintedCode, ...]:  # noqa: ANN401
    """The QR codes among the page's pictures and lines; a page of words alone is not drawn."""
    if not _has_drawings(page):
        return ()
    from ocr.printed_codes import codes_on_page  # zxing-cpp, which a page of words never needs

    scale = min(CODE_DPI / POINTS_PER_INCH, MAX_CODE_SIDE_PX / max(*page.get_size(), 1.0))
    drawn = page.render(scale=scale, grayscale=True)
    found = codes_on_page(np.asarray(drawn.to_numpy(), dtype=np.uint8).reshape(drawn.height, drawn.width))
    # The text's places are in points: so are these.
    return tuple(
        code if code.quad is None else replace(code, quad=code.quad.scaled(1 / scale)) for code in found
    )


def _has_drawings(page: Any) -> bool:  # noqa: ANN401
    paths = 0
    for position in range(min(MAX_OBJECTS, pdfium.FPDFPage_CountObjects(page))):
        kind = pdfium.FPDFPageObj_GetType(pdfium.FPDFPage_GetObject(page, position))
        if kind in {pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_FORM}:
            return True
        paths += kind == pdfium.FPDF_PAGEOBJ_PATH
        if paths >= LEAST_PATHS:
            return True
    return False


def _pixels_of(page: Any) -> PagePixels:  # noqa: ANN401
    width, height = page.get_size()
    scale = min(RENDER_DPI / POINTS_PER_INCH, MAX_RENDER_SIDE_PX / max(width, height, 1.0))
    picture = page.render(scale=scale, rev_byteorder=False).to_numpy()
    if picture.ndim == 2:  # noqa: PLR2004 - grey without a channel axis
        picture = np.repeat(picture[:, :, None], 3, axis=2)
    return PagePixels(np.ascontiguousarray(picture[:, :, :3], dtype=np.uint8))
