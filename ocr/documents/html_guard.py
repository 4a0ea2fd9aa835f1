"""Where a page begins to cost more than any page that a shop sends: it is read up to there.

The parser (Lexbor, in selectolax 1.0.2) compares each attribute of a tag with all others of it: 40,000 of
them, 236 kB, take it 7 s and 90,000 over a minute. Its time rises with the depth times the size as well.
"""

from __future__ import annotations

import re
from typing import Final

MAX_OPEN_TAGS: Final = 1500
"""Unclosed elements within each other: forwarded mails reach a hundred or two."""
MAX_TAGS: Final = 60_000
"""Three times what is laid out of a page; the rest is never shown."""
FEW_ATTRIBUTES: Final = 200
"""In one tag, with the words of its styles and texts; tags with fewer cost next to nothing."""
MAX_ATTRIBUTE_PAIRS: Final = 25_000_000
"""Compared with each other, over all longer tags: a quarter of a second. 5,000 attributes in one tag."""

_STAYS_OPEN: Final = re.compile(
    r"<(?P<end>/)?(?!(?:p|li|td|tr|th|tbody|thead|tfoot|option|dt|dd|colgroup|html|head|body|br|img|hr|input|meta|link"
    r"|area|base|col|embed|source|track|wbr)\b)[a-z][a-z0-9:-]{0,30}(?=[\s/>])[^<>]{0,4000}?(?P<closed>/)?>",
    re.IGNORECASE,
)
"""Tags that stay open until they are closed; those that HTML closes by itself are not counted."""
_TAG: Final = re.compile(r"</?[a-zA-Z]")
_BETWEEN: Final = re.compile(r"[\s/\"']+")
_OPEN_QUOTES: Final = (
    ('"', re.compile(r"=\s*\"[^\"]*\Z")),
    ("'", re.compile(r"=\s*'[^']*\Z")),
)


def bounded(text: str) -> str:
    """The page up to where it nests, lists or grows beyond any page."""
    text = text[: min(_most_tags(text), _most_attributes(text))]
    depth = 0
    for match in _STAYS_OPEN.finditer(text):
        if match["end"]:
            depth = max(0, depth - 1)
        elif not match["closed"]:
            depth += 1
        if depth > MAX_OPEN_TAGS:
            return text[: match.start()]
    return text


def _most_tags(text: str) -> int:
    for count, match in enumerate(_TAG.finditer(text)):
        if count >= MAX_TAGS:
            return match.start()
    return len(text)


def _most_attributes(text: str) -> int:
    """Where the tags' attributes cost too much. Counts too many rather than too few.

    A tag ends at the first ``>`` that stands in none of its quoted values. Which quotes are open there
    depends on what came before (scripts, comments, drawings), so that any that may be open is taken to be.
    """
    start = cost = words = 0
    open_quotes: set[str] = set()
    for piece in text.split(">"):
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
            return start
        start += len(piece) + 1
    return len(text)
