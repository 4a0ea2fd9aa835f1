"""What a member gets for a receipt, and what they are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest

from awarding.decide import UNITS_WITHOUT_A_PERSON
from awarding.declines import declined_by_reviewer
from receipts.award import Award, Decline, DeclineReason, Hold, RuleAnswer, RuleOutcome, rule_outcome
from receipts.fraud import Finding, FraudSignal, Risk, Screening, Strength
from receipts.identity import CampaignId
from receipts.match import MatchCandidate, MatchVerdict
from receipts.money import Currency, Money, Points
from receipts.receipt import Retailer


def test_pays_for_own_products_only_and_shows_the_arithmetic(make: SimpleNamespace) -> None:
    award = make.decided()
    assert isinstance(award, Award)
    assert award.points == 80  # 3.99 + 4.60 = 8.59: eight full dollars
    assert [line.position for line in award.lines] == [0, 2]
    (outcome,) = award.outcomes
    assert outcome.sentence == (
        "“Spring”: 8.59 USD on our products, 10 points for each full 1.00 USD, is 80 points."
    )


def test_rounds_down_on_the_receipts_sum_and_not_on_each_line(make: SimpleNamespace) -> None:
    read = make.receipt(make.item(0, "A", "0.60"), make.item(1, "B", "0.60"))
    award = make.decided(read, (make.match(0, make.OATS), make.match(1, make.BARS)))
    assert isinstance(award, Award)
    assert award.points == 10
    assert len(award.lines) == 2, "both lines helped to fill the dollar, so both are claimed"


def test_pays_on_what_was_paid_after_the_lines_discount(make: SimpleNamespace) -> None:
    read = make.receipt(make.item(0, "OATS", "5.00", discount=make.usd("1.50")))
    award = make.decided(read, (make.match(0, make.OATS),))
    assert isinstance(award, Award)
    assert award.points == 30


@pytest.mark.parametrize(
    ("quantity", "points"), [("3", 150), ("1", 50), ("0.752", 50), ("2.5", 50), ("0", 50), ("-2", 100)]
)
def test_bonus_counts_pieces_and_takes_a_weight_for_one(
    make: SimpleNamespace, quantity: str, points: int
) -> None:
    read = make.receipt(make.item(0, "OATS", "9.00", quantity=Decimal(quantity)))
    award = make.decided(read, (make.match(0, make.OATS),), campaigns=(make.campaign(make.bonus()),))
    assert isinstance(award, Award)
    assert award.points == points


def test_a_free_product_earns_nothing(make: SimpleNamespace) -> None:
    read = make.receipt(make.item(0, "OATS", "4.00", discount=make.usd("4.00")), make.item(1, "TEA", "2.00"))
    decline = make.decided(read, (make.match(0, make.OATS),), campaigns=(make.campaign(make.bonus()),))
    assert isinstance(decline, Decline)


def test_a_voided_line_earns_nothing_and_the_rest_earns(make: SimpleNamespace) -> None:
    read = make.receipt(
        make.item(0, "OATS", "4.00"), make.item(1, "OATS", "4.00"), make.item(2, "VOID OATS", "-4.00")
    )
    matches = tuple(make.match(position, make.OATS) for position in range(3))
    award = make.decided(read, matches, campaigns=(make.campaign(make.bonus(), make.per_dollar()),))
    assert isinstance(award, Award)
    assert award.points == 50 + 40


def test_a_part_taken_back_comes_off_the_dearer_line(make: SimpleNamespace) -> None:
    read = make.receipt(make.item(0, "OATS", "8.00", quantity=Decimal(2)), make.item(1, "RETURN", "-4.00"))
    matches = (make.match(0, make.OATS), make.match(1, make.OATS))
    award = make.decided(read, matches, campaigns=(make.campaign(make.bonus(), make.per_dollar()),))
    assert isinstance(award, Award)
    assert award.points == 50 + 40


def test_campaigns_and_rules_add_up_and_each_answers(make: SimpleNamespace) -> None:
    autumn = make.campaign(
        make.per_dollar(), id="autumn", name="Autumn", starts_on=date(2026, 9, 1), ends_on=date(2026, 9, 30)
    )
    elsewhere = make.campaign(make.per_dollar(), id="far", name="Far", retailers=("Far Away Foods",))
    spring = make.campaign(make.per_dollar(), make.bonus())
    award = make.decided(campaigns=(autumn, spring, elsewhere))
    assert isinstance(award, Award)
    assert award.points == 130
    assert [(str(each.campaign_id), each.answer, each.points) for each in award.outcomes] == [
        ("autumn", RuleAnswer.OUTSIDE_DATES, 0),
        ("spring", RuleAnswer.PAID, 80),
        ("spring", RuleAnswer.PAID, 50),
        ("far", RuleAnswer.OTHER_RETAILER, 0),
    ]
    assert award.outcomes[0].sentence == (
        "“Autumn” counts purchases from 1 September 2026 to 30 September 2026; this one was on 5 March 2026."
    )
    assert award.outcomes[3].sentence == (
        "“Far” counts purchases at Far Away Foods; we read the shop as “Corner Market Inc.”."
    )


def test_only_the_newest_version_of_a_campaign_counts(make: SimpleNamespace) -> None:
    award = make.decided(campaigns=(make.campaign(version=2), make.campaign(make.per_dollar(99), version=1)))
    assert isinstance(award, Award)
    assert award.points == 80
    assert [each.campaign_version for each in award.outcomes] == [2]


@pytest.mark.parametrize("day", [date(2026, 3, 1), date(2026, 3, 31)])
def test_first_and_last_day_count(make: SimpleNamespace, day: date) -> None:
    assert isinstance(make.decided(make.receipt(date=day)), Award)


@pytest.mark.parametrize(
    "printed", ["CORNER MARKET", "Corner-Market GmbH", "C0RNER MARKET", "The Corner Market #12"]
)
def test_retailers_are_known_in_spite_of_slips_and_forms(make: SimpleNamespace, printed: str) -> None:
    read = make.receipt(retailer=Retailer(name=printed))
    campaigns = (make.campaign(retailers=("Corner Market",)),)
    assert isinstance(make.decided(read, campaigns=campaigns), Award)


def test_cap_pays_what_is_left_and_says_so(make: SimpleNamespace) -> None:
    award = make.decided(campaigns=(make.campaign(cap_per_member=1000),), earned_before={"spring": 970})
    assert isinstance(award, Award)
    assert award.points == 30
    (outcome,) = award.outcomes
    assert outcome.answer is RuleAnswer.CAPPED
    assert outcome.sentence == (
        "“Spring”: this would be 80 points, but one member can earn at most 1,000 points here, so 30 points"
        " could be added. The receipt stays good for other campaigns."
    )


def test_a_full_cap_is_written_as_zero_and_burns_nothing(make: SimpleNamespace) -> None:
    full = make.decided(campaigns=(make.campaign(cap_per_member=1000),), earned_before={"spring": 1000})
    assert isinstance(full, Decline)
    assert full.reason is DeclineReason.CAP_REACHED
    assert [(each.answer, each.points) for each in full.outcomes] == [(RuleAnswer.CAPPED, 0)]
    other = make.campaign(make.bonus(), id="other", name="Other")
    award = make.decided(
        campaigns=(make.campaign(cap_per_member=1000), other), earned_before={"spring": 1000}
    )
    assert isinstance(award, Award)
    assert [line.position for line in award.lines] == [0], "bars earned nothing, so they are not claimed"


def test_a_cap_spans_the_campaigns_rules(make: SimpleNamespace) -> None:
    award = make.decided(campaigns=(make.campaign(make.bonus(), make.per_dollar(), cap_per_member=60),))
    assert isinstance(award, Award)
    assert [each.points for each in award.outcomes] == [50, 10]


def test_a_refund_pays_nothing(make: SimpleNamespace) -> None:
    decline = make.decided(make.receipt(is_refund=True))
    assert isinstance(decline, Decline)
    assert decline.reason is DeclineReason.REFUND
    assert decline.outcomes[0].answer is RuleAnswer.REFUND


def test_currencies_are_never_mixed(make: SimpleNamespace) -> None:
    euros = make.campaign(make.per_dollar(per=Money.of("1.00", Currency("EUR"))))
    decline = make.decided(campaigns=(euros,))
    assert isinstance(decline, Decline)
    assert decline.outcomes[0].answer is RuleAnswer.OTHER_CURRENCY
    assert decline.member_sentence == "“Spring” counts amounts in EUR; this purchase was paid in USD."


def test_too_little_says_how_much_would_be_enough(make: SimpleNamespace) -> None:
    decline = make.decided(campaigns=(make.campaign(make.per_dollar(per=make.usd("10.00"))),))
    assert isinstance(decline, Decline)
    assert decline.member_sentence == "“Spring”: 8.59 USD is less than the 10.00 USD that earn points."


def test_nothing_eligible_declines_and_invites_a_better_photo_when_lines_were_missed(
    make: SimpleNamespace,
) -> None:
    nothing = tuple(make.match(position, None) for position in range(3))
    clean, torn = make.decided(matches=nothing), make.decided(make.receipt(balanced=False), nothing)
    assert isinstance(clean, Decline)
    assert isinstance(torn, Decline)
    assert clean.reason is DeclineReason.NOTHING_ELIGIBLE
    assert "sharper photo" not in clean.member_sentence
    assert "sharper photo" in torn.member_sentence


def test_no_campaign_on_the_day_declines(make: SimpleNamespace) -> None:
    decline = make.decided(make.receipt(date=date(2025, 3, 5)))
    assert isinstance(decline, Decline)
    assert decline.reason is DeclineReason.NO_CAMPAIGN


def test_an_unsure_line_that_could_earn_holds_and_pays_only_sure_lines_once_approved(
    make: SimpleNamespace,
) -> None:
    matches = (make.match(0, make.OATS, MatchVerdict.ASK), make.match(1, None), make.match(2, make.BARS))
    hold = make.decided(matches=matches)
    assert isinstance(hold, Hold)
    assert [reason.code for reason in hold.reasons] == ["unsure_match"]
    assert "“MORN OATS 500G”" in hold.reasons[0].member_sentence
    assert "OAT-1" in hold.reasons[0].reviewer_sentence
    approved = make.decided(matches=matches, approved=True)
    assert isinstance(approved, Award)
    assert approved.points == hold.would_pay == 40
    assert [line.position for line in approved.lines] == [2]


def test_the_member_reads_one_product_or_several(make: SimpleNamespace) -> None:
    one = make.decided(matches=(make.match(0, make.OATS, MatchVerdict.ASK), *make.usual_matches()[1:]))
    assert one.reasons[0].member_sentence == (
        "We are not sure which product “MORN OATS 500G” is, so one of us will have a look."
    )
    asked = (make.match(0, make.OATS, MatchVerdict.ASK), make.match(2, make.BARS, MatchVerdict.ASK))
    several = make.decided(matches=asked).reasons[0].member_sentence
    assert several.startswith("We are not sure which products “MORN OATS 500G” and “")
    assert several.endswith("” are, so one of us will have a look.")


def test_an_unsure_line_that_earns_nothing_whatever_it_is_holds_nobody(make: SimpleNamespace) -> None:
    matches = (make.match(0, make.OATS), make.match(1, make.MILK, MatchVerdict.ASK))
    award = make.decided(matches=matches, campaigns=(make.campaign(make.bonus()),))
    assert isinstance(award, Award)


def test_an_unsure_line_whose_second_candidate_earns_holds(make: SimpleNamespace) -> None:
    unsure = replace(
        make.match(0, make.MILK, MatchVerdict.ASK),
        candidates=(MatchCandidate(make.MILK.sku, 0.5), MatchCandidate(make.OATS.sku, 0.4)),
    )
    hold = make.decided(matches=(unsure,), campaigns=(make.campaign(make.bonus()),))
    assert isinstance(hold, Hold)


@pytest.mark.parametrize(
    ("change", "code"),
    [({"date": None}, "unreadable_date"), ({"total": None, "balanced": False}, "unreadable_total")],
)
def test_a_missing_date_or_total_holds_what_would_earn(
    make: SimpleNamespace, change: dict[str, object], code: str
) -> None:
    hold = make.decided(make.receipt(**change))
    assert isinstance(hold, Hold)
    assert [reason.code for reason in hold.reasons] == [code]


def test_an_unread_shop_holds_only_where_a_campaign_asks_for_one(make: SimpleNamespace) -> None:
    read = make.receipt(retailer=Retailer())
    assert isinstance(make.decided(read), Award)
    limited = (make.campaign(retailers=("Corner Market",)),)
    hold = make.decided(read, campaigns=limited)
    assert isinstance(hold, Hold)
    assert hold.reasons[0].code == "unreadable_retailer"
    assert "Corner Market" in hold.reasons[0].reviewer_sentence
    approved = make.decided(read, campaigns=limited, approved=True)
    assert isinstance(approved, Award)
    assert approved.points == hold.would_pay == 80


def test_an_approved_receipt_without_a_date_goes_by_the_day_it_was_sent(make: SimpleNamespace) -> None:
    read = make.receipt(date=None)
    hold = make.decided(read, day_if_unread=date(2026, 3, 6))
    assert isinstance(hold, Hold)
    assert hold.would_pay == 80
    assert isinstance(make.decided(read, approved=True, day_if_unread=date(2026, 3, 6)), Award)
    without = make.decided(read, approved=True)
    assert isinstance(without, Decline)
    assert "could not read the date" in without.outcomes[0].sentence


def test_a_misread_quantity_is_looked_at_before_it_pays(make: SimpleNamespace) -> None:
    many = make.item(0, "OATS", "9.00", quantity=Decimal(UNITS_WITHOUT_A_PERSON + 1))
    read = make.receipt(many)
    matches = (make.match(0, make.OATS),)
    hold = make.decided(read, matches, campaigns=(make.campaign(make.bonus()),))
    assert isinstance(hold, Hold)
    assert [reason.code for reason in hold.reasons] == ["unusual_quantity"]
    assert isinstance(make.decided(read, matches), Award), "points on money do not depend on the quantity"


def suspicion(check: str = "same_purchase", finding: Finding = Finding.SUSPECT) -> Screening:
    signal = FraudSignal(check, 1, finding, Strength.STRONG, "for the reviewer", "for the member")
    return Screening(Risk.HOLD, (signal,), 1)


def test_a_strong_signal_holds_with_both_sentences_until_approved(make: SimpleNamespace) -> None:
    hold = make.decided(screening=suspicion())
    assert isinstance(hold, Hold)
    (reason,) = hold.reasons
    assert (reason.code, reason.member_sentence, reason.reviewer_sentence) == (
        "same_purchase",
        "for the member",
        "for the reviewer",
    )
    assert hold.would_pay == 80
    assert isinstance(make.decided(screening=suspicion(), approved=True), Award)


def test_an_unreadable_date_is_told_once(make: SimpleNamespace) -> None:
    hold = make.decided(make.receipt(date=None), screening=suspicion("purchase_date", Finding.UNKNOWN))
    assert isinstance(hold, Hold)
    assert [reason.code for reason in hold.reasons] == ["purchase_date"]


def test_a_suspect_receipt_that_could_earn_nothing_takes_nobodys_time(make: SimpleNamespace) -> None:
    decline = make.decided(matches=(), screening=suspicion())
    assert isinstance(decline, Decline)


def test_claimed_lines_are_not_paid_again_but_new_ones_are(make: SimpleNamespace) -> None:
    award = make.decided(claimed=frozenset({"OAT-1#1"}))
    assert isinstance(award, Award)
    assert award.points == 40
    assert [line.claim_key for line in award.lines] == ["BAR-6#1"]
    again = make.decided(claimed=frozenset({"OAT-1#1", "BAR-6#1"}))
    assert isinstance(again, Decline)
    assert again.reason is DeclineReason.ALREADY_PAID
    assert again.outcomes[0].answer is RuleAnswer.ALREADY_PAID


def test_a_line_read_as_another_product_the_second_time_is_not_paid_twice(make: SimpleNamespace) -> None:
    matches = (make.match(0, make.MILK), make.match(1, None), make.match(2, make.BARS))
    again = make.decided(matches=matches, claimed=frozenset({"OAT-1#1", "BAR-6#1"}))
    assert isinstance(again, Decline)
    assert again.reason is DeclineReason.ALREADY_PAID


def test_a_reviewers_refusal_marks_what_would_have_been_paid(make: SimpleNamespace) -> None:
    hold = make.decided(screening=suspicion())
    refused = declined_by_reviewer(note="The date was changed.", outcomes=hold.outcomes)
    assert refused.reason is DeclineReason.REVIEWER
    assert refused.member_sentence.endswith("could not accept it. The date was changed.")
    assert [(each.answer, each.points) for each in refused.outcomes] == [(RuleAnswer.REFUSED, 0)]


def test_the_quick_way_to_an_outcome_makes_the_same() -> None:
    said = (CampaignId("spring"), 2, "oats", RuleAnswer.PAID, Points(3), (0, 2), "3 points.")
    assert rule_outcome(*said) == RuleOutcome(*said)
