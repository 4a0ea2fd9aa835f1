"""What narrow tills print: words without spaces, sizes glued to them or without a unit, kinds cut short."""

from __future__ import annotations

import pytest

from matching.alignment import Spelling, word_score
from matching.confusions import OTHER_LETTER, weights_in
from matching.index import CatalogIndex
from matching.joined import pieces_of, taken_apart
from matching.match import LineQuery, match_lines
from matching.sizes import Kind, Measure, SizeFit, compare
from matching.text import normalise
from receipts.catalog import Catalog, CatalogProduct
from receipts.identity import Sku
from receipts.match import Match, MatchVerdict
from receipts.money import Money, currency

USD = currency("USD")


def product(sku: str, name: str, size: str, price: str = "4.99", brand: str = "Kellford") -> CatalogProduct:
    return CatalogProduct(Sku(sku), name, brand=brand, size=size, msrp=Money.of(price, USD))


PRODUCTS = (
    product("LOAF", "Lemon Loaf Cake", "13 OZ"),
    product("LOAF-L", "Lemon Loaf Cake", "26 OZ", "8.99"),
    product("RICE", "Brown Rice Crackers, Sesame", "14.5 OZ"),
    product("SODA-1", "Ginger Soda", "500 ML", "1.99"),
    product("CREAM", "Original Cream Cheese", "12 OZ"),
    product("BEER", "Root Beer Barrel Soda", "16 OZ", brand="Riverbend"),
    product("BARS-6", "Oat Bars", "6 CT"),
    product("BARS-6Z", "Oat Bars", "6 OZ"),
)


@pytest.fixture(scope="module")
def index() -> CatalogIndex:
    return CatalogIndex.build(Catalog("print", PRODUCTS))


def matched(index: CatalogIndex, printed: str, price: str | None = "4.99") -> Match:
    amount = None if price is None else Money.of(price, USD)
    return match_lines([LineQuery(0, printed, None, amount, None, "")], index)[0]


@pytest.mark.parametrize(
    ("printed", "parts"),
    [
        ("LEMONLOAFCAKE", ("LEMON", "LOAF", "CAKE")),
        ("BROWNRICECRCK", ("BROWN", "RICE", "CRCK")),
        ("XYBROWNRICE", ("XY", "BROWN", "RICE")),
        ("CHAMPIGNONS", ("CHAMPIGNONS",)),  # CHAMOMILE, PIGNOLI and ONION cut short: no whole word
        ("QUINOAWHEAT", ("QUINOAWHEAT",)),
        ("LEMON", ("LEMON",)),
    ],
)
def test_words_without_spaces_come_apart_where_the_catalog_knows_them(
    printed: str, parts: tuple[str, ...]
) -> None:
    words = ("LEMON", "LOAF", "CAKE", "BROWN", "RICE", "CRACKERS", "CHAMOMILE", "PIGNOLI", "ONIONS")
    assert taken_apart([printed], pieces_of(Spelling.of(words))) == [parts]


def test_any_print_is_taken_apart_without_losing_a_letter() -> None:
    pieces = pieces_of(Spelling.of(["LEMON", "LOAF", "CAKE"]))
    printed = ["LEMONÄLOAF", "XLEMONXLOAFX", "LEMON😀LOAFCAKE", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]
    assert ["".join(parts) for parts in taken_apart(printed, pieces)] == printed
    assert taken_apart(["LEMONLOAF"], pieces_of(Spelling.of(["AB"]))) == [("LEMONLOAF",)]


@pytest.mark.parametrize("printed", ["KELLFORDLEMONLOAFCAKE13OZ", "KELLFORD/LEMONLOAFCAKE 13OZ"])
def test_a_line_without_spaces_is_accepted(index: CatalogIndex, printed: str) -> None:
    found = matched(index, printed)
    assert (found.verdict, found.sku) == (MatchVerdict.ACCEPT, "LOAF")


@pytest.mark.parametrize(
    ("printed", "words", "value", "kind"),
    [
        ("DARK C5OZ", ("DARK", "C"), 5.0, Kind.OUNCE),
        ("LUTENICA5#", ("LUTENICA",), 80.0, Kind.OUNCE),
        ("CHSTN9Z", ("CHSTN",), 9.0, Kind.OUNCE),
        ("ORGAN LO64FZ", ("ORGAN", "LO"), 64.0, Kind.FLUID_OUNCE),
        ("MOTT-12OZ", ("MOTT",), 12.0, Kind.OUNCE),
    ],
)
def test_sizes_glued_to_a_word_are_sizes(
    printed: str, words: tuple[str, ...], value: float, kind: Kind
) -> None:
    normal = normalise(printed)
    assert (normal.words, normal.size.measures) == (words, (Measure(value, kind),))


@pytest.mark.parametrize(
    ("printed", "product_size", "fit"),
    [
        ("LOAF 13", "13 OZ", SizeFit.AGREE),
        ("LOAF 14.5", "14.5 OZ", SizeFit.AGREE),
        ("LOAF 5 F", "5 LB", SizeFit.AGREE),
        ("LOAF 500", "500 ML", SizeFit.AGREE),
        ("LOAF 2", "2 L", SizeFit.AGREE),
        ("LOAF 18", "18 CT", SizeFit.AGREE),
        ("LOAF 13", "26 OZ", SizeFit.PRODUCT_ONLY),
        ("LOAF 1", "1 LB", SizeFit.PRODUCT_ONLY),  # one of something is how everything is sold
        ("LOAF 13", "", SizeFit.NEITHER),
    ],
)
def test_a_number_without_a_unit_speaks_for_its_size_and_against_none(
    printed: str, product_size: str, fit: SizeFit
) -> None:
    sold = normalise(f"LOAF {product_size}").size
    assert compare(normalise(printed).said_size, sold) is fit


def test_a_number_without_a_unit_picks_the_size_and_needs_the_price(index: CatalogIndex) -> None:
    right = matched(index, "KELLFORD LEMON LOAF CAKE 13")
    assert (right.verdict, right.sku) == (MatchVerdict.ACCEPT, "LOAF")
    assert matched(index, "KELLFORD LEMON LOAF CAKE 13", None).verdict is MatchVerdict.ASK
    assert matched(index, "KELLFORD LEMON LOAF CAKE 15").verdict is MatchVerdict.ASK
    assert matched(index, "KELLFORD OAT BARS 6").verdict is MatchVerdict.ASK  # six bars, or six ounces
    decimal = matched(index, "KELLFORD BROWN RICE CRACKERS SESAME 14.5")
    assert (decimal.verdict, decimal.sku) == (MatchVerdict.ACCEPT, "RICE")


@pytest.mark.parametrize("printed", ["KELLFORD ORGA CREAM CHEESE 12OZ", "RIVERBEND SODA 16OZ"])
def test_a_kind_cut_short_or_a_name_mostly_skipped_is_never_accepted(
    index: CatalogIndex, printed: str
) -> None:
    assert matched(index, printed).verdict is not MatchVerdict.ACCEPT


def test_letters_that_engines_confuse_count_by_a_table_of_weights() -> None:
    often, alike, neither = (word_score(each, "FLAKES") for each in ("PLAKES", "FLAKFS", "FLAKZS"))
    assert 1.0 > often > alike > neither > 0.0
    assert word_score("FLAKES", "PLAKES") == often
    weights = weights_in('often = "AB"\noften_weight = 0.9\nalike = "AB BC"\nalike_weight = 0.2\n')
    assert weights[ord("B"), ord("A")] == pytest.approx(0.9)
    assert weights[ord("B"), ord("C")] == pytest.approx(0.2)
    assert not weights[OTHER_LETTER].any()
