"""The doors of mail and text: what came in, what is answered, and whose address or number is whose."""

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
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from receipts.database.base import Base, BigId, Instant, Json, JsonValue
from receipts.inbound import InboundState, OutgoingState
from receipts.spans import at_hand_or_begun, traceparent

_INBOUND_STATES = ", ".join(f"'{state.value}'" for state in InboundState)
_OUTGOING_STATES = ", ".join(f"'{state.value}'" for state in OutgoingState)
WAITING_SQL = "state = 'waiting'"


class InboundRow(Base):
    """One mail or text as it came in; the raw message is in the file store."""

    __tablename__ = "inbound_messages"
    __table_args__ = (
        ForeignKeyConstraint(["program_id", "member_id"], ["members.program_id", "members.id"]),
        ForeignKeyConstraint(["submission_id"], ["submissions.id"]),
        UniqueConstraint("program_id", "mailbox", "raw_sha256"),
        UniqueConstraint("submission_id"),
        CheckConstraint("via IN ('email', 'sms', 'whatsapp')", name="via_known"),
        CheckConstraint(f"state IN ({_INBOUND_STATES})", name="state_known"),
        CheckConstraint("(state = 'taken') = (submission_id IS NOT NULL)", name="taken_is_whole"),
        CheckConstraint("(lease_owner IS NULL) = (lease_until IS NULL)", name="lease_is_whole"),
        Index("ix_inbound_messages_state_updated", "state", "updated_at"),
        Index(
            "ix_inbound_messages_waiting",
            *("program_id", "received_at", "number"),
            sqlite_where=text(WAITING_SQL),
            postgresql_where=text(WAITING_SQL),
        ),
        Index("ix_inbound_messages_program_number", "program_id", "number"),
        Index("ix_inbound_messages_media_due", "media_due", "updated_at"),
        Index("ix_inbound_messages_sender", "program_id", "sender", "state"),
    )

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(64), unique=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    via: Mapped[str] = mapped_column(String(16))
    mailbox: Mapped[str] = mapped_column(String(400))
    """Account and folder, or our number."""
    raw_sha256: Mapped[str] = mapped_column(String(64), index=True)
    raw_removed_at: Mapped[datetime | None] = mapped_column(Instant)
    """When retention or an erasure gave up the raw message; its hash stays, so that it is not taken twice."""
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    whole: Mapped[bool]
    sender: Mapped[str] = mapped_column(String(320))
    recipient: Mapped[str] = mapped_column(String(320))
    subject: Mapped[str] = mapped_column(String(500))
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(64))
    sentence: Mapped[str] = mapped_column(Text)
    member_id: Mapped[str | None] = mapped_column(String(64))
    submission_id: Mapped[str | None] = mapped_column(String(64))
    sent_by: Mapped[JsonValue | None] = mapped_column(Json)
    answer_to: Mapped[str] = mapped_column(String(320))
    """Where answers go; empty where nobody is answered."""
    guide_to: Mapped[str] = mapped_column(String(320), server_default="")
    """Where no result goes, and what to do next does; empty where nobody is told."""
    parts: Mapped[JsonValue | None] = mapped_column(Json)
    """A text's media, once they are in the file store."""
    media_due: Mapped[bool] = mapped_column(default=False)
    """They are to be deleted at the provider, and are still there."""
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime | None] = mapped_column(Instant)
    swept_at: Mapped[datetime | None] = mapped_column(Instant)
    lease_owner: Mapped[str | None] = mapped_column(String(100))
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    received_at: Mapped[datetime] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    """Of a text that was found later than it came: when the provider took it."""
    updated_at: Mapped[datetime] = mapped_column(Instant)
    traceparent: Mapped[str | None] = mapped_column(String(55), default=at_hand_or_begun)
    """Under which trace it came to be (`receipts.spans`)."""


class InboundKeyRow(Base):
    """A key that a message is known under: account, folder, UIDVALIDITY and UID, or the provider's id."""

    __tablename__ = "inbound_keys"
    __table_args__ = (ForeignKeyConstraint(["inbound_id"], ["inbound_messages.id"]),)

    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(500), primary_key=True)
    inbound_id: Mapped[str] = mapped_column(String(64), index=True)


class InboundRerunRow(Base):
    """Someone of the team had a message run again: who, when, and what it had become before."""

    __tablename__ = "inbound_reruns"
    __table_args__ = (
        ForeignKeyConstraint(["inbound_id"], ["inbound_messages.id"]),
        ForeignKeyConstraint(["submission_id"], ["submissions.id"]),
        UniqueConstraint("submission_id"),
        Index("ix_inbound_reruns_inbound_id", "inbound_id"),
    )

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    inbound_id: Mapped[str] = mapped_column(String(64))
    submission_id: Mapped[str | None] = mapped_column(String(64))
    """What it was before, all of it refused; None where it was no submission."""
    asked_by: Mapped[str] = mapped_column(String(64))
    """The account; empty for the command line."""
    at: Mapped[datetime] = mapped_column(Instant)


class OutgoingRow(Base):
    """One answer, written in the transaction that made it due."""

    __tablename__ = "outgoing_messages"
    __table_args__ = (
        ForeignKeyConstraint(["inbound_id"], ["inbound_messages.id"]),
        ForeignKeyConstraint(["submission_id"], ["submissions.id"]),
        UniqueConstraint("program_id", "fingerprint"),
        CheckConstraint("via IN ('email', 'sms', 'whatsapp')", name="via_known"),
        CheckConstraint(f"state IN ({_OUTGOING_STATES})", name="state_known"),
        CheckConstraint("(lease_owner IS NULL) = (lease_until IS NULL)", name="lease_is_whole"),
        Index("ix_outgoing_messages_state_updated", "state", "updated_at"),
        Index(
            "ix_outgoing_messages_waiting",
            *("program_id", "created_at", "number"),
            sqlite_where=text(WAITING_SQL),
            postgresql_where=text(WAITING_SQL),
        ),
        Index("ix_outgoing_messages_recipient", "program_id", "recipient", "sent_at"),
        Index("ix_outgoing_messages_provider", "provider_id"),
        Index("ix_outgoing_messages_detail", "program_id", "detail"),
    )

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(64), unique=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    via: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(16))
    recipient: Mapped[str] = mapped_column(String(320))
    inbound_id: Mapped[str | None] = mapped_column(String(64), index=True)
    submission_id: Mapped[str | None] = mapped_column(String(64), index=True)
    detail: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[str] = mapped_column(String(64))
    """Hash of what it says to whom: the same is never said twice."""
    asked_by: Mapped[str | None] = mapped_column(String(64), index=True)
    """The member who asked for it; None where it answers a message."""
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    provider_id: Mapped[str] = mapped_column(String(200))
    provider_status: Mapped[str] = mapped_column(String(100))
    report_id: Mapped[str | None] = mapped_column(String(64), index=True)
    """The inbound message by which a mail server reports on it."""
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime | None] = mapped_column(Instant)
    swept_at: Mapped[datetime | None] = mapped_column(Instant)
    lease_owner: Mapped[str | None] = mapped_column(String(100))
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    traceparent: Mapped[str | None] = mapped_column(String(55), default=traceparent)
    """Under which trace it came to be (`receipts.spans`)."""


class LinkedAddressRow(Base):
    """An e-mail address or a number that a member sends from."""

    __tablename__ = "linked_addresses"
    __table_args__ = (
        ForeignKeyConstraint(["program_id", "member_id"], ["members.program_id", "members.id"]),
        CheckConstraint("kind IN ('email', 'phone')", name="kind_known"),
        Index("ix_linked_addresses_member", "program_id", "member_id"),
    )

    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    address: Mapped[str] = mapped_column(String(320), primary_key=True)
    member_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    linked_at: Mapped[datetime] = mapped_column(Instant)


class SecretAddressRow(Base):
    """The part behind the plus sign of a member's own secret address; one at a time, renewable."""

    __tablename__ = "secret_addresses"
    __table_args__ = (
        ForeignKeyConstraint(["program_id", "member_id"], ["members.program_id", "members.id"]),
        UniqueConstraint("program_id", "member_id"),
    )

    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"), primary_key=True)
    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    member_id: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(Instant)


class LinkRow(Base):
    """A link that was sent to an address or number, by which its owner joins or links it; used once."""

    __tablename__ = "links"
    __table_args__ = (
        ForeignKeyConstraint(["program_id", "used_by"], ["members.program_id", "members.id"]),
        CheckConstraint("kind IN ('email', 'phone')", name="kind_known"),
        CheckConstraint("(used_at IS NULL) = (used_by IS NULL)", name="used_is_whole"),
        Index("ix_links_address", "program_id", "kind", "address"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    kind: Mapped[str] = mapped_column(String(8))
    address: Mapped[str] = mapped_column(String(320))
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)
    used_by: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(Instant)


class OptOutRow(Base):
    """A number's last word, STOP or START: after a STOP nothing is sent to it.

    A START is kept too, with when it was sent, since an older STOP may come in after it.
    """

    __tablename__ = "opt_outs"

    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"), primary_key=True)
    number: Mapped[str] = mapped_column(String(32), primary_key=True)
    stopped: Mapped[bool] = mapped_column(server_default=true())
    at: Mapped[datetime] = mapped_column(Instant)


class LeaseRow(Base):
    """Something that only one process may do at a time, and until when one does."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(400), primary_key=True)
    owner: Mapped[str] = mapped_column(String(100))
    until: Mapped[datetime] = mapped_column(Instant)
