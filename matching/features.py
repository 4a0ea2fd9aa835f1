"""What is measured about lines and each of their candidate entries: readable numbers, mostly 0 to 1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import LCSseq
from rapidfuzz.process import cpdist

from matching.alignment import EXACT
from matching.arrays import Int32s
from matching.entries import NO_WORD
from matching.feature_names import Feature
from matching.index import SIZE_FITS, Candidates, CatalogIndex, PrintedWords
from matching.prices import UNKNOWN_PRICES, ShopPrices
from matching.sizes import Size, SizeFit
from matching.text import NormalText
from matching.vocabulary import SCORE_STEPS, Steps

Array = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.intp]

# A printed word stands for none of an entry's words below this; a single letter may (0.35 is no evidence).
WORD_MATCHED = 0.4
# From here a printed word is surely some word of the catalog.
WORD_KNOWN = 0.85
# A word that some catalog word explains so much better than the product does is that other word: ORGANIC is
# not ORIGINAL, though its letters nearly fit.
_SURELY_BETTER = 0.25
_SHORT_WORD_LETTERS = 2
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
        is_other: something speaks for another product, however near this one is: a printed word that
            surely is another word, a number of the name that is not printed, a flavour left out.
    """

    entry: Int32s
    features: Array
    size_fit: npt.NDArray[np.int8]
    unmatched: npt.NDArray[np.int8]
    is_other: Flags


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
    usual = usual.astype(np.float32)
    for row, (line, own) in enumerate(zip(lines, printed.of_line, strict=True)):
        word[row, : len(own)] = own
        weight[row, : len(own)] = usual.take(own)
        if line.leading_number is not None:
            weight[row, 0] = _DOUBTFUL_WEIGHT
        if len(own) > 1 and len(printed.words[own[-1]]) == 1 and printed.words[own[-1]].isalpha():
            weight[row, len(own) - 1] = _DOUBTFUL_WEIGHT
    real = weight > 0
    best = [max(reading.score.tobytes(), default=0) for reading in printed.readings]
    known = np.array([*best, 0], dtype=np.float32)
    rarity = np.append(printed.rarity, np.float32(0.0))
    return _Printed(
        word=word,
        real=real,
        weight=weight,
        rarity=rarity[word] * np.minimum(weight, 1.0),
        known=known[word] / np.float32(SCORE_STEPS),
        letters=np.array([max(1, line.letters) for line in lines], dtype=np.float32),
    )


def _scores(printed: PrintedWords, words: int) -> Steps:
    """Printed words x catalog words; a row and a column of nothing at the end."""
    table = np.zeros((len(printed.words) + 1, words + 1), dtype=np.uint8)
    for row, reading in zip(table, printed.readings, strict=False):
        row[reading.word] = reading.score
        if reading.exact >= 0:
            row[reading.exact] = _EXACT_STEPS
    return table


@dataclass(frozen=True, slots=True)
class _Candidate:
    """Candidates beside one another, with their words padded to one height: words x candidates.

    What is summed up lies in front, candidates behind: numpy is many times faster so than the other way.
    """

    line: Ints
    entry: Int32s
    word: Ints
    real: Flags
    is_brand: Flags
    rarity: Array


@dataclass(frozen=True, slots=True)
class _Aligned:
    """How printed words stand for words of the candidates.

    Attributes:
        covered: words x candidates: how well each is printed.
        best: printed words x candidates: how well each is claimed; 1 past a line's last word.
        top: the same before claims, in steps.
        place: the word of the candidate that this is, the first of equals.
        first: of the first printed word and each candidate's first.
    """

    covered: Array
    best: Array
    top: Steps
    place: Steps
    first: Array


def _candidates(candidates: Candidates, index: CatalogIndex) -> _Candidate:
    line = np.nonzero(candidates.entry >= 0)[0]
    entry = candidates.entry[candidates.entry >= 0]
    start = index.entries.word_start[entry]
    count = np.minimum(index.entries.word_start[entry + 1] - start, _MOST_ENTRY_WORDS)
    place = np.arange(max(1, int(count.max(initial=1))))[:, None]
    real = place < count
    last = max(0, index.entries.word.size - 1)
    word = index.entries.word[np.minimum(start + place, last)].astype(np.intp)
    nothing = len(index.entries.words)
    return _Candidate(
        line=line,
        entry=entry,
        word=np.where(real, word, nothing),
        real=real,
        is_brand=real & (place < index.entries.brand_words[entry]),
        rarity=index.word_rarity[word] * real,
    )


def _align(scores: Steps, printed: _Printed, found: _Candidate, index: CatalogIndex) -> _Aligned:
    """Initials (GV for Great Value) stand for the brand's words."""
    rows = printed.word.T[:, found.line]
    aligned = scores.ravel().take(rows[:, None, :] * scores.shape[1] + found.word[None, :, :])
    initials = index.entries.initials[found.entry].astype(np.intp)
    abbreviated = np.flatnonzero(initials != NO_WORD)
    if abbreviated.size:
        meant = scores[rows[:, abbreviated], initials[abbreviated]] == _EXACT_STEPS
        hits = np.flatnonzero(meant.any(axis=0))
        own = abbreviated[hits]
        credit = (meant[:, None, hits] & found.is_brand[None, :, own]) * _INITIALS_STEPS
        aligned[:, :, own] = np.maximum(aligned[:, :, own], credit)
    covered = aligned.max(axis=0)
    # A word of the name is claimed once, by the printed word that fits it best: otherwise the CORN of
    # CORNER MARKET CORN FLAKES would pass for another CORNER.
    claimed, free = np.empty(rows.shape, dtype=np.uint8), np.ones(covered.shape, dtype=np.bool_)
    for row, scored in enumerate(aligned):
        own_words = (scored == covered) & free
        free &= ~own_words
        claimed[row] = (scored * own_words).max(axis=0)
    top = aligned[:, 0, :].copy()
    place = np.zeros(rows.shape, dtype=np.uint8)
    for column in range(1, aligned.shape[1]):
        scored = aligned[:, column, :]
        place[scored > top] = column
        np.maximum(top, scored, out=top)
    # Places past a line's last word count as matched, so that only real words are ever found wanting.
    best = np.where(printed.real.T[:, found.line], claimed / np.float32(SCORE_STEPS), np.float32(1.0))
    return _Aligned(
        covered=covered / np.float32(SCORE_STEPS),
        best=best,
        top=top,
        place=place,
        first=aligned[0, 0, :] / np.float32(SCORE_STEPS),
    )


def _share(parts: Array, whole: Array) -> Array:
    return np.divide(parts, whole, out=np.zeros_like(parts), where=whole > 0)


def _line_features(table: Array, printed: _Printed, found: _Candidate, best: Array) -> None:
    weight, rarity, known = (
        part.T[:, found.line] for part in (printed.weight, printed.rarity, printed.known)
    )
    whole, rare = weight.sum(axis=0), rarity.sum(axis=0)
    matched = best >= WORD_MATCHED
    table[Feature.LINE_COVERED] = _share((weight * best).sum(axis=0), whole)
    table[Feature.LINE_RARE_COVERED] = _share((rarity * best).sum(axis=0), rare)
    heavy = weight > 1.0
    weakest = np.where(heavy, best, 1.0).min(axis=0)
    table[Feature.LINE_WEAKEST] = np.where(heavy.any(axis=0), weakest, best.max(axis=0))
    table[Feature.LINE_UNMATCHED] = _share((weight * ~matched).sum(axis=0), whole)
    elsewhere = ~matched & (known >= WORD_KNOWN)
    table[Feature.LINE_ELSEWHERE] = _share((rarity * elsewhere).sum(axis=0), rare)
    table[Feature.LINE_BETTER] = _share((rarity * np.maximum(known - best, 0.0)).sum(axis=0), rare)
    table[Feature.EXACT_WORDS] = _share((weight * (best >= 1.0)).sum(axis=0), whole)
    table[Feature.INFORMATION] = (rarity * np.where(matched, best, 0.0)).sum(axis=0)


def _name_features(table: Array, found: _Candidate, covered: Array) -> None:
    name = found.real & ~found.is_brand
    rarity = found.rarity * name
    printed: Flags = np.greater_equal(covered, WORD_MATCHED)
    count = name.sum(axis=0).astype(np.float32)
    table[Feature.NAME_COVERED] = _share((covered * rarity).sum(axis=0), rarity.sum(axis=0))
    table[Feature.NAME_COUNTED] = _share((name & printed).sum(axis=0).astype(np.float32), count)
    unprinted = name & ~printed
    table[Feature.NAME_UNPRINTED] = np.log1p(unprinted.sum(axis=0))
    places = np.arange(found.real.shape[0])[:, None]
    last = np.where(found.real & printed, places, -1).max(axis=0)
    table[Feature.NAME_SKIPPED] = np.log1p((unprinted & (places < last)).sum(axis=0))
    brand = found.rarity * found.is_brand
    has_brand = found.is_brand.any(axis=0)
    brand_covered = _share((covered * brand).sum(axis=0), brand.sum(axis=0))
    table[Feature.BRAND_COVERED] = np.where(has_brand, brand_covered, 1.0)
    table[Feature.BRAND_MISSING] = has_brand & (brand_covered < WORD_MATCHED)
    table[Feature.BRAND_UNKNOWN] = ~has_brand


def _is_other(words: _Printed, found: _Candidate, aligned: _Aligned, index: CatalogIndex) -> Flags:
    """See `Tables.is_other`."""
    known, weight = words.known.T[:, found.line], words.weight.T[:, found.line]
    surely = (known >= WORD_KNOWN) & (weight > _SHORT_WORD_LETTERS)
    better = surely & (aligned.best < known - _SURELY_BETTER)
    # Here a printed word stands for one word of the name alone: BAR is not also BARBECUE.
    meant = np.where(aligned.top >= WORD_MATCHED * SCORE_STEPS, aligned.place, _MOST_ENTRY_WORDS)
    covered = np.array([(meant == place).any(axis=0) for place in range(len(found.real))], dtype=np.bool_)
    unprinted = found.real & ~found.is_brand & ~covered
    word = np.minimum(found.word, max(0, len(index.entries.words) - 1))
    number = unprinted & index.vocabulary.is_number[word]
    places = np.arange(len(found.real))[:, None]
    last = np.where(found.real & covered, places, -1).max(axis=0)
    left_out = unprinted & index.vocabulary.is_variant[word] & (places < last)
    answer: Flags = np.any(better, axis=0) | np.any(number | left_out, axis=0)
    return answer


def _order_features(table: Array, printed: _Printed, found: _Candidate, aligned: _Aligned) -> None:
    table[Feature.FIRST_IS_FIRST] = aligned.first
    matched = aligned.top >= WORD_MATCHED * SCORE_STEPS
    rising = matched[1:] & matched[:-1] & (aligned.place[1:] > aligned.place[:-1])
    pairs = (printed.real.sum(axis=1) - 1)[found.line].astype(np.float32)
    table[Feature.IN_ORDER] = _share(rising.sum(axis=0).astype(np.float32), pairs)


def _letter_features(
    table: Array, lines: Sequence[NormalText], found: _Candidate, index: CatalogIndex
) -> None:
    keys = ["".join(dict.fromkeys(line.words)) for line in lines]
    mine = [keys[line] for line in found.line.tolist()]
    its = index.entries.joined.some(found.entry)
    lengths_of_its = np.fromiter(map(len, its), dtype=np.float32, count=len(its))
    shared = cpdist(mine, its, scorer=LCSseq.similarity, processor=None, dtype=np.uint16).astype(np.float32)
    lengths = np.array([max(1, len(key)) for key in keys], dtype=np.float32)[found.line]
    table[Feature.LETTERS_COVERED] = shared / lengths
    table[Feature.ENTRY_LETTERS_COVERED] = shared / np.maximum(lengths_of_its, np.float32(1.0))


def _price_features(
    table: Array, paid: Array, found: _Candidate, index: CatalogIndex, prices: ShopPrices
) -> None:
    products = index.product_of_entry[found.entry]
    suggested = index.products.price_minor[products].astype(np.float64)
    if prices.is_known:
        suggested = prices.expected(products, suggested)
    unit = paid[found.line].astype(np.float64)
    known = np.isfinite(suggested) & (suggested > 0) & np.isfinite(unit) & (unit > 0)
    ratio = np.log(np.where(known, unit, 1.0) / np.where(known, suggested, 1.0))
    distance = np.abs(ratio)
    close = np.clip((_FAR_PRICE - distance) / (_FAR_PRICE - _NEAR_PRICE), 0.0, 1.0)
    table[Feature.PRICE_KNOWN] = known
    table[Feature.PRICE_DISTANCE] = np.minimum(distance, _FARTHEST_PRICE)
    table[Feature.PRICE_ABOVE] = np.clip(ratio, 0.0, _FARTHEST_PRICE)
    table[Feature.PRICE_CLOSE] = np.where(known, close, 0.0)


def _size_features(
    table: Array, lines: Sequence[NormalText], candidates: Candidates, index: CatalogIndex
) -> npt.NDArray[np.int8]:
    fits = np.zeros(candidates.entry.shape, dtype=np.int8)
    entries = np.maximum(candidates.entry, 0)
    rows: dict[Size, list[int]] = {}
    for row, line in enumerate(lines):
        rows.setdefault(line.size, []).append(row)
    for size, alike in rows.items():
        fits[alike] = index.size_fits(size, entries[alike])
    flat = fits[candidates.entry >= 0]
    for feature, fit in (
        (Feature.SIZE_AGREES, SizeFit.AGREE),
        (Feature.SIZE_CONFLICTS, SizeFit.CONFLICT),
        (Feature.SIZE_UNPRINTED, SizeFit.PRODUCT_ONLY),
        (Feature.SIZE_UNKNOWN, SizeFit.LINE_ONLY),
    ):
        table[feature] = flat == SIZE_FITS.index(fit)
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
    prices: ShopPrices = UNKNOWN_PRICES,
) -> Tables:
    """The feature tables of lines that have a word each."""
    real = candidates.entry >= 0
    words = _printed(lines, printed)
    found = _candidates(candidates, index)
    table = np.zeros((len(Feature), found.entry.size), dtype=np.float32)
    features = np.zeros((*candidates.entry.shape, len(Feature)), dtype=np.float32)
    unmatched = np.zeros(candidates.entry.shape, dtype=np.int8)
    is_other = np.zeros(candidates.entry.shape, dtype=np.bool_)
    fits = _size_features(table, lines, candidates, index)
    if found.entry.size:
        aligned = _align(_scores(printed, len(index.entries.words)), words, found, index)
        _line_features(table, words, found, aligned.best)
        _name_features(table, found, aligned.covered)
        is_other[real] = _is_other(words, found, aligned, index)
        _order_features(table, words, found, aligned)
        _letter_features(table, lines, found, index)
        units = np.array([each.unit_minor for each in paid], dtype=np.float32)
        _price_features(table, units, found, index, prices)
        enough = np.float32(np.log1p(index.entries.size.size))
        table[Feature.INFORMATION] = np.minimum(table[Feature.INFORMATION] / enough, _MOST_INFORMATION)
        table[Feature.IS_ALIAS] = index.entries.is_alias[found.entry]
        table[Feature.WORDS] = np.minimum(words.real.sum(axis=1)[found.line] / _USUAL_WORDS, 1.5)
        table[Feature.LETTERS] = np.minimum(words.letters[found.line] / _USUAL_LETTERS, 1.5)
        top = np.maximum(candidates.score.max(axis=1), np.float32(1e-9))
        table[Feature.SEARCH_SHARE] = candidates.score[real] / top[found.line]
        heavy = words.weight.T[:, found.line] > 1.0
        unmatched[real] = ((aligned.best < WORD_MATCHED) & heavy).sum(axis=0)
    features[real] = table.T
    _relative(features, real)
    return Tables(
        entry=candidates.entry, features=features, size_fit=fits, unmatched=unmatched, is_other=is_other
    )
