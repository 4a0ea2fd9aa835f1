"""Months by every name in the locale packs: whole, cut short, or with letters that engines confuse."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from rapidfuzz.distance import OSA

MIN_FUZZY_LETTERS: Final = 5
"""Shorter names are one letter away from one another: mar, mai, maj."""
MIN_CUT_LETTERS: Final = 4
_CONFUSED: Final = {
    "o": "o0",
    "i": "i1l|",
    "l": "l1i|",
    "s": "s5",
    "g": "g6",
    "b": "b8",
    "z": "z2",
    "c": "c(",
}
"""What engines read for a letter of a month."""
_UNDONE: Final = str.maketrans({"0": "o", "5": "s", "6": "g", "8": "b", "2": "z", "(": "c"})
_ONE_LETTER: Final = re.compile("[il1|]")


def month_pattern(names: Iterable[str]) -> str:
    """A pattern for these names in text without accents, with what may be glued to their end as ``tail``."""
    longest = sorted(names, key=lambda name: (-len(name), name))
    return f"(?P<mon>{'|'.join(map(_as_read, longest)) or '(?!)'})(?P<tail>[^\\W\\d_]*)"


def _as_read(name: str) -> str:
    return "".join(
        f"[{re.escape(_CONFUSED[char])}]" if char in _CONFUSED else re.escape(char) for char in name
    )


def month_of(printed: str, tail: str, months: Mapping[str, int]) -> int | None:
    """The month's number among these names; None where the word only begins like one (MARTINI)."""
    word = (printed + tail).lower()
    for read in (word, word.translate(_UNDONE)):
        for one in ("i", "l"):
            number = months.get(read.replace("1", one).replace("|", one))
            if number is not None:
                return number
    return _folded(word, months) or _cut_or_misread(word, months)


def _folded(word: str, months: Mapping[str, int]) -> int | None:
    """With i and l taken for one letter, where only one month is meant so."""
    if not _ONE_LETTER.search(word):
        return None
    read = _ONE_LETTER.sub("i", word.translate(_UNDONE))
    meant = {number for name, number in months.items() if name.replace("l", "i") == read}
    return meant.pop() if len(meant) == 1 else None


def _cut_or_misread(word: str, months: Mapping[str, int]) -> int | None:
    """A long name cut short (Septem) or with one letter wrong (Setptember)."""
    if len(word) < MIN_CUT_LETTERS:
        return None
    for name, number in months.items():
        if name.startswith(word) or (
            len(name) >= MIN_FUZZY_LETTERS and OSA.distance(word, name, score_cutoff=1) <= 1
        ):
            return number
    return None
