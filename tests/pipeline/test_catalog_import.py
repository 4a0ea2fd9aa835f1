"""Imports while receipts are matched, catalogs by purchase day, what is kept and what is removed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from matching.catalog_file import catalog_version
from matching.match import LineQuery, match_lines
from pipeline import catalogs
from pipeline.catalog_preview import preview
from pipeline.catalogs import ShrinkingError, check_shrinking, import_catalog, tidy
from pipeline.clock import utc_now
from pipeline.commands.catalog import catalog as command
from pipeline.runner import advance
from pipeline.sample import SAMPLE_PROGRAM
from pipeline.settings import Settings
from pipeline.wiring import Wiring, build
from receipts.catalog import Catalog, CatalogProduct
from receipts.database.repositories.programs import ProgramData, Programs
from receipts.identity import ProgramId, Sku
from receipts.money import Money, currency
from receipts.program import Program
from receipts.state import ReceiptState
from tests.pipeline.conftest import OATS, Shop, e_receipt

USD = currency("USD")
SUNNY = Program(ProgramId("sunny"), "Sunny", USD, "UTC", window_days=30, daily_receipts=10)
RIVAL = replace(SUNNY, id=ProgramId("rival"), name="Rival")
TODAY = utc_now().date()


def made(*names: str, prefix: str = "S") -> Catalog:
    products = tuple(
        CatalogProduct(Sku(f"{prefix}-{number}"), name, brand="Oatmere", size="12 OZ", msrp=Money(399, USD))
        for number, name in enumerate(names)
    )
    return Catalog(catalog_version(products), products)


def many(count: int, *, kind: str = "Flakes") -> Catalog:
    return made(*(f"{kind} Number {number}" for number in range(count)))


@pytest.fixture
def wiring(tmp_path: Path) -> Iterator[Wiring]:
    made = build(Settings(data_dir=tmp_path))
    made.database.migrate()
    with made.database.write() as session:
        for program in (SUNNY, RIVAL):
            Programs(session).add(program, utc_now())
    yield made
    made.close()


def held(wiring: Wiring, program: Program = SUNNY, on: date | None = None) -> int:
    found = wiring.catalog_index(program.id, on)
    assert found is not None
    return found[0]


def folders(wiring: Wiring) -> list[str]:
    return sorted(path.parent.name for path in (wiring.settings.data_dir / "indexes").glob("*/*/index.json"))


def test_an_import_is_seen_whole_or_not_at_all(wiring: Wiring, monkeypatch: pytest.MonkeyPatch) -> None:
    """Readers with a database connection and indexes of their own, as another process has them."""
    monkeypatch.setattr(catalogs, "ROWS_A_WRITE", 7)
    sizes = {import_catalog(wiring, SUNNY.id, many(40)).number: 40}
    done, seen, wrong = threading.Event(), set[int](), list[str]()
    query = LineQuery(0, "OATMERE FLAKES NUMBER 3 12OZ", None, Money(399, USD), None, "")

    def match_on() -> None:
        mine = build(wiring.settings)
        last = False
        while not last:
            last = done.is_set()
            found = mine.catalog_index(SUNNY.id)
            if found is None:
                wrong.append("no catalog")
                continue
            number, index = found
            with mine.database.write() as session:
                products = len(ProgramData(session, SUNNY.id).skus(number))
            match = match_lines([query], index)[0]
            if len(index) != products or match.sku != "S-3" or products not in (40, 55, 70):
                wrong.append(f"catalog {number}: {len(index)} indexed of {products}, {match.sku}")
            seen.add(number)
        mine.close()

    readers = [threading.Thread(target=match_on) for _ in range(2)]
    for reader in readers:
        reader.start()
    for count in (55, 70):
        sizes[import_catalog(wiring, SUNNY.id, many(count)).number] = count
    done.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    assert max(sizes) in seen <= set(sizes)


def test_a_catalog_in_the_middle_of_its_import_is_nobodys(wiring: Wiring) -> None:
    before = import_catalog(wiring, SUNNY.id, many(3)).number
    with wiring.database.write() as session:
        data = ProgramData(session, SUNNY.id)
        number = data.begin_catalog(utc_now())
        data.add_products(number, 0, many(2).products)
    assert held(wiring) == before
    assert import_catalog(wiring, SUNNY.id, many(4)).number == held(wiring) > number


def test_the_index_is_there_before_the_catalog_is_in_force(
    wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_catalog(wiring, SUNNY.id, many(4))
    monkeypatch.setattr(ProgramData, "catalog", lambda *_: pytest.fail("a receipt waits for the index"))
    assert len(folders(wiring)) == 1
    assert held(build(wiring.settings)) == 1


def test_a_receipt_is_matched_against_what_was_valid_on_its_day(wiring: Wiring) -> None:
    soon, later = TODAY + timedelta(days=5), TODAY + timedelta(days=9)
    first = import_catalog(wiring, SUNNY.id, many(3)).number
    coming = import_catalog(wiring, SUNNY.id, many(4), effective_on=soon).number
    mended = import_catalog(wiring, SUNNY.id, many(5)).number
    again = import_catalog(wiring, SUNNY.id, many(3), effective_on=later).number
    days = [
        TODAY - timedelta(days=400),
        TODAY,
        soon - timedelta(days=1),
        soon,
        later - timedelta(days=1),
        later,
    ]
    assert [held(wiring, on=day) for day in days] == [mended, mended, mended, coming, coming, again]
    assert first not in {mended, coming, again}
    assert not import_catalog(wiring, SUNNY.id, many(4), effective_on=soon).created
    assert len(folders(wiring)) == 3  # the last holds what the first held


def test_a_removed_catalogs_number_is_not_given_to_another(wiring: Wiring) -> None:
    """Two imports at once: what began last ends first, and is what the process has an index of."""
    with wiring.database.write() as session:
        first = ProgramData(session, SUNNY.id).begin_catalog(utc_now())
    import_catalog(wiring, SUNNY.id, many(4))
    assert held(wiring) > first
    with wiring.database.write() as session:
        data = ProgramData(session, SUNNY.id)
        data.add_products(first, 0, many(5).products)
        data.put_in_force(first, many(5).version, utc_now())
    tidy(wiring, SUNNY.id)
    import_catalog(wiring, SUNNY.id, many(6))
    found = wiring.catalog_index(SUNNY.id)
    assert found is not None
    assert len(found[1]) == 6


@pytest.mark.parametrize(
    ("zone", "at", "wins"),
    [
        ("America/Los_Angeles", datetime(2026, 12, 1, 2, tzinfo=UTC), "scheduled"),  # the evening before
        ("Asia/Tokyo", datetime(2026, 11, 30, 23, tzinfo=UTC), "mended"),  # the morning of the day
    ],
)
def test_a_day_of_import_is_the_programs_and_not_that_of_utc(
    wiring: Wiring, zone: str, at: datetime, wins: str
) -> None:
    program, day = ProgramId("far"), date(2026, 12, 1)
    with wiring.database.write() as session:
        Programs(session).add(replace(SUNNY, id=program, name="Far", time_zone=zone), at)
        data = ProgramData(session, program)
        for name, effective, came in (("scheduled", day, at - timedelta(days=9)), ("mended", None, at)):
            number = data.begin_catalog(came, effective)
            data.put_in_force(number, name, came)
        newest = data.newest_catalog(day)
    assert newest is not None
    assert newest[1] == wins


def test_the_stage_asks_for_the_day_of_the_purchase(sunny: Shop) -> None:
    """The catalog changed this morning; one receipt is of yesterday, the other of today."""
    program, now = SAMPLE_PROGRAM.id, utc_now().date()
    made_today = Catalog("today", tuple(load_sample(sunny.wiring).products[:40]))
    number = import_catalog(sunny.wiring, program, made_today, effective_on=now).number
    sent = sunny.send(e_receipt("before", OATS), e_receipt("after", OATS, bought_on=now)).receipts
    for receipt in sent:
        while advance(sunny.wiring, receipt.id) is not ReceiptState.MATCHED:
            pass
    used = [sunny.view(receipt.id).versions["matching"]["catalog"] for receipt in sent]
    assert used[1] == number
    assert used[0] != number
    # Both are superseded, and stay for the receipts that they decided; the one between decided none.
    for count in (7, 8):
        import_catalog(sunny.wiring, program, many(count))
    assert tidy(sunny.wiring, program).catalogs == 1
    assert [line.points for receipt in sent for line in sunny.view(receipt.id).lines] != []
    with sunny.wiring.database.read() as session:
        data = ProgramData(session, program)
        assert all(data.skus(each) for each in used)


def load_sample(wiring: Wiring) -> Catalog:
    with wiring.database.read() as session:
        data = ProgramData(session, SAMPLE_PROGRAM.id)
        newest = data.newest_catalog()
        assert newest is not None
        return data.catalog(newest[0])


def test_an_earlier_day_leaves_the_days_before_it_as_they_were(wiring: Wiring) -> None:
    old = import_catalog(wiring, SUNNY.id, many(3)).number
    new = import_catalog(wiring, SUNNY.id, many(4), effective_on=TODAY - timedelta(days=3)).number
    assert held(wiring, on=TODAY - timedelta(days=4)) == old
    assert held(wiring, on=TODAY - timedelta(days=3)) == held(wiring) == new
    assert len(folders(wiring)) == 2
    assert tidy(wiring, SUNNY.id).catalogs == 0


def test_a_shrunken_catalog_asks_first(wiring: Wiring) -> None:
    check_shrinking(wiring, SUNNY.id, many(1))
    import_catalog(wiring, SUNNY.id, many(50))
    check_shrinking(wiring, SUNNY.id, many(40))
    with pytest.raises(ShrinkingError, match=r"11 of the 50 .* --force"):
        check_shrinking(wiring, SUNNY.id, many(39))


def test_an_old_verdict_is_replayed_after_its_index_was_removed(wiring: Wiring) -> None:
    old = import_catalog(wiring, SUNNY.id, many(12, kind="Granola")).number
    query = LineQuery(0, "OATMERE GRANOLA NUMBR 7", None, Money(399, USD), None, "")
    before = match_lines([query], wiring.catalog_index_of(SUNNY.id, old))
    for count in (13, 14, 15):
        import_catalog(wiring, SUNNY.id, many(count))
        assert len(folders(wiring)) <= 2
    assert match_lines([query], build(wiring.settings).catalog_index_of(SUNNY.id, old)) == before


def test_what_nobody_needs_is_removed(wiring: Wiring) -> None:
    numbers = [import_catalog(wiring, SUNNY.id, many(count)).number for count in (3, 4)]
    rivals = import_catalog(wiring, RIVAL.id, many(3)).number
    with wiring.database.write() as session:
        data = ProgramData(session, SUNNY.id)
        died = data.begin_catalog(utc_now() - timedelta(days=2))
        data.add_products(died, 0, many(5).products)
        running = data.begin_catalog(utc_now())
        data.add_products(running, 0, many(2).products)
    assert tidy(wiring, SUNNY.id, pretend=True).catalogs == 2
    assert tidy(wiring, SUNNY.id).catalogs == 2
    with wiring.database.read() as session:
        mine, others = ProgramData(session, SUNNY.id), ProgramData(session, RIVAL.id)
        left = {number: len(mine.skus(number)) for number in (*numbers, died, running)}
        assert left == {numbers[0]: 0, numbers[1]: 4, died: 0, running: 2}
        assert len(others.skus(rivals)) == 3
    assert tidy(wiring, SUNNY.id).catalogs == 0


def test_makers_side_by_side_see_nothing_of_each_other(wiring: Wiring) -> None:
    import_catalog(wiring, SUNNY.id, made("Frosted Flakes", "Plain Oats"))
    import_catalog(wiring, RIVAL.id, made("Frosted Crackers", "Rye Crisps", prefix="R"))
    import_catalog(wiring, RIVAL.id, made("Frosted Crackers", "Rye Crisps", "Salted Crisps", prefix="R"))
    line = LineQuery(0, "OATMERE FROSTED FLAKES 12OZ", None, Money(399, USD), None, "")
    for program, prefix in ((SUNNY, "S-"), (RIVAL, "R-")):
        found = wiring.catalog_index(program.id)
        assert found is not None
        for asked in (line, replace(line, code="S-0"), replace(line, code="R-0", description="X")):
            match = match_lines([asked], found[1])[0]
            named = {match.sku, *(each.sku for each in match.candidates)} - {None}
            assert all(str(sku).startswith(prefix) for sku in named)
        assert (match_lines([line], found[1])[0].sku == "S-0") is (program is SUNNY)
    with wiring.database.read() as session:
        mine = ProgramData(session, SUNNY.id)
        theirs = ProgramData(session, RIVAL.id).newest_catalog()
        assert theirs is not None
        assert mine.skus(theirs[0]) == frozenset()
        assert mine.products(theirs[0], frozenset({Sku("R-0")})) == {}
        with pytest.raises(LookupError):
            mine.catalog(theirs[0])


def write_bad(folder: Path, kind: str) -> Path:
    """The same six rows in each of the three forms."""
    rows = [
        {
            "sku": "A",
            "name": "Flakes",
            "brand": "Oatmere",
            "size": "12 OZ",
            "msrp": "3.99",
            "gtin": "00000000000017",
        },
        {"sku": "B", "name": "Flakes", "brand": "Oatmere", "size": "", "msrp": "", "gtin": ""},
        {
            "sku": "C",
            "name": "Flakes",
            "brand": "Oatmere",
            "size": "24 OZ",
            "msrp": "4.99",
            "gtin": "036000291453",
        },
        {"sku": "A", "name": "Oats", "brand": "", "size": "", "msrp": "", "gtin": ""},
        {"sku": "E", "name": "", "brand": "", "size": "", "msrp": "", "gtin": ""},
        {"sku": "F", "name": "Bars", "brand": "Oatmere", "size": "6 CT", "msrp": "2,99", "gtin": ""},
    ]
    path = folder / f"bad.{kind}"
    if kind == "csv":
        lines = ["\t".join(rows[0]), *("\t".join(row.values()) for row in rows)]
        path.write_text("\n".join(lines), encoding="utf-8")
    elif kind == "jsonl":
        path.write_text("\n" + "\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    else:
        pyarrow = pytest.importorskip("pyarrow")
        parquet = pytest.importorskip("pyarrow.parquet")
        parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    return path


@pytest.mark.parametrize(
    ("kind", "place", "first"), [("csv", "line", 2), ("jsonl", "line", 2), ("parquet", "row", 1)]
)
def test_a_dry_run_tells_all_that_is_wrong_and_changes_nothing(
    wiring: Wiring, tmp_path: Path, kind: str, place: str, first: int
) -> None:
    import_catalog(wiring, SUNNY.id, made("Old Flakes"))
    found = preview(wiring, SUNNY, write_bad(tmp_path, kind))
    said = [fault.said(place) for fault in found.scan.faults]
    assert [text.split(":")[0] for text in said] == [f"{place} {first + at}" for at in (2, 3, 4, 5)]
    assert "036000291452" in said[0]
    assert f"already on {place} {first}" in said[1]
    assert "name is empty" in said[2]
    assert "write a plain decimal number" in said[3]
    assert [each.skus for each in found.weaknesses.same_print] == [("A", "B"), ("B", "C")]
    assert (found.weaknesses.without_size, found.weaknesses.without_price) == (("B",), ("B",))
    assert (found.changes.added, found.changes.removed) == (("A", "B", "C"), ("S-0",))
    assert len(found.refusals) == 4
    assert held(wiring) == 1


def test_a_dry_run_names_what_is_confused(wiring: Wiring, tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    file.write_text(
        "sku,name,brand,size,gtin\n"
        "A,Sparkling Water Lime Mint,Brisquel,12 OZ,036000291452\n"
        "B,Sparkling Water Lime Basil,Brisquel,12 OZ,036000291452\n"
        "C,Oat Bars,Brisquel,6 CT,\n"
    )
    found = preview(wiring, SUNNY, file)
    assert [each.skus for each in found.weaknesses.shared_gtins] == [("A", "B")]
    assert [set(each.skus) for each in found.weaknesses.confused_if_cut] == [{"A", "B"}]
    assert found.weaknesses.confused_if_cut[0].printed == "BRISQUEL SPARKLING WATER"
    assert found.refusals == []


def test_the_command_says_it_as_text_and_as_json(
    wiring: Wiring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TILLPOINTS_DATA_DIR", str(tmp_path))
    import_catalog(wiring, SUNNY.id, many(30))
    file = write_bad(tmp_path, "csv")
    run = CliRunner()
    told = run.invoke(command, ["import", str(file), "--program", "sunny", "--dry-run"])
    assert told.exit_code == 1
    assert "line 5: sku 'A' is already on line 2" in told.stdout
    assert "30 of the 30 products in force are missing" in told.stdout
    whole = run.invoke(command, ["import", str(file), "--program", "sunny", "--dry-run", "--json"])
    report = json.loads(whole.stdout)
    assert (report["products"], report["refused"], report["needs_force"]) == (3, True, True)
    assert len(report["changes"]["removed"]) == 30
    assert held(wiring) == 1


@pytest.mark.parametrize(
    "text", ["sku,name,valid_from\nA,B,2026-01-01\n", '{"sku": "A", "name": "B", "valid_to": "x"}']
)
def test_days_of_single_products_are_not_passed_over(wiring: Wiring, tmp_path: Path, text: str) -> None:
    file = tmp_path / "dated"
    file.write_text(text)
    done = CliRunner().invoke(
        command, ["import", str(file), "--program", "sunny"], env={"TILLPOINTS_DATA_DIR": str(tmp_path)}
    )
    assert done.exit_code == 1
    assert wiring.catalog_index(SUNNY.id) is None
