"""What members read about a rule's answer. None needs the rule's id to be understood."""

from __future__ import annotations

import textwrap
from datetime import date
from functools import lru_cache

from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal

from receipts.award import Campaign
from receipts.money import Money

_LOCALE = "en_GB"
_NAMES_MAX = 4
# Formatting by locale takes a tenth of a millisecond, and campaigns say the same few things all day.
_CACHED = 4096
_NAME_LETTERS_MAX = 50


@lru_cache(maxsize=_CACHED)
def day_words(day: date) -> str:
    """``5 March 2026``."""
    return format_date(day, format="long", locale=_LOCALE)


def money_words(money: Money) -> str:
    """``15.90 USD``: the code and not the sign, since many currencies share a sign."""
    return f"{money} {money.currency}"


@lru_cache(maxsize=_CACHED)
def points_words(points: int) -> str:
    """``1 point``, ``1,240 points``."""
    return f"{format_decimal(points, locale=_LOCALE)} {'point' if points == 1 else 'points'}"


@lru_cache(maxsize=_CACHED)
def any_of(names: tuple[str, ...]) -> str:
    """``A, B or C``."""
    return format_list(_listed(names), style="or", locale=_LOCALE)


def _listed(names: tuple[str, ...]) -> list[str]:
    """The first few names, each at a readable length: a sentence must fit on a phone and in the ledger."""
    shown = [textwrap.shorten(name, _NAME_LETTERS_MAX, placeholder="…") for name in names[:_NAMES_MAX]]
    more = len(names) - len(shown)
    return [*shown, f"{more} more"] if more else shown


@lru_cache(maxsize=_CACHED)
def all_of(names: tuple[str, ...]) -> str:
    """``A, B and C``."""
    return format_list(_listed(names), locale=_LOCALE)


def outside_dates(campaign: Campaign, day: date | None) -> str:
    """The purchase day does not count, or was not read."""
    span = f"counts purchases from {day_words(campaign.starts_on)} to {day_words(campaign.ends_on)}"
    if day is None:
        return f"“{campaign.name}” {span}, and we could not read the date of this one."
    return f"“{campaign.name}” {span}; this one was on {day_words(day)}."


def other_retailer(campaign: Campaign, printed: str) -> str:
    """The chain does not take part, or was not read."""
    where = f"“{campaign.name}” counts purchases at {any_of(campaign.retailers)}"
    return (
        f"{where}; we read the shop as “{printed}”." if printed else f"{where}; we could not read the shop."
    )


def refund(campaign: Campaign) -> str:
    """A refund earns nothing."""
    return f"“{campaign.name}” pays for purchases; this is a receipt of a refund."


def no_product(campaign: Campaign) -> str:
    """No line is a product that the rule pays for."""
    return f"“{campaign.name}”: none of the products on this receipt count here."


def already_paid(campaign: Campaign) -> str:
    """All lines have earned before."""
    return f"“{campaign.name}”: the products of this purchase have earned their points before."


def other_currency(campaign: Campaign, *, wanted: str, printed: str) -> str:
    """Sums of another currency are never converted."""
    return f"“{campaign.name}” counts amounts in {wanted}; this purchase was paid in {printed}."


def too_little(campaign: Campaign, *, spent: Money, per: Money) -> str:
    """The sum does not reach one full step."""
    return f"“{campaign.name}”: {money_words(spent)} is less than the {money_words(per)} that earn points."


def paid_per_currency(campaign: Campaign, *, spent: Money, per: Money, each: int, points: int) -> str:
    """The arithmetic of points per currency."""
    return (
        f"“{campaign.name}”: {money_words(spent)} on our products, {points_words(each)} for each full"
        f" {money_words(per)}, is {points_words(points)}."
    )


def paid_bonus(campaign: Campaign, *, units: int, names: tuple[str, ...], each: int, points: int) -> str:
    """The arithmetic of a bonus."""
    return (
        f"“{campaign.name}”: {units} × {all_of(names)}, {points_words(each)} each, is {points_words(points)}."
    )


def capped(campaign: Campaign, *, earned: int, paid: int, cap: int) -> str:
    """The cap left less than was earned, or nothing."""
    added = f"{points_words(paid)} could be added" if paid else "nothing could be added"
    return (
        f"“{campaign.name}”: this would be {points_words(earned)}, but one member can earn at most"
        f" {points_words(cap)} here, so {added}. The receipt stays good for other campaigns."
    )
