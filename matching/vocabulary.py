"""The catalog's words, and which of them a printed word may stand for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import sparse

from matching.abbreviations import ABBREVIATIONS
from matching.alignment import (
    Flags,
    Spelling,
    is_beginning,
    is_misread_letter,
    leaves_letters_out,
    pair_scores,
)
from matching.arrays import Int32s, Int64s, Lookup, text_hash
from matching.grams import Floats, as_sparse, most_alike, word_groups
from matching.joined import FEWEST_JOINED_LETTERS, pieces_of, taken_apart
from matching.text import bare_vowels
from matching.variants import CUT_VARIANTS, LONGER_VARIANTS, VARIANTS

if TYPE_CHECKING:
    from matching.grams import Sparse

# Scores are kept in one byte each, in two-hundredths.
SCORE_STEPS = 200
# Catalog words looked at for a printed word: at most so many, of at least this cosine of letter groups. Of
# words shortened to three letters or more, some 95 in 100 lie within; for two letters a quarter of it must
# do, as they stand for many words.
_NEAREST_WORDS = 400
_LEAST_COSINE = 0.12
_SHORT_LETTERS = 2
_SHORT_NEARER = 4.0
# Below this a printed word stands for nothing; a single letter has 0.35.
_LOWEST_SCORE = 0.3
# Words that share letter groups but align in no known way (several words printed as one) still help the
# search, at this much of their cosine.
_UNALIGNED_SHARE = 0.55
_UNALIGNED_COSINE = 0.3
# Share of a word's own length in its norm; long words are otherwise never found from their beginnings.
_LENGTH_PIVOT = 0.4
_SHORTEST_NORM = 1e-9

# What a word that is surely another one stands for: below `word_grid.WORD_MATCHED`, so that it never pays.
_ANOTHER_WORD = 0.39
# A printed word that is a word of the catalog is one that it only resembles by less than this: `contrary`
# calls it surely another word then.
_ONLY_RESEMBLES = 0.74
# In a variant's word of up to so many letters one that no engine mistakes makes another word: NIGHT, LIGHT.
_EASILY_ANOTHER_LETTERS = 6

Steps = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Reading:
    """Catalog words that a printed word may stand for.

    Attributes:
        word: ids.
        score: `alignment.word_scores`, in steps.
        nearness: what the search reckons with, in steps; the score, or a share of the common letter groups.
        exact: its own id; -1 when the catalog has no such word.
    """

    word: Int32s
    score: Steps
    nearness: Steps
    exact: int


# In steps: a printed word that stands for one of the catalog this well is no two words printed as one.
_SURELY_ONE_WORD = round(0.7 * SCORE_STEPS)
# As sure as a word that was cut by a few letters.
_ABBREVIATED_STEPS = np.uint8(round(0.85 * SCORE_STEPS))
_NOTHING = Reading(
    word=np.zeros(0, dtype=np.int32),
    score=np.zeros(0, dtype=np.uint8),
    nearness=np.zeros(0, dtype=np.uint8),
    exact=-1,
)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of a catalog's entries, by id.

    Attributes:
        by_key: `text_hash` of the word -> id.
        pieces: what stands for a word in print without spaces; see `matching.joined`.
        spread: in how many entries the word is.
        columns: the letter groups that occur, sorted.
        groups: these x words, scaled.
        is_number: it has a digit; `is_variant`: it is one of `VARIANTS`.
        group_rarity: logarithm of one more than words over words with the group.
    """

    spelling: Spelling
    by_key: Lookup
    pieces: Lookup
    spread: Int64s
    columns: Int32s
    groups: Sparse
    group_rarity: Floats
    is_number: Flags
    is_variant: Flags

    @classmethod
    def of(cls, words: Sequence[str], spread: Int64s) -> Vocabulary:
        """Of words that differ, each of one letter or more."""
        counts = word_groups(words)
        columns, counts.indices, with_group = _numbered(counts.indices)
        counts = as_sparse((counts.data, counts.indices, counts.indptr), (len(words), columns.size))
        rarity = np.log1p(max(1, len(words)) / np.maximum(with_group, 1)).astype(np.float32)
        weighted = _weighted(counts, rarity)
        norms = _norms(weighted)
        mean = float(norms.mean()) if norms.size else 1.0
        pivoted = (1.0 - _LENGTH_PIVOT) * mean + _LENGTH_PIVOT * norms
        weighted.data /= np.repeat(pivoted, np.diff(weighted.indptr)).astype(np.float32)
        spelling = Spelling.of(words)
        return cls(
            spelling=spelling,
            by_key=Lookup.of(np.array([text_hash(word) for word in words], dtype=np.int64)),
            pieces=pieces_of(spelling),
            spread=spread,
            columns=columns,
            groups=as_sparse(weighted.T.tocsr()),
            group_rarity=rarity,
            is_number=_flags(words, lambda word: any(map(str.isdigit, word))),
            is_variant=_flags(words, VARIANTS.__contains__),
        )

    def _queries(self, printed: Sequence[str]) -> Sparse:
        """A row a word, of length one; groups that no catalog word has count for its length alone."""
        counts = word_groups(printed)
        place = np.minimum(np.searchsorted(self.columns, counts.indices), max(0, self.columns.size - 1))
        known = self.columns[place] == counts.indices if self.columns.size else np.zeros(0, dtype=np.bool_)
        unknown_rarity = np.float32(np.log1p(self.spread.size))
        rarity = np.where(known, self.group_rarity[place], unknown_rarity)
        weights = ((1.0 + np.log(counts.data)) * rarity).astype(np.float32)
        row = np.repeat(np.arange(len(printed)), np.diff(counts.indptr))
        norms = np.sqrt(np.bincount(row, weights=weights.astype(np.float64) ** 2, minlength=len(printed)))
        weights *= known / np.maximum(norms, _SHORTEST_NORM).astype(np.float32)[row]
        return sparse.csr_matrix(
            (weights, np.where(known, place, 0).astype(np.int32), counts.indptr),
            shape=(len(printed), self.columns.size),
        )

    def read(self, printed: Sequence[str]) -> list[Reading]:
        """What each printed word may stand for; ``AE`` also as what a till without umlauts prints for Ä."""
        spelled_out = {
            place: text for place, word in enumerate(printed) if (text := bare_vowels(word)) != word
        }
        found = self._read([*printed, *spelled_out.values()])
        merged = found[: len(printed)]
        for place, other in zip(spelled_out, found[len(printed) :], strict=True):
            if merged[place].exact < 0:
                merged[place] = _either(merged[place], other)
        return merged

    def parts(self, printed: Sequence[str], readings: Sequence[Reading]) -> dict[str, tuple[str, ...]]:
        """The words among these that are several printed as one, each with its parts."""
        joined = [
            word
            for word, reading in zip(printed, readings, strict=True)
            if len(word) >= FEWEST_JOINED_LETTERS
            and word.isalpha()
            and max(reading.score.tobytes(), default=0) < _SURELY_ONE_WORD
        ]
        if not joined:
            return {}
        apart = zip(joined, taken_apart(joined, self.pieces), strict=True)
        return {word: parts for word, parts in apart if len(parts) > 1}

    def _read(self, printed: Sequence[str]) -> list[Reading]:
        if self.spread.size == 0 or not printed:
            return [_NOTHING] * len(printed)
        # Short words are drawn nearer, so that one search serves all.
        nearer = np.array([_SHORT_NEARER if len(word) <= _SHORT_LETTERS else 1.0 for word in printed])
        queries = self._queries(printed)
        queries.data *= np.repeat(nearer, np.diff(queries.indptr)).astype(np.float32)
        near = most_alike(queries, self.groups, _NEAREST_WORDS, _LEAST_COSINE)
        row = np.repeat(np.arange(len(printed)), np.diff(near.indptr))
        word = near.indices.astype(np.intp)
        spelled = Spelling.of(printed)
        score = pair_scores(spelled, row, self.spelling, word)
        cosine = np.minimum(near.data / nearer[row], 1.0)
        unaligned = np.where(cosine >= _UNALIGNED_COSINE, cosine * _UNALIGNED_SHARE, 0.0)
        score = np.where(score >= _LOWEST_SCORE, score, 0.0)
        nearness = np.maximum(score, unaligned)
        exact = self.by_key.find_all(np.array([text_hash(text) for text in printed], dtype=np.int64))
        score = self._as_other_words(printed, exact, spelled, row, word, score)
        kept = np.flatnonzero(nearness > 0.0)
        row, word = row[kept], word[kept]
        steps = np.rint(score[kept] * SCORE_STEPS).astype(np.uint8)
        near_steps = np.rint(nearness[kept] * SCORE_STEPS).astype(np.uint8)
        ends = np.searchsorted(row, np.arange(len(printed) + 1))
        found = [
            Reading(
                word=word[first:last].astype(np.int32),
                score=steps[first:last],
                nearness=near_steps[first:last],
                exact=int(own),
            )
            for first, last, own in zip(ends[:-1].tolist(), ends[1:].tolist(), exact.tolist(), strict=True)
        ]
        return [self._expanded(text, reading) for text, reading in zip(printed, found, strict=True)]

    def _as_other_words(
        self,
        printed: Sequence[str],
        exact: Int64s,
        spelled: Spelling,
        row: npt.NDArray[np.intp],
        word: npt.NDArray[np.intp],
        score: npt.NDArray[np.floating],
    ) -> npt.NDArray[np.floating]:
        """The scores, low where a printed word is known to be another word than the one it looks like."""
        is_variant = np.fromiter((text in VARIANTS for text in printed), dtype=np.bool_, count=len(printed))
        open_ = np.flatnonzero((score > _ANOTHER_WORD) & (score < 1.0))
        mine, its = row[open_], word[open_]
        own, other = spelled.take(mine), self.spelling.take(its)
        shortened = leaves_letters_out(own, other)
        # A flavour or kind that is printed whole is itself, or an inflection, or a longer word cut short.
        begins = is_beginning(own, other) | is_beginning(other, own)
        another = is_variant[mine] & ~(shortened & begins)
        # One that is how a flavour or kind begins is that one cut short, and no other with letters left out.
        is_cut = np.fromiter((text in CUT_VARIANTS for text in printed), dtype=np.bool_, count=len(printed))
        another |= is_cut[mine] & self.is_variant[its] & ~begins
        easily = (other.length <= _EASILY_ANOTHER_LETTERS) & ~shortened & ~is_misread_letter(own, other)
        another |= self.is_variant[its] & easily
        for place, text in enumerate(printed):
            longer = LONGER_VARIANTS.get(text)
            if longer is not None:
                ids = self.by_key.find_all(np.array([text_hash(each) for each in longer], dtype=np.int64))
                another |= (mine == place) & np.isin(its, ids)
        most = np.where(another, _ANOTHER_WORD, np.where(shortened | (exact[mine] < 0), 1.0, _ONLY_RESEMBLES))
        capped = score.copy()
        capped[open_] = np.minimum(score[open_], most)
        return capped

    def _expanded(self, text: str, reading: Reading) -> Reading:
        """With what the lexicon says that it is short for, where the catalog does not print it itself."""
        meant = ABBREVIATIONS.get(text)
        if meant is None or reading.exact >= 0:
            return reading
        ids = self.by_key.find_all(np.array([text_hash(word) for word in meant], dtype=np.int64))
        known = ids[ids >= 0].astype(np.int32)
        others = ~np.isin(reading.word, known)
        sure = np.full(known.size, _ABBREVIATED_STEPS, dtype=np.uint8)
        return Reading(
            word=np.concatenate([reading.word[others], known]),
            score=np.concatenate([reading.score[others], sure]),
            nearness=np.concatenate([reading.nearness[others], sure]),
            exact=reading.exact,
        )


def _either(one: Reading, other: Reading) -> Reading:
    """What one of the two may stand for, by the better score of each."""
    word = np.union1d(one.word, other.word)
    best = []
    for column in ("score", "nearness"):
        scores = np.zeros((2, word.size), dtype=np.uint8)
        for row, reading in zip(scores, (one, other), strict=True):
            row[np.searchsorted(word, reading.word)] = getattr(reading, column)
        best.append(scores.max(axis=0))
    return Reading(word=word.astype(np.int32), score=best[0], nearness=best[1], exact=other.exact)


def _flags(words: Sequence[str], holds: Callable[[str], bool]) -> Flags:
    return np.fromiter((holds(word) for word in words), dtype=np.bool_, count=len(words))


def _numbered(columns: Int32s) -> tuple[Int32s, Int32s, Int64s]:
    """The columns that occur, each column's place among them, and how often each occurs."""
    used, place, count = np.unique(columns, return_inverse=True, return_counts=True)
    return used.astype(np.int32), place.astype(np.int32), count


def _weighted(counts: Sparse, rarity: Floats) -> Sparse:
    counts.data = ((1.0 + np.log(counts.data)) * rarity[counts.indices]).astype(np.float32)
    return counts


def _norms(matrix: Sparse) -> Floats:
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    squares = np.bincount(row, weights=matrix.data.astype(np.float64) ** 2, minlength=matrix.shape[0])
    return np.sqrt(squares).astype(np.float32)
