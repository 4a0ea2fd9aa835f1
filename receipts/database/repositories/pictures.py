"""Pictures found again by the bands of their hashes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Select, any_, column, delete, func, literal, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased

from receipts.database.repositories.reviews import Earlier, History
from receipts.database.tables import PictureBandRow, ReceiptRow
from receipts.identity import MemberId, ProgramId, ReceiptId, Sha256
from receipts.image import IMAGE_TYPES, MediaType
from receipts.state import ReceiptState

_PICTURES = frozenset(kind.value for kind in IMAGE_TYPES)
_NEWEST_OF_A_BAND = 20
"""Rows of each band that one search reads. A band of 32 bits is shared by chance once in four thousand
millions; one with more rows is of pictures of one wall or one program's window, which it does not tell apart.
The other bands of a copy do."""


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
        """Receipts that share a band, those that share most first, then the newest: sent earlier, or paid.

        Rejected ones too: a better photo of one that could not be read is welcome, and is told so.
        """
        hits = self._newest(bands, before).subquery()
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
                (ReceiptRow.number < before) | (ReceiptRow.state == ReceiptState.AWARDED.value),
            )
            .order_by(shared.c.shares.desc(), ReceiptRow.number.desc())
            .limit(limit)
        )
        return self._with_pictures(rows)

    def hold_alike(self, bands: Iterable[int]) -> None:
        """Make other payments of receipts whose pictures share a band wait until this transaction ends.

        SQLite has one writer at a time and needs none of it; PostgreSQL locks the rows, in one order for all.
        """
        if self._is_postgresql and (wanted := list(bands)):
            numbers = self._session.scalars(self._newest(wanted, 0)).all()
            self._session.execute(
                select(PictureBandRow.band)
                .where(
                    PictureBandRow.receipt_number.in_(sorted(set(numbers))),
                    PictureBandRow.band == any_(literal(wanted, ARRAY(BigInteger))),
                )
                .order_by(PictureBandRow.receipt_number, PictureBandRow.band)
                .with_for_update()
            )

    @property
    def _is_postgresql(self) -> bool:
        return self._session.get_bind().dialect.name == "postgresql"

    def _newest(self, bands: Iterable[int], beside: int) -> Select[int]:
        """The newest receipts' numbers of each band, once for each band; all bands are one parameter.

        To name over a thousand bands would take longer than to find them.
        """
        of_band = (PictureBandRow.program_id == self._program_id, PictureBandRow.receipt_number != beside)
        newest = select(PictureBandRow.receipt_number).order_by(PictureBandRow.receipt_number.desc())
        if self._is_postgresql:
            asked = func.unnest(literal(list(bands), ARRAY(BigInteger))).table_valued(
                column("band", BigInteger)
            )
            asked = asked.render_derived()
            rows = (
                newest.where(*of_band, PictureBandRow.band == asked.c.band).limit(_NEWEST_OF_A_BAND).lateral()
            )
            return select(rows.c.receipt_number).select_from(asked.join(rows, true()))
        listed = func.json_each(json.dumps(list(bands))).table_valued(column("value", BigInteger))
        # SQLite knows no lateral joins: the oldest of the newest is found first.
        other = aliased(PictureBandRow)
        oldest = (
            select(other.receipt_number)
            .where(
                other.program_id == self._program_id,
                other.receipt_number != beside,
                other.band == listed.c.value,
            )
            .order_by(other.receipt_number.desc())
            .limit(1)
            .offset(_NEWEST_OF_A_BAND - 1)
            .scalar_subquery()
        )
        return (
            select(PictureBandRow.receipt_number)
            .select_from(listed)
            .join(PictureBandRow, PictureBandRow.band == listed.c.value)
            .where(*of_band, PictureBandRow.receipt_number >= func.coalesce(oldest, 0))
        )

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
