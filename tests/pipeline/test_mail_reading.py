"""Which parts of a mail are read, and what is said of one that cannot be."""

from __future__ import annotations

from email.message import EmailMessage

from ingest.accept import DEFAULT_LIMITS
from ocr.document import ReadDefaults, Reading
from ocr.engines.base import OcrEngine
from pipeline.mail_reading import read_any
from receipts.errors import Rejection, RejectionReason
from receipts.image import MediaType
from receipts.money import Currency
from tests.pipeline.conftest import OATS, e_receipt

TNEF = b"\x78\x9f\x3e\x22" + b"\x00" * 5_000
ZIP = b"PK\x03\x04" + b"\x00" * 5_000


def no_engine() -> OcrEngine:
    raise AssertionError("there are no pixels to read")


def read(*attached: tuple[bytes, str]) -> tuple[Reading, ...] | Rejection:
    message = EmailMessage()
    message["From"], message["Subject"] = "maya@example.com", "My receipts"
    message.set_content("My receipts are attached. Thanks, Maya")
    for number, (data, kind) in enumerate(attached):
        main, _, sub = kind.partition("/")
        message.add_attachment(data, maintype=main, subtype=sub, filename=f"file-{number}")
    return read_any(
        message.as_bytes(),
        MediaType.EMAIL,
        engine=no_engine,
        defaults=ReadDefaults(Currency("USD")),
        limits=DEFAULT_LIMITS,
    )


def reason(answer: tuple[Reading, ...] | Rejection) -> RejectionReason:
    assert isinstance(answer, Rejection)
    return answer.reason


def test_a_winmail_dat_is_named_as_such() -> None:
    answer = read((TNEF, "application/ms-tnef"))
    assert reason(answer) is RejectionReason.OUTLOOK_WRAPPER
    assert isinstance(answer, Rejection)
    assert "winmail.dat" in answer.member_sentence


def test_an_archive_is_named_as_such() -> None:
    assert reason(read((ZIP, "application/zip"))) is RejectionReason.UNSUPPORTED_ARCHIVE


def test_a_damaged_file_says_more_than_the_words_around_it() -> None:
    assert reason(read((b"%PDF-1.4 cut short", "application/pdf"))) is RejectionReason.DAMAGED


def test_every_attached_receipt_is_read_whatever_type_is_declared() -> None:
    answer = read(
        (e_receipt("one", OATS), "application/octet-stream"), (e_receipt("two", OATS), "application/pdf")
    )
    assert not isinstance(answer, Rejection)
    assert len({reading.receipt.receipt_number for reading in answer}) == 2
