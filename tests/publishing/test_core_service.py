"""The example consumer: whatever is doubled, reordered, killed or forged, its balances come out right."""

from __future__ import annotations

import base64
import contextlib
import json
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awarding.message_examples import message_example
from fixtures.core_service import Inbox, Received, TwoBodiesError, change, verified
from pipeline.publishers.base import Outcome, Taken, body_of
from pipeline.publishers.webhook import Endpoint, WebhookPublisher
from receipts.message import Message, MessageType
from tests.publishing.conftest import ANN, BOB, Mill, run
from tests.support.imap_server import dying_with_us, free_port, wait_for_port
from tests.support.messages import message

SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()
OLD = "whsec_" + base64.b64encode(b"o" * 32).decode()


def event(member: str, sequence: int, points: int) -> bytes:
    told = message(member, sequence, {"points": points}).cloud_event()
    return json.dumps({**told, "type": "points.awarded"}).encode()


@settings(max_examples=20, deadline=None)
@given(
    counts=st.lists(st.integers(0, 6), min_size=1, max_size=3),
    doubled=st.integers(0, 6),
    dice=st.randoms(use_true_random=False),
    crashes=st.sets(st.integers(0, 30), max_size=4),
)
def test_doubled_reordered_and_crashed_the_balance_is_the_sum(
    counts: list[int], doubled: int, dice: random.Random, crashes: set[int]
) -> None:
    events = [
        event(f"mem_{who}", number, 10**number)
        for who, count in enumerate(counts)
        for number in range(1, count + 1)
    ]
    arriving = events + [dice.choice(events) for _ in range(doubled if events else 0)]
    dice.shuffle(arriving)
    with tempfile.TemporaryDirectory() as folder:
        inbox = Inbox(Path(folder) / "core.db")
        for number, body in enumerate(arriving):
            if number in crashes:  # it falls over between its last write and the commit, and gets it again
                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr(inbox, "_apply", lambda *_: 1 / 0)
                    with contextlib.suppress(ZeroDivisionError):
                        inbox.receive(body)
                inbox.close()
                inbox = Inbox(Path(folder) / "core.db")
            inbox.receive(body)
        assert inbox.gaps() == []
        assert inbox.balances() == {
            f"mem_{who}": (0, sum(10**number for number in range(1, count + 1)))
            for who, count in enumerate(counts)
            if count
        }
        inbox.close()


def test_what_is_ahead_of_its_turn_waits_and_the_gap_is_named(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "core.db")
    assert inbox.receive(event("mem_a", 1, 10)) is Received.APPLIED
    assert inbox.receive(event("mem_a", 3, 1000)) is Received.KEPT
    assert inbox.receive(event("mem_a", 3, 1000)) is Received.KNOWN
    assert (inbox.balances(), inbox.gaps()) == ({"mem_a": (0, 10)}, [("mem_a", 2)])
    assert inbox.receive(event("mem_a", 2, 100)) is Received.APPLIED
    assert (inbox.balances(), inbox.gaps()) == ({"mem_a": (0, 1110)}, [])
    inbox.close()


def test_two_bodies_under_one_id_or_two_events_in_one_place_are_not_believed(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "core.db")
    inbox.receive(event("mem_a", 1, 10))
    with pytest.raises(TwoBodiesError, match="another body"):
        inbox.receive(event("mem_a", 1, 11))
    other = event("mem_a", 1, 10).replace(b"msg_mem_a_1", b"msg_other")
    with pytest.raises(TwoBodiesError, match="another event"):
        inbox.receive(other)
    assert inbox.balances() == {"mem_a": (0, 10)}
    inbox.close()


def test_every_kind_of_message_is_taken_and_moves_what_it_says(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "core.db")
    for sequence, kind in enumerate(MessageType, start=1):
        example = {**message_example(kind, sequence=sequence), "id": f"msg_{sequence}"}
        assert inbox.receive(json.dumps(example).encode()) is Received.APPLIED
    inbox.close()
    moves: list[tuple[str, dict[str, Any], tuple[int, int]]] = [
        ("points.awarded", {"points": 5}, (0, 5)),
        ("points.pending", {"points": 5}, (5, 0)),
        ("points.released", {"points": 5}, (-5, 5)),
        ("points.granted", {"points": 5, "available_from": None}, (0, 5)),
        ("points.granted", {"points": 5, "available_from": "2027-01-01T00:00:00Z"}, (5, 0)),
        ("points.reversed", {"points": 5, "from_pending": 2, "from_available": 3}, (-2, -3)),
        ("points.expired", {"points": 5}, (0, -5)),
        ("points.redeemed", {"points": 5}, (0, -5)),
        ("points.expiring", {"points": 5}, (0, 0)),
        ("receipt.held", {"would_pay": 5}, (0, 0)),
        ("something.new", {"points": 5}, (0, 0)),
    ]
    for kind_name, data, moved in moves:
        assert change({"type": kind_name, "data": data}) == moved


def test_only_what_is_signed_by_a_known_secret_is_taken() -> None:
    sender = WebhookPublisher(Endpoint("https://core.example.com/", (SECRET, OLD)))
    body = body_of(message())
    headers = {name.decode(): value.decode() for name, value in sender._headers(message(), body)}
    assert verified(body, headers, [SECRET])
    assert verified(body, headers, ["whsec_" + base64.b64encode(b"n" * 32).decode(), OLD]), (
        "while one rotates"
    )
    assert not verified(body + b" ", headers, [SECRET])
    assert not verified(body, {**headers, "webhook-id": "msg_2"}, [SECRET])
    assert not verified(body, {**headers, "webhook-timestamp": "1"}, [SECRET])
    assert not verified(body, {}, [SECRET])


@pytest.mark.slow
def test_killed_in_the_middle_nothing_is_lost_and_nothing_is_paid_twice(mill: Mill, tmp_path: Path) -> None:
    port, log, database = free_port(), tmp_path / "log", tmp_path / "core.db"
    (tmp_path / "secret").write_text(f"{SECRET}\n{OLD}\n")
    command = [sys.executable, "-m", "fixtures.core_service", "--database", str(database)]
    command += ["--secret-file", str(tmp_path / "secret"), "--port", str(port)]

    def started() -> subprocess.Popen[bytes]:
        with log.open("ab") as said:
            process = subprocess.Popen(dying_with_us(command), stdout=said, stderr=said)
        wait_for_port(port, process, log)
        return process

    core = started()
    webhook = WebhookPublisher(Endpoint(f"http://127.0.0.1:{port}/", (OLD,), private=True, timeout_s=5))
    killed = 0

    class Shaky:
        """Kills the consumer now and then: before it is sent, and once it has answered and nobody heard."""

        parallel, check, close = 1, webhook.check, webhook.close

        def send(self, told: Message) -> Outcome:
            nonlocal killed
            if told.sequence in (3, 5) and killed < 4:
                killed += 1
                if killed % 2:
                    assert webhook.send(told) == Taken()
                core.send_signal(signal.SIGKILL)
                core.wait()
                return webhook.send(told)
            return webhook.send(told)

    for number in range(1, 8):
        mill.publish(ANN, BOB, kind=MessageType.POINTS_AWARDED, points=10**number)
    follower = mill.follower(Shaky())
    run(follower)
    while mill.state().position < 14:
        run(follower)
        if core.poll() is not None:
            core = started()
        mill.wait(10)
    assert killed == 4
    total = sum(10**number for number in range(1, 8))
    with httpx.Client() as http:
        assert http.get(f"http://127.0.0.1:{port}/").json() == {ANN: [0, total], BOB: [0, total]}
        assert http.post(f"http://127.0.0.1:{port}/", content=event("mem_eve", 1, 5)).status_code == 401
    core.kill()
    core.wait()
    with sqlite3.connect(database) as rows:
        assert rows.execute("SELECT count(*), sum(applied) FROM events").fetchone() == (14, 14)
