"""Purchase date and time from printed text.

Which of 03/04 is the month is decided by evidence: a date on the same page that can only be read one way,
then the country that currency and words speak for, then the caller's default. Unless the page itself decides,
the other reading is kept beside the chosen one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from enum import Enum
from functools import cache
from itertools import chain
from typing import Final

from ocr.lines import Line, squash
from ocr.locales.load import plain
from ocr.locales.vocabulary import EVERY_LANGUAGE, Vocabulary
from ocr.months import month_of, month_pattern


class DateOrder(Enum):
    """How an all-digit date is read where it could be read two ways."""

    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"
    YEAR_FIRST = "year_first"
    """Day first where the year stands last, as countries do that write the year first otherwise."""


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date as read.

    Attributes:
        score: how likely it is the purchase date, against the others of the page; no unit.
        certain: it can be read one way only, or the page itself says which.
        alternative: the other reading of an uncertain one.
        known_order: the page's country decided between the two.
    """

    value: date
    line: int
    start: int
    score: float
    certain: bool
    alternative: date | None = None
    known_order: bool = False


@dataclass(frozen=True, slots=True)
class FoundTime:
    """A time of day as read."""

    value: time
    line: int
    score: float


MIN_YEAR: Final = 1995
MAX_YEAR: Final = 2079
"""Two-digit years up to 79 are of this century; a till does not print older ones."""

_DIGITAL: Final = re.compile(
    r"(?<![\d.,/])(?<!\d:)(?P<a>\d{4}"
    r"|\d{1,2})\s?(?P<sep>[-/.])\s?(?P<b>\d{1,2})\s?(?P=sep)\s?(?P<c>20\d{2}|19\d{2}|\d{2})"
    r"(?=$|[^\d]|\d{1,2}:\d{2})"
)
_YEAR_FIRST: Final = re.compile(
    r"(?<![\d.,/])(?P<a>20\d{2})\s?(?P<sep>[-/.])\s?(?P<b>\d{1,2})\s?(?P=sep)\s?(?P<c>\d)(?!\d)"
)
_MIXED: Final = re.compile(
    r"(?<![\d.,/-])(?<!\d:)(?P<a>\d{2})[-/. ~](?P<b>\d{2})[-/. ~](?P<c>20\d{2}|\d{2})(?=$|[^\d.,])"
)
_SLASHES_AS_DIGITS: Final = re.compile(r"(?<!\d)(?P<a>\d{2})[/71](?P<b>\d{2})[/71](?P<c>20\d{2})(?!\d)")
_PLAIN: Final = re.compile(
    r"(?<!\d)(?:(?P<y>20\d{2})(?P<m>0[1-9]|1[0-2])(?P<d>[0-3]\d)|(?P<d2>[0-3]\d)(?P<m2>0[1-9]"
    r"|1[0-2])(?P<y2>20\d{2}))(?!\d)"
)
_FAR_EAST: Final = re.compile(
    r"(?<!\d)(?P<a>20\d{2})\s?[年년]\s?(?P<b>\d{1,2})\s?[月월]\s?(?P<c>\d{1,2})\s?[日일]"
)
_VIETNAMESE: Final = re.compile(
    r"(?<!\d)(?P<d>\d{1,2})\s(?:thg|tháng)\s(?P<m>\d{1,2}),?\s(?:năm\s)?(?P<y>20\d{2})(?!\d)(?P<y2>(?!))?",
    re.IGNORECASE,
)
"""Its months are numbers: 3 thg 12, 2026."""
_TIME: Final = re.compile(
    r"(?P<glued>(?<=20\d\d)|(?<![\d:.,])|(?<=[^\W\d_]:))(?P<h>[01]?\d"
    r"|2[0-3])\s?[:.]\s?(?P<m>[0-5]\d)(?:\s?[:.]\s?(?P<s>[0-5]\d))?"
    r"(?!\d|[.,:/-]\d|\s?%)\s?(?P<half>(?:[AaPp]\.?\s?[Mm]?\.?|a\.\s?m\.|p\.\s?m\.)(?![A-Za-z]))?"
)
"""A colon may stand before it where a word does: ``Uhrzeit:16:15:43``, without the blank."""
_CLOCK_WITH_A_SLIP: Final = re.compile(r"(?<![\d:.,])\d{1,3}:\d{2,3}(?::\d{2,3})?(?![\d:])")
"""``14:331:01``: a digit that the engine saw twice leaves no time to be sure of, and a clock all the same."""
_TIME_WITH_H: Final = re.compile(r"(?<![\d:.,])(?P<h>[01]?\d|2[0-3])\s?[hH]\s?(?P<m>[0-5]\d)(?![\dA-Za-z])")
"""``14h05``, as in French and Portuguese."""
_TIME_LABELLED: Final = re.compile(r"TIME\s?[:.]?\s?(?P<h>[01]\d|2[0-3])(?P<m>[0-5]\d)(?!\d)", re.IGNORECASE)
_RANGE: Final = re.compile(
    r"\d{1,2}[:.]\d{2}\s?(?:[ap]m)?\s?(?:-|–|bis|to|til|a|à)\s?\d{1,2}[:.]\d{2}", re.IGNORECASE
)
"""From when till when: opening hours."""
_PER: Final = re.compile(r"PER\d")
"""A balance of points as of a day."""
ORDER_VOTE_DIGITS: Final = 4

LABEL_SCORE: Final = 3.0
NEAR_DATE_SCORE: Final = 6.0
WITH_TIME_SCORE: Final = 2.0
OTHER_DATE_PENALTY: Final = 6.0
REPEAT_SCORE: Final = 1.0


def find_dates(
    lines: Sequence[Line],
    order: DateOrder,
    *,
    known_order: bool = False,
    vocabulary: Vocabulary = EVERY_LANGUAGE,
) -> tuple[FoundDate, ...]:
    """Every date on the page, most likely the purchase's first.

    `order` reads the ambiguous ones; `known_order` that the page's country says so, and not a default.
    """
    of_page = _order_of_page(lines)
    found: list[FoundDate] = []
    for line in lines:
        found += _dates_of_line(line, lines, of_page or order, vocabulary)
    repeats = Counter(item.value for item in found)
    scored = [
        replace(
            item,
            score=item.score + REPEAT_SCORE * (repeats[item.value] - 1),
            certain=item.certain or of_page is not None,
            alternative=None if of_page is not None else item.alternative,
            known_order=known_order or of_page is not None,
        )
        for item in found
    ]
    return tuple(sorted(scored, key=lambda item: (-item.score, item.line)))


def either_order(found: Sequence[FoundDate], year_first: Sequence[FoundDate]) -> tuple[FoundDate, ...]:
    """Where a country writes 26/07/15 both ways: the later day, for who sends a receipt sends a new one.

    `year_first` are the same page's dates with the year in front. Both readings are kept.
    """
    others = {(item.line, item.start): item.value for item in year_first}
    return tuple(_later(item, others.get((item.line, item.start))) for item in found)


def _later(item: FoundDate, other: date | None) -> FoundDate:
    if other is None or other in {item.value, item.alternative}:
        return item
    value, alternative = max(item.value, other), min(item.value, other)
    return replace(item, value=value, alternative=alternative, certain=False, known_order=False)


def find_times(
    lines: Sequence[Line], near: FoundDate | None, vocabulary: Vocabulary = EVERY_LANGUAGE
) -> tuple[FoundTime, ...]:
    """Every time of day, the one that goes with the date first."""
    found: list[FoundTime] = []
    for line in lines:
        squashed = squash(line.text)
        hours = vocabulary["hours"].holds(squashed) and not vocabulary["date"].holds(squashed)
        if _RANGE.search(line.text) or hours:
            continue
        for value, strength in _times_of_text(line.text):
            score = strength + (LABEL_SCORE if vocabulary["time"].holds(squashed) else 0.0)
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
    clock = bool(_times_of_text(line.text)) or _CLOCK_WITH_A_SLIP.search(line.text) is not None
    return clock and _holds_date(line.text)


def moments_of(text: str) -> list[int]:
    """Where dates in digits and times of day begin."""
    return sorted(match.start() for pattern in (_DIGITAL, _TIME) for match in pattern.finditer(text))


def _holds_date(text: str) -> bool:
    named = _with_months(EVERY_LANGUAGE)[:2]
    dates = chain(_DIGITAL.finditer(text), *(pattern.finditer(plain(text)) for pattern in named))
    return any(_read(match, DateOrder.DAY_FIRST) for match in dates)


def _times_of_text(text: str) -> list[tuple[time, float]]:
    out: list[tuple[time, float]] = []
    for match in _TIME.finditer(text):
        separator_is_point = "." in match.group()[: match.group().find(match["m"])]
        if separator_is_point and not (
            match["half"] or (match["s"] and not _holds_date(match.group().strip()))
        ):
            continue  # 12.05 is an amount, 12.05.26 a day
        hour, half = int(match["h"]), (match["half"] or "").lower()
        if half.startswith("p") and hour < 12:  # noqa: PLR2004 - noon
            hour += 12
        elif half.startswith("a") and hour == 12:  # noqa: PLR2004
            hour = 0
        seconds = int(match["s"] or 0)
        out.append((time(hour, int(match["m"]), seconds), 1.0 + (0.5 if match["s"] or half else 0.0)))
    for pattern in (_TIME_LABELLED, _TIME_WITH_H):
        out += [(time(int(match["h"]), int(match["m"])), 1.0) for match in pattern.finditer(text)]
    return out


def _order_of_page(lines: Sequence[Line]) -> DateOrder | None:
    """What dates that read one way only say of the others; None where there are none."""
    votes = 0
    for line in lines:
        for match in _DIGITAL.finditer(line.text):
            if len(match["a"]) > TWO_DIGITS or len(match["c"]) != ORDER_VOTE_DIGITS:
                continue  # only d/m/yyyy or m/d/yyyy speak
            first, second = int(match["a"]), int(match["b"])
            if first > MONTHS >= second:
                votes += 1
            elif second > MONTHS >= first:
                votes -= 1
    if votes == 0:
        return None
    return DateOrder.DAY_FIRST if votes > 0 else DateOrder.MONTH_FIRST


_DIGITS: Final = (
    (_DIGITAL, 1.0),
    (_YEAR_FIRST, 1.0),
    (_FAR_EAST, 1.0),
    (_VIETNAMESE, 1.0),
    (_MIXED, 0.0),
    (_PLAIN, -2.0),
    (_SLASHES_AS_DIGITS, -1.0),
)
"""Ways to print a date in digits, each with what it is worth against the others of the page."""
WITH_MONTH_WORTH: Final = 1.0


@cache
def _with_months(vocabulary: Vocabulary) -> tuple[re.Pattern[str], ...]:
    """Ways to print a date with its month's name, without accents: 3 Dec 24, Dec 3 2024, 2024 Dec 3."""
    any_month, english = month_pattern(vocabulary.months), month_pattern(vocabulary.month_first)
    year = r"(?P<y>20\d{2}|19\d{2}|\d{2})"
    return (
        re.compile(
            r"(?<!\d)(?<!\d[.,])(?P<d>\d{1,2})(?:st|nd|rd|th|er|\.?º)?[\s.,/-]*(?:(?:de|of|d')\s)?"
            rf"{any_month}[\s.,/'’-]*(?:(?:de|del)\s)?{year}(?!\d{{1,2}}\b(?!:))",
            re.IGNORECASE,
        ),
        re.compile(
            rf"(?<![^\W\d_]){english}[\s.,/-]*(?P<d>\d{{1,2}})(?:st|nd|rd|th)?"
            rf"(?:[\s,/'’-]+|\.\s?(?=20)){year}(?!\d)",
            re.IGNORECASE,
        ),
        re.compile(
            rf"(?<!\d)(?P<y>20\d{{2}})[\s.,/-]+{any_month}[\s.,/-]*(?P<d>\d{{1,2}})(?!\d)", re.IGNORECASE
        ),
    )


def _dates_of_line(
    line: Line, lines: Sequence[Line], order: DateOrder, vocabulary: Vocabulary
) -> list[FoundDate]:
    base: float | None = None
    found: list[FoundDate] = []
    for match, weight in _matches(line.text, vocabulary):
        read = _read(match, order, vocabulary.months)
        if read is None or any(other.start <= match.start() < other.start + 6 for other in found):
            continue
        if base is None:
            base = _worth_of_row(line, lines, vocabulary)
        value, alternative = read
        certain = alternative is None
        found.append(FoundDate(value, line.index, match.start(), base + weight, certain, alternative))
    return found


def _matches(text: str, vocabulary: Vocabulary) -> Iterator[tuple[re.Match[str], float]]:
    """Everything that looks like a date, the likelier ways to print it first."""
    for pattern, weight in _DIGITS[:4]:
        yield from ((match, weight) for match in pattern.finditer(text))
    letters = plain(text)
    for pattern in _with_months(vocabulary):
        yield from ((match, WITH_MONTH_WORTH) for match in pattern.finditer(letters))
    for pattern, weight in _DIGITS[4:]:
        yield from ((match, weight) for match in pattern.finditer(text))


def _worth_of_row(line: Line, lines: Sequence[Line], vocabulary: Vocabulary) -> float:
    """How far the row's words speak for the day of purchase."""
    squashed = squash(line.text)
    score = LABEL_SCORE if vocabulary["date"].holds(squashed) else 0.0
    if not score and line.index and vocabulary["date"].holds(squash(lines[line.index - 1].text)):
        score = LABEL_SCORE / 2
    score += 0.5 if vocabulary["sale"].holds(squashed) else 0.0
    score += WITH_TIME_SCORE if _times_of_text(line.text) else 0.0
    other = vocabulary["other_date"].holds(squashed) or _PER.search(squashed)
    return score - (OTHER_DATE_PENALTY if other else 0.0)


MONTHS: Final = 12
MAX_DAY: Final = 31
LIKELY_YEARS: Final = (2015, 2035)
"""A two-digit year before month and day is one of these; else the first number is a day."""
TWO_DIGITS: Final = 2
YEAR_DIGITS: Final = 4


def _read(
    match: re.Match[str], order: DateOrder, months: Mapping[str, int] = EVERY_LANGUAGE.months
) -> tuple[date, date | None] | None:
    """The date, and its other reading where it has one."""
    groups = match.groupdict()
    if groups.get("mon"):
        month = month_of(groups["mon"], groups["tail"], months)
        value = _checked(_year(groups["y"]), month, int(groups["d"])) if month else None
        return None if value is None else (value, None)
    if "y2" in groups:
        year, month_text, day = (groups["y"], groups["m"], groups["d"]) if groups["y"] else (
            groups["y2"], groups["m2"], groups["d2"])  # fmt: skip
        value = _checked(int(year), int(month_text), int(day))
        return None if value is None else (value, None)
    return _read_digits(groups["a"], groups["b"], groups["c"], order)


def _read_digits(a: str, b: str, c: str, order: DateOrder) -> tuple[date, date | None] | None:
    if len(a) == YEAR_DIGITS:
        value = _checked(int(a), int(b), int(c)) if len(c) <= TWO_DIGITS else None
        return None if value is None else (value, None)
    first, second = int(a), int(b)
    day_first = _checked(_year(c), second, first)
    month_first = _checked(_year(c), first, second)
    year_first = _checked(_year(a), second, int(c)) if len(c) == TWO_DIGITS else None
    likely_year = year_first is not None and LIKELY_YEARS[0] <= year_first.year <= LIKELY_YEARS[1]
    if first > MAX_DAY or (order is DateOrder.YEAR_FIRST and likely_year):
        ways = [year_first, *([day_first] if first <= MAX_DAY else [])]
    elif order is DateOrder.MONTH_FIRST:
        ways = [month_first, day_first]
    else:
        ways = [day_first, month_first]
    read = [way for way in dict.fromkeys(ways) if way is not None]
    if not read:
        return None
    return read[0], read[1] if len(read) > 1 else None


def _year(text: str) -> int:
    year = int(text)
    return year + 2000 if year <= MAX_YEAR % 100 else year + 1900 if year < 100 else year  # noqa: PLR2004


def _checked(year: int, month: int, day: int) -> date | None:
    try:
        value = date(year, month, day)
    except ValueError:
        return None
    return value if MIN_YEAR <= value.year <= MAX_YEAR else None
