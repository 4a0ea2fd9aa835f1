"""The program (the tenant), who signs in, its members, catalog and campaigns."""

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
    false,
)
from sqlalchemy.orm import Mapped, mapped_column

from receipts.database.base import Base, BigId, Instant, Json, JsonValue


class ProgramRow(Base):
    """A manufacturer's loyalty program."""

    __tablename__ = "programs"
    __table_args__ = (
        CheckConstraint("window_days > 0", name="window_positive"),
        CheckConstraint("daily_receipts > 0", name="daily_positive"),
        CheckConstraint("feed_position >= 0", name="feed_position_counts"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    currency: Mapped[str] = mapped_column(String(3))
    time_zone: Mapped[str] = mapped_column(String(64))
    window_days: Mapped[int]
    """A purchase older than this is held."""
    daily_receipts: Mapped[int]
    """More than this from one member in one day are held."""
    accept_precision: Mapped[float | None]
    """Wanted of matches that pay by their words; empty for the usual thresholds. See `MatchWish`."""
    none_precision: Mapped[float | None]
    own_share: Mapped[float | None]
    pending_days: Mapped[int] = mapped_column(default=0, server_default="0")
    """What the program promises of its points: see `PointsTerms`."""
    expiry_days: Mapped[int | None]
    notice_days: Mapped[int] = mapped_column(default=14, server_default="14")
    point_value_micros: Mapped[int | None] = mapped_column(BigInteger)
    return_policy: Mapped[str] = mapped_column(String(16), default="below_zero", server_default="below_zero")
    gift_limit: Mapped[int] = mapped_column(default=500, server_default="500")
    undo_s: Mapped[int] = mapped_column(default=60, server_default="60")
    """How reviewers decide: see `ReviewTerms`."""
    second_above: Mapped[int | None] = mapped_column(BigInteger)
    second_step: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether its staff must sign in by two steps."""
    purchase_data: Mapped[str] = mapped_column(String(8), default="none", server_default="none")
    """What of purchases is told: see `PurchaseData`."""
    keep_files_days: Mapped[int | None]
    """Originals and pictures go this long after their receipt came to rest; empty: they are kept."""
    feed_position: Mapped[int] = mapped_column(BigInteger, default=0)
    """The last position given out in the message feed."""
    created_at: Mapped[datetime] = mapped_column(Instant)


class MemberRow(Base):
    """A member of one program."""

    __tablename__ = "members"
    __table_args__ = (
        UniqueConstraint("program_id", "id"),
        CheckConstraint("message_sequence >= 0", name="sequence_counts"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    name: Mapped[str] = mapped_column(String(200))
    message_sequence: Mapped[int] = mapped_column(BigInteger, default=0)
    """The sequence of the member's last message; also what a posting compares and sets (see `books`)."""
    joined_at: Mapped[datetime] = mapped_column(Instant)
    language: Mapped[str | None] = mapped_column(String(8))
    """What mails and texts are written in, such as ``de``; empty until the member has signed in."""
    language_chosen: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether the member said so; else it is what their browser asked for the first time."""
    erased_at: Mapped[datetime | None] = mapped_column(Instant)


class AccountRow(Base):
    """Someone, or some service, that signs in."""

    __tablename__ = "accounts"
    __table_args__ = (
        ForeignKeyConstraint(["program_id", "member_id"], ["members.program_id", "members.id"]),
        CheckConstraint("role IN ('member', 'reviewer', 'admin', 'service')", name="role_known"),
        CheckConstraint("(role = 'member') = (member_id IS NOT NULL)", name="members_only_have_member_id"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    member_id: Mapped[str | None] = mapped_column(String(64))
    role: Mapped[str] = mapped_column(String(16))
    email: Mapped[str] = mapped_column(String(254), unique=True)
    """Lower case."""
    name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    """Nobody signs in with it any more; the row stays for what it decided."""
    disabled_at: Mapped[datetime | None] = mapped_column(Instant)
    """Since when nobody signs in by it; empty where someone may."""
    signed_out_at: Mapped[datetime | None] = mapped_column(Instant)
    """Sessions and tokens from before are over."""


class CatalogVersionRow(Base):
    """One imported catalog: in force, superseded, or to come (docs/decisions/0018-catalog-dates.md)."""

    __tablename__ = "catalog_versions"
    __table_args__ = (UniqueConstraint("program_id", "version"),)

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    version: Mapped[str] = mapped_column(String(64))
    imported_at: Mapped[datetime] = mapped_column(Instant)
    in_force_at: Mapped[datetime | None] = mapped_column(Instant)
    """Empty while its products are still being written: nobody matches against it."""
    effective_on: Mapped[date | None] = mapped_column(Date)
    """The first purchase day that it holds for; empty: for all."""


class CatalogProductRow(Base):
    """A product as one catalog version has it."""

    __tablename__ = "catalog_products"
    __table_args__ = (
        UniqueConstraint("catalog_number", "sku"),
        CheckConstraint("msrp_minor IS NULL OR msrp_minor >= 0", name="msrp_not_negative"),
        CheckConstraint("(msrp_minor IS NULL) = (msrp_currency IS NULL)", name="msrp_has_currency"),
    )

    catalog_number: Mapped[int] = mapped_column(
        BigId, ForeignKey("catalog_versions.number", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(String(100))
    gtin: Mapped[str | None] = mapped_column(String(14))
    brand: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(500))
    size: Mapped[str] = mapped_column(String(100))
    category: Mapped[str] = mapped_column(String(200))
    msrp_minor: Mapped[int | None] = mapped_column(BigInteger)
    msrp_currency: Mapped[str | None] = mapped_column(String(3))
    aliases: Mapped[JsonValue] = mapped_column(Json)


class CampaignRow(Base):
    """One version of a campaign's document; the newest of an id is in force."""

    __tablename__ = "campaigns"
    __table_args__ = (
        CheckConstraint("version > 0", name="version_counts"),
        Index("ix_campaigns_in_force", "program_id", "in_force"),
    )

    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"), primary_key=True)
    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    document: Mapped[JsonValue] = mapped_column(Json)
    in_force: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(Instant)
