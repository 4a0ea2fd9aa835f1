"""Points and what the core loyalty service is told of them.

`ledger_entries`, `claims` and `claim_ends` only grow: triggers of the migration refuse UPDATE and DELETE. A
message is given its place in the feed later; nothing else of it changes.
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
from receipts.spans import traceparent

ACCOUNTS_FIT_KIND = (
    "(kind IN ('award', 'activity', 'gift', 'opening') AND debit = 'program'"
    " AND credit IN ('pending', 'available'))"
    " OR (kind IN ('reversal', 'opening_cut') AND debit IN ('pending', 'available') AND credit = 'cancelled')"
    " OR (kind = 'release' AND debit = 'pending' AND credit = 'available')"
    " OR (kind = 'expiry' AND debit = 'available' AND credit = 'expired')"
    " OR (kind = 'hold' AND debit = 'available' AND credit = 'held')"
    " OR (kind = 'hold_end' AND debit = 'held' AND credit = 'available')"
    " OR (kind = 'redemption' AND debit = 'held' AND credit = 'redeemed')"
)
POINTS_FIT_ACCOUNTS = (
    "points = CASE WHEN credit = 'available' THEN moved WHEN debit = 'available' THEN -moved ELSE 0 END"
)


class LedgerEntryRow(Base):
    """So many points from one account to another, immutable."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        ForeignKeyConstraint(
            ["receipt_id", "program_id", "member_id"],
            ["receipts.id", "receipts.program_id", "receipts.member_id"],
        ),
        ForeignKeyConstraint(["program_id", "member_id"], ["members.program_id", "members.id"]),
        CheckConstraint("moved > 0", name="moves_points"),
        CheckConstraint(ACCOUNTS_FIT_KIND, name="accounts_fit_kind"),
        CheckConstraint(POINTS_FIT_ACCOUNTS, name="points_fit_accounts"),
        CheckConstraint("(kind = 'reversal') = (reverses IS NOT NULL)", name="reversal_names_which"),
        CheckConstraint("kind <> 'award' OR receipt_id IS NOT NULL", name="award_names_receipt"),
        CheckConstraint("source <> ''", name="rests_on_something"),
        # What an entry rests on is posted once: a rule pays a receipt once, and once more for each posting of
        # a difference; points are released once; a redemption is captured once.
        UniqueConstraint(
            "program_id",
            "source",
            "campaign_id",
            "rule_id",
            "kind",
            "posting",
            "debit",
            name="uq_ledger_entries_once",
        ),
        Index("ix_ledger_entries_member", "member_id", "number"),
        Index("ix_ledger_entries_receipt_id", "receipt_id"),
        Index("ix_ledger_entries_reverses", "reverses"),
    )

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(64), unique=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    member_id: Mapped[str] = mapped_column(String(64))
    receipt_id: Mapped[str | None] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    points: Mapped[int] = mapped_column(BigInteger)
    """What it does to the spendable balance, signed; the balance is their sum. Follows from the rest."""
    campaign_id: Mapped[str] = mapped_column(String(100))
    """Empty where no campaign paid."""
    rule_id: Mapped[str] = mapped_column(String(100))
    posting: Mapped[int] = mapped_column(default=0, server_default="0")
    """0 for the decision itself, then one more for each posting of a difference."""
    reverses: Mapped[str | None] = mapped_column(ForeignKey("ledger_entries.id"))
    sentence: Mapped[str] = mapped_column(String(500))
    created_at: Mapped[datetime] = mapped_column(Instant)
    moved: Mapped[int] = mapped_column(BigInteger)
    debit: Mapped[str] = mapped_column(String(16))
    credit: Mapped[str] = mapped_column(String(16))
    source: Mapped[str] = mapped_column(String(100))
    due_at: Mapped[datetime | None] = mapped_column(Instant)


class DuePointsRow(Base):
    """Points to be released, told of or expired at a moment; the row goes when that is done."""

    __tablename__ = "due_points"
    __table_args__ = (
        CheckConstraint("kind IN ('release', 'notice', 'expiry', 'hold', 'refund')", name="kind_known"),
        UniqueConstraint("target_id", "kind"),
        Index("ix_due_points_due_at", "due_at"),
        Index("ix_due_points_member", "member_id"),
    )

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(16))
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    member_id: Mapped[str] = mapped_column(String(64))
    target_id: Mapped[str] = mapped_column(String(64))
    """The entry that put the points there, the redemption that runs out, or the refund's receipt."""
    due_at: Mapped[datetime] = mapped_column(Instant)


class ClaimRow(Base):
    """One purchase line paid once to one program: the primary key is the promise.

    `turn` counts how often the claim was given up before: a line that turned out to be another product.
    """

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
    turn: Mapped[int] = mapped_column(primary_key=True, default=0, server_default="0", autoincrement=False)
    receipt_id: Mapped[str] = mapped_column(String(64), index=True)
    member_id: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(Instant)


class ClaimEndRow(Base):
    """A claim given up, because its points were taken back and the line is free again."""

    __tablename__ = "claim_ends"
    __table_args__ = (
        ForeignKeyConstraint(
            ["program_id", "purchase_key", "line_key", "turn"],
            ["claims.program_id", "claims.purchase_key", "claims.line_key", "claims.turn"],
            name="fk_claim_ends_claim",
        ),
    )

    program_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    purchase_key: Mapped[str] = mapped_column(String(200), primary_key=True)
    line_key: Mapped[str] = mapped_column(String(200), primary_key=True)
    turn: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
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
    traceparent: Mapped[str | None] = mapped_column(String(55), default=traceparent)
    """Under which trace it came to be (`receipts.spans`)."""
