"""What a rule may know of the member and of earlier pay; gathered elsewhere, so that rules stay pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from receipts.conditions import Period
from receipts.identity import CampaignId
from receipts.money import Currency, Points

RuleKey = tuple[CampaignId, str]
"""A rule by its campaign and its own id."""


@dataclass(frozen=True, slots=True)
class MemberStanding:
    """The member as of the purchase.

    Attributes:
        birthday: the year does not count; None where the program did not say.
        tier: folded, likewise segments and badges; empty for none.
        purchases: accepted before this one, in the order of submission.
        days: on which those were bought.
        spent: on the program's products in those, minor units by currency.
    """

    joined_on: dt.date | None = None
    birthday: dt.date | None = None
    tier: str = ""
    segments: frozenset[str] = frozenset()
    badges: frozenset[str] = frozenset()
    purchases: int = 0
    days: frozenset[dt.date] = frozenset()
    spent: Mapping[Currency, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Usage:
    """What was paid before, as far as caps and limits ask.

    Attributes:
        on_day: the member's points from each campaign by purchases and activities of this purchase's day.
        rule_days: the days of purchases or events for which a rule paid the member.
        on_purchase: what rules paid this very purchase before, reversals taken off.
        budget_left: what is left of a campaign's budget; campaigns without one are not in it.
    """

    on_day: Mapping[CampaignId, Points] = field(default_factory=dict)
    rule_days: Mapping[RuleKey, tuple[dt.date, ...]] = field(default_factory=dict)
    on_purchase: Mapping[RuleKey, Points] = field(default_factory=dict)
    budget_left: Mapping[CampaignId, Points] = field(default_factory=dict)

    def of_campaign(self, campaign_id: CampaignId) -> int:
        """What the campaign paid this very purchase before: a cap for a receipt holds for them together."""
        return sum(points for (paid_by, _), points in self.on_purchase.items() if paid_by == campaign_id)


NEW_MEMBER = MemberStanding()
UNUSED = Usage()


def period_start(day: dt.date, period: Period) -> dt.date:
    """The first day of the day's period; weeks begin on Monday."""
    match period:
        case Period.DAY:
            return day
        case Period.WEEK:
            return day - dt.timedelta(days=day.weekday())
        case Period.MONTH:
            return day.replace(day=1)
        case Period.YEAR:
            return day.replace(month=1, day=1)
        case Period.EVER:
            return dt.date.min


def run_length(day: dt.date, days: frozenset[dt.date], period: Period) -> int:
    """How many periods on end, up to the day's own, have a purchase, the day's counted in.

    0 where another purchase of the same period has been counted: it ended the run already.
    """
    starts = {period_start(each, period) for each in days}
    own = period_start(day, period)
    if own in starts:
        return 0
    length = 1
    before = _previous(own, period)
    while before in starts:
        length += 1
        before = _previous(before, period)
    return length


def _previous(start: dt.date, period: Period) -> dt.date:
    return period_start(start - dt.timedelta(days=1), period) if start > dt.date.min else start
