"""What others wrote, as a terminal may show it."""

from __future__ import annotations

import unicodedata
from typing import Final

from rich.markup import escape

_INSTEAD: Final = {"Cc": "\N{REPLACEMENT CHARACTER}", "Cs": "\N{REPLACEMENT CHARACTER}", "Cf": ""}
"""Controls and half characters; marks that are never seen, among them those that turn the direction, go."""
_KEPT: Final = frozenset("\n\t")


def shown(text: str) -> str:
    """The text without Rich's markup, and without characters that a terminal obeys.

    A mail may hold what clears the screen, renames the window or turns the direction of what follows.
    """
    return escape("".join(letter if letter in _KEPT else _plain(letter) for letter in text))


def _plain(letter: str) -> str:
    return _INSTEAD.get(unicodedata.category(letter), letter)


def plain(text: str) -> str:
    """The text in one line, for what is printed without markup: members' papers choose some of it."""
    return "".join(char if char.isprintable() else "?" for char in text)
