"""Campaigns as data: what earns, under which conditions, within which limits.

A rule is an earning (points per currency, per piece, for a basket, ...) with conditions (`When`) and limits.
Each condition is there once and goes with every earning, so that a promotion is a document and no new code.
"""

from __future__ import annotations

import datetime as dt  # not its names: a field called `date` would hide them
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum

from receipts.identity import CampaignId, Sku
from receipts.money import Currency, Money, Points


def folded(name: str) -> str:
    """A brand, category, tier or segment as it is compared: letter case and outer blanks do not matter."""
    return name.casefold().strip()


@dataclass(frozen=True, slots=True)
class ProductSelector:
    """Which catalog products a rule is about: any that one of the lists names; all when all are empty."""

    skus: tuple[Sku, ...] = ()
    brands: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    sku_set: frozenset[str] = field(init=False, repr=False, compare=False)
    """The lists as sets: ten thousand products cost a receipt no more than ten."""
    brand_set: frozenset[str] = field(init=False, repr=False, compare=False)
    category_set: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Make the sets once, when the campaign is read."""
        object.__setattr__(self, "sku_set", frozenset(self.skus))
        object.__setattr__(self, "brand_set", frozenset(map(folded, self.brands)))
        object.__setattr__(self, "category_set", frozenset(map(folded, self.categories)))

    @property
    def names_any(self) -> bool:
        """Whether a list has an entry at all."""
        return bool(self.skus or self.brands or self.categories)


ALL_PRODUCTS = ProductSelector()


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


class Period(Enum):
    """A stretch of the calendar: weeks begin on Monday."""

    EVER = "ever"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Limit:
    """A rule pays one member at most so many times in each period."""

    times: int
    per: Period


class Weekday(Enum):
    """A day of the week; `date.weekday` counts them in this order from 0."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


WEEKDAYS = tuple(Weekday)


@dataclass(frozen=True, slots=True)
class HourSpan:
    """From `start` until before `end` on the store's clock; past midnight when `end` is earlier."""

    start: dt.time
    end: dt.time


@dataclass(frozen=True, slots=True)
class DaySpan:
    """From the first day to the last, both counted; `yearly` spans come again, whatever their year."""

    start: dt.date
    end: dt.date
    yearly: bool = False


@dataclass(frozen=True, slots=True)
class Birthday:
    """On the member's birthday, or so many days before and after."""

    days_before: int = 0
    days_after: int = 0


@dataclass(frozen=True, slots=True)
class PurchaseNumber:
    """The member's purchase with one of the numbers (1 is the first), or every so many."""

    numbers: tuple[int, ...] = ()
    every: int | None = None


@dataclass(frozen=True, slots=True)
class Streak:
    """A purchase in each of so many days, weeks or months on end; pays again after as many more."""

    length: int
    of: Period


@dataclass(frozen=True, slots=True)
class Milestone:
    """With this purchase the member's spending on our products over all time reaches the sum."""

    spent: Money


@dataclass(frozen=True, slots=True)
class When:
    """Conditions that must all hold; an empty one asks nothing.

    Attributes:
        minimum: spent on the rule's products on this receipt.
        stores: words of the store's name, number or address as printed.
        regions: words of the printed address, such as ``NY`` or ``Austin``.
        tiers: the member is in one of them, likewise segments and badges.
    """

    weekdays: tuple[Weekday, ...] = ()
    hours: tuple[HourSpan, ...] = ()
    dates: tuple[DaySpan, ...] = ()
    birthday: Birthday | None = None
    purchase: PurchaseNumber | None = None
    streak: Streak | None = None
    milestone: Milestone | None = None
    minimum: Money | None = None
    retailers: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    badges: tuple[str, ...] = ()


ALWAYS = When()


@dataclass(frozen=True, slots=True)
class Terms:
    """What goes with any earning.

    Attributes:
        exclude: products that the rule passes over though it selects them.
        limit: how often the rule pays one member.
        most_per_receipt: points that the rule pays for one receipt at most.
    """

    when: When = ALWAYS
    exclude: ProductSelector | None = None
    limit: Limit | None = None
    most_per_receipt: Points | None = None


USUAL_TERMS = Terms()


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
