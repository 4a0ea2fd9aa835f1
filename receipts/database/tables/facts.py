"""What the dashboard counts, worked out from receipts: wholly derived, and made anew whenever one changes."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, ForeignKey, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from receipts.database.base import Base, Instant


class ReceiptFactRow(Base):
    """One receipt, as the dashboard counts it."""

    __tablename__ = "receipt_facts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["receipt_id", "program_id", "member_id"],
            ["receipts.id", "receipts.program_id", "receipts.member_id"],
        ),
        Index("ix_receipt_facts_received", "program_id", "received_on"),
        Index("ix_receipt_facts_seen", "seen_at"),
        Index("ix_receipt_facts_retailer", "program_id", "retailer_key"),
    )

    receipt_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    member_id: Mapped[str] = mapped_column(String(64))
    seen_at: Mapped[datetime] = mapped_column(Instant)
    """The receipt's own `updated_at` when it was looked at: another one says that it changed since."""
    channel: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    by_person: Mapped[bool]
    """It was held, so a person decided or will."""
    received_on: Mapped[date] = mapped_column(Date)
    """Where the program is."""
    points: Mapped[int] = mapped_column(BigInteger)
    seconds_to_points: Mapped[int | None] = mapped_column(BigInteger)
    retailer_key: Mapped[str] = mapped_column(String(200))
    """Folded; empty where none was read."""
    retailer: Mapped[str] = mapped_column(String(200))
    bought_on: Mapped[date | None] = mapped_column(Date)
    currency: Mapped[str] = mapped_column(String(3))
    total_minor: Mapped[int | None] = mapped_column(BigInteger)
    own_minor: Mapped[int] = mapped_column(BigInteger)
    """Spent on the program's products."""
    own_products: Mapped[int]
    """How many different ones."""
    sure_permille: Mapped[int | None]
    """How sure reading was of total, date and retailer, on average; empty where nothing was read."""


class LineFactRow(Base):
    """One line of a receipt that was read and matched."""

    __tablename__ = "line_facts"
    __table_args__ = (
        Index("ix_line_facts_sku", "program_id", "sku", "receipt_id"),
        Index("ix_line_facts_print", "program_id", "print_key"),
    )

    receipt_id: Mapped[str] = mapped_column(
        ForeignKey("receipt_facts.receipt_id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    sku: Mapped[str | None] = mapped_column(String(100))
    """The program's product that the line is; empty for a line that is not, or not surely, its own."""
    near_sku: Mapped[str | None] = mapped_column(String(100))
    """The likeliest product of a line that is not surely its own."""
    near_ppm: Mapped[int] = mapped_column(default=0)
    """How likely that is, in millionths."""
    asks: Mapped[bool]
    """Whether the line is unsure: an answer of a person would help."""
    print_key: Mapped[str] = mapped_column(String(200))
    """The printed words folded: what is the same in print is one thing."""
    description: Mapped[str] = mapped_column(String(200))
    net_minor: Mapped[int] = mapped_column(BigInteger)
    quantity_milli: Mapped[int] = mapped_column(BigInteger)
