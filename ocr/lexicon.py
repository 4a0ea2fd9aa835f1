"""What the words beside an amount say it is, in the languages of the tills we know.

The words come from the locale packs (`ocr/locales/*.toml`). Everything is compared squashed
(`ocr.lines.squash`): engines lose blanks and accents. A phrase names a row when the label begins with it,
or when known words make up most of the label; so ``TOTAL`` names a total and ``COLGATE TOTAL 75ML`` does not.
"""

from __future__ import annotations

import re
from decimal import Decimal
from enum import Enum
from itertools import permutations
from typing import Final

from rapidfuzz import fuzz, process

from ocr.contact import TAX_ID
from ocr.lines import Line, squash
from ocr.locales.vocabulary import EVERY_LANGUAGE, Vocabulary
from receipts.money import is_currency


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


FUZZY_RATIO: Final = 80.0
"""Of 100: one letter wrong in a word of five."""
PAYMENT_RATIO: Final = 85.0
"""Of 100: one or two letters wrong in a word of ten."""
COVER_SHARE: Final = 0.6
"""Known words must make up this much of a label that does not begin with the phrase."""
MAX_TRAILING_LETTERS: Final = 12
"""What may follow a naming word: a currency, a card's last digits, a rate, a tax letter."""
MAX_AFTER_TOTAL: Final = 10
"""A total is named after more: ``TOTAL FACTURE``, ``SUM 20 VARER``."""
MAX_SHORT_WORD: Final = 5
MIN_BESIDE_RETURN: Final = 3
"""Letters beside a word for change that may be a currency."""
LONG_DISCOUNT: Final = 6
MAX_BEFORE_DISCOUNT: Final = 6
"""Letters before a long discount word at the row's end that leave no room for goods: CASH, STORE, MEMBER."""
TOTAL: Final = "TOTAL"
LONG_GROUP_WORD: Final = 5
"""Shorter names of groups count only at the label's end: TOTAL FOOD, but not FOOD TOTAL."""
HEADER_MAX_NUMBER: Final = 100
"""A rate such as 6 % may stand in a heading, an article or tax number does not."""
HEADER_SHARE: Final = 0.6
"""Of a heading's words, how many must be known; the rest are misread or new."""

_DIGITS: Final = re.compile(r"\d+")
_TOKEN: Final = re.compile(r"[^\W\d_]+")
_CURRENCIES: Final = re.compile(r"RM|EUR|USD|CHF|NOK|SEK|DKK|PLN|GBP")
_INSIDE_TOTAL: Final = re.compile(r"INC[A-Z]*INTOTAL")
_NUMBERED_STAFF: Final = re.compile(
    r"(?P<role>[^\W\d_][^\d]*?)\s*#?\s*\d{1,4}[.,]\d{1,3}"
    r"\s+(?P<name>[^\W\d_]{3,})(?:[ .'-]+[^\W\d_]+){0,2}\.?"
)
_HOURS: Final = re.compile(
    r"\b\d{3,4}\s?HRS\b|\b(?:SHOPPING|OPENING|BUSINESS|STORE) HOURS\b|\bOPEN \d"
    r"|\bMON(?:DAY)?\s?[-–]\s?(?:SUN|FRI|SAT)",
    re.IGNORECASE,
)
_BY_START: Final = (
    ("rounding", Kind.ROUNDING),
    ("service", Kind.SERVICE),
    ("change", Kind.CHANGE),
    ("tip", Kind.TIP),
    ("void", Kind.VOID),
    ("payment", Kind.PAYMENT),
    ("tax", Kind.TAX),
)


def kind_of(line: Line, vocabulary: Vocabulary = EVERY_LANGUAGE) -> Kind:
    """What the row is, by its words alone; `vocabulary` holds those of the page's languages."""
    label = line.squashed
    if not label or vocabulary["not_a_sum"].start(label):
        return Kind.PLAIN
    if not line.numbers and _is_header(line, vocabulary):
        return Kind.HEADER
    if vocabulary["count"].start(label):
        return Kind.COUNT
    if _is_header(line, vocabulary):
        return Kind.HEADER
    if _HOURS.search(line.text) or names_staff(line, vocabulary):
        return Kind.META
    if vocabulary["tax_table"].holds(label) or _is_tax_row(line, vocabulary):
        return Kind.TAX_TABLE
    taken_off = vocabulary["discount"].start(label)
    if len(vocabulary["savings"].start(label)) > len(taken_off):
        return Kind.SAVINGS
    total = _total_kind(label, vocabulary)
    if total is not None:
        return total
    for topic, kind in _BY_START:
        word = vocabulary[topic].start(label)
        if word and len(word) < len(taken_off):
            # The longer word names the row: CARD pays, CARD SAVINGS come off.
            break
        if word and _names(label, word, vocabulary) and _whole_word(line.label, word):
            return Kind.META if kind is Kind.TAX and _is_tax_number(line) else kind
    return _other_kind(line, label, vocabulary)


def names_staff(line: Line, vocabulary: Vocabulary = EVERY_LANGUAGE) -> bool:
    """Whether the row says who sold: ``Cashier: ANNA 12.30``, where a time or a number looks like money.

    Words that may begin goods (``Server rack``) count before a colon, or right before the number where a name
    follows it (``Server 4.10 Tom``): behind a price stand a tax letter or a currency.
    """
    if not line.prices or line.prices[-1].value < 0:
        return False
    label = line.squashed
    word = vocabulary["staff"].start(label)
    if word and _whole_word(line.text, word):
        return not vocabulary["discount_end"].end(_DIGITS.sub("", label))
    head, colon, _ = line.text.partition(":")
    if colon:
        return squash(head) in vocabulary["staff_marked"]
    numbered = _NUMBERED_STAFF.fullmatch(line.text.strip())
    if numbered is None or squash(numbered["role"]) not in vocabulary["staff_marked"]:
        return False
    return not is_currency(numbered["name"])


def _gives_back_goods(rest: str, label: str, word: str, vocabulary: Vocabulary) -> bool:
    """``Retur`` is change, and before the name of goods what came back."""
    both = word in vocabulary["refund"] and word in vocabulary["change"]
    return both and len(rest) > MIN_BESIDE_RETURN and not _covered(label, vocabulary)


def _other_kind(line: Line, label: str, vocabulary: Vocabulary) -> Kind:
    """What words elsewhere than at the start, misread words and notes make of the row."""
    if line.prices and line.prices[-1].value < 0 and vocabulary["gift_card"].start(label):
        # Sold, it is goods; with a minus it pays.
        return Kind.PAYMENT
    if vocabulary["rounding"].holds(label):
        return Kind.ROUNDING
    priced = bool(line.prices)
    if priced and _names_tax(line.text, vocabulary) and _covered(label, vocabulary):
        return Kind.TAX
    word = vocabulary["discount"].start(label)
    if word and _whole_word(line.label, word):
        return Kind.DISCOUNT
    if priced and _ends_as_discount(_DIGITS.sub("", label), line.prices[-1].value, vocabulary):
        return Kind.DISCOUNT
    if not priced and any(ch.isdigit() for ch in line.text):
        word = vocabulary["meta"].start(label)
        if word and _whole_word(line.label, word):
            return Kind.META
    if priced and _almost_payment(label, vocabulary):
        return Kind.PAYMENT
    if priced and _almost_total(label, vocabulary):
        return Kind.TOTAL
    return Kind.PLAIN


def _ends_as_discount(letters: str, amount: Decimal, vocabulary: Vocabulary) -> bool:
    """``Treuerabatt -0,50`` by its minus; ``Cash Promotion 34.00`` since little stands before the word."""
    word = vocabulary["discount_end"].end(letters)
    short = len(word) >= LONG_DISCOUNT and len(letters) - len(word) <= MAX_BEFORE_DISCOUNT
    return bool(word) and (amount < 0 or short)


def _total_kind(label: str, vocabulary: Vocabulary) -> Kind | None:
    """Which sort of total, if the label names one."""
    if vocabulary["subtotal"].start(label) or label.lstrip("0123456789") in vocabulary["subtotal"]:
        return Kind.SUBTOTAL  # ``6 SUBTOTAAL 8,08``: of so many pieces
    counting = vocabulary["counting"].holds(label)
    taxed = vocabulary["tax"].start(label) and TOTAL not in label
    final = None if taxed else vocabulary["final_total"].find(label)
    if final and (final[0] == 0 or _covered(label, vocabulary)) and not counting:
        return Kind.FINAL_TOTAL
    word = vocabulary["total"].start(label)
    if word and not _names(label, word, vocabulary, MAX_AFTER_TOTAL):
        return None
    if not word:
        found = vocabulary["total"].find(label)
        if found is None or len(found[1]) < len(TOTAL) or not _covered(label, vocabulary):
            return None
    return _sort_of_total(label, vocabulary, counting=counting)


def _sort_of_total(label: str, vocabulary: Vocabulary, *, counting: bool) -> Kind:
    """What is added up by a row that names a total."""
    if vocabulary["saved"].holds(label):
        return Kind.SAVINGS
    if vocabulary["exclusive"].holds(label):
        return Kind.SUBTOTAL
    group = vocabulary["group"].find(label)
    if group and (len(group[1]) >= LONG_GROUP_WORD or label.endswith(group[1])):
        return Kind.GROUP_TOTAL
    inclusive = vocabulary["inclusive"].holds(label)
    if counting and not inclusive:
        return Kind.COUNT
    taxed = vocabulary["tax_mark"].holds(label) or label.endswith("6")
    if _INSIDE_TOTAL.search(label) or (taxed and not inclusive):
        return Kind.TAX
    return Kind.TOTAL


def _names(label: str, word: str, vocabulary: Vocabulary, most: int | None = None) -> bool:
    """Whether the label is about this word: little follows it, or only known words do."""
    rest = _DIGITS.sub("", label[len(word) :])
    if _gives_back_goods(rest, label, word, vocabulary):
        return False
    limit = min(MAX_TRAILING_LETTERS, 2 + len(word)) if most is None else most
    return len(rest) <= limit or _covered(label, vocabulary)


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


def _covered(label: str, vocabulary: Vocabulary) -> bool:
    letters = _DIGITS.sub("", label)
    return bool(letters) and vocabulary.known.covered(letters) >= COVER_SHARE * len(letters)


def _names_tax(text: str, vocabulary: Vocabulary) -> bool:
    marks = vocabulary["tax_mark"]
    return any(squash(token) in marks for token in _TOKEN.findall(text))


def _is_tax_number(line: Line) -> bool:
    return not line.prices and TAX_ID.search(line.text) is not None


def _is_tax_row(line: Line, vocabulary: Vocabulary) -> bool:
    """``A= 19,0% 2,35 0,45 2,80``: amounts that a usual rate leads from one to the other, whatever the words.

    Without a rate only behind a tax letter, and where net and tax make the gross.
    """
    amounts = [number.value for number in line.prices[-3:]]
    if len(amounts) < 2 or min(amounts) <= 0:  # noqa: PLR2004 - base and tax
        return False
    printed = [
        number.value for number in line.numbers if number.unit == "%" and number.value in vocabulary.rates
    ]
    if printed:
        return any(_taxed(base, tax, rate) for base, tax in permutations(amounts, 2) for rate in printed)
    head = line.text.split()[0].rstrip("=:.)").upper()
    if head not in vocabulary.letters or len(amounts) != 3:  # noqa: PLR2004 - net, tax and gross
        return False
    gross = max(amounts)
    rest = sorted(amounts)[:2]
    return sum(rest) == gross and any(_taxed(rest[1], rest[0], rate) for rate in vocabulary.rates)


CENT: Final = Decimal("0.01")


def _taxed(base: Decimal, tax: Decimal, rate: Decimal) -> bool:
    """Whether this is the tax of a net or a gross amount, to a cent of rounding."""
    of_net, of_gross = base * rate / 100, base * rate / (100 + rate)
    return tax < base and min(abs(of_net - tax), abs(of_gross - tax)) <= CENT


def _almost_payment(label: str, vocabulary: Vocabulary) -> bool:
    best = process.extractOne(label, vocabulary.long_payments, scorer=fuzz.ratio, score_cutoff=PAYMENT_RATIO)
    return best is not None


def _almost_total(label: str, vocabulary: Vocabulary) -> bool:
    """TOTAL with a letter misread, at the start; another language's word with a currency alone beside it."""
    alone = _CURRENCIES.sub("", label)
    if alone in {"TOT", "TOTA", "OTAL"}:
        return True
    head = label[: len(TOTAL) + 1]
    if max(fuzz.ratio(head[:5], TOTAL), fuzz.ratio(head, TOTAL)) >= FUZZY_RATIO and len(label) <= len(
        "TOTALAMOUNT"
    ):
        return True
    return len(alone) >= len(TOTAL) and any(
        len(word) == len(alone) and fuzz.ratio(alone, word) >= FUZZY_RATIO
        for word in vocabulary["total"].words
    )


def _is_header(line: Line, vocabulary: Vocabulary) -> bool:
    """Column headings: at least two of their words, nothing else of weight, and no price."""
    if line.prices or any(number.value >= HEADER_MAX_NUMBER for number in line.numbers):
        return False
    heads = [squash(word) for word in _TOKEN.findall(line.text)]
    heads = [head for head in heads if head]
    if len(heads) < 2:  # noqa: PLR2004 - one word alone may be a name
        return len(heads) == 1 and heads[0] in vocabulary["lone_header"]
    words = vocabulary["header"]
    known = sum(head in words or head.rstrip("S") in words for head in heads)
    return known >= max(2, HEADER_SHARE * len(heads)) and not vocabulary["tax_table"].holds(line.squashed)
