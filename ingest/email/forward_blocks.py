"""Finding where a forwarded mail begins among the lines of another.

Two shapes. A *block* of header lines (``From: ...``, ``Date: ...``), with or without a line above it that
says what follows; it is known by its words, and in unknown languages by its form alone. And an *attribution*,
one sentence with a date, a name and a colon, which is how answers quote; some programs forward so too, so
that it takes more to be believed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from ingest.email.forward_address import ADDRESS, Person, parse_people, parse_person
from ingest.email.forward_attribution import Attribution, attribution_at
from ingest.email.forward_dates import parse_printed_date
from ingest.email.forward_ends import behind_second_rule
from ingest.email.forward_lines import Field, Line, Mark, Prefix, is_small_talk, label_of, mark_of, says_mark

SEARCHED_LINES: Final = 6_000
"""Looked through for the start of a forwarded mail. A person's words above it are a few."""
_MOST_SENTENCES: Final = 300
"""That end in a colon and are taken apart; each takes up to a millisecond."""
_MOST_BLOCK_LINES: Final = 40
_MOST_WRAPPED: Final = 12
_FEWEST_FIELDS: Final = 3
_MOST_BLANKS: Final = 2
_RECIPIENTS: Final = frozenset({Field.TO, Field.CC, Field.BCC, Field.REPLY, Field.FROM})
_TAIL_LINES: Final = 6
"""Of the forwarder's own words below a quoted mail: a signature."""


@dataclass(frozen=True, slots=True)
class Header:
    """What stands above a forwarded mail.

    Attributes:
        guessed: by its form alone; its words are in no table.
    """

    sender: Person
    to: tuple[str, ...]
    date_text: str
    date: datetime | None
    subject: str
    fields: int
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class Start:
    """Where a forwarded mail begins.

    Attributes:
        words: what the forwarder wrote above it, without what programs add.
        first: index of the mark above the header, or of the header's own first line.
        body: index behind the header's last line.
        quote: how often the header is quoted.
        attribution: the header is a sentence, not a block.
    """

    header: Header
    mark: Mark
    words: str
    first: int
    body: int
    quote: int
    attribution: bool = False


@dataclass(slots=True)
class _Block:
    values: dict[Field, str] = field(default_factory=dict)
    languages: list[frozenset[str]] = field(default_factory=list)
    end: int = 0


def find_start(lines: Sequence[Line], prefix: Prefix) -> Start | None:
    """The first forwarded mail in `lines`; None where there is none, or where the mail is an answer.

    Args:
        lines: of the mail's text.
        prefix: what the mail's subject says of it.
    """
    sentences = 0
    for at, line in enumerate(lines[:SEARCHED_LINES]):
        if not line.text:
            continue
        sentences += line.text.endswith((":", "："))
        start = _block_start(lines, at, prefix)
        if start is not None:
            is_answer = prefix is Prefix.REPLY and start.mark is not Mark.FORWARD
            return None if is_answer else start
        told = attribution_at(lines, at) if sentences <= _MOST_SENTENCES else None
        if told is not None:
            return _attributed(lines, at, told, prefix)
    return None


def block_at(lines: Sequence[Line], at: int) -> Start | None:
    """The block of header lines that begins in line `at`, by words that are known; None where none does."""
    return _block_start(lines, at, Prefix.NONE)


def _block_start(lines: Sequence[Line], at: int, prefix: Prefix) -> Start | None:
    label = label_of(lines[at].text)
    if label is None:
        return None
    mark, first = _mark_above(lines, at)
    known = _read_block(lines, at) if label.field is not None else None
    header = _known_header(known, mark) if known is not None else None
    if header is not None and mark is Mark.FORWARD and not says_mark(lines[first].text):
        # Any dashed heading may be a mark in a language of no table: a journey's has no subject.
        header = header if header.sender.address or header.subject else None
    end = known.end if known is not None else at
    begins = mark is not Mark.NONE or at == 0 or not lines[at - 1].text
    if header is None and begins and (mark is Mark.FORWARD or prefix is Prefix.FORWARD):
        header, end = _guessed_header(lines, at)
    if header is None:
        return None
    if not header.date_text and at > 0 and (moment := parse_printed_date(lines[at - 1].text)) is not None:
        # French webmail writes "Message du 27/10/21 09:31" above a block without a date.
        header, first = replace(header, date_text=lines[at - 1].text, date=moment), at - 1
    if mark is Mark.FORWARD:
        end = behind_second_rule(lines, first, end)
    return Start(header, mark, _words(lines[:first]), first, end, lines[at].quote)


def _mark_above(lines: Sequence[Line], at: int) -> tuple[Mark, int]:
    """The mark above line `at`, and its index; `at` itself where there is none."""
    above = at - 1
    while above >= 0 and at - above <= _MOST_BLANKS and not lines[above].text:
        above -= 1
    if above < 0 or lines[above].quote > lines[at].quote:
        return Mark.NONE, at
    mark = mark_of(lines[above].text)
    return (Mark.NONE, at) if mark is Mark.NONE else (mark, above)


def _words(lines: Sequence[Line]) -> str:
    return "\n".join(line.text for line in lines if not is_small_talk(line.text))


def _read_block(lines: Sequence[Line], at: int) -> _Block:
    """The run of known labels from line `at` on, each once, with the lines that their values go on in."""
    block = _Block(end=at)
    quote, last, gaps = lines[at].quote, Field.OTHER, 0
    position = at
    while position < min(len(lines), at + _MOST_BLOCK_LINES):
        line = lines[position]
        if line.quote != quote and line.text:
            break
        if not line.text:
            if not _label_follows(lines, position, block, quote) or gaps != len(block.values) - 1:
                break  # blank lines stand between all labels, or between none
            gaps += 1
            position += 1
            continue
        label = label_of(line.text, block.values)
        if label is not None and label.field is not None:
            if label.field in block.values and label.field is not Field.OTHER:
                break
            last = label.field
            block.values[last] = label.value
            block.languages.append(label.languages)
        elif block.values and _goes_on(lines, position, block, last):
            block.values[last] = f"{block.values[last]} {line.text}".strip()
        else:
            break
        position += 1
        block.end = position
    return block


def _label_follows(lines: Sequence[Line], position: int, block: _Block, quote: int) -> bool:
    following = next((line for line in lines[position + 1 : position + 3] if line.text), None)
    if following is None or following.quote != quote:
        return False
    label = label_of(following.text, block.values)
    return label is not None and label.field is not None and label.field not in block.values


def _goes_on(lines: Sequence[Line], position: int, block: _Block, last: Field) -> bool:
    """Whether a line without label belongs to the label above it."""
    value, text = block.values[last], lines[position].text
    if not value:  # a label alone on its line
        return last is not Field.OTHER
    if last in _RECIPIENTS and (value.endswith((",", ";", "<")) or text.startswith(("<", ">"))):
        return True
    for line in lines[position + 1 : position + _MOST_WRAPPED]:
        if not line.text:
            return False
        label = label_of(line.text, block.values)
        if label is not None and label.field is not None and label.field not in block.values:
            return last in _RECIPIENTS or line is lines[position + 1]
    return False


def _known_header(block: _Block, mark: Mark) -> Header | None:
    """The block as a header; None where it may as well be a table, such as a journey's From and To."""
    values = block.values
    if not values.get(Field.FROM):
        return None
    sender = parse_person(values[Field.FROM])
    told = {Field.FROM, Field.DATE, Field.TO, Field.SUBJECT} & set(values)
    is_marked = mark in (Mark.FORWARD, Mark.ORIGINAL)
    if len(told) < (_FEWEST_FIELDS - 1 if is_marked else _FEWEST_FIELDS):
        return None
    languages = _languages(block)
    date_text = values.get(Field.DATE, "")
    date = parse_printed_date(date_text, languages)
    if not sender.address and not is_marked and not (date and Field.SUBJECT in told):
        return None
    to = parse_people(values.get(Field.TO, ""))
    return Header(sender, to, date_text, date, values.get(Field.SUBJECT, ""), len(told))


def _languages(block: _Block) -> tuple[str, ...]:
    """Languages that know most of the block's words, the best first."""
    every = sorted({language for known in block.languages for language in known})
    return tuple(sorted(every, key=lambda one: -sum(one in known for known in block.languages)))


def _guessed_header(lines: Sequence[Line], at: int) -> tuple[Header | None, int]:
    """A header in a language of no table: lines ``Word: value``, among them an address and a date."""
    sender, to, date_text, date, subject = Person("", ""), "", "", None, ""
    position, fields = at, 0
    while position < min(len(lines), at + _MOST_BLOCK_LINES):
        line = lines[position]
        label = label_of(line.text)
        if label is None or line.quote != lines[at].quote:
            break
        known, value = label.field, label.value
        moment = parse_printed_date(value) if date is None and known in (None, Field.DATE) else None
        if known in (Field.CC, Field.BCC, Field.REPLY, Field.OTHER) or not value:
            pass
        elif ADDRESS.search(value) and known is not Field.SUBJECT:
            if known is Field.FROM or (not sender.address and known is None):
                sender = parse_person(value)
            elif not to:
                to = value
        elif moment is not None:
            date_text, date = value, moment
        elif not subject:
            subject = value
        position, fields = position + 1, fields + 1
    if not sender.address or date is None or fields < _FEWEST_FIELDS:
        return None, at
    return Header(sender, parse_people(to), date_text, date, subject, fields, guessed=True), position


def _attributed(lines: Sequence[Line], at: int, told: Attribution, prefix: Prefix) -> Start | None:
    """A sentence ``On ... X wrote:`` begins a forwarded mail only where no one answers.

    The subject says so; or nobody wrote anything of their own; or the mail below it is indented and not
    quoted, as Outlook on a Mac forwards.
    """
    if prefix is Prefix.REPLY:
        return None
    words = _words(lines[:at])
    below = [line for line in lines[told.end :] if line.text]
    quoted = bool(below) and below[0].quote > lines[at].quote
    indented = bool(below) and all(plain_indent(line.raw) for line in below)
    answered_below = quoted and any(
        line.quote <= lines[at].quote and not is_small_talk(line.text) for line in below
    )
    if prefix is not Prefix.FORWARD and not indented and (words or answered_below or not quoted):
        return None
    header = Header(told.sender, (), told.date_text, told.date, "", 2)
    return Start(header, Mark.NONE, words, at, told.end, lines[at].quote, attribution=True)


def plain_indent(raw: str) -> bool:
    """Whether a line is set in by four blanks or a tab."""
    return raw.replace("\u00a0", " ").startswith(("    ", "\t"))


def body_lines(lines: Sequence[Line], start: Start) -> tuple[int, int, int]:
    """First and last line (exclusive) of the forwarded mail's body, and how many marks it is quoted by."""
    first, last = start.body, len(lines)
    while first < last and not lines[first].text:
        first += 1
    quote = start.quote
    if first < last and lines[first].quote > quote and _quoted_to_the_end(lines[first:], quote + 1):
        quote += 1
    if quote:  # a line in between may have lost its mark when it was wrapped
        quoted = (position for position in range(first, last) if lines[position].quote >= quote)
        last = max(quoted, default=first - 1) + 1
    return first, last, quote


def _quoted_to_the_end(lines: Sequence[Line], quote: int) -> bool:
    """The first lines are quoted, and nothing but a few lines of the forwarder's stands below them."""
    told = [line.quote >= quote for line in lines if line.text]
    tail = told[told.index(False) :] if False in told else []
    return len(tail) <= _TAIL_LINES and not any(tail)


def trimmed(text: str) -> str:
    """Without blank lines at both ends and blanks at the lines' ends."""
    return "\n".join(line.rstrip() for line in text.split("\n")).strip()
