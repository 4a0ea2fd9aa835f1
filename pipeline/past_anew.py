"""What deciding a settled receipt anew needs each time, whoever asks for it and whichever way it may go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session

from awarding.decide import Zones, decide
from awarding.standing import RuleKey
from pipeline.clock import day_in
from pipeline.past import Past, past_of, said_of
from pipeline.steps.artefacts import (
    DECISION,
    MATCHING,
    SCREENING,
    Matching,
    MissingArtefactError,
    load,
    matching_from,
    screening_from,
)
from pipeline.steps.programs import program_of
from pipeline.steps.settle import Standing, standing
from pipeline.wiring import Wiring
from receipts.award import Award, Decision
from receipts.database.repositories.books import StaleBooksError
from receipts.database.repositories.work import Work
from receipts.database.tables import ReceiptRow
from receipts.identity import ProgramId, ReceiptId
from receipts.match import Match
from receipts.money import Points
from receipts.receipt import Receipt
from receipts.state import ReceiptState, check_transition

_T = TypeVar("_T")


def unless_erased(
    wiring: Wiring, program_id: ProgramId, receipt_id: ReceiptId, work: Callable[[Past], _T | None]
) -> _T | None:
    """What comes of the settled receipt; None where it is not settled, or its member is erased meanwhile.

    Args:
        wiring: the process's parts.
        program_id: whose receipt it has to be.
        receipt_id: of the receipt.
        work: reads it in several transactions: an erasure may come between any two.

    Raises:
        MissingArtefactError: what was kept of the receipt is not there, and nobody was erased.
    """
    try:
        past = past_of(wiring, program_id, receipt_id)
        return None if past is None else work(past)
    except MissingArtefactError:
        if past_of(wiring, program_id, receipt_id) is None:
            return None
        raise


def standing_of(wiring: Wiring, past: Past, receipt: Receipt, matching: Matching) -> Standing:
    """The books of now, asked for this receipt; what it was paid itself is among them.

    Args:
        wiring: the process's parts.
        past: the receipt as it was settled.
        receipt: as much of it as counts.
        matching: which products its lines are.
    """
    return standing(
        wiring,
        program_id=past.program_id,
        member_id=past.member_id,
        purchase_keys=past.purchase_keys,
        matching=matching,
        receipt=receipt,
        number=past.number,
        received_at=past.received_at,
    )


def decided_anew(
    wiring: Wiring,
    past: Past,
    at: Standing,
    receipt: Receipt,
    matches: Iterable[Match],
    *,
    barred: frozenset[str],
    approved: bool,
    paid: frozenset[int] = frozenset(),
) -> Decision:
    """The decision by its stored screening, by the campaigns and the member that `at` names.

    Args:
        wiring: the process's parts.
        past: the receipt as it was settled.
        at: what is known; nothing else is looked up.
        receipt: as much of it as counts.
        matches: which products its lines are.
        barred: claim keys of lines that may not earn.
        approved: nobody has to look at it.
        paid: positions of barred lines that this very receipt was paid for before.
    """
    (screening,) = load(wiring, past.receipt_id, SCREENING)
    return decide(
        receipt=receipt,
        matches=tuple(matches),
        products=at.products,
        screening=screening_from(screening),
        campaigns=at.campaigns,
        earned_before=at.earned_before,
        claimed=barred,
        approved=approved,
        day_if_unread=day_in(program_of(wiring, past.program_id).time_zone, past.received_at),
        paid=paid,
        standing=at.known.member,
        usage=at.known.usage,
        zones=at.known.zones,
    )


def zones_then(wiring: Wiring, past: Past, now: Zones) -> Zones:
    """As the receipt was decided by: a list of stores that changed since takes no points back.

    Args:
        wiring: the process's parts.
        past: the receipt as it was settled.
        now: for decisions that were made before it was kept with them.
    """
    (decided,) = load(wiring, past.receipt_id, DECISION)
    then = decided.versions.get("store_zone")
    return now if then is None else replace(now, store=str(then))


def by_rule(decision: Decision | None) -> Counter[RuleKey]:
    """Points by rule, of the rules that pay any; none where it is no award."""
    found: Counter[RuleKey] = Counter()
    for outcome in decision.outcomes if isinstance(decision, Award) else ():
        if outcome.points:
            found[outcome.campaign_id, outcome.rule_id] += outcome.points
    return found


def _said(session: Session, past: Past, kept: Matching) -> Matching:
    return said_of(session, past.program_id, past.receipt_id, past.purchase_keys, past.receipt, kept)


def move(session: Session, now: datetime, past: Past, points: int) -> None:
    """Set the receipt to paid with so many points, where it is still as it was looked at.

    Args:
        session: of a write transaction.
        now: in UTC.
        past: as it was looked at.
        points: of the whole receipt from now on.

    Raises:
        StaleBooksError: another changed it meanwhile, or said of another photo of the purchase what its lines
            are; whoever sent that one, these books need not have moved by it.
    """
    made = Work(session, now).artefact(past.receipt_id, MATCHING)
    if made is None or _said(session, past, matching_from(made)) != past.matching:
        raise StaleBooksError(f"lines of {past.receipt_id} were corrected meanwhile")
    if past.state is not ReceiptState.AWARDED:
        check_transition(before=past.state, after=ReceiptState.AWARDED)
    moved = session.execute(
        update(ReceiptRow)
        .where(
            ReceiptRow.id == past.receipt_id,
            ReceiptRow.program_id == past.program_id,
            ReceiptRow.state == past.state.value,
            ReceiptRow.points == past.points,
        )
        .values(state=ReceiptState.AWARDED.value, points=Points(points), updated_at=now)
    )
    if not isinstance(moved, CursorResult) or moved.rowcount != 1:
        raise StaleBooksError(f"receipt {past.receipt_id} moved meanwhile")
