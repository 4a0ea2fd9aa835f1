"""All that a decision on a held receipt is made from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from pipeline.clock import utc_now
from pipeline.said_elsewhere import as_said
from pipeline.snapshots import Basis
from pipeline.steps.artefacts import (
    DECISION,
    MATCHING,
    READING,
    SCREENING,
    Matching,
    decision_from,
    load,
    matching_from,
    purchase_keys_from,
    receipt_from,
    screening_from,
)
from pipeline.steps.compared import Compared, compared_from
from pipeline.steps.settle import UNNAMED_PURCHASE, Subject
from pipeline.wiring import Wiring
from receipts.award import Decision
from receipts.database.repositories.cases import ReviewCase
from receipts.database.repositories.reviews import Reviews
from receipts.database.tables import ReceiptRow, SubmissionRow
from receipts.fraud import Screening
from receipts.identity import MemberId, ProgramId, ReceiptId, ReviewCaseId, Sha256, SubmissionId
from receipts.receipt import Receipt
from receipts.submission import Channel


@dataclass(frozen=True, slots=True)
class NoSuchCase:
    """The program has no such case."""


@dataclass(frozen=True, slots=True)
class DecidedBefore:
    """Somebody decided it before."""

    status: str


@dataclass(frozen=True, slots=True)
class SentReceipt:
    """What the program's history is asked about a held receipt."""

    receipt_id: ReceiptId
    number: int
    program_id: ProgramId
    submission_id: SubmissionId
    member_id: MemberId
    file_sha256: Sha256
    part: int
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """All that a reviewer's decision is made from.

    Attributes:
        matching: with what was said of its lines on other photos of the purchase.
        taken_over: whether any of that is not kept with the receipt yet.
    """

    case: ReviewCase
    sent: SentReceipt
    subject: Subject
    purchase_keys: tuple[str, ...]
    receipt: Receipt
    matching: Matching
    screening: Screening
    compared: Compared
    before: Decision
    basis: Basis
    taken_over: bool = False


def look_up(
    wiring: Wiring, program_id: ProgramId, case_id: ReviewCaseId
) -> Held | NoSuchCase | DecidedBefore:
    """All that a decision on an open case is made from."""
    with wiring.database.read() as session:
        case = Reviews(session, program_id, utc_now()).find(case_id)
        if case is None:
            return NoSuchCase()
        if case.status != "open":
            return DecidedBefore(case.status)
        row, channel = session.execute(
            select(ReceiptRow, SubmissionRow.channel)
            .join(SubmissionRow, SubmissionRow.id == ReceiptRow.submission_id)
            .where(ReceiptRow.id == case.receipt_id)
        ).one()
    reading, matching, screening, decision = load(
        wiring, case.receipt_id, READING, MATCHING, SCREENING, DECISION
    )
    receipt, keys = receipt_from(reading), purchase_keys_from(screening, row.purchase_key or UNNAMED_PURCHASE)
    kept = matching_from(matching)
    with wiring.database.read() as session:
        said = as_said(session, program_id, case.receipt_id, keys, receipt, kept)
    return Held(
        case=case,
        subject=Subject(
            program_id=program_id,
            member_id=MemberId(row.member_id),
            receipt_id=case.receipt_id,
            submission_id=SubmissionId(row.submission_id),
            channel=Channel(channel),
            purchase_key=row.purchase_key or UNNAMED_PURCHASE,
        ),
        purchase_keys=keys,
        sent=SentReceipt(
            receipt_id=case.receipt_id,
            number=row.number,
            program_id=program_id,
            submission_id=SubmissionId(row.submission_id),
            member_id=MemberId(row.member_id),
            file_sha256=Sha256(row.file_sha256 or ""),
            part=row.part,
            received_at=row.received_at,
        ),
        receipt=receipt,
        matching=said,
        screening=screening_from(screening),
        compared=compared_from(screening),
        before=decision_from(decision),
        basis=Basis(reading.revision, matching.revision),
        taken_over=said != kept,
    )
