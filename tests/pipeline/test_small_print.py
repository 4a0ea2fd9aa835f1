"""Small print hides nothing that cancels a purchase, pays it back or changes its total."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP

import pytest

from ingest.accept import DEFAULT_LIMITS
from ocr.document import ReadDefaults
from ocr.engines.base import OcrEngine
from pipeline.mail_reading import read_any
from receipts.errors import Rejection, RejectionReason
from receipts.image import MediaType
from receipts.money import Currency
from receipts.receipt import Receipt

SHORT = "Corner Shop\nOrder 5512\nOrder date: November 20, 2026\nOats 500 g   20.00\nTotal   20.00\n"
LONG = (
    "Corner Shop\nOrder 5512\nOrder date: November 20, 2026\n"
    + "".join(f"Oats number {letter}   1.00\n" for letter in "ABCDEFGHIJKLMNOPQRST")
    + "Total   20.00\n"
)
RULES = ("--", "Please do not reply to this email.", "You received this email.")


def no_engine() -> OcrEngine:
    raise AssertionError("there are no pixels to read")


def read(body: str, *, as_page: bool) -> Receipt | Rejection:
    message = EmailMessage(policy=SMTP)
    message["From"], message["Subject"] = "Corner Shop <orders@corner.example>", "Your order"
    if as_page:
        rows = "".join(f"<tr><td>{row.replace('   ', '</td><td>')}</td></tr>" for row in body.splitlines())
        message.set_content(f"<table>{rows}</table>", subtype="html")
    else:
        message.set_content(body)
    defaults = ReadDefaults(Currency("USD"))
    answer = read_any(
        message.as_bytes(), MediaType.EMAIL, engine=no_engine, defaults=defaults, limits=DEFAULT_LIMITS
    )
    if isinstance(answer, Rejection):
        return answer
    (reading,) = answer
    return reading.receipt


@pytest.mark.parametrize("as_page", [False, True])
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    ("below", "total"),
    [
        ("Coupon   -5.00\nTo pay   15.00", "15.00"),
        ("Discount   -5.00\nTotal   15.00", "15.00"),
        ("Shipping   4.00\nTotal   24.00", "24.00"),
    ],
)
def test_a_total_below_small_print_counts(rule: str, below: str, total: str, as_page: bool) -> None:
    found = read(f"{SHORT}{rule}\n{below}\n", as_page=as_page)
    assert isinstance(found, Receipt)
    assert (str(found.total), found.balanced, len(found.items)) == (total, True, 1)


BACK = (
    "Refund   -20.00\nTotal   0.00",
    "Refunded   -20.00\nTotal   0.00",
    "Your payment was\nrefunded today.",
)


@pytest.mark.parametrize("as_page", [False, True])
@pytest.mark.parametrize("receipt", [SHORT, LONG], ids=["short", "long"])
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("below", [*BACK, "Der Betrag wurde Ihnen erstattet.", "Vous avez été remboursé."])
def test_money_that_came_back_below_small_print_counts(
    rule: str, below: str, receipt: str, as_page: bool
) -> None:
    found = read(f"{receipt}{rule}\n{below}\n", as_page=as_page)
    assert isinstance(found, Receipt)
    assert found.is_refund


@pytest.mark.parametrize("as_page", [False, True])
@pytest.mark.parametrize("receipt", [SHORT, LONG], ids=["short", "long"])
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    "below", ["This order has been cancelled.\nYou were not charged.", "Ihre Bestellung wurde storniert."]
)
def test_a_cancellation_below_small_print_counts(rule: str, below: str, receipt: str, as_page: bool) -> None:
    found = read(f"{receipt}{rule}\n{below}\n", as_page=as_page)
    assert isinstance(found, Rejection)
    assert found.reason is RejectionReason.CANCELLED


POLICIES = (
    "You can return this for a full refund within 30 days.",
    "If your order was cancelled, we refund 5.00 of shipping.",
    "Order cancellation policy: see our terms.",
    "To cancel your order, call us. Refunds of up to 5.00 may take a week.",
    "Eine Rückerstattung ist innerhalb von 14 Tagen möglich.",
    "Vous pouvez être remboursé sous 14 jours.",
    "Rice 5 kg only 4.99 until 31 December",
    "Gift cards are not refundable.",
)


@pytest.mark.parametrize("as_page", [False, True])
@pytest.mark.parametrize("receipt", [SHORT, LONG], ids=["short", "long"])
@pytest.mark.parametrize("policy", POLICIES)
def test_how_one_may_cancel_takes_nothing_back(policy: str, receipt: str, as_page: bool) -> None:
    found = read(f"{receipt}--\n{policy}\n", as_page=as_page)
    assert isinstance(found, Receipt)
    assert (str(found.total), found.balanced, found.is_refund) == ("20.00", True, False)
