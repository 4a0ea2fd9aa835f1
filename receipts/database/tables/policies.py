"""A program's fraud policies, which one judges, and the cases that are looked at blindly to check on it.

`fraud_policies` and `policy_events` only grow (triggers): a verdict names the version that made it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from receipts.database.base import Base, BigId, Instant, Json, JsonValue


class FraudPolicyRow(Base):
    """One version of a program's policy document; version 1 is the built-in one and has no row."""

    __tablename__ = "fraud_policies"
    __table_args__ = (CheckConstraint("version > 1", name="version_is_own"),)

    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    document: Mapped[JsonValue] = mapped_column(Json)
    author: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    """None for who runs the house, by the command."""
    created_at: Mapped[datetime] = mapped_column(Instant)


class PolicyEventRow(Base):
    """A version was put in force, or beside the one in force as its shadow."""

    __tablename__ = "policy_events"
    __table_args__ = (
        CheckConstraint("role IN ('in_force', 'shadow')", name="role_known"),
        CheckConstraint("role = 'shadow' OR version IS NOT NULL", name="some_policy_is_in_force"),
        Index("ix_policy_events_program_role", "program_id", "role", "number"),
    )

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    role: Mapped[str] = mapped_column(String(16))
    version: Mapped[int | None]
    """None where the shadow was taken away."""
    author: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    at: Mapped[datetime] = mapped_column(Instant)


class BlindReviewRow(Base):
    """A receipt that was decided without a person, drawn for one who is not told how."""

    __tablename__ = "blind_reviews"
    __table_args__ = (
        ForeignKeyConstraint(["receipt_id"], ["receipts.id"]),
        CheckConstraint("decided IN ('pass', 'decline')", name="decided_known"),
        CheckConstraint("answer IS NULL OR answer IN ('accept', 'refuse')", name="answer_known"),
        CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answer_is_whole"),
        CheckConstraint("(answer IS NULL) = (answered_by IS NULL)", name="answered_by_someone"),
        Index("ix_blind_reviews_program_number", "program_id", "number"),
    )

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(64), unique=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    receipt_id: Mapped[str] = mapped_column(String(64), unique=True)
    decided: Mapped[str] = mapped_column(String(16))
    policy_version: Mapped[int]
    drawn_at: Mapped[datetime] = mapped_column(Instant)
    answer: Mapped[str | None] = mapped_column(String(16))
    answered_by: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    note: Mapped[str] = mapped_column(Text, default="")
