"""Purchase date and time from printed text.

Which of 03/04 is the month is decided by evidence: a date on the same page that can only be read one way,
then the country that currency and words speak for, then the caller's default. dateutil does the parsing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from enum import Enum
from typing import Final

from dateutil import parser as date_parser

from ocr.lines import Line, squash


class DateOrder(Enum):
    """How an all-digit date is read where it could be read two ways."""

    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date as read.

    Attributes:
        score: how likely it is the purchase date, against the others of the page; no unit.
        certain: it can be read one way only.
    """

    value: date
    line: int
    start: int
    score: float
    certain: bool


@dataclass(frozen=True, slots=True)
class FoundTime:
    """A time of day as read."""

    value: time
    line: int
    score: float


MIN_YEAR: Final = 1995
MAX_YEAR: Final = 2079
"""Two-digit years up to 79 are of this century; a till does not print older ones."""

_MONTH_NAMES: Final = (
    "jan january januar janvier januari enero ene gennaio gen",
    "feb february februar fevrier fev febrero februari febbraio",
    "mar march marz maerz mrz mars marzo maart mrt mac",
    "apr april avril avr abril abr aprile",
    "may mai mayo mei maj maggio mag",
    "jun june juni juin junio giugno giu",
    "jul july juli juillet julio luglio lug julai",
    "aug august aout agosto ago augustus ogos",
    "sep sept september septembre septiembre settembre set",
    "oct october okt oktober octobre octubre ottobre ott",
    "nov november novembre noviembre",
    "dec december dez dezember decembre diciembre dic des desember dis disember dicembre",
)
_MONTHS: Final = {
    name: number for number, names in enumerate(_MONTH_NAMES, start=1) for name in names.split()
}
_MONTH: Final = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DIGITAL: Final = re.compile(
    r"(?<![\d.,/])(?<!\d:)(?P<a>\d{4}"
    r"|\d{1,2})\s?(?P<sep>[-/.])\s?(?P<b>\d{1,2})\s?(?P=sep)\s?(?P<c>20\d{2}|19\d{2}|\d{2})"
    r"(?=$|[^\d]|\d{1,2}:\d{2})"
)
_MIXED: Final = re.compile(
    r"(?<![\d.,/-])(?<!\d:)(?P<a>\d{2})[-/. ~](?P<b>\d{2})[-/. ~](?P<c>20\d{2}|\d{2})(?=$|[^\d.,])"
)
_SLASHES_AS_DIGITS: Final = re.compile(r"(?<!\d)(?P<a>\d{2})[/71](?P<b>\d{2})[/71](?P<c>20\d{2})(?!\d)")
_PLAIN: Final = re.compile(
    r"(?<!\d)(?:(?P<y>20\d{2})(?P<m>0[1-9]|1[0-2])(?P<d>[0-3]\d)|(?P<d2>[0-3]\d)(?P<m2>0[1-9]"
    r"|1[0-2])(?P<y2>20\d{2}))(?!\d)"
)
_DAY_MONTH: Final = re.compile(
    rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[\s.,/-]*(?P<mon>{_MONTH})[a-z]*[\s.,/'’-]*(?P<y>20\d{{2}}"
    rf"|\d{{2}})(?!\d{{1,2}}\b(?!:))",
    re.IGNORECASE,
)
_MONTH_DAY: Final = re.compile(
    rf"(?<![a-z])(?P<mon>{_MONTH})[a-z]*[\s.,/-]*(?P<d>\d{{1,2}})(?:st|nd|rd"
    rf"|th)?[\s.,/'’-]+(?P<y>20\d{{2}}|\d{{2}})(?!\d)",
    re.IGNORECASE,
)
_TIME: Final = re.compile(
    r"(?P<glued>(?<=20\d\d)|(?<![\d:.,]))(?P<h>[01]?\d"
    r"|2[0-3])\s?[:.]\s?(?P<m>[0-5]\d)(?:\s?[:.]\s?(?P<s>[0-5]\d))?"
    r"(?!\d|[.,:/-]\d|\s?%)\s?(?P<half>[AaPp]\.?\s?[Mm]?\.?(?![A-Za-z]))?"
)
_TIME_LABELLED: Final = re.compile(r"TIME\s?[:.]?\s?(?P<h>[01]\d|2[0-3])(?P<m>[0-5]\d)(?!\d)", re.IGNORECASE)
_DATE_WORD: Final = re.compile(r"DATE|DATUM|DATO|TARIKH|FECHA|DATA|PAIVA|ДАТА")
_TIME_WORD: Final = re.compile(r"TIME|ZEIT|UHR|KLOKKE|HEURE|HORA|MASA|ВРЕМЯ|TID")
_OTHER_DATE: Final = re.compile(
    r"EXPIR|VALID|UNTIL|BEFORE|BESTBY|RETURN|EXCHANGE|DUEDATE|BIRTH|SINCE|GULTIG|PER[0-9]|POLICY|SURVEY"
    r"|EFFECTIVE"
    r"|WITHIN|MEMBERSINCE|DELIVER|ARRIV|GUARANTEE|PUNKTESTAND|DISPATCH|ROUND|REDEEM|ENTERBY"
)
_HOURS: Final = re.compile(r"HOURS|HRS|OPEN|OFFNUNG|APNINGSTID|HORAIRE|MONSUN|MONFRI|DAILY")
_RANGE: Final = re.compile(
    r"\d{1,2}[:.]\d{2}\s?(?:[ap]m)?\s?(?:-|–|bis|to|til|a|à)\s?\d{1,2}[:.]\d{2}", re.IGNORECASE
)
"""From when till when: opening hours."""
_BILL_WORD: Final = re.compile(
    r"FACTUUR|RECHNUNG|FACTURE|FAKTURA|BILL|INVOICE|INV|RECEIPT|TRANSACTION|SALE|PURCHASE|ORDER|TRN|BON|BELEG"
)

LABEL_SCORE: Final = 3.0
NEAR_DATE_SCORE: Final = 6.0
WITH_TIME_SCORE: Final = 2.0
OTHER_DATE_PENALTY: Final = 6.0
REPEAT_SCORE: Final = 1.0


def find_dates(lines: Sequence[Line], order: DateOrder) -> tuple[FoundDate, ...]:
    """Every date on the page, most likely the purchase's first."""
    order = _order_of_page(lines, order)
    found: list[FoundDate] = []
    for line in lines:
        found += _dates_of_line(line, lines, order)
    repeats = Counter(item.value for item in found)
    scored = [
        FoundDate(
            item.value,
            item.line,
            item.start,
            item.score + REPEAT_SCORE * (repeats[item.value] - 1),
            item.certain,
        )
        for item in found
    ]
    return tuple(sorted(scored, key=lambda item: (-item.score, item.line)))


def find_times(lines: Sequence[Line], near: FoundDate | None) -> tuple[FoundTime, ...]:
    """Every time of day, the one that goes with the date first."""
    found: list[FoundTime] = []
    for line in lines:
        squashed = squash(line.text)
        if _RANGE.search(line.text) or (_HOURS.search(squashed) and not _DATE_WORD.search(squashed)):
            continue
        for value, strength in _times_of_text(line.text):
            score = strength + (LABEL_SCORE if _TIME_WORD.search(squashed) else 0.0)
            if near is not None:
                distance = abs(line.index - near.line)
                score += NEAR_DATE_SCORE / (1 + distance)
            found.append(FoundTime(value, line.index, score))
    return tuple(sorted(found, key=lambda item: (-item.score, item.line)))


def holds_moment(line: Line) -> bool:
    """Whether a date or a time of day stands on the row."""
    return bool(_times_of_text(line.text)) or _holds_date(line.text)


def holds_date_and_time(line: Line) -> bool:
    """Whether both stand on the row, as a till prints them when it ends a sale."""
    return bool(_times_of_text(line.text)) and _holds_date(line.text)


def _holds_date(text: str) -> bool:
    dates = (match for pattern in (_DIGITAL, _DAY_MONTH, _MONTH_DAY) for match in pattern.finditer(text))
    return any(_read(match, DateOrder.DAY_FIRST) for match in dates)


def _times_of_text(text: str) -> list[tuple[time, float]]:
    out: list[tuple[time, float]] = []
    for match in _TIME.finditer(text):
        separator_is_point = "." in match.group()[: match.group().find(match["m"])]
        if separator_is_point and not (match["half"] or match["s"]):
            continue
        hour, half = int(match["h"]), (match["half"] or "").lower()
        if half.startswith("p") and hour < 12:  # noqa: PLR2004 - noon
            hour += 12
        elif half.startswith("a") and hour == 12:  # noqa: PLR2004
            hour = 0
        seconds = int(match["s"] or 0)
        out.append((time(hour, int(match["m"]), seconds), 1.0 + (0.5 if match["s"] or half else 0.0)))
    out += [(time(int(match["h"]), int(match["m"])), 1.0) for match in _TIME_LABELLED.finditer(text)]
    return out


def _order_of_page(lines: Sequence[Line], order: DateOrder) -> DateOrder:
    """A date that reads one way only settles the others."""
    votes = 0
    for line in lines:
        for match in _DIGITAL.finditer(line.text):
            if len(match["a"]) > 2 or len(match["c"]) != 4:  # noqa: PLR2004 - only d/m/yyyy or m/d/yyyy speak
                continue
            first, second = int(match["a"]), int(match["b"])
            if first > 12 >= second:  # noqa: PLR2004 - months
                votes += 1
            elif second > 12 >= first:  # noqa: PLR2004
                votes -= 1
    if votes == 0:
        return order
    return DateOrder.DAY_FIRST if votes > 0 else DateOrder.MONTH_FIRST


def _dates_of_line(line: Line, lines: Sequence[Line], order: DateOrder) -> list[FoundDate]:
    text = line.text
    squashed = squash(text)
    above = squash(lines[line.index - 1].text) if line.index else ""
    score = LABEL_SCORE if _DATE_WORD.search(squashed) else 0.0
    if not score and _DATE_WORD.search(above):
        score = LABEL_SCORE / 2
    score += 0.5 if _BILL_WORD.search(squashed) else 0.0
    score += WITH_TIME_SCORE if _times_of_text(text) else 0.0
    score -= OTHER_DATE_PENALTY if _OTHER_DATE.search(squashed) else 0.0
    found: list[FoundDate] = []
    for pattern, weight in (
        (_DIGITAL, 1.0),
        (_DAY_MONTH, 1.0),
        (_MONTH_DAY, 1.0),
        (_MIXED, 0.0),
        (_PLAIN, -2.0),
        (_SLASHES_AS_DIGITS, -1.0),
    ):
        for match in pattern.finditer(text):
            read = _read(match, order)
            if read is None or any(other.start <= match.start() < other.start + 6 for other in found):
                continue
            value, certain = read
            found.append(FoundDate(value, line.index, match.start(), score + weight, certain))
    return found


def _read(match: re.Match[str], order: DateOrder) -> tuple[date, bool] | None:
    groups = match.groupdict()
    if groups.get("mon"):
        month = _MONTHS.get(groups["mon"].lower())
        return (
            _checked(f"{_year(groups['y'])}-{month:02d}-{int(groups['d']):02d}", certain=True)
            if month
            else None
        )
    if "y2" in groups:
        year, month_text, day = (groups["y"], groups["m"], groups["d"]) if groups["y"] else (
            groups["y2"], groups["m2"], groups["d2"])  # fmt: skip
        return _checked(f"{year}-{month_text}-{day}", certain=True)
    a, b, c = groups["a"], groups["b"], groups["c"]
    if len(a) == 4:  # noqa: PLR2004 - a year
        return _checked(f"{a}-{int(b):02d}-{int(c[:2]):02d}", certain=True) if len(c) <= 2 else None  # noqa: PLR2004
    first, second = int(a), int(b)
    if first > 31 and len(c) == 2:  # noqa: PLR2004 - 98/12/25: year first
        return _checked(f"{_year(a)}-{second:02d}-{int(c):02d}", certain=True)
    swapped = second > 12 >= first or (first <= 12 and order is DateOrder.MONTH_FIRST)  # noqa: PLR2004 - months
    day, month = (second, first) if swapped else (first, second)
    certain = first > 12 or second > 12 or first == second  # noqa: PLR2004
    return _checked(f"{_year(c)}-{month:02d}-{day:02d}", certain=certain)


def _year(text: str) -> int:
    year = int(text)
    return year + 2000 if year <= MAX_YEAR % 100 else year + 1900 if year < 100 else year  # noqa: PLR2004


def _checked(text: str, *, certain: bool) -> tuple[date, bool] | None:
    try:
        value = date_parser.isoparse(text).date()
    except ValueError:
        return None
    return (value, certain) if MIN_YEAR <= value.year <= MAX_YEAR else None
