"""Keys of sealed files: the installation's keys seal a member's, a member's seals those of their files."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from receipts.database.base import Base, Instant


class MemberKeyRow(Base):
    """A member's key; it goes with an erasure, and is in no backup of the tables (`pipeline.backup`)."""

    __tablename__ = "member_keys"

    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"), primary_key=True)
    member_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Empty: the program's own, for mails and texts that are nobody's yet."""
    sealed: Mapped[str] = mapped_column(Text)
    """By the installation's key, a token of Fernet's."""
    made_at: Mapped[datetime] = mapped_column(Instant)


class SealedFileRow(Base):
    """A sealed file, by the hash of its content."""

    __tablename__ = "sealed_files"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    put_at: Mapped[datetime] = mapped_column(Instant)
    """When it was last put: who removes it leaves its keys while somebody may be counting on them."""


class FileKeyRow(Base):
    """A file's key, sealed by the key of a member who sent it; two may have sent the same bytes."""

    __tablename__ = "file_keys"
    __table_args__ = (Index("ix_file_keys_member", "program_id", "member_id"),)

    sha256: Mapped[str] = mapped_column(ForeignKey("sealed_files.sha256"), primary_key=True)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"), primary_key=True)
    member_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
