"""Read models of a member's submissions and of the points still waiting for a person."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from pipeline.clock import utc_now
from pipeline.views import ReceiptSummary, summarise
from pipeline.wiring import Wiring
from receipts.database.repositories.intake import Intake
from receipts.database.tables import ReceiptRow, ReviewCaseRow
from receipts.identity import MemberId, ProgramId, SubmissionId
from receipts.money import Points
from receipts.state import UNFINISHED, ReceiptState
from receipts.submission import Submission


@dataclass(frozen=True, slots=True)
class SubmissionView:
    """A submission with its receipts in the order sent."""

    submission: Submission
    receipts: tuple[ReceiptSummary, ...]

    @property
    def moving(self) -> bool:
        """True while a worker still has something to do."""
        return any(receipt.state in UNFINISHED for receipt in self.receipts)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A member's held receipts: how many, and what they would pay if all were approved."""

    receipts: int
    points: Points


def submission_view(
    wiring: Wiring, *, program_id: ProgramId, submission_id: SubmissionId, member_id: MemberId | None
) -> SubmissionView | None:
    """The submission; None where the program (or the member, when given) has no such one."""
    with wiring.database.read() as session:
        submission = Intake(session, program_id, utc_now()).submission(submission_id, member_id=member_id)
        if submission is None:
            return None
        rows = session.scalars(
            select(ReceiptRow)
            .where(ReceiptRow.program_id == program_id, ReceiptRow.submission_id == submission.id)
            .order_by(ReceiptRow.number)
        )
        return SubmissionView(submission, tuple(summarise(session, row) for row in rows))


def submission_page(
    wiring: Wiring, *, program_id: ProgramId, member_id: MemberId, before: int | None, limit: int
) -> tuple[tuple[SubmissionView, ...], int | None]:
    """The member's submissions, newest first, with the next page's cursor; None at the end."""
    with wiring.database.read() as session:
        found = Intake(session, program_id, utc_now()).submissions(member_id, before=before, limit=limit + 1)
        page = found[:limit]
        rows = session.scalars(
            select(ReceiptRow)
            .where(
                ReceiptRow.program_id == program_id,
                ReceiptRow.submission_id.in_([submission.id for _, submission in page]),
            )
            .order_by(ReceiptRow.number)
        )
        receipts = [summarise(session, row) for row in rows]
    views = tuple(
        SubmissionView(each, tuple(row for row in receipts if row.submission_id == each.id))
        for _, each in page
    )
    return views, page[-1][0] if len(found) > limit else None


def waiting(wiring: Wiring, *, program_id: ProgramId, member_id: MemberId) -> Waiting:
    """What waits for a person."""
    with wiring.database.read() as session:
        count, points = session.execute(
            select(func.count(), func.coalesce(func.sum(ReviewCaseRow.would_pay), 0))
            .join(ReceiptRow, ReceiptRow.id == ReviewCaseRow.receipt_id)
            .where(
                ReceiptRow.program_id == program_id,
                ReceiptRow.member_id == member_id,
                ReceiptRow.state == ReceiptState.HELD.value,
                ReviewCaseRow.status == "open",
            )
        ).one()
    return Waiting(int(count), Points(int(points)))
