"""Submissions with their receipts, and Idempotency-Keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from receipts.database.codec import storable_text
from receipts.database.repositories.turns import is_light
from receipts.database.tables import (
    IdempotencyRow,
    PurchaseLookupRow,
    ReceiptRow,
    ReceiptShotRow,
    SubmissionRow,
)
from receipts.errors import Rejection
from receipts.identity import MemberId, ProgramId, ReceiptId, Sha256, SubmissionId, new_receipt_id
from receipts.image import Accepted, MediaType
from receipts.state import ReceiptState
from receipts.submission import Channel, Submission

_FILE_NAME_CHARS = 255


def stored_name(file_name: str) -> str:
    """A file's name as its column takes it."""
    return storable_text(file_name)[:_FILE_NAME_CHARS]


@dataclass(frozen=True, slots=True)
class Shot:
    """A stored photo of a part of a receipt."""

    file_name: str
    size_bytes: int
    sha256: Sha256
    media_type: MediaType


@dataclass(frozen=True, slots=True)
class NewReceipt:
    """A file of a submission as the door judged it.

    Attributes:
        sha256: of the stored original; None where it ran over the limit and was not stored whole.
        further: photos of the same receipt that follow this one, where it was too long for one.
    """

    file_name: str
    size_bytes: int
    sha256: Sha256 | None
    outcome: Accepted | Rejection
    further: tuple[Shot, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredReceipt:
    """Where one receipt of a submission stands."""

    id: ReceiptId
    submission_id: SubmissionId
    member_id: MemberId
    position: int
    file_name: str
    state: ReceiptState
    rejection_code: str | None
    points: int | None
    received_at: datetime
    updated_at: datetime


class Intake:
    """One program's submissions."""

    def __init__(self, session: Session, program_id: ProgramId, now: datetime) -> None:
        self._session = session
        self._program_id = program_id
        self._now = now

    def add(
        self, submission: Submission, files: list[NewReceipt], *, backfill: bool = False
    ) -> tuple[ReceiptId, ...]:
        """Store the submission with a receipt for each file, in the order given.

        `backfill`: nobody waits for it, so that what somebody waits for goes first.
        """
        self._session.add(
            SubmissionRow(
                id=submission.id,
                program_id=submission.program_id,
                member_id=submission.member_id,
                channel=submission.channel.value,
                received_at=submission.received_at,
            )
        )
        self._session.flush()
        ids = []
        for position, file in enumerate(files):
            row = self._receipt_row(submission, position, file)
            row.backfill = backfill
            self._session.add(row)
            self._session.flush()  # one by one: `number` must follow the order of the files
            self._add_shots(row, file.further)
            ids.append(ReceiptId(row.id))
        return tuple(ids)

    def _receipt_row(self, submission: Submission, position: int, file: NewReceipt) -> ReceiptRow:
        rejected = isinstance(file.outcome, Rejection)
        media_type = None if isinstance(file.outcome, Rejection) else file.outcome.media_type.value
        return ReceiptRow(
            id=new_receipt_id(),
            program_id=submission.program_id,
            submission_id=submission.id,
            member_id=submission.member_id,
            position=position,
            part=0,
            file_name=stored_name(file.file_name),
            file_sha256=file.sha256,
            media_type=media_type,
            light=is_light(ReceiptState.RECEIVED, media_type) or _has_text(file),
            size_bytes=file.size_bytes,
            state=(ReceiptState.REJECTED if rejected else ReceiptState.RECEIVED).value,
            rejection_code=file.outcome.reason.value if isinstance(file.outcome, Rejection) else None,
            rejection_detail=file.outcome.detail if isinstance(file.outcome, Rejection) else None,
            attempts=0,
            points=0 if rejected else None,
            received_at=submission.received_at,
            updated_at=self._now,
        )

    def _add_shots(self, row: ReceiptRow, shots: tuple[Shot, ...]) -> None:
        for position, shot in enumerate(shots, start=1):
            self._session.add(
                ReceiptShotRow(
                    receipt_id=row.id,
                    position=position,
                    program_id=row.program_id,
                    file_name=stored_name(shot.file_name),
                    file_sha256=shot.sha256,
                    media_type=shot.media_type.value,
                    size_bytes=shot.size_bytes,
                )
            )
        self._session.flush()

    def shots(self, receipt_id: ReceiptId) -> tuple[Shot, ...]:
        """The photos beside the receipt's own file, in the order sent; none for most receipts."""
        rows = self._session.scalars(
            select(ReceiptShotRow)
            .where(ReceiptShotRow.receipt_id == receipt_id, ReceiptShotRow.program_id == self._program_id)
            .order_by(ReceiptShotRow.position)
        )
        return tuple(
            Shot(row.file_name, row.size_bytes, Sha256(row.file_sha256), MediaType(row.media_type))
            for row in rows
        )

    def add_sibling(self, first: ReceiptId, *, part: int, picture: Sha256 | None) -> ReceiptId:
        """A further receipt that was found in the same file, already read."""
        row = self._sibling(first, part)
        row.picture_sha256, row.state = picture, ReceiptState.READ.value
        self._session.add(row)
        self._session.flush()
        return ReceiptId(row.id)

    def add_refused(self, first: ReceiptId, *, part: int, file_name: str, rejection: Rejection) -> ReceiptId:
        """A part of the same file that cannot be used, so that its sender hears of it."""
        row = self._sibling(first, part)
        row.file_name, row.media_type = stored_name(file_name), None
        row.state, row.points = ReceiptState.REJECTED.value, 0
        row.rejection_code, row.rejection_detail = rejection.reason.value, rejection.detail
        self._session.add(row)
        self._session.flush()
        return ReceiptId(row.id)

    def _sibling(self, first: ReceiptId, part: int) -> ReceiptRow:
        """One more row of the same file, not yet stored; it still needs a state."""
        row = self._session.scalars(
            select(ReceiptRow).where(ReceiptRow.id == first, ReceiptRow.program_id == self._program_id)
        ).one()
        last = self._session.scalars(
            select(func.max(ReceiptRow.position)).where(ReceiptRow.submission_id == row.submission_id)
        ).one()
        return ReceiptRow(
            id=new_receipt_id(),
            program_id=row.program_id,
            submission_id=row.submission_id,
            member_id=row.member_id,
            position=last + 1,
            part=part,
            file_name=row.file_name,
            file_sha256=row.file_sha256,
            media_type=row.media_type,
            light=True,
            backfill=row.backfill,
            size_bytes=row.size_bytes,
            attempts=0,
            received_at=row.received_at,
            updated_at=self._now,
        )

    def add_lookups(self, receipt_id: ReceiptId, keys: tuple[str, ...]) -> None:
        """File a read purchase under its coarse keys, in place of any earlier ones."""
        self._session.execute(delete(PurchaseLookupRow).where(PurchaseLookupRow.receipt_id == receipt_id))
        for key in dict.fromkeys(keys):
            self._session.add(PurchaseLookupRow(receipt_id=receipt_id, key=key, program_id=self._program_id))
        self._session.flush()

    def submission(self, submission_id: SubmissionId, *, member_id: MemberId | None) -> Submission | None:
        """The submission; None where the program (or the member, when given) has no such one."""
        query = select(SubmissionRow).where(
            SubmissionRow.id == submission_id, SubmissionRow.program_id == self._program_id
        )
        if member_id is not None:
            query = query.where(SubmissionRow.member_id == member_id)
        row = self._session.scalar(query)
        return None if row is None else _submission(row)

    def submissions(
        self, member_id: MemberId, *, before: int | None, limit: int
    ) -> tuple[tuple[int, Submission], ...]:
        """The member's submissions, newest first, each with its number as the cursor."""
        query = select(SubmissionRow).where(
            SubmissionRow.program_id == self._program_id, SubmissionRow.member_id == member_id
        )
        if before is not None:
            query = query.where(SubmissionRow.number < before)
        rows = self._session.scalars(query.order_by(SubmissionRow.number.desc()).limit(limit))
        return tuple((row.number, _submission(row)) for row in rows)

    def receipts(self, submission_ids: tuple[SubmissionId, ...]) -> tuple[StoredReceipt, ...]:
        """The receipts of these submissions, in the order sent."""
        rows = self._session.scalars(
            select(ReceiptRow)
            .where(ReceiptRow.program_id == self._program_id, ReceiptRow.submission_id.in_(submission_ids))
            .order_by(ReceiptRow.number)
        )
        return tuple(_stored(row) for row in rows)


@dataclass(frozen=True, slots=True)
class Begun:
    """The key is new: go on, and store the answer."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The same request was answered before: say the same again."""

    status: int
    body: str


@dataclass(frozen=True, slots=True)
class StillRunning:
    """The same request runs at this moment."""


@dataclass(frozen=True, slots=True)
class OtherRequest:
    """The key was used for another request."""


KeyState = Begun | Answered | StillRunning | OtherRequest


class IdempotencyKeys:
    """One caller's keys. The fingerprint is a hash of the request."""

    def __init__(self, session: Session, program_id: ProgramId, caller: str, now: datetime) -> None:
        self._session = session
        self._program_id = program_id
        self._caller = caller
        self._now = now

    def begin(self, key: str, fingerprint: str, *, running_s: float) -> KeyState:
        """Take the key for this request, or say what became of the request that has it."""
        row = self._session.get(IdempotencyRow, (self._program_id, self._caller, key), with_for_update=True)
        if row is None:
            try:
                with self._session.begin_nested():
                    self._session.add(
                        IdempotencyRow(
                            program_id=self._program_id,
                            caller=self._caller,
                            key=key,
                            fingerprint=fingerprint,
                            running_until=self._now + timedelta(seconds=running_s),
                            created_at=self._now,
                        )
                    )
            except IntegrityError:  # another took it between our look and our write
                return StillRunning()
            return Begun()
        if row.fingerprint != fingerprint:
            return OtherRequest()
        if row.status is not None and row.body is not None:
            return Answered(row.status, row.body)
        if row.running_until > self._now:
            return StillRunning()
        row.running_until = self._now + timedelta(seconds=running_s)
        return Begun()

    def answer(self, key: str, *, status: int, body: str) -> None:
        """Keep the answer under the key."""
        row = self._session.get(IdempotencyRow, (self._program_id, self._caller, key))
        if row is not None:
            row.status, row.body = status, body

    def forget(self, key: str) -> None:
        """The request failed before it did anything: the key may be used again."""
        row = self._session.get(IdempotencyRow, (self._program_id, self._caller, key))
        if row is not None and row.status is None:
            self._session.delete(row)

    def expire(self, *, older_than_s: float) -> None:
        """Drop all callers' keys of this program older than the published life of a key."""
        self._session.execute(
            delete(IdempotencyRow).where(
                IdempotencyRow.program_id == self._program_id,
                IdempotencyRow.created_at < self._now - timedelta(seconds=older_than_s),
            )
        )


def _submission(row: SubmissionRow) -> Submission:
    return Submission(
        id=SubmissionId(row.id),
        program_id=ProgramId(row.program_id),
        member_id=MemberId(row.member_id),
        channel=Channel(row.channel),
        received_at=row.received_at,
    )


def _stored(row: ReceiptRow) -> StoredReceipt:
    return StoredReceipt(
        id=ReceiptId(row.id),
        submission_id=SubmissionId(row.submission_id),
        member_id=MemberId(row.member_id),
        position=row.position,
        file_name=row.file_name,
        state=ReceiptState(row.state),
        rejection_code=row.rejection_code,
        points=row.points,
        received_at=row.received_at,
        updated_at=row.updated_at,
    )


def _has_text(file: NewReceipt) -> bool:
    """Whether it is a PDF that most likely needs no engine; a light worker loads one where it does."""
    return not isinstance(file.outcome, Rejection) and file.outcome.has_text and not file.further
