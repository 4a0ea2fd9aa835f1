"""The number of the till, which helps to tell purchases apart and decides nothing."""

from __future__ import annotations

import pytest

from ocr.documents.text import text_page
from ocr.lines import lines_from_rows
from ocr.locales.vocabulary import BUILT_IN
from ocr.register import find_register


def register_on(text: str) -> str:
    return find_register(lines_from_rows(text_page(text).rows), BUILT_IN.vocabulary())  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("printed", "register"),
    [
        ("REG 03", "03"),
        ("ST# 02270 OP# 000144 TE# 21 TR# 03080", "21"),
        ("ORD #64 -REG #2- 25/12/2016 13:51:47", "2"),
        ("Kasse 2   Bediener Dunja", "2"),
        ("Kasse:002", "002"),
        ("Kassa nr. 4", "4"),
        ("TERMINAL 4", "4"),
        ("CAISSE 02", "02"),
        ("POS No:1", "1"),
        ("Cassa 3", "3"),
        ("Whse:629 Trm:4 Trn:172 OP:14", "4"),
        # Companies, card terminals, prices of goods, taxes, and two tills of one page are none.
        ("CO.REG :860", ""),
        ("GST Reg No. 12", ""),
        ("Terminal: AE854584", ""),
        ("Terminal 56012345", ""),
        ("Qty 2 Reg 5.89 ea", ""),
        ("Te 6%", ""),
        ("REG 03\nTILL 4", ""),
        ("Register", ""),
    ],
)
def test_the_till_is_read_and_other_numbers_are_not(printed: str, register: str) -> None:
    assert register_on(printed) == register


def test_named_twice_it_is_the_same_till() -> None:
    assert register_on("REG 03\nRegister: 3") == "03"
