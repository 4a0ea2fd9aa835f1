"""Every row of every table as JSON Lines, the same for both databases, and back into an empty one.

Read at one moment: what is written meanwhile is not in it, and nobody waits for it. Written in one
transaction: a restore is there as a whole or not at all.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Date,
    LargeBinary,
    MetaData,
    Table,
    func,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.type_api import TypeEngine
from sqlalchemy.types import JSON, NullType

from receipts.database.acting import ACROSS_SETTING, ON
from receipts.database.base import Base, Instant
from receipts.database.engine import Database
from receipts.database.tables import ProgramRow  # which fills the metadata
from receipts.database.wall import Wall, role_bypasses, set_forced, state

_BATCH = 1000
_NOT_KEPT = frozenset({"leases", "heartbeats", "member_keys"})
"""Who does what right now, of no use to who restores; and keys, which an old backup must not bring back."""
_KINDS: Mapping[str, TypeEngine[Any]] = {
    "instant": Instant(),
    "date": Date(),
    "json": JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql"),
    "bytes": LargeBinary(),
    "plain": NullType(),
}


class DumpError(RuntimeError):
    """A file of the dump is not as it was written; the message says which and what is wrong."""


def kept_tables() -> tuple[Table, ...]:
    """The tables in an order in which each comes behind those that it refers to."""
    return tuple(table for table in Base.metadata.sorted_tables if table.name not in _NOT_KEPT)


@contextmanager
def one_moment(database: Database) -> Iterator[Connection]:
    """A connection that sees the database as it is now, until it is closed."""
    level = {} if database.is_sqlite else {"isolation_level": "REPEATABLE READ"}
    with database.engine.connect().execution_options(**level) as connection, connection.begin():
        connection.execute(text("SELECT 1 FROM programs LIMIT 1"))  # the moment is that of the first question
        yield connection


def sees_all(connection: Connection) -> bool:
    """Whether row-level security hides nothing from this transaction: else a dump would be a part only."""
    if connection.dialect.name == "sqlite" or role_bypasses(connection):
        return True
    asked = select(func.current_setting(ACROSS_SETTING, True))
    return str(connection.execute(asked).scalar_one()) == ON


def raise_wall(database: Database) -> None:
    """Raise the wall between programs in a database that was just filled.

    The migration that brings it leaves it down where it finds programs, for processes of the version before:
    of a database that was restored none runs.
    """
    if database.is_sqlite:
        return
    with database.write() as session:
        if state(session.connection()) is Wall.NOT_RAISED:
            set_forced(session.connection(), forced=True)


def write_table(connection: Connection, table: Table, into: Path) -> int:
    """Write a table's rows, oldest first, behind a line that says what its columns are; how many rows."""
    columns = list(table.columns)
    count = 0
    with gzip.open(into, "wt", encoding="utf-8", compresslevel=3) as file:
        head = {column.name: _kind(column) for column in columns}
        file.write(json.dumps({"table": table.name, "columns": head}) + "\n")
        query = select(*columns).order_by(*table.primary_key.columns)
        rows = connection.execution_options(yield_per=_BATCH).execute(query)
        for row in rows:
            file.write(json.dumps([_written(value) for value in row], ensure_ascii=False) + "\n")
            count += 1
    return count


def read_table(path: Path) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
    """The table and its rows, some at a time; at least one, perhaps empty, batch.

    Raises:
        DumpError: the file is cut short or damaged.
    """
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            head = json.loads(next(file))
            kinds: dict[str, str] = head["columns"]
            columns = [Column(name, _KINDS[kind]) for name, kind in kinds.items()]
            table = Table(head["table"], MetaData(), *columns)
            batch: list[dict[str, Any]] = []
            for line in file:
                values = json.loads(line)
                pairs = zip(kinds.items(), values, strict=True)
                batch.append({name: _read(kind, value) for (name, kind), value in pairs})
                if len(batch) == _BATCH:
                    yield table, batch
                    batch = []
            yield table, batch
    except (OSError, EOFError, ValueError, KeyError, StopIteration) as error:
        raise DumpError(f"{path.name} is damaged or cut short ({error})") from error


def feed_positions(connection: Connection) -> dict[str, int]:
    """The last position given out in each program's message feed."""
    rows = connection.execute(select(ProgramRow.id, ProgramRow.feed_position).order_by(ProgramRow.id))
    return {program: int(position) for program, position in rows}


def is_empty(database: Database) -> bool:
    """Whether nothing was ever stored in it: no tables, or no program."""
    with database.engine.connect() as connection:
        if not inspect(connection).has_table("programs"):
            return True
        return not connection.execute(select(func.count()).select_from(ProgramRow)).scalar_one()


def fill(database: Database, files: Mapping[str, Path]) -> dict[str, int]:
    """Write all rows into an empty database that has the tables of the dump's version; rows by table.

    Args:
        database: the empty one.
        files: by table, in an order in which each comes behind those that it refers to.

    Raises:
        DumpError: a file is damaged; nothing was written.
    """
    counts: dict[str, int] = {}
    with database.write() as session:
        connection = session.connection()
        if database.is_sqlite:
            connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        for name, path in files.items():
            counts[name] = 0
            for table, rows in read_table(path):
                if rows:
                    connection.execute(insert(table), rows)
                counts[name] += len(rows)
        if not database.is_sqlite:
            _count_on(connection, files)
    return counts


def _count_on(connection: Connection, names: Mapping[str, Path]) -> None:
    """Let counting keys go on behind the rows that were written with theirs."""
    for table in (each for each in kept_tables() if each.name in names):
        counted = table.autoincrement_column
        if counted is None:
            continue
        sequence = connection.execute(
            select(func.pg_get_serial_sequence(table.name, counted.name))
        ).scalar_one()
        if sequence is not None:
            last = connection.execute(select(func.max(counted))).scalar_one()
            connection.execute(select(func.setval(sequence, last or 1, last is not None)))


def _kind(column: Column[Any]) -> str:
    if isinstance(column.type, Instant):
        return "instant"
    if isinstance(column.type, Date):
        return "date"
    if isinstance(column.type, LargeBinary):
        return "bytes"
    return "json" if isinstance(column.type, JSON) else "plain"


def _written(value: Any) -> Any:  # noqa: ANN401  (column values)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return value.isoformat() if isinstance(value, date | datetime) else value


def _read(kind: str, value: Any) -> Any:  # noqa: ANN401
    if value is None:
        return None
    if kind == "instant":
        return datetime.fromisoformat(value)
    if kind == "bytes":
        return base64.b64decode(value, validate=True)
    return date.fromisoformat(value) if kind == "date" else value
