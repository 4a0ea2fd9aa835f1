"""How many of a thing were bought, as order mails of several languages say it in a column of its own."""

from __future__ import annotations

import pytest

from ocr.document import ReadDefaults, read_document
from ocr.engines.base import OcrEngine
from receipts.errors import Rejection
from receipts.image import MediaType
from receipts.money import Currency


def no_engine() -> OcrEngine:
    raise AssertionError("there are no pixels to read")


@pytest.mark.parametrize(
    ("one", "two"),
    [
        *(
            (f"1{unit}", f"2{unit}")
            for unit in ("x", " x", " st", " st.", " szt.", " ks", " db", " kpl", " pc")
        ),
        ("1 ud.", "2 uds."),
        ("1 Stk.", "2 Stk."),
        ("1", "2"),
        ("", "2x"),
    ],
)
def test_a_count_in_a_column_of_its_own(one: str, two: str) -> None:
    rows = f"Oats 1kg   {one}   € 2,19\nApple juice 1L   {two}   € 3,98\n"
    page = f"Corner Shop\nOrder 9012\n{rows}Total   € 6,17\n"
    answer = read_document(
        page.encode(), MediaType.TEXT, engine=no_engine, defaults=ReadDefaults(Currency("EUR"))
    )
    assert not isinstance(answer, Rejection), answer
    receipt = answer[0].receipt
    assert receipt.balanced
    assert [(item.description, int(item.quantity), str(item.amount)) for item in receipt.items] == [
        ("Oats 1kg", 1, "2.19"),
        ("Apple juice 1L", 2, "3.98"),
    ]
