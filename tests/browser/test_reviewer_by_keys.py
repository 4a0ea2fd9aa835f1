"""Every action of a reviewer by keyboard alone, on a phone and at a desk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from fixtures.generator.dice import Dice
from fixtures.generator.sample import Kind
from fixtures.scenarios.stage import Stage, own
from matching.learned import prints_of
from pipeline.clock import utc_now
from pipeline.sample import RUTH, SAMPLE_PROGRAM
from receipts.database.repositories.aliases import Aliases, Shop, Taught
from receipts.database.repositories.blind_reviews import PASS, BlindReviews
from receipts.identity import ReceiptId, Sku
from receipts.money import Money, currency
from tests.api.conftest import OLD, World
from tests.api.test_original_picture import _photograph
from tests.browser.hands import Hands, enter, of_routes, of_scripts, said
from tests.support.member_doors import said_wrong

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

Sit = Callable[..., Hands]
Axe = Callable[[Page], list[str]]
MINE = (
    "/review/views",
    "/review/views/{number}/remove",
    "/review/{case_id}",
    "/review/{case_id}/undo",
    "/review/{case_id}/find",
    "/review/{case_id}/worth",
    "/review/{case_id}/correct",
    "/review/{case_id}/pass-on",
    "/review/{case_id}/release",
    "/review/{case_id}/reversal",
    "/review/blind/{blind_id}",
    "/review/together",
    "/receipts/{receipt_id}/correction",
    "/corrections/{correction_id}",
    "/objections/{number}",
    "/learned/{alias_id}",
)


SCRIPTS = ("queue.js", "review_desk.js", "twin.js", "undo.js")
BUTTONS = {f"button data-{each}" for each in ("twin", "blink", "marks", "zoom", "turn", "original", "boxes")}


def of_my_scripts() -> set[str]:
    """The keys and buttons of the pages of reviewers."""
    return BUTTONS | {each for each in of_scripts() if each.split()[1] in SCRIPTS}


@pytest.mark.parametrize("width", [390, 1440])
def test_every_action_of_a_reviewer_is_done_by_keys(house: World, at_keys: Sit, width: int, axe: Axe) -> None:
    ruth = at_keys(width)
    enter(ruth, house.url, RUTH.email, RUTH.password)
    first, _ = _twins(house, f"keys {width}")
    _the_queue(ruth, house, axe)
    _at_the_desk(ruth, house, first, axe)
    _decisions(ruth, house, first, axe)
    _second_person(ruth, house, axe)
    _beside_the_queue(ruth, house)
    wanted = set().union(*(of_routes(house.app)[each] for each in MINE))
    wanted |= of_my_scripts()
    assert sorted(wanted - ruth.did) == []


def case_of(house: World, receipt_id: str) -> str:
    cases = house.ruth.http.get("/v1/review-cases", params={"limit": 100}).json()["items"]
    case_id: str = next(case["id"] for case in cases if case["receipt"]["id"] == receipt_id)
    return case_id


def _twins(house: World, name: str) -> tuple[str, str]:
    """An old purchase that two members hand in, with pictures: the later one's case, and the earlier's."""
    stage = Stage(OLD, Dice(name))
    purchase = stage.purchase(name, "Larderline", "invoice", [own("KTW-MTM-26Z", 1199)])
    data = stage.picture(name, purchase, "invoice", kind=Kind.PDF_TEXT).data
    ids = []
    for number, who in enumerate((house.maya, house.tom)):
        ids.append(who.send(data + b"\n%" + b" again" * number + b"\n").json()["receipts"][0]["id"])
        house.process(ids[-1])
        _photograph(house, ids[-1])
    return case_of(house, ids[1]), case_of(house, ids[0])


def _the_queue(ruth: Hands, house: World, axe: Axe) -> None:
    page = ruth.page
    page.goto(f"{house.url}/review")
    expect(page.get_by_role("heading", level=1)).to_have_text("Waiting for a decision")
    assert axe(page) == []
    ruth.choose("#order", "risk")
    ruth.go(".queue-view button")
    ruth.write("#view-name", "dear ones")
    ruth.leads(lambda: ruth.keys.press("Enter"))
    ruth.go("form[action$='/remove'] button")
    page.goto(f"{house.url}/review")
    for key in "jk":
        ruth.keys.press(key)
        expect(page.locator("[data-case]:focus")).to_be_visible()
    ruth.keys.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("next, previous case")
    ruth.press("dialog[open] button")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    page.goto(f"{house.url}/review")
    ruth.leads(lambda: ruth.keys.press("Enter"))  # with nothing chosen it opens the first
    expect(page.get_by_role("heading", name="What was read")).to_be_visible()
    ruth.leads(lambda: ruth.keys.press("q"))


def _at_the_desk(ruth: Hands, house: World, case: str, axe: Axe) -> None:
    page, keys = ruth.page, ruth.keys
    page.goto(f"{house.url}/review/{case}")
    ruth.to("[data-turn]")
    keys.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    ruth.press("dialog[open] button")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    expect(page.locator("[data-turn]")).to_be_focused()
    keys.press("j")
    expect(page.locator("#boxes polygon.on[data-field^=line-]").first).to_be_attached()
    keys.press("h")
    expect(page.locator("#boxes polygon.on[data-field^=line-]")).to_have_count(0)
    expect(page.locator("#boxes polygon.on").first).to_be_attached()
    for key in "k+-rxo":
        keys.press(key)
    expect(page.get_by_role("img", name="The receipt as it was taken")).to_be_visible()
    page.goto(f"{house.url}/review/{case}")
    for each in ("[data-zoom]", "[data-turn]", "[data-original]", "[data-boxes]", "[data-twin]"):
        ruth.press(each, "Space" if each == "[data-turn]" else "Enter")
    twin = page.locator("dialog.twin[open]")
    expect(twin).to_contain_text("Beside the earlier receipt")
    assert axe(page) == []
    ruth.press("dialog[open] [data-blink]")
    expect(twin.locator("[data-blink]")).to_have_attribute("aria-pressed", "true")
    ruth.press("dialog[open] [data-marks]")
    expect(twin.locator("[data-marks]")).to_have_attribute("aria-pressed", "false")
    keys.press("x")
    expect(twin.locator("[data-marks]")).to_have_attribute("aria-pressed", "true")
    keys.press("s")
    expect(twin.locator("[data-blink]")).to_have_attribute("aria-pressed", "false")
    keys.press("b")
    keys.press("Escape")
    expect(twin).to_be_hidden()
    expect(page.locator("[data-twin]").first).to_be_focused()
    _lines(ruth, page)
    keys.press("Escape")  # out of the list, which takes letters for itself
    keys.press("c")
    expect(page.get_by_label("Shop")).to_be_focused()
    ruth.write("#fix-total", "11.99")
    expect(page.locator("#arithmetic")).to_contain_text("adds up")
    ruth.go("#correction button")
    keys.press("p")
    keys.type("A word for the next.")
    ruth.leads(lambda: keys.press("Enter"))
    page.goto(f"{house.url}/review/{case}")
    ruth.go("form[action$='/release'] button")


def _lines(ruth: Hands, page: Page) -> None:
    ruth.press("details.choice summary")
    ruth.write("input[name=words-0]", "popcorn")
    ruth.leads(lambda: ruth.keys.press("Enter"))
    expect(page.get_by_text("found for “popcorn”")).to_be_visible()
    with page.expect_response(lambda answer: answer.url.endswith("/worth")):
        ruth.choose("#line-0", "none")
    expect(page.locator("#worth-of")).to_have_text("with your choices")


def _decisions(ruth: Hands, house: World, case: str, axe: Axe) -> None:
    page, keys = ruth.page, ruth.keys
    at = f"{house.url}/review/{case}"
    page.goto(at)
    keys.press("n")
    expect(page.get_by_label("Note")).to_be_focused()
    keys.press("Escape")
    ruth.leads(lambda: keys.press("a"))
    said_so = page.get_by_role("status").filter(has_text="Approved for")
    expect(said_so.first).to_be_visible()
    ruth.leads(lambda: keys.press("u"))
    said(ruth, "Undone: nothing was paid")
    ruth.leads(lambda: keys.press("f"))
    ruth.go("section.undo button")
    page.goto(at)
    keys.press("d")
    expect(page.get_by_label("Note")).to_be_focused()
    keys.type("Another member was paid for it.")
    keys.press("Escape")
    ruth.leads(lambda: keys.press("d"))
    expect(page.get_by_role("status").filter(has_text="Declined for").first).to_be_visible()
    ruth.leads(lambda: keys.press("u"))
    for decision in ("approve", "photo", "decline"):  # by the buttons, too
        page.goto(at)
        ruth.go(f"#decision button[value={decision}]")
        ruth.leads(lambda: keys.press("u"))
    page.goto(at)
    ruth.leads(lambda: keys.press("a"))
    house.undo_is_over()
    page.goto(at)
    ruth.write("#reverse-note", "It was Tom's after all.")
    ruth.leads(lambda: keys.press("Enter"))
    expect(page.get_by_text("Another person has to agree.")).to_be_visible()
    assert axe(page) == []


def _second_person(ruth: Hands, house: World, axe: Axe) -> None:
    ada = house.ada.http
    nothing: dict[str, Any] = {"lines": [{"position": 0, "sku": None}]}
    for what in ("agree", "refuse"):
        receipt_id = house.settled(house.tom, day=OLD)
        case = case_of(house, receipt_id)
        ada.post(f"/v1/review-cases/{case}/decision", json={"approve": True}).raise_for_status()
        ada.post(f"/v1/review-cases/{case}/reversal", json={"note": "Not ours."}).raise_for_status()
        ruth.page.goto(f"{house.url}/review/{case}")
        ruth.go(f"form[action$='/reversal'] button[value={what}]")
        said(ruth, "")
        if what == "agree":
            continue
        ada.post(f"/v1/receipts/{receipt_id}/correction", json=nothing).raise_for_status()
        ada.put("/v1/review-terms", json={"second_above": 10}).raise_for_status()
        try:
            _corrections(ruth, house, receipt_id, axe)
        finally:
            ada.put("/v1/review-terms", json={}).raise_for_status()


def _corrections(ruth: Hands, house: World, receipt_id: str, axe: Axe) -> None:
    page, right = ruth.page, {"lines": [{"position": 0, "sku": "KTW-MTM-26Z"}]}
    page.goto(f"{house.url}/receipts/{receipt_id}/correction")
    assert axe(page) == []
    ruth.write("#words", "popcorn")
    ruth.leads(lambda: ruth.keys.press("Enter"))
    expect(page.get_by_role("status")).to_contain_text("found for “popcorn”")
    ruth.to("#line-0")
    ruth.keys.type("Kettlewick")
    ruth.go("button[value=correct]")
    expect(page.get_by_text("another has to agree")).to_be_visible()
    assert axe(page) == []
    for what in ("refuse", "agree"):
        house.ada.http.post(f"/v1/receipts/{receipt_id}/correction", json=right).raise_for_status()
        page.goto(f"{house.url}/corrections")
        ruth.keys.press("j")
        ruth.leads(lambda: ruth.keys.press("Enter"))
        expect(page.get_by_role("heading", name="Do you agree?")).to_be_visible()
        if what == "refuse":
            ruth.go("#decision button[value=refuse]")
            said(ruth, "")
    assert axe(page) == []
    ruth.keys.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("let it stand")
    ruth.keys.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    ruth.leads(lambda: ruth.keys.press("a"))
    said(ruth, "Corrected: ")
    expect(page.get_by_text("No correction waits")).to_be_visible()
    assert axe(page) == []


def _beside_the_queue(ruth: Hands, house: World) -> None:
    page = ruth.page
    paid = [house.settled(house.maya) for _ in range(2)]
    for receipt_id, answer in zip(paid, ("accept", "refuse"), strict=True):
        with house.wiring.database.write() as session:
            reviews = BlindReviews(session, SAMPLE_PROGRAM.id, utc_now())
            reviews.draw(ReceiptId(receipt_id), decided=PASS, policy_version=1)
            drawn = next(
                each for each in reviews.waiting(after=0, limit=100) if each.receipt_id == receipt_id
            )
        page.goto(f"{house.url}/review/blind/{drawn.id}")
        ruth.go(f"button[value={answer}]")
    old = [house.settled(house.tom, day=OLD) for _ in range(2)]
    cases = [case_of(house, each) for each in old]
    for case, decision in zip(cases, ("approve", "decline"), strict=True):
        page.goto(f"{house.url}/review/together")
        ruth.go("main ul.plain-rows a")
        ruth.press(f"input[value='{case}']", "Space")
        ruth.write("#note", "Too old.")
        ruth.go(f"button[value={decision}]")
        said(ruth, "1 case was decided")
    house.undo_is_over()
    number = said_wrong(house.wiring, house.maya.member_id, paid[0])
    page.goto(f"{house.url}/objections")
    ruth.write(f"#answer-{number}", "It is right.")
    ruth.go(f"form[action='/objections/{number}'] button")
    said(ruth, "")
    page.goto(f"{house.url}/learned/{_learned(house, paid[0])}")
    ruth.write("#reason", "It is another.")
    ruth.leads(lambda: ruth.keys.press("Enter"))
    said(ruth, "")


def _learned(house: World, receipt_id: str) -> str:
    price = Money(1199, currency("USD"))
    names = prints_of("KTLWCK MTNTRL 26", None)
    taught = [Taught(each, "KTLWCK MTNTRL 26", Sku("KTW-MTM-26Z"), price, position=0) for each in names]
    with house.wiring.database.write() as session:
        Aliases(session, SAMPLE_PROGRAM.id, utc_now()).confirm(
            Shop("larderline", "Larderline"),
            taught,
            receipt_id=ReceiptId(receipt_id),
            author=house.ruth.account.id,
        )
    found: str = house.ruth.http.get("/v1/aliases").json()["items"][0]["id"]
    return found
