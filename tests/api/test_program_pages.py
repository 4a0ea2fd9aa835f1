"""The program manager's pages: what they show is what their files hold, and what they change is changed."""

from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet
from sqlalchemy import update

from api.pages import charts
from pipeline.accounts import add_account
from pipeline.facts import catch_up
from pipeline.people import staff_of
from pipeline.sample import SAMPLE_PROGRAM
from pipeline.tables import Column, Table, Unit, csv_lines, inert, parquet_bytes
from receipts.database.tables import LineFactRow, ReceiptFactRow
from receipts.identity import Role

from .conftest import OTHER_PROGRAM, Person, csrf_of

if TYPE_CHECKING:
    from .conftest import World

HOSTILE = "=HYPERLINK(1) <script>x</script>"


class _Numbers(HTMLParser):
    """Every exact value of a page: figures by name, tables row by row."""

    def __init__(self) -> None:
        super().__init__()
        self.figures: dict[str, str] = {}
        self.tables: dict[str, list[list[str]]] = {}
        self._rows: list[list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "table" and said.get("data-table"):
            self._rows = self.tables.setdefault(str(said["data-table"]), [])
        elif tag == "tr" and self._rows is not None:
            self._rows.append([])
        elif tag == "data" and said.get("data-figure"):
            self.figures[str(said["data-figure"])] = str(said["value"])
        elif tag == "data" and self._rows is not None:
            self._rows[-1].append(said.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self._rows = None


def _page(http: httpx.Client, query: str = "") -> _Numbers:
    answer = http.get(f"/program/dashboard?{query}")
    assert answer.status_code == 200, answer.text
    numbers = _Numbers()
    numbers.feed(answer.text)
    return numbers


def _csv(http: httpx.Client, name: str, query: str = "") -> list[dict[str, str]]:
    answer = http.get(f"/program/dashboard/file?table={name}&{query}")
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


@pytest.mark.parametrize("query", ["", "product=KTW-MTM-26Z", "first=2020-01-01&last=2020-01-02"])
def test_each_number_on_the_dashboard_equals_the_one_in_its_files(
    world: World, awarded: str, held: tuple[str, str], query: str
) -> None:
    with world.browser(world.ada) as http:
        shown = _page(http, query)
        figures = {row["figure"]: row["value"] for row in _csv(http, "figures", query)}
        assert shown.figures == figures
        assert int(figures["receipts"]) == len(_csv(http, "purchases", query))
        for name, rows in shown.tables.items():
            filed = [list(row.values()) for row in _csv(http, name, query)]
            assert rows[1:] == filed[: len(rows) - 1], name
            raw = http.get(f"/program/dashboard/file?table={name}&form=parquet&{query}").content
            columns = parquet.read_table(io.BytesIO(raw)).num_rows
            assert columns == len(filed)
    if not query:
        assert int(figures["accepted"]) >= 1, awarded
        assert "channels" in shown.tables, held


def test_another_program_counts_only_its_own(world: World, awarded: str) -> None:
    with world.browser(world.abel) as http:
        rows = _csv(http, "purchases")
        assert awarded not in {row["receipt"] for row in rows}
        assert int(_page(http).figures["receipts"]) == len(rows)


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=12))
def test_no_text_of_a_file_begins_like_a_formula(text: str) -> None:
    written = inert(text)
    assert written.endswith(text)
    assert not written.lstrip(" \u00a0").startswith(
        ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
    )
    table = Table("t", "T", (Column("a", "A", Unit.TEXT),), ((text.replace("\x00", ""),),))
    ((_, back),) = [tuple(csv.reader(io.StringIO("".join(csv_lines(table.columns, table.rows)), newline="")))]
    assert back == [inert(text.replace("\x00", ""))]


def test_parquet_keeps_texts_as_they_are() -> None:
    table = Table("t", "T", (Column("a", "A", Unit.TEXT), Column("n", "N", Unit.COUNT)), (("=1", -5),))
    assert parquet.read_table(io.BytesIO(parquet_bytes(table))).to_pylist() == [{"a": "=1", "n": -5}]


def test_a_chart_is_no_way_in(world: World) -> None:
    drawn = charts.bars([("<script>alert(1)</script>", 3), ("a\x07b", 1)])
    assert "<script" not in drawn
    assert "style" not in drawn
    with world.browser(world.ada) as http:
        policy = http.get("/program/dashboard").headers["Content-Security-Policy"]
    assert "unsafe-inline" not in policy


def test_a_hostile_line_is_inert_on_the_page_and_in_the_file(world: World) -> None:
    receipt_id = world.settled(world.tom)
    catch_up(world.wiring, SAMPLE_PROGRAM.id, most_s=30)
    with world.wiring.database.write() as session:
        mine = update(LineFactRow).where(LineFactRow.receipt_id == receipt_id, LineFactRow.sku.is_(None))
        said = {"description": HOSTILE, "print_key": HOSTILE, "near_sku": "KTW-MTM-26Z", "near_ppm": 900_000}
        session.execute(mine.values(**said))
    with world.browser(world.ada) as http:
        for path in ("/program/dashboard", "/program/catalog"):
            shown = http.get(path).text
            assert "HYPERLINK" in shown
            assert "<script>x" not in shown
        for name in ("/program/dashboard/file?table=companions", "/program/catalog/probably-own"):
            rows = list(csv.reader(io.StringIO(http.get(name).text, newline="")))
            cells = [cell for row in rows for cell in row]
            assert f"'{HOSTILE}" in cells
            assert HOSTILE not in cells


def _post(http: httpx.Client, path: str, at: str = "", **fields: Any) -> httpx.Response:
    token = csrf_of(http.get(at or path).text)
    return http.post(path, data={"csrf_token": token, **fields})


def test_a_catalog_file_is_tried_and_changes_nothing(world: World) -> None:
    with world.browser(world.ada) as http:
        before = http.get("/v1/catalog").json()
        token = csrf_of(http.get("/program/catalog").text)
        rows = b"sku,name,gtin\nA,Chips,123\nB,Crisps,\n"
        answer = http.post(
            "/program/catalog",
            data={"csrf_token": token, "what": "try"},
            files={"file": ("new.csv", rows, "text/csv")},
        )
        assert answer.status_code == 200
        assert "The import would refuse this file" in answer.text
        assert "1 barcode numbers are wrong" in answer.text
        refused = http.post(
            "/program/catalog",
            data={"csrf_token": token, "what": "import"},
            files={"file": ("new.csv", rows, "text/csv")},
        )
        assert refused.status_code == 422
        assert http.get("/v1/catalog").json() == before


@pytest.mark.usefixtures("catalog_back")
def test_a_product_is_changed_by_a_new_catalog_unless_another_came_between(world: World) -> None:
    at = "/program/catalog/product?sku=KTW-MTM-26Z"
    with world.browser(world.abel) as http:
        before = http.get("/v1/catalog").json()
        number = http.get(at).text.split('name="catalog" value="')[1].split('"')[0]
        fields = {"sku": "KTW-MTM-26Z", "catalog": number, "name": "Chips", "aliases": "KTW MTN\r\nKTLWCK"}
        wrong = _post(http, "/program/catalog/product", at, **{**fields, "gtin": "123"})
        assert wrong.status_code == 422
        done = _post(http, "/program/catalog/product", at, **fields)
        assert done.status_code == 303, done.text
        after = http.get("/v1/catalog").json()
        assert after["version"] != before["version"]
        assert after["products"] == before["products"]
        assert "KTLWCK" in http.get(at).text
        late = _post(http, "/program/catalog/product", at, **{**fields, "name": "Late"})
        assert "Another catalog has come into force" in late.text


def test_a_campaign_is_tried_put_in_force_and_paused(world: World) -> None:
    edit = "/program/campaigns/edit"
    document = {
        "id": "by-page",
        "version": 1,
        "name": "5 points by page",
        "starts_on": "2020-01-01",
        "ends_on": "2099-12-31",
        "rules": [
            {
                "kind": "product_bonus",
                "id": "page",
                "points": 5,
                "products": {"skus": [], "brands": [], "categories": ["Nothing of this name"]},
            }
        ],
    }
    with world.browser(world.abel) as http:
        broken = _post(http, edit, document='{\n"id": "x",,\n}', what="activate")
        assert (broken.status_code, "Line 2, character" in broken.text) == (422, True)
        faulty = _post(http, edit, document=json.dumps({**document, "rules": []}), what="activate")
        assert (faulty.status_code, "rules" in faulty.text) == (422, True)
        tried = _post(http, edit, document=json.dumps(document), what="try")
        assert "What it would have paid" in tried.text
        assert "by-page" not in http.get("/program/campaigns").text
        assert _post(http, edit, document=json.dumps(document), what="activate").status_code == 303
        assert "5 points by page" in http.get("/program/campaigns").text
        assert _post(http, "/program/campaigns", campaign="by-page").status_code == 303


@pytest.mark.parametrize("document", ["[" * 100_000, '{"version": ' + "9" * 5000 + "}"])
def test_what_no_reader_of_json_can_take_is_told(world: World, document: str) -> None:
    with world.browser(world.ada) as browser:
        token = csrf_of(browser.get("/program/campaigns/edit").text)
        form = {"document": document, "csrf_token": token}
        answer = browser.post("/program/campaigns/edit", data=form)
    assert (answer.status_code, "Write it plainly" in answer.text) == (422, True)


def test_staff_are_invited_given_a_role_and_shut_out_at_once(world: World) -> None:
    with world.client() as bare, world.browser(world.abel) as http:
        made = _post(http, "/program/people", email="New@other.example", name="New <b>", role="reviewer")
        password = made.text.split('<code class="once">')[1].split("<")[0]
        assert "<b>" not in made.text.split("<main")[1].split("Invite</h2>")[0]
        asked = {"email": "new@other.example", "password": password}
        token = bare.post("/v1/tokens", json=asked).json()
        caller = {"Authorization": f"Bearer {token['access_token']}"}
        assert bare.get("/v1/review-cases", headers=caller).status_code == 200
        staff = staff_of(world.wiring, OTHER_PROGRAM.id)
        person = next(each.account.id for each in staff if each.account.email == "new@other.example")
        taken = _post(http, "/program/people", email="new@other.example", name="New", role="reviewer")
        assert taken.status_code == 422
        assert _post(http, f"/program/people/{person}", "/program/people", what="disable").status_code == 303
        assert bare.get("/v1/review-cases", headers=caller).status_code == 401
        assert bare.post("/v1/tokens", json=asked).status_code == 401
        own = world.abel.account.id
        mine = _post(http, f"/program/people/{own}", "/program/people", what="disable")
        assert "ask another admin" in mine.text
        theirs = _post(http, f"/program/people/{world.ada.account.id}", "/program/people", what="disable")
        assert theirs.status_code == 404


def test_retailers_are_listed_with_what_the_directory_knows(world: World) -> None:
    receipt_id = world.settled(world.tom)
    with world.browser(world.ada) as http:
        shown = http.get("/program/retailers").text
        assert "Larderline" in shown
        with world.wiring.database.write() as session:
            mine = update(ReceiptFactRow).where(ReceiptFactRow.receipt_id == receipt_id)
            session.execute(mine.values(retailer="Walmart", retailer_key="walmart"))
        known = http.get("/program/retailers?search=wal").text
        assert "How Walmart is told" in known
        assert "walmart.com" in known
        assert "How Walmart" not in http.get("/program/retailers?unknown=true").text
        with world.wiring.database.write() as session:
            session.execute(mine.values(retailer=HOSTILE, retailer_key="x"))
        shown = http.get("/program/retailers?unknown=true").text
        assert "HYPERLINK" in shown
        assert "<script>x" not in shown
    with world.browser(world.ruth) as http:
        assert http.get("/program/retailers").status_code == 403


def test_how_reviewers_decide_is_changed_by_a_form(world: World) -> None:
    at = "/program/review-terms"
    with world.browser(world.abel) as http:
        assert "One reviewer is enough" in http.get(at).text
        for wrong in ({"undo_s": "999"}, {"undo_s": "ten"}, {"undo_s": "5", "second_above": "-1"}):
            answer = _post(http, at, **wrong)
            assert (answer.status_code, "Nothing was changed" in answer.text) == (422, True)
        assert _post(http, at, undo_s="5", second_above="250").status_code == 303
        shown = http.get(at).text
        assert "more than 250 points is a proposal" in shown
        assert 'value="5"' in shown
        assert http.get("/v1/review-terms").json() == {"undo_s": 5, "second_above": 250}
        assert _post(http, at, undo_s="60", second_above="").status_code == 303
        assert http.get("/v1/review-terms").json() == {"undo_s": 60, "second_above": None}


def test_signing_out_everywhere_ends_other_browsers(world: World) -> None:
    email, password = "desk@other.example", "a password for the desk"
    account = add_account(
        world.wiring,
        program_id=OTHER_PROGRAM.id,
        role=Role.REVIEWER,
        email=email,
        name="Desk",
        password=password,
    )
    with world.client() as client, world.browser(Person(account, password, client)) as old:
        assert old.get("/review").status_code == 200
        with world.browser(world.abel) as http:
            path = f"/program/people/{account.id}"
            assert _post(http, path, "/program/people", what="sign-out").status_code == 303
        assert old.get("/review").status_code == 303


def test_a_gift_above_the_limit_waits_for_a_second_person(world: World) -> None:
    member = world.olga.member_id
    with world.browser(world.abel) as http:
        page = http.get("/program/points").text
        reference = page.split('name="reference" value="')[1].split('"')[0]
        asked = {"member": member, "points": "9000", "reason": "broken jar", "reference": reference}
        assert _post(http, "/program/points", **asked).status_code == 303
        page = http.get("/program/points").text
        assert "Another person has to agree." in page
        assert _post(http, "/program/points", **{**asked, "points": "-1"}).status_code == 422
        assert _post(http, "/program/points", **{**asked, "member": world.maya.member_id}).status_code == 422


def test_a_policy_is_tried_kept_put_in_force_and_taken_back(world: World, held: tuple[str, str]) -> None:
    assert held
    path = "/program/policies"
    with world.browser(world.ada) as http:
        rates = world.ada.http.get("/v1/fraud-policies/rates").json()
        assert f"Blind reviews ({rates['waiting']} wait)" in http.get(path).text
        known = world.ada.http.get("/v1/fraud-policies").json()["items"]
        newest = max(each["version"] for each in known)
        document = json.dumps(
            {
                "version": newest + 1,
                "note": f"Nothing holds {HOSTILE}",
                "checks": {"purchase_date": {"strong": {"weight": 0.0, "does": "note"}}},
            }
        )
        tried = _post(http, path, path, document=document, what="shadow")
        assert tried.status_code == 200, tried.text
        assert "What it would have made of past receipts" in tried.text
        broken = _post(http, path, path, document="{", what="keep")
        assert broken.status_code == 422
        assert "Nothing was changed." in broken.text
        assert world.ada.http.get("/v1/fraud-policies").json()["items"] == known
        kept = _post(http, path, path, document=document, what="keep")
        assert kept.status_code == 303
        shown = http.get(kept.headers["location"]).text
        assert HOSTILE not in shown
        for role, version, judges in (
            ("try", newest + 1, False),
            ("use", newest + 1, True),
            ("use", 1, False),
        ):
            assert _post(http, f"{path}/role", path, version=str(version), role=role).status_code == 303
            found = world.ada.http.get(f"/v1/fraud-policies/{newest + 1}").json()
            assert (found["in_force"], found["tried"]) == (judges, role == "try"), role
        assert "What it would have made" in http.get(f"{path}/shadow?version={newest + 1}").text
        assert http.get(f"{path}?version=99").status_code == 404
        for page in (path, "/program/campaigns/edit"):
            for link in re.findall(r'href="(/schemas/[^"]+)"', http.get(page).text):
                assert http.get(link).json()["$id"].endswith(link)


def test_each_change_to_people_and_keys_stands_in_a_log(world: World) -> None:
    with world.browser(world.ada) as browser:
        token = csrf_of(browser.get("/program/people").text)
        asked = {"csrf_token": token, "email": "log@example.com", "name": "<b>Log", "role": "service"}
        assert browser.post("/program/people", data=asked).status_code == 200
        people = staff_of(world.wiring, SAMPLE_PROGRAM.id)
        account_id = next(each.account.id for each in people if each.account.email == "log@example.com")
        for what in ("sign-out", "disable", "enable", "role"):
            data = {"csrf_token": token, "what": what, "role": "reviewer"}
            assert browser.post(f"/program/people/{account_id}", data=data).status_code == 303
        mine = next(each.account.id for each in people if each.account.email == world.ada.account.email)
        made = browser.post(
            "/program/keys", data={"csrf_token": token, "name": "log=1", "account": mine, "days": "30"}
        ).text
        (key_id,) = re.findall(r"/program/keys/(\w+)/revoke[^>]*>(?:(?!/revoke).)*?Take back log=1", made)
        browser.post(f"/program/keys/{key_id}/revoke", data={"csrf_token": token})
        log = browser.get("/program/people/log").text
    rows = [re.sub(r"<[^>]+>|\s+", " ", each) for each in log.split("<tr>")[2:9]]
    for row, said in zip(
        rows,
        (
            "took a key back: “log=1”",
            "made a key: “log=1”",
            "changed the role: service → reviewer",
            "enabled the account",
            "disabled the account",
            "signed out everywhere",
            "invited: service",
        ),
        strict=True,
    ):
        assert said in row
        assert world.ada.account.name in row
    assert "<b>Log" not in log
    with world.browser(world.ruth) as browser:
        assert browser.get("/program/people/log").status_code == 403
