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
