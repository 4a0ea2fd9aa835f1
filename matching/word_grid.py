"""Printed words against the words of their candidates: padded tables, and how well each stands for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matching.alignment import EXACT
from matching.arrays import Int32s
from matching.entries import NO_WORD
from matching.index import Candidates, CatalogIndex, PrintedWords
from matching.text import NormalText
from matching.vocabulary import SCORE_STEPS, Steps

Array = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.intp]

# A printed word stands for none of an entry's words below this; a single letter may (0.35 is no evidence).
WORD_MATCHED = 0.4
# From here a printed word is surely some word of the catalog.
WORD_KNOWN = 0.85
# Words of an entry beyond these are not looked at; few names have so many.
MOST_ENTRY_WORDS = 16
EXACT_STEPS = np.uint8(EXACT * SCORE_STEPS)
# Longer words weigh no more than this many letters: length is not importance.
_HEAVIEST_WORD_LETTERS = 6
_NUMBER_WEIGHT = 2.0
# A bare number in front is mostly a quantity, a single letter at the end mostly a tax flag.
_DOUBTFUL_WEIGHT = 0.3
_INITIALS_STEPS = np.uint8(round(0.75 * SCORE_STEPS))


@dataclass(frozen=True, slots=True)
class Printed:
    """The lines' words as padded tables, lines x words."""

    word: Ints
    real: Flags
    weight: Array
    rarity: Array
    known: Array
    letters: Array
    is_word: Flags
    has_size: Flags


def printed_words(lines: Sequence[NormalText], printed: PrintedWords) -> Printed:
    """The lines' words, padded to the longest line."""
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
    return Printed(
        word=word,
        real=real,
        weight=weight,
        rarity=rarity[word] * np.minimum(weight, 1.0),
        known=known[word] / np.float32(SCORE_STEPS),
        letters=np.array([max(1, line.letters) for line in lines], dtype=np.float32),
        is_word=np.array([*(len(each) > 1 for each in printed.words), False], dtype=np.bool_)[word],
        has_size=np.array([not line.size.is_empty for line in lines], dtype=np.bool_),
    )


def word_table(printed: PrintedWords, words: int) -> Steps:
    """Printed words x catalog words; a row and a column of nothing at the end."""
    table = np.zeros((len(printed.words) + 1, words + 1), dtype=np.uint8)
    for row, reading in zip(table, printed.readings, strict=False):
        row[reading.word] = reading.score
        if reading.exact >= 0:
            row[reading.exact] = EXACT_STEPS
    return table


@dataclass(frozen=True, slots=True)
class Found:
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
class Aligned:
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


def found_words(candidates: Candidates, index: CatalogIndex) -> Found:
    """The words of all lines' candidates, one candidate behind another."""
    line = np.nonzero(candidates.entry >= 0)[0]
    entry = candidates.entry[candidates.entry >= 0]
    start = index.entries.word_start[entry]
    count = np.minimum(index.entries.word_start[entry + 1] - start, MOST_ENTRY_WORDS)
    place = np.arange(max(1, int(count.max(initial=1))))[:, None]
    real = place < count
    last = max(0, index.entries.word.size - 1)
    word = index.entries.word[np.minimum(start + place, last)].astype(np.intp)
    nothing = len(index.entries.words)
    return Found(
        line=line,
        entry=entry,
        word=np.where(real, word, nothing),
        real=real,
        is_brand=real & (place < index.entries.brand_words[entry]),
        rarity=index.word_rarity[word] * real,
    )


def align(scores: Steps, printed: Printed, found: Found, index: CatalogIndex) -> Aligned:
    """Initials (GV for Great Value) stand for the brand's words."""
    rows = printed.word.T[:, found.line]
    aligned = scores.ravel().take(rows[:, None, :] * scores.shape[1] + found.word[None, :, :])
    initials = index.entries.initials[found.entry].astype(np.intp)
    abbreviated = np.flatnonzero(initials != NO_WORD)
    if abbreviated.size:
        meant = scores[rows[:, abbreviated], initials[abbreviated]] == EXACT_STEPS
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
    return Aligned(
        covered=covered / np.float32(SCORE_STEPS),
        best=best,
        top=top,
        place=place,
        first=aligned[0, 0, :] / np.float32(SCORE_STEPS),
    )
