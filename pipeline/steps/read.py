"""Document bytes to a receipt."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from awarding.post import rejected_data
from ocr.document import ReadDefaults
from pipeline.clock import utc_now
from pipeline.confined import CONFINED
from pipeline.long_receipt import read_together
from pipeline.mail_reading import read_parts
from pipeline.part_read import PartRead
from pipeline.read_again import new_parts
from pipeline.retailer_facts import own_chains
from pipeline.steps.artefacts import reading_artefact
from pipeline.steps.base import StageResult
from pipeline.steps.looked import LookedAt, looked_at
from pipeline.steps.programs import program_of
from pipeline.submit import accept_limits
from pipeline.wiring import Wiring
from receipts.database.repositories.books import Books
from receipts.database.repositories.intake import Intake, stored_name
from receipts.database.repositories.traces import Traces
from receipts.database.repositories.work import Work, WorkItem
from receipts.errors import Rejection
from receipts.identity import ReceiptId
from receipts.image import MediaType
from receipts.message import MessageType
from receipts.program import Program
from receipts.state import ReceiptState
from receipts.traces import TraceKind


def read_stage(wiring: Wiring, item: WorkItem) -> StageResult:
    """Read the stored original; a document that holds several receipts gets a row for each.

    So does a file in a mail that cannot be used: whoever sent it is told of it by its name.
    """
    program = program_of(wiring, item.program_id)
    data = wiring.store.read_bytes(item.file_sha256)
    parts = _parts(wiring, item, program, data)
    new = new_parts(wiring, item, parts)
    own = (data, item.media_type)
    first, *rest = (
        looked_at(wiring, item.program_id, item.member_id, part, file=None if number else own)
        for number, part in enumerate(new.parts)
    )
    reading = first.part.outcome
    if isinstance(reading, Rejection):
        return _rejected(first, reading, rest, new.first_part)

    def further(session: Session, item: WorkItem, now: datetime) -> None:
        first.file(session, item.program_id, Intake(session, item.program_id, now), item.receipt_id)
        Traces(session, item.program_id).keep([item.receipt_id], first.cards)
        _add_rest(session, item, now, rest, new.first_part)

    return StageResult(
        ReceiptState.READ,
        reading_artefact(
            reading, original=first.part.original, found=first.found, within=_within(item, first.part)
        ),
        columns={"picture_sha256": first.picture, "part": new.first_part},
        further=further,
    )


def _parts(wiring: Wiring, item: WorkItem, program: Program, data: bytes) -> tuple[PartRead, ...]:
    """What the original holds, or what it shows together with further photos of the same paper."""
    with wiring.database.read() as session:
        shots = Intake(session, item.program_id, utc_now()).shots(item.receipt_id)
        said = own_chains(session, item.program_id)
    defaults = ReadDefaults(
        currency=program.currency,
        chains=wiring.settings.chains_file,
        own_chains=said,
        locales=wiring.settings.locales_dir,
    )
    if not shots:
        limits, engine = accept_limits(wiring), wiring.load_engine
        return read_parts(
            data, item.media_type, engine=engine, defaults=defaults, limits=limits, opening=CONFINED
        )
    files = [(wiring.store.read_bytes(shot.sha256), shot.media_type) for shot in shots]
    return read_together(
        [(data, item.media_type), *files], engine=wiring.load_engine, defaults=defaults, opening=CONFINED
    )


def _within(item: WorkItem, part: PartRead) -> tuple[str, str] | None:
    """The file in a mail, so that its picture is found in the mail again."""
    file = part.source.file
    if item.media_type is not MediaType.EMAIL or file is None or file.is_body:
        return None
    return hashlib.sha256(file.data).hexdigest(), file.media_type.value


def _add_rest(
    session: Session, item: WorkItem, now: datetime, rest: Sequence[LookedAt], first_part: int
) -> None:
    """A row for each further part: one that was read goes on its way, one that was refused ends here."""
    if not rest:
        return
    intake, work = Intake(session, item.program_id, now), Work(session, now)
    traces = Traces(session, item.program_id)
    from_where = [trace for trace in traces.of(item.number) if trace.kind is not TraceKind.CARD]
    traces.take_turns(item.member_id, from_where)
    for number, looked in enumerate(rest, first_part + 1):
        part = looked.part
        if isinstance(part.outcome, Rejection):
            refused = intake.add_refused(
                item.receipt_id, part=number, file_name=part.name, rejection=part.outcome
            )
            _tell_core(session, item, now, refused, part.outcome)
            continue
        sibling = intake.add_sibling(item.receipt_id, part=number, picture=looked.picture)
        looked.file(session, item.program_id, intake, sibling)
        traces.keep([sibling], [*from_where, *looked.cards])
        work.add_artefact(
            sibling,
            reading_artefact(
                part.outcome, original=part.original, found=looked.found, within=_within(item, part)
            ),
        )
        work.ring(item.program_id, sibling)


def _rejected(
    first: LookedAt, rejection: Rejection, rest: Sequence[LookedAt], first_part: int
) -> StageResult:
    def further(session: Session, item: WorkItem, now: datetime) -> None:
        first.file(session, item.program_id, Intake(session, item.program_id, now), item.receipt_id)
        _add_rest(session, item, now, rest, first_part)
        _tell_core(session, item, now, item.receipt_id, rejection)
        Traces(session, item.program_id).forget(item.number)

    columns: dict[str, object] = {
        "rejection_code": rejection.reason.value,
        "rejection_detail": rejection.detail,
        "points": 0,
        "part": first_part,
    }
    if first.part.name:  # it was this file of the mail, which is a file like any other then
        columns |= {"file_name": stored_name(first.part.name), "media_type": None}
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
