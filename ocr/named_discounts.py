"""Whose a discount is that names its item, and what in a discount's words is a name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ocr.drafts import Draft
from ocr.lexicon import Kind
from ocr.lines import Line, squash
from ocr.locales.vocabulary import EVERY_LANGUAGE
from ocr.works import Work

MIN_NAMING_LETTERS: Final = 4
"""Shorter words stand in too many names."""
MIN_GLUED_LETTERS: Final = 6
"""A word that long may stand for several of the name, or be cut off it."""
_TOKEN: Final = re.compile(r"[^\W\d_]{2,}")
_REDUCING: Final = ("discount", "discount_end", "savings", "saved")


def named_position(work: Work, drafts: Sequence[Draft], head: frozenset[str]) -> int | None:
    """Which item ``MFR CPN CHEERIOS -0.75`` is off: the last that its words name, where they name no other.

    A word of the page's `head` is the shop's own and names nothing.
    """
    if work.kind is not Kind.DISCOUNT and (work.value >= 0 or not _says_more(work, drafts)):
        return None
    words = [word for word in naming_words(work.line.label) if word not in head]
    named = [at for at, draft in enumerate(drafts) if draft.amount > 0 and _are_of(words, draft)]
    if not named or len({squash(drafts[at].description) for at in named}) > 1:
        return None
    able = [at for at in named if abs(work.value) <= drafts[at].net]
    return next((at for at in reversed(able) if not drafts[at].discount), able[-1] if able else None)


def _says_more(work: Work, drafts: Sequence[Draft]) -> bool:
    """Whether a row that no discount's word names says more than what goods: ``CPN CHEERIOS`` does.

    Goods that come back have their own number, count, and nothing but their name.
    """
    if work.parts.quantity is not None or work.parts.code is not None:
        return False
    known = {token for draft in drafts for token in _TOKEN.findall(draft.description.upper())}
    return any(token not in known for token in _TOKEN.findall(work.line.label.upper()))


def _are_of(words: Sequence[str], draft: Draft) -> bool:
    own, glued = set(_words(draft.description)), squash(draft.description)
    return bool(words) and all(
        word in own or (len(word) >= MIN_GLUED_LETTERS and word in glued) for word in words
    )


def naming_words(label: str) -> list[str]:
    """Words of a row, squashed, that say nothing of discounts."""
    return [word for word in _words(label) if not _says_reduction(word)]


def head_words(lines: Sequence[Line], start: int) -> frozenset[str]:
    """Words above the first item: of the shop's name and address."""
    return frozenset(word for line in lines[:start] for word in _words(line.text))


def _words(text: str) -> list[str]:
    found = (squash(token) for token in re.split(r"[^\w]+", text))
    return [word for word in found if len(word) >= MIN_NAMING_LETTERS and not word.isdigit()]


def _says_reduction(word: str) -> bool:
    return any(EVERY_LANGUAGE[topic].covered(word) == len(word) for topic in _REDUCING)


def with_goods(works: Sequence[Work], chosen: frozenset[int]) -> None:
    """Where discounts carry their minus, ``MEAL DEAL SANDWICH 3.25`` without one is sold.

    `chosen` are rows that are read as discounts whatever they say.
    """
    off = [work for work in works if work.kind is Kind.DISCOUNT and work.line.index not in chosen]
    if not any(work.value < 0 for work in off):
        return
    for work in off:
        if work.value > 0 and work.parts.has_name and naming_words(work.line.label):
            work.kind = Kind.PLAIN
