"""HTML to rows: what a reader sees, each line of the layout a row, each table cell a column.

Hidden text is left out: preview texts, tracking, and whatever someone hid to be read by machines only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from importlib.metadata import version as package_version
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
        "form",
    }
    - {"form"}
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
_HIDDEN_STYLE: Final = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|opacity\s*:\s*0(?:\.0+)?\s*(?:;|$)"
    r"|font-size\s*:\s*0(?:px|pt|em|%)?\s*(?:;|$|!)|max-height\s*:\s*0(?:px)?\s*(?:;|$|!)"
    r"|(?:text-indent|left|top|margin-left)\s*:\s*-\d{3,}",
    re.IGNORECASE,
)
_INVISIBLE: Final = re.compile("[\u200b-\u200f\u2060-\u2064\ufeff\u00ad\u034f\u180e\u202a-\u202e]")


@dataclass(slots=True)
class _Writer:
    """Rows as they grow; a row is a list of cells."""

    rows: list[list[str]] = field(default_factory=lambda: [[""]])
    nodes: int = 0

    def text(self, text: str) -> None:
        self.rows[-1][-1] += text

    def cell(self) -> None:
        if self.rows[-1][-1].strip():
            self.rows[-1].append("")

    def row(self) -> None:
        if any(cell.strip() for cell in self.rows[-1]):
            self.rows.append([""])
        else:
            self.rows[-1] = [""]


def html_pages(data: bytes) -> tuple[Page, ...] | Rejection:
    """The visible text as one page."""
    tree = LexborHTMLParser(decode_text(data[:MAX_BYTES]))
    root = tree.body or tree.root
    if root is None:
        return Rejection(RejectionReason.NO_TEXT, "the page is empty")
    writer = _Writer()
    _walk(root, writer, depth=0, flat=False)
    cells = [_placed(row) for row in writer.rows]
    if not any(cells):
        return Rejection(RejectionReason.NO_TEXT, "the page shows no text")
    return (grid_page(cells, TextSource.HTML, f"selectolax {package_version('selectolax')}"),)


def _placed(row: list[str]) -> list[tuple[int, str]]:
    placed, column = [], 0
    for cell in row:
        text = tidy(_INVISIBLE.sub("", cell))
        if text:
            placed.append((column, text))
            column += len(text) + CELL_GAP_CHARS
    return placed


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
        writer.cell()
        _walk(node, writer, depth=depth + 1, flat=flat or _is_small(node))
        writer.cell()
    elif tag in _BLOCKS and flat:
        writer.text(" ")
        _walk(node, writer, depth=depth + 1, flat=True)
        writer.text(" ")
    elif tag in _BLOCKS:
        writer.row()
        _walk(node, writer, depth=depth + 1, flat=False)
        writer.row()
    else:
        _walk(node, writer, depth=depth + 1, flat=flat)


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
