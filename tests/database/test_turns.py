"""Programs take turns, what somebody waits for goes before a backfill, and nobody is forgotten."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import event, text

from receipts.database.repositories.failures import Failures
from receipts.database.repositories.intake import Intake, NewReceipt
from receipts.database.repositories.outbox import Outbox, Publish, Ring
from receipts.database.repositories.turns import Turns
from receipts.database.repositories.work import Work
from receipts.database.tables import OutboxRow
from receipts.identity import ProgramId, ReceiptId, SubmissionId, new_submission_id
from receipts.image import Accepted, MediaType
from receipts.state import ReceiptState
from receipts.submission import Channel, Submission
from tests.database.conftest import BYTES, NOW, World

PHOTO, NOTE = MediaType.JPEG, MediaType.TEXT
NO_LUCK = 60
"""Turns in a row that one of two programs is passed over by lot: once in 10 to the power of 18."""


def send(
    world: World,
    count: int,
    *,
    of: str = "mill",
    media_type: MediaType = NOTE,
    backfill: bool = False,
) -> list[ReceiptId]:
    """That many receipts, oldest first, without a bell."""
    program, member = (world.mill, world.ann) if of == "mill" else (world.forge, world.eve)
    submission = Submission(SubmissionId(new_submission_id()), program, member, Channel.UPLOAD, NOW)
    file = NewReceipt("a", 1000, BYTES, Accepted(BYTES, media_type, 1000, None, None, 1))
    with world.database.write() as session:
        return list(Intake(session, program, NOW).add(submission, [file] * count, backfill=backfill))


def take(world: World, rung: ReceiptId, *, after_s: float = 0.0) -> ReceiptId | None:
    """The receipt whose turn it is, leased."""
    now = NOW + timedelta(seconds=after_s)
    with world.database.write() as session:
        turn = Turns(session, now).receipt(rung)
        if turn is not None:
            assert Work(session, now).lease(turn, owner="me", lease_s=60) is not None
        return turn


def test_a_program_does_not_wait_behind_the_flood_of_another(world: World) -> None:
    flood = send(world, NO_LUCK + 3)
    few = send(world, 3, of="forge")
    taken = [take(world, flood[0]) for _ in range(NO_LUCK)]
    assert [each for each in taken if each in few] == few, "all of them, oldest first"
    of_flood = [each for each in taken if each in flood]
    assert of_flood == flood[: len(of_flood)]


def test_every_receipt_is_taken_once(world: World) -> None:
    waiting = [*send(world, 4), *send(world, 4, of="forge")]
    taken: list[ReceiptId | None] = []
    threads = [threading.Thread(target=lambda: taken.append(take(world, waiting[0]))) for _ in waiting]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, taken)) == sorted(waiting)
    assert take(world, waiting[0]) is None


def test_what_somebody_waits_for_goes_before_a_backfill(world: World) -> None:
    old = send(world, 30, backfill=True)
    now = send(world, 10)
    taken = [take(world, old[0]) for _ in range(40)]
    assert set(taken) == {*old, *now}
    places = [taken.index(each) for each in now]
    assert places == sorted(places)
    assert sum(places) < 200, "by number it would be 345, by turns 45 and a little more"


def test_a_backfill_ends_however_much_others_send(world: World) -> None:
    (old,) = send(world, 1, backfill=True)
    fresh = send(world, 400)
    assert old in [take(world, fresh[0]) for _ in range(400)]


def test_a_bell_for_light_work_takes_no_picture_up(world: World) -> None:
    (photo,) = send(world, 1, media_type=PHOTO)
    (note,) = send(world, 1)
    assert take(world, note) == note
    assert take(world, note) is None
    assert take(world, photo) == photo


def test_what_is_left_after_reading_is_light(world: World) -> None:
    photo, other = send(world, 2, media_type=PHOTO)
    with world.database.write() as session:
        work = Work(session, NOW)
        item = work.lease(photo, owner="me", lease_s=60)
        assert item is not None
        assert work.finish(item, ReceiptState.READ)
        work.ring(world.mill, photo)
        work.ring(world.mill, other)
        rung = {each.receipt_id: each.light for each in Outbox(session, NOW).take(limit=9) if _is_ring(each)}
    assert rung == {photo: True, other: False}
    (note,) = send(world, 1)
    assert {take(world, note), take(world, note)} == {photo, note}


@pytest.mark.parametrize(("left_at", "light"), [(ReceiptState.RECEIVED, False), (ReceiptState.READ, True)])
def test_a_failed_picture_goes_back_to_the_queue_of_its_stage(
    world: World, left_at: ReceiptState, light: bool
) -> None:
    ids = send(world, 2, media_type=PHOTO)
    with world.database.write() as session:
        for each in ids:
            session.execute(
                text("UPDATE receipts SET state = 'failed', failed_from = :at, light = :yes WHERE id = :id"),
                {"at": left_at.value, "id": each, "yes": True},
            )
        assert Work(session, NOW).retry(ids[0])
        assert Failures(session, world.mill, NOW).send_back(None, until=NOW, limit=9) == 1
        rows = session.execute(text("SELECT light, backfill FROM receipts ORDER BY number")).all()
        bells = session.execute(text("SELECT light FROM outbox ORDER BY number")).all()
    assert [tuple(map(bool, row)) for row in rows] == [(light, False), (light, True)]
    assert [bool(each) for (each,) in bells] == [light, light]


def test_what_is_held_or_waits_for_its_time_is_passed_over(world: World) -> None:
    first, second, third = send(world, 3)
    with world.database.write() as session:
        work = Work(session, NOW)
        assert work.lease(first, owner="other", lease_s=60) is not None
        item = work.lease(second, owner="other", lease_s=60)
        assert item is not None
        assert work.put_back(item, not_before=NOW + timedelta(seconds=30), failure="away")
    assert take(world, first) == third
    assert take(world, first) is None
    assert take(world, first, after_s=31) == second
    assert take(world, first, after_s=61) == first


def test_a_bell_for_nothing_known_takes_nothing(world: World) -> None:
    assert take(world, ReceiptId("rcp_nobody")) is None


def test_messages_go_out_while_a_flood_of_bells_is_rung(world: World) -> None:
    (receipt,) = send(world, 1)
    with world.database.write() as session:
        for _ in range(300):
            session.add(_bell(world.mill, receipt, "ring"))
        session.add(_bell(world.forge, "msg_1", "message"))
    with world.database.write() as session:
        batch = Outbox(session, NOW).take(limit=100)
    assert [each for each in batch if isinstance(each, Publish)] != []
    assert len(batch) == 100


def _bell(program: ProgramId, target: str, kind: str) -> OutboxRow:
    return OutboxRow(
        kind=kind, program_id=program, target_id=target, not_before=NOW, attempts=0, created_at=NOW
    )


def _is_ring(item: object) -> bool:
    return isinstance(item, Ring)


def test_one_look_into_the_index_for_each_program(world: World) -> None:
    """SQLite takes a partial index only where a query spells out its condition."""
    if world.database.engine.dialect.name != "sqlite":
        return  # PostgreSQL chooses by what a table holds; `python -m bench turns` times it
    (receipt,) = send(world, 1)
    seen: list[str] = []
    with world.database.write() as session:
        connection = session.connection()
        event.listen(connection, "before_cursor_execute", lambda *given: seen.append(given[2]))
        assert Turns(session, NOW).receipt(receipt) == receipt
        asked = [each for each in seen if "ORDER BY receipts.received_at" in each]
        plans = [
            str(row)
            for each in asked
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {each}", (0,) * each.count("?"))
        ]
    assert len(asked) > 1
    assert sum("ix_receipts_waiting" in each for each in plans) == len(asked)
    assert not any("SCAN receipts" in each or "TEMP B-TREE" in each for each in plans)
