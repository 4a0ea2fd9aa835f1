"""Whose a sign-in name is: no account loses its own, and who proves an address has it linked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from pipeline.accounts import add_account, rename_account
from pipeline.channels import Joining
from pipeline.clock import utc_now
from pipeline.link_tokens import link_token
from pipeline.sample import SAMPLE_PROGRAM
from pipeline.takein.run import take_in
from receipts.database.repositories.addresses import Addresses
from receipts.database.repositories.programs import Programs
from receipts.database.tables import InboundRow, OutgoingRow
from receipts.identity import Role
from receipts.inbound import Address, AddressKind, InboundState
from receipts.program import Account

from .conftest import OTHER_PROGRAM
from .test_joining import SECRET, Invited, _joining, _linked, _post, _used

if TYPE_CHECKING:
    from .conftest import World


class Held:
    """A sign-in name that someone wrote as theirs and nobody has proved, and a link mailed to it."""

    def __init__(self, world: World) -> None:
        by, self.link = Invited(world), Invited(world)
        self.name = self.link.address
        with world.browser() as browser:
            assert _post(browser, by.path, **_joining(self.name)).status_code == 303
        self.account = _account(world, self.name)

    @property
    def member_id(self) -> str:
        assert self.account.member_id is not None
        return self.account.member_id


@pytest.fixture
def held(world: World) -> Held:
    return Held(world)


def _account(world: World, email: str) -> Account:
    with world.wiring.database.read() as session:
        found = Programs(session).account_by_email(email)
    assert found is not None
    return found[0]


def _signs_in(world: World, email: str) -> bool:
    with world.client() as http:
        return http.post("/v1/tokens", json={"email": email, "password": SECRET}).status_code == 200


def _region(page: str, heading: str) -> str:
    (found,) = re.findall(rf'<section [^>]*aria-labelledby="{heading}".*?</section>', page, re.DOTALL)
    return str(found)


def test_a_sign_in_name_that_nobody_proved_is_asked_for_by_mail(world: World, held: Held) -> None:
    with world.wiring.database.read() as session:
        asked = session.query(OutgoingRow).filter_by(recipient=held.name, kind="confirm").all()
    assert len(asked) == 1, "whoever reads that mailbox is asked whether it is theirs"
    assert held.name not in _linked(world, held.member_id)


def test_who_opens_a_link_to_their_sign_in_name_is_asked_to_sign_in_and_has_it_proved(
    world: World, held: Held
) -> None:
    with world.browser() as browser:
        page = browser.get(held.link.path).text
        assert page.index('id="sign-in"') < page.index('id="join"')
        assert f'value="{held.name}"' in _region(page, "sign-in")
        assert f'value="{held.name}"' not in _region(page, "join"), "or one press would take it away"
        assert f"signs in as <strong>{held.name}" in page
        assert "help@sunny.example" in _region(page, "join")
        answer = _post(browser, held.link.path, do="sign-in", email=held.name, password=SECRET)
        assert answer.status_code == 303
    assert _account(world, held.name) == held.account
    assert held.name in _linked(world, held.member_id)


def test_an_account_keeps_its_sign_in_name_whoever_joins_by_a_link_to_it(world: World, held: Held) -> None:
    with world.browser() as browser:
        answer = _post(browser, held.link.path, **_joining(held.name))
        assert answer.status_code == 409
        assert "take another address" in _region(answer.text, "join")
    assert _account(world, held.name) == held.account
    assert _signs_in(world, held.name)
    assert not _used(world, held.link)


def test_the_owner_of_a_name_that_another_wrote_joins_with_another_and_has_the_address(
    world: World, held: Held
) -> None:
    with world.browser() as browser:
        chosen = f"owner.{held.name}"
        assert _post(browser, held.link.path, **_joining(chosen)).status_code == 303
        done = browser.get(held.link.path).text
    assert f"You sign in as <strong>{chosen}" in done
    assert f"Another account signs in as <strong>{held.name}" in done
    assert "ask help@sunny.example" in done
    owner = _account(world, chosen)
    assert _linked(world, owner.member_id or "") == {held.name}
    assert held.name not in _linked(world, held.member_id)
    assert take_in(world.wiring, held.link.inbound_id) is InboundState.TAKEN
    with world.wiring.database.read() as session:
        row = session.query(InboundRow).filter_by(id=held.link.inbound_id).one()
        assert row.member_id == owner.member_id
    assert _signs_in(world, held.name), "and the other account is as it was"
    assert _signs_in(world, chosen)


def test_a_member_of_another_program_keeps_their_sign_in_name(world: World) -> None:
    invited = Invited(world)
    there = add_account(
        world.wiring,
        program_id=OTHER_PROGRAM.id,
        role=Role.MEMBER,
        email=invited.address,
        name="Anna",
        password=SECRET,
        link_email=False,
    )
    with world.browser() as browser:
        page = browser.get(invited.path).text
        assert f'value="{invited.address}"' not in page
        assert f"not a member’s of {SAMPLE_PROGRAM.name} signs in as" in _region(page, "join")
        assert _post(browser, invited.path, **_joining(invited.address)).status_code == 409
        assert _account(world, invited.address) == there
        assert _signs_in(world, invited.address)
        assert _post(browser, invited.path, **_joining(f"here.{invited.address}")).status_code == 303
    assert _linked(world, _account(world, f"here.{invited.address}").member_id or "") == {invited.address}


def test_an_operator_frees_a_name_and_its_owner_joins_with_it(world: World, held: Held) -> None:
    renamed = rename_account(world.wiring, f" {held.name.upper()}", f"aside.{held.name}")
    assert (renamed.id, renamed.email) == (held.account.id, f"aside.{held.name}")
    assert _signs_in(world, renamed.email)
    with world.browser() as browser:
        assert f'value="{held.name}"' in _region(browser.get(held.link.path).text, "join")
        assert _post(browser, held.link.path, **_joining(held.name)).status_code == 303
    assert _account(world, held.name).member_id != held.member_id


def test_where_joining_is_closed_the_page_says_whom_to_ask(world: World, held: Held) -> None:
    channels = dict(world.wiring.channels)
    closed = world.wiring.channels_of(SAMPLE_PROGRAM.id).model_copy(update={"joining": Joining.CLOSED})
    try:
        world.wiring.__dict__["channels"] = channels | {SAMPLE_PROGRAM.id: closed}
        with world.browser() as browser:
            page = browser.get(held.link.path).text
    finally:
        world.wiring.__dict__["channels"] = channels
    assert "Ask help@sunny.example" in page
    assert f'value="{held.name}"' in _region(page, "sign-in")


def test_a_proved_sign_in_name_yields_to_nobody(world: World) -> None:
    invited = Invited(world)
    with world.browser() as browser:
        assert _post(browser, invited.path, **_joining(invited.address)).status_code == 303
    with world.wiring.database.write() as session:
        address = Address(AddressKind.EMAIL, invited.address)
        link = Addresses(session, SAMPLE_PROGRAM.id, utc_now()).make_link(address, life_s=600)
    path = f"/join/{link_token(world.wiring.secret_key, SAMPLE_PROGRAM.id, link.id)}"
    with world.browser() as browser:
        assert _post(browser, path, **_joining(invited.address)).status_code == 409
