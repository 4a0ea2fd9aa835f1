"""A reviewer without a mouse on the real program; test_reviewer_by_keys does the same at both sizes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.sync_api import Page, expect

from fixtures.generator.dice import Dice
from fixtures.generator.layouts import LAYOUTS
from fixtures.generator.purchase import ring_up
from fixtures.generator.retailers import shop
from fixtures.generator.sample import Kind, draw_sample
from fixtures.scenarios.stage import other, own
from pipeline.sample import MAYA, RUTH, TOM
from tests.browser.conftest import RESULT_TIMEOUT_MS, TODAY

if TYPE_CHECKING:
    from tests.browser.test_journeys import Visit

DESK = {"width": 1440, "height": 900}


def held_twice(url: str, name: str) -> None:
    """Maya and Tom hand in one purchase of long ago; the second case has the first as its twin."""
    lines = [own("OAT-OFO-18Z", 329), other("Dovecote Whole Milk", 399)]
    day = TODAY - dt.timedelta(days=200)
    habits = LAYOUTS["sections"].habits
    purchase = ring_up(shop("Dollar Lantern"), lines, habits=habits, date=day, dice=Dice(name))
    drawn = draw_sample(name, kind=Kind.PDF_TEXT, purchased_on=day, purchase=purchase, layout="sections")
    for number, who in enumerate((MAYA, TOM)):
        asked = {"email": who.email, "password": who.password}
        token = httpx.post(f"{url}/v1/tokens", json=asked, timeout=30).json()["access_token"]
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=30) as http:
            data = drawn.data + b"\n%" + b" again" * number + b"\n"
            sent = http.post("/v1/submissions", files=[("files", ("r.pdf", data))]).raise_for_status().json()
            with http.stream("GET", f"/v1/submissions/{sent['id']}/events", timeout=120) as events:
                assert "event: end" in "".join(events.iter_text())


def tab_to(page: Page, selector: str) -> None:
    for _ in range(60):
        if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached by Tab")


@pytest.mark.parametrize("size", [DESK], ids=["desk"])
def test_all_of_it_by_keyboard(
    visit: Visit, axe: Callable[[Page], list[str]], size: dict[str, int], request: pytest.FixtureRequest
) -> None:
    ruth = visit(viewport=size)
    held_twice(ruth.url, request.node.name)
    page, keys = ruth.page, ruth.page.keyboard
    ruth.go("/sign-in")
    tab_to(page, "input[name=email]")
    keys.type(RUTH.email)
    keys.press("Tab")
    keys.type(RUTH.password)
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Waiting for a decision")
    assert axe(page) == []
    ruth.go("/review?order=risk")
    keys.press("j")
    keys.press("Enter")
    page.wait_for_url("**/review/rev_*")
    case = page.url
    keys.press("s")
    twin = page.locator("dialog.twin[open]")
    expect(twin).to_contain_text("Beside the earlier receipt")
    assert axe(page) == []
    keys.press("Escape")
    expect(twin).to_be_hidden()
    tab_to(page, "summary:not(#correct)")
    keys.press("d")
    expect(page.get_by_label("Note")).to_be_focused()
    keys.type("Another member was paid for it.")
    keys.press("Escape")
    keys.press("d")
    declined = page.get_by_role("status").filter(has_text="Declined for")
    expect(declined.first).to_be_visible()
    keys.press("u")
    expect(page.get_by_text("Undone: nothing was paid")).to_be_visible()
    assert page.url == case
    keys.press("a")
    expect(page.get_by_role("status").filter(has_text="Approved for").first).to_be_visible()
    ruth.go(case.removeprefix(ruth.url))
    chip = page.locator(".chip").filter(has_text="Approved by")
    for _ in range(RESULT_TIMEOUT_MS // 1000):
        if chip.count():
            break
        page.wait_for_timeout(1000)
        page.reload()
    expect(chip).to_be_visible()
    tab_to(page, "#reverse-note")
    keys.type("It was Tom's after all.")
    keys.press("Enter")
    expect(page.get_by_text("Another person has to agree.")).to_be_visible()
    assert axe(page) == []
