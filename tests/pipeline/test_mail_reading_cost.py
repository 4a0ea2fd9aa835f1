"""What is read of one mail is bounded: lines over all its originals, in seconds of this process."""

from __future__ import annotations

import time

from ingest.accept import AcceptLimits
from ocr.document import ReadDefaults
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
