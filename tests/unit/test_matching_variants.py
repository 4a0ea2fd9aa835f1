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


def said_of(printed: str, brand: str, name: str, *others: str, size: str = "12 OZ") -> MatchVerdict:
    """Of a line at the right price, by a catalog with that product and others of another brand."""
    products = (
        CatalogProduct(Sku("A"), name, brand=brand, size=size, msrp=Money(499, EUR)),
        *(
            CatalogProduct(Sku(f"O{number}"), other, brand="Ottersby", size="3 LB", msrp=Money(1299, EUR))
            for number, other in enumerate(("Mineral Water Still", *others))
        ),
    )
    index = CatalogIndex.build(Catalog(catalog_version(products), products))
    (match,) = match_lines([LineQuery(0, printed, None, Money(499, EUR), None, "")], index)
    return match.verdict


@pytest.mark.parametrize(
    ("printed", "name", "own"),
    [
        ("KELLFORD LIGHT PADS 12OZ", "Night Pads", "KELLFORD NIGHT PADS 12OZ"),
        ("KELLFORD NIGHT PADS 12OZ", "Light Pads", "KELLFORD LIGHT PADS 12OZ"),
        ("KELLFORD SANDWICH WHITE BREAD 12OZ", "Sandwich Wheat Bread", "KELLFORD SANDWICH WHEAT BRD 12OZ"),
        ("KELLFORD SANDWICH WHEAT BREAD 12OZ", "Sandwich White Bread", "KELLFORD SANDWICH WHT BREAD 12OZ"),
        ("KELLFORD MINI COOKIES 12OZ", "Mint Cookies", "KELLFORD MNT COOKIES 12OZ"),
        ("KELLFORD BEEF CRISPS 12OZ", "Beet Crisps", "KELLFORD BEET CRISPS 12OZ"),
        ("KELLFORD UNSALTED PEANUTS 12OZ", "Salted Peanuts", "KELLFORD SLTD PEANUTS 12OZ"),
        ("KELLFORD GRAPE JUICE 12OZ", "Grapefruit Juice", "KELLFORD GRPFRT JUICE 12OZ"),
        ("KELLFORD LIGHT PADS 12OZ", "Lightly Scented Pads", "KELLFORD LIGHTLY SCNTD PADS 12OZ"),
    ],
)
def test_a_kind_that_the_product_contradicts_is_never_accepted(printed: str, name: str, own: str) -> None:
    assert said_of(printed, "Kellford", name) is not MatchVerdict.ACCEPT
    assert said_of(own, "Kellford", name) is MatchVerdict.ACCEPT


def test_a_word_that_the_catalog_prints_is_not_one_that_it_resembles() -> None:
    printed = "KELLFORD BATTER MIX 12OZ"
    assert said_of(printed, "Kellford", "Butter Mix", "Fish Batter") is not MatchVerdict.ACCEPT


def test_a_brand_alone_is_never_accepted() -> None:
    assert said_of("KELLFORD MILLS 12OZ", "Kellford Mills", "Frosted Flakes") is not MatchVerdict.ACCEPT
    assert said_of("KELLFORD MILLS F 12OZ", "Kellford Mills", "Frosted Flakes") is not MatchVerdict.ACCEPT
    assert said_of("KELLFORD MILLS FRSTD FLK 12OZ", "Kellford Mills", "Frosted Flakes") is MatchVerdict.ACCEPT


def test_a_plain_print_that_was_not_cut_is_not_the_flavoured_product() -> None:
    name = "Mini Griddle Pancakes, Blueberry"
    assert said_of("KELLFORD GRIDDLE PANCAKES 12OZ", "Kellford", "Griddle Pancakes, Blueberry") is (
        MatchVerdict.ASK
    )
    assert said_of("KELLFORD MINI GRIDDLE PANCAKES BLUEB 12OZ", "Kellford", name) is MatchVerdict.ACCEPT


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("ALPENGUT KAESE WUERZIG 12OZ", "Käse würzig"),
        ("ALPENGUT HAEHNCHENBR GERAEUCHERT 12OZ", "Hähnchenbrust geräuchert"),
        ("NORDAL BLAABAER SYLTETOY 12OZ", "Blåbær Syltetøy"),
        ("ALPENGUT OSAFT MILD 12OZ", "Orangensaft mild"),
        ("BEAUPRE SOPALIN DOUBLE 12OZ", "Essuie-tout double"),
        ("ACEITE AOVE PICUAL 12OZ", "Virgen Picual"),
        ("KELLFORD AVOS SLICED FRESH 12OZ", "Avocados Sliced Fresh"),
    ],
)
def test_tills_without_umlauts_and_short_forms_of_a_language_are_read(printed: str, name: str) -> None:
    assert said_of(printed, printed.split()[0].title(), name) is MatchVerdict.ACCEPT
