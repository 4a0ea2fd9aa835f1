"""What only one process may do at a time."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import CursorResult, delete, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from receipts.database.tables import LeaseRow


class Leases:
    """Leases by name; a holder that dies loses its lease when the time is up."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._session = session
        self._now = now

    def take(self, name: str, owner: str, lease_s: float) -> bool:
        """Take the lease, or take it over where it ran out; False where another holds it."""
        until = self._now + timedelta(seconds=lease_s)
        taken = self._session.execute(
            update(LeaseRow)
            .where(LeaseRow.name == name, (LeaseRow.owner == owner) | (LeaseRow.until < self._now))
            .values(owner=owner, until=until)
        )
        if isinstance(taken, CursorResult) and taken.rowcount == 1:
            return True
        if self._session.get(LeaseRow, name) is not None:
            return False
        try:
            with self._session.begin_nested():
                self._session.add(LeaseRow(name=name, owner=owner, until=until))
        except IntegrityError:  # another took it between our look and our write
            return False
        return True

    def is_held(self, name: str) -> bool:
        """Whether anybody holds it."""
        row = self._session.get(LeaseRow, name)
        return row is not None and row.until >= self._now

    def renew(self, name: str, owner: str, lease_s: float) -> bool:
        """Hold it longer; False where it is not ours any more."""
        renewed = self._session.execute(
            update(LeaseRow)
            .where(LeaseRow.name == name, LeaseRow.owner == owner, LeaseRow.until >= self._now)
            .values(until=self._now + timedelta(seconds=lease_s))
        )
        return isinstance(renewed, CursorResult) and renewed.rowcount == 1

    def release(self, name: str, owner: str) -> None:
        """Give it back; does nothing where it is not ours."""
        self._session.execute(delete(LeaseRow).where(LeaseRow.name == name, LeaseRow.owner == owner))
