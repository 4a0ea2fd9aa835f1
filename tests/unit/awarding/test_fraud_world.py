"""A receipt against itself, the program, the shop, the catalog and the household."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest

from awarding.fraud import (
    household_quantity,
    items_counted,
    known_store,
    price_range,
    program_bounds,
    purchase_date,
    retailer_profile,
)
from awarding.fraud.card import card_printed
from awarding.fraud.evidence import Evidence, Unavailable
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.store_list import StoreListError, load_stores
from awarding.fraud.store_zone import store_zone
from awarding.fraud.traits import SeenReceipt, profile_key, profile_of, traits_of
from awarding.fraud.world_facts import Listing, WorldFacts
from receipts.fraud import Finding, FraudSignal, Strength
from receipts.identity import MemberId, ProgramId
from receipts.money import Currency, Money
from receipts.receipt import Identity, Retailer
from receipts.transcript import Quad, Row, TextBox, TextSource, Transcript

POLICY = ScreenPolicy()
ACCUSING = re.compile(r"fraud|fake|forg|cheat|suspi|abus|manipul|duplicate|violat", re.IGNORECASE)
MILL = ProgramId("mill")


def world(make: SimpleNamespace, read: object = None, **change: object) -> Evidence:
    evidence: Evidence = make.evidence(read, world=replace(make.WORLD, **change))
    return evidence


def found(signal: FraudSignal) -> tuple[Finding, Strength]:
    if signal.finding is Finding.SUSPECT:
        assert signal.member_sentence
        assert not ACCUSING.search(signal.member_sentence)
        assert signal.evidence
    return signal.finding, signal.strength


SUSPECT = (Finding.SUSPECT, Strength.WEAK)
NOT_CHECKED = (Finding.UNKNOWN, Strength.WEAK)
CLEAR = (Finding.CLEAR, Strength.WEAK)


def page(*rows: str, source: TextSource = TextSource.OCR) -> Transcript:
    quad = Quad.upright(left=0, top=0, right=10, bottom=10)
    return Transcript(100, 100, tuple(Row((TextBox(row, quad, 1.0),)) for row in rows), source, "test 1")


# The number of items


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({"items_sold": None}, NOT_CHECKED),
        ({"items_sold": 3}, CLEAR),
        ({"items_sold": 2}, SUSPECT),
        ({"items_sold": 2, "balanced": False}, NOT_CHECKED),
        ({"items_sold": 2, "identities": (Identity.ITEMS_SOLD,)}, CLEAR),
        ({"items_sold": 5}, CLEAR),  # weighed goods and bundles count as several
    ],
)
def test_more_lines_than_items_sold(
    make: SimpleNamespace, change: dict[str, object], answer: tuple[Finding, Strength]
) -> None:
    assert found(items_counted.check(make.evidence(make.receipt(**change)), POLICY)) == answer


def test_pieces_count_as_items_too(make: SimpleNamespace) -> None:
    six = make.item(0, "OATS", "6.00", quantity=Decimal(6))
    read = make.receipt(six, make.item(1, "BREAD", "2.00"), items_sold=7)
    assert found(items_counted.check(make.evidence(read), POLICY)) == CLEAR


# Dates


@pytest.mark.parametrize(
    ("printed", "other", "answer"),
    [
        (date(2026, 3, 5), None, CLEAR),
        (date(2026, 3, 5), date(2026, 5, 3), CLEAR),  # nothing was bought in May yet: it is March
        (date(2026, 3, 2), date(2026, 2, 3), NOT_CHECKED),
        (date(2026, 2, 3), date(2026, 3, 2), (Finding.SUSPECT, Strength.STRONG)),
        (date(2026, 5, 3), date(2026, 3, 5), (Finding.SUSPECT, Strength.STRONG)),
        (date(2026, 3, 2), date(2026, 2, 20), CLEAR),
    ],
)
def test_both_readings_of_a_date_are_looked_at_and_neither_is_chosen(
    make: SimpleNamespace, printed: date, other: date | None, answer: tuple[Finding, Strength]
) -> None:
    signal = purchase_date.check(make.evidence(make.receipt(date=printed, date_alternative=other)), POLICY)
    assert found(signal) == answer
    if answer[0] is not Finding.CLEAR:
        assert str(printed) in signal.reviewer_sentence
        assert str(other) in signal.reviewer_sentence


def test_the_window_is_counted_by_the_stores_own_calendar_day(make: SimpleNamespace) -> None:
    """At 03:00 UTC on 6 March it is still 5 March in Los Angeles: the thirtieth day, and not the next."""
    at = datetime(2026, 3, 6, 3, 0, tzinfo=UTC)
    read = make.receipt(date=date(2026, 2, 3))
    in_store = replace(world(make, read, store_zone="America/Los_Angeles"), submitted_at=at)
    assert purchase_date.check(in_store, POLICY).finding is Finding.CLEAR
    not_told = replace(world(make, read, store_zone=""), submitted_at=at)
    assert purchase_date.check(not_told, POLICY).strength is Strength.STRONG


@pytest.mark.parametrize(
    ("change", "zone"),
    [
        ({"currency": Currency("GBP")}, "Europe/London"),
        ({"currency": Currency("GBP"), "currency_assumed": True}, ""),
        ({"currency": Currency("EUR")}, ""),
        ({"currency": Currency("EUR"), "retailer": Retailer(tax_id="DE 811 115 368")}, "Europe/Berlin"),
        ({"retailer": Retailer(phone="(617) 555-0123")}, "America/New_York"),
        ({"retailer": Retailer(phone="(800) 555-0123")}, ""),
        ({"retailer": Retailer(phone="+43 1 5550123")}, "Europe/Vienna"),
        ({"retailer": Retailer(phone="12")}, ""),
    ],
)
def test_the_stores_zone_is_told_or_not_known(
    make: SimpleNamespace, change: dict[str, object], zone: str
) -> None:
    assert store_zone(make.receipt(**change), make.SENT) == zone
    assert store_zone(make.receipt(**change), make.SENT, listed="Europe/Paris") == "Europe/Paris"


def test_bought_before_the_program_or_the_member_began(make: SimpleNamespace) -> None:
    early = make.evidence(make.receipt(date=date(2025, 12, 31)))
    signal = program_bounds.check(early, POLICY)
    assert found(signal) == SUSPECT
    assert "before the program" in signal.reviewer_sentence
    joined = replace(make.MEMBER, joined_at=make.SENT)
    assert found(program_bounds.check(make.evidence(member=joined), POLICY)) == CLEAR
    long_before = make.receipt(date=make.SENT.date() - timedelta(days=32))
    signal = program_bounds.check(make.evidence(long_before, member=joined), POLICY)
    assert found(signal) == SUSPECT
    assert "before the member joined" in signal.reviewer_sentence


def test_a_reading_of_the_date_that_is_within_the_bounds_is_enough(make: SimpleNamespace) -> None:
    read = make.receipt(date=date(2025, 12, 3), date_alternative=date(2026, 3, 12))
    assert found(program_bounds.check(make.evidence(read), POLICY)) == CLEAR


# Stores

LIST = """program,retailer,store_number,postcode,phone,time_zone
mill,Corner Market,12,02139,617-555-0123,America/New_York
mill,Corner Market,13,94105,415-555-0199,America/Los_Angeles
mill,Big Barn,,,,
forge,Anvil & Sons,1,,,
"""


def listing(folder: Path, shop: Retailer, text: str = LIST) -> Listing:
    path = folder / "stores.csv"
    path.write_text(text, encoding="utf-8")
    return load_stores(path)[MILL].look_up(shop)


@pytest.mark.parametrize(
    ("shop", "answer", "zone"),
    [
        (Retailer("Corner Market Inc.", store="Store 0012"), CLEAR, "America/New_York"),
        (Retailer("CORNER MARKET", phone="+1 (617) 555 0123"), CLEAR, "America/New_York"),
        (
            Retailer("Corner Market", address="1 Main St, San Francisco CA 94105"),
            CLEAR,
            "America/Los_Angeles",
        ),
        (Retailer("Corner Market", store="#99"), SUSPECT, ""),
        (Retailer("Corner Market", store="12", phone="415-555-0199"), SUSPECT, ""),
        (Retailer("Corner Market", address="1 Main St 10001"), NOT_CHECKED, ""),
        (Retailer("Corner Market"), NOT_CHECKED, ""),
        (Retailer("Big Barn", store="7"), NOT_CHECKED, ""),
        (Retailer("Anvil & Sons", store="1"), SUSPECT, ""),
        (Retailer("Corncr Market", store="12"), CLEAR, "America/New_York"),
    ],
)
def test_stores_are_looked_up_in_the_programs_own_list(
    make: SimpleNamespace, tmp_path: Path, shop: Retailer, answer: tuple[Finding, Strength], zone: str
) -> None:
    said = listing(tmp_path, shop)
    evidence = world(make, make.receipt(retailer=shop), listing=said)
    assert found(known_store.check(evidence, POLICY)) == answer
    assert said.time_zone == zone


def test_without_a_list_or_a_name_nothing_is_held_against_a_shop(make: SimpleNamespace) -> None:
    assert found(known_store.check(world(make, listing=None), POLICY)) == NOT_CHECKED
    nameless = world(make, make.receipt(retailer=Retailer()), listing=Listing(retailer_listed=False))
    assert found(known_store.check(nameless, POLICY)) == NOT_CHECKED


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("program,store\nmill,1\n", "no column retailer"),
        ("program,retailer,zip\nmill,Big Barn,1\n", "'zip'"),
        ("program,retailer\nmill,\n", "line 2"),
        ("program,retailer\nmill,Big Barn,7\n", "line 2"),
        ("program,retailer,time_zone\nmill,Big Barn,Mars/Base\n", "Mars/Base"),
    ],
)
def test_a_wrong_list_says_where_and_what_to_write(tmp_path: Path, text: str, wrong: str) -> None:
    with pytest.raises(StoreListError, match=wrong):
        listing(tmp_path, Retailer(), text)


# Prices and quantities


@pytest.mark.parametrize(
    ("amount", "pieces", "answer"),
    [
        ("3.99", 1, CLEAR),
        ("0.79", 1, SUSPECT),
        ("15.97", 1, SUSPECT),
        ("15.96", 4, CLEAR),
        ("0.80", 1, CLEAR),
    ],
)
def test_prices_far_from_the_suggested_ones_are_noted(
    make: SimpleNamespace, amount: str, pieces: int, answer: tuple[Finding, Strength]
) -> None:
    oats = make.item(0, "OATS", amount, quantity=Decimal(pieces))
    evidence = replace(world(make, make.receipt(oats)), matches=(make.match(0, make.OATS),))
    signal = price_range.check(evidence, POLICY)
    assert found(signal) == answer
    if answer == SUSPECT:
        assert f"{amount} for 1, suggested 3.99" in signal.reviewer_sentence


def test_a_price_in_another_currency_or_none_is_not_compared(make: SimpleNamespace) -> None:
    assert found(price_range.check(world(make, prices=()), POLICY)) == NOT_CHECKED
    foreign = replace(make.WORLD.prices[0], price=Money(1, Currency("EUR")))
    assert found(price_range.check(world(make, prices=(foreign,)), POLICY)) == NOT_CHECKED


def test_an_offer_that_gives_a_piece_for_nothing_is_no_wrong_price(make: SimpleNamespace) -> None:
    free = make.item(0, "OATS", "3.99", discount=make.usd("3.99"))
    evidence = replace(world(make, make.receipt(free)), matches=(make.match(0, make.OATS),))
    assert found(price_range.check(evidence, POLICY)) == CLEAR


@pytest.mark.parametrize(("pieces", "answer"), [(24, CLEAR), (25, SUSPECT)])
def test_more_of_one_product_than_a_household_buys(
    make: SimpleNamespace, pieces: int, answer: tuple[Finding, Strength]
) -> None:
    oats = make.item(0, "OATS", "99.00", quantity=Decimal(pieces))
    bread = make.item(1, "BREAD", "99.00", quantity=Decimal(500))  # another maker's: not the program's affair
    matches = (make.match(0, make.OATS), make.match(1, None))
    evidence = make.evidence(make.receipt(oats, bread), matches=matches)
    assert found(household_quantity.check(evidence, POLICY)) == answer


def test_many_lines_make_a_large_quantity_too(make: SimpleNamespace) -> None:
    lines = [make.item(n, "OATS", "20.00", quantity=Decimal(20)) for n in range(3)]
    evidence = make.evidence(make.receipt(*lines), matches=tuple(make.match(n, make.OATS) for n in range(3)))
    signal = household_quantity.check(evidence, POLICY)
    assert found(signal) == SUSPECT
    assert "60 pieces in all" in signal.reviewer_sentence


def test_what_is_weighed_is_one_piece(make: SimpleNamespace) -> None:
    oats = make.item(0, "OATS", "99.00", quantity=Decimal("30.5"))
    evidence = make.evidence(make.receipt(oats), matches=(make.match(0, make.OATS),))
    assert found(household_quantity.check(evidence, POLICY)) == CLEAR


# How a retailer's receipts look

GENUINE = (
    "BILLA AG", "1020 Wien", "Filiale 123", "12.03.2026 14:05", "MILCH 1,29", "BROT 2,49", "SUMME EUR 3,78",
)  # fmt: skip
MADE_UP = ("Billa receipt", "03/12/2026", "14:05:33", "Milk 1.29", "Bread 2.49", "Cash 9.00", "TOTAL 3.78")


def looks(make: SimpleNamespace, rows: tuple[str, ...], **change: object) -> tuple[str, ...]:
    read = make.receipt(
        retailer=Retailer("Billa AG"), currency=Currency("EUR"), total=Money(378, Currency("EUR"))
    )
    return traits_of(replace(read, **change), page(*rows))


def judged(make: SimpleNamespace, rows: tuple[str, ...], seen: list[SeenReceipt]) -> FraudSignal:
    facts = WorldFacts(traits=looks(make, rows), profile=profile_of(seen))
    return retailer_profile.check(make.evidence(world=facts), POLICY)


def witnesses(make: SimpleNamespace, count: int, members: int) -> list[SeenReceipt]:
    return [SeenReceipt(MemberId(f"mem_{n % members}"), looks(make, GENUINE)) for n in range(count)]


def test_a_receipt_that_looks_otherwise_is_noted_once_enough_were_seen(make: SimpleNamespace) -> None:
    known = witnesses(make, 12, 5)
    assert found(judged(make, GENUINE, known)) == CLEAR
    signal = judged(make, MADE_UP, known)
    assert found(signal) == SUSPECT
    for word in ("decimal mark", "form of the date", "99/99/9999 here, 99.99.9999 elsewhere"):
        assert word in signal.reviewer_sentence
    assert found(judged(make, MADE_UP, witnesses(make, 11, 5))) == NOT_CHECKED
    assert found(judged(make, MADE_UP, witnesses(make, 12, 4))) == NOT_CHECKED
    assert found(judged(make, MADE_UP, [])) == NOT_CHECKED


def test_a_font_that_the_shops_documents_never_had_is_told(make: SimpleNamespace) -> None:
    read = make.receipt(retailer=Retailer("Billa AG"), currency=Currency("EUR"))

    def set_in(font: str, rows: tuple[str, ...]) -> tuple[str, ...]:
        return traits_of(read, page(*rows), font=font)

    known = [SeenReceipt(MemberId(f"mem_{n % 5}"), set_in("LiberationSans", GENUINE)) for n in range(12)]
    other = tuple(row.replace("12.03.2026", "03/12/2026") for row in GENUINE)
    facts = WorldFacts(traits=set_in("Helvetica", other), profile=profile_of(known))
    signal = retailer_profile.check(make.evidence(world=facts), POLICY)
    assert found(signal) == SUSPECT
    assert "font: helvetica here, liberationsans elsewhere" in signal.reviewer_sentence
    alone = WorldFacts(traits=set_in("Helvetica", GENUINE), profile=profile_of(known))
    assert found(retailer_profile.check(make.evidence(world=alone), POLICY)) == CLEAR, "one trait is no look"


def test_one_member_alone_teaches_nothing(make: SimpleNamespace) -> None:
    """Three receipts of the member's own making among the others make their look no usual one."""
    own = [SeenReceipt(MemberId("mem_eve"), looks(make, MADE_UP))] * 3
    assert found(judged(make, MADE_UP, [*witnesses(make, 40, 8), *own])) == SUSPECT
    two = [SeenReceipt(MemberId(f"mem_{n}"), looks(make, MADE_UP)) for n in range(2)]
    assert found(judged(make, MADE_UP, [*witnesses(make, 40, 8), *two])) == CLEAR


def test_a_misread_letter_is_no_other_look(make: SimpleNamespace) -> None:
    smudged = (
        "BlLLA AG",
        "1O20 Wien",
        "Fillale 123",
        "12.03.2026 14:05",
        "MILCH 1,29",
        "BROT 2,49",
        "SUNME EUR 3,78",
    )
    assert found(judged(make, smudged, witnesses(make, 20, 6))) == CLEAR


def test_shops_that_print_in_several_ways_have_no_usual_one(make: SimpleNamespace) -> None:
    mixed = [
        SeenReceipt(MemberId(f"mem_{n % 6}"), looks(make, GENUINE if n % 2 else MADE_UP)) for n in range(24)
    ]
    other = ("Billa", "2026-03-12", "Milch 1,29", "Brot 2,49", "Bar 3,78")
    assert found(judged(make, other, mixed)) == CLEAR


def test_paper_and_documents_are_compared_apart(make: SimpleNamespace) -> None:
    read = make.receipt(retailer=Retailer("Billa AG"))
    paper, mail = page(*GENUINE), page(*GENUINE, source=TextSource.HTML)
    assert profile_key(read, paper) != profile_key(read, mail)
    assert profile_key(make.receipt(retailer=Retailer()), paper) == ""


@pytest.mark.parametrize("check", [program_bounds, known_store])
def test_what_could_not_be_looked_up_holds(make: SimpleNamespace, check: object) -> None:
    signal = check.check(make.evidence(world=Unavailable("it did not answer")), POLICY)  # type: ignore[attr-defined]
    assert (signal.finding, signal.strength) == (Finding.UNKNOWN, Strength.STRONG)


@pytest.mark.parametrize(
    ("rows", "card"),
    [
        (("VISA", "************1234", "APPROVED"), "visa 1234"),
        (("Card: XXXX XXXX XXXX 9876 MASTERCARD",), "mastercard 9876"),
        (("Visa ending in 4242",), "visa 4242"),
        (("MEMBER NO ******1234", "VISA"), ""),
        (("************1234",), ""),
        (("IBAN AT** **** 1234", "VISA"), ""),
        (("VISA", "TOTAL 1234"), ""),
    ],
)
def test_the_cards_last_four_are_taken_with_their_scheme_only(rows: tuple[str, ...], card: str) -> None:
    assert card_printed(page(*rows)) == card
