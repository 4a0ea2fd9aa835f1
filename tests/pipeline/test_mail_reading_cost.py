"""What is read of one mail is bounded: lines over all its originals, in seconds of this process."""

from __future__ import annotations

import cProfile
import time

from ingest.accept import AcceptLimits
from ocr.document import ReadDefaults
from ocr.drafts import Draft
from ocr.engines.base import OcrEngine
from pipeline.mail_parts import MAX_LINES
from pipeline.mail_reading import read_any
from receipts.errors import Rejection
from receipts.image import MediaType

HEAD = b"From: maya@mail.example\r\nSubject: Fwd: x\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n"
LINES = b"Item 5.00\r\n" * 400 + b"Total 2000.00\r\n"
MOST_S = 15.0
"""Two on a machine that does nothing else."""


def _no_engine() -> OcrEngine:
    raise AssertionError("the mail has text of its own")


def test_two_hundred_long_texts_are_read_up_to_the_bound() -> None:
    part = (
        b"--B\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\n" + LINES
    )
    started = time.process_time()
    answer = read_any(
        HEAD + part * 190,
        MediaType.EMAIL,
        engine=_no_engine,
        defaults=ReadDefaults(currency="USD"),
        limits=AcceptLimits(),
    )
    assert time.process_time() - started < MOST_S
    assert not isinstance(answer, Rejection)
    assert len(answer) == MAX_LINES // 402


def test_a_long_text_whose_sums_do_not_close_is_read_in_little_time() -> None:
    text = b"Shop\r\n" + b"".join(b"Item %d   5.%02d\r\n" % (n, n % 90 + 10) for n in range(195))
    with cProfile.Profile() as counted:
        read_any(
            b"From: maya@mail.example\r\nSubject: x\r\n\r\n" + text + b"Total   9999.99\r\n",
            MediaType.EMAIL,
            engine=_no_engine,
            defaults=ReadDefaults(currency="USD"),
            limits=AcceptLimits(),
        )
    asked = [each.callcount for each in counted.getstats() if each.code == Draft.net.fget.__code__]
    assert sum(asked) < 100_000, "the amounts are summed up from the start for every choice of rows"
