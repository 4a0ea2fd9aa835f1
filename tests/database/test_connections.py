"""What a session of PostgreSQL does about a connection that died, and about a reader that writes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from receipts.database import engine
from receipts.database.engine import Database
from receipts.errors import TransientError

OWN_CONNECTION = text("SELECT pg_backend_pid()")
OTHERS_END = text(
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    made = Database(postgres_url)
    yield made
    made.close()


def end_connections_of(database: Database) -> int:
    other = Database(database.url)
    try:
        with other.write() as session:
            return int(session.execute(OTHERS_END).scalar_one())
    finally:
        other.close()


def pid(database: Database) -> int:
    with database.read() as session:
        return int(session.execute(OWN_CONNECTION).scalar_one())


def test_a_connection_that_died_while_nobody_used_it_is_replaced(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = pid(database)
    assert end_connections_of(database) == 1
    monkeypatch.setattr(engine, "PING_AFTER_IDLE_S", 0.0)
    assert pid(database) != first


def test_a_connection_that_died_in_use_is_an_error_that_passes(database: Database) -> None:
    first = pid(database)
    end_connections_of(database)
    with pytest.raises(TransientError, match="did not answer"):
        pid(database)
    assert pid(database) != first


def test_a_connection_in_use_is_not_asked_first(database: Database) -> None:
    assert pid(database) == pid(database)


def test_a_reader_cannot_write(database: Database) -> None:
    with database.write() as session:
        session.execute(text("CREATE TABLE notes (words TEXT)"))
    with pytest.raises(RuntimeError, match="asked to write"), database.read() as session:
        session.execute(text("INSERT INTO notes VALUES ('lost')"))
    with database.read() as session:
        assert session.execute(text("SELECT count(*) FROM notes")).scalar_one() == 0


def test_a_writer_that_raises_leaves_nothing(database: Database) -> None:
    with database.write() as session:
        session.execute(text("CREATE TABLE notes (words TEXT)"))

    def write_and_fail() -> None:
        with database.write() as session:
            session.execute(text("INSERT INTO notes VALUES ('half')"))
            raise LookupError

    pid(database)  # the connection was a reader's before
    with pytest.raises(LookupError):
        write_and_fail()
    with database.read() as session:
        assert session.execute(text("SELECT count(*) FROM notes")).scalar_one() == 0


@pytest.mark.parametrize(("said", "some"), [("", False), ("&prepare_threshold=5", True)])
def test_nothing_is_prepared_that_a_pooler_would_hand_to_another(
    postgres_url: str, said: str, some: bool
) -> None:
    made = Database(postgres_url + said, acts_across=True)
    for _ in range(8):
        with made.write() as session:
            session.execute(text("SELECT :one"), {"one": 1})
    with made.write() as session:
        count = session.execute(text("SELECT count(*) FROM pg_prepared_statements")).scalar_one()
    made.close()
    assert bool(count) is some
