"""What the matcher says of printed lines, on a small invented catalog with siblings and a private label."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.catalog_file import catalog_version, load_catalog
from matching.gtin import with_check_digit
from matching.index import CatalogIndex
from matching.match import LineQuery, match_lines, match_receipt
from receipts.catalog import Catalog, CatalogProduct
from receipts.identity import Gtin, Sku
from receipts.match import Match, MatchReason, MatchVerdict
from receipts.money import Money, currency
from receipts.receipt import LineItem, Receipt, Retailer

USD = currency("USD")
SAMPLE_CATALOG = Path(__file__).resolve().parents[2] / "fixtures" / "catalog.csv"
PEAK_12_GTIN = with_check_digit("038000199042"[:-1])
LABEL_GTIN = with_check_digit("07874200001")


def product(
    sku: str, brand: str, name: str, size: str, price: str, *, gtin: Gtin | None = None, alias: str = ""
) -> CatalogProduct:
    return CatalogProduct(
        sku=Sku(sku),
        name=name,
        gtin=gtin,
        brand=brand,
        size=size,
        msrp=Money.of(price, USD),
        aliases=tuple(filter(None, alias.split("|"))),
    )


PRODUCTS = (
    product("PEAK-FF-12", "Kellford", "Frosted Flakes", "12 OZ", "4.99", gtin=PEAK_12_GTIN),
    product("PEAK-FF-24", "Kellford", "Frosted Flakes", "24 OZ", "7.99"),
    product("PEAK-CF-12", "Kellford", "Corn Flakes", "12 OZ", "4.49"),
    product("PEAK-HC-12", "Kellford", "Honey Crunch Granola", "12 OZ", "5.49", alias="KFD HNYCRN GRNLA"),
    product("PEAK-BAR-6", "Kellford", "Blueberry Oat Bars", "6 CT", "3.99"),
    product("PEAK-BAR-12", "Kellford", "Blueberry Oat Bars", "12 CT", "6.99"),
    product("LABEL-FF-12", "Corner Market", "Frosted Flakes", "12 OZ", "2.99", gtin=LABEL_GTIN),
    product("RIVER-S", "Riverbend", "Strawberry Yogurt", "6 OZ", "1.19", alias="RVB YOG"),
    product("RIVER-B", "Riverbend", "Blueberry Yogurt", "6 OZ", "1.19", alias="RVB YOG"),
    product("RIVER-TEA", "Riverbend", "Tea", "20 CT", "2.19"),
    product("TOTAL-16", "Goodmill", "Total Raisin Bran", "16 OZ", "4.29"),
)


@pytest.fixture(scope="module")
def index() -> CatalogIndex:
    return CatalogIndex.build(Catalog(catalog_version(PRODUCTS), PRODUCTS))


@pytest.fixture(scope="module")
def sample() -> CatalogIndex:
    """Against whose products single letters had 0.8 and more."""
    return CatalogIndex.build(load_catalog(SAMPLE_CATALOG, currency=USD))


def ask_one(
    index: CatalogIndex, description: str, *, code: str | None = None, amount: str | None = None
) -> Match:
    money = None if amount is None else Money.of(amount, USD)
    (match,) = match_lines([LineQuery(0, description, code, money, None, "")], index)
    return match


@pytest.mark.parametrize(
    ("printed", "sku"),
    [
        ("KLFRD FRSTD FLK 12OZ", "PEAK-FF-12"),
        ("KLFRD FRSTD FLK 24OZ", "PEAK-FF-24"),
        ("KELLFORD FROSTED FLAKES 12 OZ", "PEAK-FF-12"),
        ("2 X KELLFORD FR0STED FLAKES 120Z 4.99 F", "PEAK-FF-12"),
        ("CORNER MKT FRSTD FLK 12Z", "LABEL-FF-12"),
        ("KELLFORD BLUEBRY OAT BAR 12CT", "PEAK-BAR-12"),
        ("Kfd HnyCrn Grnla", "PEAK-HC-12"),
        ("RIVERBEND STRWBRY YOGURT", "RIVER-S"),
        ("GOODMILL TOTAL RAISIN BRAN", "TOTAL-16"),
    ],
)
def test_a_clear_print_is_accepted(index: CatalogIndex, printed: str, sku: str) -> None:
    match = ask_one(index, printed)
    assert (match.verdict, match.sku) == (MatchVerdict.ACCEPT, sku)
    assert match.candidates[0].sku == sku


@pytest.mark.parametrize(
    ("printed", "reason"),
    [
        # Another size, another count: the words fit, so a person is asked.
        ("KLFRD FRSTD FLK 18OZ", MatchReason.SIZE_CONFLICT),
        ("KELLFORD FROSTED FLAKES 18OZ", MatchReason.SIZE_CONFLICT),
        ("KELLFORD BLUEBERRY OAT BARS 24CT", MatchReason.SIZE_CONFLICT),
        ("KELLFORD CORN FLAKES 2PK 12OZ", MatchReason.SIZE_CONFLICT),
        # Siblings, or makers, that the print does not tell apart.
        ("KLFRD FRSTD FLK", MatchReason.AMBIGUOUS),
        ("KELLFORD FROSTED FLAKES", MatchReason.AMBIGUOUS),
        ("FROSTED FLAKES 12OZ", MatchReason.AMBIGUOUS),
        ("KELLFORD FLAKES 12OZ", MatchReason.AMBIGUOUS),
        ("RIVERBEND YOGURT 6OZ", MatchReason.AMBIGUOUS),
        ("RVB YOG", MatchReason.AMBIGUOUS),
        # A flavour that the catalog does not have.
        ("RIVERBEND STRAWBERRY VANILLA YOGURT 6OZ", MatchReason.TEXT),
    ],
)
def test_doubt_is_asked_with_its_reason(index: CatalogIndex, printed: str, reason: MatchReason) -> None:
    match = ask_one(index, printed)
    assert (match.verdict, match.reason) == (MatchVerdict.ASK, reason)
    assert 1 <= len(match.candidates) <= 5


@pytest.mark.parametrize(
    "printed",
    ["RIVERBEND PEACH YOGURT 6OZ", "KELLFORD CHOC FROSTED FLAKES 12OZ", "CORNER MARKET CORN FLAKES 12OZ"],
)
def test_a_near_twin_is_never_accepted(index: CatalogIndex, printed: str) -> None:
    assert ask_one(index, printed).verdict is not MatchVerdict.ACCEPT


@pytest.mark.parametrize(
    "printed",
    [
        "BANANAS",
        "ORG BABY SPINACH 5OZ",
        "CHEDDAR SHARP 8OZ",
        "PAPER TOWELS 6 ROLL",
        "SOURDOUGH LOAF",
        "",
        "***",
    ],
)
def test_strangers_are_refused(index: CatalogIndex, printed: str) -> None:
    match = ask_one(index, printed)
    assert match.verdict is MatchVerdict.NONE


@pytest.mark.parametrize(
    "printed",
    [
        "TOTAL",
        "SUBT0TAL 12.30",
        "TAX 1 6.25%",
        "VISA TEND",
        "MFR COUPON -1.00",
        "BOTTLE DEPOSIT",
        "CA CRV 5C",
        "CHANGE DUE",
        "ITEMS SOLD 12",
        "MEMBER SAVINGS 2.00-",
        "MWST 7%",
        "PFAND 0,25",
        "PANT B 1,50",
        "PANT FLASKER",
        "1 @ 2.99",
    ],
)
def test_lines_that_are_no_products(index: CatalogIndex, printed: str) -> None:
    match = ask_one(index, printed)
    assert (match.verdict, match.reason) == (MatchVerdict.NONE, MatchReason.NOT_A_PRODUCT)
    assert (match.sku, match.candidates) == (None, ())


@pytest.mark.parametrize("printed", ["MFR COUPON", "COUPON 038000199042", "RABATT", "MEMBER SAVINGS"])
def test_what_a_coupon_is_for_is_not_paid_by_the_coupon(index: CatalogIndex, printed: str) -> None:
    match = ask_one(index, printed, code="038000199042")
    assert (match.verdict, match.sku, match.reason) == (MatchVerdict.NONE, None, MatchReason.NOT_A_PRODUCT)


@pytest.mark.parametrize("printed", ["TOTAL", "038000199042", "BAR", "PANT SHMP"])
def test_a_name_that_is_also_a_sum_is_the_product_of_its_barcode(index: CatalogIndex, printed: str) -> None:
    assert ask_one(index, printed, code="038000199042").sku == "PEAK-FF-12"


def test_a_brand_cut_to_a_word_for_deposits_is_still_looked_for() -> None:
    shampoo = product("S", "Pantene", "Shampoo", "12 OZ", "5.99")
    found = ask_one(CatalogIndex.build(Catalog("pantene", (shampoo,))), "PANT SHMP 12OZ", amount="5.99")
    assert (found.sku, found.reason) == ("S", MatchReason.TEXT)


def test_few_letters_never_pay_by_words_alone(index: CatalogIndex) -> None:
    assert ask_one(index, "TEA 20CT").verdict is not MatchVerdict.ACCEPT
    lone = CatalogIndex.build(Catalog("one", (product("T", "", "Tea", "20 CT", "2.19", alias="TEA20"),)))
    assert ask_one(lone, "TEA 20CT").verdict is not MatchVerdict.ACCEPT


@pytest.mark.parametrize("printed", ["x", "mx", "TX", "SODA", "FLK", "OATS", "F 12OZ", "X 1.99 TX"])
def test_a_short_word_is_not_asked_about(index: CatalogIndex, sample: CatalogIndex, printed: str) -> None:
    for catalog in (index, sample):
        match = ask_one(catalog, printed)
        assert match.verdict is MatchVerdict.NONE
        assert match.probability < 0.5
        assert all(candidate.probability <= match.probability for candidate in match.candidates)


def test_two_short_words_are_still_asked_about(index: CatalogIndex) -> None:
    assert ask_one(index, "RVB YOG").verdict is MatchVerdict.ASK


def test_what_a_number_decides_has_no_equal(index: CatalogIndex) -> None:
    match = ask_one(index, "KLFRD FRSTD FLK", code="038000199042")
    assert match.verdict is MatchVerdict.ACCEPT
    first, *others = match.candidates
    assert (first.sku, first.probability) == ("PEAK-FF-12", match.probability)
    assert "PEAK-FF-24" in {other.sku for other in others}
    assert all(other.probability < 0.01 for other in others)


def test_a_whole_barcode_number_decides(index: CatalogIndex) -> None:
    match = ask_one(index, "GROCERY", code="038000199042")
    assert (match.verdict, match.sku, match.reason) == (MatchVerdict.ACCEPT, "PEAK-FF-12", MatchReason.GTIN)
    assert match.gtin == PEAK_12_GTIN
    inside = ask_one(index, "KLFRD FRSTD FLK 038000199042 F")
    assert (inside.sku, inside.reason) == ("PEAK-FF-12", MatchReason.GTIN)


def test_a_cut_barcode_number_needs_words_that_agree(index: CatalogIndex) -> None:
    agreeing = ask_one(index, "KLFRD FRSTD FLK", code="003800019904")
    assert (agreeing.verdict, agreeing.sku) == (MatchVerdict.ACCEPT, "PEAK-FF-12")
    assert ask_one(index, "BANANAS", code="003800019904").verdict is MatchVerdict.NONE
    assert ask_one(index, "", code="003800019904").verdict is MatchVerdict.NONE


def test_number_and_words_that_disagree_are_asked(index: CatalogIndex) -> None:
    size = ask_one(index, "KELLFORD FROSTED FLAKES 24OZ", code="038000199042")
    assert (size.verdict, size.reason) == (MatchVerdict.ASK, MatchReason.CODE_DISAGREES)
    words = ask_one(index, "RIVERBEND STRAWBERRY YOGURT 6OZ", code="038000199042")
    assert (words.verdict, words.reason) == (MatchVerdict.ASK, MatchReason.CODE_DISAGREES)
    unknown = ask_one(index, "KELLFORD FROSTED FLAKES 12OZ", code="4006381333931")
    assert (unknown.verdict, unknown.reason) == (MatchVerdict.ASK, MatchReason.CODE_DISAGREES)


def test_coupon_and_shop_numbers_never_match() -> None:
    shop = with_check_digit("0212345500199")
    coupon = with_check_digit("0053800019904")
    both = CatalogIndex.build(
        Catalog(
            "x",
            (
                product("A", "B", "Deli Ham", "", "3.00", gtin=shop),
                product("C", "B", "Rye", "", "3.00", gtin=coupon),
            ),
        )
    )
    assert ask_one(both, "", code=shop[2:]).verdict is MatchVerdict.NONE
    match = ask_one(both, "KELLFORD 1.00 OFF", code=coupon[1:])
    assert (match.verdict, match.reason) == (MatchVerdict.NONE, MatchReason.NOT_A_PRODUCT)


def test_the_makers_article_number_is_accepted(index: CatalogIndex) -> None:
    match = ask_one(index, "CEREAL", code="peak-ff-24")
    assert (match.verdict, match.sku, match.reason) == (MatchVerdict.ACCEPT, "PEAK-FF-24", MatchReason.SKU)


def test_a_short_article_number_needs_words_that_agree() -> None:
    small = CatalogIndex.build(Catalog("x", (product("4011", "Kellford", "Corn Flakes", "12 OZ", "4.49"),)))
    assert ask_one(small, "BANANAS", code="4011").verdict is MatchVerdict.NONE
    assert ask_one(small, "KLFRD CORN FLK", code="4011").verdict is MatchVerdict.ACCEPT


def test_without_a_printed_brand_the_price_must_fit(index: CatalogIndex) -> None:
    assert ask_one(index, "TOTAL RAISIN BRAN 16OZ").verdict is not MatchVerdict.ACCEPT
    assert ask_one(index, "TOTAL RAISIN BRAN 16OZ", amount="1.49").verdict is not MatchVerdict.ACCEPT


def test_the_same_barcode_on_two_products_is_asked() -> None:
    twins = (
        product("A", "Kellford", "Corn Flakes", "", "4.00", gtin=PEAK_12_GTIN),
        product("B", "Kellford", "Frosted Flakes", "", "4.00", gtin=PEAK_12_GTIN),
    )
    match = ask_one(CatalogIndex.build(Catalog("x", twins)), "", code="038000199042")
    assert (match.verdict, match.reason) == (MatchVerdict.ASK, MatchReason.AMBIGUOUS)


def test_answers_keep_the_order_and_do_not_depend_on_their_neighbours(index: CatalogIndex) -> None:
    printed = ["KLFRD FRSTD FLK 12OZ", "TOTAL", "", "RIVERBEND STRWBRY YOGURT", "BANANAS"]
    together = match_lines(
        [LineQuery(n, text, None, None, None, "") for n, text in enumerate(printed)], index
    )
    assert [match.position for match in together] == [0, 1, 2, 3, 4]
    for text, match in zip(printed, together, strict=True):
        alone = ask_one(index, text)
        assert (alone.verdict, alone.sku, alone.probability) == (match.verdict, match.sku, match.probability)
    assert match_lines([], index) == ()


def test_a_receipt_is_matched_line_by_line(index: CatalogIndex) -> None:
    item = LineItem(3, "KLFRD FRSTD FLK 12OZ", Decimal(2), None, Money(998, USD), None, None, 0.9)
    receipt = Receipt(Retailer(), None, None, USD, "", None, None, None, (item,), False, False, ())
    (match,) = match_receipt(receipt, index)
    assert (match.position, match.sku, match.verdict) == (3, "PEAK-FF-12", MatchVerdict.ACCEPT)


def test_the_index_names_its_version_and_finds_products(index: CatalogIndex) -> None:
    assert index.version.startswith(catalog_version(PRODUCTS))
    assert index.product(Sku("PEAK-FF-12")) == PRODUCTS[0]
    assert index.product(Sku("peak-ff-12")) is None
    assert index.product(Sku("NO")) is None


def test_an_empty_catalog_matches_nothing() -> None:
    empty = CatalogIndex.build(Catalog("empty", ()))
    assert ask_one(empty, "KLFRD FRSTD FLK 12OZ", code="038000199042").verdict is MatchVerdict.NONE


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.none() | st.text(max_size=20), st.none() | st.integers(-(10**9), 10**9))
def test_any_line_gets_an_answer(
    index: CatalogIndex, description: str, code: str | None, minor: int | None
) -> None:
    amount = None if minor is None else Money(minor, USD)
    (match,) = match_lines([LineQuery(0, description, code, amount, Decimal(0), "")], index)
    assert 0.0 <= match.probability <= 1.0
    assert len(match.candidates) <= 5
    assert (match.verdict is MatchVerdict.NONE) or match.sku is not None
