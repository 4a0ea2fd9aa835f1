"""The way in, the same for every channel: store first, judge, then one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from awarding.post import rejected_data
from ingest.accept import UPLOAD_TYPES, AcceptLimits, accept
from pipeline.clock import utc_now
from pipeline.traces import NOWHERE, Client, client_traces
from pipeline.wiring import Wiring
from receipts.database.repositories.books import Books
from receipts.database.repositories.intake import Intake, NewReceipt, Shot, StoredReceipt
from receipts.database.repositories.programs import ProgramData
from receipts.database.repositories.retention import give_up
from receipts.database.repositories.traces import Traces
from receipts.database.repositories.work import Work
from receipts.errors import Rejection, RejectionReason
from receipts.files import Store
from receipts.identity import MemberId, ProgramId, Sha256, SubmissionId, new_submission_id
from receipts.image import IMAGE_TYPES
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
    """What came of it: a receipt for each file, or one of all; some perhaps rejected at the door."""

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
    together: bool = False,
    backfill: bool = False,
) -> Submitted:
    """Take files in. When this returns, originals and rows are on disk and work has been asked for.

    What `along` writes is committed with the submission or not at all. `together`: the files are photos of
    one receipt that is too long for one. `backfill`: nobody waits for them.

    Raises:
        UnknownMemberError: the program has no such member.
        TransientError: the store or the database did not answer; nothing was taken.
        ValueError: no file.
    """
    if not files:
        raise ValueError("a submission has at least one file")
    with wiring.database.read() as session:
        if not ProgramData(session, program_id).takes_part(member_id):
            raise UnknownMemberError(f"program {program_id} has no member {member_id}")
    new = [judge(wiring, file, wiring.store.of(program_id, member_id)) for file in files]
    if together and len(new) > 1:
        new = [joined(new)]
    try:
        with wiring.database.write() as session:
            submitted = enter(
                session,
                program_id=program_id,
                member_id=member_id,
                channel=channel,
                new=new,
                traces=client_traces(wiring, program_id, client),
                backfill=backfill,
            )
            along(session, submitted)
    except UnknownMemberError:
        with wiring.database.write() as session:
            give_up(session, utc_now(), _files_of(new))
        raise
    return submitted


def _files_of(new: Sequence[NewReceipt]) -> list[Sha256 | None]:
    return [each.sha256 for each in new] + [shot.sha256 for each in new for shot in each.further]


def enter(
    session: Session,
    *,
    program_id: ProgramId,
    member_id: MemberId,
    channel: Channel,
    new: Sequence[NewReceipt],
    received_at: datetime | None = None,
    traces: Sequence[Trace] = (),
    backfill: bool = False,
) -> Submitted:
    """Write a submission of files that the door has judged, and ring for those that passed.

    `received_at` is when the mail or text came in, where that was before now; `traces` say from where.

    Raises:
        UnknownMemberError: the member was erased meanwhile.
    """
    now = utc_now()
    kept = Traces(session, program_id)
    kept.take_turns(member_id, traces)
    if not ProgramData(session, program_id).takes_part(member_id, hold=True):
        raise UnknownMemberError(f"program {program_id} has no member {member_id}")
    submission = Submission(new_submission_id(), program_id, member_id, channel, received_at or now)
    intake, work, books = (
        Intake(session, program_id, now),
        Work(session, now),
        Books(session, program_id, now),
    )
    added = tuple(zip(intake.add(submission, list(new), backfill=backfill), new, strict=True))
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


def judge(wiring: Wiring, file: IncomingFile, store: Store) -> NewReceipt:
    """Put the file into the store, as one of its sender's, then let the door judge it."""
    if file.path is None:
        limit = wiring.settings.max_upload_bytes
        ran_over = Rejection(RejectionReason.TOO_LARGE, f"more than {limit} bytes")
        return NewReceipt(file.name, file.size_bytes, None, ran_over)
    # The original is stored before anything parses it: whatever happens next, it is not lost.
    sha256 = store.put_file(file.path)
    outcome = accept(file.path, limits=accept_limits(wiring), allowed=UPLOAD_TYPES)
    return NewReceipt(file.name, file.size_bytes, sha256, outcome)


def joined(shots: Sequence[NewReceipt]) -> NewReceipt:
    """Several photos as the one receipt that they show; refused whole where one of them cannot be used.

    The photos that can be are stored all the same, and the one that cannot is named.
    """
    stored = [
        Shot(each.file_name, each.size_bytes, each.sha256, each.outcome.media_type)
        for each in shots
        if each.sha256 is not None and not isinstance(each.outcome, Rejection)
    ]
    refused = next((each for each in shots if isinstance(each.outcome, Rejection)), None)
    if refused is not None:
        return replace(refused, further=tuple(stored))
    first = shots[0]
    apart = next((each.file_name for each in stored if each.media_type not in IMAGE_TYPES), None)
    if apart is not None:
        told = Rejection(RejectionReason.SHOTS_APART, "only photos can be parts of one receipt")
        return replace(first, file_name=apart, outcome=told, further=tuple(stored[1:]))
    return replace(first, further=tuple(stored[1:]))


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
