"""What a locale pack holds: the habits and words of one country's tills."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Final

TOPICS: Final = (
    "final_total", "total", "subtotal", "tax", "rounding", "service", "tip", "discount", "payment", "change",
    "count", "savings", "void", "meta", "header", "lone_header", "filler", "tax_table", "refund", "deposit",
    "gift_card", "not_a_sum", "exclusive", "inclusive", "counting", "saved", "discount_end", "date", "time",
    "other_date", "hours", "sale", "tax_mark", "group", "refund_title", "refund_tender", "void_title",
    "declined_title", "unpaid_title", "training_title", "title_filler", "refund_of", "staff", "staff_marked",
    "till",
)  # fmt: skip
"""What words are listed for, under `[words]`, `[local_words]` and `[misread]`; docs/locales.md says each."""


class Order(Enum):
    """How a country writes a date in digits."""

    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"
    YEAR_FIRST = "ymd"
    UNDECIDED = "either"
    """Both day and month first are in use."""


@dataclass(frozen=True, slots=True)
class MoneyHabits:
    """How amounts are printed.

    Attributes:
        currency: an ISO 4217 code; empty in a language's pack.
        signs: how it is printed beside an amount.
        decimal_mark: what stands before the cents.
        thousands_marks: what may part thousands.
        minor_digits: digits printed after the mark, 2 or 0; with 0 whole numbers are prices.
        cash_step: what cash totals are rounded to; zero where they are not.
    """

    currency: str = ""
    signs: tuple[str, ...] = ()
    decimal_mark: str = "."
    thousands_marks: str = ""
    minor_digits: int = 2
    cash_step: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class DateHabits:
    """How dates are printed; twelve months, each with every name it goes by."""

    order: Order = Order.DAY_FIRST
    months: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class TaxHabits:
    """Usual rates in percent, and the letters printed for them."""

    rates: tuple[Decimal, ...] = ()
    letters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Units:
    """What goods are sold by."""

    weight: tuple[str, ...] = ()
    volume: tuple[str, ...] = ()
    piece: tuple[str, ...] = ()
    fuel: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pack:
    """One locale.

    Attributes:
        code: ``de-CH``; a language alone (``de``) holds what its countries share and is never chosen.
        parents: packs that it extends, the nearest first; their words are not repeated here.
        words: by topic, squashed: say the same on any page.
        local_words: by topic, squashed: mean this only on pages of the language (BAR pays in German).
        cues: patterns that speak for this country where a row holds one.
    """

    code: str
    name: str
    parents: tuple[str, ...] = ()
    money: MoneyHabits = MoneyHabits()
    dates: DateHabits = DateHabits()
    tax: TaxHabits = TaxHabits()
    units: Units = Units()
    words: Mapping[str, frozenset[str]] = field(default_factory=dict)
    local_words: Mapping[str, frozenset[str]] = field(default_factory=dict)
    cues: tuple[str, ...] = ()

    @property
    def language(self) -> str:
        """The language's code: ``de`` of ``de-CH``."""
        return self.code.partition("-")[0]

    @property
    def is_country(self) -> bool:
        """Whether a page can be of this locale."""
        return "-" in self.code
