"""Two relays at once: a member's messages come into the feed in their order, whoever holds which row."""

from __future__ import annotations

import threading

from receipts.database.repositories.outbox import Feed, Outbox, Publish
from receipts.message import Message
from tests.publishing.conftest import ANN, BOB, MILL, NOW, Mill


def take(outbox: Outbox) -> Publish:
    (item,) = outbox.take(limit=1)
    assert isinstance(item, Publish)
    return item


def test_a_later_message_in_faster_hands_does_not_come_first(mill: Mill) -> None:
    mill.relay = lambda: None  # type: ignore[method-assign]  # they wait for two relays
    ids = mill.publish(ANN, ANN, BOB)
    if mill.database.is_sqlite:
        return  # one writer at a time: there the second relay waits for the first
    told: list[Message] = []
    with mill.database.write() as slow:
        first = take(Outbox(slow, NOW))
        assert first.message_id == ids[0]

        def fast() -> None:
            with mill.database.write() as session:
                outbox = Outbox(session, NOW)
                second = take(outbox)
                assert second.message_id == ids[1]
                told.extend(outbox.enter_in_order(second.message_id))
                outbox.sent(second.number)

        thread = threading.Thread(target=fast)
        thread.start()
        thread.join(30)
        (again,) = Outbox(slow, NOW).enter_in_order(first.message_id)
        Outbox(slow, NOW).sent(first.number)
    assert [message.sequence for message in told] == [1, 2]
    assert again.id == ids[0]
    with mill.database.read() as session:
        feed = Feed(session, MILL).after(0, limit=10)
    assert [(position, message.id) for position, message in feed] == [(1, ids[0]), (2, ids[1])]


def test_what_has_a_place_keeps_it(mill: Mill) -> None:
    (first, _) = mill.publish(ANN, BOB)
    with mill.database.write() as session:
        (same,) = Outbox(session, NOW).enter_in_order(first)
    assert same.id == first
    with mill.database.read() as session:
        assert [position for position, _ in Feed(session, MILL).after(0, limit=10)] == [1, 2]
