"""What findings weigh together: one score, shares that add up to it, and three ways."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awarding.fraud.weigh import (
    EVERY_CHECK,
    WEIGHT_MAX,
    Grade,
    Says,
    Weights,
    grade_of,
    holding,
    noisy_or,
    shares_of,
    weigh,
)
from receipts.fraud import Act, Finding, FraudSignal, Risk, Strength

WEIGHT = st.floats(min_value=0, max_value=WEIGHT_MAX)
SUSPECT, UNKNOWN = Finding.SUSPECT, Finding.UNKNOWN
WEAK, STRONG = Strength.WEAK, Strength.STRONG


def signal(check: str, finding: Finding, strength: Strength) -> FraudSignal:
    return FraudSignal(check, 1, finding, strength, "for the reviewer", "for the member")


FINDINGS = [
    (Finding.CLEAR, WEAK),
    (SUSPECT, WEAK),
    (SUSPECT, STRONG),
    (UNKNOWN, STRONG),
    (UNKNOWN, WEAK),
]


@given(st.lists(WEIGHT, max_size=30))
def test_shares_are_none_below_zero_and_add_up_to_the_score(weights: list[float]) -> None:
    score, shares = noisy_or(weights), shares_of(weights)
    assert 0 <= score <= 1
    assert min(shares, default=0.0) >= 0
    assert sum(shares) == pytest.approx(score, abs=1e-12)


@given(st.lists(WEIGHT, min_size=1, max_size=12), st.randoms())
def test_score_and_shares_know_no_order(weights: list[float], chance: object) -> None:
    mixed = list(enumerate(weights))
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert noisy_or([weight for _, weight in mixed]) == noisy_or(weights)
    given_back = dict(zip((at for at, _ in mixed), shares_of([weight for _, weight in mixed]), strict=True))
    assert [given_back[at] for at in range(len(weights))] == list(shares_of(weights))


@given(st.lists(WEIGHT, min_size=1, max_size=12), st.integers(0, 11), WEIGHT)
def test_a_heavier_finding_lowers_neither_the_score_nor_its_share(
    weights: list[float], at: int, other: float
) -> None:
    at %= len(weights)
    light, heavy = sorted((weights[at], other))
    before, after = ([*weights[:at], weight, *weights[at + 1 :]] for weight in (light, heavy))
    assert noisy_or(after) >= noisy_or(before)
    assert shares_of(after)[at] >= shares_of(before)[at] - 1e-12


def test_one_finding_has_the_whole_score_and_two_halves_make_three_quarters() -> None:
    assert shares_of([0.3]) == (pytest.approx(0.3),)
    assert noisy_or([0.5, 0.5]) == pytest.approx(0.75)
    assert shares_of([0.5, 0.5]) == (pytest.approx(0.375), pytest.approx(0.375))


@pytest.mark.parametrize(("finding", "strength"), FINDINGS)
def test_the_built_in_weights_do_what_was_done_before(finding: Finding, strength: Strength) -> None:
    screening = weigh((signal("velocity", finding, strength),), Weights(), policy_version=1)
    holds = finding is not Finding.CLEAR and strength is STRONG
    assert screening.risk is (Risk.HOLD if holds else Risk.CLEAR)
    assert bool(screening.weighed) == (finding is not Finding.CLEAR)


@given(st.lists(st.sampled_from(FINDINGS), max_size=20))
def test_no_number_of_weak_findings_holds_until_a_policy_says_so(
    kinds: list[tuple[Finding, Strength]],
) -> None:
    signals = tuple(signal(f"c{at}", *kind) for at, kind in enumerate(kinds))
    before = any(each.finding is not Finding.CLEAR and each.strength is STRONG for each in signals)
    assert (weigh(signals, Weights(), policy_version=1).risk is Risk.HOLD) == before


def test_weak_findings_hold_together_from_the_score_on() -> None:
    weak = tuple(signal(name, SUSPECT, WEAK) for name in ("arithmetic", "velocity"))
    score = 1 - (1 - EVERY_CHECK[Grade.WEAK].weight) ** 2
    assert weigh(weak, Weights(hold_from=score + 0.01), policy_version=2).risk is Risk.CLEAR
    held = weigh(weak, Weights(hold_from=score - 0.01), policy_version=2)
    assert (held.risk, holding(held)) == (Risk.HOLD, ())
    assert held.score == pytest.approx(score)


def test_a_named_finding_declines_and_one_that_could_not_be_checked_never_does() -> None:
    declines = Weights(checks={"same_bytes": {**EVERY_CHECK, Grade.STRONG: Says(0.9, Act.DECLINE)}})
    repeated = signal("same_bytes", SUSPECT, STRONG)
    assert weigh((repeated,), declines, policy_version=2).risk is Risk.DECLINE
    assert weigh((replace(repeated, check="velocity"),), declines, policy_version=2).risk is Risk.HOLD
    unknown = tuple(signal(f"c{at}", UNKNOWN, STRONG) for at in range(9))
    assert weigh(unknown, Weights(decline_from=0.5), policy_version=2).risk is Risk.HOLD
    suspect = tuple(signal(f"c{at}", SUSPECT, STRONG) for at in range(2))
    assert weigh(suspect, Weights(decline_from=0.5), policy_version=2).risk is Risk.DECLINE


@given(st.lists(st.sampled_from(FINDINGS), max_size=8), st.sampled_from(FINDINGS[1:]), WEIGHT, WEIGHT)
def test_one_finding_more_never_makes_a_receipt_look_better(
    kinds: list[tuple[Finding, Strength]], more: tuple[Finding, Strength], hold: float, decline: float
) -> None:
    ways = [Risk.CLEAR, Risk.HOLD, Risk.DECLINE]
    weights = Weights(hold_from=hold or None, decline_from=decline or None)
    few = tuple(signal(f"c{at}", *kind) for at, kind in enumerate(kinds))
    before = weigh(few, weights, policy_version=2)
    after = weigh((*few, signal("more", *more)), weights, policy_version=2)
    assert after.score >= before.score
    assert ways.index(after.risk) >= ways.index(before.risk)


def test_a_screening_from_before_there_were_weights_holds_by_what_it_holds() -> None:
    strong = signal("velocity", SUSPECT, STRONG)
    old = replace(weigh((strong,), Weights(), policy_version=1), weighed=())
    assert holding(old) == (strong,)
    assert grade_of(signal("fiscal", UNKNOWN, WEAK)) is Grade.NOT_CHECKED
