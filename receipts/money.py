"""Money as integer minor units with its currency, and points as integers."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cache
from typing import NewType

from babel.numbers import get_currency_precision, list_currencies

Currency = NewType("Currency", str)
"""An ISO 4217 code in capitals, such as ``USD``."""

Points = NewType("Points", int)
"""Loyalty points. Signed in the ledger, never fractional."""


class CurrencyMismatchError(ValueError):
    """Two amounts of different currencies were added, subtracted or compared."""


class UnknownCurrencyError(ValueError):
    """The code is not one of ISO 4217."""


@cache
def _known_codes() -> frozenset[str]:
    return frozenset(list_currencies())


def currency(code: str) -> Currency:
    """The code as a `Currency`.

    Raises:
        UnknownCurrencyError: the code is not one of ISO 4217.
    """
    folded = code.strip().upper()
    if not is_currency(folded):
        raise UnknownCurrencyError(f"{code!r} is not an ISO 4217 currency code; use one such as USD or EUR")
    return Currency(folded)


def is_currency(code: str) -> bool:
    """Whether it is a code of ISO 4217, in whatever letters."""
    return code.strip().upper() in _known_codes()


@cache
def minor_unit_digits(code: Currency) -> int:
    """Digits after the decimal point: JPY 0, USD 2, KWD 3 (Unicode CLDR, as Babel carries it)."""
    return get_currency_precision(code)


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount: ``Money(1590, USD)`` is 15.90 US dollars.

    Attributes:
        minor: the amount in minor units (cents); negative for refunds and discounts.
        currency: the ISO 4217 code the amount is in.
    """

    minor: int
    currency: Currency

    @classmethod
    def of(cls, amount: Decimal | str, code: Currency) -> Money:
        """The amount rounded half up to the currency's minor unit.

        Raises:
            ValueError: the text is not a finite decimal number.
        """
        try:
            value = Decimal(amount)
        except InvalidOperation as error:
            raise ValueError(f"{amount!r} is not an amount of money") from error
        if not value.is_finite():
            raise ValueError(f"{amount!r} is not an amount of money")
        scaled = value.scaleb(minor_unit_digits(code))
        return cls(int(scaled.to_integral_value(rounding=ROUND_HALF_UP)), code)

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, with the currency's own number of decimals."""
        return Decimal(self.minor).scaleb(-minor_unit_digits(self.currency))

    def __str__(self) -> str:
        return f"{self.decimal:f}"

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise CurrencyMismatchError(f"{self.currency} and {other.currency} cannot be reckoned together")

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)


def total_of(amounts: list[Money], code: Currency) -> Money:
    """The sum, zero of `code` when there is none.

    Raises:
        CurrencyMismatchError: an amount is in another currency.
    """
    total = Money(0, code)
    for amount in amounts:
        total = total + amount
    return total
