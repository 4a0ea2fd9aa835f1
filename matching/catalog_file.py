"""Catalog files: CSV, JSON Lines or Parquet in; a versioned catalog, or a sentence on what to mend, out."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from matching.gtin import catalog_gtin
from receipts.catalog import Catalog, CatalogProduct
from receipts.identity import Sku
from receipts.money import Currency, Money

COLUMNS = ("sku", "gtin", "brand", "name", "size", "category", "msrp", "aliases")
REQUIRED_COLUMNS = ("sku", "name")
ALIAS_SEPARATOR = "|"
_PARQUET_MAGIC = b"PAR1"
_DELIMITERS = (",", ";", "\t")
_JSON_SUFFIXES = frozenset({".jsonl", ".ndjson", ".json"})
_VERSION_HEX_DIGITS = 16
_PARQUET_BATCH_ROWS = 20_000
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

PlacedRow = tuple[int, Mapping[str, object]]


class CatalogError(ValueError):
    """The file is no catalog; the message names the line and says what to write."""


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
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise CatalogError(f"{path}: cannot be opened ({error.strerror}); check the path") from error
    faults: list[str] = []
    try:
        if head.startswith(_PARQUET_MAGIC):
            rows, place = _parquet_rows(path), "row"
        elif _is_json(head, called):
            rows, place = _json_rows(_text(path)), "line"
        else:
            rows, place = _csv_rows(_text(path)), "line"
        products = _products(rows, currency=currency, place=place, faults=faults)
    except CatalogError as error:
        raise CatalogError(f"{called}: {error}") from error
    return CatalogReading(Catalog(version=catalog_version(products), products=products), tuple(faults))


def _is_json(head: bytes, called: str) -> bool:
    named = Path(called).suffix.lower() in _JSON_SUFFIXES
    return named or head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{")


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


def _text(path: Path) -> str:
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise CatalogError(f"line {line} is not UTF-8 text; save the file as UTF-8") from error


def _csv_rows(text: str) -> Iterator[PlacedRow]:
    header = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=header.count)
    # newline="" semantics: the csv module itself finds line ends inside quotes.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = [name.strip().lower() for name in next(reader, [])]
        _check_columns(names)
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(names):
                raise CatalogError(
                    f"line {reader.line_num} has {len(cells)} cells where the header has {len(names)}; "
                    'put text that holds the separator in quotes, as "Flakes, Frosted"'
                )
            yield reader.line_num, dict(zip(names, cells, strict=True))
    except csv.Error as error:
        raise CatalogError(f"line {reader.line_num} is not CSV ({error}); check its quotes") from error


def _check_columns(names: list[str]) -> None:
    for required in REQUIRED_COLUMNS:
        if required not in names:
            raise CatalogError(
                f"line 1 names no column {required!r} (it names: {', '.join(names) or 'nothing'}); "
                f"add it. Columns: {', '.join(COLUMNS)}; only sku and name are required"
            )
    for name, count in Counter(names).items():
        if name and count > 1:
            raise CatalogError(
                f"line 1 names the column {name[:_SHOWN_CHARACTERS]!r} {count} times; keep one"
            )


def _json_rows(text: str) -> Iterator[PlacedRow]:
    # Not splitlines(): a text in JSON may hold a line separator of Unicode as it is.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line, parse_float=Decimal, parse_constant=_no_number)
        except json.JSONDecodeError as error:
            raise CatalogError(f"line {number} is not JSON ({error.msg}); write one object a line") from error
        except (ValueError, RecursionError) as error:
            # A number of thousands of digits, one that is none, or brackets nested without end.
            raise CatalogError(
                f"line {number} is no product ({error}); write plain text and numbers"
            ) from error
        if not isinstance(row, dict):
            raise CatalogError(f'line {number} is no object; write {{"sku": "...", "name": "..."}}')
        yield number, row


def _no_number(constant: str) -> object:
    raise ValueError(f"{constant} is no number")


def _parquet_rows(path: Path) -> Iterator[PlacedRow]:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError as error:
        raise CatalogError(
            "Parquet files need an extra: pip install 'tillpoints[parquet]' (or save the catalog as CSV)"
        ) from error
    try:
        table = parquet.ParquetFile(path)
        _check_columns([name.lower() for name in table.schema_arrow.names])
        names = {name.lower(): name for name in table.schema_arrow.names}
        wanted = [names[column] for column in COLUMNS if column in names]
        number = 0
        for batch in table.iter_batches(batch_size=_PARQUET_BATCH_ROWS, columns=wanted):
            for row in batch.to_pylist():
                number += 1
                yield number, {name.lower(): value for name, value in row.items()}
    except (ArrowException, UnicodeDecodeError) as error:
        raise CatalogError(f"it begins like Parquet but cannot be read ({error}); write it again") from error


def _products(
    rows: Iterator[PlacedRow], *, currency: Currency, place: str, faults: list[str]
) -> tuple[CatalogProduct, ...]:
    seen: dict[Sku, int] = {}
    products = []
    for number, row in rows:
        try:
            product = _product(row, currency=currency)
            gtin = _cell(row, "gtin")
        except ValueError as error:
            raise CatalogError(f"{place} {number}: {error}") from error
        if gtin:
            try:
                product = replace(product, gtin=catalog_gtin(gtin))
            except ValueError as error:
                faults.append(f"{place} {number}: {error}")
        earlier = seen.setdefault(product.sku, number)
        if earlier != number:
            raise CatalogError(
                f"{place} {number}: sku {product.sku!r} is already on {place} {earlier}; "
                "give each product its own sku, or remove one of the two"
            )
        products.append(product)
    if not products:
        raise CatalogError("it holds no products; write one product a line below the column names")
    return tuple(products)


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
