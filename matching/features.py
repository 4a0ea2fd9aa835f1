"""What is measured about a line and each of its candidate entries: readable numbers, mostly 0 to 1."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import OSA, LCSseq
from rapidfuzz.process import cdist

from matching.alignment import MOST_EDITS, word_score
from matching.index import Candidates, CatalogIndex, Int32s
from matching.sizes import Size, SizeFit, compare
from matching.text import NormalText

Array = npt.NDArray[np.float64]

# A printed word stands for none of an entry's words below this; a single letter may (0.35 is no evidence).
WORD_MATCHED = 0.4
# Longer words weigh no more than this many letters: length is not importance.
_HEAVIEST_WORD_LETTERS = 6
_NUMBER_WEIGHT = 2.0
# A bare number in front is mostly a quantity, a single letter at the end mostly a tax flag.
_DOUBTFUL_WEIGHT = 0.3
_INITIALS_SCORE = 0.75
# A ratio beyond e^1.5 (4.5 times) is as wrong as any.
_FARTHEST_PRICE = 1.5


class Feature(IntEnum):
    """Columns of the feature table."""

    SEARCH_SHARE = 0
    """Search score over the line's best."""
    COSINE = 1
    LINE_COVERED = 2
    """Printed words, by weight, that stand for words of the entry."""
    LINE_WEAKEST = 3
    """Least covered printed word of weight."""
    LINE_UNMATCHED = 4
    """Share of weight of printed words that stand for nothing."""
    NAME_COVERED = 5
    """Words of the name, by rarity, that are printed in some form."""
    NAME_UNPRINTED = 6
    """Logarithm of one more than the name's words that are not printed."""
    BRAND_COVERED = 7
    BRAND_MISSING = 8
    """1 when the product has a brand and nothing of it is printed."""
    LETTERS_COVERED = 9
    """Letters of the line, spaces aside, that occur in the entry in the same order."""
    EXACT_WORDS = 10
    """Printed words, by weight, that are whole words of the entry."""
    IN_ORDER = 11
    """The first printed word stands for the entry's first."""
    INFORMATION = 12
    """Rarity of the matched words, over the rarity that would name one entry of all (capped at 2)."""
    SIZE_AGREES = 13
    SIZE_CONFLICTS = 14
    SIZE_UNPRINTED = 15
    PRICE_KNOWN = 16
    PRICE_DISTANCE = 17
    """Absolute logarithm of paid over suggested price, capped; 0 where unknown."""
    PRICE_CLOSE = 18
    """1 within a tenth, falling to 0 at a third."""


@dataclass(frozen=True, slots=True)
class Paid:
    """What one unit cost, in minor units; NaN where unknown or in another currency."""

    unit_minor: float


@dataclass(frozen=True, slots=True)
class LineTable:
    """A line against its candidates.

    Attributes:
        features: candidates x `Feature`.
        size_fit: of each candidate.
        unmatched_words: of each candidate, printed words of weight that stand for nothing.
        word_best: candidates x printed words: best score of each.
    """

    entry: Int32s
    features: Array
    size_fit: tuple[SizeFit, ...]
    unmatched_words: npt.NDArray[np.int64]
    word_best: Array


def _word_weights(line: NormalText, words: tuple[str, ...]) -> Array:
    weights = np.array(
        [_NUMBER_WEIGHT if word.isdigit() else min(len(word), _HEAVIEST_WORD_LETTERS) for word in words],
        dtype=np.float64,
    )
    if line.leading_number is not None and words[0] == line.leading_number:
        weights[0] = _DOUBTFUL_WEIGHT
    if len(words) > 1 and len(words[-1]) == 1:
        weights[-1] = _DOUBTFUL_WEIGHT
    return weights


def _size_fits(size: Size, index: CatalogIndex, entries: Int32s) -> tuple[SizeFit, ...]:
    known: dict[int, SizeFit] = {}
    fits = []
    for number in index.entries.size[entries].tolist():
        fit = known.get(number)
        if fit is None:
            fit = known[number] = compare(size, index.entries.sizes[number])
        fits.append(fit)
    return tuple(fits)


class _Words:
    """The candidates' words, padded to one width; a place past an entry's end has id -1."""

    def __init__(self, index: CatalogIndex, entries: Int32s) -> None:
        start, end = index.entries.word_start[entries], index.entries.word_start[entries + 1]
        width = max(1, int((end - start).max(initial=1)))
        places = start[:, None] + np.arange(width)[None, :]
        self.real = places < end[:, None]
        safe = np.where(self.real, places, start[:, None].clip(max=index.entries.word.size - 1))
        ids = index.entries.word[safe]
        self.unique, inverse = np.unique(ids, return_inverse=True)
        self.inverse: npt.NDArray[np.intp] = inverse.reshape(ids.shape)
        self.texts = [index.entries.words[number] for number in self.unique]
        self.rarity = np.where(self.real, index.word_rarity[ids], 0.0)
        self.is_brand = self.real & (np.arange(width)[None, :] < index.entries.brand_words[entries][:, None])
        self.is_name = self.real & ~self.is_brand


def _alignment(words: tuple[str, ...], candidate_words: _Words) -> Array:
    """Printed words x candidates x the candidates' words."""
    texts = candidate_words.texts
    # Most pairs share nothing: only a same first letter, or two wrong letters at most, are looked at.
    edits = cdist(words, texts, scorer=OSA.distance, score_cutoff=MOST_EDITS, dtype=np.int32)
    first = np.array([text[0] for text in texts])
    scores = np.zeros((len(words), len(texts)), dtype=np.float64)
    for number, word in enumerate(words):
        for place in np.flatnonzero((first == word[0]) | (edits[number] <= MOST_EDITS)).tolist():
            scores[number, place] = word_score(word, texts[place])
    return scores[:, candidate_words.inverse] * candidate_words.real[None, :, :]


def _claimed(aligned: Array) -> Array:
    """A word of the name is claimed once, by the printed word that fits it best.

    Otherwise the CORN of ``CORNER MARKET CORN FLAKES`` would pass for another ``CORNER``.
    """
    winner = aligned.argmax(axis=0)
    claims: Array = np.where(np.arange(aligned.shape[0])[:, None, None] == winner[None, :, :], aligned, 0.0)
    return claims


def _credit_initials(
    words: tuple[str, ...], index: CatalogIndex, entries: Int32s, brand: npt.NDArray[np.bool_], aligned: Array
) -> None:
    """A printed word made of the brand's initials (GV for Great Value) stands for the brand's words."""
    for number, word in enumerate(words):
        known = index.entries.initials_ids.get(word)
        if known is not None:
            own = (index.entries.initials[entries] == known)[:, None] & brand
            aligned[number] = np.maximum(aligned[number], own * _INITIALS_SCORE)


def _share(parts: Array, whole: Array) -> Array:
    return np.divide(parts, whole, out=np.zeros_like(parts), where=whole > 0)


def _covered(scores: Array, rarity: Array, mask: npt.NDArray[np.bool_]) -> Array:
    weight = rarity * mask
    return _share((scores * weight).sum(axis=1), weight.sum(axis=1))


def _price(paid: Paid, index: CatalogIndex, entries: Int32s, table: Array) -> None:
    suggested = index.price_minor[index.entries.product[entries]].astype(np.float64)
    known = np.isfinite(suggested) & (suggested > 0) & np.isfinite(paid.unit_minor) & (paid.unit_minor > 0)
    ratio = np.abs(np.log(np.where(known, paid.unit_minor / np.where(known, suggested, 1.0), 1.0)))
    near, far = 0.1, 0.33
    table[:, Feature.PRICE_KNOWN] = known
    table[:, Feature.PRICE_DISTANCE] = np.where(known, np.minimum(ratio, _FARTHEST_PRICE), 0.0)
    table[:, Feature.PRICE_CLOSE] = np.where(known, np.clip((far - ratio) / (far - near), 0.0, 1.0), 0.0)


def measure(line: NormalText, paid: Paid, candidates: Candidates, index: CatalogIndex) -> LineTable:
    """The feature table of a line with at least one word and one candidate."""
    entries = candidates.entry
    words = tuple(dict.fromkeys(line.words))
    weights = _word_weights(line, words)
    candidate_words = _Words(index, entries)
    aligned = _alignment(words, candidate_words)
    _credit_initials(words, index, entries, candidate_words.is_brand, aligned)
    # Printed words x candidates; candidates x their words.
    printed = aligned.max(axis=0)
    best = _claimed(aligned).max(axis=2)
    heavy = weights > 1.0
    matched = best >= WORD_MATCHED
    table = np.zeros((entries.size, len(Feature)), dtype=np.float64)
    table[:, Feature.SEARCH_SHARE] = candidates.pivoted / max(
        float(candidates.pivoted.max(initial=0.0)), 1e-9
    )
    table[:, Feature.COSINE] = candidates.cosine
    table[:, Feature.LINE_COVERED] = weights @ best / weights.sum()
    table[:, Feature.LINE_WEAKEST] = best[heavy].min(axis=0) if heavy.any() else best.min(axis=0)
    table[:, Feature.LINE_UNMATCHED] = weights @ ~matched / weights.sum()
    table[:, Feature.NAME_COVERED] = _covered(printed, candidate_words.rarity, candidate_words.is_name)
    unprinted = (candidate_words.is_name & (printed < WORD_MATCHED)).sum(axis=1)
    table[:, Feature.NAME_UNPRINTED] = np.log1p(unprinted)
    brand = _covered(printed, candidate_words.rarity, candidate_words.is_brand)
    has_brand = candidate_words.is_brand.any(axis=1)
    table[:, Feature.BRAND_COVERED] = np.where(has_brand, brand, 1.0)
    table[:, Feature.BRAND_MISSING] = has_brand & (brand < WORD_MATCHED)
    table[:, Feature.LETTERS_COVERED] = _letters_covered(words, index, entries)
    table[:, Feature.EXACT_WORDS] = weights @ (best >= 1.0) / weights.sum()
    table[:, Feature.IN_ORDER] = aligned[0, :, 0] >= WORD_MATCHED
    information = (np.where(printed >= WORD_MATCHED, printed, 0.0) * candidate_words.rarity).sum(axis=1)
    enough = np.log1p(index.entries.product.size)
    table[:, Feature.INFORMATION] = np.minimum(information / enough, 2.0)
    fits = _size_fits(line.size, index, entries)
    table[:, Feature.SIZE_AGREES] = [fit is SizeFit.AGREE for fit in fits]
    table[:, Feature.SIZE_CONFLICTS] = [fit is SizeFit.CONFLICT for fit in fits]
    table[:, Feature.SIZE_UNPRINTED] = [fit is SizeFit.PRODUCT_ONLY for fit in fits]
    _price(paid, index, entries, table)
    return LineTable(
        entry=entries,
        features=table,
        size_fit=fits,
        unmatched_words=(~matched & heavy[:, None]).sum(axis=0),
        word_best=best.T,
    )


def _letters_covered(words: tuple[str, ...], index: CatalogIndex, entries: Int32s) -> Array:
    line = "".join(words)
    rows = [index.entries.joined(entry) for entry in entries.tolist()]
    shared = [LCSseq.similarity(line, row, processor=None) for row in rows]
    return np.array(shared, dtype=np.float64) / len(line)
