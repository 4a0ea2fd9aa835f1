"""The mailbox process killed, -9, at every moment that matters: nothing is lost, nothing is taken twice.

`pytest tests/mailbox/test_mailbox_kills.py -s` prints the account.
"""

from __future__ import annotations

import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.imap_server import ImapServer
from tests.support.killed import MAILBOX_POINTS
from tests.support.nursery import Nursery, run_nursery

MAIL = b"From: maya@example.com\r\nSubject: %s\r\n\r\nTotal 15.90\r\n"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with run_nursery() as running:
        yield running


@pytest.mark.parametrize("done_folder", ["", "Taken"])
def test_a_kill_at_every_moment(
    office: Any, imap_server: ImapServer, nursery: Nursery, done_folder: str
) -> None:
    points = MAILBOX_POINTS if done_folder else MAILBOX_POINTS[:-1]
    sent: list[bytes] = []
    environment = office.environment(done_folder=done_folder)
    for point in points:
        fresh = [MAIL % f"{point} {number}".encode() for number in range(3)]
        imap_server.append(fresh)
        sent += fresh
        status = nursery.run(environment, point, "mailbox")
        assert status == -signal.SIGKILL, f"{point} was never reached"
        stored = office.stored()
        assert len(stored) == len(set(stored)) == office.bells()
        office.dead_leases_run_out()
    assert nursery.run(environment, "never", "mailbox") == 0
    stored = office.stored()
    print(f"\n{imap_server.name}: {len(points)} kills at {', '.join(points)}: {len(stored)} of {len(sent)}")
    assert Counter(stored) == Counter(sent)
    assert office.bells() == len(sent)
    if done_folder:
        assert imap_server.subjects() == []
        assert len(imap_server.subjects(done_folder)) == len(sent)
    else:
        assert all(imap_server.flags().values())


def test_two_processes_at_once(office: Any, imap_server: ImapServer) -> None:
    sent = [MAIL % str(number).encode() for number in range(300)]
    imap_server.append(sent)
    with (
        subprocess.Popen(**office.process("mailbox")) as first,
        subprocess.Popen(**office.process("mailbox")) as second,
    ):
        try:
            deadline = time.monotonic() + 90
            while len(office.rows("SELECT id FROM inbound_messages")) < 300 and time.monotonic() < deadline:
                time.sleep(0.2)
            owners = office.rows("SELECT owner FROM leases")
        finally:
            first.send_signal(signal.SIGTERM)
            second.send_signal(signal.SIGTERM)
        assert (first.wait(30), second.wait(30)) == (0, 0), "a stop is no failure"
    assert len(owners) == 1
    assert Counter(office.stored()) == Counter(sent)
    assert office.bells() == 300
    assert office.rows("SELECT owner FROM leases") == []
