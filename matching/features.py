"""What is measured about lines and each of their candidate entries: readable numbers, mostly 0 to 1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import LCSseq
from rapidfuzz.process import cpdist

from matching.arrays import Int32s
from matching.contrary import is_other
from matching.feature_names import Feature
from matching.index import SIZE_FITS, Candidates, CatalogIndex, PrintedWords
from matching.prices import UNKNOWN_PRICES, ShopPrices
from matching.sizes import SizeFit
from matching.text import NormalText
from matching.vocabulary import SCORE_STEPS
from matching.word_grid import (
    WORD_KNOWN,
    WORD_MATCHED,
    Aligned,
    Array,
    Flags,
    Found,
    Printed,
    align,
    found_words,
    printed_words,
    word_table,
)

# A ratio beyond e^1.5 (4.5 times) is as wrong as any.
_FARTHEST_PRICE = 1.5
_NEAR_PRICE, _FAR_PRICE = 0.1, 0.33
_MOST_INFORMATION = 2.0
_AGREE = SIZE_FITS.index(SizeFit.AGREE)
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
            surely is another word, a number of the name that is not printed, a flavour left out, no word of
            the name but its brand.
    """

    entry: Int32s
    features: Array
    size_fit: npt.NDArray[np.int8]
    unmatched: npt.NDArray[np.int8]
    is_other: Flags


def _share(parts: Array, whole: Array) -> Array:
    return np.divide(parts, whole, out=np.zeros_like(parts), where=whole > 0)


def _line_features(table: Array, printed: Printed, found: Found, best: Array) -> None:
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


def _name_features(table: Array, found: Found, covered: Array) -> None:
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


def _order_features(table: Array, printed: Printed, found: Found, aligned: Aligned) -> None:
    table[Feature.FIRST_IS_FIRST] = aligned.first
    matched = aligned.top >= WORD_MATCHED * SCORE_STEPS
    rising = matched[1:] & matched[:-1] & (aligned.place[1:] > aligned.place[:-1])
    pairs = (printed.real.sum(axis=1) - 1)[found.line].astype(np.float32)
    table[Feature.IN_ORDER] = _share(rising.sum(axis=0).astype(np.float32), pairs)


def _letter_features(table: Array, lines: Sequence[NormalText], found: Found, index: CatalogIndex) -> None:
    keys = ["".join(dict.fromkeys(line.words)) for line in lines]
    mine = [keys[line] for line in found.line.tolist()]
    its = index.entries.joined.some(found.entry)
    lengths_of_its = np.fromiter(map(len, its), dtype=np.float32, count=len(its))
    shared = cpdist(mine, its, scorer=LCSseq.similarity, processor=None, dtype=np.uint16).astype(np.float32)
    lengths = np.array([max(1, len(key)) for key in keys], dtype=np.float32)[found.line]
    table[Feature.LETTERS_COVERED] = shared / lengths
    table[Feature.ENTRY_LETTERS_COVERED] = shared / np.maximum(lengths_of_its, np.float32(1.0))


def _price_features(table: Array, paid: Array, found: Found, index: CatalogIndex, prices: ShopPrices) -> None:
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
    fits = index.size_fits([line.said_size for line in lines], np.maximum(candidates.entry, 0))
    flat = fits[candidates.entry >= 0]
    for feature, fit in (
        (Feature.SIZE_AGREES, SizeFit.AGREE),
        (Feature.SIZE_CONFLICTS, SizeFit.CONFLICT),
        (Feature.SIZE_UNPRINTED, SizeFit.PRODUCT_ONLY),
        (Feature.SIZE_UNKNOWN, SizeFit.LINE_ONLY),
    ):
        table[feature] = flat == SIZE_FITS.index(fit)
    return fits


def _explain_bare_sizes(
    best: Array,
    lines: Sequence[NormalText],
    printed: PrintedWords,
    found: Found,
    fits: npt.NDArray[np.int8],
) -> None:
    """A number without a unit that is the candidate's size is explained by it, as a word by a word."""
    for row, line in enumerate(lines):
        if not line.bare_words:
            continue
        agreeing = np.flatnonzero((found.line == row) & (fits == _AGREE))
        own = [printed.words[word] for word in printed.of_line[row]]
        for place in (own.index(word) for word in line.bare_words if word in own):
            best[place, agreeing] = 1.0


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
    words = printed_words(lines, printed)
    found = found_words(candidates, index)
    table = np.zeros((len(Feature), found.entry.size), dtype=np.float32)
    features = np.zeros((*candidates.entry.shape, len(Feature)), dtype=np.float32)
    unmatched = np.zeros(candidates.entry.shape, dtype=np.int8)
    other = np.zeros(candidates.entry.shape, dtype=np.bool_)
    fits = _size_features(table, lines, candidates, index)
    if found.entry.size:
        aligned = align(word_table(printed, len(index.entries.words)), words, found, index)
        _explain_bare_sizes(aligned.best, lines, printed, found, fits[real])
        _line_features(table, words, found, aligned.best)
        _name_features(table, found, aligned.covered)
        other[real] = is_other(words, found, aligned, index)
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
        entry=candidates.entry, features=features, size_fit=fits, unmatched=unmatched, is_other=other
    )
