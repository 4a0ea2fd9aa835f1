"""What must hold for any receipt, any campaigns and any history."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from awarding.post import claims, ledger_entries
from receipts.award import Award, Hold
from receipts.identity import MemberId, ProgramId, ReceiptId
from receipts.match import MatchVerdict
from receipts.money import Currency, Money

USD = Currency("USD")
NOW = datetime(2026, 3, 6, tzinfo=UTC)
Lines = list[tuple[str, int, str]]
Campaigns = list[tuple[list[tuple[str, int, int]], int | None]]
KINDS = st.sampled_from(["oats", "bars", "milk", "unsure", "none"])
LINES = st.lists(
    st.tuples(KINDS, st.integers(-2000, 5000), st.sampled_from(["1", "2", "3", "0.482", "12"])), max_size=8
)
RULES = st.lists(
    st.one_of(
        st.tuples(st.just("per"), st.integers(1, 30), st.sampled_from([1, 50, 100, 1000])),
        st.tuples(st.just("bonus"), st.integers(1, 90), st.just(0)),
    ),
    min_size=1,
    max_size=3,
)
CAMPAIGNS = st.lists(st.tuples(RULES, st.none() | st.integers(1, 300)), max_size=3)


def build(make: SimpleNamespace, lines: Lines, campaigns: Campaigns) -> dict[str, object]:
    products = {"oats": make.OATS, "bars": make.BARS, "milk": make.MILK, "unsure": make.OATS, "none": None}
    items, matches = [], []
    for position, (kind, minor, quantity) in enumerate(lines):
        read = make.item(position, kind, "0", quantity=Decimal(quantity))
        items.append(replace(read, amount=Money(minor, USD)))
        verdict = MatchVerdict.ASK if kind == "unsure" else MatchVerdict.ACCEPT
        matches.append(make.match(position, products[kind], verdict))
    read = replace(make.receipt(), items=tuple(items))
    built = tuple(
        make.campaign(
            *(
                make.per_dollar(points, Money(per, USD), rule_id=f"rule{rule}")
                if kind == "per"
                else make.bonus(points, rule_id=f"rule{rule}")
                for rule, (kind, points, per) in enumerate(rules)
            ),
            id=f"campaign{position}",
            cap_per_member=cap,
        )
        for position, (rules, cap) in enumerate(campaigns)
    )
    return {"read": read, "matches": tuple(matches), "campaigns": built}


def paid_by_campaign(award: Award) -> Counter[str]:
    points = Counter()
    for outcome in award.outcomes:
        points[outcome.campaign_id] += outcome.points
    return points


@given(LINES, CAMPAIGNS, st.dictionaries(st.sampled_from(["campaign0", "campaign1"]), st.integers(0, 400)))
def test_points_are_never_negative_and_never_over_the_cap(
    make: SimpleNamespace, lines: Lines, campaigns: Campaigns, before: dict[str, int]
) -> None:
    built = build(make, lines, campaigns)
    decision = make.decided(**built, earned_before=before, approved=True)
    assert all(outcome.points >= 0 for outcome in decision.outcomes)
    if isinstance(decision, Award):
        assert decision.points > 0
        paid = paid_by_campaign(decision)
        for each in built["campaigns"]:
            if each.cap_per_member is not None and paid[each.id]:
                assert paid[each.id] + before.get(each.id, 0) <= each.cap_per_member


@given(LINES, CAMPAIGNS)
def test_award_outcomes_lines_and_ledger_agree(
    make: SimpleNamespace, lines: Lines, campaigns: Campaigns
) -> None:
    built = build(make, lines, campaigns)
    decision = make.decided(**built, approved=True)
    assert len(decision.outcomes) == sum(len(each.rules) for each in built["campaigns"])
    if not isinstance(decision, Award):
        return
    ids = {"program_id": ProgramId("p"), "member_id": MemberId("m"), "receipt_id": ReceiptId("r")}
    entries = ledger_entries(decision, **ids, created_at=NOW)
    assert sum(entry.points for entry in entries) == decision.points
    assert all(entry.points > 0 for entry in entries)
    assert len({entry.id for entry in entries}) == len(entries)
    assert entries == ledger_entries(decision, **ids, created_at=NOW)
    assert sum(line.points for line in decision.lines) == decision.points
    keys = [claim.line_key for claim in claims(decision, **ids, purchase_key="k")]
    assert len(set(keys)) == len(keys) > 0


@given(LINES, CAMPAIGNS)
def test_paying_the_same_purchase_twice_pays_nothing(
    make: SimpleNamespace, lines: Lines, campaigns: Campaigns
) -> None:
    built = build(make, lines, campaigns)
    first = make.decided(**built, approved=True)
    if not isinstance(first, Award):
        return
    claimed = frozenset(line.claim_key for line in first.lines)
    again = make.decided(**built, approved=True, claimed=claimed, earned_before=paid_by_campaign(first))
    assert not isinstance(again, Award)


@given(LINES, CAMPAIGNS, st.data())
def test_a_second_better_photo_never_pays_more_in_all_than_one_good_photo(
    make: SimpleNamespace, lines: Lines, campaigns: Campaigns, data: st.DataObject
) -> None:
    per_sum = [([rule for rule in rules if rule[0] == "per"], None) for rules, _ in campaigns]
    good = [(kind, abs(minor) + 1, quantity) for kind, minor, quantity in lines]
    bad = [line if data.draw(st.booleans()) else ("none", *line[1:]) for line in good]
    best = make.decided(**build(make, good, per_sum), approved=True)
    first = make.decided(**build(make, bad, per_sum), approved=True)
    if not isinstance(first, Award):
        return
    claimed = frozenset(line.claim_key for line in first.lines)
    second = make.decided(**build(make, good, per_sum), approved=True, claimed=claimed)
    in_all = first.points + (second.points if isinstance(second, Award) else 0)
    assert isinstance(best, Award)
    assert in_all <= best.points


@given(LINES, CAMPAIGNS, st.randoms())
def test_the_order_of_lines_changes_nothing(
    make: SimpleNamespace, lines: Lines, campaigns: Campaigns, shuffler: random.Random
) -> None:
    mixed = list(lines)
    shuffler.shuffle(mixed)
    here = make.decided(**build(make, lines, campaigns), approved=True)
    there = make.decided(**build(make, mixed, campaigns), approved=True)
    assert type(here) is type(there)
    assert [(each.answer, each.points) for each in here.outcomes] == [
        (each.answer, each.points) for each in there.outcomes
    ]
    if isinstance(here, Award) and isinstance(there, Award):
        assert {line.claim_key for line in here.lines} == {line.claim_key for line in there.lines}


@given(LINES, CAMPAIGNS)
def test_another_currency_pays_nothing_by_money(
    make: SimpleNamespace, lines: Lines, campaigns: Campaigns
) -> None:
    built = build(
        make, lines, [([rule for rule in rules if rule[0] == "per"], cap) for rules, cap in campaigns]
    )
    euros = tuple(
        replace(
            each,
            rules=tuple(replace(rule, per=Money(rule.per.minor, Currency("EUR"))) for rule in each.rules),
        )
        for each in built["campaigns"]
    )
    decision = make.decided(**{**built, "campaigns": euros}, approved=True)
    assert not isinstance(decision, Award)


@given(LINES, CAMPAIGNS)
def test_what_a_hold_promises_is_what_approval_pays(
    make: SimpleNamespace, lines: Lines, campaigns: Campaigns
) -> None:
    built = build(make, lines, campaigns)
    held = make.decided(**built)
    if not isinstance(held, Hold):
        return
    approved = make.decided(**built, approved=True)
    assert held.would_pay == (approved.points if isinstance(approved, Award) else 0)
