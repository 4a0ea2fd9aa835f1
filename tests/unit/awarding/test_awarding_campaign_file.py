"""Campaign documents: what is read, what is refused, and what the person who wrote it is told."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from awarding.campaign_file import (
    CampaignError,
    campaign_document,
    campaign_schema,
    parse_campaign,
    parse_campaigns,
    unknown_selections,
)
from awarding.publish import published_schemas
from receipts.award import PointsPerCurrency, ProductBonus, ProductSelector
from receipts.catalog import Catalog
from receipts.money import Currency, Money

DOCS = Path(__file__).parents[3] / "docs"

SPRING = {
    "id": "spring-2026",
    "version": 3,
    "name": "Spring",
    "starts_on": "2026-03-01",
    "ends_on": "2026-05-31",
    "retailers": ["Corner Market"],
    "cap_per_member": 5000,
    "rules": [
        {
            "kind": "points_per_currency",
            "id": "per-dollar",
            "points": 10,
            "per": {"amount": "1.00", "currency": "USD"},
            "products": {"skus": [], "brands": ["Morning"], "categories": []},
        },
        {
            "kind": "product_bonus",
            "id": "oats",
            "points": 50,
            "products": {"skus": ["OAT-1"], "brands": [], "categories": []},
        },
    ],
}


def test_a_document_becomes_the_campaign_and_comes_back_the_same() -> None:
    spring = parse_campaign(SPRING)
    per_dollar, oats = spring.rules
    assert isinstance(per_dollar, PointsPerCurrency)
    assert per_dollar.per == Money(100, Currency("USD"))
    assert isinstance(oats, ProductBonus)
    assert oats.products == ProductSelector(skus=("OAT-1",))
    assert campaign_document(spring) == SPRING


def test_only_the_needed_fields_are_needed() -> None:
    rule = {
        "kind": "points_per_currency",
        "id": "r",
        "points": 1,
        "per": {"amount": "100", "currency": "JPY"},
    }
    short = parse_campaign(
        {"id": "a", "name": "A", "starts_on": "2026-01-01", "ends_on": "2026-01-01", "rules": [rule]}
    )
    assert (short.version, short.retailers, short.cap_per_member) == (1, (), None)
    assert short.rules[0].products == ProductSelector()
    assert short.rules[0].per == Money(100, Currency("JPY"))


def with_fault(path: list[str | int], value: object) -> dict[str, object]:
    document = deepcopy(SPRING)
    target: object = document
    for step in path[:-1]:
        target = target[step]
    if value is ...:
        del target[path[-1]]
    else:
        target[path[-1]] = value
    return document


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (["name"], ..., "name: is missing; add it"),
        (["name"], "  ", "name: must not be blank"),
        (["id"], "spring 2026", "id: an id has up to 60 letters, digits"),
        (["version"], "3", "version: write a whole number"),
        (["version"], 0, "version: write 1 or more"),
        (["starts_on"], "2026-02-30", 'starts_on: write a day of the calendar as "YYYY-MM-DD"'),
        (["ends_on"], "2026-02-01", "ends_on 2026-02-01 is before starts_on 2026-03-01"),
        (["retailers"], "Corner Market", "retailers: write a list in square brackets"),
        (["retailer"], ["Corner Market"], "retailer: there is no such field; did you mean retailers?"),
        (["points"], 5, "points: there is no such field; it is a field of another part"),
        (["budget_xyz"], 1, "budget_xyz: there is no such field; remove it"),
        (["cap_per_member"], 0, "cap_per_member: write 1 or more"),
        (["cap_per_member"], 10**9 + 1, "cap_per_member: write 1000000000 or less"),
        (["version"], 2**31, "version: write 2147483647 or less"),
        (["name"], "Spring\x00", "name: holds a line end or another control character"),
        (["retailers"], ["Corner\nMarket"], "retailers[0]: holds a line end or another control"),
        (["rules"], [], "rules: is empty; give at least one"),
        (["rules", 0, "kind"], "double", "rules[0]: the kind of a rule is points_per_currency or"),
        (["rules", 0, "points"], 1.5, "rules[0].points: write a whole number"),
        (["rules", 1, "points"], -5, "rules[1].points: write 1 or more"),
        (["rules", 0, "per", "amount"], 1, "rules[0].per.amount: write text in quotation marks"),
        (
            ["rules", 0, "per", "amount"],
            "1,00",
            "rules[0].per.amount: write the amount as digits with a point",
        ),
        (["rules", 0, "per", "amount"], "0.00", "rules[0].per: the amount must be above zero"),
        (["rules", 0, "per", "amount"], "1.005", "rules[0].per: 1.005 has more than the 2 decimals of USD"),
        (["rules", 0, "per", "currency"], "usd", "rules[0].per.currency: write the currency's ISO 4217 code"),
        (["rules", 0, "per", "currency"], "XYZ", "rules[0].per: 'XYZ' is not an ISO 4217 currency code"),
        (["rules", 1, "id"], "per-dollar", "rules: two rules have the id 'per-dollar'"),
        (["rules", 1, "products"], ..., "rules[1].products: is missing; add it"),
        (
            ["rules", 1, "products", "brand"],
            ["M"],
            "rules[1].products.brand: there is no such field; did you",
        ),
    ],
)
def test_a_fault_is_told_with_its_place_and_the_fix(path: list[str | int], value: object, told: str) -> None:
    with pytest.raises(CampaignError) as caught:
        parse_campaign(with_fault(path, value), where="spring.json")
    (problem,) = caught.value.problems
    assert problem.startswith(f"spring.json: {told}")


def test_all_faults_of_a_file_are_told_at_once() -> None:
    text = json.dumps([with_fault(["name"], ...), with_fault(["version"], 0), 7])
    with pytest.raises(CampaignError) as caught:
        parse_campaigns(text, where="all.json")
    assert [problem.split(":")[0] for problem in caught.value.problems] == [
        "all.json[0], line 1",
        "all.json[1], line 1",
        "all.json[2]",
    ]


def test_a_fault_of_a_file_names_its_line_and_a_field_given_twice_is_one() -> None:
    text = json.dumps(with_fault(["rules", 1, "points"], "5"), indent=1)
    number = 1 + next(i for i, line in enumerate(text.splitlines()) if '"points": "5"' in line)
    with pytest.raises(CampaignError) as caught:
        parse_campaigns(text, where="a.json")
    assert caught.value.problems == (
        f"a.json, line {number}: rules[1].points: write a whole number, without quotation marks",
    )
    again = text.replace('"points": "5"', '"points": 5,\n "points" : 6')
    with pytest.raises(CampaignError) as caught:
        parse_campaigns(again, where="a.json")
    assert caught.value.problems == (
        f"a.json, line {number + 1}: points stands twice in one object; keep one, only the last would count",
    )


def test_a_missing_field_is_told_at_the_line_of_its_object() -> None:
    text = "\n" + json.dumps([SPRING, with_fault(["rules", 1, "products"], ...)], indent=1)
    with pytest.raises(CampaignError) as caught:
        parse_campaigns(text)
    (problem,) = caught.value.problems
    told = re.match(r"\[1\], line (\d+): rules\[1\]\.products: is missing; add it", problem)
    assert told is not None, problem
    assert text.splitlines()[int(told[1]) - 1].strip() == "{"
    assert '"product_bonus"' in "".join(text.splitlines()[int(told[1]) : int(told[1]) + 2])


def test_broken_json_is_told_with_line_and_column() -> None:
    with pytest.raises(CampaignError, match=r"all\.json, line 2, column 3: this is not JSON"):
        parse_campaigns('{"id": "a",\n  name: 1}', where="all.json")


@pytest.mark.parametrize("text", ['{"version": ' + "9" * 5000 + "}", "[" * 100_000])
def test_json_without_bounds_is_refused(text: str) -> None:
    with pytest.raises(CampaignError, match=r"^all\.json"):
        parse_campaigns(text, where="all.json")


def test_a_campaign_has_at_most_a_hundred_rules() -> None:
    rule = SPRING["rules"][1]
    many = [{**rule, "id": f"rule-{number}"} for number in range(101)]
    assert len(parse_campaign(with_fault(["rules"], many[:100])).rules) == 100
    with pytest.raises(CampaignError, match=r"rules: has more than 100 entries; take some out"):
        parse_campaign(with_fault(["rules"], many))


def test_one_version_twice_is_refused_and_two_versions_are_not() -> None:
    with pytest.raises(CampaignError, match="spring-2026 is given more than once in version 3"):
        parse_campaigns(json.dumps([SPRING, SPRING]))
    older = {**SPRING, "version": 2}
    assert [each.version for each in parse_campaigns(json.dumps([older, SPRING]))] == [2, 3]


def test_selections_that_the_catalog_lacks_are_warned_of(make: SimpleNamespace) -> None:
    catalog = Catalog("v1", (make.OATS, make.BARS))
    assert unknown_selections(parse_campaign(SPRING), catalog) == ()
    odd = parse_campaign(with_fault(["rules", 1, "products", "skus"], ["OAT-1", "OAT-9"]))
    (warning,) = unknown_selections(odd, catalog)
    assert warning.startswith("rules[1].products.skus: no product of the catalog has 'OAT-9'")


def test_the_published_schema_accepts_what_is_read_and_refuses_what_is_not() -> None:
    schema = jsonschema.Draft202012Validator(campaign_schema())
    schema.check_schema(campaign_schema())
    schema.validate(SPRING)
    for path, value in [(["rules", 0, "points"], 0), (["colour"], "red"), (["rules", 0, "kind"], "x")]:
        with pytest.raises(jsonschema.ValidationError):
            schema.validate(with_fault(path, value))


def test_published_schemas_are_in_step() -> None:
    """When this fails, run `python -m awarding.publish docs` and commit what it wrote."""
    for path, text in published_schemas().items():
        assert (DOCS / path).read_text(encoding="utf-8") == text, f"docs/{path} is out of step"


names = st.text(alphabet="abcÄ é&'-", min_size=1, max_size=12).filter(str.strip)
selectors = st.fixed_dictionaries(
    {key: st.lists(names, max_size=2) for key in ("skus", "brands", "categories")}
)
rules = st.one_of(
    st.fixed_dictionaries(
        {
            "kind": st.just("points_per_currency"),
            "points": st.integers(1, 1000),
            "per": st.fixed_dictionaries(
                {
                    "amount": st.integers(1, 99999).map(lambda minor: f"{minor // 100}.{minor % 100:02d}"),
                    "currency": st.sampled_from(["USD", "EUR", "GBP"]),
                }
            ),
            "products": selectors,
        }
    ),
    st.fixed_dictionaries(
        {"kind": st.just("product_bonus"), "points": st.integers(1, 1000), "products": selectors}
    ),
)


@given(
    st.lists(rules, min_size=1, max_size=3), st.none() | st.integers(1, 10**6), st.lists(names, max_size=2)
)
def test_every_valid_document_comes_back_the_same(
    chosen: list[dict[str, object]], cap: int | None, retailers: list[str]
) -> None:
    document = {
        **SPRING,
        "cap_per_member": cap,
        "retailers": retailers,
        "rules": [{**rule, "id": f"r{position}"} for position, rule in enumerate(chosen)],
    }
    assert campaign_document(parse_campaign(document)) == document
