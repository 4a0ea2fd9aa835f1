"""Words that part near-twins: flavours, and what a maker says of one of several kinds of the same thing.

A till cuts names from the right: where such a word is missing between printed ones, it was not cut. The words
are in `variants.toml`, by language.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Final

from matching.text import fold

VARIANTS_FILE: Final = "variants.toml"


def variants_in(document: str) -> dict[str, frozenset[str]]:
    """By language, folded as names and lines are."""
    return {
        language: frozenset(map(fold, words.split())) for language, words in tomllib.loads(document).items()
    }


VARIANTS_BY_LANGUAGE: Final = variants_in((files("matching") / VARIANTS_FILE).read_text(encoding="utf-8"))
VARIANTS: Final = frozenset[str]().union(*VARIANTS_BY_LANGUAGE.values())
# Shorter beginnings are of too many words.
_BEGINNING_LETTERS = 3
CUT_VARIANTS: Final = frozenset(
    word[:letters] for word in VARIANTS for letters in range(_BEGINNING_LETTERS, len(word))
)
"""How a variant's word begins: ORGA is ORGANIC cut short, and not ORIGINAL with letters left out."""
# Longer by this much it is another word (GRAPE, GRAPEFRUIT) and no inflection (ERDBEER, ERDBEERE).
_OTHER_WORD_LETTERS = 3
# Shorter ones are how tills cut the longer word: BLUE BISCUIT is a published line of one with blueberries.
_WHOLE_LETTERS = 5
# KARMEL and KARMELOWY are one flavour.
_INFLECTED_AT_LENGTH = frozenset({"pl"})
# Whole words that are also how labels and tills shorten the longer one.
_SHORT_FORMS = frozenset({"SCHOKO", "NATUR", "DECAF", "RED", "GEN", "NON", "LOW"})


def _longer_variants() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for language, words in VARIANTS_BY_LANGUAGE.items():
        if language in _INFLECTED_AT_LENGTH:
            continue
        for short in words - _SHORT_FORMS:
            if len(short) < _WHOLE_LETTERS:
                continue
            least = len(short) + _OTHER_WORD_LETTERS
            longer = {word for word in words if len(word) >= least and word.startswith(short)}
            if longer:
                found.setdefault(short, set()).update(longer)
    return {short: frozenset(longer) for short, longer in found.items()}


LONGER_VARIANTS: Final = _longer_variants()
"""Whole words that other words of the list begin with: printed, they are not those cut short."""
