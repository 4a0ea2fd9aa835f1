"""One review case, and which cases are free for whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select

from receipts.database.tables import PlannedDecisionRow, ReviewCaseRow
from receipts.identity import AccountId, ProgramId, ReceiptId, ReviewCaseId


@dataclass(frozen=True, slots=True)
class ReviewCase:
    """A held receipt's task."""

    number: int
    id: ReviewCaseId
    receipt_id: ReceiptId
    reasons: list[dict[str, Any]]
    would_pay: int
    status: str
    note: str | None
    opened_at: datetime
    decided_at: datetime | None
    risk_permille: int = 0
    claimed_by: AccountId | None = None
    claimed_until: datetime | None = None

    def worked_on_by_another(self, account: AccountId, now: datetime) -> bool:
        """Whether someone else has claimed it and the claim stands."""
        stands = self.claimed_until is not None and self.claimed_until > now
        return stands and self.claimed_by != account


def free_for(account: AccountId, now: datetime) -> ColumnElement[bool]:
    """Cases that nobody else has claimed, or planned a decision for."""
    others = select(PlannedDecisionRow.number).where(
        PlannedDecisionRow.case_id == ReviewCaseRow.id, PlannedDecisionRow.account_id != account
    )
    unclaimed = (
        ReviewCaseRow.claimed_by.is_(None)
        | (ReviewCaseRow.claimed_by == account)
        | (ReviewCaseRow.claimed_until <= now)
    )
    return unclaimed & ~others.exists()


def undecided() -> ColumnElement[bool]:
    """Cases for which nobody has planned a decision.

    As a list that is made once: a join would let PostgreSQL leave the index by which the queue is ordered.
    """
    return ReviewCaseRow.id.not_in(select(PlannedDecisionRow.case_id))


def planned(program_id: ProgramId) -> ColumnElement[bool]:
    """Planned decisions of one program."""
    return PlannedDecisionRow.program_id == program_id


def case_of_row(row: ReviewCaseRow) -> ReviewCase:
    """The row as a value."""
    return ReviewCase(
        number=row.number,
        id=ReviewCaseId(row.id),
        receipt_id=ReceiptId(row.receipt_id),
        reasons=row.reasons,
        would_pay=row.would_pay,
        status=row.status,
        note=row.note,
        opened_at=row.opened_at,
        decided_at=row.decided_at,
        risk_permille=row.risk_permille,
        claimed_by=None if row.claimed_by is None else AccountId(row.claimed_by),
        claimed_until=row.claimed_until,
    )
