"""What reviewers confirmed for a shop, and what the matcher makes of it on a small invented catalog."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.catalog_file import catalog_version
from matching.gtin import with_check_digit
from matching.index import CatalogIndex
from matching.learned import NOTHING_LEARNED, LearnedNames, prints_of, unit_price
from matching.match import LineQuery, match_lines
from receipts.catalog import Catalog, CatalogProduct
from receipts.identity import Gtin, Sku
from receipts.learned import Choice, PrintKind
from receipts.match import Match, MatchReason, MatchVerdict, match_sentence
from receipts.money import Money, currency

USD = currency("USD")
DAY = datetime(2026, 11, 3, 12, tzinfo=UTC)
LATTE = with_check_digit("03800019905")
CRYPTIC = "KFD MSTRY BX ZQ"


def product(sku: str, name: str, size: str, price: str, gtin: Gtin | None = None) -> CatalogProduct:
    return CatalogProduct(Sku(sku), name, brand="Kellford", size=size, msrp=Money.of(price, USD), gtin=gtin)


PRODUCTS = (
    product("FF-12", "Frosted Flakes", "12 OZ", "4.99"),
    product("FF-24", "Frosted Flakes", "24 OZ", "7.99"),
    product("BOX", "Mystery Box", "", "9.99"),
    product("TEA-P", "Organic Green Tea Peach", "20 CT", "3.49"),
    product("TEA-M", "Organic Green Tea Mango", "20 CT", "3.49"),
    product("LATTE", "Vanilla Latte", "11 OZ", "2.49", LATTE),
)


@pytest.fixture(scope="module")
def index() -> CatalogIndex:
    return CatalogIndex.build(Catalog(catalog_version(PRODUCTS), PRODUCTS))


def usd(amount: str | None) -> Money | None:
    return None if amount is None else Money.of(amount, USD)


def book(
    *said: tuple[str, str | None, int], code: str | None = None, at: str | None = "4.99"
) -> LearnedNames:
    return LearnedNames.of(
        9,
        [
            (known, Choice(None if sku is None else Sku(sku), printed, count, DAY, usd(at), usd(at)))
            for printed, sku, count in said
            for known in prints_of(printed, code)
        ],
    )


def ask(
    index: CatalogIndex,
    learned: LearnedNames,
    printed: str,
    *,
    code: str | None = None,
    amount: str | None = "4.99",
) -> Match:
    (match,) = match_lines([LineQuery(0, printed, code, usd(amount), None, "")], index, learned)
    return match


@pytest.mark.parametrize(
    "printed",
    ["ITEM", "GROCERY", "GROCERY ITEM", "DEPT 4", "12345", "TEA", "CEREAL", "YOGURT", "MISC TAXABLE 2",
     "TOTAL", "NON FOOD", "PRODUCE 1.99", "12 OZ", "LEBENSMITTEL", "", "...", "7", "A B C", "ARTIKEL 12"],
)  # fmt: skip
def test_what_is_printed_too_generally_is_not_remembered_by_its_words(printed: str) -> None:
    assert prints_of(printed, None) == ()


@pytest.mark.parametrize("printed", ["KLG FRSTD FLK 12OZ", "FRSTD FLK", "YAKISOBAS NOODLE", "GREEN TEA"])
def test_a_products_name_is_remembered(printed: str) -> None:
    (known,) = prints_of(printed, None)
    assert known.kind is PrintKind.WORDS


@pytest.mark.parametrize(
    ("code", "remembered"),
    [("004512", True), ("123-45-6789", True), ("12", False), ("0000000", False), ("A123", False),
     ("212345006789", False), (None, False)],
)  # fmt: skip
def test_a_shops_item_number_is_remembered_unless_a_price_is_in_it(
    code: str | None, remembered: bool
) -> None:
    kinds = {known.kind for known in prints_of("GROCERY", code)}
    assert (PrintKind.NUMBER in kinds) is remembered


@given(printed=st.text(max_size=400), code=st.none() | st.text(max_size=40))
def test_no_text_stops_it_and_keys_fit_their_column(printed: str, code: str | None) -> None:
    assert all(0 < len(known.key) <= 200 for known in prints_of(printed, code))


def test_without_a_book_nothing_changes(index: CatalogIndex) -> None:
    query = [LineQuery(0, CRYPTIC, None, None, None, "")]
    assert match_lines(query, index, NOTHING_LEARNED) == match_lines(query, index)


def test_a_confirmed_print_is_accepted_and_says_by_whom_it_is_known(index: CatalogIndex) -> None:
    learned = book((CRYPTIC, "BOX", 4))
    assert ask(index, NOTHING_LEARNED, CRYPTIC).verdict is not MatchVerdict.ACCEPT
    match = ask(index, learned, CRYPTIC)
    assert (match.verdict, match.reason, match.sku) == (MatchVerdict.ACCEPT, MatchReason.LEARNED, "BOX")
    assert match_sentence(match) == "Confirmed for this shop by a reviewer on 3 November 2026, 4 times."
    assert match_sentence(ask(index, book((CRYPTIC, "BOX", 1)), "kfd  mstry bx zq")).endswith("2026.")


def test_another_printed_size_is_not_what_was_confirmed(index: CatalogIndex) -> None:
    learned = book(("KFD FR FLKX 12OZ", "FF-12", 9))
    assert ask(index, learned, "KFD FR FLKX 12OZ").reason is MatchReason.LEARNED
    for printed in ("KFD FR FLKX 24OZ", "KFD FR FLKX", "KFD FR FLKX 12CT"):
        assert ask(index, learned, printed).reason is not MatchReason.LEARNED


def test_a_product_whose_size_is_another_than_printed_is_never_accepted(index: CatalogIndex) -> None:
    match = ask(index, book(("KFD QXZVW 24OZ", "FF-12", 9)), "KFD QXZVW 24OZ")
    assert (match.verdict, match.reason) == (MatchVerdict.ASK, MatchReason.SIZE_CONFLICT)


@pytest.mark.parametrize("other", ["FF-24", None])
def test_words_confirmed_often_do_not_outvote_the_number_of_another_product(
    index: CatalogIndex, other: str | None
) -> None:
    printed = "KFD FR FLKX"
    small, large = book((printed, "FF-12", 20), code="111111"), book((printed, other, 1), code="222222")
    said = [(key, each) for one in (small, large) for key, choices in one.choices.items() for each in choices]
    learned = LearnedNames.of(9, said)
    match = ask(index, learned, printed, code="222222", amount="5.99")
    assert (match.verdict, match.reason) == (MatchVerdict.ASK, MatchReason.LEARNED_DISPUTED)
    assert ask(index, learned, printed, code="111111").sku == "FF-12"


@pytest.mark.parametrize("printed", ["KFD OGT MANGO", "KFD OGT MNG", "KFD OGT LEMON"])
def test_a_known_number_under_another_flavour_is_asked_about(index: CatalogIndex, printed: str) -> None:
    learned = book(("KFD OGT PEACH", "TEA-P", 3), code="004512", at="3.49")
    match = ask(index, learned, printed, code="004512", amount="3.49")
    assert (match.verdict, match.reason) == (MatchVerdict.ASK, MatchReason.CODE_DISAGREES)
    assert ask(index, learned, "KFD OGT PEACF", code="004512", amount="3.49").verdict is MatchVerdict.ACCEPT


def test_the_number_of_what_is_not_ours_says_nothing_of_other_words(index: CatalogIndex) -> None:
    learned = book(("ACME CAR WASH SPONGE", None, 1), code="333333")
    match = ask(index, learned, "FRSTD FLK", code="333333")
    assert (match.verdict, match.reason, match.sku) == (MatchVerdict.ASK, MatchReason.CODE_DISAGREES, "FF-12")
    assert ask(index, learned, "ACM CAR WSH SPNGE", code="333333").reason is MatchReason.LEARNED_NOT_OURS


def test_what_left_the_catalog_is_asked_about(index: CatalogIndex) -> None:
    match = ask(index, book((CRYPTIC, "GONE", 3)), CRYPTIC)
    assert (match.verdict, match.reason) == (MatchVerdict.ASK, MatchReason.LEARNED_GONE)
    assert "GONE" not in {each.sku for each in match.candidates}


@pytest.mark.parametrize(
    ("amount", "reason"),
    [
        ("4.99", MatchReason.LEARNED),
        ("3.19", MatchReason.LEARNED),
        ("14.99", MatchReason.LEARNED_PRICE),
        ("0.99", MatchReason.LEARNED_PRICE),
        ("0.00", MatchReason.LEARNED),
        (None, MatchReason.LEARNED),
    ],
)
def test_a_price_far_from_what_the_shop_charged_is_asked_about(
    index: CatalogIndex, amount: str | None, reason: MatchReason
) -> None:
    assert ask(index, book((CRYPTIC, "BOX", 2)), CRYPTIC, amount=amount).reason is reason


@pytest.mark.parametrize(
    ("amount", "accepted"), [("4.99", True), ("5.49", True), ("7.99", False), (None, False)]
)
def test_without_a_printed_size_only_the_price_parts_siblings(
    index: CatalogIndex, amount: str | None, accepted: bool
) -> None:
    match = ask(index, book(("KFD FR FLKX", "FF-12", 5)), "KFD FR FLKX", amount=amount)
    assert (match.verdict is MatchVerdict.ACCEPT) is accepted


def test_products_of_one_price_that_print_alike_are_asked_about(index: CatalogIndex) -> None:
    match = ask(index, book(("ORG GRN TEA", "TEA-P", 5), at="3.49"), "ORG GRN TEA", amount="3.49")
    assert match.verdict is MatchVerdict.ASK
    assert match.candidates[0].sku == "TEA-P"


def test_a_print_of_the_brand_alone_is_asked_about(index: CatalogIndex) -> None:
    learned = book(("KELLFORD KLLFRD", "BOX", 9), ("KELLFORD KLLFRD MSTRY", "BOX", 9))
    assert ask(index, learned, "KELLFORD KLLFRD").reason is MatchReason.AMBIGUOUS
    assert ask(index, learned, "KELLFORD KLLFRD MSTRY").reason is MatchReason.LEARNED


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [
        (1, 1, MatchVerdict.ASK),
        (5, 1, MatchVerdict.ASK),
        (9, 1, MatchVerdict.ACCEPT),
        (1, 9, MatchVerdict.ASK),
    ],
)
def test_disagreement_is_asked_until_nine_in_ten_agree(
    index: CatalogIndex, one: int, other: int, verdict: MatchVerdict
) -> None:
    match = ask(index, book((CRYPTIC, "BOX", one), (CRYPTIC, "LATTE", other)), CRYPTIC)
    if one == 1 and other == 9:
        assert match.candidates[0].sku == "LATTE"
        return
    assert match.verdict is verdict
    if verdict is MatchVerdict.ASK:
        assert [each.sku for each in match.candidates[:2]] == ["BOX", "LATTE"]
    else:
        assert match.confirmed is not None
        assert match.confirmed.disputed_by == 1


def test_ours_and_not_ours_disagree_too(index: CatalogIndex) -> None:
    match = ask(index, book((CRYPTIC, "BOX", 1), (CRYPTIC, None, 1)), CRYPTIC)
    assert (match.verdict, match.reason) == (MatchVerdict.ASK, MatchReason.LEARNED_DISPUTED)
    assert match.candidates[0].sku == "BOX"


def test_another_makers_line_is_not_asked_about_again(index: CatalogIndex) -> None:
    match = ask(index, book((CRYPTIC, None, 2)), CRYPTIC)
    assert (match.verdict, match.sku, match.reason) == (MatchVerdict.NONE, None, MatchReason.LEARNED_NOT_OURS)
    assert match_sentence(match).startswith("Another maker's at this shop")


@pytest.mark.parametrize("sku", ["BOX", None])
def test_where_the_catalog_alone_accepts_something_else_a_person_is_asked(
    index: CatalogIndex, sku: str | None
) -> None:
    printed = "KELLFORD FROSTED FLAKES 12 OZ"
    match = ask(index, book((printed, sku, 9)), printed)
    assert (match.verdict, match.reason) == (MatchVerdict.ASK, MatchReason.LEARNED_DISPUTED)
    assert "FF-12" in {each.sku for each in match.candidates}


def test_a_makers_barcode_goes_before_what_was_learned(index: CatalogIndex) -> None:
    match = ask(index, book((CRYPTIC, "BOX", 9)), CRYPTIC, code=LATTE)
    assert match.reason is not MatchReason.LEARNED


def test_a_shops_number_is_known_again_under_other_words(index: CatalogIndex) -> None:
    learned = book(("KFD MSTRY BX ZQ", "BOX", 2), code="004512")
    assert ask(index, learned, "KFD MSTR BOX", code="004512").reason is MatchReason.LEARNED
    match = ask(index, learned, "ALBION SPICED RUM", code="004512")
    assert (match.verdict, match.reason) == (MatchVerdict.ASK, MatchReason.CODE_DISAGREES)


@pytest.mark.parametrize("printed", ["KELLFORD MYSTERV BOX", "KELLF0RD MYSTERY BOX", "KELLFORDMYSTERY BOX"])
def test_a_smudged_print_is_still_the_confirmed_one(index: CatalogIndex, printed: str) -> None:
    found = book(("KELLFORD MYSTERY BOX", "BOX", 1)).find(printed, None)
    assert found is not None
    assert found.choices[0].sku == "BOX"


@pytest.mark.parametrize(
    ("known", "printed"),
    [
        ("KELLFORD TEA BLEND 12 A", "KELLFORD TEA BLEND 12 B"),
        ("KELLFORD TEA BLEND 12", "KELLFORD TEA BLEND 13"),
        ("KELLFORD GREEN DILL", "KELLFORD GREEN MILD"),
        ("KELLFORD SAUCE WILD", "KELLFORD SAUCE MILD"),
        ("KELLFORD SAUCE 12OZ", "KELLFORD SAUSE 24OZ"),
    ],
)
def test_a_neighbour_is_not_taken_for_a_smudge(known: str, printed: str) -> None:
    assert book((known, "BOX", 9)).find(printed, None) is None


def test_a_print_between_two_confirmed_ones_is_neither() -> None:
    learned = book(("KELLFORD CRANE SAUCE", "BOX", 1), ("KELLFORD CRAVE SAUCE", "LATTE", 1))
    assert learned.find("KELLFORD CRAPE SAUCE", None) is None
    assert learned.find("KELLFORD CRANE SAUCE", None) is not None


def test_books_are_told_apart_by_their_version_alone() -> None:
    one = book((CRYPTIC, "BOX", 1))
    assert replace(one, version=10) != one


@pytest.mark.parametrize(
    ("quantity", "cents"),
    [("2", 250), ("0", 499), ("1E-999999", 499), ("NaN", 499), ("1E+9", 0), ("-1", 499)],
)
def test_no_quantity_stops_the_price_of_one(quantity: str, cents: int) -> None:
    assert unit_price(usd("4.99"), Decimal(quantity)) == Money(cents, USD)


def test_a_number_given_to_another_product_is_asked_about(index: CatalogIndex) -> None:
    def confirmed_as(product: str) -> LearnedNames:
        (known,) = prints_of(CRYPTIC, None)
        choice = Choice(Sku("TEA-P"), CRYPTIC, 3, DAY, usd("3.49"), usd("3.49"), product)
        return LearnedNames.of(9, [(known, choice)])

    for same in ("", "Kellford Organic Green Tea Peach", "Kellford Green Tea w. Peach, new recipe"):
        match = ask(index, confirmed_as(same), CRYPTIC, amount="3.49")
        assert (match.verdict, match.sku) == (MatchVerdict.ACCEPT, "TEA-P"), same
    reused = ask(index, confirmed_as("Kellford Dishwasher Tabs Lemon"), CRYPTIC, amount="3.49")
    assert (reused.verdict, reused.reason) == (MatchVerdict.ASK, MatchReason.LEARNED_CHANGED)
    assert reused.candidates[0].sku == "TEA-P"
