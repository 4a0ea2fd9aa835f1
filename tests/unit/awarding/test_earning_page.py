"""docs/earning.md says what happens: each example is run and compared, word for word."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from awarding.rule_documents import KINDS
from receipts.conditions import When
from tests.support.earning import run

PAGE = (Path(__file__).parents[3] / "docs" / "earning.md").read_text(encoding="utf-8")
_BLOCK = re.compile(
    r"^(?:## (?P<title>[^\n]+)|```json (?P<kind>\w+)\n(?P<text>.*?)\n```)$", re.MULTILINE | re.DOTALL
)


def examples() -> list[tuple[str, list[dict[str, Any]], dict[str, Any], dict[str, Any]]]:
    found = []
    title, campaigns, occasion = "", [], {}
    for block in _BLOCK.finditer(PAGE):
        if block["title"]:
            title = block["title"]
            continue
        value = json.loads(block["text"])
        if block["kind"] == "campaign":
            campaigns = value if isinstance(value, list) else [value]
        elif block["kind"] == "occasion":
            occasion = value
        else:
            found.append((title, campaigns, occasion, value))
    return found


EXAMPLES = examples()


@pytest.mark.parametrize(
    ("campaigns", "occasion", "told"),
    [each[1:] for each in EXAMPLES],
    ids=[f"{each[0]}-{number}" for number, each in enumerate(EXAMPLES)],
)
def test_an_example_happens_as_told(
    campaigns: list[dict[str, Any]], occasion: dict[str, Any], told: dict[str, Any]
) -> None:
    assert run(campaigns, occasion) == told


def test_every_kind_and_every_condition_has_an_example() -> None:
    assert len(EXAMPLES) > 40
    rules = [rule for _, campaigns, _, _ in EXAMPLES for each in campaigns for rule in each["rules"]]
    assert {rule["kind"] for rule in rules} == set(KINDS)
    asked = {name for rule in rules for name in rule.get("when", {})}
    campaign_wide = {"retailers"}
    assert asked | campaign_wide == set(When.__slots__)


def test_every_way_of_stacking_rounding_and_limiting_has_an_example() -> None:
    campaigns = [campaign for _, found, _, _ in EXAMPLES for campaign in found]
    assert {each["stacking"] for each in campaigns if "stacking" in each} == {"best", "first"}
    assert {each["group"]["how"] for each in campaigns if "group" in each} == {"best", "first"}
    settings = {"caps", "cap_per_member", "exclude", "rates", "clock", "starts_time", "retailers"}
    assert settings <= {name for each in campaigns for name in each}
    events = {rule["event"] for each in campaigns for rule in each["rules"] if rule["kind"] == "activity"}
    named = {"signup", "profile_completed", "social_connected", "challenge_completed", "referral_joined"}
    assert events >= named | {"birthday", "review_written"}
