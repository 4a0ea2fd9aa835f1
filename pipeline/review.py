"""A reviewer's decision on a held receipt: the same rules, the same books, another judge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt

from awarding.decide import decide, declined_by_reviewer
from pipeline.clock import day_in, utc_now
from pipeline.steps.artefacts import (
    DECISION,
    MATCHING,
    READING,
    SCREENING,
    Matching,
    decision_artefact,
    decision_from,
    load,
    matching_artefact,
    matching_from,
    receipt_from,
    screening_from,
)
from pipeline.steps.programs import program_of
from pipeline.steps.settle import UNNAMED_PURCHASE, Standing, Subject, points_of, post, standing, state_after
from pipeline.wiring import Wiring
from receipts.award import Decision, Hold
from receipts.catalog import CatalogProduct
from receipts.database.repositories.books import StaleBooksError
from receipts.database.repositories.programs import ProgramData
from receipts.database.repositories.reviews import ReviewCase, Reviews
from receipts.database.repositories.work import Work
from receipts.database.tables import ReceiptRow, SubmissionRow
from receipts.fraud import Screening
from receipts.identity import AccountId, MemberId, ProgramId, ReviewCaseId, Sku, SubmissionId
from receipts.match import Match, MatchCandidate, MatchReason, MatchVerdict
from receipts.receipt import Receipt
from receipts.submission import Channel

_TRIES = 5


@dataclass(frozen=True, slots=True)
class Resolved:
    """The case is closed, and this is what came of it."""

    decision: Decision


@dataclass(frozen=True, slots=True)
class NoSuchCase:
    """The program has no such case."""


@dataclass(frozen=True, slots=True)
class DecidedBefore:
    """Somebody decided it before."""

    status: str


@dataclass(frozen=True, slots=True)
class UnknownChoice:
    """A line or a product was named that is not there.

    Attributes:
        sentence: which, and what to do.
    """

    sentence: str


Resolution = Resolved | NoSuchCase | DecidedBefore | UnknownChoice


@dataclass(frozen=True, slots=True)
class _Held:
    """All that a reviewer's decision is made from."""

    case: ReviewCase
    subject: Subject
    received_at: datetime
    receipt: Receipt
    matching: Matching
    screening: Screening
    before: Decision


def resolve_case(
    wiring: Wiring,
    *,
    program_id: ProgramId,
    case_id: ReviewCaseId,
    reviewer: AccountId,
    approve: bool,
    products: Mapping[int, Sku | None],
    note: str,
) -> Resolution:
    """Close an open case.

    Args:
        wiring: the process's parts.
        program_id: the reviewer's program.
        case_id: the case.
        reviewer: who decides.
        approve: pay what the lines earn, or decline the receipt.
        products: for lines that the reviewer settled, the product, or None for "not ours".
        note: for the record; on a decline it is told to the member.
    """
    retrying = Retrying(
        retry=retry_if_exception_type((StaleBooksError, IntegrityError)),
        stop=stop_after_attempt(_TRIES),
        reraise=True,
    )
    for attempt in retrying:
        with attempt:
            return _resolve_once(
                wiring,
                program_id=program_id,
                case_id=case_id,
                reviewer=reviewer,
                approve=approve,
                products=products,
                note=note.strip(),
            )
    raise AssertionError("tenacity either returns or raises")


def _resolve_once(
    wiring: Wiring,
    *,
    program_id: ProgramId,
    case_id: ReviewCaseId,
    reviewer: AccountId,
    approve: bool,
    products: Mapping[int, Sku | None],
    note: str,
) -> Resolution:
    held = _look_up(wiring, program_id, case_id)
    if isinstance(held, NoSuchCase | DecidedBefore):
        return held
    chosen = _chosen(wiring, program_id, held.matching, products)
    if isinstance(chosen, UnknownChoice):
        return chosen
    at = standing(
        wiring,
        program_id=program_id,
        member_id=held.subject.member_id,
        purchase_key=held.subject.purchase_key,
        matching=chosen,
    )
    decision = _decision(wiring, held, chosen, at, approve=approve, note=note)
    now = utc_now()
    with wiring.database.write() as session:
        reviews = Reviews(session, program_id, now)
        if not reviews.close(case_id, approved=approve, reviewer=reviewer, note=note):
            return DecidedBefore("decided")
        if not reviews.leave_hold(
            held.subject.receipt_id, state_after(decision), points=points_of(decision) or 0
        ):
            raise LookupError(f"receipt {held.subject.receipt_id} has an open case but is not held")
        _keep(session, now, held, chosen, decision, at, reviewer)
        post(
            session,
            now,
            subject=held.subject,
            receipt=held.receipt,
            decision=decision,
            at=at,
            approved=approve,
        )
    return Resolved(decision)


def _look_up(
    wiring: Wiring, program_id: ProgramId, case_id: ReviewCaseId
) -> _Held | NoSuchCase | DecidedBefore:
    with wiring.database.read() as session:
        case = Reviews(session, program_id, utc_now()).find(case_id)
        if case is None:
            return NoSuchCase()
        if case.status != "open":
            return DecidedBefore(case.status)
        row, channel = session.execute(
            select(ReceiptRow, SubmissionRow.channel)
            .join(SubmissionRow, SubmissionRow.id == ReceiptRow.submission_id)
            .where(ReceiptRow.id == case.receipt_id)
        ).one()
    reading, matching, screening, decision = load(
        wiring, case.receipt_id, READING, MATCHING, SCREENING, DECISION
    )
    return _Held(
        case=case,
        subject=Subject(
            program_id=program_id,
            member_id=MemberId(row.member_id),
            receipt_id=case.receipt_id,
            submission_id=SubmissionId(row.submission_id),
            channel=Channel(channel),
            purchase_key=row.purchase_key or UNNAMED_PURCHASE,
        ),
        received_at=row.received_at,
        receipt=receipt_from(reading),
        matching=matching_from(matching),
        screening=screening_from(screening),
        before=decision_from(decision),
    )


def _decision(
    wiring: Wiring, held: _Held, chosen: Matching, at: Standing, *, approve: bool, note: str
) -> Decision:
    if not approve:
        return declined_by_reviewer(note=note, outcomes=held.before.outcomes)
    program = program_of(wiring, held.subject.program_id)
    decision = decide(
        receipt=held.receipt,
        matches=chosen.matches,
        products=at.products,
        screening=held.screening,
        campaigns=at.campaigns,
        earned_before=at.earned_before,
        claimed=at.claimed,
        approved=True,
        day_if_unread=day_in(program.time_zone, held.received_at),
    )
    if isinstance(decision, Hold):
        raise AssertionError("an approved receipt is not held again")
    return decision


def _chosen(
    wiring: Wiring, program_id: ProgramId, matching: Matching, products: Mapping[int, Sku | None]
) -> Matching | UnknownChoice:
    positions = {match.position for match in matching.matches}
    for position in products:
        if position not in positions:
            return UnknownChoice(f"The receipt has no line {position}. Reload the case and choose again.")
    wanted = frozenset(sku for sku in products.values() if sku is not None)
    with wiring.database.read() as session:
        known = ProgramData(session, program_id).products(matching.catalog_number, wanted) if wanted else {}
    for sku in sorted(wanted):
        if sku not in known:
            return UnknownChoice(f"The catalog has no product {sku}. Choose one of the list, or not ours.")
    settled = tuple(
        _settled(match, known, products[match.position]) if match.position in products else match
        for match in matching.matches
    )
    return replace(matching, matches=settled)


def _settled(match: Match, known: Mapping[Sku, CatalogProduct], sku: Sku | None) -> Match:
    if sku is None:
        return replace(
            match,
            verdict=MatchVerdict.NONE,
            sku=None,
            gtin=None,
            probability=1.0,
            reason=MatchReason.REVIEWER,
        )
    return replace(
        match,
        verdict=MatchVerdict.ACCEPT,
        sku=sku,
        gtin=known[sku].gtin,
        probability=1.0,
        reason=MatchReason.REVIEWER,
        candidates=match.candidates or (MatchCandidate(sku, 1.0),),
    )


def _keep(
    session: Session,
    now: datetime,
    held: _Held,
    chosen: Matching,
    decision: Decision,
    at: Standing,
    reviewer: AccountId,
) -> None:
    work = Work(session, now)
    if chosen != held.matching:
        work.add_artefact(held.subject.receipt_id, matching_artefact(chosen, versions={"reviewer": reviewer}))
    work.add_artefact(
        held.subject.receipt_id,
        decision_artefact(decision, versions={**at.versions, "reviewer": reviewer}),
    )
