"""Fraud policies and blind reviews over HTTP and on the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pipeline.clock import utc_now
from pipeline.sample import SAMPLE_PROGRAM
from receipts.database.repositories.blind_reviews import PASS, BlindReviews
from receipts.identity import ReceiptId

from .conftest import OLD, csrf_of

if TYPE_CHECKING:
    from .conftest import World

STRICT: dict[str, Any] = {
    "version": 11,
    "note": "Old receipts are declined.",
    "checks": {"purchase_date": {"strong": {"weight": 0.9, "does": "decline"}}},
}
PATH = "/v1/fraud-policies"


@pytest.fixture
def declined(world: World) -> str:
    """An old receipt under a policy that declines those; the built-in policy is in force again."""
    world.ada.http.post(PATH, json=STRICT).raise_for_status()
    world.ada.http.put(f"{PATH}/in-force", json={"version": 11}).raise_for_status()
    receipt_id = world.settled(world.maya, day=OLD)
    world.ada.http.put(f"{PATH}/in-force", json={"version": 1}).raise_for_status()
    return receipt_id


def test_versions_are_imported_tried_and_put_in_force(world: World) -> None:
    made = world.ada.http.post(PATH, json={**STRICT, "version": 10})
    assert made.status_code == 201
    assert made.json()["effective"]["weights"]["checks"]["purchase_date"]["strong"] == {
        "weight": 0.9,
        "act": "decline",
    }
    assert (made.json()["imported_by"], made.json()["in_force"]) == (world.ada.account.name, False)
    assert world.ada.http.post(PATH, json={"version": 10}).status_code == 409
    wrong = world.ada.http.post(PATH, json={"version": 12, "checks": {"volocity": {}}})
    assert (wrong.status_code, "did you mean velocity?" in wrong.json()["detail"]) == (422, True)
    tried = world.ada.http.put(f"{PATH}/tried", json={"version": 10}).json()["items"]
    assert [each["version"] for each in tried if each["tried"]] == [10]
    world.ada.http.put(f"{PATH}/tried", json={"version": None}).raise_for_status()
    assert world.ada.http.put(f"{PATH}/in-force", json={"version": 99}).status_code == 404
    assert world.ada.http.get(f"{PATH}/1").json()["in_force"]


def test_a_run_over_past_receipts_tells_what_would_flip(world: World, held: tuple[str, str]) -> None:
    asked = {"document": {"version": 50, "thresholds": {"window_days": 5000}}}
    told = world.ada.http.post(f"{PATH}/shadow-runs", json=asked).json()
    assert told["complete"]
    assert {"before": "hold", "after": "pass"}.items() <= told["flips"][0].items()
    assert held[0] in {each["receipt_id"] for each in told["examples"]}
    assert world.ada.http.post(f"{PATH}/shadow-runs", json={}).status_code == 422
    assert world.ada.http.post(f"{PATH}/shadow-runs", json={"version": 99}).status_code == 404


def test_a_member_asks_a_person_about_what_the_policy_declined(world: World, declined: str) -> None:
    seen = world.maya.http.get(f"/v1/receipts/{declined}").json()
    assert (seen["state"], seen["may_ask"]) == ("declined", True)
    assert "ask us to look" in seen["reasons"][0]
    with world.browser(world.maya) as browser:
        page = browser.get(f"/receipts/{declined}").text
        assert "Ask a person to look" in page
        sent = {"csrf_token": csrf_of(page)}
        assert browser.post(f"/receipts/{declined}/second-look", data=sent).status_code == 303
        assert "A person will look at this receipt" in browser.get(f"/receipts/{declined}").text
    cases = world.ruth.http.get("/v1/review-cases", params={"limit": 100}).json()["items"]
    (case,) = (each["id"] for each in cases if each["receipt"]["id"] == declined)
    told = world.ruth.http.get(f"/v1/review-cases/{case}").json()
    (late,) = (each for each in told["signals"] if each["check"] == "purchase_date")
    # It was bought before the member joined as well, which has its own part in the score.
    assert (late["weight"], late["share"], late["does"]) == (0.9, pytest.approx(0.8547, abs=1e-4), "decline")
    assert (told["score"], told["policy_version"]) == (pytest.approx(0.915), 11)
    with world.browser(world.ruth) as browser:
        page = browser.get(f"/review/{case}").text
        assert "share of the risk" in page
        assert "by policy version 11" in page
    decided = world.ruth.http.post(f"/v1/review-cases/{case}/decision", json={"approve": True}).json()
    assert decided["receipt_state"] == "awarded"
    again = world.maya.http.post(f"/v1/receipts/{declined}/second-look")
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_look_at")


def test_a_blind_review_shows_the_paper_and_not_the_decision(world: World, awarded: str) -> None:
    with world.wiring.database.write() as session:
        reviews = BlindReviews(session, SAMPLE_PROGRAM.id, utc_now())
        if not any(each.receipt_id == awarded for each in reviews.waiting(after=0, limit=100)):
            reviews.draw(ReceiptId(awarded), decided=PASS, policy_version=1)
        (drawn,) = (each.id for each in reviews.waiting(after=0, limit=100) if each.receipt_id == awarded)
    assert drawn in world.ruth.http.get("/v1/blind-reviews").json()["items"]
    shown = world.ruth.http.get(f"/v1/blind-reviews/{drawn}")
    with world.browser(world.ruth) as browser:
        page = browser.get(f"/review/blind/{drawn}").text
        for text in (shown.text, page):
            assert awarded not in text
            assert "awarded" not in text
            assert "Checks" not in text
        assert "Larderline" in shown.text
        wrong = browser.post(f"/review/blind/{drawn}", data={"csrf_token": csrf_of(page)})
        assert (wrong.status_code, "Press Yes or No" in wrong.text) == (422, True)
        sent = {"csrf_token": csrf_of(page), "answer": "refuse", "note": "a photo of a screen"}
        assert browser.post(f"/review/blind/{drawn}", data=sent).status_code == 303
    assert world.ruth.http.post(f"/v1/blind-reviews/{drawn}/answer", json={"accept": True}).status_code == 409
    rates = world.ada.http.get(f"{PATH}/rates").json()
    assert rates["false_approve"]["wrong"] >= 1
    assert awarded in {each["receipt_id"] for each in rates["disagreed"]}
    assert world.maya.http.get(f"/v1/receipts/{awarded}").json()["state"] == "awarded"
    with world.browser(world.ada) as browser:
        page = browser.get("/program").text
        assert "Fraud policy" in page
        assert "looked at blindly" in page
        assert "passed, and should not have" in page
