"""Work that waits: bells and messages to send, cases for a person, and who was heard of lately."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column

from receipts.database.base import Base, BigId, Instant, Json, JsonValue
from receipts.spans import traceparent


class OutboxRow(Base):
    """Something to send, written in the transaction that made it due; gone once sent."""

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint("kind IN ('ring', 'message', 'inbound', 'outgoing')", name="kind_known"),
        Index("ix_outbox_due", "not_before", "number"),
        Index("ix_outbox_target", "kind", "target_id"),
        Index("ix_outbox_kind", "kind", "light", "number"),
    )

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(16))
    """`ring`, `inbound`, `outgoing`: tell a worker of the receipt, inbound message or answer that waits.
    `message`: publish it."""
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    target_id: Mapped[str] = mapped_column(String(64))
    """What to ring for, or the message to publish."""
    not_before: Mapped[datetime] = mapped_column(Instant)
    light: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Of a `ring`: as its receipt's (`receipts.light`)."""
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    traceparent: Mapped[str | None] = mapped_column(String(55), default=traceparent)
    """Under which trace it came to be (`receipts.spans`)."""


class ReviewCaseRow(Base):
    """A held receipt's task for a person: one for each receipt."""

    __tablename__ = "review_cases"
    __table_args__ = (
        ForeignKeyConstraint(["receipt_id"], ["receipts.id"]),
        CheckConstraint("status IN ('open', 'approved', 'declined')", name="status_known"),
        CheckConstraint("(status = 'open') = (decided_at IS NULL)", name="decided_is_whole"),
        CheckConstraint("(decided_at IS NULL) = (decided_by IS NULL)", name="decided_by_someone"),
        Index("ix_review_cases_program_status", "program_id", "status", "number"),
        Index("ix_review_cases_value", "program_id", "status", "would_pay", "number"),
        Index("ix_review_cases_risk", "program_id", "status", "risk_permille", "number"),
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
    risk_permille: Mapped[int] = mapped_column(server_default="0")
    claimed_by: Mapped[str | None] = mapped_column(String(64))
    """Who works on it until `claimed_until`; nobody after that."""
    claimed_until: Mapped[datetime | None] = mapped_column(Instant)


class ReviewEventRow(Base):
    """What a reviewer saw or did; only grows (triggers), and is where corrections are kept."""

    __tablename__ = "review_events"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('looked', 'claimed', 'released', 'corrected', 'noted', 'approved', 'declined',"
            " 'planned', 'undone', 'returned', 'proposed', 'refused', 'reversed')",
            name="kind_known",
        ),
        Index("ix_review_events_program", "program_id", "number"),
        Index("ix_review_events_case", "case_id", "number"),
    )

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    case_id: Mapped[str] = mapped_column(String(64))
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    kind: Mapped[str] = mapped_column(String(16))
    detail: Mapped[JsonValue] = mapped_column(Json)
    at: Mapped[datetime] = mapped_column(Instant)


class HeartbeatRow(Base):
    """When a process was last heard of, so that readiness can say who is missing."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)


class FailedTryRow(Base):
    """A wrong password, a link asked for or an unread barcode, by a hash of who; deleted after a day."""

    __tablename__ = "failed_tries"
    __table_args__ = (Index("ix_failed_tries_key", "key", "at"),)

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Instant, index=True)


class LineAnswerRow(Base):
    """What a member says that a line of their receipt is: evidence for a reviewer, and never more."""

    __tablename__ = "line_answers"
    __table_args__ = (
        ForeignKeyConstraint(
            ["receipt_id", "program_id", "member_id"],
            ["receipts.id", "receipts.program_id", "receipts.member_id"],
        ),
        Index("ix_line_answers_receipt", "receipt_id", "position"),
    )

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    program_id: Mapped[str] = mapped_column(String(64))
    member_id: Mapped[str] = mapped_column(String(64))
    receipt_id: Mapped[str] = mapped_column(String(64))
    position: Mapped[int]
    sku: Mapped[str | None] = mapped_column(String(100))
    """The product of the catalog that was matched against; empty where it has none of that barcode."""
    barcode: Mapped[str | None] = mapped_column(String(14))
    """As the member read it from the package, 14 digits."""
    at: Mapped[datetime] = mapped_column(Instant)
