"""Words looked for at the start of a squashed label or anywhere in it; many cost no more time than few."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

HEAD: Final = 2
"""Letters that the index goes by; no word may be shorter."""


class WordSet:
    """Squashed words (`ocr.lines.squash`), found longest first: SUBTOTAL is not taken for SUB."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words: Final = frozenset(words)
        index: dict[str, list[str]] = {}
        for word in self.words:
            index.setdefault(word[:HEAD], []).append(word)
        self._index: Final = {
            head: tuple(sorted(found, key=lambda word: (-len(word), word))) for head, found in index.items()
        }

    def __contains__(self, word: str) -> bool:
        return word in self.words

    def start(self, label: str, at: int = 0) -> str:
        """The longest word that the label begins with from `at`; empty if none does."""
        for word in self._index.get(label[at : at + HEAD], ()):
            if label.startswith(word, at):
                return word
        return ""

    def find(self, label: str) -> tuple[int, str] | None:
        """The first word in the label, the longest where several begin, with its place."""
        index = self._index
        for at in range(len(label) - HEAD + 1):
            for word in index.get(label[at : at + HEAD], ()):
                if label.startswith(word, at):
                    return at, word
        return None

    def holds(self, label: str) -> bool:
        """Whether any of the words stands in the label."""
        return self.find(label) is not None

    def end(self, label: str) -> str:
        """The longest word that the label ends with; empty if none does."""
        return next((label[at:] for at in range(len(label) - HEAD + 1) if label[at:] in self.words), "")

    def all_in(self, label: str) -> Iterator[tuple[int, str]]:
        """Words in the label that do not overlap, from left to right, each with its place."""
        at = 0
        while at <= len(label) - HEAD:
            word = self.start(label, at)
            if word:
                yield at, word
                at += len(word)
            else:
                at += 1

    def covered(self, letters: str) -> int:
        """How many of the letters belong to words of the set."""
        return sum(len(word) for _, word in self.all_in(letters))
