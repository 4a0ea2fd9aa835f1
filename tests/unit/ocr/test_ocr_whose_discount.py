"""What comes off: which item a discount is taken from, and what only sounds like one."""

from __future__ import annotations

import pytest

from ocr.documents.text import text_page
from ocr.parse import ReadDefaults, parse
from receipts.errors import Rejection
from receipts.money import Currency
from receipts.receipt import Receipt


def read(text: str) -> Receipt:
    answer = parse(text_page(text).rows, ReadDefaults(Currency("USD")))  # type: ignore[union-attr]
    assert not isinstance(answer, Rejection), answer
    return answer.receipt


def off(receipt: Receipt) -> dict[str, str]:
    return {item.description: str(item.discount) for item in receipt.items if item.discount is not None}


def test_a_voucher_below_the_subtotal_is_off_no_item() -> None:
    receipt = read(
        """
        E.LECLERC
        33300 Bordeaux
        04/06/26 18:45
        CAFE MOULU 250G           6,58 €
           REMISE IMMEDIATE      -1,65 €
        EAU MIN 6X1,5L            2,34 €
          SOUS-TOTAL              7,27 €
        BON D'ACHAT              -2,00 €
        TOTAL A PAYER 2 articles  5,27 €
        CB EMV                    5,27 €
        """
    )
    assert (str(receipt.total), receipt.balanced, off(receipt)) == (
        "5.27",
        True,
        {"CAFE MOULU 250G": "1.65"},
    )


def test_discounts_below_the_subtotal_are_off_the_items_that_they_name() -> None:
    receipt = read(
        """
        ALBERT HEIJN
        AH Utrecht Neude
        AANTAL OMSCHRIJVING      PRIJS BEDRAG
         1 AH HALFVOLLE MELK            1,19
         2 DE KOFFIE SNELFILT    5,99  11,98 B
         3 CHOCOLA REEP          1,29   3,87 B
         6 SUBTOTAAL                   17,04
        BONUS DEKOFFIE SNEL            -3,00
        BONUS CHOCOLAREEP              -1,29
        BONUSBOX                       -0,50
        UW VOORDEEL                     4,79
        TOTAAL                         12,25
        PINNEN                         12,25
        21/10/2026 18:10
        """
    )
    assert (str(receipt.total), receipt.balanced) == ("12.25", True)
    assert off(receipt) == {"DE KOFFIE SNELFILT": "3.00", "CHOCOLA REEP": "1.29"}


def test_a_column_of_savings_leaves_quantities_and_what_was_paid() -> None:
    receipt = read(
        """
        Genossenschaft Migros Zürich
        8001 Zürich
        Artikelbezeichnung      Menge  Preis  Gespart  Total
        M-Classic Milch 1L      2      1.60   0.40     2.80 1
        Bananen Bio             0.842  3.20            2.70 1
        Lindt Schokolade 100g   1      2.95   0.60     2.35 1
        Total CHF                                      7.85
        TWINT                                          7.85
        21.10.2026 17:35
        """
    )
    assert receipt.balanced
    assert [(str(item.quantity), str(item.amount)) for item in receipt.items] == [
        ("2", "2.80"),
        ("0.842", "2.70"),
        ("1", "2.35"),
    ]


@pytest.mark.parametrize(
    ("row", "named"),
    [
        ("MFR CPN CHEERIOS           0.75-", "CHEERIOS 18Z"),
        ("COUPON CHEERIOS            0.75-", "CHEERIOS 18Z"),
        ("STORE COUPON              0.75-", "HONEYCRISP APL"),
        ("KROGER SAVINGS             0.75-", "HONEYCRISP APL"),
    ],
)
def test_a_discount_is_off_the_item_that_it_names(row: str, named: str) -> None:
    receipt = read(
        f"""
        Kroger
        3330 Kroger Plaza
        KROGER MILK 2%             2.99 F
        CHEERIOS 18Z               4.49 F
        HONEYCRISP APL             4.36 F
        {row}
        TAX                        0.00
        **** BALANCE              11.09
        VISA                      11.09
        10/30/26 05:44pm
        """
    )
    assert (receipt.balanced, off(receipt)) == (True, {named: "0.75"})


def test_goods_that_begin_like_a_discount_are_sold() -> None:
    receipt = read(
        """
        TESCO
        Cambridge Extra
        MEAL DEAL SANDWICH       £3.25
        INNOCENT SMOOTHIE        £2.80
         Meal Deal £3.90        -£2.15
        TOTAL                    £3.90
        VISA                     £3.90
        04/05/26 13:20
        """
    )
    assert [str(item.amount) for item in receipt.items] == ["3.25", "2.80"]
    assert receipt.balanced


def test_fuel_whose_amount_stands_outside_the_column_is_an_item() -> None:
    receipt = read(
        """
        SHELL
        3301 LAKE BLVD
        08/21/2026 06:12:44 PM
        UNLEADED REG
        GALLONS  11.482
        PRICE/G  $4.899
        FUEL SALE $56.25
        SNICKERS KING         $2.79
        COFFEE LG             $2.29
        SUBTOTAL             $61.33
        SALES TAX             $0.23
        TOTAL                $61.56
        CREDIT               $61.56
        """
    )
    assert [str(item.amount) for item in receipt.items] == ["56.25", "2.79", "2.29"]
    assert receipt.balanced


@pytest.mark.parametrize(
    ("row", "name", "code"),
    [
        ("001 7891000100103 LEITE MOCA 395G", "LEITE MOCA 395G", "7891000100103"),
        ("(A) LEITE MOCA 395G", "LEITE MOCA 395G", None),
        ("C00 TEJ LEITE 1L", "TEJ LEITE 1L", None),
    ],
)
def test_serials_and_tax_codes_before_a_name_are_no_part_of_it(row: str, name: str, code: str | None) -> None:
    receipt = read(
        f"LOJA MODELO\nRua 5\n12/08/2026 20:44\n{row}    15.98\nCAFE PILAO   2.00\nTOTAL   17.98\nCASH"
    )
    assert (receipt.items[0].description, receipt.items[0].code) == (name, code)


def test_a_price_below_a_cent_makes_no_thousands_of_pieces() -> None:
    receipt = read(
        "CORNER SHOP\nLong Road\n14/04/2026 12:11\n0.0001 kg Saffron @ 10000.00   1.00\nTOTAL   1.00\nCASH"
    )
    assert receipt.items[0].quantity < 2


def test_a_tender_for_some_of_the_goods_is_not_the_total() -> None:
    receipt = read(
        """
        SAFEWAY
        STORE 1122  SEATTLE WA
         LUCERNE MILK GAL      4.29 S
         CHICKEN BRST          3.99 S
         TOASTED BAGEL         3.49 S
         SOUP CUP              4.50 T
         TAX                   0.46
         **** BALANCE         16.73
         EBT FOOD             11.77
         VISA                  4.96
         CHANGE                0.00
        10/11/26 17:20
        """
    )
    assert (str(receipt.total), len(receipt.items), receipt.balanced) == ("16.73", 4, True)


def test_a_discount_on_fuel_leaves_the_total_below_it() -> None:
    receipt = read(
        """
        KROGER FUEL CENTER
        2100 OAK ST DAYTON OH
        09/09/26 08:01
        PUMP 3
        REGULAR UNLEADED
        12.345 GAL @ 3.299/GAL
        FUEL SALE            40.73
        FUEL DISCOUNT        -1.23
        TOTAL                39.50
        VISA                 39.50
        """
    )
    assert (str(receipt.total), receipt.balanced) == ("39.50", True)
    assert [(str(item.amount), str(item.discount)) for item in receipt.items] == [("40.73", "1.23")]


def test_a_check_digit_behind_a_second_dash_is_no_count() -> None:
    receipt = read(
        """
        HARDWARE HOUSE
        OTTAWA ON K1A 0B1
        037-1234-8 MOTOR OIL 5W30       34.99
        062-5566-2 WIPER FLUID          16.98
        TOTAL                           51.97
        VISA                            51.97
        11/18/2026 14:03
        """
    )
    assert [(item.code, int(item.quantity)) for item in receipt.items] == [
        ("037-1234-8", 1),
        ("062-5566-2", 1),
    ]


def test_a_companys_number_above_the_first_item_is_not_its_name() -> None:
    receipt = read(
        """
        BILKA
        Hundige  CVR 35954716
        2 x COCA COLA 1,5L
          á 22,95              45,90
        HAKKET OKSEKØD         49,95
        POSE                    4,00
        AT BETALE              99,85
        MASTERCARD             99,85
        2026-05-06 12:12
        """
    )
    assert (receipt.items[0].description, receipt.items[0].code) == ("COCA COLA 1,5L", None)


def test_the_day_is_no_time_and_neither_is_part_of_the_number() -> None:
    receipt = read(
        "Lidl\nHauptstr. 1\nVollmilch   1,09 A\nWasser   1,74 B\nzu zahlen   2,83\nKarte   2,83\n"
        "Bon 1123 12.05.26 18:44"
    )
    assert receipt.time is not None
    assert (str(receipt.date), receipt.time.isoformat("minutes")) == ("2026-05-12", "18:44")
    ticket = read("CARREFOUR\nLAIT   1,09 €\nTOTAL   1,09 €\nCB   1,09 €\nTicket 00321 04/06/26 18:45")
    assert ticket.receipt_number == "00321"


def test_a_table_that_prints_the_tax_before_the_net_amount_tells_the_tax() -> None:
    receipt = read(
        """
        Lidl
        Hauptstr. 1, 12345 Berlin
        Vollmilch              6,26 A
        Wasser                 2,94 B
        zu zahlen              9,20
        Karte                  9,20
        MWST%  MWST + Netto = Brutto
        A  7%  0,41   5,85   6,26
        B 19%  0,47   2,47   2,94
        12.05.26 18:44
        """
    )
    assert str(receipt.tax) == "0.88"
