"""Keys of sealed files: made when a file is put, opened when it is read, destroyed with its member.

A file has one key, however many sent the same bytes. Each of them holds it under their own; when the last of
these is gone, nobody can open the file any more, whoever has it.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import datetime

from cryptography.fernet import InvalidToken, MultiFernet
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from receipts.database.tables import ErasureRow, FileKeyRow, MemberKeyRow, ProgramRow, SealedFileRow
from receipts.errors import TransientError
from receipts.files import AlteredFileError
from receipts.files.sealing import new_key, unwrap, wrap
from receipts.identity import MemberId, ProgramId, Sha256

NOBODYS = MemberId("")
"""Of a mail or text until somebody is known to have sent it."""
_WRONG_MASTER = (
    "no key in the file that TILLPOINTS_MASTER_KEYS_FILE names opens the members' keys: add the one that"
    " they were sealed with"
)


class FileKeys:
    """Over all programs. `masters`: the installation's keys; the first one seals, all of them open."""

    def __init__(self, session: Session, masters: MultiFernet, now: datetime) -> None:
        self._session = session
        self._masters = masters
        self._now = now

    def to_seal(self, sha256: Sha256, program_id: ProgramId, member_id: MemberId) -> bytes:
        """The file's key, held for the member from now on; a new one where nobody holds any.

        Raises:
            TransientError: the members' keys were sealed by another installation's.
        """
        known = self._session.get(SealedFileRow, sha256, with_for_update=True)
        if known is None and not self._added(SealedFileRow(sha256=sha256, put_at=self._now)):
            known = self._session.get_one(SealedFileRow, sha256, with_for_update=True)
        if known is not None:
            known.put_at = self._now
            self._session.flush()
        held = self.to_open(sha256)
        key = held or new_key()
        if held is None:  # what was sealed under a key that is gone is sealed anew
            self._session.execute(delete(FileKeyRow).where(FileKeyRow.sha256 == sha256))
        self._hold(sha256, key, program_id, self._owner(program_id, member_id))
        return key

    def to_open(self, sha256: Sha256) -> bytes | None:
        """The file's key; None where nobody holds it any more.

        Raises:
            TransientError: the members' keys were sealed by another installation's.
        """
        rows = self._session.execute(
            select(FileKeyRow, MemberKeyRow.sealed)
            .join(
                MemberKeyRow,
                (MemberKeyRow.program_id == FileKeyRow.program_id)
                & (MemberKeyRow.member_id == FileKeyRow.member_id),
            )
            .where(FileKeyRow.sha256 == sha256)
        ).all()
        for row, sealed in rows:
            try:
                return unwrap(row.wrapped, self._opened(sealed), bound_to=_words(row))
            except AlteredFileError:  # a member whose key was made anew
                continue
        return None

    def hand_over(self, files: Iterable[Sha256 | None], program_id: ProgramId, member_id: MemberId) -> None:
        """Files that were nobody's are this member's from now on."""
        for sha256 in {each for each in files if each}:
            row = self._session.get(FileKeyRow, (sha256, program_id, NOBODYS))
            key = None if row is None else self.to_open(sha256)
            if row is not None and key is not None:
                self._hold(sha256, key, program_id, self._owner(program_id, member_id))
                self._session.delete(row)
                self._session.flush()

    def _owner(self, program_id: ProgramId, member_id: MemberId) -> MemberId:
        """A member who was erased meanwhile gets no key any more."""
        erased = select(ErasureRow.number).where(
            ErasureRow.program_id == program_id, ErasureRow.member_id == member_id
        )
        return member_id if self._session.scalar(erased) is None else NOBODYS

    def _hold(self, sha256: Sha256, key: bytes, program_id: ProgramId, member_id: MemberId) -> None:
        if self._session.get(FileKeyRow, (sha256, program_id, member_id)) is not None:
            return
        row = FileKeyRow(sha256=sha256, program_id=program_id, member_id=member_id, wrapped=b"")
        row.wrapped = wrap(key, self._member_key(program_id, member_id), bound_to=_words(row))
        self._session.add(row)
        self._session.flush()

    def _member_key(self, program_id: ProgramId, member_id: MemberId) -> bytes:
        row = self._session.get(MemberKeyRow, (program_id, member_id), with_for_update=True)
        if row is not None:
            return self._opened(row.sealed)
        key = new_key()
        sealed = self._masters.encrypt(base64.b64encode(key)).decode()
        fresh = MemberKeyRow(program_id=program_id, member_id=member_id, sealed=sealed, made_at=self._now)
        if self._added(fresh):
            return key
        return self._opened(self._session.get_one(MemberKeyRow, (program_id, member_id)).sealed)

    def _added(self, row: SealedFileRow | MemberKeyRow) -> bool:
        """Whether we were the first to write it."""
        try:
            with self._session.begin_nested():
                self._session.add(row)
        except IntegrityError:
            return False
        return True

    def _opened(self, sealed: str) -> bytes:
        try:
            return base64.b64decode(self._masters.decrypt(sealed.encode()))
        except InvalidToken as error:
            raise TransientError(_WRONG_MASTER) from error


def _words(row: FileKeyRow) -> str:
    return f"{row.sha256} {row.program_id} {row.member_id}"


def destroy_keys(session: Session, program_id: ProgramId, member_id: MemberId) -> None:
    """Of an erased member: what only they held opens for nobody any more."""
    mine = (FileKeyRow.program_id == program_id, FileKeyRow.member_id == member_id)
    session.execute(delete(FileKeyRow).where(*mine))
    theirs = (MemberKeyRow.program_id == program_id, MemberKeyRow.member_id == member_id)
    session.execute(delete(MemberKeyRow).where(*theirs))


def destroy_nobodys(session: Session, program_id: ProgramId, files: Iterable[str]) -> None:
    """Of mails and texts that came from an erased member before anybody was known to have sent them."""
    session.execute(
        delete(FileKeyRow).where(
            FileKeyRow.program_id == program_id,
            FileKeyRow.member_id == NOBODYS,
            FileKeyRow.sha256.in_(list(files)),
        )
    )


def forget_file(session: Session, sha256: Sha256, *, put_before: datetime) -> None:
    """Before a file is removed: its keys go, unless it was put since then."""
    row = session.get(SealedFileRow, sha256, with_for_update=True)
    if row is None or row.put_at >= put_before:
        return
    session.execute(delete(FileKeyRow).where(FileKeyRow.sha256 == sha256))
    session.delete(row)
    session.flush()


def rotate_keys(
    session: Session, masters: MultiFernet, *, after: tuple[str, str], limit: int
) -> list[tuple[str, str]]:
    """Seal members' keys anew by the first of the installation's; which they were, in order.

    Raises:
        TransientError: none of the installation's keys opens one of them.
    """
    rows = session.scalars(
        select(MemberKeyRow)
        .where(
            (MemberKeyRow.program_id > after[0])
            | ((MemberKeyRow.program_id == after[0]) & (MemberKeyRow.member_id > after[1]))
        )
        .order_by(MemberKeyRow.program_id, MemberKeyRow.member_id)
        .limit(limit)
        .with_for_update()
    ).all()
    for row in rows:
        try:
            fresh = masters.rotate(row.sealed.encode()).decode()
        except InvalidToken as error:
            raise TransientError(_WRONG_MASTER) from error
        session.execute(
            update(MemberKeyRow)
            .where(MemberKeyRow.program_id == row.program_id, MemberKeyRow.member_id == row.member_id)
            .values(sealed=fresh)
        )
    return [(row.program_id, row.member_id) for row in rows]


def restore_keys(session: Session, rows: Iterable[list[str]]) -> int:
    """Put members' keys back, each as program, member, sealed key and when it was made; how many."""
    programs, count = set(session.scalars(select(ProgramRow.id))), 0
    for program_id, member_id, sealed, made_at in rows:
        if program_id in programs:
            made = datetime.fromisoformat(made_at)
            session.add(MemberKeyRow(program_id=program_id, member_id=member_id, sealed=sealed, made_at=made))
            count += 1
    session.flush()
    return count
