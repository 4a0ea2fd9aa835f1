"""Terms of returns in an order's mail make it no refund; a sentence that money came back does."""

from __future__ import annotations

import pytest

from ocr.document import ReadDefaults, read_document
from ocr.engines.base import OcrEngine
from ocr.own_small_print import cancels, pays_back
from receipts.errors import Rejection, RejectionReason
from receipts.image import MediaType
from receipts.money import Currency
from receipts.receipt import Receipt

ORDER = "Order #10234\n\nOats 500 g   $4.99\nRye bread   $5.49\nTax   $0.44\nTotal   $10.92\n"
POLICIES = (
    "You may return items within 30 days for a full refund.",
    "Not happy? Return it for a full refund.",
    "Questions about a refund? Visit our help center.",
    "100% money back. No questions asked.",
    "Refunded items are credited within 5 days.",
    "Bottle deposit is refunded when bottles are returned.",
    "Substitutions: you will be refunded any price difference.",
    "Your order can be cancelled until it ships.",
    "Order cancelled? Tell us within 1 hour.",
    "Bei Nichtgefallen Geld zurück.",
    "Sie können innerhalb von 14 Tagen widerrufen und erhalten Ihr Geld zurück.",
    "Rückerstattungen erfolgen auf das ursprüngliche Zahlungsmittel.",
    "Im Falle des Widerrufs werden Zahlungen erstattet.",
    "Les articles retournés sont remboursés sous 14 jours.",
    "Tienes 30 días para devoluciones. Te hacemos el reembolso completo.",
    "Hai 30 giorni per il reso e il rimborso.",
    "Niet goed, geld terug. Terugbetaling binnen 14 dagen.",
    "Öppet köp 30 dagar, återbetalning sker till ditt kort.",
    "Masz 14 dni na zwrot towaru i zwrot pieniędzy.",
)
PAID_BACK = (
    "Your refund has been processed.",
    "We've processed your refund of $10.92. You should see it within 5 business days.",
    "Your refund is complete. It can take 5 days until you see it.",
    "We have refunded $10.92 to your Visa.",
    "Refund issued",
    "Receipt for your refund",
    "The amount was refunded.",
    "Ihre Rückerstattung: $10.92",
    "Vous avez été remboursé.",
    "Te hemos reembolsado 10,92.",
)


def no_engine() -> OcrEngine:
    raise AssertionError("there are no pixels to read")


def read(text: str) -> Receipt | Rejection:
    defaults = ReadDefaults(Currency("USD"))
    answer = read_document(text.encode(), MediaType.TEXT, engine=no_engine, defaults=defaults)
    return answer if isinstance(answer, Rejection) else answer[0].receipt


@pytest.mark.parametrize("policy", POLICIES)
def test_an_order_with_its_terms_is_an_order(policy: str) -> None:
    for text in (
        f"Thanks for shopping at Corner Shop!\n{policy}\n{ORDER}",
        f"Corner Shop\n{ORDER}\n{policy}\n",
    ):
        found = read(text)
        assert isinstance(found, Receipt), found
        assert (str(found.total), found.balanced, found.is_refund) == ("10.92", True, False)
    assert not pays_back(policy)
    assert not cancels(policy)


@pytest.mark.parametrize("told", PAID_BACK)
def test_money_that_came_back_is_a_refund_below_thanks_too(told: str) -> None:
    for above in ("Corner Shop\n", "Thanks for shopping at Corner Shop!\n"):
        found = read(f"{above}{told}\n{ORDER}")
        assert isinstance(found, Receipt), found
        assert found.is_refund


@pytest.mark.parametrize("told", ["Refunded (out of stock)", "We have refunded $4.50 for your oat drink."])
def test_a_part_that_came_back_leaves_the_rest_bought(told: str) -> None:
    found = read(f"Here's your receipt from Corner Shop\n{told}\nOat drink   -$4.50\n{ORDER}")
    assert isinstance(found, Receipt), found
    assert (str(found.total), found.is_refund) == ("10.92", False)


def test_an_order_that_was_cancelled_is_told_by_its_sentence() -> None:
    found = read(f"Your order has been cancelled. If you were charged, a refund may take 5 days.\n{ORDER}")
    assert isinstance(found, Rejection)
    assert found.reason is RejectionReason.CANCELLED


@pytest.mark.parametrize(
    "told",
    [
        "One item in your order was cancelled: oat drink.",
        "We have cancelled 1 item in your order.",
        "From your order 2 items were cancelled.",
        "Your order has been cancelled for the following items: milk",
        "If your order was cancelled you get your money back in 5 days.",
        "Ein Artikel Ihrer Bestellung wurde storniert.",
        "Un article de votre commande a été annulée.",
    ],
)
def test_a_thing_that_was_cancelled_leaves_the_rest_bought(told: str) -> None:
    found = read(f"Corner Shop\nYour receipt\n{told}\n{ORDER}")
    assert isinstance(found, Receipt), found
    assert (str(found.total), found.is_refund) == ("10.92", False)


@pytest.mark.parametrize(
    "told",
    [
        "All items in your order have been cancelled.",
        "We have cancelled your order.",
        "Your order #10234 was cancelled because some items are out of stock.",
        "Since some items are out of stock, your order has been cancelled.",
        "Your order of 2 items has been cancelled.",
        "We've cancelled your order - items were unavailable",
        "We can confirm that your order has been cancelled.",
        "Your order #10234 has been cancelled and any payment will be refunded",
        "Ihre Bestellung 10234 wurde storniert, da der Artikel nicht lieferbar ist",
    ],
)
def test_an_order_of_which_all_was_cancelled_is(told: str) -> None:
    found = read(f"Corner Shop\n{told}\n{ORDER}")
    assert isinstance(found, Rejection)
    assert found.reason is RejectionReason.CANCELLED


@pytest.mark.parametrize(
    "told",
    [
        "Your refund of $10.92 will be credited within 5-7 days",
        "Your refund has been initiated and should reach you within 5 days",
        "Ihre Rückerstattung wird innerhalb von 5 Tagen gutgeschrieben",
        "Votre remboursement sera effectué sous 5 jours",
        "Order confirmation\nStatus: Refunded",
    ],
)
def test_days_that_a_bank_takes_leave_a_refund_one(told: str) -> None:
    found = read(f"{told}\n{ORDER}")
    assert isinstance(found, Receipt), found
    assert found.is_refund


@pytest.mark.parametrize(
    "told",
    ["Your refund of $2.00 will arrive in 5 days.", "Your refund will be paid once we have your return."],
)
def test_a_refund_of_a_part_or_to_come_leaves_the_order_bought(told: str) -> None:
    found = read(f"Corner Shop\nThank you for your order\n{told}\n{ORDER}")
    assert isinstance(found, Receipt), found
    assert not found.is_refund
