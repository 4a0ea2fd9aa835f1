"""What a document gives: pages of text with places, or pages of pixels that an engine must read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ocr.engines.base import Picture
from receipts.printed_code import PrintedCode
from receipts.transcript import Quad, Row, TextBox, TextSource

CHAR_WIDTH_PX: Final = 8.0
"""Layout units of one character where a document has text but no layout."""
LINE_HEIGHT_PX: Final = 16.0
MAX_ROWS: Final = 2000
"""More is no receipt; a mail of that length is cut there."""
MAX_CELL_CHARS: Final = 400
MAX_PAGE_CHARS: Final = 150_000
"""Of all cells; the longest order mails show 20,000."""
MAX_PAGE_CELLS: Final = 3000
MAX_ROW_CELLS: Final = 20
"""Numbers in a row are held against each other; order tables have up to a dozen columns."""


@dataclass(frozen=True, slots=True)
class PageText:
    """A page with text of its own.

    Attributes:
        parser: name and version of what read it.
        codes: QR codes among its drawings.
    """

    rows: tuple[Row, ...]
    width_px: int
    height_px: int
    source: TextSource
    parser: str
    codes: tuple[PrintedCode, ...] = ()


@dataclass(frozen=True, slots=True)
class PagePixels:
    """A page without text of its own."""

    picture: Picture


Page = PageText | PagePixels


def grid_rows(cells: Sequence[Sequence[tuple[int, str]]]) -> tuple[Row, ...]:
    """Rows laid out on a grid of characters, from (column of the first character, text) pairs."""
    rows: list[Row] = []
    chars = count = 0
    for number, whole in enumerate(cells[:MAX_ROWS]):
        row = whole[:MAX_ROW_CELLS]
        chars += sum(min(len(text), MAX_CELL_CHARS) for _, text in row)
        count += len(row)
        if chars > MAX_PAGE_CHARS or count > MAX_PAGE_CELLS:
            break
        top = number * LINE_HEIGHT_PX
        boxes = tuple(
            TextBox(
                text=text[:MAX_CELL_CHARS],
                quad=Quad.upright(
                    left=column * CHAR_WIDTH_PX,
                    top=top,
                    right=(column + len(text[:MAX_CELL_CHARS])) * CHAR_WIDTH_PX,
                    bottom=top + LINE_HEIGHT_PX,
                ),
                confidence=1.0,
            )
            for column, text in row
            if text
        )
        if boxes:
            rows.append(Row(boxes))
    return tuple(rows)


def grid_page(cells: Sequence[Sequence[tuple[int, str]]], source: TextSource, parser: str) -> PageText:
    """A page from such rows."""
    rows = grid_rows(cells)
    width = max((box.quad.right for row in rows for box in row.boxes), default=0.0)
    height = max((box.quad.bottom for row in rows for box in row.boxes), default=0.0)
    return PageText(rows, int(width), int(height), source, parser)
