"""Ways to write a count times a price, and letters that look like one."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr.documents.text import text_page
from ocr.multiples import find_multiples
from ocr.parse import ReadDefaults, parse
from receipts.errors import Rejection
from receipts.money import Currency
from receipts.receipt import Receipt

ReadText = Callable[..., Receipt]

PAGE = """
           MAPLE STREET GROCERY
           14 Maple Street
{row}
ORANGE JUICE                 4.29
TOTAL                       18.37
03/14/2026  5:21 PM
"""


@pytest.mark.parametrize("text", ["l X 14.08", "I X 14.08", "I @ 4.25", "l x 2,00"])
def test_a_one_read_as_the_letter_of_its_shape_counts_one(text: str) -> None:
    (one,) = find_multiples(text)
    assert one.quantity == Decimal(1)


@pytest.mark.parametrize(
    "text", ["MENS TEE L X 14.08", "SHIRT L x 14.08", "i x 14.08", "L @ 4.25", "Qty L x 2.00"]
)
def test_a_size_is_no_count(text: str) -> None:
    assert all(one.quantity is None for one in find_multiples(text))


@pytest.mark.parametrize(
    "row", ["MENS TEE L X 14.08", "MENS TEE L X        14.08", "  L @ 14.08", "i x 14.08"]
)
def test_a_page_with_a_size_before_an_x_is_read(read_text: ReadText, row: str) -> None:
    receipt = read_text(PAGE.format(row=row))
    assert str(receipt.total) == "18.37"
    assert all(item.quantity == 1 for item in receipt.items)


PIECES = st.sampled_from(
    [
        *(
            "l",
            "L",
            "I",
            "i",
            "ı",
            "İ",
            "O",
            "o",
            "1",
            "0",
            "12",
            "٣",
            "²",
            "½",
            "1.5",
            "0,00",
            "14.08",
            ".99",
        ),
        *(
            "x",
            "X",
            "×",
            "*",
            "@",
            "à",
            "at",
            "AT",
            "for",
            "FOR",
            "/",
            "%",
            "-",
            "(",
            ")",
            ",",
            ".",
            ":",
            "#",
        ),
        *(
            "kg",
            "lb",
            "1b",
            "ea",
            "each",
            "Qty",
            "0TY",
            "$",
            "€",
            "EUR",
            "RM",
            "R",
            "kr.",
            "TEE",
            "MILK",
            " ",
            "  ",
        ),
    ]
)
COUNTS = st.tuples(
    st.sampled_from(["MENS TEE ", "Qty ", "", "TYPE "]),
    st.sampled_from(["l", "L", "I", "i", "ı", "İ", "1", "2", "٣", "²"]),
    st.sampled_from([" X ", "x", " @ ", "× ", " at ", " kg "]),
    st.sampled_from(["14.08", "0,00", ".99", "3.OO", "٣.٣٣", "1 .50"]),
).map("".join)
ROWS = COUNTS | st.lists(PIECES, min_size=1, max_size=12).map("".join) | st.text(max_size=40)


@settings(max_examples=120, deadline=None)
@given(ROWS)
def test_any_text_is_searched_for_multiples(text: str) -> None:
    for one in find_multiples(text):
        assert 0 <= one.start < one.end <= len(text)
        assert one.price > 0


@settings(max_examples=40, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=3))
def test_no_row_of_an_item_keeps_a_page_from_being_read(rows: list[str]) -> None:
    page = text_page(PAGE.format(row="\n".join(rows)))
    assert not isinstance(page, Rejection)
    answer = parse(page.rows, ReadDefaults(Currency("USD")))
    assert isinstance(answer, Rejection) or answer.receipt.items is not None


@pytest.mark.parametrize(
    "rows",
    [
        "Carrots 1.234 kg x 0.500   0.62",
        "Carrots   0.62\n1.234 kg x 0.500",
        "Carrots\n1.234 kg x 0.500   0.62",
        "Carrots   1.234 kg @ 0.50/kg   0.62",
    ],
)
@pytest.mark.parametrize("own_text", [False, True])
def test_a_weight_stands_before_its_sign_and_the_price_of_a_kilo_behind(rows: str, own_text: bool) -> None:
    page = (
        f"GREEN MARKET\n12 High Street\nMilk 2L   1.45\n{rows}\nTOTAL   2.07\nCARD   2.07\n21/10/2026 14:02"
    )
    read = parse(text_page(page).rows, ReadDefaults(Currency("GBP")), own_text=own_text)  # type: ignore[union-attr]
    assert not isinstance(read, Rejection), read
    carrots = read.receipt.items[1]
    assert (carrots.description, carrots.quantity) == ("Carrots", Decimal("1.234"))
    assert str(carrots.unit_price) == "0.50"
