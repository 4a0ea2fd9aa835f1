"""Which receipts their members took back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from receipts.database.tables import WithdrawalRow
from receipts.identity import AccountId, MemberId, ProgramId, ReceiptId


class Withdrawals:
    """One program's."""

    def __init__(self, session: Session, program_id: ProgramId) -> None:
        self._session = session
        self._program_id = program_id

    def add(self, receipt_id: ReceiptId, member_id: MemberId, account_id: AccountId, at: datetime) -> None:
        """Keep it. Once for a receipt: the caller holds the receipt's row."""
        self._session.add(
            WithdrawalRow(
                receipt_id=receipt_id,
                program_id=self._program_id,
                member_id=member_id,
                account_id=account_id,
                at=at,
            )
        )
        self._session.flush()

    def among(self, receipt_ids: Iterable[str]) -> frozenset[ReceiptId]:
        """Those of the receipts that were withdrawn."""
        rows = self._session.scalars(
            select(WithdrawalRow.receipt_id).where(
                WithdrawalRow.receipt_id.in_(tuple(receipt_ids)),
                WithdrawalRow.program_id == self._program_id,
            )
        )
        return frozenset(ReceiptId(row) for row in rows)

    def has(self, receipt_id: ReceiptId) -> bool:
        """Whether the receipt was."""
        return bool(self.among((receipt_id,)))
