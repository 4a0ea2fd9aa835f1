"""What reviewers taught. `alias_events` only grows (triggers); the other two tables are counted from it."""

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
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from receipts.database.base import Base, BigId, Instant


class AliasEventRow(Base):
    """A reviewer confirmed what a shop's line is, or took one confirmation back."""

    __tablename__ = "alias_events"
    __table_args__ = (
        ForeignKeyConstraint(["receipt_id"], ["receipts.id"]),
        CheckConstraint("act IN ('confirmed', 'withdrawn')", name="act_known"),
        CheckConstraint("(act = 'withdrawn') = (withdraws IS NOT NULL)", name="withdrawn_names_which"),
        CheckConstraint("kind IN ('words', 'number')", name="kind_known"),
        CheckConstraint("(unit_minor IS NULL) = (currency IS NULL)", name="price_is_whole"),
        # One confirmation is taken back once, however many press the button.
        UniqueConstraint("withdraws"),
        Index("ix_alias_events_print", "program_id", "retailer_key", "kind", "key"),
        Index("ix_alias_events_receipt", "receipt_id", "position"),
    )

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    act: Mapped[str] = mapped_column(String(16))
    retailer_key: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(8))
    key: Mapped[str] = mapped_column(String(200))
    sku: Mapped[str] = mapped_column(String(100))
    """Empty where the reviewer said that the line is none of our products."""
    retailer: Mapped[str] = mapped_column(String(200))
    """The shop as it was read, for people."""
    printed: Mapped[str] = mapped_column(String(300))
    product: Mapped[str] = mapped_column(String(300), server_default="")
    """Brand and name as the catalog had them then: a number may be given to another product later."""
    unit_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(3))
    receipt_id: Mapped[str] = mapped_column(String(64))
    position: Mapped[int]
    withdraws: Mapped[int | None] = mapped_column(ForeignKey("alias_events.number"))
    author: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    """None for who runs the house, by the command."""
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)


class AliasShopRow(Base):
    """A shop that something was confirmed for; who writes an event of it holds this row first."""

    __tablename__ = "alias_shops"

    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"), primary_key=True)
    retailer_key: Mapped[str] = mapped_column(String(200), primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    """The number of the shop's last event."""


class AliasRow(Base):
    """A print at a shop with one answer to it, counted from the confirmations that stand."""

    __tablename__ = "aliases"
    __table_args__ = (
        UniqueConstraint("program_id", "retailer_key", "kind", "key", "sku"),
        CheckConstraint("confirmations > 0", name="stands"),
        Index("ix_aliases_program_confirmed", "program_id", "last_event"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    retailer_key: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(8))
    key: Mapped[str] = mapped_column(String(200))
    sku: Mapped[str] = mapped_column(String(100))
    retailer: Mapped[str] = mapped_column(String(200))
    printed: Mapped[str] = mapped_column(String(300))
    product: Mapped[str] = mapped_column(String(300), server_default="")
    confirmations: Mapped[int]
    last_event: Mapped[int] = mapped_column(BigInteger)
    confirmed_at: Mapped[datetime] = mapped_column(Instant)
    author: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    receipt_id: Mapped[str] = mapped_column(String(64))
    lowest_minor: Mapped[int | None] = mapped_column(BigInteger)
    highest_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(3))
    used_at: Mapped[datetime | None] = mapped_column(Instant)
    """When a line was last answered by it, to the day; kept while any confirmation stands."""
