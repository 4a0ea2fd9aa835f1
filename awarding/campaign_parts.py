"""Parts that the documents of campaigns are made of, each with the value that it stands for."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from awarding.documents import Document, printable
from receipts.conditions import (
    ALWAYS,
    USUAL_TERMS,
    Birthday,
    DaySpan,
    HourSpan,
    Limit,
    Milestone,
    Period,
    ProductSelector,
    PurchaseNumber,
    Streak,
    Terms,
    Weekday,
    When,
)
from receipts.identity import Sku
from receipts.money import Money, Points, UnknownCurrencyError, currency, minor_unit_digits

CAP_MAX = 1_000_000_000
POINTS_MAX = 1_000_000
_COUNT_MAX = 10_000
_DAYS_AROUND_MAX = 31
_SHORTEST_STREAK = 2

Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S"), AfterValidator(printable)]
Id = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
EventName = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[a-z][a-z0-9_]*$")]
PointsEach = Annotated[int, Field(ge=1, le=POINTS_MAX)]
Most = Annotated[int | None, Field(ge=1, le=CAP_MAX)]
Count = Annotated[int, Field(ge=1, le=_COUNT_MAX)]
Names = tuple[Name, ...]


def most(points: int | None) -> Points | None:
    """A cap, or none."""
    return None if points is None else Points(points)


class MoneyDocument(Document):
    """An amount in major units as text, so that no program rounds it on the way."""

    amount: Annotated[str, Field(pattern=r"^\d{1,9}(\.\d{1,3})?$", examples=["1.00"])]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217", examples=["USD"])]

    @model_validator(mode="after")
    def _known_and_above_zero(self) -> MoneyDocument:
        try:
            code = currency(self.currency)
        except UnknownCurrencyError as error:
            raise ValueError(str(error)) from error
        digits = minor_unit_digits(code)
        value = Decimal(self.amount)
        if value != round(value, digits):
            raise ValueError(f"{self.amount} has more than the {digits} decimals of {code}; round it")
        if value <= 0:
            raise ValueError("the amount must be above zero, such as 1.00")
        return self

    def money(self) -> Money:
        """The amount."""
        return Money.of(self.amount, currency(self.currency))


class ProductsDocument(Document):
    """Any product that one of the lists names; every product of the catalog when all are empty."""

    skus: Names = ()
    brands: Names = ()
    categories: Names = ()

    def selector(self) -> ProductSelector:
        """The products."""
        return ProductSelector(tuple(Sku(sku) for sku in self.skus), self.brands, self.categories)


class ExcludedDocument(ProductsDocument):
    """Products that earn nothing here: any that one of the lists names."""

    @model_validator(mode="after")
    def _names_some(self) -> ExcludedDocument:
        if not (self.skus or self.brands or self.categories):
            raise ValueError("name the products that are excluded, or leave exclude out")
        return self


class HoursDocument(Document):
    """From the start until before the end; past midnight when the end is earlier."""

    start: Annotated[dt.time, Field(examples=["17:00"])]
    end: Annotated[dt.time, Field(examples=["19:00"])]

    @model_validator(mode="after")
    def _is_a_span(self) -> HoursDocument:
        if self.start == self.end:
            raise ValueError("start and end are the same; leave hours out for the whole day")
        if self.start.tzinfo is not None or self.end.tzinfo is not None:
            raise ValueError("write times without a zone, such as 17:00; the campaign's clock says whose")
        return self


class DatesDocument(Document):
    """From the first day to the last, both counted."""

    start: dt.date
    end: dt.date
    yearly: Annotated[
        bool, Field(description="Again in each year; then the year written here means nothing.")
    ] = False

    @model_validator(mode="after")
    def _in_order(self) -> DatesDocument:
        if self.end < self.start and not self.yearly:
            raise ValueError(f"end {self.end} is before start {self.start}; exchange or correct them")
        return self


class BirthdayDocument(Document):
    """On the member's birthday, or so many days around it."""

    days_before: Annotated[int, Field(ge=0, le=_DAYS_AROUND_MAX)] = 0
    days_after: Annotated[int, Field(ge=0, le=_DAYS_AROUND_MAX)] = 0


class PurchaseDocument(Document):
    """The member's purchases by number: some, or every so many."""

    numbers: Annotated[tuple[Count, ...], Field(description="1 is the first purchase.")] = ()
    every: Annotated[int | None, Field(ge=2, le=_COUNT_MAX)] = None

    @model_validator(mode="after")
    def _asks_something(self) -> PurchaseDocument:
        if not self.numbers and self.every is None:
            raise ValueError('say which purchases count, such as "numbers": [1] for the first')
        return self


class StreakDocument(Document):
    """A purchase in each of so many days, weeks or months on end."""

    length: Annotated[int, Field(ge=_SHORTEST_STREAK, le=366)]
    of: Annotated[Period, Field(description="day, week or month.")]

    @model_validator(mode="after")
    def _of_short_periods(self) -> StreakDocument:
        if self.of in {Period.EVER, Period.YEAR}:
            raise ValueError('"of" is "day", "week" or "month"')
        return self


class MilestoneDocument(Document):
    """The purchase with which the member's spending on the program's products reaches a sum."""

    spent: MoneyDocument


class LimitDocument(Document):
    """Pays one member at most so many times in each period."""

    times: Count
    per: Period = Period.EVER


class WhenDocument(Document):
    """Conditions that must all hold."""

    weekdays: tuple[Weekday, ...] = ()
    hours: tuple[HoursDocument, ...] = ()
    dates: tuple[DatesDocument, ...] = ()
    birthday: BirthdayDocument | None = None
    purchase: PurchaseDocument | None = None
    streak: StreakDocument | None = None
    milestone: MilestoneDocument | None = None
    minimum: Annotated[
        MoneyDocument | None, Field(description="Spent on the rule's products on this receipt.")
    ] = None
    retailers: Names = ()
    stores: Annotated[Names, Field(description="Words of the store's name, number or address.")] = ()
    regions: Annotated[Names, Field(description="Words of the printed address.")] = ()
    tiers: Names = ()
    segments: Names = ()
    badges: Names = ()

    def conditions(self) -> When:
        """The conditions; `ALWAYS` itself where nothing is asked."""
        found = When(
            weekdays=self.weekdays,
            hours=tuple(HourSpan(each.start, each.end) for each in self.hours),
            dates=tuple(DaySpan(each.start, each.end, each.yearly) for each in self.dates),
            birthday=None
            if self.birthday is None
            else Birthday(self.birthday.days_before, self.birthday.days_after),
            purchase=None
            if self.purchase is None
            else PurchaseNumber(self.purchase.numbers, self.purchase.every),
            streak=None if self.streak is None else Streak(self.streak.length, self.streak.of),
            milestone=None if self.milestone is None else Milestone(self.milestone.spent.money()),
            minimum=None if self.minimum is None else self.minimum.money(),
            retailers=self.retailers,
            stores=self.stores,
            regions=self.regions,
            tiers=self.tiers,
            segments=self.segments,
            badges=self.badges,
        )
        return ALWAYS if found == ALWAYS else found


class RuleDocument(Document):
    """What every rule has."""

    id: Id
    when: WhenDocument | None = None
    exclude: ExcludedDocument | None = None
    limit: LimitDocument | None = None
    most_per_receipt: Annotated[Most, Field(description="Most points of this rule for one receipt.")] = None

    def terms(self) -> Terms:
        """The conditions and limits; `USUAL_TERMS` itself where there are none."""
        found = Terms(
            when=ALWAYS if self.when is None else self.when.conditions(),
            exclude=None if self.exclude is None else self.exclude.selector(),
            limit=None if self.limit is None else Limit(self.limit.times, self.limit.per),
            most_per_receipt=most(self.most_per_receipt),
        )
        return USUAL_TERMS if found == USUAL_TERMS else found
