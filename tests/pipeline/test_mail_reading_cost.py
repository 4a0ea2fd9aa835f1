"""What is read of one mail is bounded: lines over all its originals, in seconds of this process."""

from __future__ import annotations

import cProfile
import time

import pytest

from ingest.accept import AcceptLimits
from ocr.document import ReadDefaults, read_document
from ocr.documents.pdf import _boxes
from ocr.drafts import Draft
from ocr.engines.base import OcrEngine
from ocr.own_kinds import own_kind
from ocr.rows import _middle_y, rows_from_boxes
from pipeline import mail_parts
from pipeline.mail_parts import MAX_LINES, MAX_STEPS, Budget, How, Part, Sender, read_within
from pipeline.mail_reading import read_any
from receipts.errors import Rejection, RejectionReason
from receipts.image import MediaType
from receipts.transcript import Quad, TextBox

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


ITEM = "Cola %d   2 x 1.50   3.00   Tea   1 x 2.50   2.50   Oats   3 x 1.00   3.%02d\r\n"
ROWS = "".join(ITEM % (n, n) for n in range(3))


def _asked(counted: cProfile.Profile, code: object) -> int:
    return sum(each.callcount for each in counted.getstats() if each.code == code)


HOW = How(_no_engine, ReadDefaults(currency="USD"), AcceptLimits())


def _looked_at(budget: Budget, part: Part) -> int:
    """Times that a row was looked at."""
    with cProfile.Profile() as counted:
        read_within(budget, part, HOW, Sender("", None))
    return _asked(counted, own_kind.__code__)


def test_a_text_is_paid_for_each_time_it_is_read() -> None:
    """Own words, small print and quotes are read apart and together: 62 kB of such took 17 s."""
    text = f"{ROWS}Total 99.00\r\n-- \r\n{ROWS}Total 98.00\r\n"
    for n in range(3):
        quoted = "".join(f"> {line}\r\n" for line in f"{ROWS}Total 97.00\r\n-- \r\n{ROWS}".splitlines())
        text += f"On Mon, Jan {n + 1}, 2024 at 1:00 PM A <a{n}@b.example> wrote:\r\n{quoted}\r\nok\r\n"
    part = Part(text.encode(), MediaType.TEXT, is_body=True)
    ample = Budget(steps=1_000_000)
    whole = _looked_at(ample, part)
    spent = 1_000_000 - ample.steps
    once = text.count("\n") * (1 + 10) // 2  # a row and its ten numbers
    assert spent > 1.3 * once
    scant = Budget(steps=spent // 3)
    assert _looked_at(scant, part) < whole // 2
    assert scant.steps >= 0


def test_a_short_mail_has_less_work_than_a_long_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """What 21 kB said four times over took 6 s."""
    monkeypatch.setattr(mail_parts, "FREE_STEPS", 20)
    text = f"{ROWS}Total 99.00\r\n-- \r\n{ROWS}Total 98.00\r\n"
    head = b"From: maya@mail.example\r\nSubject: x\r\n\r\n"

    def looked_at(mail: bytes) -> int:
        with cProfile.Profile() as counted:
            read_any(mail, MediaType.EMAIL, engine=_no_engine, defaults=HOW.defaults, limits=AcceptLimits())
        return _asked(counted, own_kind.__code__)

    short = looked_at(head + text.encode())
    assert looked_at(b"X-Long: " + b" x" * 2_000 + b"\r\n" + head + text.encode()) > short
    assert Budget.of(21_000).steps < MAX_STEPS // 3
    assert Budget.of(1_000_000).steps == MAX_STEPS


def _pdf(pages: int) -> bytes:
    """A PDF whose pages show one and the same stream: a few bytes more for each page."""
    rows = "".join(
        f"BT /F 4 Tf {10 + 36 * (n % 8)} {590 - n // 8 * 9} Td ({n % 9} x 1.25) Tj ET\n" for n in range(480)
    ).encode()
    kids = b" ".join(b"%d 0 R" % (5 + n) for n in range(pages))
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 600]/Contents 4 0 R/Resources<</Font<</F 3 0 R>>>>>>"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, pages),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(rows), rows),
        *[page] * pages,
    ]
    body, places = b"%PDF-1.4\n", list[int]()
    for number, each in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj%sendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    return body + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
        % (count, table, count, len(body))
    )


def test_pages_of_a_pdf_are_opened_as_far_as_the_work_of_a_mail_lasts() -> None:
    scant = Budget(steps=200)
    with cProfile.Profile() as counted:
        answer = read_within(scant, Part(_pdf(20), MediaType.PDF, name="a.pdf"), HOW, Sender("", None)).answer
    assert isinstance(answer, Rejection)
    assert answer.reason is RejectionReason.TOO_MANY
    assert _asked(counted, _boxes.__code__) < 5


def test_a_pdf_that_was_uploaded_has_no_more_work_than_a_mail() -> None:
    """Of 8 kB: 20 pages of one stream took 12 s."""
    with cProfile.Profile() as counted:
        answer = read_any(
            _pdf(20),
            MediaType.PDF,
            engine=_no_engine,
            defaults=HOW.defaults,
            limits=AcceptLimits(),
        )
    assert isinstance(answer, Rejection)
    assert answer.reason is RejectionReason.TOO_MANY
    assert _asked(counted, own_kind.__code__) == 0


def test_no_picture_is_looked_at_without_the_work_for_it() -> None:
    """The engine is never asked: it would fail."""
    blank = b"\x89PNG\r\n\x1a\n"
    answer = read_document(
        blank, MediaType.PNG, engine=_no_engine, defaults=HOW.defaults, allow=Budget(steps=9).allow
    )
    assert isinstance(answer, Rejection)
    assert answer.reason is RejectionReason.TOO_MANY


def test_the_boxes_of_a_level_page_do_not_ask_for_their_neighbours() -> None:
    boxes = [
        TextBox(
            "5.00",
            Quad.upright(
                left=n % 9 * 40.0, top=n // 9 * 9.0, right=n % 9 * 40 + 30.0, bottom=n // 9 * 9.0 + 8
            ),
            1.0,
        )
        for n in range(300)
    ]
    with cProfile.Profile() as counted:
        rows_from_boxes(boxes)
    assert _asked(counted, _middle_y.__code__) == 0, "by the square of the boxes"
