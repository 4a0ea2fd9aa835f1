"""Learned names: seen, searched and withdrawn, over the API and on the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from matching.learned import prints_of
from pipeline.clock import utc_now
from pipeline.sample import SAMPLE_PROGRAM
from receipts.database.repositories.aliases import Aliases, Shop, Taught
from receipts.identity import ReceiptId, Sku
from receipts.money import Money, currency

from .conftest import csrf_of

if TYPE_CHECKING:
    from .conftest import World

HOSTILE = "<script>alert('x')</script> \"BRKFST\" & {{ 7 * 7 }} OATS"
Teach = Callable[..., dict[str, Any]]


@pytest.fixture
def teach(world: World, awarded: str) -> Iterator[Teach]:
    """Says what a line of a shop is, as a reviewer; everything is taken back afterwards."""

    def say(printed: str, sku: str | None = "KTW-MTM-26Z", *, shop: str = "Larderline") -> dict[str, Any]:
        said = [
            Taught(
                known, printed, None if sku is None else Sku(sku), Money(1199, currency("USD")), position=0
            )
            for known in prints_of(printed, None)
        ]
        assert said, "so general a print would not be learned"
        with world.wiring.database.write() as session:
            Aliases(session, SAMPLE_PROGRAM.id, utc_now()).confirm(
                Shop(shop.lower(), shop), said, receipt_id=ReceiptId(awarded), author=world.ruth.account.id
            )
        found: dict[str, Any] = world.ruth.http.get("/v1/aliases").json()["items"][0]
        return found

    yield say
    for each in world.ruth.http.get("/v1/aliases", params={"limit": 200}).json()["items"]:
        world.ruth.http.post(f"/v1/aliases/{each['id']}/withdrawal", json={"reason": "the test is over"})


def test_an_alias_says_what_it_is_by_whom_and_how_often(world: World, awarded: str, teach: Teach) -> None:
    alias = teach("KTW MTN TRL MX 26Z")
    assert (alias["sku"], alias["product"], alias["confirmations"]) == (
        "KTW-MTM-26Z",
        "Kettlewick Mountain Trail Mix, 26 OZ",
        1,
    )
    assert (alias["shop"], alias["confirmed_by"], alias["receipt_id"]) == (
        "Larderline",
        "Ruth Okafor",
        awarded,
    )
    assert alias["lowest"] == alias["highest"] == {"amount": "11.99", "currency": "USD"}
    assert world.ada.http.get(f"/v1/aliases/{alias['id']}").json() == alias


def test_a_dispute_shows_on_both_and_lists_only_those_when_asked(world: World, teach: Teach) -> None:
    teach("KTW CALM TRL MX 26Z")
    teach("KTW MTN TRL MX 26Z")
    other = teach("KTW MTN TRL MX 26Z", None)
    assert other["rivals"] == [
        {"sku": "KTW-MTM-26Z", "product": "Kettlewick Mountain Trail Mix, 26 OZ", "confirmations": 1}
    ]
    listed = world.ruth.http.get("/v1/aliases", params={"disputed": True}).json()
    assert (listed["total"], listed["disputed"], len(listed["items"])) == (3, 2, 2)


def test_lists_page_and_search(world: World, teach: Teach) -> None:
    prints = [f"KTW MTN TRL MX {number}OZ" for number in (3, 4, 5)]
    for printed in prints:
        teach(printed)
    seen, cursor = [], None
    while True:
        page = world.ruth.http.get(
            "/v1/aliases", params={"limit": 2} | ({"cursor": cursor} if cursor else {})
        )
        seen += [each["printed"] for each in page.json()["items"]]
        cursor = page.json()["next_cursor"]
        if cursor is None:
            break
    assert seen == prints[::-1]
    found = world.ruth.http.get("/v1/aliases", params={"search": "larder 4oz"}).json()["items"]
    assert [each["printed"] for each in found] == [prints[1]]
    assert world.ruth.http.get("/v1/aliases", params={"serach": "x"}).status_code == 422


def test_a_withdrawal_needs_a_reason_and_happens_once(world: World, teach: Teach) -> None:
    alias = teach("KTW MTN TRL MX 26Z")
    place = f"/v1/aliases/{alias['id']}/withdrawal"
    for reason in ("", "   ", "x" * 501, "\x00"):
        assert world.ruth.http.post(place, json={"reason": reason}).status_code == 422
    assert world.ruth.http.post(place, json={"reason": "another product"}).json()["withdrawn"] is True
    assert world.ruth.http.post(place, json={"reason": "another product"}).status_code == 404
    assert world.ruth.http.get(f"/v1/aliases/{alias['id']}").status_code == 404
    with world.wiring.database.read() as session:
        last = session.execute(
            text("SELECT act, author, reason FROM alias_events ORDER BY number DESC")
        ).first()
    assert last is not None
    assert tuple(last) == ("withdrawn", world.ruth.account.id, "another product")


def test_hostile_text_is_text_on_the_pages(world: World, teach: Teach) -> None:
    alias = teach(HOSTILE, shop='<img src=x onerror="alert(1)">')
    with world.browser(world.ruth) as http:
        for place in ("/learned", f"/learned/{alias['id']}", "/learned?search=%3Cscript%3E"):
            shown = http.get(place)
            assert shown.status_code == 200
            assert "<script>alert" not in shown.text
            assert "<img src=x" not in shown.text
            assert "&lt;script&gt;alert" in shown.text
            assert "{{ 7 * 7 }}" in shown.text


def test_the_page_withdraws_with_a_reason_and_not_without_its_token(world: World, teach: Teach) -> None:
    alias = teach("KTW MTN TRL MX 26Z")
    place = f"/learned/{alias['id']}"
    with world.browser(world.ruth) as http:
        token = csrf_of(http.get(place).text)
        assert http.post(place, data={"reason": "wrong", "csrf_token": "x"}).status_code == 403
        refused = http.post(place, data={"reason": " ", "csrf_token": token})
        assert (refused.status_code, "Say why" in refused.text) == (422, True)
        done = http.post(place, data={"reason": "wrong", "csrf_token": token}, follow_redirects=True)
        assert "is no longer taken for: Kettlewick Mountain Trail Mix" in done.text
        assert http.get(place).status_code == 404


def test_an_empty_page_says_how_names_come(world: World) -> None:
    with world.browser(world.otto) as http:
        shown = http.get("/learned").text
    assert "Nothing yet." in shown
    assert "Search" not in shown
