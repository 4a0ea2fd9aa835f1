"""The mailbox process killed, -9, at every moment that matters: nothing is lost, nothing is taken twice.

`pytest tests/mailbox/test_mailbox_kills.py -s` prints the account.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.support.imap_server import ImapServer
from tests.support.killed import MAILBOX_LEASE_S, MAILBOX_POINTS

MAIL = b"From: maya@example.com\r\nSubject: %s\r\n\r\nTotal 15.90\r\n"

pytestmark = pytest.mark.slow


@contextmanager
def nursery(office: Any, **settings: Any) -> Iterator[Any]:
    """Runs one pass to its end, and says how it ended; forks, so that imports are paid for once."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.killed", "nursery"],
        env=office.environment(**settings),
        cwd=office.root,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None

    def run(point: str) -> int:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps([point, "mailbox"]) + "\n")
        process.stdin.flush()
        return int(process.stdout.readline())

    try:
        yield run
    finally:
        process.communicate()


@pytest.mark.parametrize("done_folder", ["", "Taken"])
def test_a_kill_at_every_moment(office: Any, imap_server: ImapServer, done_folder: str) -> None:
    points = MAILBOX_POINTS if done_folder else MAILBOX_POINTS[:-1]
    sent: list[bytes] = []
    with nursery(office, done_folder=done_folder) as run:
        for point in points:
            fresh = [MAIL % f"{point} {number}".encode() for number in range(3)]
            imap_server.append(fresh)
            sent += fresh
            assert run(point) == -signal.SIGKILL, f"{point} was never reached"
            stored = office.stored()
            assert len(stored) == len(set(stored)) == office.bells()
            time.sleep(MAILBOX_LEASE_S + 0.2)
        assert run("never") == 0
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
