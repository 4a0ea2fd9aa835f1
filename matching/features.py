"""What is measured about lines and each of their candidate entries: readable numbers, mostly 0 to 1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import LCSseq
from rapidfuzz.process import cpdist

from matching.alignment import EXACT
from matching.arrays import Int32s
from matching.entries import NO_WORD
from matching.index import SIZE_FITS, Candidates, CatalogIndex, PrintedWords
from matching.sizes import SizeFit
from matching.text import NormalText
from matching.vocabulary import SCORE_STEPS

Array = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.intp]

# A printed word stands for none of an entry's words below this; a single letter may (0.35 is no evidence).
WORD_MATCHED = 0.4
# From here a printed word is surely some word of the catalog.
WORD_KNOWN = 0.85
# Longer words weigh no more than this many letters: length is not importance.
_HEAVIEST_WORD_LETTERS = 6
_NUMBER_WEIGHT = 2.0
# A bare number in front is mostly a quantity, a single letter at the end mostly a tax flag.
_DOUBTFUL_WEIGHT = 0.3
_INITIALS_STEPS = np.uint8(round(0.75 * SCORE_STEPS))
_EXACT_STEPS = np.uint8(EXACT * SCORE_STEPS)
# Words of an entry beyond these are not looked at; few names have so many.
_MOST_ENTRY_WORDS = 16
# A ratio beyond e^1.5 (4.5 times) is as wrong as any.
_FARTHEST_PRICE = 1.5
_NEAR_PRICE, _FAR_PRICE = 0.1, 0.33
_MOST_INFORMATION = 2.0
_USUAL_WORDS, _USUAL_LETTERS = 6.0, 24.0


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


@dataclass(frozen=True, slots=True)
class Paid:
    """What one unit cost, in minor units; NaN where unknown or in another currency."""

    unit_minor: float


@dataclass(frozen=True, slots=True)
class Tables:
    """Lines against their candidates. All arrays are lines x candidates.

    Attributes:
        entry: -1 where a line has fewer candidates.
        features: the same x `Feature`; 0 past the last candidate.
        size_fit: places in `SIZE_FITS`.
        unmatched: printed words of weight that stand for nothing.
        best: the same x printed words of the line: score of each; one past the last word.
    """

    entry: Int32s
    features: Array
    size_fit: npt.NDArray[np.int8]
    unmatched: npt.NDArray[np.int8]
    best: Array


@dataclass(frozen=True, slots=True)
class _Printed:
    """The lines' words as padded tables, lines x words."""

    word: Ints
    real: Flags
    weight: Array
    rarity: Array
    known: Array
    letters: Array


def _printed(lines: Sequence[NormalText], printed: PrintedWords) -> _Printed:
    width = max(1, *(len(words) for words in printed.of_line))
    word = np.full((len(lines), width), len(printed.words), dtype=np.intp)
    weight = np.zeros((len(lines), width), dtype=np.float32)
    usual = np.array(
        [
            _NUMBER_WEIGHT if word.isdigit() else min(len(word), _HEAVIEST_WORD_LETTERS)
            for word in printed.words
        ]
    )
    for row, (line, own) in enumerate(zip(lines, printed.of_line, strict=True)):
        word[row, : len(own)] = own
        weight[row, : len(own)] = usual[list(own)]
        if line.leading_number is not None:
            weight[row, 0] = _DOUBTFUL_WEIGHT
        if len(own) > 1 and len(printed.words[own[-1]]) == 1:
            weight[row, len(own) - 1] = _DOUBTFUL_WEIGHT
    real = weight > 0
    known = np.array([reading.score.max(initial=0) for reading in printed.readings] + [0], dtype=np.float32)
    rarity = np.append(printed.rarity, np.float32(0.0))
    return _Printed(
        word=word,
        real=real,
        weight=weight,
        rarity=rarity[word] * np.minimum(weight, 1.0),
        known=known[word] / np.float32(SCORE_STEPS),
        letters=np.array([max(1, line.letters) for line in lines], dtype=np.float32),
    )


def _scores(printed: PrintedWords, words: int) -> npt.NDArray[np.uint8]:
    """Printed words x catalog words; a row and a column of nothing at the end."""
    table = np.zeros((len(printed.words) + 1, words + 1), dtype=np.uint8)
    for row, reading in zip(table, printed.readings, strict=False):
        row[reading.word] = reading.score
        if reading.exact >= 0:
            row[reading.exact] = _EXACT_STEPS
    return table


@dataclass(frozen=True, slots=True)
class _Candidate:
    """Candidates one below another, with their words padded to one width."""

    line: Ints
    entry: Int32s
    word: Ints
    real: Flags
    is_brand: Flags
    rarity: Array


def _candidates(candidates: Candidates, index: CatalogIndex) -> _Candidate:
    line = np.nonzero(candidates.entry >= 0)[0]
    entry = candidates.entry[candidates.entry >= 0]
    start = index.entries.word_start[entry]
    count = np.minimum(index.entries.word_start[entry + 1] - start, _MOST_ENTRY_WORDS)
    place = np.arange(max(1, int(count.max(initial=1))))[None, :]
    real = place < count[:, None]
    last = max(0, index.entries.word.size - 1)
    word = index.entries.word[np.minimum(start[:, None] + place, last)].astype(np.intp)
    nothing = len(index.entries.words)
    return _Candidate(
        line=line,
        entry=entry,
        word=np.where(real, word, nothing),
        real=real,
        is_brand=real & (place < index.entries.brand_words[entry][:, None]),
        rarity=index.word_rarity[word] * real,
    )


def _aligned(
    scores: npt.NDArray[np.uint8], printed: _Printed, found: _Candidate, index: CatalogIndex
) -> npt.NDArray[np.uint8]:
    """Candidates x printed words x their words, in steps; initials (GV for Great Value) stand for brands."""
    rows = printed.word[found.line]
    aligned = scores[rows[:, :, None], found.word[:, None, :]]
    initials = index.entries.initials[found.entry].astype(np.intp)
    abbreviated = np.flatnonzero(initials != NO_WORD)
    if abbreviated.size:
        meant = scores[rows[abbreviated], initials[abbreviated, None]] == _EXACT_STEPS
        hits = np.flatnonzero(meant.any(axis=1))
        own = abbreviated[hits]
        credit = (meant[hits][:, :, None] & found.is_brand[own][:, None, :]) * _INITIALS_STEPS
        aligned[own] = np.maximum(aligned[own], credit)
    return aligned


def _share(parts: Array, whole: Array) -> Array:
    return np.divide(parts, whole, out=np.zeros_like(parts), where=whole > 0)


def _line_features(table: Array, printed: _Printed, found: _Candidate, best: Array) -> None:
    weight, rarity, known = (part[found.line] for part in (printed.weight, printed.rarity, printed.known))
    whole, rare = weight.sum(axis=1), rarity.sum(axis=1)
    matched = best >= WORD_MATCHED
    table[:, Feature.LINE_COVERED] = _share((weight * best).sum(axis=1), whole)
    table[:, Feature.LINE_RARE_COVERED] = _share((rarity * best).sum(axis=1), rare)
    heavy = weight > 1.0
    weakest = np.where(heavy, best, 1.0).min(axis=1)
    table[:, Feature.LINE_WEAKEST] = np.where(heavy.any(axis=1), weakest, best.max(axis=1))
    table[:, Feature.LINE_UNMATCHED] = _share((weight * ~matched).sum(axis=1), whole)
    elsewhere = ~matched & (known >= WORD_KNOWN)
    table[:, Feature.LINE_ELSEWHERE] = _share((rarity * elsewhere).sum(axis=1), rare)
    table[:, Feature.LINE_BETTER] = _share((rarity * np.maximum(known - best, 0.0)).sum(axis=1), rare)
    table[:, Feature.EXACT_WORDS] = _share((weight * (best >= 1.0)).sum(axis=1), whole)
    table[:, Feature.INFORMATION] = (rarity * np.where(matched, best, 0.0)).sum(axis=1)


def _name_features(table: Array, found: _Candidate, covered: Array) -> None:
    name = found.real & ~found.is_brand
    rarity = found.rarity * name
    printed: Flags = np.greater_equal(covered, WORD_MATCHED)
    count = name.sum(axis=1).astype(np.float32)
    table[:, Feature.NAME_COVERED] = _share((covered * rarity).sum(axis=1), rarity.sum(axis=1))
    table[:, Feature.NAME_COUNTED] = _share((name & printed).sum(axis=1).astype(np.float32), count)
    unprinted = name & ~printed
    table[:, Feature.NAME_UNPRINTED] = np.log1p(unprinted.sum(axis=1))
    width = found.real.shape[1]
    either: Flags = np.logical_and(found.real, printed)
    last = width - 1 - either[:, ::-1].argmax(axis=1)
    any_printed: Flags = np.any(either, axis=1, keepdims=True)
    before = unprinted & (np.arange(width)[None, :] < last[:, None]) & any_printed
    table[:, Feature.NAME_SKIPPED] = np.log1p(before.sum(axis=1))
    brand = found.rarity * found.is_brand
    has_brand = found.is_brand.any(axis=1)
    brand_covered = _share((covered * brand).sum(axis=1), brand.sum(axis=1))
    table[:, Feature.BRAND_COVERED] = np.where(has_brand, brand_covered, 1.0)
    table[:, Feature.BRAND_MISSING] = has_brand & (brand_covered < WORD_MATCHED)
    table[:, Feature.BRAND_UNKNOWN] = ~has_brand


def _order_features(
    table: Array, printed: _Printed, found: _Candidate, aligned: npt.NDArray[np.uint8]
) -> None:
    table[:, Feature.FIRST_IS_FIRST] = aligned[:, 0, 0] / np.float32(SCORE_STEPS)
    place = aligned.argmax(axis=2)
    matched = aligned.max(axis=2) >= WORD_MATCHED * SCORE_STEPS
    both = matched[:, 1:] & matched[:, :-1]
    rising = both & (place[:, 1:] > place[:, :-1])
    pairs = (printed.real.sum(axis=1) - 1)[found.line].astype(np.float32)
    table[:, Feature.IN_ORDER] = _share(rising.sum(axis=1).astype(np.float32), pairs)


def _letter_features(
    table: Array, lines: Sequence[NormalText], found: _Candidate, index: CatalogIndex
) -> None:
    keys = ["".join(dict.fromkeys(line.words)) for line in lines]
    mine = [keys[line] for line in found.line.tolist()]
    its = index.entries.joined.some(found.entry)
    shared = cpdist(mine, its, scorer=LCSseq.similarity, processor=None, dtype=np.uint16).astype(np.float32)
    lengths = np.array([max(1, len(key)) for key in keys], dtype=np.float32)[found.line]
    table[:, Feature.LETTERS_COVERED] = shared / lengths
    table[:, Feature.ENTRY_LETTERS_COVERED] = shared / np.array(
        [max(1, len(text)) for text in its], dtype=np.float32
    )


def _price_features(table: Array, paid: Array, found: _Candidate, index: CatalogIndex) -> None:
    suggested = index.products.price_minor[index.product_of_entry[found.entry]].astype(np.float64)
    unit = paid[found.line].astype(np.float64)
    known = np.isfinite(suggested) & (suggested > 0) & np.isfinite(unit) & (unit > 0)
    ratio = np.log(np.where(known, unit, 1.0) / np.where(known, suggested, 1.0))
    distance = np.abs(ratio)
    close = np.clip((_FAR_PRICE - distance) / (_FAR_PRICE - _NEAR_PRICE), 0.0, 1.0)
    table[:, Feature.PRICE_KNOWN] = known
    table[:, Feature.PRICE_DISTANCE] = np.minimum(distance, _FARTHEST_PRICE)
    table[:, Feature.PRICE_ABOVE] = np.clip(ratio, 0.0, _FARTHEST_PRICE)
    table[:, Feature.PRICE_CLOSE] = np.where(known, close, 0.0)


def _size_features(
    table: Array, lines: Sequence[NormalText], candidates: Candidates, index: CatalogIndex
) -> npt.NDArray[np.int8]:
    fits = np.zeros(candidates.entry.shape, dtype=np.int8)
    for row, (line, entries) in enumerate(zip(lines, candidates.entry, strict=True)):
        fits[row] = index.size_fits(line.size, np.maximum(entries, 0))
    flat = fits[candidates.entry >= 0]
    for feature, fit in (
        (Feature.SIZE_AGREES, SizeFit.AGREE),
        (Feature.SIZE_CONFLICTS, SizeFit.CONFLICT),
        (Feature.SIZE_UNPRINTED, SizeFit.PRODUCT_ONLY),
        (Feature.SIZE_UNKNOWN, SizeFit.LINE_ONLY),
    ):
        table[:, feature] = flat == SIZE_FITS.index(fit)
    return fits


def _relative(features: Array, real: Flags) -> None:
    """How far each candidate is behind the line's best."""
    for feature, of in (
        (Feature.BEHIND_COVERED, Feature.LINE_RARE_COVERED),
        (Feature.BEHIND_INFORMATION, Feature.INFORMATION),
        (Feature.BEHIND_NAME, Feature.NAME_COVERED),
        (Feature.BEHIND_LETTERS, Feature.LETTERS_COVERED),
    ):
        values = features[:, :, of]
        best = np.where(real, values, 0.0).max(axis=1, keepdims=True)
        features[:, :, feature] = np.where(real, values - best, 0.0)


def measure(
    lines: Sequence[NormalText],
    paid: Sequence[Paid],
    printed: PrintedWords,
    candidates: Candidates,
    index: CatalogIndex,
) -> Tables:
    """The feature tables of lines that have a word each."""
    real = candidates.entry >= 0
    words = _printed(lines, printed)
    found = _candidates(candidates, index)
    table = np.zeros((found.entry.size, len(Feature)), dtype=np.float32)
    features = np.zeros((*candidates.entry.shape, len(Feature)), dtype=np.float32)
    best = np.zeros((*candidates.entry.shape, words.word.shape[1]), dtype=np.float32)
    fits = _size_features(table, lines, candidates, index)
    if found.entry.size:
        aligned = _aligned(_scores(printed, len(index.entries.words)), words, found, index)
        # A word of the name is claimed once, by the printed word that fits it best: otherwise the CORN of
        # CORNER MARKET CORN FLAKES would pass for another CORNER.
        claims = aligned.argmax(axis=1)[:, None, :] == np.arange(aligned.shape[1])[None, :, None]
        mine = (aligned * claims).max(axis=2) / np.float32(SCORE_STEPS)
        # Places past a line's last word count as matched, so that only real words are ever found wanting.
        mine = np.where(words.real[found.line], mine, 1.0).astype(np.float32)
        _line_features(table, words, found, mine)
        _name_features(table, found, aligned.max(axis=1) / np.float32(SCORE_STEPS))
        _order_features(table, words, found, aligned)
        _letter_features(table, lines, found, index)
        _price_features(table, np.array([each.unit_minor for each in paid], dtype=np.float32), found, index)
        enough = np.float32(np.log1p(index.entries.size.size))
        table[:, Feature.INFORMATION] = np.minimum(table[:, Feature.INFORMATION] / enough, _MOST_INFORMATION)
        table[:, Feature.IS_ALIAS] = index.entries.is_alias[found.entry]
        table[:, Feature.WORDS] = np.minimum(words.real.sum(axis=1)[found.line] / _USUAL_WORDS, 1.5)
        table[:, Feature.LETTERS] = np.minimum(words.letters[found.line] / _USUAL_LETTERS, 1.5)
        top = np.maximum(candidates.score.max(axis=1), np.float32(1e-9))
        table[:, Feature.SEARCH_SHARE] = candidates.score[real] / top[found.line]
        best[real] = mine
    features[real] = table
    _relative(features, real)
    heavy = (words.weight > 1.0)[:, None, :]
    unmatched = ((best < WORD_MATCHED) & heavy & real[:, :, None]).sum(axis=2).astype(np.int8)
    return Tables(entry=candidates.entry, features=features, size_fit=fits, unmatched=unmatched, best=best)
