"""The API behind row-level security: it finds who asks, and then sees their program alone."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from fastapi import Depends
from sqlalchemy import select

from api.app import create_app
from api.auth import Allowed
from pipeline.sample import MAYA, add_sample
from pipeline.settings import Settings
from pipeline.wiring import build
from receipts.database.tables import ProgramRow
from receipts.identity import Role
from tests.conftest import PostgresServer
from tests.support.walled import app_role

from .conftest import _add_other_program, _free_port, csrf_of, serving


@pytest.fixture(scope="module")
def guarded(
    postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    """The app in a database with two programs, and a route whose query has forgotten its WHERE."""
    folder = tmp_path_factory.mktemp("walled")
    with app_role(postgres_server) as url:
        all_of_it = build(Settings(data_dir=folder, database_url=url), acts_across=True)
        all_of_it.database.migrate()
        add_sample(all_of_it)
        _add_other_program(all_of_it)
        all_of_it.close()
        wiring = build(Settings(data_dir=folder, database_url=url))
        app = create_app(wiring)

        @app.get("/forgetful", dependencies=[Depends(Allowed(Role.MEMBER))])
        def forgetful() -> list[str]:
            with wiring.database.read() as session:
                return list(session.scalars(select(ProgramRow.id)))

        @app.get("/forgot-to-ask-who")
        def nobody() -> list[str]:
            with wiring.database.read() as session:
                return list(session.scalars(select(ProgramRow.id)))

        port = _free_port()
        with serving(app, port), httpx.Client(base_url=f"http://127.0.0.1:{port}") as http:
            yield http
        wiring.close()


def signed_in(http: httpx.Client, email: str, password: str) -> dict[str, str]:
    answer = http.post("/v1/tokens", json={"email": email, "password": password})
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def test_a_forgetful_route_shows_the_callers_program_alone(guarded: httpx.Client) -> None:
    maya = signed_in(guarded, MAYA.email, MAYA.password)
    olga = signed_in(guarded, "olga@other.example", "a password for tests")
    assert guarded.get("/forgetful", headers=maya).json() == ["sample"]
    assert guarded.get("/forgetful", headers=olga).json() == ["other"]


def test_a_route_that_asks_nobody_shows_nothing(guarded: httpx.Client) -> None:
    assert guarded.get("/forgot-to-ask-who").json() == []


def test_the_page_of_an_error_knows_who_is_signed_in(guarded: httpx.Client) -> None:
    page = {"Accept": "text/html"}
    form = {"email": MAYA.email, "password": MAYA.password}
    form["csrf_token"] = csrf_of(guarded.get("/sign-in", headers=page).text)
    assert guarded.post("/sign-in", data=form, headers=page, follow_redirects=False).status_code == 303
    found = guarded.get("/receipts/%00", headers=page)
    guarded.cookies.clear()
    assert found.status_code == 404
    assert MAYA.name in found.text or "Receipts" in found.text
