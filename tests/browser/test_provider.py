"""Staff sign in by a provider of another site in a real browser: its cookies, its policy, its redirects."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from pipeline.sample import ADA, MAYA

from .conftest import Program, Visitor

Visit = Callable[..., Visitor]


@pytest.mark.parametrize("size", [(390, 844), (1440, 900)], ids=["390", "1440"])
def test_an_admin_signs_in_by_keys_and_leaves_and_a_member_stays_outside(
    program: Program, visit: Visit, axe: Callable[[Page], list[str]], size: tuple[int, int]
) -> None:
    there = program.there
    there.who = {"sub": "a-1", "email": ADA.email, "email_verified": True}
    ada = visit((there.issuer,), viewport={"width": size[0], "height": size[1]})
    page = ada.page
    ada.go("/sign-in?next=/program/people")
    assert axe(page) == []
    page.get_by_role("link", name="Sign in with Acme").press("Enter")
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    expect(page.get_by_text("Reviewers and admins may sign in with Acme, too.")).to_be_visible()
    assert axe(page) == []
    page.get_by_role("button", name="Sign out", exact=True).press("Enter")
    expect(page.get_by_role("link", name="Sign out there, too")).to_be_visible()
    assert axe(page) == []

    there.who = {"sub": "m-1", "email": MAYA.email, "email_verified": True}
    page.get_by_role("link", name="Sign in with Acme").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("There is no account here")
    expect(page.get_by_role("link", name="Sign in with Acme")).to_be_visible()
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
