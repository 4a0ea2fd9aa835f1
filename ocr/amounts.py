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
from functools import cache
from typing import Final

from ocr.locales.vocabulary import BUILT_IN


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
        whole: of a currency without cents, and large enough for a price.
        at: printed after ``@``, ``x`` or ``*``, as unit prices are.
        fine: of a currency of a thousand parts, with all three decimals.
    """

    value: Decimal
    decimals: int
    start: int
    end: int
    unit: str = ""
    currency_mark: str = ""
    repaired: bool = False
    at: bool = False
    whole: bool = False
    fine: bool = False

    @property
    def is_price(self) -> bool:
        """Printed with cents, or with a currency beside it, and no weight or percentage."""
        cents = self.decimals == CENT_DIGITS or self.whole or self.fine
        printed_so = cents or (self.currency_mark and self.decimals == 0)
        return bool(printed_so) and not self.unit and abs(self.value) < TOO_MUCH


MAX_LENGTH: Final = 24
"""Characters of a number, marks included: with more, sums of products are no longer exact."""
CENT_DIGITS: Final = 2
TOO_MUCH: Final = 10**10
"""No purchase costs so much in any currency, and what is kept of money has 64 bits."""
MILLI_DIGITS: Final = 3

_LOOKALIKES: Final = str.maketrans(
    {
        "O": "0", "o": "0", "D": "0", "C": "0", "Q": "0", "U": "0", "õ": "0", "ö": "0", "Ö": "0",
        "I": "1", "l": "1", "|": "1", "Z": "2", "S": "5", "B": "8",
    }
)  # fmt: skip
_LOOKALIKE_CLASS: Final = r"[\dOoDCQUõöÖIl|ZSB]"
_UNITS: Final = "|".join(("%", *map(re.escape, dict.fromkeys((*BUILT_IN.units, "qty", "x", "×")))))


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """How a country prints amounts, where that is not plain from the print itself.

    Attributes:
        signs: of currencies, the longest first.
        whole: amounts have no cents; whole numbers are prices, and ``1.200`` is 1200.
        blank_groups: blanks part thousands before a decimal point too: ``1 234.56``.
        fine: amounts have three decimals, as dinars do.
    """

    signs: tuple[str, ...] = BUILT_IN.signs
    whole: bool = False
    blank_groups: bool = False
    fine: bool = False


PLAIN_STYLE: Final = NumberStyle()


DONG: Final = "đ"


def _sign(sign: str) -> str:
    """A lone letter is a currency only right before digits: R 12 may be anything. The dong's is no word's."""
    if sign == DONG:
        return rf"{sign}(?![^\W\d_])"
    return rf"{sign}(?=\d)" if len(sign) == 1 and sign.isalpha() and sign.isascii() else re.escape(sign)


@cache
def _pattern(style: NumberStyle) -> re.Pattern[str]:
    marks = rf"(?:{'|'.join(map(_sign, style.signs))})"
    blanks = r"| \d{1,3}(?:\ \d{3})+\.\d{2}" if style.blank_groups else ""
    groups = r"| \d{1,3}(?:[.,'’\ ]\d{3})+(?![.,\d])" if style.whole else ""
    return re.compile(
        rf"""(?<![A-Za-z0-9.,/#])(?<!\d:)
    (?P<at>(?:[@xX×]|(?<=[\d\s])\*)\s?)?
    (?P<lead>[-–−(]\s?)?
    (?P<mark>{marks}\s?)?
    (?P<sign>[-–−]\s?)?
    (?P<s_for_dollar>S(?=\d+[.,]\d\d))?
    (?P<body>
        \d{{1,3}}(?:,\d{{3}})+(?:\.\d{{2,3}})?
      | \d{{1,2}}(?:,\d{{2}})+,\d{{3}}(?:\.\d{{2}})?
      | \d{{1,3}}(?:\.\d{{3}})+,\d{{2,3}}
      | \d{{1,3}}(?:['’]\d{{3}})+(?:[.,]\d{{2}})?
      | \d{{1,3}}(?:\ \d{{3}})+,\d{{2}}
      {blanks}{groups}
      | \d{{1,6}}[.,:]\s?[-–—]{{1,2}}(?=$|\s|{marks})
      | \d+[.,]\d{{4}}
      | \d*[.,]\s?\d{{2,3}}
      | {_LOOKALIKE_CLASS}{{1,6}}[.,]\s?{_LOOKALIKE_CLASS}{{2}}
      | \d+[.,]\d
      | \d+
    )
    (?P<trail>-(?![\d.])|\))?
    (?P<unit>\s?(?i:{_UNITS})(?![A-Za-z0-9]))?
    (?P<after>\s?{marks}(?![^\W\d_]|\s?[\d.])|(?<=[.,]\d\d)\s?{marks}(?=\s\d{{1,2}}(?:\s|$)))?
    (?![.,:/'’]\d|\d)""",
        re.VERBOSE,
    )


_BLANK_FOR_POINT: Final = re.compile(r"^(\D{0,4}\d{1,4}) (\d{2})$")
_DASHES_FOR_CENTS: Final = re.compile(r"[.,:][-–—]{1,2}$")
"""``12.-``, ``45:-``: no cents, as the Swiss, the Dutch and Scandinavians print it."""
_WHOLE_GROUPS: Final = re.compile(r"\d{1,3}(?:[.,'’]\d{3})+")
_BLANKS: Final = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " "})
MIN_WHOLE_PRICE: Final = 10
"""Where prices have no cents, smaller whole numbers are counts."""
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


def find_numbers(text: str, mark: DecimalMark, style: NumberStyle = PLAIN_STYLE) -> tuple[Number, ...]:
    """All numbers in `text`, from left to right; not those inside words, dates, times and codes."""
    found: list[Number] = []
    for match in _pattern(style).finditer(text.translate(_BLANKS)):
        number = _number(match, mark, style)
        if number is not None:
            found.append(number)
    return tuple(found)


def _number(match: re.Match[str], mark: DecimalMark, style: NumberStyle) -> Number | None:
    body = _DASHES_FOR_CENTS.sub(rf"{mark.value}00", match["body"].replace(" ", ""))
    if _ONLY_LETTERS.match(body):
        return None
    plain = body.translate(_LOOKALIKES)
    if len(plain) > MAX_LENGTH:
        return None
    value, decimals = _value(plain, mark)
    if style.whole and _WHOLE_GROUPS.fullmatch(plain):
        value, decimals = Decimal(re.sub(r"\D", "", plain)), 0
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
        whole=style.whole and decimals == 0 and value >= MIN_WHOLE_PRICE,
        fine=style.fine and decimals == MILLI_DIGITS and not unit,
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
