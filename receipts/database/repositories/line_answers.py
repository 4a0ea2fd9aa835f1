"""What members say that lines of their receipts are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from receipts.database.tables import LineAnswerRow
from receipts.identity import Gtin, MemberId, ProgramId, ReceiptId, Sku


@dataclass(frozen=True, slots=True)
class LineAnswer:
    """A member's word on a line, which pays nothing by itself.

    Attributes:
        sku: the catalog's product; None where it has none of that barcode.
        barcode: as read from the package; None where the product was chosen.
    """

    position: int
    sku: Sku | None
    barcode: Gtin | None
    at: datetime


class LineAnswers:
    """One program's."""

    def __init__(self, session: Session, program_id: ProgramId) -> None:
        self._session = session
        self._program_id = program_id

    def add(self, receipt_id: ReceiptId, member_id: MemberId, answer: LineAnswer) -> None:
        """Keep it; earlier ones stay, and the last one counts."""
        self._session.add(
            LineAnswerRow(
                program_id=self._program_id,
                member_id=member_id,
                receipt_id=receipt_id,
                position=answer.position,
                sku=answer.sku,
                barcode=answer.barcode,
                at=answer.at,
            )
        )
        self._session.flush()

    def count(self, receipt_id: ReceiptId, position: int) -> int:
        """How many there are on a line."""
        return (
            self._session.scalar(
                select(func.count())
                .select_from(LineAnswerRow)
                .where(
                    LineAnswerRow.receipt_id == receipt_id,
                    LineAnswerRow.program_id == self._program_id,
                    LineAnswerRow.position == position,
                )
            )
            or 0
        )

    def of(self, receipt_id: ReceiptId) -> Mapping[int, LineAnswer]:
        """The last word on each line of a receipt."""
        rows = self._session.scalars(
            select(LineAnswerRow)
            .where(LineAnswerRow.receipt_id == receipt_id, LineAnswerRow.program_id == self._program_id)
            .order_by(LineAnswerRow.number)
        )
        return {
            row.position: LineAnswer(
                row.position,
                None if row.sku is None else Sku(row.sku),
                None if row.barcode is None else Gtin(row.barcode),
                row.at,
            )
            for row in rows
        }
