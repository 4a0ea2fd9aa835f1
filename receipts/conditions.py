"""Which products a rule is about, when it counts and how often: what goes with every earning."""

from __future__ import annotations

import datetime as dt  # not its names: a field called `date` would hide them
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache

from receipts.identity import Sku
from receipts.money import Money, Points


@lru_cache(maxsize=4096)
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
