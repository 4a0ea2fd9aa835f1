"""One program's failed receipts: by cause, page by page, and sent back to where they failed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.orm import Session

from receipts.database.repositories.turns import IS_LIGHT_AGAIN
from receipts.database.tables import OutboxRow, ReceiptRow
from receipts.failure import FailureGroup, FailureKind
from receipts.identity import ProgramId, ReceiptId
from receipts.state import ReceiptState

_UNKNOWN_KIND = FailureKind.BUG
"""Of failures from before kinds were kept."""


class Failures:
    """One program's. Every question is answered by the index of failed receipts alone."""

    def __init__(self, session: Session, program_id: ProgramId, now: datetime) -> None:
        self._session = session
        self._program_id = program_id
        self._now = now

    def groups(self) -> tuple[FailureGroup, ...]:
        """Causes with their counts, the most frequent first."""
        columns = (ReceiptRow.failed_from, ReceiptRow.failure_kind, ReceiptRow.failure_cause)
        rows = self._session.execute(
            select(
                *columns,
                func.count(),
                func.min(ReceiptRow.updated_at),
                func.max(ReceiptRow.updated_at),
                func.min(ReceiptRow.number),
            )
            .where(*self._failed())
            .group_by(*columns)
        ).all()
        found = self._session.execute(
            select(ReceiptRow.number, ReceiptRow.id).where(
                ReceiptRow.number.in_([number for *_, number in rows])
            )
        )
        ids = {number: receipt_id for number, receipt_id in found}  # noqa: C416  (rows, not tuples)
        groups = [
            FailureGroup(
                FailureKind(kind) if kind else _UNKNOWN_KIND,
                stage or "",
                cause or "",
                int(count),
                oldest,
                newest,
                ReceiptId(ids[number]),
            )
            for stage, kind, cause, count, oldest, newest, number in rows
        ]
        return tuple(sorted(groups, key=lambda each: (-each.count, each.stage_after, each.cause)))

    def send_back(self, group: FailureGroup | None, *, until: datetime, limit: int) -> int:
        """Send failed receipts back to the stage that failed, oldest first; how many.

        Args:
            group: only those of this cause; None for all.
            until: only those that failed by then, so that what fails anew is not sent back for ever.
            limit: at most so many.
        """
        where = [*self._failed(), ReceiptRow.updated_at <= until]
        if group is not None:
            where += [
                ReceiptRow.failed_from == group.stage_after,
                func.coalesce(ReceiptRow.failure_kind, _UNKNOWN_KIND.value) == group.kind.value,
                func.coalesce(ReceiptRow.failure_cause, "") == group.cause,
            ]
        found = self._session.execute(
            select(ReceiptRow.id, IS_LIGHT_AGAIN)
            .where(*where, ReceiptRow.file_sha256.is_not(None))  # none: its member was erased
            .order_by(ReceiptRow.number)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        if not found:
            return 0
        self._session.execute(
            update(ReceiptRow)
            .where(ReceiptRow.id.in_([each for each, _ in found]))
            .values(
                state=ReceiptRow.failed_from,
                light=IS_LIGHT_AGAIN,
                backfill=True,  # many at once: whoever sends one now goes first
                failed_from=None,
                failure=None,
                failure_kind=None,
                failure_cause=None,
                attempts=0,
                not_before=None,
                updated_at=self._now,
            )
            .execution_options(synchronize_session=False)
        )
        self._ring_anew([(each, light) for each, light in found])
        return len(found)

    def _ring_anew(self, found: list[tuple[str, bool]]) -> None:
        """In place of bells that still wait for these receipts."""
        self._session.execute(
            delete(OutboxRow)
            .where(OutboxRow.kind == "ring", OutboxRow.target_id.in_([each for each, _ in found]))
            .execution_options(synchronize_session=False)
        )
        bells: list[dict[str, Any]] = [
            {
                "kind": "ring",
                "program_id": self._program_id,
                "target_id": each,
                "not_before": self._now,
                "light": light,
                "attempts": 0,
                "created_at": self._now,
            }
            for each, light in found
        ]
        self._session.execute(insert(OutboxRow), bells)

    def _failed(self) -> list[ColumnElement[bool]]:
        return [
            ReceiptRow.program_id == self._program_id,
            ReceiptRow.state == ReceiptState.FAILED.value,
        ]
