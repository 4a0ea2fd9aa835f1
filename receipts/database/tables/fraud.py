"""What the checks count with: keyed hashes of how receipts came, and how each retailer's receipts look."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from receipts.database.base import Base, BigId, Instant, Json, JsonValue
from receipts.traces import TraceKind

_KINDS = ", ".join(f"'{kind.value}'" for kind in TraceKind)


class TraceRow(Base):
    """One receipt's keyed hash of one kind; deleted once its retention time is over."""

    __tablename__ = "receipt_traces"
    __table_args__ = (
        CheckConstraint(f"kind IN ({_KINDS})", name="kind_known"),
        Index("ix_receipt_traces_key", "program_id", "kind", "key", "receipt_number"),
        Index("ix_receipt_traces_seen_at", "seen_at"),
    )

    receipt_number: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("receipts.number"), primary_key=True, autoincrement=False
    )
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    key: Mapped[str] = mapped_column(String(32))
    member_id: Mapped[str] = mapped_column(String(64))
    seen_at: Mapped[datetime] = mapped_column(Instant)
    """When the receipt was submitted; the windows slide over this."""


class WitnessRow(Base):
    """How one paid receipt of a retailer looked; the newest of a retailer are kept."""

    __tablename__ = "retailer_witnesses"
    __table_args__ = (Index("ix_retailer_witnesses_retailer", "program_id", "retailer_key", "number"),)

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    retailer_key: Mapped[str] = mapped_column(String(100))
    receipt_id: Mapped[str] = mapped_column(ForeignKey("receipts.id"), unique=True)
    member_id: Mapped[str] = mapped_column(String(64))
    traits: Mapped[JsonValue] = mapped_column(Json)
    seen_at: Mapped[datetime] = mapped_column(Instant)
