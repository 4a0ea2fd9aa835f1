"""Files and mappings of another system that cannot be meant, or mean harm."""

from __future__ import annotations

import csv
from datetime import date

import pytest

from pipeline.migration.mapping import MappingError, load_mapping
from pipeline.migration.staging import stage
from tests.migration.conftest import SIMPLE, TODAY, House


def test_parquet_says_what_csv_says(house: House) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    house.has(ada=(100, "2090-01-31"))
    house.load()
    table = pyarrow.table({"id": ["ada"], "points": [100.0], "last": [date(2090, 1, 31)]})
    parquet.write_table(table, house.folder / "points.csv")
    report = house.load()
    assert (report.counts["points_opened"], report.counts["points_cut"]) == (0, 0)


def test_cut_files_are_not_loaded(house: House) -> None:
    house.has(ada=1, ben=2)
    (house.folder / "old.toml").write_text(SIMPLE + "totals = { members = 3 }\n", encoding="utf-8")
    with pytest.raises(MappingError, match="get whole files"):
        house.load()
    assert house.rows("SELECT id FROM members") == []


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ("version = 2", "version: Input should be 1"),
        (
            "version = 1\nsystem = 'x'\nmembers = { files = ['m.csv'], id = 'id', nme = 'n' }",
            "members.nme: Extra",
        ),
        ("version = 1\nsystem = 'X Y'", "system: String should match"),
        ("= 3", "is not read"),
        (
            SIMPLE.replace('id = "id", name', 'id = "no", name'),
            "has no column 'no'; it has: id, name, tier, until",
        ),
        (SIMPLE.replace("members.csv", "../none.csv"), "cannot be opened"),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_told_where(house: House, mapping: str, said: str) -> None:
    (house.folder / "old.toml").write_text(mapping, encoding="utf-8")
    with pytest.raises(MappingError) as told:
        house.load()
    assert said in str(told.value)


def test_a_row_twice_is_nobodys(house: House) -> None:
    house.has(ada=1, ben=2)
    house.write("members.csv", "id,name,tier,until", "ada,Ada,,", "ben,Ben,,", "ada,Eve,,", "torn,row")
    report = house.load()
    assert report.refused == {"twice": 1, "no_id": 1}
    assert [row for (row,) in house.rows("SELECT name FROM members")] == ["Ben"]
    found = house.reconciled()
    assert (found.fits, found.members["there"], found.members["refused"]) == (True, 4, 3)


def test_what_is_hostile_in_a_cell_is_plain_text(house: House) -> None:
    house.write("members.csv", "id,name,tier,until", '"=cmd()|x","\u202eA\u0000da\n<b>",,')
    house.write("points.csv", "id,points,last", '"=cmd()|x",=1+1,')
    from pipeline.commands.migrate import _list_refused

    mapping = load_mapping(house.folder / "old.toml")
    with stage(mapping, house.folder, TODAY) as staged:
        _list_refused(house.folder / "refused.csv", staged)
    with (house.folder / "refused.csv").open(encoding="utf-8", newline="") as file:
        ((_, row),) = [list(csv.reader(file))]
    assert row[0] == "'=cmd()|x"
    assert (house.folder / "refused.csv").stat().st_mode & 0o077 == 0
    house.write("points.csv", "id,points,last")
    house.load()
    assert house.rows("SELECT name FROM members") == [("A da <b>",)]
