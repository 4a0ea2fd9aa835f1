"""Members of another system come over once, whole, and by the difference; the books stay right throughout."""

from __future__ import annotations

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from awarding.status_file import parse_status
from pipeline.books_check import check_books
from pipeline.clock import utc_now
from pipeline.liability import liability
from pipeline.migration import load as loading
from pipeline.migration.load import Loader, MigrationBusyError
from pipeline.migration.mapping import load_mapping
from pipeline.migration.staging import stage
from pipeline.points_sweep import sweep_points
from pipeline.privacy import erase_member, member_export
from pipeline.status import import_status, sweep_statuses
from receipts.database.repositories.books import Books
from receipts.database.repositories.programs import Programs
from receipts.database.repositories.standing import Standings
from receipts.identity import ProgramId
from receipts.lots import lots_of
from receipts.money import Currency
from receipts.program import PointsTerms, Program
from tests.migration.conftest import EXAMPLE, SIMPLE, SUNNY, TODAY, House, copied, house_at


def test_the_worked_example_comes_over_and_comes_to_its_totals(tmp_path: Path, database_url: str) -> None:
    made = house_at(tmp_path, database_url=database_url)
    for file in EXAMPLE.iterdir():
        shutil.copy(file, tmp_path)
    assert made.load("old-club.toml", dry_run=True).counts["members_new"] == 5
    assert made.rows("SELECT id FROM members") == []
    first = made.load("old-club.toml")
    assert (first.counts["members_new"], first.counts["points_opened"], first.counts["events"]) == (
        5,
        16_000,
        3,
    )
    assert first.refused == {"history_day": 1, "no_member": 1, "points": 1, "sums_differ": 1}
    again = made.load("old-club.toml")
    moved = ("members_new", "points_opened", "points_cut", "tiers", "addresses", "events")
    assert [again.counts[name] for name in moved] == [0] * len(moved)
    found = made.reconciled("old-club.toml")
    assert found.fits
    assert {name: int(value) for name, value in found.points.items()} == {
        "there": 1830,
        "left_out": 100,
        "refused": 149,
        "expired": 30,
        "owed": -50,
        "to_bring": 1601,
        "expected": 16_010,
        "here": 16_000,
        "of_nobody": 10,
        "of_the_erased": 0,
        "spent_here_already": 0,
    }
    assert found.tiers == {"gold": [1, 1], "silver": [1, 1]}
    assert check_books(made.wiring) == ()
    assert liability(made.wiring, SUNNY.id).outstanding == 16_000
    assert made.rows("SELECT count(*) FROM messages") == [(0,)], "the core loyalty service knew them"
    ada = made.member("1001", "old-club")
    with made.wiring.database.read() as session:
        assert Standings(session, SUNNY.id, utc_now()).tier(ada, None) == "gold"
        lots = Books(session, SUNNY.id, utc_now()).all_entries(ada)
    assert [(entry.points, entry.due_at.isoformat() if entry.due_at else None) for entry in lots] == [
        (500, "2099-01-01T05:00:00+00:00"),
        (2_000, "2099-07-01T04:00:00+00:00"),
        (10_000, "2100-01-01T05:00:00+00:00"),
    ], "in the order in which they are spent, until the end of their last day in New York"
    due = made.rows("SELECT kind, count(*) FROM due_points GROUP BY kind ORDER BY kind")
    assert [tuple(each) for each in due] == [("expiry", 3), ("notice", 3), ("release", 1)]
    made.spend("1001", 1_500, "r1", "old-club")
    with made.wiring.database.read() as session:
        left = lots_of(Books(session, SUNNY.id, utc_now()).all_entries(ada))
    assert {lot.entry.points: lot.available for lot in left} == {500: 0, 2_000: 500, 10_000: 10_000}
    made.wiring.close()


def test_points_go_by_the_difference_and_never_below_what_is_left_here(house: House) -> None:
    house.has(ada=100, ben=50)
    house.load()
    house.has(ada=130, ben=20)
    report = house.load()
    assert (report.counts["points_opened"], report.counts["points_cut"]) == (30, 30)
    assert (house.available("ada"), house.available("ben")) == (130, 20)
    house.spend("ada", 120, "r1")
    house.has(ada=40, ben=20)
    report = house.load()
    assert (report.counts["points_cut"], report.counts["points_short"]) == (10, 80)
    assert house.available("ada") == 0
    found = house.reconciled()
    assert found.fits
    assert found.points["spent_here_already"] == 80
    house.has(ben=20)
    assert house.load().counts["points_cut"] == 0, "who is not in the files is left alone"
    assert check_books(house.wiring) == ()


def test_points_move_up_and_down_as_often_as_they_do_there(house: House) -> None:
    for points in (100, 130, 160, 120, 90, 150):
        house.has(ada=points)
        house.load()
        assert house.available("ada") == points
    assert check_books(house.wiring) == ()


def test_files_that_say_nothing_of_a_members_points_take_none(house: House) -> None:
    house.has(ada=100, ben=50)
    house.load()
    house.write("members.csv", "id,name,tier,until", "ben,Ben,,")
    house.write("points.csv", "id,points,last")
    house.write("history.csv", "id,day,points,words", "ada,2024-05-06,100,Bought a tent")
    report = house.load()
    assert (report.counts["points_cut"], report.counts["events"]) == (50, 1), (
        "ben has a row, and none of points"
    )
    assert house.available("ada") == 100
    assert house.reconciled().fits


def test_what_differs_is_told_and_named(house: House) -> None:
    house.write("members.csv", "id,name,tier,until", "ada,Ada,gold,", "ben,Ben,,")
    house.write("points.csv", "id,points,last", "ada,100,")
    house.load()
    house.write("members.csv", "id,name,tier,until", "ada,Ada,silver,", "ben,Ben,,", "cyd,Cyd,,")
    house.write("points.csv", "id,points,last", "ada,90,", "ben,5,")
    house.write("history.csv", "id,day,points,words", "ben,2024-05-06,100,Bought a tent")
    found = house.reconciled()
    assert {(each.source_id, each.what, each.there, each.here) for each in found.differs} == {
        *{("cyd", "member", "a row", "nobody"), ("ada", "points", "90", "100"), ("ben", "points", "5", "0")},
        *{("ada", "tier", "silver", "gold"), ("ben", "history", "1", "0")},
    }
    house.load()
    assert house.reconciled().fits
    with house.wiring.database.write() as session:
        session.execute(text("UPDATE brought_balances SET points = points + 1"))
    assert {each.what for each in house.reconciled().differs} == {"ledger", "points"}
    assert {each.code for each in check_books(house.wiring)} == {"brought"}


def test_an_address_is_linked_where_it_is_one_persons(house: House) -> None:
    mapping = SIMPLE.replace('name = "name"', 'name = "name", email = "mail", phone = "phone"')
    (house.folder / "old.toml").write_text(mapping, encoding="utf-8")
    house.write(
        *("members.csv", "id,name,tier,until,mail,phone", "ada,Ada,,,Ada@Example.com,+1 202 555 0100"),
        *("ben,Ben,,,home@example.com,", "cyd,Cyd,,,home@example.com,+1 202 555 0101", "dan,Dan,,,none,"),
    )
    report = house.load()
    assert report.emptied == {"email_of_several": 2, "email": 1}
    linked = "SELECT address FROM linked_addresses ORDER BY address"
    assert [row for (row,) in house.rows(linked)] == ["+12025550100", "+12025550101", "ada@example.com"]
    house.write("members.csv", "id,name,tier,until,mail,phone", "eve,Eve,,,ada@example.com,")
    assert house.load().emptied == {"email_of_a_member_here": 1}
    assert len(house.rows(linked)) == 3


def test_another_last_day_moves_the_points_and_spends_none(house: House) -> None:
    house.has(ada=(100, "2090-01-31"))
    house.load()
    house.spend("ada", 60, "r1")
    house.has(ada=(100, "2091-01-31"))
    report = house.load()
    assert (report.counts["points_opened"], report.counts["points_cut"]) == (100, 100)
    assert house.available("ada") == 40
    assert house.reconciled().fits
    assert check_books(house.wiring) == ()


_lots = st.dictionaries(
    st.sampled_from(["ada", "ben", "cyd"]),
    st.tuples(st.integers(0, 300), st.sampled_from(["", "2090-01-31", "2091-12-31"])),
    min_size=1,
)
_acts = st.lists(
    st.one_of(
        _lots, st.tuples(st.sampled_from(["ada", "ben", "cyd"]), st.integers(1, 200)), st.just("sweep")
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=_acts)
def test_in_any_order_the_books_are_right_and_a_load_again_changes_nothing(
    tables: Path, acts: list[Any]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        house = copied(tables, Path(folder))
        there: dict[str, tuple[int, str]] = {}
        for number, act in enumerate([{"ada": (100, "")}, *acts]):
            if isinstance(act, dict):
                there = {**there, **act}
                house.has(**there)
                house.load()
                again = house.load()
                assert again.counts["points_opened"] == again.counts["points_cut"] == 0
                assert house.reconciled().fits
            elif act == "sweep":
                sweep_points(house.wiring, now=utc_now() + timedelta(days=1))
            elif act[0] in there and 0 < act[1] <= house.available(act[0]):
                house.spend(*act, reference=f"r{number}")
        assert check_books(house.wiring) == ()
        assert all(house.available(key) >= 0 for key in there)
        house.wiring.close()


def test_a_load_that_is_killed_goes_on(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "BATCH", 2)
    house.has(**{f"m{number}": 10 * number for number in range(1, 8)})
    bring = Loader._bring
    calls = iter(range(9))

    def dying(self: Loader, *given: Any) -> Any:
        done = bring(self, *given)
        if next(calls) == 2:
            raise KeyboardInterrupt
        return done

    monkeypatch.setattr(Loader, "_bring", dying)
    with pytest.raises(KeyboardInterrupt):
        house.load()
    assert house.rows("SELECT count(*) FROM members") == [(4,)], "the third batch is taken back whole"
    assert not house.reconciled().fits
    report = house.load()
    assert (report.counts["members_new"], report.counts["members_known"]) == (3, 4)
    assert house.reconciled().fits
    assert house.rows("SELECT sum(moved) FROM ledger_entries") == [(280,)]


def test_two_loads_at_once_are_one(house: House) -> None:
    house.has(ada=1)
    mapping = load_mapping(house.folder / "old.toml")
    with stage(mapping, house.folder, TODAY) as staged:
        first = Loader(house.wiring, SUNNY, mapping, staged, dry_run=False)

        def meanwhile(_: int) -> None:
            with pytest.raises(MigrationBusyError, match="try again later"):
                house.load()

        first.run(meanwhile)
    house.load()


def test_who_was_erased_does_not_come_back(house: House) -> None:
    house.has(ada=100, ben=5)
    house.write(
        "history.csv",
        "id,day,points,words",
        "ada,2024-05-06,100,Bought a tent",
        "ada,2024-05-06,100,Bought a tent",
    )
    assert house.load().counts["events"] == 2, "a member may do the same twice a day"
    ada = house.member("ada")
    export = member_export(house.wiring, program_id=SUNNY.id, member_id=ada)
    assert export is not None
    assert [each["words"] for each in export.document["what_happened_there"]] == ["Bought a tent"] * 2
    assert [each["source_id"] for each in export.document["brought_over_from"]] == ["ada"]
    erase_member(house.wiring, program_id=SUNNY.id, member_id=ada, stopped=True)
    report = house.load()
    assert (report.counts["members_erased"], report.counts["members_new"], report.counts["events"]) == (
        1,
        0,
        0,
    )
    assert house.rows("SELECT source_id FROM member_origins ORDER BY source_id") in (
        [("ben",), (None,)],
        [(None,), ("ben",)],
    )
    assert house.rows("SELECT words FROM brought_events") == []
    found = house.reconciled()
    assert (found.fits, found.points["of_the_erased"]) == (True, 100)
    assert check_books(house.wiring) == ()


def test_a_tier_is_kept_until_its_day_and_then_goes_by_the_rules(house: House) -> None:
    levels = [{"name": "silver", "threshold": 30}, {"name": "gold", "threshold": 60}]
    document = {"version": 1, "tiers": {"count": "points", "levels": levels}}
    import_status(house.wiring, SUNNY.id, *parse_status(document))
    house.write(
        *("members.csv", "id,name,tier,until", "ada,Ada,gold,2090-03-31", "ben,Ben,platinum,2090-03-31"),
        "cyd,Cyd,silver,",
    )
    report = house.load()
    import_status(house.wiring, SUNNY.id, *parse_status({**document, "version": 2}))
    sweep_statuses(house.wiring)
    assert report.emptied == {"tier_not_of_the_program": 1, "tier_not_promised": 1}
    ada = house.member("ada")

    def tier() -> str:
        with house.wiring.database.read() as session:
            return Standings(session, SUNNY.id, utc_now()).tier(ada, None)

    for moment, wanted in (("2090-03-31T12", "gold"), ("2090-04-01T03", "gold"), ("2090-04-01T05", "")):
        sweep_statuses(house.wiring, now=utc_now().fromisoformat(f"{moment}:00:00+00:00"))
        assert tier() == wanted, moment
    assert house.reconciled().fits, "what was brought over is what the files say"


def test_the_same_ids_of_another_program_are_other_members(house: House) -> None:
    house.has(ada=7)
    house.load()
    other = Program(
        ProgramId("other"), "Other", Currency("USD"), "UTC", 30, 10, terms=PointsTerms(expiry_days=9)
    )
    with house.wiring.database.write() as session:
        Programs(session).add(other, utc_now())
    house.program = other
    assert not house.reconciled().fits
    assert house.load().counts["members_new"] == 1
    assert len(house.rows("SELECT member_id FROM member_origins")) == 2
    ((due,),) = house.rows("SELECT count(*) FROM due_points WHERE kind = 'expiry'")
    assert due == 1, "by each program's own terms"
