"""Tables of figures as pages show them and files carry them: one value, drawn twice, so that both agree."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

Value = str | int | Decimal | date | None
"""None: there is nothing to say, such as a share of nothing."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet may take for the beginning of a formula (OWASP, CSV injection), wide letters too."""


class Unit(Enum):
    """What a column's values are."""

    TEXT = "text"
    COUNT = "count"
    POINTS = "points"
    SHARE = "share"
    """0 to 1."""
    NUMBER = "number"
    MONEY = "money"
    """In the program's currency, a decimal number."""
    SECONDS = "seconds"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        key: its name in files.
        words: its heading on pages.
    """

    key: str
    words: str
    unit: Unit


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of values.

    Attributes:
        key: its name in addresses and files.
    """

    key: str
    words: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]


def inert(text: str) -> str:
    """The text as no spreadsheet takes it for a formula: an apostrophe before what looks like one."""
    return f"'{text}" if text.lstrip(" \u00a0").startswith(_FORMULA) else text


def _cell(value: Value) -> str:
    match value:
        case None:
            return ""
        case str():
            return inert(value)
        case date():
            return value.isoformat()
        case Decimal():
            return f"{value:f}"
        case _:
            return str(value)


def csv_lines(columns: Iterable[Column], rows: Iterable[tuple[Value, ...]]) -> Iterable[str]:
    """The table's lines as CSV (RFC 4180), headings first; texts are inert, numbers are plain."""
    yield _csv_line([column.key for column in columns])
    for row in rows:
        yield _csv_line([_cell(value) for value in row])


def _csv_line(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()


class NoParquetError(RuntimeError):
    """The library that writes Parquet is not installed; the message says how to."""


_PARQUET_DIGITS, _PARQUET_PLACES = 38, 9


def parquet_bytes(table: Table) -> bytes:
    """The table as Parquet, each column of its own type; text stays as it is, since nothing computes it.

    Raises:
        NoParquetError: pyarrow is not installed.
    """
    try:
        import pyarrow as pa  # an extra of the installation, and heavy
        from pyarrow import parquet
    except ImportError as error:
        raise NoParquetError(
            "Parquet needs a library that is missing here: install tillpoints[parquet], or take the CSV."
        ) from error
    kinds = {
        Unit.TEXT: pa.string(),
        Unit.COUNT: pa.int64(),
        Unit.POINTS: pa.int64(),
        Unit.SECONDS: pa.int64(),
        Unit.DAY: pa.date32(),
    }
    exact = pa.decimal128(_PARQUET_DIGITS, _PARQUET_PLACES)
    arrays = [
        pa.array([row[i] for row in table.rows], type=kinds.get(column.unit, exact))
        for i, column in enumerate(table.columns)
    ]
    out = io.BytesIO()
    made = pa.Table.from_arrays(arrays, names=[column.key for column in table.columns])
    parquet.write_table(made, out)
    return out.getvalue()
