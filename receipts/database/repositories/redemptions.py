"""One program's redemptions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from receipts.database.tables import RedemptionRow
from receipts.identity import MemberId, ProgramId
from receipts.money import Points


class RedemptionStatus(Enum):
    """Where a redemption stands; only `HELD` is not the end."""

    HELD = "held"
    CAPTURED = "captured"
    RELEASED = "released"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Redemption:
    """Points set aside, and what became of them.

    Attributes:
        points: set aside.
        captured: of them spent.
        reference: the till's or checkout's own.
    """

    id: str
    member_id: MemberId
    points: Points
    captured: Points
    reference: str
    purpose: str
    status: RedemptionStatus
    expires_at: datetime
    created_at: datetime


class Redemptions:
    """One program's redemptions."""

    def __init__(self, session: Session, program_id: ProgramId, now: datetime) -> None:
        self._session = session
        self._program_id = program_id
        self._now = now

    def add(self, redemption: Redemption) -> None:
        """Store a hold.

        Raises:
            sqlalchemy.exc.IntegrityError: the program has one under that reference.
        """
        self._session.add(
            RedemptionRow(
                id=redemption.id,
                program_id=self._program_id,
                member_id=redemption.member_id,
                points=redemption.points,
                captured=0,
                reference=redemption.reference,
                purpose=redemption.purpose,
                status=redemption.status.value,
                expires_at=redemption.expires_at,
                created_at=self._now,
            )
        )
        self._session.flush()

    def find(self, redemption_id: str) -> Redemption | None:
        """By its id."""
        return self._one(RedemptionRow.id, redemption_id)

    def by_reference(self, reference: str) -> Redemption | None:
        """By the caller's own number."""
        return self._one(RedemptionRow.reference, reference)

    def close(self, redemption_id: str, status: RedemptionStatus, *, captured: int = 0) -> bool:
        """End a hold; False where it had ended."""
        moved = self._session.execute(
            update(RedemptionRow)
            .where(
                RedemptionRow.id == redemption_id,
                RedemptionRow.program_id == self._program_id,
                RedemptionRow.status == RedemptionStatus.HELD.value,
            )
            .values(status=status.value, captured=captured, closed_at=self._now)
        )
        return isinstance(moved, CursorResult) and moved.rowcount == 1

    def _one(self, column: InstrumentedAttribute[str], value: str) -> Redemption | None:
        row = self._session.scalar(
            select(RedemptionRow).where(RedemptionRow.program_id == self._program_id, column == value)
        )
        if row is None:
            return None
        return Redemption(
            id=row.id,
            member_id=MemberId(row.member_id),
            points=Points(row.points),
            captured=Points(row.captured),
            reference=row.reference,
            purpose=row.purpose,
            status=RedemptionStatus(row.status),
            expires_at=row.expires_at,
            created_at=row.created_at,
        )
