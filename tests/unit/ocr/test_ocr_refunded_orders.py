"""What a mail's title says of its order: refunded or cancelled, whatever it thanks for; or bought."""

from __future__ import annotations

import pytest

from ocr.document import ReadDefaults, read_document
from receipts.errors import Rejection
from receipts.image import MediaType
from receipts.money import Currency
from tests.support.mail_parts import no_engine

LIST = "Date: 2026-11-20\nOats 500 g   3.99\nRye bread   2.50\nTotal   6.49\n"


def told(title: str) -> str:
    """Paid, refund, or why it is refused."""
    defaults = ReadDefaults(Currency("EUR"))
    text = f"Corner Shop\n{title}\n{LIST}".encode()
    answer = read_document(text, MediaType.TEXT, engine=no_engine, defaults=defaults)
    if isinstance(answer, Rejection):
        return answer.reason.value
    return "refund" if answer[0].receipt.is_refund else "paid"


@pytest.mark.parametrize(
    "title",
    [
        "Refund for order #10234\nThank you for shopping with Corner Shop",
        "Refund - order #10234 - Thank you for shopping",
        "Refund of order 10234\nThank you for your purchase",
        "Refund for your order no. WEB-10234",
        "Erstattung zu Bestellung 10234\nVielen Dank für Ihre Bestellung",
        "Remboursement de la commande 10234\nMerci pour votre commande",
        "Reembolso del pedido 10234\nGracias por tu compra",
        "Rimborso dell'ordine 10234\nGrazie per il tuo ordine",
        "Terugbetaling voor bestelling 10234\nBedankt voor je bestelling",
        "Återbetalning för order 10234\nTack för din beställning",
        "Zwrot za zamówienie 10234\nDziękujemy za zakupy",
    ],
)
def test_a_refund_of_the_order_is_one_whatever_it_thanks_for(title: str) -> None:
    assert told(title) == "refund"


@pytest.mark.parametrize(
    "title",
    [
        "Your order was canceled, can we help?",
        "Your order has been canceled, do you have questions?",
        "Order cancelled - can we help?",
        "Order #10234 cancelled: how can we help?",
        "Your order #10234 was canceled at your request. Was this a mistake?",
        "Ihre Bestellung wurde storniert, können wir helfen?",
        "Votre commande a été annulée, pouvons-nous vous aider ?",
        "Tu pedido ha sido cancelado, ¿podemos ayudarte?",
        "Il tuo ordine è stato annullato, possiamo aiutarti?",
    ],
)
def test_a_cancelled_order_is_none_though_help_is_offered(title: str) -> None:
    assert told(title) == "cancelled"


def rows(*lines: str) -> tuple[str, list[str]]:
    text = "\n".join(["Corner Shop", "March 3, 2026", *lines]).encode()
    answer = read_document(text, MediaType.TEXT, engine=no_engine, defaults=ReadDefaults(Currency("USD")))
    assert not isinstance(answer, Rejection), answer
    (reading,) = answer
    assert reading.receipt.balanced
    kind = "refund" if reading.receipt.is_refund else "paid"
    return f"{kind} {reading.receipt.total}", [item.description for item in reading.receipt.items]


def test_goods_behind_the_word_refund_are_goods() -> None:
    kept = rows("Rye bread   $5.49", "Oats   $4.99", "Refund: Oats   -$4.99", "Total   $5.49")
    assert kept == ("paid 5.49", ["Rye bread", "Oats"])
    whole = rows("Your refund", "Refund: Oats   $4.99", "Refund: Rye bread   $5.49", "Total refund   $10.48")
    assert whole == ("refund 10.48", ["Oats", "Rye bread"])
    assert rows("Refund: Oats   $4.99", "Total   $4.99") == ("refund 4.99", ["Oats"])


@pytest.mark.parametrize(
    "title",
    [
        "Thank you for shopping with Corner Shop\nOrder #10234",
        "Was your order canceled? Can we help?",
        "Was your order canceled, can we help?",
        "Order canceled, changed or late? Tell us within 1 hour.",
        "Order cancelled? Tell us within 1 hour.",
        "If your order was canceled, can we help?",
        "¿Tu pedido ha sido cancelado, podemos ayudarte?",
        "Your previous order was canceled, can we help with this one?\nThanks for your order #10234",
        "Request a refund for order #10234",
        "Refund for orders over 30 days: see our policy\nThank you for your order #10234",
        "Refund policy: 30 days\nThanks for your order",
        "Rückerstattung für Bestellungen: siehe AGB\nDanke für Ihre Bestellung 10234",
        "How to get a refund for order #10234",
    ],
)
def test_questions_and_terms_take_no_order_back(title: str) -> None:
    assert told(title) == "paid"
