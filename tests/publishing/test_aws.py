"""SQS and SNS, against moto's server over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from pipeline.publishers.base import Away, Refused, Taken
from pipeline.publishers.config import SnsSettings, SqsSettings
from receipts.errors import TransientError
from tests.conftest import INSTALL
from tests.support.messages import message

boto3 = pytest.importorskip("boto3", reason=f"boto3 is missing: {INSTALL}")
moto_server = pytest.importorskip("moto.server", reason=f"moto is missing: {INSTALL}")

from pipeline.publishers.aws import SnsPublisher, SqsPublisher  # noqa: E402  (boto3 is an extra)

REGION = "eu-central-1"
SENT = [message("mem_ann", 1), message("mem_bob", 1), message("mem_ann", 2)]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = moto_server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def sqs(endpoint: str) -> Any:
    return boto3.Session().client("sqs", region_name=REGION, endpoint_url=endpoint)


def fifo(sqs: Any, name: str) -> str:
    made: dict[str, str] = sqs.create_queue(QueueName=f"{name}.fifo", Attributes={"FifoQueue": "true"})
    return made["QueueUrl"]


def received(sqs: Any, queue_url: str) -> list[dict[str, Any]]:
    """All that lies in the queue, taken out of it."""
    found: list[dict[str, Any]] = []
    while True:
        page = sqs.receive_message(
            QueueUrl=queue_url, MaxNumberOfMessages=10, AttributeNames=["All"], MessageAttributeNames=["All"]
        ).get("Messages", [])
        if not page:
            return found
        for each in page:
            sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=each["ReceiptHandle"])
        found += page


def test_sqs_gets_each_member_as_a_group_in_order_and_drops_twins(endpoint: str, sqs: Any) -> None:
    url = fifo(sqs, "points")
    publisher = SqsPublisher(SqsSettings(kind="sqs", queue_url=url, region=REGION, endpoint_url=endpoint))
    assert "FIFO" in publisher.check()
    assert [publisher.send(each) for each in SENT * 2] == [Taken()] * 6  # as after a crash: all once more
    found = received(sqs, url)
    ids = sorted(each["Attributes"]["MessageDeduplicationId"] for each in found)
    assert ids == sorted(each.id for each in SENT)
    groups: dict[str, list[str]] = {}
    for each in found:
        event = json.loads(each["Body"])
        assert each["MessageAttributes"]["type"]["StringValue"] == event["type"]
        groups.setdefault(each["Attributes"]["MessageGroupId"], []).append(event["id"])
    assert groups == {"mem_ann": [SENT[0].id, SENT[2].id], "mem_bob": [SENT[1].id]}
    too_large = publisher.send(message(sequence=9, data={"text": "x" * 2_000_000}))
    assert isinstance(too_large, Refused), "it can never be taken"
    publisher.close()


def test_sns_hands_on_to_a_queue_in_order(endpoint: str, sqs: Any) -> None:
    url = fifo(sqs, "behind-the-topic")
    sns = boto3.Session().client("sns", region_name=REGION, endpoint_url=endpoint)
    topic = sns.create_topic(Name="points.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    raw = {"RawMessageDelivery": "true"}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=told["Attributes"]["QueueArn"], Attributes=raw)
    publisher = SnsPublisher(SnsSettings(kind="sns", topic_arn=topic, endpoint_url=endpoint))
    assert "FIFO" in publisher.check()
    assert [publisher.send(each) for each in SENT] == [Taken()] * 3
    found = received(sqs, url)
    assert [json.loads(each["Body"])["id"] for each in found] == [each.id for each in SENT]
    assert [each["Attributes"]["MessageGroupId"] for each in found] == [each.member_id for each in SENT]
    publisher.close()


def test_a_queue_that_is_gone_or_not_to_be_reached_is_away_and_loses_nothing(endpoint: str) -> None:
    for where, said in ((endpoint, "xist"), ("http://127.0.0.1:9", "connect")):
        gone = f"{where}/123456789012/gone.fifo"
        sender = SqsPublisher(SqsSettings(kind="sqs", queue_url=gone, region=REGION, endpoint_url=where))
        with pytest.raises(TransientError, match=said):
            sender.check()
        outcome = sender.send(SENT[0])
        assert isinstance(outcome, Away)
        assert said in outcome.reason
        sender.close()
    arn = f"arn:aws:sns:{REGION}:123456789012:gone.fifo"
    topic = SnsPublisher(SnsSettings(kind="sns", topic_arn=arn, endpoint_url=endpoint))
    with pytest.raises(TransientError, match="NotFound"):
        topic.check()
    assert isinstance(topic.send(SENT[0]), Away)
    topic.close()
