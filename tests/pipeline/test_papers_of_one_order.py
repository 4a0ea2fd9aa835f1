"""An order's confirmation, its invoice and a note about it are one purchase; two orders are two."""

from __future__ import annotations

import html as html_module
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final

import pytest

from receipts.errors import Rejection
from tests.support.mail_parts import read, receipts

LIST: Final = "Oats 500 g   $4.99\nRye bread   $5.49\n"
SUMS: Final = "Subtotal   $10.48\nTax   $0.44\nTotal   $10.92\n"
ORDER: Final = f"Order #10234\n\n{LIST}{SUMS}"
BARE: Final = f"Order #10234\n\n{LIST}Total   $10.48\n"
INVOICE: Final = f"Invoice INV-2026-551\nOrder #10234\n\n{LIST}{SUMS}"
ONE: Final = [("Corner Shop", "10.92", 3)]


def forward(text: str, day: int = 3) -> str:
    return (
        "---------- Forwarded message ---------\nFrom: Corner Shop <orders@corner.example>\n"
        f"Date: Tue, Mar {day}, 2026 at 2:05 PM\nSubject: Your order\nTo: <ann@mail.example>\n\n{text}\n"
    )


def mail(text: str, *files: str) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = "Ann <ann@mail.example>", "r@till.example"
    message["Subject"], message["Date"] = "Fwd: Your order", "Sat, 21 Mar 2026 08:00:00 +0000"
    message.set_content(text)
    for number, file in enumerate(files):
        rows = "".join(f"<p>{html_module.escape(line)}</p>" for line in file.split("\n"))
        message.add_attachment(f"<html><body>{rows}</body></html>", subtype="html", filename=f"{number}.html")
    return message.as_bytes()


def test_an_order_and_its_invoice_forwarded_together_are_one() -> None:
    assert receipts(mail(forward(ORDER) + forward(INVOICE, 5))) == ONE
    assert receipts(mail(forward(INVOICE) + forward(ORDER, 5))) == ONE
    assert receipts(mail(forward(BARE, 2) + forward(INVOICE))) == ONE, "the one with the tax counts"


def test_an_order_and_its_invoice_as_files_are_one() -> None:
    assert receipts(mail(forward("See below."), ORDER, INVOICE)) == ONE
    without_order = INVOICE.replace("Order #10234\n", "")
    assert receipts(mail(forward("See below."), ORDER, without_order)) == ONE


def test_an_order_without_its_tax_is_that_of_the_invoice_beside_it() -> None:
    assert receipts(mail(forward(BARE), INVOICE)) == ONE


@pytest.mark.parametrize("other", [10299, 9])
def test_two_orders_of_the_same_things_are_two(other: int) -> None:
    second = ORDER.replace("10234", str(other))
    assert receipts(mail(forward(ORDER) + forward(second, 5))) == [*ONE, ("Corner Shop", "10.92", 5)]
    assert receipts(mail(forward("See below."), ORDER, second)) == [*ONE, *ONE]


@pytest.mark.parametrize("numbers", [("10234", "10299"), ("B7X2K", "9QK3Z"), ("WEB-10234", "100234")])
def test_two_orders_of_one_day_are_two_whatever_their_numbers_look_like(numbers: tuple[str, str]) -> None:
    first, second = (ORDER.replace("10234", number) for number in numbers)
    assert receipts(mail(forward(first) + forward(second))) == [*ONE, *ONE]
    assert receipts(mail(forward("See below."), f"{first}\n\n{second}")) == [*ONE, *ONE], "in one file"


def test_what_is_ordered_again_is_another_order_though_it_names_the_first() -> None:
    again = ORDER.replace("10234", "10299") + "You bought these before in order #10234\n"
    assert receipts(mail(forward(ORDER) + forward(again, 9))) == [*ONE, ("Corner Shop", "10.92", 9)]


def test_the_same_things_on_another_day_without_a_number_are_two() -> None:
    text = f"{LIST}{SUMS}"
    assert receipts(mail(forward(text) + forward(text, 5))) == [*ONE, ("Corner Shop", "10.92", 5)]


@pytest.mark.parametrize("end", ["total with tax $10.92", "paid $10.92 for all"])
def test_what_somebody_writes_about_the_purchase_below_is_no_other(end: str) -> None:
    assert receipts(mail(f"My things:\noats $4.99\nbread $5.49\n{end}\nThanks!\n\n{forward(ORDER)}")) == ONE


def test_a_purchase_of_ones_own_above_a_forward_stays() -> None:
    own = "Old Mill\nDate: 2026-03-07\nRice   $3.10\nTea   $5.20\nTotal   $8.30\n"
    found = [part.outcome for part in read(mail(f"{own}\n{forward(ORDER)}"))]
    totals = [str(each.receipt.total) for each in found if not isinstance(each, Rejection)]
    assert totals == ["10.92", "8.30"]
