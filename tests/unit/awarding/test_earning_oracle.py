"""The fast evaluator answers as the plain one: every rule, point, share, code and sentence."""

from __future__ import annotations

import datetime as dt
import os
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from awarding.campaign_file import parse_campaign
from awarding.conditions import Occasion
from awarding.earn import earn
from awarding.lines import product_lines
from awarding.standing import Usage
from receipts.award import RuleOutcome
from receipts.identity import CampaignId
from receipts.money import Currency, Points
from tests.support import earning as examples
from tests.support.plain.earn import earn as plain_earn
from tests.unit.awarding.test_earning_properties import CAMPAIGN, CASES, WHEN, built

DOLLARS = Currency("USD")
EXCLUDE = st.sampled_from([{"skus": ["BAR-6"]}, {"brands": ["Creamfield"]}, {"categories": ["CEREAL"]}])
AROUND = st.fixed_dictionaries(
    {},
    optional={
        "when": WHEN,
        "exclude": EXCLUDE,
        "starts_on": st.sampled_from(["2026-03-05", "2026-03-06"]),
        "starts_time": st.just("14:10"),
        "clock": st.just("program"),
        "retailers": st.sampled_from([["Corner Market"], ["Elsewhere"]]),
        "version": st.integers(1, 2),
    },
)
WHEN_AND_WHERE = st.fixed_dictionaries(
    {
        "day": st.sampled_from([None, dt.date(2026, 3, 5), dt.date(2026, 3, 6), dt.date(2027, 3, 5)]),
        "time": st.sampled_from([None, dt.time(14, 5), dt.time(23, 50)]),
        "retailer": st.sampled_from(["Corner Market", "CORNER MKT", ""]),
        "currency": st.sampled_from([DOLLARS, Currency("EUR")]),
        "is_refund": st.sampled_from([False, False, False, True]),
        "any_day": st.booleans(),
        "any_retailer": st.booleans(),
        "event": st.sampled_from(["", "", "", "signup"]),
        "paid": st.frozensets(st.integers(0, 3), max_size=2),
        "store_zone": st.sampled_from(["", "America/New_York"]),
        "program_zone": st.sampled_from(["", "Europe/Berlin"]),
    }
)
EXAMPLES = int(os.environ.get("TILLPOINTS_TEST_ORACLE_EXAMPLES", "60"))
SIGNUP = {"kind": "activity", "id": "joins", "event": "signup", "points": 200}


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    drawn=st.lists(CAMPAIGN, min_size=1, max_size=3),
    around=st.lists(AROUND, min_size=3, max_size=3),
    signup=st.booleans(),
    place=WHEN_AND_WHERE,
    case=CASES,
    claims=st.integers(0, 3),
    on_purchase=st.dictionaries(
        st.tuples(st.sampled_from(["c0", "c1"]), st.sampled_from(["r0", "r1"])),
        st.integers(1, 90),
        max_size=2,
    ),
)
def test_the_fast_way_answers_as_the_plain_one(
    drawn: list[dict[str, Any]],
    around: list[dict[str, Any]],
    signup: bool,
    place: dict[str, Any],
    case: dict[str, Any],
    claims: int,
    on_purchase: dict[tuple[str, str], int],
) -> None:
    campaigns = [
        parse_campaign({**document, **more}) for document, more in zip(built(drawn), around, strict=False)
    ]
    if signup:
        campaigns.append(
            parse_campaign(
                {**built(drawn[:1])[0], "id": "welcome", "rules": [SIGNUP], "exclude": {"skus": ["X"]}}
            )
        )
    campaigns.append(campaigns[0])  # the same version named twice counts once
    occasion = Occasion(**{**place, "place": "Corner Market 12 Main Street NY"})
    items = tuple(
        examples._item(position, line, occasion.currency) for position, line in enumerate(case["lines"])
    )
    receipt, matches = examples._receipt(items, occasion.currency), examples._matches(case)
    fresh = product_lines(receipt, matches, examples.PRODUCTS, frozenset())
    claimed = frozenset(line.claim_key for line in fresh[:claims])
    lines = product_lines(receipt, matches, examples.PRODUCTS, claimed)
    before = case["before"]
    used = examples._usage(before)
    usage = Usage(
        used.on_day,
        used.rule_days,
        {(CampaignId(name), rule): Points(points) for (name, rule), points in on_purchase.items()},
        used.budget_left,
    )
    earned, standing = examples._points(before["earned"]), examples._standing(case["member"])
    for _ in range(2):  # what is kept of a campaign is used the second time
        fast = earn(occasion, lines, campaigns, earned, standing=standing, usage=usage)
        plain = plain_earn(occasion, lines, campaigns, earned, standing=standing, usage=usage)
        assert [_told(each) for each in fast] == [_told(each) for each in plain]


def _told(answer: Any) -> tuple[RuleOutcome, dict[int, int]]:
    return answer.outcome, dict(answer.shares)
