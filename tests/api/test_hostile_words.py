"""A list of hostile words in receipts, files, mails, catalog and people: inert on every page there is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from pipeline.facts import catch_up
from pipeline.people import invite
from pipeline.retailer_facts import say_retailer, undo_saying
from pipeline.sample import SAMPLE_PROGRAM
from pipeline.takein.run import take_in
from receipts.database.repositories.retailer_facts import RetailerFacts
from receipts.database.tables import (
    ArtefactRow,
    CatalogProductRow,
    LineFactRow,
    MemberRow,
    ReceiptFactRow,
    ReceiptRow,
)
from receipts.identity import Role
from tests.support.doors import mail

from .conftest import OLD, csrf_of
from .test_tenancy import routes

if TYPE_CHECKING:
    from .conftest import World

PAYLOADS = (
    "<script>window.pwned=1</script>",
    '"><img src=x onerror=pwned()>',
    "' onmouseover=pwned() x='",
    "</title></textarea></select></pre><svg onload=pwned()>",
    '<a href="javascript:pwned()">x</a>',
    "{{7919*7907}}{% raw %}%(name)s",
    "</script><!--",
    "<base href=//evil.example><form action=//evil.example>",
    "<style>*{display:none}</style>\N{RIGHT-TO-LEFT OVERRIDE}",
)
ALL = " ".join(PAYLOADS)
LEAST_PAGES = 40


class _Harm(HTMLParser):
    """What on a page could act, load or lead elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        script = tag == "script" and not said.get("src", "").startswith("/static/")
        acts = any(name.startswith("on") for name in said) or tag in {"base", "style", "object", "iframe"}
        leads = [said.get(name, "") for name in ("href", "src", "action", "formaction")]
        away = [each for each in leads if re.match(r"\s*(?:javascript|data|vbscript):|//", each)]
        if script or acts or away or said.get("src") == "x":
            self.found.append(self.get_starttag_text() or tag)


def _harm(html: str) -> list[str]:
    parser = _Harm()
    parser.feed(html)
    return parser.found + (["worked out"] if "62615533" in html else [])


def test_what_would_act_is_seen() -> None:
    assert [each for each in PAYLOADS[:6] if "{{" not in each and not _harm(f'<p title="{each}">{each}')] == [
        PAYLOADS[2]
    ]
    assert _harm(f"<p title='{PAYLOADS[2]}'>")
    assert not _harm("<p>&lt;script&gt;</p><script src='/static/a.js' defer></script><a href='/x'>")


@pytest.fixture
def hostile(world: World) -> Iterator[dict[str, str]]:
    """A world full of such words, and the ids that its pages are asked for; as it was, afterwards."""
    held, paid = world.settled(world.tom, day=OLD), world.settled(world.maya)
    refused = world.maya.send(b"no picture", name=f"{PAYLOADS[1]}.jpg".replace("/", "")).json()
    message = world.arrive(mail(world.maya.account.email, subject=ALL))
    take_in(world.wiring, message)
    product = "KTW-MTM-26Z"
    ids: dict[str, Any] = {}
    before: list[tuple[Any, str, Any]] = []

    def change(row: Any, column: str, value: Any) -> None:
        before.append(
            (type(row), column, (row.__mapper__.primary_key_from_instance(row), getattr(row, column)))
        )
        setattr(row, column, value)

    catch_up(world.wiring, SAMPLE_PROGRAM.id, most_s=20)
    with world.wiring.database.write() as session:
        for each in (world.maya, world.tom):
            change(session.get_one(MemberRow, each.member_id), "name", ALL[:200])
        for row in session.scalars(select(CatalogProductRow).where(CatalogProductRow.sku == product)):
            change(row, "name", ALL[:200])
        for receipt_id in (held, paid):
            row = session.scalars(select(ReceiptRow).where(ReceiptRow.id == receipt_id)).one()
            change(row, "file_name", ALL[:200])
            mine = (ArtefactRow.receipt_id == receipt_id, ArtefactRow.kind == "reading")
            for reading in session.scalars(select(ArtefactRow).where(*mine)):
                receipt = reading.body["receipt"]
                items = [{**item, "description": ALL} for item in receipt["items"]]
                shop = {**receipt["retailer"], "name": ALL, "store": ALL}
                receipt = {**receipt, "items": items, "retailer": shop, "receipt_number": ALL}
                change(reading, "body", {**reading.body, "receipt": receipt})
            for fact in session.scalars(
                select(ReceiptFactRow).where(ReceiptFactRow.receipt_id == receipt_id)
            ):
                change(fact, "retailer", ALL[:200])
            for line in session.scalars(select(LineFactRow).where(LineFactRow.receipt_id == receipt_id)):
                change(line, "description", ALL[:200])
    cases = world.ruth.http.get("/v1/review-cases", params={"limit": 100}).json()["items"]
    ids["case_id"] = next(each["id"] for each in cases if each["receipt"]["id"] == held)
    ids |= {"receipt_id": paid, "submission_id": refused.get("id", ""), "inbound_id": message}
    yield ids | {"held": held, "sku": product}
    with world.wiring.database.write() as session:
        for table, column, (key, value) in before:
            setattr(session.get_one(table, key), column, value)


def test_no_page_lets_them_act(world: World, hostile: dict[str, str]) -> None:
    seen, asked = 0, sorted({path for method, path, _ in routes(world.app) if method == "GET"})
    more = [f"/receipts/{hostile['held']}", f"/program/catalog/product?sku={hostile['sku']}", "/objections"]
    more += [f"/program/retailers/facts?name={ALL}", f"/program/catalog?search={ALL}", "/?better=1"]
    bad: list[str] = []
    for person in (world.maya, world.tom, world.ruth, world.ada):
        with world.browser(person) as browser:
            for path in [*asked, *more]:
                if path.startswith("/v1/") or path in {"/readyz", "/healthz", "/metrics"}:
                    continue
                filled = re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: hostile.get(found[1], "1"), path)
                answer = browser.get(filled)
                assert answer.status_code < 500, filled
                if "text/html" in answer.headers.get("content-type", ""):
                    seen += answer.status_code == 200
                    bad += [f"{filled}: {each[:100]}" for each in _harm(answer.text)]
    assert bad == []
    assert seen > LEAST_PAGES


def test_what_people_type_is_inert_too(world: World, hostile: dict[str, str]) -> None:
    with world.browser(world.ada) as browser:
        token = csrf_of(browser.get("/program/people").text)
        invite(
            world.wiring,
            SAMPLE_PROGRAM.id,
            world.ada.account.id,
            role=Role.SERVICE,
            email="hostile@example.com",
            name=ALL[:200],
        )
        say_retailer(
            world.wiring,
            SAMPLE_PROGRAM.id,
            world.ada.account.id,
            name=PAYLOADS[0],
            lists={"aliases": PAYLOADS},
            store="",
            usual_word=False,
        )
        correct = f"/receipts/{hostile['receipt_id']}/correction"
        asked = {"csrf_token": token, "words": ALL[:200], "what": "find", "product-0": f"sku:{PAYLOADS[1]}"}
        try:
            pages = [
                browser.get(f"/program/{each}").text for each in ("people", "people/log", "retailers", "keys")
            ]
            pages += [browser.post(correct, data=asked).text, browser.get("/review/log").text]
        finally:
            with world.wiring.database.read() as session:
                (said,) = RetailerFacts(session, SAMPLE_PROGRAM.id).in_force()
            undo_saying(world.wiring, SAMPLE_PROGRAM.id, world.ada.account.id, said.number)
    assert [_harm(each) for each in pages] == [[]] * len(pages)
    assert all("pwned" in each for each in pages[:3])
