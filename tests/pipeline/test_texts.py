"""Texts from the webhook's form to the second answer, with media from a real HTTP server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from sqlalchemy import text as sql_text

from ingest.sms.segments import segments
from pipeline.clock import utc_now
from pipeline.inbound import Received, receive_text
from pipeline.inbox_views import Again, run_again
from pipeline.linking import Linked, use_link
from pipeline.sample import MAYA, SAMPLE_PROGRAM, TOM
from pipeline.settings import Settings
from pipeline.views import receipt_list, statement
from pipeline.wiring import build
from receipts.database.repositories.addresses import Addresses
from receipts.database.repositories.programs import Programs
from receipts.inbound import Address, AddressKind, InboundState, Via
from receipts.program import Account
from receipts.proof import SenderTrust
from receipts.state import ReceiptState
from tests.pipeline.conftest import OATS, e_receipt
from tests.support.doors import NUMBER, Doors, channels_toml, write_settings_files
from tests.support.fake_twilio import ACCOUNT_SID, FakeTwilio, Media, serving_twilio
from tests.support.ready import make_ready
from tests.support.smtp_sink import run_smtp_sink

MAYAS_PHONE = "+12025550111"
STRANGER = "+12025550199"
PDF = "application/pdf"


@dataclass
class Texts(Doors):
    twilio: FakeTwilio = None  # type: ignore[assignment]
    maya: Account = None  # type: ignore[assignment]
    tom: Account = None  # type: ignore[assignment]
    sent: list[str] = field(default_factory=list)

    def text(self, sender: str, *media: tuple[str, str], body: str = "", via: Via = Via.SMS) -> Received:
        """As the webhook hands a text over; `media` has address and declared type of each."""
        sid = self.twilio.sid("MM")
        prefix = "whatsapp:" if via is Via.WHATSAPP else ""
        form = {
            "MessageSid": sid,
            "AccountSid": ACCOUNT_SID,
            "From": f"{prefix}{sender}",
            "To": f"{prefix}{NUMBER}",
            "Body": body,
            "NumMedia": str(len(media)),
        }
        for index, (url, content_type) in enumerate(media):
            form |= {f"MediaUrl{index}": url, f"MediaContentType{index}": content_type}
        return receive_text(
            self.wiring,
            program_id=SAMPLE_PROGRAM.id,
            via=via,
            sender=sender,
            recipient=NUMBER,
            message_sid=sid,
            token=None,
            form=form,
        )

    def receipt(self, name: str, **options: int) -> tuple[str, str]:
        """An e-receipt that the provider keeps: its address and type."""
        return self.twilio.add_media(e_receipt(name, OATS), PDF, **options), PDF

    def states(self, account: Account) -> list[ReceiptState]:
        assert account.member_id is not None
        listed = receipt_list(
            self.wiring, program_id=SAMPLE_PROGRAM.id, member_id=account.member_id, limit=50
        )
        return [each.state for each in listed]


@pytest.fixture(params=[""], ids=["one member a number"])
def texts(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Texts]:
    with run_smtp_sink() as sink, serving_twilio() as twilio:
        toml = channels_toml(
            smtp_port=sink.port, twilio_url=twilio.url, account_sid=ACCOUNT_SID, more=request.param
        )
        channels, dns = write_settings_files(tmp_path, toml, {})
        wiring = build(Settings(data_dir=tmp_path / "data", channels_file=channels, dns_file=dns))
        make_ready(wiring)
        with wiring.database.read() as session:
            found = [Programs(session).account_by_email(who.email) for who in (MAYA, TOM)]
        maya, tom = (each[0] for each in found if each is not None)
        link(wiring, maya)
        yield Texts(wiring, tmp_path, sink, twilio, maya, tom)
        wiring.close()


def link(wiring: object, account: Account, *, shared: bool = False) -> None:
    from pipeline.wiring import Wiring

    assert isinstance(wiring, Wiring)
    assert account.member_id is not None
    with wiring.database.write() as session:
        phone = Address(AddressKind.PHONE, MAYAS_PHONE)
        Addresses(session, SAMPLE_PROGRAM.id, utc_now()).link(phone, account.member_id, shared=shared)


def test_a_photo_from_a_linked_number_is_paid_and_a_second_text_says_so(texts: Texts) -> None:
    received = texts.text(MAYAS_PHONE, texts.receipt("one"))
    texts.work()
    message = texts.message(received.inbound_id)
    assert message.state is InboundState.TAKEN
    assert message.sent_by is not None
    assert message.sent_by.trust is SenderTrust.CARRIER
    assert texts.states(texts.maya) == [ReceiptState.AWARDED]
    (answer,) = texts.twilio.texts
    assert answer["To"] == MAYAS_PHONE
    assert answer["From"] == NUMBER
    assert answer["StatusCallback"].endswith("/channels/twilio/status")
    account = statement(
        texts.wiring,
        program_id=SAMPLE_PROGRAM.id,
        member_id=texts.maya.member_id or "",  # type: ignore[arg-type]
    )
    assert account is not None
    assert f"Your balance: {account.balance}" in answer["Body"]


def test_several_photos_are_receipts_of_one_submission_with_one_answer(texts: Texts) -> None:
    texts.text(MAYAS_PHONE, texts.receipt("two a"), texts.receipt("two b"))
    texts.work()
    assert texts.states(texts.maya) == [ReceiptState.AWARDED] * 2
    assert texts.rows("SELECT count(*) FROM submissions") == [(1,)]
    (answer,) = texts.twilio.texts
    assert "2 receipts" in answer["Body"]


def test_of_a_text_run_again_only_the_refused_file_is_read_again(texts: Texts) -> None:
    broken = texts.twilio.add_media(b"%PDF-1.4\n" + b"x" * 500, PDF), PDF
    received = texts.text(MAYAS_PHONE, texts.receipt("whole"), broken)
    texts.work()
    assert sorted(texts.states(texts.maya), key=str) == [ReceiptState.AWARDED, ReceiptState.REJECTED]
    asked = run_again(
        texts.wiring, program_id=SAMPLE_PROGRAM.id, inbound_id=received.inbound_id, asked_by=None
    )
    assert asked is Again.ON_ITS_WAY
    texts.work()
    states = texts.states(texts.maya)
    assert (states.count(ReceiptState.AWARDED), states.count(ReceiptState.REJECTED)) == (1, 2)


def test_several_photos_are_fetched_at_once(texts: Texts) -> None:
    """One after the other, three of 35 s each would outlast the worker's 80 s, at every try."""
    both = threading.Barrier(2)

    def answering(media: Media) -> Callable[[BaseHTTPRequestHandler], None]:
        def answer(handler: BaseHTTPRequestHandler) -> None:
            both.wait(10)
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(media.data)))
            handler.end_headers()
            handler.wfile.write(media.data)

        return answer

    photos = [texts.receipt("one of two"), texts.receipt("two of two")]
    for path, media in texts.twilio.media.items():
        texts.twilio.answers[path] = answering(media)
    texts.text(MAYAS_PHONE, *photos)
    texts.work()
    assert texts.states(texts.maya) == [ReceiptState.AWARDED] * 2


def test_media_that_are_not_there_yet_are_fetched_later(texts: Texts) -> None:
    received = texts.text(MAYAS_PHONE, texts.receipt("late", missing=1))
    texts.work()
    assert texts.message(received.inbound_id).state is InboundState.WAITING
    (left,) = texts.rows("SELECT not_before IS NOT NULL FROM inbound_messages")
    assert left[0] == 1
    with texts.wiring.database.write() as session:
        from sqlalchemy import text

        session.execute(text("UPDATE inbound_messages SET not_before = NULL"))
    texts.work()
    assert texts.states(texts.maya) == [ReceiptState.AWARDED]


def test_an_address_that_is_not_the_providers_is_never_asked(texts: Texts) -> None:
    received = texts.text(MAYAS_PHONE, ("http://169.254.169.254/latest/meta-data", "image/jpeg"))
    texts.work()
    message = texts.message(received.inbound_id)
    assert message.state is InboundState.REJECTED
    assert message.reason == "media_refused"
    assert texts.states(texts.maya) == []
    (answer,) = texts.twilio.texts
    assert "send it again" in answer["Body"]


def test_an_unknown_number_gets_a_link_and_keeps_its_picture(texts: Texts) -> None:
    url, declared = texts.receipt("stranger")
    received = texts.text(STRANGER, (url, declared))
    texts.work()
    assert texts.message(received.inbound_id).state is InboundState.UNLINKED
    (asked,) = texts.twilio.texts
    assert asked["To"] == STRANGER
    token = asked["Body"].rpartition("/join/")[2]
    # The provider may have deleted it by the time the link is used.
    texts.twilio.media.clear()
    linked = use_link(texts.wiring, token, texts.tom)
    assert isinstance(linked, Linked)
    assert linked.address == Address(AddressKind.PHONE, STRANGER)
    texts.work()
    assert texts.states(texts.tom) == [ReceiptState.AWARDED]
    assert texts.twilio.texts[-1]["To"] == STRANGER


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ("link_life_s = 7200", ["Sign in or join within 2 hours"]),
        ('joining = "closed"', ["Sign in within 7 days"]),
        (
            'joining = "closed"\njoin_url = "https://join.example"',
            ["Not a member? Join at https://join.example first.", "Sign in within 7 days"],
        ),
    ],
    indirect=["texts"],
)
def test_the_link_says_how_to_join_and_comes_whole_whatever_the_programs_letters(
    texts: Texts, words: list[str]
) -> None:
    with texts.wiring.database.write() as session:
        session.execute(sql_text("UPDATE programs SET name = 'Łódź Rewards'"))
    texts.text(STRANGER, texts.receipt("far"))
    texts.work()
    (asked,) = texts.twilio.texts
    assert [said for said in words if said in asked["Body"]] == words
    assert segments(asked["Body"]).count <= 3
    token = asked["Body"].rpartition("/join/")[2]
    assert len(token) < 60
    assert isinstance(use_link(texts.wiring, token, texts.tom), Linked)


def test_a_number_linked_anew_leaves_its_member_before(texts: Texts) -> None:
    link(texts.wiring, texts.tom)
    texts.text(MAYAS_PHONE, texts.receipt("recycled"))
    texts.work()
    assert texts.states(texts.maya) == []
    assert texts.states(texts.tom) == [ReceiptState.AWARDED]


@pytest.mark.parametrize("texts", ["shared_addresses = true"], indirect=True, ids=["shared"])
def test_a_shared_number_asks_whose_each_receipt_is(texts: Texts) -> None:
    link(texts.wiring, texts.tom, shared=True)
    texts.text(MAYAS_PHONE, texts.receipt("whose a"))
    texts.text(MAYAS_PHONE, texts.receipt("whose b"))
    texts.work()
    first, second = (each["Body"].rpartition("/join/")[2] for each in texts.twilio.texts)
    assert isinstance(use_link(texts.wiring, first, texts.maya), Linked)
    assert isinstance(use_link(texts.wiring, second, texts.tom), Linked)
    texts.work()
    assert texts.states(texts.maya) == [ReceiptState.AWARDED]
    assert texts.states(texts.tom) == [ReceiptState.AWARDED]


def test_nothing_is_sent_to_a_number_that_said_stop(texts: Texts) -> None:
    with texts.wiring.database.write() as session:
        Addresses(session, SAMPLE_PROGRAM.id, utc_now()).stop(MAYAS_PHONE)
    texts.text(MAYAS_PHONE, texts.receipt("stopped"))
    texts.work()
    assert texts.states(texts.maya) == [ReceiptState.AWARDED]
    assert texts.twilio.texts == []
    assert texts.rows("SELECT state FROM outgoing_messages") == [("dropped",)]


def test_a_whatsapp_message_is_answered_on_whatsapp(texts: Texts) -> None:
    texts.text(MAYAS_PHONE, texts.receipt("whatsapp"), via=Via.WHATSAPP)
    texts.work()
    (answer,) = texts.twilio.texts
    assert (answer["To"], answer["From"]) == (f"whatsapp:{MAYAS_PHONE}", f"whatsapp:{NUMBER}")


def test_a_refusal_for_good_is_kept_with_its_reason(texts: Texts) -> None:
    texts.twilio.refusals[MAYAS_PHONE] = (400, 21610, "Attempt to send to unsubscribed recipient")
    texts.text(MAYAS_PHONE, texts.receipt("refused"))
    texts.work()
    (row,) = texts.rows("SELECT state, reason FROM outgoing_messages")
    assert row[0] == "dropped"
    assert "asked us to stop" in row[1]


def test_the_same_purchase_by_mail_and_by_text_is_one_and_kindly_told(texts: Texts) -> None:
    texts.text(MAYAS_PHONE, texts.receipt("twice"))
    texts.work()
    texts.text(MAYAS_PHONE, texts.receipt("twice"))
    texts.work()
    assert sorted(state.value for state in texts.states(texts.maya)) == ["awarded", "declined"]
    said = texts.twilio.texts[-1]["Body"]
    assert "already" in said
