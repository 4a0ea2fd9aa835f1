"""How long one program's files are kept, and which files are to go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, Text, cast, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from receipts.database.tables import FileRemovalRow, InboundRow, ProgramRow, ReceiptRow, ReceiptShotRow
from receipts.identity import MemberId, ProgramId, Sha256
from receipts.inbound import InboundState
from receipts.state import ENDS

_AT_REST = sorted(state.value for state in ENDS)
_NOT_TAKEN = sorted(
    state.value
    for state in (
        InboundState.EXPIRED,
        InboundState.ANSWERED,
        InboundState.IGNORED,
        InboundState.REJECTED,
    )
)
_ROWS = 1000
STILL_ASKED = (InboundState.WAITING.value, InboundState.UNLINKED.value)
"""States of messages whose media are in no receipt yet."""


class Retention:
    """One program's."""

    def __init__(self, session: Session, program_id: ProgramId, now: datetime) -> None:
        self._session = session
        self._program_id = program_id
        self._now = now

    def retire_files(self, *, before: datetime, limit: int) -> int:
        """Give up original and picture of receipts that came to rest before that; how many receipts."""
        rows = self._session.scalars(
            select(ReceiptRow)
            .where(
                ReceiptRow.program_id == self._program_id,
                ReceiptRow.files_removed_at.is_(None),
                ReceiptRow.updated_at < before,
                ReceiptRow.state.in_(_AT_REST),
            )
            .order_by(ReceiptRow.updated_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        for row in rows:
            give_up(
                self._session, self._now, [each for each in (row.file_sha256, row.picture_sha256) if each]
            )
            # The hash of the original stays: the same picture sent again is still known as the same.
            row.picture_sha256, row.files_removed_at = None, self._now
        give_up(self._session, self._now, shot_files(self._session, [row.id for row in rows]))
        self._session.execute(
            update(InboundRow)
            .where(InboundRow.submission_id.in_({row.submission_id for row in rows}))
            .values(raw_removed_at=self._now)
        )
        self._session.flush()
        return len(rows)

    def retire_mails(self, *, before: datetime, limit: int) -> int:
        """Give up mails and texts that became no receipt and that nobody waits for; how many."""
        rows = self._session.scalars(
            select(InboundRow)
            .where(
                InboundRow.program_id == self._program_id,
                InboundRow.raw_removed_at.is_(None),
                InboundRow.updated_at < before,
                InboundRow.state.in_(_NOT_TAKEN),
            )
            .order_by(InboundRow.number)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        for row in rows:
            give_up(self._session, self._now, [row.raw_sha256, *part_files(row.parts)])
            row.raw_removed_at = self._now
        self._session.flush()
        return len(rows)

    def keep_files_days(self) -> int | None:
        """How long files are kept after their receipt came to rest; None for as long as the program runs."""
        return self._session.scalar(
            select(ProgramRow.keep_files_days).where(ProgramRow.id == self._program_id)
        )

    def change_keep_files_days(self, days: int | None) -> None:
        """Keep files that long."""
        self._session.execute(
            update(ProgramRow).where(ProgramRow.id == self._program_id).values(keep_files_days=days)
        )


def give_up(session: Session, now: datetime, files: Sequence[str | None]) -> None:
    """Have files removed once nobody needs them."""
    for sha256 in {each for each in files if each}:
        if session.get(FileRemovalRow, sha256) is None:
            session.add(FileRemovalRow(sha256=sha256, due_at=now))
    session.flush()


def shot_files(session: Session, receipt_ids: Sequence[str]) -> Sequence[str]:
    """The further photos of receipts that were too long for one."""
    return session.scalars(
        select(ReceiptShotRow.file_sha256).where(ReceiptShotRow.receipt_id.in_(receipt_ids))
    ).all()


def files_named(connection: Connection) -> Iterator[Sha256]:
    """Every file that a receipt or message of any program names and nobody gave up; some twice."""
    for column in (ReceiptRow.file_sha256, ReceiptRow.picture_sha256):
        yield from _names(
            connection, select(column).where(column.is_not(None), ReceiptRow.files_removed_at.is_(None))
        )
    shots = select(ReceiptShotRow.file_sha256).join(ReceiptRow, ReceiptRow.id == ReceiptShotRow.receipt_id)
    yield from _names(connection, shots.where(ReceiptRow.files_removed_at.is_(None)))
    kept = InboundRow.raw_removed_at.is_(None)
    yield from _names(connection, select(InboundRow.raw_sha256).where(kept))
    parts = select(InboundRow.parts).where(kept, InboundRow.parts.is_not(None))
    for (each,) in connection.execution_options(yield_per=_ROWS).execute(parts):
        yield from (Sha256(name) for name in part_files(each))


def files_of_members(
    session: Session, *, after: int, limit: int
) -> tuple[list[tuple[Sha256, ProgramId, MemberId]], int | None]:
    """Files of receipts behind the one of that number, with whose they are, and the last receipt's number.

    A mail is its receipt's file, too. None where there is no further receipt.
    """
    rows = session.scalars(
        select(ReceiptRow).where(ReceiptRow.number > after).order_by(ReceiptRow.number).limit(limit)
    ).all()
    found: list[tuple[Sha256, ProgramId, MemberId]] = []
    for row in rows:
        if row.files_removed_at is None:
            names = [row.file_sha256, row.picture_sha256, *shot_files(session, [row.id])]
            owner = (ProgramId(row.program_id), MemberId(row.member_id))
            found += [(Sha256(name), *owner) for name in names if name]
    return found, rows[-1].number if rows else None


def _names(connection: Connection, query: Select[Any]) -> Iterator[Sha256]:
    for (each,) in connection.execution_options(yield_per=_ROWS).execute(query):
        yield Sha256(each)


def removals_due(session: Session, *, limit: int, after: str = "") -> tuple[Sha256, ...]:
    """Files that somebody gave up, by hash, from the one behind `after` on."""
    rows = session.scalars(
        select(FileRemovalRow.sha256)
        .where(FileRemovalRow.sha256 > after)
        .order_by(FileRemovalRow.sha256)
        .limit(limit)
    )
    return tuple(Sha256(each) for each in rows)


def is_needed(session: Session, sha256: Sha256) -> bool:
    """Whether a receipt or message of any program still needs the file."""
    kept = ReceiptRow.files_removed_at.is_(None)
    every_program = ReceiptRow.program_id.in_(select(ProgramRow.id))  # so that the index is used
    asked = [
        exists().where(every_program, ReceiptRow.file_sha256 == sha256, kept),
        exists().where(ReceiptRow.picture_sha256 == sha256, kept),
        exists().where(
            ReceiptShotRow.program_id.in_(select(ProgramRow.id)),
            ReceiptShotRow.file_sha256 == sha256,
            ReceiptShotRow.receipt_id == ReceiptRow.id,
            kept,
        ),
        exists().where(InboundRow.raw_sha256 == sha256, InboundRow.raw_removed_at.is_(None)),
        # A text's media belong to no receipt until somebody is known to have sent them.
        exists().where(InboundRow.state.in_(STILL_ASKED), cast(InboundRow.parts, Text).contains(sha256)),
    ]
    return bool(session.scalar(select(or_(*asked))))


def forget_removal(session: Session, sha256: Sha256) -> None:
    """The file is gone, or needed again."""
    session.execute(delete(FileRemovalRow).where(FileRemovalRow.sha256 == sha256))


def part_files(parts: Any) -> list[str]:  # noqa: ANN401  (stored JSON)
    """The files of a text's stored parts."""
    return [each["sha256"] for each in parts or () if each.get("sha256")]
