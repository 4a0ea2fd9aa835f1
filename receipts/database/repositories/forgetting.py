"""What an erasure takes beside receipts and messages: photos, uploads, words, counts, and the log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from receipts.database.repositories.retention import give_up, shot_files
from receipts.database.tables import (
    AccountRow,
    BroughtEventRow,
    BroughtTierRow,
    InboundRow,
    LineFactRow,
    LineObjectionRow,
    LinkedAddressRow,
    MemberOriginRow,
    PlannedDecisionRow,
    ReceiptFactRow,
    ReceiptRow,
    ReceiptShotRow,
    ReviewCaseRow,
    ReviewEventRow,
    SecondWordRow,
    UploadPieceRow,
    UploadRow,
)
from receipts.identity import MemberId, ProgramId


def forget_beside_receipts(
    session: Session, now: datetime, program_id: ProgramId, member_id: MemberId
) -> None:
    """Further photos, what the member said of lines, what was counted of purchases, unfinished uploads.

    The dashboard counts the receipts anew from what is left of them: their points, and no purchase.
    """
    ids = session.scalars(
        select(ReceiptRow.id).where(ReceiptRow.program_id == program_id, ReceiptRow.member_id == member_id)
    ).all()
    give_up(session, now, shot_files(session, ids))
    run = session.execute
    run(delete(ReceiptShotRow).where(ReceiptShotRow.receipt_id.in_(ids)))
    run(delete(LineObjectionRow).where(LineObjectionRow.receipt_id.in_(ids)))
    run(delete(LineFactRow).where(LineFactRow.receipt_id.in_(ids)))
    _forget_at_the_desk(session, ids)
    run(delete(ReceiptFactRow).where(ReceiptFactRow.receipt_id.in_(ids)))
    _forget_what_was_brought(session, program_id, member_id)
    accounts = select(AccountRow.id).where(
        AccountRow.program_id == program_id, AccountRow.member_id == member_id
    )
    theirs = select(UploadRow.id).where(UploadRow.account_id.in_(accounts))
    uploads = session.scalars(theirs.with_for_update()).all()  # a piece that comes now waits, and is refused
    run(delete(UploadPieceRow).where(UploadPieceRow.upload_id.in_(uploads)))
    run(delete(UploadRow).where(UploadRow.id.in_(uploads)))


def _forget_what_was_brought(session: Session, program_id: ProgramId, member_id: MemberId) -> None:
    """The id in another system, and what happened there. The key stays, so that nobody comes over again."""
    mine = {"program_id": program_id, "member_id": member_id}
    session.execute(delete(BroughtEventRow).filter_by(**mine))
    session.execute(delete(BroughtTierRow).filter_by(**mine))
    session.execute(update(MemberOriginRow).filter_by(**mine).values(source_id=None))


def _forget_at_the_desk(session: Session, receipts: Sequence[str]) -> None:
    """What reviewers planned and wrote of their cases."""
    cases = select(ReviewCaseRow.id).where(ReviewCaseRow.receipt_id.in_(receipts))
    session.execute(delete(PlannedDecisionRow).where(PlannedDecisionRow.case_id.in_(cases)))
    session.execute(
        update(SecondWordRow)
        .where(SecondWordRow.case_id.in_(cases))
        .values(note="")
        .execution_options(synchronize_session=False)
    )


def forget_in_the_review_log(session: Session, program_id: ProgramId, member_id: MemberId) -> None:
    """Who decided what and when stays; what they read, corrected and wrote goes.

    Behind the erasure's record: the database lets the log of the erased forget, and no other.
    """
    cases = select(ReviewCaseRow.id).join(ReceiptRow, ReceiptRow.id == ReviewCaseRow.receipt_id)
    session.execute(
        update(ReviewEventRow)
        .where(
            ReviewEventRow.program_id == program_id,
            ReviewEventRow.case_id.in_(
                cases.where(ReceiptRow.program_id == program_id, ReceiptRow.member_id == member_id)
            ),
        )
        .values(detail={})
        .execution_options(synchronize_session=False)
    )


def messages_of(session: Session, program_id: ProgramId, member_id: MemberId) -> list[tuple[str, str, Any]]:
    """Id, raw file and parts of each mail or text that a member sent.

    From before the address was linked, too: what came from it is the same person's.
    """
    linked = select(LinkedAddressRow.address).where(
        LinkedAddressRow.program_id == program_id, LinkedAddressRow.member_id == member_id
    )
    theirs = or_(
        InboundRow.member_id == member_id, InboundRow.member_id.is_(None) & InboundRow.sender.in_(linked)
    )
    rows = session.execute(
        select(InboundRow.id, InboundRow.raw_sha256, InboundRow.parts).where(
            InboundRow.program_id == program_id, theirs
        )
    )
    return [(row.id, row.raw_sha256, row.parts) for row in rows]
