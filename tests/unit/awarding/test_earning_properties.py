"""What must hold for any campaigns of any rules, any receipt, any member and any history."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from awarding.campaign_file import campaign_document, parse_campaign
from tests.support.earning import run

SKUS = st.sampled_from(["OAT-1", "BAR-6", "MLK-1"])
SELECTORS = st.one_of(
    st.just({}),
    SKUS.map(lambda sku: {"skus": [sku]}),
    st.sampled_from([{"brands": ["morning"]}, {"categories": ["Snack"]}]),
)
POINTS = st.integers(1, 300)
MONEY = st.integers(1, 3000).map(
    lambda minor: {"amount": f"{minor // 100}.{minor % 100:02d}", "currency": "USD"}
)
WHEN = st.one_of(
    st.just({}),
    st.sampled_from(
        [
            {"weekdays": ["thursday"]},
            {"weekdays": ["friday"]},
            {"hours": [{"start": "14:00", "end": "15:00"}]},
            {"purchase": {"numbers": [1], "every": 3}},
            {"streak": {"length": 2, "of": "week"}},
            {"tiers": ["gold"]},
            {"minimum": {"amount": "5.00", "currency": "USD"}},
            {"birthday": {}},
            {"milestone": {"spent": {"amount": "10.00", "currency": "USD"}}},
        ]
    ),
)
TERMS = st.fixed_dictionaries(
    {"when": WHEN},
    optional={
        "most_per_receipt": POINTS,
        "limit": st.fixed_dictionaries(
            {"times": st.integers(1, 2), "per": st.sampled_from(["ever", "week"])}
        ),
    },
)
ROUNDING = st.fixed_dictionaries(
    {"way": st.sampled_from(["down", "half_up", "up"]), "of": st.sampled_from(["receipt", "line"])}
)


def _kind(kind: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"kind": st.just(kind), **fields})


EARNINGS = st.one_of(
    _kind("points_per_currency", points=POINTS, per=MONEY, rounding=ROUNDING, products=SELECTORS),
    _kind("product_bonus", points=POINTS, products=SELECTORS),
    _kind("buy_get", buy=st.integers(1, 4), points=POINTS, products=SELECTORS),
    _kind(
        "basket",
        points=POINTS,
        parts=st.lists(
            st.fixed_dictionaries({"products": SELECTORS, "pieces": st.integers(1, 2)}),
            min_size=2,
            max_size=3,
        ),
    ),
    _kind("receipt_bonus", points=POINTS, products=SELECTORS),
    _kind(
        "spend_bands",
        bands=st.just(
            [
                {"start": {"amount": "3.00", "currency": "USD"}, "points": 10},
                {"start": {"amount": "12.00", "currency": "USD"}, "points": 60},
            ]
        ),
        products=SELECTORS,
    ),
    _kind("multiplier", times=st.sampled_from(["2", "1.5", "3"]), of=st.just([])),
    _kind("multiplier", times=st.just("2"), of=st.just([{"campaign": "c0"}])),
)
RULES = st.lists(st.tuples(EARNINGS, TERMS), min_size=1, max_size=4)
CAPS = st.fixed_dictionaries(
    {}, optional={"per_receipt": POINTS, "per_day": POINTS, "all_members": st.integers(1, 500)}
)
CAMPAIGN = st.fixed_dictionaries(
    {"rules": RULES, "caps": CAPS, "stacking": st.sampled_from(["sum", "best"])},
    optional={"cap_per_member": POINTS, "group": st.just({"name": "g", "how": "best"})},
)
LINES = st.lists(
    st.fixed_dictionaries(
        {
            "sku": SKUS,
            "amount": st.integers(-500, 2500).map(lambda minor: f"{minor / 100:.2f}"),
            "quantity": st.sampled_from(["1", "2", "0.482", "5"]),
        }
    ),
    max_size=6,
)
CASES = st.fixed_dictionaries(
    {
        "lines": LINES,
        "member": st.fixed_dictionaries(
            {
                "tier": st.sampled_from(["", "gold"]),
                "purchases": st.integers(0, 6),
                "days": st.lists(st.sampled_from(["2026-02-24", "2026-02-17", "2026-03-03"]), max_size=2),
                "spent": st.fixed_dictionaries({"USD": st.integers(0, 1500)}),
            }
        ),
        "before": st.fixed_dictionaries(
            {
                "earned": st.dictionaries(st.sampled_from(["c0", "c1"]), st.integers(0, 400)),
                "on_day": st.dictionaries(st.sampled_from(["c0", "c1"]), st.integers(0, 400)),
                "budget_left": st.dictionaries(st.sampled_from(["c0", "c1"]), st.integers(0, 400)),
                "rule_days": st.sampled_from([{}, {"c0/r0": ["2026-03-02"]}]),
            }
        ),
    }
)


def built(drawn: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            **campaign,
            "id": f"c{number}",
            "name": f"Campaign {number}",
            "starts_on": "2026-01-01",
            "ends_on": "2026-12-31",
            "rules": [
                {**earning, **terms, "id": f"r{at}"} for at, (earning, terms) in enumerate(campaign["rules"])
            ],
        }
        for number, campaign in enumerate(drawn)
    ]


CAMPAIGNS = st.lists(CAMPAIGN, min_size=1, max_size=3).map(built)


@given(CAMPAIGNS, CASES)
def test_lines_and_answers_add_up_and_every_rule_answers(
    campaigns: list[dict[str, Any]], case: dict[str, Any]
) -> None:
    told = run(campaigns, case, shares=True)
    assert len(told["rules"]) == sum(len(each["rules"]) for each in campaigns)
    for rule in told["rules"]:
        assert rule["points"] == sum(rule["shares"].values()) >= 0
        # A ledger entry holds 500 letters.
        assert 0 < len(rule["sentence"]) <= 500
    assert told == run(campaigns, case, shares=True)


@given(CAMPAIGNS, CASES)
def test_no_cap_is_ever_exceeded(campaigns: list[dict[str, Any]], case: dict[str, Any]) -> None:
    paid: Counter[str] = Counter()
    for rule in run(campaigns, case)["rules"]:
        paid[rule["rule"].split("/")[0]] += rule["points"]
    before = case["before"]
    for campaign in campaigns:
        name, caps = campaign["id"], campaign["caps"]
        bounds = [
            caps.get("per_receipt"),
            _left(caps.get("per_day"), before["on_day"].get(name, 0)),
            _left(campaign.get("cap_per_member"), before["earned"].get(name, 0)),
            before["budget_left"].get(name, caps["all_members"]) if "all_members" in caps else None,
        ]
        assert all(bound is None or paid[name] <= max(0, bound) for bound in bounds)


def _left(cap: int | None, used: int) -> int | None:
    return None if cap is None else cap - used


@given(CAMPAIGNS, CASES, st.data())
def test_the_order_of_printed_lines_changes_no_sum(
    campaigns: list[dict[str, Any]], case: dict[str, Any], data: st.DataObject
) -> None:
    mixed = data.draw(st.permutations(case["lines"]))
    here, there = run(campaigns, case), run(campaigns, {**case, "lines": mixed})
    assert here["points"] == there["points"]
    assert [(rule["answer"], rule["points"]) for rule in here["rules"]] == [
        (rule["answer"], rule["points"]) for rule in there["rules"]
    ]


@given(CAMPAIGNS, CASES, SKUS, st.integers(0, 2))
def test_an_added_exclusion_never_raises_points(
    campaigns: list[dict[str, Any]], case: dict[str, Any], sku: str, at: int
) -> None:
    """Where campaigns add up or the best pays; exclusive by priority lets the next one pay instead.

    The best of a group is found before another campaign multiplies it (docs/earning.md).
    """
    grouped = {each["id"] for each in campaigns if "group" in each}
    rules = [rule for each in campaigns for rule in each["rules"]]
    multiplied = {of["campaign"] for rule in rules for of in rule.get("of", ()) if "campaign" in of}
    assume(not grouped & multiplied)
    fewer = [
        {**each, "exclude": {"skus": [sku]}} if number == at else each
        for number, each in enumerate(campaigns)
    ]
    assert run(fewer, case)["points"] <= run(campaigns, case)["points"]


@given(CAMPAIGNS)
def test_every_document_comes_back_the_same(campaigns: list[dict[str, Any]]) -> None:
    for document in campaigns:
        campaign = parse_campaign(document)
        assert parse_campaign(campaign_document(campaign)) == campaign
