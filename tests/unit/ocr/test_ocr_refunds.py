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


def bought(text: str) -> tuple[str, list[str]]:
    """Total and goods of what must be a purchase whose sums close."""
    answer = read_document(
        text.encode(), MediaType.TEXT, engine=no_engine, defaults=ReadDefaults(Currency("EUR"))
    )
    assert not isinstance(answer, Rejection), answer
    receipt = answer[0].receipt
    assert (receipt.is_refund, receipt.balanced) == (False, True)
    return str(receipt.total), [item.description for item in receipt.items]


@pytest.mark.parametrize(
    "title",
    [
        "Ihre Gutschrift wurde eingelöst",
        "Your credit has been redeemed",
        "Credit note CN-88 was used",
        "Your refund credit was applied to this order",
        "Votre avoir n° 88 a été utilisé",
        "Je terugbetaling is verrekend",
        "Tu reembolso ha sido aplicado",
        "Your Refund Protection is active",
        "Rückerstattungsschutz ist aktiv",
        "Garantie de remboursement",
    ],
)
def test_a_credit_that_was_spent_or_insured_is_no_refund(title: str) -> None:
    assert not is_refund(title)


@pytest.mark.parametrize(
    "title",
    [
        "Ihre Gutschrift Nr. 88",
        "Your refund has been applied to your card",
        "Your refund was issued to the card you used",
        "Wir haben Ihnen eine Gutschrift erstellt",
        "Refund for order 4471",
        "Refund for order 4471  -6.49",
    ],
)
def test_what_was_given_back_is_one_wherever_it_went(title: str) -> None:
    assert is_refund(title)


@pytest.mark.parametrize("name", ["Refund Protection Plan", "Refund Guarantee", "Rückerstattungsschutz"])
def test_a_refund_that_is_insured_is_a_product(name: str) -> None:
    text = f"Corner Tickets\nOrder #44710\nMarch 3, 2026\nConcert ticket  40.00\n{name}  4.50\nTotal  44.50\n"
    assert bought(text) == ("44.50", ["Concert ticket", name])


@pytest.mark.parametrize(
    "rows",
    [
        "Oats  13.00\nRefund for order #10234  -5.00\nTotal  8.00\n",
        "Oats  10.00\nRye bread  3.00\nSubtotal  13.00\nRefund of order 10234  -€5.00\nTotal  8.00\n",
        "Oats  13.00\nShipping  2.00\nYour refund  -5.00\nTotal  10.00\n",
        "Oats  13.00\nGutschrift eingelöst  -5,00\nGesamtbetrag  8,00\n",
    ],
)
def test_what_another_order_gave_back_makes_this_one_cheaper(rows: str) -> None:
    total, goods = bought(f"Corner Shop\nOrder #44711\nMarch 3, 2026\n{rows}")
    assert total in {"8.00", "10.00"}
    assert goods[0] == "Oats"


@pytest.mark.parametrize("rows", ["Order total  6.49\nRefund  -6.49\n", "Refund  -6.49\nOrder total  6.49\n"])
def test_an_order_that_came_back_whole_is_a_refund(rows: str) -> None:
    text = f"Corner Shop\nOrder number: 5512-77\nDate: 2026-11-20\nOats   3.99\nRye bread   2.50\n{rows}"
    answer = read_document(
        text.encode(), MediaType.TEXT, engine=no_engine, defaults=ReadDefaults(Currency("EUR"))
    )
    assert not isinstance(answer, Rejection), answer
    assert answer[0].receipt.is_refund
