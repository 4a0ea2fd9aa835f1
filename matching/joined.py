"""Words that a till printed without spaces: ``LEMONLOAFCAKE`` taken apart by the catalog's own words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from matching.alignment import LETTERS_KEPT, Spelling
from matching.arrays import Int64s, Lookup

# Shorter print is one word, however strange; longer is cut before it is looked at.
FEWEST_JOINED_LETTERS = 7
_MOST_JOINED_LETTERS = 32
_SHORTEST_PIECE = 3
# A word cut short must keep this much to be known in the middle of others.
_SHORTEST_CUT = 4
# What a letter of a piece is worth: of a whole word, of one without its vowels, of one cut short, of both.
# Set by hand: a whole word must win against two halves of others.
_WORTH = np.array((1.0, 0.85, 0.7, 0.6), dtype=np.float64)
_WHOLE, _BONES, _CUT, _CUT_BONES = range(4)
_PIECE_COST = 1.4
_UNKNOWN_LETTER_COST = 0.7
# Of the letters, the share that known words must explain, and how many known words there must be.
_LEAST_EXPLAINED = 0.75
_FEWEST_PIECES = 2
# One of them must be a whole word of so many letters: CHAMPIGNON is not CHAMOMILE, PIGNOLI and ONION.
_ANCHOR_LETTERS = 4
# An odd number without a pattern; sums of its powers tell letters and their places apart.
_BASE = 0x9E37_79B9_7F4A_7C15
_MASK = (1 << 64) - 1
_POWERS = np.array([pow(_BASE, place, 1 << 64) for place in range(LETTERS_KEPT)], dtype=np.uint64)

Hashes = npt.NDArray[np.uint64]


def _beginnings(letters: npt.NDArray[np.uint16]) -> Hashes:
    """A key for each beginning of each row of letters: rows x lengths."""
    codes = letters.astype(np.uint64) * np.uint64(_BASE >> 3 | 1) + np.uint64(1)
    return np.cumsum(codes * _POWERS[: letters.shape[1]], axis=1, dtype=np.uint64)


def _as_keys(hashes: Hashes, lengths: npt.NDArray[np.integer]) -> Int64s:
    mixed = (hashes ^ (hashes >> np.uint64(29))) + lengths.astype(np.uint64)
    return (mixed >> np.uint64(1)).astype(np.int64)


def pieces_of(spelling: Spelling) -> Lookup:
    """What may stand in joined print for a word of the catalog, and which kind of piece it is."""
    rows = np.flatnonzero(spelling.is_alpha & (spelling.length >= _SHORTEST_PIECE))
    keys: list[Int64s] = []
    kinds: list[npt.NDArray[np.int32]] = []
    for letters, lengths, whole, cut in (
        (spelling.letters[rows], spelling.length[rows], _WHOLE, _CUT),
        (spelling.bones[rows], spelling.bones_length[rows], _BONES, _CUT_BONES),
    ):
        hashes = _beginnings(letters)
        for length in range(_SHORTEST_PIECE, LETTERS_KEPT + 1):
            for kind, which in ((whole, lengths == length), (cut, lengths > length)):
                if kind == cut and length < _SHORTEST_CUT:
                    continue
                found = np.unique(_as_keys(hashes[which, length - 1], np.full(int(which.sum()), length)))
                keys.append(found)
                kinds.append(np.full(found.size, kind, dtype=np.int32))
    if not keys:
        return Lookup.of(np.zeros(0, dtype=np.int64))
    listed = Lookup.of(np.concatenate(keys), np.concatenate(kinds))
    first = np.concatenate([[True], listed.keys[1:] != listed.keys[:-1]])[: listed.keys.size]
    return Lookup(keys=listed.keys[first], rows=listed.rows[first])


def taken_apart(words: Sequence[str], pieces: Lookup) -> list[tuple[str, ...]]:
    """The parts of each word of capitals; the word alone where the catalog's words do not explain it."""
    cut = [word[:_MOST_JOINED_LETTERS] for word in words]
    spans: list[npt.NDArray[np.intp]] = []
    keys: list[Int64s] = []
    for word in cut:
        span, key = _spans(word)
        spans.append(span)
        keys.append(key)
    kinds = pieces.find_all(np.concatenate(keys)) if keys else np.zeros(0, dtype=np.int64)
    found: list[tuple[str, ...]] = []
    start = 0
    for word, span in zip(cut, spans, strict=True):
        found.append(_best_parts(word, span, kinds[start : start + len(span)]))
        start += len(span)
    return found


def _spans(word: str) -> tuple[npt.NDArray[np.intp], Int64s]:
    """First and last place of each part of the word that may be a piece, and its key."""
    codes = np.frombuffer(word.encode("utf-16-le", "surrogatepass"), dtype="<u2")
    # Letters beyond the end are of no part: their spans are left out below.
    padded = np.concatenate([codes, np.zeros(LETTERS_KEPT, dtype=codes.dtype)])
    hashes = _beginnings(np.lib.stride_tricks.sliding_window_view(padded, LETTERS_KEPT)[: codes.size])
    first, length = np.meshgrid(np.arange(codes.size), np.arange(1, LETTERS_KEPT + 1), indexing="ij")
    inside = (length >= _SHORTEST_PIECE) & (first + length <= codes.size)
    span = np.stack([first[inside], (first + length)[inside]], axis=1)
    return span, _as_keys(hashes[inside], length[inside])


def _best_parts(word: str, spans: npt.NDArray[np.intp], kinds: Int64s) -> tuple[str, ...]:
    """The parts that explain most; a part that is no piece lies between two that are."""
    known = kinds >= 0
    ending: dict[int, list[tuple[int, float]]] = {}
    anchors: set[tuple[int, int]] = set()
    for (first, last), kind in zip(spans[known].tolist(), kinds[known].tolist(), strict=True):
        ending.setdefault(last, []).append((first, (last - first) * float(_WORTH[kind]) - _PIECE_COST))
        if kind == _WHOLE and last - first >= _ANCHOR_LETTERS:
            anchors.add((first, last))
    if not anchors:
        return (word,)
    best, came = [0.0], [0]
    for last in range(1, len(word) + 1):
        value, place = best[last - 1] - _UNKNOWN_LETTER_COST, last - 1
        for first, worth in ending.get(last, ()):
            if best[first] + worth > value:
                value, place = best[first] + worth, first
        best.append(value)
        came.append(place)
    parts: list[str] = []
    explained, pieces, last, unknown, is_anchored = 0, 0, len(word), "", False
    while last > 0:
        first = came[last]
        if last - first == 1:
            unknown = word[first] + unknown
        else:
            parts += [unknown] if unknown else []
            parts.append(word[first:last])
            explained, pieces, unknown = explained + last - first, pieces + 1, ""
            is_anchored |= (first, last) in anchors
        last = first
    parts += [unknown] if unknown else []
    if not is_anchored or pieces < _FEWEST_PIECES or explained < _LEAST_EXPLAINED * len(word):
        return (word,)
    return tuple(reversed(parts))
