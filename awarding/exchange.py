"""Amounts in the currency that a rule counts in, by the campaign's own rates and by no others."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from awarding.lines import ProductLine
from receipts.campaign import Campaign, Rate
from receipts.money import Currency, Money, minor_unit_digits


def minor_in(money: Money, campaign: Campaign, code: Currency) -> int | None:
    """The amount in minor units of `code`, rounded half up; None where the campaign gives no rate."""
    if money.currency == code:
        return money.minor
    for rate in campaign.rates:
        if rate.given == money.currency and rate.wanted == code:
            scaled = Decimal(money.minor) * rate.rate
            digits = minor_unit_digits(code) - minor_unit_digits(money.currency)
            return int(scaled.scaleb(digits).to_integral_value(rounding=ROUND_HALF_UP))
    return None


def sum_in(lines: Sequence[ProductLine], campaign: Campaign, code: Currency) -> Money | None:
    """The lines' sum, each line converted for itself; None where no line can be counted in `code`."""
    found = [minor for line in lines if (minor := minor_in(line.net, campaign, code)) is not None]
    return Money(sum(found), code) if found else None


def rates_used(lines: Sequence[ProductLine], campaign: Campaign, code: Currency) -> tuple[Rate, ...]:
    """The rates that the lines were counted by."""
    given = {line.net.currency for line in lines}
    return tuple(rate for rate in campaign.rates if rate.wanted == code and rate.given in given - {code})
