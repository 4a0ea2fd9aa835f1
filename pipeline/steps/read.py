"""Document bytes to a receipt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from awarding.post import rejected_data
from awarding.purchase import lookup_keys, purchase_facts
from ocr.document import ReadDefaults, Reading
from pipeline.mail_reading import PartRead, read_parts
from pipeline.steps.artefacts import reading_artefact
from pipeline.steps.base import StageResult
from pipeline.steps.pictures import Examined, examined_picture
from pipeline.steps.programs import program_of
from pipeline.submit import accept_limits
from pipeline.wiring import Wiring
from receipts.database.repositories.books import Books
from receipts.database.repositories.intake import Intake, stored_name
from receipts.database.repositories.work import Work, WorkItem
from receipts.errors import Rejection
from receipts.identity import ReceiptId, Sha256
from receipts.message import MessageType
from receipts.state import ReceiptState


def read_stage(wiring: Wiring, item: WorkItem) -> StageResult:
    """Read the stored original; a document that holds several receipts gets a row for each.

    So does a file in a mail that cannot be used: whoever sent it is told of it by its name.
    """
    program = program_of(wiring, item.program_id)
    data = wiring.store.read_bytes(item.file_sha256)
    parts = read_parts(
        data,
        item.media_type,
        engine=wiring.load_engine,
        defaults=ReadDefaults(
            currency=program.currency,
            chains=wiring.settings.chains_file,
            locales=wiring.settings.locales_dir,
        ),
        limits=accept_limits(wiring),
    )
    first, *rest = parts
    pictures = [_keep_picture(wiring, part.outcome) for part in parts]
    if isinstance(first.outcome, Rejection):
        return _rejected(first, first.outcome, rest)
    reading = first.outcome
    found = [examined_picture(part) for part in parts]

    def further(session: Session, item: WorkItem, now: datetime) -> None:
        intake = Intake(session, item.program_id, now)
        intake.add_lookups(item.receipt_id, lookup_keys(purchase_facts(reading.receipt)))
        _add_rest(session, item, now, rest, pictures[1:], found[1:])

    return StageResult(
        ReceiptState.READ,
        reading_artefact(reading, original=first.original, picture=found[0]),
        columns={"picture_sha256": pictures[0]},
        further=further,
    )


def _add_rest(
    session: Session,
    item: WorkItem,
    now: datetime,
    rest: Sequence[PartRead],
    pictures: Sequence[Sha256 | None],
    found: Sequence[Examined],
) -> None:
    """A row for each further part: one that was read goes on its way, one that was refused ends here."""
    intake, work = Intake(session, item.program_id, now), Work(session, now)
    for number, (part, picture, seen) in enumerate(zip(rest, pictures, found, strict=True), start=1):
        if isinstance(part.outcome, Rejection):
            refused = intake.add_refused(
                item.receipt_id, part=number, file_name=part.name, rejection=part.outcome
            )
            _tell_core(session, item, now, refused, part.outcome)
            continue
        sibling = intake.add_sibling(item.receipt_id, part=number, picture=picture)
        intake.add_lookups(sibling, lookup_keys(purchase_facts(part.outcome.receipt)))
        work.add_artefact(sibling, reading_artefact(part.outcome, original=part.original, picture=seen))
        work.ring(item.program_id, sibling)


def _keep_picture(wiring: Wiring, outcome: Reading | Rejection) -> Sha256 | None:
    if isinstance(outcome, Rejection) or outcome.picture_jpeg is None:
        return None
    return wiring.store.put_bytes(outcome.picture_jpeg)


def _rejected(first: PartRead, rejection: Rejection, rest: Sequence[PartRead]) -> StageResult:
    def further(session: Session, item: WorkItem, now: datetime) -> None:
        _tell_core(session, item, now, item.receipt_id, rejection)
        _add_rest(session, item, now, rest, [None] * len(rest), [None] * len(rest))

    columns: dict[str, object] = {
        "rejection_code": rejection.reason.value,
        "rejection_detail": rejection.detail,
        "points": 0,
    }
    if first.name:  # it was this file of the mail, which is a file like any other then
        columns |= {"file_name": stored_name(first.name), "media_type": None}
    return StageResult(ReceiptState.REJECTED, None, columns=columns, further=further)


def _tell_core(
    session: Session, item: WorkItem, now: datetime, receipt_id: ReceiptId, rejection: Rejection
) -> None:
    data = rejected_data(
        receipt_id=receipt_id,
        submission_id=item.submission_id,
        channel=item.channel,
        rejection=rejection,
    )
    Books(session, item.program_id, now).send(item.member_id, MessageType.RECEIPT_REJECTED, data)
