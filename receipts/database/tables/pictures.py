"""Perceptual hashes of pictures, cut in bands, so that near ones are found by index."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from receipts.database.base import Base


class PictureBandRow(Base):
    """One band of a receipt's picture: its place among the hash's bands and its bits, in one number.

    The receipt's short number stands here and not its id: there are sixteen rows for each photo.
    """

    __tablename__ = "picture_bands"
    __table_args__ = (Index("ix_picture_bands_program_band", "program_id", "band", "receipt_number"),)

    receipt_number: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("receipts.number"), primary_key=True, autoincrement=False
    )
    band: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    program_id: Mapped[str] = mapped_column(ForeignKey("programs.id"))
