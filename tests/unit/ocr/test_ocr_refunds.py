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
