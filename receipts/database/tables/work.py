"""Work that waits: bells and messages to send, cases for a person, and who was heard of lately."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from receipts.database.base import Base, BigId, Instant, Json, JsonValue


class OutboxRow(Base):
    """Something to send, written in the transaction that made it due; gone once sent."""

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint("kind IN ('ring', 'message', 'inbound', 'outgoing')", name="kind_known"),
        Index("ix_outbox_due", "not_before", "number"),
        Index("ix_outbox_target", "kind", "target_id"),
    )

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(16))
    """`ring`, `inbound`, `outgoing`: tell a worker of the receipt, inbound message or answer that waits.
    `message`: publish it."""
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    target_id: Mapped[str] = mapped_column(String(64))
    """What to ring for, or the message to publish."""
    not_before: Mapped[datetime] = mapped_column(Instant)
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)


class ReviewCaseRow(Base):
    """A held receipt's task for a person: one for each receipt."""

    __tablename__ = "review_cases"
    __table_args__ = (
        ForeignKeyConstraint(["receipt_id"], ["receipts.id"]),
        CheckConstraint("status IN ('open', 'approved', 'declined')", name="status_known"),
        CheckConstraint("(status = 'open') = (decided_at IS NULL)", name="decided_is_whole"),
        CheckConstraint("(decided_at IS NULL) = (decided_by IS NULL)", name="decided_by_someone"),
        Index("ix_review_cases_program_status", "program_id", "status", "number"),
    )

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(64), unique=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    receipt_id: Mapped[str] = mapped_column(String(64), unique=True)
    reasons: Mapped[JsonValue] = mapped_column(Json)
    would_pay: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str] = mapped_column(String(16))
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    note: Mapped[str | None] = mapped_column(Text)
    opened_at: Mapped[datetime] = mapped_column(Instant)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)


class HeartbeatRow(Base):
    """When a process was last heard of, so that readiness can say who is missing."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
