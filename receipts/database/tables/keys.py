"""Keys to the API, and the second step of signing in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from receipts.database.base import Base, BigId, Instant


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


class SecondStepRow(Base):
    """What an account's authenticator app shares with us (TOTP, RFC 6238)."""

    __tablename__ = "second_steps"

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    sealed_secret: Mapped[str] = mapped_column(String(255))
    """Encrypted with a key made from the installation's: a copy of the database alone gives no code."""
    begun_at: Mapped[datetime] = mapped_column(Instant)
    on_since: Mapped[datetime | None] = mapped_column(Instant)
    """Since when codes are asked for; empty until the first one was right."""
    last_step: Mapped[int] = mapped_column(BigInteger)
    """The last half minute whose code was taken: neither it nor an earlier one is taken again."""


class RecoveryCodeRow(Base):
    """A code for when the app is lost, good once."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("account_id", "code_hash"),)

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    code_hash: Mapped[str] = mapped_column(String(64))
    """Keyed by the installation's secret."""
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class ProviderLinkRow(Base):
    """Who a person at a provider of OpenID Connect is here."""

    __tablename__ = "provider_links"
    __table_args__ = (UniqueConstraint("account_id", "issuer"),)

    issuer: Mapped[str] = mapped_column(String(255), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    """The provider's own name of the person, which it gives to nobody else; an email address may pass on."""
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    linked_at: Mapped[datetime] = mapped_column(Instant)


class SpentStateRow(Base):
    """The state of a sign-in by a provider that came back: it opens nothing a second time."""

    __tablename__ = "spent_states"

    state_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    spent_at: Mapped[datetime] = mapped_column(Instant, index=True)
