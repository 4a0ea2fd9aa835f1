"""Past receipts matched anew, over the API: seen by page, and the difference posted once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fixtures.scenarios.stage import other, own
from matching.learned import prints_of
from pipeline.clock import utc_now
from pipeline.sample import SAMPLE_PROGRAM
from receipts.database.repositories.aliases import Aliases, Shop, Taught
from receipts.identity import ReceiptId, Sku

if TYPE_CHECKING:
    from .conftest import World

CRYPTIC = "XQ WVZK BRTLM"


def test_what_was_learned_since_is_seen_and_paid_once(world: World) -> None:
    line = own("OAT-OFO-18Z", 329, printed=CRYPTIC)
    receipt_id = world.printed(world.maya, line, other("Northbank Ground Coffee", 655))
    assert world.process(receipt_id) == "declined"
    said = [Taught(known, CRYPTIC, Sku("OAT-OFO-18Z"), None, 0) for known in prints_of(CRYPTIC, None)]
    with world.wiring.database.write() as session:
        Aliases(session, SAMPLE_PROGRAM.id, utc_now()).confirm(
            Shop("dollar lantern", "Dollar Lantern"),
            said,
            receipt_id=ReceiptId(receipt_id),
            author=world.ruth.account.id,
        )
    found, cursor, looked_at = [], None, 0
    while True:
        params = {"limit": "2"} | ({} if cursor is None else {"cursor": cursor})
        page = world.ada.http.get("/v1/rematches", params=params).json()
        found += page["items"]
        looked_at += page["looked_at"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert looked_at >= 1
    (change,) = [each for each in found if each["receipt_id"] == receipt_id]
    assert (change["outlook"], change["gains"], change["posted"]) == ("pays", 30, False)
    assert change["lines"][0]["would_be"] == {
        "sku": "OAT-OFO-18Z", "verdict": "accept", "reason": "learned", "points": 30,
    }  # fmt: skip
    posted = world.ada.http.post(f"/v1/receipts/{receipt_id}/rematch")
    assert (posted.status_code, posted.json()["posted"]) == (200, True)
    assert world.maya.http.get(f"/v1/receipts/{receipt_id}").json()["points"] == 30
    again = world.ada.http.post(f"/v1/receipts/{receipt_id}/rematch")
    assert (again.status_code, again.json()["code"]) == (409, "nothing_changes")
