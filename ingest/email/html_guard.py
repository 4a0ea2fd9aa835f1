"""Whether a page can be parsed in bounded time, told before it is.

The HTML parser (Lexbor, in selectolax 1.0.2) takes time by the square of the depth: 100,000 nested ``div`` of
1.1 MB take it 40 s, 1,000 take 4 ms. And by the HTML standard it repeats open formatting elements in each
new block, which makes millions of elements out of a few thousand tags.
"""

from __future__ import annotations

import re
from typing import Final

MAX_OPEN_ELEMENTS: Final = 1_000
"""Open at once. The most that we have seen in real mails is under 200, mistakes in closing them counted."""
MAX_REPEATED_ELEMENTS: Final = 2_000_000
"""Formatting elements open at each tag, summed over the tags. Real mails stay under 100,000."""

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


def is_parsable(html: str) -> bool:
    """False where parsing could take minutes or gigabytes. Counts too many rather than too few."""
    stack: list[str] = []
    formatting = repeated = 0
    for found in _TAG.finditer(html):
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
        if len(stack) > MAX_OPEN_ELEMENTS or repeated > MAX_REPEATED_ELEMENTS:
            return False
    return True
