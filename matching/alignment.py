"""How well a printed word may stand for a catalog word: tills cut and thin words, engines misread them.

Many pairs are scored in one call: a word is a row of its first letters, and a rule compares whole columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from matching.confusions import CONFUSIONS, OTHER_LETTER
from matching.text import skeleton

EXACT = 1.0
# Letters kept of a word; what lies beyond tells few words apart.
LETTERS_KEPT = 16
# Scores of the kinds of shortening, by how many letters the printed form keeps: the fewer, the more words
# it may stand for. Set by hand; the fitted weights rest on them.
_PREFIX_BY_LETTERS = np.array((0.0, 0.35, 0.7, 0.85, 0.93), dtype=np.float32)
_SKELETON_BY_LETTERS = np.array((0.0, 0.0, 0.65, 0.88, 0.93), dtype=np.float32)
_SKELETON_PREFIX_BY_LETTERS = np.array((0.0, 0.0, 0.55, 0.8, 0.88), dtype=np.float32)
_PLURAL = 0.92
_PLURAL_LETTERS = 2
_SUBSEQUENCE_BASE = 0.45
_SUBSEQUENCE_SPAN = 0.35
_ONE_EDIT = 0.85
# One wrong letter that engines often take for the right one is worth this much more (`confusions.toml`).
_CONFUSED_MORE = 0.06
_TWO_EDITS = 0.72
_ONE_EDIT_OF_PREFIX = 0.7
_ONE_EDIT_OF_SKELETON = 0.55
_ONE_EDIT_MIN_LETTERS = 4
_TWO_EDITS_MIN_LETTERS = 7
_PREFIX_EDIT_MIN_LETTERS = 5
_SUBSEQUENCE_MIN_LETTERS = 3

Letters = npt.NDArray[np.uint16]
Counts = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
Scores = npt.NDArray[np.float32]
# Two rows of letters compared: a bit a place, the first letter's highest, set where they differ.
Differences = npt.NDArray[np.uint16]


def _bit_tables() -> tuple[npt.NDArray[np.int16], npt.NDArray[np.int16], npt.NDArray[np.uint16]]:
    """By differences: equal letters before the first one, and how many there are; by length: its bits."""
    codes = np.arange(1 << LETTERS_KEPT, dtype=np.uint32)
    equal = LETTERS_KEPT - np.ceil(np.log2(codes + 1.0)).astype(np.int16)
    masks = [((1 << length) - 1) << (LETTERS_KEPT - length) for length in range(LETTERS_KEPT + 1)]
    return equal, np.bitwise_count(codes).astype(np.int16), np.array(masks, dtype=np.uint16)


_EQUAL_BEFORE, _DIFFERING, _FIRST_BITS = _bit_tables()


@dataclass(frozen=True, slots=True)
class Spelling:
    """Words as arrays, a row each.

    Attributes:
        letters: the first `LETTERS_KEPT` UTF-16 units, zeros after the end.
        ending: the same from the word's end backwards.
        bones: the same of its consonant skeleton.
        length: letters kept, at most `LETTERS_KEPT`; `bones_length` likewise.
        is_alpha: letters only. Words with digits must be equal: 93 is not 98.
    """

    letters: Letters
    ending: Letters
    bones: Letters
    length: Counts
    bones_length: Counts
    is_alpha: Flags

    @classmethod
    def of(cls, words: Sequence[str]) -> Spelling:
        """Of words of at least one letter."""
        bones = [skeleton(word) for word in words]
        return cls(
            letters=_rows(words),
            ending=_rows([word[LETTERS_KEPT - 1 :: -1] for word in words]),
            bones=_rows(bones),
            length=_lengths(words),
            bones_length=_lengths(bones),
            is_alpha=np.fromiter((word.isalpha() for word in words), dtype=np.bool_, count=len(words)),
        )

    def take(self, rows: npt.NDArray[np.integer]) -> Spelling:
        """These rows."""
        return Spelling(*(getattr(self, field.name).take(rows, axis=0) for field in fields(self)))


def _rows(words: Sequence[str]) -> Letters:
    width = 2 * LETTERS_KEPT
    data = b"".join(word.encode("utf-16-le", "surrogatepass")[:width].ljust(width, b"\0") for word in words)
    return np.frombuffer(data, dtype="<u2").reshape(-1, LETTERS_KEPT)


def _lengths(words: Sequence[str]) -> Counts:
    return np.fromiter((min(len(word), LETTERS_KEPT) for word in words), dtype=np.uint8, count=len(words))


def _by_letters(scores: Scores, letters: Counts) -> Scores:
    return scores[np.minimum(letters, scores.size - 1)]


def _differences(one: Letters, other: Letters) -> Differences:
    packed = np.packbits(one != other, axis=1)
    first, last = packed[:, 0].astype(np.uint16), packed[:, 1]
    return np.asarray((first << 8) | last, dtype=np.uint16)


def _is_subsequence(short: Spelling, long: Spelling) -> Flags:
    place = np.zeros(short.length.size, dtype=np.intp)
    # A spare place behind each row, which no letter equals.
    padded = np.zeros((short.length.size, LETTERS_KEPT + 1), dtype=np.uint16)
    padded[:, :LETTERS_KEPT] = short.letters
    flat, offset = padded.ravel(), np.arange(short.length.size) * (LETTERS_KEPT + 1)
    columns = long.letters.T.copy()
    for column in range(int(long.length.max(initial=0))):
        place += (flat.take(offset + place) == columns[column]) & (columns[column] != 0)
    answer: Flags = place >= short.length
    return answer


def _shortened(printed: Spelling, word: Spelling, shared: npt.NDArray[np.int16]) -> Scores:
    """The printed form leaves out letters of the word. Both begin alike."""
    letters = printed.length
    whole = shared >= letters
    ended = (shared >= word.length) & (word.length >= _ONE_EDIT_MIN_LETTERS)
    plural = ended & (letters - word.length.astype(np.int16) <= _PLURAL_LETTERS)
    bones_shared = _EQUAL_BEFORE[_differences(printed.bones, word.bones)]
    same_bones = (printed.bones_length == word.bones_length) & (bones_shared >= printed.bones_length)
    scores = np.zeros(letters.size, dtype=np.float32)
    open_ = np.flatnonzero(~whole & ~ended & ~same_bones & (letters <= word.length))
    few, many = printed.take(open_), word.take(open_)
    subsequence = _is_subsequence(few, many)
    last = few.ending[:, 0] == many.ending[:, 0]
    spread = subsequence & ((few.length >= _SUBSEQUENCE_MIN_LETTERS) | last)
    ratio = few.length / np.maximum(many.length, 1)
    found = np.where(spread, _SUBSEQUENCE_BASE + _SUBSEQUENCE_SPAN * ratio, 0.0)
    bones_prefix = subsequence & (bones_shared[open_] >= few.bones_length)
    prefix = _by_letters(_SKELETON_PREFIX_BY_LETTERS, few.bones_length)
    scores[open_] = np.where(bones_prefix, np.maximum(found, prefix), found)
    scores = np.where(same_bones, _by_letters(_SKELETON_BY_LETTERS, printed.bones_length), scores)
    scores = np.where(ended, np.where(plural, np.float32(_PLURAL), np.float32(0.0)), scores)
    return np.where(whole, _by_letters(_PREFIX_BY_LETTERS, letters), scores).astype(np.float32)


def _misread(
    printed: Spelling, word: Spelling, differences: Differences, shared: npt.NDArray[np.int16]
) -> Scores:
    """The printed form differs by one or two wrong, missing or swapped letters."""
    shorter = np.minimum(printed.length, word.length).astype(np.int16)
    longer = np.maximum(printed.length, word.length).astype(np.int16)
    begin = np.minimum(shared, shorter)
    end = np.minimum(_EQUAL_BEFORE[_differences(printed.ending, word.ending)], shorter - begin)
    # What is left between the common ends: one letter is one edit, two are two, or one if they are swapped.
    left = longer - begin - end
    same_length = shorter == longer
    at, row = np.minimum(shared, LETTERS_KEPT - 2).astype(np.intp), np.arange(shared.size)
    swapped = (
        (left == 2)  # noqa: PLR2004
        & same_length
        & (printed.letters[row, at] == word.letters[row, at + 1])
        & (printed.letters[row, at + 1] == word.letters[row, at])
    )
    one = (left <= 1) | swapped
    two = (left == 2) | (same_length & (_DIFFERING[differences] == 2))  # noqa: PLR2004
    confused = _CONFUSED_MORE * _confusion(printed, word, differences)
    scores = np.where(one, _ONE_EDIT + confused, 0.0)
    scores = np.where(~one & two & (printed.length >= _TWO_EDITS_MIN_LETTERS), _TWO_EDITS, scores)
    begins_alike = (scores == 0.0) & (shared > 0)
    cut = begins_alike & (printed.length >= _PREFIX_EDIT_MIN_LETTERS) & (printed.length <= word.length)
    cut &= _DIFFERING[differences & _FIRST_BITS[printed.length]] <= 1
    bones = begins_alike & ~cut & (printed.bones_length >= _ONE_EDIT_MIN_LETTERS)
    bones &= printed.bones_length <= word.bones_length
    bones &= _DIFFERING[_differences(printed.bones, word.bones) & _FIRST_BITS[printed.bones_length]] <= 1
    scores = np.where(cut, _ONE_EDIT_OF_PREFIX, scores)
    return np.where(bones, _ONE_EDIT_OF_SKELETON, scores).astype(np.float32)


def is_beginning(short: Spelling, long: Spelling) -> Flags:
    """Row by row: the one is how the other begins, or both are the same."""
    shared = _EQUAL_BEFORE[_differences(short.letters, long.letters)]
    answer: Flags = (shared >= short.length) & (short.length <= long.length)
    return answer


def leaves_letters_out(printed: Spelling, word: Spelling) -> Flags:
    """Row by row: the printed form is the word with letters left out, or the word with an ending more.

    Anything else that aligns is the word misread, or another word that looks like it (LIGHT and NIGHT).
    """
    more = printed.length.astype(np.int16) - word.length
    ending = is_beginning(word, printed) & (more <= _PLURAL_LETTERS)
    kept = (more <= 0) & _is_subsequence(printed, word)
    answer: Flags = ending | kept | is_beginning(printed, word)
    return answer


def is_misread_letter(printed: Spelling, word: Spelling) -> Flags:
    """Row by row: one letter differs, and engines take the one for the other."""
    differences = _differences(printed.letters, word.letters)
    answer: Flags = _confusion(printed, word, differences) > 0.0
    return answer


def _confusion(printed: Spelling, word: Spelling, differences: Differences) -> Scores:
    """Row by row, where one letter differs: how readily an engine takes the one for the other; else 0."""
    at = np.minimum(_EQUAL_BEFORE[differences], LETTERS_KEPT - 1).astype(np.intp)
    row = np.arange(at.size)
    one = (_DIFFERING[differences] == 1) & (printed.length == word.length)
    mine, its = (np.minimum(letters[row, at], OTHER_LETTER) for letters in (printed.letters, word.letters))
    return np.where(one, CONFUSIONS[mine, its], np.float32(0.0))


def pair_scores(
    printed: Spelling,
    printed_row: npt.NDArray[np.integer],
    word: Spelling,
    word_row: npt.NDArray[np.integer],
) -> Scores:
    """0 to 1 for each pair of rows: how well the printed word stands for the other."""
    mine, its = printed.length[printed_row], word.length[word_row]
    differences = _differences(printed.letters.take(printed_row, axis=0), word.letters.take(word_row, axis=0))
    shared = _EQUAL_BEFORE[differences]
    scores: Scores = (differences == 0).astype(np.float32)
    alpha = printed.is_alpha[printed_row] & word.is_alpha[word_row] & (differences != 0)
    near = np.flatnonzero(alpha & (shared > 0))
    if near.size:
        scores[near] = _shortened(printed.take(printed_row[near]), word.take(word_row[near]), shared[near])
    # Beginnings that differ are worth a look only where the lengths nearly agree.
    apart = np.abs(mine.astype(np.int16) - its)
    open_ = alpha & (scores < _ONE_EDIT) & (np.minimum(mine, its) >= _ONE_EDIT_MIN_LETTERS)
    far = np.flatnonzero(open_ & ((shared > 0) | (apart <= 1)))
    if far.size:
        own, other = printed.take(printed_row[far]), word.take(word_row[far])
        scores[far] = np.maximum(scores[far], _misread(own, other, differences[far], shared[far]))
    return scores


def word_score(printed: str, word: str) -> float:
    """The same for one pair of words."""
    row = np.zeros(1, dtype=np.intp)
    return float(pair_scores(Spelling.of([printed]), row, Spelling.of([word]), row)[0])
