"""The program manager's pages in a real browser, and a campaign's journey by keys."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from pipeline.sample import ADA

from .conftest import Visitor

Visit = Callable[..., Visitor]
PAGES = (
    "/program",
    "/program/dashboard",
    "/program/catalog",
    "/program/campaigns",
    "/program/campaigns/form",
    "/program/campaigns/form?campaign=everyday",
    "/program/campaigns/edit",
    "/program/points",
    "/program/policies",
    "/program/review-terms",
    "/program/people",
    "/program/keys",
    "/program/failures",
    "/program/deliveries",
)


@pytest.mark.parametrize("size", [(390, 844), (1440, 900)], ids=["390", "1440"])
def test_no_page_of_the_manager_has_a_violation(
    visit: Visit, axe: Callable[[Page], list[str]], size: tuple[int, int]
) -> None:
    ada = visit(viewport={"width": size[0], "height": size[1]})
    ada.sign_in(ADA.email, ADA.password)
    for path in PAGES:
        ada.go(path)
        assert axe(ada.page) == [], path
        assert ada.page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, path


def test_a_campaign_is_written_tried_put_in_force_paused_and_resumed_by_keys(
    visit: Visit, axe: Callable[[Page], list[str]]
) -> None:
    ada = visit()
    page = ada.page
    ada.sign_in(ADA.email, ADA.password)
    ada.go("/program/campaigns/form")
    page.locator("#name").press_sequentially("Keys only")
    page.get_by_role("combobox", name="Kind of rule").press("F")  # fixed points for each piece of a product
    page.get_by_role("button", name="Add", exact=True).press("Enter")
    expect(page.locator("#rule-1-points")).to_be_focused()
    page.keyboard.type("x")
    page.locator("#rule-0-points").press("Enter")  # what Enter does in a field: it tries, and removes nothing
    page.get_by_role("link", name="Rule 2").press("Enter")
    expect(page.locator("#rule-1-points-fault")).to_have_text("Write a whole number.")
    assert axe(page) == []
    page.locator("#rule-1-points").fill("5")
    page.locator("#rule-1-points").press("Enter")
    page.get_by_role("heading", name="What it would have paid").wait_for()
    assert axe(page) == []
    page.get_by_role("button", name="Put it in force").press("Enter")
    page.get_by_role("button", name="Pause Keys only from today").press("Enter")
    page.get_by_role("button", name="Resume Keys only").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("earn by it again")
    page.get_by_role("button", name="Pause Keys only from today").press("Enter")
    page.get_by_role("status").wait_for()
