"""The catalog in force as a person works on it: searched, and one product changed, which is a new catalog."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from matching.catalog_file import catalog_version, load_catalog
from pipeline.catalogs import import_catalog
from pipeline.steps.artefacts import MATCHING, load, matching_from
from pipeline.steps.programs import program_of
from pipeline.wiring import Wiring
from receipts.catalog import Catalog, CatalogProduct
from receipts.database.repositories.programs import ProgramData
from receipts.database.tables import CatalogProductRow
from receipts.identity import ProgramId, ReceiptId, Sku

_ESCAPE = "\\"


@dataclass(frozen=True, slots=True)
class CatalogView:
    """What was found of the catalog in force.

    Attributes:
        number: of the catalog; 0 where there is none.
        products: all of them.
        found: those that fit the words, up to the limit.
    """

    number: int
    version: str
    products: int
    found: tuple[CatalogProduct, ...]


class CatalogMovedError(ValueError):
    """Another catalog has come into force since the form was opened."""


class NoSuchProductError(LookupError):
    """The catalog in force has no such product."""


def search_catalog(wiring: Wiring, program_id: ProgramId, words: str, *, limit: int) -> CatalogView:
    """Products whose number, barcode, name, brand or category holds every word, in the catalog's order."""
    with wiring.database.read() as session:
        newest = ProgramData(session, program_id).newest_catalog()
        if newest is None:
            return CatalogView(0, "", 0, ())
        number, version = newest
        query = select(func.count()).select_from(CatalogProductRow)
        products = session.scalar(query.where(CatalogProductRow.catalog_number == number)) or 0
        found = _found(session, program_id, number, words, limit)
    return CatalogView(number, version, int(products), found)


def search_catalog_of(
    wiring: Wiring, program_id: ProgramId, receipt_id: ReceiptId, words: str, *, limit: int
) -> tuple[CatalogProduct, ...]:
    """As `search_catalog`, in the catalog that the receipt was matched with; nothing is found by no words.

    Raises:
        MissingArtefactError: the receipt is not matched yet.
    """
    if not words.strip():
        return ()
    (matching,) = load(wiring, receipt_id, MATCHING)
    with wiring.database.read() as session:
        return _found(session, program_id, matching_from(matching).catalog_number, words, limit)


def _found(
    session: Session, program_id: ProgramId, number: int, words: str, limit: int
) -> tuple[CatalogProduct, ...]:
    row = CatalogProductRow
    query = select(row.sku).where(row.catalog_number == number)
    for word in words.casefold().split():
        like = "%" + "".join(f"{_ESCAPE}{c}" if c in "%_\\" else c for c in word) + "%"
        columns = (row.sku, row.gtin, row.name, row.brand, row.category)
        query = query.where(or_(*(func.lower(each).like(like, escape=_ESCAPE) for each in columns)))
    skus = [Sku(sku) for sku in session.scalars(query.order_by(row.position).limit(limit))]
    named = ProgramData(session, program_id).products(number, frozenset(skus))
    return tuple(named[sku] for sku in skus)


def product_in_force(wiring: Wiring, program_id: ProgramId, sku: str) -> tuple[int, CatalogProduct]:
    """The catalog's number and the product.

    Raises:
        NoSuchProductError: there is none.
    """
    with wiring.database.read() as session:
        data = ProgramData(session, program_id)
        newest = data.newest_catalog()
        found = {} if newest is None else data.products(newest[0], frozenset({Sku(sku)}))
    if newest is None or Sku(sku) not in found:
        raise NoSuchProductError(f"The catalog in force has no product {sku}.")
    return newest[0], found[Sku(sku)]


def change_product(
    wiring: Wiring, program_id: ProgramId, sku: str, fields: Mapping[str, str], *, number: int
) -> int:
    """Put a catalog in force in which this product reads so; its number.

    Args:
        wiring: the process's parts.
        program_id: whose catalog.
        sku: of the product, which stays.
        fields: the columns of a catalog file but `sku`; a line an alias.
        number: of the catalog that was shown.

    Raises:
        CatalogError: a field cannot be so; the message says which and how it can.
        CatalogMovedError: another catalog is in force by now.
        NoSuchProductError: it has no such product.
    """
    program = program_of(wiring, program_id)
    now, _ = product_in_force(wiring, program_id, sku)
    if now != number:
        raise CatalogMovedError(
            "Another catalog has come into force since you opened this. Look at the product again."
        )
    row = {**fields, "sku": sku, "aliases": [each for each in fields.get("aliases", "").splitlines() if each]}
    with TemporaryDirectory(prefix="tillpoints-product-") as folder:
        # Through a file's own checks, so that a product by hand may be just what one of a file may be.
        file = Path(folder) / "product.jsonl"
        file.write_text(json.dumps(row), encoding="utf-8")
        (product,) = load_catalog(file, currency=program.currency, called="product").products
    with wiring.database.read() as session:
        before = ProgramData(session, program_id).catalog(number)
    products = tuple(product if each.sku == product.sku else each for each in before.products)
    made = replace(before, products=products, version=catalog_version(products))
    return import_catalog(wiring, program_id, Catalog(made.version, made.products)).number
