"""What an operator may have done: send again, give up, start again, and redeliver by time or id."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pipeline.publishers import desk
from pipeline.publishers.base import Closed, Outcome, Refused, Taken
from pipeline.publishers.config import load_publishers
from pipeline.publishers.desk import Asked, Condition
from pipeline.wiring import Wiring
from receipts.delivery import Delivery, DeliveryState
from receipts.identity import DeliveryId
from receipts.message import Message
from tests.publishing.conftest import ANN, BOB, MILL, NOW, Desk, Mill, run


@pytest.fixture
def wiring(mill: Mill, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Wiring:
    monkeypatch.setattr(desk, "utc_now", lambda: mill.now)
    file = tmp_path / "publishers.toml"
    file.write_text(f'[program.mill.publisher.core]\nkind = "file"\npath = "{tmp_path}/core.jsonl"\n')
    return cast("Wiring", SimpleNamespace(database=mill.database, publishers=load_publishers(file)))


def listed(wiring: Wiring, state: DeliveryState | None = None) -> list[Delivery]:
    return [each for _, each in desk.delivery_page(wiring, program_id=MILL, state=state, limit=50)]


def test_a_dead_letter_sent_again_lets_what_waits_behind_it_out_in_order(mill: Mill, wiring: Wiring) -> None:
    first, second = mill.publish(ANN, ANN)
    broken = True
    desk_ = Desk(lambda _: Refused("too large") if broken else Taken())
    follower = mill.follower(desk_)
    run(follower)
    (behind, dead) = listed(wiring)
    assert (dead.state, dead.message_id, dead.last_error) == (DeliveryState.DEAD, first, "too large")
    assert (behind.state, behind.message_id, behind.behind) == (DeliveryState.WAITING, second, first)
    (view,) = desk.publisher_views(wiring, program_id=MILL)
    assert (view.counts.dead, view.counts.waiting, view.kind) == (1, 1, "file")
    broken = False
    assert desk.send_again(wiring, program_id=MILL, delivery_id=dead.id, asked_by="acc_1") is Asked.DONE
    run(follower)
    assert desk_.told == [("ann", 1), ("ann", 1), ("ann", 2)]
    assert {each.state for each in listed(wiring)} == {DeliveryState.TAKEN}
    assert desk_.sent[0] == desk_.sent[1]


def test_a_dead_letter_given_up_lets_the_later_ones_go(mill: Mill, wiring: Wiring) -> None:
    mill.publish(ANN, ANN)
    desk_ = Desk(lambda message: Refused("too large") if message.sequence == 1 else Taken())
    follower = mill.follower(desk_)
    run(follower)
    waiting, dead = listed(wiring)
    assert desk.give_up(wiring, program_id=MILL, delivery_id=waiting.id) is Asked.NOT_NOW
    assert desk.give_up(wiring, program_id=MILL, delivery_id=DeliveryId("dlv_no")) is Asked.NO_SUCH
    assert desk.give_up(wiring, program_id=MILL, delivery_id=dead.id) is Asked.DONE
    run(follower)
    assert desk_.told == [("ann", 1), ("ann", 2)]
    assert [each.state for each in listed(wiring)] == [DeliveryState.TAKEN, DeliveryState.GIVEN_UP]


def test_a_publisher_that_stopped_is_started_again_where_it_was(mill: Mill, wiring: Wiring) -> None:
    mill.publish(ANN, BOB)
    gone = True

    def answer(_: Message) -> Outcome:
        return Closed("410") if gone else Taken()

    desk_ = Desk(answer)
    follower = mill.follower(desk_)
    run(follower)
    (view,) = desk.publisher_views(wiring, program_id=MILL)
    assert view.condition is Condition.STOPPED
    gone = False
    assert desk.start_again(wiring, program_id=MILL, publisher="core") is Asked.DONE
    assert desk.start_again(wiring, program_id=MILL, publisher="nobody") is Asked.NO_SUCH
    run(follower)
    assert desk_.told == [("ann", 1), ("ann", 1), ("bob", 1)]


@pytest.mark.parametrize(
    ("which", "told"),
    [
        ({}, [("ann", 1), ("bob", 1), ("ann", 2)]),
        ({"since": NOW}, [("ann", 1), ("bob", 1), ("ann", 2)]),
        ({"since": NOW + dt.timedelta(seconds=1)}, []),
        ({"until": NOW}, []),
    ],
)
def test_what_was_taken_is_sent_once_more_by_time(
    mill: Mill, wiring: Wiring, which: dict[str, Any], told: list[tuple[str, int]]
) -> None:
    mill.publish(ANN, BOB, ANN)
    desk_ = Desk()
    follower = mill.follower(desk_)
    run(follower)
    before = list(desk_.sent)
    desk_.sent.clear()
    assert desk.replay(wiring, program_id=MILL, publisher="core", **which) == len(told)
    run(follower)
    assert desk_.told == told
    assert set(map(str, desk_.sent)) <= set(map(str, before)), "the same bodies"


def test_a_redelivery_by_id_goes_before_what_is_new_of_its_member(
    mill: Mill, wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("receipts.database.repositories.delivery_desk._PAGE", 1)  # many pages
    ids = mill.publish(ANN, BOB, ANN)
    desk_ = Desk()
    follower = mill.follower(desk_)
    run(follower)
    desk_.sent.clear()
    mill.publish(ANN, BOB)
    assert desk.replay(wiring, program_id=MILL, publisher="core", ids=[ids[2], ids[0]]) == 2
    assert desk.replay(wiring, program_id=MILL, publisher="core", ids=[ids[0]]) == 0, "it waits already"
    run(follower)
    assert [each for each in desk_.told if each[0] == "ann"] == [("ann", 1), ("ann", 2), ("ann", 3)]
    assert desk_.told.count(("bob", 2)) == 1
    assert ("bob", 1) not in desk_.told


def test_another_program_sees_and_moves_nothing(mill: Mill, wiring: Wiring) -> None:
    mill.publish(ANN)
    run(mill.follower(Desk(lambda _: Refused("no"))))
    (dead,) = listed(wiring)
    other = MILL.__class__("forge")
    assert desk.delivery_page(wiring, program_id=other, state=None, limit=5) == ()
    assert desk.send_again(wiring, program_id=other, delivery_id=dead.id) is Asked.NO_SUCH
    assert desk.give_up(wiring, program_id=other, delivery_id=dead.id) is Asked.NO_SUCH
    assert desk.replay(wiring, program_id=other, publisher="core") == 0
    assert listed(wiring) == [dead]
