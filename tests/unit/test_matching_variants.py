"""Flavours and kinds are known in the languages of the receipts, and part near-twins in each."""

from __future__ import annotations

import pytest

from matching.catalog_file import catalog_version
from matching.index import CatalogIndex
from matching.match import LineQuery, match_lines
from matching.variants import VARIANTS
from receipts.catalog import Catalog, CatalogProduct
from receipts.identity import Sku
from receipts.match import MatchVerdict
from receipts.money import Money, currency

EUR = currency("EUR")


@pytest.mark.parametrize(
    "word",
    ["STRAWBERRY", "ERDBEERE", "WURZIG", "FRAISE", "ECREME", "VAINILLA", "PINA", "FRAGOLA", "CAFFE",
     "AARDBEI", "CAFEINEVRIJ", "TRUSKAWKA", "LOSOS", "WISNIA", "JORDGUBB", "BLABAR", "MORANGO", "LIMAO"],
)  # fmt: skip
def test_each_language_has_its_words_folded_as_lines_are(word: str) -> None:
    assert word in VARIANTS


@pytest.mark.parametrize(
    ("brand", "name", "printed", "cut"),
    [
        ("Alpengut", "Joghurt Erdbeere Mild", "ALPENGUT JOGHURT MILD 150G", "ALPENGUT JOGHURT ERDBEERE 150G"),
        ("Beaupre", "Yaourt Fraise Brassé", "BEAUPRE YAOURT BRASSE 150G", "BEAUPRE YAOURT FRAISE 150G"),
        (
            "Bellavia",
            "Biscotti Nocciola Friabili",
            "BELLAVIA BISCOTTI FRIABILI 150G",
            "BELLAVIA BISCOTTI NOCCIOLA 150G",
        ),
        (
            "Lipowy",
            "Serek Truskawkowy Puszysty",
            "LIPOWY SEREK PUSZYSTY 150G",
            "LIPOWY SEREK TRUSKAWKOWY 150G",
        ),
    ],
)
def test_a_flavour_left_out_between_printed_words_is_never_accepted(
    brand: str, name: str, printed: str, cut: str
) -> None:
    products = (
        CatalogProduct(Sku("A"), name, brand=brand, size="150 g", msrp=Money(129, EUR)),
        CatalogProduct(Sku("B"), "Mineralwasser Still", brand="Quellhof", size="1 l", msrp=Money(79, EUR)),
    )
    index = CatalogIndex.build(Catalog(catalog_version(products), products))
    ask, accept = match_lines(
        [LineQuery(0, text, None, Money(129, EUR), None, "") for text in (printed, cut)], index
    )
    assert (ask.sku, ask.verdict) == ("A", MatchVerdict.ASK)
    assert (accept.sku, accept.verdict) == ("A", MatchVerdict.ACCEPT)


def test_a_short_form_of_the_lexicon_stands_for_its_word_unless_the_catalog_prints_it() -> None:
    def verdict(*names: str) -> tuple[str | None, MatchVerdict]:
        products = tuple(
            CatalogProduct(Sku(str(number)), name, brand="Ridgeway", size="150 g", msrp=Money(129, EUR))
            for number, name in enumerate(names)
        )
        index = CatalogIndex.build(Catalog(catalog_version(products), products))
        asked = LineQuery(0, "RIDGEWAY CHIX NOODLE 150G", None, Money(129, EUR), None, "")
        (match,) = match_lines([asked], index)
        return match.sku, match.verdict

    assert verdict("Beef Noodle", "Chicken Noodle") == ("1", MatchVerdict.ACCEPT)
    assert verdict("Chix Noodle", "Chicken Noodle") == ("0", MatchVerdict.ACCEPT)
