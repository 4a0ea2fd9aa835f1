"""`campaign preview` and `activity tell`, as their user sees them."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
import typer

from pipeline.commands import earning
from pipeline.runner import run
from tests.pipeline.conftest import OATS, Shop, e_receipt
from tests.pipeline.test_earning import PER_DOLLAR, launch

SUMMER = {
    "id": "summer",
    "name": "Summer",
    "starts_on": "2020-01-01",
    "ends_on": "2099-12-31",
    "rules": [PER_DOLLAR],
}
SIGNUP = {"kind": "activity", "id": "joins", "event": "signup", "points": 200}


@pytest.fixture
def shop(sunny: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setattr(earning, "ready_wiring", lambda: sunny.wiring)
    return sunny


def test_a_preview_tells_what_a_file_would_have_paid_and_puts_nothing_in_force(
    shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (sent,) = shop.send(e_receipt("oats", OATS)).receipts
    run(shop.wiring, sent.id)
    before = shop.rows("SELECT count(*) FROM campaigns")
    file = tmp_path / "summer.json"
    file.write_text(json.dumps(SUMMER), encoding="utf-8")
    capsys.readouterr()
    earning.campaign_preview([file], program="", days=90, as_json=False)
    said = " ".join(capsys.readouterr().out.split())
    assert "Of 1 receipts of the last 90 days 1 would have earned 300 points, for 1 members" in said
    assert "summer/r: 1 receipts, 300 points" in said
    earning.campaign_preview([file], program="", days=90, as_json=True)
    assert json.loads(capsys.readouterr().out)["points"] == 300
    assert shop.rows("SELECT count(*) FROM campaigns") == before


def test_a_preview_of_a_wrong_file_names_what_is_wrong(
    shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "wrong.json"
    file.write_text(json.dumps({**SUMMER, "rules": [{"kind": "points_per_hour"}]}), encoding="utf-8")
    with pytest.raises(typer.Exit) as ended:
        earning.campaign_preview([file], program="", days=90, as_json=False)
    said = capsys.readouterr().err
    assert (ended.value.exit_code, "wrong.json" in said, "kind" in said) == (1, True, True)


def test_an_activity_is_told_and_counts_once(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    launch(shop, rules=[SIGNUP])
    for _ in range(2):
        earning.activity_tell(shop.maya, "signup", event_id="crm-1", program="", on=None)
    first, second = capsys.readouterr().out.split("signup earned ")[1:]
    assert first.startswith("200 points.\n")
    assert second.startswith("200 points. It was told before, and is not counted again.")
    assert shop.rows("SELECT sum(points) FROM ledger_entries") == [(200,)]


def test_an_activity_that_cannot_be_counted_says_why(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    earning.activity_tell(shop.maya, "signup", event_id="crm-1", program="", on=None)
    tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(days=3)
    for member, event, event_id, on, said in (
        ("mem_none", "signup", "crm-2", None, "no member mem_none"),
        (shop.maya, "signup", "crm-3", tomorrow, "yet to come"),
        (shop.maya, "review_written", "crm-1", None, "use an id of its own"),
    ):
        with pytest.raises(typer.Exit):
            earning.activity_tell(member, event, event_id=event_id, program="", on=on)
        assert said in " ".join(capsys.readouterr().err.split())
