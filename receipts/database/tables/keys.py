"""Keys to the API, which act for an account."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from receipts.database.base import Base, Instant


class ApiKeyRow(Base):
    """A key to the API: whoever has it is the account, until it ends or is taken back."""

    __tablename__ = "api_keys"
    __table_args__ = (Index("ix_api_keys_program", "program_id", "created_at"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    """The part of the key that is no secret."""
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    name: Mapped[str] = mapped_column(String(100))
    secret_hash: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the secret, which is 256 random bits: nothing that could be guessed through a fast hash."""
    created_by: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime | None] = mapped_column(Instant)
    last_used_at: Mapped[datetime | None] = mapped_column(Instant)
    """To the minute."""
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
