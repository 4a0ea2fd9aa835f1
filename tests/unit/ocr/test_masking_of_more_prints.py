"""Personal data in the ways that pages print it beside the plain ones."""

from __future__ import annotations

import pytest

from ocr.documents.text import text_page
from ocr.masking import Masked, mask_reading
from ocr.parse import Parsed, ReadDefaults, parse
from receipts.errors import Rejection
from receipts.money import Currency
from receipts.transcript import TextSource, Transcript


def masked(foot: str, shop: str = "") -> Masked:
    text = f"CORNER LARDER\n12 Mill Street\n{shop}\n06/03/2026 14:05\nOat flakes   3.29\nTOTAL   3.29\n{foot}"
    page = text_page(text)
    assert not isinstance(page, Rejection)
    answer = parse(page.rows, ReadDefaults(currency=Currency("GBP")))
    assert isinstance(answer, Parsed)
    return mask_reading(answer.receipt, Transcript(600, 900, page.rows, TextSource.PLAIN_TEXT, "text"))


@pytest.mark.parametrize(
    ("printed", "kept"),
    [
        ("VISA 4111\u200b1111\u200b1111\u200b1111", "VISA ****\u200b****\u200b****\u200b1111"),
        ("VISA 4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "VISA * * * * * * * * * * * * 1 1 1 1"),
        ("Card No: 4111 1111\n1111 1111", "Card No: **** ****\n**** 1111"),
        ("IBAN DE89 3704 0044\n0532 0130 00", "IBAN DE89 **** ****\n**** **30 00"),
        ("Account number 12345678", "Account number ****5678"),
        ("Kontonummer 1234567890", "Kontonummer ******7890"),
        ("Card holder: JOAN SMITH", "Card holder: **** *****"),
        ("CARDHOLDER JOAN SMITH", "CARDHOLDER **** *****"),
        ("Patient: Joan Smith", "Patient: **** *****"),
        ("Customer name\nJoan Maria Smith", "Customer name\n**** ***** *****"),
        ("Herr Max Mustermann", "Herr *** **********"),
        ("joan.smith @ gmail . com", "****.***** @ gmail . com"),
        ("Customer phone: 07700 900123", "Customer phone: ***** **0123"),
        ("Customer\nPhone 07700 900123", "Customer\nPhone ***** **0123"),
        ("TWINT +41 79 123 45 67", "TWINT +** ** *** 45 67"),
    ],
)
def test_persons_and_cards_are_hidden_however_they_are_printed(printed: str, kept: str) -> None:
    hidden = masked(printed)
    assert "\n".join(hidden.transcript.text.splitlines()[-kept.count("\n") - 1 :]) == kept
    assert hidden.receipt.retailer.phone == ""


def test_a_card_over_two_rows_is_painted_over_on_both() -> None:
    top, bottom = masked("Card No: 4111 1111\n1111 1111").card_quads
    assert top.bottom <= bottom.top + 1


@pytest.mark.parametrize(
    "printed",
    [
        "HERR PICKLES 500G",
        "MADAME LOIK AIL FINES HERBES 2.49",
        "DER HERR DER RINGE DVD 9,99",
        "CARDHOLDER BLACK LEATHER 19.99",
        "MR PRICE",
        "Receipt 4111 1111\n2222 3333",
        "Ref 1234 5678\n9012 3456",
        "PLU 4 1 1 1 1 1",
        "Customer service: 020 7946 0123",
        "Bag for life 0.30\nCustomer copy",
    ],
)
def test_what_only_looks_like_it_stays(printed: str) -> None:
    assert masked(printed).transcript.text.endswith(printed)


def test_the_shops_own_telephone_stays_beside_a_customers() -> None:
    hidden = masked("Customer phone: 07700 900123", shop="Tel 020 7946 0123")
    assert hidden.receipt.retailer.phone == "020 7946 0123"
    assert "Tel 020 7946 0123" in hidden.transcript.text


def masked_receipt(text: str) -> str:
    """The page's text as it is kept, with what the reader takes for goods."""
    page = text_page(text)
    assert not isinstance(page, Rejection)
    answer = parse(page.rows, ReadDefaults(currency=Currency("GBP")))
    assert isinstance(answer, Parsed)
    transcript = Transcript(600, 900, page.rows, TextSource.PLAIN_TEXT, "text")
    return mask_reading(answer.receipt, transcript).transcript.text


@pytest.mark.parametrize("goods", ["Card Holder: Black Nylon", "BARISTA OAT DRINK", "Waiter Corkscrew"])
def test_goods_that_are_called_as_persons_are_stay(goods: str) -> None:
    shown = masked_receipt(
        f"CORNER LARDER\n06/03/2026 14:05\n{goods}   14.99\nTOTAL   14.99\nCustomer: Joan Smith"
    )
    assert f"{goods} 14.99" in shown
    assert "Joan" not in shown


@pytest.mark.parametrize("who", ["Cashier: JOHN SMITH", "Kassierer: JOHN SMITH", "Served by JOHN SMITH at"])
def test_a_name_before_a_time_is_no_goods(who: str) -> None:
    shown = masked_receipt(f"CORNER LARDER\n06/03/2026\n{who} 12.30\nJOHN   5.49\nTea   2.00\nTOTAL   7.49")
    assert "SMITH" not in shown
