"""The mailbox's lease: held while the work waits for a slow server, gone soon after its process is killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import pipeline.mailbox_lease as mailbox_lease
from pipeline.mailbox_lease import LEASE_S, LeaseLostError, MailboxLease
from pipeline.sample import SAMPLE_PROGRAM
from pipeline.settings import Settings
from pipeline.wiring import Wiring, build
from receipts.database.repositories.leases import Leases

LEASE = 2.0
HOLDER = """
import sys, time
from pathlib import Path
from pipeline.mailbox_lease import MailboxLease
from pipeline.settings import Settings
from pipeline.wiring import build
lease = MailboxLease(build(Settings(data_dir=Path(sys.argv[1]))), "sample", "mailbox:x", float(sys.argv[2]))
assert lease.take()
print("taken", flush=True)
time.sleep(600)  # one command to a server that does not answer
"""


@pytest.fixture
def wiring(tmp_path: Path) -> Iterator[Wiring]:
    made = build(Settings(data_dir=tmp_path / "data"))
    made.database.migrate()
    yield made
    made.close()


def _lease(wiring: Wiring) -> MailboxLease:
    return MailboxLease(wiring, SAMPLE_PROGRAM.id, "mailbox:x", LEASE)


def test_a_killed_processs_mailbox_is_taken_over_within_its_short_lease(wiring: Wiring) -> None:
    folder = str(wiring.settings.data_dir)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, folder, str(LEASE)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "taken\n"
        until = time.monotonic() + 2.5 * LEASE
        while time.monotonic() < until:
            assert not _lease(wiring).take(), "it waits for its server, and lives"
            time.sleep(0.2)
        holder.send_signal(signal.SIGKILL)
        killed_at = time.monotonic()
        mine = _lease(wiring)
        while not mine.take():
            assert time.monotonic() - killed_at < LEASE + 5
            time.sleep(0.05)
        mine.give_back()
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close() if holder.stdout is not None else None
    assert LEASE_S <= 15


def test_work_that_is_stuck_loses_its_mailbox(wiring: Wiring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox_lease, "STUCK_S", 0.1)
    stuck, other = _lease(wiring), _lease(wiring)
    assert stuck.take()
    until = time.monotonic() + LEASE + 5
    while not other.take():
        assert time.monotonic() < until
        time.sleep(0.1)
    with pytest.raises(LeaseLostError):
        time.sleep(LEASE / 5)
        stuck.keep()
    other.give_back()
    stuck.give_back()


def test_a_lease_that_another_took_is_told_at_the_next_look(wiring: Wiring) -> None:
    mine = _lease(wiring)
    assert mine.take()
    mine.keep()
    with wiring.database.write() as session:
        leases = Leases(session, mailbox_lease.utc_now())
        leases.release("mailbox:x", mine._owner)
        assert leases.take("mailbox:x", "another", 60.0)
    time.sleep(LEASE / 2)
    with pytest.raises(LeaseLostError):
        mine.keep()
    mine.give_back()
    assert not _lease(wiring).take(), "what another holds is not given back"
