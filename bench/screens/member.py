"""The member's pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.screens.shot import Shot
from pipeline.sample import MAYA, TOM

if TYPE_CHECKING:
    from playwright.sync_api import Page


def _receipt(tone: str) -> str:
    return f"a.row:has(.chip.{tone})"


def _say_wrong(page: Page) -> None:
    page.locator(".wrong summary").first.click()


SHOTS: tuple[Shot, ...] = (
    Shot("sign-in", None, "/sign-in"),
    Shot("member-home", MAYA, "/"),
    Shot("member-home-dark", MAYA, "/", dark=True),
    Shot("member-home-rtl", MAYA, "/", rtl=True),
    Shot("member-receipts", MAYA, "/receipts"),
    Shot("member-receipt-awarded", MAYA, "/receipts", follow=_receipt("good")),
    Shot("member-receipt-awarded-rtl", MAYA, "/receipts", follow=_receipt("good"), rtl=True),
    Shot("member-receipt-held", MAYA, "/receipts", follow=_receipt("wait")),
    Shot("member-receipt-declined", MAYA, "/receipts", follow=_receipt("plain")),
    Shot("member-receipt-rejected", MAYA, "/receipts", follow=_receipt("bad")),
    Shot("member-receipt-other", TOM, "/receipts", follow="a.row"),
    Shot("member-points", MAYA, "/history"),
    Shot("member-addresses", MAYA, "/addresses"),
    Shot("member-rewards", MAYA, "/rewards"),
    Shot("member-till", MAYA, "/till"),
    Shot("member-you", MAYA, "/you"),
    Shot("member-privacy", MAYA, "/privacy"),
    Shot("offline", None, "/offline"),
    Shot("member-better", MAYA, "/?better=1#send"),
    Shot("member-receipt-wrong", MAYA, "/receipts", follow=_receipt("good"), act=_say_wrong),
    Shot("member-nothing-here", MAYA, "/nothing-here"),
)
