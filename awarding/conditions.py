"""Whether a campaign's and a rule's conditions hold, in the order in which a member would ask."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from zoneinfo import ZoneInfo

from awarding import sentences
from awarding.exchange import sum_in
from awarding.lines import ProductLine
from awarding.retailer import fold_retailer, same_chain
from awarding.standing import MemberStanding, Usage, period_start, run_length
from receipts.award import RuleAnswer
from receipts.campaign import Campaign, Clock
from receipts.conditions import (
    ALWAYS,
    WEEKDAYS,
    Birthday,
    DaySpan,
    HourSpan,
    Limit,
    Period,
    Terms,
    When,
    folded,
)
from receipts.money import Currency

Closed = tuple[RuleAnswer, str]
"""Why nothing is paid: the code and the sentence."""

_CACHED = 4096
_NOON = dt.time(12)


@dataclass(frozen=True, slots=True)
class Occasion:
    """When and where the purchase was made, as far as it was read.

    Attributes:
        day: of the purchase, in the store's calendar; None where not read. Of an activity, its day.
        retailer: the chain as printed; empty where not read.
        any_day: a day that was not read counts as fitting. To learn what a receipt might earn, never to pay.
        any_retailer: a retailer that was not read counts as fitting: a reviewer has approved the receipt.
        paid: positions of claimed lines that this very receipt was paid for before.
        time: on the store's clock; None where not read.
        place: store and address as printed.
        store_zone: the store's time zone by its IANA name; empty where not known, likewise `program_zone`.
        event: the activity's name; empty for a purchase.
    """

    day: dt.date | None
    retailer: str
    currency: Currency
    is_refund: bool
    any_day: bool = False
    any_retailer: bool = False
    paid: frozenset[int] = frozenset()
    time: dt.time | None = None
    place: str = ""
    store_zone: str = ""
    program_zone: str = ""
    event: str = ""


@dataclass(frozen=True, slots=True)
class Basis:
    """What some lines of a receipt come to, whichever rule asks. By position are those that may earn still.

    Attributes:
        net: what was paid for each, in minor units of `currency`.
        minor: the sum of `net`.
        minor_before: of claimed lines that this very receipt was paid for before; likewise `units_before`.
        currency: of all these lines; None where they differ.
        units: pieces of each.
        pieces: the sum of `units`.
        names: of their products.
    """

    net: Mapping[int, int]
    minor: int
    minor_before: int
    currency: Currency | None
    units: Mapping[int, int]
    pieces: int
    units_before: int
    names: tuple[str, ...]


def _basis(wanted: Sequence[ProductLine], paid: frozenset[int]) -> Basis:
    fresh = [line for line in wanted if not line.claimed]
    before = [line for line in wanted if line.claimed and line.position in paid]
    net = {line.position: line.net.minor for line in fresh}
    units = {line.position: line.units for line in fresh}
    currencies = {line.net.currency for line in wanted}
    return Basis(
        net=net,
        minor=sum(net.values()),
        minor_before=sum([line.net.minor for line in before]),
        currency=currencies.pop() if len(currencies) == 1 else None,
        units=units,
        pieces=sum(units.values()),
        units_before=sum([line.units for line in before]),
        names=tuple(dict.fromkeys([line.product.name for line in fresh])),
    )


@dataclass(frozen=True, slots=True)
class Scene:
    """All that a rule may know."""

    occasion: Occasion
    lines: Sequence[ProductLine]
    standing: MemberStanding
    usage: Usage
    skus: frozenset[str]
    """Of the lines, as are folded brands and categories: most rules are about none, as sets tell at once."""
    brands: frozenset[str]
    categories: frozenset[str]
    sums: dict[tuple[int, ...], Basis] = field(default_factory=dict)
    """By positions: campaigns about the same lines of a receipt add them up once."""

    def sums_of(self, wanted: Sequence[ProductLine]) -> Basis:
        """What the lines come to."""
        # All of them, as most often, need not be told by their positions.
        key = () if len(wanted) == len(self.lines) else tuple([line.position for line in wanted])
        known = self.sums.get(key)
        if known is None:
            known = self.sums[key] = _basis(wanted, self.occasion.paid)
        return known


def closed_campaign(scene: Scene, campaign: Campaign) -> Closed | None:
    """Why the campaign as a whole does not count this purchase; None when it does."""
    occasion = scene.occasion
    if occasion.is_refund:
        return RuleAnswer.REFUND, sentences.refund(campaign)
    day, time = occasion.day, occasion.time
    if campaign.clock is not Clock.STORE:
        day, time = moment(occasion, campaign.clock)
    if day is None:
        if not occasion.any_day:
            return RuleAnswer.OUTSIDE_DATES, sentences.outside_dates(campaign, None)
    elif not _runs(campaign, day, time):
        return RuleAnswer.OUTSIDE_DATES, sentences.outside_dates(campaign, day, time)
    if campaign.retailers and (
        closed := _other_retailer(
            occasion, campaign.retailers, sentences.other_retailer(campaign, occasion.retailer)
        )
    ):
        return closed
    return None if campaign.when is ALWAYS else failing(scene, campaign, campaign.when, scene.lines)


def moment(occasion: Occasion, clock: Clock) -> tuple[dt.date | None, dt.time | None]:
    """Day and time on the campaign's clock.

    The store's own clock is what the print says. The program's is worked out where both zones are known; a
    time that was not read is taken as noon for it, which moves no day unless the zones are half a day apart.
    """
    day, time = occasion.day, occasion.time
    zones = occasion.store_zone, occasion.program_zone
    if clock is Clock.STORE or day is None or not all(zones) or zones[0] == zones[1]:
        return day, time
    there = dt.datetime.combine(day, time or _NOON, ZoneInfo(zones[0])).astimezone(ZoneInfo(zones[1]))
    return there.date(), None if time is None else there.time()


def _runs(campaign: Campaign, day: dt.date, time: dt.time | None) -> bool:
    """A time that was not read counts for the first and the last day."""
    if not campaign.starts_on <= day <= campaign.ends_on:
        return False
    if time is None:
        return True
    early = campaign.starts_time is not None and day == campaign.starts_on and time < campaign.starts_time
    late = campaign.ends_time is not None and day == campaign.ends_on and time >= campaign.ends_time
    return not (early or late)


def closed_rule(
    scene: Scene, campaign: Campaign, rule_id: str, terms: Terms, wanted: Sequence[ProductLine]
) -> Closed | None:
    """Why the rule's own conditions do not hold, or its limit is reached; None when they do."""
    if terms.when is not ALWAYS and (closed := failing(scene, campaign, terms.when, wanted)):
        return closed
    if terms.limit is None:
        return None
    return _limit_reached(scene, campaign, rule_id, terms.limit)


def _limit_reached(scene: Scene, campaign: Campaign, rule_id: str, limit: Limit) -> Closed | None:
    days = scene.usage.rule_days.get((campaign.id, rule_id), ())
    if limit.per is Period.EVER:
        used = len(days)
    else:
        today = scene.occasion.day
        own = None if today is None else period_start(today, limit.per)
        used = sum(own is None or period_start(day, limit.per) == own for day in days)
    if used < limit.times:
        return None
    return RuleAnswer.LIMIT_REACHED, sentences.limit_reached(campaign, limit)


def failing(scene: Scene, campaign: Campaign, when: When, wanted: Sequence[ProductLine]) -> Closed | None:
    """The first condition that does not hold; None when all do. Only what is asked is looked at."""
    occasion = scene.occasion
    if (when.retailers or when.stores or when.regions) and (closed := _place(occasion, campaign, when)):
        return closed
    if (when.weekdays or when.dates or when.hours) and (closed := _time(occasion, campaign, when)):
        return closed
    if (when.tiers or when.segments or when.badges) and (closed := _member(scene.standing, campaign, when)):
        return closed
    if when.birthday is not None and (closed := _birthday(scene, campaign, when.birthday)):
        return closed
    if (when.purchase or when.streak or when.milestone) and (closed := _history(scene, campaign, when)):
        return closed
    return None if when.minimum is None else _minimum(occasion, campaign, when, wanted)


def _other_retailer(occasion: Occasion, retailers: tuple[str, ...], sentence: str) -> Closed | None:
    if occasion.any_retailer and not occasion.retailer:
        return None
    if any(_same_chain(occasion.retailer, name) for name in retailers):
        return None
    return RuleAnswer.OTHER_RETAILER, sentence


@lru_cache(maxsize=_CACHED)
def _same_chain(printed: str, wanted: str) -> bool:
    return same_chain(printed=printed, wanted=wanted)


@lru_cache(maxsize=_CACHED)
def _words(text: str) -> frozenset[str]:
    return frozenset(fold_retailer(text).split())


def _place(occasion: Occasion, campaign: Campaign, when: When) -> Closed | None:
    if when.retailers:
        sentence = sentences.other_shop(campaign, when.retailers, occasion.retailer)
        if closed := _other_retailer(occasion, when.retailers, sentence):
            return closed
    for places in (when.stores, when.regions):
        if places and not any(_words(place) and _words(place) <= _words(occasion.place) for place in places):
            return RuleAnswer.OTHER_STORE, sentences.other_place(campaign, places)
    return None


def _time(occasion: Occasion, campaign: Campaign, when: When) -> Closed | None:
    day, time = moment(occasion, campaign.clock)
    if day is None:
        # Only to learn what the receipt might earn: a campaign without a day is closed otherwise.
        return None
    if when.weekdays and WEEKDAYS[day.weekday()] not in when.weekdays:
        return RuleAnswer.OTHER_TIME, sentences.other_weekday(campaign, when.weekdays, day)
    if when.dates and not any(_in_span(day, span) for span in when.dates):
        return RuleAnswer.OTHER_TIME, sentences.other_dates(campaign, when.dates, day)
    if when.hours and not (time is not None and any(_in_hours(time, span) for span in when.hours)):
        return RuleAnswer.OTHER_TIME, sentences.other_hours(campaign, when.hours, time)
    return None


def _in_span(day: dt.date, span: DaySpan) -> bool:
    if not span.yearly:
        return span.start <= day <= span.end
    start, end, own = ((each.month, each.day) for each in (span.start, span.end, day))
    return start <= own <= end if start <= end else own >= start or own <= end


def _in_hours(time: dt.time, span: HourSpan) -> bool:
    if span.start < span.end:
        return span.start <= time < span.end
    return time >= span.start or time < span.end


def _member(standing: MemberStanding, campaign: Campaign, when: When) -> Closed | None:
    if when.tiers and folded(standing.tier) not in map(folded, when.tiers):
        return RuleAnswer.OTHER_MEMBER, sentences.other_tier(campaign, when.tiers, standing.tier)
    if when.segments and standing.segments.isdisjoint(map(folded, when.segments)):
        return RuleAnswer.OTHER_MEMBER, sentences.other_segment(campaign)
    if when.badges and standing.badges.isdisjoint(map(folded, when.badges)):
        return RuleAnswer.OTHER_MEMBER, sentences.other_badge(campaign, when.badges)
    return None


def _birthday(scene: Scene, campaign: Campaign, asked: Birthday | None) -> Closed | None:
    day = scene.occasion.day
    if asked is None or day is None:
        return None
    born = scene.standing.birthday
    if born is None:
        return RuleAnswer.NOT_BIRTHDAY, sentences.birthday_unknown(campaign)
    for year in (day.year - 1, day.year, day.year + 1):
        off = (day - _birthday_in(year, born)).days
        if -asked.days_before <= off <= asked.days_after:
            return None
    return RuleAnswer.NOT_BIRTHDAY, sentences.not_birthday(campaign, day)


def _birthday_in(year: int, born: dt.date) -> dt.date:
    """Who was born on 29 February has a birthday on 28 February in other years."""
    try:
        return dt.date(year, born.month, born.day)
    except ValueError:
        return dt.date(year, born.month, born.day - 1)


def _history(scene: Scene, campaign: Campaign, when: When) -> Closed | None:
    standing, day = scene.standing, scene.occasion.day
    if when.purchase is not None:
        number = standing.purchases + 1
        every = when.purchase.every
        if number not in when.purchase.numbers and not (every is not None and number % every == 0):
            return RuleAnswer.OTHER_PURCHASE, sentences.other_purchase(campaign, when.purchase, number)
    if when.streak is not None and day is not None:
        run = run_length(day, standing.days, when.streak.of)
        if run == 0 or run % when.streak.length:
            return RuleAnswer.OTHER_PURCHASE, sentences.no_streak(campaign, when.streak, run)
    if when.milestone is not None:
        goal = when.milestone.spent
        before = standing.spent.get(goal.currency, 0)
        now = sum(
            line.net.minor for line in scene.lines if line.net.currency == goal.currency and not line.claimed
        )
        if not before < goal.minor <= before + now:
            return RuleAnswer.OTHER_PURCHASE, sentences.no_milestone(campaign, goal, before + now)
    return None


def _minimum(
    occasion: Occasion, campaign: Campaign, when: When, wanted: Sequence[ProductLine]
) -> Closed | None:
    if when.minimum is None:
        return None
    spent = sum_in(wanted, campaign, when.minimum.currency)
    if spent is None:
        sentence = sentences.other_currency(campaign, wanted=when.minimum.currency, printed=occasion.currency)
        return RuleAnswer.OTHER_CURRENCY, sentence
    if spent.minor >= when.minimum.minor:
        return None
    return RuleAnswer.TOO_LITTLE, sentences.below_minimum(campaign, spent=spent, least=when.minimum)
