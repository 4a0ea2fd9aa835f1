"""A publisher's way through the feed: order, failures, dead letters, and none waits for another."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func
from sqlalchemy.exc import DatabaseError

from pipeline.publishers.base import Away, Closed, Failed, Outcome, Refused, Taken
from pipeline.publishers.schedule import RETRY_WAITS_S
from receipts.database.repositories.deliveries import PublisherBooks, expire_deliveries
from receipts.database.repositories.programs import ProgramData
from receipts.database.tables import DeliveryRow, MessageRow
from receipts.identity import MemberId
from receipts.message import Message
from tests.publishing.conftest import ANN, BOB, EVE, MILL, NOW, Desk, Mill, run


def states(mill: Mill) -> dict[str, str]:
    with mill.database.read() as session:
        rows = session.query(DeliveryRow).order_by(DeliveryRow.position).all()
        return {row.message_id: row.state for row in rows}


def test_the_whole_feed_is_sent_in_order_and_only_once(mill: Mill) -> None:
    mill.publish(ANN, BOB, ANN)
    desk = Desk()
    follower = mill.follower(desk)
    run(follower)
    mill.publish(BOB)
    run(follower)
    assert desk.told == [("ann", 1), ("bob", 1), ("ann", 2), ("bob", 2)]
    assert mill.state().position == 4


def test_a_new_publisher_may_begin_with_what_comes(mill: Mill) -> None:
    mill.publish(ANN)
    desk = Desk()
    follower = mill.follower(desk, at_the_end=True)
    run(follower)
    mill.publish(ANN)
    run(follower)
    assert desk.told == [("ann", 2)]


def test_one_that_is_down_delays_no_other(mill: Mill) -> None:
    mill.publish(ANN, BOB)
    down, well = Desk(lambda _: Away("nobody there")), Desk()
    run(mill.follower(down, "down"))
    run(mill.follower(well, "well"))
    assert well.told == [("ann", 1), ("bob", 1)]
    assert (mill.state("down").position, mill.state("well").position) == (0, 2)


def test_while_nobody_is_there_nothing_loses_a_try_and_all_goes_out_after(mill: Mill) -> None:
    mill.publish(ANN, BOB, ANN)
    here = False
    desk = Desk(lambda _: Taken() if here else Away("nobody there"))
    follower = mill.follower(desk)
    for _ in range(8):
        run(follower)
        mill.wait(301)
    assert len(desk.sent) == 8
    assert states(mill) == {}
    assert mill.state().last_error == "nobody there"
    here = True
    desk.sent.clear()
    run(follower)
    assert desk.told == [("ann", 1), ("bob", 1), ("ann", 2)]


def test_one_message_that_fails_keeps_back_its_member_and_nobody_else(mill: Mill) -> None:
    first, _, second, _ = mill.publish(ANN, BOB, ANN, BOB)
    broken = True
    desk = Desk(lambda message: Failed("500") if broken and message.member_id == ANN else Taken())
    follower = mill.follower(desk)
    run(follower)
    assert desk.told == [("ann", 1), ("bob", 1), ("bob", 2)]
    assert states(mill) == {first: "waiting", second: "waiting"}
    broken = False
    mill.wait(6)
    run(follower)
    assert desk.told[3:] == [("ann", 1), ("ann", 2)]
    assert set(states(mill).values()) == {"taken"}


def test_tries_follow_the_published_times_and_end_as_a_dead_letter(mill: Mill) -> None:
    first, second, _ = mill.publish(ANN, ANN, BOB)
    desk = Desk(lambda message: Failed("answered 500") if message.member_id == ANN else Taken())
    follower = mill.follower(desk)
    run(follower)
    for wait_s in RETRY_WAITS_S:
        tried = desk.told.count(("ann", 1))
        mill.wait(wait_s - 1)
        run(follower)
        assert desk.told.count(("ann", 1)) == tried
        mill.wait(1 + wait_s * 0.1)
        run(follower)
        assert desk.told.count(("ann", 1)) == tried + 1
    assert states(mill) == {first: "dead", second: "waiting"}
    mill.wait(1_000_000)
    mill.publish(BOB)
    run(follower)
    assert desk.told[-1] == ("bob", 2)
    assert ("ann", 2) not in desk.told


def test_what_was_taken_in_the_end_is_forgotten_after_its_time_and_a_dead_letter_never(mill: Mill) -> None:
    refused, late, *_ = mill.publish(ANN, BOB)
    answers: dict[MemberId, Outcome] = {ANN: Refused("too large"), BOB: Failed("500")}
    follower = mill.follower(Desk(lambda message: answers[message.member_id]))
    run(follower)
    answers[BOB] = Taken()
    mill.wait(6)
    run(follower)
    assert states(mill) == {refused: "dead", late: "taken"}
    with mill.database.write() as session:
        assert expire_deliveries(session, before=NOW, limit=10) == 0
        assert expire_deliveries(session, before=NOW + dt.timedelta(days=2), limit=10) == 1
    assert states(mill) == {refused: "dead"}


def test_a_message_that_can_never_be_taken_is_dead_at_once(mill: Mill) -> None:
    first, second, _ = mill.publish(ANN, ANN, BOB)
    desk = Desk(lambda message: Refused("too large") if message.member_id == ANN else Taken())
    run(mill.follower(desk))
    assert desk.told == [("ann", 1), ("bob", 1)]
    assert states(mill) == {first: "dead", second: "waiting"}


def test_where_all_fails_only_one_look_every_five_minutes_is_left(mill: Mill) -> None:
    others = [MemberId(f"mem_{number}") for number in range(5)]
    with mill.database.write() as session:
        for member in others:
            ProgramData(session, MILL).add_member(member, member, NOW)
    for _ in range(2):
        mill.publish(ANN, BOB, EVE, *others)
    here = False
    desk = Desk(lambda _: Taken() if here else Failed("answered 500"))
    follower = mill.follower(desk)
    for _ in range(30):
        run(follower)
        mill.wait(150)
    assert len(desk.sent) < 40
    assert mill.state().failures > 5
    here = True
    mill.wait(300)
    desk.sent.clear()
    run(follower)
    assert len(desk.sent) == 16
    assert in_order(desk.sent)


def test_one_odd_message_in_a_quiet_program_keeps_nobody_waiting(mill: Mill) -> None:
    mill.publish(ANN)
    desk = Desk(lambda message: Failed("500") if message.member_id == ANN else Taken())
    follower = mill.follower(desk)
    for wait_s in RETRY_WAITS_S[:-1]:
        run(follower)
        mill.wait(wait_s * 1.1)
    run(follower)
    mill.publish(BOB)
    run(follower)
    assert desk.told[-1] == ("bob", 1)
    assert mill.state().paused_until is None


def test_who_wants_no_more_gets_no_more(mill: Mill) -> None:
    mill.publish(ANN, BOB)
    desk = Desk(lambda _: Closed("answered 410"))
    follower = mill.follower(desk)
    run(follower)
    mill.wait(1_000_000)
    run(follower)
    assert desk.told == [("ann", 1)]
    assert mill.state().stopped == "answered 410"


def test_who_asks_for_rest_is_left_alone_so_long_but_not_for_ever(mill: Mill) -> None:
    mill.publish(ANN)
    asked_s = 120.0
    desk = Desk(lambda _: Away("429", asked_s))
    follower = mill.follower(desk)
    run(follower)
    mill.wait(119)
    run(follower)
    assert len(desk.sent) == 1
    asked_s = 1e9
    mill.wait(2)
    run(follower)
    mill.wait(3601)
    run(follower)
    assert len(desk.sent) == 3


def test_two_processes_do_not_send_for_one_publisher_at_a_time(mill: Mill) -> None:
    mill.publish(ANN)
    one, two = Desk(), Desk()
    first, second = mill.follower(one), mill.follower(two)
    run(first)
    mill.publish(ANN)
    run(second)
    assert two.told == []
    mill.wait(46)  # the first is gone
    run(second)
    assert two.told == [("ann", 2)]


def test_one_that_lost_its_lease_while_sending_writes_nothing_down(mill: Mill) -> None:
    mill.publish(ANN)
    other = mill.follower(Desk())

    def slowly(_: Message) -> Outcome:
        mill.wait(60)
        run(other)
        return Refused("too late")

    run(mill.follower(Desk(slowly)))
    assert states(mill) == {}
    assert mill.state().position == 1


def test_a_crash_between_sending_and_writing_down_sends_again(
    mill: Mill, monkeypatch: pytest.MonkeyPatch
) -> None:
    mill.publish(ANN, ANN)
    desk = Desk()
    follower = mill.follower(desk)
    with monkeypatch.context() as patch:
        patch.setattr(PublisherBooks, "move", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            follower.step()
    run(follower)
    assert desk.told == [("ann", 1), ("ann", 1), ("ann", 2)]
    bodies = defaultdict(set)
    for message in desk.sent:
        bodies[message.id].add(str(message.cloud_event()))
    assert all(len(each) == 1 for each in bodies.values())


def test_our_own_fault_with_one_message_keeps_no_other_back(mill: Mill) -> None:
    mill.publish(ANN, BOB)

    def stumbles(message: Message) -> Outcome:
        if message.member_id == ANN:
            raise KeyError("bug")
        return Taken()

    desk = Desk(stumbles)
    run(mill.follower(desk))
    assert desk.told == [("ann", 1), ("bob", 1)]
    assert list(states(mill).values()) == ["waiting"]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE messages SET data = '{}'",
        "UPDATE messages SET type = 'points.awarded'",
        "UPDATE messages SET feed_position = 77",
        "DELETE FROM messages",
    ],
)
def test_a_message_stays_as_it_was_written(mill: Mill, change: str) -> None:
    mill.publish(ANN)
    with pytest.raises(DatabaseError, match="message"), mill.database.write() as session:
        session.connection().exec_driver_sql(change)
    with mill.database.read() as session:
        assert session.query(MessageRow).one().feed_position == 1


def in_order(sent: list[Message]) -> bool:
    """Whether no member's message was sent before the one before it."""
    seen: dict[str, int] = defaultdict(int)
    for message in sent:
        if message.sequence > seen[message.member_id] + 1:
            return False
        seen[message.member_id] = max(seen[message.member_id], message.sequence)
    return True


ANSWERS = st.sampled_from([Taken(), Taken(), Taken(), Failed("500"), Refused("413"), Away("away", 3.0)])


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), parallel=st.integers(1, 4))
def test_whatever_is_answered_no_message_goes_before_the_one_before_it_was_taken(
    mill: Mill, data: st.DataObject, parallel: int
) -> None:
    name = f"core-{next(mill.names)}"
    with mill.database.read() as session:
        counted = session.query(MessageRow.member_id, func.max(MessageRow.sequence))
        taken: dict[str, int] = {row[0]: row[1] for row in counted.group_by(MessageRow.member_id)}

    def answers(message: Message) -> Outcome:
        assert taken.get(message.member_id, 0) >= message.sequence - 1, "sent before its turn"
        outcome = data.draw(ANSWERS)
        if isinstance(outcome, Taken):
            taken[message.member_id] = max(taken.get(message.member_id, 0), message.sequence)
        return outcome

    desk = Desk(answers)
    follower = mill.follower(desk, name, at_the_end=True)
    assert follower.step() == 0
    whole = len(mill.publish(*data.draw(st.lists(st.sampled_from([ANN, BOB, EVE]), max_size=8))))
    for _ in range(8):
        follower.step()
        mill.wait(data.draw(st.sampled_from([0.0, 6.0, 400.0, 2_000.0])))
    desk.answer = lambda _: Taken()
    for _ in range(3):
        mill.wait(100_000)
        run(follower)
    with mill.database.read() as session:
        dead = session.query(DeliveryRow).filter_by(publisher=name, state="dead").count()
        waiting = session.query(DeliveryRow).filter_by(publisher=name, state="waiting").all()
        members = {
            row.member_id for row in session.query(DeliveryRow).filter_by(publisher=name, state="dead")
        }
    assert {row.member_id for row in waiting} <= members, "only dead letters keep anything back"
    assert len({message.id for message in desk.sent}) + len(waiting) == whole
    assert dead <= len(desk.sent)
    assert follower.step() == 0
