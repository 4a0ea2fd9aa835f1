"""Whose turn it is: what a worker takes up next, so that no program waits behind another's flood.

A bell says that there is work, and not which. Of everything that waits, a program is drawn by lot, each with
the same chance however much of it waits, and of that program the oldest is taken: a program whose twenty
receipts came behind two thousand of another waits as if that other had sent twenty.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, false, literal_column, or_, select, true
from sqlalchemy.orm import Session

from receipts.database.repositories.jobs import JobTable
from receipts.database.tables import OutgoingRow, ProgramRow, ReceiptRow
from receipts.identity import ReceiptId
from receipts.image import PICTURE_TYPES
from receipts.state import UNFINISHED, ReceiptState

BACKFILL_EVERY = 10
"""One turn in ten looks for a backfill first, so that it ends however much people send meanwhile."""

# Spelled out, not bound: SQLite takes a partial index only where the query has its very condition.
_UNFINISHED: list[ColumnElement[Any]] = [
    literal_column(f"'{each}'") for each in sorted(state.value for state in UNFINISHED)
]
_WAITING: ColumnElement[Any] = literal_column("'waiting'")

_PICTURES = sorted(each.value for each in PICTURE_TYPES)

IS_LIGHT_AGAIN: ColumnElement[bool] = or_(
    ReceiptRow.failed_from != ReceiptState.RECEIVED.value,
    ReceiptRow.media_type.not_in(_PICTURES),
)
"""`is_light` of a failed receipt that goes back to where it failed, in SQL."""


def is_light(state: ReceiptState, media_type: str | None) -> bool:
    """Whether what is left to do needs no OCR engine. A mail counts as light, though it may hold a photo."""
    return state is not ReceiptState.RECEIVED or media_type not in _PICTURES


class Turns:
    """Over all programs, since workers serve all.

    What is returned is locked until the end of the transaction (PostgreSQL; on SQLite nobody else writes), so
    that the caller's lease of it succeeds.
    """

    def __init__(self, session: Session, now: datetime) -> None:
        self._session = session
        self._now = now
        self._lot = secrets.SystemRandom()

    def receipt(self, rung: ReceiptId) -> ReceiptId | None:
        """The receipt whose turn it is among those of the same weight as `rung`; None where none waits."""
        light = self._session.scalar(select(ReceiptRow.light).where(ReceiptRow.id == rung))
        if light is None:
            return None
        backfill_first = self._lot.randrange(BACKFILL_EVERY) == 0
        for backfill in (backfill_first, not backfill_first):
            found = self._first(
                ReceiptRow,
                ReceiptRow.state.in_(_UNFINISHED),
                ReceiptRow.light == (true() if light else false()),
                ReceiptRow.backfill == (true() if backfill else false()),
            )
            if found is not None:
                return ReceiptId(found)
        return None

    def job(self, table: JobTable) -> str | None:
        """The id of the inbound message or answer whose turn it is; None where none waits."""
        return self._first(table, table.state == _WAITING)

    def _first(self, table: Any, *waits: ColumnElement[bool]) -> str | None:  # noqa: ANN401  (three tables alike)
        free = (
            *waits,
            or_(table.lease_until.is_(None), table.lease_until < self._now),
            or_(table.not_before.is_(None), table.not_before <= self._now),
        )
        # By time and not by number alone: for that PostgreSQL would walk the primary key past a whole flood.
        came = table.created_at if table is OutgoingRow else table.received_at
        oldest = select(table.id).where(*free).order_by(came, table.number).limit(1)
        of_program = oldest.where(table.program_id == ProgramRow.id).correlate(ProgramRow)
        # A subquery with a limit is one look into the index for each program; EXISTS may become a join over
        # all that waits.
        programs = self._session.scalars(
            select(ProgramRow.id).where(of_program.scalar_subquery().is_not(None))
        ).all()
        for program_id in self._lot.sample(programs, len(programs)):
            found: str | None = self._session.scalar(
                oldest.where(table.program_id == program_id).with_for_update(skip_locked=True)
            )
            if found is not None:
                return found
        return None
