"""The member's pages on a phone: accessible, light, by keyboard, in German, and without a connection."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import pytest
from playwright.sync_api import Page, Route, expect

from pipeline.sample import MAYA, TOM

from .conftest import PHONE, RESULT_TIMEOUT_MS

if TYPE_CHECKING:
    from .conftest import Visitor

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

DESK = {"width": 1440, "height": 900}
PATHS = ("/", "/receipts", "/history", "/rewards", "/till", "/you", "/privacy", "/addresses", "/offline")
FIRST_PAGE_MOST_BYTES = 150_000
INTERACTIVE_WITHIN_MS = 1000
SLOWER = 4
"""Times that the processor is slowed down: about a phone of the middle class, as Lighthouse has it."""
Visit = Callable[..., "Visitor"]
Draw = Callable[..., Path]
Axe = Callable[[Page], list[str]]


@pytest.mark.parametrize(
    ("size", "scheme"), [(PHONE, "light"), (DESK, "dark")], ids=["390-light", "1440-dark"]
)
def test_axe_finds_nothing_on_any_page_of_the_member(
    visit: Visit, axe: Axe, size: dict[str, int], scheme: str, tmp_path: Path
) -> None:
    maya = visit(viewport=size, color_scheme=scheme)
    maya.go("/sign-in")
    assert axe(maya.page) == []
    maya.sign_in(MAYA.email, MAYA.password)
    note = tmp_path / "axe.jpg"
    note.write_text("remember the milk")
    maya.page.locator("input[type=file]").set_input_files(str(note))
    expect(maya.page.get_by_role("button", name="Send", exact=True)).to_be_visible()
    assert axe(maya.page) == []
    maya.page.get_by_role("button", name="Send", exact=True).click()
    expect(maya.page.get_by_role("alert")).to_be_visible()
    assert axe(maya.page) == []
    for path in (*PATHS, "/nothing-here"):
        maya.go(path)
        assert axe(maya.page) == [], path
    maya.go("/receipts")
    maya.page.locator("a.row").first.click()
    assert axe(maya.page) == []


def test_axe_finds_nothing_on_the_german_pages(visit: Visit, axe: Axe, photo: Draw) -> None:
    tom = visit(locale="de-DE")
    tom.go("/sign-in")
    assert tom.page.locator("html").get_attribute("lang") == "de"
    assert axe(tom.page) == []
    tom.go("/join/nothing")
    assert axe(tom.page) == []
    tom.go("/sign-in")
    tom.page.locator("input[name=email]").fill(TOM.email)
    tom.page.locator("input[name=password]").fill(TOM.password)
    tom.page.locator("main button[type=submit]").click()
    tom.page.wait_for_url(tom.url + "/")
    _speak(tom, "de")
    try:
        tom.page.locator("input[type=file]").set_input_files(str(photo("german")))
        tom.page.locator("form button[type=submit].button").first.click()
        tom.page.wait_for_url(re.compile("/receipts/rcp_"))
        assert axe(tom.page) == []
        expect(tom.page.locator("section.result, section.notice").first).to_be_visible(
            timeout=RESULT_TIMEOUT_MS
        )
        tom.page.locator(".wrong summary").first.click()
        assert axe(tom.page) == []
        for path in (*PATHS, "/nothing-here"):
            tom.go(path)
            assert tom.page.locator("html").get_attribute("lang") == "de"
            assert axe(tom.page) == [], path
            assert tom.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
    finally:
        _speak(tom, "en")


def _speak(visitor: Visitor, language: str) -> None:
    visitor.go("/you")
    visitor.page.locator(f"input[name=language][value={language}]").check()
    visitor.page.locator("form[action='/you/language'] button").click()
    expect(visitor.page.locator("html")).to_have_attribute("lang", language)
    visitor.go("/")


def test_the_first_page_is_light_and_answers_within_a_second_on_a_slow_phone(visit: Visit) -> None:
    maya = visit(service_workers="block")  # else the phone has the scripts already
    maya.sign_in(MAYA.email, MAYA.password)
    browser = maya.context.new_cdp_session(maya.page)
    received: list[int] = []
    browser.on("Network.loadingFinished", lambda event: received.append(int(event["encodedDataLength"])))
    browser.send("Network.enable")
    browser.send("Network.setCacheDisabled", {"cacheDisabled": True})
    # The processor's time and not the clock's: throttling spends it, other work on the machine does not.
    browser.send("Performance.enable", {"timeDomain": "threadTicks"})
    browser.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})

    def worked_ms() -> float:
        metrics = browser.send("Performance.getMetrics")["metrics"]
        return 1000 * next(float(each["value"]) for each in metrics if each["name"] == "TaskDuration")

    before_ms = worked_ms()
    maya.page.goto(maya.url + "/", wait_until="networkidle")
    busy_ms = worked_ms() - before_ms
    print(f"first page: {sum(received)} bytes in {len(received)} answers, {busy_ms:.0f} ms of work")
    assert len(received) > 5
    assert sum(received) < FIRST_PAGE_MOST_BYTES
    assert busy_ms < INTERACTIVE_WITHIN_MS


def _halves(photo: Path, folder: Path) -> list[Path]:
    """Two shots of the same paper that overlap, the lower one first."""
    picture: Any = cv2.imread(str(photo))
    height = picture.shape[0]
    made = []
    for name, part in (("bottom", picture[int(height * 0.3) :]), ("top", picture[: int(height * 0.7)])):
        path = folder / f"{name}.jpg"
        cv2.imwrite(str(path), part)
        made.append(path)
    return made


def test_shots_of_a_long_receipt_are_one_receipt_and_a_break_costs_nothing(
    visit: Visit, photo: Draw, tmp_path: Path
) -> None:
    tom = visit()
    tom.sign_in(TOM.email, TOM.password)
    broken: list[str] = []

    def once(route: Route) -> None:
        """The first two pieces are lost on their way."""
        if route.request.method == "PATCH" and len(broken) < 2:
            broken.append(route.request.url)
            route.abort("connectionreset")
        else:
            route.fallback()

    tom.page.route("**/v1/uploads/**", once)
    shots = _halves(photo("long"), tmp_path)
    tom.page.locator("input[type=file]").set_input_files([str(each) for each in shots])
    expect(tom.page.locator(".look").first).to_be_visible()
    tom.page.get_by_label("One long receipt, in parts").check()
    tom.page.get_by_role("button", name="Send one receipt of 2 photos").dblclick()
    tom.page.wait_for_url(re.compile("/receipts/rcp_"))
    assert len(broken) == 2
    result = tom.page.get_by_role("region", name="Result")
    expect(result).to_be_visible(timeout=RESULT_TIMEOUT_MS)
    expect(
        tom.page.locator(".lines .printed").filter(has_text=re.compile("KETTLEWICK|KTW", re.IGNORECASE))
    ).to_have_count(1)
    tom.page.get_by_text("This is wrong").first.click()
    tom.page.get_by_role("textbox", name=re.compile("What is wrong")).first.fill("I bought two of these.")
    tom.page.get_by_role("button", name="Ask a person").first.click()
    expect(tom.page.get_by_text("I bought two of these.")).to_be_visible()


def test_without_a_connection_a_photo_is_kept_and_sent_when_there_is_one(
    visit: Visit, tmp_path: Path
) -> None:
    maya = visit()
    maya.sign_in(MAYA.email, MAYA.password)
    maya.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    note = tmp_path / "tunnel.jpg"
    note.write_text("not a picture, from a tunnel")
    maya.context.set_offline(True)
    maya.page.goto(maya.url + "/receipts")
    expect(maya.page.get_by_role("heading", level=1)).to_have_text("No connection")
    maya.page.locator("input[type=file]").set_input_files(str(note))
    maya.page.get_by_role("button", name="Send", exact=True).click()
    expect(maya.page.get_by_role("alert")).to_contain_text("kept on this phone")
    maya.context.set_offline(False)
    # Back at the start by itself, and sent: the server says what it thinks of such a picture.
    expect(maya.page.get_by_role("alert")).to_contain_text("holds text, not a picture", timeout=30_000)
    maya.go("/receipts")
    expect(maya.page.locator(".rows li").first).to_contain_text("tunnel.jpg")


def test_on_a_shared_phone_nobodys_photo_is_taken_for_the_last_members(visit: Visit, tmp_path: Path) -> None:
    phone = visit()
    phone.sign_in(MAYA.email, MAYA.password)
    phone.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    phone.page.get_by_role("button", name="Sign out").click()
    expect(phone.page.get_by_role("heading", level=1)).to_have_text("Sign in")
    phone.page.wait_for_function("localStorage.getItem('tillpoints-member') === ''")
    note = tmp_path / "shared.jpg"
    note.write_text("not a picture, from a shared phone")
    phone.context.set_offline(True)
    phone.page.goto(phone.url + "/receipts")
    phone.page.locator("input[type=file]").set_input_files(str(note))
    phone.page.get_by_role("button", name="Send", exact=True).click()
    expect(phone.page.get_by_role("alert")).to_contain_text("kept on this phone")
    phone.context.set_offline(False)
    expect(phone.page.get_by_role("heading", level=1)).to_have_text("Sign in", timeout=30_000)
    phone.sign_in(TOM.email, TOM.password)
    expect(phone.page.get_by_role("alert")).to_contain_text("holds text, not a picture", timeout=30_000)
    phone.go("/receipts")
    expect(phone.page.locator(".rows li").first).to_contain_text("shared.jpg")


def test_a_file_chosen_before_the_scripts_came_is_not_lost(visit: Visit, tmp_path: Path) -> None:
    maya = visit(service_workers="block")  # else the phone has the scripts already
    maya.sign_in(MAYA.email, MAYA.password)
    note = tmp_path / "early.jpg"
    note.write_text("chosen early")

    def late(route: Route) -> None:
        maya.page.locator("input[type=file]").set_input_files(str(note))
        route.continue_()

    maya.page.route(re.compile(r"/static/send\.js"), late)
    maya.page.goto(maya.url + "/")
    expect(maya.page.get_by_role("button", name="Send", exact=True)).to_be_visible()
    expect(maya.page.get_by_text("early.jpg")).to_be_visible()


def test_right_to_left_nothing_is_cut_off(visit: Visit) -> None:
    maya = visit()
    maya.sign_in(MAYA.email, MAYA.password)
    for path in PATHS:
        maya.go(path)
        hidden = maya.page.evaluate(
            """() => { document.documentElement.dir = 'rtl';
            return [...document.querySelectorAll('a, button, h1, h2, p, input')]
              .filter(e => e.checkVisibility({visibilityProperty: true}))
              .filter(e => !e.closest('.skip, .unseen, .drop'))
              .map(e => [e, e.getBoundingClientRect()])
              .filter(([e, box]) => box.left < -1 || box.right > innerWidth + 1)
                .map(([e]) => e.outerHTML.slice(0, 120)); }"""
        )
        assert hidden == [], path
