"""The program manager's pages in a real browser, and a campaign's journey by keys."""

from __future__ import annotations

import base64
import io
import time
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
import zxingcpp
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from PIL import Image
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
    "/program/retailers",
    "/program/retailers/facts?name=Larderline",
    "/program/points",
    "/program/policies",
    "/program/review-terms",
    "/program/people",
    "/program/people/log",
    "/program/keys",
    "/second-step",
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
        ada.page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
        assert axe(ada.page) == [], path
        assert ada.page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, path


def test_an_invited_reviewer_sets_up_a_second_step_and_signs_in_by_it(
    visit: Visit, axe: Callable[[Page], list[str]]
) -> None:
    ada, nora = visit(), visit()
    ada.sign_in(ADA.email, ADA.password)
    ada.go("/program/people")
    ada.page.get_by_label("Name").fill("Nora")
    ada.page.get_by_label("Email").fill("nora@example.com")
    ada.page.get_by_role("button", name="Invite").click()
    password = ada.page.locator("code.once").inner_text()

    page = nora.page
    nora.sign_in("nora@example.com", password)
    nora.go("/second-step")
    page.locator("#password").fill(password)
    page.get_by_role("button", name="Set up a second step").click()
    picture = page.get_by_role("img", name="QR code for your authenticator app").screenshot()
    (shown,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))
    assert shown.text.startswith("otpauth://totp/Tillpoints")
    assert axe(page) == []
    secret = base64.b32decode(parse_qs(urlsplit(shown.text).query)["secret"][0])
    page.locator("#code").press_sequentially(_code(secret, 0))
    page.keyboard.press("Enter")
    recovery = page.locator(".codes li").last.inner_text()
    assert axe(page) == []
    page.get_by_role("button", name="Sign out").click()

    page.get_by_label("Email").fill("nora@example.com")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#code")).to_be_focused()
    assert axe(page) == []
    page.keyboard.type(_code(secret, 30))
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Sign out").click()

    page.get_by_label("Email").fill("nora@example.com")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.locator("#code").fill(recovery)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Sign out").wait_for()
    nora.go("/second-step")
    expect(page.get_by_text("9 recovery codes are left")).to_be_visible()


def _code(secret: bytes, seconds: int) -> str:
    """What an app shows then: the next code is taken as well, so that nobody waits half a minute here."""
    return TOTP(secret, 6, SHA1(), 30).generate(time.time() + seconds).decode()  # noqa: S303
