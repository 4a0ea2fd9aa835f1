"""Lines of one receipt help each other, and every guard stands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from matching import together
from matching.catalog_file import catalog_version
from matching.index import CatalogIndex
from matching.learned import LearnedNames, prints_of
from matching.match import LineQuery, match_lines, match_purchase
from matching.prices import UNKNOWN_PRICES, level_of, prices_of
from receipts.catalog import Catalog, CatalogProduct
from receipts.identity import Sku
from receipts.learned import Choice
from receipts.match import Match, MatchReason, MatchVerdict
from receipts.money import Money, currency
from tests.unit.test_matching_learned import DAY

USD = currency("USD")
NAMES = (
    ("Kellford", "Frosted Flakes", 499), ("Kellford", "Honey Crunch Granola", 549),
    ("Kellford", "Blueberry Oat Bars", 399), ("Riverbend", "Strawberry Yogurt", 119),
    ("Riverbend", "Peppermint Herbal Tea", 219), ("Goodmill", "Raisin Bran", 429),
    ("Goodmill", "Granola Clusters", 529),
)  # fmt: skip
PRODUCTS = tuple(
    CatalogProduct(Sku(f"P{number}"), name, brand=brand, size="12 OZ", msrp=Money(price, USD))
    for number, (brand, name, price) in enumerate(NAMES)
)


@pytest.fixture(scope="module")
def index() -> CatalogIndex:
    return CatalogIndex.build(Catalog(catalog_version(PRODUCTS), PRODUCTS))


def lines(*printed: tuple[str, int]) -> list[LineQuery]:
    return [
        LineQuery(place, text, None, Money(minor, USD), None, "")
        for place, (text, minor) in enumerate(printed)
    ]


CLEAR = ("KELLFORD FROSTED FLAKES 12OZ", 499)
SMUDGED = ("KELLFQRD FRQSTED FLAKES 12OZ", 499)


def test_a_second_print_of_a_line_at_its_price_is_the_same_product(
    index: CatalogIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = lines(CLEAR, SMUDGED)
    real = together._with_prints

    def doubted(cases: list[object], answers: list[Match], units: list[Money | None]) -> list[Match]:
        unsure = replace(answers[1], verdict=MatchVerdict.ASK, reason=MatchReason.TEXT)
        return real(cases, [answers[0], unsure], units)  # type: ignore[arg-type]

    monkeypatch.setattr(together, "_with_prints", doubted)
    first, second = match_purchase(asked, index)
    assert (second.verdict, second.sku, second.reason) == (MatchVerdict.ACCEPT, "P0", MatchReason.SAME_PRINT)
    assert first.reason is not MatchReason.SAME_PRINT
    dearer = match_purchase([asked[0], replace(asked[1], amount=Money(599, USD))], index)
    assert dearer[1].verdict is MatchVerdict.ASK, "at another price it may be another size"
    other_size = match_purchase(
        [asked[0], replace(asked[1], description="KELLFQRD FRQSTED FLAKES 24OZ")], index
    )
    assert other_size[1].verdict is MatchVerdict.ASK


def test_a_brand_that_is_surely_there_makes_its_other_lines_likelier(index: CatalogIndex) -> None:
    doubtful = ("HNY CRN GRN", 700)
    (alone,) = match_lines(lines(doubtful), index)
    assert 0.02 < alone.probability < 0.98
    beside = match_purchase(lines(doubtful, CLEAR), index)[0]
    stranger = match_purchase(lines(doubtful, ("RIVERBEND STRAWBERRY YOGURT 12OZ", 119)), index)[0]
    assert beside.probability > alone.probability
    assert stranger.probability == alone.probability


def test_lines_of_one_call_that_are_not_known_to_be_one_purchase_say_nothing_of_each_other(
    index: CatalogIndex,
) -> None:
    doubtful = ("HNY CRN GRN", 700)
    assert match_lines(lines(doubtful, CLEAR), index)[0] == match_lines(lines(doubtful), index)[0]


def test_a_dear_shop_is_known_by_its_sure_lines(index: CatalogIndex) -> None:
    dear = [(f"{brand} {name} 12OZ".upper(), round(price * 1.3)) for brand, name, price in NAMES[:4]]
    doubtful = ("GRNLA CLSTR 12OZ", round(529 * 1.3))
    alone = match_purchase(lines(doubtful), index)[0]
    beside = match_purchase(lines(*dear, doubtful), index)[-1]
    assert beside.sku == "P6"
    assert beside.probability > alone.probability


def test_a_level_needs_several_prices_and_is_believed_in_part() -> None:
    assert level_of([0.2, 0.2]) == 1.0
    assert level_of([0.01, 0.0, 0.02]) == 1.0
    assert 1.1 < level_of([0.2, 0.2, 0.2]) < 1.2214
    assert level_of([2.0, 2.0, 2.0]) == 1.0, "a carton of twelve is no dear shop"


def test_what_reviewers_confirmed_tells_what_the_shop_charges(index: CatalogIndex) -> None:
    book = LearnedNames.of(
        3,
        [
            (known, Choice(product.sku, printed, 1, DAY, charged, charged))
            for product in PRODUCTS[:4]
            if product.msrp is not None
            for printed in (f"XQZ {product.name} VK",)
            for charged in (Money(round(product.msrp.minor * 1.3), USD),)
            for known in prints_of(printed, None)
        ],
    )
    prices = prices_of(book, index)
    assert prices is prices_of(book, index), "worked out once"
    assert prices.level == pytest.approx(1.3 ** (4 / 5), abs=0.01)
    assert prices.charged.tolist() == [649, 714, 519, 155]
    assert not UNKNOWN_PRICES.is_known
    doubtful = lines(("GRNLA CLSTR 12OZ", round(529 * 1.3)))
    with_book, without = match_lines(doubtful, index, book)[0], match_lines(doubtful, index)[0]
    assert with_book.probability > without.probability


def test_a_near_print_that_speaks_for_products_of_its_own_is_asked_about() -> None:
    named = ("Mild Salsa", "Wild Salsa Verde", "Wild Salsa Roja")
    products = tuple(
        CatalogProduct(Sku(f"S{at}"), name, brand="Riverbend", size="12 OZ", msrp=Money(349, USD))
        for at, name in enumerate(named)
    )
    salsas = CatalogIndex.build(Catalog(catalog_version(products), products))
    asked = lines(("RIVERBEND MILD SALSA 12OZ", 349), ("RIVERBEND WILD SALSA 12OZ", 349))
    clear, other = match_purchase(asked, salsas)
    assert clear.sku == Sku("S0")
    assert (other.verdict, other.reason) == (MatchVerdict.ASK, MatchReason.AMBIGUOUS)
