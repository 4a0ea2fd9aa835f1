"""Every action of a member by keyboard alone, on a phone and at a desk."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Route, expect

from fixtures.scenarios.stage import other, own
from receipts.database.repositories.programs import Programs
from tests.api.conftest import OLD, Person, World
from tests.api.test_barcode_photos import drawn
from tests.api.test_joining import Invited
from tests.api.test_line_answers import PRINTED
from tests.api.test_policies import PATH, STRICT
from tests.browser.hands import Hands, enter, of_routes, said

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

Sit = Callable[..., Hands]
SECRET = "four quiet brown hens"
MINE = (
    "/join/{token}",
    "/sign-in",
    "/sign-out",
    "/send",
    "/you/language",
    "/addresses",
    "/privacy/delete",
    "/receipts/{receipt_id}/second-look",
    "/receipts/{receipt_id}/withdraw",
    "/receipts/{receipt_id}/lines/{position}",
    "/receipts/{receipt_id}/lines/{position}/barcode-photo",
    "/receipts/{receipt_id}/lines/{position}/wrong",
)
BUTTONS = {"button next-part", "button data-copy", "button quiet", "chosen again", "chosen remove"}
CAMERA = "button camera"
"""Offered where the pointer is a finger: not at a desk."""


def of_my_scripts() -> set[str]:
    """The buttons of the pages of members."""
    return BUTTONS | {CAMERA}


@pytest.mark.parametrize("width", [390, 1440])
def test_every_action_of_a_member_is_done_by_keys(
    house: World, at_keys: Sit, width: int, tmp_path: Path
) -> None:
    permissions = ["clipboard-read", "clipboard-write"]
    kim = at_keys(width, has_touch=width < 600, permissions=permissions)
    email = f"kim{width}@mail.example"
    person = _joins(kim, house, email)
    _sends(kim, house, tmp_path, by_camera=width < 600)
    plain = at_keys(width, java_script_enabled=False)
    _sends_without_a_script(plain, house, email, tmp_path)
    _sees_it_end(kim, house, person)
    _says_which(kim, house, person, tmp_path)
    _asks(kim, house, person)
    _settings(kim, house)
    wanted = set().union(*(of_routes(house.app)[each] for each in MINE)) | BUTTONS
    wanted |= {CAMERA} if width < 600 else set()
    assert sorted(wanted - kim.did - plain.did) == []


def _joins(kim: Hands, house: World, email: str) -> Person:
    page = kim.page
    page.goto(house.url + Invited(house).path)
    kim.write("#join-name", "Kim")
    kim.write("#join-email", email)
    kim.write("#join-password", SECRET)
    kim.leads(lambda: kim.keys.press("Enter"))
    expect(page.get_by_role("status")).to_contain_text("is linked to your account")
    page.goto(house.url + Invited(house).path)
    kim.go("main form[action^='/join/'] button")
    page.goto(house.url + Invited(house).path)
    kim.go("main form[action='/sign-out'] button")
    kim.write("#sign-in-email", email)
    kim.write("#sign-in-password", SECRET)
    kim.leads(lambda: kim.keys.press("Enter"))
    expect(page.get_by_role("status")).to_contain_text("is linked to your account")
    kim.go("header form[action='/sign-out'] button")
    enter(kim, house.url, email, SECRET)
    with house.wiring.database.read() as session:
        found = Programs(session).account_by_email(email)
    assert found is not None
    http = house.client()
    token = http.post("/v1/tokens", json={"email": email, "password": SECRET}).json()["access_token"]
    http.headers["Authorization"] = f"Bearer {token}"
    house.people[email] = Person(found[0], SECRET, http)  # closed with the others
    return house.people[email]


def _dark(folder: Path, name: str) -> Path:
    """A picture in which nothing is to be seen."""
    out = io.BytesIO()
    Image.new("RGB", (900, 1200), (3, 3, 3)).save(out, "JPEG")
    path = folder / f"{name}.jpg"
    path.write_bytes(out.getvalue() + name.encode())
    return path


def _sends(kim: Hands, house: World, folder: Path, *, by_camera: bool) -> None:
    page = kim.page
    page.goto(house.url)
    kim.keys.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    kim.keys.press("Enter")
    note = folder / "keys.jpg"
    note.write_text("no picture, by keyboard")
    kim.file("input[type=file]", note)
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_focused()
    kim.keys.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    _keeps_the_place(kim, house, folder)
    page.goto(f"{house.url}/?once")
    if by_camera:
        kim.to(".camera")
        kim.chooser("Enter").set_files(str(_dark(folder, "one")))
    else:
        kim.file("input[type=file]", _dark(folder, "one"))
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_focused()
    expect(page.locator(".look button")).to_be_visible()
    page.goto(f"{house.url}/?again")
    kim.file("input[type=file]", _dark(folder, "two"))
    expect(page.locator(".look button")).to_be_visible()
    kim.keys.press("Shift+Tab")
    kim.keys.press("Shift+Tab")
    expect(page.locator(".look button")).to_be_focused()
    kim.chooser("Enter").set_files(str(_dark(folder, "three")))
    kim.keys.press("Shift+Tab")
    expect(page.locator(".next-part")).to_be_focused()
    kim.chooser("Enter").set_files(str(_dark(folder, "four")))
    expect(page.get_by_role("radio", name="One long receipt, in parts")).to_be_checked()
    expect(page.locator(".look button")).to_have_count(2)
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("radio", name="One long receipt, in parts")).to_be_focused()
    kim.keys.press("ArrowUp")
    expect(page.get_by_role("button", name="Send 2 files")).to_be_visible()
    for _ in range(6):
        if page.evaluate("document.activeElement.matches('.chosen button:not(.look button)')"):
            break
        kim.keys.press("Shift+Tab")
    kim.keys.press("Enter")
    expect(page.locator(".chosen li")).to_have_count(1)
    expect(page.locator(".chosen button").first).to_be_focused()
    kim.to("#send button[type=submit]")
    kim.leads(lambda: kim.keys.press("Enter"))


def _keeps_the_place(kim: Hands, house: World, folder: Path) -> None:
    """The list of chosen files is drawn anew when the picture has been looked at."""
    page, asked = kim.page, list[Route]()

    def hold(route: Route) -> None:
        asked.append(route)

    page.goto(f"{house.url}/?looks")
    page.route("**/v1/picture-checks*", hold)
    kim.file("input[type=file]", _dark(folder, "slow"))
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_focused()
    for _ in range(2):
        kim.keys.press("Shift+Tab")
    expect(page.get_by_role("button", name="Remove slow.jpg")).to_be_focused()
    for _ in range(200):
        if asked:
            break
        page.wait_for_timeout(50)
    asked[0].continue_()
    expect(page.locator(".look button")).to_be_visible()
    expect(page.get_by_role("button", name="Remove slow.jpg")).to_be_focused()
    page.unroute("**/v1/picture-checks*")


def _sees_it_end(kim: Hands, house: World, person: Person) -> None:
    """The part of the page that has the focus is replaced by the result."""
    receipt_id = person.send(house.receipt_pdf()).json()["receipts"][0]["id"]
    kim.page.goto(f"{house.url}/receipts/{receipt_id}")
    kim.to("#live details:has(form[action$='/withdraw']) summary")
    house.process(receipt_id)
    expect(kim.page.get_by_role("region", name="Result")).to_be_visible()
    expect(kim.page.locator("#main")).to_be_focused()


def _sends_without_a_script(plain: Hands, house: World, email: str, folder: Path) -> None:
    enter(plain, house.url, email, SECRET)
    note = folder / "note.jpg"
    note.write_text("remember the milk")
    plain.file("input[type=file]", note)
    plain.go("#send button[type=submit]")
    expect(plain.page.get_by_role("main")).to_contain_text("note.jpg")


def _says_which(kim: Hands, house: World, person: Person, folder: Path) -> None:
    page = kim.page
    receipt_id = house.printed(
        person, own("OAT-HCG-12Z", 499, printed=PRINTED), other("Northbank Ground Coffee", 655)
    )
    assert house.process(receipt_id) == "held"
    page.goto(f"{house.url}/receipts/{receipt_id}")
    kim.choose("#line-0-sku", "OAT-HCG-24Z")
    kim.go("#line-0 form button")
    said(kim, "The person who looks at the receipt will see")
    photo = folder / "bars.jpg"
    photo.write_bytes(drawn("0036000291452"))
    kim.file("#line-0-photo", photo)
    kim.go("#line-0 form[enctype] button")
    expect(page.get_by_role("main")).to_contain_text("036000291452")
    kim.press("details:has(form[action$='/withdraw']) summary")
    kim.go("form[action$='/withdraw'] button")
    expect(page.get_by_role("main")).to_contain_text("withd")


def _asks(kim: Hands, house: World, person: Person) -> None:
    page = kim.page
    paid = house.settled(person)
    page.goto(f"{house.url}/receipts/{paid}")
    kim.press(".wrong summary")
    kim.write(".wrong textarea", "I bought two of these.")
    kim.go(".wrong form button")
    expect(page.get_by_text("I bought two of these.")).to_be_visible()
    version = 20000 + len(paid) + page.viewport_size["width"]  # type: ignore[index]
    house.ada.http.post(PATH, json={**STRICT, "version": version}).raise_for_status()
    house.ada.http.put(f"{PATH}/in-force", json={"version": version}).raise_for_status()
    declined = house.settled(person, day=OLD)
    house.ada.http.put(f"{PATH}/in-force", json={"version": 1}).raise_for_status()
    page.goto(f"{house.url}/receipts/{declined}")
    kim.go("form[action$='/second-look'] button")
    expect(page.get_by_role("main")).to_contain_text("A person will look at this receipt")


def _settings(kim: Hands, house: World) -> None:
    page = kim.page
    page.goto(f"{house.url}/you")
    for key, language, words in (
        ("ArrowDown", "de", "Das ist jetzt deine Sprache."),
        ("ArrowUp", "en", "This is your language now."),
    ):
        kim.to("input[name=language]")
        kim.keys.press(key)
        kim.leads(lambda: kim.keys.press("Enter"))
        expect(page.locator("html")).to_have_attribute("lang", language)
        said(kim, words)
        page.goto(house.url)
        expect(page.get_by_role("heading", level=1)).to_have_text(
            "Hallo, Kim" if language == "de" else "Hello, Kim"
        )
        page.goto(f"{house.url}/you")
    offer = "{prompt() { window.wasAsked = true; }}"
    page.evaluate(f"dispatchEvent(Object.assign(new Event('beforeinstallprompt'), {offer}))")
    kim.press("#install button")
    expect(page.locator("#main")).to_be_focused()
    assert page.evaluate("window.wasAsked")
    page.goto(f"{house.url}/addresses")
    kim.press("[data-copy]")
    expect(page.get_by_text("Copied.")).to_be_visible()
    kim.press("details summary")
    kim.go("details form button")
    said(kim, "The old one has stopped working")
    kim.go("form:has(input[value=remove]) button")
    said(kim, "not linked to your account any more")
    kim.write("#address", "kim@work.example")
    kim.leads(lambda: kim.keys.press("Enter"))
    said(kim, "We have sent a link")
    page.goto(f"{house.url}/privacy")
    kim.press("#delete ~ details summary")
    kim.write("#password", SECRET)
    kim.leads(lambda: kim.keys.press("Enter"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.url.endswith("/privacy/delete") or "deleted" in page.get_by_role("main").inner_text()
