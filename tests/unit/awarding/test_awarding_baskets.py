"""Long baskets are found by themselves, and receipt numbers that follow each other are told apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awarding.likeness import Agreement, Different, MaybeSame, SamePurchase, likeness, same_purchase
from awarding.purchase import (
    LEFT_OUT_LINES_MAX,
    LONG_BASKET_LINES,
    PurchaseFacts,
    lookup_keys,
    near_basket_keys,
)
from receipts.money import Currency, Money

USD = Currency("USD")
PRICES = st.integers(10, 9999)
LONG = st.lists(PRICES, min_size=LONG_BASKET_LINES + 1, max_size=LEFT_OUT_LINES_MAX)
FACTS = PurchaseFacts(
    retailer_key="corner market",
    store_key="",
    date=date(2026, 3, 5),
    time=None,
    number="64769",
    currency=USD,
    total=Money(2470, USD),
    amounts=(199, 249, 399, 450, 524, 649),
)


def bare(amounts: list[int]) -> PurchaseFacts:
    """A reading of nothing but prices."""
    return replace(FACTS, date=None, number="", total=None, amounts=tuple(sorted(amounts)))


@given(LONG, st.data())
def test_one_price_misread_still_leads_to_the_basket(amounts: list[int], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(amounts) - 1))
    misread = [*amounts[:place], data.draw(PRICES), *amounts[place + 1 :]]
    assert set(lookup_keys(bare(amounts))) & set(lookup_keys(bare(misread)))


@given(LONG, st.data())
def test_one_line_missed_still_leads_to_the_basket(amounts: list[int], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(amounts) - 1))
    fewer = [*amounts[:place], *amounts[place + 1 :]]
    assert set(near_basket_keys(bare(amounts))) & set(near_basket_keys(bare(fewer)))


@settings(max_examples=20)
@given(st.lists(PRICES, min_size=30, max_size=40, unique=True), st.data())
def test_a_very_long_basket_is_found_by_a_part(amounts: list[int], data: st.DataObject) -> None:
    misread = [*amounts[1:], data.draw(PRICES)]
    keys = near_basket_keys(bare(amounts))
    assert len(keys) <= 4
    assert set(keys) & set(near_basket_keys(bare(misread)))


@given(st.lists(PRICES, max_size=LONG_BASKET_LINES - 1))
def test_a_short_basket_is_not_looked_up_by_itself(amounts: list[int]) -> None:
    assert near_basket_keys(bare(amounts)) == ()


def test_a_refund_is_not_looked_up_among_purchases() -> None:
    refund = replace(bare(list(FACTS.amounts)), is_refund=True)
    assert not set(lookup_keys(refund)) & set(lookup_keys(bare(list(FACTS.amounts))))


@pytest.mark.parametrize(("number", "agreement"), [
    ("64786", Agreement.NEXT),
    ("64769", Agreement.SAME),
    ("64768", Agreement.NEAR),
    ("91234", Agreement.OTHER),
    ("647691", Agreement.NEAR),
    ("T4786", Agreement.OTHER),
])  # fmt: skip
def test_numbers_of_one_count_are_next(number: str, agreement: Agreement) -> None:
    both = likeness(FACTS, replace(FACTS, number=number)), likeness(replace(FACTS, number=number), FACTS)
    for each in both:
        assert {found.fact: found.agreement for found in each.comparisons}["number"] is agreement


def test_the_next_customer_with_the_same_basket_is_another_even_without_a_time() -> None:
    assert isinstance(same_purchase(FACTS, replace(FACTS, number="64786")), Different)
    assert isinstance(same_purchase(FACTS, replace(FACTS, number="")), MaybeSame)


def test_seconds_tell_two_purchases_of_one_minute_apart() -> None:
    first = replace(FACTS, time=time(14, 5), number="", second=12)
    kinds = {}
    for second in (12, 47, None):
        found = likeness(first, replace(first, second=second))
        kinds[second] = {each.fact: each.agreement for each in found.comparisons}["second"], found.bits
    assert [kinds[each][0] for each in (12, 47, None)] == [Agreement.SAME, Agreement.OTHER, Agreement.UNREAD]
    assert kinds[12][1] > kinds[None][1] > kinds[47][1]
    other_minute = replace(first, time=time(14, 6), second=12)
    assert {each.fact: each.agreement for each in likeness(first, other_minute).comparisons}[
        "second"
    ] is Agreement.UNREAD


def test_a_long_basket_speaks_where_the_total_was_cut_off() -> None:
    cut = replace(FACTS, total=None, number="")
    assert isinstance(same_purchase(cut, replace(FACTS, number="")), MaybeSame)
    assert isinstance(
        same_purchase(replace(FACTS, time=time(9, 3), second=4), replace(FACTS, time=time(9, 3), second=4)),
        SamePurchase,
    )
