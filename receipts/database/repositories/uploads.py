"""Files that arrive in pieces: how far each has come, and its pieces until it is submitted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, CursorResult, delete, func, select, update
from sqlalchemy.orm import Session

from receipts.database.codec import storable_text
from receipts.database.tables import AccountRow, UploadPieceRow, UploadRow
from receipts.identity import AccountId, ProgramId, new_id

_NAME_CHARS = 255


@dataclass(frozen=True, slots=True)
class Uploading:
    """A file on its way.

    Attributes:
        received_bytes: all of its first bytes up to here are stored.
        direct: it comes past us, to the place of the files, and no piece of it is known here.
    """

    id: str
    file_name: str
    size_bytes: int
    received_bytes: int
    direct: bool
    expires_at: datetime

    @property
    def complete(self) -> bool:
        """All of it has arrived."""
        return self.received_bytes == self.size_bytes


class Uploads:
    """One account's."""

    def __init__(self, session: Session, program_id: ProgramId, account_id: AccountId, now: datetime) -> None:
        self._session = session
        self._program_id = program_id
        self._account_id = account_id
        self._now = now

    def begin(self, *, file_name: str, size_bytes: int, life: timedelta, direct: bool = False) -> Uploading:
        """A new one, of which nothing has arrived."""
        row = UploadRow(
            id=new_id("upl"),
            program_id=self._program_id,
            account_id=self._account_id,
            file_name=storable_text(file_name)[:_NAME_CHARS],
            size_bytes=size_bytes,
            received_bytes=0,
            direct=direct,
            expires_at=self._now + life,
        )
        self._session.add(row)
        self._session.flush()
        return _uploading(row)

    def find(self, upload_id: str) -> Uploading | None:
        """It as far as it has come; None where the account has no such one, or no more."""
        row = self._session.scalar(
            select(UploadRow).where(
                UploadRow.id == upload_id,
                UploadRow.program_id == self._program_id,
                UploadRow.account_id == self._account_id,
                UploadRow.expires_at > self._now,
            )
        )
        return None if row is None else _uploading(row)

    def open_now(self) -> tuple[int, int]:
        """How many the account has, and the bytes that all of them may come to.

        Another that the account begins at this moment waits until this transaction ends.
        """
        own = select(AccountRow.id).where(AccountRow.id == self._account_id)
        self._session.execute(own.with_for_update(key_share=True))
        count, size = self._session.execute(
            select(func.count(), func.coalesce(func.sum(UploadRow.size_bytes), 0)).where(
                UploadRow.program_id == self._program_id,
                UploadRow.account_id == self._account_id,
                UploadRow.expires_at > self._now,
            )
        ).one()
        return int(count), int(size)

    def append(self, upload: Uploading, data: bytes, *, kept: bytes = b"") -> bool:
        """Add the next piece; False where another request was quicker, and nothing was added.

        `kept` is the piece as it is to lie there, sealed; empty: as it is.
        """
        moved = self._session.execute(
            update(UploadRow)
            .where(UploadRow.id == upload.id, UploadRow.received_bytes == upload.received_bytes)
            .values(received_bytes=upload.received_bytes + len(data))
        )
        if not isinstance(moved, CursorResult) or moved.rowcount != 1:
            return False
        self._session.add(UploadPieceRow(upload_id=upload.id, start=upload.received_bytes, data=kept or data))
        self._session.flush()
        return True

    def pieces(self, upload_id: str) -> Iterator[bytes]:
        """The pieces as they are kept, in their order; fewer where the upload is dropped meanwhile."""
        starts = self._session.scalars(
            select(UploadPieceRow.start)
            .where(UploadPieceRow.upload_id == upload_id)
            .order_by(UploadPieceRow.start)
        ).all()
        for start in starts:
            piece = self._session.scalar(
                select(UploadPieceRow.data).where(
                    UploadPieceRow.upload_id == upload_id, UploadPieceRow.start == start
                )
            )
            if piece is None:  # dropped meanwhile
                return
            yield piece

    def drop(self, upload_ids: Sequence[str]) -> int:
        """Forget these of the account, with their pieces; how many of them there still were."""
        return drop_uploads_where(
            self._session,
            UploadRow.id.in_(upload_ids),
            UploadRow.program_id == self._program_id,
            UploadRow.account_id == self._account_id,
        )


def known_uploads(session: Session, upload_ids: Sequence[str]) -> frozenset[str]:
    """Which of these there are, of any program."""
    return frozenset(session.scalars(select(UploadRow.id).where(UploadRow.id.in_(upload_ids))))


def expire_uploads(session: Session, now: datetime) -> int:
    """Forget those of all programs that nobody finished in time; how many."""
    return drop_uploads_where(session, UploadRow.expires_at <= now)


def drop_uploads_where(session: Session, *which: ColumnElement[bool]) -> int:
    """Forget uploads with their pieces; how many.

    Their rows are held first: a piece that comes at this moment is in before, or finds no upload.
    """
    held = session.scalars(select(UploadRow.id).where(*which).order_by(UploadRow.id).with_for_update()).all()
    if held:
        session.execute(delete(UploadPieceRow).where(UploadPieceRow.upload_id.in_(held)))
        session.execute(delete(UploadRow).where(UploadRow.id.in_(held)))
    return len(held)


def _uploading(row: UploadRow) -> Uploading:
    return Uploading(row.id, row.file_name, row.size_bytes, row.received_bytes, row.direct, row.expires_at)
