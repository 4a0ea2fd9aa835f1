"""Many rows into a table at once.

On PostgreSQL one statement takes them as arrays, which costs the server and us less than a statement for each
row. COPY would be quicker still, and is refused under row-level security.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import Column, CursorResult, Dialect, Table, insert
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import JSON

_POSTGRESQL: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]


def insert_rows(
    session: Session,
    row_class: type[DeclarativeBase],
    rows: Sequence[Mapping[str, Any]],
    *,
    unless_there: Sequence[str] = (),
) -> int:
    """Insert rows that all name the same columns; how many are new.

    Args:
        session: in whose transaction.
        row_class: the table's.
        rows: values by column.
        unless_there: columns of a unique constraint: rows that are there already stay as they are.

    Raises:
        sqlalchemy.exc.IntegrityError: a row breaks a constraint.
    """
    if not rows:
        return 0
    table = row_class.__table__
    if not isinstance(table, Table):
        raise TypeError(f"{row_class.__name__} is no table")
    if session.get_bind().dialect.name == "sqlite":
        plain = sqlite_insert(table).on_conflict_do_nothing(index_elements=unless_there)
        result = session.execute(plain if unless_there else insert(table), list(rows))
        return result.rowcount if isinstance(result, CursorResult) else 0
    columns = [table.c[name] for name in rows[0]]
    names = ", ".join(column.name for column in columns)
    arrays = ", ".join(f"%s::{_array_type(column)}[]" for column in columns)
    sql = f"INSERT INTO {table.name} ({names}) SELECT * FROM unnest({arrays})"  # noqa: S608  (names of our own)
    if unless_there:
        sql += f" ON CONFLICT ({', '.join(unless_there)}) DO NOTHING"
    values = tuple([_value(column, row[column.name]) for row in rows] for column in columns)
    return session.connection().exec_driver_sql(sql, values).rowcount


def _array_type(column: Column[Any]) -> str:
    kind = column.type.compile(_POSTGRESQL)
    return "text" if kind.startswith("VARCHAR") else kind


def _value(column: Column[Any], value: object) -> object:
    return Jsonb(value) if isinstance(column.type, JSON) and value is not None else value
