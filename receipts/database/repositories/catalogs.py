"""A program's catalogs: written unseen, put in force at once, each for purchases of certain days."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from receipts.catalog import Catalog, CatalogProduct
from receipts.database.tables import ArtefactRow, CatalogProductRow, CatalogVersionRow, ProgramRow, ReceiptRow
from receipts.identity import Gtin, ProgramId, ReceiptId, Sku
from receipts.money import Currency, Money

_UNFINISHED = "~"
"""What the name of a catalog begins with whose products are still being written."""
_RENAMED = "~"
"""What stands between the name and the number of a catalog whose name another has."""
_VERSION_CHARACTERS = 40


def content_of(version: str) -> str:
    """The version that the same products have in the same order, whatever number was put behind it."""
    return version.split(_RENAMED)[0]


@dataclass(frozen=True, slots=True)
class StoredCatalog:
    """One catalog that was put in force.

    Attributes:
        came_on: the day on which it was put in force, where the program is.
        effective_on: the first purchase day that it holds for; None for all days.
    """

    number: int
    version: str
    in_force_at: datetime
    came_on: date
    effective_on: date | None

    @property
    def order(self) -> tuple[date, datetime, int]:
        """Of two that hold for a day the later counts: by its own day or that of its import, if later."""
        day = max(self.effective_on or self.came_on, self.came_on)
        return (day, self.in_force_at, self.number)


class Catalogs:
    """A program's catalogs."""

    def __init__(self, session: Session, program_id: ProgramId) -> None:
        self._session = session
        self._program_id = program_id

    def import_catalog(self, catalog: Catalog, now: datetime) -> tuple[int, bool]:
        """Put the catalog in force; `(number, created)`, not created where it already is the newest.

        In one transaction: for small catalogs. `pipeline.catalogs` writes large ones in many.
        """
        newest = self.newest_catalog()
        if newest is not None and content_of(newest[1]) == catalog.version:
            return newest[0], False
        number = self.begin_catalog(now)
        self.add_products(number, 0, catalog.products)
        self.put_in_force(number, catalog.version, now)
        return number, True

    def begin_catalog(self, now: datetime, effective_on: date | None = None) -> int:
        """The number of a catalog to come; until it is put in force nobody sees it."""
        row = CatalogVersionRow(
            program_id=self._program_id,
            version=f"{_UNFINISHED}{secrets.token_hex(16)}",
            imported_at=now,
            effective_on=effective_on,
        )
        self._session.add(row)
        self._session.flush()
        return row.number

    def add_products(self, number: int, position: int, products: Sequence[CatalogProduct]) -> None:
        """Write products of a catalog that is not in force yet, the first at that position."""
        if products:
            self._session.execute(
                insert(CatalogProductRow),
                [_product_values(number, i, product) for i, product in enumerate(products, start=position)],
            )

    def name_for(self, version: str, number: int) -> str:
        """What a catalog of this content will be called: its version, unless one that still holds has it."""
        held = self.holding()
        taken = {stored.version for stored in self.catalogs() if stored.number in held}
        return f"{version}~{number}" if version in taken else version

    def put_in_force(self, number: int, version: str, now: datetime) -> None:
        """All of its products are written: from now on receipts are matched against it."""
        name = self.name_for(version, number)
        old = self._session.scalar(
            select(CatalogVersionRow).where(
                CatalogVersionRow.program_id == self._program_id, CatalogVersionRow.version == name
            )
        )
        if old is not None:  # an earlier catalog comes back into force under a new number
            old.version = f"{content_of(old.version)[:_VERSION_CHARACTERS]}~{old.number}"
            self._session.flush()
        row = self._session.get_one(CatalogVersionRow, number)
        row.version, row.in_force_at = name, now
        self._session.flush()

    def catalogs(self) -> tuple[StoredCatalog, ...]:
        """The catalogs that were put in force; of several that hold for a day the last one counts."""
        rows = self._session.scalars(
            select(CatalogVersionRow).where(
                CatalogVersionRow.program_id == self._program_id, CatalogVersionRow.in_force_at.is_not(None)
            )
        )
        zone = self._zone()
        stored = [
            StoredCatalog(
                row.number,
                row.version,
                row.in_force_at,
                row.in_force_at.astimezone(zone).date(),
                row.effective_on,
            )
            for row in rows
            if row.in_force_at is not None
        ]
        return tuple(sorted(stored, key=lambda each: each.order))

    def holding(self) -> frozenset[int]:
        """Numbers of the catalogs that a receipt may still be matched against, today's and those to come.

        Purchases are claimed within the program's window, so days before it are asked about no more.
        """
        program = self._session.get_one(ProgramRow, self._program_id)
        first = self._today() - timedelta(days=program.window_days)
        stored = self.catalogs()
        days = {first} | {each.effective_on for each in stored if each.effective_on is not None}
        found = (self.newest_catalog(day) for day in days if day >= first)
        return frozenset(each[0] for each in found if each is not None)

    def newest_catalog(self, on: date | None = None) -> tuple[int, str] | None:
        """Number and version of the catalog that holds for purchases of that day; None where there is none.

        Args:
            on: the purchase day; None for today, where the program is.
        """
        day = on or self._today()
        held = [each for each in self.catalogs() if each.effective_on is None or each.effective_on <= day]
        return (held[-1].number, held[-1].version) if held else None

    def _today(self) -> date:
        return datetime.now(self._zone()).date()

    def _zone(self) -> ZoneInfo:
        zone = self._session.scalar(select(ProgramRow.time_zone).where(ProgramRow.id == self._program_id))
        return ZoneInfo(zone or "UTC")

    def unneeded(self, before: datetime) -> tuple[int, ...]:
        """Catalogs that no receipt was or will be matched against, and imports begun before that died.

        The last number of all stays: SQLite would give it to the next catalog, and a process may still have
        the index of the one that was removed under it.
        """
        used = set(
            self._session.scalars(
                select(ArtefactRow.body["catalog_number"].as_integer())
                .join(ReceiptRow, ReceiptRow.id == ArtefactRow.receipt_id)
                .where(ReceiptRow.program_id == self._program_id, ArtefactRow.kind == "matching")
                .distinct()
            )
        )
        needed = used | self.holding()
        rows = self._session.scalars(
            select(CatalogVersionRow).where(
                CatalogVersionRow.program_id == self._program_id, CatalogVersionRow.number.not_in(needed)
            )
        )
        last = self._session.scalar(select(func.max(CatalogVersionRow.number)))
        return tuple(
            row.number
            for row in rows
            if (row.imported_at < before if row.in_force_at is None else row.number != last)
        )

    def remove_some(self, number: int, most: int) -> bool:
        """Delete that many of a catalog's products, and the catalog with its last; False once it is gone.

        Little by little: a write of a million rows would keep everybody else from writing.
        """
        row = self._session.get(CatalogVersionRow, number)
        if row is None or row.program_id != self._program_id:
            return False
        places = select(CatalogProductRow.position).where(CatalogProductRow.catalog_number == number)
        last = self._session.scalar(places.order_by(CatalogProductRow.position).offset(most).limit(1))
        mine = delete(CatalogProductRow).where(CatalogProductRow.catalog_number == number)
        if last is None:
            self._session.execute(mine)
            self._session.delete(row)
            self._session.flush()
            return False
        self._session.execute(mine.where(CatalogProductRow.position < last))
        return True

    def catalog_version(self, number: int) -> tuple[str, str | None]:
        """The version of this program's catalog of that number, and of the one before it, if any.

        Raises:
            LookupError: this program has no catalog of that number.
        """
        versions = self._session.scalars(
            select(CatalogVersionRow)
            .where(
                CatalogVersionRow.program_id == self._program_id,
                CatalogVersionRow.number <= number,
                CatalogVersionRow.in_force_at.is_not(None),
            )
            .order_by(CatalogVersionRow.number.desc())
            .limit(2)
        ).all()
        if not versions or versions[0].number != number:
            raise LookupError(f"this program has no catalog {number}")
        return versions[0].version, versions[1].version if len(versions) > 1 else None

    def catalog(self, number: int) -> Catalog:
        """One version of this program's catalog, whole.

        Raises:
            LookupError: this program has no catalog of that number.
        """
        version = self._session.scalar(
            select(CatalogVersionRow.version).where(
                CatalogVersionRow.program_id == self._program_id, CatalogVersionRow.number == number
            )
        )
        if version is None:
            raise LookupError(f"this program has no catalog {number}")
        rows = self._session.scalars(
            select(CatalogProductRow)
            .where(CatalogProductRow.catalog_number == number)
            .order_by(CatalogProductRow.position)
        )
        return Catalog(version, tuple(_product(row) for row in rows))

    def skus(self, number: int) -> frozenset[Sku]:
        """The numbers of all products of one version of this program's catalog."""
        rows = self._session.scalars(
            select(CatalogProductRow.sku)
            .join(CatalogVersionRow, CatalogVersionRow.number == CatalogProductRow.catalog_number)
            .where(
                CatalogVersionRow.program_id == self._program_id, CatalogProductRow.catalog_number == number
            )
        )
        return frozenset(Sku(sku) for sku in rows)

    def products(self, number: int, skus: frozenset[Sku]) -> dict[Sku, CatalogProduct]:
        """These products as one version of this program's catalog has them."""
        rows = self._session.scalars(
            select(CatalogProductRow)
            .join(CatalogVersionRow, CatalogVersionRow.number == CatalogProductRow.catalog_number)
            .where(
                CatalogVersionRow.program_id == self._program_id,
                CatalogProductRow.catalog_number == number,
                CatalogProductRow.sku.in_(sorted(skus)),
            )
        )
        return {Sku(row.sku): _product(row) for row in rows}

    def kinds_of_products(self, number: int) -> tuple[frozenset[str], frozenset[str]]:
        """The brands and the categories of a catalog's products."""
        brands, categories = (
            frozenset(
                self._session.scalars(
                    select(column)
                    .join(CatalogVersionRow, CatalogVersionRow.number == CatalogProductRow.catalog_number)
                    .where(
                        CatalogVersionRow.program_id == self._program_id,
                        CatalogProductRow.catalog_number == number,
                    )
                    .distinct()
                )
            )
            for column in (CatalogProductRow.brand, CatalogProductRow.category)
        )
        return brands, categories

    def products_as_matched(self, receipt_id: ReceiptId, skus: frozenset[Sku]) -> dict[Sku, CatalogProduct]:
        """These products as the catalogs had them that a receipt was matched against, the last that has each.

        A receipt that was matched again names a later catalog, in which a product that was paid for may be
        missing.
        """
        numbers = (
            select(ArtefactRow.body["catalog_number"].as_integer())
            .join(ReceiptRow, ReceiptRow.id == ArtefactRow.receipt_id)
            .where(
                ReceiptRow.program_id == self._program_id,
                ArtefactRow.receipt_id == receipt_id,
                ArtefactRow.kind == "matching",
            )
            .order_by(ArtefactRow.revision)
        )
        found: dict[Sku, CatalogProduct] = {}
        for number in dict.fromkeys(self._session.scalars(numbers)) if skus else ():
            found.update(self.products(number, skus))
        return found

    def product_of_gtin(self, number: int, gtin: Gtin) -> CatalogProduct | None:
        """The product of that barcode in one version of the program's catalog; None where several have it."""
        rows = self._session.scalars(
            select(CatalogProductRow)
            .join(CatalogVersionRow, CatalogVersionRow.number == CatalogProductRow.catalog_number)
            .where(
                CatalogVersionRow.program_id == self._program_id,
                CatalogProductRow.catalog_number == number,
                CatalogProductRow.gtin == gtin,
            )
            .limit(2)
        ).all()
        return _product(rows[0]) if len(rows) == 1 else None


def _product_values(number: int, position: int, product: CatalogProduct) -> dict[str, Any]:
    return {
        "catalog_number": number,
        "position": position,
        "sku": product.sku,
        "gtin": product.gtin,
        "brand": product.brand,
        "name": product.name,
        "size": product.size,
        "category": product.category,
        "msrp_minor": None if product.msrp is None else product.msrp.minor,
        "msrp_currency": None if product.msrp is None else product.msrp.currency,
        "aliases": list(product.aliases),
    }


def _product(row: CatalogProductRow) -> CatalogProduct:
    msrp = None
    if row.msrp_minor is not None and row.msrp_currency is not None:
        msrp = Money(row.msrp_minor, Currency(row.msrp_currency))
    return CatalogProduct(
        sku=Sku(row.sku),
        name=row.name,
        gtin=None if row.gtin is None else Gtin(row.gtin),
        brand=row.brand,
        size=row.size,
        category=row.category,
        msrp=msrp,
        aliases=tuple(row.aliases),
    )
