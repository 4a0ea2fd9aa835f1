"""Who changed people and keys, and what a program says of retailers. Both tables only grow (triggers)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from receipts.database.base import Base, BigId, Instant, Json, JsonValue


class StaffEventRow(Base):
    """A change to an account of staff, to a key, or to what is asked of staff."""

    __tablename__ = "staff_events"
    __table_args__ = (Index("ix_staff_events_program", "program_id", "number"),)

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    by_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    """None: whoever runs the program, by a command."""
    account_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    """Whose account or key; None where it is all of the staff."""
    kind: Mapped[str] = mapped_column(String(24))
    detail: Mapped[JsonValue] = mapped_column(Json)
    at: Mapped[datetime] = mapped_column(Instant)


class RetailerFactRow(Base):
    """What a program says of one retailer from then on; the newest row of a key holds."""

    __tablename__ = "retailer_facts"
    __table_args__ = (Index("ix_retailer_facts_key", "program_id", "key", "number"),)

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    key: Mapped[str] = mapped_column(String(200))
    """The name, folded."""
    facts: Mapped[JsonValue | None] = mapped_column(Json)
    """As a chain of the directory's files has them; None where the program says nothing any more."""
    author: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    at: Mapped[datetime] = mapped_column(Instant)
