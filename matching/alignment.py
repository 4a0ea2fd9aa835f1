"""How well a printed word may stand for a catalog word: tills cut and thin words, engines misread them."""

from __future__ import annotations

from functools import lru_cache

from rapidfuzz.distance import OSA

from matching.text import skeleton

EXACT = 1.0
# Words that differ by more wrong, missing or swapped letters are other words, unless one shortens the other.
MOST_EDITS = 2
# Scores of the kinds of shortening, by how many letters the printed form keeps: the fewer, the more words
# it may stand for. Set by hand; the fitted weights rest on them.
_PREFIX_BY_LETTERS = (0.0, 0.35, 0.7, 0.85, 0.93)
_SKELETON_BY_LETTERS = (0.0, 0.0, 0.65, 0.88, 0.93)
_SKELETON_PREFIX_BY_LETTERS = (0.0, 0.0, 0.55, 0.8, 0.88)
_PLURAL = 0.92
_PLURAL_LETTERS = 2
_SUBSEQUENCE_BASE = 0.45
_SUBSEQUENCE_SPAN = 0.35
_ONE_EDIT = 0.85
_TWO_EDITS = 0.72
_ONE_EDIT_OF_PREFIX = 0.7
_ONE_EDIT_OF_SKELETON = 0.55
_ONE_EDIT_MIN_LETTERS = 4
_TWO_EDITS_MIN_LETTERS = 7
_PREFIX_EDIT_MIN_LETTERS = 5
_SUBSEQUENCE_MIN_LETTERS = 3
_CACHED_PAIRS = 400_000


def _by_letters(scores: tuple[float, ...], letters: int) -> float:
    return scores[min(letters, len(scores) - 1)]


def _is_subsequence(short: str, long: str) -> bool:
    letters = iter(long)
    return all(character in letters for character in short)


def _shortened(printed: str, word: str) -> float:
    """The printed form leaves out letters of the word, and begins alike."""
    if word.startswith(printed):
        return _by_letters(_PREFIX_BY_LETTERS, len(printed))
    if printed.startswith(word) and len(word) >= _ONE_EDIT_MIN_LETTERS:
        return _PLURAL if len(printed) - len(word) <= _PLURAL_LETTERS else 0.0
    bones, word_bones = skeleton(printed), skeleton(word)
    if bones == word_bones:
        return _by_letters(_SKELETON_BY_LETTERS, len(bones))
    if not _is_subsequence(printed, word):
        return 0.0
    best = 0.0
    if word_bones.startswith(bones):
        best = _by_letters(_SKELETON_PREFIX_BY_LETTERS, len(bones))
    if len(printed) >= _SUBSEQUENCE_MIN_LETTERS or printed[-1] == word[-1]:
        best = max(best, _SUBSEQUENCE_BASE + _SUBSEQUENCE_SPAN * len(printed) / len(word))
    return best


def _misread(printed: str, word: str) -> float:
    """The printed form differs by one or two wrong letters."""
    letters = len(printed)
    if letters < _ONE_EDIT_MIN_LETTERS or len(word) < _ONE_EDIT_MIN_LETTERS:
        return 0.0
    edits = OSA.distance(printed, word, processor=None, score_cutoff=MOST_EDITS)
    if edits <= 1:
        return _ONE_EDIT
    if edits == MOST_EDITS and letters >= _TWO_EDITS_MIN_LETTERS:
        return _TWO_EDITS
    if printed[0] != word[0]:
        return 0.0
    if letters >= _PREFIX_EDIT_MIN_LETTERS and OSA.distance(printed, word[:letters], score_cutoff=1) <= 1:
        return _ONE_EDIT_OF_PREFIX
    bones = skeleton(printed)
    if len(bones) >= _ONE_EDIT_MIN_LETTERS:
        word_bones = skeleton(word)[: len(bones)]
        if OSA.distance(bones, word_bones, processor=None, score_cutoff=1) <= 1:
            return _ONE_EDIT_OF_SKELETON
    return 0.0


@lru_cache(maxsize=_CACHED_PAIRS)
def word_score(printed: str, word: str) -> float:
    """0 to 1: how well `printed` stands for `word`. Words with digits must be equal: 93 is not 98."""
    if printed == word:
        return EXACT
    if not (printed.isalpha() and word.isalpha()):
        return 0.0
    shortened = _shortened(printed, word) if printed[0] == word[0] else 0.0
    return max(shortened, _misread(printed, word)) if shortened < _ONE_EDIT else shortened
