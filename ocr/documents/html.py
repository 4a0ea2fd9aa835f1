"""HTML to rows: what a reader sees, each line of the layout a row, each table cell a column.

Hidden text is left out: preview texts, tracking, and whatever someone hid to be read by machines only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from importlib.metadata import version as package_version
from itertools import accumulate
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ocr.documents.base import Page, grid_page
from ocr.documents.text import decode_text
from ocr.rows import tidy
from receipts.errors import Rejection, RejectionReason
from receipts.transcript import TextSource

MAX_BYTES: Final = 4_000_000
MAX_NODES: Final = 60_000
"""More elements than any order page; beyond it the rest is left out."""
MAX_DEPTH: Final = 400
CELL_GAP_CHARS: Final = 2

_SKIPPED: Final = frozenset(
    {
        "script",
        "style",
        "head",
        "title",
        "noscript",
        "template",
        "svg",
        "iframe",
        "object",
        "select",
        "textarea",
    }
)
_BLOCKS: Final = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "br",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "tr",
        "ul",
        "caption",
    ]
)
_CELLS: Final = frozenset({"td", "th"})
_NUMERIC: Final = re.compile(r"^\W*(?:[A-Za-z]{1,3}\W*)?\d[\d.,' ]*\W*(?:[A-Za-z]{1,3})?\W*$")
"""A cell of nothing but a number, with its currency or sign."""
_HIDDEN_STYLE: Final = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|opacity\s*:\s*0(?:\.0+)?\s*(?:;|$)"
    r"|font-size\s*:\s*0(?:px|pt|em|%)?\s*(?:;|$|!)|max-height\s*:\s*0(?:px)?\s*(?:;|$|!)"
    r"|(?:text-indent|left|top|margin-left)\s*:\s*-\d{3,}",
    re.IGNORECASE,
)
_INVISIBLE: Final = re.compile("[\u200b-\u200f\u2060-\u2064\ufeff\u00ad\u034f\u180e\u202a-\u202e]")


@dataclass(slots=True)
class _Cell:
    """Text of one cell as it grows.

    Attributes:
        table: which of the page's tables; None outside of them.
        column: place in that table's row, cells that span several columns counted as that many.
    """

    table: int | None = None
    column: int = 0
    span: int = 1
    text: str = ""


@dataclass(slots=True)
class _Table:
    """A table while it is walked through; `column` is that of its row's next cell."""

    number: int
    column: int = 0


@dataclass(slots=True)
class _Writer:
    """Rows as they grow; a row is a list of cells."""

    rows: list[list[_Cell]] = field(default_factory=lambda: [[_Cell()]])
    tables: list[_Table] = field(default_factory=list)
    nodes: int = 0
    table_count: int = 0

    def text(self, text: str) -> None:
        self.rows[-1][-1].text += text

    def cell(self, cell: _Cell) -> None:
        """What follows goes into this cell; an empty one before it is given up."""
        if self.rows[-1][-1].text.strip():
            self.rows[-1].append(cell)
        else:
            self.rows[-1][-1] = cell

    def row(self) -> None:
        last = self.rows[-1][-1]
        begun = _Cell(last.table, last.column, last.span)
        if any(cell.text.strip() for cell in self.rows[-1]):
            self.rows.append([begun])
        else:
            self.rows[-1] = [begun]

    def open_table(self) -> None:
        self.tables.append(_Table(self.table_count))
        self.table_count += 1

    def close_table(self) -> None:
        self.tables.pop()

    def open_cell(self, span: int) -> None:
        if not self.tables:
            self.cell(_Cell())
            return
        table = self.tables[-1]
        self.cell(_Cell(table.number, table.column, span))
        table.column += span


def html_pages(data: bytes) -> tuple[Page, ...] | Rejection:
    """The visible text as one page."""
    tree = LexborHTMLParser(decode_text(data[:MAX_BYTES]))
    root = tree.body or tree.root
    if root is None:
        return Rejection(RejectionReason.NO_TEXT, "the page is empty")
    writer = _Writer()
    _walk(root, writer, depth=0, flat=False)
    rows = [[(cell, tidy(_INVISIBLE.sub("", cell.text))) for cell in row] for row in writer.rows]
    rows = [[(cell, text) for cell, text in row if text] for row in rows]
    starts = _column_starts(rows)
    cells = [_placed(row, starts) for row in rows]
    if not any(cells):
        return Rejection(RejectionReason.NO_TEXT, "the page shows no text")
    return (grid_page(cells, TextSource.HTML, f"selectolax {package_version('selectolax')}"),)


_Row = list[tuple[_Cell, str]]


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
    return len(text) <= SMALL_CELL_CHARS and _NUMERIC.match(text) is not None


def _walk(node: LexborNode, writer: _Writer, *, depth: int, flat: bool) -> None:
    """Depth first; `flat` inside a cell that holds words only, so that its blocks do not break its row."""
    if depth > MAX_DEPTH:
        return
    child = node.child
    while child is not None:
        writer.nodes += 1
        if writer.nodes > MAX_NODES:
            return
        tag = child.tag or ""
        if tag == "-text":
            writer.text(child.text_content or "")
        elif tag not in _SKIPPED and not tag.startswith(("-", "_", "!")) and not _hidden(child):
            _element(child, tag, writer, depth=depth, flat=flat)
        child = child.next


def _element(node: LexborNode, tag: str, writer: _Writer, *, depth: int, flat: bool) -> None:
    if tag in _CELLS:
        writer.open_cell(_span(node))
        _walk(node, writer, depth=depth + 1, flat=flat or _is_small(node))
        writer.cell(_Cell())
    elif tag in _BLOCKS and flat:
        writer.text(" ")
        _walk(node, writer, depth=depth + 1, flat=True)
        writer.text(" ")
    elif tag in _BLOCKS:
        _block(node, tag, writer, depth=depth)
    else:
        _walk(node, writer, depth=depth + 1, flat=flat)


def _block(node: LexborNode, tag: str, writer: _Writer, *, depth: int) -> None:
    writer.row()
    if tag == "table":
        writer.open_table()
    elif tag == "tr" and writer.tables:
        writer.tables[-1].column = 0
    _walk(node, writer, depth=depth + 1, flat=False)
    if tag == "table":
        writer.close_table()
    writer.row()


MAX_SPAN: Final = 50
"""More columns than any order table has; larger numbers are meant to harm or to mean all of them."""


def _span(node: LexborNode) -> int:
    printed = (node.attributes.get("colspan") or "").strip()
    return (
        min(MAX_SPAN, max(1, int(printed))) if printed.isdecimal() and len(printed) <= MAX_SPAN_DIGITS else 1
    )


MAX_SPAN_DIGITS: Final = 4


SMALL_CELL_CHARS: Final = 40
"""A cell no longer than an amount with its label stays on one row whatever is inside it."""


def _is_small(node: LexborNode) -> bool:
    return len(tidy(node.text(deep=True))) <= SMALL_CELL_CHARS and node.css_first("table") is None


def _hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    if "hidden" in attributes or (attributes.get("aria-hidden") == "true" and not attributes.get("class")):
        return True
    if attributes.get("type") == "hidden":
        return True
    return bool(_HIDDEN_STYLE.search(attributes.get("style") or ""))
