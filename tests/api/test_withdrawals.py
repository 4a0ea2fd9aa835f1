"""Taking a receipt back over HTTP and by the button on its page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .conftest import OLD, csrf_of

if TYPE_CHECKING:
    from .conftest import World


def test_a_member_withdraws_a_receipt_by_the_button_on_its_page(world: World, awarded: str) -> None:
    waits = world.settled(world.maya, day=OLD)
    path = f"/v1/receipts/{waits}"
    assert world.maya.http.get(path).json()["may_withdraw"]
    assert not world.ruth.http.get(path).json()["may_withdraw"]
    assert world.ruth.http.post(f"{path}/withdraw").status_code == 403
    with world.browser(world.maya) as browser:
        page = browser.get(f"/receipts/{waits}").text
        assert "Withdraw this receipt" in page
        assert browser.post(f"/receipts/{waits}/withdraw", data={}).status_code == 403
        sent = {"csrf_token": csrf_of(page)}
        assert browser.post(f"/receipts/{waits}/withdraw", data=sent).status_code == 303
        after = browser.get(f"/receipts/{waits}").text
        assert "You withdrew this receipt" in after
        assert "Withdraw this receipt" not in after
        assert "Withdraw this receipt" not in browser.get(f"/receipts/{awarded}").text
    told = world.maya.http.post(f"{path}/withdraw").json()
    assert (told["state"], told["withdrawn"], told["may_withdraw"]) == ("declined", True, False)
    paid = world.maya.http.post(f"/v1/receipts/{awarded}/withdraw")
    assert (paid.status_code, paid.json()["code"]) == (409, "paid")
