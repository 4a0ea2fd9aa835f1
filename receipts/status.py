"""How tiers and badges move: by totals of what a member did, in a window of days or in a calendar year."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from receipts.money import Currency

NO_TIER = ""


class Count(Enum):
    """What is added up."""

    POINTS = "points"
    """Earned by purchases and activities, what was taken back taken off; gifts are not earned."""
    SPENT = "spent"
    """On the program's products, in one currency; purchases that were brought back whole do not count."""
    PURCHASES = "purchases"
    """That were accepted and not brought back whole."""
    ACTIVITIES = "activities"


@dataclass(frozen=True, slots=True)
class Window:
    """Which days count.

    Attributes:
        days: the last so many, today among them; None: not by days.
        calendar_year: since the first of January. Neither: all days.
    """

    days: int | None = None
    calendar_year: bool = False

    def start(self, today: date) -> date | None:
        """The first day that counts; None for all days."""
        if self.calendar_year:
            return date(today.year, 1, 1)
        return None if self.days is None else today - timedelta(days=self.days - 1)

    def next_fall(self, today: date, counted: Iterable[date]) -> date | None:
        """The first day on which something that counts today may not count; None for never."""
        if self.calendar_year:
            return date(today.year + 1, 1, 1)
        first = min(counted, default=None)
        if self.days is None or first is None:
            return None
        return max(first + timedelta(days=self.days), today + timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Measure:
    """A total of a member's.

    Attributes:
        event: of activities, which; empty for all.
        currency: of what was spent; None for the program's own.
    """

    count: Count
    window: Window = Window()
    event: str = ""
    currency: Currency | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """A tier, and the total from which it is had; what is spent counts in whole units of its currency."""

    name: str
    threshold: int


@dataclass(frozen=True, slots=True)
class TierRules:
    """The tiers, lowest first; below the first of them a member has none."""

    measure: Measure
    levels: tuple[Level, ...]

    def tier(self, total: int) -> str:
        """The highest that the total reaches."""
        reached = [level.name for level in self.levels if total >= level.threshold]
        return reached[-1] if reached else NO_TIER

    def higher(self, one: str, other: str) -> str:
        """The higher of two tiers; a name that is none of these is below all."""
        order = [NO_TIER, *(level.name for level in self.levels)]
        return max(one, other, key=lambda name: order.index(name) if name in order else -1)


@dataclass(frozen=True, slots=True)
class BadgeRule:
    """A badge, had for good once the total was reached."""

    name: str
    measure: Measure
    threshold: int


@dataclass(frozen=True, slots=True)
class StatusRules:
    """A program's document. Without tiers in it, the core loyalty service sets them."""

    version: int
    tiers: TierRules | None
    badges: tuple[BadgeRule, ...]
