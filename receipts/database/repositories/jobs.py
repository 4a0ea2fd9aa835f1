"""Leases, back-off, bells and the sweep of rows that a worker works through: inbound messages and answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, and_, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from receipts.database.tables import InboundRow, OutboxRow, OutgoingRow

JobTable = type[InboundRow] | type[OutgoingRow]

_BELLS: dict[JobTable, str] = {InboundRow: "inbound", OutgoingRow: "outgoing"}
_WAITING = "waiting"


class Jobs:
    """The rows of one table that wait for a worker. Not bound to a program: workers serve all."""

    def __init__(self, session: Session, now: datetime, table: JobTable) -> None:
        self._session = session
        self._now = now
        self._table = table
        self._bell = _BELLS[table]

    def lease(self, row_id: str, *, owner: str, lease_s: float) -> bool:
        """Take the row for `lease_s` seconds; False where it does not wait, or another has it."""
        table = self._table
        taken = self._session.execute(
            update(table)
            .where(table.id == row_id, table.state == _WAITING, *self._free())
            .values(
                lease_owner=owner,
                lease_until=self._now + timedelta(seconds=lease_s),
                attempts=table.attempts + 1,
            )
        )
        return _rows(taken) == 1

    def finish(self, row_id: str, *, owner: str, state: str, **columns: Any) -> bool:  # noqa: ANN401  (column values)
        """Set the row's state if this lease still holds it; False where another took over meanwhile."""
        table = self._table
        moved = self._session.execute(
            update(table)
            .where(table.id == row_id, table.state == _WAITING, table.lease_owner == owner)
            .values(
                state=state,
                lease_owner=None,
                lease_until=None,
                not_before=None,
                updated_at=self._now,
                **columns,
            )
        )
        if _rows(moved) == 0:
            return False
        self.hush(row_id)
        return True

    def put_back(self, row_id: str, *, owner: str, wait_s: float, **columns: Any) -> bool:  # noqa: ANN401
        """Give up the lease and let it be tried again after `wait_s`."""
        table = self._table
        moved = self._session.execute(
            update(table)
            .where(table.id == row_id, table.lease_owner == owner)
            .values(
                lease_owner=None,
                lease_until=None,
                not_before=self._now + timedelta(seconds=wait_s),
                updated_at=self._now,
                **columns,
            )
        )
        return _rows(moved) == 1

    def again(self, row_id: str, *, reason: str) -> None:
        """Let it wait anew, with all its tries."""
        table = self._table
        self._session.execute(
            update(table)
            .where(table.id == row_id)
            .values(state=_WAITING, attempts=0, not_before=None, reason=reason, updated_at=self._now)
        )

    def ring(self, program_id: str, row_id: str, *, delay_s: float = 0.0) -> None:
        """Let the relay tell a worker, in place of any bell that still waits for this row."""
        self.hush(row_id)
        self._session.add(self._row(program_id, row_id, delay_s))
        self._session.flush()

    def ring_first(self, program_id: str, row_ids: Iterable[str]) -> None:
        """Ring for rows of this transaction, for which no bell can wait yet."""
        self._session.add_all([self._row(program_id, row_id) for row_id in row_ids])
        self._session.flush()

    def _row(self, program_id: str, row_id: str, delay_s: float = 0.0) -> OutboxRow:
        return OutboxRow(
            kind=self._bell,
            program_id=program_id,
            target_id=row_id,
            not_before=self._now + timedelta(seconds=delay_s),
            attempts=0,
            created_at=self._now,
        )

    def hush(self, row_id: str) -> None:
        """Take back bells that still wait for this row."""
        self._session.execute(
            delete(OutboxRow).where(OutboxRow.kind == self._bell, OutboxRow.target_id == row_id)
        )

    def sweep(self, *, quiet_s: float, limit: int) -> tuple[str, ...]:
        """Ring for rows that wait, that nobody holds and nobody will be rung for: the bell was lost."""
        table = self._table
        bell = exists().where(and_(OutboxRow.kind == self._bell, OutboxRow.target_id == table.id))
        before = self._now - timedelta(seconds=quiet_s)
        rows = self._session.scalars(
            select(table)
            .where(
                table.state == _WAITING,
                table.updated_at < before,
                or_(table.swept_at.is_(None), table.swept_at < before),
                *self._free(),
                ~bell,
            )
            .order_by(table.number)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        for row in cast("Sequence[InboundRow | OutgoingRow]", rows):
            row.swept_at = self._now
            self.ring(row.program_id, row.id)
        return tuple(row.id for row in cast("Sequence[InboundRow | OutgoingRow]", rows))

    def _free(self) -> tuple[Any, Any]:
        table = self._table
        return (
            or_(table.lease_until.is_(None), table.lease_until < self._now),
            or_(table.not_before.is_(None), table.not_before <= self._now),
        )


def _rows(result: Any) -> int:  # noqa: ANN401  (SQLAlchemy types an UPDATE's result as a plain Result)
    return result.rowcount if isinstance(result, CursorResult) else 0
