"""The page that a link in a mail or text opens: joining, signing in, linking, and what can go wrong."""

from __future__ import annotations

import datetime as dt
import itertools
import re
import threading
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest

from api.pages.join import PASSWORD_LEAST_CHARS
from api.throttle import FREE_FAILURES
from pipeline.channels import Joining
from pipeline.clock import utc_now
from pipeline.link_tokens import link_token
from pipeline.sample import SAMPLE_PROGRAM
from pipeline.takein.run import take_in
from receipts.database.repositories.addresses import Addresses
from receipts.database.repositories.programs import Programs
from receipts.database.tables import InboundRow, LinkRow, OutgoingRow, ReceiptRow
from receipts.identity import InboundId, MemberId, ProgramId
from receipts.inbound import Address, AddressKind, InboundState
from tests.support.doors import mail

from .conftest import OTHER_PROGRAM, csrf_of

if TYPE_CHECKING:
    from .conftest import World

_NUMBERS = itertools.count(1)
SECRET = "four quiet brown hens"


class Invited:
    """A stranger whose mail with a receipt is kept, and the link that was sent to them."""

    def __init__(self, world: World) -> None:
        self.address = f"stranger{next(_NUMBERS)}@mail.example"
        pdf = (world.receipt_pdf(), "application/pdf", "receipt.pdf")
        self.inbound_id = world.arrive(mail(self.address, attached=(pdf,)))
        assert take_in(world.wiring, self.inbound_id) is InboundState.UNLINKED
        with world.wiring.database.read() as session:
            answer = session.query(OutgoingRow).filter_by(inbound_id=self.inbound_id).one()
            self.link_id = answer.detail
        self.path = f"/join/{link_token(world.wiring.secret_key, SAMPLE_PROGRAM.id, self.link_id)}"


@pytest.fixture
def invited(world: World) -> Invited:
    return Invited(world)


def _linked(world: World, member_id: str) -> set[str]:
    with world.wiring.database.read() as session:
        found = Addresses(session, SAMPLE_PROGRAM.id, utc_now()).of_member(MemberId(member_id))
    return {address.value for address in found}


def _state(world: World, inbound_id: InboundId) -> str:
    with world.wiring.database.read() as session:
        state: str = session.query(InboundRow).filter_by(id=inbound_id).one().state
    return state


def _used(world: World, invited: Invited) -> bool:
    with world.wiring.database.read() as session:
        return session.query(LinkRow).filter_by(id=invited.link_id).one().used_at is not None


def _post(browser: httpx.Client, path: str, **fields: str) -> httpx.Response:
    return browser.post(path, data={"csrf_token": csrf_of(browser.get(path).text), **fields})


def _joining(email: str, **fields: str) -> dict[str, str]:
    return {"do": "join", "name": "Nora  Quist", "email": email, "password": SECRET} | fields


class TestJoining:
    def test_a_stranger_joins_by_the_link_and_the_kept_receipt_is_theirs(
        self, world: World, invited: Invited
    ) -> None:
        with world.browser() as browser:
            page = browser.get(invited.path)
            assert page.status_code == 200
            assert SAMPLE_PROGRAM.name in page.text
            assert page.text.count(f'value="{invited.address}"') == 1, "in the form of who is new"
            assert f"a message from <strong>{invited.address}" in page.text
            answer = _post(browser, invited.path, **_joining(invited.address))
            assert (answer.status_code, answer.headers["location"]) == (303, invited.path)
            done = browser.get(invited.path).text
            assert f"{invited.address} is linked to your account" in done
            assert "The message that we kept is on the way" in done
            assert 'href="/receipts"' in done
            assert "Nora Quist" not in browser.get("/receipts").text
            assert "Hello, Nora" in browser.get("/").text
            again = browser.get(invited.path)
            assert (again.status_code, "is linked to your account" in again.text) == (200, True)
            assert take_in(world.wiring, invited.inbound_id) is InboundState.TAKEN
            with world.wiring.database.read() as session:
                row = session.query(InboundRow).filter_by(id=invited.inbound_id).one()
                receipt = session.query(ReceiptRow).filter_by(submission_id=row.submission_id).one()
                receipt_id = receipt.id
            assert world.process(receipt_id) == "awarded"
            assert "Larderline" in browser.get("/receipts").text
            shown = browser.get(f"/receipts/{receipt_id}").text
        assert f"by mail from {invited.address}" in shown
        assert "+110" in shown

    def test_who_joined_signs_in_later_with_what_they_chose(self, world: World, invited: Invited) -> None:
        with world.browser() as browser:
            _post(browser, invited.path, **_joining(f"  Later.{invited.address} "))
        with world.client() as http:
            asked = {"email": f"later.{invited.address}", "password": SECRET}
            token = http.post("/v1/tokens", json=asked)
        assert (token.json()["role"], token.json()["program_id"]) == ("member", SAMPLE_PROGRAM.id)
        # Nobody has shown that the other address is theirs: only the link's own is linked.
        assert _linked(world, token.json()["member_id"]) == {invited.address}

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"name": "  "}, "Tell us your name"),
            ({"email": "nora"}, "as name@example.com"),
            ({"email": "+12025550123"}, "as name@example.com"),
            ({"password": "x" * (PASSWORD_LEAST_CHARS - 1)}, f"at least {PASSWORD_LEAST_CHARS} characters"),
            ({"password": "a" * 30}, "harder to guess"),
            ({"password": "nora QUIST"}, "harder to guess"),
            ({"email": "nora@quist.example", "password": "Nora@Quist.example"}, "harder to guess"),
        ],
    )
    def test_a_mistake_is_named_and_what_was_typed_stays_but_the_password(
        self, world: World, invited: Invited, wrong: dict[str, str], said: str
    ) -> None:
        with world.browser() as browser:
            answer = _post(browser, invited.path, **(_joining("n@quist.example") | wrong))
            assert answer.status_code == 422
            assert said in answer.text
            passwords = re.findall(r'<input[^>]*type="password"[^>]*>', answer.text)
            assert passwords
            assert not [field for field in passwords if "value=" in field]
            if "email" not in wrong:
                assert 'value="n@quist.example"' in answer.text
        assert not _used(world, invited)

    def test_a_taken_address_is_told_in_the_same_words_whoever_has_it_and_slowed_down(
        self, world: World, invited: Invited
    ) -> None:
        taken = [world.maya.account.email, world.olga.account.email, world.ada.account.email]
        with world.browser() as browser:
            answers = [_post(browser, invited.path, **_joining(email)) for email in taken]
            said = {re.sub(r'value="[^"]*"', "", answer.text) for answer in answers}
            assert [answer.status_code for answer in answers] == [409] * 3
            assert len(said) == 1
            assert "If you have an account, sign in above" in said.pop()
            for _ in range(FREE_FAILURES - len(taken)):
                assert _post(browser, invited.path, **_joining(taken[0])).status_code == 409
            slowed = _post(browser, invited.path, **_joining("nobody.yet@mail.example"))
        assert slowed.status_code == 429
        assert int(slowed.headers["retry-after"]) > 0
        assert not _used(world, invited)

    def test_one_link_makes_one_member_however_many_press_at_once(
        self, world: World, invited: Invited
    ) -> None:
        statuses: list[int] = []

        all_see_it = threading.Barrier(4)

        def press(number: int) -> None:
            with world.browser() as browser:
                form = {"csrf_token": csrf_of(browser.get(invited.path).text)}
                all_see_it.wait(timeout=30)
                answer = browser.post(invited.path, data=form | _joining(f"{number}.{invited.address}"))
                statuses.append(answer.status_code)

        threads = [threading.Thread(target=press, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(statuses) == [303, 410, 410, 410]
        with world.wiring.database.read() as session:
            made = [Programs(session).account_by_email(f"{n}.{invited.address}") for n in range(4)]
        (only,) = [account for account in made if account is not None]
        assert _linked(world, only[0].member_id or "") == {invited.address}

    def test_where_joining_is_closed_the_programs_own_place_is_named(
        self, world: World, invited: Invited
    ) -> None:
        before = world.wiring.channels_of(SAMPLE_PROGRAM.id)
        channels = dict(world.wiring.channels)
        try:
            for url, shown in (("https://join.example/here", True), ("javascript:alert(1)", False)):
                changed = before.model_copy(update={"joining": Joining.CLOSED, "join_url": url})
                world.wiring.__dict__["channels"] = channels | {SAMPLE_PROGRAM.id: changed}
                with world.browser() as browser:
                    page = browser.get(invited.path).text
                    assert "New here" not in page
                    assert (f'href="{url}"' in page) == shown
                    refused = _post(browser, invited.path, **_joining(invited.address))
                assert refused.status_code == 409
                assert "New members join elsewhere" in refused.text
        finally:
            world.wiring.__dict__["channels"] = channels
        assert not _used(world, invited)


class TestSigningIn:
    def test_a_member_signs_in_and_it_is_linked(self, world: World, invited: Invited) -> None:
        with world.browser() as browser:
            answer = _post(
                browser,
                invited.path,
                do="sign-in",
                email=world.tom.account.email,
                password=world.tom.password,
            )
            assert answer.headers["location"] == invited.path
            assert "is linked to your account" in browser.get(invited.path).text
        assert invited.address in _linked(world, world.tom.member_id)
        assert _state(world, invited.inbound_id) == "waiting"

    def test_who_is_signed_in_presses_once(self, world: World, invited: Invited) -> None:
        with world.browser(world.tom) as browser:
            page = browser.get(invited.path)
            assert f"Link {invited.address} to my account" in page.text
            assert "Choose a password" not in page.text
            assert _post(browser, invited.path, do="link").status_code == 303
            assert "The message that we kept is on the way" in browser.get(invited.path).text
        assert invited.address in _linked(world, world.tom.member_id)

    def test_an_old_form_does_not_link_to_whoever_signed_in_since(
        self, world: World, invited: Invited
    ) -> None:
        with world.browser(world.tom) as browser:
            answer = _post(
                browser,
                invited.path,
                do="sign-in",
                email=world.maya.account.email,
                password=world.maya.password,
            )
            assert answer.status_code == 200
            assert "You are signed in as Tom Becker" in answer.text
        assert not _used(world, invited)

    def test_a_wrong_password_is_told_and_slowed_down_as_at_the_sign_in(
        self, world: World, invited: Invited
    ) -> None:
        with world.browser() as browser:
            fields = {"do": "sign-in", "email": invited.address, "password": "wrong"}
            statuses = [_post(browser, invited.path, **fields).status_code for _ in range(FREE_FAILURES)]
            slowed = _post(browser, invited.path, **fields)
        assert statuses == [401] * FREE_FAILURES
        assert (slowed.status_code, "Retry-After" in slowed.headers) == (429, True)

    @pytest.mark.parametrize("who", ["ruth", "ada", "olga", "core"])
    def test_who_is_no_member_of_the_program_is_told_so(
        self, world: World, invited: Invited, who: str
    ) -> None:
        person = world.people[who]
        with world.browser() as browser:
            answer = _post(
                browser, invited.path, do="sign-in", email=person.account.email, password=person.password
            )
            assert answer.status_code == 403
            assert f"not a member’s of {SAMPLE_PROGRAM.name}" in answer.text
            assert browser.get("/").headers["location"].startswith("/sign-in")
        if who != "core":
            with world.browser(person) as browser:
                page = browser.get(invited.path)
                assert page.status_code == 403
                assert f"signed in as {person.account.email}" in page.text
                assert _post(browser, invited.path, do="link").status_code == 403
                out = browser.post("/sign-out", data={"csrf_token": csrf_of(page.text), "next": invited.path})
                assert out.headers["location"] == invited.path
                assert "Already a member" in browser.get(invited.path).text
        assert not _used(world, invited)


class TestLinks:
    def test_looking_never_uses_it_up(self, world: World, invited: Invited) -> None:
        with world.browser() as scanner:
            for _ in range(3):
                assert scanner.get(invited.path).status_code == 200
                assert scanner.head(invited.path).status_code == 405
        assert not _used(world, invited)
        assert _state(world, invited.inbound_id) == "unlinked"

    def test_a_post_without_the_pages_own_token_does_nothing(self, world: World, invited: Invited) -> None:
        with world.browser(world.tom) as browser:
            assert browser.post(invited.path, data={"do": "link"}).status_code == 403
        with world.browser() as browser:
            assert browser.post(invited.path, data=_joining(invited.address)).status_code == 403
        assert not _used(world, invited)

    def test_a_used_one_says_what_to_do_next(self, world: World, invited: Invited) -> None:
        with world.browser(world.tom) as browser:
            _post(browser, invited.path, do="link")
        with world.browser() as browser:
            page = browser.get(invited.path)
            assert page.status_code == 410
            assert "has been used" in page.text
            assert "you get a new link" in page.text
            assert invited.address not in page.text
            late = browser.post(
                invited.path,
                data={"csrf_token": csrf_of(browser.get("/sign-in").text), **_joining("l@x.example")},
            )
        assert late.status_code == 410
        with world.wiring.database.read() as session:
            assert Programs(session).account_by_email("l@x.example") is None
        with world.browser(world.maya) as browser:
            page = browser.get(invited.path)
            assert (page.status_code, 'href="/addresses"' in page.text) == (410, True)

    def test_one_that_is_out_of_time_says_so(self, world: World, invited: Invited) -> None:
        with world.wiring.database.write() as session:
            row = session.query(LinkRow).filter_by(id=invited.link_id).one()
            row.expires_at = utc_now() - dt.timedelta(seconds=1)
        with world.browser(world.tom) as browser:
            page = browser.get(invited.path)
            assert (page.status_code, "out of time" in page.text) == (410, True)
            token = csrf_of(browser.get("/").text)
            answer = browser.post(invited.path, data={"csrf_token": token, "do": "link"})
        assert answer.status_code == 410
        assert invited.address not in _linked(world, world.tom.member_id)

    def test_tampered_foreign_and_made_up_ones_are_all_alike(self, world: World, invited: Invited) -> None:
        key = world.wiring.secret_key
        made = [
            invited.path[:-1] + ("a" if invited.path[-1] != "a" else "b"),
            invited.path[:-6],
            "/join/nonsense",
            "/join/%C3%A9.x.%C3%A9",
            "/join/" + "x" * 5000,
            f"/join/{link_token(key, OTHER_PROGRAM.id, invited.link_id)}",
            f"/join/{link_token(key, ProgramId('nowhere'), invited.link_id)}",
            f"/join/{link_token(key, SAMPLE_PROGRAM.id, 'none')}",
            f"/join/{link_token(key, SAMPLE_PROGRAM.id, '')}",
            f"/join/{link_token('another', SAMPLE_PROGRAM.id, invited.link_id)}",
        ]
        with world.browser(world.tom) as browser:
            token = csrf_of(browser.get("/").text)
            pages = [browser.get(path) for path in made]
            assert [page.status_code for page in pages] == [404] * len(made)
            assert len({page.text for page in pages}) == 1
            assert "you get a new link" in pages[0].text
            for path in made:
                assert browser.post(path, data={"csrf_token": token, "do": "link"}).status_code == 404
        assert not _used(world, invited)

    @pytest.mark.parametrize(
        "away", ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example"]
    )
    def test_nothing_here_leads_elsewhere(self, world: World, invited: Invited, away: str) -> None:
        with world.browser(world.tom) as browser:
            token = csrf_of(browser.get("/").text)
            linked = browser.post(
                invited.path, params={"next": away}, data={"csrf_token": token, "do": "link", "next": away}
            )
            out = browser.post("/sign-out", data={"csrf_token": token, "next": away})
        assert [urlsplit(each.headers["location"]).netloc for each in (linked, out)] == ["", ""]
        assert out.headers["location"] == "/"

    def test_a_number_is_linked_by_the_same_page(self, world: World) -> None:
        with world.wiring.database.write() as session:
            number = Address(AddressKind.PHONE, "+12025550147")
            link = Addresses(session, SAMPLE_PROGRAM.id, utc_now()).make_link(number, life_s=600)
        path = f"/join/{link_token(world.wiring.secret_key, SAMPLE_PROGRAM.id, link.id)}"
        with world.browser() as nobody:
            page = nobody.get(path).text
        assert "This link is for <strong>+1 202-555-0147" in page
        assert 'value="+1' not in page, "a number is no email address to fill in"
        with world.browser(world.tom) as browser:
            _post(browser, path, do="link")
            assert "What you send from it counts for you now" in browser.get(path).text
        assert "+12025550147" in _linked(world, world.tom.member_id)
