"""What many receipts, shared devices, new accounts and declined receipts say, and to whom."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from types import ModuleType, SimpleNamespace

import pytest

from awarding.fraud import declined_share, member_velocity, new_account, shared_identity
from awarding.fraud.evidence import Evidence, Unavailable
from awarding.fraud.member_facts import Counts, MemberFacts, Sighting, counted
from awarding.fraud.member_policy import MemberPolicy, Rates
from awarding.fraud.policy import ScreenPolicy
from receipts.fraud import Finding, FraudSignal, Risk, Strength
from receipts.identity import MemberId, ReceiptId
from receipts.proof import MailProof, Proof, SenderTrust, SentBy
from receipts.traces import TraceKind

POLICY = ScreenPolicy()
ACCUSING = re.compile(r"fraud|fake|forg|cheat|suspi|abus|manipul|duplicate|violat", re.IGNORECASE)
ONE = Counts(1, 1, 1, 1)


def member(make: SimpleNamespace, **change: object) -> Evidence:
    evidence: Evidence = make.evidence(member=replace(make.MEMBER, **change))
    return evidence


def found(signal: FraudSignal) -> tuple[Finding, Strength]:
    if signal.finding is Finding.SUSPECT:
        assert signal.member_sentence
        assert not ACCUSING.search(signal.member_sentence)
        assert signal.evidence
    return signal.finding, signal.strength


@pytest.mark.parametrize(
    ("counts", "window"),
    [
        (Counts(11, 11, 11, 11), "11 of the member in an hour, where 10 pass"),
        (Counts(1, 21, 21, 21), "21 of the member in 24 hours, where 20 pass"),
        (Counts(1, 1, 51, 51), "51 of the member in 7 days, where 50 pass"),
        (Counts(1, 1, 1, 121), "121 of the member in 30 days, where 120 pass"),
    ],
)
def test_the_first_over_any_windows_number_is_held(
    make: SimpleNamespace, counts: Counts, window: str
) -> None:
    signal = member_velocity.check(member(make, sent=counts), POLICY)
    assert found(signal) == (Finding.SUSPECT, Strength.STRONG)
    assert window in signal.reviewer_sentence
    last = Counts(
        *(
            min(count, most)
            for count, most in zip(
                (counts.hour, counts.day, counts.week, counts.month), (10, 20, 50, 120), strict=True
            )
        )
    )
    assert member_velocity.check(member(make, sent=last), POLICY).finding is Finding.CLEAR


def test_what_others_may_share_is_noted_and_not_held(make: SimpleNamespace) -> None:
    busy = Sighting(TraceKind.ADDRESS, Counts(31, 31, 31, 31), members=3)
    evidence = member(make, sightings=(busy,))
    assert found(member_velocity.check(evidence, POLICY)) == (Finding.SUSPECT, Strength.WEAK)
    assert make.screened(evidence).risk is Risk.CLEAR
    office = replace(busy, members=5)
    assert member_velocity.check(member(make, sightings=(office,)), POLICY).finding is Finding.CLEAR
    telephone = replace(busy, kind=TraceKind.DEVICE, members=5)
    assert member_velocity.check(member(make, sightings=(telephone,)), POLICY).finding is Finding.SUSPECT


def test_mails_that_the_shop_signed_pass_three_times_as_many(make: SimpleNamespace) -> None:
    proof = MailProof(Proof.PROVEN, "cornermarket.example", ())
    signed = replace(
        member(make, sent=Counts(20, 30, 30, 30)),
        sent_by=SentBy(SenderTrust.SECRET_ADDRESS, proof),
        retailer_domains=frozenset({"cornermarket.example"}),
    )
    assert member_velocity.check(signed, POLICY).finding is Finding.CLEAR
    assert member_velocity.check(replace(signed, sent_by=None), POLICY).finding is Finding.SUSPECT


@pytest.mark.parametrize(
    ("kind", "most", "strength"),
    [
        (TraceKind.DEVICE, 4, Strength.STRONG),
        (TraceKind.SENDER, 4, Strength.STRONG),
        (TraceKind.ADDRESS, 100, Strength.WEAK),
        (TraceKind.NETWORK, 300, Strength.WEAK),
        (TraceKind.CARD, 4, Strength.WEAK),
    ],
)
def test_a_household_shares_and_a_crowd_stands_out(
    make: SimpleNamespace, kind: TraceKind, most: int, strength: Strength
) -> None:
    household = Sighting(kind, ONE, members=most, related=(ReceiptId("rcp_other"),))
    assert found(shared_identity.check(member(make, sightings=(household,)), POLICY))[0] is Finding.CLEAR
    crowd = replace(household, members=most + 1)
    signal = shared_identity.check(member(make, sightings=(crowd,)), POLICY)
    assert found(signal) == (Finding.SUSPECT, strength)
    assert f"{most + 1} members share" in signal.reviewer_sentence
    assert signal.related == ("rcp_other",)


def test_a_card_that_chance_gives_to_many_says_nothing(make: SimpleNamespace) -> None:
    common = Sighting(TraceKind.CARD, ONE, members=1, alone=90)
    signal = shared_identity.check(member(make, sightings=(common,)), POLICY)
    assert found(signal)[0] is Finding.CLEAR
    assert any(fact.value == "90" for fact in signal.evidence)


def test_one_receipt_of_three_members_is_held_and_of_two_is_not(make: SimpleNamespace) -> None:
    two = (MemberId("mem_ann"), MemberId("mem_bob"))
    assert found(shared_identity.check(member(make, same_receipt=two), POLICY))[0] is Finding.CLEAR
    signal = shared_identity.check(member(make, same_receipt=(*two, MemberId("mem_eve"))), POLICY)
    assert found(signal) == (Finding.SUSPECT, Strength.STRONG)
    assert "3 members sent this very receipt" in signal.reviewer_sentence


def large(make: SimpleNamespace, pieces: int, days: float) -> Evidence:
    oats = make.item(0, "OATS", "39.90", quantity=Decimal(pieces))
    evidence = member(make, joined_at=make.SENT - timedelta(days=days))
    return replace(evidence, receipt=make.receipt(oats), matches=(make.match(0, make.OATS),))


def test_a_large_claim_of_a_new_account_is_noted(make: SimpleNamespace) -> None:
    signal = new_account.check(large(make, 12, 1), POLICY)
    assert found(signal) == (Finding.SUSPECT, Strength.WEAK)
    assert "1 days old" in signal.reviewer_sentence
    assert new_account.check(large(make, 11, 1), POLICY).finding is Finding.CLEAR
    assert new_account.check(large(make, 12, 7), POLICY).finding is Finding.CLEAR


def test_a_clock_that_is_behind_makes_no_account_older(make: SimpleNamespace) -> None:
    assert new_account.check(large(make, 12, -0.01), POLICY).finding is Finding.SUSPECT


@pytest.mark.parametrize(
    ("recent", "before", "finding"),
    [
        (2, 0, Finding.CLEAR),
        (3, 0, Finding.SUSPECT),
        (3, 4, Finding.SUSPECT),
        (3, 5, Finding.CLEAR),  # 30 % now, 17 % before: high, and not rising
        (9, 30, Finding.CLEAR),
    ],
)
def test_a_rising_share_of_declined_receipts_is_noted(
    make: SimpleNamespace, recent: int, before: int, finding: Finding
) -> None:
    known = (True,) * recent + (False,) * (10 - recent) + (True,) * before + (False,) * (30 - before)
    signal = declined_share.check(member(make, refused=known), POLICY)
    assert found(signal) == (finding, Strength.WEAK)
    assert str(recent) in signal.reviewer_sentence


@pytest.mark.parametrize("check", [member_velocity, shared_identity, new_account, declined_share])
def test_what_could_not_be_looked_up_holds_and_what_is_not_there_does_not(
    make: SimpleNamespace, check: ModuleType
) -> None:
    away = check.check(make.evidence(member=Unavailable("the index did not answer")), POLICY)
    assert (away.finding, away.strength) == (Finding.UNKNOWN, Strength.STRONG)
    assert "the index did not answer" in away.reviewer_sentence
    assert not ACCUSING.search(away.member_sentence)
    nothing = check.check(make.evidence(member=MemberFacts()), POLICY)
    assert (nothing.finding, nothing.strength) == (Finding.UNKNOWN, Strength.WEAK)


def test_windows_slide(make: SimpleNamespace) -> None:
    hours = (0, 0.9, 1, 23.9, 24, 24 * 7 - 1, 24 * 7, 24 * 30 - 1, 24 * 30)
    before = [make.SENT - timedelta(hours=hour) for hour in hours]
    assert counted(before, make.SENT) == Counts(hour=3, day=5, week=7, month=9)


def test_thresholds_come_from_the_policy(make: SimpleNamespace) -> None:
    strict = ScreenPolicy(max_receipts_per_day=1, member=MemberPolicy(own=Rates(1, 1, 1, 1)))
    assert member_velocity.check(member(make, sent=Counts(2, 2, 2, 2)), strict).finding is Finding.SUSPECT


def test_a_program_that_takes_more_a_day_takes_more_in_every_window(make: SimpleNamespace) -> None:
    evidence = member(make, sent=Counts(30, 60, 150, 360))
    assert member_velocity.check(evidence, ScreenPolicy(max_receipts_per_day=30)).finding is Finding.CLEAR
    assert member_velocity.check(evidence, ScreenPolicy(max_receipts_per_day=29)).finding is Finding.SUSPECT


def test_limits_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="longer window"):
        Rates(10, 5, 50, 120)
