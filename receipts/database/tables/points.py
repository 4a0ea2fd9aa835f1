"""What entries rest on that no receipt earned or took back: redemptions, gifts and returns."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from receipts.database.base import Base, BigId, Instant, Json, JsonValue


class RedemptionRow(Base):
    """Points set aside for something that the member buys with them, until it is captured or given up."""

    __tablename__ = "redemptions"
    __table_args__ = (
        ForeignKeyConstraint(["program_id", "member_id"], ["members.program_id", "members.id"]),
        UniqueConstraint("program_id", "reference"),
        CheckConstraint("points > 0", name="spends_points"),
        CheckConstraint("captured >= 0 AND captured <= points", name="captures_what_is_held"),
        CheckConstraint("status IN ('held', 'captured', 'released', 'expired')", name="status_known"),
        CheckConstraint("(status = 'captured') = (captured > 0)", name="captured_when_said"),
        Index("ix_redemptions_member", "member_id"),
    )

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(64), unique=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    member_id: Mapped[str] = mapped_column(String(64))
    points: Mapped[int] = mapped_column(BigInteger)
    captured: Mapped[int] = mapped_column(BigInteger, default=0)
    reference: Mapped[str] = mapped_column(String(100))
    """The till's or checkout's own number: the same again is the same redemption."""
    purpose: Mapped[str] = mapped_column(String(200))
    """In words that the member reads."""
    status: Mapped[str] = mapped_column(String(16))
    expires_at: Mapped[datetime] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)


class GiftRow(Base):
    """Points given by a member of staff; above the program's limit a second person agrees first."""

    __tablename__ = "gifts"
    __table_args__ = (
        ForeignKeyConstraint(["program_id", "member_id"], ["members.program_id", "members.id"]),
        UniqueConstraint("program_id", "reference"),
        CheckConstraint("points > 0", name="gives_points"),
        CheckConstraint("reason <> ''", name="has_reason"),
        CheckConstraint("status IN ('proposed', 'given', 'refused')", name="status_known"),
        CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name="second_person_is_another"),
        Index("ix_gifts_status", "program_id", "status"),
        Index("ix_gifts_member", "member_id"),
    )

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(64), unique=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    member_id: Mapped[str] = mapped_column(String(64))
    points: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(String(500))
    reference: Mapped[str] = mapped_column(String(100))
    """The caller's own number: the same again is the same gift."""
    status: Mapped[str] = mapped_column(String(16))
    proposed_by: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    """The second person; empty where none was needed, or while one is waited for."""
    created_at: Mapped[datetime] = mapped_column(Instant)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)


class ReturnRow(Base):
    """Goods brought back, of one receipt; reported once under its reference."""

    __tablename__ = "returns"
    __table_args__ = (
        ForeignKeyConstraint(
            ["receipt_id", "program_id", "member_id"],
            ["receipts.id", "receipts.program_id", "receipts.member_id"],
        ),
        UniqueConstraint("program_id", "reference"),
        CheckConstraint("taken >= 0 AND short >= 0", name="takes_points"),
        Index("ix_returns_receipt_id", "receipt_id"),
    )

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(64), unique=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    member_id: Mapped[str] = mapped_column(String(64))
    receipt_id: Mapped[str] = mapped_column(String(64))
    """Of the purchase."""
    refund_receipt_id: Mapped[str | None] = mapped_column(ForeignKey("receipts.id"))
    """The refund's own receipt, where one was sent."""
    reference: Mapped[str] = mapped_column(String(200))
    taken: Mapped[int] = mapped_column(BigInteger)
    short: Mapped[int] = mapped_column(BigInteger)
    """Points that were to be taken back too and, by the program's policy, stayed."""
    created_at: Mapped[datetime] = mapped_column(Instant)


class ReturnedLineRow(Base):
    """So many pieces of a line brought back."""

    __tablename__ = "returned_lines"

    return_id: Mapped[str] = mapped_column(ForeignKey("returns.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    quantity: Mapped[str] = mapped_column(String(40))
    """A decimal number, of the line's own quantity."""


class WaitingReturnRow(Base):
    """A return of a receipt that is not decided yet: it is taken off what the receipt is paid."""

    __tablename__ = "waiting_returns"
    __table_args__ = (Index("ix_waiting_returns_receipt_id", "receipt_id"),)

    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"), primary_key=True)
    reference: Mapped[str] = mapped_column(String(200), primary_key=True)
    receipt_id: Mapped[str] = mapped_column(ForeignKey("receipts.id"))
    lines: Mapped[JsonValue] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(Instant)


class ReturnReportRow(Base):
    """A return told a second time under another reference: by the shop, and by its slip."""

    __tablename__ = "return_reports"

    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"), primary_key=True)
    reference: Mapped[str] = mapped_column(String(200), primary_key=True)
    return_id: Mapped[str] = mapped_column(ForeignKey("returns.id"), unique=True)
    by_slip: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[datetime] = mapped_column(Instant)
