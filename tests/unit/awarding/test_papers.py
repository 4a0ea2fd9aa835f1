"""A confirmation and the invoice that names its order are one purchase; two orders, two invoices are two."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Final

import pytest

from awarding.likeness import Different, MaybeSame, SamePurchase, same_purchase, shared_purchase_key
from awarding.purchase import PurchaseFacts, lookup_keys, purchase_key
from receipts.money import Currency, Money
from receipts.receipt import NumberKind

USD = Currency("USD")
ORDER, INVOICE, RECEIPT = NumberKind.ORDER, NumberKind.INVOICE, NumberKind.RECEIPT
DAY = date(2026, 3, 3)
CONFIRMATION: Final = PurchaseFacts(
    retailer_key="corner shop",
    store_key="",
    date=DAY,
    time=None,
    number="10234",
    currency=USD,
    total=Money(1048, USD),
    amounts=(499, 549),
    named=((ORDER, "10234"),),
)
BILL: Final = replace(
    CONFIRMATION,
    date=DAY + timedelta(days=2),
    number="1NV2026551",
    total=Money(1092, USD),
    named=((INVOICE, "1NV2026551"), (ORDER, "10234")),
)


def alike(first: PurchaseFacts, second: PurchaseFacts) -> type:
    return type(same_purchase(first, second))


@pytest.mark.parametrize(
    "bill",
    [
        BILL,
        replace(BILL, amounts=(1092,), total=CONFIRMATION.total),
        replace(BILL, amounts=(549,), total=Money(549, USD)),
        replace(BILL, retailer_key="corner shop retail"),
        replace(BILL, number="10234"),
    ],
)
def test_an_invoice_that_names_the_order_is_of_that_purchase(bill: PurchaseFacts) -> None:
    assert alike(CONFIRMATION, bill) is alike(bill, CONFIRMATION) is SamePurchase
    assert set(lookup_keys(bill)) & set(lookup_keys(CONFIRMATION)), "found by index"
    assert shared_purchase_key(bill, [("paid", CONFIRMATION)]) == "paid"


@pytest.mark.parametrize(
    "other",
    [
        replace(BILL, named=((INVOICE, "1NV2026551"), (ORDER, "10299"))),
        replace(BILL, named=((INVOICE, "1NV2026551"),)),
        replace(BILL, number="10299", named=((ORDER, "10299"), (ORDER, "10234"))),
        replace(BILL, amounts=(120, 310), total=Money(430, USD)),
        replace(BILL, is_refund=True),
        replace(BILL, currency=Currency("CAD"), total=Money(1092, Currency("CAD"))),
    ],
    ids=["another order", "no order", "an order that names the first", "other goods", "a refund", "currency"],
)
def test_what_is_not_of_the_order_is_another_purchase(other: PurchaseFacts) -> None:
    assert alike(CONFIRMATION, other) is alike(other, CONFIRMATION) is Different


def test_two_invoices_of_two_parts_of_one_order_are_two() -> None:
    later = date(2026, 3, 12)
    second = replace(BILL, date=later, number="1NV2026600", named=((INVOICE, "1NV2026600"), (ORDER, "10234")))
    assert alike(BILL, second) is Different, "the same things a second time"


def test_a_month_later_a_person_looks() -> None:
    """What is subscribed comes again under its order's number."""
    later = replace(BILL, date=DAY + timedelta(days=31), amounts=(1048,), total=CONFIRMATION.total)
    assert alike(CONFIRMATION, later) is MaybeSame


def test_tills_count_anew_each_day() -> None:
    coffee = replace(CONFIRMATION, amounts=(1048,), number="0042", named=((RECEIPT, "0042"),))
    assert alike(coffee, replace(coffee, date=DAY + timedelta(days=1))) is MaybeSame


def test_a_photo_of_the_till_receipt_is_that_of_the_mail_which_names_its_number() -> None:
    mailed = replace(BILL, date=DAY, amounts=(499, 549, 44), named=((ORDER, "10234"), (RECEIPT, "0047112")))
    photo = replace(mailed, number="0047112", named=(), amounts=(499, 549))
    assert alike(photo, mailed) is SamePurchase
    assert purchase_key(photo) != purchase_key(mailed)
    assert alike(photo, replace(mailed, named=mailed.named[:1])) is not SamePurchase
