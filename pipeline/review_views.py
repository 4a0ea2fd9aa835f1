"""What a reviewer sees beside the receipt: the findings with the earlier receipts that they name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline.clock import utc_now
from pipeline.inbox_views import message_of_submission
from pipeline.steps.artefacts import READING, load, original_from, transcript_from
from pipeline.views import ReceiptSummary, ReceiptView, receipt_view, summarise
from pipeline.wiring import Wiring
from receipts.award import HoldReason
from receipts.database.codec import from_json
from receipts.database.repositories.cases import ReviewCase
from receipts.database.repositories.programs import ProgramData
from receipts.database.repositories.reviews import Reviews
from receipts.database.tables import AccountRow, ReceiptRow, ReviewCaseRow
from receipts.fraud import FraudSignal, Weighed
from receipts.identity import MemberId, ProgramId, ReceiptId, ReviewCaseId
from receipts.inbound import InboundMessage


@dataclass(frozen=True, slots=True)
class Related:
    """An earlier receipt that a finding is about.

    Attributes:
        same_member: the member of the case sent it too.
        pictured: there is a picture of it to be shown beside.
    """

    receipt: ReceiptSummary
    member_name: str
    same_member: bool
    pictured: bool


@dataclass(frozen=True, slots=True)
class SignalView:
    """A finding with the earlier receipts that it names.

    Attributes:
        weighed: what it weighs by the policy; None where it is clear, or from before there were weights.
    """

    signal: FraudSignal
    related: tuple[Related, ...]
    weighed: Weighed | None


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case with everything that a decision needs.

    Attributes:
        decided_by: the reviewer's name; empty while open.
        text: what the document says, where it has no picture.
        message: the mail or text that it came by, with the proof of this receipt's own original; None for an
            upload.
    """

    case: ReviewCase
    receipt: ReceiptView
    reasons: tuple[HoldReason, ...]
    signals: tuple[SignalView, ...]
    decided_by: str
    text: str
    message: InboundMessage | None


def hold_reasons(case: ReviewCase) -> tuple[HoldReason, ...]:
    """Why the case was opened."""
    return tuple(from_json(HoldReason, reason) for reason in case.reasons)


def case_view(wiring: Wiring, *, program_id: ProgramId, case_id: ReviewCaseId) -> CaseView | None:
    """The case; None where the program has no such one."""
    with wiring.database.read() as session:
        case = Reviews(session, program_id, utc_now()).find(case_id)
    if case is None:
        return None
    receipt = receipt_view(wiring, program_id=program_id, receipt_id=case.receipt_id)
    if receipt is None:
        raise LookupError(f"case {case_id} names receipt {case.receipt_id}, which is not there")
    signals = () if receipt.screening is None else receipt.screening.signals
    weighed = {} if receipt.screening is None else {each.check: each for each in receipt.screening.weighed}
    with wiring.database.read() as session:
        named = [each for signal in signals for each in signal.related]
        related = _related(session, program_id, named, of=receipt.member_id)
        decided_by = session.scalar(
            select(AccountRow.name)
            .join(ReviewCaseRow, ReviewCaseRow.decided_by == AccountRow.id)
            .where(ReviewCaseRow.id == case_id, AccountRow.program_id == program_id)
        )
    return CaseView(
        case=case,
        receipt=receipt,
        reasons=hold_reasons(case),
        signals=tuple(
            SignalView(
                signal,
                tuple(related[each] for each in signal.related if each in related),
                weighed.get(signal.check),
            )
            for signal in signals
        ),
        decided_by=decided_by or "",
        text="" if receipt.picture_sha256 is not None else read_text(wiring, case.receipt_id),
        message=_message(wiring, program_id, receipt),
    )


def _message(wiring: Wiring, program_id: ProgramId, receipt: ReceiptView) -> InboundMessage | None:
    """The message, with the proof of that original in it which the receipt was read from."""
    message = message_of_submission(wiring, program_id=program_id, submission_id=receipt.submission_id)
    if message is None or message.sent_by is None:
        return message
    (reading,) = load(wiring, receipt.id, READING)
    return replace(message, sent_by=message.sent_by.of(original_from(reading)))


def read_text(wiring: Wiring, receipt_id: ReceiptId) -> str:
    """What the document says, as it was read.

    Raises:
        MissingArtefactError: it has not been read.
    """
    (reading,) = load(wiring, receipt_id, READING)
    return transcript_from(reading).text


def _related(
    session: Session, program_id: ProgramId, ids: Sequence[ReceiptId], *, of: MemberId
) -> dict[ReceiptId, Related]:
    rows = session.scalars(
        select(ReceiptRow).where(ReceiptRow.program_id == program_id, ReceiptRow.id.in_(ids))
    )
    members = ProgramData(session, program_id)
    return {
        ReceiptId(row.id): Related(
            receipt=summarise(session, row),
            member_name=members.member_name(MemberId(row.member_id)) or "",
            same_member=row.member_id == of,
            pictured=row.picture_sha256 is not None,
        )
        for row in rows.all()
    }


def count_waiting(wiring: Wiring, *, program_id: ProgramId) -> int:
    """How many cases wait."""
    with wiring.database.read() as session:
        return Reviews(session, program_id, utc_now()).count_open()


def next_case(wiring: Wiring, *, program_id: ProgramId, after: int) -> ReviewCaseId | None:
    """The waiting case after this number, else the oldest of all; None when none waits."""
    with wiring.database.read() as session:
        reviews = Reviews(session, program_id, utc_now())
        found = reviews.open_cases(after=after, limit=1) or reviews.open_cases(after=0, limit=1)
    return found[0].id if found else None
