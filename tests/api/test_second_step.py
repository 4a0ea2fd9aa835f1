"""Signing in by two steps: enrolled, asked for at every door, good once, slowed down, recovered."""

from __future__ import annotations

import base64
import datetime as dt
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

import httpx
import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import select

from pipeline import second_step
from pipeline.accounts import add_account
from pipeline.clock import utc_now
from pipeline.second_step import check_code, forget_by_email
from receipts.database.tables import RecoveryCodeRow, SecondStepRow
from receipts.identity import Role
from receipts.program import Account

from .conftest import OTHER_PROGRAM, Person, csrf_of

if TYPE_CHECKING:
    from .conftest import World

AT = "/second-step"
PASSWORD = "a word of some length"


class App:
    """An authenticator app, and the time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = utc_now()
        self.secret = b""
        monkeypatch.setattr(second_step, "utc_now", lambda: self.now)

    def catch_up(self) -> None:
        """A session of now is then over at the next sign-out: the time that stood still is past it."""
        self.now = utc_now()

    def later(self, seconds: int = 60) -> None:
        self.now += dt.timedelta(seconds=seconds)

    def code(self, seconds: int = 0) -> str:
        totp = TOTP(self.secret, 6, SHA1(), 30)  # noqa: S303  (as every app)
        return totp.generate(self.now.timestamp() + seconds).decode()


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> App:
    return App(monkeypatch)


@pytest.fixture
def staff(world: World, request: pytest.FixtureRequest) -> Iterator[Person]:
    name = re.sub(r"\W", "", request.node.name)[-40:]
    account = add_account(
        world.wiring,
        program_id=OTHER_PROGRAM.id,
        role=Role.ADMIN,
        email=f"{name}@other.example",
        name="Two <b>",
        password=PASSWORD,
    )
    with world.client() as http:
        yield Person(account, PASSWORD, http)
    forget_by_email(world.wiring, account.email)


def _post(http: httpx.Client, path: str, **fields: str) -> httpx.Response:
    return http.post(path, data={"csrf_token": csrf_of(http.get(path).text), **fields})


def _enrol(http: httpx.Client, app: App) -> list[str]:
    """Set up by the pages of a signed-in person; the recovery codes."""
    assert _post(http, AT, what="begin", password=PASSWORD).status_code == 303
    shown = http.get(AT).text
    assert "<svg" in shown
    found = re.search(r'<code class="once">([A-Z2-7 ]{39})</code>', shown)
    assert found is not None
    app.secret = base64.b32decode(found[1].replace(" ", ""))
    assert _post(http, AT, what="confirm", code="000000").status_code == 422
    done = _post(http, AT, what="confirm", code=app.code())
    codes = re.findall(r"<li>((?:[a-z2-7]{4}-){3}[a-z2-7]{4})</li>", done.text)
    assert len(set(codes)) == 10
    again = http.get(AT).text
    assert "<svg" not in again
    assert codes[0] not in again
    return codes


def _half(http: httpx.Client, person: Account) -> httpx.Response:
    """The first step; where it leads."""
    return _post(http, "/sign-in", email=person.email, password=PASSWORD, next="/program/keys")


def test_a_code_is_asked_for_at_every_door_and_good_once(world: World, staff: Person, app: App) -> None:
    with world.browser(staff) as http:
        assert _post(http, AT, what="begin", password="wrong").status_code == 422
        _enrol(http, app)
    asked = {"email": staff.account.email, "password": PASSWORD}
    with world.client() as bare:
        assert bare.post("/v1/tokens", json=asked).json()["code"] == "second_step_needed"
        used = bare.post("/v1/tokens", json={**asked, "code": app.code()})
        assert used.json()["code"] == "wrong_code"  # it confirmed the app before
        app.later()
        assert bare.post("/v1/tokens", json={**asked, "code": app.code()}).status_code == 200
    with world.client(headers={"Accept": "text/html"}) as http:
        assert _half(http, staff.account).headers["location"] == "/sign-in/code?next=/program/keys"
        assert http.get("/program/keys").headers["location"].startswith("/sign-in")
        assert http.get("/v1/review-cases").status_code == 401
        wrong = _post(http, "/sign-in/code", code=app.code())
        assert (wrong.status_code, "used before" in wrong.text) == (401, True)
        app.later()
        done = _post(http, "/sign-in/code", code=f" {app.code()[:3]} {app.code()[3:]} ", next="/program/keys")
        assert done.headers["location"] == "/program/keys"
        assert http.get("/program/keys").status_code == 200
        assert "two steps</span>" in http.get("/program/people").text


def test_neither_an_old_nor_a_later_code_is_taken(world: World, staff: Person, app: App) -> None:
    with world.browser(staff) as http:
        _enrol(http, app)
    app.later(600)
    mine = staff.account.id
    assert not any(check_code(world.wiring, mine, app.code(shift)) for shift in (-90, -60, 60, 90, 3600))
    assert check_code(world.wiring, mine, app.code(30))
    assert not check_code(world.wiring, mine, app.code())  # earlier than one that was taken
    app.later(61)
    start = Barrier(2)

    def send(code: str) -> bool:
        start.wait()
        return check_code(world.wiring, mine, code)

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(send, [app.code()] * 2)) == [False, True]


def test_guesses_of_codes_are_slowed_down_as_those_of_passwords(
    world: World, staff: Person, app: App
) -> None:
    with world.browser(staff) as http:
        _enrol(http, app)
    app.later()
    wrong = "000000" if app.code() != "000000" else "111111"
    asked = {"email": staff.account.email, "password": PASSWORD}
    with world.client() as bare:
        said = [bare.post("/v1/tokens", json={**asked, "code": wrong}).status_code for _ in range(6)]
        assert said == [401] * 5 + [429]
        right = bare.post("/v1/tokens", json={**asked, "code": app.code()})
        assert (right.status_code, "Retry-After" in right.headers) == (429, True)


def test_recovery_codes_are_good_once_and_until_there_are_others(
    world: World, staff: Person, app: App
) -> None:
    with world.browser(staff) as http:
        codes = _enrol(http, app)
        with world.wiring.database.read() as session:
            sealed = session.get(SecondStepRow, staff.account.id)
            kept = " ".join(session.scalars(select(RecoveryCodeRow.code_hash)))
        assert sealed is not None
        assert base64.b32encode(app.secret).decode() not in sealed.sealed_secret
        assert codes[0] not in kept
        assert codes[0].replace("-", "") not in kept
        assert check_code(world.wiring, staff.account.id, codes[0].upper().replace("-", " "))
        assert not check_code(world.wiring, staff.account.id, codes[0])
        assert "9 recovery codes are left" in http.get(AT).text
        others = _post(http, AT, what="codes", code=codes[1])
        assert codes[2] not in others.text
        assert not check_code(world.wiring, staff.account.id, codes[2])
        assert _post(http, AT, what="off", code=codes[3]).status_code == 422
        app.later()
        assert _post(http, AT, what="off", code=app.code()).status_code == 303
        assert "Your password alone signs you in" in http.get(AT).text
    with world.browser(staff):
        pass  # by the password alone


def test_a_program_asks_it_of_all_its_staff_and_of_nobody_else(world: World, staff: Person, app: App) -> None:
    people = "/program/people"
    with world.browser(staff) as http, world.browser(world.abel) as other:
        token = csrf_of(http.get(people).text)
        asking = {"csrf_token": token, "asked": "yes"}
        assert "for yourself first" in http.post("/program/second-step", data=asking).text
        _enrol(http, app)
        assert http.post("/program/second-step", data=asking).status_code == 303
        try:
            assert other.get(people).headers["location"] == AT
            assert other.get("/v1/review-cases").json()["code"] == "second_step_owed"
            assert world.abel.http.get("/v1/review-cases").status_code == 403
            assert "Set yours up to go on" in other.get(AT).text
            assert world.serv.http.get("/v1/messages").status_code == 200
            assert world.olga.http.get("/v1/submissions").status_code == 200
            assert world.ruth.http.get("/v1/review-cases").status_code == 200
            app.later()
            off = _post(http, AT, what="off", code=app.code())
            assert (off.status_code, "asks its staff" in off.text) == (422, True)
        finally:
            assert http.post("/program/second-step", data={**asking, "asked": "no"}).status_code == 303
        assert other.get(people).status_code == 200


def test_another_admin_forgets_a_second_step_and_nobody_of_another_program(
    world: World, staff: Person, app: App
) -> None:
    with world.browser(staff) as http, world.browser(world.abel) as other, world.browser(world.ada) as far:
        _enrol(http, app)
        app.catch_up()
        change = f"/program/people/{staff.account.id}"
        for browser, said in ((http, 422), (far, 404), (other, 303)):
            token = csrf_of(browser.get("/program/people").text)
            answer = browser.post(change, data={"csrf_token": token, "what": "forget-step"})
            assert answer.status_code == said
        assert http.get(AT).headers["location"].startswith("/sign-in")  # and they are signed out
    with world.browser(staff):
        pass
