"""How sure matches must be: over the API, on the program's page, by the command, and in what receipts get."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from fixtures.scenarios.stage import other, own
from pipeline.matching_wish import change_wish, thresholds_of
from pipeline.sample import SAMPLE_PROGRAM
from receipts.program import MatchWish

from .conftest import csrf_of

if TYPE_CHECKING:
    from .conftest import World


@pytest.fixture(autouse=True)
def _as_before(world: World) -> Iterator[None]:
    yield
    change_wish(world.wiring, SAMPLE_PROGRAM.id, MatchWish())


def test_it_is_said_as_precision_and_answered_with_threshold_and_cost(world: World) -> None:
    usual = world.ada.http.get("/v1/matching").json()
    assert usual["accept_precision"] is None
    assert (usual["accept"]["threshold"], usual["none"]["threshold"]) == (0.9, 0.5)
    wanted = {"accept_precision": 0.998, "none_precision": 0.9, "own_share": 0.5}
    answer = world.ada.http.put("/v1/matching", json=wanted)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found == world.ada.http.get("/v1/matching").json()
    assert found["accept"]["reached"]
    assert found["accept"]["threshold"] > usual["accept"]["threshold"]
    assert found["accept"]["precision"] >= 0.998
    assert found["accept"]["share"] < usual["accept"]["share"]
    assert found["none"]["threshold"] < 0.5
    assert thresholds_of(world.wiring, SAMPLE_PROGRAM.id, 250).accept_min == found["accept"]["threshold"]
    assert world.otto.http.get("/v1/matching").json()["accept_precision"] is None, "another program's own"


@pytest.mark.parametrize("wrong", [{"accept_precision": 1.5}, {"none_precision": 0.1}, {"own_share": 0}])
def test_what_cannot_be_wanted_is_refused_with_what_to_write(world: World, wrong: dict[str, float]) -> None:
    answer = world.ada.http.put("/v1/matching", json=wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "wish_wrong")
    assert "such as 0." in answer.json()["detail"]
    assert world.ada.http.get("/v1/matching").json()["accept_precision"] is None


def test_receipts_are_matched_by_it_and_say_by_what(world: World) -> None:
    world.ada.http.put("/v1/matching", json={"accept_precision": 0.999, "own_share": 0.01})
    assert [line["verdict"] for line in matched(world, 329)] == ["ask", "none"]
    change_wish(world.wiring, SAMPLE_PROGRAM.id, MatchWish())
    assert [line["verdict"] for line in matched(world, 328)] == ["accept", "none"]


def matched(world: World, cents: int) -> list[dict[str, object]]:
    oats = own("OAT-OFO-18Z", cents, printed="OAT OLD FSHN OATS 18Z")
    receipt_id = world.printed(world.tom, oats, other("Northbank Ground Coffee", 655))
    world.process(receipt_id)
    found = world.ada.http.get(f"/v1/receipts/{receipt_id}").json()
    lines: list[dict[str, object]] = found["lines"]
    return lines


def test_the_page_shows_and_changes_it(world: World) -> None:
    with world.browser(world.ada) as browser:
        page = browser.get("/program").text
        assert "Lines pay by their words from a probability of 0.9 on" in page
        form = {"csrf_token": csrf_of(page), "accept_precision": "99.8%", "own_share": "0.5"}
        changed = browser.post("/program/matching", data=form, follow_redirects=True)
        assert "Wanted precision 0.998." in changed.text
        wrong = browser.post("/program/matching", data={**form, "accept_precision": "quite"})
        assert (wrong.status_code, "is no share" in wrong.text) == (422, True)
        assert browser.post("/program/matching", data={"accept_precision": "0.99"}).status_code == 403
