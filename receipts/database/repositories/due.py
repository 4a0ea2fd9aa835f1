"""Points that fall due: to be released, told of, expired, or given back by a hold that ran out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from receipts.database.tables import DuePointsRow
from receipts.identity import MemberId, ProgramId, ReceiptId

REFUND = "refund"
_TILL_WOKEN = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Due:
    """What of one member's points is due."""

    program_id: ProgramId
    member_id: MemberId
    releases: frozenset[str]
    notices: frozenset[str]
    expiries: frozenset[str]
    holds: frozenset[str]
    numbers: tuple[int, ...]


class DuePoints:
    """The sweep's side; not bound to a program."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._session = session
        self._now = now

    def take(self) -> Due | None:
        """Of the member who waits longest all that is due, locked; another sweep passes it over."""
        first = self._session.scalar(self._due().limit(1))
        if first is None:
            return None
        rows = self._session.scalars(self._due().where(DuePointsRow.member_id == first.member_id)).all()
        by_kind = {
            kind: frozenset(row.target_id for row in rows if row.kind == kind)
            for kind in ("release", "notice", "expiry", "hold")
        }
        return Due(
            ProgramId(first.program_id),
            MemberId(first.member_id),
            by_kind["release"],
            by_kind["notice"],
            by_kind["expiry"],
            by_kind["hold"],
            tuple(row.number for row in rows),
        )

    def refunds(self, *, limit: int) -> tuple[tuple[ProgramId, ReceiptId, datetime], ...]:
        """Refunds' receipts to look for the purchases of, and since when; not locked: each is posted once."""
        rows = self._session.execute(
            select(DuePointsRow.program_id, DuePointsRow.target_id, DuePointsRow.due_at)
            .where(DuePointsRow.due_at <= self._now, DuePointsRow.kind == REFUND)
            .order_by(DuePointsRow.due_at, DuePointsRow.number)
            .limit(limit)
        )
        return tuple(
            (ProgramId(program_id), ReceiptId(target), due_at) for program_id, target, due_at in rows
        )

    def refund_done(self, receipt_id: ReceiptId) -> None:
        """Its purchase was found."""
        self._session.execute(
            delete(DuePointsRow).where(DuePointsRow.target_id == receipt_id, DuePointsRow.kind == REFUND)
        )

    def refund_waits(self, receipt_id: ReceiptId, *, seen: datetime) -> None:
        """Its purchase was not found: look again once the member is paid for another.

        Woken since it was `seen` to be due, it stays awake.
        """
        self._session.execute(
            update(DuePointsRow)
            .where(
                DuePointsRow.target_id == receipt_id,
                DuePointsRow.kind == REFUND,
                DuePointsRow.due_at == seen,
            )
            .values(due_at=self._now + _TILL_WOKEN)
        )

    def wake_refunds(self, member_id: MemberId) -> None:
        """The member was paid: a refund may be of that."""
        self._session.execute(
            update(DuePointsRow)
            .where(DuePointsRow.member_id == member_id, DuePointsRow.kind == REFUND)
            .values(due_at=self._now)
        )

    def done(self, due: Due) -> None:
        """The rows go, in the transaction that did what they ask for."""
        self._session.execute(delete(DuePointsRow).where(DuePointsRow.number.in_(due.numbers)))

    def put_off(self, due: Due, *, until: datetime) -> None:
        """What could not be done: others come first until then."""
        self._session.execute(
            update(DuePointsRow).where(DuePointsRow.number.in_(due.numbers)).values(due_at=until)
        )

    def _due(self) -> Select[DuePointsRow]:
        return (
            select(DuePointsRow)
            .where(DuePointsRow.due_at <= self._now, DuePointsRow.kind != REFUND)
            .order_by(DuePointsRow.due_at, DuePointsRow.number)
            .with_for_update(skip_locked=True)
        )
