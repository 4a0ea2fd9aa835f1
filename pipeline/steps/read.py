"""Document bytes to a receipt."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from awarding.post import rejected_data
from awarding.purchase import lookup_keys, purchase_facts
from ocr.document import ReadDefaults, Reading
from pipeline.mail_reading import read_any
from pipeline.steps.artefacts import reading_artefact
from pipeline.steps.base import StageResult
from pipeline.steps.programs import program_of
from pipeline.submit import accept_limits
from pipeline.wiring import Wiring
from receipts.database.repositories.books import Books
from receipts.database.repositories.intake import Intake
from receipts.database.repositories.work import Work, WorkItem
from receipts.errors import Rejection
from receipts.identity import Sha256
from receipts.message import MessageType
from receipts.state import ReceiptState


def read_stage(wiring: Wiring, item: WorkItem) -> StageResult:
    """Read the stored original; a document that holds several receipts gets a row for each."""
    program = program_of(wiring, item.program_id)
    data = wiring.store.read_bytes(item.file_sha256)
    readings = read_any(
        data,
        item.media_type,
        engine=wiring.load_engine,
        defaults=ReadDefaults(currency=program.currency),
        limits=accept_limits(wiring),
    )
    if isinstance(readings, Rejection):
        return _rejected(readings)
    pictures = [_keep_picture(wiring, reading) for reading in readings]

    def further(session: Session, item: WorkItem, now: datetime) -> None:
        intake, work = Intake(session, item.program_id, now), Work(session, now)
        intake.add_lookups(item.receipt_id, lookup_keys(purchase_facts(readings[0].receipt)))
        for part, (reading, picture) in enumerate(zip(readings[1:], pictures[1:], strict=True), start=1):
            sibling = intake.add_sibling(item.receipt_id, part=part, picture=picture)
            intake.add_lookups(sibling, lookup_keys(purchase_facts(reading.receipt)))
            work.add_artefact(sibling, reading_artefact(reading))
            work.ring(item.program_id, sibling)

    return StageResult(
        ReceiptState.READ,
        reading_artefact(readings[0]),
        columns={"picture_sha256": pictures[0]},
        further=further,
    )


def _keep_picture(wiring: Wiring, reading: Reading) -> Sha256 | None:
    return None if reading.picture_jpeg is None else wiring.store.put_bytes(reading.picture_jpeg)


def _rejected(rejection: Rejection) -> StageResult:
    def tell(session: Session, item: WorkItem, now: datetime) -> None:
        data = rejected_data(
            receipt_id=item.receipt_id,
            submission_id=item.submission_id,
            channel=item.channel,
            rejection=rejection,
        )
        Books(session, item.program_id, now).send(item.member_id, MessageType.RECEIPT_REJECTED, data)

    return StageResult(
        ReceiptState.REJECTED,
        None,
        columns={
            "rejection_code": rejection.reason.value,
            "rejection_detail": rejection.detail,
            "points": 0,
        },
        further=tell,
    )
