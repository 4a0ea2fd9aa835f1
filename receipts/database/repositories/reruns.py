"""Messages that someone of the team had run again, and what of submissions could not be used."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from receipts.database.tables import InboundRerunRow, ReceiptRow
from receipts.identity import AccountId, InboundId, ProgramId, ReceiptId, Sha256, SubmissionId
from receipts.inbound import Rerun
from receipts.state import UNFINISHED, ReceiptState


@dataclass(frozen=True, slots=True)
class Refused:
    """Why receipts of a submission were rejected.

    Attributes:
        codes: of the reasons, each once.
        whole: every receipt of it was.
    """

    codes: tuple[str, ...]
    whole: bool


def refused_of(
    session: Session, program_id: ProgramId, submissions: Collection[SubmissionId]
) -> dict[SubmissionId, Refused]:
    """Of these submissions those with a rejected receipt, and no other that is still on its way."""
    rows = session.execute(
        select(ReceiptRow.submission_id, ReceiptRow.state, ReceiptRow.rejection_code)
        .where(ReceiptRow.program_id == program_id, ReceiptRow.submission_id.in_(set(submissions)))
        .order_by(ReceiptRow.number)
    ).all()
    under_way = {row.submission_id for row in rows if ReceiptState(row.state) in UNFINISHED}
    used = {row.submission_id for row in rows if row.state != ReceiptState.REJECTED.value}
    found: dict[SubmissionId, dict[str, None]] = {}
    for row in rows:
        if row.state == ReceiptState.REJECTED.value and row.submission_id not in under_way:
            found.setdefault(SubmissionId(row.submission_id), {})[row.rejection_code or ""] = None
    return {each: Refused(tuple(codes), whole=each not in used) for each, codes in found.items()}


@dataclass(frozen=True, slots=True)
class Used:
    """A receipt that the message became before it was run again, and that stays.

    Attributes:
        part: of its file, as in `receipts.part`.
    """

    receipt_id: ReceiptId
    submission_id: SubmissionId
    file_sha256: Sha256
    part: int


def used_before(
    session: Session, program_id: ProgramId, inbound_id: InboundId, *, but: SubmissionId | None = None
) -> tuple[Used, ...]:
    """What the message became when it was taken in earlier and was not refused, the first ones first."""
    earlier = (
        select(InboundRerunRow.submission_id)
        .where(InboundRerunRow.inbound_id == inbound_id, InboundRerunRow.program_id == program_id)
        .scalar_subquery()
    )
    rows = session.scalars(
        select(ReceiptRow)
        .where(
            ReceiptRow.program_id == program_id,
            ReceiptRow.submission_id.in_(earlier),
            ReceiptRow.submission_id != (but or ""),
            ReceiptRow.state != ReceiptState.REJECTED.value,
        )
        .order_by(ReceiptRow.number)
    )
    return tuple(
        Used(ReceiptId(row.id), SubmissionId(row.submission_id), Sha256(row.file_sha256), row.part)
        for row in rows
        if row.file_sha256
    )


def reruns_of(session: Session, program_id: ProgramId, inbound_id: InboundId) -> tuple[Rerun, ...]:
    """When someone of the team had the message run again, oldest first."""
    rows = session.scalars(
        select(InboundRerunRow)
        .where(InboundRerunRow.inbound_id == inbound_id, InboundRerunRow.program_id == program_id)
        .order_by(InboundRerunRow.number)
    )
    return tuple(
        Rerun(
            AccountId(row.asked_by) if row.asked_by else None,
            None if row.submission_id is None else SubmissionId(row.submission_id),
            row.at,
        )
        for row in rows
    )
