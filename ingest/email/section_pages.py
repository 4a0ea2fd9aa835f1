"""A page by who wrote it: the same page once for each writer, without the words of the others.

Marks of quoting are a program's containers; everything else is told by lines, as in plain text
(`ingest.email.sections`), so that a program that has none is read all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest.email.forward_html import BLOCKS, CELLS, UNSHOWN, is_container, walk
from ingest.email.forward_lines import Line, line_of
from ingest.email.html_guard import is_parsable
from ingest.email.sections import Level, Section, hides_amounts, is_one, levels_of, small_print

_ALWAYS_KEPT = frozenset({"head", "style"})
"""What hides text must stay, or hidden text would be seen."""
_FOR_MACHINES = (
    "itemprop",
    "itemscope",
    "itemtype",
    "itemid",
    "itemref",
    "content",
    "datetime",
    "href",
    "value",
)
"""Attributes that say what a purchase is without a word of it."""


@dataclass(slots=True)
class _Leaf:
    """A node without children, or whose children are never shown.

    Attributes:
        line: that it stands in; of what is not shown, the one that follows.
        above: of what is not shown between two lines, the one before; else the same.
        quote: how many containers of quotes it stands in.
    """

    node: LexborNode
    line: int
    above: int
    quote: int


@dataclass(slots=True)
class _Reader:
    tree: LexborHTMLParser
    lines: list[Line] = field(default_factory=list)
    leaves: list[_Leaf] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    quote: int = 0

    def end_line(self, *, even_empty: bool = False) -> None:
        if not self.words and not even_empty:
            return
        text = " ".join("".join(self.words).split(" ")).strip()
        self.words.clear()
        if text or (even_empty and self.lines):
            self.lines.append(line_of(text, self.quote))

    def take(self, node: LexborNode) -> None:
        line = len(self.lines)
        unshown = node.tag in UNSHOWN or any(name in node.attributes for name in _FOR_MACHINES)
        above = line - 1 if unshown and line and not self.words else line
        self.leaves.append(_Leaf(node, line, above, self.quote))

    def writers(self, leaf: _Leaf) -> set[int]:
        """Lines of whoever wrote it: those in as many quotes, of the two that it stands between."""
        last = len(self.lines) - 1
        around = {min(leaf.above, last), min(leaf.line, last)}
        alike = {at for at in around if at >= 0 and self.lines[at].quote == leaf.quote}
        return alike or around


def sections_of_page(html: str) -> tuple[Section, ...]:
    """A page by who wrote it: own words first. Never empty; what nobody else wrote is one section."""
    alone = (Section(html, html, None, None, len(html)),)
    if not is_parsable(html):
        return alone
    levels = levels_of(_reader(html).lines, marks_are_sure=True)
    if is_one(levels):
        only = levels[0]
        return (replace(alone[0], sender=only.sender, date=only.date, quoted=only.quoted),)
    return tuple(_section(html, level) for level in levels)


def lines_of_page(html: str) -> list[Line]:
    """The page's lines as they break on the screen. `html` must have passed `is_parsable`."""
    return _reader(html).lines


def only_lines(html: str, kept: Callable[[int], bool]) -> str:
    """The page with these of `lines_of_page` alone."""
    return _only(html, kept, frozenset())


def _section(html: str, level: Level) -> Section:
    own = frozenset(level.lines)
    body = own - level.footer
    whole = _only(html, own.__contains__, frozenset())
    lines = _reader(html).lines
    return Section(
        body=whole if body == own else _only(html, own.__contains__, level.footer),
        whole=whole,
        sender=level.sender,
        date=level.date,
        words=sum(len(lines[at].text) for at in body),
        quoted=level.quoted,
        hidden=_only(html, level.footer.__contains__, frozenset()) if hides_amounts(lines, level) else "",
        small_print=small_print(lines, level),
    )


def _only(html: str, kept: Callable[[int], bool], footer: frozenset[int]) -> str:
    """The page with the kept lines alone. Of small print the words go, and what machines read stays."""
    reader = _reader(html)
    left: set[int] = set()
    """Elements that something is left in."""
    for leaf in reader.leaves:
        tag, lines = leaf.node.tag or "", reader.writers(leaf)
        if tag not in _ALWAYS_KEPT and not all(map(kept, lines)):
            leaf.node.decompose()
            continue
        if tag != "-text" or (leaf.node.text_content or "").strip():
            _mark_parents(leaf.node, left)
        if tag in ("-text", "img") and lines <= footer:
            leaf.node.decompose()
    for node in reader.tree.css(", ".join(f"[{name}]" for name in _FOR_MACHINES)):
        parent = node.parent
        if node.mem_id not in left and (parent is None or parent.tag not in _ALWAYS_KEPT):
            for name in set(_FOR_MACHINES) & set(node.attributes):
                del node.attrs[name]
    return reader.tree.html or ""


def _mark_parents(node: LexborNode, left: set[int]) -> None:
    """Add the node and all that it stands in."""
    at: LexborNode | None = node
    while at is not None and at.mem_id not in left:
        left.add(at.mem_id)
        at = at.parent


def _reader(html: str) -> _Reader:
    """The page's lines as they break on the screen, and its leaves, each with the line it stands in."""
    reader = _Reader(LexborHTMLParser(html))
    for node, entering in list(walk(reader.tree.root)):
        tag = node.tag or ""
        if entering and (node.first_child is None or tag in UNSHOWN):
            reader.take(node)
        if tag == "-text":
            if entering:
                reader.words.append((node.text_content or "").translate(_BLANKS))
        elif tag in CELLS:
            if entering:
                reader.words.append("\t")
        elif tag == "br":
            if entering:
                reader.end_line(even_empty=True)
        elif tag in BLOCKS:
            reader.end_line()
            if tag == "p" and not entering:
                reader.end_line(even_empty=True)
            if is_container(node):
                reader.quote += 1 if entering else -1
    reader.end_line()
    return reader


_BLANKS = str.maketrans(dict.fromkeys("\n\r\t", " "))
