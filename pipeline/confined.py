"""Outside files are decoded for reading in processes of their own; what these answer is data, not believed.

The door (`ingest.accept`) has opened the same bytes before, so that what fails here is rare. Still the
worker holds the keys to the database, the store and the channels: no decoder touches outside bytes in it.
"""

from __future__ import annotations

import json
import math
import signal
from collections.abc import Iterator
from dataclasses import dataclass, replace
from mmap import mmap
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from awarding.fraud.evidence import Unavailable
from awarding.fraud.picture.findings import PictureFindings
from ingest.child import Bounds, ChildTooSlow, run_child_on
from ocr.documents.work import Allow, enough
from receipts.database.codec import from_json
from receipts.errors import Rejection, RejectionReason, TransientError
from receipts.image import MediaType, Placed
from receipts.printed_code import PrintedCode
from receipts.spans import span
from receipts.transcript import Point, Quad, Row, TextBox, TextSource

if TYPE_CHECKING:
    from ocr.decode import Frame
    from ocr.documents.base import Page, PageText
    from ocr.engines.base import Picture

PICTURE_BOUNDS: Final = Bounds(1024 * 2**20, cpu_s=10, timeout_s=40.0, answer_bytes=32 * 2**20)
"""A HEIC of 50 megapixels takes 2.4 s and 270 MB to open, and is held twice while it is made smaller."""
PDF_BOUNDS: Final = Bounds(2048 * 2**20, cpu_s=20, timeout_s=60.0, answer_bytes=1024 * 2**20)
"""Twenty scanned pages are 670 MB of pixels, and each letter of a text takes 30 µs."""
_CHILD: Final = Path(__file__).with_name("opening_child.py")
_COLOURS: Final = 3
_BOX: Final = 5
"""Text, left, top, right, bottom."""


@dataclass(frozen=True, slots=True)
class _Said:
    """A line of an answer and the bytes behind it."""

    line: dict[str, Any]
    behind: memoryview


class Confined:
    """`ocr.opening.Opening`, each file in a process of its own."""

    def pages_of(self, data: bytes, media_type: MediaType) -> tuple[int, ...]:
        """As `ocr.decode.pages_of`."""
        if media_type is not MediaType.TIFF:
            return (0,)
        answer = _asked(data, PICTURE_BOUNDS, "pages", media_type.value)
        # `picture` then says what is wrong with the file.
        return (0,) if isinstance(answer, Rejection) else tuple(map(int, answer[0].line["pages"]))

    def picture(self, data: bytes, media_type: MediaType, *, page: int = 0) -> Frame | Rejection:
        """As `ocr.decode.decode`.

        Raises:
            TransientError: the machine ended the process.
        """
        with span("decode"):
            answer = _asked(data, PICTURE_BOUNDS, "picture", media_type.value, str(page))
        if isinstance(answer, Rejection):
            return answer
        import numpy as np

        from ocr.decode import Frame

        placed = np.array(answer[0].line["placed"], dtype=np.float64).reshape(3, 3)
        return Frame(_pixels(answer[0]), placed)

    def pdf(self, data: bytes, allow: Allow) -> tuple[Page, ...] | Rejection:
        """As `ocr.documents.pdf.pdf_pages`; whether it is allowed is asked of the pages that came.

        Raises:
            TransientError: the machine ended the process.
        """
        with span("decode"):
            answer = _asked(data, PDF_BOUNDS, "pdf")
        if isinstance(answer, Rejection):
            return answer
        pages: list[Page] = []
        for said in answer:
            page = _allowed_page(said, allow)
            if isinstance(page, Rejection):
                return page
            pages.append(page)
        return tuple(pages)


CONFINED: Final = Confined()


def examined_confined(
    data: bytes, media_type: MediaType, placed: Placed | None
) -> PictureFindings | Unavailable:
    """As `awarding.fraud.picture.examine.examine`.

    Raises:
        TransientError: the machine ended the process.
    """
    answer = _asked(data, PICTURE_BOUNDS, "examine", media_type.value, json.dumps(placed))
    if isinstance(answer, Rejection):
        return Unavailable(f"the picture did not open for examination ({answer.reason.value})")
    line = answer[0].line
    if "unavailable" in line:
        return Unavailable(str(line["unavailable"]))
    return from_json(PictureFindings, line["found"])


def _asked(data: bytes, bounds: Bounds, *arguments: str) -> list[_Said] | Rejection:
    """The lines of an answer, never none."""
    found = run_child_on(data, _CHILD, *arguments, bounds=bounds)
    if isinstance(found, ChildTooSlow) or found.exit_code == -signal.SIGXCPU:
        return Rejection(RejectionReason.TIMED_OUT, f"over {bounds.cpu_s} s to be decoded")
    if found.exit_code in (-signal.SIGKILL, -signal.SIGTERM):
        raise TransientError("the process that decodes files was ended from outside; memory may be short")
    if found.exit_code < 0:
        return Rejection(RejectionReason.DAMAGED, f"the decoder stopped with signal {-found.exit_code}")
    if found.exit_code > 0:
        raise RuntimeError(f"{_CHILD.name} failed: {found.answer[-2000:].decode(errors='replace')}")
    said = list(_lines(found.answer))
    first = said[0].line
    if "refused" in first:
        return Rejection(RejectionReason(first["refused"]), str(first["detail"]))
    return said


def _lines(answer: bytes | mmap) -> Iterator[_Said]:
    at, view = 0, memoryview(answer)
    while at < len(answer):
        end = answer.find(b"\n", at) + 1 or len(answer)
        line = json.loads(answer[at:end])
        at = end + max(0, int(line.get("bytes", 0)))
        yield _Said(line, view[end:at])


def _pixels(said: _Said) -> Picture:
    """The picture, or an error where sizes and bytes do not agree."""
    import numpy as np

    shape = (int(said.line["height"]), int(said.line["width"]), _COLOURS)
    if math.prod(shape) != len(said.behind):
        raise RuntimeError("the process that decodes files answered with another size than it said")
    return np.frombuffer(said.behind, dtype=np.uint8).reshape(shape)


def _allowed_page(said: _Said, allow: Allow) -> Page | Rejection:
    from ocr.documents.base import PagePixels

    of_text, *further = (int(steps) for steps in said.line["steps"])
    if not allow(of_text):
        return enough()
    if said.behind:
        return PagePixels(_pixels(said)) if all(map(allow, further)) else enough()
    page = _text_page(said.line)
    return page if all(map(allow, further)) else replace(page, codes=())


def _text_page(line: dict[str, Any]) -> PageText:
    from ocr.documents.base import PageText
    from ocr.documents.pdf import PARSER

    rows = tuple(Row(tuple(_box(box) for box in row)) for row in line["rows"])
    codes = tuple(PrintedCode(str(kind), str(text), _quad(quad)) for kind, text, quad in line["codes"])
    return PageText(rows, int(line["width"]), int(line["height"]), TextSource.PDF_TEXT, PARSER, codes)


def _box(said: list[Any]) -> TextBox:
    text, left, top, right, bottom = said[:_BOX]
    quad = Quad.upright(left=float(left), top=float(top), right=float(right), bottom=float(bottom))
    return TextBox(str(text), quad, 1.0)


def _quad(corners: list[list[float]] | None) -> Quad | None:
    return None if corners is None else Quad(*(Point(float(x), float(y)) for x, y in corners))
