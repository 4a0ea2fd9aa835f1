"""One program's returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from receipts.database.tables import ReceiptRow, ReturnedLineRow, ReturnRow
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
        """The return reported under it."""
        row = self._session.scalar(
            select(ReturnRow).where(
                ReturnRow.program_id == self._program_id, ReturnRow.reference == reference
            )
        )
        if row is None:
            return None
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
