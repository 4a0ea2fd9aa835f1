"""Which lines of a past receipt may earn when it is decided again, and under which keys."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from awarding.again import barred_keys, with_free_keys
from awarding.lines import ProductLine
from awarding.purchase import KeyedLine, line_keys
from receipts.award import Award, LineEarning
from receipts.catalog import CatalogProduct
from receipts.identity import Sku
from receipts.money import Money, Points, currency

USD = currency("USD")


def product_lines(*bought: tuple[str, int]) -> list[ProductLine]:
    """Lines of (SKU, cents)."""
    keys = line_keys(KeyedLine(n, Sku(sku), (cents, 1)) for n, (sku, cents) in enumerate(bought))
    return [
        ProductLine(n, CatalogProduct(Sku(sku), sku), Money(cents, USD), 1, keys[n], claimed=False)
        for n, (sku, cents) in enumerate(bought)
    ]


def award(*lines: ProductLine) -> Award:
    earned = tuple(LineEarning(each.position, each.product.sku, Points(1), each.claim_key) for each in lines)
    return Award(Points(len(lines)), (), earned)


def test_a_dearer_line_found_later_takes_the_key_that_is_free() -> None:
    lines = product_lines(("A", 300), ("A", 900))
    claimed = frozenset({"A#1"})
    assert barred_keys(lines, changed={1}, paid={0}, claimed=claimed) == {"A#2"}
    found = with_free_keys(award(lines[1]), lines, claimed)
    assert found is not None
    assert [line.claim_key for line in found.lines] == ["A#2"]


def test_a_line_paid_by_another_receipt_of_the_purchase_stays_barred() -> None:
    lines = product_lines(("A", 300), ("B", 500))
    assert barred_keys(lines, changed={0}, paid={1}, claimed=frozenset({"A#1", "B#1"})) == {"A#1", "B#1"}


def test_a_claim_of_a_product_that_is_not_shown_any_more_takes_up_a_line() -> None:
    lines = product_lines(("A", 300))
    assert barred_keys(lines, changed={0}, paid=set(), claimed=frozenset({"X#1"})) == {"X#1"}


def test_where_no_key_is_free_nothing_is_paid() -> None:
    lines = product_lines(("A", 300))
    assert with_free_keys(award(lines[0]), lines, frozenset({"A#1"})) is None


@given(
    bought=st.lists(st.tuples(st.sampled_from("AB"), st.integers(1, 9)), max_size=6),
    changed=st.sets(st.integers(0, 5)),
    paid=st.sets(st.integers(0, 5)),
    claims=st.sets(st.sampled_from(["A#1", "A#2", "A#3", "B#1", "B#2", "X#1"])),
)
def test_no_key_is_claimed_twice_and_no_line_that_stayed_is_paid(
    bought: list[tuple[str, int]], changed: set[int], paid: set[int], claims: set[str]
) -> None:
    lines, claimed = product_lines(*bought), frozenset(claims)
    barred = barred_keys(lines, changed=changed, paid=paid - changed, claimed=claimed)
    free = [line for line in lines if line.claim_key not in barred]
    assert all(line.position in changed for line in free)
    found = with_free_keys(award(*free), lines, claimed)
    if found is not None:
        keys = [line.claim_key for line in found.lines]
        assert len(set(keys)) == len(keys)
        assert not claimed & set(keys)


def test_a_claim_with_a_higher_key_than_there_are_lines_stands_for_one_of_them() -> None:
    """A#1 was given up: A#2 and A#3 are the claims of the two lines of A, and B is free."""
    lines = product_lines(("A", 1500), ("B", 900), ("A", 400))
    barred = barred_keys(lines, changed={1}, paid={0, 2}, claimed=frozenset({"A#2", "A#3"}))
    assert barred == {"A#1", "A#2"}
