"""Dates as mail programs print them above a forwarded mail, in the words of any language.

Names of months and days come from the Unicode CLDR by Babel. A word may be a month in two languages and not
the same one (``listopad`` is November in Czech and October in Croatian), so the languages of the block's
labels count first, and then the one whose words explain most of the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Final

from babel import Locale, UnknownLocaleError

LANGUAGES: Final = (
    *("en", "de", "fr", "es", "pt", "it", "nl", "da", "nb", "sv", "fi", "is", "et", "lv", "lt", "pl", "cs"),
    *("sk", "sl", "hr", "sr", "sr_Latn", "bs", "mk", "bg", "ru", "uk", "be", "ro", "hu", "tr", "az", "el"),
    *("he", "ar", "fa", "hi", "bn", "ka", "hy", "kk", "sq", "ca", "gl", "eu", "ga", "cy", "af", "id", "ms"),
    *("fil", "sw", "th", "vi"),
)
"""In the order they are asked in where nothing else tells."""
_LOCALE_OF: Final = {"no": "nb", "tl": "fil"}

ZONE_MINUTES: Final = {
    "z": 0,
    "utc": 0,
    "gmt": 0,
    "wet": 0,
    "west": 60,
    "bst": 60,
    "ist": 60,
    "cet": 60,
    "mez": 60,
    "seč": 60,
    "cest": 120,
    "mesz": 120,
    "selč": 120,
    "eet": 120,
    "oez": 120,
    "eest": 180,
    "oesz": 180,
    "msk": 180,
    "мск": 180,
    "trt": 180,
    "est": -300,
    "edt": -240,
    "cst": -360,
    "cdt": -300,
    "mst": -420,
    "mdt": -360,
    "pst": -480,
    "pdt": -420,
    "akst": -540,
    "akdt": -480,
    "hst": -600,
    "jst": 540,
    "kst": 540,
    "brt": -180,
    "art": -180,
    "aest": 600,
    "aedt": 660,
    "acst": 570,
    "awst": 480,
    "nzst": 720,
    "nzdt": 780,
    "hkt": 480,
    "sgt": 480,
    "wib": 420,
    "ict": 420,
}
"""Minutes east of Greenwich of zones that mail programs write by letters."""
_AMERICAN_ZONES: Final = frozenset(
    {"est", "edt", "cst", "cdt", "mst", "mdt", "pst", "pdt", "akst", "akdt", "hst"}
)

_LONGEST: Final = 160
_TIME: Final = re.compile(
    r"(?P<before>오전|오후|上午|下午|午前|午後|凌晨|晚上|中午|\bsa|\bch|\b[ap]m)?\s?"
    r"(?<![\d:+\-−.])(?P<hour>[01]?\d|2[0-4])"
    r"(?:\s?(?:[:.h]|\bh\b)\s?(?P<minute>[0-5]\d)(?:[:.](?P<second>[0-5]\d))?(?!\d|\.\d)"
    r"|\s?[時时시点點]\s?(?P<minute2>[0-5]?\d)\s?[分분]?(?:\s?(?P<second2>[0-5]?\d)\s?[秒초])?)"
    r"\s?(?P<after>[ap]\.?\s?m\b\.?|de\.|du\.|오전|오후|μμ|πμ|μ\.μ\.|π\.μ\.|ص|م|sa\b|ch\b|chiều|sáng|öö|ös|пп|дп)?"
)
"""Hour and minute, with what tells the half of the day before or behind them."""
_AFTERNOON: Final = frozenset(
    {"오후", "下午", "午後", "晚上", "ch", "chiều", "pm", "du", "μμ", "م", "ös", "пп"}
)
_BEFORE_NOON: Final = frozenset(
    {"오전", "上午", "午前", "凌晨", "sa", "sáng", "am", "de", "πμ", "ص", "öö", "дп"}
)
_OFFSET: Final = re.compile(r"(?:(?:gmt|utc)\s?)?([+\-−])\s?(\d{1,2}):?([0-5]\d)?(?!\d|[./-])")
_YEAR_FIRST: Final = re.compile(r"(?<!\d)(\d{4})\s?[-/.年년]\s?(\d{1,2})\s?[-/.月월]\s?(\d{1,2})(?!\d)")
_YEAR_LAST: Final = re.compile(r"(?<!\d)(\d{1,2})\s?[-/.]\s?(\d{1,2})\s?[-/.]\s?(\d{4}|\d{2})(?!\d)")
_NUMBERED_MONTH: Final = re.compile(r"\b(?:thg|tháng)\s?(\d{1,2})\b")
_YEAR: Final = re.compile(r"(?<!\d)(19\d\d|20\d\d|25\d\d)(?!\d)")
_DAY: Final = re.compile(r"(?<![\d:])(\d{1,2})(?:st|nd|rd|th|º|ª|er|e|\.)?(?![\d:])")
_LETTERS: Final = r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f\u0900-\u0e7f])*"
"""With vowel signs, which Python counts as no letters: of the scripts of India and Thailand, मार्च."""
_WORD: Final = re.compile(rf"{_LETTERS}(?:['’.-]{_LETTERS})*")
_BUDDHIST_YEARS: Final = 543
_FIRST_BUDDHIST: Final = 2500
_CENTURY: Final = 2000
_MONTHS: Final = 12
_HOURS: Final = 12
_SHORTEST_STEM: Final = 3


def parse_printed_date(text: str, languages: Iterable[str] = ()) -> datetime | None:
    """The moment that `text` names; without a zone where it prints none, None where it is no date.

    Args:
        text: as printed, such as ``śr., 27 paź 2021 o 09:31`` or ``28/10/2021 12:46``.
        languages: of the words around it, as keys of `LABELS`.
    """
    text = _plain(text)
    time = next((found for found in _TIME.finditer(text)), None)
    if time is None:
        hour = minute = second = 0
        rest, half = text, ""
    else:
        half = re.sub(r"[\s.]", "", time["before"] or time["after"] or "")
        hour, minute = int(time["hour"]), int(time["minute"] or time["minute2"])
        second = int(time["second"] or time["second2"] or 0)
        rest = f"{text[: time.start()]} {text[time.end() :]}" if text[time.end() :] else text[: time.start()]
    if half in _AFTERNOON and hour < _HOURS:
        hour += _HOURS
    elif half in _BEFORE_NOON and hour == _HOURS:
        hour = 0
    zone, american = _zone(text[time.end() :] if time else "")
    day = _day_of(rest, tuple(languages), month_first=american or half in ("am", "pm"))
    if day is None:
        return None
    try:
        return datetime(*day, hour % 24, minute, second, tzinfo=zone)
    except ValueError:
        return None


def _plain(text: str) -> str:
    """Lower case, one kind of blank, digits of any script as ASCII."""
    text = unicodedata.normalize("NFKC", text[:_LONGEST]).lower().replace("i̇", "i")
    digits = (str(unicodedata.digit(c)) if c.isdigit() and not c.isascii() else c for c in text)
    return " ".join("".join(digits).split())


def _zone(after: str) -> tuple[timezone | None, bool]:
    """Zone written behind a time, and whether it is one of those where months come first."""
    words = {word for word in _WORD.findall(after) if word in ZONE_MINUTES}
    if offset := _OFFSET.search(after):
        minutes = int(offset[2]) * 60 + int(offset[3] or 0)
        if minutes < 24 * 60:
            return timezone(timedelta(minutes=-minutes if offset[1] != "+" else minutes)), False
    for word in sorted(words):
        minutes = ZONE_MINUTES[word]
        return (timezone(timedelta(minutes=minutes)) if minutes else UTC), word in _AMERICAN_ZONES
    return None, False


def _day_of(text: str, languages: tuple[str, ...], *, month_first: bool) -> tuple[int, int, int] | None:
    if found := _YEAR_FIRST.search(text):
        return _western(int(found[1])), int(found[2]), int(found[3])
    if found := _YEAR_LAST.search(text):
        first, second, year = int(found[1]), int(found[2]), int(found[3])
        year = year if year >= 100 else year + _CENTURY  # noqa: PLR2004  (two digits)
        day, month = (
            (second, first) if (month_first and first <= _MONTHS) or second > _MONTHS else (first, second)
        )
        return _western(year), month, day
    year_found = _YEAR.search(text)
    if year_found is None:
        return None
    rest = f"{text[: year_found.start()]} {text[year_found.end() :]}"
    if numbered := _NUMBERED_MONTH.search(rest):
        month_number = int(numbered[1])
        rest = f"{rest[: numbered.start()]} {rest[numbered.end() :]}"
        days = [int(number) for number in _DAY.findall(rest)]
        return (_western(int(year_found[1])), month_number, days[-1]) if days else None
    named = _month(rest, languages)
    day_found = _DAY.search(rest)
    if named is None or day_found is None:
        return None
    return _western(int(year_found[1])), named, int(day_found[1])


def _western(year: int) -> int:
    return year - _BUDDHIST_YEARS if year > _FIRST_BUDDHIST else year


def _month(text: str, languages: tuple[str, ...]) -> int | None:
    words = [word.strip(".'’-") for word in _WORD.findall(text)]
    words += [part for word in words for part in re.split(r"['’]", word)[1:]]  # d'octobre
    asked = [_LOCALE_OF.get(language, language) for language in languages]
    # Loading all languages takes 0.3 s, and those of the labels nearly always suffice.
    return _best_month(words, asked) or _best_month(words, LANGUAGES)


def _best_month(words: Sequence[str], languages: Iterable[str]) -> int | None:
    """The month by that language whose names of months and days are most of the words."""
    best: tuple[int, int, int] | None = None
    for rank, language in enumerate(languages):
        months, days = _names(language)
        known = [word for word in words if word in months]
        # "mar." is a day as well as a month in Spanish; where another word is a month too, it is the day.
        month = next((months[word] for word in sorted(known, key=lambda one: one in days)), None)
        if month is None:
            month = next((months[stem] for word in words if (stem := _stem(word, months))), None)
        if month is None:
            continue
        score = (len(known) + sum(1 for word in words if word in days), -rank, month)
        best = max(best, score) if best else score
    return best[2] if best else None


def _stem(word: str, months: dict[str, int]) -> str | None:
    """The longest month of which `word` is a grammatical form, or that it shortens."""
    fitting = [
        name
        for name in months
        if len(name) > _SHORTEST_STEM
        and len(word) >= _SHORTEST_STEM
        and (word.startswith(name) or name.startswith(word))
    ]
    return max(fitting, key=len) if len({months[name] for name in fitting}) == 1 else None


@cache
def _names(language: str) -> tuple[dict[str, int], frozenset[str]]:
    """Months by name, and names of days, in lower case and without full stops."""
    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return {}, frozenset()
    months = {
        _plain(name).strip("."): number
        for context in ("format", "stand-alone")
        for width in ("wide", "abbreviated")
        for number, name in locale.months[context][width].items()
    }
    days = {
        _plain(name).strip(".")
        for context in ("format", "stand-alone")
        for width in ("wide", "abbreviated", "short")
        for name in locale.days[context].get(width, {}).values()
    }
    for name in [*months]:  # the last word of "de outubro"
        months.setdefault(name.split(" ")[-1], months[name])
    return months, frozenset(days)
