"""Keeps what the dashboard counts in step with the receipts that it is worked out from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import delete, func, insert, or_, select
from sqlalchemy.orm import Session

from receipts.database.tables import (
    LedgerEntryRow,
    LineFactRow,
    ReceiptFactRow,
    ReceiptRow,
    ReviewCaseRow,
    SubmissionRow,
)
from receipts.identity import ProgramId, ReceiptId
from receipts.ledger import EntryKind


@dataclass(frozen=True, slots=True)
class LineFact:
    """One line, as `LineFactRow` has it."""

    position: int
    sku: str | None
    near_sku: str | None
    near_ppm: int
    asks: bool
    print_key: str
    description: str
    net_minor: int
    quantity_milli: int


@dataclass(frozen=True, slots=True)
class PurchaseFact:
    """What was read, as `ReceiptFactRow` has it."""

    retailer_key: str
    retailer: str
    bought_on: date | None
    currency: str
    total_minor: int | None
    own_minor: int
    own_products: int
    sure_permille: int | None = None


@dataclass(frozen=True, slots=True)
class Stale:
    """A receipt that is not counted as it stands now.

    Attributes:
        paid_at: when it first earned points; None where it has earned none.
    """

    receipt_id: ReceiptId
    member_id: str
    updated_at: datetime
    received_at: datetime
    channel: str
    state: str
    points: int
    by_person: bool
    paid_at: datetime | None


class Facts:
    """One program's."""

    def __init__(self, session: Session, program_id: ProgramId) -> None:
        self._session = session
        self._program_id = program_id

    def stale(self, limit: int) -> tuple[Stale, ...]:
        """Receipts that are new or have changed since they were counted, the oldest first."""
        paid_at = (
            select(func.min(LedgerEntryRow.created_at))
            .where(
                LedgerEntryRow.receipt_id == ReceiptRow.id,
                LedgerEntryRow.kind == EntryKind.AWARD.value,
            )
            .scalar_subquery()
        )
        rows = self._session.execute(
            select(ReceiptRow, SubmissionRow.channel, ReviewCaseRow.number, paid_at)
            .join(SubmissionRow, SubmissionRow.id == ReceiptRow.submission_id)
            .outerjoin(ReviewCaseRow, ReviewCaseRow.receipt_id == ReceiptRow.id)
            .outerjoin(ReceiptFactRow, ReceiptFactRow.receipt_id == ReceiptRow.id)
            .where(
                ReceiptRow.program_id == self._program_id,
                or_(
                    ReceiptFactRow.receipt_id.is_(None),
                    ReceiptFactRow.seen_at != ReceiptRow.updated_at,
                ),
            )
            .order_by(ReceiptRow.number)
            .limit(limit)
        )
        return tuple(
            Stale(
                receipt_id=ReceiptId(row.id),
                member_id=row.member_id,
                updated_at=row.updated_at,
                received_at=row.received_at,
                channel=channel,
                state=row.state,
                points=row.points or 0,
                by_person=case is not None,
                paid_at=paid,
            )
            for row, channel, case, paid in rows
        )

    def waiting(self) -> int:
        """How many receipts are not counted as they stand now."""
        return int(
            self._session.scalar(
                select(func.count())
                .select_from(ReceiptRow)
                .outerjoin(ReceiptFactRow, ReceiptFactRow.receipt_id == ReceiptRow.id)
                .where(
                    ReceiptRow.program_id == self._program_id,
                    or_(
                        ReceiptFactRow.receipt_id.is_(None),
                        ReceiptFactRow.seen_at != ReceiptRow.updated_at,
                    ),
                )
            )
            or 0
        )

    def put(
        self, stale: Stale, *, received_on: date, purchase: PurchaseFact, lines: Sequence[LineFact]
    ) -> None:
        """Count the receipt like this from now on."""
        self._session.execute(delete(LineFactRow).where(LineFactRow.receipt_id == stale.receipt_id))
        seconds = None
        if stale.paid_at is not None:
            seconds = max(0, int((stale.paid_at - stale.received_at).total_seconds()))
        self._session.merge(
            ReceiptFactRow(
                receipt_id=stale.receipt_id,
                program_id=self._program_id,
                member_id=stale.member_id,
                seen_at=stale.updated_at,
                channel=stale.channel,
                state=stale.state,
                by_person=stale.by_person,
                received_on=received_on,
                points=stale.points,
                seconds_to_points=seconds,
                **asdict(purchase),
            )
        )
        self._session.flush()
        if lines:
            self._session.execute(
                insert(LineFactRow),
                [
                    {"receipt_id": stale.receipt_id, "program_id": self._program_id, **asdict(line)}
                    for line in lines
                ],
            )
