"""Currencies without a locale pack: none is taken for the program's own, nor thousands for cents."""

from __future__ import annotations

import pytest

from ocr.documents.text import text_page
from ocr.parse import ReadDefaults, parse
from receipts.errors import Rejection
from receipts.money import Currency
from receipts.receipt import Receipt

PAGE = """
MARKET HALL
12 Long Road
14/04/2026 12:11

Rice      {first}
Beans     {second}
TOTAL     {total}
CASH
"""


def read(text: str) -> Receipt:
    answer = parse(text_page(text).rows, ReadDefaults(Currency("USD")))  # type: ignore[union-attr]
    assert not isinstance(answer, Rejection), answer
    return answer.receipt


@pytest.mark.parametrize(
    ("first", "second", "total", "code", "read_total"),
    [
        ("₦1,500.00", "₦200.00", "₦1,700.00", "NGN", "1700.00"),
        ("₱95.00", "₱10.00", "₱105.00", "PHP", "105.00"),
        ("45.00", "35.00", "80.00 ฿", "THB", "80.00"),
        ("KSh 150.00", "KSh 50.00", "KSh 200.00", "KES", "200.00"),
        ("6.50", "4.25", "AED   10.75", "AED", "10.75"),
        ("1.450", "0.250", "KWD   1.700", "KWD", "1.700"),
        ("15.500", "7.000", "Rp   22.500", "IDR", "22500.00"),
        ("100.000", "2.000", "Rp 102.000", "IDR", "102000.00"),
    ],
)
def test_a_printed_currency_is_no_other(
    first: str, second: str, total: str, code: str, read_total: str
) -> None:
    receipt = read(PAGE.format(first=first, second=second, total=total))
    assert (receipt.currency, str(receipt.total)) == (code, read_total)
    assert receipt.balanced


@pytest.mark.parametrize(
    "name", ["SHOWER GEL", "TOP BLUE", "ALL BRAN", "PEN BLACK", "CUP CAKE", "BEVERLY HILLS COP 2", "OATS RP"]
)
def test_goods_called_like_a_currency_leave_the_programs_own(name: str) -> None:
    page = PAGE.format(first="1.00", second="2.00", total="7.50")
    assert read(page.replace("TOTAL", f"{name} 4.50\nTOTAL")).currency == "USD"


@pytest.mark.parametrize("label", ["TOTAL ALL", "TOTAL FOR ALL", "TOTAL ALL ITEMS"])
def test_a_total_of_all_is_not_in_leks(label: str) -> None:
    receipt = read(PAGE.format(first="1.00", second="2.50", total="3.50").replace("TOTAL", label))
    assert (receipt.currency, str(receipt.total)) == ("USD", "3.50")


@pytest.mark.parametrize("digits", [11, 17, 21, 30])
def test_amounts_beyond_any_purchase_are_none(digits: int) -> None:
    amount = "9" * digits + ".99"
    page = PAGE.format(first=amount, second="0.00", total=amount)
    answer = parse(text_page(page).rows, ReadDefaults(Currency("USD")))  # type: ignore[union-attr]
    assert isinstance(answer, Rejection) or (
        answer.receipt.total is None or answer.receipt.total.minor < 10**12
    )
