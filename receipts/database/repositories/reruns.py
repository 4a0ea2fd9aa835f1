"""Messages that someone of the team had run again, and submissions of which nothing could be used."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from receipts.database.tables import InboundRerunRow, ReceiptRow
from receipts.identity import AccountId, InboundId, ProgramId, SubmissionId
from receipts.inbound import Rerun
from receipts.state import ReceiptState


def all_refused(
    session: Session, program_id: ProgramId, submissions: Collection[SubmissionId]
) -> dict[SubmissionId, tuple[str, ...]]:
    """Of these submissions those whose every receipt was rejected, with the codes of why, each once."""
    rows = session.execute(
        select(ReceiptRow.submission_id, ReceiptRow.state, ReceiptRow.rejection_code)
        .where(ReceiptRow.program_id == program_id, ReceiptRow.submission_id.in_(set(submissions)))
        .order_by(ReceiptRow.number)
    ).all()
    alive = {row.submission_id for row in rows if row.state != ReceiptState.REJECTED.value}
    found: dict[SubmissionId, dict[str, None]] = {}
    for row in rows:
        if row.submission_id not in alive:
            found.setdefault(SubmissionId(row.submission_id), {})[row.rejection_code or ""] = None
    return {submission_id: tuple(codes) for submission_id, codes in found.items()}


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
