"""What people try at the two doors, and what must not come of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import event

from pipeline.clock import utc_now
from pipeline.linking import Linked, NotLinked, ask_to_link, my_addresses, use_link
from pipeline.sample import MAYA, SAMPLE_PROGRAM
from receipts.database.repositories.addresses import Addresses
from receipts.database.tables import LinkRow, OutgoingRow
from receipts.identity import MemberId
from receipts.inbound import Address, AddressKind, InboundState
from tests.pipeline.conftest import OATS, e_receipt
from tests.pipeline.test_mails import PDF, Post, link_in, post
from tests.support.doors import mail
from tests.support.signing import signed

__all__ = ["post"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Subject", "=?utf-7?q?+2AA-?="),
        ("Subject", "=?utf-8?q?a=00b?="),
        ("Subject", "right\u202eto left"),
        ("X-Odd", "x" * 70_000),
    ],
)
def test_odd_headers_never_fail_a_mail(post: Post, name: str, value: str) -> None:
    raw = post.from_maya("odd")
    head, blank, body = raw.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.startswith(f"{name}:".encode())]
    odd = b"\r\n".join([*lines, f"{name}: {value}".encode()]) + blank + body
    received = post.arrive(odd)
    post.work()
    message = post.message(received.inbound_id)
    assert message.state is InboundState.TAKEN
    assert message.subject.isprintable()
    assert len(post.states(post.maya)) == 1


def test_comments_in_comments_never_fail_a_mail(post: Post) -> None:
    raw = mail("ann@elsewhere.example").replace(b"From: ", b"From: " + b"(" * 3000 + b")" * 3000 + b" ")
    received = post.arrive(raw)
    post.work()
    assert post.message(received.inbound_id).state is InboundState.UNLINKED


def no_linked_mail(post: Post, member: MemberId) -> None:
    with post.wiring.database.write() as session:
        addresses = Addresses(session, SAMPLE_PROGRAM.id, utc_now())
        for address in addresses.of_member(member):
            addresses.unlink(address, member)


def test_a_leaked_secret_address_tells_a_stranger_nothing(post: Post) -> None:
    own = my_addresses(post.wiring, program_id=SAMPLE_PROGRAM.id, member_id=post.member(post.tom))
    no_linked_mail(post, post.member(post.tom))
    attached = ((e_receipt("leak", OATS), PDF, "receipt.pdf"),)
    post.arrive(mail("stranger@elsewhere.example", to=own.secret_address, attached=attached))
    post.work()
    assert len(post.states(post.tom)) == 1
    (answer,) = post.sink.mails
    plain = answer.message.get_body(("plain",))
    assert plain is not None
    assert "points" not in plain.get_content()
    assert "link this mail address" in plain.get_content()


def test_mails_in_anothers_name_do_not_drown_their_answers(post: Post) -> None:
    for number in range(12):
        post.arrive(mail(MAYA.email, text=f"forged {number}"))
    post.work()
    forged = len(post.sink.mails)
    assert forged <= 5
    post.arrive(post.from_maya("real"))
    post.work()
    assert len(post.sink.mails) == forged + 1


@pytest.mark.parametrize(
    "header",
    [
        ("Auto-Submitted", "(away) auto-replied"),
        ("Precedence", "bulk (list)"),
        ("List-Id", "<l.example.com>"),
    ],
)
def test_a_machine_at_a_linked_address_is_not_answered(post: Post, header: tuple[str, str]) -> None:
    post.arrive(signed(mail(MAYA.email, headers=(header,)), post.key))
    post.work()
    assert post.sink.mails == []


def test_an_older_link_does_not_take_an_address_away(post: Post) -> None:
    post.arrive(mail("ann@elsewhere.example", subject="first"))
    post.work()
    with post.wiring.database.write() as session:
        session.query(LinkRow).one().created_at -= timedelta(days=2)
    post.arrive(mail("ann@elsewhere.example", subject="second"))
    post.work()
    older, newer = (link_in(each.raw) for each in post.sink.mails)
    assert isinstance(use_link(post.wiring, newer, post.tom), Linked)
    assert isinstance(use_link(post.wiring, older, post.maya), NotLinked)
    with post.wiring.database.read() as session:
        linked = Addresses(session, SAMPLE_PROGRAM.id, utc_now()).members_of(
            Address(AddressKind.EMAIL, "ann@elsewhere.example")
        )
    assert linked == (post.member(post.tom),)


@pytest.fixture
def asks(post: Post) -> Iterator[list[object]]:
    yield [
        ask_to_link(
            post.wiring,
            program_id=SAMPLE_PROGRAM.id,
            member_id=post.member(post.maya),
            written=f"someone{number}@elsewhere.example",
        )
        for number in range(14)
    ]


def test_one_member_cannot_have_us_write_to_many(post: Post, asks: list[object]) -> None:
    post.work()
    assert sum(isinstance(each, Address) for each in asks) == 10
    assert len(post.sink.mails) == 10


def test_one_address_is_written_to_five_times_a_day_whoever_asks(post: Post) -> None:
    answers = [
        ask_to_link(
            post.wiring,
            program_id=SAMPLE_PROGRAM.id,
            member_id=post.member(who),
            written="someone@elsewhere.example",
        )
        for who in [post.maya] * 4 + [post.tom] * 4
    ]
    post.work()
    assert sum(isinstance(each, Address) for each in answers) == 5
    assert len(post.sink.mails) == 5
    with post.wiring.database.read() as session:
        assert session.query(LinkRow).count() == 5, "what is refused leaves nothing behind"


def test_a_stranger_with_many_links_that_were_never_sent_is_asked_by_one_question(post: Post) -> None:
    post.arrive(mail("ann@elsewhere.example", subject="first"))
    post.work()
    with post.wiring.database.write() as session:
        for row in session.query(OutgoingRow).all():
            row.state = "failed"
        addresses = Addresses(session, SAMPLE_PROGRAM.id, utc_now())
        for _ in range(40):
            addresses.make_link(Address(AddressKind.EMAIL, "ann@elsewhere.example"), life_s=3600)
    asked: list[str] = []
    event.listen(
        post.wiring.database.engine, "before_cursor_execute", lambda *told: asked.append(str(told[2]))
    )
    post.arrive(mail("ann@elsewhere.example", subject="second"))
    post.work()
    assert len(post.sink.mails) == 2
    assert sum("outgoing_messages.detail = " in each for each in asked) < 5
