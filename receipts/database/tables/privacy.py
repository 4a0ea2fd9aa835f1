"""Whose data were erased, which files are to go, and who looked at what a member sent.

`erasures` and `file_looks` only grow (triggers): they are what an auditor asks for.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from receipts.database.base import Base, BigId, Instant


class ErasureRow(Base):
    """A member's data were erased; the member's id stays as the pseudonym that the books name."""

    __tablename__ = "erasures"
    __table_args__ = (
        ForeignKeyConstraint(["program_id", "member_id"], ["members.program_id", "members.id"]),
        UniqueConstraint("program_id", "member_id"),
        CheckConstraint("receipts >= 0 AND messages >= 0", name="counts"),
    )

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    member_id: Mapped[str] = mapped_column(String(64))
    asked_by: Mapped[str] = mapped_column(String(64))
    """The account that asked; empty for the command line."""
    receipts: Mapped[int]
    messages: Mapped[int]
    """Mails and texts, in and out."""
    at: Mapped[datetime] = mapped_column(Instant)


class FileRemovalRow(Base):
    """A stored file that nobody needs any more; the row goes with the file."""

    __tablename__ = "file_removals"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(Instant)


class FileLookRow(Base):
    """Someone of the team saw what a member sent: the picture that was read, or a mail as it came."""

    __tablename__ = "file_looks"
    __table_args__ = (
        CheckConstraint("what IN ('picture', 'mail', 'export')", name="what_known"),
        Index("ix_file_looks_program_number", "program_id", "number"),
        Index("ix_file_looks_member", "program_id", "member_id", "number"),
    )

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
    account_id: Mapped[str] = mapped_column(String(64))
    """Empty for the command line."""
    member_id: Mapped[str | None] = mapped_column(String(64))
    """None for a mail or text that is nobody's yet."""
    what: Mapped[str] = mapped_column(String(16))
    target_id: Mapped[str] = mapped_column(String(64))
    """The receipt, the message that came in, or the member."""
    at: Mapped[datetime] = mapped_column(Instant)
