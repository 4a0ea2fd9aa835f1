"""Whose a sign-in name is: whoever proved it by a link that was mailed to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.clock import utc_now
from pipeline.link_tokens import link_token
from pipeline.sample import SAMPLE_PROGRAM
from receipts.database.repositories.addresses import Addresses
from receipts.database.repositories.programs import Programs
from receipts.database.tables import OutgoingRow
from receipts.inbound import Address, AddressKind

from .test_joining import Invited, _joining, _linked, _post

if TYPE_CHECKING:
    from .conftest import World


def test_a_sign_in_name_that_nobody_proved_is_asked_for_by_mail_and_yields_to_its_owner(
    world: World,
) -> None:
    invited, owner = Invited(world), Invited(world)
    with world.browser() as browser:  # someone signs in with another's address
        assert _post(browser, invited.path, **_joining(owner.address)).status_code == 303
    with world.wiring.database.read() as session:
        squatter = Programs(session).account_by_email(owner.address)
        asked = session.query(OutgoingRow).filter_by(recipient=owner.address, kind="confirm").all()
    assert squatter is not None
    assert len(asked) == 1, "whoever reads that mailbox is asked whether it is theirs"
    assert owner.address not in _linked(world, squatter[0].member_id or "")
    with world.browser() as browser:
        assert _post(browser, owner.path, **_joining(owner.address)).status_code == 303
    with world.wiring.database.read() as session:
        found = Programs(session).account_by_email(owner.address)
    assert found is not None
    assert found[0].member_id != squatter[0].member_id
    assert _linked(world, found[0].member_id or "") == {owner.address}


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
