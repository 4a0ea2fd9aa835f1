"""HTML to rows: what a reader sees, each line of the layout a row, each table cell a column.

Hidden text is left out: preview texts, tracking, and whatever someone hid to be read by machines only.
"""

from __future__ import annotations

import re
from importlib.metadata import version as package_version
from itertools import accumulate
from typing import Final

from selectolax.lexbor import LexborHTMLParser

from ocr.documents.base import Page, PageText, grid_page
from ocr.documents.html_guard import bounded
from ocr.documents.html_layout import Cell, lay_out
from ocr.documents.html_style import style_sheet
from ocr.documents.text import decode_text
from ocr.rows import tidy
from receipts.errors import Rejection, RejectionReason
from receipts.transcript import TextSource

HTML_PARSER: Final = f"selectolax {package_version('selectolax')}"
MAX_BYTES: Final = 3_000_000
CELL_GAP_CHARS: Final = 2
MAX_LINE_CHARS: Final = 2000
MAX_CELLS: Final = 30
NUMBER_CHARS: Final = 40

_NUMERIC: Final = re.compile(r"^\W*(?:[A-Za-z]{1,3}\W*)?\d[\d.,' ]*\W*(?:[A-Za-z]{1,3})?\W*$")
"""A cell of nothing but a number, with its currency or sign."""
_INVISIBLE: Final = re.compile("[\u200b-\u200f\u2060-\u2064\ufeff\u00ad\u034f\u180e\u202a-\u202e]")


def open_html(data: bytes) -> LexborHTMLParser:
    """The page as a tree; every sort of bytes gives one."""
    return LexborHTMLParser(bounded(decode_text(data[:MAX_BYTES])))


def html_pages(data: bytes) -> tuple[Page, ...] | Rejection:
    """The visible text as one page."""
    page = tree_page(open_html(data))
    return page if isinstance(page, Rejection) else (page,)


def tree_page(tree: LexborHTMLParser) -> PageText | Rejection:
    """The visible text of a page as rows."""
    root = tree.body or tree.root
    if root is None:
        return Rejection(RejectionReason.NO_TEXT, "the page is empty")
    lines = lay_out(root, style_sheet(tree))
    rows = [
        [(cell, tidy(_INVISIBLE.sub("", cell.text[:MAX_LINE_CHARS]))) for cell in row[:MAX_CELLS]]
        for row in lines
    ]
    rows = [[(cell, text) for cell, text in row if text] for row in rows]
    starts = _column_starts(rows)
    cells = [_placed(row, starts) for row in rows]
    if not any(cells):
        return Rejection(RejectionReason.NO_TEXT, "the page shows no text")
    shown = [row for row in cells if row]
    return grid_page(shown, TextSource.HTML, HTML_PARSER)


def logo_name(tree: LexborHTMLParser) -> str:
    """What the page's logo is called, where a picture says that it is one; empty where none does."""
    for node in tree.css("img[alt]")[:MAX_PICTURES]:
        attributes = node.attributes
        alt = tidy(attributes.get("alt") or "")
        named = " ".join(str(attributes.get(key) or "") for key in ("alt", "class", "id", "src"))
        if "logo" in named.lower() and 0 < len(alt) <= MAX_LOGO_CHARS:
            name = _LOGO_WORD.sub("", alt).strip(" -–|:,.")
            if any(character.isalpha() for character in name):
                return name
    return ""


MAX_PICTURES: Final = 200
MAX_LOGO_CHARS: Final = 40
_LOGO_WORD: Final = re.compile(r"\b(?:company |brand |store |shop )?logo(?: image)?\b(?: of)?", re.IGNORECASE)

_Row = list[tuple[Cell, str]]


def _column_starts(rows: list[_Row]) -> dict[int, list[int]]:
    """For each table, where its columns begin and the last one ends, in characters.

    A column is as wide as its widest cell. A cell over several columns widens the last of them only where
    they are too narrow together; lone cells of a row run on and widen nothing.
    """
    widths: dict[int, dict[int, int]] = {}
    shared = [(cell, text) for row in rows if len(row) > 1 for cell, text in row]
    for cell, text in sorted(shared, key=lambda item: item[0].span):
        if cell.table is None:
            continue
        columns = widths.setdefault(cell.table, {})
        last = cell.column + cell.span - 1
        others = sum(columns.get(column, 0) for column in range(cell.column, last))
        columns[last] = max(columns.get(last, 0), len(text) + CELL_GAP_CHARS - others)
    return {
        table: list(accumulate((columns.get(i, 0) for i in range(max(columns) + 1)), initial=0))
        for table, columns in widths.items()
    }


def _placed(row: _Row, starts: dict[int, list[int]]) -> list[tuple[int, str]]:
    """The row's cells at their columns; amounts stand at the right of theirs, as tables set them."""
    placed, free = [], 0
    for cell, text in row:
        column = free
        edges = starts.get(cell.table) if cell.table is not None else None
        if edges is not None and cell.column + cell.span < len(edges):
            right = edges[cell.column + cell.span] - CELL_GAP_CHARS - len(text)
            column = max(free, right if _is_number(text) else edges[cell.column])
        placed.append((column, text))
        free = column + len(text) + CELL_GAP_CHARS
    return placed


def _is_number(text: str) -> bool:
    return len(text) <= NUMBER_CHARS and _NUMERIC.match(text) is not None
