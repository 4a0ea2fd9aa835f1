"""Pay, hold or decline."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from awarding.decide import decide
from pipeline.clock import day_in
from pipeline.sampling import draw_of
from pipeline.steps.around import bear_witness
from pipeline.steps.artefacts import (
    MATCHING,
    READING,
    SCREENING,
    decision_artefact,
    load,
    matching_from,
    purchase_keys_from,
    receipt_from,
    screening_from,
)
from pipeline.steps.base import StageResult
from pipeline.steps.compared import compared_from, hold_twins, twins_since
from pipeline.steps.programs import program_of
from pipeline.steps.settle import (
    UNNAMED_PURCHASE,
    Subject,
    hold_for_turn,
    points_of,
    post,
    standing,
    state_after,
)
from pipeline.wiring import Wiring
from receipts.award import Award
from receipts.database.repositories.books import StaleBooksError
from receipts.database.repositories.work import WorkItem
from receipts.state import ReceiptState


def decide_stage(wiring: Wiring, item: WorkItem) -> StageResult:
    """Work the decision out from how the books stand; should they move meanwhile, it is worked out again.

    Should a reading of perhaps the same purchase have come to light since the screening, the receipt goes
    back to be screened again.
    """
    reading, made, screened = load(wiring, item.receipt_id, READING, MATCHING, SCREENING)
    receipt, matching, compared = receipt_from(reading), matching_from(made), compared_from(screened)
    screening = screening_from(screened)
    with wiring.database.read() as session:
        if twins_since(session, item, receipt, compared):
            return StageResult(ReceiptState.MATCHED, None)
    purchase_key = item.purchase_key or UNNAMED_PURCHASE
    at = standing(
        wiring,
        program_id=item.program_id,
        member_id=item.member_id,
        purchase_keys=purchase_keys_from(screened, purchase_key),
        matching=matching,
        receipt=receipt,
        number=item.number,
        received_at=item.received_at,
    )
    program = program_of(wiring, item.program_id)
    decision = decide(
        receipt=receipt,
        matches=matching.matches,
        products=at.products,
        screening=screening,
        campaigns=at.campaigns,
        earned_before=at.earned_before,
        claimed=at.claimed,
        approved=False,
        day_if_unread=day_in(program.time_zone, item.received_at),
        standing=at.known.member,
        usage=at.known.usage,
        zones=at.known.zones,
    )
    subject = _subject(item, purchase_key)
    hold_for_turn(wiring, subject, at, decision)

    draw = draw_of(wiring, item, decision, screening)

    def further(session: Session, item: WorkItem, now: datetime) -> None:
        if isinstance(decision, Award):
            hold_twins(session, item, receipt, compared)
            if twins_since(session, item, receipt, compared):
                raise StaleBooksError(f"a likely twin of {item.receipt_id} came to light")
        post(session, now, subject=subject, receipt=receipt, decision=decision, at=at, approved=False)
        bear_witness(session, decision, subject, receipt, screening, looked_at=False)
        if draw is not None:
            draw.write(session, item.program_id, now)

    return StageResult(
        state_after(decision),
        decision_artefact(decision, versions=at.versions),
        columns={"points": points_of(decision)},
        further=further,
    )


def _subject(item: WorkItem, purchase_key: str) -> Subject:
    return Subject(
        program_id=item.program_id,
        member_id=item.member_id,
        receipt_id=item.receipt_id,
        submission_id=item.submission_id,
        channel=item.channel,
        purchase_key=purchase_key,
    )
