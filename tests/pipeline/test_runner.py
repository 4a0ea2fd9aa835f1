"""A receipt's way through the stages, and what happens when one goes wrong."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from fixtures.generator.dice import Dice
from fixtures.generator.layouts import LAYOUTS
from fixtures.generator.purchase import ring_up
from fixtures.generator.retailers import shop
from fixtures.generator.sample import Kind, draw_sample
from pipeline import runner, stages
from pipeline.relay import Relay
from pipeline.runner import advance, retry, run
from pipeline.steps.base import Stage, StageResult
from pipeline.wiring import Wiring
from receipts.database.repositories.work import WorkItem
from receipts.errors import TransientError
from receipts.state import ReceiptState
from tests.pipeline.conftest import MILK, OATS, Shop, e_receipt, today


def instead_of(monkeypatch: pytest.MonkeyPatch, name: str, work: Any) -> None:
    """Put other work in place of a stage's."""
    changed = tuple(
        Stage(stage.name, stage.due, work) if stage.name == name else stage for stage in stages.STAGES
    )
    monkeypatch.setattr(stages, "STAGES", changed)


def test_a_receipt_goes_through_every_stage_and_is_paid(sunny: Shop) -> None:
    (sent,) = sunny.send(e_receipt("way", OATS, MILK)).receipts
    reached = [advance(sunny.wiring, sent.id) for _ in range(5)]
    assert reached == [
        ReceiptState.READ,
        ReceiptState.MATCHED,
        ReceiptState.SCREENED,
        ReceiptState.AWARDED,
        None,
    ]
    view = sunny.view(sent.id)
    assert view.points == 30
    assert [line.points for line in view.lines] == [30, 0]
    assert set(view.versions) == {"reading", "matching", "screening", "decision"}
    assert view.versions["decision"]["campaigns"]["everyday"] == 1
    assert sunny.rows("SELECT count(*) FROM outbox WHERE kind = 'ring'") == [(0,)]


def test_a_pdf_that_carries_text_waits_where_no_engine_is_needed(sunny: Shop) -> None:
    purchase = ring_up(
        shop("Dollar Lantern"), (OATS,), habits=LAYOUTS["sections"].habits, date=today(), dice=Dice("scan")
    )
    scan = draw_sample("scan", kind=Kind.PDF_SCAN, purchased_on=today(), purchase=purchase, layout="sections")
    sunny.send(e_receipt("text", OATS), scan.data)
    rows = sunny.rows(
        "SELECT r.light, o.light FROM receipts r JOIN outbox o ON o.target_id = r.id ORDER BY r.number"
    )
    assert [tuple(row) for row in rows] == [(1, 1), (0, 0)]


def test_the_world_failing_is_tried_again_later_and_then_told(
    sunny: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_store(_wiring: Wiring, _item: WorkItem) -> StageResult:
        raise TransientError("the store did not answer")

    (sent,) = sunny.send(e_receipt("world", OATS)).receipts
    with monkeypatch.context() as patched:
        instead_of(patched, "read", no_store)
        assert run(sunny.wiring, sent.id) is None
        assert run(sunny.wiring, sent.id) is None, "not before its back-off is over"
        (waits,) = sunny.rows("SELECT attempts, failure, not_before > updated_at FROM receipts")
        assert tuple(waits) == (1, "the store did not answer", 1)
        for _ in range(3):
            with sunny.wiring.database.write() as session:
                session.execute(text("UPDATE receipts SET not_before = NULL"))
            run(sunny.wiring, sent.id)
    view = sunny.view(sent.id)
    assert view.state is ReceiptState.FAILED
    assert view.failure == "the stage read did not finish in 3 tries"
    assert "on our side" in view.sentence
    assert retry(sunny.wiring, sent.id)
    assert run(sunny.wiring, sent.id) is ReceiptState.AWARDED
    assert not retry(sunny.wiring, sent.id)


def test_our_own_bug_fails_the_receipt_and_pays_nothing(sunny: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def bug(_wiring: Wiring, _item: WorkItem) -> StageResult:
        raise KeyError("surprise")

    first, second = sunny.send(e_receipt("bug", OATS), e_receipt("other", OATS)).receipts
    with monkeypatch.context() as patched:
        instead_of(patched, "decide", bug)
        assert run(sunny.wiring, first.id) is ReceiptState.FAILED
    view = sunny.view(first.id)
    assert view.failure == "KeyError in the stage decide"
    assert sunny.rows("SELECT count(*) FROM ledger_entries") == [(0,)]
    assert run(sunny.wiring, second.id) is ReceiptState.AWARDED, "the others go on"
    assert retry(sunny.wiring, first.id)
    assert run(sunny.wiring, first.id) is ReceiptState.AWARDED


def test_a_receipt_that_kills_its_worker_is_set_aside(sunny: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def deadly(_wiring: Wiring, _item: WorkItem) -> StageResult:
        raise Killed

    (sent,) = sunny.send(e_receipt("deadly", OATS)).receipts
    instead_of(monkeypatch, "read", deadly)
    for _ in range(3):
        with pytest.raises(Killed):
            run(sunny.wiring, sent.id)
        with sunny.wiring.database.write() as session:
            session.execute(text("UPDATE receipts SET lease_until = '2020-01-01 00:00:00'"))
    assert run(sunny.wiring, sent.id) is ReceiptState.FAILED


def test_books_that_moved_meanwhile_are_worked_out_again(
    sunny: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = sunny.send(e_receipt("one", OATS), e_receipt("two", OATS)).receipts
    for receipt in (first, second):
        for _ in range(3):
            advance(sunny.wiring, receipt.id)
    decide = stages.STAGES[3].work
    interfered: list[ReceiptState | None] = []

    def another_posting_comes_between(wiring: Wiring, item: WorkItem) -> StageResult:
        result = decide(wiring, item)
        if not interfered:
            interfered.append(None)
            interfered.append(advance(wiring, second.id))
        return result

    instead_of(monkeypatch, "decide", another_posting_comes_between)
    assert run(sunny.wiring, first.id) is ReceiptState.AWARDED
    assert interfered == [None, ReceiptState.AWARDED]
    assert sunny.rows("SELECT sequence FROM messages ORDER BY sequence") == [(1,), (2,)]
    assert sunny.rows("SELECT sum(points), count(*) FROM ledger_entries") == [(60, 2)]


def test_a_lost_bell_is_rung_again(sunny: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    (sent,) = sunny.send(e_receipt("bell", OATS)).receipts
    relay = Relay(sunny.wiring)
    assert relay.relay_due() == 1
    assert relay.relay_due() == 0
    for message in (sunny.wiring.settings.data_dir / "queue").iterdir():
        message.unlink()  # the broker loses it
    assert relay.sweep() == (), "it may only just have been rung for"
    with sunny.wiring.database.write() as session:
        session.execute(text("UPDATE receipts SET updated_at = '2020-01-01 00:00:00'"))
    assert relay.sweep() == (sent.id,)
    assert relay.relay_due() == 1


def test_a_second_file_with_the_same_bytes_is_held_or_declined_and_not_paid(sunny: Shop) -> None:
    data = e_receipt("twin", OATS)
    (first,) = sunny.send(data).receipts
    (second,) = sunny.send(data, member=sunny.tom).receipts
    assert run(sunny.wiring, first.id) is ReceiptState.AWARDED
    assert run(sunny.wiring, second.id) in {ReceiptState.HELD, ReceiptState.DECLINED}
    view = sunny.view(second.id)
    assert view.screening is not None
    suspects = {signal.check: signal for signal in view.screening.signals if signal.related}
    assert first.id in suspects["same_bytes"].related
    assert sunny.rows("SELECT count(*) FROM ledger_entries") == [(1,)]


def test_two_twins_finishing_in_the_wrong_order_are_paid_once(sunny: Shop) -> None:
    """The later one screens first, sees nothing read yet, and is flagged all the same: by its bytes."""
    data = e_receipt("order", OATS)
    (first,) = sunny.send(data).receipts
    (second,) = sunny.send(data, member=sunny.tom).receipts
    run(sunny.wiring, second.id)
    run(sunny.wiring, first.id)
    assert sunny.rows("SELECT count(*) FROM claims") == [(1,)]
    assert sunny.rows("SELECT coalesce(sum(points), 0) FROM ledger_entries") == [(30,)]


def test_the_runner_leaves_others_programs_alone(sunny: Shop) -> None:
    assert runner.advance(sunny.wiring, sunny.send(b"%PDF-1.4 cut").receipts[0].id) is None


def test_twins_read_differently_at_the_same_instant_are_not_both_paid(sunny: Shop) -> None:
    """The later photo is screened before the earlier one is read, and both reach the decision together."""
    first = sunny.send(e_receipt("moment", OATS, MILK)).receipts[0]
    # The same purchase in another file: the receipt number reads differently, so its key differs too.
    second = sunny.send(e_receipt("moment", OATS, MILK) + b"\n% another file\n", member=sunny.tom).receipts[0]
    for _ in range(3):
        advance(sunny.wiring, second.id)
    assert sunny.view(second.id).state is ReceiptState.SCREENED
    with sunny.wiring.database.write() as session:
        session.execute(
            text("UPDATE receipts SET purchase_key = purchase_key || 'x' WHERE id = :id"), {"id": second.id}
        )
    for _ in range(3):
        advance(sunny.wiring, first.id)
    assert run(sunny.wiring, first.id) is ReceiptState.AWARDED
    assert advance(sunny.wiring, second.id) is ReceiptState.MATCHED, "it is screened again"
    assert run(sunny.wiring, second.id) in {ReceiptState.HELD, ReceiptState.DECLINED}
    assert sunny.rows("SELECT count(*) FROM ledger_entries") == [(1,)]
