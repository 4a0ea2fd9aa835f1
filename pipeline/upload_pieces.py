"""Files that a phone sends in pieces, so that a connection that breaks costs one piece and not the file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from sqlalchemy.orm import Session

from pipeline.clock import utc_now
from pipeline.direct_uploads import fetched
from pipeline.wiring import Wiring
from receipts.database.repositories.uploads import Uploading, Uploads
from receipts.files.in_transit import InTransit
from receipts.identity import AccountId, ProgramId

UPLOAD_LIFE: Final = timedelta(hours=24)
"""A train through tunnels ends sooner; what is left then is deleted."""
OPEN_MOST_FILES: Final = 10
"""Files of the largest size that one account may have under way together."""
OPEN_MOST: Final = 1000
"""Of any size, so that empty ones fill no table."""


@dataclass(frozen=True, slots=True)
class TooManyOpen:
    """The account has too much under way."""


@dataclass(frozen=True, slots=True)
class NoSuchUpload:
    """There is none of that id, or no more."""


@dataclass(frozen=True, slots=True)
class OtherOffset:
    """The piece does not begin where the last one ended.

    Attributes:
        upload: how far it has come, from where to go on.
    """

    upload: Uploading


@dataclass(frozen=True, slots=True)
class TooLong:
    """The piece goes beyond what the file was said to have."""


@dataclass(frozen=True, slots=True)
class WholeFile:
    """An upload that is complete, as a temporary file."""

    path: Path
    name: str
    size_bytes: int
    sha256: str


def _uploads(session: Session, program_id: ProgramId, account_id: AccountId) -> Uploads:
    return Uploads(session, program_id, account_id, utc_now())


def begin_upload(
    wiring: Wiring,
    program_id: ProgramId,
    account_id: AccountId,
    *,
    file_name: str,
    size_bytes: int,
    direct: bool = False,
) -> Uploading | TooManyOpen:
    """Begin one; `direct`: in no pieces, but as `pipeline.direct_uploads` has it."""
    with wiring.database.write() as session:
        uploads = _uploads(session, program_id, account_id)
        count, open_bytes = uploads.open_now()
        most_bytes = OPEN_MOST_FILES * wiring.settings.max_upload_bytes
        if count >= OPEN_MOST or open_bytes + size_bytes > most_bytes:
            return TooManyOpen()
        return uploads.begin(file_name=file_name, size_bytes=size_bytes, life=UPLOAD_LIFE, direct=direct)


def find_upload(
    wiring: Wiring, program_id: ProgramId, account_id: AccountId, upload_id: str
) -> Uploading | NoSuchUpload:
    """How far it has come."""
    with wiring.database.read() as session:
        return _uploads(session, program_id, account_id).find(upload_id) or NoSuchUpload()


def add_piece(
    wiring: Wiring,
    program_id: ProgramId,
    account_id: AccountId,
    upload_id: str,
    *,
    offset: int,
    data: bytes,
) -> Uploading | NoSuchUpload | OtherOffset | TooLong:
    """Add a piece at its place; the same piece twice is told by where it would begin."""
    with wiring.database.write() as session:
        uploads = _uploads(session, program_id, account_id)
        upload = uploads.find(upload_id)
        if upload is None or upload.direct:
            return NoSuchUpload()
        if offset != upload.received_bytes:
            return OtherOffset(upload)
        if offset + len(data) > upload.size_bytes:
            return TooLong()
        kept = InTransit(wiring.store.masters).sealed(data, _piece(upload_id, offset))
        if data and not uploads.append(upload, data, kept=kept):
            return OtherOffset(uploads.find(upload_id) or upload)
        return uploads.find(upload_id) or NoSuchUpload()


def _piece(upload_id: str, offset: int) -> str:
    """What a piece is sealed for: it opens at its own place of its own file alone."""
    return f"{upload_id}:{offset}"


def _opened(wiring: Wiring, upload_id: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
    transit, offset = InTransit(wiring.store.masters), 0
    for kept in pieces:
        data = transit.opened(kept, _piece(upload_id, offset))
        offset += len(data)
        yield data


def drop_uploads(
    wiring: Wiring, program_id: ProgramId, account_id: AccountId, upload_ids: Sequence[str]
) -> None:
    """Forget these."""
    with wiring.database.write() as session:
        _uploads(session, program_id, account_id).drop(upload_ids)


def forget_along(
    session: Session, program_id: ProgramId, account_id: AccountId, upload_ids: Sequence[str]
) -> bool:
    """The same in the transaction that submits them; False where another submitted one of them meanwhile."""
    return _uploads(session, program_id, account_id).drop(upload_ids) == len(upload_ids)


def whole_files(
    wiring: Wiring,
    program_id: ProgramId,
    account_id: AccountId,
    upload_ids: Sequence[str],
    *,
    until: ExitStack,
) -> tuple[WholeFile, ...] | NoSuchUpload | OtherOffset:
    """The uploads as temporary files, which are gone when `until` ends; or which of them is not complete."""
    folder = Path(until.enter_context(TemporaryDirectory(prefix="tillpoints-pieces-")))
    made = []
    for number, upload_id in enumerate(upload_ids):
        path = folder / str(number)
        with wiring.database.read() as session:
            uploads = _uploads(session, program_id, account_id)
            upload = uploads.find(upload_id)
            if upload is None:
                return NoSuchUpload()
            if upload.complete:
                with path.open("wb") as file:
                    file.writelines(_opened(wiring, upload_id, uploads.pieces(upload_id)))
        if not upload.complete and not (upload.direct and fetched(wiring, upload, path, until=until)):
            return OtherOffset(upload)
        if path.stat().st_size != upload.size_bytes:  # submitted or given up while it was read
            return NoSuchUpload()
        with path.open("rb") as whole:
            sha256 = hashlib.file_digest(whole, "sha256").hexdigest()
        made.append(WholeFile(path, upload.file_name, upload.size_bytes, sha256))
    return tuple(made)
