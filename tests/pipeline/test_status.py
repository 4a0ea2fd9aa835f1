"""Tiers and badges that move by a program's rules, with the postings and by the sweep."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import typer

from awarding.status_file import parse_status
from pipeline.activities import Counted, Event, tell
from pipeline.books_check import check_books
from pipeline.clock import day_in, utc_now
from pipeline.commands import status as command
from pipeline.runner import run
from pipeline.sample import SAMPLE_PROGRAM
from pipeline.standing import Told, keep_standing
from pipeline.status import MovedByRules, import_status, status_document, sweep_statuses
from receipts.database.repositories.earning import Earning
from receipts.database.repositories.status import StatusVersionError
from receipts.identity import ReceiptId
from tests.pipeline.conftest import MILK, OATS, Shop, e_receipt, today
from tests.pipeline.test_returns import bring_back

SILVER = {"name": "silver", "threshold": 30}
GOLD = {"name": "gold", "threshold": 60}


def rules(sunny: Shop, version: int = 1, **parts: Any) -> bool:
    return import_status(sunny.wiring, SAMPLE_PROGRAM.id, *parse_status({"version": version, **parts}))


def by_points(sunny: Shop, version: int = 1, **more: Any) -> bool:
    return rules(sunny, version, tiers={"count": "points", "levels": [SILVER, GOLD], **more})


def bought(sunny: Shop, name: str, **given: Any) -> ReceiptId:
    (sent,) = sunny.send(e_receipt(name, OATS, MILK, **given)).receipts
    run(sunny.wiring, sent.id)
    return sent.id


def moved(sunny: Shop) -> list[tuple[str | None, str | None]]:
    """Each tier told, and the one before."""
    rows = sunny.rows("SELECT data FROM messages WHERE type = 'member.tier_changed' ORDER BY number")
    told = [json.loads(data) for (data,) in rows]
    return [(each["before"], each["tier"]) for each in told]


def badges(sunny: Shop) -> list[tuple[str, int]]:
    rows = sunny.rows("SELECT data FROM messages WHERE type = 'member.badge_earned' ORDER BY number")
    return [(json.loads(data)["badge"], json.loads(data)["total"]) for (data,) in rows]


def tier(sunny: Shop) -> str:
    with sunny.wiring.database.read() as session:
        return Earning(session, SAMPLE_PROGRAM.id, utc_now()).tier(sunny.maya, None)


def at_noon(days: int) -> dt.datetime:
    """So many days after `today()`, where the program is."""
    day = today() + dt.timedelta(days=days)
    return dt.datetime.combine(day, dt.time(12), ZoneInfo(SAMPLE_PROGRAM.time_zone))


def test_a_tier_moves_up_with_the_points_and_down_when_they_are_taken_back(sunny: Shop) -> None:
    by_points(sunny)
    first = bought(sunny, "one")
    assert (tier(sunny), moved(sunny)) == ("silver", [(None, "silver")])
    bought(sunny, "two")
    assert moved(sunny)[1:] == [("silver", "gold")]
    bought(sunny, "three")
    assert len(moved(sunny)) == 2, "told once"
    for number, name in enumerate((first, bought(sunny, "four")), start=1):
        bring_back(sunny, sunny.view(name), f"R-{number}")
    assert tier(sunny) == "gold", "60 of 120 points are left"
    bring_back(sunny, sunny.view(bought(sunny, "five")), "R-3")
    assert tier(sunny) == "gold"
    kinds = [kind for (kind,) in sunny.rows("SELECT type FROM messages ORDER BY number")]
    assert kinds[:2] == ["points.awarded", "member.tier_changed"]
    assert check_books(sunny.wiring) == ()


def test_points_taken_back_take_the_tier_with_them(sunny: Shop) -> None:
    by_points(sunny)
    bring_back(sunny, sunny.view(bought(sunny, "one")), "R-1")
    assert (tier(sunny), moved(sunny)) == ("", [(None, "silver"), ("silver", None)])


def test_what_leaves_the_window_takes_the_tier_with_it_by_the_sweep(sunny: Shop) -> None:
    by_points(sunny, window={"days": 10})
    bought(sunny, "old", bought_on=today() - dt.timedelta(days=4))
    bought(sunny, "new")
    assert tier(sunny) == "gold"
    assert sweep_statuses(sunny.wiring) > 0, "the document is new"
    assert sweep_statuses(sunny.wiring) == 0
    assert sweep_statuses(sunny.wiring, now=at_noon(5)) == 0, "the tenth day still counts"
    assert sweep_statuses(sunny.wiring, now=at_noon(6)) == 1
    assert tier(sunny) == "silver"
    assert sweep_statuses(sunny.wiring, now=at_noon(10)) == 1
    assert moved(sunny) == [(None, "silver"), ("silver", "gold"), ("gold", "silver"), ("silver", None)]
    assert sweep_statuses(sunny.wiring, now=at_noon(5000)) == 0, "nothing is left that could fall"


def test_a_purchase_from_before_the_window_does_not_count(sunny: Shop) -> None:
    by_points(sunny, window={"days": 3})
    bought(sunny, "old", bought_on=today() - dt.timedelta(days=3))
    assert (tier(sunny), moved(sunny)) == ("", [])


def test_a_calendar_year_ends_with_the_year(sunny: Shop) -> None:
    by_points(sunny, window={"calendar_year": True})
    day = day_in(SAMPLE_PROGRAM.time_zone, utc_now())
    bought(sunny, "one", bought_on=day)
    sweep_statuses(sunny.wiring)
    new_year = dt.datetime(day.year + 1, 1, 1, tzinfo=ZoneInfo(SAMPLE_PROGRAM.time_zone))
    assert sweep_statuses(sunny.wiring, now=new_year - dt.timedelta(seconds=1)) == 0
    assert sweep_statuses(sunny.wiring, now=new_year) == 1
    assert tier(sunny) == ""


@pytest.mark.parametrize(("count", "threshold"), [("purchases", 2), ("spent", 6)])
def test_purchases_and_what_was_spent_move_tiers_too(sunny: Shop, count: str, threshold: int) -> None:
    levels = [{"name": "gold", "threshold": threshold}]
    rules(sunny, tiers={"count": count, "levels": levels})
    bought(sunny, "one")
    assert tier(sunny) == ""
    two = bought(sunny, "two")  # 2 purchases, 6.58 on the program's products
    assert tier(sunny) == "gold"
    bring_back(sunny, sunny.view(two), "R-1")
    assert tier(sunny) == ""


def test_what_was_spent_in_another_currency_does_not_count(sunny: Shop) -> None:
    rules(sunny, tiers={"count": "spent", "currency": "EUR", "levels": [{"name": "gold", "threshold": 1}]})
    bought(sunny, "one")
    assert tier(sunny) == ""


def test_a_badge_is_earned_once_and_stays(sunny: Shop) -> None:
    rules(
        sunny,
        badges=[
            {"name": "explorer", "count": "purchases", "threshold": 2},
            {"name": "critic", "count": "activities", "event": "review_written", "threshold": 2},
        ],
    )
    first = bought(sunny, "one")
    assert badges(sunny) == []
    bought(sunny, "two")
    bring_back(sunny, sunny.view(first), "R-1")
    bought(sunny, "three")
    assert badges(sunny) == [("explorer", 2)]
    for name in ("review_written", "waved", "review_written", "review_written"):
        event = Event(sunny.maya, name, f"{name} {len(badges(sunny))} {utc_now().isoformat()}")
        assert isinstance(tell(sunny.wiring, SAMPLE_PROGRAM.id, event), Counted)
    assert badges(sunny) == [("explorer", 2), ("critic", 2)]
    assert check_books(sunny.wiring) == ()


def test_a_new_document_reaches_members_who_bought_before_it(sunny: Shop) -> None:
    bought(sunny, "one")
    assert sweep_statuses(sunny.wiring) == 0
    assert by_points(sunny)
    assert not by_points(sunny), "the same again changes nothing"
    assert sweep_statuses(sunny.wiring, most=1) == 1
    assert sweep_statuses(sunny.wiring) > 0
    assert sweep_statuses(sunny.wiring) == 0
    assert moved(sunny) == [(None, "silver")]
    with pytest.raises(StatusVersionError, match="give the changed one version 2"):
        rules(sunny)
    rules(sunny, version=2, tiers={"count": "points", "levels": [{"name": "gold", "threshold": 10}]})
    assert sweep_statuses(sunny.wiring) > 0
    assert moved(sunny)[1:] == [("silver", "gold")]


def said(sunny: Shop, tier: str, *badges: str) -> object:
    return keep_standing(
        sunny.wiring,
        SAMPLE_PROGRAM.id,
        sunny.maya,
        birthday=None,
        segments=(),
        tier=tier,
        badges=badges,
        since=None,
    )


def test_rules_and_the_core_service_do_not_fight_over_a_tier(sunny: Shop) -> None:
    assert isinstance(said(sunny, "bronze"), Told)
    rules(
        sunny,
        tiers={"count": "points", "levels": [SILVER]},
        badges=[{"name": "explorer", "count": "purchases", "threshold": 9}],
    )
    assert isinstance(said(sunny, "gold"), MovedByRules)
    assert said(sunny, "", "explorer") == MovedByRules("the badge explorer")
    assert isinstance(said(sunny, "", "its own"), Told)
    assert tier(sunny) == "bronze", "until somebody looks"
    bought(sunny, "one")
    assert moved(sunny) == [("bronze", "silver")]
    assert isinstance(said(sunny, "silver"), Told), "what stands may be said"
    rules(sunny, version=2)
    assert isinstance(said(sunny, "gold"), Told)
    bought(sunny, "two")
    assert (tier(sunny), len(moved(sunny))) == ("gold", 1)


def test_the_command_shows_and_changes_the_document(
    sunny: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "ready_wiring", lambda: sunny.wiring)
    command.program_status()
    assert "the core loyalty service sets tiers and badges" in capsys.readouterr().out
    file = tmp_path / "status.json"
    file.write_text('{"version": 1, "tiers": {}}', encoding="utf-8")
    with pytest.raises(typer.Exit):
        command.program_status(file)
    assert "status.json: tiers.count: is missing; add it" in capsys.readouterr().err
    file.write_text('{"version": 1, "badges": []}', encoding="utf-8")
    command.program_status(file)
    assert "version 1 is in force now" in capsys.readouterr().out
    command.program_status()
    assert json.loads(capsys.readouterr().out) == status_document(sunny.wiring, SAMPLE_PROGRAM.id)
