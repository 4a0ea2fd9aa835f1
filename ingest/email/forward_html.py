"""A page as lines of text that know where they stand, and the page cut behind one of them.

Programs wrap a forwarded mail in many ways: Gmail in ``div.gmail_quote``, Apple Mail in ``blockquote``,
Thunderbird in ``div.moz-forward-container``, Outlook in nothing at all. Cutting by the header block's own
place in the page serves them all, the ones that we have not seen too; containers only say where the
forwarded mail ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest.email.forward_lines import Line, line_of, unjoin

BLOCKS: Final = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "center",
        "dd",
        "details",
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
    ]
)
UNSHOWN: Final = frozenset(
    ["head", "script", "style", "title", "noscript", "template", "svg", "math", "object", "iframe", "select"]
)
CELLS: Final = frozenset({"td", "th"})
_CONTAINERS: Final = (
    ("div", "class", "gmail_quote"),
    ("div", "class", "gmail_quote_container"),
    ("div", "class", "moz-forward-container"),
    ("div", "class", "yahoo_quoted"),
    ("div", "class", "protonmail_quote"),
    ("blockquote", "type", "cite"),
    ("blockquote", "class", "protonmail_quote"),
    ("blockquote", "class", "tutanota_quote"),
    ("blockquote", "class", "gmail_quote"),
)
"""Elements that hold a forwarded mail and nothing behind it, by one word of an attribute."""


@dataclass(frozen=True, slots=True)
class Page:
    """A parsed page, and its lines.

    Attributes:
        last: the text node that each line ends in.
    """

    tree: LexborHTMLParser
    lines: list[Line] = field(default_factory=list)
    last: list[LexborNode] = field(default_factory=list)


@dataclass(slots=True)
class _Writer:
    page: Page
    words: list[str] = field(default_factory=list)
    node: LexborNode | None = None

    def end_line(self, quote: int, *, even_empty: bool) -> None:
        if not self.words and not even_empty:
            return
        text = " ".join("".join(self.words).split(" ")).strip()
        if text or even_empty:
            node = self.node
            if node is not None:
                for part in unjoin(text) if "--" in text else (text,):
                    self.page.lines.append(line_of(part, quote))
                    self.page.last.append(node)
        self.words.clear()


def read_page(html: str) -> Page:
    """The page's lines, as they break on the screen. `html` must have passed `is_parsable`."""
    page = Page(LexborHTMLParser(html))
    writer = _Writer(page)
    quote = 0
    for node, entering in walk(page.tree.root):
        tag = node.tag
        if tag == "-text" and entering:
            shown = node.text_content or ""
            writer.words.append(shown.replace("\n", " ").replace("\r", " ").replace("\t", " "))
            if shown.strip():
                writer.node = node
        elif tag == "br" and entering:
            writer.node = writer.node or node
            writer.end_line(quote, even_empty=True)
        elif tag in CELLS and entering:
            writer.words.append("\t")
        elif tag in BLOCKS:
            writer.end_line(quote, even_empty=False)
            if tag == "blockquote":
                quote += 1 if entering else -1
            if tag == "p" and not entering:
                writer.end_line(quote, even_empty=True)
    writer.end_line(quote, even_empty=False)
    return page


class LastPage:
    """The page that was asked for last: each of one mail is asked for its lines, its cut and its text."""

    def __init__(self) -> None:
        self._html: str | None = None
        self._page: Page | None = None

    def lines(self, html: str) -> list[Line]:
        """As `read_page` has them."""
        return self._read(html).lines

    def text(self, html: str) -> str:
        """The page as plain text."""
        return "\n".join(line.raw for line in self.lines(html))

    def cut_behind(self, html: str, line: int) -> str:
        """See `cut_behind`."""
        page = self._read(html)
        self._html = self._page = None  # its tree is cut
        return cut_behind(page, line)

    def _read(self, html: str) -> Page:
        if self._page is None or self._html != html:
            self._html, self._page = html, read_page(html)
        return self._page


def walk(root: LexborNode | None) -> Iterator[tuple[LexborNode, bool]]:
    """Nodes in the order of the page, on entering and on leaving; what is never shown is left out."""
    node = root
    # By identity: `==` compares the HTML of both, which takes time by the square of the page.
    root_id = root.mem_id if root is not None else 0
    while node is not None:
        yield node, True
        child = node.first_child if node.tag not in UNSHOWN else None
        if child is not None:
            node = child
            continue
        yield node, False
        while node is not None and node.next is None:
            node = node.parent
            if node is None or node.mem_id == root_id:
                return
            yield node, False
        node = node.next if node is not None else None


def cut_behind(page: Page, line: int) -> str:
    """The page's HTML without all that stands before the end of `line`, and behind its container."""
    node: LexborNode | None = page.last[line]
    container = _container(node)
    container_id = container.mem_id if container is not None else 0
    emptied = True
    while node is not None and node.tag not in ("body", "html") and node.mem_id != container_id:
        parent, previous = node.parent, node.prev
        while previous is not None:
            before = previous.prev
            previous.decompose()
            previous = before
        # The header's own node goes, and whatever held nothing else.
        emptied = emptied and (node.is_text_node or not _holds_anything(node))
        if emptied:
            node.decompose()
        node = parent
    kept = container if container is not None else page.tree.body
    return (kept.html if kept is not None else page.tree.html) or ""


def _holds_anything(node: LexborNode) -> bool:
    return bool(node.text(strip=True)) or node.css_first("img") is not None


def _container(node: LexborNode | None) -> LexborNode | None:
    while node is not None and not is_container(node):
        node = node.parent
    return node


def is_container(node: LexborNode) -> bool:
    """Whether a mail program puts a mail that it quotes into such an element."""
    for tag, attribute, word in _CONTAINERS:
        if node.tag == tag and word in (node.attributes.get(attribute) or "").split():
            return True
    return node.tag == "div" and (node.attributes.get("id") or "").startswith("yahoo_quoted")
