"""From where receipts come: a cookie that we signed, an app's own word, an address; kept as keyed hashes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
from sqlalchemy import select

from api.devices import DEVICE_COOKIE
from receipts.database.repositories.traces import Traces
from receipts.database.tables import ReceiptRow, TraceRow
from receipts.traces import TraceKind

from .conftest import csrf_of

if TYPE_CHECKING:
    from .conftest import World

ELSEWHERE = "8.8.4.4"
"""A public address, as a proxy on this machine names it."""


def traces(world: World, receipt_id: str) -> dict[TraceKind, str]:
    with world.wiring.database.read() as session:
        row = session.scalars(select(ReceiptRow).where(ReceiptRow.id == receipt_id)).one()
        found = Traces(session, row.program_id).of(row.number)  # type: ignore[arg-type]
    return {trace.kind: trace.key for trace in found}


def sent(answer: httpx.Response) -> str:
    assert answer.status_code == 202, answer.text
    receipt_id: str = answer.json()["receipts"][0]["id"]
    return receipt_id


def from_page(world: World, http: httpx.Client) -> str:
    token = csrf_of(http.get("/").text)
    files = [("files", ("a.pdf", world.receipt_pdf()))]
    return sent(http.post("/v1/submissions", files=files, headers={"X-CSRF-Token": token}))


def test_two_uploads_from_one_browser_have_one_device(world: World) -> None:
    with world.browser(world.tom) as http:
        cookie = next(
            line for line in http.get("/").headers.get_list("set-cookie") if line.startswith(DEVICE_COOKIE)
        )
        assert "httponly" in cookie.lower()
        assert "samesite=lax" in cookie.lower()
        first, second = traces(world, from_page(world, http)), traces(world, from_page(world, http))
    assert first.keys() == {TraceKind.DEVICE}, "an address of this machine is nobody's"
    assert first == second
    with world.browser(world.tom) as another:
        assert traces(world, from_page(world, another))[TraceKind.DEVICE] != first[TraceKind.DEVICE]


def test_the_form_without_a_script_says_its_device_too(world: World) -> None:
    with world.browser(world.tom) as http:
        by_script = traces(world, from_page(world, http))
        answer = http.post(
            "/send",
            data={"csrf_token": csrf_of(http.get("/").text)},
            files=[("files", ("a.pdf", world.receipt_pdf()))],
        )
        assert answer.status_code == 303
        page = http.get(answer.headers["location"], follow_redirects=True)
    found = re.search(r"rcp_[0-9a-f]+", str(page.url))
    assert found is not None
    assert traces(world, found.group()) == by_script


def test_a_made_up_cookie_is_no_device(world: World) -> None:
    with world.browser(world.tom) as http:
        token = csrf_of(http.get("/").text)
        name, value = DEVICE_COOKIE, http.cookies[DEVICE_COOKIE]
        del http.cookies[name]
        http.cookies.set(name, ("0" if value[0] == "1" else "1") + value[1:])
        files = [("files", ("a.pdf", world.receipt_pdf()))]
        answer = http.post("/v1/submissions", files=files, headers={"X-CSRF-Token": token})
    assert traces(world, sent(answer)) == {}


def test_an_app_names_its_device_and_only_a_hash_of_it_is_kept(world: World) -> None:
    headers = {"Device-Id": "toms-telephone", "X-Forwarded-For": ELSEWHERE}
    found = traces(world, sent(world.tom.send(world.receipt_pdf(), **headers)))
    assert found.keys() == {TraceKind.DEVICE, TraceKind.ADDRESS, TraceKind.NETWORK}
    assert all(re.fullmatch("[0-9a-f]{32}", key) for key in found.values())
    with world.wiring.database.read() as session:
        kept = repr([vars(row) for row in session.scalars(select(TraceRow))])
    assert "toms-telephone" not in kept
    assert ELSEWHERE not in kept
    again = traces(world, sent(world.maya.send(world.receipt_pdf(), **headers)))
    assert again == found
    neighbour = {"X-Forwarded-For": "8.8.4.77"}
    near = traces(world, sent(world.tom.send(world.receipt_pdf(), **neighbour)))
    assert near[TraceKind.NETWORK] == found[TraceKind.NETWORK]
    assert near[TraceKind.ADDRESS] != found[TraceKind.ADDRESS]


def test_programs_share_no_hash(world: World) -> None:
    headers = {"Device-Id": "one-telephone"}
    here = traces(world, sent(world.tom.send(world.receipt_pdf(), **headers)))
    there = traces(world, sent(world.olga.send(world.receipt_pdf(), **headers)))
    assert here[TraceKind.DEVICE] != there[TraceKind.DEVICE]


def test_the_address_of_a_programs_server_is_no_members(world: World) -> None:
    answer = world.serv.http.post(
        "/v1/submissions",
        data={"member_id": world.olga.member_id},
        files=[("files", ("a.pdf", world.receipt_pdf()))],
        headers={"Device-Id": "olgas", "X-Forwarded-For": ELSEWHERE},
    )
    assert traces(world, sent(answer)).keys() == {TraceKind.DEVICE}


def test_a_device_id_that_is_too_long_is_refused_in_words(world: World) -> None:
    answer = world.tom.send(world.receipt_pdf(), **{"Device-Id": "x" * 201})
    assert answer.status_code == 422
    assert answer.json()["code"] == "device_id_too_long"
