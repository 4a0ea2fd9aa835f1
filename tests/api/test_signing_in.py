"""Tokens, sessions, CSRF and the slowing down of guesses."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import jwt
import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from api.throttle import (
    FIRST_WAIT_S,
    FORGET_AFTER_S,
    FREE_FAILURES,
    LONGEST_WAIT_S,
    Guessed,
    Throttle,
)
from pipeline.accounts import _NOBODY
from receipts.database.tables import FailedTryRow

from .conftest import csrf_of

if TYPE_CHECKING:
    from .conftest import Person, World


@pytest.fixture
def browser(world: World) -> Iterator[httpx.Client]:
    with world.client(headers={"Accept": "text/html"}) as http:
        yield http


def _sign_in(browser: httpx.Client, person: Person, *, next_page: str = "/") -> httpx.Response:
    form = browser.get("/sign-in")
    return browser.post(
        "/sign-in",
        data={
            "email": person.account.email,
            "password": person.password,
            "csrf_token": csrf_of(form.text),
            "next": next_page,
        },
    )


class TestTokens:
    def test_a_wrong_password_and_an_unknown_address_are_told_alike(self, world: World) -> None:
        with world.client() as http:
            answers = [
                http.post("/v1/tokens", json={"email": email, "password": "wrong"})
                for email in (world.abel.account.email, "nobody@example.com")
            ]
        assert [each.status_code for each in answers] == [401, 401]
        assert answers[0].json()["detail"] == answers[1].json()["detail"]

    def test_the_hash_checked_for_an_unknown_address_costs_what_a_new_password_does(self) -> None:
        """Or the time taken would tell which addresses have an account."""
        assert not PasswordHasher().check_needs_rehash(_NOBODY)

    def test_a_body_that_is_wrong_is_explained_without_repeating_the_password(self, world: World) -> None:
        with world.client() as http:
            answer = http.post("/v1/tokens", json={"password": ["a secret"]})
        assert answer.status_code == 422
        assert {each["location"] for each in answer.json()["errors"]} == {"body.email", "body.password"}
        assert "a secret" not in answer.text

    @pytest.mark.parametrize(
        "change",
        [
            {"exp": 1},
            {"aud": "another service"},
            {"iss": "https://elsewhere.example"},
            {"role": "admin"},
            {"program": "other"},
            {"member": "mem_of_somebody_else"},
            {"sub": "acc_that_is_gone"},
        ],
    )
    def test_a_token_that_does_not_hold_good_opens_nothing(
        self, world: World, change: dict[str, object]
    ) -> None:
        token = world.maya.http.headers["authorization"].removeprefix("Bearer ")
        claims = jwt.decode(token, options={"verify_signature": False})
        forged = jwt.encode({**claims, **change}, world.wiring.secret_key, algorithm="HS256")
        with world.client(headers={"Authorization": f"Bearer {forged}"}) as http:
            answer = http.get("/v1/submissions")
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"

    def test_another_key_or_no_signature_at_all_opens_nothing(self, world: World) -> None:
        token = world.maya.http.headers["authorization"].removeprefix("Bearer ")
        claims = jwt.decode(token, options={"verify_signature": False})
        forged = [
            jwt.encode(claims, "another secret of more than 32 characters", algorithm="HS256"),
            jwt.encode(claims, "", algorithm="none"),
        ]
        with world.client() as http:
            for each in [*forged, "nonsense", "a b"]:
                answer = http.get("/v1/submissions", headers={"Authorization": f"Bearer {each}"})
                assert answer.status_code == 401

    def test_a_bad_token_is_not_helped_by_a_good_session(self, world: World, browser: httpx.Client) -> None:
        _sign_in(browser, world.maya)
        answer = browser.get("/v1/submissions", headers={"Authorization": "Bearer nonsense"})
        assert answer.status_code == 401


class TestSessions:
    def test_signing_in_starts_a_fresh_session_and_leads_where_one_wanted_to_go(
        self, world: World, browser: httpx.Client
    ) -> None:
        asked = browser.get("/history")
        assert asked.status_code == 303
        assert asked.headers["location"] == "/sign-in?next=/history"
        before = csrf_of(browser.get(asked.headers["location"]).text)
        answer = _sign_in(browser, world.maya, next_page="/history")
        assert (answer.status_code, answer.headers["location"]) == (303, "/history")
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        page = browser.get("/history")
        assert "Your points" in page.text
        assert csrf_of(page.text) != before

    @pytest.mark.parametrize(
        "address", ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example", "\t//x"]
    )
    def test_no_link_leads_elsewhere_after_signing_in(
        self, world: World, browser: httpx.Client, address: str
    ) -> None:
        answer = _sign_in(browser, world.maya, next_page=address)
        assert answer.headers["location"] == "/"
        assert urlsplit(answer.headers["location"]).netloc == ""

    def test_signing_out_ends_it(self, world: World, browser: httpx.Client) -> None:
        _sign_in(browser, world.maya)
        token = csrf_of(browser.get("/").text)
        assert browser.post("/sign-out", data={"csrf_token": token}).status_code == 303
        assert browser.get("/").headers["location"].startswith("/sign-in")

    def test_a_changed_cookie_is_no_session(self, world: World, browser: httpx.Client) -> None:
        _sign_in(browser, world.maya)
        name, value = next(iter(browser.cookies.items()))
        changed = ("A" if value[0] != "A" else "B") + value[1:]
        with world.client(headers={"Accept": "text/html"}, cookies={name: changed}) as http:
            assert http.get("/").status_code == 303

    def test_a_service_account_has_no_pages(self, world: World, browser: httpx.Client) -> None:
        answer = _sign_in(browser, world.core)
        assert answer.status_code == 403
        assert "token" in answer.text

    def test_the_wrong_password_leaves_the_address_in_the_form_and_the_password_out(
        self, world: World, browser: httpx.Client
    ) -> None:
        token = csrf_of(browser.get("/sign-in").text)
        data = {"email": "<b>@example.com", "password": "my secret", "csrf_token": token}
        answer = browser.post("/sign-in", data=data)
        assert answer.status_code == 401
        assert "&lt;b&gt;@example.com" in answer.text
        assert "my secret" not in answer.text


class TestCsrf:
    def test_every_form_of_the_pages_refuses_a_post_without_its_token(
        self, world: World, browser: httpx.Client, held: tuple[str, str]
    ) -> None:
        _sign_in(browser, world.ruth)
        for token in ({}, {"csrf_token": "guessed"}):
            decided = browser.post(f"/review/{held[1]}", data={**token, "decision": "approve"})
            out = browser.post("/sign-out", data=token)
            assert (decided.status_code, out.status_code) == (403, 403)
        assert world.ruth.http.get(f"/v1/review-cases/{held[1]}").json()["status"] == "open"

    def test_sending_through_the_page_needs_it_too(self, world: World, browser: httpx.Client) -> None:
        _sign_in(browser, world.tom)
        newest = world.tom.http.get("/v1/submissions", params={"limit": 1}).json()["items"]
        files = [("files", ("r.pdf", world.receipt_pdf()))]
        assert browser.post("/send", files=files).status_code == 403
        assert browser.post("/v1/submissions", files=files).status_code == 403
        assert browser.post("/v1/submissions", files=files, headers={"X-CSRF-Token": "x"}).status_code == 403
        assert world.tom.http.get("/v1/submissions", params={"limit": 1}).json()["items"] == newest

    def test_another_sessions_token_is_not_good(self, world: World, browser: httpx.Client) -> None:
        with world.client(headers={"Accept": "text/html"}) as other:
            foreign = csrf_of(other.get("/sign-in").text)
        browser.get("/sign-in")
        data = {"email": "a@b.c", "password": "x", "csrf_token": foreign}
        assert browser.post("/sign-in", data=data).status_code == 403

    def test_with_it_the_form_without_a_script_sends_once_for_two_presses(
        self, world: World, browser: httpx.Client
    ) -> None:
        _sign_in(browser, world.tom)
        home = browser.get("/").text
        key = re.search(r'name="idempotency_key" value="([^"]+)"', home)
        assert key is not None
        data = {"csrf_token": csrf_of(home), "idempotency_key": key.group(1)}
        files = [("files", ("r.pdf", world.receipt_pdf()))]
        first, second = (browser.post("/send", data=data, files=files) for _ in range(2))
        assert first.status_code == second.status_code == 303
        assert first.headers["location"] == second.headers["location"]
        other = browser.post("/send", data=data, files=[("files", ("r.pdf", world.receipt_pdf()))])
        assert other.status_code == 303
        assert other.headers["location"] != first.headers["location"]
        # Refused at the door: the same way, to a page that says why.
        refused = browser.post("/send", data=data, files=[("files", ("a.jpg", b"text"))])
        page = browser.get(browser.get(refused.headers["location"]).headers["location"])
        assert "We could not use" in page.text


class TestThrottle:
    def test_the_sixth_guess_must_wait_and_is_told_how_long(self, world: World) -> None:
        asked = {"email": "guessed@example.com", "password": "wrong"}
        with world.client() as http:
            statuses = [http.post("/v1/tokens", json=asked).status_code for _ in range(FREE_FAILURES)]
            answer = http.post("/v1/tokens", json={**asked, "email": "Guessed@Example.com "})
        assert statuses == [401] * FREE_FAILURES
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_attempts")
        assert 0 < int(answer.headers["retry-after"]) <= FIRST_WAIT_S

    def throttle(self, world: World, clock: Callable[[], dt.datetime]) -> Throttle:
        return Throttle(world.wiring.database, world.wiring.secret_key, Guessed.SIGN_IN, clock)

    def test_waits_grow_to_a_bound_and_are_forgotten(self, world: World) -> None:
        now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
        throttle = self.throttle(world, lambda: now)
        waits = []
        for _ in range(FREE_FAILURES + 8):
            throttle.failed("a@b.c")
            waits.append(throttle.wait_s("a@b.c"))
        assert waits[: FREE_FAILURES - 1] == [0] * (FREE_FAILURES - 1)
        assert waits[FREE_FAILURES - 1 : FREE_FAILURES + 2] == [
            FIRST_WAIT_S,
            2 * FIRST_WAIT_S,
            4 * FIRST_WAIT_S,
        ]
        assert waits[-1] == LONGEST_WAIT_S
        assert throttle.wait_s("other@b.c") == 0
        now += dt.timedelta(seconds=FORGET_AFTER_S + 1)
        throttle.failed("a@b.c")
        assert throttle.wait_s("a@b.c") == 0

    def test_a_right_password_forgets_the_wrong_ones(self, world: World) -> None:
        throttle = self.throttle(world, lambda: dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
        for _ in range(FREE_FAILURES):
            throttle.failed("a@b.c")
        throttle.succeeded("a@b.c")
        assert throttle.wait_s("a@b.c") == 0

    def test_what_is_counted_holds_for_every_process_and_names_nobody(self, world: World) -> None:
        now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
        for _ in range(FREE_FAILURES):
            self.throttle(world, lambda: now).failed(" Somebody@b.c")
        assert self.throttle(world, lambda: now).wait_s("somebody@b.c") == FIRST_WAIT_S
        with world.wiring.database.read() as session:
            keys = session.scalars(select(FailedTryRow.key)).all()
        assert not [key for key in keys if "somebody" in key]
