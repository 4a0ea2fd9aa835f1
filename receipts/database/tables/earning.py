"""What earning rules ask for: members' purchases and facts, tiers, badges, activities, and budgets."""

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


class MemberPurchaseRow(Base):
    """A receipt that was accepted, as first purchases, streaks and milestones count it."""

    __tablename__ = "member_purchases"
    __table_args__ = (
        ForeignKeyConstraint(
            ["receipt_id", "program_id", "member_id"],
            ["receipts.id", "receipts.program_id", "receipts.member_id"],
        ),
        Index("ix_member_purchases_member", "member_id"),
    )

    receipt_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    member_id: Mapped[str] = mapped_column(String(64))
    purchase_key: Mapped[str] = mapped_column(String(200))
    bought_on: Mapped[date | None] = mapped_column(Date)
    """That which the rules went by; empty for receipts from before these were kept."""
    currency: Mapped[str] = mapped_column(String(3))
    minor: Mapped[int] = mapped_column(BigInteger)
    """Spent on the program's products."""


class CampaignBudgetRow(Base):
    """Points of a campaign that has a budget: `Books.post` moves it with every entry."""

    __tablename__ = "campaign_budgets"

    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    points: Mapped[int] = mapped_column(BigInteger)
    """Earned by all members, what was taken back taken off."""


class CampaignReserveRow(Base):
    """What a held receipt would take of a campaign's caps: later ones leave it that."""

    __tablename__ = "campaign_reserves"
    __table_args__ = (
        ForeignKeyConstraint(
            ["receipt_id", "program_id", "member_id"],
            ["receipts.id", "receipts.program_id", "receipts.member_id"],
        ),
        CheckConstraint("points > 0", name="reserves_points"),
        Index("ix_campaign_reserves_campaign", "program_id", "campaign_id"),
    )

    receipt_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    member_id: Mapped[str] = mapped_column(String(64))
    points: Mapped[int] = mapped_column(BigInteger)


class MemberFactsRow(Base):
    """What the core loyalty service says of a member, as far as rules ask; the birthday has no year."""

    __tablename__ = "member_facts"
    __table_args__ = (
        ForeignKeyConstraint(["program_id", "member_id"], ["members.program_id", "members.id"]),
        CheckConstraint("(birth_month IS NULL) = (birth_day IS NULL)", name="birthday_is_whole"),
    )

    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"), primary_key=True)
    member_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    birth_month: Mapped[int | None]
    birth_day: Mapped[int | None]
    segments: Mapped[JsonValue] = mapped_column(Json)
    updated_at: Mapped[datetime] = mapped_column(Instant)


class MemberTierRow(Base):
    """A member's tiers, one row for each change; the last one before a moment was the tier then."""

    __tablename__ = "member_tiers"
    __table_args__ = (
        ForeignKeyConstraint(["program_id", "member_id"], ["members.program_id", "members.id"]),
        Index("ix_member_tiers_member", "program_id", "member_id", "number"),
    )

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    member_id: Mapped[str] = mapped_column(String(64))
    tier: Mapped[str] = mapped_column(String(200))
    """Empty where the member left every tier."""
    since: Mapped[date] = mapped_column(Date)
    changed_at: Mapped[datetime] = mapped_column(Instant)


class MemberBadgeRow(Base):
    """A badge that a member earned, once."""

    __tablename__ = "member_badges"
    __table_args__ = (
        ForeignKeyConstraint(["program_id", "member_id"], ["members.program_id", "members.id"]),
    )

    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"), primary_key=True)
    member_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    badge: Mapped[str] = mapped_column(String(200), primary_key=True)
    since: Mapped[date] = mapped_column(Date)
    earned_at: Mapped[datetime] = mapped_column(Instant)


class ActivityRow(Base):
    """Something that a member did, told once: its id is the sender's own."""

    __tablename__ = "activities"
    __table_args__ = (
        ForeignKeyConstraint(["program_id", "member_id"], ["members.program_id", "members.id"]),
        UniqueConstraint("program_id", "event_id"),
        Index("ix_activities_member", "program_id", "member_id", "event"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    member_id: Mapped[str] = mapped_column(String(64))
    event_id: Mapped[str] = mapped_column(String(200))
    event: Mapped[str] = mapped_column(String(60))
    happened_on: Mapped[date] = mapped_column(Date)
    points: Mapped[int] = mapped_column(BigInteger)
    outcomes: Mapped[JsonValue] = mapped_column(Json)
    """Every rule's answer, as it was given."""
    created_at: Mapped[datetime] = mapped_column(Instant)


class StatusDocumentRow(Base):
    """A version of the document by which a program's tiers and badges move; the newest is in force."""

    __tablename__ = "status_documents"
    __table_args__ = (CheckConstraint("version > 0", name="version_counts"),)

    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    document: Mapped[JsonValue] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(Instant)
    applied_at: Mapped[datetime | None] = mapped_column(Instant)
    """When every member had been looked at by it."""


class MemberStatusRow(Base):
    """By which document a member was looked at last, and when the tier may fall by what leaves its window."""

    __tablename__ = "member_statuses"
    __table_args__ = (
        ForeignKeyConstraint(["program_id", "member_id"], ["members.program_id", "members.id"]),
        Index("ix_member_statuses_look_again_at", "look_again_at"),
    )

    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"), primary_key=True)
    member_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    version: Mapped[int]
    look_again_at: Mapped[datetime | None] = mapped_column(Instant)
