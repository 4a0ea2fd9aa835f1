"""Which purchase a receipt is of, in spite of what engines misread."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date, time
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awarding.likeness import (
    Different,
    MaybeSame,
    SamePurchase,
    same_purchase,
    shared_purchase_key,
    shared_purchase_keys,
)
from awarding.purchase import (
    KeyedLine,
    PurchaseFacts,
    fold_number,
    joined_claims,
    line_keys,
    lookup_keys,
    purchase_facts,
    purchase_key,
)
from awarding.retailer import fold_retailer, same_chain
from receipts.identity import Sku
from receipts.money import Currency, Money
from receipts.receipt import Retailer

USD, EUR = Currency("USD"), Currency("EUR")

FACTS = PurchaseFacts(
    retailer_key="corner market",
    store_key="store 12",
    date=date(2026, 3, 5),
    time=time(14, 5),
    number="TC44710093",
    currency=USD,
    total=Money(1109, USD),
    amounts=(250, 399, 460),
)


@pytest.mark.parametrize(
    ("printed", "folded"),
    [
        ("Wal-Mart Stores, Inc.", "walmart stores"),
        ("CORNER MARKET GmbH & Co. KG", "corner market"),
        ("Trader Joe’s", "trader joes"),
        ("CAFÉ  Zürich", "cafe zurich"),
        ("Möbelhaus Groß AG", "mobelhaus gross"),
        ("GREEN LEAF SDN BHD", "green leaf"),
        ("", ""),
        ("S.A.", "sa"),
        ("The Company", "company"),
        ("7-ELEVEN", "7eleven"),
    ],
)
def test_names_of_chains_fold(printed: str, folded: str) -> None:
    assert fold_retailer(printed) == folded


@pytest.mark.parametrize(
    ("printed", "wanted", "same"),
    [
        ("WALMART SUPERCENTER", "Walmart", True),
        ("Wal Mart", "WALMART", True),
        ("CARREF0UR", "Carrefour", True),
        ("Lidl", "Aldi", False),
        ("SPAR", "Star", False),
        ("Target", "Corner Market", False),
        ("", "Corner Market", False),
        ("Targeted Ads Ltd", "Target", False),
    ],
)
def test_a_chain_is_known_by_its_words(printed: str, wanted: str, same: bool) -> None:
    assert same_chain(printed=printed, wanted=wanted) is same


def test_the_key_names_the_purchase_and_forgets_how_it_was_printed(make: SimpleNamespace) -> None:
    facts = purchase_facts(make.receipt())
    assert purchase_key(facts) == "purchase1/cornermarket/2026-03-05/1405/TC44710093/USD/1109/-"
    again = make.receipt(
        retailer=Retailer("CORNER-MARKET"), receipt_number="tc#4471 0093", time=time(14, 5, 59)
    )
    assert purchase_key(purchase_facts(again)) == purchase_key(facts)


def test_look_alikes_in_numbers_fold() -> None:
    assert fold_number("no. O12-I5B") == fold_number("N0 012 15 8")


def test_without_minute_and_number_the_basket_tells_purchases_apart() -> None:
    bare = replace(FACTS, time=None, number="")
    other = replace(bare, amounts=(109, 1000))
    assert purchase_key(bare) != purchase_key(other)


@pytest.mark.parametrize(
    "change", [{"total": Money(1109, EUR), "currency": EUR}, {"is_refund": True}], ids=["currency", "refund"]
)
def test_other_currency_and_refund_are_other_purchases_everywhere(change: dict[str, object]) -> None:
    other = replace(FACTS, **change)
    assert purchase_key(other) != purchase_key(FACTS)
    assert isinstance(same_purchase(FACTS, other), Different)


def test_a_currency_that_nothing_printed_told_makes_no_other_purchase() -> None:
    other = replace(FACTS, total=Money(FACTS.total.minor, EUR), currency=EUR, currency_assumed=True)  # type: ignore[union-attr]
    assert isinstance(same_purchase(FACTS, other), SamePurchase)
    assert isinstance(same_purchase(other, FACTS), SamePurchase)
    assert set(lookup_keys(FACTS)) & set(lookup_keys(other))


SLIPS = {
    "total misread": {"total": Money(1709, USD)},
    "total another line's": {"total": Money(460, USD)},
    "total unread": {"total": None},
    "day misread": {"date": date(2026, 3, 8)},
    "day and month swapped": {"date": date(2026, 5, 3)},
    "day unread": {"date": None},
    "minute misread": {"time": time(14, 6)},
    "afternoon read as morning": {"time": time(2, 5)},
    "minute unread": {"time": None},
    "number misread": {"number": "TC44710098"},
    "number cut": {"number": "44710093"},
    "another number": {"number": "0012"},
    "number unread": {"number": ""},
    "shop misread": {"retailer_key": "come market"},
    "shop unread": {"retailer_key": ""},
    "a line missed": {"amounts": (250, 399)},
    "lines unread": {"amounts": ()},
    "lines misread": {"amounts": (250, 899, 460)},
}


@pytest.mark.parametrize("slip", SLIPS.values(), ids=SLIPS.keys())
def test_one_slip_does_not_make_it_another_purchase(slip: dict[str, object]) -> None:
    read = replace(FACTS, **slip)
    assert set(lookup_keys(read)) & set(lookup_keys(FACTS)), "it would not even be looked at"
    assert isinstance(same_purchase(FACTS, read), SamePurchase)
    assert shared_purchase_key(read, [(purchase_key(FACTS), FACTS)]) == purchase_key(FACTS)


def test_with_a_slip_on_each_photo_the_purchase_is_still_found() -> None:
    missed = set()
    for (here, first), (there, second) in itertools.combinations(SLIPS.items(), 2):
        left, right = replace(FACTS, **first), replace(FACTS, **second)
        shared = set(lookup_keys(left)) & set(lookup_keys(right))
        if not shared or isinstance(same_purchase(left, right), Different):
            missed.add((here, there))
    # Another sum and another number on the same minute is what the next till prints.
    assert missed == {("total another line's", "another number")}


OTHERS = {
    "later that day": {"time": time(18, 40), "number": "TC44801204"},
    "the next customer": {
        "time": time(14, 7),
        "number": "TC44710094",
        "total": Money(2377, USD),
        "amounts": (399, 999, 979),
    },
    "the same things the next day": {"date": date(2026, 3, 6), "time": time(9, 31), "number": "TC44760001"},
    "the same sum at another shop": {
        "retailer_key": "far away foods",
        "time": time(11, 2),
        "number": "88123",
        "amounts": (1109,),
    },
}


@pytest.mark.parametrize("change", OTHERS.values(), ids=OTHERS.keys())
def test_other_purchases_stay_other(change: dict[str, object]) -> None:
    other = replace(FACTS, **change)
    assert isinstance(same_purchase(FACTS, other), Different)
    assert shared_purchase_key(other, [(purchase_key(FACTS), FACTS)]) == purchase_key(other)


def test_the_same_thing_bought_again_a_minute_later_is_for_a_person() -> None:
    again = replace(FACTS, time=time(14, 6), number="TC44710094")
    assert isinstance(same_purchase(FACTS, again), MaybeSame)


def test_the_likest_earlier_purchase_gives_the_key() -> None:
    near = replace(FACTS, total=None, retailer_key="")
    known = [("first", near), ("second", FACTS), ("third", replace(FACTS, time=None))]
    assert shared_purchase_key(FACTS, known) == "second"


def test_nothing_to_look_up_by_gives_no_keys() -> None:
    bare = replace(FACTS, date=None, time=None, number="", amounts=(399,))
    assert lookup_keys(bare) == ()
    assert lookup_keys(replace(bare, date=FACTS.date)) == ("day-total:2026-03-05:USD1109",)


facts = st.builds(
    PurchaseFacts,
    retailer_key=st.sampled_from(["", "walmart", "walmrt", "corner market", "x"]),
    store_key=st.just(""),
    date=st.none() | st.dates(date(2026, 1, 1), date(2026, 2, 20)),
    time=st.none() | st.times().map(lambda each: each.replace(second=0, microsecond=0)),
    number=st.sampled_from(["", "12", "004511", "004512", "TC44710093"]),
    currency=st.sampled_from([USD, EUR]),
    total=st.none() | st.integers(-500, 5000).map(lambda minor: Money(minor, USD)),
    amounts=st.lists(st.integers(-500, 2000), max_size=6).map(lambda each: tuple(sorted(each))),
    is_refund=st.booleans(),
)


@given(facts, facts)
def test_comparing_does_not_depend_on_the_order(first: PurchaseFacts, second: PurchaseFacts) -> None:
    here, there = same_purchase(first, second), same_purchase(second, first)
    assert type(here) is type(there)
    assert here.likeness.bits == there.likeness.bits


@given(facts)
def test_keys_fit_the_database_and_are_stable(read: PurchaseFacts) -> None:
    assert purchase_key(read) == purchase_key(replace(read))
    assert len(purchase_key(read)) <= 200
    assert all(len(key) <= 120 for key in lookup_keys(read))
    assert len(set(lookup_keys(read))) == len(lookup_keys(read))


@given(st.permutations([(0, "A", 300), (1, "A", 500), (2, "B", 300), (3, "A", 300), (4, "B", 900)]))
def test_line_keys_do_not_depend_on_the_order_of_lines(lines: list[tuple[int, str, int]]) -> None:
    keyed = line_keys(
        KeyedLine(position, Sku(sku), (minor, 1)) for position, (_, sku, minor) in enumerate(lines)
    )
    by_key = {keyed[position]: (sku, minor) for position, (_, sku, minor) in enumerate(lines)}
    assert by_key == {
        "A#1": ("A", 500),
        "A#2": ("A", 300),
        "A#3": ("A", 300),
        "B#1": ("B", 900),
        "B#2": ("B", 300),
    }


def test_a_purchase_is_known_by_every_key_that_an_earlier_reading_of_it_is() -> None:
    other = replace(FACTS, date=date(2026, 3, 6), time=time(9, 31), number="TC44760001")
    earlier = [(("first",), FACTS), (("stranger",), other), (("second", "first", "third"), FACTS)]
    assert shared_purchase_keys(FACTS, earlier) == ("first", "second", "third")
    assert shared_purchase_keys(FACTS, []) == (purchase_key(FACTS),)


def test_lines_paid_under_several_keys_are_counted_together() -> None:
    parcels = [
        frozenset({"OATS#1", "JAM#1"}),
        frozenset({"OATS#1", "OATS#2"}),
        frozenset({"OATS#1", "A#1#1"}),
    ]
    assert joined_claims(parcels) == {"OATS#1", "OATS#2", "OATS#3", "OATS#4", "JAM#1", "A#1#1"}
    # What is claimed under the first stays as it is, so that no free key is one of its own.
    assert joined_claims([frozenset({"OATS#2"}), frozenset({"OATS#1"})]) == {"OATS#1", "OATS#2"}
    assert joined_claims([]) == frozenset()


def test_the_till_strengthens_or_weakens_and_never_decides() -> None:
    read = replace(FACTS, register="3")
    other, unread = replace(FACTS, register="4"), replace(FACTS, register="")
    same, told_apart, silent = (same_purchase(read, each) for each in (read, other, unread))
    assert same.likeness.bits > silent.likeness.bits > told_apart.likeness.bits
    assert isinstance(told_apart, SamePurchase), "a misread till makes no second purchase"
    assert not set(lookup_keys(read)) ^ set(lookup_keys(other))
    assert purchase_key(read) == purchase_key(other)


@pytest.mark.parametrize("name", ["corner market", ""])
def test_another_till_alone_never_pays_a_likely_twin(name: str) -> None:
    faded = replace(FACTS, retailer_key=name, time=None, number="", amounts=(), register="3")
    again = replace(faded, register="8")
    assert isinstance(same_purchase(faded, replace(again, register="")), MaybeSame)
    assert isinstance(same_purchase(faded, again), MaybeSame), (
        "a person looks, whatever the till's digit says"
    )
    elsewhere = replace(again, total=Money(1250, USD))
    assert isinstance(same_purchase(faded, elsewhere), Different)


def test_one_till_alone_makes_no_twin_of_two_customers() -> None:
    first = replace(FACTS, number="446922", time=None, amounts=(235, 293, 360, 425, 528, 548), register="3")
    after = replace(first, number="447039", time=time(21, 43))
    assert isinstance(same_purchase(first, after), Different), "equal baskets, numbers that follow each other"


@pytest.mark.parametrize(
    ("printed", "till"), [("03", "3"), ("٠٣", "3"), ("３", "3"), ("000", ""), ("", ""), ("A1", "A1")]
)
def test_tills_are_compared_in_whatever_digits_they_are_printed(
    printed: str, till: str, make: SimpleNamespace
) -> None:
    assert purchase_facts(make.receipt(register=printed)).register == till


PAINTED = {
    "total": Money(7118, USD),
    "date": date(2026, 3, 28),
    "time": time(21, 43),
    "number": "TC99710481",
    "register": "8",
}


@pytest.mark.parametrize("facts", [*itertools.combinations(PAINTED, 1), *itertools.combinations(PAINTED, 2)])
def test_what_is_painted_over_on_a_paid_receipt_seldom_makes_another_purchase(facts: tuple[str, ...]) -> None:
    paid = replace(FACTS, register="3", amounts=(235, 293, 360, 425, 528, 548))
    found = same_purchase(replace(paid, **{fact: PAINTED[fact] for fact in facts}), paid)  # type: ignore[arg-type]
    if facts == ("time", "number"):
        assert isinstance(found, Different), "an equal basket of another customer looks just like it"
    else:
        assert isinstance(found, SamePurchase if len(facts) == 1 else (SamePurchase, MaybeSame))


def test_a_number_one_digit_on_at_a_later_minute_is_the_next_customers() -> None:
    first = replace(FACTS, number="5864", time=time(8, 25))
    later = replace(FACTS, number="5884", time=time(9, 59))
    assert isinstance(same_purchase(first, later), Different)
    assert isinstance(same_purchase(later, first), Different), "whichever comes first"
    back = replace(FACTS, number="5884", time=time(7, 11))
    assert isinstance(same_purchase(first, back), MaybeSame), "no till counts down: both may be slips"
    unread = replace(later, time=None)
    assert isinstance(same_purchase(first, unread), MaybeSame), "by itself one digit is a slip"
