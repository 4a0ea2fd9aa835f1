"""The rows of another system's files, CSV or Parquet, a few at a time: they may be larger than memory."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from pipeline.migration.mapping import MappingError

Cell = str | Decimal | date
"""CSV knows text alone; what Parquet has as a number or a day stays one. Nothing is the empty text."""
_PARQUET_MAGIC = b"PAR1"
_DELIMITERS = (",", ";", "\t", "|")
_PARQUET_BATCH_ROWS = 20_000
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of the other system.

    Attributes:
        columns: as it has them.
    """

    path: Path
    columns: tuple[str, ...]
    is_parquet: bool
    delimiter: str
    encoding: str

    def sha256(self) -> str:
        """Of its bytes, as hex."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def rows(self, wanted: Sequence[str]) -> Iterator[tuple[int, tuple[Cell, ...] | str]]:
        """Each row's number and its cells of these columns, or what is wrong with it as a whole.

        Raises:
            MappingError: the file has no such column, or cannot be read on.
        """
        for column in wanted:
            if column not in self.columns:
                has = ", ".join(self.columns)[:500]
                raise MappingError(f"{self.path.name} has no column {column!r}; it has: {has}")
        return self._parquet_rows(wanted) if self.is_parquet else self._csv_rows(wanted)

    def _csv_rows(self, wanted: Sequence[str]) -> Iterator[tuple[int, tuple[Cell, ...] | str]]:
        places = [self.columns.index(column) for column in wanted]
        width = len(self.columns)
        with self.path.open(encoding=_decoder(self.encoding), newline="") as file:
            reader = csv.reader(file, delimiter=self.delimiter, strict=True)
            try:
                next(reader)
                for cells in reader:
                    if len(cells) == width:
                        yield reader.line_num, tuple(cells[place].strip() for place in places)
                    elif any(cells):
                        yield reader.line_num, f"has {len(cells)} cells where the header has {width}"
            except (csv.Error, UnicodeError) as error:
                raise MappingError(
                    f"{self.path.name}, line {reader.line_num + 1}: it cannot be read on ({error}); check its"
                    " quotes, and formats.encoding in the mapping"
                ) from error

    def _parquet_rows(self, wanted: Sequence[str]) -> Iterator[tuple[int, tuple[Cell, ...] | str]]:
        from pyarrow import ArrowException, parquet

        number = 0
        try:
            table = parquet.ParquetFile(self.path)
            for batch in table.iter_batches(
                batch_size=_PARQUET_BATCH_ROWS, columns=list(dict.fromkeys(wanted))
            ):
                cells = [batch.column(column).to_pylist() for column in wanted]
                for row in zip(*cells, strict=True):
                    number += 1
                    yield number, tuple(_cell(value) for value in row)
        except (ArrowException, OSError, UnicodeDecodeError) as error:
            said = " ".join(str(error).split())[:200]
            raise MappingError(f"{self.path.name}: row {number + 1} cannot be read ({said})") from error


def open_source(path: Path, encoding: str) -> SourceFile:
    """Look at a file's beginning: what it is, and which columns it has.

    Raises:
        MappingError: it cannot be read, is empty, or names a column twice.
    """
    try:
        with path.open("rb") as file:
            is_parquet = file.read(len(_PARQUET_MAGIC)) == _PARQUET_MAGIC
        columns, delimiter = (_parquet_columns(path), "") if is_parquet else _csv_columns(path, encoding)
    except OSError as error:
        raise MappingError(f"{path} cannot be opened ({error.strerror}); check the path") from error
    for name, count in Counter(columns).items():
        if count > 1:
            raise MappingError(f"{path.name} names the column {name[:_SHOWN]!r} {count} times; keep one")
    return SourceFile(path, columns, is_parquet, delimiter, encoding)


def _csv_columns(path: Path, encoding: str) -> tuple[tuple[str, ...], str]:
    try:
        with path.open(encoding=_decoder(encoding), newline="") as file:
            first = file.readline(100_000)
            delimiter = max(_DELIMITERS, key=first.count)
            file.seek(0)
            names = next(csv.reader(file, delimiter=delimiter, strict=True), [])
    except (csv.Error, UnicodeError) as error:
        raise MappingError(
            f"{path.name} is not read as {encoding} text ({error}); see formats.encoding"
        ) from error
    if not any(names):
        raise MappingError(f"{path.name} is empty: its first line has to name the columns")
    return tuple(name.strip() for name in names), delimiter


def _decoder(encoding: str) -> str:
    return "utf-8-sig" if encoding == "utf-8" else encoding


def _parquet_columns(path: Path) -> tuple[str, ...]:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError as error:
        raise MappingError(
            f"{path.name} is Parquet, which needs an extra: pip install 'tillpoints[parquet]' (or write CSV)"
        ) from error
    try:
        return tuple(parquet.ParquetFile(path).schema_arrow.names)
    except (ArrowException, UnicodeDecodeError) as error:
        said = " ".join(str(error).split())[:200]
        raise MappingError(f"{path.name} begins like Parquet but cannot be read ({said})") from error


def _cell(value: object) -> Cell:
    match value:
        case None:
            return ""
        case str():
            return value.strip()
        case bool():
            return str(value).lower()
        case int() | Decimal():
            return Decimal(value)
        case float():
            return Decimal(repr(value))
        case date():  # a moment is one, too
            return value
        case _:
            return str(value)
