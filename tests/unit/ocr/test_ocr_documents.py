"""Documents with text of their own: mail, HTML, PDF, plain text. None of them may load an engine."""

from __future__ import annotations

import subprocess
import sys
from email.message import EmailMessage

import pytest

from ingest.accept import DEFAULT_LIMITS
from ocr.document import Reading, read_document
from ocr.engines.base import OcrEngine
from ocr.parse import ReadDefaults
from ocr.rows import tidy
from pipeline.mail_reading import read_any
from receipts.errors import Rejection
from receipts.image import MediaType
from receipts.money import Currency
from receipts.transcript import TextSource

DEFAULTS = ReadDefaults(Currency("GBP"))
HTML = """<html><body>
<div style="display:none">Total: £999.00</div>
<h1>Corner Books Ltd</h1><p>Order number: CB-10042</p><p>Placed on 3 March 2024</p>
<table><tr><th>Description</th><th>Qty</th><th>Amount</th></tr>
<tr><td>The Sea, paperback</td><td>1</td><td>£8.99</td></tr>
<tr><td>Atlas of Hills</td><td>1</td><td>£21.00</td></tr></table>
<table><tr><td>Order Total:</td><td>£29.99</td></tr><tr><td>Visa</td><td>£29.99</td></tr></table>
</body></html>"""
NOTICE = "Hello,\nyour parcel is on its way. Tracking number AB123456789.\nEstimated delivery: 5 March 2024\n"


def no_engine() -> OcrEngine:
    raise AssertionError("the engine was loaded")


def read(data: bytes, media_type: MediaType) -> tuple[Reading, ...]:
    answer = read_document(data, media_type, engine=no_engine, defaults=DEFAULTS)
    assert not isinstance(answer, Rejection), answer
    return answer


def assert_is_the_order(reading: Reading) -> None:
    receipt = reading.receipt
    assert str(receipt.total) == "29.99"
    assert receipt.currency == "GBP"
    assert receipt.date is not None and receipt.date.isoformat() == "2024-03-03"
    assert [item.description for item in receipt.items] == ["The Sea, paperback", "Atlas of Hills"]
    assert receipt.balanced
    assert reading.picture_jpeg is None


def test_html_is_read_as_it_shows() -> None:
    (reading,) = read(HTML.encode(), MediaType.HTML)
    assert_is_the_order(reading)
    assert reading.transcript.source is TextSource.HTML
    assert "999" not in reading.transcript.text, "hidden text is not read"
    assert reading.receipt.retailer.name == "Corner Books Ltd"


ORDER_ROWS = "".join(
    f"<tr><td>{name}</td><td>1</td><td>${amount}</td></tr>"
    for name, amount in (("Ham", "3.00"), ("Long grain rice in a paper bag", "4.00"), ("Tea", "12.00"))
)


def test_short_names_keep_their_amounts_in_the_column() -> None:
    page = (
        "<h1>Pinehill Goods</h1><p>Order date: November 20, 2026</p>"
        f"<table><tr><th>Item</th><th>Qty</th><th>Total</th></tr>{ORDER_ROWS}"
        '<tr><td colspan="2">Order total:</td><td>$19.00</td></tr></table>'
    )
    (reading,) = read(page.encode(), MediaType.HTML)
    assert [str(item.amount) for item in reading.receipt.items] == ["3.00", "4.00", "12.00"]
    edges = {row.boxes[-1].quad.right for row in reading.transcript.rows[-4:]}
    assert len(edges) == 1


def mail(*, html: str | None = None, text: str = "See the attachment.") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "Corner Books <shop@example.com>", "me@example.com"
    message["Subject"] = "Your order"
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    return message


def read_mail(data: bytes) -> tuple[Reading, ...] | Rejection:
    return read_any(data, MediaType.EMAIL, engine=no_engine, defaults=DEFAULTS, limits=DEFAULT_LIMITS)


def opened(data: bytes) -> tuple[Reading, ...]:
    answer = read_mail(data)
    assert not isinstance(answer, Rejection)
    return answer


def test_mail_is_read_from_its_html() -> None:
    (reading,) = opened(mail(html=HTML).as_bytes())
    assert_is_the_order(reading)


def test_an_attached_mail_is_opened() -> None:
    outer = mail(text="Forwarded for my points.")
    outer.add_attachment(mail(html=HTML))
    (reading,) = opened(outer.as_bytes())
    assert_is_the_order(reading)


def test_a_shipping_notice_is_no_receipt() -> None:
    answer = read_mail(mail(text=NOTICE).as_bytes())
    assert isinstance(answer, Rejection)


def test_two_orders_in_one_mail_are_two_receipts() -> None:
    def order(number: str, name: str, price: str) -> str:
        return (
            f"Order number: {number}\nPlaced on 3 March 2024\n{name}   £{price}\n"
            f"Order Total:   £{price}\nPayment: Visa   £{price}\n\n"
        )

    text = "Corner Books Ltd\n" + order("CB-10042", "The Sea", "8.99") + order("CB-10043", "Atlas", "21.00")
    readings = read(text.encode(), MediaType.TEXT)
    assert [(r.receipt.receipt_number, str(r.receipt.total)) for r in readings] == [
        ("CB-10042", "8.99"),
        ("CB-10043", "21.00"),
    ]


def test_mails_within_mails_end_somewhere() -> None:
    message = mail(text="innermost")
    for _ in range(12):
        outer = mail(text="outer")
        outer.add_attachment(message)
        message = outer
    answer = read_mail(message.as_bytes())
    assert isinstance(answer, Rejection)


@pytest.mark.parametrize(
    "data", [b"\x00\xff\xfe" * 50, b"From: \xff\xff\nContent-Type: multipart/mixed\n\n--x"]
)
def test_hostile_mail_is_rejected(data: bytes) -> None:
    assert isinstance(read_mail(data), Rejection)


def test_reading_text_imports_no_engine() -> None:
    code = (
        "import sys\n"
        "from ocr.document import ReadDefaults, read_document\n"
        "from receipts.image import MediaType\nfrom receipts.money import Currency\n"
        "defaults = ReadDefaults(Currency('USD'))\n"
        "read_document(b'hello', MediaType.TEXT, engine=lambda: 1/0, defaults=defaults)\n"
        "print([name for name in ('rapidocr', 'onnxruntime') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_characters_that_are_never_printed_do_not_enter_a_transcript() -> None:
    assert tidy("TO\x00TAL \x07 1\ud800.50\x85 Café \N{GRINNING FACE}") == "TOTAL 1.50 Café \N{GRINNING FACE}"
    (reading,) = read(HTML.replace("Atlas", "At\x07las").encode(), MediaType.HTML)
    assert "\x07" not in reading.transcript.text
    assert [item.description for item in reading.receipt.items][1] == "Atlas of Hills"
