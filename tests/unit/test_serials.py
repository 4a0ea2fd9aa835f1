"""Serial numbers: known by their label, never a code, kept with the match; and one piece is sold once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from awarding.purchase import lookup_keys, purchase_facts
from matching.catalog_file import catalog_version
from matching.gtin import with_check_digit
from matching.index import CatalogIndex
from matching.learned import prints_of
from matching.match import LineQuery, match_lines
from receipts.catalog import Catalog, CatalogProduct
from receipts.identity import Sku
from receipts.match import MatchReason, MatchVerdict
from receipts.money import Money, currency
from receipts.receipt import LineItem, Receipt, Retailer
from receipts.serial import is_serial_alone, serials_of, without_serials

USD = currency("USD")
BARCODE = with_check_digit("400638133393")
PRODUCTS = (
    CatalogProduct(
        Sku("TOAST-2"), "Morning Toaster Two Slice", BARCODE, "Hearthway", "", "", Money(3990, USD)
    ),
    CatalogProduct(Sku("TV-43"), "LED Television Panorama", None, "Brightline", "", "", Money(29999, USD)),
)


@pytest.fixture(scope="module")
def index() -> CatalogIndex:
    return CatalogIndex.build(Catalog(catalog_version(PRODUCTS), PRODUCTS))


@pytest.mark.parametrize(
    ("printed", "rest", "serial"),
    [
        ("S/N: BL43A7701234", "", "BL43A7701234"),
        ("TOASTER 2SLICE SERIAL NO 4006381333931", "TOASTER 2SLICE", "4006381333931"),
        ("PHONE IMEI 356938035643809", "PHONE", "356938035643809"),
        ("SERIENNR. 4711-0815-AX", "", "47110815AX"),
        ("TV N° DE SERIE: 0012AX99", "TV", "0012AX99"),
        ("MATRICOLA 99A88123", "", "99A88123"),
        ("Nr seryjny: PL1234567", "", "PL1234567"),
        ("SN: ab-12-34-56", "", "AB123456"),
    ],
)
def test_a_number_that_says_so_is_a_serial_number(printed: str, rest: str, serial: str) -> None:
    found = without_serials(printed)
    assert (found.rest, found.serials) == (rest, (serial,))
    assert is_serial_alone(printed) is (rest == "")


@pytest.mark.parametrize(
    "printed",
    ["SNACK BARS 123456", "SN BARS 123456", "SERENE 2000 WASH", "SERIES 5 BLADE 123456", "S/N 12",
     "SER 5901234123457", "ŻÓŁTY SER 59012341", "SER. 5901234123457", "FRYPAN N/S 4006381333931",
     "KLG FRSTD FLK 12OZ", "038000199042", "SERVIETTES 100X2000 123456", "ASN 1234567", ""],
)  # fmt: skip
def test_other_lines_are_left_as_they_are(printed: str) -> None:
    assert without_serials(printed) == type(without_serials(""))(printed, ())


def test_a_serial_number_that_is_a_barcode_by_chance_names_no_product(index: CatalogIndex) -> None:
    bare, labelled, beside = match_lines(
        [
            LineQuery(0, "GROCERY", BARCODE, None, None, ""),
            LineQuery(1, f"GROCERY SERIAL NO {BARCODE}", None, None, None, ""),
            LineQuery(2, f"GROCERY S/N {BARCODE}", str(BARCODE), None, None, ""),
        ],
        index,
    )
    assert (bare.reason, bare.serials) == (MatchReason.GTIN, ())
    assert [(each.verdict, each.serials) for each in (labelled, beside)] == [
        (MatchVerdict.NONE, (BARCODE,))
    ] * 2


def test_it_is_kept_with_the_match_and_no_part_of_the_words(index: CatalogIndex) -> None:
    printed = "HEARTHWAY MORNING TOASTER TWO SLICE"
    plain, numbered = match_lines(
        [
            LineQuery(0, printed, None, Money(3990, USD), None, ""),
            LineQuery(0, f"{printed} S/N HW77-0012345", None, Money(3990, USD), None, ""),
        ],
        index,
    )
    assert plain.verdict is MatchVerdict.ACCEPT
    assert numbered == replace(plain, serials=("HW770012345",))
    assert prints_of(f"{printed} S/N HW77-0012345", None) == prints_of(printed, None)
    assert prints_of(f"GROCERY S/N {BARCODE}", str(BARCODE)) == ()


def receipt(*printed: str, number: str = "0045-1183") -> Receipt:
    items = tuple(
        LineItem(place, text, Decimal(1), None, Money(3990, USD), None, None, 0.9)
        for place, text in enumerate(printed)
    )
    return Receipt(
        Retailer("Harbor"),
        date(2026, 3, 5),
        None,
        USD,
        number,
        None,
        None,
        Money(3990, USD),
        items,
        False,
        False,
        (),
    )


@pytest.mark.parametrize("printed", ["ŻÓŁTY SER", "FRYPAN N/S", "PHONE S/N"])
def test_an_articles_number_beside_the_words_is_none(printed: str) -> None:
    bought = receipt(printed)
    assert serials_of(replace(bought, items=(replace(bought.items[0], code="5901234123457"),))) == ()


def test_two_purchases_with_one_piece_are_found_by_it() -> None:
    one, other = receipt("TOASTER S/N HW77-0012345"), receipt("HW TSTR SERIAL: HW770012345", number="99")
    assert serials_of(one) == serials_of(other) == ("HW770012345",)
    shared = set(lookup_keys(purchase_facts(one))) & set(lookup_keys(purchase_facts(other)))
    assert "serial:HW770012345" in shared
