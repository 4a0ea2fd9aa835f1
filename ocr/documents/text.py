"""Plain text: a line is a row, wide blanks part its columns."""

from __future__ import annotations

import re
from typing import Final

from ocr.documents.base import MAX_ROWS, Page, grid_page
from ocr.rows import tidy
from receipts.errors import Rejection, RejectionReason
from receipts.transcript import TextSource

_COLUMN: Final = re.compile(r"\S+(?:[ \u00a0\u202f\u2009]\S+)*")
"""One blank joins words; two or a tab part columns."""
TAB_CHARS: Final = 8
MAX_BYTES: Final = 2_000_000
MAX_LINE_CHARS: Final = 2000
_QUOTED: Final = re.compile(r"^(?:>\s?)+")


def decode_text(data: bytes) -> str:
    """The text: UTF-8 or UTF-16 where its marks say so, else Latin-1's superset for Western mail."""
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")):
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def text_pages(data: bytes) -> tuple[Page, ...] | Rejection:
    """The text as one page."""
    text = decode_text(data[:MAX_BYTES])
    if not text.strip():
        return Rejection(RejectionReason.NO_TEXT, "the text is blank")
    return (text_page(text),)


def text_page(text: str) -> Page:
    """Lines to rows; marks of quoting are dropped, as in forwarded mail."""
    cells = []
    for raw in text.splitlines()[:MAX_ROWS]:
        line = _QUOTED.sub("", raw[:MAX_LINE_CHARS]).expandtabs(TAB_CHARS)
        row = [(match.start(), tidy(match.group())) for match in _COLUMN.finditer(line)]
        cells.append(row)
    return grid_page(cells, TextSource.PLAIN_TEXT, "text 1")
