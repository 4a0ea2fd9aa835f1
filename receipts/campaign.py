"""Campaigns as data: what earns, under which conditions, within which limits.

A rule is an earning (points per currency, per piece, for a basket, ...) with conditions (`When`) and limits.
Each condition is there once and goes with every earning, so that a promotion is a document and no new code.
"""

from __future__ import annotations

import datetime as dt  # not its names: a field called `date` would hide them
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from receipts.conditions import ALL_PRODUCTS, ALWAYS, USUAL_TERMS, ProductSelector, Terms, When
from receipts.identity import CampaignId
from receipts.money import Currency, Money, Points


class RoundingWay(Enum):
    """What becomes of a step that is not full."""

    DOWN = "down"
    HALF_UP = "half_up"
    UP = "up"


class RoundingOf(Enum):
    """What is rounded: the sum of the receipt once, or each line."""

    RECEIPT = "receipt"
    LINE = "line"


@dataclass(frozen=True, slots=True)
class Rounding:
    """How steps are counted; the usual is full steps of the receipt's sum."""

    way: RoundingWay = RoundingWay.DOWN
    of: RoundingOf = RoundingOf.RECEIPT


USUAL_ROUNDING = Rounding()


@dataclass(frozen=True, slots=True)
class PointsPerCurrency:
    """So many points for each `per` spent on the selected products; full steps of their sum, as a rule."""

    id: str
    points: Points
    per: Money
    products: ProductSelector
    rounding: Rounding = USUAL_ROUNDING
    terms: Terms = USUAL_TERMS


@dataclass(frozen=True, slots=True)
class ProductBonus:
    """Fixed points for each unit of the selected products; a line by weight counts as one unit."""

    id: str
    points: Points
    products: ProductSelector
    terms: Terms = USUAL_TERMS


@dataclass(frozen=True, slots=True)
class BuyGet:
    """Points for each full `buy` pieces of the selected products on one receipt."""

    id: str
    buy: int
    points: Points
    products: ProductSelector
    terms: Terms = USUAL_TERMS


@dataclass(frozen=True, slots=True)
class BasketPart:
    """So many pieces of any of the products."""

    products: ProductSelector
    pieces: int = 1


@dataclass(frozen=True, slots=True)
class Basket:
    """Points for each set of products bought together; a line counts for the first part that selects it."""

    id: str
    points: Points
    parts: tuple[BasketPart, ...]
    terms: Terms = USUAL_TERMS


@dataclass(frozen=True, slots=True)
class ReceiptBonus:
    """Fixed points once for a purchase with any of the selected products."""

    id: str
    points: Points
    products: ProductSelector = ALL_PRODUCTS
    terms: Terms = USUAL_TERMS


@dataclass(frozen=True, slots=True)
class Band:
    """From this sum on, so many points."""

    start: Money
    points: Points


@dataclass(frozen=True, slots=True)
class SpendBands:
    """The points of the highest band that the sum of the selected products reaches, once for a purchase."""

    id: str
    bands: tuple[Band, ...]
    products: ProductSelector = ALL_PRODUCTS
    terms: Terms = USUAL_TERMS


@dataclass(frozen=True, slots=True)
class RuleRef:
    """Rules by name: one of a campaign, or all of it when `rule` is empty; the own one when `campaign` is."""

    campaign: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Multiplier:
    """Pays what other rules pay for this receipt once more, times less one: 2 doubles, 1.5 adds half.

    Attributes:
        of: which rules; empty for all of its own campaign. Multipliers do not multiply each other.
    """

    id: str
    times: Decimal
    of: tuple[RuleRef, ...] = ()
    way: RoundingWay = RoundingWay.DOWN
    terms: Terms = USUAL_TERMS


@dataclass(frozen=True, slots=True)
class ActivityBonus:
    """Fixed points for something a member did that is no purchase, such as joining."""

    id: str
    event: str
    points: Points
    terms: Terms = USUAL_TERMS


EarningRule = (
    PointsPerCurrency
    | ProductBonus
    | BuyGet
    | Basket
    | ReceiptBonus
    | SpendBands
    | Multiplier
    | ActivityBonus
)


def products_of(rule: EarningRule) -> tuple[ProductSelector, ...]:
    """The selectors of the products that a rule itself pays for."""
    match rule:
        case Basket():
            return tuple(part.products for part in rule.parts)
        case Multiplier() | ActivityBonus():
            return ()
        case _:
            return (rule.products,)


class Stacking(Enum):
    """Which of several that would pay do."""

    SUM = "sum"
    BEST = "best"
    FIRST = "first"
    """The first in order that pays: of a campaign's rules as listed, of campaigns by their priority."""


@dataclass(frozen=True, slots=True)
class Group:
    """Campaigns that name one group do not simply add up: of each receipt one of them pays.

    Attributes:
        how: by the largest sum, or the one of the highest priority that pays anything.
    """

    name: str
    how: Stacking = Stacking.BEST
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Caps:
    """Most points of a campaign.

    Attributes:
        per_day: that one member earns by purchases of one day.
        budget: that all members earn together.
    """

    per_receipt: Points | None = None
    per_day: Points | None = None
    budget: Points | None = None


NO_CAPS = Caps()


class Clock(Enum):
    """Whose clock says when a campaign starts and ends and which hour it is."""

    STORE = "store"
    PROGRAM = "program"


@dataclass(frozen=True, slots=True)
class Rate:
    """One unit of `given` is so many of `wanted`."""

    given: Currency
    wanted: Currency
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Campaign:
    """Dates, retailers, caps and earning rules.

    Attributes:
        version: raised at each change; the decision names the version it used.
        starts_on: first purchase day that earns.
        ends_on: last purchase day that earns.
        retailers: names of chains that take part; every chain when empty.
        cap_per_member: most points one member can ever earn from this campaign; None for no cap.
        starts_time: on the first day, not before this; None for the whole day. Likewise `ends_time`.
        clock: whose calendar and clock these are.
        when: conditions of all its rules.
        exclude: products that none of its rules pays for.
        rates: how amounts in another currency than a rule's are counted; without one they are not.
        effective_on: the first purchase day that this version holds for; None for all days.
    """

    id: CampaignId
    version: int
    name: str
    starts_on: dt.date
    ends_on: dt.date
    retailers: tuple[str, ...]
    cap_per_member: Points | None
    rules: tuple[EarningRule, ...]
    starts_time: dt.time | None = None
    ends_time: dt.time | None = None
    clock: Clock = Clock.STORE
    when: When = ALWAYS
    exclude: ProductSelector | None = None
    caps: Caps = NO_CAPS
    stacking: Stacking = Stacking.SUM
    group: Group | None = None
    rates: tuple[Rate, ...] = ()
    effective_on: dt.date | None = None
