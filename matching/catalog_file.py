"""Catalog files: CSV, JSON Lines or Parquet in; a versioned catalog, or a sentence on what to mend, out."""

from __future__ import annotations

import hashlib
import json
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum
from pathlib import Path

from matching.catalog_rows import COLUMNS as COLUMNS
from matching.catalog_rows import CatalogError as CatalogError
from matching.catalog_rows import PlacedRow, placed_rows
from matching.gtin import catalog_gtin
from receipts.catalog import Catalog, CatalogProduct
from receipts.identity import Sku
from receipts.money import Currency, Money

ALIAS_SEPARATOR = "|"
_VERSION_HEX_DIGITS = 16
LONGEST_CHARACTERS = {
    "sku": 100,
    "gtin": 100,
    "brand": 200,
    "name": 500,
    "size": 100,
    "category": 200,
    "msrp": 50,
}
"""By column, as the database holds them. What is longer is mostly a broken quote that swallowed lines."""
LONGEST_ALIAS_CHARACTERS = 500
_PRICE = re.compile(r"[0-9]{1,9}(\.[0-9]{0,20})?|\.[0-9]{1,20}")
_SHOWN_CHARACTERS = 60
_NOT_TEXT = frozenset({"Cc", "Cs"})
"""Unicode categories: control characters and halves of a surrogate pair, which no database takes."""

NO_PRODUCTS = "it holds no products; write one product a line below the column names"


class FaultKind(Enum):
    """What is wrong with a row."""

    UNREADABLE = "unreadable"
    GTIN = "gtin"
    """The number is left out; the product matches by words alone."""
    SKU_TWICE = "sku_twice"
    NO_PRODUCT = "no_product"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one row.

    Attributes:
        line: of the file; for Parquet the row. The first is 1.
        message: what it is and what to write instead.
    """

    line: int
    kind: FaultKind
    message: str

    def said(self, place: str) -> str:
        """The message behind its place, `line` or `row`."""
        between = " " if self.kind is FaultKind.UNREADABLE else ": "
        return f"{place} {self.line}{between}{self.message}"


@dataclass(frozen=True, slots=True)
class CatalogScan:
    """Everything that a catalog file holds, right and wrong.

    Attributes:
        lines: of the products, in their order.
        place: what a number of `lines` counts: `line` or `row`.
    """

    products: tuple[CatalogProduct, ...]
    lines: tuple[int, ...]
    faults: tuple[Fault, ...]
    place: str


@dataclass(frozen=True, slots=True)
class CatalogReading:
    """A catalog as far as its file could be used.

    Attributes:
        faults: article numbers that were left out, each with its line and the mend.
    """

    catalog: Catalog
    faults: tuple[str, ...]


def load_catalog(path: Path, *, currency: Currency, called: str = "") -> Catalog:
    """Read a catalog file that must be right in every line.

    Args:
        path: CSV (comma, semicolon or tab), JSON Lines or Parquet, by its content rather than its name.
        currency: that the `msrp` column is in.
        called: the file's name as its sender knows it, where `path` is another.

    Raises:
        CatalogError: the file cannot be used; the message names the line and the mend.
    """
    called = called or path.name
    reading = read_catalog(path, currency=currency, called=called)
    if reading.faults:
        more = f" ({len(reading.faults) - 1} more such numbers follow)" if len(reading.faults) > 1 else ""
        raise CatalogError(f"{called}: {reading.faults[0]}{more}")
    return reading.catalog


def read_catalog(path: Path, *, currency: Currency, called: str = "") -> CatalogReading:
    """Read a catalog file, leaving out article numbers that are none: their products match by words alone.

    Raises:
        CatalogError: anything else is wrong; the message names the line and the mend.
    """
    called = called or path.name
    products: list[CatalogProduct] = []
    faults: list[str] = []
    try:
        rows, place = placed_rows(path, called)
        for _, found in _checked(rows, currency=currency, place=place):
            if isinstance(found, CatalogProduct):
                products.append(found)
            elif found.kind is FaultKind.GTIN:
                faults.append(found.said(place))
            else:
                raise CatalogError(found.said(place))
        if not products:
            raise CatalogError(NO_PRODUCTS)
    except CatalogError as error:
        raise CatalogError(f"{called}: {error}") from error
    made = tuple(products)
    return CatalogReading(Catalog(version=catalog_version(made), products=made), tuple(faults))


def scan_catalog(path: Path, *, currency: Currency, called: str = "") -> CatalogScan:
    """Read a catalog file to its end, whatever is wrong in single rows.

    Raises:
        CatalogError: the file as a whole cannot be read: no such file, no text, no such columns.
    """
    called = called or path.name
    products: list[CatalogProduct] = []
    lines: list[int] = []
    faults: list[Fault] = []
    try:
        rows, place = placed_rows(path, called)
        for line, found in _checked(rows, currency=currency, place=place):
            if isinstance(found, Fault):
                faults.append(found)
            else:
                products.append(found)
                lines.append(line)
    except CatalogError as error:
        raise CatalogError(f"{called}: {error}") from error
    return CatalogScan(tuple(products), tuple(lines), tuple(faults), place)


def catalog_version(products: tuple[CatalogProduct, ...]) -> str:
    """Names the content: the same products in the same order give the same version, on any machine."""
    digest = hashlib.sha256()
    for product in products:
        msrp = None if product.msrp is None else [product.msrp.minor, product.msrp.currency]
        fields = [
            product.sku,
            product.name,
            product.gtin,
            product.brand,
            product.size,
            product.category,
            msrp,
        ]
        digest.update(
            json.dumps([*fields, product.aliases], ensure_ascii=True, separators=(",", ":")).encode()
        )
        digest.update(b"\n")
    return digest.hexdigest()[:_VERSION_HEX_DIGITS]


def _checked(
    rows: Iterator[PlacedRow], *, currency: Currency, place: str
) -> Iterator[tuple[int, CatalogProduct | Fault]]:
    """Each row's product or what is wrong with it; a product without its wrong number follows the fault."""
    seen: dict[Sku, int] = {}
    for number, row in rows:
        if isinstance(row, str):
            yield number, Fault(number, FaultKind.UNREADABLE, row)
            continue
        try:
            product = _product(row, currency=currency)
            gtin = _cell(row, "gtin")
        except ValueError as error:
            yield number, Fault(number, FaultKind.NO_PRODUCT, str(error))
            continue
        earlier = seen.setdefault(product.sku, number)
        if earlier != number:
            mend = "give each product its own sku, or remove one of the two"
            message = f"sku {product.sku!r} is already on {place} {earlier}; {mend}"
            yield number, Fault(number, FaultKind.SKU_TWICE, message)
            continue
        if gtin:
            try:
                product = replace(product, gtin=catalog_gtin(gtin))
            except ValueError as error:
                yield number, Fault(number, FaultKind.GTIN, str(error))
        yield number, product


def _product(row: Mapping[str, object], *, currency: Currency) -> CatalogProduct:
    sku, name = _cell(row, "sku"), _cell(row, "name")
    if not sku:
        raise ValueError("sku is empty; every product needs its own number")
    if not name:
        raise ValueError(f"name is empty (sku {sku!r}); write what the product is called")
    return CatalogProduct(
        sku=Sku(sku),
        name=name,
        brand=_cell(row, "brand"),
        size=_cell(row, "size"),
        category=_cell(row, "category"),
        msrp=_msrp(_cell(row, "msrp"), currency=currency),
        aliases=_aliases(row.get("aliases")),
    )


def _cell(row: Mapping[str, object], column: str) -> str:
    value = row.get(column)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise ValueError(f"{column} must be text or a number, not {type(value).__name__}")
    if isinstance(value, float) and not math.isfinite(value):
        if math.isnan(value):  # how a missing number of a Parquet column arrives
            return ""
        raise ValueError(f"{column} is {value}, no number; leave it empty where it is not known")
    return _tidy(str(value), column, LONGEST_CHARACTERS[column])


def _tidy(value: str, column: str, longest: int) -> str:
    """The text with single blanks.

    Raises:
        ValueError: it is too long, or holds what no text holds.
    """
    text = " ".join(value.split())
    if len(text) > longest:
        raise ValueError(f"{column} is longer than {longest} characters; shorten it, or is a quote missing?")
    if not text.isprintable() and any(unicodedata.category(char) in _NOT_TEXT for char in text):
        raise ValueError(f"{column} holds a control character ({text[:_SHOWN_CHARACTERS]!a}); remove it")
    return text


def _msrp(text: str, *, currency: Currency) -> Money | None:
    if not text:
        return None
    if not _PRICE.fullmatch(text):
        raise ValueError(
            f"msrp {text!r} is not a price; write a plain decimal number such as 4.99, below 1000000000"
        )
    return Money.of(Decimal(text), currency)


def _aliases(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    entries = value if isinstance(value, list) else str(value).split(ALIAS_SEPARATOR)
    if not all(isinstance(entry, str | int | float | Decimal) for entry in entries):
        raise ValueError("aliases must be a list of texts, or one text with '|' between")
    texts = (_tidy(str(entry), "an alias", LONGEST_ALIAS_CHARACTERS) for entry in entries)
    return tuple(dict.fromkeys(text for text in texts if text))
