"""Whether a page can be parsed in bounded time, told before it is.

The HTML parser (Lexbor, in selectolax 1.0.2) takes time by the square of the depth: 100,000 nested ``div`` of
1.1 MB take it 40 s, 1,000 take 4 ms. And by the HTML standard it repeats open formatting elements in each
new block, which makes millions of elements out of a few thousand tags. It compares each attribute of a tag
with all others of it: 40,000 of them, 236 kB, take it 7 s and 90,000 over a minute.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

MAX_OPEN_ELEMENTS: Final = 1_000
"""Open at once. The most that we have seen in real mails is under 200, mistakes in closing them counted."""
MAX_REPEATED_ELEMENTS: Final = 2_000_000
"""Formatting elements open at each tag, summed over the tags. Real mails stay under 100,000."""
MAX_TAGS: Final = 33_000
"""Opening ones, each up to 30 µs to be walked. A real mail has had 1,424, closing ones counted."""
FEW_ATTRIBUTES: Final = 200
"""In one tag, with the words of its styles and texts; tags with fewer cost next to nothing."""
MAX_ATTRIBUTE_PAIRS: Final = 25_000_000
"""Compared with each other, over all longer tags: a quarter of a second. 5,000 attributes in one tag."""

_TAG: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_NO_CONTENT: Final = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    ]
)
_CLOSED_BY_OTHERS: Final = frozenset(
    [
        "p",
        "li",
        "dt",
        "dd",
        "tr",
        "td",
        "th",
        "tbody",
        "thead",
        "tfoot",
        "option",
        "optgroup",
        "html",
        "head",
        "body",
        "colgroup",
        "caption",
    ]
)
_FORMATTING: Final = frozenset(
    ["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"]
)


@lru_cache(maxsize=1)  # of one mail each page is asked about several times, one time after the other
def is_parsable(html: str) -> bool:
    """False where parsing could take minutes or gigabytes. Counts too many rather than too few."""
    stack: list[str] = []
    formatting = repeated = opened = 0
    for found in _TAG.finditer(html):
        opened += not found[1]
        name = found[2].lower()
        if name in _NO_CONTENT or name in _CLOSED_BY_OTHERS:
            repeated += formatting
        elif found[1]:
            if stack and stack[-1] == name:
                stack.pop()
                formatting -= name in _FORMATTING
        else:
            stack.append(name)
            repeated += formatting
            formatting += name in _FORMATTING
        if len(stack) > MAX_OPEN_ELEMENTS or repeated > MAX_REPEATED_ELEMENTS or opened > MAX_TAGS:
            return False
    return _attributes_are_few(html)


def opening_tags(html: str) -> int:
    """How many, about."""
    return html.count("<") - html.count("</")


def _attributes_are_few(html: str) -> bool:
    """Counts too many rather than too few.

    A tag ends at the first ``>`` that stands in none of its quoted values. Which quotes are open there
    depends on what came before (scripts, comments, drawings), so that any that may be open is taken to be.
    """
    cost = words = 0
    open_quotes: set[str] = set()
    for piece in html.split(">"):
        tag = None if open_quotes else _TAG.search(piece)
        if piece and (tag is not None or open_quotes):
            words += len(_BETWEEN.findall(piece, tag.start() if tag is not None else 0))
            open_quotes = {
                quote
                for quote, opened in _OPEN_QUOTES
                if (quote in open_quotes and quote not in piece) or opened.search(piece)
            }
        if not open_quotes:
            cost += words * words if words > FEW_ATTRIBUTES else 0
            words = 0
        if cost + words * words > MAX_ATTRIBUTE_PAIRS:
            return False
    return True


_BETWEEN: Final = re.compile(r"[\s/\"']+")
_OPEN_QUOTES: Final = (
    ('"', re.compile(r"=\s*\"[^\"]*\Z")),
    ("'", re.compile(r"=\s*'[^']*\Z")),
)
