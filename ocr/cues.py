"""Where a receipt is from: its locale, and so its currency, the order of day and month, and its words.

Two kinds of evidence. Patterns of a pack's country (currency signs, forms of tax numbers, postcodes, web
endings) count once a row; words count by how few languages have them, so that SUMME says more than TOTAL.
A page may be of several languages: a Swiss till prints German and French.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from ocr.amounts import CENT_DIGITS, MILLI_DIGITS, Number, NumberStyle
from ocr.dates import DateOrder
from ocr.lines import Line, squash
from ocr.locales.pack import Order, Pack
from ocr.locales.vocabulary import BUILT_IN, Locales, Vocabulary
from ocr.other_currencies import is_whole, printed_elsewhere
from receipts.money import Currency, currency, minor_unit_digits

MIN_RUPIAH: Final = 100
"""Nothing costs less: it is less than a cent."""
CONVERTED: Final = re.compile(r"TOTAL IN (?:EUR|USD)|WECHSELKURS|EXCHANGE RATE", re.IGNORECASE)
ROW_WEIGHT: Final = 2.0
"""A row that matches a country's pattern, against a word that only one language has."""
LANGUAGE_SHARE: Final = 0.35
"""Of the strongest language's weight: what another needs to count as spoken on the page too."""
MIN_LANGUAGE: Final = 1.0
"""One word of its own, or two that it shares."""
TELLING_LANGUAGE: Final = 3.0
"""Three words of its own tell the currency where none is printed."""
DEFAULT_WEIGHT: Final = 1.5
"""What the program expects counts less than one row that says otherwise."""
SURE: Final = 0.6
"""From here on the locale's order of day and month is taken as known."""
_TOKEN: Final = re.compile(r"[^\W\d_]{3,}")
_ORDERS: Final[Mapping[Order, DateOrder | None]] = {
    Order.DAY_FIRST: DateOrder.DAY_FIRST,
    Order.MONTH_FIRST: DateOrder.MONTH_FIRST,
    Order.YEAR_FIRST: DateOrder.YEAR_FIRST,
    Order.UNDECIDED: None,
}


@dataclass(frozen=True, slots=True)
class Cues:
    """What the page says of its country.

    Attributes:
        currency: None where nothing says.
        certain: a currency's own mark is printed.
        locale: the most likely pack; None where nothing says and nothing was expected.
        sure: 0 to 1, how far the evidence for it outweighs that for the next one.
        languages: those spoken on the page; empty where no word told.
        vocabulary: the words that count on this page.
    """

    currency: Currency | None
    certain: bool
    locale: Pack | None
    sure: float
    languages: frozenset[str]
    vocabulary: Vocabulary


def find_cues(
    lines: Sequence[Line],
    locales: Locales = BUILT_IN,
    *,
    expected: str = "",
    default_currency: Currency | None = None,
) -> Cues:
    """The locale that the page speaks for; `expected` and the default currency count where it is silent."""
    rows = _country_rows(lines, locales)
    spoken = _language_weights(lines, locales)
    printed = _currency_rows(lines, rows, locales)
    printed |= printed_elsewhere(lines, locales, locales.vocabulary())
    best_printed = max(printed, key=lambda code: printed[code]) if printed else None
    ranked = sorted(
        (
            (_weight(pack, rows, spoken, expected, default_currency), pack.code == expected, pack)
            for pack in locales.countries
            if best_printed is None or pack.money.currency == best_printed
        ),
        # Where nothing decides, amounts have cents: 1.200 for 1.2 does less harm than the other way round.
        key=lambda entry: (-entry[0], not entry[1], entry[2].money.minor_digits == 0, entry[2].code),
    )
    weight, following = (ranked[0][0] if ranked else 0.0), (ranked[1][0] if len(ranked) > 1 else 0.0)
    languages = _spoken(spoken)
    decided = ranked[0][2] if weight > 0 else None
    told = best_printed or _spoken_currency(decided, languages, spoken)
    return Cues(
        currency=currency(told) if told else None,
        certain=best_printed is not None and (printed[best_printed] > 1 or len(printed) == 1),
        locale=decided,
        sure=round(weight / (weight + following + 1.0), 3),
        languages=languages,
        vocabulary=locales.vocabulary(_active(languages, decided, rows) or None),
    )


def _country_rows(lines: Sequence[Line], locales: Locales) -> dict[str, int]:
    """For each country's pack: how many rows match a pattern of it."""
    texts = [line.text.upper() for line in lines if not CONVERTED.search(line.text)]
    found: dict[str, int] = {}
    for pack, pattern in _patterns(locales):
        count = sum(pattern.search(text) is not None for text in texts)
        if count:
            found[pack.code] = count
    return found


@cache
def _patterns(locales: Locales) -> tuple[tuple[Pack, re.Pattern[str]], ...]:
    """Each country's patterns as one; they are written in capitals."""
    return tuple((pack, re.compile("|".join(pack.cues))) for pack in locales.countries if pack.cues)


def _currency_rows(lines: Sequence[Line], rows: Mapping[str, int], locales: Locales) -> dict[str, int]:
    """For each currency: the rows of the pack that has most, and the rows whose sign is its alone."""
    found: dict[str, int] = {}
    for code, count in rows.items():
        name = locales.packs[code].money.currency
        found[name] = max(found.get(name, 0), count)
    own = _own_signs(locales)
    signed = Counter(
        name
        for line in lines
        if not CONVERTED.search(line.text)
        for name in {
            own.get(number.currency_mark.upper(), "") for number in line.prices if not _has_cents(number)
        }
        if name
    )
    return {name: found.get(name, 0) + signed[name] for name in dict.fromkeys((*found, *signed))}


def _has_cents(number: Number) -> bool:
    """Whether its sign can be no rupiah's: tills print RP by a regular price, too."""
    return number.currency_mark == "RP" and number.decimals == CENT_DIGITS and abs(number.value) < MIN_RUPIAH


@cache
def _own_signs(locales: Locales) -> Mapping[str, str]:
    """Signs that stand for one currency alone: the euro's and the pound's, not the dollars' or crowns'."""
    meant: dict[str, set[str]] = {}
    for pack in locales.countries:
        for sign in pack.money.signs:
            meant.setdefault(sign.upper(), set()).add(pack.money.currency)
    return {
        sign: next(iter(names))
        for sign, names in meant.items()
        if len(names) == 1 and not (len(sign) == 1 and sign.isalpha())
    }


def _language_weights(lines: Sequence[Line], locales: Locales) -> dict[str, float]:
    """For each language: its words on the page, each once, those of several languages shared out."""
    speakers = locales.speakers
    words = {squash(token) for line in lines for token in _TOKEN.findall(line.text)}
    words |= {line.squashed for line in lines}
    found: dict[str, float] = {}
    for word in words:
        languages = speakers.get(word, ())
        for language in languages:
            found[language] = found.get(language, 0.0) + 1.0 / len(languages)
    return found


def _weight(
    pack: Pack,
    rows: Mapping[str, int],
    spoken: Mapping[str, float],
    expected: str,
    default_currency: Currency | None,
) -> float:
    weight = ROW_WEIGHT * rows.get(pack.code, 0) + spoken.get(pack.language, 0.0)
    if expected:
        return weight + DEFAULT_WEIGHT * (pack.code == expected)
    return weight + DEFAULT_WEIGHT * (pack.money.currency == default_currency)


def _spoken(weights: Mapping[str, float]) -> frozenset[str]:
    """Languages with enough words of their own, against the one that has most."""
    most = max(weights.values(), default=0.0)
    return frozenset(
        language for language, weight in weights.items() if weight >= max(MIN_LANGUAGE, LANGUAGE_SHARE * most)
    )


def _spoken_currency(
    decided: Pack | None, languages: frozenset[str], spoken: Mapping[str, float]
) -> str | None:
    """The currency that the language alone speaks for; English is spoken in too many countries."""
    if decided is None or decided.language == "en" or languages != {decided.language}:
        return None
    return decided.money.currency if spoken[decided.language] >= TELLING_LANGUAGE else None


def _active(languages: frozenset[str], decided: Pack | None, rows: Mapping[str, int]) -> frozenset[str]:
    """Languages whose ambiguous words count: those spoken, and the country's if a row speaks for it."""
    own = {decided.language} if decided is not None and rows.get(decided.code) else set()
    return languages | own


def number_style(
    cues: Cues, locales: Locales = BUILT_IN, *, default_currency: Currency | None = None
) -> NumberStyle:
    """How amounts are printed, as far as only the country says it, or else the program's own currency."""
    pack = cues.locale
    code = cues.currency or default_currency
    if code is not None and minor_unit_digits(code) == MILLI_DIGITS:
        return NumberStyle(locales.signs, fine=True)
    if cues.currency is None and default_currency is not None and is_whole(default_currency):
        return NumberStyle(locales.signs, whole=True)
    if pack is None or (cues.currency is not None and cues.currency != pack.money.currency):
        return NumberStyle(locales.signs, whole=cues.currency is not None and is_whole(cues.currency))
    blanks = pack.money.decimal_mark == "." and " " in pack.money.thousands_marks
    return NumberStyle(locales.signs, whole=pack.money.minor_digits == 0, blank_groups=blanks)


def date_order(found: Currency | None, *, day_first: bool | None) -> DateOrder:
    """Which way ambiguous dates are read where only a currency is known."""
    order = _order_of_currency(found)
    if order is not None:
        return order
    if day_first is None:
        return DateOrder.DAY_FIRST
    return DateOrder.DAY_FIRST if day_first else DateOrder.MONTH_FIRST


def _order_of_currency(found: Currency | None) -> DateOrder | None:
    """The order that all countries of a currency write; None where they differ, or none is known."""
    orders = {_ORDERS[pack.dates.order] for pack in BUILT_IN.countries if pack.money.currency == found}
    known = {order for order in orders if order is not DateOrder.YEAR_FIRST}
    return next(iter(known)) if len(known) == 1 else None


def order_of(cues: Cues, default_currency: Currency, *, day_first: bool | None) -> tuple[DateOrder, bool]:
    """Which way ambiguous dates are read, and whether the page says so.

    It does by its country, or by a currency of countries that all write them alike, as the euro's do.
    """
    if cues.locale is not None and (cues.currency is not None or cues.sure >= SURE):
        order = _ORDERS[cues.locale.dates.order]
        if order is not None:
            return order, cues.sure >= SURE or (cues.certain and order is _order_of_currency(cues.currency))
    order = date_order(cues.currency or default_currency, day_first=day_first)
    return order, cues.certain and order is _order_of_currency(cues.currency)
