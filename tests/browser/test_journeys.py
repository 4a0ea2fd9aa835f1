"""What a member and a reviewer do, in a real browser on the real running program."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from pipeline.sample import ADA, MAYA, RUTH, TOM

from .conftest import PHONE, RESULT_TIMEOUT_MS, TODAY

if TYPE_CHECKING:
    from .conftest import Visitor

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

DESK = {"width": 1280, "height": 900}
SMALL = {"width": 360, "height": 740}
Visit = Callable[..., "Visitor"]
Draw = Callable[..., Path]


def _points(visitor: Visitor) -> int:
    visitor.go("/")
    figure = visitor.page.locator(".balance .figure").inner_text()
    return int(re.sub(r"\D", "", figure))


def _send(visitor: Visitor, *files: Path) -> None:
    visitor.go("/")
    visitor.page.locator("input[type=file]").set_input_files([str(each) for each in files])
    visitor.page.get_by_role("button", name=re.compile("^Send")).click()


def test_a_member_sends_a_photo_sees_the_stages_and_gets_points(visit: Visit, photo: Draw) -> None:
    maya = visit()
    maya.sign_in(MAYA.email, MAYA.password)
    before = _points(maya)
    _send(maya, photo("award"))
    maya.page.wait_for_url(re.compile(r"/receipts/rcp_"))
    stages = maya.page.get_by_role("list", name="Stages")
    expect(stages).to_be_visible()
    expect(stages.get_by_role("listitem")).to_have_text(["Received", "Read", "Matched", "Checked", "Done"])
    expect(stages.locator("li.done").first).to_have_text("Received")
    # The result comes by itself: nothing is pressed.
    result = maya.page.get_by_role("region", name="Result")
    expect(result).to_contain_text("+110", timeout=RESULT_TIMEOUT_MS)
    expect(maya.page.get_by_role("heading", level=1)).to_have_text("Larderline")
    expect(maya.page.get_by_role("status")).to_have_text("Your points are in your account.")
    lines = maya.page.locator(".lines > li")
    expect(lines.filter(has_text="+110")).to_have_count(1)
    expect(lines.filter(has_text="Not one of our products")).to_have_count(1)
    expect(result).to_contain_text(f"{before + 110:,} points")
    assert _points(maya) == before + 110
    maya.page.get_by_role("link", name="Where your points come from").click()
    expect(maya.page.locator(".rows li").first).to_contain_text("+110")


def _at_the_desk(ruth: Visitor, axe: Callable[[Page], list[str]]) -> None:
    """The keys, the boxes and the live sums of the case that is open."""
    page = ruth.page
    keys = page.get_by_role("dialog", name="Keys")
    page.keyboard.press("?")
    expect(keys).to_be_visible()
    assert axe(page) == []
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    assert page.locator("#boxes polygon").count() > 1
    page.keyboard.press("j")
    expect(page.locator("#boxes polygon.on").first).to_be_attached()
    page.keyboard.press("c")
    expect(page.get_by_label("Shop")).to_be_focused()
    page.get_by_label(re.compile("^Total")).fill("9999")
    expect(page.locator("#arithmetic")).to_contain_text("missing")
    assert axe(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(page.get_by_label("Note")).to_be_focused()


def test_a_doubtful_one_waits_for_a_reviewer_and_the_member_sees_the_answer(
    visit: Visit, photo: Draw, axe: Callable[[Page], list[str]]
) -> None:
    tom = visit()
    tom.sign_in(TOM.email, TOM.password)
    before = _points(tom)
    _send(tom, photo("doubt", day=TODAY - dt.timedelta(days=400)))
    notice = tom.page.get_by_role("region", name="Result")
    expect(notice).to_contain_text("A person will look at this receipt", timeout=RESULT_TIMEOUT_MS)
    expect(notice).to_contain_text("110 points will be added")
    address = tom.page.url
    assert _points(tom) == before
    expect(tom.page.locator(".balance")).to_contain_text("waiting for a person")

    ruth = visit(viewport=DESK)
    ruth.sign_in(RUTH.email, RUTH.password)
    ruth.page.get_by_role("row", name=re.compile(TOM.name)).get_by_role("link").click()
    expect(ruth.page.get_by_role("heading", level=1)).to_have_text(TOM.name)
    picture = ruth.page.get_by_role("img", name="The receipt as sent, straightened")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.complete && image.naturalWidth") > 0
    ruth.page.keyboard.press("o")
    taken = ruth.page.get_by_role("img", name="The receipt as it was taken")
    expect(taken).to_have_attribute("src", re.compile("/original-picture$"))
    expect(ruth.page.get_by_role("button", name="Original")).to_have_attribute("aria-pressed", "true")
    expect(taken).to_have_js_property("complete", True)
    assert taken.evaluate("image => image.naturalWidth") > 0
    assert axe(ruth.page) == []
    ruth.page.keyboard.press("o")
    expect(picture).to_be_visible()
    expect(ruth.page.get_by_role("region", name="Decide")).to_contain_text("110 points")
    expect(ruth.page.get_by_role("region", name="Why it waits")).to_contain_text("days")
    _at_the_desk(ruth, axe)
    ruth.page.get_by_label("Note").fill("Seen on the picture.")
    case = ruth.page.url
    ruth.page.get_by_role("button", name="Approve").click()
    expect(ruth.page.get_by_role("status")).to_have_text(f"Approved for {TOM.name}.")
    assert axe(ruth.page) == []
    ruth.page.keyboard.press("u")
    expect(ruth.page.get_by_text("Undone: nothing was paid")).to_be_visible()
    assert ruth.page.url == case
    assert _points(tom) == before
    ruth.page.keyboard.press("a")
    expect(ruth.page.get_by_role("status")).to_have_text(f"Approved for {TOM.name}.")

    tom.page.goto(address)
    for _ in range(RESULT_TIMEOUT_MS // 500):  # the page of a held receipt is looked at again, not pushed to
        if "+110" in tom.page.get_by_role("region", name="Result").inner_text():
            break
        tom.page.wait_for_timeout(500)
        tom.page.reload()
    expect(tom.page.get_by_role("region", name="Result")).to_contain_text("+110")
    assert _points(tom) == before + 110

    ada = visit(viewport=DESK)
    ada.sign_in(ADA.email, ADA.password)
    ada.go("/program")
    expect(ada.page.get_by_text("points.awarded").first).to_be_visible()


def test_a_file_that_is_no_picture_is_explained_where_it_was_sent(visit: Visit, tmp_path: Path) -> None:
    maya = visit()
    maya.sign_in(MAYA.email, MAYA.password)
    note = tmp_path / "shopping.jpg"
    note.write_text("remember the milk")
    _send(maya, note)
    alert = maya.page.get_by_role("alert")
    expect(alert).to_contain_text("Please")
    expect(alert).to_be_focused()
    maya.go("/receipts")
    expect(maya.page.locator(".rows li").first).to_contain_text("Not accepted")
    maya.page.locator(".rows a").first.click()
    expect(maya.page.get_by_role("link", name="Send a better photo")).to_be_visible()


def test_a_file_over_the_limit_is_told_before_it_is_sent(visit: Visit, tmp_path: Path) -> None:
    maya = visit()
    maya.sign_in(MAYA.email, MAYA.password)
    large = tmp_path / "large.jpg"
    large.write_bytes(b"\0" * 21_000_000)
    _send(maya, large)
    expect(maya.page.get_by_role("alert")).to_contain_text("is too large (21.0 MB)")


def test_two_taps_send_once_and_several_files_are_followed_together(visit: Visit, tmp_path: Path) -> None:
    maya = visit()
    maya.sign_in(MAYA.email, MAYA.password)
    notes = [tmp_path / f"{name}.jpg" for name in ("one", "two")]
    for note in notes:
        note.write_text(f"not a picture: {note.name}")
    maya.go("/receipts")
    before = maya.page.locator(".rows li").count()
    maya.go("/")
    maya.page.locator("input[type=file]").set_input_files([str(each) for each in notes])
    button = maya.page.get_by_role("button", name="Send 2 files")
    button.dblclick()
    expect(maya.page.get_by_role("alert")).to_contain_text("Please")
    maya.go("/receipts")
    assert maya.page.locator(".rows li").count() == before + 2


def test_without_a_script_the_same_form_sends(visit: Visit, tmp_path: Path) -> None:
    maya = visit(java_script_enabled=False)
    maya.sign_in(MAYA.email, MAYA.password)
    note = tmp_path / "plain.jpg"
    note.write_text("remember the milk")
    maya.go("/")
    maya.page.locator("input[type=file]").set_input_files(str(note))
    maya.page.get_by_role("button", name="Send").click()
    expect(maya.page.get_by_role("region", name="Result")).to_contain_text("We could not use “plain.jpg”")


@pytest.mark.parametrize("size", [SMALL, PHONE, DESK], ids=["360", "390", "1280"])
def test_no_page_is_wider_than_the_screen(visit: Visit, size: dict[str, int]) -> None:
    for account, paths in (
        (MAYA, ["/", "/receipts", "/history", "/addresses", "/join/nothing", "/nothing-here"]),
        (RUTH, ["/review"]),
        (ADA, ["/program", "/program/inbox"]),
    ):
        person = visit(viewport=size)
        person.go("/sign-in")
        assert _overhang(person) <= 0
        person.sign_in(account.email, account.password)
        for path in paths:
            person.go(path)
            assert _overhang(person) <= 0, path


def _overhang(visitor: Visitor) -> int:
    pixels: int = visitor.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return pixels


def test_every_control_has_a_name_and_every_page_its_landmarks(visit: Visit) -> None:
    nameless = """() => [...document.querySelectorAll("a, button, input, select, textarea, img")]
        .filter(e => e.type !== "hidden" && e.checkVisibility())
        .filter(e => !(e.innerText || e.labels?.length || e.ariaLabel || e.matches("img[alt]")))
        .map(e => e.outerHTML)"""
    for account, paths in (
        (MAYA, ["/", "/receipts", "/history", "/addresses"]),
        (RUTH, ["/review"]),
        (ADA, ["/program", "/program/inbox"]),
    ):
        person = visit()
        person.sign_in(account.email, account.password)
        for path in paths:
            person.go(path)
            assert person.page.evaluate(nameless) == [], path
            for landmark in ("main", "banner", "navigation"):
                expect(person.page.get_by_role(landmark)).to_have_count(1)
            expect(person.page.get_by_role("heading", level=1)).to_have_count(1)
            assert person.page.title() not in ("", "Tillpoints")
