"""A program wants a precision; thresholds, and what they cost, follow from what was measured."""

from __future__ import annotations

from itertools import pairwise

import pytest

from matching.catalog_file import catalog_version
from matching.gtin import with_check_digit
from matching.index import CatalogIndex
from matching.match import LineQuery, match_lines
from matching.precision import class_of, shipped_classes, thresholds_for
from matching.thresholds import ACCEPT_MIN, ASK_MIN, NEVER, Thresholds
from pipeline.wish_words import share_of, wish_sentences
from receipts.catalog import Catalog, CatalogProduct
from receipts.identity import Sku
from receipts.money import Money, currency
from receipts.program import MatchWish, WishError

USD = currency("USD")
SIZES = (800, 9_000, 45_000, 450_000)


@pytest.mark.parametrize("products", SIZES)
def test_who_wants_more_is_asked_for_more_and_pays_for_it(products: int) -> None:
    found = [thresholds_for(MatchWish(wanted), products) for wanted in (0.97, 0.98, 0.99, 0.995)]
    assert all(each.accept_reached for each in found)
    for less, more in pairwise(found):
        assert less.thresholds.accept_min <= more.thresholds.accept_min
        assert less.accept.share >= more.accept.share
    assert [each.accept.low >= wanted for each, wanted in zip(found, (0.97, 0.98, 0.99, 0.995), strict=True)]


@pytest.mark.parametrize("products", SIZES)
def test_without_a_wish_all_is_as_ever(products: int) -> None:
    found = thresholds_for(MatchWish(), products)
    assert found.thresholds == Thresholds(ACCEPT_MIN, ASK_MIN)
    assert (ACCEPT_MIN, found.thresholds.unbranded_accept_min) == (0.9, 0.95)
    assert 0.98 < found.accept.precision < 1
    # On lines of which more than a quarter are narrow tills: without those it was 0.325 at the least.
    assert 0.29 < found.accept.share < 0.6


def test_the_rarer_the_catalogs_lines_the_surer_a_match_must_be() -> None:
    mins = [
        thresholds_for(MatchWish(0.98, None, share), 9_000).thresholds.accept_min for share in (0.7, 0.5, 0.2)
    ]
    assert mins == sorted(mins)
    assert mins[0] < mins[-1]


def test_what_nothing_measured_gives_stops_words_from_paying_and_says_so() -> None:
    wish = MatchWish(0.999, None, 0.01)
    found = thresholds_for(wish, 9_000)
    assert (found.accept_reached, found.thresholds.accept_min) == (False, NEVER)
    assert "No threshold measured gives a precision of 0.999" in wish_sentences(wish, found)[0]


def test_none_is_surer_the_more_is_asked() -> None:
    usual, surer = (thresholds_for(MatchWish(None, wanted), 9_000) for wanted in (0.8, 0.9))
    assert usual.thresholds.ask_min > surer.thresholds.ask_min
    assert usual.none.share > surer.none.share, "more strangers' lines go to a person"
    assert surer.none.low >= 0.9
    never = thresholds_for(MatchWish(None, 0.999), 9_000)
    assert (never.none_reached, never.thresholds.ask_min) == (False, 0.02)


def test_a_catalog_counts_as_one_of_the_next_larger_that_were_measured() -> None:
    sizes = [each.products for each in shipped_classes()]
    assert sizes == sorted(sizes)
    assert class_of(1).products == sizes[0]
    assert class_of(20_000).products == sizes[2]
    assert class_of(5_000_000).products == sizes[-1]


@pytest.mark.parametrize(
    "wrong",
    [{"accept_precision": 0.3}, {"accept_precision": 1.0}, {"none_precision": 99.0},
     {"accept_precision": float("nan")}, {"own_share": 0.0}, {"own_share": 1.0}, {"own_share": 30.0}],
)  # fmt: skip
def test_what_cannot_be_wanted_is_refused_with_what_to_write(wrong: dict[str, float]) -> None:
    with pytest.raises(WishError, match="such as 0"):
        MatchWish(**wrong)


def test_shares_are_written_as_numbers_or_per_cent() -> None:
    assert share_of(" 0.995 ") == 0.995
    assert share_of("99.5%") == pytest.approx(0.995)
    with pytest.raises(WishError, match="is no share"):
        share_of("very sure")


PRODUCTS = tuple(
    CatalogProduct(Sku(sku), name, brand="Kellford", size="12 OZ", msrp=Money(499, USD), gtin=gtin)
    for sku, name, gtin in (
        ("FF", "Frosted Flakes", with_check_digit("03800019904")),
        ("CF", "Corn Flakes", None),
        ("HC", "Honey Crunch Granola", None),
    )
)


def test_the_matcher_goes_by_them_and_codes_do_not() -> None:
    index = CatalogIndex.build(Catalog(catalog_version(PRODUCTS), PRODUCTS))
    asked = [
        LineQuery(0, "KLFRD HNY CRNCH GRNL 12OZ", None, Money(499, USD), None, ""),
        LineQuery(1, "KELLFORD CORN FLAKES 12OZ", None, Money(499, USD), None, ""),
        LineQuery(2, "GROCERY", "038000199042", Money(499, USD), None, ""),
    ]
    verdicts = {
        accept: [match.verdict.value for match in match_lines(asked, index, thresholds=Thresholds(accept))]
        for accept in (ACCEPT_MIN, NEVER)
    }
    assert verdicts == {ACCEPT_MIN: ["accept"] * 3, NEVER: ["ask", "ask", "accept"]}
    assert match_lines(asked[:1], index, thresholds=Thresholds(NEVER, 1.0))[0].verdict.value == "none"
