"""How a retailer is told, as the program says it: kept with author and date, undone, and used in reading."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fixtures.scenarios.stage import other, own
from pipeline.clock import utc_now
from pipeline.sample import SAMPLE_PROGRAM
from receipts.database.repositories.retailer_facts import RetailerFacts

from .conftest import csrf_of

if TYPE_CHECKING:
    from .conftest import World

FACTS = "/program/retailers/facts"
POSTCODE = r"UT (\d{5})"


def _store(world: World) -> str:
    receipt_id = world.printed(world.tom, own("OAT-OFO-18Z", 329), other("Dovecote Whole Milk", 399))
    world.process(receipt_id)
    store: str = world.ruth.http.get(f"/v1/receipts/{receipt_id}").json()["store"]
    return store


def test_a_retailer_is_told_by_what_the_program_says_until_that_is_undone(world: World) -> None:
    before = _store(world)
    with world.browser(world.ada) as browser:
        token = csrf_of(browser.get(FACTS, params={"name": "Dollar Lantern"}).text)
        said = {"csrf_token": token, "name": "Dollar Lantern", "aliases": "D. LANTERN\n\n", "store": POSTCODE}
        assert browser.post(FACTS, data=said).status_code == 303
        told = browser.get("/program/retailers").text
        assert ("D. LANTERN" in told, f"by {world.ada.account.name}" in told) == (True, True)
        assert "was changed" in browser.post(FACTS, data=said).text
        shown = browser.get(FACTS, params={"name": "Dollar Lantern"}).text
        assert "D. LANTERN</textarea>" in shown
        after = _store(world)
        assert re.fullmatch(r"\d{5}", after)
        assert after != before
        browser.post(FACTS, data={**said, "aliases": "LANTERN $"})
        (at,) = re.findall(rf'action="({FACTS}/\d+/undo)"', browser.get("/program/retailers").text)
        assert browser.post(at, data={"csrf_token": "x"}).status_code == 403
        assert browser.post(at, data={"csrf_token": token}).status_code == 303
        assert "Undone: of Dollar Lantern" in browser.get("/program/retailers").text
        assert "D. LANTERN</textarea>" in browser.get(FACTS, params={"name": "Dollar Lantern"}).text
        stale = browser.post(at, data={"csrf_token": token})
        assert stale.status_code == 303  # another change holds by now
        assert "reload the page" in browser.get("/program/retailers").text
    with world.wiring.database.write() as session:  # nothing is left for other tests
        RetailerFacts(session, SAMPLE_PROGRAM.id).say(
            "dollarlantern", None, by=world.ada.account.id, at=utc_now()
        )
    assert _store(world) == before


def test_what_cannot_be_used_is_refused_with_the_fix_and_stays_inert(world: World) -> None:
    with world.browser(world.ada) as browser:
        token = csrf_of(browser.get(FACTS).text)
        hostile = "</textarea><script>alert(1)</script>"
        for wrong, words in (
            ({"name": " "}, "has no name"),
            ({"name": "X", "store": "("}, "no regular expression"),
            ({"name": "X", "store": "(a+)+(b)"}, "write it simpler"),
            ({"name": "X", "aliases": "\n".join(map(str, range(51)))}, "At most 50"),
        ):
            refused = browser.post(FACTS, data={"csrf_token": token, "phrases": hostile, **wrong})
            assert (refused.status_code, words in refused.text) == (422, True), words
            assert "<script>alert" not in refused.text
        assert "<script>alert" not in browser.get(FACTS, params={"name": hostile}).text
    with world.browser(world.ruth) as browser:
        assert browser.get(FACTS).status_code == 403
