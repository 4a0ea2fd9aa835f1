"""RabbitMQ itself: persistent, confirmed, in order, and what is made of a broker that is away."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import kombu
import pytest

from pipeline.publishers.amqp import AmqpPublisher
from pipeline.publishers.base import Away, Failed, Taken, body_of
from pipeline.publishers.config import AmqpSettings
from receipts.errors import TransientError
from tests.support.messages import message
from tests.support.rabbit import Rabbit, rabbit

pytestmark = [pytest.mark.slow, pytest.mark.timeout(60)]
PASSWORD = "guest"


@pytest.fixture(scope="module")
def broker() -> Iterator[Rabbit]:
    with rabbit() as found:
        yield found


def publisher(broker: Rabbit, **settings: Any) -> AmqpPublisher:
    return AmqpPublisher(AmqpSettings(kind="amqp", url=broker.url, **settings), password=PASSWORD)


def connection(broker: Rabbit) -> Any:
    return kombu.Connection(broker.url, password=PASSWORD)


def drained(broker: Rabbit, queue: str) -> list[Any]:
    with connection(broker) as link:
        channel, found = link.channel(), []
        while (each := channel.basic_get(queue, no_ack=True)) is not None:
            found.append(each)
        return found


def test_it_makes_a_durable_queue_and_each_message_is_persistent(broker: Rabbit) -> None:
    sender = publisher(broker, queue="points")
    sent = [message("mem_ann", 1), message("mem_bob", 1), message("mem_ann", 2)]
    assert [sender.send(each) for each in sent] == [Taken()] * 3
    sender.close()
    found = drained(broker, "points")
    assert [json.loads(each.body)["id"] for each in found] == [each.id for each in sent]
    first = found[0]
    raw = first.body if isinstance(first.body, bytes) else first.body.encode()
    assert raw == body_of(sent[0])
    assert first.properties["delivery_mode"] == 2
    assert first.properties["message_id"] == sent[0].id
    assert first.properties["content_type"].startswith("application/cloudevents+json")
    assert first.properties["application_headers"] == {"partitionkey": "mem_ann", "sequence": 1}
    with connection(broker) as link, pytest.raises(link.channel_errors):
        kombu.Queue("points", durable=False, channel=link.channel()).queue_declare()


def test_through_an_exchange_by_the_type_of_each_message(broker: Rabbit) -> None:
    with connection(broker) as link:
        kombu.Exchange("tillpoints", "topic", channel=link.channel()).declare()
    sender = publisher(broker, exchange="tillpoints")
    unbound = sender.send(message())
    assert isinstance(unbound, Away), "a message that no queue takes is not taken"
    assert "bind one" in unbound.reason
    with connection(broker) as link:
        queue = kombu.Queue("held", kombu.Exchange("tillpoints", "topic"), "receipt.held")
        queue(link.channel()).declare()
    assert sender.send(message()) == Taken()
    sender.close()
    assert len(drained(broker, "held")) == 1


def test_a_full_queue_that_refuses_fails_the_message(broker: Rabbit) -> None:
    with connection(broker) as link:
        channel = link.channel()
        kombu.Exchange("full", "fanout", channel=channel).declare()
        limits = {"x-max-length": 1, "x-overflow": "reject-publish"}
        kombu.Queue("full", kombu.Exchange("full", "fanout"), queue_arguments=limits)(channel).declare()
    sender = publisher(broker, exchange="full")
    outcomes = [sender.send(message(sequence=number)) for number in (1, 2, 3)]
    sender.close()
    assert outcomes[0] == Taken()
    assert isinstance(outcomes[-1], Failed)


def test_what_is_not_there_is_said_and_nothing_is_lost(broker: Rabbit) -> None:
    for settings in ({"exchange": "nowhere"}, {"queue": "points"}):
        sender = AmqpPublisher(
            AmqpSettings(kind="amqp", url=broker.url, **settings),  # type: ignore[arg-type]
            password=PASSWORD if "exchange" in settings else "wrong",
        )
        with pytest.raises(TransientError, match=r"nowhere|ACCESS_REFUSED"):
            sender.check()
        assert isinstance(sender.send(message()), Away)
        sender.close()


def test_a_broker_that_stalls_is_away_and_comes_back(broker: Rabbit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.publishers.amqp._CONFIRM_S", 0.5)
    monkeypatch.setattr("pipeline.publishers.amqp._CONNECT_S", 0.5)
    sender = publisher(broker, queue="stalls")
    assert sender.send(message(sequence=1)) == Taken()
    broker.freeze()
    try:
        begun = time.monotonic()
        assert isinstance(sender.send(message(sequence=2)), Away)
        assert isinstance(sender.send(message(sequence=2)), Away)
        assert time.monotonic() - begun < 10
    finally:
        broker.thaw()
    monkeypatch.undo()
    assert sender.send(message(sequence=2)) == Taken()
    sender.close()
    ids = [json.loads(each.body)["id"] for each in drained(broker, "stalls")]
    assert list(dict.fromkeys(ids)) == ["msg_mem_ann_1", "msg_mem_ann_2"]
