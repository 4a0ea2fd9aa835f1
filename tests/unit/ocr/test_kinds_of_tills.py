"""Ways of printing that other receipts brought, each as the rows that an engine returns of it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import NoReturn

import pytest

from ocr.document import ReadDefaults, read_document
from ocr.documents.base import PageText
from ocr.documents.text import text_pages
from ocr.item_text import with_letters
from ocr.parse import Parsed, parse
from receipts.errors import Rejection
from receipts.image import MediaType
from receipts.money import Currency
from receipts.receipt import Receipt

DEFAULTS = ReadDefaults(currency=Currency("USD"))
THREE_ROWS = """\
        ALDI SÜD
   Bahnhofstr. 22, 50321 Brühl
 Vollmilch 3,5%
      2 x      1,09
                     2,18 B
 Bio Eier 10er
      1 x      2,99
                     2,99 B
 Spülmaschinentabs
      3 x      3,45
                    10,35 A
 Summe              15,52
 Kartenzahlung EC   15,52
 28.08.26 17:12
"""
DEPARTMENTS = """\
        T.J.maxx
  3401 N Miami Ave Miami FL 33127
 08 MENS POLO     447781  16.99 T
 21 BATH TOWEL    118822   7.99 T
 21 BATH TOWEL    118822   7.99 T
 84 GIFT CANDLE   902211   9.99 T
 SUBTOTAL           $   42.96
 Sales Tax 7.000%   $    3.01
 TOTAL              $   45.97
 AMEX               $   45.97
 ITEMS 4   05/05/2026 19:15:03
"""
RETURNED = """\
      Clas Ohlson AB
    Org.nr: 556035-8672
 Kvitto 8842-113   2026-03-19 12:04
 36-5512 LED-lampa E27
            3 st    49,90    149,70
 18-2203 Skruvmejsel
            1 st    79,90     79,90
 Retur 41-1220 PENSEL
           -1 st    39,90    -39,90
 Totalt                 SEK  189,70
 varav moms 25%               37,94
 Kort                        189,70
"""
RATE_NUMBERS = """\
        E.LECLERC
   ZAC DES PORTES - 44800 ST HERBLAIN
 Le 02/06/26 à 11:07   Caisse 014
 PATES PANZANI 500G  1.29 € 11
 BEURRE PRESIDENT  2.69 € 11
 EMMENTAL RAPE  2.15 € 11
 COLGATE TOTAL 75ML  2.99 € 12
 Total 4 articles  9.12 €
 Carte bancaire  9.12 €
"""
WAS_NOW = """\
        meijer
   5125 Jackson Rd Ann Arbor MI
 4125010 MEIJER EGGS 12CT    2.49 F
 4400003 OREO FAMILY
      was 5.29   now         4.50 F
 3700087 CREST WHITE 2PK     9.99 T
 TOTAL                      16.98
 DISCOVER                   16.98
 08/29/26
"""


def _read(text: str) -> Receipt:
    page = text_pages(text.encode())
    assert not isinstance(page, Rejection)
    (rows,) = (each.rows for each in page if isinstance(each, PageText))
    parsed = parse(rows, DEFAULTS)
    assert isinstance(parsed, Parsed), parsed
    return parsed.receipt


def _sold(receipt: Receipt) -> list[tuple[str, str, str]]:
    return [(item.description, f"{item.quantity:f}", str(item.amount)) for item in receipt.items]


def test_name_count_and_amount_on_a_row_each() -> None:
    """The town behind the postcode begins as the Belarusian rouble's sign does, and is no price either."""
    receipt = _read(THREE_ROWS)
    assert _sold(receipt) == [
        ("Vollmilch 3,5%", "2", "2.18"),
        ("Bio Eier 10er", "1", "2.99"),
        ("Spülmaschinentabs", "3", "10.35"),
    ]
    assert receipt.balanced and receipt.currency_assumed


def test_departments_before_names_count_nothing() -> None:
    assert _sold(_read(DEPARTMENTS)) == [
        ("MENS POLO", "1", "16.99"),
        ("BATH TOWEL", "1", "7.99"),
        ("BATH TOWEL", "1", "7.99"),
        ("GIFT CANDLE", "1", "9.99"),
    ]


def test_goods_that_come_back_under_a_word_for_change() -> None:
    receipt = _read(RETURNED)
    assert receipt.balanced
    assert [str(item.amount) for item in receipt.items] == ["149.70", "79.90", "-39.90"]
    assert "PENSEL" in receipt.items[2].description


def test_a_number_of_the_tax_rate_behind_the_currency_is_no_price() -> None:
    receipt = _read(RATE_NUMBERS)
    assert [str(item.amount) for item in receipt.items] == ["1.29", "2.69", "2.15", "2.99"]
    assert str(receipt.total) == "9.12"


def test_what_a_price_was_names_nothing() -> None:
    assert [item.description for item in _read(WAS_NOW).items][1] == "OREO FAMILY"


@pytest.mark.parametrize(
    ("seen", "meant"),
    [
        ("GAT0RADE", "GATORADE"),
        ("C0CA-C0LA", "COCA-COLA"),
        ("WD40 SPRAY", "WD40 SPRAY"),
        ("H2O 1L", "H2O 1L"),
    ],
)
def test_a_nought_between_letters_is_a_letter(seen: str, meant: str) -> None:
    assert with_letters(seen) == meant


FUEL = """\
      ARAL Tankstelle
   Hauptstr. 5, 44795 Bochum
 Super E10      32,10 l x 1,859 EUR/l
                            59,67 A
 Summe                EUR   59,67
 girocard             EUR   59,67
 A 19% MwSt 9,53 Netto 50,14
 12.06.2026 08:11
"""
REDUCED = """\
      ESSELUNGA S.p.A.
   P.IVA 04916380159
   DOCUMENTO COMMERCIALE
LATTE INTERO 1L    4,00%      1,59
DETERSIVO DIXAN   22,00%      8,90
SCONTO FIDATY                -2,00
ZUCCHINE
  0,650 Kg X 2,48  4,00%      1,61
TOTALE COMPLESSIVO           10,10
di cui IVA                    1,37
Pagamento elettronico        10,10
   21-04-2026 17:55
"""


def _read_text(text: str) -> Receipt:
    answer = read_document(text.encode(), MediaType.TEXT, engine=_no_engine, defaults=DEFAULTS)
    assert not isinstance(answer, Rejection), answer
    return answer[0].receipt


def _no_engine() -> NoReturn:
    raise AssertionError("text needs no engine")


def test_a_tills_text_is_read_as_paper_is() -> None:
    receipt = _read_text(REDUCED)
    assert receipt.date == dt.date(2026, 4, 21)
    assert [str(item.discount or 0) for item in receipt.items] == ["0", "2.00", "0"]
    assert [f"{item.quantity:f}" for item in receipt.items] == ["1", "1", "0.650"]


def test_litres_and_price_of_fuel_in_text() -> None:
    (fuel,) = _read_text(FUEL).items
    assert fuel.quantity == Decimal("32.10")
    assert str(fuel.amount) == "59.67"


@pytest.mark.parametrize(
    ("row", "sold"),
    [
        ("Cashier: ANNA 12.30", False),
        ("Served by TOM 14.02", False),
        ("Server: TOM 14.02", False),
        ("Es bediente Sie ANNA 12.30", False),
        ("Bediener: ANNA   12,30", False),
        ("Caissière : ANNE 12,30", False),
        ("SERVER RACK 12.30", True),
        ("Barista oat drink 12.30", True),
    ],
)
@pytest.mark.parametrize("own_text", [False, True])
def test_who_sold_is_no_item_though_a_time_looks_like_money(row: str, sold: bool, own_text: bool) -> None:
    total = "15.70" if sold else "3.40"
    page = f"GREEN MARKET\n21/10/2026\nMilk 2L   1.45\n{row}\nBananas   1.95\nTOTAL   {total}"
    (text,) = text_pages(page.encode())
    read = parse(text.rows, DEFAULTS, own_text=own_text)
    assert isinstance(read, Parsed)
    assert len(read.receipt.items) == (3 if sold else 2)
    assert read.receipt.balanced


@pytest.mark.parametrize(
    ("row", "sold"),
    [
        ("Server 4.10 Tom", False),
        ("WAITER #4.10 ANNE MARIE", False),
        ("Kellner 4,10 Jonas", False),
        ("Op 4.10 Tom", False),
        ("Server rack 4.10", True),
        ("Barista 4.10 USD", True),
        ("Barista blend 4.10 A", True),
        ("Op shop bag 4.10", True),
        # A shop for the house sells them, and one without their further name tells them no other way.
        ("Server 4.10", True),
        ("Tbl 4.10", True),
        ("Table salt 4.10", True),
    ],
)
def test_a_sellers_number_is_no_price_even_where_it_would_make_the_sums_close(row: str, sold: bool) -> None:
    page = f"GREEN MARKET\n21/10/2026\nMilk 2L   1.45\n{row}\nBananas   1.95\nTOTAL   7.50"
    (text,) = text_pages(page.encode())
    read = parse(text.rows, DEFAULTS)
    assert isinstance(read, Parsed)
    assert [str(item.amount) for item in read.receipt.items] == ["1.45", *(["4.10"] if sold else []), "1.95"]


@pytest.mark.parametrize("row", ["UW VOORDEEL   1.50", "YOU SAVED   1.50", "TOTAL SAVINGS   1.50"])
@pytest.mark.parametrize("total", ["3.40", "4.90"])
def test_savings_told_without_a_minus_are_neither_goods_nor_a_discount(row: str, total: str) -> None:
    page = f"GREEN MARKET\n21/10/2026\nMilk 2L   1.45\nBananas   1.95\n{row}\nTOTAL   {total}"
    (text,) = text_pages(page.encode())
    read = parse(text.rows, DEFAULTS)
    assert isinstance(read, Parsed)
    assert [(str(item.amount), item.discount) for item in read.receipt.items] == [
        ("1.45", None),
        ("1.95", None),
    ]
    assert read.receipt.balanced is (total == "3.40")
