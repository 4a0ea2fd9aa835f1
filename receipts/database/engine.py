"""One database, SQLite or PostgreSQL: short read and write transactions, and migrations at start."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from receipts.database.acting import (
    ACROSS,
    ACROSS_SETTING,
    NOBODY,
    ON,
    PROGRAM_SETTING,
    across_programs,
    acting_now,
)
from receipts.database.wall import role_bypasses
from receipts.errors import TransientError

if TYPE_CHECKING:
    from alembic.config import Config

SQLITE_BUSY_TIMEOUT_S = 30
"""How long a writer waits for another; a write transaction here takes milliseconds."""

PING_AFTER_IDLE_S = 1.0
"""A connection used within this time is taken to live: one receipt takes a connection some thirty times, and
each ping is a way to the server and back. Where it does not live after all, the work is tried again later."""

_USED = "tillpoints_used"
_CHANGES = ("INSERT", "UPDATE", "DELETE", "MERGE")

_MIGRATION_LOCK = 7_110_011_001
"""PostgreSQL advisory lock: two processes that start together migrate one after the other."""

_MAY_NOT = "42501"
"""PostgreSQL's insufficient_privilege."""

_WRITES = {"tillpoints_writes": True}
_UNGUARDED = {"isolation_level": "AUTOCOMMIT"}
_ACT = text(
    f"SELECT set_config('{PROGRAM_SETTING}', :program, true), set_config('{ACROSS_SETTING}', :across, true)"
)
"""For this transaction alone, so that a pooler may hand the connection to anybody after it."""


class Database:
    """Makes sessions. Safe to share between threads; after a fork make a new one.

    On PostgreSQL, where the role does not bypass the policies of row-level security, each transaction tells
    the program that it acts for (`receipts.database.acting`). Where nothing was said it sees no rows, unless
    the process `acts_across` programs: relay, worker, beat and the operator's commands.
    """

    def __init__(self, url: str, *, acts_across: bool = False) -> None:
        parsed = make_url(url)
        if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
            raise ValueError(
                f"TILLPOINTS_DATABASE_URL names {parsed.get_backend_name()!r}; use sqlite:///FILE "
                "or postgresql+psycopg://USER:PASSWORD@HOST/NAME"
            )
        self.url = url
        self.engine: Engine = _engine(parsed)
        self._otherwise = ACROSS if acts_across else NOBODY
        self._guarded: list[bool] = []  # filled by the first connection, which knows its role
        self._writer = self.engine.execution_options(**_WRITES)
        if parsed.get_backend_name() == "sqlite":
            self._reader = self.engine
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        else:
            # Under READ COMMITTED each statement sees a moment of its own anyway: to begin and to roll back
            # around it would only be two more ways to the server and back.
            # Not so where policies guard the rows: what a transaction was told holds for it alone.
            self._reader = self.engine.execution_options(**_UNGUARDED)
            self._guarded_reader = self.engine.execution_options(tillpoints_reads=True)
            event.listen(self._reader, "before_cursor_execute", _refuse_to_write)
            event.listen(self._guarded_reader, "before_cursor_execute", _refuse_to_write)
            event.listen(self.engine, "begin", self._tell_program)
            event.listen(self.engine, "checkin", _note_use)
            event.listen(self.engine, "checkout", self._ping_when_idle)

    def _ping_when_idle(
        self, connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: PoolProxiedConnection
    ) -> None:
        """Ask whether the server still knows a connection that nobody used for a while; else make others."""
        if time.monotonic() - record.info.get(_USED, math.inf) < PING_AFTER_IDLE_S:
            return
        try:
            self.engine.dialect.do_ping(connection)
        except self.engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error

    def _tell_program(self, connection: Connection) -> None:
        """At the start of a transaction: whose rows it may see."""
        level = connection.get_execution_options().get("isolation_level")
        if level == _UNGUARDED["isolation_level"] or not self._is_guarded(connection):
            return
        acting = acting_now(self._otherwise)
        said = {"program": acting.program_id or "", "across": ON if acting.across else ""}
        connection.execute(_ACT, said)

    def _is_guarded(self, connection: Connection) -> bool:
        if not self._guarded:
            self._guarded.append(not role_bypasses(connection))
        return self._guarded[0]

    def _engine_to_read(self) -> Engine:
        if self.is_sqlite:
            return self._reader
        if not self._guarded:
            with self._reader.connect() as connection:
                self._is_guarded(connection)
        return self._guarded_reader if self._guarded[0] else self._reader

    @property
    def is_sqlite(self) -> bool:
        """True for SQLite, which has one writer at a time."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that changes nothing: on SQLite it sees one moment, on PostgreSQL each statement its own.

        Raises:
            TransientError: the database did not answer.
        """
        with _transient(), Session(self._engine_to_read(), expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that commits at the end of the block, and rolls back when the block raises.

        On SQLite it takes the write lock at once, so that what it reads is still true when it writes.

        Raises:
            TransientError: the database did not answer.
        """
        with _transient(), Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield session

    def migrate(self, to: str = "head") -> None:
        """Bring the tables to that version or a later one; does nothing when they are.

        Tables of a later program stay as they are: while a new version is rolled out, processes of the old
        one are started again beside it. Each migration leaves them what they need (docs/deploy.md).

        Raises:
            TransientError: the database did not answer, or the tables are older and another role's.
        """
        from alembic import command  # half a second of loading that only who starts the whole needs

        config = _migrations()
        writer = self.engine.execution_options(**_WRITES)
        with _transient(), across_programs(), writer.connect() as connection:
            if not self.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
            if _is_later(connection, config):
                return
            config.attributes["connection"] = connection
            with as_their_owner("bring the tables to this version", "tillpoints tables"):
                command.upgrade(config, to)
            connection.commit()

    def count_rows(self, tables: Iterable[str]) -> None:
        """Let the planner know that these tables have grown, before it finds out by itself minutes later."""
        if self.is_sqlite:
            return
        with _transient(), self._writer.connect() as connection, connection.begin():
            for table in tables:  # who does not own it gets a notice and no more
                connection.exec_driver_sql(f'ANALYZE "{table}"')

    def version(self) -> str:
        """The version of the tables; empty where there are none."""
        from alembic.migration import MigrationContext

        with self.engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision() or ""

    @staticmethod
    def knows_version(version: str) -> bool:
        """Whether this program has the migration of that version."""
        from alembic.script import ScriptDirectory

        return version in {
            each.revision for each in ScriptDirectory.from_config(_migrations()).walk_revisions()
        }

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


def _engine(url: URL) -> Engine:
    """Without prepared statements, unless the URL says `?prepare_threshold=5`.

    Behind a pooler in transaction mode another client's are found under the same names, or ours not at all,
    and the write fails. What they save is 0.1 to 0.2 ms of the server for a write (docs/deploy.md).
    """
    if url.get_backend_name() == "sqlite":
        return create_engine(url)
    said = str(url.query.get("prepare_threshold", "none"))
    if said != "none" and not said.isdecimal():
        raise ValueError(f"TILLPOINTS_DATABASE_URL: prepare_threshold={said} is neither a number nor `none`")
    threshold = None if said == "none" else int(said)
    rest = url.difference_update_query(("prepare_threshold",))
    return create_engine(rest, connect_args={"prepare_threshold": threshold})


def _is_later(connection: Connection, config: Config) -> bool:
    """Whether a later program has brought the tables beyond what this one knows."""
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    version = MigrationContext.configure(connection).get_current_revision() or ""
    head = ScriptDirectory.from_config(config).get_current_head() or ""
    return version.isdecimal() and head.isdecimal() and int(version) > int(head)


def _migrations() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(files("receipts.database") / "migrations"))
    return config


@contextmanager
def as_their_owner(wish: str, command: str) -> Iterator[None]:
    """Around what only the role may do whose the tables are: where another tries, an error says so.

    Raises:
        TransientError: this role may not do what was wished for; the owner does it by the command.
    """
    try:
        yield
    except ProgrammingError as error:
        if getattr(error.orig, "sqlstate", "") != _MAY_NOT:
            raise
        reason = str(error.orig).partition("\n")[0]
        raise TransientError(
            f"this database role may not {wish} ({reason}): run `{command}` as the role whose the tables are"
            " (docs/deploy.md)"
        ) from error


@contextmanager
def _transient() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise TransientError(f"the database did not answer: {error.orig}") from error


def _note_use(_connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
    record.info[_USED] = time.monotonic()


def _refuse_to_write(_connection: Connection, _cursor: object, statement: str, *_more: object) -> None:
    # Nothing would roll it back: a reader's statements stand for themselves.
    if statement.lstrip().upper().startswith(_CHANGES):
        raise RuntimeError(f"a session that reads was asked to write: {statement[:60]}")


def _prepare_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    # SQLAlchemy begins transactions itself (see _begin_sqlite): the driver must not.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {SQLITE_BUSY_TIMEOUT_S * 1000}")
    cursor.execute("PRAGMA journal_mode = WAL")
    # FULL, not NORMAL: with NORMAL a power cut may take back the last commits, and points are money.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    # Without it INSERT OR REPLACE would slip past the triggers that keep the books append-only.
    cursor.execute("PRAGMA recursive_triggers = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("tillpoints_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def sqlite_url(path: Path) -> str:
    """The URL of a database file."""
    return f"sqlite:///{path}"
