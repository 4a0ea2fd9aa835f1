"""Mails that say that money came back: told by their own words, in the languages of shops."""

from __future__ import annotations

import pytest

from ocr.document import ReadDefaults, read_document
from ocr.engines.base import OcrEngine
from receipts.errors import Rejection
from receipts.image import MediaType
from receipts.money import Currency

LIST = "Order number: 5512-77\nDate: 2026-11-20\nOats 500 g   3.99\nRye bread   2.50\nTotal   6.49\n"


def no_engine() -> OcrEngine:
    raise AssertionError("there are no pixels to read")


def is_refund(title: str) -> bool:
    text = f"Corner Shop\n{title}\n{LIST}"
    answer = read_document(
        text.encode(), MediaType.TEXT, engine=no_engine, defaults=ReadDefaults(Currency("EUR"))
    )
    assert not isinstance(answer, Rejection), answer
    return answer[0].receipt.is_refund


@pytest.mark.parametrize(
    "title",
    [
        "Refund from Corner Shop",
        "We've refunded you 6.49",
        "You have your money back",
        "The amount was credited to your card",
        "We have credited 6.49 to your account",
        "Rückzahlung von Corner Shop",
        "Wir haben Ihnen den Betrag erstattet",
        "Der Betrag wurde Ihrem Konto gutgeschrieben",
        "Vous avez été remboursé",
        "Te hemos devuelto el dinero",
        "Ti abbiamo rimborsato",
        "We hebben het bedrag teruggestort",
        "Pengarna tillbaka",
        "Tilbagebetaling til dit kort",
        "Zwrot płatności",
        "Vrácení peněz",
        "Devolução do valor",
    ],
)
def test_money_that_came_back_is_a_refund(title: str) -> None:
    assert is_refund(title)


@pytest.mark.parametrize(
    "title",
    [
        "You sent a payment of 6.49 to Corner Shop",
        "Paid with store credit",
        "30-day money back guarantee on all you buy",
        "Satisfait ou remboursé",
        "Geld-zurück-Garantie",
        "120 Punkte wurden Ihnen gutgeschrieben",
        "30 points have been credited to you",
    ],
)
def test_a_payment_is_none_whatever_else_is_said(title: str) -> None:
    assert not is_refund(title)


def items(data: str, media_type: MediaType) -> list[tuple[str, str]]:
    answer = read_document(
        data.encode(), media_type, engine=no_engine, defaults=ReadDefaults(Currency("USD"))
    )
    assert not isinstance(answer, Rejection), answer
    assert answer[0].receipt.is_refund
    assert answer[0].receipt.balanced
    return [(item.description, str(item.amount)) for item in answer[0].receipt.items]


@pytest.mark.parametrize("title", ["Refund for order 4471", "Your refund", "Refund"])
def test_the_words_above_a_refund_are_no_item(title: str) -> None:
    text = f"Corner Shop\n{title}\nOats 500 g   -3.99\nRefund total   -3.99\n"
    assert items(text, MediaType.TEXT) == [("Oats 500 g", "-3.99")]


@pytest.mark.parametrize("label", ["Refund for: ", "Refund for ", "Refund of "])
def test_goods_whose_row_says_refund_are_items(label: str) -> None:
    rows = ((f"{label}Oats", "-$8.00"), (f"{label}Rye bread", "-$2.50"))
    for listed, total in ((rows[:1], "-$8.00"), (rows, "-$10.50")):
        table = (*listed, ("Refund total", total))
        cells = "".join(f"<tr><td>{name}</td><td>{amount}</td></tr>" for name, amount in table)
        page = f"<h2>Corner Shop</h2><p>Order 44 - 3 March 2026</p><table>{cells}</table>"
        expected = [("Oats", "-8.00"), ("Rye bread", "-2.50")][: len(listed)]
        assert items(page, MediaType.HTML) == expected
