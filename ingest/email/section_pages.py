"""A page by who wrote it: the same page once for each writer, without the words of the others.

Marks of quoting are a program's containers; everything else is told by lines, as in plain text
(`ingest.email.sections`), so that a program that has none is read all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest.email.forward_html import BLOCKS, CELLS, is_container, walk
from ingest.email.forward_lines import Line, line_of
from ingest.email.html_guard import is_parsable
from ingest.email.sections import Level, Section, hides_amounts, is_one, levels_of

_ALWAYS_KEPT = frozenset({"head", "style"})
"""What hides text must stay, or hidden text would be seen."""


@dataclass(slots=True)
class _Leaf:
    """A node without children, with the line that it stands in."""

    node: LexborNode
    line: int


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
        self.leaves.append(_Leaf(node, len(self.lines)))


def sections_of_page(html: str) -> tuple[Section, ...]:
    """A page by who wrote it: own words first. Never empty; what nobody else wrote is one section."""
    alone = (Section(html, html, None, None, len(html)),)
    if not is_parsable(html):
        return alone
    levels = levels_of(_reader(html).lines, marks_are_sure=True)
    if is_one(levels):
        only = levels[0]
        return (replace(alone[0], sender=only.sender, date=only.date, quoted=only.quoted, depth=only.depth),)
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
        depth=level.depth,
        below_block=level.below_block,
    )


def _only(html: str, kept: Callable[[int], bool], footer: frozenset[int]) -> str:
    """The page with the kept lines alone. Of small print the words go, and what machines read stays."""
    reader = _reader(html)
    for leaf in reader.leaves:
        tag = leaf.node.tag or ""
        if tag in _ALWAYS_KEPT:
            continue
        line = min(leaf.line, len(reader.lines) - 1)
        if not kept(line) or (line in footer and tag in ("-text", "img")):
            leaf.node.decompose()
    return reader.tree.html or ""


def _reader(html: str) -> _Reader:
    """The page's lines as they break on the screen, and its leaves, each with the line it stands in."""
    reader = _Reader(LexborHTMLParser(html))
    for node, entering in list(walk(reader.tree.root)):
        tag = node.tag or ""
        if entering and node.first_child is None:
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
