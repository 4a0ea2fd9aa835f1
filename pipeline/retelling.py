"""Tells again in another language what was decided, and kept, in English (`pipeline.retold`)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from functools import cache, lru_cache

from babel import Locale
from babel.lists import format_list
from markupsafe import Markup

from pipeline.language import ENGLISH, day, points, said, spoken
from pipeline.language import tongue as untold
from pipeline.retold import OF_CHECKS, OF_DECLINES, OF_ENTRIES, OF_LINES, OF_RULES, TAILS, WITH_WORDS, WORDS

_NAMED = re.compile(r"%\((\w+)\)s")
_DAY = r"\d{1,2} [A-Z][a-z]+ \d{4}(?:, \d\d:\d\d)?"
_FORMS: Mapping[str, str] = {
    "points": r"-?[\d,]+ points?",
    "money": r"-?[\d.]+ [A-Z]{3}",
    "day": _DAY,
    "number": r"[\d.]+",
    "time": r"\d\d:\d\d",
    "currency": r"[A-Z]{3}",
    "field": "|".join(map(re.escape, WORDS)),
    "channel": "|".join(map(re.escape, WORDS)),
    "period": "|".join(map(re.escape, WORDS)),
    "rounding": "|".join(map(re.escape, WORDS)),
}
_WHOLE = (*OF_CHECKS, *OF_DECLINES, *OF_LINES, *OF_RULES, *OF_ENTRIES)
_MONTHS = Locale("en").months["format"]["wide"]
_WEEKDAYS = Locale("en").days["format"]["wide"]
PRINT = "“%(print)s”"
_BETWEEN_PRINTS = re.compile(r"(?<=[”…])(?:, and |, | and )(?=“|\d+ more$)")
"""A print that was shortened ends in dots and has lost its closing mark."""
_NOT_LONGER = 2_000
"""A sentence of ours has some 300 characters."""


def retold(sentence: str) -> str:
    """The sentence in the language that is spoken; as it was where nobody knows it."""
    if spoken() == ENGLISH or not sentence or len(sentence) > _NOT_LONGER:
        return sentence
    return _retold(spoken(), sentence)


def tongue(sentence: str) -> Markup:
    """The attributes that tell a screen reader of a sentence that stayed English on a page that is not."""
    return Markup("") if retold(sentence) != sentence else untold(sentence)


@lru_cache(maxsize=4096)
def _retold(_language: str, sentence: str) -> str:  # kept by language: what is said depends on it
    if (known := said(sentence)) != sentence:
        return known
    for template in _WHOLE:
        if (filled := _filled(template, sentence)) is not None:
            return filled
    if sentence.startswith(f"{WITH_WORDS} "):
        return f"{said(WITH_WORDS)} {sentence.removeprefix(WITH_WORDS).strip()}"
    for tail in TAILS:
        at = sentence.rfind(f" {tail.partition('%')[0]}")
        if at > 0 and (filled := _filled(tail, sentence[at + 1 :])) is not None:
            return f"{_retold(_language, sentence[:at])} {filled}"
    return sentence


def _filled(template: str, sentence: str) -> str | None:
    """The sentence by this template in the language that is spoken; None where it is another."""
    found = _pattern(template).fullmatch(sentence)
    if found is None:
        return None
    told = {name: _of_kind(_kind(name), value) for name, value in found.groupdict().items()}
    return said(template) % told if told else said(template)


@cache
def _pattern(template: str) -> re.Pattern[str]:
    parts, at = [], 0
    for place in _NAMED.finditer(template):
        name = place[1]
        form = _FORMS.get(_kind(name), ".+?")
        parts += [re.escape(template[at : place.start()]), f"(?P<{name}>{form})"]
        at = place.end()
    return re.compile("".join([*parts, re.escape(template[at:])]))


def _kind(name: str) -> str:
    return name.rstrip("0123456789").rstrip("_")


def _of_kind(kind: str, value: str) -> str:
    way = _WAYS.get(kind)
    return value if way is None else way(value)


def _points(value: str) -> str:
    return points(int(value.partition(" ")[0].replace(",", "")))


def _money(value: str) -> str:
    amount, _, code = value.partition(" ")
    return f"{amount.replace('.', Locale.parse(spoken()).number_symbols['latn']['decimal'])} {code}"


def _day(value: str) -> str:
    written, comma, time = value.partition(",")
    number, month, year = written.split()
    known = next((at for at, name in _MONTHS.items() if name == month), None)
    if known is None:
        return value
    return f"{day(dt.date(int(year), known, int(number)))}{comma}{time}"


def _list(value: str) -> str:
    """``A, B or C``, where only the last ``or`` is ours."""
    head, _, last = value.rpartition(" or ")
    if more := re.fullmatch(r"(\d+) more", last):
        last = said("%(count)s more") % {"count": more[1]}
    return f"{head} {said('or')} {last}" if head else last


def _prints(value: str) -> str:
    """``“A”, “B”, and 3 more``: each in the language's own marks, and listed as it lists."""
    told = []
    for part in _BETWEEN_PRINTS.split(value):
        if more := re.fullmatch(r"(\d+) more", part):
            told.append(said("%(count)s more") % {"count": more[1]})
        else:
            told.append(said(PRINT) % {"print": part.removeprefix("“").removesuffix("”")})
    return format_list(told, locale=spoken())


def _weekdays(value: str) -> str:
    names = Locale.parse(spoken()).days["format"]["wide"]
    for at, name in _WEEKDAYS.items():
        value = re.sub(rf"\b{name}\b", names[at], value)
    return re.sub(r"\bor\b", said("or"), value)


_SPANS: tuple[tuple[str, str], ...] = (
    (rf"from ({_DAY}) to ({_DAY})", "from %(first)s to %(last)s"),
    (
        r"from (\d{1,2} [A-Z][a-z]+) to (\d{1,2} [A-Z][a-z]+) of each year",
        "from %(first)s to %(last)s of each year",
    ),
    (r"on (\d{1,2} [A-Z][a-z]+) of each year", "on %(first)s of each year"),
    (r"from (\d\d:\d\d) to (\d\d:\d\d)", "from %(first)s to %(last)s by the clock"),
)
SPANS = tuple(template for _, template in _SPANS)


def _when(value: str) -> str:
    told = []
    for part in re.split(r", | or ", value):
        for pattern, template in _SPANS:
            if found := re.fullmatch(pattern, part):
                ends = dict(zip(("first", "last"), map(_day_of_any_year, found.groups()), strict=False))
                told.append(said(template) % ends)
                break
        else:
            return value
    return f"{', '.join(told[:-1])} {said('or')} {told[-1]}" if len(told) > 1 else told[0]


def _day_of_any_year(value: str) -> str:
    if ":" in value:
        return value
    return _day(value) if value[-1].isdigit() else _day(f"{value} 2000").removesuffix(" 2000")


def _nth(value: str) -> str:
    """``your 3rd purchase or every 5th purchase``, ``3rd``."""
    value = re.sub(r"(\d+)(?:st|nd|rd|th)", r"\1.", value)
    value = re.sub(
        r"\byour (\d+\.) purchase", lambda found: said("your %(nth)s purchase") % {"nth": found[1]}, value
    )
    value = re.sub(
        r"\bevery (\d+\.) purchase", lambda found: said("every %(nth)s purchase") % {"nth": found[1]}, value
    )
    return re.sub(r"\bor\b", said("or"), value)


def _rates(value: str) -> str:
    return re.sub(r"(\d) ([A-Z]{3}) as ", rf"\1 \2 {said('as')} ", value).replace(" and ", f" {said('and')} ")


_WAYS: Mapping[str, Callable[[str], str]] = {
    "points": _points,
    "money": _money,
    "day": _day,
    "list": _list,
    "prints": _prints,
    "weekdays": _weekdays,
    "when": _when,
    "nth": _nth,
    "rates": _rates,
    "field": said,
    "channel": said,
    "period": said,
    "rounding": said,
}
SENTENCES: tuple[str, ...] = (
    *_WHOLE,
    *TAILS,
    *WORDS,
    *SPANS,
    "%(count)s more",
    PRINT,
    "your %(nth)s purchase",
    "every %(nth)s purchase",
    "or",
    "and",
    "as",
)
"""What a catalogue translates of it."""
