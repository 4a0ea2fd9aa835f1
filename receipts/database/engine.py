"""One database, SQLite or PostgreSQL: short read and write transactions, and migrations at start."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from receipts.errors import TransientError

SQLITE_BUSY_TIMEOUT_S = 30
"""How long a writer waits for another; a write transaction here takes milliseconds."""

_MIGRATION_LOCK = 7_110_011_001
"""PostgreSQL advisory lock: two processes that start together migrate one after the other."""

_WRITES = {"tillpoints_writes": True}


class Database:
    """Makes sessions. Safe to share between threads; after a fork make a new one."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
            raise ValueError(
                f"TILLPOINTS_DATABASE_URL names {parsed.get_backend_name()!r}; use sqlite:///FILE "
                "or postgresql+psycopg://USER:PASSWORD@HOST/NAME"
            )
        self.url = url
        self.engine: Engine = create_engine(parsed, pool_pre_ping=True)
        self._writer = self.engine.execution_options(**_WRITES)
        if parsed.get_backend_name() == "sqlite":
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)

    @property
    def is_sqlite(self) -> bool:
        """True for SQLite, which has one writer at a time."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one moment and changes nothing.

        Raises:
            TransientError: the database did not answer.
        """
        with _transient(), Session(self.engine, expire_on_commit=False) as session:
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

    def migrate(self) -> None:
        """Bring the tables to the newest version; does nothing when they are."""
        from alembic import command  # half a second of loading that only who starts the whole needs
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(files("receipts.database") / "migrations"))
        with self.engine.execution_options(**_WRITES).connect() as connection:
            if not self.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


@contextmanager
def _transient() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise TransientError(f"the database did not answer: {error.orig}") from error


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
