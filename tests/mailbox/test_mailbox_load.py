"""Much mail and large mail, in a process of its own whose memory is measured.

`pytest tests/mailbox/test_mailbox_load.py -s` prints times and peaks.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.imap_server import ImapServer

MAIL = b"From: maya@example.com\r\nMessage-ID: <%d@example.com>\r\nSubject: Receipt %d\r\n\r\nTotal 15.90\r\n"
MOST_MB = 300
"""What the issue allows the process."""
MANY = {"dovecot": 5_000, "pymap": 1_000}
"""Waiting mails by server: the larger number once is enough for the memory, and the suite has minutes."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@dataclass
class Ended:
    status: int
    seconds: float
    peak_mb: float
    output: str


MEASURE = """
import resource, subprocess, sys
ended = subprocess.run(sys.argv[1:], capture_output=True, text=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
print(ended.stdout, ended.stderr)
sys.exit(ended.returncode)
"""


def run_once(office: Any, **settings: Any) -> Ended:
    """`tillpoints mailbox --once`, with the highest resident memory that the system saw of it.

    A process is born with its parent's peak, so a small one stands between it and the tests.
    """
    told = office.process("mailbox", "--once", **settings)
    told["args"] = [sys.executable, "-c", MEASURE, *told["args"]]
    started = time.monotonic()
    ended = subprocess.run(**told, check=False, capture_output=True, text=True)
    seconds = time.monotonic() - started
    peak_mb, _, output = ended.stdout.partition("\n")
    return Ended(ended.returncode, seconds, float(peak_mb), output)


def test_five_thousand_waiting(office_in_memory: Any, imap_server: ImapServer) -> None:
    office, many = office_in_memory, MANY[imap_server.name]
    sent = [MAIL % (number, number) for number in range(many)]
    with imap_server.client(None) as client:
        for first in range(0, many, 500):
            client.multiappend("INBOX", sent[first : first + 500])
    ended = run_once(office)
    print(
        f"\n{imap_server.name}: {many} mails in {ended.seconds:.1f} s"
        f" ({many / ended.seconds:.0f} a second), peak {ended.peak_mb:.0f} MB"
    )
    assert ended.status == 0, ended.output
    assert f"{many} new" in ended.output
    assert ended.peak_mb < MOST_MB
    assert office.bells() == many
    hashes = office.rows("SELECT raw_sha256 FROM inbound_messages")
    assert len(set(hashes)) == many
    again = run_once(office)
    print(f"{imap_server.name}: nothing new in {again.seconds:.1f} s")
    assert "0 new" in again.output
    assert again.peak_mb < MOST_MB
    assert office.bells() == many


def test_thirty_megabytes(office: Any, imap_server: ImapServer) -> None:
    line = b"".join(b"%02x" % (number % 256) for number in range(38)) + b"\r\n"
    large = MAIL % (1, 1) + line * (30_000_000 // len(line))
    imap_server.append([large, MAIL % (2, 2)])
    ended = run_once(office)
    print(
        f"\n{imap_server.name}: {len(large) / 1e6:.0f} MB in {ended.seconds:.1f} s,"
        f" peak {ended.peak_mb:.0f} MB"
    )
    assert ended.status == 0, ended.output
    assert ended.peak_mb < MOST_MB
    assert Counter(office.stored()) == Counter([large, MAIL % (2, 2)])


def test_a_mail_over_the_limit_is_not_fetched(office: Any, imap_server: ImapServer) -> None:
    large = MAIL % (1, 1) + b"0123456789abcdef" * 300_000
    imap_server.append([large, MAIL % (2, 2)])
    ended = run_once(office, max_message_bytes=1_000_000)
    assert "1 new, 0 known before, 1 too large" in ended.output
    head = (MAIL % (1, 1)).partition(b"Total")[0]
    assert Counter(office.stored()) == Counter([head, MAIL % (2, 2)])
