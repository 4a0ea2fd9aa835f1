"""Status documents: what they say, and how their faults are told; windows."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from awarding.status_file import StatusError, parse_status, parse_status_text
from receipts.status import Count, Level, TierRules, Window

LEVELS = [{"name": "silver", "threshold": 100}, {"name": "gold", "threshold": 500}]


def test_a_document_says_what_moves_tiers_and_badges() -> None:
    rules, kept = parse_status(
        {
            "version": 3,
            "tiers": {"count": "spent", "currency": "EUR", "window": {"days": 365}, "levels": LEVELS},
            "badges": [{"name": "critic", "count": "activities", "event": "review_written", "threshold": 3}],
        }
    )
    assert isinstance(rules.tiers, TierRules)
    assert (rules.tiers.measure.count, rules.tiers.measure.currency) == (Count.SPENT, "EUR")
    assert rules.tiers.levels == (Level("silver", 100), Level("gold", 500))
    assert [rules.tiers.tier(total) for total in (0, 99, 100, 499, 500)] == ["", "", *["silver"] * 2, "gold"]
    assert (rules.badges[0].measure.event, rules.badges[0].measure.window) == ("review_written", Window())
    assert parse_status(kept) == (rules, kept)


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ({"version": "1"}, "version: write a whole number, without quotation marks"),
        ({"levels": []}, "levels: there is no such field"),
        ({"tiers": {"count": "points", "levels": []}}, "tiers.levels: is empty; give at least one"),
        ({"tiers": {"count": "points", "levels": LEVELS[::-1]}}, "'silver' must have a threshold above"),
        (
            {"tiers": {"count": "points", "levels": LEVELS, "window": {}}},
            'tiers.window: write either "days": 365 or "calendar_year": true',
        ),
        (
            {"tiers": {"count": "points", "levels": LEVELS, "currency": "EUR"}},
            'a currency is named where "spent" is counted',
        ),
        (
            {"badges": [{"name": "a", "count": "points", "threshold": 1, "event": "x"}]},
            "an event is named where",
        ),
        ({"badges": [{"name": "a", "count": "points", "threshold": 1}] * 2}, "two badges have one name"),
    ],
)
def test_a_fault_is_told_with_its_place_and_the_fix(part: dict[str, Any], said: str) -> None:
    with pytest.raises(StatusError) as caught:
        parse_status({"version": 1, **part}, where="status.json")
    (problem,) = caught.value.problems
    assert problem.startswith("status.json: ")
    assert said in problem


def test_text_that_is_no_json_is_told_with_its_line() -> None:
    with pytest.raises(StatusError, match=r"status\.json, line 2, column 1: this is not JSON"):
        parse_status_text('{"version": 1,\n', where="status.json")
    with pytest.raises(StatusError, match="write a JSON object in braces"):
        parse_status_text("[]")


def test_a_window_starts_and_moves_on_with_the_calendar() -> None:
    today, first = dt.date(2026, 3, 5), dt.date(2026, 3, 1)
    week, year = Window(days=7), Window(calendar_year=True)
    assert [each.start(today) for each in (week, year, Window())] == [
        dt.date(2026, 2, 27),
        dt.date(2026, 1, 1),
        None,
    ]
    assert week.next_fall(today, [today, first]) == dt.date(2026, 3, 8)
    assert week.start(dt.date(2026, 3, 8)) == dt.date(2026, 3, 2)
    assert week.next_fall(today, []) is None
    assert year.next_fall(today, [first]) == dt.date(2027, 1, 1)
    assert Window().next_fall(today, [first]) is None
