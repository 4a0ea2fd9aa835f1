"""One program's gifts of points."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from receipts.database.tables import GiftRow
from receipts.identity import AccountId, MemberId, ProgramId
from receipts.money import Points


class GiftStatus(Enum):
    """Where a gift stands; only `PROPOSED` is not the end."""

    PROPOSED = "proposed"
    GIVEN = "given"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Gift:
    """Points that a member of staff gives.

    Attributes:
        reference: the caller's own; the same again is the same gift.
        decided_by: the second person, where one was needed.
    """

    id: str
    member_id: MemberId
    points: Points
    reason: str
    reference: str
    status: GiftStatus
    proposed_by: AccountId
    decided_by: AccountId | None
    created_at: datetime


class Gifts:
    """One program's gifts."""

    def __init__(self, session: Session, program_id: ProgramId, now: datetime) -> None:
        self._session = session
        self._program_id = program_id
        self._now = now

    def add(self, gift: Gift) -> None:
        """Store a gift.

        Raises:
            sqlalchemy.exc.IntegrityError: the program has one under that reference.
        """
        self._session.add(
            GiftRow(
                id=gift.id,
                program_id=self._program_id,
                member_id=gift.member_id,
                points=gift.points,
                reason=gift.reason,
                reference=gift.reference,
                status=gift.status.value,
                proposed_by=gift.proposed_by,
                decided_by=gift.decided_by,
                created_at=gift.created_at,
            )
        )
        self._session.flush()

    def find(self, gift_id: str) -> Gift | None:
        """By its id."""
        return self._one(GiftRow.id, gift_id)

    def by_reference(self, reference: str) -> Gift | None:
        """By the caller's own number."""
        return self._one(GiftRow.reference, reference)

    def waiting(self, *, limit: int) -> tuple[Gift, ...]:
        """Those that a second person has to agree to, oldest first."""
        rows = self._session.scalars(
            select(GiftRow)
            .where(GiftRow.program_id == self._program_id, GiftRow.status == GiftStatus.PROPOSED.value)
            .order_by(GiftRow.number)
            .limit(limit)
        )
        return tuple(_gift(row) for row in rows)

    def decide(self, gift_id: str, status: GiftStatus, by: AccountId) -> bool:
        """Settle a proposed gift; False where it was settled."""
        moved = self._session.execute(
            update(GiftRow)
            .where(
                GiftRow.id == gift_id,
                GiftRow.program_id == self._program_id,
                GiftRow.status == GiftStatus.PROPOSED.value,
            )
            .values(status=status.value, decided_by=by, decided_at=self._now)
        )
        return isinstance(moved, CursorResult) and moved.rowcount == 1

    def _one(self, column: InstrumentedAttribute[str], value: str) -> Gift | None:
        row = self._session.scalar(
            select(GiftRow)
            .where(GiftRow.program_id == self._program_id, column == value)
            .execution_options(populate_existing=True)
        )
        return None if row is None else _gift(row)


def _gift(row: GiftRow) -> Gift:
    return Gift(
        id=row.id,
        member_id=MemberId(row.member_id),
        points=Points(row.points),
        reason=row.reason,
        reference=row.reference,
        status=GiftStatus(row.status),
        proposed_by=AccountId(row.proposed_by),
        decided_by=None if row.decided_by is None else AccountId(row.decided_by),
        created_at=row.created_at,
    )
