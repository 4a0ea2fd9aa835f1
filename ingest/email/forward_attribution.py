"""The sentence above a quoted mail: ``On Wed, Oct 27, 2021 at 9:31 AM Ann <ann@shop.example> wrote:``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Final

from ingest.email.amounts import has_amount
from ingest.email.forward_address import ADDRESS, Person, parse_person
from ingest.email.forward_dates import parse_printed_date
from ingest.email.forward_lines import Line, label_of
from ingest.email.forward_phrases import BEFORE_DATE, BEFORE_NAME, WROTE

_MOST_CHARS: Final = 320
_MOST_LINES: Final = 3
_FEWEST_CHARS: Final = 12
_END: Final = re.compile(r"[:：]\s*[\"']?$")
_LAST_OF_DATE: Final = re.compile(
    r".*(?:\d(?:\s?[AaPp]\.?\s?[Mm]\.?(?![^\W\d_]))?|\d\s(?:GMT|UTC|[A-Z]{3,4})(?:\s?[+-]\d{1,4})?)(?=[\s,;:).]|$)",
    re.DOTALL,
)
_AROUND: Final = " \t,;:.-–—"
_QUOTED_NAME: Final = re.compile(r"[\"“”„«‟'‘]\s*(?P<name>[^\"“”„«»‟]{1,80}?)\s*[\"”“»'’]\s*$")


@dataclass(frozen=True, slots=True)
class Attribution:
    """Whose words follow.

    Attributes:
        end: index behind its last line.
        wrote: it has the verb; without it a date and an address may as well be a heading.
    """

    sender: Person
    date_text: str
    date: datetime | None
    end: int
    wrote: bool = False


def attribution_at(lines: Sequence[Line], at: int) -> Attribution | None:
    """The sentence that begins in line `at`, over up to three lines; None where there is none.

    Nor is there one where it begins further below: rows of a receipt may stand right above it.
    """
    told = _sentence_at(lines, at)
    if told is None:
        return None
    if any(_is_row(line.text) for line in lines[at : told.end - 1]):
        return None
    later = (_sentence_at(lines, start) for start in range(at + 1, told.end))
    return None if any(each is not None and _names_as_much(each, told) for each in later) else told


def _is_row(text: str) -> bool:
    """Whether it is a row with an amount; a day with an hour such as 12.46 is none."""
    return has_amount(text) and parse_printed_date(text) is None


def _names_as_much(later: Attribution, told: Attribution) -> bool:
    """Whether the shorter sentence says as well who wrote; a name may stand in the line above the day."""
    if told.sender.address:
        return later.sender.address == told.sender.address
    return bool(later.sender.name) and later.wrote == told.wrote


def _sentence_at(lines: Sequence[Line], at: int) -> Attribution | None:
    first = lines[at].text
    if len(first) < _FEWEST_CHARS or len(first) > _MOST_CHARS or not any(c.isdigit() for c in first):
        return None
    text, end = "", at
    for line in lines[at : at + _MOST_LINES]:
        if not line.text or line.quote != lines[at].quote:
            return None
        text, end = f"{text} {line.text}".strip(), end + 1
        if _END.search(text):
            break
    if not _END.search(text) or len(text) > _MOST_CHARS:
        return None
    label = label_of(first)
    if label is not None and label.field is not None:
        return None
    plain = _END.sub("", text)
    told = _taken_apart(plain, end)
    return None if told is None else replace(told, wrote=_verb_of(plain) is not None)


def _taken_apart(text: str, end: int) -> Attribution | None:
    address = ADDRESS.search(text)
    verb = _verb_of(text)
    if address is None and verb is None:
        return None
    if address is not None:
        before, after = text[: address.start()].rstrip("<([ "), text[address.end() :].lstrip(">)] ")
        # "mailto:" forms print the address twice
        after = re.sub(r"^(?:<mailto:[^>]*>|\[mailto:[^\]]*\])?>?", "", after)
        sender_address = address[0]
    else:
        before, after, sender_address = text[: verb[0]] if verb else text, "", ""
    date_after = parse_printed_date(after)
    date_before = parse_printed_date(before)
    if date_before is None and date_after is None:
        return None
    if date_before is None:
        person = parse_person(f"{before} <{sender_address}>" if sender_address else before)
        date_text = _without(after, WROTE, leading=True)
        return Attribution(person, _without(date_text, BEFORE_DATE, leading=True), date_after, end)
    name, date_text = _name_after_date(before)
    person = parse_person(f"{name} <{sender_address}>" if sender_address else name)
    return Attribution(person, date_text, date_before, end)


def _verb_of(text: str) -> tuple[int, int] | None:
    """Where the last "wrote" stands that no name goes on behind."""
    found = list(_pattern(WROTE).finditer(text))
    return found[-1].span() if found else None


def _name_after_date(before: str) -> tuple[str, str]:
    quoted = _QUOTED_NAME.search(before)
    if quoted is not None:
        name, rest = quoted["name"], before[: quoted.start()]
    else:
        last = _LAST_OF_DATE.match(before)
        cut = last.end() if last else len(before)
        name, rest = before[cut:], before[:cut]
    name = _without(name.strip(_AROUND), BEFORE_NAME, leading=True)
    date_text = _without(rest.strip(_AROUND), BEFORE_DATE, leading=True)
    return name, _without(date_text, BEFORE_NAME, leading=False)


def _without(text: str, table: str, *, leading: bool) -> str:
    """`text` without the words of `table` at its start, or at its end."""
    text = text.strip(_AROUND)
    for _ in range(_MOST_LINES):
        found = (_leading if leading else _trailing)(table).search(text)
        if found is None:
            break
        text = (text[found.end() :] if leading else text[: found.start()]).strip(_AROUND)
    return text


@cache
def _pattern(table: str) -> re.Pattern[str]:
    return re.compile(_alternatives(table), re.IGNORECASE)


@cache
def _leading(table: str) -> re.Pattern[str]:
    return re.compile(rf"^(?:{_alternatives(table)})(?![^\W_])[:,]?", re.IGNORECASE)


@cache
def _trailing(table: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W_])(?:{_alternatives(table)})$", re.IGNORECASE)


def _alternatives(table: str) -> str:
    words = sorted(set(table.split("|")), key=len, reverse=True)
    return "|".join(re.escape(word) for word in words)
