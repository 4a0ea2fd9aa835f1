"""What speaks for another product than the nearest, however near it is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from matching.index import CatalogIndex
from matching.vocabulary import SCORE_STEPS
from matching.word_grid import (
    EXACT_STEPS,
    MOST_ENTRY_WORDS,
    WORD_KNOWN,
    WORD_MATCHED,
    Aligned,
    Flags,
    Found,
    Printed,
)

# A word that some catalog word explains so much better than the product does is that other word: ORGANIC is
# not ORIGINAL, though its letters nearly fit.
_SURELY_BETTER = 0.25
_SHORT_WORD_LETTERS = 2
# A name with a word left out before the last printed one, and less than this share of its words printed, may
# be another of the same brand. Measured on 4,000 lines of products taken out of brands (docs/matching.md).
_MOSTLY_PRINTED = 0.5


def is_other(words: Printed, found: Found, aligned: Aligned, index: CatalogIndex) -> Flags:
    """For each line and candidate; see `features.Tables.is_other`."""
    known, weight = words.known.T[:, found.line], words.weight.T[:, found.line]
    surely = (known >= WORD_KNOWN) & (weight > _SHORT_WORD_LETTERS)
    better = surely & (aligned.best < known - _SURELY_BETTER)
    # Here a printed word stands for one word of the name alone: BAR is not also BARBECUE.
    matched = aligned.top >= WORD_MATCHED * SCORE_STEPS
    covered = _places(np.where(matched, aligned.place, MOST_ENTRY_WORDS), found)
    name = found.real & ~found.is_brand
    word = np.minimum(found.word, max(0, len(index.entries.words) - 1))
    number = name & ~covered & index.vocabulary.is_number[word]
    variant = name & index.vocabulary.is_variant[word]
    places = np.arange(len(found.real))[:, None]
    last = np.where(found.real & covered, places, -1).max(axis=0)
    left_out = variant & ~covered & (places < last)
    answer: Flags = np.any(better, axis=0) | np.any(number | left_out, axis=0)
    skipped = (name & ~covered & (places < last)).any(axis=0)
    answer |= skipped & ((name & covered).sum(axis=0) < _MOSTLY_PRINTED * name.sum(axis=0))
    answer |= _is_brand_alone(words, found, aligned, name)
    return answer | _is_plain(words, found, aligned, variant, covered)


def _places(meant: npt.NDArray[np.unsignedinteger], found: Found) -> Flags:
    """Words x candidates: which a printed word means."""
    return np.array([(meant == place).any(axis=0) for place in range(len(found.real))], dtype=np.bool_)


def _is_brand_alone(words: Printed, found: Found, aligned: Aligned, name: Flags) -> Flags:
    """No word of two letters is printed of the name: all of the brand's products may print so."""
    says = (aligned.top >= WORD_MATCHED * SCORE_STEPS) & words.is_word.T[:, found.line]
    named: Flags = _places(np.where(says, aligned.place, MOST_ENTRY_WORDS), found) & name
    answer: Flags = np.any(name, axis=0) & ~np.any(named, axis=0)
    return answer


def _is_plain(words: Printed, found: Found, aligned: Aligned, variant: Flags, covered: Flags) -> Flags:
    """The print ends in a whole word and a size, so nothing was cut, and no flavour of the name is in it.

    It is the plain kind, which the catalog may lack: MINI PANCAKES 3.5OZ is not the one with blueberries.
    """
    ends = np.maximum(words.real.sum(axis=1) - 1, 0)[found.line]
    uncut = (aligned.top[ends, np.arange(ends.size)] == EXACT_STEPS) & words.has_size[found.line]
    answer: Flags = uncut & np.any(variant, axis=0) & ~np.any(variant & covered, axis=0)
    return answer
