"""What the words beside an amount say it is, in the languages of the tills we know.

Everything is compared squashed (`ocr.lines.squash`): engines lose blanks and accents. A phrase names a row
when the row's label begins with it, or when known words make up most of the label; so ``TOTAL`` names a
total and ``COLGATE TOTAL 75ML`` does not.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

from rapidfuzz import fuzz

from ocr import words
from ocr.lines import Line, squash


class Kind(Enum):
    """What a row is."""

    PLAIN = "plain"
    """Nothing known: a line item, an address, a slogan."""
    HEADER = "header"
    FINAL_TOTAL = "final_total"
    TOTAL = "total"
    SUBTOTAL = "subtotal"
    GROUP_TOTAL = "group_total"
    """A sum over a part of the items: of a tax rate, a department."""
    TAX = "tax"
    TAX_TABLE = "tax_table"
    ROUNDING = "rounding"
    SERVICE = "service"
    TIP = "tip"
    DISCOUNT = "discount"
    PAYMENT = "payment"
    CHANGE = "change"
    COUNT = "count"
    SAVINGS = "savings"
    """Says what was saved; nothing is taken off by it."""
    VOID = "void"
    META = "meta"
    """Dates, numbers, names of cashiers, card slips."""


FUZZY_MIN_LETTERS: Final = 5
"""Shorter words are one letter away from too many others."""
FUZZY_RATIO: Final = 80.0
"""Of 100: one letter wrong in a word of five."""
COVER_SHARE: Final = 0.6
"""Known words must make up this much of a label that does not begin with the phrase."""
_NOT_AN_ITEM_COUNT: Final = re.compile(r"QTY|QUANTIT|ITEMS|QTYS|UNITS|PCS|QIY|QUANTITEIT")
_EXCLUSIVE: Final = re.compile(
    r"EXCL|EXCLUD|EXCING|EXCGST|BEFORE|EXGST|EXVAT|NETTOBETRAG|EXTAX|SUBTOTAL|SUBTTL|TAXABLE"
)
_SAVED: Final = re.compile(r"SAVING|SAVED|DISC|POINT|SAVE|CHANGE|REBATE|TENDER")
_TAX_WORD: Final = re.compile(r"TAX|GST|VAT|SST|HST|MWST|MVA|MOMS|TVA|IVA|BTW|6$")
_TAX_ANYWHERE: Final = re.compile(
    r"\b(?:TAX|GST|VAT|SST|HST|PST|QST|MWST|MVA|MOMS|TVA|IVA|BTW)\b", re.IGNORECASE
)
_INCLUSIVE: Final = re.compile(r"INCL|INCSV|INCGST|WITHGST|WITHTAX|TTC|INCTAX|INCVAT|INC6|INKL")


_DISCOUNT_END: Final = re.compile(
    r"(?:RABATT|DISCOUNT|KORTING|REMISE|SAVINGS?|NACHLASS|VORTEIL|COUPON|PROMO|OFFER|SCANUGO)$"
)


def kind_of(line: Line) -> Kind:  # noqa: C901 - one question after another, first answer wins
    """What the row is, by its words alone."""
    label = line.squashed
    if not label:
        return Kind.PLAIN
    if words.COUNT.match(label):
        return Kind.COUNT
    if _is_header(line):
        return Kind.HEADER
    if _HOURS.search(line.text):
        return Kind.META
    if words.TABLE.search(label):
        return Kind.TAX_TABLE
    if words.SAVINGS.match(label):
        return Kind.SAVINGS
    total = _total_kind(label)
    if total is not None:
        return total
    for pattern, kind in _BY_START:
        match = pattern.match(label)
        if match and _names(label, match.group()) and _whole_word(line.label, match.group()):
            return kind
    if words.ROUNDING.search(label):
        return Kind.ROUNDING
    if line.prices and _TAX_ANYWHERE.search(line.text) and _covered(label):
        return Kind.TAX
    match = words.DISCOUNT.match(label)
    if match and _whole_word(line.label, match.group()):
        return Kind.DISCOUNT
    if line.prices and line.prices[-1].value < 0 and _DISCOUNT_END.search(re.sub(r"\d+", "", label)):
        return Kind.DISCOUNT
    if any(ch.isdigit() for ch in line.text) and words.META.match(label) and not line.prices:
        return Kind.META
    if line.prices and _almost_payment(label):
        return Kind.PAYMENT
    if line.prices and _almost_total(label):
        return Kind.TOTAL
    return Kind.PLAIN


_BY_START: Final = (
    (words.ROUNDING, Kind.ROUNDING),
    (words.SERVICE, Kind.SERVICE),
    (words.CHANGE, Kind.CHANGE),
    (words.TIP, Kind.TIP),
    (words.VOID, Kind.VOID),
    (words.PAYMENT, Kind.PAYMENT),
    (words.TAX, Kind.TAX),
)


def _total_kind(label: str) -> Kind | None:
    """Which sort of total, if the label names one."""
    if words.SUBTOTAL.match(label):
        return Kind.SUBTOTAL
    final = None if words.TAX.match(label) and "TOTAL" not in label else words.FINAL.search(label)
    if final and (final.start() == 0 or _covered(label)) and not _NOT_AN_ITEM_COUNT.search(label):
        return Kind.FINAL_TOTAL
    match = words.TOTAL.match(label)
    if match is None:
        match = words.TOTAL.search(label)
        if match is None or len(match.group()) < len("TOTAL") or not _covered(label):
            return None
    elif not _names(label, match.group(), MAX_AFTER_TOTAL):
        return None
    if _SAVED.search(label):
        return Kind.SAVINGS
    if _EXCLUSIVE.search(label):
        return Kind.SUBTOTAL
    if "SUPPL" in label or label.endswith(("FOOD", "DEPT")):
        return Kind.GROUP_TOTAL
    if _NOT_AN_ITEM_COUNT.search(label) and not _INCLUSIVE.search(label):
        return Kind.COUNT
    if re.search(r"INC[A-Z]*INTOTAL", label):
        return Kind.TAX
    if _TAX_WORD.search(label) and not _INCLUSIVE.search(label):
        return Kind.TAX
    return Kind.TOTAL


MAX_TRAILING_LETTERS: Final = 12
"""What may follow a naming word: a currency, a card's last digits, a rate, a tax letter."""


MAX_AFTER_TOTAL: Final = 10
"""A total is named after more: ``TOTAL FACTURE``, ``SUM 20 VARER``."""


def _names(label: str, word: str, most: int | None = None) -> bool:
    """Whether the label is about this word: little follows it, or only known words do."""
    rest = re.sub(r"\d+", "", label[len(word) :])
    limit = min(MAX_TRAILING_LETTERS, 2 + len(word)) if most is None else most
    return len(rest) <= limit or _covered(label)


MAX_SHORT_WORD: Final = 5


def _whole_word(text: str, word: str) -> bool:
    """Whether a short word ends where a printed word ends: BAR pays, BARLEY is eaten."""
    if len(word) > MAX_SHORT_WORD:
        return True
    so_far = ""
    for token in re.split(r"[^\w]+|(?<=[^\W\d])(?=\d)", text):
        so_far += squash(token)
        if len(so_far) >= len(word):
            break
    return so_far == word


def _covered(label: str) -> bool:
    letters = re.sub(r"\d+", "", label)
    if not letters:
        return False
    known = sum(len(match.group()) for match in _COVERING.finditer(letters))
    return known >= COVER_SHARE * len(letters)


_COVERING: Final = re.compile(
    "|".join(
        sorted(
            {
                word
                for pattern in (
                    words.FINAL,
                    words.TOTAL,
                    words.SUBTOTAL,
                    words.TAX,
                    words.ROUNDING,
                    words.SERVICE,
                    words.PAYMENT,
                    words.CHANGE,
                    words.FILLERS,
                )
                for word in pattern.pattern.split("|")
            },
            key=len,
            reverse=True,
        )
    )
)


_LONG_PAYMENTS: Final = (
    "MASTERCARD",
    "EFTPOS",
    "GIROCARD",
    "KREDITKARTE",
    "DEBITCARD",
    "CREDITCARD",
    "VISACREDIT",
    "VISADEBIT",
)
PAYMENT_RATIO: Final = 85.0
"""Of 100: one or two letters wrong in a word of ten."""


def _almost_payment(label: str) -> bool:
    return any(fuzz.ratio(label, word) >= PAYMENT_RATIO for word in _LONG_PAYMENTS)


def _almost_total(label: str) -> bool:
    """TOTAL with one letter misread, at the label's start."""
    head = label[: len("TOTAL") + 1]
    if re.sub(r"RM|EUR|USD", "", label) in {"TOT", "TOTA", "OTAL", "OTALRM"}:
        return True
    return max(fuzz.ratio(head[:5], "TOTAL"), fuzz.ratio(head, "TOTAL")) >= FUZZY_RATIO and len(label) <= len(
        "TOTALAMOUNT"
    )


_HOURS: Final = re.compile(
    r"\b\d{3,4}\s?HRS\b|\b(?:SHOPPING|OPENING|BUSINESS|STORE) HOURS\b|\bOPEN \d"
    r"|\bMON(?:DAY)?\s?[-–]\s?(?:SUN|FRI|SAT)",
    re.IGNORECASE,
)
HEADER_MAX_NUMBER: Final = 100
"""A rate such as 6 % may stand in a heading, an article or tax number does not."""
_WORD: Final = re.compile(r"[^\W\d_]+", re.UNICODE)


def _is_header(line: Line) -> bool:
    """Column headings: at least two of their words, nothing else of weight, and no price."""
    if line.prices or any(number.value >= HEADER_MAX_NUMBER for number in line.numbers):
        return False
    heads = [squash(word) for word in _WORD.findall(line.text)]
    heads = [head for head in heads if head]
    if len(heads) < 2:  # noqa: PLR2004 - one word alone may be a name
        return len(heads) == 1 and heads[0] in _LONE_HEADERS
    known = sum(
        bool(words.HEADER.fullmatch(head) or words.HEADER.fullmatch(head.rstrip("S"))) for head in heads
    )
    return known >= max(2, HEADER_SHARE * len(heads)) and not words.TABLE.search(line.squashed)


HEADER_SHARE: Final = 0.6
"""Of a heading's words, how many must be known; the rest are misread or new."""
_LONE_HEADERS: Final = frozenset(
    {"DESCRIPTION", "AMOUNT", "RM", "EUR", "USD", "ARTIKEL", "BEZEICHNUNG", "CODEDESC"}
)
