"""What a mail shows and hides, whose day it bears, and what it is when it is no receipt."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

import pytest

from ocr.document import Reading, read_document
from ocr.engines.base import OcrEngine
from ocr.parse import ReadDefaults
from receipts.errors import MEMBER_SENTENCES, Rejection, RejectionReason
from receipts.image import MediaType
from receipts.money import Currency

DEFAULTS = ReadDefaults(Currency("USD"))
SUMS = (
    "<table><tr><td>Tea towel</td><td>$4.00</td></tr><tr><td>Apron</td><td>$9.50</td></tr>"
    "<tr><td>Total</td><td>$13.50</td></tr></table>"
)


def no_engine() -> OcrEngine:
    raise AssertionError("the engine was loaded")


def answer(page: str, **more: object) -> tuple[Reading, ...] | Rejection:
    return read_document(page.encode(), MediaType.HTML, engine=no_engine, defaults=DEFAULTS, **more)  # type: ignore[arg-type]


def only(page: str, **more: object) -> Reading:
    found = answer(page, **more)
    assert not isinstance(found, Rejection), found
    (reading,) = found
    return reading


@pytest.mark.parametrize(
    "hidden",
    [
        '<p style="display:none">SECRET</p>',
        '<p style="visibility:hidden">SECRET</p>',
        '<p style="font-size:0px">SECRET</p>',
        '<p style="max-height:0;overflow:hidden">SECRET</p>',
        '<p style="opacity:0">SECRET</p>',
        '<p style="mso-hide:all">SECRET</p>',
        '<p style="color:#ffffff">SECRET</p>',
        '<td bgcolor="#FFFFFF"><font color="white">SECRET</font></td>',
        "<p hidden>SECRET</p>",
        '<span aria-hidden="true">SECRET</span>',
        '<style>.pre{display:none!important}</style><div class="pre">SECRET</div>',
        "<style>#pre{color:#fff;background-color:#fff}</style><div id=pre>SECRET</div>",
        "<s>SECRET</s>",
        '<span style="text-decoration: line-through">SECRET</span>',
    ],
)
def test_hidden_text_is_not_read(hidden: str) -> None:
    assert "SECRET" not in only(hidden + SUMS).transcript.text


@pytest.mark.parametrize(
    "shown",
    [
        '<div style="font-size:0"><p style="font-size:14px">SHOWN</p></div>',
        '<table bgcolor="#003366"><tr><td style="color:#fff">SHOWN</td></tr></table>',
        '<div style="background:url(x.png)"><p style="color:white">SHOWN</p></div>',
        '<style>@media print{.a{display:none}}</style><p class="a">SHOWN</p>',
        '<div style="margin-left:-100px">SHOWN</div>',
    ],
)
def test_what_a_person_sees_is_read(shown: str) -> None:
    assert "SHOWN" in only(shown + SUMS).transcript.text


def test_the_day_of_the_mail_stands_in_only_where_none_is_printed() -> None:
    sent = dt.date(2025, 3, 9)
    receipt = only(SUMS, sent_on=sent).receipt
    assert receipt.date == sent and receipt.confidence_of("date") <= 0.5
    printed = only(f"<p>Order date: March 3, 2025</p>{SUMS}", sent_on=sent).receipt
    assert printed.date == dt.date(2025, 3, 3) and printed.confidence_of("date") > 0.9
    arriving = only(f"<p>Estimated delivery: March 20, 2025</p>{SUMS}", sent_on=sent).receipt
    assert arriving.date == sent, "the day of delivery is not the day of purchase"


def test_the_sender_names_the_shop_where_the_page_does_not() -> None:
    assert only(SUMS, hint="Corner Kitchen Orders").receipt.retailer.name == "Corner Kitchen"
    said = only(f"<p>Thanks for your order with Corvid Books.</p>{SUMS}", hint="PayPal").receipt
    assert said.retailer.name == "Corvid Books"


def test_a_heading_for_a_note_is_no_shop() -> None:
    heads = "<tr><td>Seller</td><td>Note to seller</td></tr>"
    page = f"<table>{heads}<tr><td>Corner Kitchen</td><td>No note.</td></tr></table>{SUMS}"
    assert only(page).receipt.retailer.name == "Corner Kitchen"


INVOICE_TO = """
<table><tr><td>Factuuradres</td><td>Afleveradres</td></tr>
<tr><td>Jansen Holding B.V.</td><td>M. Jansen</td></tr><tr><td>Kerkstraat 4</td><td>Kerkstraat 4</td></tr>
<tr><td>3500 AB Utrecht</td><td>3500 AB Utrecht</td></tr></table>
<table><tr><td>Klant</td><td>Order</td><td>Factuur</td></tr>
<tr><td>448120</td><td>SC0044410</td><td>VF1005193</td></tr></table>
<table><tr><td>Onderhoudsset</td><td>&euro; 49,99</td></tr>
<tr><td>Factuur totaal</td><td>&euro; 49,99</td></tr></table><p>Uw BTW nummer: NL003335996B98</p>"""


def test_an_invoice_is_not_named_by_whom_it_is_sent_to_nor_by_its_order() -> None:
    receipt = only(INVOICE_TO).receipt
    assert (receipt.retailer.name, receipt.retailer.address, receipt.retailer.tax_id) == ("", "", "")
    assert receipt.receipt_number == "VF1005193"
    named = only(f"{INVOICE_TO}<p>Kruidenhuis B.V. - BTW nr: NL815254295B01</p>").receipt.retailer
    assert (named.name, named.tax_id) == ("Kruidenhuis B.V.", "NL815254295")


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ("Booking 4417-20 on 2 Nov 2025 at Tidewater Baths", "Tidewater Baths"),
        ("Bestellung 4417-20 vom 2.11.2025 bei Kruidenhuis", "Kruidenhuis"),
        ("Lumen &amp; Sons - Order number 4417-20", "Lumen & Sons"),
        ("Order 4417-20 on 2 Nov 2025 at 10:30", ""),
        ("Order 4417-20 on 2 Nov 2025 from your phone", ""),
        ("Your order - Order number 4417-20", ""),
    ],
)
def test_a_row_with_the_number_names_the_shop(row: str, name: str) -> None:
    assert only(f"<p>{row}</p>{SUMS}").receipt.retailer.name == name


def test_a_gift_card_pays_and_takes_nothing_off_what_was_bought() -> None:
    receipt = only(
        "<table><tr><td>Tea towel</td><td>$14.00</td></tr><tr><td>Apron</td><td>$9.50</td></tr>"
        "<tr><td>Order total</td><td>$23.50</td></tr><tr><td>Gift card</td><td>-$10.00</td></tr>"
        "<tr><td>Amount charged</td><td>$13.50</td></tr></table>"
    ).receipt
    assert (str(receipt.total), len(receipt.items), receipt.balanced) == ("23.50", 2, True)


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ("<h1>Your order has shipped</h1><p>Tracking number 1Z99</p>", RejectionReason.SHIPPING_NOTICE),
        (f"<h1>Your order is on its way!</h1>{SUMS}", RejectionReason.SHIPPING_NOTICE),
        (f"<h1>Ihre Bestellung wurde versandt</h1>{SUMS}", RejectionReason.SHIPPING_NOTICE),
        (f"<h1>You left something in your cart</h1>{SUMS}", RejectionReason.NOT_BOUGHT),
        (f"<h1>Payment reminder</h1><p>Invoice 12</p>{SUMS}", RejectionReason.NOT_BOUGHT),
        (f"<h1>Your order has been cancelled</h1>{SUMS}", RejectionReason.CANCELLED),
        ("<h1>Sale: 20% off</h1><p>Mug $5.00</p><a>Shop now</a><p>Unsubscribe</p>", RejectionReason.ADVERT),
        ("<p>Reset your password within 24 hours.</p>", RejectionReason.NOT_A_RECEIPT),
    ],
)
def test_other_mails_are_rejected_with_what_they_are(page: str, reason: RejectionReason) -> None:
    found = answer(page)
    assert isinstance(found, Rejection) and found.reason is reason
    assert MEMBER_SENTENCES[reason].count(".") >= 2, "what happened, and what to do next"


def test_what_is_to_be_sent_later_is_no_shipping_notice() -> None:
    page = f"<h1>Order confirmed</h1><p>We will let you know once it has shipped.</p>{SUMS}"
    assert str(only(page).receipt.total) == "13.50"


def test_prices_for_one_piece_are_multiplied_where_the_sums_say_so() -> None:
    text = b"Item: Mug\nQty: 3\nPrice: $4.00\n\nItem: Bowl\nQty: 1\nPrice: $5.00\n\nTotal: $17.00\n"
    found = read_document(text, MediaType.TEXT, engine=no_engine, defaults=DEFAULTS)
    assert not isinstance(found, Rejection)
    receipt = found[0].receipt
    assert [(item.description, item.quantity, str(item.amount)) for item in receipt.items] == [
        ("Mug", 3, "12.00"),
        ("Bowl", 1, "5.00"),
    ]


def test_the_command_reads_mails_without_ocr(tmp_path: Path) -> None:
    page, order, mail = (tmp_path / name for name in ("page.html", "order.txt", "mail.eml"))
    page.write_text(f"<html><body>{SUMS}</body></html>")
    order.write_text("Tea towel   $4.00\nApron   $9.50\nTotal   $13.50\n")
    head = "From: a@example.com\nTo: b@example.com\nSubject: Order\nContent-Type: text/html\n\n"
    mail.write_text(head + SUMS)
    code = (
        "import atexit, sys\n"
        "engines = ('rapidocr', 'onnxruntime', 'cv2', 'ocr.pictures')\n"
        "atexit.register(lambda: print([name for name in engines if name in sys.modules], file=sys.stderr))\n"
        "from pipeline.cli import main\n"
        "main()\n"
    )
    command = [sys.executable, "-c", code, "read", "--json", "--jobs", "1", *map(str, (page, order, mail))]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    totals = [json.loads(line)["receipt"]["total"] for line in done.stdout.splitlines()]
    assert totals == ["13.50"] * 3
    assert done.stderr.splitlines()[-1] == "[]"
