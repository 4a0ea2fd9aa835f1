"""Which shop a file in a mail is of: the one that it names, whoever sent the mail."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Final

import pytest

from ingest.accept import DEFAULT_LIMITS
from ocr.document import ReadDefaults
from ocr.engines.base import OcrEngine
from pipeline.mail_reading import read_any
from receipts.errors import Rejection
from receipts.image import MediaType
from receipts.money import Currency
from tests.pipeline.conftest import OATS, e_receipt

REAL: Final = (
    ("rewe_ebon_1.pdf", "REWE"),
    ("rewe_ebon_5.pdf", "R E W E"),
    ("wolt-food-delivery.pdf", "Fly Chicken"),
    ("coolblue1.pdf", "Coolblue"),
)
"""PDFs with how the name begins that stands in them."""
FORWARD: Final = """---------- Forwarded message ---------
From: {sender}
Date: Tue, Mar 3, 2026 at 2:05 PM
Subject: receipt
To: <ann@mail.example>

here
"""


def no_engine() -> OcrEngine:
    raise AssertionError("there are no pixels to read")


def message(sender: str, text: str, pdf: bytes | None = None) -> EmailMessage:
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"], made["Subject"] = sender, "r@till.example", "receipt"
    made.set_content(text)
    if pdf is not None:
        made.add_attachment(pdf, maintype="application", subtype="pdf", filename="r.pdf")
    return made


def passed_on(pdf: bytes) -> dict[str, EmailMessage]:
    """Ways on which a file comes that is not of whoever sends it."""
    attached = message("Ann <ann@mail.example>", "see")
    attached.replace_header("Subject", "Fwd: receipt")
    attached.add_attachment(message("Bob Lee <bob@mail.example>", "here", pdf))
    typed = FORWARD.format(sender="Valmont Supercenter <orders@valmont.example>")
    return {
        "a friend's": message(
            "Ann <ann@mail.example>", FORWARD.format(sender="Bob Lee <bob@mail.example>"), pdf
        ),
        "a friend's, attached": attached,
        "typed": message("Ann <ann@mail.example>", typed, pdf),
        "direct": message("Ann <info@annlee.example>", "see", pdf),
    }


def shop(made: EmailMessage) -> str:
    defaults = ReadDefaults(Currency("USD"))
    found = read_any(
        made.as_bytes(), MediaType.EMAIL, engine=no_engine, defaults=defaults, limits=DEFAULT_LIMITS
    )
    assert not isinstance(found, Rejection), found
    return found[0].receipt.retailer.name


def test_a_file_is_of_the_shop_that_it_names() -> None:
    ways = passed_on(e_receipt("named", OATS))
    assert {way: shop(made) for way, made in ways.items()} == dict.fromkeys(ways, "Dollar Lantern")


@pytest.mark.parametrize(("name", "begins"), REAL)
def test_a_real_file_is_of_the_shop_that_it_names(shared_data: Path, name: str, begins: str) -> None:
    pdf = (shared_data / "receipts" / "pdf" / name).read_bytes()
    alone = shop(message("Ann <ann@mail.example>", "see", pdf))
    assert alone.startswith(begins)
    assert shop(passed_on(pdf)["a friend's"]) == alone


def test_an_invoice_that_shows_its_shop_in_a_picture_alone_is_not_of_its_customer(shared_data: Path) -> None:
    pdf = (shared_data / "receipts" / "pdf" / "saeco.pdf").read_bytes()
    assert shop(message("Ann <ann@mail.example>", "see", pdf)) == ""


def test_a_file_that_names_no_shop_is_its_senders() -> None:
    rows = "<p>Oats 500 g   3.99</p><p>Bread   2.50</p><p>Total   6.49</p>"
    made = message("Corner Shop <orders@corner.example>", "Your receipt is attached.")
    made.add_attachment(f"<html><body>{rows}</body></html>", subtype="html", filename="order.html")
    assert shop(made) == "Corner Shop"
