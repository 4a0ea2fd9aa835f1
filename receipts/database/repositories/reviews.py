"""Review cases and what fraud checks ask about earlier receipts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, func, or_, select, true, union, update
from sqlalchemy.orm import Session

from receipts.database.repositories.cases import ReviewCase, case_of_row, free_for, planned, undecided
from receipts.database.repositories.withdrawals import Withdrawals
from receipts.database.tables import (
    PlannedDecisionRow,
    PurchaseLookupRow,
    ReceiptRow,
    ReceiptShotRow,
    ReviewCaseRow,
)
from receipts.identity import (
    AccountId,
    MemberId,
    ProgramId,
    ReceiptId,
    ReviewCaseId,
    Sha256,
    new_review_case_id,
)
from receipts.state import ReceiptState, check_transition

_SETTLED_ONLY = {ReceiptState.REJECTED.value, ReceiptState.FAILED.value}
"""States of receipts that no later one can repeat: nothing was read, or nothing came of it yet."""

_TELLING_KEYS = 2
"""Purchases that share a single pair of facts are mostly strangers; two pairs hold three facts or more."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A receipt that another may repeat.

    Attributes:
        number: the order of submission.
        purchase_key: None until it is screened.
        refused: a reviewer declined it.
        withdrawn: its member took it back before it was paid.
    """

    receipt_id: ReceiptId
    number: int
    member_id: MemberId
    state: ReceiptState
    received_at: datetime
    purchase_key: str | None
    refused: bool
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Sharing:
    """Receipts that share coarse keys with another, in the order of submission.

    Attributes:
        complete: False where some that share two keys or more had to be left out.
    """

    earlier: tuple[Earlier, ...]
    complete: bool


class Reviews:
    """One program's review cases."""

    def __init__(self, session: Session, program_id: ProgramId, now: datetime) -> None:
        self._session = session
        self._program_id = program_id
        self._now = now

    def open(
        self, receipt_id: ReceiptId, *, reasons: list[dict[str, Any]], would_pay: int, risk_permille: int = 0
    ) -> ReviewCaseId:
        """Open the receipt's case."""
        case_id = new_review_case_id()
        self._session.add(
            ReviewCaseRow(
                id=case_id,
                program_id=self._program_id,
                receipt_id=receipt_id,
                reasons=reasons,
                would_pay=would_pay,
                risk_permille=risk_permille,
                status="open",
                opened_at=self._now,
            )
        )
        self._session.flush()
        return case_id

    def find(self, case_id: ReviewCaseId) -> ReviewCase | None:
        """The case; None where the program has no such one."""
        row = self._session.scalar(
            select(ReviewCaseRow).where(
                ReviewCaseRow.id == case_id, ReviewCaseRow.program_id == self._program_id
            )
        )
        return None if row is None else case_of_row(row)

    def hold(self, which: ReviewCaseId | ReceiptId) -> None:
        """Let nobody decide the case, or the receipt's, until this ends; before the receipt's own row."""
        row = ReviewCaseRow
        named = and_(row.program_id == self._program_id, or_(row.id == which, row.receipt_id == which))
        self._session.execute(select(row.id).where(named).with_for_update())

    def of_receipt(self, receipt_id: ReceiptId) -> ReviewCase | None:
        """The receipt's case; None where it was never held."""
        row = self._session.scalar(
            select(ReviewCaseRow).where(
                ReviewCaseRow.receipt_id == receipt_id, ReviewCaseRow.program_id == self._program_id
            )
        )
        return None if row is None else case_of_row(row)

    def open_cases(self, *, after: int, limit: int) -> tuple[ReviewCase, ...]:
        """Open cases, oldest first; `after` is the last case's number, 0 to start."""
        rows = self._session.scalars(
            select(ReviewCaseRow)
            .where(
                ReviewCaseRow.program_id == self._program_id,
                ReviewCaseRow.status == "open",
                ReviewCaseRow.number > after,
                undecided(),
            )
            .order_by(ReviewCaseRow.number)
            .limit(limit)
        )
        return tuple(case_of_row(row) for row in rows)

    def count_open(self) -> int:
        """How many wait; those with a planned decision do not any more."""
        ours = (ReviewCaseRow.program_id == self._program_id, ReviewCaseRow.status == "open")
        waiting = self._session.scalar(select(func.count()).select_from(ReviewCaseRow).where(*ours)) or 0
        # Counted apart, as a minute's decisions are few and the cases many.
        decided = select(func.count()).select_from(PlannedDecisionRow).where(planned(self._program_id))
        return waiting - (self._session.scalar(decided) or 0)

    def close(
        self,
        case_id: ReviewCaseId,
        *,
        approved: bool,
        reviewer: AccountId,
        note: str,
        plan: str = "",
        over_claims: bool = False,
    ) -> bool:
        """Decide an open case; False where somebody decided it before.

        Args:
            case_id: the case.
            approved: or declined.
            reviewer: who decides.
            note: for the record.
            plan: the planned decision that takes effect; where that is gone, nothing happens.
            over_claims: whoever works on it, and whatever is planned: its member wants it so.
        """
        which = PlannedDecisionRow.account_id == reviewer
        if plan:  # and no other that was planned in its place meanwhile
            which = PlannedDecisionRow.id == plan
        gone = self._session.scalar(
            delete(PlannedDecisionRow)
            .where(PlannedDecisionRow.case_id == case_id, true() if over_claims else which)
            .returning(PlannedDecisionRow.number)
        )
        if plan and gone is None:
            return False
        moved = self._session.execute(
            update(ReviewCaseRow)
            .where(
                ReviewCaseRow.id == case_id,
                ReviewCaseRow.program_id == self._program_id,
                ReviewCaseRow.status == "open",
                true() if over_claims else free_for(reviewer, self._now),
            )
            .values(
                status="approved" if approved else "declined",
                decided_by=reviewer,
                decided_at=self._now,
                note=note,
            )
            .returning(ReviewCaseRow.id)
        )
        return moved.scalar() is not None

    def is_closed(self, case_id: ReviewCaseId) -> bool:
        """Whether it is decided, or gone."""
        case = self.find(case_id)
        return case is None or case.status != "open"

    def look_again(
        self,
        case_id: ReviewCaseId,
        *,
        reasons: list[dict[str, Any]],
        would_pay: int,
        risk_permille: int | None = None,
    ) -> None:
        """Leave the case open with new reasons: something came to light since it was opened.

        The risk stays where none is given.
        """
        values: dict[str, Any] = {"reasons": reasons, "would_pay": would_pay}
        if risk_permille is not None:
            values["risk_permille"] = risk_permille
        self._session.execute(
            update(ReviewCaseRow)
            .where(
                ReviewCaseRow.id == case_id,
                ReviewCaseRow.program_id == self._program_id,
                ReviewCaseRow.status == "open",
            )
            .values(**values)
        )

    def rename_purchase(self, receipt_id: ReceiptId, purchase_key: str) -> None:
        """Claim under this key from now on: the purchase turned out to be one that has a name."""
        self._session.execute(
            update(ReceiptRow)
            .where(ReceiptRow.id == receipt_id, ReceiptRow.program_id == self._program_id)
            .values(purchase_key=purchase_key)
        )

    def leave_hold(self, receipt_id: ReceiptId, after: ReceiptState, *, points: int) -> bool:
        """Move a held receipt to its end; False where it is no longer held."""
        check_transition(before=ReceiptState.HELD, after=after)
        moved = self._session.execute(
            update(ReceiptRow)
            .where(
                ReceiptRow.id == receipt_id,
                ReceiptRow.program_id == self._program_id,
                ReceiptRow.state == ReceiptState.HELD.value,
            )
            .values(state=after.value, points=points, updated_at=self._now)
            .returning(ReceiptRow.id)
        )
        return moved.scalar() is not None


class History:
    """What fraud checks ask of one program's earlier receipts. Every question is answered by an index."""

    def __init__(self, session: Session, program_id: ProgramId) -> None:
        self._session = session
        self._program_id = program_id

    def same_bytes(self, sha256: Sha256, *, part: int, before: int, limit: int) -> tuple[Earlier, ...]:
        """Receipts submitted earlier with the very same file, first ones first.

        A receipt too long for one photo has several files: each may be one of the earlier receipt's.
        """
        # Three questions, each answered by an index; joined by OR they walk all of a program's receipts.
        own = self._session.scalars(
            select(ReceiptShotRow.file_sha256)
            .join(ReceiptRow, ReceiptRow.id == ReceiptShotRow.receipt_id)
            .where(ReceiptRow.number == before)
        ).all()
        numbers = select(ReceiptRow.number).where(ReceiptRow.program_id == self._program_id)
        same = union(
            numbers.where(ReceiptRow.file_sha256 == sha256, ReceiptRow.part == part),
            numbers.where(ReceiptRow.file_sha256.in_(own)),
            numbers.join(ReceiptShotRow, ReceiptShotRow.receipt_id == ReceiptRow.id).where(
                ReceiptShotRow.program_id == self._program_id,
                ReceiptShotRow.file_sha256.in_([sha256, *own]),
            ),
        ).subquery()
        rows = self._session.scalars(
            select(ReceiptRow)
            .join(same, same.c.number == ReceiptRow.number)
            .where(ReceiptRow.number < before, ReceiptRow.state.not_in(_SETTLED_ONLY))
            .order_by(ReceiptRow.number)
            .limit(limit)
        )
        return self.described(rows)

    def same_keys(self, keys: tuple[str, ...], *, before: int, limit: int) -> Sharing:
        """Other receipts filed under any of the coarse keys: earlier ones, and later ones already paid.

        The `limit` that share most keys, then the latest: strangers of one busy minute share one key, a
        second photo of the same purchase several.
        """
        shared = (
            select(PurchaseLookupRow.receipt_id, func.count().label("shares"))
            .where(PurchaseLookupRow.program_id == self._program_id, PurchaseLookupRow.key.in_(keys))
            .group_by(PurchaseLookupRow.receipt_id)
            .subquery()
        )
        rows = self._session.execute(
            select(ReceiptRow, shared.c.shares)
            .join(shared, shared.c.receipt_id == ReceiptRow.id)
            .where(
                ReceiptRow.program_id == self._program_id,
                ReceiptRow.number != before,
                (ReceiptRow.number < before) | (ReceiptRow.state == ReceiptState.AWARDED.value),
                ReceiptRow.state.not_in(_SETTLED_ONLY),
            )
            .order_by(shared.c.shares.desc(), ReceiptRow.number.desc())
            .limit(limit + 1)
        ).all()
        left_out = rows[limit].shares if len(rows) > limit else 0
        found = self.described(row for row, _ in rows[:limit])
        return Sharing(
            tuple(sorted(found, key=lambda earlier: earlier.number)), complete=left_out < _TELLING_KEYS
        )

    def count_paid(self, key: str, *, most: int) -> int:
        """How many receipts that were filed under the key have been paid, counted up to `most`."""
        paid = (
            select(PurchaseLookupRow.receipt_id)
            .join(ReceiptRow, ReceiptRow.id == PurchaseLookupRow.receipt_id)
            .where(
                PurchaseLookupRow.program_id == self._program_id,
                PurchaseLookupRow.key == key,
                ReceiptRow.state == ReceiptState.AWARDED.value,
            )
            .limit(most)
            .subquery()
        )
        return self._session.scalar(select(func.count()).select_from(paid)) or 0

    def hold_keys(self, keys: tuple[str, ...]) -> None:
        """Make other postings of purchases under these keys wait until this transaction ends.

        SQLite has one writer at a time anyway; PostgreSQL locks the rows, in one order for all.
        """
        self._session.execute(
            select(PurchaseLookupRow.receipt_id)
            .where(PurchaseLookupRow.program_id == self._program_id, PurchaseLookupRow.key.in_(keys))
            .order_by(PurchaseLookupRow.key, PurchaseLookupRow.receipt_id)
            .with_for_update()
        )

    def count_between(self, member_id: MemberId, *, start: datetime, before: int) -> int:
        """How many receipts the member submitted since `start`, up to the one numbered `before`.

        Rejected ones do not count: a blurred photo taken again is no second receipt.
        """
        return (
            self._session.scalar(
                select(func.count())
                .select_from(ReceiptRow)
                .where(
                    ReceiptRow.program_id == self._program_id,
                    ReceiptRow.member_id == member_id,
                    ReceiptRow.received_at >= start,
                    ReceiptRow.number < before,
                    ReceiptRow.state != ReceiptState.REJECTED.value,
                )
            )
            or 0
        )

    def described(self, rows: Iterable[ReceiptRow]) -> tuple[Earlier, ...]:
        """The rows as what a later receipt may repeat, in their order."""
        found = tuple(rows)
        refused = set(
            self._session.scalars(
                select(ReviewCaseRow.receipt_id).where(
                    ReviewCaseRow.receipt_id.in_([row.id for row in found]),
                    ReviewCaseRow.status == "declined",
                )
            )
        )
        withdrawn = Withdrawals(self._session, self._program_id).among(row.id for row in found)
        return tuple(
            Earlier(
                receipt_id=ReceiptId(row.id),
                number=row.number,
                member_id=MemberId(row.member_id),
                state=ReceiptState(row.state),
                received_at=row.received_at,
                purchase_key=row.purchase_key,
                refused=row.id in refused and row.id not in withdrawn,
                withdrawn=row.id in withdrawn,
            )
            for row in found
        )
