"""Elements to lines of cells: blocks stand below each other, the cells of a data row beside each other.

Mails nest tables to place things. A row whose cells are short, but for one, is a row of data: its cells are
set side by side, line by line from the top. Any other row only arranges blocks, which are read one by one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from selectolax.lexbor import LexborNode

from ocr.documents.html_style import Shown, StyleSheet, is_gone, shown
from ocr.rows import tidy

MAX_NODES: Final = 20_000
"""More elements than any order page; beyond it the rest is left out."""
MAX_DEPTH: Final = 240
"""Order mails nest thirty deep, and forwarding adds a few at a time."""
MAX_LINES: Final = 6000
MAX_SPAN: Final = 50
"""More columns than any order table has; larger numbers are meant to harm or to mean all of them."""
MAX_SPAN_DIGITS: Final = 4
SMALL_CELL_CHARS: Final = 40
"""A cell no longer than an amount with its label stays on one line, unless it stacks a whole item."""
MAX_VALUE_CHARS: Final = 48
"""A cell of one line no longer than this stands beside others: a date, a variant, a payment."""
PEEK_NODES: Final = 80
PEEK_CHARS: Final = 400


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


_SKIPPED: Final = _names(
    """
    script style head title noscript template svg iframe object select textarea s strike del audio video
    canvas datalist button
    """
)
_BLOCKS: Final = _names(
    """
    address article aside blockquote body br center div dl dt fieldset figure figcaption footer form h1
    h2 h3 h4 h5 h6 header hr html li main nav ol p pre section table tbody tfoot thead tr ul caption
    """
)
_CELLS: Final = frozenset({"td", "th", "dd"})
_STRUCK: Final = re.compile(r"text-decoration[^;]*:\s*[^;]*line-through", re.IGNORECASE)
_BESIDE: Final = re.compile(
    r"display\s*:\s*(?:inline|inline-block|inline-flex|table-cell)\b|float\s*:\s*(?:left|right)",
    re.IGNORECASE,
)
_FLEX: Final = re.compile(
    r"display\s*:\s*(?:inline-)?flex(?![\s\S]*flex-direction\s*:\s*column)", re.IGNORECASE
)
_PRICE: Final = re.compile(r"\d[.,]\d{2}(?!\d)|[$£€¥]\s?\d|\d\s?[$£€]")
_AMOUNT_ONLY: Final = re.compile(r"^\W*(?:[A-Za-z]{1,3}\W*)?\d[\d.,' ]*\W*(?:[A-Za-z]{1,3})?\W*$")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell's text on one line.

    Attributes:
        table: which of the page's tables; None outside of them.
        column: place in that table's row, cells that span several columns counted as that many.
    """

    table: int | None
    column: int
    span: int
    text: str


@dataclass(slots=True)
class _Cell:
    """A cell as it grows."""

    table: int | None = None
    column: int = 0
    span: int = 1
    text: str = ""


@dataclass(slots=True)
class _Table:
    number: int
    column: int = 0


@dataclass(slots=True)
class _Sheet:
    """Lines as they grow; text goes into `cell`, on the line `at`, which holds other cells where `beside`."""

    lines: list[list[_Cell]] = field(default_factory=lambda: [[]])
    at: int = 0
    deepest: int = 0
    cell: _Cell = field(default_factory=_Cell)
    tables: list[_Table] = field(default_factory=list)
    table_count: int = 0
    nodes: int = 0
    beside: bool = False

    def write(self, text: str) -> None:
        if self.cell.text or text.strip():
            if not self.cell.text:
                self.lines[self.at].append(self.cell)
            self.cell.text += text
            self.deepest = max(self.deepest, self.at)

    def end_line(self) -> None:
        """What follows stands below, in the same column."""
        if self.cell.text or self.beside:
            self._go(self.at + 1)
            self.cell = _Cell(self.cell.table, self.cell.column, self.cell.span)

    def end_cell(self) -> None:
        """What follows stands beside."""
        if self.cell.text:
            self.cell = _Cell()
            self.beside = True

    def open_cell(self, span: int) -> None:
        if not self.tables:
            self.cell = _Cell()
            return
        table = self.tables[-1]
        self.cell = _Cell(table.number, table.column, span)
        table.column += span

    def jump(self, line: int) -> None:
        self._go(line)
        self.cell = _Cell()

    def _go(self, line: int) -> None:
        self.beside = False
        self.at = min(line, MAX_LINES)
        while len(self.lines) <= self.at:
            self.lines.append([])


def lay_out(root: LexborNode, sheet: StyleSheet) -> list[list[Cell]]:
    """The page's lines from top to bottom, each its cells from left to right."""
    walker = _Walker(sheet)
    walker.children(root, Shown(), depth=0, flat=False)
    return [
        [Cell(cell.table, cell.column, cell.span, cell.text) for cell in line] for line in walker.out.lines
    ]


@dataclass(slots=True)
class _Walker:
    sheet: StyleSheet
    out: _Sheet = field(default_factory=_Sheet)

    def children(
        self, node: LexborNode, look: Shown, *, depth: int, flat: bool, beside: bool = False
    ) -> None:
        """Depth first; `flat` inside a cell that is one line, `beside` where blocks are set side by side."""
        if depth > MAX_DEPTH:
            return
        child = node.child
        while child is not None:
            self.out.nodes += 1
            if self.out.nodes > MAX_NODES or self.out.at >= MAX_LINES:
                return
            tag = child.tag or ""
            if tag == "-text":
                if look.reads:
                    self.out.write(child.text_content or "")
            elif tag not in _SKIPPED and not tag.startswith(("-", "_", "!")):
                self._element(child, tag, look, depth=depth, flat=flat, beside=beside)
            child = child.next

    def _element(
        self, node: LexborNode, tag: str, look: Shown, *, depth: int, flat: bool, beside: bool
    ) -> None:
        attributes = node.attributes
        style = self.sheet.style_of(node, attributes)
        if is_gone(attributes, style) or _STRUCK.search(style):
            return
        look = shown(look, attributes, style)
        if tag == "tr":
            self._row(node, look, depth=depth)
        elif tag in _CELLS:
            self._cell(node, tag, look, depth=depth, stacks=beside)
        elif tag not in _BLOCKS:
            self.children(node, look, depth=depth + 1, flat=flat)
        elif flat:
            self.out.write(" ")
            self.children(node, look, depth=depth + 1, flat=True)
            self.out.write(" ")
        elif (beside or _BESIDE.search(style)) and is_value(node):
            self.out.end_cell()
            self.children(node, look, depth=depth + 1, flat=True)
            self.out.end_cell()
        else:
            self._block(node, tag, look, depth=depth, flex=bool(_FLEX.search(style)))

    def _row(self, node: LexborNode, look: Shown, *, depth: int) -> None:
        self.out.end_line()
        outer, top = self.out.deepest, self.out.at
        if self.out.tables:
            self.out.tables[-1].column = 0
        beside = is_data_row(node)
        stacks = beside and _has_amount_cell(node)
        self.out.deepest = top - 1
        child = node.child
        while child is not None and self.out.nodes <= MAX_NODES:
            self.out.nodes += 1
            tag = child.tag or ""
            if tag in _CELLS:
                self.out.jump(top if beside else max(self.out.deepest + 1, top))
                self._element(child, tag, look, depth=depth, flat=False, beside=stacks)
            child = child.next
        self.out.jump(max(self.out.deepest + 1, top))
        self.out.deepest = max(outer, self.out.deepest)

    def _cell(self, node: LexborNode, tag: str, look: Shown, *, depth: int, stacks: bool) -> None:
        """One cell; where it `stacks`, a name stands above its details, beside an amount."""
        if tag == "dd":
            self.out.end_cell()
        else:
            self.out.open_cell(_span(node))
        self.children(
            node, look, depth=depth + 1, flat=_has_siblings(node) and _is_one_line(node, stacks=stacks)
        )
        if tag == "dd":
            self.out.end_line()

    def _block(self, node: LexborNode, tag: str, look: Shown, *, depth: int, flex: bool) -> None:
        is_table = tag == "table"
        self.out.end_line()
        if is_table:
            self.out.tables.append(_Table(self.out.table_count))
            self.out.table_count += 1
        self.children(node, look, depth=depth + 1, flat=False, beside=flex)
        if is_table:
            self.out.tables.pop()
        if tag != "dt":
            self.out.end_line()


def _span(node: LexborNode) -> int:
    printed = (node.attributes.get("colspan") or "").strip()
    if printed.isdecimal() and len(printed) <= MAX_SPAN_DIGITS:
        return min(MAX_SPAN, max(1, int(printed)))
    return 1


def is_data_row(row: LexborNode) -> bool:
    """Whether at most one of the row's cells holds more than a value."""
    long_cells, child = 0, row.child
    while child is not None:
        if child.tag in _CELLS and not is_value(child):
            long_cells += 1
            if long_cells > 1:
                return False
        child = child.next
    return True


def is_value(node: LexborNode) -> bool:
    """Whether the element is empty, one short line, or a few lines of amounts."""
    lines = _peek(node)
    if lines is None:
        return False
    if len(lines) <= 1:
        return all(len(line) <= MAX_VALUE_CHARS for line in lines)
    return len(lines) <= MAX_VALUE_LINES and all(
        _AMOUNT_ONLY.match(line) or (len(line) <= SMALL_CELL_CHARS and _PRICE.search(line)) for line in lines
    )


MAX_VALUE_LINES: Final = 3


def _has_amount_cell(row: LexborNode) -> bool:
    child = row.child
    while child is not None:
        if child.tag in _CELLS:
            lines = _peek(child)
            if lines and all(_AMOUNT_ONLY.match(line) and _PRICE.search(line) for line in lines):
                return True
        child = child.next
    return False


def _has_siblings(cell: LexborNode) -> bool:
    """Whether the cell's row has other cells; a lone cell is a block like any other."""
    parent = cell.parent
    child, count = (parent.child if parent is not None else None), 0
    while child is not None and count < 2:  # noqa: PLR2004 - itself and another
        count += child.tag in _CELLS
        child = child.next
    return count > 1


def _is_one_line(node: LexborNode, *, stacks: bool) -> bool:
    lines = _peek(node)
    if lines is None or sum(map(len, lines)) > SMALL_CELL_CHARS or node.css_first("table") is not None:
        return False
    if stacks and len(lines) > 1 and not lines[0].endswith(":"):
        return False
    stacked = len(lines) > 2 and any(_PRICE.search(line) for line in lines)  # noqa: PLR2004 - name, count, price
    return not stacked


def _peek(node: LexborNode) -> list[str] | None:
    """The element's first lines, hidden or not; None where there is more than a value's worth."""
    lines, seen, chars = [""], 0, 0
    stack = [node.child]
    while stack:
        child = stack.pop()
        if child is None:
            continue
        seen += 1
        if seen > PEEK_NODES or chars > PEEK_CHARS:
            return None
        stack.append(child.next)
        tag = child.tag or ""
        if tag == "-text":
            text = child.text_content or ""
            chars += len(text)
            lines[-1] += text
        elif tag not in _SKIPPED and not tag.startswith(("-", "_", "!")):
            if tag in _BLOCKS or tag in _CELLS:
                lines.append("")
            stack.append(child.child)
    return [line for line in map(tidy, lines) if line]
