"""Real forwards and broken mails, scored by their names. Skips where they are not at hand."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ingest.email.contents import MailLayer, open_mail
from ingest.email.unwrap import unwrap_mail
from receipts.errors import Rejection

ROOT = Path(__file__).resolve().parents[2]
EMAILS = Path(os.environ.get("TILLPOINTS_SHARED", ROOT.parent / "shared")) / "receipts" / "emails"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not EMAILS.is_dir(), reason="set TILLPOINTS_SHARED to the folder with receipts/emails/"
    ),
]


def test_forwards_of_all_programs_are_unwrapped_right() -> None:
    command = [sys.executable, "-m", "bench.forwards", str(EMAILS / "forwarded")]
    score = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    found = re.search(r"^all +(\d+) +(\d+) +(\d+)", score, re.MULTILINE)
    assert found is not None
    files, right, without_subject = map(int, found.groups())
    assert files > 100
    assert right == files
    # An answer and a forward of Outlook on the web differ by the subject line alone.
    assert without_subject >= files - 1, score


def test_broken_mails_are_opened_or_rejected_with_a_reason() -> None:
    mails = sorted((EMAILS / "mime").glob("*.eml"))
    assert len(mails) > 90
    opened = {path.name: open_mail(path.read_bytes()) for path in mails}
    assert all(isinstance(mail, MailLayer | Rejection) for mail in opened.values())
    rejected = [name for name, mail in opened.items() if isinstance(mail, Rejection)]
    assert not rejected
    assert all(not isinstance(unwrap_mail(path.read_bytes()), Rejection) for path in mails)


def test_broken_mails_cut_off_anywhere_are_opened_or_rejected() -> None:
    for path in sorted((EMAILS / "mime").glob("*.eml")):
        data = path.read_bytes()
        for size in range(0, len(data), max(1, len(data) // 12)):
            assert isinstance(open_mail(data[:size]), MailLayer | Rejection)
