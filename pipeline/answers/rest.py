"""Notices that nothing in a submission moves by itself any more, and that its sender is to be told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from receipts.database.repositories.inbound import Inbound
from receipts.database.repositories.outgoing import Outgoing
from receipts.database.tables import ReceiptRow, SubmissionRow
from receipts.identity import ProgramId, SubmissionId
from receipts.inbound import OutgoingKind
from receipts.state import UNFINISHED, ReceiptState
from receipts.submission import Channel


def tell_when_at_rest(
    session: Session, now: datetime, *, program_id: ProgramId, submission_id: SubmissionId
) -> None:
    """Write the answer if the submission came by mail or text and none of its receipts is on its way.

    To be called in the transaction that moved a receipt: two that finish at once must see each other, so the
    submission's row is held until the commit.
    """
    channel = session.scalars(
        select(SubmissionRow.channel)
        .where(SubmissionRow.id == submission_id, SubmissionRow.program_id == program_id)
        .with_for_update()
    ).one()
    if channel == Channel.UPLOAD.value:
        return
    receipts = session.execute(
        select(ReceiptRow.id, ReceiptRow.state, ReceiptRow.points)
        .where(ReceiptRow.submission_id == submission_id)
        .order_by(ReceiptRow.number)
    ).all()
    if any(ReceiptState(state) in UNFINISHED for _, state, _ in receipts):
        return
    message = Inbound(session, program_id, now).of_submission(submission_id)
    if message is None:
        return
    outgoing = Outgoing(session, program_id, now)
    if not message.answer_to and message.guide_to:
        refused = any(ReceiptState(state) is ReceiptState.REJECTED for _, state, _ in receipts)
        outgoing.add(
            via=message.via,
            kind=OutgoingKind.GUIDE,
            recipient=message.guide_to,
            inbound_id=message.id,
            submission_id=submission_id,
            detail="not_used" if refused else "link_to_hear",
            # How to hear results once a day; what could not be used once for each mail.
            once="" if refused else f"link to hear {message.received_at:%Y-%m-%d}",
        )
    if not message.answer_to:
        return
    outgoing.add(
        via=message.via,
        kind=OutgoingKind.RESULT,
        recipient=message.answer_to,
        inbound_id=message.id,
        submission_id=submission_id,
        # The same standing is told once; a held receipt that a person decides is news.
        once=" ".join(f"{receipt_id}={state}:{points}" for receipt_id, state, points in receipts),
    )
