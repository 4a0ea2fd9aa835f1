"""Printed receipts of several layouts and countries to fields and line items."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from ocr.documents.text import text_page
from ocr.parse import ReadDefaults, parse
from receipts.errors import Rejection, RejectionReason
from receipts.money import Currency
from receipts.receipt import Receipt

ReadText = Callable[..., Receipt]


def items(receipt: Receipt) -> list[tuple[str, str, str]]:
    return [(item.description, f"{item.quantity.normalize():f}", str(item.amount)) for item in receipt.items]


AMERICAN = """
              GREEN VALLEY FOODS
              12 Main Street
              Springfield IL 62701
              (217) 555-0142

BANANAS ORGANIC               0.87
3 @ 0.29
WHL WHT PITA BREAD            1.69
OLIVE OIL 500ML   4006381333931    8.99 F
 STORE COUPON                -1.00
SUBTOTAL                     10.55
SALES TAX                     0.63
TOTAL                        11.18
VISA                         11.18
02/03/2024  4:33 PM
"""


def test_an_american_grocery_receipt(read_text: ReadText) -> None:
    receipt = read_text(AMERICAN)
    assert receipt.retailer.name == "GREEN VALLEY FOODS"
    assert receipt.retailer.phone == "(217) 555-0142"
    assert receipt.currency == "USD"
    assert receipt.date == date(2024, 2, 3)
    assert (str(receipt.subtotal), str(receipt.tax), str(receipt.total)) == ("10.55", "0.63", "11.18")
    assert items(receipt) == [
        ("BANANAS ORGANIC", "3", "0.87"),
        ("WHL WHT PITA BREAD", "1", "1.69"),
        ("OLIVE OIL 500ML", "1", "8.99"),
    ]
    assert receipt.items[2].code == "4006381333931"
    assert str(receipt.items[2].discount) == "1.00"
    assert receipt.balanced


def test_a_total_that_all_other_amounts_contradict_is_told(read_text: ReadText) -> None:
    changed = read_text(
        AMERICAN.replace("TOTAL                        11.18", "TOTAL                        71.18")
    )
    assert str(changed.total) == "11.18"
    assert str(changed.overruled_total) == "71.18"
    assert read_text(AMERICAN).overruled_total is None
    # Rounded cash, and a tip that is printed, explain themselves.
    rounded = AMERICAN.replace("TOTAL                        11.18", "TOTAL                        11.20")
    assert read_text(rounded).overruled_total is None


GERMAN = """
        Feinkost Beispiel GmbH
        Hauptstr. 5
        50667 Köln
        UID Nr.: DE123456789
                              EUR
ZITRONE                       0,89 B
APFEL GRANNY                  1,97 B
  0,792 kg x  2,49 EUR/kg
KIWI GOLD                     3,16 B
  4 Stk x  0,79
LEERGUT EINWEG               -0,25 A
SUMME              EUR        5,77
Geg. BAR           EUR       10,00
Rückgeld BAR       EUR        4,23
13.01.2020   17:25   Bon-Nr.:933
"""


def test_a_german_receipt_with_decimal_commas_weights_and_deposit(read_text: ReadText) -> None:
    receipt = read_text(GERMAN)
    assert receipt.currency == "EUR"
    assert receipt.date == date(2020, 1, 13)
    assert str(receipt.total) == "5.77"
    assert items(receipt) == [
        ("ZITRONE", "1", "0.89"),
        ("APFEL GRANNY", "0.792", "1.97"),
        ("KIWI GOLD", "4", "3.16"),
        ("LEERGUT EINWEG", "1", "-0.25"),
    ]
    assert str(receipt.items[1].unit_price) == "2.49"
    assert receipt.receipt_number == "933"
    assert receipt.balanced


NAMES_BELOW = """
HARDWARE CORNER SDN BHD
LOT 12, JALAN BESAR 3
TEL: 03-5512 3344
Item            Qty     Price     Amount
9556939040118     1     12.00      12.00
PAINT BRUSH 2 INCH
1041              3     15.90      47.70
ROOFING SHEET
Total Sales (Excluding GST)        56.32
GST 6%                              3.38
Total Sales (Inclusive of GST)     59.70
CASH                              100.00
CHANGE                             40.30
Date: 03/01/2018
"""


def test_names_on_the_row_below_their_prices(read_text: ReadText) -> None:
    receipt = read_text(NAMES_BELOW)
    assert receipt.currency == "MYR"
    assert receipt.date == date(2018, 1, 3), "the currency says that the day comes first"
    assert items(receipt) == [("PAINT BRUSH 2 INCH", "1", "12.00"), ("ROOFING SHEET", "3", "47.70")]
    assert [item.code for item in receipt.items] == ["9556939040118", "1041"]
    assert str(receipt.total) == "59.70"


NAMES_ABOVE = """
TOOL BOX LTD
WHITE CABLE TIE 4*200MM     *S
9072317     1 X  3.90        3.90
WHITE CABLE TIE 5*250       *S
9072318     2 X  6.50       13.00
Total                       16.90
CASH                        20.00
CHANGE                       3.10
24-03-18 18:10
"""


def test_names_on_the_row_above_their_prices(read_text: ReadText) -> None:
    receipt = read_text(NAMES_ABOVE, currency="GBP")
    assert items(receipt) == [
        ("WHITE CABLE TIE 4*200MM", "1", "3.90"),
        ("WHITE CABLE TIE 5*250", "2", "13.00"),
    ]


def test_the_rounded_total_is_what_is_paid(read_text: ReadText) -> None:
    receipt = read_text(
        "KEDAI ABC SDN BHD\nCOFFEE  2.20\nTEA  1.82\nTotal  4.02\nRounding Adj  -0.02\nTotal Rounded  4.00\n"
        "CASH  5.00\nCHANGE  1.00\n01/02/2019 10:00"
    )
    assert str(receipt.total) == "4.00"
    assert receipt.balanced


def test_a_voided_line_takes_its_item_back(read_text: ReadText) -> None:
    receipt = read_text(
        "CORNER SHOP LTD\nMILK  1.20\nBREAD  2.00\nBREAD  -2.00\nTOTAL  1.20\nCASH  1.20\n01/02/2019 10:00",
        currency="GBP",
    )
    assert items(receipt) == [("MILK", "1", "1.20")]


def test_sums_that_do_not_close_are_said_not_to(read_text: ReadText) -> None:
    receipt = read_text(
        "CORNER SHOP LTD\nMILK  1.20\nBREAD  2.00\nTOTAL  9.99\nCASH  9.99\n01/02/2019 10:00", currency="GBP"
    )
    assert not receipt.balanced
    assert str(receipt.total) == "9.99"
    assert receipt.confidence_of("items") < 0.99


def test_a_product_that_is_called_total_is_an_item(read_text: ReadText) -> None:
    receipt = read_text(
        "CORNER SHOP LTD\nCOLGATE TOTAL 75ML  3.50\nBARLEY FLAKES  2.00\n"
        "TOTAL  5.50\nCASH  5.50\n01/02/2019 10:00",
        currency="GBP",
    )
    assert [item.description for item in receipt.items] == ["COLGATE TOTAL 75ML", "BARLEY FLAKES"]


def test_every_confidence_lies_between_nothing_and_certain(read_text: ReadText) -> None:
    receipt = read_text(AMERICAN)
    assert {entry.field for entry in receipt.confidence} >= {"retailer", "date", "total", "items"}
    assert all(0 <= entry.value <= 1 for entry in receipt.confidence)
    assert all(Decimal(0) <= item.confidence <= 1 for item in receipt.items if item.confidence is not None)


def rejected(text: str) -> RejectionReason:
    answer = parse(text_page(text).rows, ReadDefaults(Currency("USD")))  # type: ignore[union-attr]
    assert isinstance(answer, Rejection)
    return answer.reason


def test_a_note_is_no_receipt() -> None:
    assert rejected("Dear all,\nwe meet on Monday 12/03/2024 at 10:00.\nBring 3 pens.") is (
        RejectionReason.NOT_A_RECEIPT
    )


def test_a_payslip_is_no_receipt() -> None:
    text = "PAYSLIP\nEmployer: Example Ltd\nBASIC PAY  2000.00\nTOTAL  2000.00\nNET PAY  1700.00\n31/03/2024"
    assert rejected(text) is RejectionReason.NOT_A_RECEIPT


def test_a_bank_statement_is_no_receipt() -> None:
    text = (
        "BANK STATEMENT\nOpening balance  100.00\n01/02/2024 CARD SHOP  20.00\nTotal withdrawals  20.00\n"
        "Closing balance  80.00"
    )
    assert rejected(text) is RejectionReason.NOT_A_RECEIPT


def test_a_few_letters_are_no_text() -> None:
    assert rejected("ok 12") is RejectionReason.NO_TEXT


MAIL_ORDER = """
            PINEHILL GOODS
            4 Harbor Road
            Portland OR 97201
            20 Nov 2026  14:03        4224957

1 Whole Milk 1 GAL         1    3.99     3.99
12 CT Rolls 12 CT          1    4.50     4.50
YOU SAVED                                {saved}
Romaine Hearts 3 CT        3    4.29    12.87
SUBTOTAL                                {total}
TOTAL                                   {total}
VISA                                    {total}
"""


def test_savings_with_a_minus_come_off_the_item_above_where_the_sums_close(read_text: ReadText) -> None:
    receipt = read_text(MAIL_ORDER.format(saved="0.62-", total="20.74"))
    assert [str(item.discount) for item in receipt.items] == ["None", "0.62", "None"]
    assert receipt.balanced


def test_savings_that_the_prices_have_come_down_by_already_are_no_discount(read_text: ReadText) -> None:
    receipt = read_text(MAIL_ORDER.format(saved="0.62-", total="21.36"))
    assert [item.discount for item in receipt.items] == [None, None, None]
    assert receipt.balanced


def test_a_size_that_equals_the_quantity_stays_in_the_name(read_text: ReadText) -> None:
    receipt = read_text(MAIL_ORDER.format(saved="0.62-", total="20.74"))
    assert items(receipt)[2] == ("Romaine Hearts 3 CT", "3", "12.87")


def test_prices_are_no_telephone_and_the_address_ends_at_the_date(read_text: ReadText) -> None:
    receipt = read_text(MAIL_ORDER.format(saved="0.62-", total="20.74"))
    assert receipt.retailer.phone == ""
    assert receipt.retailer.address == "4 Harbor Road, Portland OR 97201"


def test_the_number_stays_where_a_digit_of_the_time_was_seen_twice(read_text: ReadText) -> None:
    receipt = read_text(MAIL_ORDER.format(saved="0.62-", total="20.74").replace("14:03 ", "14:033:01 "))
    assert receipt.receipt_number == "4224957"
    assert receipt.time is None, "03 or 33, which nobody can say"


def test_the_number_beside_date_and_time_is_the_receipts(read_text: ReadText) -> None:
    receipt = read_text(MAIL_ORDER.format(saved="0.62-", total="20.74"))
    assert receipt.receipt_number == "4224957"


def test_a_tax_table_of_net_tax_and_gross_gives_the_tax(read_text: ReadText) -> None:
    receipt = read_text(
        """
              GRUENWALD MARKT GMBH
              Zuckerstr. 9
BROT                    2,26 B
SEIFE                   1,35 A
TOTAL EUR               3,61
Girocard                3,61
         %  Netto   MwSt   Brutto
A    19,00   1,13   0,22     1,35
B     7,00   2,11   0,15     2,26
Total        3,24   0,37     3,61
20.11.26 09:09
""",
        currency="EUR",
    )
    assert (str(receipt.tax), str(receipt.total)) == ("0.37", "3.61")


def test_a_name_of_two_letters_is_the_rows_own(read_text: ReadText) -> None:
    receipt = read_text(
        "GREEN VALLEY\nELECTRONICS\nCABLE   3.29\nVIDEO\nTV   99.00\nMILK   3.99\nTOTAL   106.28\n02/03/2024"
    )
    assert [name for name, _, _ in items(receipt)] == ["CABLE", "TV", "MILK"]
    assert receipt.balanced


def test_dinars_keep_their_third_decimal(read_text: ReadText) -> None:
    receipt = read_text(
        "GULF MART\n03/06/2026\nOAT FLAKES   3.295\nMILK   3.990\nTOTAL KWD   7.285\nCASH   7.285"
    )
    assert receipt.currency == "KWD"
    assert str(receipt.total) == "7.285"
    assert [amount for _, _, amount in items(receipt)] == ["3.295", "3.990"]
    assert receipt.balanced
