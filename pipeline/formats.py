"""How amounts, points and days are written for people: on pages, in mails and in texts alike."""

from __future__ import annotations

from datetime import date

from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent
from babel.units import format_unit

from receipts.money import Money

LOCALE = "en_GB"
_MONEY_LOCALE = "en"


def money(amount: Money) -> str:
    """``$15.90``, ``NOK 227.00``."""
    return format_currency(amount.decimal, amount.currency, locale=_MONEY_LOCALE)


def money_text(amount: str, code: str) -> str:
    """Like `money`, from a decimal string."""
    return format_currency(amount, code, locale=_MONEY_LOCALE)


def number(value: float) -> str:
    """``1,240``."""
    return format_decimal(value, locale=LOCALE)


def points(value: int) -> str:
    """``1 point``, ``1,240 points``."""
    return f"{number(value)} {'point' if value == 1 else 'points'}"


def signed(value: int) -> str:
    """``+120``, ``−120``, ``0``."""
    return f"+{number(value)}" if value > 0 else number(value).replace("-", "−")


def percent(share: float) -> str:
    """``83%``."""
    return format_percent(share, locale=LOCALE)


def day(value: date | str) -> str:
    """``5 March 2026``."""
    return format_date(date.fromisoformat(value) if isinstance(value, str) else value, "long", locale=LOCALE)


def duration(seconds: float) -> str:
    """``7 days``, ``5 hours``, ``30 minutes``: in whole units, and never more than it is."""
    for unit, length_s in (("day", 86_400), ("hour", 3_600)):
        if seconds >= length_s:
            return format_unit(int(seconds // length_s), f"duration-{unit}", locale=LOCALE)
    return format_unit(int(seconds // 60), "duration-minute", locale=LOCALE)
