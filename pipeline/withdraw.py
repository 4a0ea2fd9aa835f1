"""A member takes back a receipt that has not been paid: it will earn nothing, and nobody thinks ill of it.

What waits for a person ends at once; what is on its way ends where it would have been decided. A paid receipt
stays: its points may be spent and others were told of them, and goods that went back have a way of their own.
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from awarding.declines import declined_as_withdrawn
from awarding.post import declined_data
from pipeline.answers.rest import tell_when_at_rest
from pipeline.clock import utc_now
from pipeline.steps.artefacts import DECISION, READING, decision_artefact, decision_from, receipt_from
from pipeline.wiring import Wiring
from receipts.database.repositories.books import Books
from receipts.database.repositories.earning import Earning
from receipts.database.repositories.reviews import Reviews
from receipts.database.repositories.withdrawals import Withdrawals
from receipts.database.repositories.work import Work
from receipts.database.tables import ReceiptRow, SubmissionRow
from receipts.identity import AccountId, MemberId, ProgramId, ReceiptId, SubmissionId
from receipts.message import MessageType
from receipts.state import UNFINISHED, ReceiptState
from receipts.submission import Channel

CAN_BE: Final = UNFINISHED | {ReceiptState.HELD, ReceiptState.FAILED}
"""States in which nothing has been said of the receipt that a withdrawal would take back."""
NOTE: Final = "The member withdrew it."


class Withdrawn(Enum):
    """What came of it."""

    DONE = "done"
    """It is withdrawn, now or before."""
    PAID = "paid"
    ENDED = "ended"
    """It earned nothing anyway."""
    NO_SUCH_RECEIPT = "no_such_receipt"


def withdraw(
    wiring: Wiring,
    *,
    program_id: ProgramId,
    member_id: MemberId,
    account_id: AccountId,
    receipt_id: ReceiptId,
) -> Withdrawn:
    """Take the member's own receipt back; said again it changes nothing."""
    now = utc_now()
    with wiring.database.write() as session:
        Reviews(session, program_id, now).hold(receipt_id)
        # The row is held: a worker that would pay it at this instant waits, and then finds the withdrawal.
        row = session.scalar(
            select(ReceiptRow)
            .where(
                ReceiptRow.id == receipt_id,
                ReceiptRow.program_id == program_id,
                ReceiptRow.member_id == member_id,
            )
            .with_for_update()
        )
        if row is None:
            return Withdrawn.NO_SUCH_RECEIPT
        withdrawals = Withdrawals(session, program_id)
        if withdrawals.has(receipt_id):
            return Withdrawn.DONE
        state = ReceiptState(row.state)
        if state not in CAN_BE:
            return Withdrawn.PAID if state is ReceiptState.AWARDED else Withdrawn.ENDED
        withdrawals.add(receipt_id, member_id, account_id, now)
        if state is ReceiptState.HELD:
            _end(session, now, row, account_id)
    return Withdrawn.DONE


def _end(session: Session, now: datetime, row: ReceiptRow, account_id: AccountId) -> None:
    """Close the case of a held receipt, and tell whoever was told that it waits."""
    program_id, receipt_id = ProgramId(row.program_id), ReceiptId(row.id)
    submission_id = SubmissionId(row.submission_id)
    reviews, work = Reviews(session, program_id, now), Work(session, now)
    case = reviews.of_receipt(receipt_id)
    reading, decided = work.artefact(receipt_id, READING), work.artefact(receipt_id, DECISION)
    if case is None or reading is None or decided is None:
        raise LookupError(f"receipt {receipt_id} is held without a case, a reading or a decision")
    decision = declined_as_withdrawn(outcomes=decision_from(decided).outcomes)
    # Over a reviewer's claim and planned decision: it is the member's receipt until it is paid.
    closed = reviews.close(case.id, approved=False, reviewer=account_id, note=NOTE, over_claims=True)
    if not closed or not reviews.leave_hold(receipt_id, ReceiptState.DECLINED, points=0):
        raise LookupError(f"receipt {receipt_id} is held and its case is not open")
    work.add_artefact(receipt_id, decision_artefact(decision, versions={"withdrawn_by": account_id}))
    Earning(session, program_id, now).end_reserves(receipt_id)
    channel = session.scalars(select(SubmissionRow.channel).where(SubmissionRow.id == submission_id)).one()
    data = declined_data(
        receipt_id=receipt_id,
        submission_id=submission_id,
        channel=Channel(channel),
        receipt=receipt_from(reading),
        decline=decision,
    )
    Books(session, program_id, now).send(MemberId(row.member_id), MessageType.RECEIPT_DECLINED, data)
    tell_when_at_rest(session, now, program_id=program_id, submission_id=submission_id)
