"""The numbers by which a mail's text names its purchase, and those that name something else."""

from __future__ import annotations

from typing import Final

import pytest

from ocr.document import ReadDefaults, read_document
from receipts.errors import Rejection
from receipts.image import MediaType
from receipts.money import Currency
from tests.support.mail_parts import no_engine

LIST: Final = "Oats 500 g   $4.99\nRye bread   $5.49\nSubtotal   $10.48\nTax   $0.44\nTotal   $10.92\n"


def named(head: str) -> list[tuple[str, str]]:
    text = f"Corner Shop\nMarch 3, 2026\n{head}\n\n{LIST}"
    defaults = ReadDefaults(Currency("USD"))
    found = read_document(text.encode(), MediaType.TEXT, engine=no_engine, defaults=defaults)
    assert not isinstance(found, Rejection), found
    (reading,) = found
    return [(number.kind.value, number.value) for number in reading.receipt.numbers]


@pytest.mark.parametrize(
    ("head", "numbers"),
    [
        ("Order #10234", [("order", "10234")]),
        ("Invoice INV-2026-551 for your order 10234", [("order", "10234"), ("invoice", "INV-2026-551")]),
        ("Tax Invoice No: 99120", [("invoice", "99120")]),
        ("Order number\nWEB-7781-A", [("order", "WEB-7781-A")]),
        ("Bestellnummer: 304-1187\nRechnungsnr. R/26/441", [("order", "304-1187"), ("invoice", "R/26/441")]),
        ("N° de commande : 55120\nFacture n° F-2026-18", [("order", "55120"), ("invoice", "F-2026-18")]),
        ("Número de pedido: 77120", [("order", "77120")]),
        ("Zamówienie nr 66120", [("order", "66120")]),
        ("Order no. 12-AB-2026-7", [("order", "12-AB-2026-7")]),
        ("Receipt no. 4471-009, transaction ID 8XK2", [("receipt", "4471-009"), ("transaction", "8XK2")]),
    ],
)  # fmt: skip
def test_numbers_are_named_by_their_labels(head: str, numbers: list[tuple[str, str]]) -> None:
    assert sorted(named(head)) == sorted(numbers)


@pytest.mark.parametrize(
    "head",
    [
        "Customer number: 4482010",
        "Customer order phone: 555-201-8844",
        "Loyalty card no. 55500012",
        "Store number: 10234",
        "VAT no GB123456789",
        "Tracking number: 1Z999AA10123456784",
        "Tel 0800 123 4567",
        "Call us to order: 555-201-8844",
        "Your reference: 4711-22",
        "Purchase order no. 4500012",
        "Track your order in shipment #998877",
        "You bought these before in order #10001",
        "This replaces order #10001",
        "Reorder of your order #10001",
        "Your previous order #10001",
        "Gift receipt no. 10001",
        "Order 24 cans and save",
        "Order date 03/03/2026",
        "Invoice total: 1,234.50",
        "Order in 2026",
        "Tax Invoice 15-Nov-2026",
        "Your next order: 10299",
        "Subscription order no. 88123",
        "Abo-Rechnung Nr. 4711",
    ],
)
def test_other_numbers_name_no_purchase(head: str) -> None:
    assert named(head) == []


def test_a_list_of_orders_names_none_as_its_own() -> None:
    assert named("\n".join(f"Order #{number}" for number in range(10231, 10236))) == []
