"""The measured features of a line and a candidate, by name."""

from __future__ import annotations

from enum import IntEnum


class Feature(IntEnum):
    """Columns of the feature table."""

    SEARCH_SHARE = 0
    """Search score over the line's best."""
    LINE_COVERED = 1
    """Printed words, by weight, that stand for words of the entry."""
    LINE_RARE_COVERED = 2
    """The same by rarity of the printed word."""
    LINE_WEAKEST = 3
    """Least covered printed word of weight."""
    LINE_UNMATCHED = 4
    """Share of weight of printed words that stand for nothing."""
    LINE_ELSEWHERE = 5
    """Printed words, by rarity, that stand for nothing here but surely for another word of the catalog."""
    LINE_BETTER = 6
    """How much better, by rarity, the printed words stand for other words of the catalog."""
    NAME_COVERED = 7
    """Words of the name, by rarity, that are printed in some form."""
    NAME_COUNTED = 8
    """The same, each word alike."""
    NAME_UNPRINTED = 9
    """Logarithm of one more than the name's words that are not printed."""
    NAME_SKIPPED = 10
    """The same, of words before the last printed one: tills cut from the right."""
    BRAND_COVERED = 11
    BRAND_MISSING = 12
    """1 when the product has a brand and nothing of it is printed."""
    BRAND_UNKNOWN = 13
    """1 when the entry names no brand."""
    LETTERS_COVERED = 14
    """Letters of the line, spaces aside, that occur in the entry in the same order."""
    ENTRY_LETTERS_COVERED = 15
    """The same over the entry's letters."""
    EXACT_WORDS = 16
    """Printed words, by weight, that are whole words of the entry."""
    FIRST_IS_FIRST = 17
    """How well the first printed word stands for the entry's first."""
    IN_ORDER = 18
    """Share of neighbours among the printed words that the entry has in the same order."""
    INFORMATION = 19
    """Rarity of the printed words that are matched, over the rarity that names one entry of all (capped)."""
    SIZE_AGREES = 20
    SIZE_CONFLICTS = 21
    SIZE_UNPRINTED = 22
    SIZE_UNKNOWN = 23
    """The line prints a size and the entry has none."""
    PRICE_KNOWN = 24
    PRICE_DISTANCE = 25
    """Absolute logarithm of paid over suggested price, capped; 0 where unknown."""
    PRICE_ABOVE = 26
    """Logarithm of paid over suggested price where it is dearer: promotions are cheaper."""
    PRICE_CLOSE = 27
    """1 within a tenth, falling to 0 at a third."""
    IS_ALIAS = 28
    WORDS = 29
    LETTERS = 30
    BEHIND_COVERED = 31
    """`LINE_RARE_COVERED` less the best of the line's candidates; the next three alike."""
    BEHIND_INFORMATION = 32
    BEHIND_NAME = 33
    BEHIND_LETTERS = 34
