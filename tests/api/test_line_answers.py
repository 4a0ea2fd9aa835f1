"""A member says which product an unsure line is: evidence for the reviewer, and nothing by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fixtures.scenarios.stage import other, own
from receipts.database.repositories.programs import ProgramData
from receipts.database.tables import LineAnswerRow
from receipts.identity import ProgramId, Sku

from .conftest import csrf_of

if TYPE_CHECKING:
    from .conftest import World

PRINTED = "OATMERE HNY CRNCH GRNL"
"""Without its size: the 12 oz or the 24 oz."""
NOT_THERE = "036000291452"
_NUMBER = iter(range(1000))


def unsure(world: World) -> str:
    """Maya's receipt with a line that asks; its id."""
    coffee = other("Northbank Ground Coffee", 655 + next(_NUMBER))
    receipt_id = world.printed(world.maya, own("OAT-HCG-12Z", 499, printed=PRINTED), coffee)
    assert world.process(receipt_id) == "held"
    return receipt_id


@pytest.fixture(scope="module")
def asked(world: World) -> str:
    return unsure(world)


def url(receipt_id: str, position: int = 0) -> str:
    return f"/v1/receipts/{receipt_id}/lines/{position}/answer"


def line(world: World, receipt_id: str) -> dict[str, object]:
    lines: list[dict[str, object]] = world.maya.http.get(f"/v1/receipts/{receipt_id}").json()["lines"]
    return lines[0]


def case_of(world: World, receipt_id: str) -> str:
    cases = world.ruth.http.get("/v1/review-cases", params={"limit": 100}).json()["items"]
    case_id: str = next(case["id"] for case in cases if case["receipt"]["id"] == receipt_id)
    return case_id


def test_a_chosen_candidate_is_kept_shown_to_the_reviewer_and_pays_nothing(world: World) -> None:
    receipt_id = unsure(world)
    choices = [each["product"]["sku"] for each in line(world, receipt_id)["candidates"]]  # type: ignore[attr-defined]
    assert {"OAT-HCG-12Z", "OAT-HCG-24Z"} <= set(choices)
    before = world.maya.http.get(f"/v1/members/{world.maya.member_id}/points").json()["balance"]
    said = world.maya.http.post(url(receipt_id), json={"sku": "OAT-HCG-24Z"})
    assert said.status_code == 200, said.text
    assert "The person who looks at the receipt will see" in said.json()["sentence"]
    after = world.maya.http.get(f"/v1/receipts/{receipt_id}").json()
    assert (after["state"], after["points"]) == ("held", None)
    assert after["lines"][0]["member_says"]["product"]["sku"] == "OAT-HCG-24Z"
    assert after["lines"][0]["verdict"] == "ask"
    assert world.maya.http.get(f"/v1/members/{world.maya.member_id}/points").json()["balance"] == before
    case = world.ruth.http.get(f"/v1/review-cases/{case_of(world, receipt_id)}").json()
    assert case["receipt"]["lines"][0]["member_says"]["product"]["sku"] == "OAT-HCG-24Z"
    with world.browser(world.ruth) as browser:
        shown = browser.get(f"/review/{case_of(world, receipt_id)}").text
    assert "The member says:" in shown
    assert '<option value="sku:OAT-HCG-24Z" selected>' in shown
    assert shown.count(" selected>") == 1


def test_a_barcode_says_which_and_a_mistyped_one_is_refused(world: World, asked: str) -> None:
    with world.wiring.database.read() as session:
        data = ProgramData(session, ProgramId("sample"))
        newest = data.newest_catalog()
        assert newest is not None
        gtin = data.products(newest[0], frozenset({Sku("OAT-HCG-12Z")}))[Sku("OAT-HCG-12Z")].gtin
    assert gtin is not None
    typed = gtin.lstrip("0").zfill(12)
    known = world.maya.http.post(url(asked), json={"barcode": typed})
    assert known.json()["answer"]["product"]["sku"] == "OAT-HCG-12Z"
    wrong = typed[:-1] + str((int(typed[-1]) + 1) % 10)
    refused = world.maya.http.post(url(asked), json={"barcode": wrong})
    assert (refused.status_code, refused.json()["code"]) == (422, "wrong_answer")
    assert "the last does not fit the others" in refused.json()["detail"]
    stranger = world.maya.http.post(url(asked), json={"barcode": NOT_THERE})
    assert (stranger.status_code, stranger.json()["answer"]["product"]) == (200, None)
    with world.browser(world.ruth) as browser:
        shown = browser.get(f"/review/{case_of(world, asked)}").text
    assert f"barcode 00{NOT_THERE}, which is none of the catalog" in shown


@pytest.mark.parametrize(
    ("body", "position", "status", "code"),
    [
        ({"sku": "KTW-MTM-26Z"}, 0, 422, "wrong_answer"),
        ({"sku": "NO-SUCH"}, 0, 422, "wrong_answer"),
        ({}, 0, 422, "wrong_answer"),
        ({"sku": "OAT-HCG-12Z", "barcode": NOT_THERE}, 0, 422, "wrong_answer"),
        ({"barcode": "not a number"}, 0, 422, "wrong_answer"),
        ({"sku": "OAT-HCG-12Z"}, 1, 409, "not_asked"),
        ({"sku": "OAT-HCG-12Z"}, 99, 409, "not_asked"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    world: World, asked: str, body: dict[str, str], position: int, status: int, code: str
) -> None:
    before = line(world, asked)
    answer = world.maya.http.post(url(asked, position), json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert line(world, asked) == before


def test_a_settled_receipt_asks_nothing(world: World, awarded: str) -> None:
    answer = world.maya.http.post(url(awarded), json={"barcode": NOT_THERE})
    assert (answer.status_code, answer.json()["code"]) == (409, "not_asked")


def test_sent_twice_under_a_key_it_is_kept_once(world: World, asked: str) -> None:
    def kept() -> int:
        with world.wiring.database.read() as session:
            return session.query(LineAnswerRow).filter_by(receipt_id=asked).count()

    before, headers = kept(), {"Idempotency-Key": "the-same-answer"}
    first = world.maya.http.post(url(asked), json={"sku": "OAT-HCG-12Z"}, headers=headers)
    again = world.maya.http.post(url(asked), json={"sku": "OAT-HCG-12Z"}, headers=headers)
    assert (first.json(), kept()) == (again.json(), before + 1)
    assert again.headers["Idempotency-Replayed"] == "true"
    other_one = world.maya.http.post(url(asked), json={"sku": "OAT-HCG-24Z"}, headers=headers)
    assert (other_one.status_code, other_one.json()["code"]) == (422, "idempotency_key_reused")


def test_the_page_asks_and_says_thank_you(world: World) -> None:
    receipt_id = unsure(world)
    with world.browser(world.maya) as browser:
        page = browser.get(f"/receipts/{receipt_id}").text
        assert f"Which product is “{PRINTED}”?" in page
        form = {"csrf_token": csrf_of(page), "sku": "OAT-HCG-12Z", "barcode": ""}
        answer = browser.post(f"/receipts/{receipt_id}/lines/0", data=form, follow_redirects=True)
        assert "Thank you. The person who looks at the receipt will see" in answer.text
        assert "You said: " in answer.text
        wrong = browser.post(
            f"/receipts/{receipt_id}/lines/0", data={**form, "barcode": "123"}, follow_redirects=True
        )
        assert "is no barcode number" in wrong.text
        without = browser.post(f"/receipts/{receipt_id}/lines/0", data={"sku": "OAT-HCG-24Z"})
        assert without.status_code == 403
    assert line(world, receipt_id)["member_says"]["product"]["sku"] == "OAT-HCG-12Z"  # type: ignore[index]
