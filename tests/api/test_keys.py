"""Keys to the API: shown once, good for what their account may do, over at once."""

from __future__ import annotations

import datetime as dt
import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

import httpx
import pytest
from sqlalchemy import select, update

from pipeline.accounts import add_account
from pipeline.clock import utc_now
from pipeline.people import PeopleError, change_role, disable, enable, staff_of
from receipts.database.tables import ApiKeyRow
from receipts.identity import Role

from .conftest import OTHER_PROGRAM, csrf_of

if TYPE_CHECKING:
    from .conftest import World

KEYS = "/program/keys"


def _make(http: httpx.Client, account: str, *, name: str = "Nightly <b>", days: str = "30") -> httpx.Response:
    token = csrf_of(http.get(KEYS).text)
    return http.post(KEYS, data={"csrf_token": token, "name": name, "account": account, "days": days})


def _key(http: httpx.Client, account: str) -> str:
    shown = re.search(r'<code class="once">(tpk_\w{16}_[\w-]{43})</code>', _make(http, account).text)
    assert shown is not None
    return shown[1]


def _asks(world: World, key: str, path: str = "/v1/messages") -> int:
    with world.client(headers={"Authorization": f"Bearer {key}"}) as http:
        return http.get(path).status_code


def test_a_key_is_shown_once_does_what_its_account_may_and_is_taken_back(world: World) -> None:
    with world.browser(world.abel) as http:
        key = _key(http, world.serv.account.id)
        secret = key.split("_", 2)[2]
        assert _asks(world, key) == 200
        assert _asks(world, key, "/v1/review-cases") == 403
        assert _asks(world, key[:-1] + ("A" if key[-1] != "A" else "B")) == 401
        assert _asks(world, "tpk_nothing") == 401
        listed = http.get(KEYS).text
        assert secret not in listed
        assert "Nightly &lt;b&gt;" in listed
        assert '<td class="start"><time' in listed
        with world.wiring.database.read() as session:
            row = session.scalars(select(ApiKeyRow).where(ApiKeyRow.id == key.split("_")[1])).one()
        assert secret not in str(vars(row))
        mine = f"{KEYS}/{row.id}/revoke"
        with world.browser(world.ada) as theirs:
            token = csrf_of(theirs.get(KEYS).text)
            assert theirs.post(mine, data={"csrf_token": token}).status_code == 404
        assert http.post(mine, data={}).status_code == 403
        assert http.post(mine, data={"csrf_token": csrf_of(listed)}).status_code == 303
        assert _asks(world, key) == 401
        assert http.post(mine, data={"csrf_token": csrf_of(listed)}).status_code == 404


def test_a_key_is_for_services_and_oneself_and_never_for_another_person(world: World) -> None:
    with world.browser(world.abel) as http:
        for other in (world.otto, world.olga, world.ada, world.core):
            assert _make(http, other.account.id).status_code == 422
        assert _make(http, world.serv.account.id, name=" ").status_code == 422
        assert _make(http, world.serv.account.id, days="9999").status_code == 422
        key = _key(http, world.abel.account.id)
    assert _asks(world, key, "/v1/review-cases") == 200
    with world.client(headers={"Authorization": f"Bearer {key}", "Accept": "text/html"}) as bare:
        assert bare.get(KEYS, follow_redirects=False).headers["location"].startswith("/sign-in")


def test_a_key_ends_with_its_time_and_with_its_account(world: World) -> None:
    service = _someone(world, Role.SERVICE, "machine")
    with world.browser(world.abel) as http:
        key, other = _key(http, service), _key(http, service)
        assert (_asks(world, key), _asks(world, other)) == (200, 200)
        with world.wiring.database.write() as session:
            past = utc_now() - dt.timedelta(seconds=1)
            mine = ApiKeyRow.id == key.split("_")[1]
            session.execute(update(ApiKeyRow).where(mine).values(ends_at=past))
        assert (_asks(world, key), _asks(world, other)) == (401, 200)
        disable(world.wiring, OTHER_PROGRAM.id, world.abel.account.id, service)
        assert _asks(world, other) == 401
        enable(world.wiring, OTHER_PROGRAM.id, world.abel.account.id, service)
        assert _asks(world, other) == 401
        assert http.get(KEYS).text.count(">over</span>") >= 2


def _someone(world: World, role: Role, name: str) -> str:
    email = f"{name}@other.example"
    return add_account(
        world.wiring, program_id=OTHER_PROGRAM.id, role=role, email=email, name=name, password="a word of ten"
    ).id


@pytest.mark.parametrize("how", ["disable", "role"])
def test_two_admins_who_shut_each_other_out_at_one_moment_leave_one(world: World, how: str) -> None:
    pair = [_someone(world, Role.ADMIN, f"{how}-{at}") for at in range(2)]
    start = Barrier(2)

    def shut_out(by: str, other: str) -> bool:
        start.wait()
        try:
            if how == "disable":
                disable(world.wiring, OTHER_PROGRAM.id, by, other)
            else:
                change_role(world.wiring, OTHER_PROGRAM.id, by, other, Role.REVIEWER)
        except PeopleError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(shut_out, pair, reversed(pair)))
    assert sorted(done) == [False, True]
    left = [each for each in staff_of(world.wiring, OTHER_PROGRAM.id) if each.account.id in pair]
    assert [each.account.role is Role.ADMIN and not each.disabled for each in left].count(True) == 1
