"""Who asks too often is told when to come again: by address, member and program, on pages and the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from api.app import create_app
from api.errors import ApiError
from api.rates import RateLimits, Rates
from receipts.identity import Role

from .conftest import _free_port, serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import World

PUBLIC = "8.8.4.4"


def _taken(ask: Callable[[], None], times: int) -> int:
    taken = 0
    for _ in range(times):
        try:
            ask()
        except ApiError:
            continue
        taken += 1
    return taken


def test_a_minute_is_a_minute_wherever_it_begins() -> None:
    now = 30.0
    rates = Rates(RateLimits(address=100, member=0, program=0), lambda: now)

    def ask() -> None:
        rates.of_address(PUBLIC)

    assert _taken(ask, 150) == 100
    now = 61.0  # a new minute of the clock, and hardly any time
    assert _taken(ask, 150) < 5
    now = 90.0
    assert 45 <= _taken(ask, 150) <= 50
    now = 400.0
    assert _taken(ask, 150) == 100


@pytest.mark.parametrize("at", [0.0, 1.5, 30.0, 59.9, 61.0, 75.0, 119.0])
def test_whoever_waits_as_told_is_taken(at: float) -> None:
    now = 0.0
    rates = Rates(RateLimits(address=60, member=0, program=0), lambda: now)
    assert _taken(lambda: rates.of_address(PUBLIC), 60) == 60
    now = at
    _taken(lambda: rates.of_address(PUBLIC), 60)
    with pytest.raises(ApiError) as told:
        rates.of_address(PUBLIC)
    assert told.value.headers is not None
    wait_s = int(told.value.headers["Retry-After"])
    assert 1 <= wait_s <= 120
    now = at + wait_s
    rates.of_address(PUBLIC)


def test_addresses_of_one_customer_are_one_and_private_ones_none() -> None:
    rates = Rates(RateLimits(address=2, member=0, program=0), lambda: 0.0)
    numbers = iter(range(1, 100))
    assert _taken(lambda: rates.of_address(f"2a01:4f8:1:2::{next(numbers):x}"), 10) == 2
    assert _taken(lambda: rates.of_address("::ffff:8.8.4.4"), 10) == 2
    assert _taken(lambda: rates.of_address(PUBLIC), 10) == 0
    for address in ("127.0.0.1", "10.1.2.3", "::1", "fd00::1", "testclient", ""):
        assert _taken(lambda address=address: rates.of_address(address), 10) == 10  # type: ignore[misc]


def _limited(world: World, ask: Callable[[httpx.Client], Any], *, client: Any = None, **limits: int) -> Any:
    app = create_app(world.wiring)
    # All within one minute, however long a busy machine takes.
    app.state.rates = Rates(RateLimits(**({"address": 0, "member": 0, "program": 0} | limits)), lambda: 30.0)
    port = _free_port()

    async def from_outside(scope: Any, receive: Any, send: Any) -> None:
        if client is not None and scope["type"] == "http":
            scope = {**scope, "client": (client, 1)}
        await app(scope, receive, send)

    with serving(from_outside, port), httpx.Client(base_url=f"http://127.0.0.1:{port}") as http:  # type: ignore[arg-type]
        return ask(http)


def _slowed(http: httpx.Client, times: int, *people: Any) -> list[bool]:
    return [
        http.get("/v1/submissions", headers=person.http.headers).status_code == 429
        for person in people
        for _ in range(times)
    ]


def test_a_member_is_slowed_and_another_and_the_staff_are_not(world: World) -> None:
    found = _limited(world, lambda http: _slowed(http, 4, world.maya, world.tom, world.core), member=3)
    assert found == [*[False] * 3, True, *[False] * 3, True, *[False] * 4]


def test_a_program_is_slowed_and_another_is_not(world: World) -> None:
    assert world.core.account.role is Role.SERVICE
    found = _limited(world, lambda http: _slowed(http, 3, world.maya, world.core, world.serv), program=4)
    assert found == [*[False] * 4, True, True, *[False] * 3]


def test_an_address_is_slowed_before_it_has_signed_in_and_in_the_words_of_each(world: World) -> None:
    def ask(http: httpx.Client) -> list[httpx.Response]:
        asked = [http.get("/v1/submissions"), http.get("/sign-in"), http.get("/v1/submissions")]
        return [*asked, http.get("/sign-in", headers={"Accept": "text/html"}), http.get("/healthz")]

    unknown, page, problem, refused_page, health = _limited(world, ask, client=PUBLIC, address=2)
    assert (unknown.status_code, page.status_code, health.status_code) == (401, 200, 200)
    assert (problem.status_code, problem.json()["code"]) == (429, "too_many_requests")
    assert problem.headers["content-type"] == "application/problem+json"
    assert 1 <= int(problem.headers["Retry-After"]) <= 120
    assert (refused_page.status_code, "more requests" in refused_page.text) == (429, True)
