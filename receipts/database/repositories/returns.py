"""One program's returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from receipts.database.tables import (
    ClaimRow,
    ReceiptRow,
    ReturnedLineRow,
    ReturnReportRow,
    ReturnRow,
    WaitingReturnRow,
)
from receipts.identity import MemberId, ProgramId, ReceiptId
from receipts.state import ReceiptState


@dataclass(frozen=True, slots=True)
class Return:
    """Goods brought back, of one receipt.

    Attributes:
        reference: under which it was reported: the same again is the same return.
        lines: quantity by the line's position.
        taken: points taken back.
        short: points that were to be taken back too and stayed.
    """

    id: str
    member_id: MemberId
    receipt_id: ReceiptId
    refund_receipt_id: ReceiptId | None
    reference: str
    lines: Mapping[int, Decimal]
    taken: int
    short: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class WaitingReturn:
    """A return of a receipt that was not decided when it was reported.

    Attributes:
        lines: as they were named, as JSON.
    """

    program_id: ProgramId
    reference: str
    receipt_id: ReceiptId
    lines: tuple[dict[str, Any], ...]


def ready_returns(session: Session, *, limit: int) -> tuple[WaitingReturn, ...]:
    """Of all programs, those whose receipts have been paid meanwhile.

    Or declined, where another photo of the purchase was paid. Others that are declined may be paid yet.
    """
    paid_to_another = (
        select(ClaimRow.receipt_id)
        .where(
            ClaimRow.program_id == ReceiptRow.program_id,
            ClaimRow.purchase_key == ReceiptRow.purchase_key,
            ClaimRow.purchase_key != "",
            ClaimRow.receipt_id != ReceiptRow.id,
        )
        .exists()
    )
    rows = session.scalars(
        select(WaitingReturnRow)
        .join(ReceiptRow, ReceiptRow.id == WaitingReturnRow.receipt_id)
        .where(
            (ReceiptRow.state == ReceiptState.AWARDED.value)
            | ((ReceiptRow.state == ReceiptState.DECLINED.value) & paid_to_another)
        )
        .order_by(WaitingReturnRow.created_at, WaitingReturnRow.reference)
        .limit(limit)
    )
    return tuple(
        WaitingReturn(ProgramId(row.program_id), row.reference, ReceiptId(row.receipt_id), tuple(row.lines))
        for row in rows
    )


class Returns:
    """One program's returns."""

    def __init__(self, session: Session, program_id: ProgramId) -> None:
        self._session = session
        self._program_id = program_id

    def add(self, made: Return) -> None:
        """Store a return.

        Raises:
            sqlalchemy.exc.IntegrityError: one was reported under its reference.
        """
        self._session.add(
            ReturnRow(
                id=made.id,
                program_id=self._program_id,
                member_id=made.member_id,
                receipt_id=made.receipt_id,
                refund_receipt_id=made.refund_receipt_id,
                reference=made.reference,
                taken=made.taken,
                short=made.short,
                created_at=made.created_at,
            )
        )
        self._session.flush()
        for position, quantity in sorted(made.lines.items()):
            self._session.add(ReturnedLineRow(return_id=made.id, position=position, quantity=f"{quantity:f}"))
        self._session.flush()

    def by_reference(self, reference: str) -> Return | None:
        """The return reported under it, be it as a second report."""
        told_again = select(ReturnReportRow.return_id).where(
            ReturnReportRow.program_id == self._program_id, ReturnReportRow.reference == reference
        )
        row = self._session.scalar(
            select(ReturnRow).where(
                ReturnRow.program_id == self._program_id,
                (ReturnRow.reference == reference) | ReturnRow.id.in_(told_again),
            )
        )
        return None if row is None else self._made(row)

    def _made(self, row: ReturnRow) -> Return:
        lines = self._session.scalars(select(ReturnedLineRow).where(ReturnedLineRow.return_id == row.id))
        return Return(
            id=row.id,
            member_id=MemberId(row.member_id),
            receipt_id=ReceiptId(row.receipt_id),
            refund_receipt_id=None if row.refund_receipt_id is None else ReceiptId(row.refund_receipt_id),
            reference=row.reference,
            lines={line.position: Decimal(line.quantity) for line in lines},
            taken=row.taken,
            short=row.short,
            created_at=row.created_at,
        )

    def told_once(self, receipt_id: ReceiptId, *, by_slip: bool) -> tuple[Return, ...]:
        """Returns of the receipt told by a slip, or by the shop, and not the other way yet."""
        rows = self._session.scalars(
            select(ReturnRow)
            .outerjoin(ReturnReportRow, ReturnReportRow.return_id == ReturnRow.id)
            .where(
                ReturnRow.program_id == self._program_id,
                ReturnRow.receipt_id == receipt_id,
                ReturnRow.refund_receipt_id.is_not(None)
                if by_slip
                else ReturnRow.refund_receipt_id.is_(None),
                ReturnReportRow.return_id.is_(None),
            )
            .order_by(ReturnRow.number)
        )
        return tuple(self._made(row) for row in rows)

    def told_again(self, made: Return, reference: str, now: datetime, *, by_slip: bool) -> None:
        """The reference is another name of a return.

        Raises:
            sqlalchemy.exc.IntegrityError: the reference, or the return's second report, is taken.
        """
        self._session.add(
            ReturnReportRow(
                program_id=self._program_id,
                reference=reference,
                return_id=made.id,
                by_slip=by_slip,
                created_at=now,
            )
        )
        self._session.flush()

    def keep_waiting(self, waiting: WaitingReturn, now: datetime) -> WaitingReturn:
        """Keep it until its receipt is paid; what is kept under the reference already stands."""
        row = self._session.get(WaitingReturnRow, (self._program_id, waiting.reference))
        if row is None:
            row = WaitingReturnRow(
                program_id=self._program_id,
                reference=waiting.reference,
                receipt_id=waiting.receipt_id,
                lines=list(waiting.lines),
                created_at=now,
            )
            self._session.add(row)
            self._session.flush()
        return WaitingReturn(self._program_id, row.reference, ReceiptId(row.receipt_id), tuple(row.lines))

    def waits_no_more(self, reference: str) -> None:
        """It was taken."""
        self._session.execute(
            delete(WaitingReturnRow).where(
                WaitingReturnRow.program_id == self._program_id, WaitingReturnRow.reference == reference
            )
        )

    def returned(self, receipt_id: ReceiptId) -> dict[int, Decimal]:
        """How much of each line of the receipt was brought back so far."""
        rows = self._session.execute(
            select(ReturnedLineRow.position, ReturnedLineRow.quantity)
            .join(ReturnRow, ReturnRow.id == ReturnedLineRow.return_id)
            .where(ReturnRow.program_id == self._program_id, ReturnRow.receipt_id == receipt_id)
        )
        found: dict[int, Decimal] = {}
        for position, quantity in rows:
            found[position] = found.get(position, Decimal(0)) + Decimal(quantity)
        return found

    def paid_receipts(self, member_id: MemberId, *, since: datetime, limit: int) -> tuple[ReceiptId, ...]:
        """The member's receipts that were paid, newest first: those a refund may be of."""
        rows = self._session.scalars(
            select(ReceiptRow.id)
            .where(
                ReceiptRow.program_id == self._program_id,
                ReceiptRow.member_id == member_id,
                ReceiptRow.state == ReceiptState.AWARDED.value,
                ReceiptRow.received_at >= since,
            )
            .order_by(ReceiptRow.number.desc())
            .limit(limit)
        )
        return tuple(ReceiptId(each) for each in rows)
