"""Webhooks to a real socket: what is sent, and what is made of each answer."""

from __future__ import annotations

import base64
import datetime as dt
import json
import re
import socket
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import httpcore
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from pipeline.clock import utc_now
from pipeline.publishers.base import Away, Closed, Failed, Refused, Taken, body_of
from pipeline.publishers.webhook import Endpoint, WebhookPublisher
from receipts.errors import TransientError
from tests.support import webhook_receiver as desks
from tests.support.messages import message
from tests.support.webhook_receiver import receiver, status

OLD = "whsec_" + base64.b64encode(b"o" * 32).decode()
NEW = "whsec_" + base64.b64encode(b"n" * 32).decode()
MESSAGE = message(sequence=7, data={"sentence": "Größe 日本 ✓ \ud83d"})
DOCS = Path(__file__).resolve().parents[2] / "docs" / "publishing.md"


def publisher(url: str, *, timeout_s: float = 5.0, keys: tuple[str, ...] = (NEW, OLD)) -> WebhookPublisher:
    return WebhookPublisher(Endpoint(url, keys, private=True, timeout_s=timeout_s))


def test_it_is_posted_signed_by_each_secret_and_verified_by_the_library() -> None:
    with receiver() as desk:
        assert publisher(desk.url).send(MESSAGE) == Taken()
    (posted,) = desk.posted
    assert posted.path == "/hooks/points?tenant=mill"
    assert posted.body == body_of(MESSAGE)
    assert json.loads(posted.body)["data"] == MESSAGE.data
    assert posted.headers["content-type"].startswith("application/cloudevents+json")
    assert posted.headers["webhook-id"] == MESSAGE.id
    assert abs(int(posted.headers["webhook-timestamp"]) - utc_now().timestamp()) < 60
    assert len(posted.headers["webhook-signature"].split()) == 2
    for key in (OLD, NEW):
        assert Webhook(key).verify(posted.body, posted.headers)["id"] == MESSAGE.id
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + base64.b64encode(b"x" * 32).decode()).verify(posted.body, posted.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(posted.body.replace(b"mem_ann", b"mem_eve"), posted.headers)


def test_a_later_try_has_the_same_id_and_body_and_a_new_time() -> None:
    times = iter((utc_now() - dt.timedelta(seconds=100), utc_now()))
    with receiver(status(500)) as desk:
        sender = WebhookPublisher(Endpoint(desk.url, (NEW,), private=True), now=lambda: next(times))
        sender.send(MESSAGE)
        sender.send(MESSAGE)
    one, two = desk.posted
    assert (one.headers["webhook-id"], one.body) == (two.headers["webhook-id"], two.body)
    assert one.headers["webhook-timestamp"] != two.headers["webhook-timestamp"]
    assert Webhook(NEW).verify(two.body, two.headers)


TABLE: dict[str, tuple[Callable[[BaseHTTPRequestHandler], None], type, str]] = {
    "any 2xx": (status(202), Taken, ""),
    "200 and 100 MB behind it": (desks.floods, Taken, ""),
    "3xx": (status(307, Location="http://127.0.0.1:9/"), Failed, "redirects are not followed"),
    "400, 401, 404, 500 and all others": (status(500), Failed, "answered 500"),
    "410": (status(410), Closed, "410"),
    "413": (status(413), Refused, "413"),
    "429, 502, 503, 504": (status(503, Retry_After="120"), Away, "503"),
    "nothing": (desks.stalls(3), Failed, "no whole answer"),
    "200 and then a byte now and then": (desks.drips, Failed, "no whole answer"),
    "no HTTP": (desks.nonsense, Failed, "did not answer as it should"),
    "hangs up": (desks.hangs_up, Failed, "did not answer as it should"),
}
"""What the receiver answers, as docs/publishing.md names it, and what is made of it."""
MEANS = {Taken: "taken", Failed: "by the schedule", Away: "away", Closed: "stops", Refused: "dead letter"}


@pytest.mark.parametrize("name", TABLE)
def test_each_answer_means_what_the_table_says(name: str) -> None:
    answer, kind, reason = TABLE[name]
    with receiver(answer) as desk:
        begun = time.monotonic()
        outcome = publisher(desk.url, timeout_s=1).send(MESSAGE)
        assert time.monotonic() - begun < 2.5
        assert len(desk.posted) == 1
    assert isinstance(outcome, kind)
    assert reason in getattr(outcome, "reason", "")
    (row,) = [line for line in DOCS.read_text(encoding="utf-8").splitlines() if f"| {name} |" in line]
    assert f"| {MEANS[kind]} |" in row


@pytest.mark.parametrize(
    ("value", "least", "most"),
    [("120", 120, 120), ("soon", 0, 0), ("Wed, 21 Oct 2099 07:28:00 GMT", 1e9, 1e10), ("-5", 0, 0)],
)
def test_retry_after_is_read_in_both_its_forms(value: str, least: float, most: float) -> None:
    with receiver(status(429, Retry_After=value)) as desk:
        outcome = publisher(desk.url).send(MESSAGE)
    assert isinstance(outcome, Away)
    assert least <= outcome.retry_after_s <= most


def test_where_nobody_listens_the_other_side_is_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    outcome = publisher(f"http://127.0.0.1:{port}/").send(MESSAGE)
    assert isinstance(outcome, Away)


class Names:
    """A DNS that answers otherwise each time it is asked."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)

    def addresses(self, host: str) -> tuple[str, ...]:
        return (self.answers.pop(0),)


class NoNetwork(httpcore.NetworkBackend):
    """Notes where a connection would go, and makes none."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def connect_tcp(self, host: str, port: int, *args: object, **kwargs: object) -> httpcore.NetworkStream:
        self.asked.append(host)
        raise httpcore.ConnectError("refused")


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.5", "192.168.1.1", "169.254.169.254", "100.64.0.1", "::1", "fe80::1", "fd00::1",
     "::ffff:10.0.0.1", "0.0.0.1", "224.0.0.1"],
)  # fmt: skip
def test_it_never_connects_to_an_address_inside(address: str) -> None:
    network = NoNetwork()
    sender = WebhookPublisher(
        Endpoint("https://core.example.com/", (NEW,)), resolver=Names(address), network=network
    )
    outcome = sender.send(MESSAGE)
    assert isinstance(outcome, Away)
    assert "not a public address" in outcome.reason
    assert network.asked == []


def test_a_name_that_answers_otherwise_a_moment_later_is_not_asked_again() -> None:
    network = NoNetwork()
    names = Names("93.184.215.14", "10.0.0.5", "93.184.215.14")
    sender = WebhookPublisher(Endpoint("https://core.example.com/", (NEW,)), resolver=names, network=network)
    assert isinstance(sender.send(MESSAGE), Away)
    assert network.asked == ["93.184.215.14"]
    assert isinstance(sender.send(MESSAGE), Away), "looked at anew for each message"
    assert network.asked == ["93.184.215.14"]


def test_the_check_connects_and_sends_nothing() -> None:
    with receiver() as desk:
        assert re.search("2 secrets", publisher(desk.url).check())
    assert desk.posted == []
    with pytest.raises(TransientError, match=r"127\.0\.0\.1"):
        publisher(desk.url).check()
