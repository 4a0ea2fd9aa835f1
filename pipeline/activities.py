"""Activities that are no purchase: told once by their own id, answered by rules, paid into the same books."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from awarding.earn import Occasion, earn
from awarding.post import activity_entries
from awarding.transfers import granted_data
from pipeline.campaigns import campaigns_on
from pipeline.clock import day_in, utc_now
from pipeline.status import look_at
from pipeline.steps.gather import member_standing, usage
from pipeline.steps.programs import program_of
from pipeline.wiring import Wiring
from receipts.award import RuleAnswer, RuleOutcome
from receipts.campaign import Campaign
from receipts.database.repositories.books import Books, StaleBooksError
from receipts.database.repositories.earning import Activity, Earning
from receipts.database.repositories.programs import ProgramData
from receipts.identity import MemberId, ProgramId
from receipts.ledger import placed
from receipts.message import MessageType
from receipts.money import Points
from receipts.program import Program

_NAMESPACE = uuid.UUID("7b1f6c1e-52a0-4c0b-a3a3-0c6f5f8e2d11")
"""Never change it: an event that is told again must meet the id it had."""
_AFTER_ALL_RECEIPTS = 2**62
"""An activity is paid at once; what is kept for any receipt that is held stays kept."""
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Event:
    """What happened.

    Attributes:
        name: such as ``signup``; any name that the program's rules use.
        event_id: the sender's own: the same again is the same event.
        happened_on: in the program's time zone; None for today.
    """

    member_id: MemberId
    name: str
    event_id: str
    happened_on: date | None = None


@dataclass(frozen=True, slots=True)
class OtherEvent:
    """The id names an event of another member, or another event."""

    found: Activity


@dataclass(frozen=True, slots=True)
class NoSuchMember:
    """The program has no such member."""


@dataclass(frozen=True, slots=True)
class InTheFuture:
    """The day is yet to come.

    Attributes:
        today: in the program's time zone.
    """

    today: date


@dataclass(frozen=True, slots=True)
class Counted:
    """The event with every rule's answer; `created` where it was new."""

    activity: Activity
    created: bool


Told = Counted | OtherEvent | NoSuchMember | InTheFuture


def tell(wiring: Wiring, program_id: ProgramId, event: Event) -> Told:
    """Count an event once, whoever tells it how often, and pay what the rules give for it.

    Raises:
        StaleBooksError: budgets moved each time that it was worked out.
    """
    program = program_of(wiring, program_id)
    today = day_in(program.time_zone, utc_now())
    day = event.happened_on or today
    if day > today:
        return InTheFuture(today)
    with wiring.database.read() as session:
        earning = Earning(session, program_id, utc_now())
        campaigns = campaigns_on(wiring.parsed_campaigns, earning, program_id, day)
    for left in range(_TRIES, 0, -1):
        try:
            with wiring.database.write() as session:
                return _tell(session, utc_now(), program, campaigns, event, day)
        except (IntegrityError, StaleBooksError):
            # Told twice at one instant, or a budget was taken: what stands now counts.
            if left == 1:
                raise
    raise AssertionError("the last try returns or raises")


def _tell(
    session: Session,
    now: datetime,
    program: Program,
    campaigns: tuple[Campaign, ...],
    event: Event,
    day: date,
) -> Told:
    members = ProgramData(session, program.id)
    if not members.takes_part(event.member_id):
        return NoSuchMember()
    books, earning = Books(session, program.id, now), Earning(session, program.id, now)
    books.lock(event.member_id)
    if not members.takes_part(event.member_id):  # erased while this waited
        return NoSuchMember()
    if (before := earning.activity(event.event_id)) is not None:
        same = (before.member_id, before.event) == (event.member_id, event.name)
        return Counted(before, created=False) if same else OtherEvent(before)
    outcomes = _outcomes(books, earning, program, campaigns, event, day)
    activity = Activity(
        id=f"act_{uuid.uuid5(_NAMESPACE, f'{program.id}/{event.event_id}').hex}",
        member_id=event.member_id,
        event_id=event.event_id,
        event=event.name,
        happened_on=day,
        points=Points(sum(outcome.points for outcome in outcomes)),
        outcomes=tuple(_plain(outcome) for outcome in outcomes),
        created_at=now,
    )
    earning.add_activity(activity)
    if activity.points:
        _pay(books, earning, program, campaigns, activity, outcomes)
    look_at(session, now, program.id, event.member_id)
    return Counted(activity, created=True)


def _outcomes(
    books: Books,
    earning: Earning,
    program: Program,
    campaigns: tuple[Campaign, ...],
    event: Event,
    day: date,
) -> tuple[RuleOutcome, ...]:
    """The answers of rules about activities; what the others say to an event that is none is not kept."""
    occasion = Occasion(
        day=day,
        retailer="",
        currency=program.currency,
        is_refund=False,
        store_zone=program.time_zone,
        program_zone=program.time_zone,
        event=event.name,
    )
    earned = books.earned_by_campaign(event.member_id)
    kept = earning.reserved(before=_AFTER_ALL_RECEIPTS, member_id=event.member_id)
    for name, points in kept.items():
        earned[name] = Points(earned.get(name, 0) + points)
    answers = earn(
        occasion,
        (),
        campaigns,
        earned,
        standing=member_standing(earning, program, event.member_id, day),
        usage=usage(
            earning, event.member_id, campaigns, day=day, purchase_key="", number=_AFTER_ALL_RECEIPTS
        ),
    )
    return tuple(each.outcome for each in answers if each.outcome.answer is not RuleAnswer.OTHER_EVENT)


def _pay(
    books: Books,
    earning: Earning,
    program: Program,
    campaigns: tuple[Campaign, ...],
    activity: Activity,
    outcomes: tuple[RuleOutcome, ...],
) -> None:
    entries = placed(
        activity_entries(
            outcomes,
            program_id=program.id,
            member_id=activity.member_id,
            source=activity.id,
            created_at=activity.created_at,
        ),
        program.terms,
    )
    books.post(entries)
    paid = {outcome.campaign_id for outcome in outcomes if outcome.points}
    earning.check_budgets(
        {
            campaign.id: campaign.caps.budget
            for campaign in campaigns
            if campaign.caps.budget is not None and campaign.id in paid
        }
    )
    if entries:
        data = granted_data(entries, books.balances(activity.member_id))
        books.send(activity.member_id, MessageType.POINTS_GRANTED, data)


def _plain(outcome: RuleOutcome) -> dict[str, Any]:
    told = asdict(outcome)
    return {**told, "answer": outcome.answer.value, "positions": list(outcome.positions)}
