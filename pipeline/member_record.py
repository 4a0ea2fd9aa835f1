"""A member's record as a reviewer needs it: what became of their receipts, and nothing of who they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from pipeline.views import ReceiptSummary, summarise
from pipeline.wiring import Wiring
from receipts.database.tables import MemberRow, ReceiptRow, ReviewCaseRow
from receipts.identity import MemberId, ProgramId, ReceiptId
from receipts.state import ReceiptState

NEWEST = 5


@dataclass(frozen=True, slots=True)
class MemberRecord:
    """What the program knows of a member's receipts, the one at hand among them.

    Attributes:
        joined_at: since when they are one.
        by_state: how many receipts are in each state.
        points: that their receipts were paid.
        approved: cases that a person decided for them.
        declined: cases that a person decided against them.
        newest: their newest other receipts.
    """

    joined_at: datetime
    by_state: tuple[tuple[ReceiptState, int], ...]
    points: int
    approved: int
    declined: int
    newest: tuple[ReceiptSummary, ...]

    @property
    def receipts(self) -> int:
        """All of them."""
        return sum(count for _, count in self.by_state)


def member_record(
    wiring: Wiring, program_id: ProgramId, member_id: MemberId, *, besides: ReceiptId
) -> MemberRecord | None:
    """The record; None where the program has no such member any more. `besides` is not among the newest."""
    theirs = (ReceiptRow.program_id == program_id, ReceiptRow.member_id == member_id)
    with wiring.database.read() as session:
        joined_at = session.scalar(
            select(MemberRow.joined_at).where(
                MemberRow.program_id == program_id, MemberRow.id == member_id, MemberRow.erased_at.is_(None)
            )
        )
        if joined_at is None:
            return None
        rows = session.execute(
            select(ReceiptRow.state, func.count(), func.coalesce(func.sum(ReceiptRow.points), 0))
            .where(*theirs)
            .group_by(ReceiptRow.state)
        ).all()
        cases = session.execute(
            select(ReviewCaseRow.status, func.count())
            .join(ReceiptRow, ReceiptRow.id == ReviewCaseRow.receipt_id)
            .where(*theirs, ReviewCaseRow.decided_by.is_not(None))
            .group_by(ReviewCaseRow.status)
        )
        decided = dict(cases.all())
        newest = session.scalars(
            select(ReceiptRow)
            .where(*theirs, ReceiptRow.id != besides)
            .order_by(ReceiptRow.received_at.desc())
            .limit(NEWEST)
        ).all()
        summaries = tuple(summarise(session, row) for row in newest)
    counts = {ReceiptState(state): count for state, count, _ in rows}
    paid = [each for _, _, each in rows if each is not None]
    return MemberRecord(
        joined_at=joined_at,
        by_state=tuple((state, counts[state]) for state in ReceiptState if state in counts),
        points=sum(paid),
        approved=decided.get("approved", 0),
        declined=decided.get("declined", 0),
        newest=summaries,
    )
