"""Numbers in printed text: amounts, counts, weights, percentages, each with its place.

Engines confuse O with 0 and S with $, and lose the blank between a price and its tax letter; prints use
points, commas, apostrophes and blanks. What is repaired here is marked, so that arithmetic can doubt it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Final


class DecimalMark(Enum):
    """What stands before the cents on this page."""

    POINT = "."
    COMMA = ","


@dataclass(frozen=True, slots=True)
class Number:
    """A printed number.

    Attributes:
        value: with its sign.
        decimals: digits printed after the decimal mark.
        start: offset of its first character (sign and currency included) in the text.
        end: offset after its last character.
        unit: what follows it, in lower case: ``kg``, ``%``, ``x``; empty when nothing does.
        currency_mark: ``$``, ``RM``, ``EUR`` and so on, as printed before or after; empty when there is none.
        repaired: characters were exchanged, or the decimal mark was a blank.
        at: printed after ``@``, ``x`` or ``*``, as unit prices are.
    """

    value: Decimal
    decimals: int
    start: int
    end: int
    unit: str = ""
    currency_mark: str = ""
    repaired: bool = False
    at: bool = False

    @property
    def is_price(self) -> bool:
        """Printed with cents, or with a currency beside it, and no weight or percentage."""
        return not self.unit and (
            self.decimals == CENT_DIGITS or (bool(self.currency_mark) and self.decimals == 0)
        )


CENT_DIGITS: Final = 2
MILLI_DIGITS: Final = 3

_LOOKALIKES: Final = str.maketrans(
    {
        "O": "0", "o": "0", "D": "0", "C": "0", "Q": "0", "U": "0", "õ": "0", "ö": "0", "Ö": "0",
        "I": "1", "l": "1", "|": "1", "Z": "2", "S": "5", "B": "8",
    }
)  # fmt: skip
_LOOKALIKE_CLASS: Final = r"[\dOoDCQUõöÖIl|ZSB]"
_MARKS: Final = (
    r"(?:RM|RN|RH|MYR|US\$|AU?\$|A\$|NZ\$|S\$|C\$|CA\$|HK\$|R\$|\$|£|€|¥|₹|₽|zł|PLN|USD|EUR|GBP|CHF|Fr\."
    r"|NOK|SEK|DKK"
    r"|AUD|NZD|CAD|SGD|BYN|RUB|JPY|INR|kr\.?|Kč|Rs\.?|CZK|HUF|Ft)"
)
_UNITS: Final = (
    r"%|kgs?|gr?|lbs?|oz|gal|gallons?|ltr|lit(?:re|er)s?|l|ml|cl|pcs?|pce|stk|st|ea|each|qty|units?|x|×"
)
_NUMBER: Final = re.compile(
    rf"""(?<![A-Za-z0-9.,/#])(?<!\d:)
    (?P<at>(?:[@xX×]|(?<=[\d\s])\*)\s?)?
    (?P<lead>[-–−(]\s?)?
    (?P<mark>{_MARKS}\s?)?
    (?P<sign>[-–−]\s?)?
    (?P<s_for_dollar>S(?=\d+[.,]\d\d))?
    (?P<body>
        \d{{1,3}}(?:,\d{{3}})+(?:\.\d{{2,3}})?
      | \d{{1,3}}(?:\.\d{{3}})+,\d{{2,3}}
      | \d{{1,3}}(?:['’]\d{{3}})+(?:[.,]\d{{2}})?
      | \d{{1,3}}(?:\ \d{{3}})+,\d{{2}}
      | \d+[.,]\d{{4}}
      | \d*[.,]\s?\d{{2,3}}
      | {_LOOKALIKE_CLASS}{{1,6}}[.,]\s?{_LOOKALIKE_CLASS}{{2}}
      | \d+[.,]\d
      | \d+
    )
    (?P<trail>-(?![\d.])|\))?
    (?P<unit>\s?(?i:{_UNITS})(?![A-Za-z0-9]))?
    (?P<after>\s?{_MARKS}(?![A-Za-z]|\s?[\d.]))?
    (?![.,:/'’]\d|\d)""",
    re.VERBOSE,
)
_BLANK_FOR_POINT: Final = re.compile(r"^(\D{0,4}\d{1,4}) (\d{2})$")
_ONLY_LETTERS: Final = re.compile(r"^[A-Za-zõöÖ|.,\s]+$")


def decimal_mark(texts: Iterable[str]) -> DecimalMark:
    """What this page writes before its cents, by majority; a point where nothing says."""
    points = commas = 0
    for text in texts:
        points += len(re.findall(r"\d\.\d{2}(?![\d.,])", text))
        commas += len(re.findall(r"\d,\d{2}(?![\d.,])", text))
    return DecimalMark.COMMA if commas > points else DecimalMark.POINT


def mend_blank(box_text: str, mark: DecimalMark) -> str:
    """``12 00`` that fills a box of its own is 12.00: the point was too faint."""
    return _BLANK_FOR_POINT.sub(rf"\g<1>{mark.value}\g<2>", box_text)


def find_numbers(text: str, mark: DecimalMark) -> tuple[Number, ...]:
    """All numbers in `text`, from left to right; not those inside words, dates, times and codes."""
    found: list[Number] = []
    for match in _NUMBER.finditer(text):
        number = _number(match, mark)
        if number is not None:
            found.append(number)
    return tuple(found)


def _number(match: re.Match[str], mark: DecimalMark) -> Number | None:
    body = match["body"].replace(" ", "")
    if _ONLY_LETTERS.match(body):
        return None
    plain = body.translate(_LOOKALIKES)
    value, decimals = _value(plain, mark)
    negative = any((match["sign"], match["trail"] and match["trail"] != ")", _dash(match["lead"])))
    if match["lead"] and match["lead"].startswith("(") and match["trail"] == ")":
        # Accountants' brackets mean minus only around an amount of money.
        negative = negative or (decimals == CENT_DIGITS and bool(match["mark"]))
    unit = (match["unit"] or "").strip().lower()
    at = bool(match["at"])
    return Number(
        value=-value if negative else value,
        decimals=decimals,
        start=match.start(),
        end=match.end(),
        unit="x" if unit == "×" else unit,
        currency_mark=(match["mark"] or match["after"] or ("$" if match["s_for_dollar"] else "")).strip(),
        repaired=plain != body,
        at=at,
    )


def _dash(lead: str | None) -> bool:
    return bool(lead) and not str(lead).startswith("(")


def _value(body: str, mark: DecimalMark) -> tuple[Decimal, int]:
    """The value and its printed decimals. Three digits after the mark are thousands or a weight."""
    body = body.replace("'", "").replace("’", "")
    last = max(body.rfind("."), body.rfind(","))
    if last < 0:
        return Decimal(body), 0
    whole, cents = re.sub(r"[.,]", "", body[:last]), body[last + 1 :]
    separator = body[last]
    other_mark = separator != mark.value
    if len(cents) == MILLI_DIGITS and other_mark and whole.strip("0"):
        return Decimal(whole + cents), 0
    return Decimal(f"{whole or '0'}.{cents}"), len(cents)
