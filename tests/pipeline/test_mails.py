"""Mails from the mailbox to the answer: whose they are, what becomes of them, and what the sender reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email.policy import default
from pathlib import Path

import pytest
from sqlalchemy import text

from pipeline.clock import utc_now
from pipeline.linking import Linked, NotLinked, my_addresses, open_link, use_link
from pipeline.relay import Relay
from pipeline.review import Resolved, resolve_case
from pipeline.sample import MAYA, RUTH, SAMPLE_PROGRAM, TOM
from pipeline.settings import Settings
from pipeline.views import receipt_list, statement
from pipeline.wiring import build
from receipts.database.repositories.addresses import Addresses
from receipts.database.repositories.inbound import Inbound
from receipts.database.repositories.programs import Programs
from receipts.identity import MemberId
from receipts.inbound import Address, AddressKind, InboundState
from receipts.program import Account
from receipts.proof import Proof, SenderTrust
from receipts.state import ReceiptState
from tests.pipeline.conftest import OATS, e_receipt
from tests.support.doors import ADDRESS, Doors, channels_toml, mail, write_settings_files
from tests.support.ready import make_ready
from tests.support.signing import Key, records, rsa_key, signed
from tests.support.smtp_sink import run_smtp_sink

PDF = "application/pdf"


@dataclass
class Post(Doors):
    """The doors, with who is who and a domain that signs its mails."""

    maya: Account = None  # type: ignore[assignment]
    tom: Account = None  # type: ignore[assignment]
    ruth: Account = None  # type: ignore[assignment]
    key: Key = None  # type: ignore[assignment]

    def from_maya(self, name: str = "first", **more: object) -> bytes:
        """A mail that example.com signed, with an e-receipt attached."""
        attached = ((e_receipt(name, OATS), PDF, "receipt.pdf"),)
        return signed(mail(MAYA.email, attached=attached, **more), self.key)  # type: ignore[arg-type]

    def member(self, account: Account) -> MemberId:
        assert account.member_id is not None
        return account.member_id

    def balance(self, account: Account) -> int:
        found = statement(self.wiring, program_id=SAMPLE_PROGRAM.id, member_id=self.member(account))
        assert found is not None
        return found.balance

    def states(self, account: Account) -> list[ReceiptState]:
        listed = receipt_list(
            self.wiring, program_id=SAMPLE_PROGRAM.id, member_id=self.member(account), limit=50
        )
        return [each.state for each in listed]


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    key = rsa_key("example.com")
    with run_smtp_sink() as sink:
        channels, dns = write_settings_files(tmp_path, channels_toml(smtp_port=sink.port), records(key))
        wiring = build(Settings(data_dir=tmp_path / "data", channels_file=channels, dns_file=dns))
        make_ready(wiring)
        with wiring.database.read() as session:
            found = [Programs(session).account_by_email(who.email) for who in (MAYA, TOM, RUTH)]
        maya, tom, ruth = (each[0] for each in found if each is not None)
        yield Post(wiring, tmp_path, sink, maya, tom, ruth, key)
        wiring.close()


def test_a_signed_mail_of_a_linked_address_is_paid_and_answered_in_its_thread(post: Post) -> None:
    received = post.arrive(post.from_maya())
    post.work()
    message = post.message(received.inbound_id)
    assert message.state is InboundState.TAKEN
    assert message.sent_by is not None
    assert message.sent_by.trust is SenderTrust.VOUCHED
    assert post.states(post.maya) == [ReceiptState.AWARDED]
    (answer,) = post.sink.mails
    assert answer.recipients == [MAYA.email]
    said = answer.message
    assert said["Subject"] == "Re: Fwd: Your receipt"
    assert said["In-Reply-To"] == said["References"]
    assert said["In-Reply-To"].endswith("@mail.example>")
    assert said["Auto-Submitted"] == "auto-replied"
    plain, html = (said.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert html is not None
    for words in (plain.get_content(), html.get_content()):
        assert "Dollar Lantern" in words
        assert f"Your balance: {post.balance(post.maya)}" in words.replace("<b>", "")


def test_the_same_mail_under_another_uid_is_one_mail(post: Post) -> None:
    raw = post.from_maya()
    first, second = post.arrive(raw, key="1"), post.arrive(raw, key="2")
    post.work()
    assert first.created
    assert not second.created
    assert second.inbound_id == first.inbound_id
    assert len(post.states(post.maya)) == 1
    assert len(post.sink.mails) == 1


def test_a_bare_from_line_is_a_hint_and_a_person_looks(post: Post) -> None:
    raw = mail(MAYA.email, attached=((e_receipt("bare", OATS), PDF, "receipt.pdf"),))
    received = post.arrive(raw)
    post.work()
    sent_by = post.message(received.inbound_id).sent_by
    assert sent_by is not None
    assert sent_by.trust is SenderTrust.UNVOUCHED
    assert post.states(post.maya) == [ReceiptState.HELD]
    assert post.balance(post.maya) == 0


def test_a_held_mail_is_answered_twice_when_a_person_decides(post: Post) -> None:
    received = post.arrive(mail(MAYA.email, attached=((e_receipt("held", OATS), PDF, "receipt.pdf"),)))
    post.work()
    assert post.message(received.inbound_id).state is InboundState.TAKEN
    with post.wiring.database.read() as session:
        from pipeline.clock import utc_now
        from receipts.database.repositories.reviews import Reviews

        case = Reviews(session, SAMPLE_PROGRAM.id, utc_now()).open_cases(after=0, limit=1)[0]
    done = resolve_case(
        post.wiring,
        program_id=SAMPLE_PROGRAM.id,
        case_id=case.id,
        reviewer=post.ruth.id,
        approve=True,
        products={},
        note="",
    )
    assert isinstance(done, Resolved)
    post.work()
    first, second = (each.message.get_body(("plain",)) for each in post.sink.mails)
    assert first is not None
    assert second is not None
    assert "person will look" in first.get_content()
    assert "it earns 30 points" in first.get_content()
    assert "Your points are in your account" in second.get_content()


def test_the_secret_address_names_the_member_whoever_the_sender(post: Post) -> None:
    own = my_addresses(post.wiring, program_id=SAMPLE_PROGRAM.id, member_id=post.member(post.tom))
    attached = ((e_receipt("secret", OATS), PDF, "receipt.pdf"),)
    raw = mail(
        "no-reply@shop.example",
        to=own.secret_address,
        attached=attached,
        headers=(("Auto-Submitted", "auto-generated"), ("List-Id", "<orders.shop.example>")),
    )
    received = post.arrive(raw)
    post.work()
    message = post.message(received.inbound_id)
    assert message.sent_by is not None
    assert message.sent_by.trust is SenderTrust.SECRET_ADDRESS
    assert post.states(post.tom) == [ReceiptState.AWARDED]
    # The shop's machine is not answered; the member is.
    assert [each.recipients for each in post.sink.mails] == [[TOM.email]]


def link_in(raw: bytes) -> str:
    from email import message_from_bytes

    said = message_from_bytes(raw, policy=default).get_body(("plain",))
    assert said is not None
    (url,) = [line for line in said.get_content().splitlines() if "/join/" in line]
    return url.rpartition("/join/")[2]


def test_an_unknown_sender_gets_a_link_and_the_receipt_is_credited_once_it_is_used(post: Post) -> None:
    attached = ((e_receipt("unknown", OATS), PDF, "receipt.pdf"),)
    received = post.arrive(mail("ann@elsewhere.example", attached=attached))
    post.work()
    assert post.message(received.inbound_id).state is InboundState.UNLINKED
    (asked,) = post.sink.mails
    assert asked.recipients == ["ann@elsewhere.example"]
    token = link_in(asked.raw)
    found = open_link(post.wiring, token)
    assert found is not None
    assert found.usable
    assert found.waiting == 1
    linked = use_link(post.wiring, token, post.tom)
    assert isinstance(linked, Linked)
    assert linked.taken_up == 1
    post.work()
    message = post.message(received.inbound_id)
    assert message.state is InboundState.TAKEN
    assert message.sent_by is not None
    assert message.sent_by.trust is SenderTrust.CLAIMED
    assert post.states(post.tom) == [ReceiptState.AWARDED]
    # Used once: neither again, nor by another.
    assert isinstance(use_link(post.wiring, token, post.tom), NotLinked)
    assert isinstance(use_link(post.wiring, token, post.maya), NotLinked)


def test_one_link_a_day_however_many_mails(post: Post) -> None:
    for number in range(3):
        post.arrive(mail("ann@elsewhere.example", subject=f"receipt {number}"))
    post.work()
    assert len(post.sink.mails) == 1


@pytest.mark.parametrize(
    "headers",
    [
        (("Auto-Submitted", "auto-replied"),),
        (("Return-Path", "<>"),),
        (("X-Tillpoints-Answer", "out_1"),),
        (("X-Autoreply", "yes"),),
    ],
)
def test_machines_are_never_answered(post: Post, headers: tuple[tuple[str, str], ...]) -> None:
    received = post.arrive(mail(MAYA.email, text="I am away until Monday.", headers=headers))
    post.work()
    assert post.message(received.inbound_id).state is InboundState.IGNORED
    assert post.sink.mails == []


@pytest.mark.parametrize("headers", [(("Precedence", "bulk"),), (("List-Id", "<news.shop.example>"),)])
def test_lists_that_nobody_has_linked_are_kept_and_not_answered(
    post: Post, headers: tuple[tuple[str, str], ...]
) -> None:
    received = post.arrive(mail("news@shop.example", headers=headers))
    post.work()
    assert post.message(received.inbound_id).state is InboundState.UNLINKED
    assert post.sink.mails == []


def test_our_own_address_as_the_sender_is_ignored(post: Post) -> None:
    received = post.arrive(mail(ADDRESS))
    post.work()
    assert post.message(received.inbound_id).state is InboundState.IGNORED
    assert post.sink.mails == []


def test_a_mail_without_a_receipt_is_answered_with_what_to_do(post: Post) -> None:
    received = post.arrive(signed(mail(MAYA.email, text="Hello, how many points do I have?"), post.key))
    post.work()
    assert post.message(received.inbound_id).state is InboundState.ANSWERED
    assert post.states(post.maya) == []
    (answer,) = post.sink.mails
    plain = answer.message.get_body(("plain",))
    assert plain is not None
    assert "forward the shop's own mail" in plain.get_content()


def test_an_attachment_without_a_byte_is_named_and_the_mail_is_no_question(post: Post) -> None:
    empty = ((b"", "image/jpeg", "IMG_1.jpg"), (b"\n", "text/plain", "ATT00001.txt"))
    received = post.arrive(signed(mail(MAYA.email, text="My receipt", attached=empty), post.key))
    post.work()
    assert post.message(received.inbound_id).state is InboundState.TAKEN
    assert post.rows("SELECT file_name, rejection_code FROM receipts") == [("IMG_1.jpg", "empty")]
    plain = post.sink.mails[0].message.get_body(("plain",))
    assert plain is not None
    assert "The file is empty. Please choose the photo again" in plain.get_content()


def test_a_mail_that_holds_something_else_is_rejected_in_words_for_mails(post: Post) -> None:
    page = "<table><tr><td>Weekly offers</td><td>from 3.99</td></tr></table>"
    post.arrive(signed(mail(MAYA.email, text="Offers from 3.99", html=page), post.key))
    post.work()
    assert post.states(post.maya) == [ReceiptState.REJECTED]
    plain = post.sink.mails[0].message.get_body(("plain",))
    assert plain is not None
    assert "photo again" not in plain.get_content()


def test_a_tampered_mail_is_held_and_says_why_to_the_reviewer(post: Post) -> None:
    raw = post.from_maya("tampered").replace(b"My receipt.", b"My receipt!")
    received = post.arrive(raw)
    post.work()
    sent_by = post.message(received.inbound_id).sent_by
    assert sent_by is not None
    assert sent_by.proof is not None
    assert sent_by.proof.verdict is Proof.CONTRADICTED
    assert post.states(post.maya) == [ReceiptState.HELD]


def test_too_many_answers_to_one_address_wait_for_their_turn(post: Post) -> None:
    limit = post.wiring.settings.replies_per_hour
    for number in range(limit + 2):
        post.arrive(signed(mail(MAYA.email, text=f"hello {number}"), post.key))
    post.work()
    assert len(post.sink.mails) == limit
    assert post.rows("SELECT count(*) FROM outgoing_messages WHERE state = 'waiting'") == [(2,)]


def test_a_loop_of_answers_ends(post: Post) -> None:
    limit = 6
    post.wiring.settings = post.wiring.settings.model_copy(update={"replies_per_hour": limit})
    for number in range(3 * limit):
        post.arrive(signed(mail(MAYA.email, text=f"hello {number}"), post.key))
    post.work()
    ends = dict(post.rows("SELECT state, count(*) FROM outgoing_messages GROUP BY state"))
    assert (ends["sent"], ends["dropped"] > 0) == (limit, True)
    assert ends["waiting"] <= limit


def test_a_shops_mail_without_a_return_path_is_taken_at_the_secret_address(post: Post) -> None:
    own = my_addresses(post.wiring, program_id=SAMPLE_PROGRAM.id, member_id=post.member(post.tom))
    attached = ((e_receipt("null path", OATS), PDF, "receipt.pdf"),)
    raw = mail(
        "orders@shop.example", to=own.secret_address, attached=attached, headers=(("Return-Path", "<>"),)
    )
    post.arrive(raw)
    post.work()
    assert post.states(post.tom) == [ReceiptState.AWARDED]
    assert [each.recipients for each in post.sink.mails] == [[TOM.email]]


def test_an_operator_can_have_an_ignored_mail_looked_into(post: Post) -> None:
    received = post.arrive(signed(mail(MAYA.email, headers=(("Auto-Submitted", "auto-replied"),)), post.key))
    post.work()
    assert post.message(received.inbound_id).state is InboundState.IGNORED
    with post.wiring.database.write() as session:
        assert Inbound(session, SAMPLE_PROGRAM.id, utc_now()).run_again(received.inbound_id)
    post.work()
    assert post.message(received.inbound_id).state is not InboundState.IGNORED


def test_a_new_link_goes_out_once_the_last_one_is_used(post: Post) -> None:
    post.arrive(mail("ann@elsewhere.example", subject="first"))
    post.work()
    assert isinstance(use_link(post.wiring, link_in(post.sink.mails[0].raw), post.tom), Linked)
    with post.wiring.database.write() as session:
        Addresses(session, SAMPLE_PROGRAM.id, utc_now()).unlink(
            Address(AddressKind.EMAIL, "ann@elsewhere.example"), post.member(post.tom)
        )
    received = post.arrive(mail("ann@elsewhere.example", subject="second"))
    post.work()
    assert "A link was sent" in post.message(received.inbound_id).sentence
    assert len([each for each in post.sink.mails if b"/join/" in each.raw]) == 2


def test_an_answer_that_kills_its_worker_is_given_up(post: Post) -> None:
    post.arrive(post.from_maya("poison"))
    post.work_without_answers()
    with post.wiring.database.write() as session:
        session.execute(text("UPDATE outgoing_messages SET attempts = 14"))
    post.work()
    assert post.rows("SELECT state FROM outgoing_messages") == [("failed",)]
    assert post.sink.mails == []


def test_a_server_that_refuses_for_now_is_tried_again(post: Post) -> None:
    post.sink.answers[MAYA.email] = "451 4.3.0 come back later"
    post.arrive(post.from_maya())
    post.work()
    assert post.sink.mails == []
    (row,) = post.rows("SELECT state, attempts, reason FROM outgoing_messages")
    assert row[0] == "waiting"
    assert row[1] == 1
    assert "451" in row[2]


def test_a_server_that_refuses_for_good_is_not(post: Post) -> None:
    post.sink.answers[MAYA.email] = "550 5.1.1 no such user"
    post.arrive(post.from_maya())
    post.work()
    (row,) = post.rows("SELECT state, reason FROM outgoing_messages")
    assert row[0] == "failed"
    assert "550" in row[1]


def test_what_nobody_links_within_the_window_is_not_waited_for(post: Post) -> None:
    received = post.arrive(mail("ann@elsewhere.example"))
    post.work()
    relay = Relay(post.wiring)
    relay.expire()
    assert post.message(received.inbound_id).state is InboundState.UNLINKED
    with post.wiring.database.write() as session:
        session.execute(text("UPDATE inbound_messages SET received_at = '2020-01-01 00:00:00'"))
    relay.expire()
    assert post.message(received.inbound_id).state is InboundState.EXPIRED
    token = link_in(post.sink.mails[0].raw)
    linked = use_link(post.wiring, token, post.tom)
    assert isinstance(linked, Linked)
    assert linked.taken_up == 0


def test_the_relay_rings_again_for_a_mail_whose_bell_was_lost(post: Post) -> None:
    received = post.arrive(post.from_maya("bell"))
    with post.wiring.database.write() as session:
        session.execute(text("DELETE FROM outbox"))
        session.execute(text("UPDATE inbound_messages SET updated_at = '2020-01-01 00:00:00'"))
    Relay(post.wiring).sweep()
    assert post.rows("SELECT kind, target_id FROM outbox") == [("inbound", received.inbound_id)]
