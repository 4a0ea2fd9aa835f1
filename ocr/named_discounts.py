"""Whose a discount is that names its item, and what in a discount's words is a name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from typing import Final

from ocr.drafts import Draft
from ocr.lexicon import Kind
from ocr.lines import Line, squash
from ocr.locales.vocabulary import EVERY_LANGUAGE
from ocr.sums import Sums
from ocr.works import Work

MIN_NAMING_LETTERS: Final = 4
"""Shorter words stand in too many names."""
MIN_GLUED_LETTERS: Final = 6
"""A word that long may stand for several of the name, or be cut off it."""
MAX_MARK_LETTERS: Final = 2
"""Of a shop's own brand, glued before a name."""
_APART: Final = re.compile(r"[^\w]+")
_TOKEN: Final = re.compile(r"[^\W\d_]{2,}")
_REDUCING: Final = ("discount", "discount_end", "savings", "saved")


def named_position(work: Work, drafts: Sequence[Draft], head: frozenset[str]) -> int | None:
    """Which item ``MFR CPN CHEERIOS -0.75`` is off: the last that its words name, where they name no other.

    A word of the page's `head` is the shop's own and names nothing.
    """
    if work.kind is not Kind.DISCOUNT and (work.value >= 0 or not _says_more(work, drafts)):
        return None
    words = [word for word in naming_words(work.line.label) if word not in head]
    return _position(words, work.value, drafts)


def with_late(drafts: Sequence[Draft], sums: Sums, lines: Sequence[Line], *, closes: bool) -> list[Draft]:
    """The goods among the drafts, with what a row below the subtotal takes off one of them that it names.

    ``SUBTOTAAL 20,53``, ``BONUS PINDAKAAS -1,00``: tills that list the goods at their full price and what was
    saved on each below the sum. Only where the page's sums close, so that the row is taken off once.
    """
    out = [draft for draft in drafts if not draft.whole_basket]
    sum_row = min((entry.line.index for entry in sums.of(Kind.SUBTOTAL)), default=None)
    if not closes or not out or sum_row is None:
        return out
    taken = {line.index for draft in out for line in draft.lines}
    head = head_words(lines, min(taken))
    for entry in sums.of(Kind.DISCOUNT):
        if entry.line.index < sum_row or entry.line.index in taken:
            continue
        words = [word for word in naming_words(entry.line.label) if word not in head]
        if (at := _position(words, entry.value, out)) is not None:
            more = out[at].discount + abs(entry.value)
            out[at] = replace(out[at], discount=more, lines=(*out[at].lines, entry.line))
    return out


def _position(words: Sequence[str], value: Decimal, drafts: Sequence[Draft]) -> int | None:
    named = [at for at, draft in enumerate(drafts) if draft.amount > 0 and _are_of(words, draft)]
    if not named or len({squash(drafts[at].description) for at in named}) > 1:
        return None
    able = [at for at in named if abs(value) <= drafts[at].net]
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
    if not words:
        return False
    own, glued, joined = _words(draft.description), squash(draft.description), "".join(words)
    if len(joined) >= MIN_GLUED_LETTERS and joined in glued:
        return True  # ``DEKOFFIE SNEL`` of DE KOFFIE SNELFILT
    if len(glued) > MIN_NAMING_LETTERS and joined[-len(glued) :] == glued:
        return len(joined) <= len(glued) + MAX_MARK_LETTERS  # ``AHKWARK`` of KWARK
    return all(word in own or (len(word) >= MIN_GLUED_LETTERS and word in glued) for word in words)


def naming_words(label: str) -> list[str]:
    """Words of a row, squashed, that say nothing of discounts."""
    return [word for word in _words(label) if not _says_reduction(word)]


def head_words(lines: Sequence[Line], start: int) -> frozenset[str]:
    """Words above the first item: of the shop's name and address."""
    return frozenset(word for line in lines[:start] for word in _words(line.text))


@lru_cache(maxsize=4096)
def _words(text: str) -> tuple[str, ...]:
    """Kept, for every discount is held against every item."""
    found = (squash(token) for token in _APART.split(text))
    return tuple(word for word in found if len(word) >= MIN_NAMING_LETTERS and not word.isdigit())


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
