"""Slips that must not pay as purchases, and purchases that only speak of returns."""

from __future__ import annotations

import pytest

from ocr.documents.text import text_page
from ocr.parse import ReadDefaults, parse
from receipts.errors import Rejection, RejectionReason
from receipts.money import Currency
from receipts.receipt import Receipt

SHOP = "HARBOR FOODS\n14 Quay Street\nSpringfield IL 62701\n"
DAY = "11/20/2026 14:05\n"
BOUGHT = (("RYE LOAF", "3.49"), ("OAT DRINK", "2.99"), ("DUCK EGGS", "4.25"))
SUMS = (("SUBTOTAL", "10.73"), ("TAX", "0.85"), ("TOTAL", "11.58"))


def rows(*pairs: tuple[str, str]) -> str:
    return "".join(f"{name:<30}{amount:>10}\n" for name, amount in pairs)


ITEMS, TOTALS, PAID = rows(*BOUGHT), rows(*SUMS), rows(("VISA", "11.58"))


def answer(text: str, *, own_text: bool = False, currency: str = "USD") -> Receipt | Rejection:
    page = text_page(text)
    assert not isinstance(page, Rejection)
    read = parse(page.rows, ReadDefaults(Currency(currency)), own_text=own_text)
    return read if isinstance(read, Rejection) else read.receipt


def receipt(text: str, *, own_text: bool = False, currency: str = "USD") -> Receipt:
    read = answer(text, own_text=own_text, currency=currency)
    assert isinstance(read, Receipt), read
    return read


@pytest.mark.parametrize("own_text", [False, True])
@pytest.mark.parametrize(
    "heading",
    [
        "*** RETURN ***",
        "REFUND",
        "RETURN TRANSACTION",
        "CREDIT NOTE",
        "CREDIT NOTE NO 4417",
        "MERCHANDISE RETURN",
        "REFUND RECEIPT",
        "RETOURE",
        "Gutschrift",
        "REMBOURSEMENT",
        "Ticket de retour",
        "DEVOLUCIÓN",
        "RESO MERCE",
        "NOTA DE CRÉDITO",
        "RETOURBON",
        "ÅTERKÖP",
        "RETUR",
        "TILBAGEBETALING",
        "HYVITYS",
        "ZWROT TOWARU",
        "DOBROPIS",
        "VISSZÁRU",
        "ВОЗВРАТ ПРИХОДА",
        "VÖRUSKIL",
        "返品",
        "환불",
    ],
)
def test_a_heading_that_says_return_makes_it_one(heading: str, own_text: bool) -> None:
    assert receipt(f"{SHOP}{heading}\n{ITEMS}{TOTALS}{PAID}{DAY}", own_text=own_text).is_refund


@pytest.mark.parametrize(
    "tender",
    [
        "VISA REFUND",
        "REFUNDED TO VISA",
        "CASH REFUND",
        "REFUND DUE",
        "AUSZAHLUNG BAR",
        "REMBOURSEMENT CB",
        "REEMBOLSO",
        "RIMBORSO CONTANTI",
        "TERUGBETALING",
        "ÅTERBETALT",
        "UTBETALING",
        "ZWROT GOTÓWKI",
    ],
)
def test_a_whole_total_paid_back_is_a_return(tender: str) -> None:
    assert receipt(f"{SHOP}{ITEMS}{TOTALS}{rows((tender, '11.58'))}{DAY}").is_refund


@pytest.mark.parametrize("heading", ["*** RETURN ***", "** REFUND **", "RETURN TRANSACTION"])
def test_a_heading_below_the_items_counts_too(heading: str) -> None:
    assert receipt(f"{SHOP}{ITEMS}{TOTALS}{PAID}{heading}\n{DAY}").is_refund


@pytest.mark.parametrize("form", ["({})", "{}CR", "{} CR", "{} -", "{}-", "-{}", "−{}"])
def test_amounts_in_brackets_or_credited_are_negative(form: str) -> None:
    goods = [(name, form.format(amount)) for name, amount in (*BOUGHT, ("TOTAL", "10.73"))]
    read = receipt(SHOP + rows(*goods) + DAY)
    assert read.is_refund
    assert str(read.total) == "-10.73"
    assert [str(item.amount) for item in read.items] == ["-3.49", "-2.99", "-4.25"]
    assert read.balanced


@pytest.mark.parametrize("own_text", [False, True])
@pytest.mark.parametrize(
    ("heading", "reason"),
    [
        ("*** TRANSACTION VOIDED ***", RejectionReason.CANCELLED),
        ("*** TRANSACTION VOIDED **X", RejectionReason.CANCELLED),
        ("X** TRANSACTION VOIDED ***", RejectionReason.CANCELLED),
        ("TRANSACTION CANCELLED", RejectionReason.CANCELLED),
        ("*** VOID ***", RejectionReason.CANCELLED),
        ("BON STORNIERT", RejectionReason.CANCELLED),
        ("TICKET ANNULÉ", RejectionReason.CANCELLED),
        ("VENTA ANULADA", RejectionReason.CANCELLED),
        ("KÖPET AVBRUTET", RejectionReason.CANCELLED),
        ("PARAGON ANULOWANY", RejectionReason.CANCELLED),
        ("SUSPENDED SALE", RejectionReason.NOT_BOUGHT),
        ("PRO FORMA INVOICE", RejectionReason.NOT_BOUGHT),
        ("PRICE QUOTE", RejectionReason.NOT_BOUGHT),
        ("TRAINING MODE", RejectionReason.NOT_A_RECEIPT),
        ("TRAINING MODE - NOT A RECEIPT", RejectionReason.NOT_A_RECEIPT),
        ("THIS IS NOT A RECEIPT", RejectionReason.NOT_A_RECEIPT),
        ("*** TRAININGSMODUS ***", RejectionReason.NOT_A_RECEIPT),
        ("MODE ÉCOLE", RejectionReason.NOT_A_RECEIPT),
    ],
)
@pytest.mark.parametrize("below", [False, True])
def test_a_slip_that_says_it_is_no_sale_is_refused(
    heading: str, reason: RejectionReason, below: bool, own_text: bool
) -> None:
    head, foot = ("", heading + "\n") if below else (heading + "\n", "")
    read = answer(f"{SHOP}{head}{ITEMS}{TOTALS}{PAID}{DAY}{foot}", own_text=own_text)
    assert isinstance(read, Rejection)
    if not own_text:
        assert read.reason is reason


@pytest.mark.parametrize(
    "ending",
    [
        rows(("CARD DECLINED", "11.58")),
        "CARD DECLINED\n",
        PAID + "DECLINED\n",
        rows(("VISA DECLINED", "11.58")),
        "ZAHLUNG ABGELEHNT\n",
        "PAIEMENT REFUSÉ\n",
    ],
)
def test_a_declined_card_paid_nothing(ending: str) -> None:
    read = answer(SHOP + ITEMS + TOTALS + ending + DAY)
    assert isinstance(read, Rejection)
    assert read.reason is RejectionReason.NOT_BOUGHT


@pytest.mark.parametrize(
    "ending", [rows(("CASH", "12.00"), ("CHANGE", "0.42")), rows(("MASTERCARD", "11.58"))]
)
def test_what_paid_after_a_declined_card_counts(ending: str) -> None:
    assert not receipt(SHOP + ITEMS + TOTALS + "CARD DECLINED\n" + ending + DAY).is_refund


THANKS = "Thank you\nCome again soon\nOpen daily\nYour team\n"
FOOTERS = (
    "Returns within 30 days with receipt",
    "REFUND POLICY: 30 days",
    "NO REFUNDS WITHOUT RECEIPT",
    "NO REFUND",
    "RETURN POLICY",
    "RETURNS & EXCHANGES",
    "Please keep this slip for any\nreturn",
    "We give a full\nrefund\nwithin 14 days",
    "Altered receipts are\nvoid",
    "Cancelled cheques are no proof of purchase",
    "Refunds go to the original card",
    "Goods may be returned\nunopened",
    "SIGNATURE NOT REQUIRED\nTIP DECLINED",
    "DONATION DECLINED",
    "Rückgabe nur mit Kassenbon",
    "Umtausch und Erstattung binnen 14 Tagen",
    "Keine Erstattung auf Aktionsware",
    "Retour possible sous 30 jours\navec ce ticket",
    "Échange ou remboursement sous 15 jours",
    "Devoluciones en 30 días con ticket",
    "Rimborso solo con scontrino",
    "Retour binnen 14 dagen met bon",
    "Öppet köp 30 dagar, retur med kvitto",
    "Zwrot w ciągu 14 dni",
    "Ask about our staff training",
    "Get a free quote for your kitchen",
    "Card members save more",
    "RETURN VALUE 0.00",
)


@pytest.mark.parametrize("own_text", [False, True])
@pytest.mark.parametrize("footer", FOOTERS)
def test_a_policy_makes_no_purchase_a_return(footer: str, own_text: bool) -> None:
    read = receipt(f"{SHOP}{ITEMS}{TOTALS}{PAID}{DAY}{THANKS}{footer}\n", own_text=own_text)
    assert not read.is_refund
    assert str(read.total) == "11.58"


def test_all_policies_at_once_make_none_either() -> None:
    assert not receipt(SHOP + ITEMS + TOTALS + PAID + "\n".join(FOOTERS) + "\n" + DAY).is_refund


@pytest.mark.parametrize(
    "text",
    [
        "RETURNED ITEM\n" + rows(("RYE LOAF", "3.49-"), ("GOOSE LIVER", "14.22"), ("TOTAL", "10.73")),
        "RETURN\n" + rows(("RYE LOAF", "-3.49"), ("GOOSE LIVER", "14.22"), ("TOTAL", "10.73")),
        rows(("GOOSE LIVER", "14.22")) + "RETURN\n" + rows(("RYE LOAF", "3.49-"), ("TOTAL", "10.73")),
        rows(("BOTTLE REFUND", "-0.30"), *BOUGHT, ("TOTAL", "10.43")),
        rows(*BOUGHT, ("DEPOSIT REFUND", "-1.00"), ("TOTAL", "9.73"), ("CASH", "9.73")),
        rows(*BOUGHT, ("TOTAL", "10.73"), ("VISA", "21.46"), ("AUSZAHLUNG", "10.73")),
        rows(*BOUGHT, ("STORE COUPON", "(1.00)"), ("TOTAL", "9.73"), ("VISA", "9.73")),
        rows(*BOUGHT) + "VOID\n" + rows(("DUCK EGGS", "-4.25"), ("TOTAL", "6.48"), ("CASH", "6.48")),
        rows(*BOUGHT) + "ITEM VOIDED\n" + rows(("DUCK EGGS", "-4.25"), ("TOTAL", "6.48"), ("CASH", "6.48")),
        rows(("RETURN LABEL PRINTER", "10.73"), ("TOTAL", "10.73"), ("CASH", "10.73")),
    ],
)
def test_one_thing_given_back_on_a_purchase_makes_no_return(text: str) -> None:
    assert not receipt(SHOP + text + DAY).is_refund


VOIDED = [("RYE LOAF", "3.49"), ("DUCK EGGS", "4.25")]


@pytest.mark.parametrize(
    "void",
    [
        ("VOID OAT DRINK", "-2.99"),
        ("VOIDED OAT DRINK", "2.99-"),
        ("ITEM VOID OAT DRINK", "-2.99"),
        ("OAT DRINK VOID", "-2.99"),
        ("STORNO OAT DRINK", "-2.99"),
        ("ANNULÉ OAT DRINK", "-2.99"),
        ("VOID OAT DRINX", "-2.99"),
        ("OAT DRINK", "-2.99"),
    ],
)
def test_a_voided_line_takes_back_the_item_that_it_names(void: tuple[str, str]) -> None:
    text = rows(*BOUGHT, void, ("SUBTOTAL", "7.74"), ("TAX", "0.85"), ("TOTAL", "8.59"))
    read = receipt(SHOP + text + DAY)
    assert [(item.description, str(item.amount)) for item in read.items] == VOIDED
    assert [item.discount for item in read.items] == [None, None]
    assert read.balanced


def test_of_two_items_at_one_price_the_named_one_goes() -> None:
    text = rows(("OAT DRINK", "2.99"), ("RYE LOAF", "2.99"), ("VOID OAT DRINK", "-2.99"), ("TOTAL", "2.99"))
    assert [item.description for item in receipt(SHOP + text + DAY).items] == ["RYE LOAF"]


def test_one_of_several_pieces_is_voided() -> None:
    text = rows(("OAT DRINK", "5.98")) + "  2 @ 2.99\n"
    text += rows(("RYE LOAF", "3.49"), ("VOID OAT DRINK", "-2.99"), ("TOTAL", "6.48"))
    read = receipt(SHOP + text + DAY)
    kept = [(item.description, f"{item.quantity.normalize():f}", str(item.amount)) for item in read.items]
    assert kept == [("OAT DRINK", "1", "2.99"), ("RYE LOAF", "1", "3.49")]


def test_a_void_of_something_unknown_takes_nothing_off_another_item() -> None:
    text = rows(*BOUGHT, ("VOID SALT", "-1.00"), ("TOTAL", "9.73"))
    read = receipt(SHOP + text + DAY)
    assert all(item.discount is None for item in read.items)


@pytest.mark.parametrize("heading", ["Please scan your next item", "Select payment method", "FINISH AND PAY"])
def test_a_self_checkouts_screen_before_paying_is_no_purchase(heading: str) -> None:
    page = f"SELF CHECKOUT\n{heading}\nMilk 2L   1.45\nBread   1.20\nBalance due   2.65\n14/04/2026 12:11"
    answer = parse(text_page(page).rows, ReadDefaults(Currency("GBP")))  # type: ignore[union-attr]
    assert isinstance(answer, Rejection)
    assert answer.reason is RejectionReason.NOT_BOUGHT


@pytest.mark.parametrize("word", ["Retur", "Return", "Retoure"])
def test_goods_called_a_return_above_the_total_are_no_change_and_no_discount(word: str) -> None:
    read = receipt(
        SHOP + DAY + rows(("BRASS SCREWS", "59.00"), (f"{word} PAINT BRUSH", "-39.00"), ("TOTAL", "20.00"))
    )
    assert [str(item.amount) for item in read.items] == ["59.00", "-39.00"]
    assert all(item.discount is None for item in read.items)
    assert read.balanced
    assert not read.is_refund


def test_a_swedish_e_receipt_lists_what_came_back() -> None:
    text = "ICA\n2026-03-03\nPENSEL   39,00\nFÄRG   99,00\nRetur PENSEL   -39,00\nTotalt   99,00 SEK\n"
    read = answer(text, own_text=True, currency="SEK")
    assert isinstance(read, Receipt)
    assert [str(item.net) for item in read.items] == ["39.00", "99.00", "-39.00"]
    assert read.balanced
