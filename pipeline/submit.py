"""The way in, the same for every channel: store first, judge, then one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from awarding.post import rejected_data
from ingest.accept import UPLOAD_TYPES, AcceptLimits, accept
from pipeline.clock import utc_now
from pipeline.traces import NOWHERE, Client, client_traces
from pipeline.wiring import Wiring
from receipts.database.repositories.books import Books
from receipts.database.repositories.intake import Intake, NewReceipt, StoredReceipt
from receipts.database.repositories.programs import ProgramData
from receipts.database.repositories.traces import Traces
from receipts.database.repositories.work import Work
from receipts.errors import Rejection, RejectionReason
from receipts.identity import MemberId, ProgramId, SubmissionId, new_submission_id
from receipts.message import MessageType
from receipts.state import ReceiptState
from receipts.submission import Channel, Submission
from receipts.traces import Trace


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A file on its way in.

    Attributes:
        path: a temporary file that holds the bytes as received; None where it ran over the byte limit and
            was not taken whole.
        name: as the sender named it; shown, never used as a path.
        size_bytes: received so far where it ran over.
    """

    path: Path | None
    name: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Submitted:
    """What came of it: a receipt for each file, some of them perhaps rejected at the door."""

    submission: Submission
    receipts: tuple[StoredReceipt, ...]

    @property
    def all_rejected(self) -> bool:
        """True where no file passed the door."""
        return all(receipt.state is ReceiptState.REJECTED for receipt in self.receipts)


Along = Callable[[Session, Submitted], None]
"""Writes in the transaction that takes the submission in: the answer kept under an Idempotency-Key."""


def _nothing_along(_session: Session, _submitted: Submitted) -> None:
    return


class UnknownMemberError(LookupError):
    """The program has no such member."""


def accept_limits(wiring: Wiring) -> AcceptLimits:
    """The door's limits as the settings have them."""
    return AcceptLimits(max_bytes=wiring.settings.max_upload_bytes, max_pages=wiring.settings.max_pages)


def submit(
    wiring: Wiring,
    *,
    program_id: ProgramId,
    member_id: MemberId,
    channel: Channel,
    files: Sequence[IncomingFile],
    along: Along = _nothing_along,
    client: Client = NOWHERE,
) -> Submitted:
    """Take files in. When this returns, originals and rows are on disk and work has been asked for.

    What `along` writes is committed with the submission or not at all.

    Raises:
        UnknownMemberError: the program has no such member.
        TransientError: the store or the database did not answer; nothing was taken.
        ValueError: no file.
    """
    if not files:
        raise ValueError("a submission has at least one file")
    with wiring.database.read() as session:
        if ProgramData(session, program_id).member_name(member_id) is None:
            raise UnknownMemberError(f"program {program_id} has no member {member_id}")
    new = [judge(wiring, file) for file in files]
    with wiring.database.write() as session:
        submitted = enter(
            session,
            program_id=program_id,
            member_id=member_id,
            channel=channel,
            new=new,
            traces=client_traces(wiring, program_id, client),
        )
        along(session, submitted)
    return submitted


def enter(
    session: Session,
    *,
    program_id: ProgramId,
    member_id: MemberId,
    channel: Channel,
    new: Sequence[NewReceipt],
    received_at: datetime | None = None,
    traces: Sequence[Trace] = (),
) -> Submitted:
    """Write a submission of files that the door has judged, and ring for those that passed.

    `received_at` is when the mail or text came in, where that was before now; `traces` say from where.
    """
    now = utc_now()
    kept = Traces(session, program_id)
    kept.take_turns(member_id, traces)
    submission = Submission(new_submission_id(), program_id, member_id, channel, received_at or now)
    intake, work, books = (
        Intake(session, program_id, now),
        Work(session, now),
        Books(session, program_id, now),
    )
    added = tuple(zip(intake.add(submission, list(new)), new, strict=True))
    kept.keep([each for each, file in added if not isinstance(file.outcome, Rejection)], traces)
    for receipt_id, file in added:
        if isinstance(file.outcome, Rejection):
            data = rejected_data(
                receipt_id=receipt_id, submission_id=submission.id, channel=channel, rejection=file.outcome
            )
            books.send(member_id, MessageType.RECEIPT_REJECTED, data)
        else:
            work.ring(program_id, receipt_id)
    return Submitted(submission, intake.receipts((submission.id,)))


def judge(wiring: Wiring, file: IncomingFile) -> NewReceipt:
    """Store the file, then let the door judge it."""
    if file.path is None:
        limit = wiring.settings.max_upload_bytes
        ran_over = Rejection(RejectionReason.TOO_LARGE, f"more than {limit} bytes")
        return NewReceipt(file.name, file.size_bytes, None, ran_over)
    # The original is stored before anything parses it: whatever happens next, it is not lost.
    sha256 = wiring.store.put_file(file.path)
    outcome = accept(file.path, limits=accept_limits(wiring), allowed=UPLOAD_TYPES)
    return NewReceipt(file.name, file.size_bytes, sha256, outcome)


def submission_of(
    wiring: Wiring, *, program_id: ProgramId, submission_id: SubmissionId, member_id: MemberId | None
) -> Submitted | None:
    """The submission as it stands; None where the program (or member, when given) has no such one."""
    with wiring.database.read() as session:
        intake = Intake(session, program_id, utc_now())
        submission = intake.submission(submission_id, member_id=member_id)
        if submission is None:
            return None
        return Submitted(submission, intake.receipts((submission.id,)))
