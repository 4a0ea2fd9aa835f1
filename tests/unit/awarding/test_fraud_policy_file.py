"""A fraud policy as a document: what it may say, and how each fault is said."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import jsonschema
import pytest
from pydantic import ValidationError

from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.policy_file import (
    BUILT_IN,
    CHECK_NAMES,
    PolicyError,
    _overlaid,
    _thresholds_document,
    parse_policy,
    parse_policy_text,
    policy_schema,
    stored_policy,
)
from awarding.fraud.weigh import EVERY_CHECK, Grade, Says, Weights
from receipts.fraud import Act

FULL: dict[str, Any] = {
    "version": 2,
    "note": "Two weak findings make a person look.",
    "thresholds": {"window_days": 45, "least_sure": 0.6},
    "every_check": {"weak": {"weight": 0.2}},
    "checks": {"same_bytes": {"strong": {"weight": 0.95, "does": "decline"}}},
    "hold_from": 0.35,
    "decline_from": 0.9,
    "sampling": {"passes": 0.01, "declines": 0.05},
}


def test_a_document_fills_in_what_it_leaves_out() -> None:
    policy = parse_policy(FULL)
    assert (policy.version, policy.weights.hold_from, policy.weights.decline_from) == (2, 0.35, 0.9)
    assert (policy.sampled_passes, policy.sampled_declines) == (0.01, 0.05)
    assert policy.weights.of("velocity", Grade.WEAK) == Says(0.2, Act.NOTE)
    assert policy.weights.of("same_bytes", Grade.WEAK) == Says(0.2, Act.NOTE), "as for every check"
    assert policy.weights.of("same_bytes", Grade.STRONG) == Says(0.95, Act.DECLINE)
    assert policy.weights.of("velocity", Grade.STRONG) == EVERY_CHECK[Grade.STRONG]
    thresholds = policy.screen_policy(window_days=30, max_receipts_per_day=7)
    assert (thresholds.version, thresholds.window_days, thresholds.least_sure) == (2, 45, 0.6)
    assert thresholds.max_receipts_per_day == 7, "the program's own where the document gives none"


def test_an_empty_policy_is_the_built_in_one_under_another_number() -> None:
    policy = parse_policy({"version": 2})
    assert policy.weights == Weights(checks={})
    given = {"window_days": 30, "max_receipts_per_day": 10}
    assert policy.thresholds == BUILT_IN.thresholds == {}
    assert policy.screen_policy(**given).window_days == BUILT_IN.screen_policy(**given).window_days


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"version": 1}, "version: write 2 or more"),
        ({"hold_form": 0.5}, "hold_form: there is no such field; did you mean hold_from?"),
        ({"checks": {"volocity": {}}}, "checks.volocity: there is no such check; did you mean velocity?"),
        ({"checks": {"velocity": {"weak": {"does": "decline"}}}}, "checks.velocity.weak.does: write note or"),
        ({"checks": {"velocity": {"unknown": {"does": "decline"}}}}, "decline is for strong findings alone"),
        ({"every_check": {"strong": {"weight": 1}}}, "every_check.strong.weight: is too large"),
        ({"every_check": {"strong": {"weight": "0.5"}}}, "write a number, without quotation marks"),
        ({"thresholds": {"windowdays": 3}}, "thresholds.windowdays: there is no such field"),
        ({"thresholds": {"window_days": 2.5}}, "thresholds.window_days: write a whole number"),
        ({"thresholds": {"max_receipts_per_day": 0}}, "thresholds.max_receipts_per_day"),
        ({"hold_from": 0.9, "decline_from": 0.5}, "exchange or correct them"),
        ({"sampling": {"passes": 1.5}}, "sampling.passes: is too large"),
        ({"hold_from": float("nan")}, "hold_from"),
        ({"thresholds": {"window_days": 10**11}}, "thresholds.window_days: is too large"),
        ({"thresholds": {"member": {"new_days": 10**11}}}, "thresholds.member.new_days: is too large"),
        ({"thresholds": {"world": {"price_most": float("inf")}}}, "thresholds.world.price_most"),
        ({"thresholds": {"member": {"refused_rise": float("inf")}}}, "thresholds.member.refused_rise"),
        ({"note": "two\nlines"}, "control character"),
        ({"checks": []}, "checks: write an object in braces"),
    ],
)
def test_each_fault_is_said_with_its_place_and_the_fix(change: dict[str, Any], said: str) -> None:
    with pytest.raises(PolicyError) as error:
        parse_policy({**FULL, **change}, where="policy.json")
    (sentence,) = error.value.problems
    assert sentence.startswith("policy.json: ")
    assert said in sentence


def test_an_unknown_check_is_refused_with_the_list_and_read_back_where_it_was_kept() -> None:
    document = {"version": 2, "checks": {"seance": {"strong": {"does": "decline"}}}}
    with pytest.raises(PolicyError) as error:
        parse_policy(document)
    assert all(name in str(error.value) for name in CHECK_NAMES)
    assert stored_policy(document).version == 2, "a check may go while a policy that names it stays"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "policy.json, line 1, column 2: this is not JSON"),
        ("[]", "a policy is a JSON object in braces"),
        ('{"version": ' + "9" * 5000 + "}", "this is no policy"),
    ],
)
def test_a_file_that_is_no_policy_says_so(text: str, said: str) -> None:
    with pytest.raises(PolicyError, match=said):
        parse_policy_text(text, where="policy.json")


def test_the_published_schema_takes_and_refuses_what_the_reader_does() -> None:
    validator = jsonschema.Draft202012Validator(policy_schema())
    validator.check_schema(validator.schema)
    assert validator.is_valid(json.loads(json.dumps(FULL)))
    assert validator.is_valid({"version": 2})
    for wrong in ({}, {"version": 1}, {**FULL, "checks": {"seance": {}}}, {**FULL, "more": 1}):
        assert not validator.is_valid(wrong)
    weak_declines = {**FULL, "every_check": {"weak": {"does": "decline"}}}
    assert not validator.is_valid(weak_declines)


@dataclass(frozen=True)
class Rates:
    hour: int = 10
    day: int = 20

    def __post_init__(self) -> None:
        if self.hour > self.day:
            raise ValueError("rates need no fewer a day than an hour")


@dataclass(frozen=True)
class Grouped(ScreenPolicy):
    member: Rates = Rates()


def test_thresholds_within_thresholds_are_set_one_by_one() -> None:
    document = _thresholds_document(Grouped, "Thresholds")
    given = document.model_validate_json('{"member": {"hour": 5}}').model_dump(exclude_none=True)
    assert _overlaid(Grouped(window_days=7), given) == Grouped(window_days=7, member=Rates(5, 20))
    with pytest.raises(ValidationError, match="hours"):
        document.model_validate_json('{"member": {"hours": 5}}')
    with pytest.raises(ValueError, match="no fewer a day"):
        _overlaid(Grouped(), {"member": {"hour": 30}})
