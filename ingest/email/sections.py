"""A body by who wrote it: its own words, and mails quoted in it, each without the small print below.

A mail's text often holds more than one mail. An answer quotes what it answers, below it or above it; a shop's
mail may end with a question that it answers; a member may answer the shop's mail and only change the
recipient, so that the receipt stands in the quote alone. Which of them is the receipt is for the reader to
try, in the order given here: own words first, then what they quote, level by level.

Quotes are known by their marks (``>``), by containers of mail programs, by the line ``On ... X wrote:`` and
by a block of header lines, in all the languages that forwards are known in.

Small print is a signature, or what a program, firm or shop adds below: it begins at ``--``, or at a line that
says so (`footer_words`), below a row with an amount. At most `MAX_AMOUNTS_BELOW` rows with amounts may
follow: below a rule of a receipt there are more. A line such as ``Sent from my phone`` is left out by itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Final

from ingest.email.amounts import has_amount
from ingest.email.footer_words import CAPITAL, CONFIDENTIAL, LEAVE_THE_LIST, NO_ANSWER, WHY_YOU_GOT_IT
from ingest.email.forward_address import Person
from ingest.email.forward_attribution import attribution_at
from ingest.email.forward_blocks import block_at
from ingest.email.forward_lines import Line, is_small_talk, lines_of, unquote

MAX_AMOUNTS_BELOW: Final = 2
"""Rows with amounts in small print: a firm's capital, an offer. A receipt has an item, a tax and a total."""
MAX_LEVELS: Final = 4
"""Of quotes in quotes that are told apart; older ones are left out."""
MOST_LINES: Final = 3_000
"""Looked through; a body with more is taken as it is."""
_MOST_SENTENCES: Final = 200
"""That end in a colon and are taken apart; each takes up to a millisecond."""
_SHORTEST_RUN: Final = 2
"""Lines with marks of quoting in a row; a single one is a bullet."""
_LONGEST_SMALL_TALK: Final = 90
_LONGEST_PHRASE_AT: Final = 400
"""Characters of a line in which small print has to begin."""

_SIGNATURE: Final = re.compile(r"(?:--|—|__)\s?")
"""Alone on its line (RFC 3676); some programs make one dash or a rule of it."""


@dataclass(frozen=True, slots=True)
class Level:
    """Which lines one writer wrote.

    Attributes:
        lines: indexes into the body's lines, small print among them.
        footer: those of them that are small print.
        sender: whom the line above a quote names; None for own words, and where it names nobody.
        quoted: they stand in a quote, even if nobody wrote a word around it.
    """

    lines: tuple[int, ...]
    footer: frozenset[int]
    sender: Person | None = None
    date: datetime | None = None
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """One writer's words.

    Attributes:
        body: without small print, as text or HTML, whichever was given.
        whole: with it.
        sender: whom the line above a quote names; None for own words, and where it names nobody.
        words: length of the body's own text, in characters.
        quoted: they stand in a quote, even if nobody wrote a word around it.
        hidden: the small print alone, if there is an amount in it.
        small_print: its words, in any case.
    """

    body: str
    whole: str
    sender: Person | None
    date: datetime | None
    words: int
    quoted: bool = False
    hidden: str = ""
    small_print: str = ""


def sections_of_text(text: str) -> tuple[Section, ...]:
    """A plain text by who wrote it: own words first. Never empty; what nobody else wrote is one section."""
    lines = lines_of(text)
    levels = levels_of(lines)
    if is_one(levels):
        only = levels[0]
        return (Section(text, text, only.sender, only.date, len(text), only.quoted),)
    return tuple(_section(lines, level) for level in levels)


def _section(lines: Sequence[Line], level: Level) -> Section:
    marks = min((lines[at].quote for at in level.lines if lines[at].text), default=0)
    body = [unquote(lines[at], marks) for at in level.lines if at not in level.footer]
    whole = [unquote(lines[at], marks) for at in level.lines]
    words = sum(len(lines[at].text) for at in level.lines if at not in level.footer)
    hidden = [unquote(lines[at], marks) for at in level.lines if at in level.footer]
    return Section(
        body="\n".join(body),
        whole="\n".join(whole),
        sender=level.sender,
        date=level.date,
        words=words,
        quoted=level.quoted,
        hidden="\n".join(hidden) if hides_amounts(lines, level) else "",
        small_print=small_print(lines, level),
    )


def small_print(lines: Sequence[Line], level: Level) -> str:
    """The words of the small print, line by line."""
    return "\n".join(lines[at].text for at in sorted(level.footer))


def hides_amounts(lines: Sequence[Line], level: Level) -> bool:
    """Whether there is an amount in the small print."""
    return any(has_amount(lines[at].text) for at in level.footer)


def is_one(levels: Sequence[Level]) -> bool:
    """Whether nothing is quoted and nothing is small print."""
    return len(levels) == 1 and not levels[0].footer


def levels_of(lines: Sequence[Line], *, marks_are_sure: bool = False) -> tuple[Level, ...]:
    """The lines by who wrote them, own words first; lines that only introduce a quote are nobody's.

    `marks_are_sure` where a program's containers tell what is quoted; a ``>`` may be a bullet.
    """
    if len(lines) > MOST_LINES:
        return (Level(tuple(range(len(lines))), frozenset()),)
    marked = _Marking(lines, marks_are_sure=marks_are_sure).done()
    least = min((level for level in marked.levels if level is not None), default=0)
    found: dict[int, list[int]] = {}
    for at, level in enumerate(marked.levels):
        if level is not None:
            found.setdefault(level - least, []).append(at)
    made = [
        Level(tuple(at), _footer(lines, at), *marked.told.get(level + least, (None, None)), level + least > 0)
        for level, at in sorted(found.items())
        if level < MAX_LEVELS and any(lines[each].text for each in at)
    ]
    if not made:
        return (Level(tuple(range(len(lines))), frozenset()),)
    if least == 0:
        made[0] = replace(made[0], sender=None, date=None)
    return tuple(made)


class _Marking:
    """Gives each line a level: 0 own words, 1 a quote, 2 a quote in it; None for a line above a quote."""

    def __init__(self, lines: Sequence[Line], *, marks_are_sure: bool) -> None:
        self.lines = lines
        self.sure = marks_are_sure
        self.levels: list[int | None] = []
        self.told: dict[int, tuple[Person | None, datetime | None]] = {}
        self.unmarked = 0
        """Quotes without marks that we are in; they go on to the end."""
        self.sentences = 0

    def done(self) -> _Marking:
        at = 0
        while at < len(self.lines):
            at = self._introduced(at) or self._plain(at)
        return self

    def _plain(self, at: int) -> int:
        line = self.lines[at]
        if not line.text:
            self.levels.append(self.levels[-1] if self.levels else 0)
        elif line.quote and not self._quoted(at):
            self.levels.append(self.unmarked)
        else:
            self.levels.append(line.quote + self.unmarked)
        return at + 1

    def _quoted(self, at: int) -> bool:
        """Whether a marked line stands with others, or right below the line that introduces a quote."""
        around = self.lines[max(0, at - 1) : at + _SHORTEST_RUN]
        introduced = bool(self.levels) and self.levels[-1] is None
        return self.sure or introduced or sum(each.quote > 0 for each in around) >= _SHORTEST_RUN

    def _introduced(self, at: int) -> int | None:
        """Behind the lines that introduce a quote here; None where none do."""
        line = self.lines[at]
        if not line.text:
            return None
        if (block := block_at(self.lines, at)) is not None:
            self.unmarked += 1
            for above in range(block.first, at):  # "-----Original Message-----" stands above it
                self.levels[above] = None
            return self._enter(at, block.body, block.header.sender, block.header.date)
        self.sentences += line.text.endswith((":", "："))
        told = attribution_at(self.lines, at) if self.sentences <= _MOST_SENTENCES else None
        if told is None:
            return None
        below = next((each for each in self.lines[told.end :] if each.text), None)
        if below is None:
            return None
        if below.quote <= line.quote:
            if not told.wrote:
                return None
            self.unmarked += 1
        return self._enter(at, told.end, told.sender, told.date)

    def _enter(self, at: int, end: int, sender: Person, date: datetime | None) -> int:
        self.levels += [None] * (end - at)
        below = next((each.quote for each in self.lines[end:] if each.text), 0)
        self.told.setdefault(below + self.unmarked, (sender, date))
        return end


def _footer(lines: Sequence[Line], places: Sequence[int]) -> frozenset[int]:
    """Which of one writer's lines are small print."""
    amounts = [has_amount(lines[at].text) for at in places]
    left, above = sum(amounts), False
    alone = {at for at in places if _is_alone(lines[at].text)}
    for position, at in enumerate(places):
        text = lines[at].text
        left -= amounts[position]
        begins = _SIGNATURE.fullmatch(text) or (above and says_footer(text))
        if text and begins and left <= MAX_AMOUNTS_BELOW:
            return frozenset(alone | set(places[position:]))
        above = above or amounts[position]
    return frozenset(alone)


def _is_alone(text: str) -> bool:
    """Whether this one line says nothing of a purchase: what a phone adds, or a firm's capital."""
    if any(phrase in text.casefold() for phrase in _phrases(CAPITAL)):
        return True
    short = 0 < len(text) <= _LONGEST_SMALL_TALK and not has_amount(text)
    return short and is_small_talk(text) and not text.startswith("--")


def says_footer(text: str) -> bool:
    """Whether small print begins in this line."""
    folded = text[:_LONGEST_PHRASE_AT].casefold().replace("’", "'")
    return any(phrase in folded for phrase in _small_print())


@cache
def _small_print() -> tuple[str, ...]:
    return tuple(
        phrase
        for table in (LEAVE_THE_LIST, WHY_YOU_GOT_IT, NO_ANSWER, CONFIDENTIAL)
        for phrase in _phrases(table)
    )


@cache
def _phrases(table: str) -> tuple[str, ...]:
    return tuple(phrase.casefold() for phrase in table.split("|"))
