"""Pictures found again by the bands of their hashes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, any_, column, delete, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from receipts.database.repositories.reviews import Earlier, History
from receipts.database.tables import PictureBandRow, ReceiptRow
from receipts.identity import MemberId, ProgramId, ReceiptId, Sha256
from receipts.image import IMAGE_TYPES, MediaType
from receipts.state import ReceiptState

_PICTURES = frozenset(kind.value for kind in IMAGE_TYPES)
_ROWS_LOOKED_AT = 400
"""Rows of the index that one search reads: a band of 32 bits is shared by chance once in four thousand
millions, so more of them are pictures of one wall, which no band tells apart."""


@dataclass(frozen=True, slots=True)
class EarlierPicture:
    """An earlier receipt with what its pictures are stored under.

    Attributes:
        media_type: of the original; None where it was refused unopened.
        paper: the repaired picture; None where nothing was read from pixels.
        bands: of its hashes.
    """

    receipt: Earlier
    original: Sha256 | None
    media_type: MediaType | None
    paper: Sha256 | None
    bands: tuple[int, ...]


class Pictures:
    """One program's pictures. Every question is answered by an index."""

    def __init__(self, session: Session, program_id: ProgramId) -> None:
        self._session = session
        self._program_id = program_id

    def keep(self, receipt_id: ReceiptId, bands: Iterable[int]) -> None:
        """File the receipt's pictures under their bands, in place of any earlier ones."""
        number = self._session.scalars(
            select(ReceiptRow.number).where(
                ReceiptRow.id == receipt_id, ReceiptRow.program_id == self._program_id
            )
        ).one()
        self._session.execute(delete(PictureBandRow).where(PictureBandRow.receipt_number == number))
        self._session.add_all(
            PictureBandRow(receipt_number=number, band=band, program_id=self._program_id)
            for band in sorted(set(bands))
        )
        self._session.flush()

    def own(self, number: int) -> EarlierPicture | None:
        """The numbered receipt itself; None where the program has no such one, or it has no picture."""
        row = self._session.get(ReceiptRow, number)
        if row is None or row.program_id != self._program_id:
            return None
        pictured = row.picture_sha256 is not None or row.media_type in _PICTURES
        return self._with_pictures([row])[0] if pictured else None

    def alike(self, bands: Iterable[int], *, before: int, limit: int) -> tuple[EarlierPicture, ...]:
        """Receipts that share a band, those that share most first: sent earlier, or paid already.

        Rejected ones too: a better photo of one that could not be read is welcome, and is told so.
        """
        hits = (
            select(PictureBandRow.receipt_number)
            .where(PictureBandRow.program_id == self._program_id, self._any_of(bands))
            .limit(_ROWS_LOOKED_AT)
            .subquery()
        )
        shared = (
            select(hits.c.receipt_number, func.count().label("shares"))
            .group_by(hits.c.receipt_number)
            .subquery()
        )
        rows = self._session.scalars(
            select(ReceiptRow)
            .join(shared, shared.c.receipt_number == ReceiptRow.number)
            .where(
                ReceiptRow.program_id == self._program_id,
                ReceiptRow.number != before,
                (ReceiptRow.number < before) | (ReceiptRow.state == ReceiptState.AWARDED.value),
            )
            .order_by(shared.c.shares.desc(), ReceiptRow.number.desc())
            .limit(limit)
        )
        return self._with_pictures(rows)

    def _any_of(self, bands: Iterable[int]) -> ColumnElement[bool]:
        """One parameter for over a thousand bands: to name each would take longer than to find them."""
        if self._session.get_bind().dialect.name == "postgresql":
            return PictureBandRow.band == any_(literal(list(bands), ARRAY(BigInteger)))
        values = func.json_each(json.dumps(list(bands))).table_valued(column("value", BigInteger))
        return PictureBandRow.band.in_(select(values.c.value))

    def refused_of(
        self, member_id: MemberId, *, since: datetime, before: int, limit: int
    ) -> tuple[EarlierPicture, ...]:
        """The member's latest pictures that could not be read, whatever their hashes."""
        rows = self._session.scalars(
            select(ReceiptRow)
            .where(
                ReceiptRow.program_id == self._program_id,
                ReceiptRow.member_id == member_id,
                ReceiptRow.received_at >= since,
                ReceiptRow.number < before,
                ReceiptRow.state == ReceiptState.REJECTED.value,
                ReceiptRow.file_sha256.is_not(None),
            )
            .order_by(ReceiptRow.received_at.desc(), ReceiptRow.number.desc())
            .limit(limit)
        )
        return self._with_pictures(rows)

    def bands_of(self, numbers: Iterable[int]) -> dict[int, tuple[int, ...]]:
        """The bands of these receipts, by their numbers."""
        found: dict[int, list[int]] = {}
        rows = self._session.execute(
            select(PictureBandRow.receipt_number, PictureBandRow.band)
            .where(PictureBandRow.receipt_number.in_(list(numbers)))
            .order_by(PictureBandRow.band)
        )
        for number, band in rows:
            found.setdefault(number, []).append(band)
        return {number: tuple(bands) for number, bands in found.items()}

    def _with_pictures(self, rows: Iterable[ReceiptRow]) -> tuple[EarlierPicture, ...]:
        found = tuple(rows)
        bands = self.bands_of(row.number for row in found)
        earlier = History(self._session, self._program_id).described(found)
        return tuple(
            EarlierPicture(
                receipt=each,
                original=None if row.file_sha256 is None else Sha256(row.file_sha256),
                media_type=None if row.media_type is None else MediaType(row.media_type),
                paper=None if row.picture_sha256 is None else Sha256(row.picture_sha256),
                bands=bands.get(row.number, ()),
            )
            for row, each in zip(found, earlier, strict=True)
        )
