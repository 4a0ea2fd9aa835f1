"""What members say is wrong with lines of their receipts, and what was answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.orm import Session

from receipts.database.codec import storable_text
from receipts.database.tables import LineObjectionRow
from receipts.identity import AccountId, MemberId, ProgramId, ReceiptId


@dataclass(frozen=True, slots=True)
class Objection:
    """One, with its answer where there is one."""

    number: int
    receipt_id: ReceiptId
    member_id: MemberId
    position: int
    text: str
    at: datetime
    answer: str | None
    answered_at: datetime | None


class Objections:
    """One program's."""

    def __init__(self, session: Session, program_id: ProgramId, now: datetime) -> None:
        self._session = session
        self._program_id = program_id
        self._now = now

    def add(self, receipt_id: ReceiptId, member_id: MemberId, position: int, text: str) -> None:
        """Keep one."""
        self._session.add(
            LineObjectionRow(
                program_id=self._program_id,
                member_id=member_id,
                receipt_id=receipt_id,
                position=position,
                text=storable_text(text),
                at=self._now,
            )
        )
        self._session.flush()

    def count(self, receipt_id: ReceiptId) -> int:
        """How many a receipt has."""
        query = (
            select(func.count())
            .select_from(LineObjectionRow)
            .where(LineObjectionRow.receipt_id == receipt_id, LineObjectionRow.program_id == self._program_id)
        )
        return self._session.scalar(query) or 0

    def of(self, receipt_id: ReceiptId) -> Mapping[int, tuple[Objection, ...]]:
        """Those of a receipt by line, in the order said."""
        rows = self._session.scalars(
            select(LineObjectionRow)
            .where(LineObjectionRow.receipt_id == receipt_id, LineObjectionRow.program_id == self._program_id)
            .order_by(LineObjectionRow.number)
        )
        found: dict[int, tuple[Objection, ...]] = {}
        for row in rows:
            found[row.position] = (*found.get(row.position, ()), _objection(row))
        return found

    def unanswered(self, *, after: int, limit: int) -> tuple[Objection, ...]:
        """Those that nobody has answered, oldest first; `after` is the last one's number, 0 to start."""
        rows = self._session.scalars(
            select(LineObjectionRow)
            .where(
                LineObjectionRow.program_id == self._program_id,
                LineObjectionRow.answered_at.is_(None),
                LineObjectionRow.number > after,
            )
            .order_by(LineObjectionRow.number)
            .limit(limit)
        )
        return tuple(_objection(row) for row in rows)

    def answer(self, number: int, *, by: AccountId, text: str) -> bool:
        """Answer it; False where there is no such one, or somebody was quicker."""
        done = self._session.execute(
            update(LineObjectionRow)
            .where(
                LineObjectionRow.number == number,
                LineObjectionRow.program_id == self._program_id,
                LineObjectionRow.answered_at.is_(None),
            )
            .values(answer=storable_text(text), answered_by=by, answered_at=self._now)
        )
        return isinstance(done, CursorResult) and done.rowcount == 1


def _objection(row: LineObjectionRow) -> Objection:
    return Objection(
        row.number,
        ReceiptId(row.receipt_id),
        MemberId(row.member_id),
        row.position,
        row.text,
        row.at,
        row.answer,
        row.answered_at,
    )
