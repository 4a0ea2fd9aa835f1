"""The reviewers' desk: decisions that take effect later, second persons' words, and named views."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from receipts.database.base import Base, BigId, Instant, Json, JsonValue

_WAITS = text("status = 'proposed'")


class PlannedDecisionRow(Base):
    """A reviewer's decision that can still be undone; gone once it took effect, or was undone.

    The case stays open meanwhile, so that whatever may end an open case ends this one, too.
    """

    __tablename__ = "planned_decisions"

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(64), unique=True)
    """Never given twice, as SQLite does with the numbers of rows that are gone."""
    case_id: Mapped[str] = mapped_column(ForeignKey("review_cases.id"), unique=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    approve: Mapped[bool]
    products: Mapped[JsonValue] = mapped_column(Json)
    note: Mapped[str] = mapped_column(Text)
    reading: Mapped[int]
    """The revision of the reading that was decided on; another one is for a person to see first."""
    planned_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant, index=True)
    tries: Mapped[int] = mapped_column(default=0)


class SecondWordRow(Base):
    """What one reviewer proposes and another must agree to: an approval of much, or a reversal."""

    __tablename__ = "second_words"
    __table_args__ = (
        CheckConstraint("kind IN ('approval', 'reversal')", name="kind_known"),
        CheckConstraint("status IN ('proposed', 'agreed', 'refused', 'replaced')", name="status_known"),
        CheckConstraint("decided_by <> proposed_by", name="two_people"),
        Index(
            "ix_second_words_waiting",
            "case_id",
            unique=True,
            sqlite_where=_WAITS,
            postgresql_where=_WAITS,
        ),
        Index("ix_second_words_program", "program_id", "status", "number"),
    )

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    case_id: Mapped[str] = mapped_column(ForeignKey("review_cases.id"))
    kind: Mapped[str] = mapped_column(String(16))
    points: Mapped[int] = mapped_column(BigInteger)
    reading: Mapped[int]
    note: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(16))
    proposed_by: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    proposed_at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)


class LineCorrectionRow(Base):
    """What somebody said the lines of a settled receipt are; where it adds much, another has to agree."""

    __tablename__ = "line_corrections"
    __table_args__ = (
        CheckConstraint(
            "status IN ('alone', 'proposed', 'agreed', 'refused', 'replaced')", name="status_known"
        ),
        CheckConstraint("decided_by <> proposed_by", name="two_people"),
        Index(
            "ix_line_corrections_waiting",
            "receipt_id",
            unique=True,
            sqlite_where=_WAITS,
            postgresql_where=_WAITS,
        ),
        Index("ix_line_corrections_program", "program_id", "status", "number"),
    )

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(64), unique=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    receipt_id: Mapped[str] = mapped_column(ForeignKey("receipts.id"), index=True)
    lines: Mapped[JsonValue] = mapped_column(Json)
    """The product of each line by its position; null for not ours."""
    points: Mapped[int] = mapped_column(BigInteger)
    """That it adds; below zero where it takes back more."""
    status: Mapped[str] = mapped_column(String(16))
    proposed_by: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    proposed_at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)


class SavedViewRow(Base):
    """An order and a part of the queue that a reviewer gave a name."""

    __tablename__ = "saved_views"
    __table_args__ = (UniqueConstraint("account_id", "name"),)

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    name: Mapped[str] = mapped_column(String(40))
    first: Mapped[str] = mapped_column(String(16))
    show: Mapped[str] = mapped_column(String(16))
    least_points: Mapped[int] = mapped_column(BigInteger)
