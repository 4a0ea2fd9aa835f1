"""A member's mail addresses and numbers: the page for them, and the API for the core service."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from api.app import create_app
from api.throttle import FREE_FAILURES
from pipeline.accounts import add_account
from pipeline.sample import SAMPLE_PROGRAM
from pipeline.settings import Settings, SettingsError
from pipeline.takein.run import take_in
from pipeline.wiring import build
from receipts.database.tables import OutgoingRow
from receipts.identity import ProgramId, Role
from receipts.inbound import InboundState
from tests.support.doors import ADDRESS, mail

from .conftest import PASSWORD, Person, csrf_of

if TYPE_CHECKING:
    from .conftest import World

_NUMBERS = itertools.count(1)
SECRET_ADDRESS = re.compile(r"receipts\+[a-z0-9]{16}@sunny\.example")


def _member(world: World, program_id: ProgramId = SAMPLE_PROGRAM.id) -> Person:
    """Someone new, so that what one test links is not another's."""
    email = f"linker{next(_NUMBERS)}@linkers.example"
    account = add_account(
        world.wiring, program_id=program_id, role=Role.MEMBER, email=email, name="Lin Kerr", password=PASSWORD
    )
    http = world.client()
    token = http.post("/v1/tokens", json={"email": email, "password": PASSWORD}).json()["access_token"]
    http.headers["Authorization"] = f"Bearer {token}"
    return Person(account, PASSWORD, http)


@pytest.fixture
def lin(world: World) -> Iterator[Person]:
    person = _member(world)
    yield person
    person.http.close()


def _post(browser: httpx.Client, **fields: str) -> httpx.Response:
    token = csrf_of(browser.get("/addresses").text)
    return browser.post("/addresses", data={"csrf_token": token, **fields}, follow_redirects=True)


def _path(person: Person) -> str:
    return f"/v1/members/{person.member_id}/addresses"


def _linked(world: World, person: Person) -> list[dict[str, str]]:
    items: list[dict[str, str]] = world.core.http.get(_path(person)).json()["items"]
    return items


def _asked(world: World, recipient: str) -> int:
    with world.wiring.database.read() as session:
        return session.query(OutgoingRow).filter_by(recipient=recipient, kind="confirm").count()


class TestPage:
    def test_it_tells_where_to_send_to(self, world: World, lin: Person) -> None:
        with world.browser(lin) as browser:
            home = browser.get("/").text
            assert 'href="/addresses"' in home
            assert 'href="/addresses"' in browser.get("/you").text
            page = browser.get("/addresses").text
        assert 'href="mailto:receipts@sunny.example"' in page
        assert SECRET_ADDRESS.search(page)
        assert 'href="sms:+12125550110"' in page
        assert "Text +1 212-555-0110" in page
        assert 'href="https://wa.me/12125550119"' in page
        assert lin.account.email in page
        assert "help@sunny.example" in page

    def test_where_the_program_takes_neither_it_says_so_simply(self, world: World) -> None:
        with world.browser(world.olga) as browser:
            assert 'href="/addresses"' not in browser.get("/").text
            page = browser.get("/addresses").text
        assert "takes receipts by upload only" in page
        for hidden in ("By mail", "By text", "secret", "Send me the link"):
            assert hidden not in page

    def test_a_new_secret_address_ends_the_old_one(self, world: World, lin: Person) -> None:
        with world.browser(lin) as browser:
            old = SECRET_ADDRESS.search(browser.get("/addresses").text)
            assert old is not None
            page = _post(browser, do="renew").text
        new = SECRET_ADDRESS.search(page)
        assert new is not None
        assert old[0] not in page
        assert "The old one has stopped working" in page
        pdf = (world.receipt_pdf(), "application/pdf", "r.pdf")
        states = [
            take_in(world.wiring, world.arrive(mail(f"shop{n}@shop.example", to=to, attached=(pdf,))))
            for n, to in enumerate((old[0], new[0]))
        ]
        assert states == [InboundState.UNLINKED, InboundState.TAKEN]

    def test_an_address_is_removed_and_a_stranger_to_the_account_changes_nothing(
        self, world: World, lin: Person
    ) -> None:
        with world.browser(lin) as browser:
            answer = _post(browser, do="remove", address=world.maya.account.email)
            assert "nothing was changed" in answer.text
            assert (
                "is not linked to your account any more"
                in _post(browser, do="remove", address=lin.account.email).text
            )
        assert _linked(world, lin) == []
        assert {"kind": "email", "address": world.maya.account.email} in _linked(world, world.maya)

    @pytest.mark.parametrize(
        ("written", "sent_to", "shown"),
        [
            ("+1 (202) 555-0171", "+12025550171", "+1 202-555-0171"),
            (" Lin@Elsewhere.Example ", "lin@elsewhere.example", "lin@elsewhere.example"),
        ],
    )
    def test_adding_one_sends_a_link_there_and_links_nothing_yet(
        self, world: World, lin: Person, written: str, sent_to: str, shown: str
    ) -> None:
        with world.browser(lin) as browser:
            page = _post(browser, do="add", address=written)
        assert f"We have sent a link to {shown}" in page.text
        assert _asked(world, sent_to) == 1
        waits = page.text.split("Not confirmed yet")[1].split("</ul>")[0]
        assert shown in waits
        assert "We have sent a link there" in waits
        assert [each["address"] for each in _linked(world, lin)] == [lin.account.email]

    @pytest.mark.parametrize(
        ("written", "said"),
        [
            ("", "This is no number we can text"),
            ("202 555 0123", "with its country code"),
            ("lin@nowhere", "as name@example.com"),
            ("lin@a.example, all@b.example", "as name@example.com"),
            ("<lin@a.example>", "as name@example.com"),
            ("lin@a.example\nBcc: all@b.example", "as name@example.com"),
            ("<script>alert(1)</script>", "no number"),
        ],
    )
    def test_what_is_neither_is_refused_beside_the_field(
        self, world: World, lin: Person, written: str, said: str
    ) -> None:
        with world.browser(lin) as browser:
            answer = _post(browser, do="add", address=written)
        assert answer.status_code == 422
        assert said in answer.text
        assert "<script>alert" not in answer.text
        with world.wiring.database.read() as session:
            assert session.query(OutgoingRow).filter(OutgoingRow.recipient.contains("all@b")).count() == 0

    def test_one_that_is_linked_already_is_said_to_be(self, world: World, lin: Person) -> None:
        with world.browser(lin) as browser:
            answer = _post(browser, do="add", address=lin.account.email.upper())
        assert (answer.status_code, "linked to your account already" in answer.text) == (422, True)

    def test_asking_for_links_to_many_strangers_is_slowed_down(self, world: World, lin: Person) -> None:
        numbers = [f"+1202555{n:04d}" for n in range(130, 130 + FREE_FAILURES + 1)]
        with world.browser(lin) as browser:
            answers = [_post(browser, do="add", address=number) for number in numbers]
        assert [answer.status_code for answer in answers] == [200] * FREE_FAILURES + [429]
        assert "Retry-After" in answers[-1].headers
        assert _asked(world, numbers[-1]) == 0

    def test_asking_for_what_is_refused_is_slowed_down_too(self, world: World, lin: Person) -> None:
        with world.browser(lin) as browser:
            answers = [_post(browser, do="add", address="lin@nowhere") for _ in range(FREE_FAILURES + 1)]
        assert [answer.status_code for answer in answers] == [422] * FREE_FAILURES + [429]

    def test_every_form_needs_the_pages_own_token(self, world: World, lin: Person) -> None:
        with world.browser(lin) as browser:
            for data in ({"do": "renew"}, {"do": "remove", "address": lin.account.email}):
                assert browser.post("/addresses", data=data).status_code == 403
        assert len(_linked(world, lin)) == 1


def test_a_wrong_file_of_channels_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "channels.toml").write_text("[program.sunny.email]\naddress = 'receipts'\n")
    wiring = build(Settings(data_dir=tmp_path, channels_file=tmp_path / "channels.toml"))
    with pytest.raises(SettingsError, match=r"(?s)TILLPOINTS_CHANNELS_FILE.*program\.sunny\.email"):
        create_app(wiring)
    wiring.close()


class TestApi:
    def test_the_core_service_links_and_unlinks(self, world: World, lin: Person) -> None:
        before = lin.http.get(_path(lin)).json()
        assert before["items"] == [{"kind": "email", "address": lin.account.email}]
        assert SECRET_ADDRESS.fullmatch(before["secret_address"])
        assert (before["mail_address"], len(before["numbers"])) == (ADDRESS, 2)
        phone = {"kind": "phone", "address": "+12025550188"}
        for _ in range(2):
            answer = world.core.http.put(_path(lin), json={"kind": "phone", "address": "+1 202 555 0188"})
            assert answer.status_code == 200, answer.text
            assert answer.json()["items"] == [*before["items"], phone]
        assert lin.http.get(_path(lin)).json()["items"] == answer.json()["items"]
        for _ in range(2):
            gone = world.ada.http.delete(_path(lin), params=phone)
            assert gone.status_code == 200, gone.text
            assert gone.json()["items"] == before["items"]

    def test_a_member_only_looks(self, world: World, lin: Person) -> None:
        body = {"kind": "email", "address": "other@linkers.example"}
        assert lin.http.put(_path(lin), json=body).status_code == 403
        assert (
            lin.http.delete(_path(lin), params={"kind": "email", "address": lin.account.email}).status_code
            == 403
        )
        assert lin.http.get(_path(world.maya)).status_code == 404
        assert world.ruth.http.get(_path(lin)).status_code == 403

    def test_what_was_kept_is_taken_in_and_the_newest_link_has_the_address(
        self, world: World, lin: Person
    ) -> None:
        sender = f"kept{next(_NUMBERS)}@linkers.example"
        pdf = (world.receipt_pdf(), "application/pdf", "r.pdf")
        inbound_id = world.arrive(mail(sender, attached=(pdf,)))
        assert take_in(world.wiring, inbound_id) is InboundState.UNLINKED
        body = {"kind": "email", "address": sender}
        assert world.core.http.put(_path(lin), json=body).json()["taken_up"] == 1
        assert take_in(world.wiring, inbound_id) is InboundState.TAKEN
        found = world.core.http.get(f"/v1/inbound-messages/{inbound_id}").json()
        assert (found["member_id"], found["state"]) == (lin.member_id, "taken")
        other = _member(world)
        assert world.core.http.put(_path(other), json=body).json()["taken_up"] == 0
        assert body in _linked(world, other)
        assert body not in _linked(world, lin)
        other.http.close()

    @pytest.mark.parametrize(
        ("body", "where"),
        [
            ({"kind": "email", "address": "nobody"}, "body.address"),
            ({"kind": "phone", "address": "2025550123"}, "body.address"),
            ({"kind": "email", "address": "+12025550123"}, "body.address"),
            ({"kind": "phone", "address": "a@b.example"}, "body.address"),
            ({"kind": "fax", "address": "+12025550123"}, "body.kind"),
            ({"kind": "email"}, "body.address"),
            ({"kind": "email", "address": "a@b.example\u0000"}, "body.address"),
            ({"kind": "email", "address": "a" * 300 + "@b.example"}, "body.address"),
        ],
    )
    def test_a_wrong_one_is_named(self, world: World, lin: Person, body: dict[str, str], where: str) -> None:
        answer = world.core.http.put(_path(lin), json=body)
        assert answer.status_code == 422
        assert [each["location"] for each in answer.json()["errors"]] == [where]
        assert len(_linked(world, lin)) == 1

    def test_an_unknown_member_is_not_there(self, world: World) -> None:
        for answer in (
            world.core.http.get("/v1/members/mem_nobody/addresses"),
            world.core.http.put(
                "/v1/members/mem_nobody/addresses", json={"kind": "email", "address": "a@b.example"}
            ),
        ):
            assert answer.status_code == 404
