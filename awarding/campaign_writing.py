"""A campaign as the JSON object that it was read from; what is as usual is left out."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from enum import Enum
from typing import Any, assert_never

from receipts.campaign import (
    NO_CAPS,
    USUAL_ROUNDING,
    ActivityBonus,
    Basket,
    BuyGet,
    Campaign,
    Caps,
    Clock,
    EarningRule,
    Multiplier,
    PointsPerCurrency,
    ProductBonus,
    ReceiptBonus,
    RoundingWay,
    SpendBands,
    Stacking,
)
from receipts.conditions import ALL_PRODUCTS, ProductSelector, Terms
from receipts.money import Money


def campaign_document(campaign: Campaign) -> dict[str, Any]:
    """The JSON object that `parse_campaign` reads back as the same campaign."""
    return {
        "id": campaign.id,
        "version": campaign.version,
        "name": campaign.name,
        "starts_on": campaign.starts_on.isoformat(),
        "ends_on": campaign.ends_on.isoformat(),
        "retailers": list(campaign.retailers),
        "cap_per_member": campaign.cap_per_member,
        **_unusual(campaign),
        "rules": [rule_document(rule) for rule in campaign.rules],
    }


def _unusual(campaign: Campaign) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in ("starts_time", "ends_time", "effective_on", "group"):
        if (value := getattr(campaign, name)) is not None:
            found[name] = plain(value)
    if campaign.clock is not Clock.STORE:
        found["clock"] = campaign.clock.value
    if when := plain(campaign.when):
        found["when"] = when
    if campaign.exclude is not None:
        found["exclude"] = _products(campaign.exclude)
    if campaign.caps != NO_CAPS:
        found["caps"] = _caps(campaign.caps)
    if campaign.stacking is not Stacking.SUM:
        found["stacking"] = campaign.stacking.value
    if campaign.rates:
        found["rates"] = [plain(rate) for rate in campaign.rates]
    return found


def _caps(caps: Caps) -> dict[str, Any]:
    named = {"per_receipt": caps.per_receipt, "per_day": caps.per_day, "all_members": caps.budget}
    return {name: points for name, points in named.items() if points is not None}


def rule_document(rule: EarningRule) -> dict[str, Any]:
    """The rule's JSON object."""
    return {**_own(rule), **_terms(rule.terms)}


def _own(rule: EarningRule) -> dict[str, Any]:
    match rule:
        case PointsPerCurrency():
            return _per_currency(rule)
        case ProductBonus():
            return _with_products("product_bonus", rule, rule.products)
        case BuyGet():
            return {**_with_products("buy_get", rule, rule.products), "buy": rule.buy}
        case Basket():
            parts = [{"products": _products(part.products), "pieces": part.pieces} for part in rule.parts]
            return {"kind": "basket", "id": rule.id, "points": rule.points, "parts": parts}
        case ReceiptBonus():
            return _with_products("receipt_bonus", rule, rule.products)
        case SpendBands():
            bands = [{"start": plain(band.start), "points": band.points} for band in rule.bands]
            named = {} if rule.products == ALL_PRODUCTS else {"products": _products(rule.products)}
            return {"kind": "spend_bands", "id": rule.id, "bands": bands, **named}
        case Multiplier():
            return _multiplier(rule)
        case ActivityBonus():
            return {"kind": "activity", "id": rule.id, "event": rule.event, "points": rule.points}
        case _:
            assert_never(rule)


def _per_currency(rule: PointsPerCurrency) -> dict[str, Any]:
    own: dict[str, Any] = {
        "kind": "points_per_currency",
        "id": rule.id,
        "points": rule.points,
        "per": plain(rule.per),
        "products": _products(rule.products),
    }
    if rule.rounding != USUAL_ROUNDING:
        own["rounding"] = {"way": rule.rounding.way.value, "of": rule.rounding.of.value}
    return own


def _multiplier(rule: Multiplier) -> dict[str, Any]:
    own: dict[str, Any] = {"kind": "multiplier", "id": rule.id, "times": f"{rule.times:f}"}
    if rule.of:
        own["of"] = [plain(ref) for ref in rule.of]
    if rule.way is not RoundingWay.DOWN:
        own["rounding"] = rule.way.value
    return own


def _with_products(
    kind: str, rule: ProductBonus | BuyGet | ReceiptBonus, products: ProductSelector
) -> dict[str, Any]:
    return {"kind": kind, "id": rule.id, "points": rule.points, "products": _products(products)}


def _products(selector: ProductSelector) -> dict[str, Any]:
    return {
        "skus": list(selector.skus),
        "brands": list(selector.brands),
        "categories": list(selector.categories),
    }


def _terms(terms: Terms) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if when := plain(terms.when):
        found["when"] = when
    if terms.exclude is not None:
        found["exclude"] = _products(terms.exclude)
    if terms.limit is not None:
        found["limit"] = {"times": terms.limit.times, "per": terms.limit.per.value}
    if terms.most_per_receipt is not None:
        found["most_per_receipt"] = terms.most_per_receipt
    return found


def plain(value: object) -> Any:  # noqa: ANN401 - JSON values
    """A value of frozen dataclasses as JSON: fields that are empty or as usual are left out."""
    match value:
        case Money():
            return {"amount": str(value), "currency": value.currency}
        case Enum():
            return value.value
        case Decimal():
            return f"{value:f}"
        case dt.time():
            return value.isoformat("minutes" if value.second == 0 else "seconds")
        case dt.date():
            return value.isoformat()
        case tuple():
            return [plain(each) for each in value]
        case _ if dataclasses.is_dataclass(value):
            return {
                each.name: plain(own)
                for each in dataclasses.fields(value)
                if (own := getattr(value, each.name)) not in (None, (), "", each.default)
            }
        case _:
            return value
