"""A program, and a folder with the files of another loyalty system."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from pipeline.clock import utc_now
from pipeline.migration.load import Loader, LoadReport, today_of
from pipeline.migration.mapping import load_mapping
from pipeline.migration.reconcile import Reconciliation, reconcile
from pipeline.migration.staging import check_totals, stage
from pipeline.redeem import HoldRequest, Redemption, capture, hold
from pipeline.settings import Settings
from pipeline.wiring import Wiring, build
from receipts.database.engine import Database, sqlite_url
from receipts.database.repositories.books import Books
from receipts.database.repositories.origins import Origins
from receipts.database.repositories.programs import Programs
from receipts.identity import MemberId, ProgramId
from receipts.money import Currency, Points
from receipts.program import Program

EXAMPLE = Path(__file__).parents[2] / "fixtures/migration"
SUNNY = Program(ProgramId("sunny"), "Sunny Club", Currency("USD"), "America/New_York", 30, 10)
TODAY = date(2026, 1, 1)
SIMPLE = """version = 1
system = "old"
members = { files = ["members.csv"], id = "id", name = "name", tier = "tier", tier_until = "until" }
balances = { files = ["points.csv"], member = "id", points = "points", expires = "last" }
history = { files = ["history.csv"], member = "id", on = "day", points = "points", words = "words" }
"""


class House:
    """A program, and a folder with another system's files."""

    def __init__(self, wiring: Wiring, folder: Path) -> None:
        self.wiring, self.folder = wiring, folder
        self.program = SUNNY
        self.write("history.csv", "id,day,points,words")
        self.write("members.csv", "id,name,tier,until")
        self.write("points.csv", "id,points,last")
        (folder / "old.toml").write_text(SIMPLE, encoding="utf-8")
        with wiring.database.write() as session:
            Programs(session).add(SUNNY, utc_now())

    def write(self, name: str, *lines: str) -> None:
        (self.folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")

    def has(self, **points: int | tuple[int, str]) -> None:
        """Members of these ids, each with so many points, and the last day of them."""
        lots = [(key, value if isinstance(value, tuple) else (value, "")) for key, value in points.items()]
        self.write("members.csv", "id,name,tier,until", *(f"{key},{key.title()},," for key in points))
        self.write("points.csv", "id,points,last", *(f"{key},{count},{last}" for key, (count, last) in lots))

    def load(self, name: str = "old.toml", *, dry_run: bool = False) -> LoadReport:
        mapping = load_mapping(self.folder / name)
        with stage(mapping, self.folder, today_of(self.program)) as staged:
            check_totals(mapping, staged)
            return Loader(self.wiring, self.program, mapping, staged, dry_run=dry_run).run()

    def reconciled(self, name: str = "old.toml") -> Reconciliation:
        mapping = load_mapping(self.folder / name)
        with stage(mapping, self.folder, today_of(self.program)) as staged:
            return reconcile(self.wiring, self.program, mapping, staged)

    def member(self, source_id: str, system: str = "old") -> MemberId:
        with self.wiring.database.read() as session:
            return (
                Origins(session, self.program.id, system, utc_now()).known([source_id])[source_id].member_id
            )

    def available(self, source_id: str) -> int:
        with self.wiring.database.read() as session:
            return Books(session, self.program.id, utc_now()).balances(self.member(source_id)).available

    def spend(self, source_id: str, points: int, reference: str, system: str = "old") -> None:
        member_id = self.member(source_id, system)
        held = hold(self.wiring, SUNNY.id, HoldRequest(member_id, Points(points), reference, "A cup"))
        assert isinstance(held, Redemption)
        capture(self.wiring, SUNNY.id, held.id)

    def rows(self, sql: str) -> list[Any]:
        with self.wiring.database.read() as session:
            return list(session.execute(text(sql)).all())


def house_at(folder: Path, **settings: Any) -> House:
    wiring = build(Settings(data_dir=folder / "data", **settings))
    wiring.database.migrate()
    return House(wiring, folder)


def copied(tables: Path, folder: Path) -> House:
    shutil.copy(tables, folder / "copy.db")
    return House(
        build(Settings(data_dir=folder / "data", database_url=sqlite_url(folder / "copy.db"))), folder
    )


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database, made once."""
    file = tmp_path_factory.mktemp("tables") / "empty.db"
    database = Database(sqlite_url(file))
    database.migrate()
    database.close()
    return file


@pytest.fixture
def house(tables: Path, tmp_path: Path) -> Iterator[House]:
    made = copied(tables, tmp_path)
    yield made
    made.wiring.close()
