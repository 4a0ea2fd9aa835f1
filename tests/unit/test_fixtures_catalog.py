"""The sample catalog, campaigns and shops fit together."""

from __future__ import annotations

import json
from importlib.resources import as_file, files

import pytest
from stdnum import ean

from awarding.campaign_file import parse_campaign
from fixtures.generator.catalog_file import catalog_csv
from fixtures.generator.dice import Dice
from fixtures.generator.retailers import SHOPS
from fixtures.generator.shelf import OWN_PRODUCTS, own_product
from fixtures.generator.strangers import STRANGERS
from fixtures.generator.till_names import drop_vowels, in_full, shorten
from matching.catalog_file import load_catalog
from receipts.money import currency

FOLDER = files("fixtures")
CAMPAIGNS = [
    parse_campaign(json.loads(entry.read_bytes()))
    for entry in sorted((FOLDER / "campaigns").iterdir(), key=lambda entry: entry.name)
]


def test_the_committed_catalog_is_the_one_that_the_generator_writes() -> None:
    assert (FOLDER / "catalog.csv").read_text(encoding="utf-8") == catalog_csv()


def test_the_catalog_loads_whole() -> None:
    with as_file(FOLDER / "catalog.csv") as path:
        catalog = load_catalog(path, currency=currency("USD"))
    assert [product.sku for product in catalog.products] == [item.sku for item in OWN_PRODUCTS]
    assert 60 <= len(catalog.products) <= 100
    assert all(product.gtin and product.msrp and product.size for product in catalog.products)


def test_product_numbers_are_valid_unassigned_and_differ() -> None:
    everything = [*OWN_PRODUCTS, *(item for market in STRANGERS.values() for item in market)]
    numbers = [item.gtin for item in OWN_PRODUCTS]
    assert all(ean.is_valid(item.gtin) and item.gtin.startswith("952") for item in everything if item.gtin)
    assert len(set(numbers)) == len(numbers)
    assert set(numbers).isdisjoint(item.gtin for item in everything if item.sku is None)


def test_many_products_have_a_sibling_of_another_size() -> None:
    sizes: dict[str, set[str]] = {}
    for item in OWN_PRODUCTS:
        sizes.setdefault(item.name, set()).add(item.size)
    assert sum(len(each) > 1 for each in sizes.values()) > 20


def test_campaigns_name_only_what_exists_and_cover_every_sample_day() -> None:
    categories, brands = {item.category for item in OWN_PRODUCTS}, {item.brand for item in OWN_PRODUCTS}
    skus, shops = {item.sku for item in OWN_PRODUCTS}, {shop.name for shop in SHOPS}
    assert CAMPAIGNS
    for campaign in CAMPAIGNS:
        assert set(campaign.retailers) <= shops
        assert (campaign.starts_on.year, campaign.ends_on.year) == (2020, 2099)
        for rule in campaign.rules:
            assert set(rule.products.categories) <= categories
            assert set(rule.products.brands) <= brands
            assert set(rule.products.skus) <= skus


@pytest.mark.parametrize(
    ("word", "short"),
    [("Crunch", "Crnch"), ("Oats", "Oats"), ("Apple", "Appl"), ("2%", "2%"), ("Unsalted", "Unsltd")],
)
def test_vowels_go_after_the_first_letter_of_long_words(word: str, short: str) -> None:
    assert drop_vowels(word) == short


def test_a_short_name_fits_the_till_and_keeps_its_size_when_asked() -> None:
    for number, item in enumerate(OWN_PRODUCTS):
        name = shorten(item, width=18, dice=Dice(str(number)), keep_size=True)
        assert len(name) <= 18
        assert name == name.upper()
        assert name.split()[-1][0].isdigit()


def test_a_full_name_is_cut_at_the_tills_width() -> None:
    granola = own_product("OAT-HCG-12Z")
    assert in_full(granola, width=60, capitals=False) == "Oatmere Honey Crunch Granola 12 OZ"
    assert in_full(granola, width=20, capitals=True) == "OATMERE HONEY CRUNCH"


def test_an_unknown_product_number_is_an_error() -> None:
    with pytest.raises(KeyError):
        own_product("OAT-NONE")
