"""All that the books hold of one member, as reconciliation and the liability report look at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline.clock import utc_now
from receipts.database.repositories.books import Books
from receipts.database.tables import DuePointsRow, GiftRow, MessageRow, ReceiptRow, RedemptionRow
from receipts.identity import MemberId, ProgramId
from receipts.ledger import LedgerEntry
from receipts.state import ReceiptState


@dataclass(frozen=True, slots=True)
class Facts:
    """One member's books.

    Attributes:
        receipts: id and points of each that was paid.
        due: target and kind of each row that the sweep will look at.
        sequence: the member's last message by their own row.
    """

    program_id: ProgramId
    member_id: MemberId
    entries: tuple[LedgerEntry, ...]
    messages: Sequence[MessageRow]
    redemptions: Sequence[RedemptionRow]
    gifts: Sequence[GiftRow]
    receipts: tuple[tuple[str, int], ...]
    due: frozenset[tuple[str, str]]
    sequence: int


def facts_of(session: Session, program_id: ProgramId, member_id: MemberId, sequence: int) -> Facts:
    """Read them."""
    due = session.execute(
        select(DuePointsRow.target_id, DuePointsRow.kind).where(
            DuePointsRow.program_id == program_id, DuePointsRow.member_id == member_id
        )
    )
    paid = session.execute(
        select(ReceiptRow.id, ReceiptRow.points).where(
            ReceiptRow.program_id == program_id,
            ReceiptRow.member_id == member_id,
            ReceiptRow.state == ReceiptState.AWARDED.value,
        )
    )
    return Facts(
        program_id=program_id,
        member_id=member_id,
        entries=Books(session, program_id, utc_now()).all_entries(member_id),
        messages=session.scalars(
            select(MessageRow).where(MessageRow.member_id == member_id).order_by(MessageRow.sequence)
        ).all(),
        redemptions=session.scalars(
            select(RedemptionRow).where(
                RedemptionRow.program_id == program_id, RedemptionRow.member_id == member_id
            )
        ).all(),
        gifts=session.scalars(
            select(GiftRow).where(GiftRow.program_id == program_id, GiftRow.member_id == member_id)
        ).all(),
        receipts=tuple((receipt_id, points or 0) for receipt_id, points in paid),
        due=frozenset((target, kind) for target, kind in due),
        sequence=sequence,
    )
