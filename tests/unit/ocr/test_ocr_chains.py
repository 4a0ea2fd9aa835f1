"""The directory of chains, and what it makes of a page."""

from __future__ import annotations

from pathlib import Path

import pytest

from ocr.directory import DirectoryError, build, chains_in, directory_with, shape_of, shipped
from ocr.documents.text import text_page
from ocr.parse import Parsed, ReadDefaults, parse
from receipts.errors import Rejection
from receipts.money import Currency
from receipts.receipt import Retailer

PAGE = """
{head}
412 OAKMONT ROAD
SPRINGFIELD 45011
06/03/2026 14:05
{items}
TOTAL              7.28
CASH               7.28
{foot}
"""
ITEMS = "OAT FLAKES         3.29\nWHOLE MILK         3.99"


def shop(head: str, foot: str = "", items: str = ITEMS, chains: Path | None = None) -> Retailer:
    page = text_page(PAGE.format(head=head, foot=foot, items=items))
    assert not isinstance(page, Rejection)
    answer = parse(page.rows, ReadDefaults(currency=Currency("USD"), chains=chains))
    assert isinstance(answer, Parsed), answer
    return answer.receipt.retailer


@pytest.mark.parametrize(
    ("head", "foot", "name"),
    [
        ("WALMART", "", "WALMART"),
        ("WAL*MART SUPERCENTER", "", "WAL*MART SUPERCENTER"),
        ("WALMRT", "", "Walmart"),
        ("REWE Karl Peters oHG", "", "REWE Karl Peters oHG"),
        ("R0SSMANN", "", "Rossmann"),
        ("WHOLEFOODSMARKET", "", "WHOLEFOODSMARKET"),
        ("OODS MARKET", "Thank you for shopping at Whole Foods Market", "Whole Foods Market"),
        ("", "www.kaufland.de", "Kaufland"),
        ("", "Fragen? 0800 - 152 83 52", "Kaufland"),
        ("", "NEVER STOP IMPROVING", "Lowe's"),
        ("", "Thank you for shopping at Publix", "Publix"),
        ("UID DE812706034", "", "REWE"),
        ("SUBWAY #12345\nHOLLIS FOODS LLC", "", "Subway"),
        ("DOLLAR GENERAL ST0RE #12203\nSALE TRANSACTION", "", "Dollar General"),
        ("EDEKA Müller\nInh. Thomas Müller e.K.", "", "EDEKA Müller"),
    ],
)
def test_a_chain_is_known_by_what_is_printed(head: str, foot: str, name: str) -> None:
    assert shop(head, foot).name == name


@pytest.mark.parametrize(
    ("head", "foot", "items"),
    [
        ("HARPER & SONS GROCERY\nAT WALMART PLAZA", "", ITEMS),
        ("HARPER & SONS GROCERY\nNEXT TO TARGET", "", ITEMS),
        ("HARPER & SONS GROCERY", "", "TARGET GIFT CARD   3.29\nWHOLE MILK         3.99"),
        ("HARPER & SONS GROCERY", "TOTAL SAVINGS", "SHELL PASTA        3.29\nWHOLE MILK         3.99"),
    ],
)
def test_a_clearly_printed_name_is_never_overridden(head: str, foot: str, items: str) -> None:
    assert shop(head, foot, items).name == "HARPER & SONS GROCERY"


@pytest.mark.parametrize(
    "name",
    ["CITY MARKET", "SPAR MARKET", "PRICE RITE", "FAMILY FARE", "FISH MARKET", "SPEED MART", "DOLLAR STAR"],
)
def test_a_name_built_of_like_words_is_no_chains(name: str) -> None:
    assert shop(name).name == name


@pytest.mark.parametrize(("read", "name"), [("FAMILYMRT", "FamilyMart"), ("WHOLEFOOOSMARKET", "Whole Foods")])
def test_a_slip_within_a_word_is_mended(read: str, name: str) -> None:
    assert shop(read).name.startswith(name)


def test_an_everyday_word_alone_names_no_chain() -> None:
    assert shop("HARPER & SONS GROCERY\nNEXT\nEXTRA").name == "HARPER & SONS GROCERY"
    assert shop("NEXT", "www.next.co.uk").name.casefold() == "next"


def test_a_dealers_company_stays_the_seller_under_a_chains_sign() -> None:
    assert "LENGKUAS" in shop("SHELL\nLENGKUAS ENTERPRISE SDN BHD").name


def test_the_store_is_read_as_the_chain_numbers_it() -> None:
    assert shop("WALMART\nST# 01234 OP# 009041 TE# 12 TR# 03412").store == "01234"


def test_every_shipped_chain_can_be_used() -> None:
    directory = shipped()
    assert len(directory.chains) > 600
    by_country = {
        "Walmart", "Loblaws", "Tesco", "REWE", "BILLA", "Migros", "Carrefour", "Esselunga", "Mercadona",
        "Albert Heijn", "Colruyt", "Biedronka", "ICA", "REMA 1000", "Netto", "Continente", "Woolworths",
        "PAK'nSAVE", "99 Speedmart", "FairPrice", "Pick n Pay",
    }  # fmt: skip
    assert by_country <= {chain.name for chain in directory.chains}


def test_names_are_compared_by_how_they_print() -> None:
    assert shape_of("r0ssmann") == shape_of("rossmann")
    assert shape_of("wa1mart") == shape_of("walmart")
    assert shape_of("aldi") != shape_of("obi")


def test_a_program_adds_its_own_chains(tmp_path: Path) -> None:
    own = tmp_path / "chains.toml"
    own.write_text('[[chain]]\nname = "Harrowgate"\ndomains = ["harrowgate.example"]\n', encoding="utf-8")
    assert shop("", "www.harrowgate.example/survey", chains=own).name == "Harrowgate"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("chain = 3 = 4", "is not TOML"),
        ('[[chain]]\naliases = ["A"]', "has no name"),
        ('[[chain]]\nname = "A"\nslogan = "B"', "unknown slogan"),
        ('[[chain]]\nname = "A"\ndomains = "a.example"', "is a list of texts"),
        ('[[chain]]\nname = "A"\nstore = "STORE ("', "no regular expression"),
        ('[[chain]]\nname = "A"\nstore = "STORE"', "needs one group"),
        ("chain = 5", "chain is 5"),
        ("chain = [1]", "chain 1 is 1"),
        ('chain = "ab"', "chain is 'ab'"),
        ('[[chain]]\nname = "A"\nstore = "(a+)+$"', "repeats a group"),
        ('[[chain]]\nname = "A"\nstore = "((?:a|aa)+)$"', "repeats a group"),
        ('[[chain]]\nname = "A"\nstore = "(a*a*a*a*)$"', "more than 3"),
        ('[[chain]]\nname = "A"\nstore = 5', "store is 5"),
        ('[[chain]]\nname = "A"\nusual_word = "no"', "usual_word is 'no'"),
    ],
)
def test_a_file_that_cannot_be_used_says_where_and_how_to_mend_it(text: str, complaint: str) -> None:
    with pytest.raises(DirectoryError, match=complaint):
        build(chains_in(text, place="chains.toml"))


@pytest.mark.parametrize(
    "name", ["Kiwi Foods", "Mega Store", "Daily Mart", "Fresh Basket", "Fresh Market Co", "Foods Market"]
)
def test_a_shop_of_a_mail_is_no_chain_of_a_like_name(name: str) -> None:
    page = text_page(f"Order 5531\n\n{ITEMS}\nTOTAL              7.28\n")
    assert not isinstance(page, Rejection)
    answer = parse(page.rows, ReadDefaults(currency=Currency("USD")), hint=name, own_text=True)
    assert isinstance(answer, Parsed), answer
    assert answer.receipt.retailer.name == name


def test_a_chain_of_a_mail_is_named_by_its_address() -> None:
    page = text_page(f"Order 5531\n\n{ITEMS}\nTOTAL              7.28\nwww.kaufland.de\n")
    assert not isinstance(page, Rejection)
    answer = parse(page.rows, ReadDefaults(currency=Currency("USD")), own_text=True)
    assert isinstance(answer, Parsed), answer
    assert answer.receipt.retailer.name == "Kaufland"


def test_what_a_program_says_itself_stands_beside_the_directory() -> None:
    own = chains_in('[[chain]]\nname = "Next"\nphones = ["0800 555 01 99"]\n', place="own")
    said = directory_with(None, own)
    assert said is directory_with(None, own)  # built once
    assert said.numbers["08005550199"].domains == shipped().names["next"][0].domains
    assert said.names["next"][0].usual_word
    assert directory_with(None, ()) is shipped()
