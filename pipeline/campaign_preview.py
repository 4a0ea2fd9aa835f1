"""What a campaign would have paid for the receipts that are there, before it is put in force.

Receipts are taken in the order of submission, each with the member's standing as of then, so that caps,
budget, limits and history fill as they would have. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from awarding.earn import Occasion, RuleEarning, earn
from awarding.lines import ProductLine, product_lines
from awarding.standing import MemberStanding, Usage
from pipeline.clock import day_in, utc_now
from pipeline.past import Past
from pipeline.past_anew import unless_erased
from pipeline.rematch import settled_page
from pipeline.steps.gather import member_standing, zones_of
from pipeline.steps.programs import program_of
from pipeline.wiring import Wiring
from receipts.award import Award, Decline, DeclineReason
from receipts.campaign import Campaign
from receipts.database.repositories.earning import Earning
from receipts.database.repositories.programs import ProgramData
from receipts.identity import CampaignId, MemberId, ProgramId, Sku
from receipts.money import Currency, Points
from receipts.program import Program

_PAGE_ROWS = 500
_COUNTED = frozenset({DeclineReason.NOTHING_ELIGIBLE, DeclineReason.NO_CAMPAIGN, DeclineReason.CAP_REACHED})
"""Declines that say nothing against the receipt: another campaign may pay it."""


@dataclass(frozen=True, slots=True)
class RulePreview:
    """One rule: how many receipts it would have paid, and how many points."""

    campaign_id: CampaignId
    rule_id: str
    receipts: int
    points: int


@dataclass(frozen=True, slots=True)
class CampaignPreview:
    """What the campaigns would have paid together.

    Attributes:
        looked_at: receipts that were accepted, or declined for want of a campaign.
        receipts: of those, how many would have earned.
        members: who would have earned.
        largest: points of the one receipt that would have earned most.
    """

    looked_at: int
    receipts: int
    points: int
    members: int
    largest: int
    rules: tuple[RulePreview, ...]


@dataclass(slots=True)
class _Books:
    """Books that are kept in memory while the receipts go by."""

    earned: dict[MemberId, dict[CampaignId, Points]] = field(default_factory=dict)
    on_day: dict[tuple[MemberId, date], dict[CampaignId, Points]] = field(default_factory=dict)
    rule_days: dict[MemberId, dict[tuple[CampaignId, str], tuple[date, ...]]] = field(default_factory=dict)
    used: dict[CampaignId, int] = field(default_factory=dict)
    standing: dict[MemberId, MemberStanding] = field(default_factory=dict)
    purchases: set[tuple[MemberId, str]] = field(default_factory=set)
    paid: dict[tuple[CampaignId, str], list[int]] = field(default_factory=dict)
    members: set[MemberId] = field(default_factory=set)
    sums: list[int] = field(default_factory=list)
    looked_at: int = 0


def preview(
    wiring: Wiring, program_id: ProgramId, campaigns: Sequence[Campaign], *, since: datetime | None = None
) -> CampaignPreview:
    """Try campaigns on the receipts received since then, or on all; history counts from there."""
    program, books = program_of(wiring, program_id), _Books()
    after = 0
    while True:
        rows = settled_page(wiring, program_id, after=after, limit=_PAGE_ROWS, since=since)
        for number, receipt_id in rows:
            after = number
            past = unless_erased(wiring, program_id, receipt_id, lambda past: past)
            if past is not None and _counts(past):
                _try(wiring, program, campaigns, past, books)
        if len(rows) < _PAGE_ROWS:
            break
    return CampaignPreview(
        looked_at=books.looked_at,
        receipts=len(books.sums),
        points=sum(books.sums),
        members=len(books.members),
        largest=max(books.sums, default=0),
        rules=tuple(
            RulePreview(campaign.id, rule.id, len(found), sum(found))
            for campaign in campaigns
            for rule in campaign.rules
            for found in [books.paid.get((campaign.id, rule.id), [])]
        ),
    )


def _counts(past: Past) -> bool:
    match past.decision:
        case Award():
            return True
        case Decline(reason):
            return reason in _COUNTED
        case _:
            return False


def _try(wiring: Wiring, program: Program, campaigns: Sequence[Campaign], past: Past, books: _Books) -> None:
    purchase = (past.member_id, past.purchase_keys[0] or past.receipt_id)
    if purchase in books.purchases:
        return  # another receipt of a purchase that was counted
    books.looked_at += 1
    day = past.receipt.date or day_in(program.time_zone, past.received_at)
    lines = _lines(wiring, past)
    standing = _standing(wiring, program, past.member_id, day, books)
    answers = earn(
        _occasion(wiring, past, program, day),
        lines,
        campaigns,
        books.earned.get(past.member_id, {}),
        standing=standing,
        usage=_usage(campaigns, past.member_id, day, books),
    )
    points = sum(answer.outcome.points for answer in answers)
    if points:
        books.purchases.add(purchase)
        _write_down(books, past.member_id, day, answers, points)
    if points or isinstance(past.decision, Award):
        spent = dict(standing.spent)
        for line in lines:
            spent[line.net.currency] = spent.get(line.net.currency, 0) + line.net.minor
        books.standing[past.member_id] = replace(
            standing, purchases=standing.purchases + 1, days=standing.days | {day}, spent=spent
        )


def _lines(wiring: Wiring, past: Past) -> tuple[ProductLine, ...]:
    named: frozenset[Sku] = frozenset(match.sku for match in past.matching.matches if match.sku is not None)
    with wiring.database.read() as session:
        products = ProgramData(session, past.program_id).products(past.matching.catalog_number, named)
    return product_lines(past.left, past.matching.matches, products, frozenset())


def _standing(
    wiring: Wiring, program: Program, member_id: MemberId, day: date, books: _Books
) -> MemberStanding:
    with wiring.database.read() as session:
        now = member_standing(Earning(session, program.id, utc_now()), program, member_id, day)
    before = books.standing.get(member_id, MemberStanding())
    return replace(now, purchases=before.purchases, days=before.days, spent=before.spent)


def _occasion(wiring: Wiring, past: Past, program: Program, day: date) -> Occasion:
    retailer = past.receipt.retailer
    zones = zones_of(wiring, program, past.receipt, past.received_at)
    return Occasion(
        day=day,
        retailer=retailer.name,
        currency=Currency(past.receipt.currency),
        is_refund=past.receipt.is_refund,
        any_retailer=past.approved,
        time=past.receipt.time,
        place=f"{retailer.store} {retailer.address}",
        store_zone=zones.store,
        program_zone=zones.program,
    )


def _usage(campaigns: Sequence[Campaign], member_id: MemberId, day: date, books: _Books) -> Usage:
    return Usage(
        on_day=books.on_day.get((member_id, day), {}),
        rule_days=books.rule_days.get(member_id, {}),
        budget_left={
            campaign.id: Points(campaign.caps.budget - books.used.get(campaign.id, 0))
            for campaign in campaigns
            if campaign.caps.budget is not None
        },
    )


def _write_down(
    books: _Books, member_id: MemberId, day: date, answers: Sequence[RuleEarning], points: int
) -> None:
    books.sums.append(points)
    books.members.add(member_id)
    earned = books.earned.setdefault(member_id, {})
    on_day = books.on_day.setdefault((member_id, day), {})
    rule_days = books.rule_days.setdefault(member_id, {})
    for answer in answers:
        outcome = answer.outcome
        if not outcome.points:
            continue
        key = (outcome.campaign_id, outcome.rule_id)
        books.paid.setdefault(key, []).append(outcome.points)
        rule_days[key] = (*rule_days.get(key, ()), day)
        books.used[outcome.campaign_id] = books.used.get(outcome.campaign_id, 0) + outcome.points
        for sums in (earned, on_day):
            sums[outcome.campaign_id] = Points(sums.get(outcome.campaign_id, 0) + outcome.points)
