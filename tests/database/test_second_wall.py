"""Row-level security on PostgreSQL: a query that forgot its WHERE gives nothing of another program."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet, MultiFernet
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import ProgrammingError

from pipeline.sealed_store import SealedStore
from receipts.database.acting import (
    ACROSS,
    Acting,
    across_programs,
    acting_for,
    request_acts,
    request_of_nobody,
)
from receipts.database.base import Base
from receipts.database.engine import Database
from receipts.database.tables import ArtefactRow, MemberRow, ProgramRow, ReceiptRow
from receipts.database.wall import CHILDREN, Wall, condition, guarded, set_forced, state, tables_behind
from receipts.files.local import LocalStore
from receipts.identity import MemberId
from tests.conftest import PostgresServer
from tests.support.walled import app_role

from .conftest import World, two_programs


@pytest.fixture(scope="module")
def walled(postgres_server: PostgresServer) -> Iterator[World]:
    """Two programs in a database whose tables belong to a role that no policy spares."""
    with app_role(postgres_server) as url:
        database = Database(url, acts_across=True)
        database.migrate()
        world = two_programs(database)
        own = Database(url)
        yield World(own, world.mill, world.forge, world.ann, world.bob, world.eve)
        own.close()
        database.close()


def members_seen(database: Database) -> set[MemberId]:
    with database.read() as session:
        return {MemberId(each) for each in session.scalars(select(MemberRow.id))}


def test_a_query_without_where_sees_its_own_program_alone(walled: World) -> None:
    with acting_for(walled.mill):
        mine = members_seen(walled.database)
    with acting_for(walled.forge):
        theirs = members_seen(walled.database)
    assert walled.ann in mine
    assert walled.eve in theirs
    assert not mine & theirs


def test_one_file_of_two_programs_opens_for_both(walled: World, tmp_path: Path) -> None:
    """Files are known by their content alone; each program sees its own keys of one."""
    store = SealedStore(LocalStore(tmp_path), walled.database, MultiFernet([Fernet(Fernet.generate_key())]))
    for program, member in (walled.mill, walled.ann), (walled.forge, walled.eve):
        with acting_for(program):
            name = store.of(program, member).put_bytes(b"the same flyer")
    for program in (walled.mill, walled.forge):
        with acting_for(program):
            assert store.open(name).read() == b"the same flyer"
    with acting_for(walled.mill):
        assert store.remove(name, untouched_s=-1)
        assert not store.exists(name)


def test_nobody_sees_nothing_and_all_is_said_openly(walled: World) -> None:
    assert members_seen(walled.database) == set()
    with across_programs():
        assert {walled.ann, walled.eve} <= members_seen(walled.database)


def test_a_request_sees_what_it_was_found_to_act_for(walled: World) -> None:
    with request_of_nobody():
        assert members_seen(walled.database) == set()
        request_acts(ACROSS)
        assert walled.eve in members_seen(walled.database)
        request_acts(Acting(walled.mill))
        assert walled.eve not in members_seen(walled.database)
    assert members_seen(walled.database) == set()


def test_nothing_of_another_is_changed_or_added(walled: World) -> None:
    with acting_for(walled.forge):
        with walled.database.write() as session:
            session.execute(update(ProgramRow).values(name="theirs"))
        with pytest.raises(ProgrammingError, match="row-level security"), walled.database.write() as session:
            session.add(MemberRow(id="m-new", program_id=walled.mill, name="New"))
    with across_programs(), walled.database.read() as session:
        names = {row.id: row.name for row in session.execute(select(ProgramRow.id, ProgramRow.name))}
    assert names[walled.forge] == "theirs"
    assert names[walled.mill] != "theirs"


def test_a_child_is_seen_with_its_parent(walled: World) -> None:
    with across_programs():
        receipt_id = walled.send()
        with walled.database.write() as session:
            session.execute(
                text(
                    "INSERT INTO artefacts (receipt_id, kind, revision, versions, body, seconds, created_at)"
                    " VALUES (:id, 'reading', 1, '{}', '{}', 0, now())"
                ),
                {"id": receipt_id},
            )
    seen = {}
    for program in (walled.mill, walled.forge):
        with acting_for(program), walled.database.read() as session:
            seen[program] = session.scalar(select(func.count()).select_from(ArtefactRow))
    assert seen == {walled.mill: 1, walled.forge: 0}


def test_what_was_told_ends_with_its_transaction(walled: World) -> None:
    """As a pooler in transaction mode needs: the same connection is another's at once."""
    with acting_for(walled.mill), walled.database.write() as session:
        first = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with walled.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        assert connection.execute(text("SELECT pg_backend_pid()")).scalar_one() == first
        assert connection.execute(select(func.count()).select_from(ReceiptRow)).scalar_one() == 0
        told = connection.execute(text("SELECT current_setting('tillpoints.program_id', true)")).scalar_one()
    assert not told


def test_every_table_has_its_policy(walled: World) -> None:
    """A new table without one fails here: add it in its migration, with the condition of `wall.condition`."""
    with walled.database.engine.connect() as connection:
        assert tables_behind(connection) == guarded(Base.metadata)
        assert state(connection) is Wall.STANDS
        asked = "SELECT tablename, qual FROM pg_policies WHERE schemaname = current_schema()"
        quals = {row.tablename: row.qual for row in connection.execute(text(asked))}
    for table in guarded(Base.metadata):
        assert table == "programs" or table in CHILDREN or "program_id" in Base.metadata.tables[table].c
        assert "program_id" in condition(table) or table == "programs"
        assert "tillpoints.program_id" in quals[table]


def test_the_owner_passes_until_the_wall_is_raised(walled: World) -> None:
    with walled.database.engine.begin() as connection:
        assert set_forced(connection, forced=False) == len(guarded(Base.metadata))
        assert state(connection) is Wall.NOT_RAISED
    assert walled.eve in members_seen(walled.database)
    with walled.database.engine.begin() as connection:
        set_forced(connection, forced=True)
    assert members_seen(walled.database) == set()


def test_the_wall_says_when_the_role_passes_by(walled: World, postgres_server: PostgresServer) -> None:
    name = walled.database.engine.url.database
    above = Database(postgres_server.url(str(name)))
    try:
        with above.engine.connect() as connection:
            assert state(connection) is Wall.ROLE_BYPASSES
        assert walled.eve in members_seen(above)
    finally:
        above.close()
