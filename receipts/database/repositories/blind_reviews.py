"""What was drawn for blind review, and what a person answered who was not told the decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from receipts.database.tables import BlindReviewRow
from receipts.identity import AccountId, BlindReviewId, ProgramId, ReceiptId, new_blind_review_id

PASS, DECLINE = "pass", "decline"
ACCEPT, REFUSE = "accept", "refuse"


@dataclass(frozen=True, slots=True)
class BlindReview:
    """One drawn receipt.

    Attributes:
        decided: ``pass`` or ``decline``: what the machine made of it, which the reviewer is not told.
        answer: ``accept`` or ``refuse``; empty while it waits.
    """

    number: int
    id: BlindReviewId
    receipt_id: ReceiptId
    decided: str
    drawn_at: datetime
    answer: str
    note: str

    @property
    def agrees(self) -> bool:
        """Whether the person answered as the machine decided."""
        return (self.decided == PASS) == (self.answer == ACCEPT)


class BlindReviews:
    """One program's."""

    def __init__(self, session: Session, program_id: ProgramId, now: datetime) -> None:
        self._session = session
        self._program_id = program_id
        self._now = now

    def draw(self, receipt_id: ReceiptId, *, decided: str, policy_version: int) -> None:
        """Put a receipt among those that wait."""
        self._session.add(
            BlindReviewRow(
                id=new_blind_review_id(),
                program_id=self._program_id,
                receipt_id=receipt_id,
                decided=decided,
                policy_version=policy_version,
                drawn_at=self._now,
                note="",
            )
        )
        self._session.flush()

    def find(self, review_id: BlindReviewId) -> BlindReview | None:
        """The review; None where the program has no such one."""
        row = self._session.scalar(
            select(BlindReviewRow).where(
                BlindReviewRow.id == review_id, BlindReviewRow.program_id == self._program_id
            )
        )
        return None if row is None else _review(row)

    def waiting(self, *, after: int, limit: int) -> tuple[BlindReview, ...]:
        """Those without an answer, oldest first; `after` is the last one's number, 0 to start."""
        rows = self._session.scalars(
            select(BlindReviewRow)
            .where(
                BlindReviewRow.program_id == self._program_id,
                BlindReviewRow.answer.is_(None),
                BlindReviewRow.number > after,
            )
            .order_by(BlindReviewRow.number)
            .limit(limit)
        )
        return tuple(_review(row) for row in rows)

    def disagreed(self, *, limit: int) -> tuple[BlindReview, ...]:
        """Those that were answered against the decision, the latest first."""
        agreed = ((BlindReviewRow.decided == PASS) & (BlindReviewRow.answer == ACCEPT)) | (
            (BlindReviewRow.decided == DECLINE) & (BlindReviewRow.answer == REFUSE)
        )
        rows = self._session.scalars(
            select(BlindReviewRow)
            .where(BlindReviewRow.program_id == self._program_id, BlindReviewRow.answer.is_not(None), ~agreed)
            .order_by(BlindReviewRow.number.desc())
            .limit(limit)
        )
        return tuple(_review(row) for row in rows)

    def answer(self, review_id: BlindReviewId, *, accept: bool, reviewer: AccountId, note: str) -> bool:
        """Answer once; False where somebody has."""
        moved = self._session.execute(
            update(BlindReviewRow)
            .where(
                BlindReviewRow.id == review_id,
                BlindReviewRow.program_id == self._program_id,
                BlindReviewRow.answer.is_(None),
            )
            .values(
                answer=ACCEPT if accept else REFUSE,
                answered_by=reviewer,
                answered_at=self._now,
                note=note,
            )
            .returning(BlindReviewRow.id)
        )
        return moved.scalar() is not None

    def counts(self) -> dict[tuple[str, str], int]:
        """How many by decision and answer; an empty answer for those that wait."""
        rows = self._session.execute(
            select(BlindReviewRow.decided, BlindReviewRow.answer, func.count())
            .where(BlindReviewRow.program_id == self._program_id)
            .group_by(BlindReviewRow.decided, BlindReviewRow.answer)
        )
        return {(decided, answer or ""): count for decided, answer, count in rows}


def _review(row: BlindReviewRow) -> BlindReview:
    return BlindReview(
        number=row.number,
        id=BlindReviewId(row.id),
        receipt_id=ReceiptId(row.receipt_id),
        decided=row.decided,
        drawn_at=row.drawn_at,
        answer=row.answer or "",
        note=row.note,
    )
