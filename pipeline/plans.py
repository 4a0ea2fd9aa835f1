"""Decisions that can be undone for a while: planned first, carried out by the relay when their time is up.

The database is the truth. Until a plan is carried out its case is open and its receipt held: members are
told nothing, and a withdrawal or an erasure ends the case as it ends any other. What is carried out is judged
anew at that moment by the code of every decision, so lines that were paid meanwhile are not paid again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from pipeline.choices import UnknownChoice, chosen_products
from pipeline.clock import utc_now
from pipeline.desk import CLAIM_LASTS
from pipeline.held import DecidedBefore, NoSuchCase, look_up
from pipeline.review import ClaimedByAnother, LookAgain, Resolved, resolve_case, screened_again
from pipeline.second_person import SecondNeeded
from pipeline.wiring import Wiring
from receipts.database.repositories.desk import Desk
from receipts.database.repositories.plans import Plan, Plans, due_plans
from receipts.database.repositories.programs import Programs
from receipts.database.repositories.reviews import Reviews
from receipts.database.tables import MemberRow, ReceiptRow, ReviewCaseRow
from receipts.errors import TransientError
from receipts.identity import AccountId, ProgramId, ReviewCaseId, Role, Sku

log = structlog.get_logger(__name__)

AT_A_TIME = 20
"""A decision takes some 0.1 s: then the relay rings bells again."""
_AGAIN = timedelta(seconds=15)
_TRIES = 4
"""Then a person must look, not the relay: the case goes back to the queue."""
SHOWN = 3
_DECIDERS = frozenset({Role.REVIEWER, Role.ADMIN})


@dataclass(frozen=True, slots=True)
class Planned:
    """It takes effect at that moment, unless it is undone."""

    takes_effect_at: datetime


@dataclass(frozen=True, slots=True)
class PlanShown:
    """What a reviewer can still undo.

    Attributes:
        seconds_left: whole ones, rounded up.
    """

    case_id: ReviewCaseId
    approve: bool
    member_name: str
    seconds_left: int


PlanOutcome = Planned | NoSuchCase | DecidedBefore | UnknownChoice | LookAgain | ClaimedByAnother


def plan_decision(
    wiring: Wiring,
    *,
    program_id: ProgramId,
    case_id: ReviewCaseId,
    reviewer: AccountId,
    approve: bool,
    products: Mapping[int, Sku | None],
    note: str,
    delay: timedelta,
) -> PlanOutcome:
    """Decide an open case some time from now, in place of what the same reviewer planned before.

    The case leaves the queue at once. What `resolve_case` would refuse now is refused now.
    """
    held = look_up(wiring, program_id, case_id)
    if isinstance(held, NoSuchCase | DecidedBefore):
        return held
    if held.case.worked_on_by_another(reviewer, utc_now()):
        return ClaimedByAnother()
    chosen = chosen_products(wiring, program_id, held.matching, products)
    if isinstance(chosen, UnknownChoice):
        return chosen
    if approve:
        fresh = screened_again(wiring, held, chosen)
        if isinstance(fresh, LookAgain):
            return fresh
    now = utc_now()
    try:
        with wiring.database.write() as session:
            desk, plans = Desk(session, program_id, now), Plans(session, program_id, now)
            plans.drop(case_id, reviewer)
            if not desk.claim(case_id, reviewer, delay + CLAIM_LASTS):
                return ClaimedByAnother()
            due = plans.put(
                case_id,
                reviewer,
                approve=approve,
                products=products,
                note=note.strip(),
                reading=held.basis.reading,
                delay=delay,
            )
            detail = {
                "decision": "approve" if approve else "decline",
                "note": note.strip(),
                "takes_effect_at": due.isoformat(),
            }
            desk.note(case_id, reviewer, "planned", detail)
    except IntegrityError:  # another planned a decision between looking and writing
        return ClaimedByAnother()
    return Planned(due)


def undo(wiring: Wiring, *, program_id: ProgramId, case_id: ReviewCaseId, reviewer: AccountId) -> bool:
    """Take back one's own decision before it takes effect; False where there is none any more.

    The case is open again, and the reviewer's to decide.
    """
    now = utc_now()
    with wiring.database.write() as session:
        plans, desk = Plans(session, program_id, now), Desk(session, program_id, now)
        if not plans.drop(case_id, reviewer):
            return False
        desk.claim(case_id, reviewer, CLAIM_LASTS)
        desk.note(case_id, reviewer, "undone", {})
    return True


def plan_of(wiring: Wiring, *, program_id: ProgramId, case_id: ReviewCaseId) -> Plan | None:
    """What is planned for the case; None where nothing is."""
    with wiring.database.read() as session:
        return Plans(session, program_id, utc_now()).find(case_id)


def to_undo(wiring: Wiring, *, program_id: ProgramId, reviewer: AccountId) -> tuple[PlanShown, ...]:
    """The reviewer's latest decisions that did not take effect yet, the latest first."""
    now = utc_now()
    with wiring.database.read() as session:
        plans = Plans(session, program_id, now).of(reviewer, limit=SHOWN)
        found = session.execute(
            select(ReviewCaseRow.id, MemberRow.name)
            .join(ReceiptRow, ReceiptRow.id == ReviewCaseRow.receipt_id)
            .join(MemberRow, MemberRow.id == ReceiptRow.member_id)
            .where(ReviewCaseRow.id.in_([plan.case_id for plan in plans]))
        )
        names = {row.id: row.name for row in found}
    return tuple(
        PlanShown(plan.case_id, plan.approve, names.get(plan.case_id, ""), seconds_until(plan.due_at, now))
        for plan in plans
    )


def seconds_until(due: datetime, now: datetime) -> int:
    """Whole seconds, rounded up, and none below zero."""
    return max(0, -int((now - due).total_seconds() // 1))


def carry_out_due(wiring: Wiring, *, now: datetime | None = None, most: int = AT_A_TIME) -> int:
    """Carry out what is due; how many decisions took effect. Any number may run at once, and be killed.

    A plan goes in the transaction that decides its case, which happens once or not at all.
    """
    with wiring.database.read() as session:
        due = due_plans(session, utc_now() if now is None else now, limit=most)
    done = 0
    for plan in due:
        try:
            done += _carry_out(wiring, plan)
        except TransientError:  # the database's, not the plan's
            raise
        # A bug of ours with one plan must not keep the others from being carried out.
        except Exception as error:
            log.exception("a planned decision was not carried out", case_id=plan.case_id, tries=plan.tries)
            if plan.tries + 1 < _TRIES:
                with wiring.database.write() as session:
                    Plans(session, plan.program_id, utc_now()).put_off(plan.id, _AGAIN)
            else:
                _hand_back(wiring, plan, f"It could not be carried out ({type(error).__name__}).")
    return done


def _carry_out(wiring: Wiring, plan: Plan) -> bool:
    held = look_up(wiring, plan.program_id, plan.case_id)
    if isinstance(held, NoSuchCase | DecidedBefore):
        return _forget(wiring, plan)
    if not _may_decide(wiring, plan):
        _hand_back(wiring, plan, "Whoever decided it decides for the program no more.")
        return False
    if held.basis.reading != plan.reading:
        _hand_back(wiring, plan, "The receipt was read anew since it was decided.")
        return False
    outcome = resolve_case(
        wiring,
        program_id=plan.program_id,
        case_id=plan.case_id,
        reviewer=plan.account_id,
        approve=plan.approve,
        products=plan.products,
        note=plan.note,
        plan=plan.id,
    )
    match outcome:
        case Resolved() | SecondNeeded():
            return True
        case NoSuchCase() | DecidedBefore():
            return _forget(wiring, plan)
        case LookAgain() | UnknownChoice():
            _hand_back(wiring, plan, outcome.sentence)
        case ClaimedByAnother():
            _hand_back(wiring, plan, "Another reviewer works on it.")
        case _:
            assert_never(outcome)
    return False


def _may_decide(wiring: Wiring, plan: Plan) -> bool:
    """Where a program disabled the account meanwhile, another looks at what it was about to pay."""
    with wiring.database.read() as session:
        account = Programs(session).account(plan.account_id)
    return account is not None and account.role in _DECIDERS


def _forget(wiring: Wiring, plan: Plan) -> bool:
    """The case was decided otherwise, or the plan was undone while this looked."""
    with wiring.database.write() as session:
        if Reviews(session, plan.program_id, utc_now()).is_closed(plan.case_id):
            Plans(session, plan.program_id, utc_now()).take_away(plan.id)
    return False


def _hand_back(wiring: Wiring, plan: Plan, why: str) -> None:
    """The case waits in the queue again, and its log says why."""
    with wiring.database.write() as session:
        now = utc_now()
        if Plans(session, plan.program_id, now).take_away(plan.id):
            desk = Desk(session, plan.program_id, now)
            desk.release(plan.case_id, plan.account_id)
            desk.note(plan.case_id, plan.account_id, "returned", {"note": why})
