"""A reviewer corrects what was read: stored beside the reading, and everything after it made anew.

The receipt stays held and its case open. The corrected receipt is a new revision of the reading; matches,
checks and what approval would pay are worked out from it by the stages' own code, and all of it is stored in
one transaction. The decision that follows is posted as any other: lines that were claimed before are not paid
again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from pipeline.brought_back import without_brought_back
from pipeline.clock import utc_now
from pipeline.corrected import Correction, WrongCorrection, corrected
from pipeline.examine import lookups_of
from pipeline.held import DecidedBefore, Held, NoSuchCase, look_up
from pipeline.review import ClaimedByAnother, decision_of
from pipeline.snapshots import Basis
from pipeline.steps.artefacts import (
    READING,
    decision_artefact,
    examined_from,
    load,
    matching_artefact,
    risk_permille,
)
from pipeline.steps.match import Matched, matched
from pipeline.steps.screen import Screened, screened
from pipeline.steps.settle import Standing, points_of, standing, wanted_of_caps
from pipeline.tries import posting_tries
from pipeline.wiring import Wiring
from receipts.award import Decision, Hold
from receipts.database.codec import to_json
from receipts.database.repositories.books import StaleBooksError
from receipts.database.repositories.desk import Desk
from receipts.database.repositories.earning import Earning
from receipts.database.repositories.intake import Intake
from receipts.database.repositories.plans import Plans
from receipts.database.repositories.reviews import Reviews
from receipts.database.repositories.work import Artefact, Work
from receipts.identity import AccountId, ProgramId, ReviewCaseId
from receipts.money import Points
from receipts.receipt import Receipt


@dataclass(frozen=True, slots=True)
class CaseCorrected:
    """It is kept, and this is what approval pays now.

    Attributes:
        changed: False where everything read so already.
    """

    receipt: Receipt
    would_pay: int
    changed: bool


@dataclass(frozen=True, slots=True)
class _Anew:
    """All that follows from a corrected receipt."""

    reading: Artefact
    receipt: Receipt
    matched: Matched
    screened: Screened
    at: Standing
    decision: Decision


CorrectionOutcome = CaseCorrected | NoSuchCase | DecidedBefore | ClaimedByAnother | WrongCorrection


def correct_case(
    wiring: Wiring,
    *,
    program_id: ProgramId,
    case_id: ReviewCaseId,
    reviewer: AccountId,
    correction: Correction,
) -> CorrectionOutcome:
    """Correct the receipt of an open case; the case stays open."""
    for attempt in posting_tries():
        with attempt:
            return _correct_once(wiring, program_id, case_id, reviewer, correction)
    raise AssertionError("tenacity either returns or raises")


def _correct_once(
    wiring: Wiring,
    program_id: ProgramId,
    case_id: ReviewCaseId,
    reviewer: AccountId,
    correction: Correction,
) -> CorrectionOutcome:
    held = look_up(wiring, program_id, case_id)
    if isinstance(held, NoSuchCase | DecidedBefore):
        return held
    now = utc_now()
    if held.case.worked_on_by_another(reviewer, now):
        return ClaimedByAnother()
    if _is_planned(wiring, program_id, case_id):
        return DecidedBefore("planned")
    receipt = corrected(held.receipt, correction, today=now.date())
    if isinstance(receipt, WrongCorrection):
        return receipt
    if receipt == held.receipt:
        return CaseCorrected(receipt, held.case.would_pay, changed=False)
    anew = _anew(wiring, held, receipt, reviewer)
    would_pay = points_of(anew.decision) or Points(0)
    with wiring.database.write() as session:
        Reviews(session, program_id, now).hold(case_id)
        case = Reviews(session, program_id, now).find(case_id)
        work = Work(session, now)
        latest = work.artefact(held.sent.receipt_id, READING)
        planned = Plans(session, program_id, now).find(case_id) is not None
        if case is None or case.status != "open" or planned or case.worked_on_by_another(reviewer, now):
            raise StaleBooksError(f"case {case_id} was decided or claimed meanwhile")
        if latest is None or latest.revision != held.basis.reading:
            raise StaleBooksError(f"receipt {held.sent.receipt_id} was corrected meanwhile")
        _keep(session, now, held, anew, reviewer, would_pay)
        detail = {"before": _told(held.receipt), "after": _told(receipt), "would_pay": would_pay}
        Desk(session, program_id, now).note(case_id, reviewer, "corrected", detail)
    return CaseCorrected(receipt, would_pay, changed=True)


def _is_planned(wiring: Wiring, program_id: ProgramId, case_id: ReviewCaseId) -> bool:
    """A decision that can be undone: undone first, then corrected."""
    with wiring.database.read() as session:
        return Plans(session, program_id, utc_now()).find(case_id) is not None


def _anew(wiring: Wiring, held: Held, receipt: Receipt, reviewer: AccountId) -> _Anew:
    (reading,) = load(wiring, held.sent.receipt_id, READING)
    program_id = held.sent.program_id
    found = matched(wiring, program_id, receipt, held.sent.received_at)
    basis = Basis(held.basis.reading + 1, held.basis.matching + 1)
    done = screened(wiring, held.sent, receipt, found.matching.matches, basis)
    fresh = replace(held, receipt=receipt, screening=done.screening, purchase_keys=done.purchase_keys)
    mine = held.sent.receipt_id
    left = without_brought_back(wiring, program_id, mine, receipt, done.purchase_keys)
    at = standing(
        wiring,
        program_id=program_id,
        member_id=held.sent.member_id,
        purchase_keys=done.purchase_keys,
        matching=found.matching,
        receipt=left,
        number=held.sent.number,
        received_at=held.sent.received_at,
    )
    return _Anew(
        reading=replace(
            reading,
            versions={**reading.versions, "reviewer": reviewer},
            body={**reading.body, "receipt": to_json(receipt)},
        ),
        receipt=receipt,
        matched=found,
        screened=done,
        at=at,
        decision=decision_of(wiring, fresh, left, found.matching, at, approve=True, note=""),
    )


def _keep(
    session: Session, now: datetime, held: Held, anew: _Anew, reviewer: AccountId, would_pay: Points
) -> None:
    receipt_id, program_id = held.sent.receipt_id, held.sent.program_id
    work, earning, reviews = (
        Work(session, now),
        Earning(session, program_id, now),
        Reviews(session, program_id, now),
    )
    work.add_artefact(receipt_id, anew.reading)
    work.add_artefact(receipt_id, matching_artefact(anew.matched.matching, versions=anew.matched.versions))
    work.add_artefact(receipt_id, anew.screened.artefact())
    if isinstance(held.before, Hold):
        hold = replace(held.before, would_pay=would_pay, outcomes=anew.decision.outcomes)
        made_by = {**anew.at.versions, "corrected_by": reviewer}
        work.add_artefact(receipt_id, decision_artefact(hold, versions=made_by))
        earning.end_reserves(receipt_id)
        earning.reserve(receipt_id, held.sent.member_id, wanted_of_caps(hold, anew.at))
    reviews.rename_purchase(receipt_id, anew.screened.purchase_key)
    reviews.look_again(
        held.case.id,
        reasons=held.case.reasons,
        would_pay=would_pay,
        risk_permille=risk_permille(anew.screened.screening),
    )
    Intake(session, program_id, now).add_lookups(
        receipt_id, lookups_of(anew.receipt, examined_from(anew.reading))
    )


def _told(receipt: Receipt) -> dict[str, object]:
    """What the log keeps of a receipt: the parts that a reviewer can correct."""
    return {
        "retailer": receipt.retailer.name,
        "date": None if receipt.date is None else receipt.date.isoformat(),
        "total": None if receipt.total is None else str(receipt.total),
        "lines": [
            [item.position, item.description, f"{item.quantity:f}", str(item.amount)]
            for item in receipt.items
        ],
    }
