"""What waits for a person: looked at and decided, over the API and on the pages."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from api.pages import review as pages
from pipeline.review_views import case_view
from pipeline.sample import SAMPLE_PROGRAM
from receipts.database.tables import FileLookRow
from receipts.fraud import Finding
from receipts.identity import ReviewCaseId
from receipts.transcript import Quad

from .conftest import OLD, csrf_of

if TYPE_CHECKING:
    from .conftest import World


def _case_of(world: World, receipt_id: str) -> str:
    cases = world.ruth.http.get("/v1/review-cases", params={"limit": 100}).json()["items"]
    case_id: str = next(case["id"] for case in cases if case["receipt"]["id"] == receipt_id)
    return case_id


def _balance(world: World) -> int:
    points = world.tom.http.get(f"/v1/members/{world.tom.member_id}/points").json()
    balance: int = points["balance"]
    return balance


def test_a_held_receipt_says_why_and_what_it_would_pay(world: World, held: tuple[str, str]) -> None:
    receipt_id, case_id = held
    receipt = world.maya.http.get(f"/v1/receipts/{receipt_id}").json()
    assert (receipt["state"], receipt["points"], receipt["would_pay"]) == ("held", None, 110)
    assert receipt["reasons"]
    points = world.maya.http.get(f"/v1/members/{world.maya.member_id}/points").json()
    assert points["pending"] >= 110
    case = world.ruth.http.get(f"/v1/review-cases/{case_id}").json()
    assert (case["status"], case["would_pay"], case["member_name"]) == ("open", 110, "Maya Lopez")
    assert any(
        signal["check"] == "purchase_date" and signal["finding"] == "suspect" for signal in case["signals"]
    )
    assert any(line["candidates"] for line in case["receipt"]["lines"])
    assert not any(line["candidates"] for line in receipt["lines"])


def test_approval_pays_and_a_second_decision_changes_nothing(world: World) -> None:
    receipt_id = world.settled(world.tom, day=OLD)
    before = _balance(world)
    case_id = _case_of(world, receipt_id)
    decided = world.ruth.http.post(f"/v1/review-cases/{case_id}/decision", json={"approve": True})
    assert decided.status_code == 200, decided.text
    assert decided.json()["status"] == "approved"
    assert _balance(world) == before + decided.json()["points"] == before + 110
    again = world.ruth.http.post(f"/v1/review-cases/{case_id}/decision", json={"approve": False})
    assert (again.status_code, again.json()["code"]) == (409, "already_decided")
    assert _balance(world) == before + 110


@pytest.mark.parametrize("approve", ["false", "yes", 1, 0, None, []])
def test_only_true_and_false_decide(world: World, held: tuple[str, str], approve: object) -> None:
    answer = world.ruth.http.post(f"/v1/review-cases/{held[1]}/decision", json={"approve": approve})
    assert answer.status_code == 422
    assert [each["location"] for each in answer.json()["errors"]] == ["body.approve"]
    assert world.ruth.http.get(f"/v1/review-cases/{held[1]}").json()["status"] == "open"


def test_two_reviewers_at_once_decide_once(world: World) -> None:
    receipt_id = world.settled(world.tom, day=OLD)
    before = _balance(world)
    case_id = _case_of(world, receipt_id)
    statuses: list[int] = []

    def approve(token: str) -> None:
        with world.client(headers={"Authorization": token}) as http:
            answer = http.post(f"/v1/review-cases/{case_id}/decision", json={"approve": True})
            statuses.append(answer.status_code)

    tokens = [world.ruth.http.headers["authorization"], world.ada.http.headers["authorization"]]
    threads = [threading.Thread(target=approve, args=(token,)) for token in tokens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 409]
    assert _balance(world) == before + 110


def test_a_declined_one_pays_nothing_and_the_member_reads_the_note(world: World) -> None:
    receipt_id = world.settled(world.tom, day=OLD)
    before = _balance(world)
    case_id = _case_of(world, receipt_id)
    note = "The date on the receipt is last year's."
    asked = {"approve": False, "note": note}
    decided = world.ruth.http.post(f"/v1/review-cases/{case_id}/decision", json=asked)
    assert decided.json() == {
        "case_id": case_id,
        "status": "declined",
        "receipt_state": "declined",
        "points": 0,
    }
    assert _balance(world) == before
    receipt = world.tom.http.get(f"/v1/receipts/{receipt_id}").json()
    assert receipt["state"] == "declined"
    assert any(note in reason for reason in receipt["reasons"])


@pytest.mark.parametrize(("products", "part"), [({"0": "NO-SUCH-SKU"}, "NO-SUCH-SKU"), ({"99": None}, "99")])
def test_a_choice_that_is_not_there_is_explained(
    world: World, held: tuple[str, str], products: dict[str, str | None], part: str
) -> None:
    asked = {"approve": True, "products": products}
    answer = world.ruth.http.post(f"/v1/review-cases/{held[1]}/decision", json=asked)
    assert answer.status_code == 422
    assert part in answer.json()["detail"]
    assert world.ruth.http.get(f"/v1/review-cases/{held[1]}").json()["status"] == "open"


def test_a_line_the_reviewer_says_is_not_ours_earns_nothing(world: World) -> None:
    receipt_id = world.settled(world.tom, day=OLD)
    before = _balance(world)
    case_id = _case_of(world, receipt_id)
    lines = world.ruth.http.get(f"/v1/review-cases/{case_id}").json()["receipt"]["lines"]
    products = {str(line["position"]): None for line in lines if line["product"]}
    asked = {"approve": True, "products": products}
    decided = world.ruth.http.post(f"/v1/review-cases/{case_id}/decision", json=asked).json()
    assert (decided["receipt_state"], decided["points"]) == ("declined", 0)
    assert _balance(world) == before


def test_on_the_page_one_decides_and_goes_on_to_the_next(world: World) -> None:
    receipt_id = world.settled(world.tom, day=OLD)
    before = _balance(world)
    case_id = _case_of(world, receipt_id)
    with world.browser(world.ruth) as browser:
        without = browser.get(f"/review/{case_id}").text
        assert "read by its own text" in without
        assert "Larderline" in without.split("It says:")[1].split("</pre>")[0]
    world.add_picture(receipt_id)
    with world.browser(world.ruth) as browser:
        listed = browser.get("/review")
        assert "Tom Becker" in listed.text
        assert f"/review/{case_id}" in listed.text
        page = browser.get(f"/review/{case_id}")
        assert "110 points" in page.text
        assert f"/v1/receipts/{receipt_id}/picture" in page.text
        token = csrf_of(page.text)
        nothing = browser.post(f"/review/{case_id}", data={"csrf_token": token})
        assert nothing.status_code == 422
        answer = browser.post(f"/review/{case_id}", data={"csrf_token": token, "decision": "approve"})
        assert answer.status_code == 303
        assert re.fullmatch(r"/review(/rev_\w+)?", answer.headers["location"])
        following = browser.get(answer.headers["location"])
        assert "<strong>Approved</strong> for Tom Becker." in following.text
        assert _balance(world) == before
        world.undo_is_over()
        assert "<strong>Approved</strong>" not in browser.get("/review").text
        late = browser.post(f"/review/{case_id}", data={"csrf_token": token, "decision": "decline"})
        assert late.status_code == 409
        assert "Nothing was changed" in late.text
    assert _balance(world) == before + 110


def test_a_better_photo_is_asked_for_and_offered(world: World) -> None:
    receipt_id = world.settled(world.tom, day=OLD)
    world.add_picture(receipt_id)
    case_id = _case_of(world, receipt_id)
    with world.browser(world.ruth) as browser:
        page = browser.get(f"/review/{case_id}")
        assert 'name="decision" value="photo"' in page.text
        data = {"csrf_token": csrf_of(page.text), "decision": "photo", "note": " "}
        assert browser.post(f"/review/{case_id}", data=data).status_code == 303
    world.undo_is_over()
    with world.browser(world.tom) as browser:
        told = browser.get(f"/receipts/{receipt_id}").text
    assert "Please send a better photo of the same receipt" in told
    assert "Send a better photo of this one" in told


def test_a_choice_on_the_page_counts(world: World) -> None:
    receipt_id = world.settled(world.tom, day=OLD)
    case_id = _case_of(world, receipt_id)
    lines = world.ruth.http.get(f"/v1/review-cases/{case_id}").json()["receipt"]["lines"]
    ours = next(line for line in lines if line["product"])
    with world.browser(world.ruth) as browser:
        page = browser.get(f"/review/{case_id}")
        assert f'name="product-{ours["position"]}"' in page.text
        data = {
            "csrf_token": csrf_of(page.text),
            "decision": "approve",
            f"product-{ours['position']}": "none",
        }
        assert browser.post(f"/review/{case_id}", data=data).status_code == 303
    world.undo_is_over()
    receipt = world.tom.http.get(f"/v1/receipts/{receipt_id}").json()
    assert (receipt["state"], receipt["points"]) == ("declined", 0)


def test_who_of_the_team_saw_a_picture_is_noted(world: World) -> None:
    receipt_id = world.settled(world.tom)
    world.add_picture(receipt_id)
    address = f"/v1/receipts/{receipt_id}/picture"
    assert world.tom.http.get(address).status_code == 200
    assert world.ruth.http.get(address).status_code == 200
    with world.wiring.database.read() as session:
        looks = session.query(FileLookRow).filter_by(target_id=receipt_id).all()
    assert [(each.account_id, each.member_id, each.what) for each in looks] == [
        (world.ruth.account.id, world.tom.member_id, "picture")
    ], "and a member's own look is nobody's business"


def test_where_a_check_looked_is_drawn_over_the_picture(
    world: World, held: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    view = case_view(world.wiring, program_id=SAMPLE_PROGRAM.id, case_id=ReviewCaseId(held[1]))
    assert view is not None
    first, second = (Quad.upright(left=left, top=2, right=left + 30, bottom=44) for left in (10, 500))
    signal = replace(
        view.signals[0].signal, finding=Finding.SUSPECT, check="edited_picture", places=(first, second)
    )
    found = replace(view.signals[0], signal=signal)
    pictured = replace(view.receipt, picture_sha256="0" * 64)
    monkeypatch.setattr(
        pages, "find_case", lambda *_: replace(view, receipt=pictured, signals=(found, *view.signals[1:]))
    )
    with world.browser(world.ruth) as browser:
        shown = browser.get(f"/review/{held[1]}").text
    (marked,) = re.findall(r'data-field="check-([a-z_]+)" data-quads="([^"]*)"', shown)
    assert marked[0] == "edited_picture"
    assert [quad.split() for quad in marked[1].split(";") if quad.strip()] == [
        ["10.0,2.0", "40.0,2.0", "40.0,44.0", "10.0,44.0"],
        ["500.0,2.0", "530.0,2.0", "530.0,44.0", "500.0,44.0"],
    ]
