"""Leases and compare-and-set: one worker at a time, and a late one changes nothing."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from receipts.database.repositories.outbox import Outbox, Ring
from receipts.database.repositories.work import Artefact, Work, WorkItem
from receipts.identity import ReceiptId
from receipts.state import IllegalTransitionError, ReceiptState
from tests.database.conftest import NOW, World


def lease(world: World, receipt: ReceiptId, owner: str, after_s: float = 0) -> WorkItem | None:
    with world.database.write() as session:
        return Work(session, NOW + timedelta(seconds=after_s)).lease(receipt, owner=owner, lease_s=60)


def finish(world: World, item: WorkItem, after: ReceiptState) -> bool:
    with world.database.write() as session:
        return Work(session, NOW).finish(item, after)


def test_only_one_holds_the_lease_until_it_runs_out(world: World) -> None:
    receipt = world.send()
    first = lease(world, receipt, "one")
    assert first is not None
    assert first.attempt == 1
    assert lease(world, receipt, "two") is None
    second = lease(world, receipt, "two", after_s=61)
    assert second is not None
    assert second.attempt == 2
    assert not finish(world, first, ReceiptState.READ), "the first one came too late"
    assert finish(world, second, ReceiptState.READ)
    assert not finish(world, second, ReceiptState.READ), "a result counts once"


def test_many_at_once_take_it_once(world: World) -> None:
    receipt = world.send()
    taken: list[WorkItem] = []

    def take(owner: str) -> None:
        item = lease(world, receipt, owner)
        if item is not None:
            taken.append(item)

    threads = [threading.Thread(target=take, args=(str(i),)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 1


def test_moves_outside_the_table_are_refused(world: World) -> None:
    item = lease(world, world.send(), "one")
    assert item is not None
    with pytest.raises(IllegalTransitionError):
        finish(world, item, ReceiptState.AWARDED)


def test_a_rejected_receipt_needs_its_reason(world: World) -> None:
    item = lease(world, world.send(), "one")
    assert item is not None
    with pytest.raises(IntegrityError):
        finish(world, item, ReceiptState.REJECTED)


def test_a_bell_replaces_the_one_before_and_waits_its_time(world: World) -> None:
    receipt = world.send()
    with world.database.write() as session:
        work = Work(session, NOW)
        work.ring(world.mill, receipt)
        work.ring(world.mill, receipt, delay_s=10)
        assert Outbox(session, NOW).take(limit=5) == ()
        items = Outbox(session, NOW + timedelta(seconds=11)).take(limit=5)
        assert [item.receipt_id for item in items if isinstance(item, Ring)] == [receipt]


def test_the_sweep_finds_what_nobody_will_be_rung_for(world: World) -> None:
    lost, held, rung = world.send(), world.send(), world.send()
    assert lease(world, held, "one") is not None
    with world.database.write() as session:
        Work(session, NOW).ring(world.mill, rung)

    def sweep(after_s: float) -> tuple[ReceiptId, ...]:
        with world.database.write() as session:
            work = Work(session, NOW + timedelta(seconds=after_s))
            found = work.sweep(quiet_s=20, limit=10)
            for receipt in found:
                work.hush(receipt)  # the relay has sent it
            return found

    assert sweep(5) == (), "it may only just have come in"
    assert sweep(30) == (lost,)
    assert sweep(35) == (), "a long queue is no reason to ring and ring"
    assert sweep(51) == (lost,)


def test_a_failed_receipt_goes_back_to_where_it_failed(world: World) -> None:
    receipt = world.send()
    item = lease(world, receipt, "one")
    assert item is not None
    with world.database.write() as session:
        work = Work(session, NOW)
        assert not work.retry(receipt), "it has not failed yet"
        assert work.finish(item, ReceiptState.FAILED, failed_from=item.state.value, failure="bug")
    with world.database.write() as session:
        assert Work(session, NOW).retry(receipt)
    again = lease(world, receipt, "two")
    assert again is not None
    assert (again.state, again.attempt) == (ReceiptState.RECEIVED, 1)


def test_artefacts_keep_every_revision_and_give_the_newest(world: World) -> None:
    receipt = world.send()
    with world.database.write() as session:
        work = Work(session, NOW)
        for n in (1, 2):
            work.add_artefact(receipt, Artefact("reading", {"engine": f"e{n}"}, {"n": n}, 0.5))
    with world.database.read() as session:
        newest = Work(session, NOW).artefact(receipt, "reading")
        count = session.execute(text("SELECT count(*) FROM artefacts")).scalar()
    assert newest == Artefact("reading", {"engine": "e2"}, {"n": 2}, 0.5)
    assert count == 2
