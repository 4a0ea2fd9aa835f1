"""Pay, hold or decline."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from awarding.decide import decide
from awarding.declines import declined_as_withdrawn
from pipeline.brought_back import without_brought_back
from pipeline.clock import day_in
from pipeline.said_elsewhere import as_said
from pipeline.sampling import draw_of
from pipeline.steps.around import bear_witness
from pipeline.steps.artefacts import (
    MATCHING,
    READING,
    SCREENING,
    Matching,
    decision_artefact,
    load,
    matching_artefact,
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
    Standing,
    Subject,
    hold_for_turn,
    points_of,
    post,
    standing,
    state_after,
)
from pipeline.wiring import Wiring
from receipts.award import Award, Decision
from receipts.database.repositories.books import StaleBooksError
from receipts.database.repositories.withdrawals import Withdrawals
from receipts.database.repositories.work import Artefact, Work, WorkItem
from receipts.fraud import Screening
from receipts.receipt import Receipt
from receipts.state import ReceiptState


def decide_stage(wiring: Wiring, item: WorkItem) -> StageResult:
    """Work the decision out from how the books stand; should they move meanwhile, it is worked out again.

    Should a reading of perhaps the same purchase have come to light since the screening, the receipt goes
    back to be screened again.
    """
    reading, made, screened = load(wiring, item.receipt_id, READING, MATCHING, SCREENING)
    receipt, compared = receipt_from(reading), compared_from(screened)
    screening = screening_from(screened)
    purchase_key = item.purchase_key or UNNAMED_PURCHASE
    purchase_keys = purchase_keys_from(screened, purchase_key)
    matching_of = partial(_matching, item=item, made=made, receipt=receipt, purchase_keys=purchase_keys)

    with wiring.database.read() as session:
        withdrawn = Withdrawals(session, item.program_id).has(item.receipt_id)
        if not withdrawn and twins_since(session, item, receipt, compared):
            return StageResult(ReceiptState.MATCHED, None)
        matching = matching_of(session)
    left = without_brought_back(wiring, item.program_id, item.receipt_id, receipt, purchase_keys)
    at = standing(
        wiring,
        program_id=item.program_id,
        member_id=item.member_id,
        purchase_keys=purchase_keys,
        matching=matching,
        receipt=left,
        number=item.number,
        received_at=item.received_at,
    )
    decision = _decision(wiring, item, left, matching, screening, at)
    if withdrawn:
        decision = declined_as_withdrawn(outcomes=decision.outcomes)
    subject = _subject(item, purchase_key)
    hold_for_turn(wiring, subject, at, decision)

    draw = draw_of(wiring, item, decision, screening)

    def further(session: Session, item: WorkItem, now: datetime) -> None:
        if Withdrawals(session, item.program_id).has(item.receipt_id) is not withdrawn:
            raise StaleBooksError(f"{item.receipt_id} was withdrawn meanwhile")
        if matching_of(session) != matching:
            raise StaleBooksError(f"a person said meanwhile what a line of {item.receipt_id} is")
        _keep_words(session, now, item, made, matching)
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


def _matching(
    session: Session, *, item: WorkItem, made: Artefact, receipt: Receipt, purchase_keys: tuple[str, ...]
) -> Matching:
    """As matched, with what a person said of these lines on another photo of the purchase."""
    return as_said(session, item.program_id, item.receipt_id, purchase_keys, receipt, matching_from(made))


def _keep_words(session: Session, now: datetime, item: WorkItem, made: Artefact, matching: Matching) -> None:
    if matching != matching_from(made):
        kept = matching_artefact(matching, versions={**made.versions, "said": "other_photo"})
        Work(session, now).add_artefact(item.receipt_id, kept)


def _decision(
    wiring: Wiring, item: WorkItem, receipt: Receipt, matching: Matching, screening: Screening, at: Standing
) -> Decision:
    program = program_of(wiring, item.program_id)
    return decide(
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
        paid_as=at.paid_as,
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
