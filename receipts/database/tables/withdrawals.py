"""Receipts that their members took back before they were paid."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from receipts.database.base import Base, Instant


class WithdrawalRow(Base):
    """A member's word that a receipt shall not count: given once, never changed."""

    __tablename__ = "receipt_withdrawals"
    __table_args__ = (
        ForeignKeyConstraint(
            ["receipt_id", "program_id", "member_id"],
            ["receipts.id", "receipts.program_id", "receipts.member_id"],
        ),
    )

    receipt_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    program_id: Mapped[str] = mapped_column(String(64))
    member_id: Mapped[str] = mapped_column(String(64))
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    """Who said it: the member's own account."""
    at: Mapped[datetime] = mapped_column(Instant)
