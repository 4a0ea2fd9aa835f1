"""What each check finds, how much it weighs, and what member and reviewer read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time, timedelta
from types import ModuleType, SimpleNamespace

import pytest

from awarding.fraud import arithmetic, purchase_date, same_bytes, same_purchase, same_serial, velocity
from awarding.fraud.evidence import Evidence, Unavailable
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.screen import CHECKS, Check, holds, screen
from awarding.fraud.signals import not_checked
from awarding.purchase import purchase_facts
from receipts.fraud import EvidenceFact, Finding, FraudSignal, Risk, Strength
from receipts.money import Currency, Money
from receipts.receipt import Receipt, Retailer
from receipts.state import ReceiptState

POLICY = ScreenPolicy()
ACCUSING = re.compile(r"fraud|fake|forg|cheat|suspi|abus|manipul|duplicate|violat", re.IGNORECASE)


NOTHING_TO_GO_BY = ("fiscal_proof",)
"""Checks that say of a receipt like these, which prints no fiscal code, that they could not look."""


def looked(signals: Sequence[FraudSignal]) -> list[FraudSignal]:
    """Of checks that had something to go by; the others must be the known ones, and hold nothing."""
    idle = [each for each in signals if (each.finding, each.strength) == (Finding.UNKNOWN, Strength.WEAK)]
    assert tuple(each.check for each in idle) == NOTHING_TO_GO_BY
    return [each for each in signals if each not in idle]


def test_an_ordinary_first_receipt_is_clear(make: SimpleNamespace) -> None:
    screening = make.screened(make.evidence())
    assert screening.risk is Risk.CLEAR
    assert {signal.finding for signal in looked(screening.signals)} == {Finding.CLEAR}
    assert [signal.check for signal in screening.signals] == [
        "same_bytes",
        "same_purchase",
        "same_serial",
        "fiscal_proof",
        "pdf_history",
        "same_picture",
        "mail_proof",
        "mail_links",
        "sender_trust",
        "purchase_date",
        "program_bounds",
        "arithmetic",
        "items_counted",
        "doubtful_reading",
        "known_store",
        "retailer_profile",
        "price_range",
        "household_quantity",
        "screen_photo",
        "made_image",
        "edited_picture",
        "picture_metadata",
        "velocity",
        "member_velocity",
        "shared_identity",
        "new_account",
        "declined_share",
    ]


@pytest.mark.parametrize("check", [same_bytes, same_purchase])
@pytest.mark.parametrize(
    ("change", "strength"),
    [
        ({"own": False}, Strength.STRONG),
        ({"own": False, "state": ReceiptState.HELD}, Strength.STRONG),
        ({"own": False, "state": ReceiptState.MATCHED}, Strength.STRONG),
        ({"own": True}, Strength.WEAK),
        ({"own": True, "state": ReceiptState.DECLINED}, Strength.WEAK),
        ({"own": True, "state": ReceiptState.FAILED}, Strength.WEAK),
        ({"own": True, "state": ReceiptState.SCREENED}, Strength.WEAK),
        ({"own": True, "state": ReceiptState.HELD}, Strength.STRONG),
        ({"own": True, "state": ReceiptState.DECLINED, "refused": True}, Strength.STRONG),
    ],
)
def test_a_repeat_weighs_by_who_sent_it_and_what_became_of_it(
    make: SimpleNamespace, check: ModuleType, change: dict[str, object], strength: Strength
) -> None:
    earlier = make.earlier(**change)
    signal = check.check(make.evidence(same_bytes=(earlier,), same_facts=(earlier,)), POLICY)
    assert (signal.finding, signal.strength) == (Finding.SUSPECT, strength)
    assert signal.related == (earlier.receipt_id,)
    assert earlier.receipt_id in signal.reviewer_sentence
    assert signal.member_sentence
    assert not ACCUSING.search(signal.member_sentence)


def test_the_own_rescan_is_told_kindly(make: SimpleNamespace) -> None:
    mine = make.earlier(own=True)
    signal = same_bytes.check(make.evidence(same_bytes=(mine,)), POLICY)
    assert signal.member_sentence == (
        "You sent this receipt before. Lines that already earned points do not earn them again."
    )


def test_another_members_receipt_decides_among_several(make: SimpleNamespace) -> None:
    mine = make.earlier(own=True, receipt_id="rcp_mine", submitted_at=make.SENT - timedelta(days=9))
    signal = same_bytes.check(make.evidence(same_bytes=(mine, make.earlier())), POLICY)
    assert signal.strength is Strength.STRONG
    assert "another member" in signal.reviewer_sentence
    assert set(signal.related) == {"rcp_mine", "rcp_earlier"}


def test_one_that_is_of_two_paid_purchases_at_once_is_looked_at(make: SimpleNamespace) -> None:
    """No paper names both, so one of the two is perhaps misread."""
    facts = purchase_facts(make.receipt())
    one = make.earlier(replace(facts, number="99818824"), own=True)
    other = make.earlier(replace(facts, time=time(9, 31), second=None), own=True, receipt_id="rcp_other")
    alone = [same_purchase.check(make.evidence(same_facts=(each,)), POLICY) for each in (one, other)]
    assert {signal.strength for signal in alone} == {Strength.WEAK}
    signal = same_purchase.check(make.evidence(same_facts=(one, other)), POLICY)
    assert signal.strength is Strength.STRONG
    assert "several purchases" in signal.reviewer_sentence
    assert not ACCUSING.search(signal.member_sentence)


def test_a_later_receipt_is_no_repeat_unless_it_was_paid_first(make: SimpleNamespace) -> None:
    later = make.earlier(submitted_at=make.SENT + timedelta(seconds=1), state=ReceiptState.SCREENED)
    assert same_bytes.check(make.evidence(same_bytes=(later,)), POLICY).finding is Finding.CLEAR
    paid = replace(later, state=ReceiptState.AWARDED)
    assert same_bytes.check(make.evidence(same_bytes=(paid,)), POLICY).finding is Finding.SUSPECT


def test_the_same_purchase_is_shown_side_by_side_with_differences_marked(make: SimpleNamespace) -> None:
    misread = purchase_facts(make.receipt(receipt_number="TC 4471-0O98", retailer=Retailer("CORNER MARKT")))
    signal = same_purchase.check(make.evidence(same_facts=(make.earlier(misread),)), POLICY)
    assert signal.strength is Strength.STRONG
    assert EvidenceFact("total", "11.09 USD on both") in signal.evidence
    assert EvidenceFact("basket", "2.50 3.99 4.60 on both") in signal.evidence
    assert EvidenceFact("number", "TC44710093 here, TC44710098 on rcp_earlier (near)") in signal.evidence


@pytest.mark.parametrize(
    "change",
    [
        {"time": time(18, 40), "receipt_number": "TC 4480-1204"},
        {"total": Money(1999, Currency("USD")), "time": time(9, 12), "receipt_number": "TC 4460-0007"},
        {"is_refund": True},
        {"currency": Currency("CAD"), "total": Money(1109, Currency("CAD"))},
        {"date": date(2026, 3, 4), "time": time(11, 20), "receipt_number": "TC 4399-2210"},
    ],
    ids=["later that day", "other basket", "refund", "other currency", "day before"],
)
def test_another_purchase_at_the_same_shop_is_no_repeat(
    make: SimpleNamespace, change: dict[str, object]
) -> None:
    other = purchase_facts(make.receipt(**change))
    signal = same_purchase.check(make.evidence(same_facts=(make.earlier(other),)), POLICY)
    assert signal.finding is Finding.CLEAR


def test_too_little_to_tell_apart_asks_a_person_even_for_ones_own(make: SimpleNamespace) -> None:
    bare = make.receipt(make.item(0, "OATS", "3.99"), time=None, receipt_number="")
    mine = make.earlier(purchase_facts(bare), own=True)
    signal = same_purchase.check(make.evidence(bare, same_facts=(mine,)), POLICY)
    assert signal.strength is Strength.STRONG
    assert "perhaps" in signal.reviewer_sentence
    unpaid = same_purchase.check(
        make.evidence(bare, same_facts=(replace(mine, state=ReceiptState.DECLINED),)), POLICY
    )
    assert unpaid.strength is Strength.WEAK


def test_a_purchase_of_which_too_little_was_read_cannot_be_compared(make: SimpleNamespace) -> None:
    blank = make.receipt(make.item(0, "OATS", "3.99"), date=None, time=None, total=None, receipt_number="")
    assert same_purchase.check(make.evidence(blank), POLICY).finding is Finding.UNKNOWN


@pytest.mark.parametrize(
    ("day", "finding"),
    [
        (date(2026, 3, 6), Finding.CLEAR),
        (date(2026, 3, 7), Finding.CLEAR),  # the store's clock may be a day ahead of the program's
        (date(2026, 3, 8), Finding.SUSPECT),
        (date(2026, 2, 4), Finding.CLEAR),
        (date(2026, 2, 3), Finding.SUSPECT),
        (None, Finding.UNKNOWN),
    ],
)
def test_the_purchase_day_must_lie_in_the_programs_window(
    make: SimpleNamespace, day: date | None, finding: Finding
) -> None:
    signal = purchase_date.check(make.evidence(make.receipt(date=day)), POLICY)
    assert signal.finding is finding
    if finding is Finding.SUSPECT:
        assert signal.strength is Strength.STRONG
        assert "looks" not in signal.member_sentence
        assert not ACCUSING.search(signal.member_sentence)


def test_a_future_date_shows_the_reviewer_the_other_reading(make: SimpleNamespace) -> None:
    signal = purchase_date.check(make.evidence(make.receipt(date=date(2026, 5, 3))), POLICY)
    assert EvidenceFact("date with day and month swapped", "2026-03-05") in signal.evidence


def unbalanced(make: SimpleNamespace, total: str, *, added: str = "0.00") -> Evidence:
    """Oats for 3.99 and bread for 2.50, perhaps with one more line of oats; the total as given."""
    lines = [make.item(0, "OATS", "3.99"), make.item(1, "BREAD", "2.50")]
    if added != "0.00":
        lines.append(make.item(2, "OATS XL", added))
    read = make.receipt(*lines, total=make.usd(total), balanced=False)
    matches = (make.match(0, make.OATS), make.match(1, None), make.match(2, make.OATS))
    return make.evidence(read, matches=matches)


def test_a_missed_line_is_noted_and_not_held(make: SimpleNamespace) -> None:
    signal = arithmetic.check(unbalanced(make, "9.49"), POLICY)
    assert (signal.finding, signal.strength) == (Finding.SUSPECT, Strength.WEAK)
    assert make.screened(unbalanced(make, "9.49")).risk is Risk.CLEAR


def test_a_missed_discount_on_other_goods_is_noted_and_not_held(make: SimpleNamespace) -> None:
    assert arithmetic.check(unbalanced(make, "6.19"), POLICY).strength is Strength.WEAK


def test_products_that_cost_more_than_the_total_hold(make: SimpleNamespace) -> None:
    signal = arithmetic.check(unbalanced(make, "3.50"), POLICY)
    assert signal.strength is Strength.STRONG
    assert "3.99" in signal.reviewer_sentence
    assert "3.50" in signal.reviewer_sentence
    assert not ACCUSING.search(signal.member_sentence)


def test_a_line_pasted_in_is_named(make: SimpleNamespace) -> None:
    signal = arithmetic.check(unbalanced(make, "6.49", added="8.99"), POLICY)
    assert signal.strength is Strength.STRONG
    signal = arithmetic.check(unbalanced(make, "20.00", added="8.99"), POLICY)
    assert signal.strength is Strength.WEAK


def test_a_pasted_line_is_found_among_many_lines(make: SimpleNamespace) -> None:
    groceries = [make.item(position, "GROCERY", "5.00") for position in range(6)]
    read = make.receipt(*groceries, make.item(6, "HNY BARS", "8.99"), total=make.usd("30.00"), balanced=False)
    signal = arithmetic.check(make.evidence(read, matches=(make.match(6, make.BARS),)), POLICY)
    assert signal.strength is Strength.STRONG
    assert "HNY BARS" in signal.reviewer_sentence


@pytest.mark.parametrize("change", [{"total": None}, {"items": ()}])
def test_sums_that_cannot_be_checked_are_unknown(make: SimpleNamespace, change: dict[str, object]) -> None:
    read = replace(make.receipt(balanced=False), **change)
    assert arithmetic.check(make.evidence(read, matches=()), POLICY).finding is Finding.UNKNOWN


def test_an_overruled_total_is_noted_and_pays(make: SimpleNamespace) -> None:
    read = make.evidence().receipt
    signal = arithmetic.check(
        make.evidence(replace(read, overruled_total=Money(7118, read.currency))), POLICY
    )
    assert (signal.finding, signal.strength) == (Finding.SUSPECT, Strength.WEAK)
    assert EvidenceFact("on the row called total", "71.18 USD") in signal.evidence


def test_the_first_receipt_over_the_days_number_is_held(make: SimpleNamespace) -> None:
    most = POLICY.max_receipts_per_day
    assert velocity.check(make.evidence(receipts_today=most), POLICY).finding is Finding.CLEAR
    signal = velocity.check(make.evidence(receipts_today=most + 1), POLICY)
    assert signal.strength is Strength.STRONG
    assert "11" in signal.reviewer_sentence


@pytest.mark.parametrize("missing", ["same_bytes", "same_facts", "receipts_today"])
def test_evidence_that_could_not_be_gathered_is_unknown_and_holds(
    make: SimpleNamespace, missing: str
) -> None:
    screening = make.screened(make.evidence(**{missing: Unavailable("the index did not answer")}))
    assert screening.risk is Risk.HOLD
    (unknown,) = [signal for signal in looked(screening.signals) if signal.finding is Finding.UNKNOWN]
    assert "the index did not answer" in unknown.reviewer_sentence


def test_a_check_that_fails_holds_and_the_others_still_answer(make: SimpleNamespace) -> None:
    def broken(given: Evidence, policy: ScreenPolicy) -> FraudSignal:
        raise ZeroDivisionError

    screening = screen(make.evidence(), POLICY, checks=(Check("broken", 7, broken), *CHECKS))
    assert screening.risk is Risk.HOLD
    first, *others = screening.signals
    assert (first.check, first.version, first.finding) == ("broken", 7, Finding.UNKNOWN)
    assert first.evidence == (EvidenceFact("error", "ZeroDivisionError"),)
    assert not ACCUSING.search(first.member_sentence)
    assert {signal.finding for signal in looked(others)} == {Finding.CLEAR}


def test_lines_in_two_currencies_hold_for_a_person(make: SimpleNamespace) -> None:
    mixed = replace(make.item(1, "BREAD", "2.50"), amount=Money(250, Currency("EUR")))
    read = make.receipt(make.item(0, "OATS", "3.99"))
    read = replace(read, items=(*read.items, mixed), balanced=False)
    assert make.screened(make.evidence(read)).risk is Risk.HOLD


def test_the_screening_names_its_policy_and_thresholds_come_from_it(make: SimpleNamespace) -> None:
    old = make.evidence(make.receipt(date=date(2026, 2, 1)))
    assert make.screened(old).risk is Risk.HOLD
    lenient = make.screened(old, version=4, window_days=60)
    assert (lenient.risk, lenient.policy_version) == (Risk.CLEAR, 4)


@pytest.mark.parametrize("wrong", [{"window_days": -1}, {"max_receipts_per_day": 0}, {"days_ahead": -1}])
def test_a_policy_that_nothing_could_pass_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least"):
        ScreenPolicy(**wrong)


def test_what_has_nothing_to_go_by_is_unknown_and_holds_nothing() -> None:
    signal = not_checked(check="fiscal", version=1, sentence="No fiscal code is printed.")
    assert signal.finding is Finding.UNKNOWN
    assert not holds(signal)


def test_one_piece_is_sold_once(make: SimpleNamespace) -> None:
    def with_serial(printed: str, **change: object) -> Receipt:
        return make.receipt(make.item(0, f"TOASTER {printed}", "39.90"), **change)

    mine = with_serial("S/N HW77-0012345")
    clear = same_serial.check(make.evidence(mine), POLICY)
    assert clear.finding is Finding.CLEAR
    assert same_serial.check(make.evidence(), POLICY).finding is Finding.CLEAR

    def against(other: Receipt) -> FraudSignal:
        earlier = make.earlier(purchase_facts(other))
        return same_serial.check(make.evidence(mine, same_facts=(earlier,)), POLICY)

    other_purchase = {"date": date(2026, 2, 1), "time": time(9, 1), "receipt_number": "99-1"}
    found = against(with_serial("SERIAL: HW770012345", **other_purchase))
    assert (found.finding, found.strength) == (Finding.SUSPECT, Strength.STRONG)
    assert found.related == ("rcp_earlier",)
    assert not ACCUSING.search(found.member_sentence)
    assert against(with_serial("S/N HW77-0099999", **other_purchase)).finding is Finding.CLEAR
    assert against(mine).finding is Finding.CLEAR, "another photo of this purchase is for same_purchase"
    refund = replace(with_serial("S/N HW77-0012345", **other_purchase), is_refund=True)
    assert against(refund).finding is Finding.CLEAR
    twice = make.receipt(*(make.item(n, "TOASTER S/N HW77-0012345", "39.90") for n in range(2)))
    assert "printed on two lines" in same_serial.check(make.evidence(twice), POLICY).reviewer_sentence
