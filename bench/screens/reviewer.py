"""The reviewer's pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.screens.shot import Shot
from pipeline.sample import RUTH

if TYPE_CHECKING:
    from playwright.sync_api import Page


def _hold_beside(page: Page) -> None:
    """Open the first case that has a suspected twin, and hold both beside each other."""
    cases = page.locator("a[href^='/review/rev_']").evaluate_all("all => all.map(each => each.href)")
    for each in dict.fromkeys(cases):
        page.goto(each)
        if page.locator("[data-twin]").count():
            page.keyboard.press("s")
            page.locator("dialog.twin[open]").wait_for()
            page.wait_for_load_state("networkidle")
            return
    raise LookupError("no case of this page has a suspected twin")


def _blink(page: Page) -> None:
    _hold_beside(page)
    page.keyboard.press("b")


def _lines_of_a_settled_receipt(page: Page) -> None:
    """Of the first correction that waits."""
    page.goto(page.url.replace("/review", "/corrections"))
    link = page.locator("a[href^='/corrections/lco_']")
    if not link.count():
        raise LookupError("no correction waits")
    page.goto(page.url.replace("/corrections", link.first.get_attribute("href") or ""))
    receipt = page.locator("a[href^='/receipts/']").first.get_attribute("href")
    page.goto(page.url.partition("/corrections")[0] + f"{receipt}/correction")


SHOTS: tuple[Shot, ...] = (
    Shot("review-queue", RUTH, "/review"),
    Shot("review-case", RUTH, "/review", follow="a[href^='/review/rev_']"),
    Shot(
        "review-keys",
        RUTH,
        "/review",
        follow="a[href^='/review/rev_']",
        act=lambda page: page.keyboard.press("?"),
    ),
    Shot(
        "review-correct",
        RUTH,
        "/review",
        follow="a[href^='/review/rev_']",
        act=lambda page: page.keyboard.press("c"),
    ),
    Shot("review-twin", RUTH, "/review?order=risk", act=_hold_beside),
    Shot("review-twin-blink", RUTH, "/review?order=risk", act=_blink),
    Shot("review-together", RUTH, "/review/together", follow="a[href^='/review/together?cause']"),
    Shot("review-corrections", RUTH, "/corrections"),
    Shot("review-correction", RUTH, "/corrections", follow="a[href^='/corrections/lco_']"),
    Shot("review-correct-lines", RUTH, "/review", act=_lines_of_a_settled_receipt),
    Shot("review-log", RUTH, "/review/log"),
    Shot("review-blind", RUTH, "/review/blind"),
    Shot("review-learned", RUTH, "/learned"),
)
