"""The rows of catalog files, CSV, JSON Lines or Parquet alike, each with its number in the file."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path

COLUMNS = ("sku", "gtin", "brand", "name", "size", "category", "msrp", "aliases")
DATED_COLUMNS = ("valid_from", "valid_to")
DATES_ARE_NOT_READ = (
    "products have no dates of their own; write a file for each span of days, import each with its first day"
    " (--effective), and remove the column"
)
"""To leave such a column unread would put products in force on days that it excludes."""
REQUIRED_COLUMNS = ("sku", "name")
_PARQUET_MAGIC = b"PAR1"
_DELIMITERS = (",", ";", "\t")
_JSON_SUFFIXES = frozenset({".jsonl", ".ndjson", ".json"})
_PARQUET_BATCH_ROWS = 20_000
_SHOWN_CHARACTERS = 60
_SHOWN_OF_ERROR = 200

PlacedRow = tuple[int, Mapping[str, object] | str]
"""A row's number and what it says, or what is wrong with it as a whole."""


class CatalogError(ValueError):
    """The file is no catalog; the message names the line and says what to write."""


def placed_rows(path: Path, called: str) -> tuple[Iterator[PlacedRow], str]:
    """The rows of the file, and what their numbers count."""
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise CatalogError(f"{path} cannot be opened ({error.strerror}); check the path") from error
    if head.startswith(_PARQUET_MAGIC):
        return _parquet_rows(path), "row"
    if _is_json(head, called):
        return _json_rows(_text(path)), "line"
    return _csv_rows(_text(path)), "line"


def _is_json(head: bytes, called: str) -> bool:
    named = Path(called).suffix.lower() in _JSON_SUFFIXES
    return named or head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{")


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
                yield (
                    reader.line_num,
                    (
                        f"has {len(cells)} cells where the header has {len(names)}; "
                        'put text that holds the separator in quotes, as "Flakes, Frosted"'
                    ),
                )
                continue
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
    for name in DATED_COLUMNS:
        if name in names:
            raise CatalogError(f"line 1 names the column {name!r}: {DATES_ARE_NOT_READ}")
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
            yield number, f"is not JSON ({error.msg}); write one object a line"
            continue
        except (ValueError, RecursionError) as error:
            # A number of thousands of digits, one that is none, or brackets nested without end.
            yield number, f"is no product ({error}); write plain text and numbers"
            continue
        if not isinstance(row, dict):
            yield number, 'is no object; write {"sku": "...", "name": "..."}'
            continue
        dated = next((name for name in DATED_COLUMNS if row.get(name)), "")
        yield number, f"has {dated!r}: {DATES_ARE_NOT_READ}" if dated else row


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
    except (ArrowException, OSError, UnicodeDecodeError) as error:
        # A broken header or page is an OSError to pyarrow.
        said = " ".join(str(error).split())[:_SHOWN_OF_ERROR]
        raise CatalogError(f"it begins like Parquet but cannot be read ({said}); write it again") from error
