"""The feed of messages, and importing catalog and campaigns, over HTTP."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from receipts.database.tables import ReceiptRow

from .conftest import csrf_of

if TYPE_CHECKING:
    from .conftest import World

CAMPAIGN = {
    "id": "spring",
    "version": 1,
    "name": "Spring points",
    "starts_on": "2020-01-01",
    "ends_on": "2020-02-01",
    "retailers": [],
    "cap_per_member": None,
    "rules": [
        {
            "kind": "product_bonus",
            "id": "bonus",
            "points": 5,
            "products": {"skus": [], "brands": ["Oatmere"], "categories": []},
        }
    ],
}


class TestMessages:
    def test_the_feed_is_read_to_its_end_once_and_in_order(self, world: World, awarded: str) -> None:
        world.publish()
        seen: list[dict[str, object]] = []
        cursor: str | None = None
        while True:
            params = {"limit": "2"} | ({"after": cursor} if cursor else {})
            page = world.core.http.get("/v1/messages", params=params).json()
            seen += page["events"]
            cursor = page["next_cursor"]
            if not page["more"]:
                break
        assert len({event["id"] for event in seen}) == len(seen)
        ours = [event for event in seen if event["type"] == "points.awarded"]
        assert any(awarded in json.dumps(event["data"]) for event in ours)
        for member in (world.maya.member_id, world.tom.member_id):
            sequence = [str(event["sequence"]) for event in seen if event["subject"] == member]
            assert sequence == sorted(sequence)
        assert {"specversion", "id", "source", "type", "time", "data"} <= set(seen[0])
        at_the_end = world.core.http.get("/v1/messages", params={"after": cursor}).json()
        assert at_the_end == {"events": [], "next_cursor": cursor, "more": False}

    def test_zero_is_the_beginning(self, world: World) -> None:
        first = world.core.http.get("/v1/messages").json()
        assert world.core.http.get("/v1/messages", params={"after": "0"}).json() == first

    def test_the_same_cursor_gives_the_same_events_again_and_new_ones_come_after(self, world: World) -> None:
        world.publish()
        end = world.core.http.get("/v1/messages", params={"limit": 1000}).json()["next_cursor"]
        receipt_id = world.settled(world.tom)
        assert world.core.http.get("/v1/messages", params={"after": end}).json()["events"] == []
        world.publish()
        first, second = (world.core.http.get("/v1/messages", params={"after": end}).json() for _ in range(2))
        assert first == second
        assert [event["type"] for event in first["events"]] == ["points.awarded"]
        assert receipt_id in json.dumps(first["events"][0]["data"])


class TestCatalog:
    @pytest.mark.usefixtures("catalog_back")
    def test_an_import_is_in_force_at_once_and_again_changes_nothing(self, world: World) -> None:
        data = b"sku,name,brand\nA-1,First thing,Oatmere\nA-2,Second thing,Oatmere\n"
        before = world.abel.http.get("/v1/catalog").json()
        careless = world.abel.http.put("/v1/catalog", files=[("file", ("c.csv", data))])
        assert (careless.status_code, careless.json()["code"]) == (409, "catalog_shrinks")
        assert world.abel.http.get("/v1/catalog").json() == before
        first = world.abel.http.put(
            "/v1/catalog", params={"force": "true"}, files=[("file", ("c.csv", data))]
        )
        again = world.abel.http.put("/v1/catalog", files=[("file", ("c.csv", data))])
        assert first.status_code == 200, first.text
        assert (first.json()["products"], first.json()["imported"]) == (2, True)
        assert (again.json()["version"], again.json()["imported"]) == (first.json()["version"], False)
        now = world.abel.http.get("/v1/catalog").json()
        assert now["version"] == first.json()["version"] != before["version"]

    def test_a_wrong_file_names_the_place(self, world: World) -> None:
        before = world.abel.http.get("/v1/catalog").json()
        answer = world.abel.http.put("/v1/catalog", files=[("file", ("c.csv", b"sku,name\nA-1,\n"))])
        assert (answer.status_code, answer.json()["code"]) == (422, "catalog_wrong")
        assert "2" in answer.json()["detail"]
        assert world.abel.http.get("/v1/catalog").json() == before


class TestCampaigns:
    def test_a_campaign_is_listed_and_its_next_version_takes_its_place(self, world: World) -> None:
        made = world.abel.http.post("/v1/campaigns", json=CAMPAIGN)
        assert made.status_code == 201, made.text
        same = world.abel.http.post("/v1/campaigns", json=CAMPAIGN)
        assert same.status_code == 201
        changed = {**CAMPAIGN, "name": "Spring points, now more"}
        unversioned = world.abel.http.post("/v1/campaigns", json=changed)
        assert (unversioned.status_code, unversioned.json()["code"]) == (409, "campaign_version")
        assert "version 2" in unversioned.json()["detail"]
        assert world.abel.http.post("/v1/campaigns", json={**changed, "version": 2}).status_code == 201
        listed = world.abel.http.get("/v1/campaigns").json()["items"]
        spring = [each for each in listed if each["id"] == "spring"]
        assert [(each["version"], each["document"]["name"]) for each in spring] == [(2, changed["name"])]
        assert "spring" not in {each["id"] for each in world.ada.http.get("/v1/campaigns").json()["items"]}

    def test_every_fault_is_named(self, world: World) -> None:
        wrong = {**CAMPAIGN, "starts_on": "soon", "rules": []}
        answer = world.abel.http.post("/v1/campaigns", json=wrong)
        assert (answer.status_code, answer.json()["code"]) == (422, "campaign_wrong")
        assert len(answer.json()["errors"]) >= 2


def test_a_failed_receipt_is_shown_with_its_cause_and_retried_by_a_button(world: World) -> None:
    receipt_id = world.tom.send(world.receipt_pdf()).json()["receipts"][0]["id"]
    with world.wiring.database.write() as session:
        row = session.query(ReceiptRow).filter_by(id=receipt_id).one()
        row.state, row.failed_from, row.failure = "failed", "received", "the disk was full"
    told = world.tom.http.get(f"/v1/receipts/{receipt_id}").json()["sentence"]
    assert "on our side" in told
    with world.browser(world.ada) as browser:
        page = browser.get("/program").text
        assert receipt_id in page
        assert "the disk was full" in page
        for said in ("on its way again", "has not failed"):
            data = {"csrf_token": csrf_of(page)}
            answer = browser.post(f"/receipts/{receipt_id}/retry", data=data, follow_redirects=True)
            assert said in answer.text
        assert receipt_id not in browser.get("/program").text
    assert world.process(receipt_id) == "awarded"


def test_the_admins_page_shows_catalog_campaigns_and_messages(world: World) -> None:
    world.publish()
    with world.browser(world.ada) as browser:
        text = browser.get("/program").text
    assert "82 products" in text
    assert "Campaigns in force" in text
    assert "points.awarded" in text


def test_failures_are_shown_by_cause_and_a_cause_is_retried_by_a_button(world: World) -> None:
    ids = [world.tom.send(world.receipt_pdf()).json()["receipts"][0]["id"] for _ in range(2)]
    with world.wiring.database.write() as session:
        for number, receipt_id in enumerate(ids):
            row = session.query(ReceiptRow).filter_by(id=receipt_id).one()
            row.state, row.failed_from, row.failure = "failed", "received", "words"
            row.failure_kind, row.failure_cause = "world", f"<b>cause {number}</b>"
    with world.browser(world.ada) as browser:
        shown = browser.get("/program/failures").text
        assert "&lt;b&gt;cause 0&lt;/b&gt;" in shown
        assert "Retry all 2" in shown
        cause = re.search(r'name="cause" value="(\w+)"', shown)
        assert cause is not None
        data = {"csrf_token": csrf_of(shown), "cause": cause[1]}
        for said in ("1 receipt is on its way again", "Nothing has failed for that cause any more"):
            answer = browser.post("/program/failures/retry", data=data, follow_redirects=True)
            assert said in answer.text
        answer = browser.post(
            "/program/failures/retry", data={"csrf_token": csrf_of(shown)}, follow_redirects=True
        )
        assert "Nothing has failed." in answer.text
    for receipt_id in ids:
        assert world.process(receipt_id) == "awarded"
