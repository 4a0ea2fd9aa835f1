"""A member's own pages of what is kept of them: taken away, or deleted, by nobody else."""

from __future__ import annotations

import io
import json
import zipfile

import httpx

from pipeline.accounts import add_account
from pipeline.sample import SAMPLE_PROGRAM
from receipts.identity import Role

from .conftest import Person, World, csrf_of

PASSWORD = "quiet-otter-7"
NAME = 'Nora "=1+1" <script>alert(1)</script>'


def nora(world: World, email: str) -> Person:
    account = add_account(
        world.wiring,
        program_id=SAMPLE_PROGRAM.id,
        role=Role.MEMBER,
        email=email,
        name=NAME,
        password=PASSWORD,
    )
    return Person(account, PASSWORD, httpx.Client())


def test_a_picture_is_asked_for_again_each_time(world: World) -> None:
    receipt_id = world.settled(world.tom)
    world.add_picture(receipt_id)
    answer = world.tom.http.get(f"/v1/receipts/{receipt_id}/picture")
    assert answer.headers["cache-control"] == "private, no-cache", "another may sign in on the same phone"


def test_a_member_takes_their_data_away_and_deletes_them(world: World) -> None:
    person = nora(world, "nora@example.org")
    with world.browser(person) as browser:
        page = browser.get("/privacy")
        assert "<script>alert" not in browser.get("/").text + page.text
        archive = browser.get("/privacy/download")
        assert archive.headers["cache-control"] == "no-store"
        told = json.loads(zipfile.ZipFile(io.BytesIO(archive.content)).read("data.json"))
        assert told["member"]["name"] == NAME
        token = csrf_of(page.text)
        form = {"password": PASSWORD, "csrf_token": ""}
        assert browser.post("/privacy/delete", data=form).status_code == 403, "another site's form"
        wrong = browser.post("/privacy/delete", data={"password": "no", "csrf_token": token})
        assert (wrong.status_code, "Nothing was deleted" in wrong.text) == (422, True)
        done = browser.post("/privacy/delete", data={"password": PASSWORD, "csrf_token": token})
        assert done.status_code == 200
        assert f'data-forget="{person.account.member_id}"' in done.text, "and this phone forgets them"
        assert browser.get("/privacy").status_code == 303, "signed out"
