"""Points over the API: spent at a till, taken back, given, promised; each once."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fixtures.scenarios.stage import other as another_makers
from fixtures.scenarios.stage import own
from pipeline.clock import utc_now
from pipeline.member_code import CODE_LIFE_S, make_code
from receipts.identity import MemberId, ProgramId

if TYPE_CHECKING:
    from .conftest import Person, World

CENTS = itertools.count()
LINE = own("OAT-OFO-18Z", 329, printed="OAT OLD FSHN OATS 18Z")


def paid(world: World) -> str:
    # Baskets of one shop and day that differ by a few cents may be one purchase, and are rightly held.
    coffee = another_makers("Northbank Ground Coffee", 655 + 37 * next(CENTS))
    receipt_id = world.printed(world.maya, LINE, coffee, LINE)
    reached = world.process(receipt_id)
    assert reached == "awarded", world.maya.http.get(f"/v1/receipts/{receipt_id}").json()["reasons"]
    return receipt_id


def points(world: World) -> dict[str, Any]:
    found: dict[str, Any] = world.maya.http.get(f"/v1/members/{world.maya.member_id}/points").json()
    return found


def post(person: Person, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    answer = person.http.post(path, json=body)
    return answer.status_code, answer.json()


def test_a_till_scans_the_code_holds_and_captures_once(world: World) -> None:
    paid(world)
    before, other = points(world)["available"], points(world)["held"]
    code = world.maya.http.get(f"/v1/members/{world.maya.member_id}/code").json()["code"]
    asked = {"member_code": code, "points": 25, "reference": "till 3, slip 9", "purpose": "A mug"}
    status, held = post(world.core, "/v1/redemptions", asked)
    assert (status, held["status"], points(world)["held"]) == (200, "held", other + 25)
    assert post(world.core, "/v1/redemptions", asked)[1] == held
    assert points(world)["available"] == before - 25
    assert post(world.core, "/v1/redemptions", {**asked, "points": 26})[1]["code"] == "redemption_differs"
    too_many = {**asked, "points": 10**6, "reference": "another"}
    assert post(world.core, "/v1/redemptions", too_many)[1]["code"] == "too_few_points"
    path = f"/v1/redemptions/{held['id']}"
    assert post(world.core, f"{path}/capture", {"points": 26})[1]["code"] == "more_than_held"
    for _ in range(2):
        status, done = post(world.core, f"{path}/capture", {"points": 20})
        assert (status, done["status"], done["captured"]) == (200, "captured", 20)
    assert post(world.core, f"{path}/release", {})[0] == 409
    assert world.core.http.get(path).json() == done
    assert (points(world)["available"], points(world)["held"]) == (before - 20, other)
    page = world.maya.http.get(f"/v1/members/{world.maya.member_id}/ledger").json()
    assert [each["kind"] for each in page["items"][:3]] == ["hold_end", "redemption", "hold"]
    assert page["balance"] == before - 20


def test_a_code_of_another_time_program_or_hand_is_refused(world: World) -> None:
    maya, program = MemberId(world.maya.member_id or ""), ProgramId("sample")
    old = utc_now().timestamp() - CODE_LIFE_S - 1
    codes = [
        make_code(world.wiring, program, maya, utc_now().fromtimestamp(old, tz=utc_now().tzinfo)).code,
        make_code(world.wiring, ProgramId("other"), maya, utc_now()).code,
        "made up",
    ]
    for code in codes:
        asked = {"member_code": code, "points": 1, "reference": "x", "purpose": "A mug"}
        assert post(world.core, "/v1/redemptions", asked)[1]["code"] == "code_unknown"
    both = {"member_code": "a", "member_id": maya, "points": 1, "reference": "x", "purpose": "A mug"}
    assert post(world.core, "/v1/redemptions", both)[1]["code"] == "member_unclear"


def test_a_return_is_taken_once_and_a_correction_goes_both_ways(world: World) -> None:
    receipt_id = paid(world)
    before = points(world)["available"]
    asked = {"receipt_id": receipt_id, "reference": "R-77", "lines": [{"position": 0, "quantity": "1"}]}
    status, taken = post(world.core, "/v1/returns", asked)
    assert (status, taken["taken"], points(world)["available"]) == (200, 30, before - 30)
    assert post(world.core, "/v1/returns", asked)[1] == taken
    assert points(world)["available"] == before - 30
    unclear = {**asked, "reference": "R-78", "lines": [{}]}
    assert post(world.core, "/v1/returns", unclear)[1]["code"] == "line_unclear"
    nowhere = {**asked, "reference": "R-78", "lines": [{"position": 99}]}
    assert post(world.core, "/v1/returns", nowhere)[1]["code"] == "line_unknown"
    assert post(world.core, "/v1/returns", {**asked, "receipt_id": "rcp_none"})[0] == 409
    said = {"lines": [{"position": 2, "sku": None}]}
    status, corrected = post(world.ruth, f"/v1/receipts/{receipt_id}/correction", said)
    assert (status, corrected["taken"]) == (200, 30)
    assert points(world)["available"] == before - 60
    right = {"lines": [{"position": 2, "sku": "OAT-OFO-18Z"}]}
    assert post(world.ruth, f"/v1/receipts/{receipt_id}/correction", right)[1]["gained"] == 30


def test_a_partial_return_and_a_gift_happen_as_the_page_says(world: World) -> None:
    page = (Path(__file__).parents[2] / "docs" / "earning.md").read_text(encoding="utf-8")
    told = re.findall(
        r"^```http\nPOST (\S+)\n(.*?)\n```\n\n```answer\n(.*?)\n```$", page, re.MULTILINE | re.DOTALL
    )
    assert [path for path, _, _ in told] == ["/v1/returns", "/v1/gifts", "/v1/gifts"]
    receipt_id, start = paid(world), points(world)["available"]
    moved = []
    for path, asked, answer in told:
        body = asked.replace("RECEIPT", receipt_id).replace("MEMBER", world.maya.member_id or "")
        person = world.core if path == "/v1/returns" else world.ruth
        status, found = post(person, path, json.loads(body))
        expected = json.loads(answer)
        assert (status, {name: found[name] for name in expected}) == (200, expected)
        moved.append(points(world)["available"] - start)
    assert moved == [-30, 70, 70]


def test_a_gift_above_the_limit_needs_a_second_person(world: World) -> None:
    before = points(world)["available"]
    asked = {"member_id": world.maya.member_id, "points": 100, "reason": "a broken jar", "reference": "t1"}
    for _ in range(2):
        assert post(world.ruth, "/v1/gifts", asked)[1]["status"] == "given"
    assert points(world)["available"] == before + 100
    large = {**asked, "points": 501, "reference": "t2"}
    status, gift = post(world.ruth, "/v1/gifts", large)
    assert (status, gift["status"], points(world)["available"]) == (200, "proposed", before + 100)
    assert gift["id"] in [each["id"] for each in world.ada.http.get("/v1/gifts").json()["items"]]
    path = f"/v1/gifts/{gift['id']}/decision"
    assert post(world.ruth, path, {"agree": True})[1]["code"] == "same_person"
    for _ in range(2):
        assert post(world.ada, path, {"agree": True})[1]["status"] == "given"
    assert points(world)["available"] == before + 601
    assert post(world.ada, path, {"agree": False})[1]["code"] == "gift_differs"
    assert post(world.maya, "/v1/gifts", asked)[0] == 403


def test_the_terms_are_seen_and_changed_and_wrong_ones_told(world: World) -> None:
    usual = world.ruth.http.get("/v1/points-terms").json()
    changed = {**usual, "pending_days": 14, "expiry_days": 365, "point_value": "0.01"}
    answer = world.ada.http.put("/v1/points-terms", json=changed)
    assert (answer.status_code, answer.json()["point_value"]) == (200, "0.01")
    wrong = world.ada.http.put("/v1/points-terms", json={"pending_days": -1})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "terms_wrong")
    assert world.ada.http.put("/v1/points-terms", json=usual).json() == usual


def test_what_is_told_of_purchases_is_seen_and_changed_by_admins(world: World) -> None:
    path = "/v1/purchase-data"
    assert world.core.http.get(path).json() == {"purchase_data": "none"}
    assert world.ruth.http.put(path, json={"purchase_data": "all"}).status_code == 403
    assert world.ada.http.put(path, json={"purchase_data": "some"}).status_code == 422
    assert world.ada.http.put(path, json={"purchase_data": "own"}).json() == {"purchase_data": "own"}
    assert world.ada.http.put(path, json={"purchase_data": "none"}).json() == {"purchase_data": "none"}
