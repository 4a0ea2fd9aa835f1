"""Every action of the program manager by keyboard alone, on a phone and at a desk."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from playwright.sync_api import Page, expect

from pipeline import second_step
from pipeline.clock import utc_now
from pipeline.publishers.config import load_publishers
from pipeline.publishers.follow import Follower
from pipeline.sample import ADA, SAMPLE_PROGRAM
from pipeline.takein.run import take_in
from receipts.database.repositories.programs import Programs
from receipts.database.repositories.provider_links import ProviderLinks
from receipts.database.tables import PublisherRow, ReceiptRow
from receipts.program import Account
from tests.api.conftest import World
from tests.api.test_deliveries import TOML, Shy, told
from tests.browser.hands import Hands, enter, of_routes, said
from tests.support.doors import mail

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

Sit = Callable[..., Hands]
Axe = Callable[[Page], list[str]]
ISSUER = "https://acme.example"
MINE = (
    "/program/matching",
    "/receipts/{receipt_id}/retry",
    "/program/failures/retry",
    "/program/inbox/{inbound_id}/retry",
    "/program/deliveries/{delivery_id}/retry",
    "/program/deliveries/{delivery_id}/give-up",
    "/program/publishers/{publisher}/start",
    "/program/catalog",
    "/program/catalog/product",
    "/program/campaigns",
    "/program/campaigns/edit",
    "/program/campaigns/form",
    "/program/keys",
    "/program/keys/{key_id}/revoke",
    "/program/people",
    "/program/people/{account_id}",
    "/program/second-step",
    "/second-step",
    "/sign-in",
    "/sign-in/code",
    "/sign-out",
    "/program/points",
    "/program/points/{gift_id}",
    "/program/policies",
    "/program/policies/role",
    "/program/retailers/facts",
    "/program/retailers/facts/{number}/undo",
    "/program/review-terms",
)


def of_my_scripts() -> set[str]:
    """The manager's pages have no keys of their own."""
    return set()


@pytest.mark.parametrize("width", [390, 1440])
def test_every_action_of_the_manager_is_done_by_keys(
    house: World, at_keys: Sit, width: int, axe: Axe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = at_keys(width)
    enter(ada, house.url, ADA.email, ADA.password)
    _what_failed(ada, house)
    _what_is_sent(ada, house, tmp_path, monkeypatch)
    _catalog(ada, house, tmp_path)
    _campaigns(ada, house, width, axe)
    _keys_and_points(ada, house)
    _rules(ada, house, width)
    _people(ada, house, width, monkeypatch)
    wanted = set().union(*(of_routes(house.app)[each] for each in MINE))
    assert sorted(wanted - ada.did) == []


def _what_failed(ada: Hands, house: World) -> None:
    ids = [house.tom.send(house.receipt_pdf()).json()["receipts"][0]["id"] for _ in range(3)]
    with house.wiring.database.write() as session:
        for number, receipt_id in enumerate(ids):
            row = session.query(ReceiptRow).filter_by(id=receipt_id).one()
            row.state, row.failed_from, row.failure = "failed", "received", "words"
            row.failure_kind, row.failure_cause = "world", f"cause {number}"
    ada.page.goto(f"{house.url}/program")
    ada.go(f"form[action='/receipts/{ids[0]}/retry'] button")
    said(ada, "on its way again")
    ada.press("#matching ~ details summary")
    ada.write("#accept-precision", "0.99")
    ada.go("form[action='/program/matching'] button")
    said(ada, "")
    ada.page.goto(f"{house.url}/program/failures")
    ada.go("section form[action='/program/failures/retry'] button")
    said(ada, "1 receipt is on its way again")
    ada.go("form[action='/program/failures/retry'] button")
    said(ada, "on its way again")
    inbound_id = house.arrive(mail("again@inbox.example"))
    take_in(house.wiring, inbound_id)
    ada.page.goto(f"{house.url}/program/inbox/{inbound_id}")
    ada.go("main form button")
    said(ada, "on its way again")
    for receipt_id in ids:
        house.process(receipt_id)
    take_in(house.wiring, inbound_id)


def _what_is_sent(ada: Hands, house: World, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = folder / "publishers.toml"
    file.write_text(TOML.replace("FOLDER", str(folder)))
    monkeypatch.setitem(house.wiring.__dict__, "publishers", load_publishers(file))
    house.publish()
    follower = Follower(house.wiring.database, SAMPLE_PROGRAM.id, "core", Shy(), at_the_end=True)
    _follow(follower)
    told(house)
    _follow(follower)
    with house.wiring.database.write() as session:
        session.query(PublisherRow).filter_by(name="core").one().stopped = "it said no"
    ada.page.goto(f"{house.url}/program/deliveries?state=dead")
    ada.go("form[action$='/start'] button")
    said(ada, "")
    ada.page.goto(f"{house.url}/program/deliveries?state=dead")
    ada.go("form[action$='/retry'] button")
    said(ada, "on its way again")
    _follow(follower)
    ada.page.goto(f"{house.url}/program/deliveries?state=dead")
    ada.go("form[action$='/give-up'] button")
    said(ada, "")
    follower.release()


def _follow(follower: Follower) -> None:
    while follower.step() or follower.step():
        pass


def _catalog(ada: Hands, house: World, folder: Path) -> None:
    ada.page.goto(f"{house.url}/program/catalog")
    file = folder / "catalog.csv"
    file.write_bytes((Path(__file__).parents[2] / "fixtures" / "catalog.csv").read_bytes())
    for what, words in (("try", "can be imported"), ("import", "")):
        ada.file("#file", file)
        ada.go(f"button[value={what}]")
        said(ada, words)
    ada.write("#q", "kettlewick")
    ada.leads(lambda: ada.keys.press("Enter"))
    ada.go("#products ~ table a, .card table a[href*='KTW']")
    ada.write("#size", f"{time.monotonic_ns()} oz")
    ada.leads(lambda: ada.keys.press("Enter"))
    said(ada, "")
    data = file.read_bytes()
    house.ada.http.put("/v1/catalog", files=[("file", ("c.csv", data))]).raise_for_status()


def _campaigns(ada: Hands, house: World, width: int, axe: Axe) -> None:
    page, name = ada.page, f"Keys only {width}"
    page.goto(f"{house.url}/program/campaigns/form")
    ada.write("#name", name)
    for _ in range(2):
        ada.choose("select[name=add]", "product")
        ada.go("button[value=add]")
        expect(page.locator("#rule-1-points, #rule-2-points").last).to_be_focused()
    ada.go("button[value=remove-2]")
    ada.write("#rule-1-points", "x")
    ada.leads(lambda: ada.keys.press("Enter"))  # in a field it tries, and removes nothing
    ada.press("a[href='#rule-1-points']")
    expect(page.locator("#rule-1-points-fault")).to_have_text("Write a whole number.")
    assert axe(page) == []
    ada.write("#rule-1-points", "5")
    ada.go("button[value=try]:not(.unseen)")
    page.get_by_role("heading", name="What it would have paid").wait_for()
    assert axe(page) == []
    ada.go("button[value=json]")
    ada.go("button[value=try]")
    ada.go("button[value=form]")
    ada.go("button[value=activate]")
    said(ada, "")
    ada.go(f"button[aria-label='Pause {name} from today']")
    said(ada, "")
    ada.go(f"button[aria-label='Resume {name}']")
    said(ada, "earn by it again")
    page.goto(f"{house.url}/program/campaigns/edit")
    ada.to("#document")
    written = page.locator("#document").input_value()
    ada.write("#document", re.sub(r'("id": "[\w-]+)"', rf'\1-{width}"', written, count=1))
    ada.go("button[value=activate]")
    said(ada, "")


def _keys_and_points(ada: Hands, house: World) -> None:
    ada.page.goto(f"{house.url}/program/keys")
    ada.write("#name", "the till")
    ada.leads(lambda: ada.keys.press("Enter"))
    said(ada, "is made")
    ada.go("form[action$='/revoke'] button")
    said(ada, "")
    for number in range(2):
        asked = {"points": 600 + number, "reason": "a broken jar", "reference": f"{time.monotonic_ns()}"}
        house.ruth.http.post("/v1/gifts", json={"member_id": house.tom.member_id, **asked}).raise_for_status()
    ada.page.goto(f"{house.url}/program/points")
    for what in ("agree", "refuse"):
        ada.go(f"button[value={what}]")
        said(ada, "")
    ada.write("#member", house.tom.member_id)
    ada.write("#points", "5")
    ada.write("#reason", "a broken jar")
    ada.leads(lambda: ada.keys.press("Enter"))
    said(ada, "")


def _rules(ada: Hands, house: World, width: int) -> None:
    page = ada.page
    page.goto(f"{house.url}/program/policies")
    ada.write("textarea[name=document]", f'{{"version": {width}, "note": "by keys"}}')
    ada.go("button[value=shadow]")
    ada.go("button[value=keep]")
    said(ada, "is kept")
    at = f"tr:has(a[href='/program/policies?version={width}'])"
    for role, words in (("try", "is tried"), ("stop", "No version is tried"), ("use", "judges what is")):
        ada.go(f"{at} button[value={role}]")
        said(ada, words)
    ada.go("tr:has(a[href='/program/policies?version=1']) button[value=use]")
    page.goto(f"{house.url}/program/retailers/facts?name=Dollar%20Lantern")
    ada.write("#store", r"UT (\d{5})")
    ada.leads(lambda: ada.keys.press("Enter"))
    said(ada, "")
    ada.go("form[action$='/undo'] button")
    said(ada, "Undone")
    page.goto(f"{house.url}/program/review-terms")
    ada.write("#undo_s", "60")
    ada.leads(lambda: ada.keys.press("Enter"))
    said(ada, "")


def _people(ada: Hands, house: World, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    page = ada.page
    page.goto(f"{house.url}/program/people")
    ada.write("#name", "Nora")
    ada.write("#email", f"nora{width}@example.com")
    ada.leads(lambda: ada.keys.press("Enter"))
    password = page.locator("code.once").inner_text()
    nora = _nora(house, f"nora{width}@example.com", password)
    there = SimpleNamespace(issuer=ISSUER, name="Acme", only=False, programs=frozenset({SAMPLE_PROGRAM.id}))
    with house.wiring.database.write() as session:
        ProviderLinks(session, ISSUER).link(f"nora-{width}", nora.id, utc_now())
    monkeypatch.setitem(house.wiring.__dict__, "provider", SimpleNamespace(settings=there))
    page.goto(f"{house.url}/program/people")
    row = f"tr:has-text('nora{width}@example.com')"
    for what in ("forget-step", "forget-link", "sign-out", "disable", "enable"):
        ada.go(_button(page, row, what))
        said(ada, "")
    ada.choose(
        f"select[aria-label='{page.locator(row).locator('select').get_attribute('aria-label')}']", "admin"
    )
    ada.go(_button(page, row, "role"))
    said(ada, "The role is changed")
    ada.go(_button(page, row, "disable"))
    monkeypatch.delitem(house.wiring.__dict__, "provider")
    _two_steps(ada, house)


def _button(page: Page, row: str, what: str) -> str:
    name = page.locator(row).locator(f"button[value={what}]").get_attribute("aria-label")
    return f"button[aria-label='{name}'][value={what}]"


def _nora(house: World, email: str, password: str) -> Account:
    """An invited reviewer who has a second step already."""
    with house.wiring.database.read() as session:
        found = Programs(session).account_by_email(email)
    assert found is not None
    assert second_step.begin(house.wiring, found[0])
    told_app = second_step.shared(house.wiring, found[0])
    assert told_app is not None
    assert second_step.confirm(house.wiring, found[0], _code(told_app.secret, 0))
    return found[0]


def _two_steps(ada: Hands, house: World) -> None:
    page = ada.page
    page.goto(f"{house.url}/second-step")
    ada.write("#password", ADA.password)
    ada.leads(lambda: ada.keys.press("Enter"))
    ada.press("summary")
    secret = page.locator("details code.once").inner_text()
    ada.write("#code", _code(secret, 0))
    ada.leads(lambda: ada.keys.press("Enter"))
    ada.write("#code", _code(secret, 30))
    ada.go("button[value=codes]")
    codes = page.locator(".codes li").all_inner_texts()
    page.goto(f"{house.url}/program/people")
    for asked in ("yes", "no"):
        ada.go(f"button[value={asked}]")
        said(ada, "")
    ada.go("form[action='/sign-out'] button")
    enter(ada, house.url, ADA.email, ADA.password)
    expect(page.locator("#code")).to_be_focused()
    ada.keys.type(codes[0])
    ada.leads(lambda: ada.keys.press("Enter"))
    page.goto(f"{house.url}/second-step")
    ada.write("#code", codes[1])
    ada.go("button[value=off]")
    said(ada, "")


def _code(secret: str, seconds: int) -> str:
    """What an app shows then: the next code is taken as well, so that nobody waits half a minute here."""
    key = base64.b32decode(secret.replace(" ", "") + "=" * (-len(secret.replace(" ", "")) % 8))
    return TOTP(key, 6, SHA1(), 30).generate(time.time() + seconds).decode()  # noqa: S303
