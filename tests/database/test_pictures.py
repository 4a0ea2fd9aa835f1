"""Pictures are found by the bands of their hashes, through an index, within one program."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from awarding.fraud.alike.hashes import bands_of, near_bands
from awarding.purchase import PurchaseFacts, lookup_keys
from receipts.database.repositories import pictures
from receipts.database.repositories.intake import Intake
from receipts.database.repositories.pictures import Pictures
from receipts.database.repositories.reviews import History
from receipts.database.tables import PictureBandRow
from receipts.identity import ReceiptId
from receipts.money import Money, currency
from tests.database.conftest import NOW, World

USD = currency("USD")
HASH = int("5a" * 32, 16)
LATEST = 10**9


def keep(world: World, value: int, **sent: object) -> ReceiptId:
    receipt = world.send(**sent)
    with world.database.write() as session:
        Pictures(session, sent.get("program", world.mill)).keep(receipt, bands_of(value, kind=0))
    return receipt


def alike(world: World, value: int, before: int = LATEST) -> list[ReceiptId]:
    with world.database.read() as session:
        found = Pictures(session, world.mill).alike(near_bands(value, kind=0), before=before, limit=4)
    return [each.receipt.receipt_id for each in found]


def test_a_near_picture_is_found_and_a_far_one_is_not(world: World) -> None:
    near, far = keep(world, HASH), keep(world, HASH ^ (2**256 - 1))
    assert alike(world, HASH ^ 0b1011) == [near]
    assert alike(world, HASH ^ (2**256 - 1)) == [far]
    keep(world, HASH, member=world.eve, program=world.forge)
    assert alike(world, HASH) == [near], "another program's pictures are nobody's business"


def test_a_picture_read_again_is_filed_anew(world: World) -> None:
    receipt = keep(world, HASH)
    with world.database.write() as session:
        Pictures(session, world.mill).keep(receipt, bands_of(~HASH % 2**256, kind=1))
    assert alike(world, HASH) == []
    with world.database.read() as session:
        assert session.query(PictureBandRow).count() == 8


def test_a_refused_picture_is_found_and_a_later_unpaid_one_is_not(world: World) -> None:
    refused, later = keep(world, HASH), keep(world, HASH)
    with world.database.write() as session:
        session.execute(
            text("UPDATE receipts SET state = 'rejected', rejection_code = 'blurred' WHERE id = :id"),
            {"id": refused},
        )
        number = session.execute(
            text("SELECT number FROM receipts WHERE id = :id"), {"id": later}
        ).scalar_one()
    assert alike(world, HASH, before=number) == [refused]
    with world.database.read() as session:
        asked = Pictures(session, world.mill)
        own = asked.refused_of(world.ann, since=NOW - timedelta(days=1), before=number, limit=3)
        others = asked.refused_of(world.bob, since=NOW - timedelta(days=1), before=number, limit=3)
    assert [each.receipt.receipt_id for each in own] == [refused]
    assert others == ()


def test_of_a_crowd_with_one_band_the_newest_are_looked_at_and_a_copy_is_found_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "_NEWEST_OF_A_BAND", 2)
    own = bands_of(HASH, kind=0)
    copy = world.send()
    crowd = [world.send() for _ in range(4)]
    with world.database.write() as session:
        Pictures(session, world.mill).keep(copy, own)
        for each in crowd:
            Pictures(session, world.mill).keep(each, own[:1])
    assert alike(world, HASH) == [copy, crowd[3], crowd[2]]


def test_a_payment_waits_for_another_of_a_picture_alike_and_for_no_other(world: World) -> None:
    """Asked on PostgreSQL; of SQLite's writers the second waits for the first whatever they pay."""
    first, second, other = keep(world, HASH), keep(world, HASH ^ 1), keep(world, HASH ^ (2**256 - 1))
    assert len({first, second, other}) == 3
    if world.database.is_sqlite:
        with world.database.write() as session:
            Pictures(session, world.mill).hold_alike(near_bands(HASH, kind=0))
        return
    with world.database.write() as session:
        Pictures(session, world.mill).hold_alike(near_bands(HASH, kind=0))
        with world.database.write() as beside:
            beside.execute(text("SET LOCAL lock_timeout = '50ms'"))
            Pictures(beside, world.mill).hold_alike(near_bands(HASH ^ (2**256 - 1), kind=0))
            with pytest.raises(OperationalError, match="lock timeout"):
                Pictures(beside, world.mill).hold_alike(near_bands(HASH ^ 1, kind=0))
            beside.rollback()


def test_candidates_are_found_by_index(world: World) -> None:
    """What the product asks, explained by the database itself: no table is read from end to end."""
    facts = PurchaseFacts("mill", "", NOW.date(), None, "12345", USD, Money(999, USD), (1, 2, 3, 4, 5, 6))
    for n in range(30):
        receipt = keep(world, HASH ^ (n * 0x0101010101 << 40))
        with world.database.write() as session:
            Intake(session, world.mill, NOW).add_lookups(receipt, lookup_keys(facts))
    asked: list[tuple[str, object]] = []

    def note(_c: object, _cursor: object, statement: str, values: object, *_more: object) -> None:
        asked.append((statement, values))

    event.listen(world.database.engine, "before_cursor_execute", note)
    with world.database.read() as session:
        assert Pictures(session, world.mill).alike(near_bands(HASH, kind=0), before=LATEST, limit=4)
        assert History(session, world.mill).same_keys(lookup_keys(facts), before=LATEST, limit=9).earlier
        Pictures(session, world.mill).refused_of(world.ann, since=NOW, before=LATEST, limit=3)
    event.remove(world.database.engine, "before_cursor_execute", note)
    plans = _plans(world, [each for each in asked if each[0].startswith("SELECT")])
    for table, index in (
        ("picture_bands", "ix_picture_bands_program_band"),
        ("purchase_lookups", "ix_purchase_lookups_program_key"),
    ):
        assert any(index in plan for plan in plans), plans
        assert not any(f"SCAN {table}" in plan or f"Seq Scan on {table}" in plan for plan in plans), plans
    assert not any("SCAN receipts" in plan or "Seq Scan on receipts" in plan for plan in plans), plans


def _plans(world: World, asked: list[tuple[str, object]]) -> list[str]:
    explain = "EXPLAIN QUERY PLAN" if world.database.is_sqlite else "EXPLAIN"
    with world.database.engine.connect() as connection:
        if not world.database.is_sqlite:
            # Thirty rows are read faster than any index; what is asked here is whether there is one.
            connection.execute(text("SET enable_seqscan = off"))
        return [
            " ".join(str(row) for row in connection.exec_driver_sql(f"{explain} {statement}", values))
            for statement, values in asked
        ]
