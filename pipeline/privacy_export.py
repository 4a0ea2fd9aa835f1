"""All that is kept of one member, as JSON beside the files as they came."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import DeclarativeBase, Session

from pipeline.clock import utc_now
from pipeline.wiring import Wiring
from receipts.database.repositories.work import Work
from receipts.database.tables import (
    AccountRow,
    ActivityRow,
    BroughtBalanceRow,
    BroughtEventRow,
    BroughtTierRow,
    GiftRow,
    InboundRow,
    LedgerEntryRow,
    LineAnswerRow,
    LineObjectionRow,
    LinkedAddressRow,
    MemberBadgeRow,
    MemberFactsRow,
    MemberOriginRow,
    MemberPurchaseRow,
    MemberRow,
    MemberTierRow,
    MessageRow,
    OutgoingRow,
    ReceiptRow,
    ReceiptShotRow,
    RedemptionRow,
    ReturnRow,
    SecretAddressRow,
    SubmissionRow,
    TraceRow,
    UploadRow,
    WithdrawalRow,
)
from receipts.files import AlteredFileError, MissingFileError
from receipts.identity import MemberId, ProgramId, ReceiptId, Sha256

VERSION = 1
"""Of the document's shape."""

_INNER = frozenset(
    {
        *("number", "lease_owner", "lease_until", "not_before", "swept_at", "attempts", "updated_at"),
        *("password_hash", "fingerprint", "key", "raw_sha256", "picture_sha256", "report_id", "source_key"),
        *("member_id", "program_id", "message_sequence", "feed_position"),
    }
)
"""Columns that say nothing of the member: how the work is done."""


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file as the member sent it.

    Attributes:
        name: in the archive; ours, never the sender's.
    """

    name: str
    sha256: Sha256


@dataclass(frozen=True, slots=True)
class MemberExport:
    """All that is kept of a member.

    Attributes:
        document: JSON values only, a list for each kind of thing.
        files: the originals that are still kept.
    """

    member_id: MemberId
    made_at: datetime
    document: dict[str, Any]
    files: tuple[ExportedFile, ...]


_OF_MEMBER: tuple[tuple[str, type[DeclarativeBase]], ...] = (
    ("accounts", AccountRow),
    ("linked_addresses", LinkedAddressRow),
    ("secret_addresses", SecretAddressRow),
    ("facts", MemberFactsRow),
    ("submissions", SubmissionRow),
    ("purchases", MemberPurchaseRow),
    ("points", LedgerEntryRow),
    ("activities", ActivityRow),
    ("redemptions", RedemptionRow),
    ("gifts", GiftRow),
    ("returns", ReturnRow),
    ("tiers", MemberTierRow),
    ("badges", MemberBadgeRow),
    ("answers_about_lines", LineAnswerRow),
    ("objections_to_lines", LineObjectionRow),
    ("withdrawals", WithdrawalRow),
    ("brought_over_from", MemberOriginRow),
    ("points_brought_over", BroughtBalanceRow),
    ("tier_brought_over", BroughtTierRow),
    ("what_happened_there", BroughtEventRow),
    ("traces", TraceRow),
    ("told_to_the_loyalty_service", MessageRow),
)
"""Tables whose rows name the member."""


def gather(wiring: Wiring, *, program_id: ProgramId, member_id: MemberId) -> MemberExport | None:
    """All that is kept of the member; None where there is none, or they were erased."""
    with wiring.database.read() as session:
        member = session.scalar(
            select(MemberRow).where(
                MemberRow.program_id == program_id,
                MemberRow.id == member_id,
                MemberRow.erased_at.is_(None),
            )
        )
        if member is None:
            return None
        made_at = utc_now()
        document: dict[str, Any] = {
            "version": VERSION,
            "made_at": made_at.isoformat(),
            "program": program_id,
            "member": {
                "id": member.id,
                "name": member.name,
                "language": member.language,
                "joined_at": member.joined_at.isoformat(),
            },
        }
        for name, table in _OF_MEMBER:
            document[name] = _rows_of(session, table, program_id, member_id)
        document["unfinished_uploads"] = _uploads(session, program_id, member_id)
        receipts, files = _receipts(session, program_id, member_id)
        inbound, raws = _inbound(session, program_id, member_id)
        document["receipts"], document["mails_and_texts"] = receipts, inbound
        document["sent_to_the_member"] = _outgoing(session, program_id, member_id)
    known: dict[Sha256, ExportedFile] = {}
    for each in (*files, *raws):
        known.setdefault(each.sha256, each)
    return MemberExport(member_id, made_at, document, tuple(known.values()))


def write_archive(wiring: Wiring, export: MemberExport, into: IO[bytes]) -> int:
    """Write the export as a ZIP archive; how many files are in it beside `data.json`.

    A file that retention has removed since is left out.

    Raises:
        TransientError: the store did not answer.
    """
    written = 0
    with zipfile.ZipFile(into, "w", compression=zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(export.document, ensure_ascii=False, indent=2))
        for each in export.files:
            try:
                data = wiring.store.read_bytes(each.sha256)
            except (MissingFileError, AlteredFileError):
                continue
            archive.writestr(f"files/{each.name}", data)
            written += 1
    return written


def _rows_of(
    session: Session, table: type[DeclarativeBase], program_id: ProgramId, member_id: MemberId
) -> list[dict[str, Any]]:
    columns = table.__table__.c
    found = session.execute(
        select(*_told(table)).where(columns.program_id == program_id, columns.member_id == member_id)
    )
    return [_json(dict(row)) for row in found.mappings()]


def _told(table: type[DeclarativeBase]) -> list[ColumnElement[Any]]:
    return [column for column in table.__table__.c if column.name not in _INNER]


def _receipts(
    session: Session, program_id: ProgramId, member_id: MemberId
) -> tuple[list[dict[str, Any]], list[ExportedFile]]:
    told, files = [], []
    work = Work(session, utc_now())
    rows = session.scalars(
        select(ReceiptRow)
        .where(ReceiptRow.program_id == program_id, ReceiptRow.member_id == member_id)
        .order_by(ReceiptRow.number)
    )
    for row in rows:
        values = {column.name: getattr(row, column.name) for column in _told(ReceiptRow)}
        read = work.artefact(ReceiptId(row.id), "reading")
        decided = work.artefact(ReceiptId(row.id), "decision")
        values["read"] = None if read is None else read.body["receipt"]
        values["decided"] = None if decided is None else decided.body
        if row.file_sha256 is not None and row.files_removed_at is None:
            name = f"{row.id}.{(row.media_type or 'file').rpartition('/')[2]}"
            files.append(ExportedFile(name, Sha256(row.file_sha256)))
            values["file"] = name
        values["further_photos"] = _shots(session, row, files)
        told.append(_json(values))
    return told, files


def _shots(session: Session, receipt: ReceiptRow, files: list[ExportedFile]) -> list[dict[str, Any]]:
    told = []
    for row in session.scalars(
        select(ReceiptShotRow)
        .where(ReceiptShotRow.receipt_id == receipt.id)
        .order_by(ReceiptShotRow.position)
    ):
        values = {column.name: getattr(row, column.name) for column in _told(ReceiptShotRow)}
        if receipt.files_removed_at is None:
            name = f"{row.receipt_id}-{row.position}.{row.media_type.rpartition('/')[2]}"
            files.append(ExportedFile(name, Sha256(row.file_sha256)))
            values["file"] = name
        told.append(_json(values))
    return told


def _uploads(session: Session, program_id: ProgramId, member_id: MemberId) -> list[dict[str, Any]]:
    """Which are on their way; the bytes themselves are with the member still."""
    found = session.execute(
        select(*_told(UploadRow))
        .join(AccountRow, AccountRow.id == UploadRow.account_id)
        .where(UploadRow.program_id == program_id, AccountRow.member_id == member_id)
    )
    return [_json(dict(row)) for row in found.mappings()]


def _inbound(
    session: Session, program_id: ProgramId, member_id: MemberId
) -> tuple[list[dict[str, Any]], list[ExportedFile]]:
    rows = session.scalars(
        select(InboundRow)
        .where(InboundRow.program_id == program_id, InboundRow.member_id == member_id)
        .order_by(InboundRow.number)
    ).all()
    files = [
        ExportedFile(f"{row.id}.{'eml' if row.via == 'email' else 'json'}", Sha256(row.raw_sha256))
        for row in rows
        if row.raw_removed_at is None
    ]
    told = [_json({column.name: getattr(row, column.name) for column in _told(InboundRow)}) for row in rows]
    return told, files


def _outgoing(session: Session, program_id: ProgramId, member_id: MemberId) -> list[dict[str, Any]]:
    inbound = select(InboundRow.id).where(
        InboundRow.program_id == program_id, InboundRow.member_id == member_id
    )
    submissions = select(SubmissionRow.id).where(
        SubmissionRow.program_id == program_id, SubmissionRow.member_id == member_id
    )
    found = session.execute(
        select(*_told(OutgoingRow)).where(
            OutgoingRow.program_id == program_id,
            or_(
                OutgoingRow.asked_by == member_id,
                OutgoingRow.inbound_id.in_(inbound),
                OutgoingRow.submission_id.in_(submissions),
            ),
        )
    )
    return [_json(dict(row)) for row in found.mappings()]


def _json(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(value) for name, value in values.items()}


def _value(value: Any) -> Any:  # noqa: ANN401  (column values)
    return value.isoformat() if isinstance(value, date | datetime) else value
