"""How far each publisher is in its program's feed, and the messages that were not taken at once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from receipts.database.base import Base, BigId, Instant
from receipts.delivery import DeliveryState

_STATES = ", ".join(f"'{state.value}'" for state in DeliveryState)


class PublisherRow(Base):
    """One publisher's own cursor, so that none waits for another."""

    __tablename__ = "publishers"
    __table_args__ = (
        CheckConstraint("position >= 0", name="position_counts"),
        CheckConstraint("failures >= 0", name="failures_count"),
    )

    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)
    failures: Mapped[int] = mapped_column(default=0)
    paused_until: Mapped[datetime | None] = mapped_column(Instant)
    stopped: Mapped[str] = mapped_column(Text, default="")
    last_error: Mapped[str] = mapped_column(Text, default="")
    taken_at: Mapped[datetime | None] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)


class DeliveryRow(Base):
    """A message that a publisher is to try again, keeps behind another, or has set aside."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("program_id", "publisher", "message_id"),
        CheckConstraint(f"state IN ({_STATES})", name="state_known"),
        Index("ix_deliveries_due", "program_id", "publisher", "state", "not_before"),
        Index("ix_deliveries_member", "program_id", "publisher", "member_id", "position"),
        Index("ix_deliveries_program_number", "program_id", "number"),
    )

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(64), unique=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    publisher: Mapped[str] = mapped_column(String(64))
    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"))
    member_id: Mapped[str] = mapped_column(String(64))
    position: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime] = mapped_column(Instant)
    last_error: Mapped[str] = mapped_column(Text, default="")
    asked_by: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)
