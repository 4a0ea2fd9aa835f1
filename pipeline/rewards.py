"""What a member may look forward to: campaigns running today, and the way to the next tier and badges."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from awarding.status_file import parse_status
from pipeline.campaigns import campaigns_on
from pipeline.clock import day_in, utc_now
from pipeline.status import counted_of, status_document
from pipeline.steps.programs import program_of
from pipeline.wiring import Wiring
from receipts.database.repositories.earning import Earning
from receipts.identity import MemberId, ProgramId
from receipts.money import Points
from receipts.status import Count, Measure, TierRules

UNITS: Final[dict[Count, str]] = {
    Count.POINTS: "points",
    Count.SPENT: "spent on our products",
    Count.PURCHASES: "purchases",
    Count.ACTIVITIES: "activities",
}
"""What a total counts, after its number."""


_PLANNED: Final = timedelta(days=731)


@dataclass(frozen=True, slots=True)
class Running:
    """A campaign that counts purchases of today.

    Attributes:
        retailers: that take part; every one when empty.
        cap: most points a member can earn from it; None for no cap.
        ends_soon: within two years; a later day is one that nobody plans for.
    """

    name: str
    ends_on: date
    retailers: tuple[str, ...]
    cap: Points | None
    ends_soon: bool = True


@dataclass(frozen=True, slots=True)
class Way:
    """How far the member has come to a tier or badge.

    Attributes:
        unit: what is counted, in words.
        until: the first day that counts; None where all days do.
    """

    name: str
    have: int
    need: int
    unit: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Tier, badges, and the way to those that are missing."""

    tier: str
    badges: tuple[str, ...]
    next_tier: Way | None
    ways: tuple[Way, ...]


def running_now(wiring: Wiring, program_id: ProgramId) -> tuple[Running, ...]:
    """The campaigns of today, those that end first first."""
    today = day_in(program_of(wiring, program_id).time_zone, utc_now())
    with wiring.database.read() as session:
        earning = Earning(session, program_id, utc_now())
        campaigns = campaigns_on(wiring.parsed_campaigns, earning, program_id, today)
    running = [
        Running(each.name, each.ends_on, each.retailers, each.cap_per_member, each.ends_on - today < _PLANNED)
        for each in campaigns
        if each.starts_on <= today <= each.ends_on
    ]
    return tuple(sorted(running, key=lambda each: (each.ends_on, each.name)))


def standing_now(wiring: Wiring, program_id: ProgramId, member_id: MemberId) -> Standing:
    """Where the member stands, by the program's own rules or by what the core loyalty service says."""
    document = status_document(wiring, program_id)
    with wiring.database.read() as session:
        earning = Earning(session, program_id, utc_now())
        tier = earning.tier(member_id, None)
        badges = tuple(sorted(earning.badges(member_id, None)))
    if document is None:
        return Standing(tier, badges, None, ())
    rules, _ = parse_status(document)
    missing = [badge for badge in rules.badges if badge.name not in badges]
    measures = [badge.measure for badge in missing]
    if rules.tiers is not None:
        measures.append(rules.tiers.measure)
    totals = counted_of(wiring, program_id, member_id, measures)
    ways = [
        _way(badge.name, badge.measure, badge.threshold, total)
        for badge, total in zip(missing, totals, strict=False)
    ]
    next_tier = None if rules.tiers is None else _next_tier(rules.tiers, totals[-1], wiring, program_id)
    return Standing(tier, badges, next_tier, tuple(ways))


def _next_tier(rules: TierRules, total: int, wiring: Wiring, program_id: ProgramId) -> Way | None:
    level = next((each for each in rules.levels if each.threshold > total), None)
    if level is None:
        return None
    today = day_in(program_of(wiring, program_id).time_zone, utc_now())
    way = _way(level.name, rules.measure, level.threshold, total)
    return replace(way, until=rules.measure.window.start(today))


def _way(name: str, measure: Measure, need: int, total: int) -> Way:
    return Way(name, max(0, min(total, need)), need, UNITS[measure.count])
