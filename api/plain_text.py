"""Text from outside that a database and a page can hold: no NUL and its like, no half characters."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import AfterValidator

NOT_PLAIN = "It holds a control character or half a character. Type the text anew and send it again."
_LAYOUT = frozenset("\t\n\r")
_REFUSED = frozenset({"Cc", "Cs"})
"""Unicode categories: control characters (PostgreSQL refuses NUL), halves of a surrogate pair (no UTF-8)."""


def is_plain(text: str) -> bool:
    """Whether every character is one that people write; tabs and line ends are."""
    return all(char in _LAYOUT or unicodedata.category(char) not in _REFUSED for char in text)


def _plain(text: str) -> str:
    if not is_plain(text):
        raise ValueError(NOT_PLAIN)
    return text


PlainText = Annotated[str, AfterValidator(_plain)]
"""A `str` of a request that is refused with 422 unless it is plain."""
