"""What was brought over from another loyalty system: members, their points and tiers, what happened there."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from receipts.database.base import Base, BigId, Instant, Json, JsonValue


class MemberOriginRow(Base):
    """Which member a member of another system became. The key outlives an erasure, the id itself does not."""

    __tablename__ = "member_origins"
    __table_args__ = (
        ForeignKeyConstraint(["program_id", "member_id"], ["members.program_id", "members.id"]),
        Index("ix_member_origins_member", "program_id", "member_id"),
    )

    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"), primary_key=True)
    system: Mapped[str] = mapped_column(String(60), primary_key=True)
    source_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of program, system and the id there: who was erased is not brought over again."""
    source_id: Mapped[str | None] = mapped_column(String(200))
    """The id there; empty once the member was erased."""
    member_id: Mapped[str] = mapped_column(String(64))
    brought_at: Mapped[datetime] = mapped_column(Instant)


class BroughtBalanceRow(Base):
    """Points brought over that are spent and expire together: a member's, of one system, in one bucket."""

    __tablename__ = "brought_balances"
    __table_args__ = (
        ForeignKeyConstraint(["program_id", "member_id"], ["members.program_id", "members.id"]),
        UniqueConstraint("program_id", "member_id", "system", "bucket", name="uq_brought_balances_bucket"),
        CheckConstraint("points >= 0", name="points_count"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    """What the ledger's openings rest on."""
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    member_id: Mapped[str] = mapped_column(String(64))
    system: Mapped[str] = mapped_column(String(60))
    bucket: Mapped[str] = mapped_column(String(40))
    """``available/2027-01-31``, ``available/terms``, ``available/never`` or ``pending/2026-12-01``."""
    points: Mapped[int] = mapped_column(BigInteger)
    """Opened by the ledger, cuts taken off."""
    postings: Mapped[int] = mapped_column(default=0)
    """How often something was posted of it."""


class BroughtTierRow(Base):
    """The tier that a member had there; by a status document it is the least that they have until a day."""

    __tablename__ = "brought_tiers"
    __table_args__ = (
        ForeignKeyConstraint(["program_id", "member_id"], ["members.program_id", "members.id"]),
    )

    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"), primary_key=True)
    member_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    system: Mapped[str] = mapped_column(String(60))
    tier: Mapped[str] = mapped_column(String(200))
    kept_until: Mapped[date | None] = mapped_column(Date)
    """The last day on which it is the least; empty where nothing was promised."""


class BroughtEventRow(Base):
    """Something that happened in the other system: to be read, never to be counted."""

    __tablename__ = "brought_events"
    __table_args__ = (
        ForeignKeyConstraint(["program_id", "member_id"], ["members.program_id", "members.id"]),
        UniqueConstraint(
            "program_id", "member_id", "system", "reference", name="uq_brought_events_reference"
        ),
        Index("ix_brought_events_member", "program_id", "member_id", "happened_on"),
    )

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    member_id: Mapped[str] = mapped_column(String(64))
    system: Mapped[str] = mapped_column(String(60))
    reference: Mapped[str] = mapped_column(String(200))
    """The id there, or a hash of what the row says."""
    happened_on: Mapped[date] = mapped_column(Date)
    points: Mapped[int] = mapped_column(BigInteger)
    """As it was there, signed."""
    words: Mapped[str] = mapped_column(String(200))


class MigrationRunRow(Base):
    """A load from another system, or somebody's word that all is here. Only grows (triggers)."""

    __tablename__ = "migration_runs"
    __table_args__ = (
        CheckConstraint("kind IN ('load', 'sign_off')", name="kind_known"),
        Index("ix_migration_runs_program", "program_id", "number"),
    )

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    system: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(16))
    signed_by: Mapped[str] = mapped_column(String(200))
    """Of a sign-off, whose word it is; empty for a load."""
    report: Mapped[JsonValue] = mapped_column(Json)
    at: Mapped[datetime] = mapped_column(Instant)
