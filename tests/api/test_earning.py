"""Activities, members' facts and a campaign's preview over the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import World

JOINING = {
    "id": "joining-api",
    "name": "Welcome aboard",
    "starts_on": "2020-01-01",
    "ends_on": "2099-12-31",
    "rules": [
        {
            "kind": "activity",
            "id": "joined",
            "event": "joined_by_api",
            "points": 200,
            "limit": {"times": 1, "per": "ever"},
        }
    ],
}


def test_joining_pays_two_hundred_points_once(world: World) -> None:
    assert world.ada.http.post("/v1/campaigns", json=JOINING).status_code == 201
    before = world.maya.http.get(f"/v1/members/{world.maya.member_id}/points").json()["balance"]
    event = {"member_id": world.maya.member_id, "event": "joined_by_api"}
    headers = {"Idempotency-Key": "crm-1"}
    first = world.core.http.post("/v1/activities", json=event, headers=headers)
    again = world.core.http.post("/v1/activities", json=event, headers=headers)
    other = world.core.http.post("/v1/activities", json={**event, "id": "crm-2"})
    assert [each.status_code for each in (first, again, other)] == [201, 200, 201]
    assert first.json() == again.json()
    assert (first.json()["points"], first.json()["rules"][0]["answer"]) == (200, "paid")
    assert (other.json()["points"], other.json()["rules"][0]["answer"]) == (0, "limit_reached")
    after = world.maya.http.get(f"/v1/members/{world.maya.member_id}/points").json()["balance"]
    assert after == before + 200


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"id": None}, 400, "event_id_missing"),
        ({"member_id": "mem_nobody"}, 404, "not_found"),
        ({"happened_on": "2999-01-01"}, 422, "day_to_come"),
        ({"event": "Sign up"}, 422, "invalid_request"),
    ],
)
def test_what_cannot_be_counted_is_refused(
    world: World, change: dict[str, object], status: int, code: str
) -> None:
    event = {"member_id": world.maya.member_id, "event": "signup", "id": "crm-9", **change}
    answer = world.core.http.post("/v1/activities", json=event)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_an_id_names_one_event(world: World) -> None:
    event = {"member_id": world.maya.member_id, "event": "waved", "id": "crm-once"}
    assert world.core.http.post("/v1/activities", json=event).status_code == 201
    other = world.core.http.post("/v1/activities", json={**event, "event": "danced"})
    assert (other.status_code, other.json()["code"]) == (409, "other_event")


def test_facts_are_kept_and_shown(world: World) -> None:
    path = f"/v1/members/{world.tom.member_id}/facts"
    facts = {"birthday": "02-29", "segments": ["Mailed"], "tier": "gold", "badges": ["explorer"]}
    assert world.core.http.put(path, json=facts).json() == facts
    fewer = {"birthday": None, "segments": [], "tier": None, "badges": []}
    assert world.core.http.put(path, json=fewer).json() == {**fewer, "badges": ["explorer"]}
    wrong = world.core.http.put(path, json={"birthday": "02-30"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "birthday_wrong")


def test_a_campaign_is_previewed_on_past_receipts(world: World, awarded: str) -> None:
    rule = {"kind": "receipt_bonus", "id": "each", "points": 5}
    campaign = {**JOINING, "id": "try-api", "rules": [rule]}
    answer = world.ada.http.post("/v1/campaigns/preview", json=campaign)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["receipts"] >= 1
    assert found["points"] == found["receipts"] * 5 == found["rules"][0]["points"]
    assert awarded
    listed = world.ada.http.get("/v1/campaigns").json()["items"]
    assert "try-api" not in {each["id"] for each in listed}
    wrong = world.ada.http.post("/v1/campaigns/preview", json={**campaign, "name": ""})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "campaign_wrong")


def test_status_rules_are_seen_and_changed_by_admins_and_facts_do_not_fight_them(world: World) -> None:
    path = "/v1/status-rules"
    badge = {"name": "api badge", "count": "activities", "event": "never", "threshold": 9}
    assert world.ruth.http.put(path, json={"version": 1}).status_code == 403
    wrong = world.ada.http.put(path, json={"version": 1, "badges": [{}]})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "status_wrong")
    kept = world.ada.http.put(path, json={"version": 1, "badges": [badge]})
    assert (kept.status_code, kept.json()["version"]) == (200, 1)
    assert world.core.http.get(path).json() == kept.json()
    again = world.ada.http.put(path, json={"version": 1})
    assert (again.status_code, again.json()["code"]) == (409, "status_version")
    facts = f"/v1/members/{world.maya.member_id}/facts"
    now = world.core.http.get(facts).json()
    refused = world.core.http.put(facts, json={**now, "badges": [*now["badges"], "api badge"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "moved_by_rules")
    assert world.ada.http.put(path, json={"version": 2}).status_code == 200
