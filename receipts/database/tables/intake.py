"""What came in, where each receipt stands, and what each stage made of it."""

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
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from receipts.database.base import Base, BigId, Instant, Json, JsonValue
from receipts.state import UNFINISHED, ReceiptState

_STATES = ", ".join(f"'{state.value}'" for state in ReceiptState)
# Spelled out, not bound: SQLite takes a partial index only where the query has its very condition.
_UNFINISHED = ", ".join(sorted(f"'{state.value}'" for state in UNFINISHED))
UNFINISHED_SQL = f"state IN ({_UNFINISHED})"


class SubmissionRow(Base):
    """One upload, email or text."""

    __tablename__ = "submissions"
    __table_args__ = (
        ForeignKeyConstraint(["program_id", "member_id"], ["members.program_id", "members.id"]),
        CheckConstraint("channel IN ('upload', 'email', 'sms')", name="channel_known"),
        UniqueConstraint("id", "program_id", "member_id"),
    )

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(64), unique=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    member_id: Mapped[str] = mapped_column(String(64), index=True)
    channel: Mapped[str] = mapped_column(String(16))
    received_at: Mapped[datetime] = mapped_column(Instant)


class ReceiptRow(Base):
    """A receipt on its way. `number` is the order of submission, which decides who was earlier."""

    __tablename__ = "receipts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["submission_id", "program_id", "member_id"],
            ["submissions.id", "submissions.program_id", "submissions.member_id"],
        ),
        UniqueConstraint("submission_id", "position"),
        CheckConstraint("part >= 0", name="part_counts"),
        UniqueConstraint("id", "program_id", "member_id"),
        CheckConstraint(f"state IN ({_STATES})", name="state_known"),
        CheckConstraint("(state = 'rejected') = (rejection_code IS NOT NULL)", name="rejected_has_reason"),
        CheckConstraint("state <> 'failed' OR failed_from IS NOT NULL", name="failed_knows_where"),
        CheckConstraint("(lease_owner IS NULL) = (lease_until IS NULL)", name="lease_is_whole"),
        CheckConstraint("attempts >= 0", name="attempts_count"),
        Index("ix_receipts_state_updated", "state", "updated_at"),
        Index("ix_receipts_program_bytes", "program_id", "file_sha256"),
        Index("ix_receipts_program_purchase", "program_id", "purchase_key"),
        Index("ix_receipts_member_received", "member_id", "received_at"),
        Index(
            "ix_receipts_failures",
            *("program_id", "failed_from", "failure_kind", "failure_cause", "updated_at", "number"),
            sqlite_where=text("state = 'failed'"),
            postgresql_where=text("state = 'failed'"),
        ),
        Index(
            "ix_receipts_waiting",
            *("program_id", "light", "backfill", "received_at", "number"),
            sqlite_where=text(UNFINISHED_SQL),
            postgresql_where=text(UNFINISHED_SQL),
        ),
        Index(
            "ix_receipts_files_kept",
            "program_id",
            "updated_at",
            sqlite_where=text("files_removed_at IS NULL"),
            postgresql_where=text("files_removed_at IS NULL"),
        ),
    )

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(64), unique=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    submission_id: Mapped[str] = mapped_column(String(64))
    member_id: Mapped[str] = mapped_column(String(64))
    position: Mapped[int]
    """0 for the first receipt of the submission."""
    part: Mapped[int] = mapped_column(default=0)
    """0 for the first receipt of its file; files may hold several."""
    file_name: Mapped[str] = mapped_column(String(255))
    """As the sender named it: shown, never used as a path."""
    file_sha256: Mapped[str | None] = mapped_column(String(64))
    """None only where the file was refused before it could be stored whole."""
    media_type: Mapped[str | None] = mapped_column(String(64))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    picture_sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    """The repaired picture that the fields' places refer to."""
    files_removed_at: Mapped[datetime | None] = mapped_column(Instant)
    """When retention or an erasure gave up original and picture."""
    state: Mapped[str] = mapped_column(String(16))
    rejection_code: Mapped[str | None] = mapped_column(String(32))
    rejection_detail: Mapped[str | None] = mapped_column(Text)
    failed_from: Mapped[str | None] = mapped_column(String(16))
    failure: Mapped[str | None] = mapped_column(Text)
    failure_kind: Mapped[str | None] = mapped_column(String(16))
    """Of a failed receipt: see `receipts.failure`. The cause is what it shares with others."""
    failure_cause: Mapped[str | None] = mapped_column(String(200))
    attempts: Mapped[int] = mapped_column(default=0)
    """Tries of the stage that is due; back to 0 when one succeeds."""
    not_before: Mapped[datetime | None] = mapped_column(Instant)
    """Back-off after the world failed."""
    light: Mapped[bool] = mapped_column(default=False, server_default=false())
    """What is left to do needs no OCR engine: an e-receipt, or one whose picture was read."""
    backfill: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Nobody waits for it: taken up after those that somebody waits for."""
    swept_at: Mapped[datetime | None] = mapped_column(Instant)
    """When the sweeper last rang for it: a long queue is no reason to ring again and again."""
    lease_owner: Mapped[str | None] = mapped_column(String(100))
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    purchase_key: Mapped[str | None] = mapped_column(String(200))
    points: Mapped[int | None] = mapped_column(BigInteger)
    """What was decided: None until then, 0 where nothing was paid."""
    received_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)


class PurchaseLookupRow(Base):
    """Coarse keys of a read purchase, so that earlier ones like it are found by index."""

    __tablename__ = "purchase_lookups"
    __table_args__ = (
        ForeignKeyConstraint(["receipt_id"], ["receipts.id"]),
        Index("ix_purchase_lookups_program_key", "program_id", "key"),
    )

    receipt_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))


class ArtefactRow(Base):
    """What a stage made, with the versions that made it. Kept as it was; a new try adds a revision."""

    __tablename__ = "artefacts"
    __table_args__ = (
        ForeignKeyConstraint(["receipt_id"], ["receipts.id"]),
        CheckConstraint("kind IN ('reading', 'matching', 'screening', 'decision')", name="kind_known"),
        Index("ix_artefacts_created", "created_at"),
    )

    receipt_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    versions: Mapped[JsonValue] = mapped_column(Json)
    """Names of what made it: engine, reader, matcher, catalog, policy, campaigns."""
    body: Mapped[JsonValue] = mapped_column(Json)
    seconds: Mapped[float]
    """How long the stage worked."""
    engine_seconds: Mapped[float | None]
    """Of a reading: how long the OCR engine worked; empty where it was not asked."""
    created_at: Mapped[datetime] = mapped_column(Instant)


class IdempotencyRow(Base):
    """An Idempotency-Key that a caller used, and the answer it got."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (
        CheckConstraint("(status IS NULL) = (body IS NULL)", name="answer_is_whole"),
        Index("ix_idempotency_keys_created_at", "created_at"),
    )

    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"), primary_key=True)
    caller: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    """Hash of the request; another request under the same key is refused."""
    status: Mapped[int | None]
    """The HTTP status answered; None while the first request still runs."""
    body: Mapped[str | None] = mapped_column(Text)
    running_until: Mapped[datetime] = mapped_column(Instant)
    """A first request that died is forgotten after this."""
    created_at: Mapped[datetime] = mapped_column(Instant)
