"""Runs an example of docs/earning.md: what the rules answer to what was bought or done."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from awarding.campaign_file import parse_campaign
from awarding.earn import Occasion, earn
from awarding.lines import product_lines
from awarding.standing import MemberStanding, Usage
from receipts.catalog import CatalogProduct
from receipts.conditions import folded
from receipts.identity import CampaignId, Sku
from receipts.match import Match, MatchReason, MatchVerdict
from receipts.money import Currency, Money, Points
from receipts.receipt import LineItem, Receipt, Retailer

PRODUCTS = {
    product.sku: product
    for product in (
        CatalogProduct(Sku("OAT-1"), "Morning Oats", None, "Morning", "500 g", "cereal"),
        CatalogProduct(Sku("BAR-6"), "Honey Bars", None, "Morning", "6 x 30 g", "snack"),
        CatalogProduct(Sku("MLK-1"), "Oat Drink", None, "Creamfield", "1 l", "drink"),
    )
}


def run(campaigns: list[dict[str, Any]], case: dict[str, Any], *, shares: bool = False) -> dict[str, Any]:
    """The sum and every rule's answer, with its points by line where asked."""
    currency = Currency(case.get("currency", "USD"))
    items = tuple(_item(position, line, currency) for position, line in enumerate(case.get("lines", ())))
    zones = case.get("zones", ["", ""])
    time = case.get("time", "14:05")
    occasion = Occasion(
        day=dt.date.fromisoformat(case.get("day", "2026-03-05")),
        retailer=case.get("retailer", "Corner Market"),
        currency=currency,
        is_refund=False,
        time=None if time is None else dt.time.fromisoformat(time),
        place=f"{case.get('store', '')} {case.get('address', '')}",
        store_zone=zones[0],
        program_zone=zones[1],
        event=case.get("event", ""),
    )
    before = case.get("before", {})
    answers = earn(
        occasion,
        product_lines(_receipt(items, currency), _matches(case), PRODUCTS, frozenset()),
        [parse_campaign(document) for document in campaigns],
        _points(before.get("earned", {})),
        standing=_standing(case.get("member", {})),
        usage=_usage(before),
    )
    return {
        "points": sum(each.outcome.points for each in answers),
        "rules": [
            {
                "rule": f"{each.outcome.campaign_id}/{each.outcome.rule_id}",
                "answer": each.outcome.answer.value,
                "points": each.outcome.points,
                "sentence": each.outcome.sentence,
                **({"shares": dict(each.shares)} if shares else {}),
            }
            for each in answers
        ],
    }


def _item(position: int, line: dict[str, Any], currency: Currency) -> LineItem:
    amount = Money.of(line["amount"], currency)
    quantity = Decimal(line.get("quantity", "1"))
    return LineItem(position, line["sku"], quantity, None, amount, None, None, 0.95)


def _matches(case: dict[str, Any]) -> tuple[Match, ...]:
    return tuple(
        Match(position, MatchVerdict.ACCEPT, Sku(line["sku"]), None, 0.99, MatchReason.TEXT, ())
        for position, line in enumerate(case.get("lines", ()))
    )


def _receipt(items: tuple[LineItem, ...], currency: Currency) -> Receipt:
    return Receipt(
        retailer=Retailer(),
        date=None,
        time=None,
        currency=currency,
        receipt_number="",
        subtotal=None,
        tax=None,
        total=None,
        items=items,
        is_refund=False,
        balanced=True,
        confidence=(),
    )


def _standing(known: dict[str, Any]) -> MemberStanding:
    birthday = known.get("birthday")
    return MemberStanding(
        birthday=None if birthday is None else dt.date.fromisoformat(birthday),
        tier=known.get("tier", ""),
        segments=frozenset(map(folded, known.get("segments", ()))),
        badges=frozenset(map(folded, known.get("badges", ()))),
        purchases=known.get("purchases", 0),
        days=frozenset(map(dt.date.fromisoformat, known.get("days", ()))),
        spent={Currency(code): minor for code, minor in known.get("spent", {}).items()},
    )


def _usage(before: dict[str, Any]) -> Usage:
    rule_days = {}
    for name, days in before.get("rule_days", {}).items():
        campaign, rule = name.split("/")
        rule_days[CampaignId(campaign), rule] = tuple(map(dt.date.fromisoformat, days))
    return Usage(
        on_day=_points(before.get("on_day", {})),
        rule_days=rule_days,
        budget_left=_points(before.get("budget_left", {})),
    )


def _points(told: dict[str, int]) -> dict[CampaignId, Points]:
    return {CampaignId(name): Points(points) for name, points in told.items()}
