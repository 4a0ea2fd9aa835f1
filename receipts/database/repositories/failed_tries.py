"""Tries that failed, by a key of who tried what: counted where every process sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from receipts.database.tables import FailedTryRow


@dataclass(frozen=True, slots=True)
class FailedTries:
    """How many of a key are kept, and when the last one was."""

    count: int
    last: datetime | None


def failed_tries(session: Session, key: str) -> FailedTries:
    """Those of the key that are not forgotten."""
    count, last = session.execute(
        select(func.count(), func.max(FailedTryRow.at)).where(FailedTryRow.key == key)
    ).one()
    return FailedTries(count=count, last=last)


def add_failed_try(session: Session, key: str, *, at: datetime, keep_from: datetime) -> None:
    """One more; what is older than that moment is forgotten, of all keys."""
    session.execute(delete(FailedTryRow).where(FailedTryRow.at < keep_from))
    session.add(FailedTryRow(key=key, at=at))
    session.flush()


def forget_failed_tries(session: Session, key: str) -> None:
    """None of the key's count any more."""
    session.execute(delete(FailedTryRow).where(FailedTryRow.key == key))
