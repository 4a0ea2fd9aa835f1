"""Points and what the core loyalty service is told of them.

`ledger_entries` and `claims` only grow: triggers made by the migration refuse UPDATE and DELETE. A message is
given its place in the feed later; nothing else of it changes.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from receipts.database.base import Base, BigId, Instant, Json, JsonValue


class LedgerEntryRow(Base):
    """Immutable signed points."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        ForeignKeyConstraint(
            ["receipt_id", "program_id", "member_id"],
            ["receipts.id", "receipts.program_id", "receipts.member_id"],
        ),
        CheckConstraint(
            "(kind = 'award' AND points > 0 AND reverses IS NULL)"
            " OR (kind = 'reversal' AND points < 0 AND reverses IS NOT NULL)",
            name="sign_fits_kind",
        ),
        # One rule pays one receipt once, and once more for each adopted rematch that found a line more.
        UniqueConstraint("receipt_id", "campaign_id", "rule_id", "kind", "posting"),
        UniqueConstraint("reverses"),
        Index("ix_ledger_entries_member", "member_id", "number"),
    )

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(64), unique=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    member_id: Mapped[str] = mapped_column(String(64))
    receipt_id: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    points: Mapped[int] = mapped_column(BigInteger)
    campaign_id: Mapped[str] = mapped_column(String(100))
    rule_id: Mapped[str] = mapped_column(String(100))
    posting: Mapped[int] = mapped_column(default=0, server_default="0")
    """0 for the decision itself, then one more for each adopted rematch of the receipt."""
    reverses: Mapped[str | None] = mapped_column(ForeignKey("ledger_entries.id"))
    sentence: Mapped[str] = mapped_column(String(500))
    created_at: Mapped[datetime] = mapped_column(Instant)


class ClaimRow(Base):
    """One purchase line paid once to one program: the primary key is the promise."""

    __tablename__ = "claims"
    __table_args__ = (
        ForeignKeyConstraint(
            ["receipt_id", "program_id", "member_id"],
            ["receipts.id", "receipts.program_id", "receipts.member_id"],
        ),
    )

    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"), primary_key=True)
    purchase_key: Mapped[str] = mapped_column(String(200), primary_key=True)
    line_key: Mapped[str] = mapped_column(String(200), primary_key=True)
    receipt_id: Mapped[str] = mapped_column(String(64), index=True)
    member_id: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(Instant)


class MessageRow(Base):
    """A message as it was written beside the books; the relay gives it its place in the feed."""

    __tablename__ = "messages"
    __table_args__ = (
        ForeignKeyConstraint(["program_id", "member_id"], ["members.program_id", "members.id"]),
        UniqueConstraint("member_id", "sequence"),
        UniqueConstraint("program_id", "feed_position"),
        CheckConstraint("sequence > 0", name="sequence_counts"),
        CheckConstraint("feed_position IS NULL OR feed_position > 0", name="feed_position_counts"),
    )

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(64), unique=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    member_id: Mapped[str] = mapped_column(String(64))
    type: Mapped[str] = mapped_column(String(64))
    sequence: Mapped[int] = mapped_column(BigInteger)
    time: Mapped[datetime] = mapped_column(Instant)
    data: Mapped[JsonValue] = mapped_column(Json)
    feed_position: Mapped[int | None] = mapped_column(BigInteger)
    """None until published. Given out one by one, so that a consumer's cursor never passes a late commit."""
