"""Alerts and dashboard name metrics that there are, and each alert has its runbook."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import text

from pipeline.clock import utc_now
from pipeline.pace import pace
from pipeline.relay import BOOKS_CHECK, BOOKS_DIFFER
from receipts.database.repositories.outbox import Outbox
from receipts.database.repositories.pace import Recent
from tests.api.conftest import World

DOCS = Path(__file__).resolve().parents[2] / "docs"
ALERTS = yaml.safe_load((DOCS / "operating" / "alerts.yml").read_text())["groups"][0]["rules"]
PANELS = json.loads((DOCS / "operating" / "dashboard.json").read_text())["panels"]
_OF_A_FAMILY = re.compile(r"_(?:total|bucket|sum|count)$")


def names_in(expression: str) -> set[str]:
    """Our metrics in a query, by family; those that a rule records are no metrics."""
    recorded = {rule["record"] for rule in ALERTS if "record" in rule}
    found = set(re.findall(r"tillpoints[a-z_:]*", re.sub(r'"[^"]*"', "", expression)))
    return {_OF_A_FAMILY.sub("", each) for each in found - recorded}


@pytest.fixture(scope="module")
def told(world: World) -> dict[str, float]:
    """Every metric of /metrics, by family; the value of those without labels."""
    with world.client() as http:
        http.get("/healthz")
        answered = http.get("/metrics").text
    families = {
        _OF_A_FAMILY.sub("", each): 0.0 for each in re.findall(r"^# HELP (\S+)", answered, re.MULTILINE)
    }
    plain = re.findall(r"^(tillpoints_\w+) (\S+)$", answered, re.MULTILINE)
    return families | {name: float(value) for name, value in plain}


EXPRESSIONS = [(each.get("alert") or each["record"], each["expr"]) for each in ALERTS] + [
    (panel["title"], target["expr"]) for panel in PANELS for target in panel["targets"]
]


@pytest.mark.parametrize(("name", "expression"), EXPRESSIONS)
def test_every_metric_named_is_told(name: str, expression: str, told: dict[str, float]) -> None:
    named = names_in(expression)
    assert named or "up{" in expression or "tillpoints:" in expression, name
    assert named <= told.keys()


def test_every_metric_told_is_on_the_dashboard(told: dict[str, float]) -> None:
    shown = {each for _, expression in EXPRESSIONS for each in names_in(expression)}
    assert {
        each for each in told if each.startswith("tillpoints_") and not each.endswith("_created")
    } <= shown


@pytest.mark.parametrize(
    "alert", [each for each in ALERTS if "alert" in each], ids=lambda each: each["alert"]
)
def test_each_alert_has_its_runbook(alert: dict[str, Any]) -> None:
    page, anchor = alert["annotations"]["runbook"].split("#")
    headings = re.findall(r"^## (\S+)$", (DOCS.parent / page).read_text(), re.MULTILINE)
    assert anchor == alert["alert"].lower()
    assert alert["alert"] in headings


def test_pace_tells_stages_lines_and_sureness(world: World, awarded: str) -> None:
    with world.wiring.database.write() as session:
        lately = text("UPDATE artefacts SET created_at = :now WHERE receipt_id = :id")
        session.execute(lately, {"now": utc_now(), "id": awarded})
    now = pace(world.wiring)
    assert set(now.stages) == {"read", "match", "screen", "decide"}
    assert all(0 < each.median <= each.p95 for each in now.stages.values())
    assert now.lines_own + now.lines_asked <= now.lines


def test_sureness_by_retailer_and_channel_names_ten_pairs_at_most(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = [("upload", "Mart", 900), ("email", "Mart", 500)] * 25
    read += [("upload", f"Shop {number}", 700) for number in range(30) for _ in range(20 + number)]
    monkeypatch.setattr(Recent, "sureness", lambda _self, *, limit: read)
    now = pace(world.wiring)
    assert len(now.sure_by_both) == len(now.sure_by_retailer) == 10
    read[50:] = [("upload", "Corner", 700)] * 19
    now = pace(world.wiring)
    assert now.sure_by_both == {("Mart", "upload"): 0.9, ("Mart", "email"): 0.5}, "a mean of 19 says nothing"
    assert now.sure_by_retailer == {"Mart": 0.7}


def test_a_difference_in_the_books_is_told_until_a_proof_finds_none(world: World) -> None:
    def differ() -> str:
        with world.client() as http:
            return re.findall(r"^tillpoints_books_differ (\S+)", http.get("/metrics").text, re.MULTILINE)[0]

    for name, expected in ((BOOKS_CHECK, "0.0"), (BOOKS_DIFFER, "1.0"), (BOOKS_CHECK, "0.0")):
        with world.wiring.database.write() as session:
            Outbox(session, utc_now()).beat(name)
        assert differ() == expected
