"""The reviewers' desk: which case next, who works on it, and the log of all that was seen and done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session

from receipts.database.repositories.cases import ReviewCase, case_of_row, free_for, undecided
from receipts.database.tables import AccountRow, ReviewCaseRow, ReviewEventRow
from receipts.identity import AccountId, ProgramId, ReviewCaseId


class Order(Enum):
    """Which case comes first."""

    AGE = "age"
    """Oldest first."""
    VALUE = "value"
    """What pays most first."""
    RISK = "risk"
    """The riskiest first."""


class Show(Enum):
    """Which cases are shown."""

    ALL = "all"
    FREE = "free"
    """Those that nobody else works on."""
    MINE = "mine"
    LATE = "late"
    """Those whose time is up, or about to be."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One view of the queue.

    Attributes:
        opened_before: of what is late.
        least_points: that approval would pay.
    """

    order: Order = Order.AGE
    show: Show = Show.ALL
    least_points: int = 0


@dataclass(frozen=True, slots=True)
class ReviewEvent:
    """One line of the log."""

    number: int
    case_id: ReviewCaseId
    account_id: AccountId
    who: str
    kind: str
    detail: dict[str, Any]
    at: datetime


class Desk:
    """One program's queue of review cases."""

    def __init__(self, session: Session, program_id: ProgramId, now: datetime) -> None:
        self._session = session
        self._program_id = program_id
        self._now = now

    def waiting(
        self, wanted: Wanted, *, viewer: AccountId, late_since: datetime, after: int, limit: int
    ) -> tuple[ReviewCase, ...]:
        """Open cases in the wanted order; `after` is the number of the last one shown, 0 to start."""
        query = select(ReviewCaseRow).where(
            ReviewCaseRow.program_id == self._program_id, ReviewCaseRow.status == "open", undecided()
        )
        if wanted.least_points:
            query = query.where(ReviewCaseRow.would_pay >= wanted.least_points)
        if wanted.show is Show.FREE:
            query = query.where(free_for(viewer, self._now))
        elif wanted.show is Show.MINE:
            query = query.where(ReviewCaseRow.claimed_by == viewer, ReviewCaseRow.claimed_until > self._now)
        elif wanted.show is Show.LATE:
            query = query.where(ReviewCaseRow.opened_at < late_since)
        if after:
            query = query.where(self._beyond(wanted.order, after))
        # Equal ones newest first, so that one index is read backwards from one end to the other.
        orders = {
            Order.AGE: (ReviewCaseRow.number,),
            Order.VALUE: (ReviewCaseRow.would_pay.desc(), ReviewCaseRow.number.desc()),
            Order.RISK: (ReviewCaseRow.risk_permille.desc(), ReviewCaseRow.number.desc()),
        }
        rows = self._session.scalars(query.order_by(*orders[wanted.order]).limit(limit))
        return tuple(case_of_row(row) for row in rows)

    def count_late(self, late_since: datetime, *, most: int) -> int:
        """How many waiting cases were opened before that, counted up to `most` from the oldest on."""
        oldest = (
            select(ReviewCaseRow.opened_at)
            .where(ReviewCaseRow.program_id == self._program_id, ReviewCaseRow.status == "open", undecided())
            .order_by(ReviewCaseRow.number)
            .limit(most)
            .subquery()
        )
        late = select(func.count()).select_from(oldest).where(oldest.c.opened_at < late_since)
        return self._session.scalar(late) or 0

    def _beyond(self, order: Order, after: int) -> ColumnElement[bool]:
        if order is Order.AGE:
            return ReviewCaseRow.number > after
        column = ReviewCaseRow.would_pay if order is Order.VALUE else ReviewCaseRow.risk_permille
        last = self._session.scalar(
            select(column).where(ReviewCaseRow.number == after, ReviewCaseRow.program_id == self._program_id)
        )
        if last is None:
            return ReviewCaseRow.number < 0
        return and_(column <= last, or_(column < last, ReviewCaseRow.number < after))

    def claim(self, case_id: ReviewCaseId, account: AccountId, lasts: timedelta) -> bool:
        """Work on an open case from now on; False where another does."""
        moved = self._session.execute(
            update(ReviewCaseRow)
            .where(
                ReviewCaseRow.id == case_id,
                ReviewCaseRow.program_id == self._program_id,
                ReviewCaseRow.status == "open",
                free_for(account, self._now),
                undecided(),
            )
            .values(claimed_by=account, claimed_until=self._now + lasts)
            .returning(ReviewCaseRow.id)
        )
        return moved.scalar() is not None

    def release(self, case_id: ReviewCaseId, account: AccountId) -> bool:
        """Leave a case to others; False where it was not one's own."""
        moved = self._session.execute(
            update(ReviewCaseRow)
            .where(
                ReviewCaseRow.id == case_id,
                ReviewCaseRow.program_id == self._program_id,
                ReviewCaseRow.status == "open",
                ReviewCaseRow.claimed_by == account,
            )
            .values(claimed_by=None, claimed_until=None)
            .returning(ReviewCaseRow.id)
        )
        return moved.scalar() is not None

    def reopen(self, case_id: ReviewCaseId, *, reasons: list[dict[str, Any]]) -> None:
        """Let a decided case wait again, as if it had come now; its log keeps what was decided."""
        self._session.execute(
            update(ReviewCaseRow)
            .where(
                ReviewCaseRow.id == case_id,
                ReviewCaseRow.program_id == self._program_id,
                ReviewCaseRow.status != "open",
            )
            .values(
                status="open",
                reasons=reasons,
                opened_at=self._now,
                decided_at=None,
                decided_by=None,
                note=None,
                claimed_by=None,
                claimed_until=None,
            )
        )

    def note(self, case_id: ReviewCaseId, account: AccountId, kind: str, detail: dict[str, Any]) -> None:
        """Add a line to the log, which nobody can change."""
        self._session.add(
            ReviewEventRow(
                program_id=self._program_id,
                case_id=case_id,
                account_id=account,
                kind=kind,
                detail=detail,
                at=self._now,
            )
        )
        self._session.flush()

    def log(
        self, *, case_id: ReviewCaseId | None = None, before: int = 0, limit: int
    ) -> tuple[ReviewEvent, ...]:
        """The log of the program or of one case, newest first; `before` is the last one's number."""
        query = (
            select(ReviewEventRow, AccountRow.name)
            .join(AccountRow, AccountRow.id == ReviewEventRow.account_id)
            .where(ReviewEventRow.program_id == self._program_id)
        )
        if case_id is not None:
            query = query.where(ReviewEventRow.case_id == case_id)
        if before:
            query = query.where(ReviewEventRow.number < before)
        rows = self._session.execute(query.order_by(ReviewEventRow.number.desc()).limit(limit))
        return tuple(
            ReviewEvent(
                number=row.number,
                case_id=ReviewCaseId(row.case_id),
                account_id=AccountId(row.account_id),
                who=name,
                kind=row.kind,
                detail=row.detail,
                at=row.at,
            )
            for row, name in rows
        )
