"""Sums that close, sums that are made to close by a known confusion, and sums that must stay open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ocr.documents.text import text_page
from ocr.misreads import CONFUSED, confusable
from ocr.parse import ReadDefaults, parse
from receipts.errors import Rejection
from receipts.money import Currency
from receipts.receipt import Identity, Receipt
from receipts.transcript import Row

ReadText = Callable[..., Receipt]

PAGE = """
           MAPLE STREET GROCERY
           14 Maple Street
           Dayton OH 45402
OAT FLAKES 18OZ             {first}
ORANGE JUICE                 4.29
2 @ 1.79
RYE CRACKERS                 3.58
SUBTOTAL                    {subtotal}
SALES TAX                    0.71
TOTAL                       {total}
CASH                        20.00
CHANGE                       {change}
ITEMS SOLD 4
03/14/2026  5:21 PM
"""
UNSURE = 0.93
RIGHT = {"first": "3.65", "subtotal": "11.52", "total": "12.23", "change": "7.77"}


def test_every_sum_of_a_clean_page_holds(read_text: ReadText) -> None:
    receipt = read_text(PAGE.format(**RIGHT))
    assert set(receipt.identities) == set(Identity)
    assert receipt.balanced
    assert receipt.repaired == ()
    assert not any(item.repaired for item in receipt.items)


def test_a_misread_digit_is_put_right_and_marked() -> None:
    receipt = read(PAGE.format(**{**RIGHT, "first": "3.05"}), unsure="3.05")
    assert [str(item.amount) for item in receipt.items] == ["3.65", "4.29", "3.58"]
    assert [item.repaired for item in receipt.items] == [True, False, False]
    assert receipt.balanced


LOST = """
           MAPLE STREET GROCERY
           14 Maple Street
           Dayton OH 45402
OAT FLAKES 18OZ             {oats}
WHEAT BREAD                  2.49
{row}
SUBTOTAL                    {subtotal}
TAX                          1.00
TOTAL                       {total}
VISA                        {total}
{count}
03/14/2026  5:21 PM
"""
GAP = {"oats": "14.99", "subtotal": "47.48", "total": "48.48"}
"""30.00 are missing: a row's price, or a 4 that was read as a 1."""


@pytest.mark.parametrize("count", ["", "ITEMS SOLD 3", "ITEMS SOLD 2"])
def test_a_row_without_its_price_is_no_misread_digit_of_another(count: str) -> None:
    receipt = read(LOST.format(**GAP, row="GIFT WRAP", count=count), unsure="14.99")
    assert [str(item.amount) for item in receipt.items] == ["14.99", "2.49"]
    assert not any(item.repaired for item in receipt.items)
    assert not receipt.balanced


@pytest.mark.parametrize("count", ["", "ITEMS SOLD 3", "ITEMS SOLD 3\n2 ITEMS"])
def test_a_row_that_may_be_lost_whole_raises_no_other_amount(count: str) -> None:
    receipt = read(LOST.format(**GAP, row="", count=count), unsure="14.99")
    assert [str(item.amount) for item in receipt.items] == ["14.99", "2.49"]
    assert not receipt.balanced


def test_where_the_count_says_that_all_rows_were_read_a_digit_is_put_right() -> None:
    receipt = read(LOST.format(**GAP, row="", count="ITEMS SOLD 2"), unsure="14.99")
    assert [str(item.amount) for item in receipt.items] == ["44.99", "2.49"]
    assert [item.repaired for item in receipt.items] == [True, False]
    assert receipt.balanced


def test_a_quantity_taken_from_the_count_of_items_does_not_prove_that_count() -> None:
    page = LOST.format(**GAP, row="", count="ITEMS SOLD 3").replace("WHEAT BREAD ", "2   WHEAT BREAD ")
    receipt = read(page, unsure="14.99")
    assert "14.99" in [str(item.amount) for item in receipt.items]
    assert not any(item.repaired for item in receipt.items)


def test_an_amount_read_too_high_comes_down_without_a_count_but_not_beside_a_row_without_price() -> None:
    high = {"oats": "44.99", "subtotal": "17.48", "total": "18.48"}
    receipt = read(LOST.format(**high, row="", count=""), unsure="44.99")
    assert [str(item.amount) for item in receipt.items] == ["14.99", "2.49"]
    assert receipt.items[0].repaired
    receipt = read(LOST.format(**high, row="GIFT WRAP", count=""), unsure="44.99")
    assert not any(item.repaired for item in receipt.items)


def test_a_page_without_items_keeps_its_total(read_text: ReadText) -> None:
    receipt = read_text(
        "MAPLE STREET GROCERY\nSUBTOTAL  9.00\nTAX  1.00\nTOTAL  10.00\nVISA  10.00\n03/14/2026"
    )
    assert str(receipt.total) == "10.00"
    assert receipt.items == ()


def test_a_digit_that_the_engine_was_sure_of_stays(read_text: ReadText) -> None:
    receipt = read_text(PAGE.format(**{**RIGHT, "first": "3.05"}))
    assert [str(item.amount) for item in receipt.items] == ["3.05", "4.29", "3.58"]
    assert not receipt.balanced
    assert Identity.ITEMS_TOTAL not in receipt.identities
    assert Identity.TENDER_CHANGE in receipt.identities


def test_a_digit_that_no_engine_confuses_stays() -> None:
    receipt = read(PAGE.format(**{**RIGHT, "first": "3.15"}), unsure="3.15")
    assert [str(item.amount) for item in receipt.items] == ["3.15", "4.29", "3.58"]
    assert not receipt.balanced


def test_an_amount_that_its_own_row_multiplies_to_is_not_exchanged() -> None:
    page = PAGE.format(**{**RIGHT, "first": "3.65", "subtotal": "12.52", "total": "13.23", "change": "6.77"})
    page = page.replace("2 @ 1.79\nRYE CRACKERS                 3.58", "RYE CRACKERS     2 @ 1.79    3.58")
    receipt = read(page, unsure="3.58")
    assert "3.58" in [str(item.amount) for item in receipt.items]
    assert not receipt.balanced


def test_of_two_amounts_that_could_be_misread_neither_is_exchanged() -> None:
    page = PAGE.format(**{**RIGHT, "first": "5.29", "subtotal": "17.16", "total": "17.87", "change": "2.13"})
    receipt = read(page.replace("4.29", "5.29"), unsure="5.29")
    assert not receipt.balanced, "either 5.29 could be an 8.29"
    assert not any(item.repaired for item in receipt.items)


def test_a_total_that_subtotal_tax_and_items_contradict_is_put_right_and_marked(read_text: ReadText) -> None:
    page = PAGE.format(**{**RIGHT, "total": "12.28"})
    receipt = read_text("\n".join(row for row in page.splitlines() if not row.startswith(("CASH", "CHANGE"))))
    assert str(receipt.total) == "12.23"
    assert receipt.repaired == ("total",)
    assert receipt.balanced


def test_a_total_that_cash_less_change_makes_stays_though_other_sums_agree_on_another(
    read_text: ReadText,
) -> None:
    page = """
           MAPLE STREET GROCERY
           14 Maple Street
SHEARS                      18.00
TWEEZERS                    17.90
WIPES                        5.53
SUBTOTAL                    41.43
ROUNDING                     0.02
SUBTOTAL                    41.45
CASH                        51.50
CHANGE                      10.05
GST 6.00
03/14/2026  5:21 PM
"""
    receipt = read_text(page)
    assert str(receipt.total) == "41.45", "41.43 + 6.00 + 0.02 is a 1 read as a 7 away"
    assert receipt.repaired == ()


def test_a_total_that_only_the_items_contradict_stays(read_text: ReadText) -> None:
    page = "CORNER SHOP LTD\nMILK  1.20\nBREAD  2.00\nTOTAL  8.20\nCARD  8.20\n01/02/2019 10:00"
    receipt = read_text(page, currency="GBP")
    assert str(receipt.total) == "8.20"
    assert not receipt.balanced
    assert receipt.repaired == ()


@pytest.mark.parametrize(("read", "meant"), [("35.00", "85.00"), ("105.00", "165.00"), ("27.49", "57.49")])
def test_known_confusions(read: str, meant: str) -> None:
    assert confusable(Decimal(read), Decimal(meant))


@pytest.mark.parametrize(
    ("read", "meant"), [("35.00", "95.00"), ("1.00", "10.00"), ("35.00", "88.00"), ("1", "-1")]
)
def test_no_confusions(read: str, meant: str) -> None:
    assert not confusable(Decimal(read), Decimal(meant))


AMOUNTS = st.lists(st.integers(min_value=15, max_value=4999), min_size=2, max_size=8)
NAMES = (
    "ALMOND BUTTER",
    "BARLEY SOUP",
    "CORN FLAKES",
    "DILL PICKLES",
    "EGG NOODLES",
    "FIG ROLLS",
    "GREEN TEA",
)


def money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def printed(cents: list[int], total: int, *, counted: bool = False) -> str:
    rows = [f"{NAMES[i % len(NAMES)]:20}{money(amount):>8}" for i, amount in enumerate(cents)]
    sums = [f"{word:20}{money(total):>8}" for word in ("SUBTOTAL", "TOTAL", "VISA")]
    count = [f"ITEMS SOLD {len(cents)}"] if counted else []
    return "\n".join(["MAPLE GROCERY", "14 Maple Street", *rows, *sums, *count, "03/14/2026"])


def read(page: str, *, unsure: str = "") -> Receipt:
    """The page as an engine gives it that was not sure of the boxes with this text."""
    rows = [
        Row(tuple(replace(box, confidence=UNSURE if box.text == unsure else 1.0) for box in row.boxes))
        for row in text_page(page).rows  # type: ignore[union-attr]
    ]
    answer = parse(rows, ReadDefaults(Currency("USD")))
    assert not isinstance(answer, Rejection)
    return answer.receipt


@settings(max_examples=40, deadline=None)
@given(AMOUNTS)
def test_any_list_of_amounts_is_read_as_printed(cents: list[int]) -> None:
    receipt = read(printed(cents, sum(cents)))
    assert [str(item.amount) for item in receipt.items] == [money(amount) for amount in cents]
    assert receipt.balanced


@settings(max_examples=60, deadline=None)
@given(AMOUNTS, st.data())
def test_one_wrong_digit_is_put_right_and_marked_or_the_sums_are_said_to_be_open(
    cents: list[int], data: st.DataObject
) -> None:
    place = data.draw(st.integers(min_value=0, max_value=len(cents) - 1))
    text = money(cents[place])
    spot = data.draw(st.sampled_from([i for i, char in enumerate(text) if char.isdigit()]))
    digit = data.draw(st.sampled_from([char for char in "123456789" if char != text[spot]]))
    wrong = text[:spot] + digit + text[spot + 1 :]
    rows = [*cents[:place], int(wrong.replace(".", "")), *cents[place + 1 :]]
    # Where the misread amounts make the total without the first or last rows, those are taken for no items.
    runs = (rows[start:end] for start in range(len(rows)) for end in range(start + 1, len(rows) + 1))
    assume(sum(cents) not in map(sum, runs))
    counted = data.draw(st.booleans())
    receipt = read(printed(rows, sum(cents), counted=counted), unsure=wrong)
    amounts = [str(item.amount) for item in receipt.items]
    marked = [str(item.amount) for item in receipt.items if item.repaired]
    if receipt.balanced:
        assert sorted(amounts) == sorted(money(amount) for amount in cents)
        assert marked == [text]
        assert counted or cents[place] < rows[place], "no amount goes up where a row may be missing"
    else:
        assert amounts == [money(amount) for amount in rows]
        assert marked == []
        assert str(receipt.total) == money(sum(cents))


RISES = [(spot, pair) for spot in range(3) for pair in sorted(CONFUSED) if pair[0] < pair[1]]
"""A place of a digit, counted from the cents, and a digit with a larger one that it is taken for."""


@settings(max_examples=40, deadline=None)
@given(AMOUNTS, st.sampled_from(RISES), st.sampled_from(["", "ITEMS SOLD {}", "{} ITEMS"]), st.booleans())
def test_a_lost_row_raises_no_other_amount(
    cents: list[int], rise: tuple[int, str], count: str, named: bool
) -> None:
    spot, (low, high) = rise
    step = 10**spot
    first = cents[0] + 1000 - (cents[0] // step % 10 - int(low)) * step
    lost = (int(high) - int(low)) * step
    rows = [first, *cents[1:]]
    page = printed(rows, sum(rows) + lost).replace("SUBTOTAL", "GIFT WRAP\nSUBTOTAL" if named else "SUBTOTAL")
    receipt = read(f"{page}\n{count.format(len(rows) + 1)}", unsure=money(first))
    assert [str(item.amount) for item in receipt.items] == [money(amount) for amount in rows]
    assert not receipt.balanced
