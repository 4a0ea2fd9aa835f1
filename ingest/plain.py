"""What others write, as lists and pages may show it."""

from __future__ import annotations

import unicodedata

_REPLACED = {"Cc": " ", "Cs": "", "Cf": "", "Co": "", "Cn": ""}
"""Controls, half characters, marks that turn the direction of text, and what is no character."""


def one_line(text: str) -> str:
    """The text in one line, without what no database, header or page should hold."""
    kept = "".join(_REPLACED.get(unicodedata.category(letter), letter) for letter in text)
    return " ".join(kept.split())
