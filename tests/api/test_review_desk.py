"""The reviewers' desk over the API and on the pages: the same actions, the same answers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from .conftest import OLD, csrf_of

if TYPE_CHECKING:
    from .conftest import World


@pytest.fixture
def case_id(world: World) -> str:
    receipt_id = world.settled(world.tom, day=OLD)
    cases = world.ruth.http.get("/v1/review-cases", params={"limit": 100}).json()["items"]
    found: str = next(case["id"] for case in cases if case["receipt"]["id"] == receipt_id)
    return found


def test_a_claimed_case_is_nobody_elses_until_it_is_released(world: World, case_id: str) -> None:
    at = f"/v1/review-cases/{case_id}"
    assert world.ruth.http.post(f"{at}/claim").json() == {"case_id": case_id, "claimed": True}
    for path, asked in (
        ("claim", None),
        ("decision", {"approve": True}),
        ("correction", {"total": "1.00"}),
        ("pass-on", {"note": "yours"}),
    ):
        refused = world.ada.http.post(f"{at}/{path}", json=asked)
        assert (refused.status_code, refused.json()["code"]) == (409, "claimed_by_another"), path
    assert world.ruth.http.post(f"{at}/release").json() == {"case_id": case_id, "claimed": False}
    assert world.ada.http.post(f"{at}/claim").status_code == 200
    assert world.ada.http.post(f"{at}/pass-on", json={"note": "The total is torn."}).status_code == 200
    log = world.ruth.http.get("/v1/review-log", params={"limit": 3}).json()
    assert [event["kind"] for event in log["items"]] == ["noted", "claimed", "released"]
    assert log["items"][0]["detail"] == {"note": "The total is torn."}
    assert log["next_cursor"]


def test_a_correction_over_the_api_is_decided_by(world: World, case_id: str) -> None:
    at = f"/v1/review-cases/{case_id}"
    receipt = world.ruth.http.get(at).json()["receipt"]
    other = next(line for line in receipt["lines"] if not line["product"])
    asked: dict[str, Any] = {"removed": [other["position"]]}
    done = world.ruth.http.post(f"{at}/correction", json=asked).json()
    assert (done["changed"], done["balanced"], done["would_pay"]) == (True, False, 110)
    left = world.ruth.http.get(at).json()["receipt"]["lines"]
    assert [line["position"] for line in left] == [
        line["position"] for line in receipt["lines"] if line is not other
    ]
    decided = world.ruth.http.post(f"{at}/decision", json={"approve": True}).json()
    assert decided["points"] == 110
    late = world.ruth.http.post(f"{at}/correction", json={"total": "1.00"})
    assert (late.status_code, late.json()["code"]) == (409, "already_decided")


@pytest.mark.parametrize(
    "asked", [{"total": "many"}, {"date": "yesterday"}, {"removed": [99]}, {"lines": [{"amount": "1"}]}]
)
def test_what_cannot_be_is_refused(world: World, held: tuple[str, str], asked: dict[str, Any]) -> None:
    answer = world.ruth.http.post(f"/v1/review-cases/{held[1]}/correction", json=asked)
    assert answer.status_code == 422


def test_on_the_page_one_corrects_in_place_and_sees_who_did_what(world: World, case_id: str) -> None:
    hostile = "<script>alert(1)</script>"
    with world.browser(world.ruth) as browser:
        page = browser.get(f"/review/{case_id}")
        assert "Correct what was read" in page.text
        data = {"csrf_token": csrf_of(page.text), "retailer": hostile, "total": "12,345"}
        answer = browser.post(f"/review/{case_id}/correct", data=data)
        assert answer.status_code == 303, answer.text
        after = browser.get(answer.headers["location"]).text
        assert "Corrected. The sums do not add up" in after
        assert hostile not in after
        assert "corrected what was read" in after
        wrong = browser.post(f"/review/{case_id}/correct", data={**data, "total": "twelve"})
        assert (wrong.status_code, "is no number" in wrong.text) == (422, True)
        assert "Ruth" in browser.get("/review/log").text
        for view in ({"order": "value"}, {"order": "risk", "show": "mine"}, {"least": "1"}):
            assert case_id in browser.get("/review", params=view).text
    with world.browser(world.ada) as browser:
        seen = browser.get(f"/review/{case_id}").text
        assert "Another reviewer works on this case" in seen
        assert 'value="approve"' not in seen


def test_a_product_that_was_no_candidate_is_found_and_chosen(world: World, case_id: str) -> None:
    at = f"/v1/review-cases/{case_id}"
    lines = world.ruth.http.get(at).json()["receipt"]["lines"]
    line = next(each for each in lines if not each["product"])
    found = world.ruth.http.get(f"{at}/products", params={"search": "kettlewick POPCORN"}).json()["items"]
    assert found
    assert all("popcorn" in product["name"].casefold() for product in found)
    known = {candidate["product"]["sku"] for candidate in line["candidates"]}
    wanted = next(product for product in found if product["sku"] not in known)
    with world.browser(world.ruth) as browser:
        page = browser.get(f"/review/{case_id}")
        position = line["position"]
        form = {
            "csrf_token": csrf_of(page.text),
            "note": "as the picture shows",
            "find": "0" if position else "1",  # what Enter presses: the first line's button
            f"words-{position}": wanted["sku"],
        }
        shown = browser.post(f"/review/{case_id}/find", data=form)
        assert shown.status_code == 200
        assert f'<option value="sku:{wanted["sku"]}" selected>' in shown.text
        assert "as the picture shows" in shown.text
        nothing = browser.post(f"/review/{case_id}/find", data={**form, f"words-{position}": "100%_none"})
        assert "Nothing in the catalog holds all of" in nothing.text
    # Declined: an approval would teach the other tests' coffee to be popcorn.
    decided = world.ruth.http.post(
        f"{at}/decision", json={"approve": False, "products": {str(position): wanted["sku"]}}
    )
    assert decided.status_code == 200, decided.text
    left = world.ruth.http.get(at).json()["receipt"]["lines"]
    assert [each["product"]["sku"] for each in left if each["position"] == position] == [wanted["sku"]]


def test_a_search_without_words_or_line_says_so(world: World, case_id: str) -> None:
    assert world.ruth.http.get(f"/v1/review-cases/{case_id}/products").status_code == 422
    with world.browser(world.ruth) as browser:
        token = csrf_of(browser.get(f"/review/{case_id}").text)
        nowhere = browser.post(f"/review/{case_id}/find", data={"csrf_token": token, "find": "\u00b2"})
        assert nowhere.status_code == 422
        empty = browser.post(f"/review/{case_id}/find", data={"csrf_token": token, "find": "0"})
        assert "Type a word of the product" in empty.text


def test_a_decision_with_a_delay_is_undone_over_the_api(world: World, case_id: str) -> None:
    at = f"/v1/review-cases/{case_id}"
    planned = world.ruth.http.post(f"{at}/decision", json={"approve": True, "delay_s": 60}).json()
    assert (planned["status"], planned["receipt_state"], planned["points"]) == ("planned", "held", 0)
    assert planned["takes_effect_at"]
    waiting = world.ruth.http.get("/v1/review-cases", params={"limit": 100}).json()
    assert case_id not in [case["id"] for case in waiting["items"]]
    refused = world.ada.http.delete(f"{at}/decision")
    assert (refused.status_code, refused.json()["code"]) == (409, "nothing_to_undo")
    assert world.ruth.http.delete(f"{at}/decision").json() == {"case_id": case_id, "undone": True}
    world.undo_is_over()
    assert world.ruth.http.get(at).json()["status"] == "open"
    assert world.ruth.http.post(f"{at}/decision", json={"approve": True, "delay_s": 301}).status_code == 422


def test_on_the_page_a_decision_is_undone_and_the_case_is_there_again(world: World, case_id: str) -> None:
    with world.browser(world.ruth) as browser:
        token = csrf_of(browser.get(f"/review/{case_id}").text)
        data = {"csrf_token": token, "decision": "decline"}
        assert browser.post(f"/review/{case_id}", data=data).status_code == 303
        assert "You have declined this case" in browser.get(f"/review/{case_id}").text
        assert f"/review/{case_id}/undo" in browser.get("/review").text
        undone = browser.post(f"/review/{case_id}/undo", data=data)
        assert undone.headers["location"] == f"/review/{case_id}"
        page = browser.get(f"/review/{case_id}").text
        assert "Undone: nothing was paid" in page
        assert 'value="approve"' in page
        assert f"/review/{case_id}/undo" not in page
        assert browser.post(f"/review/{case_id}/undo", data=data).status_code == 409


def test_a_program_says_how_long_one_can_undo(world: World, case_id: str) -> None:
    assert world.ruth.http.put("/v1/review-terms", json={"undo_s": 0}).status_code == 403
    assert world.ada.http.put("/v1/review-terms", json={"undo_s": 999}).status_code == 422
    assert world.ada.http.put("/v1/review-terms", json={"undo_s": 0}).status_code == 200
    try:
        with world.browser(world.ruth) as browser:
            token = csrf_of(browser.get(f"/review/{case_id}").text)
            data = {"csrf_token": token, "decision": "approve"}
            browser.post(f"/review/{case_id}", data=data)
            assert "Approved: 110 points for" in browser.get("/review").text
    finally:
        world.ada.http.put("/v1/review-terms", json={})
    assert world.ruth.http.get("/v1/review-terms").json() == {"undo_s": 60, "second_above": None}


def test_a_correction_that_adds_much_waits_for_a_second_person(world: World, case_id: str) -> None:
    at = f"/v1/review-cases/{case_id}"
    receipt = world.ruth.http.get(at).json()["receipt"]
    paid = next(line for line in receipt["lines"] if line["product"])
    position, sku = paid["position"], paid["product"]["sku"]
    assert world.ruth.http.post(f"{at}/decision", json={"approve": True}).json()["points"] == 110
    path = f"/v1/receipts/{receipt['id']}/correction"

    def said(product: str | None) -> dict[str, Any]:
        return {"lines": [{"position": position, "sku": product}]}

    assert world.ruth.http.post(path, json=said(None)).json()["taken"] == 110
    world.ada.http.put("/v1/review-terms", json={"undo_s": 0, "second_above": 100})
    try:
        asked = world.ruth.http.post(path, json=said(sku)).json()
        assert (asked["status"], asked["gained"]) == ("second_person", 0)
        listed = world.ada.http.get("/v1/corrections").json()["items"]
        (waits,) = (each for each in listed if each["id"] == asked["correction_id"])
        assert (waits["points"], waits["lines"]) == (110, said(sku)["lines"])
        answer = f"/v1/corrections/{waits['id']}/decision"
        own = world.ruth.http.post(answer, json={"agree": True})
        assert (own.status_code, own.json()["code"]) == (409, "same_person")
        done = world.ada.http.post(answer, json={"agree": True}).json()
        assert (done["status"], done["gained"]) == ("done", 110)
        late = world.ada.http.post(answer, json={"agree": True})
        assert (late.status_code, late.json()["code"]) == (409, "not_waiting")
    finally:
        world.ada.http.put("/v1/review-terms", json={})
    assert world.ruth.http.post("/v1/corrections/lco_no/decision", json={"agree": True}).status_code == 404


def test_the_members_record_stands_beside_the_case_without_who_they_are(world: World, case_id: str) -> None:
    at = f"/v1/review-cases/{case_id}"
    receipt_id = world.ruth.http.get(at).json()["receipt"]["id"]
    with world.browser(world.ruth) as browser:
        _, _, before = browser.get(f"/review/{case_id}").text.partition("The member’s record")
        assert world.ruth.http.post(f"{at}/decision", json={"approve": True}).json()["points"] == 110
        page = browser.get(f"/review/{case_id}").text
    _, _, record = page.partition("The member’s record")
    paid, was = (
        int(re.findall(r"([\d,]+) points</dd>", each)[0].replace(",", "")) for each in (record, before)
    )
    assert paid - was == 110
    assert re.search(r"\d+ points added", record)
    assert re.search(r"\d+ for, \d+ against", record)
    assert f"/receipts/{receipt_id}" not in record.partition("</section>")[0]
    people = [world.maya.account.email, world.tom.account.email]
    assert [each for each in people if each in page] == []


def test_a_reviewer_sees_what_their_choices_would_pay_before_they_decide(world: World, case_id: str) -> None:
    lines = world.ruth.http.get(f"/v1/review-cases/{case_id}").json()["receipt"]["lines"]
    ours = next(each for each in lines if each["product"])
    with world.browser(world.ruth) as browser:
        token = csrf_of(browser.get(f"/review/{case_id}").text)

        def worth(**chosen: str) -> tuple[int, str]:
            answer = browser.post(f"/review/{case_id}/worth", data={"csrf_token": token, **chosen})
            return answer.status_code, answer.text

        field = f"product-{ours['position']}"
        assert worth() == (200, "110 points")
        assert worth(**{field: "none"}) == (200, "0 points")
        assert worth(**{field: "sku:NONE-SUCH"})[0] == 422
        assert worth(csrf_token="x")[0] == 403
    assert world.ruth.http.get(f"/v1/review-cases/{case_id}").json()["status"] == "open"


def test_a_correction_is_proposed_and_answered_on_the_pages(world: World, case_id: str) -> None:
    at = f"/v1/review-cases/{case_id}"
    receipt = world.ruth.http.get(at).json()["receipt"]
    line = next(each for each in receipt["lines"] if each["product"])
    receipt_id = receipt["id"]
    assert world.ruth.http.post(f"{at}/decision", json={"approve": True}).json()["points"] == 110
    nothing = {"lines": [{"position": line["position"], "sku": None}]}
    taken = world.ruth.http.post(f"/v1/receipts/{receipt_id}/correction", json=nothing).json()["taken"]
    assert taken == 110
    path = f"/receipts/{receipt_id}/correction"
    world.ada.http.put("/v1/review-terms", json={"undo_s": 0, "second_above": 10})
    try:
        with world.browser(world.ruth) as browser:
            seen = browser.get(path).text
            data = {"csrf_token": csrf_of(seen), "words": "kettlewick popcorn", "what": "find"}
            found = browser.post(path, data=data).text
            sku = re.findall(r'value="sku:([^"]+)"', found)[-1]
            assert browser.post(path, data={**data, "what": "correct"}).status_code == 422
            data = {**data, "what": "correct", f"product-{line['position']}": f"sku:{sku}"}
            assert browser.post(path, data=data | {"csrf_token": "x"}).status_code == 403
            assert browser.post(path, data=data).headers["location"] == "/corrections"
            listed = browser.get("/corrections").text
            assert "you; a second person next" in listed
            at = re.findall(r'href="(/corrections/lco_[^"]+)"', listed)[-1]
            assert 'value="agree"' not in browser.get(at).text
            own = browser.post(at, data={"csrf_token": csrf_of(seen), "what": "agree"})
            assert (own.status_code, "another has to agree" in own.text) == (409, True)
        with world.browser(world.ada) as browser:
            assert "for a second person" in browser.get("/review").text
            seen = browser.get(at).text
            assert ("0 points</strong> were paid" in seen, sku in seen, "Ruth" in seen) == (True, True, True)
            answer = browser.post(at, data={"csrf_token": csrf_of(seen), "what": "agree"})
            assert answer.headers["location"] == "/corrections"
            after = browser.get("/corrections").text
            assert ("Corrected: " in after, at in after) == (True, False)
            log = browser.get("/review/log").text
            assert re.search(r"corrected what was read: “lines of the settled receipt, \+\d+ points”", log)
            assert re.search(r"asked for a second person: “lines of the settled receipt, \+\d+ points”", log)
            late = browser.post(at, data={"csrf_token": csrf_of(seen), "what": "agree"})
            assert (late.status_code, "was answered" in late.text) == (409, True)
            assert browser.get("/corrections/lco_no").status_code == 404
    finally:
        world.ada.http.put("/v1/review-terms", json={})
    assert world.ruth.http.get(f"/v1/receipts/{receipt_id}").json()["points"] > 0


def test_two_people_approve_much_and_two_reverse_it(world: World, case_id: str) -> None:
    at = f"/v1/review-cases/{case_id}"
    world.ada.http.put("/v1/review-terms", json={"undo_s": 0, "second_above": 100})
    try:
        first = world.ruth.http.post(f"{at}/decision", json={"approve": True, "note": "looks right"}).json()
        assert (first["status"], first["receipt_state"], first["points"]) == ("second_person", "held", 0)
        with world.browser(world.ada) as browser:
            assert "approved; second person" in browser.get("/review").text
            page = browser.get(f"/review/{case_id}").text
            assert "approved it for 110 points: “looks right”" in page
            data = {"csrf_token": csrf_of(page), "decision": "approve"}
            assert browser.post(f"/review/{case_id}", data=data).status_code == 303
            assert "Approved: 110 points for" in browser.get("/review").text
        receipt_id = world.ruth.http.get(at).json()["receipt"]["id"]
        nothing = {"lines": [{"position": 0, "sku": None}]}
        alone = world.ruth.http.post(f"/v1/receipts/{receipt_id}/correction", json=nothing)
        assert (alone.status_code, alone.json()["code"]) == (409, "second_person_needed")
    finally:
        world.ada.http.put("/v1/review-terms", json={})
    assert world.ruth.http.post(f"{at}/reversal", json={"note": "Not ours."}).json()["status"] == "proposed"
    own = world.ruth.http.post(f"{at}/reversal/decision", json={"agree": True})
    assert (own.status_code, own.json()["code"]) == (409, "same_person")
    (waits,) = world.ada.http.get("/v1/reversals").json()["items"]
    assert (waits["case_id"], waits["was"], waits["points"]) == (case_id, "approved", 110)
    with world.browser(world.ada) as browser:
        assert "To be reversed, if a second person agrees" in browser.get("/review").text
        page = browser.get(f"/review/{case_id}").text
        data = {"csrf_token": csrf_of(page), "what": "agree"}
        assert browser.post(f"/review/{case_id}/reversal", data=data).status_code == 303
        assert "Reversed." in browser.get(f"/review/{case_id}").text
    assert world.ada.http.get("/v1/reversals").json()["items"] == []


def test_a_reviewer_names_a_view_and_finds_it_as_a_tab_of_their_own(world: World, case_id: str) -> None:
    assert case_id
    dear = {"order": "value", "show": "free", "least": "50"}
    with world.browser(world.ruth) as browser:
        page = browser.get("/review", params=dear).text
        assert "Keep this view as" in page
        data = {**dear, "csrf_token": csrf_of(page), "name": "<b>dear</b> ones"}
        kept = browser.post("/review/views", data=data)
        assert kept.headers["location"] == "/review?order=value&show=free&least=50"
        shown = browser.get(kept.headers["location"]).text
        assert "&lt;b&gt;dear&lt;/b&gt; ones</a>" in shown
        assert "<b>dear" not in shown
        again = browser.post("/review/views", data={**data, "order": "risk"})
        assert again.status_code == 303, "the same name is another view from now on"
        number = re.search(r"/review/views/(\d+)/remove", browser.get(again.headers["location"]).text)
        assert number is not None
        with world.browser(world.ada) as other:
            assert "dear" not in other.get("/review").text
            token = csrf_of(other.get("/review").text)
            other.post(f"/review/views/{number[1]}/remove", data={"csrf_token": token})
        assert "ones</a>" in browser.get("/review").text, "nobody else's to remove"
        browser.post(f"/review/views/{number[1]}/remove", data=data)
        assert "ones</a>" not in browser.get("/review").text
        for name in range(13):
            browser.post("/review/views", data={**data, "name": f"view {name}"})
        assert "You have 12 views" in browser.get("/review").text


def test_cases_of_one_cause_are_decided_together_and_each_by_itself(world: World, case_id: str) -> None:
    receipt_id = world.settled(world.tom, day=OLD)
    cases = world.ruth.http.get("/v1/review-cases", params={"limit": 100}).json()["items"]
    (second,) = [case["id"] for case in cases if case["receipt"]["id"] == receipt_id]
    with world.browser(world.ruth) as browser:
        listed = browser.get("/review/together").text
        codes = {case["id"]: {each["code"] for each in case["reasons"]} for case in cases}
        cause = " ".join(sorted(codes[case_id]))
        assert f"/review/together?cause={quote(cause)}" in listed
        page = browser.get(f"/review/together?cause={quote(cause)}").text
        assert page.count("approval pays") >= 2
        data: dict[str, Any] = {
            "csrf_token": csrf_of(page),
            "cause": cause,
            "decision": "decline",
            "note": "Too old.",
            "case": [case_id, second],
        }
        other = browser.post("/review/together", data={**data, "cause": "repeat"})
        assert other.headers["location"] == "/review"
        assert "0 cases were decided. 2 not: Something came to light" in browser.get("/review").text
        browser.post("/review/together", data=data)
        assert "2 cases were decided." in browser.get("/review").text
    world.undo_is_over()
    log = world.ruth.http.get("/v1/review-log", params={"limit": 20}).json()["items"]
    declined = [event["case_id"] for event in log if event["kind"] == "declined"]
    assert {case_id, second} <= set(declined)
    for each in (case_id, second):
        assert world.ruth.http.get(f"/v1/review-cases/{each}").json()["note"] == "Too old."
