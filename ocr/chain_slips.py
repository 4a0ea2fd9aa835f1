"""Whether what was read is a chain's name with a slip of the engine, or the name of another shop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA, Levenshtein

from ocr.directory import Chain, Directory, fold_joined, fold_words, shape_of

MIN_SLIP_LETTERS: Final = 6
"""From here a title may be one slip away from a chain's name; below, it is another word."""
MIN_SLIPS_LETTERS: Final = 9
"""From here it may be two; so may a word of it."""
MIN_SLIP_WORD: Final = 5
"""From here a word of a name may have a slip; shorter ones are other words (``Mart``, ``Fare``, ``Star``).
Of 214 names that the directory does not have, 20 of other shops were taken for a chain's before words were
looked at; now two are, both of one word."""
MOST_ALIKE: Final = 5


def slips(name: str) -> int:
    """How many slips a name of this length may have before it is another name."""
    return (len(name) >= MIN_SLIP_LETTERS) + (len(name) >= MIN_SLIPS_LETTERS)


def alike(text: str, directory: Directory) -> tuple[Chain, ...]:
    """Chains whose name has the text's shape, or one a slip or two away from it."""
    shape = shape_of(fold_joined(text))
    if len(shape) < MIN_SLIP_LETTERS or shape in directory.shapes:
        return directory.shapes.get(shape, ())
    near = process.extract(
        shape,
        directory.shapes.keys(),
        scorer=OSA.distance,
        processor=None,
        score_cutoff=slips(shape),
        limit=MOST_ALIKE,
    )
    for name, distance, _ in near:
        if distance > slips(name):
            continue
        if chains := tuple(chain for chain in directory.shapes[name] if _misread(text, name, chain)):
            return chains
    return ()


def _misread(text: str, name: str, chain: Chain) -> bool:
    """Whether the text may be the chain's name, whose shape is `name`.

    Engines slip within words and lose blanks. A text that lacks one of the name's words, has more words, or
    another short word, is somebody else's: "City Market" is no K-Citymarket, "Spar Market" no Star Market.
    """
    spelt = [words for words in map(fold_words, chain.names) if shape_of("".join(words)) == name]
    return any(len(fold_words(text)) <= len(words) and _within_words(text, words) for words in spelt)


def _within_words(text: str, words: Sequence[str]) -> bool:
    """Whether no word of a name has more slips than a word of its length may have."""
    shapes = [shape_of(word) for word in words]
    places = [place for place, shape in enumerate(shapes) for _ in shape]
    edits = Levenshtein.editops("".join(shapes), shape_of(fold_joined(text)), processor=None)
    found = Counter(places[min(edit.src_pos, len(places) - 1)] for edit in edits)
    return all(count <= _slips_of_word(shapes[place]) for place, count in found.items())


def _slips_of_word(word: str) -> int:
    return (len(word) >= MIN_SLIP_WORD) + (len(word) >= MIN_SLIPS_LETTERS)
