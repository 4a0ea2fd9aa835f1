"""A receipt is texted, points are posted, a text comes back: through the webhook, to a real server."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from api.app import create_app
from pipeline.clock import utc_now
from pipeline.queue import DELETE_MEDIA
from pipeline.relay import Relay
from pipeline.sample import MAYA, SAMPLE_PROGRAM
from pipeline.settings import Settings
from pipeline.takein.text import delete_due_media
from pipeline.views import receipt_list
from pipeline.wiring import build
from pipeline.worker import make_worker
from receipts.database.repositories.addresses import Addresses
from receipts.database.repositories.inbound import media_due
from receipts.database.repositories.programs import Programs
from receipts.database.tables import InboundRow, OutgoingRow
from receipts.identity import MemberId
from receipts.inbound import Address, AddressKind, InboundState
from receipts.state import ReceiptState
from tests.pipeline.conftest import OATS, e_receipt
from tests.support.doors import Doors
from tests.support.fake_twilio import FakeTwilio, redirecting, serving_twilio
from tests.support.ready import make_ready
from tests.support.text_door import ACCOUNT, NUMBER, PUBLIC, STATUS, TOKEN, Door, Fields

from .conftest import _free_port, serving

if TYPE_CHECKING:
    from tests.support.smtp_sink import SmtpSink

MAYAS_NUMBER = "+12025550111"


@dataclass
class Journey:
    """The app, the provider, and workers that are worked by hand."""

    door: Door
    doors: Doors
    twilio: FakeTwilio
    maya: MemberId

    def form(self, *urls: str, **fields: str) -> Fields:
        """A text from Maya's telephone with these media."""
        media = {"NumMedia": str(len(urls))}
        for index, url in enumerate(urls):
            media |= {f"MediaUrl{index}": url, f"MediaContentType{index}": "application/pdf"}
        return self.door.form(**{"From": MAYAS_NUMBER, **media, **fields})

    def receipt(self, name: str, **options: int) -> str:
        """A purchase's receipt with the provider; its address."""
        return self.twilio.add_media(e_receipt(name, OATS), "application/pdf", **options)

    def states(self) -> list[ReceiptState]:
        listed = receipt_list(self.door.wiring, program_id=SAMPLE_PROGRAM.id, member_id=self.maya, limit=50)
        return [each.state for each in listed]

    def said(self) -> list[str]:
        """The texts that were sent, after the work is done."""
        self.doors.work()
        return [each["Body"] for each in self.twilio.texts]


@pytest.fixture
def journey(tmp_path: Path) -> Iterator[Journey]:
    port = _free_port()
    with serving_twilio() as twilio:
        twilio.account_sid, twilio.auth_token = ACCOUNT, TOKEN
        channels = tmp_path / "channels.toml"
        channels.write_text(
            f'[program.sample.sms]\naccount_sid = "{ACCOUNT}"\nauth_token = "{TOKEN}"\n'
            f'numbers = ["{NUMBER}"]\ndelete_media = true\napi_base_url = "{twilio.url}"\n'
        )
        settings = Settings(data_dir=tmp_path / "data", port=port, public_url=PUBLIC, channels_file=channels)
        wiring = build(settings)
        make_ready(wiring)
        with wiring.database.write() as session:
            found = Programs(session).account_by_email(MAYA.email)
            assert found is not None
            maya = found[0].member_id
            assert maya is not None
            number = Address(AddressKind.PHONE, MAYAS_NUMBER)
            Addresses(session, SAMPLE_PROGRAM.id, utc_now()).link(number, maya, shared=False)
        no_mails: SmtpSink = None  # type: ignore[assignment]  # no mail is sent here
        with serving(create_app(wiring), port), httpx.Client(base_url=f"http://127.0.0.1:{port}") as http:
            yield Journey(Door(wiring, http), Doors(wiring, tmp_path, no_mails), twilio, maya)
        wiring.close()


def test_a_texted_receipt_is_paid_told_and_deleted_at_the_provider(journey: Journey) -> None:
    url = journey.receipt("first")
    assert "we are reading your receipt" in journey.door.said(journey.form(url))
    (text,) = journey.said()
    assert re.search(r"\d+ points for Dollar Lantern", text)
    assert "Your balance: " in text
    assert journey.states() == [ReceiptState.AWARDED]
    assert journey.twilio.media == {}
    sent = journey.twilio.texts[0]
    assert (sent["From"], sent["To"]) == (NUMBER, MAYAS_NUMBER)
    assert sent["StatusCallback"] == PUBLIC + STATUS


def test_media_that_could_not_be_deleted_stay_due_until_they_are(journey: Journey) -> None:
    wiring, url = journey.door.wiring, journey.receipt("first")
    sound = journey.twilio.add_media(b"a voice", "audio/amr")
    path = url.removeprefix(journey.twilio.url)

    def away_for_deletions(handler: BaseHTTPRequestHandler) -> None:
        if handler.command == "DELETE":
            handler.send_response(503)
            handler.send_header("Content-Length", "0")
        else:
            handler.send_response(307)
            handler.send_header("Location", f"{journey.twilio.url}/files{path}")
            handler.send_header("Content-Length", "0")
        handler.end_headers()

    journey.twilio.answers[path] = away_for_deletions
    form = journey.form(sound, url, MediaContentType0="audio/amr")
    journey.door.said(form)
    journey.said()
    message = journey.door.newest(form)
    assert (message.state, message.media_due) == (InboundState.TAKEN, True)
    with wiring.database.read() as session:
        assert media_due(session, before=utc_now(), limit=10) == (message.id,)
        assert media_due(session, before=message.updated_at, limit=10) == ()
    delete_due_media(wiring, message.id)
    assert journey.door.newest(form).media_due
    with wiring.database.write() as session:
        session.query(InboundRow).one().updated_at -= timedelta(seconds=600)
    Relay(wiring).ring_for_media()
    (rung,) = (wiring.settings.data_dir / "queue").iterdir()
    assert json.loads(rung.read_text())["headers"]["task"] == DELETE_MEDIA
    del journey.twilio.answers[path]
    make_worker(wiring).tasks[DELETE_MEDIA](message.id)
    assert not journey.door.newest(form).media_due
    assert set(journey.twilio.media) == {sound.removeprefix(journey.twilio.url)}, "only what is stored here"
    with wiring.database.read() as session:
        assert media_due(session, before=utc_now(), limit=10) == ()


def test_the_same_text_again_pays_and_says_nothing_more(journey: Journey) -> None:
    form = journey.form(journey.receipt("first"))
    first = journey.door.said(form)
    said = journey.said()
    assert journey.door.said(form) == first
    assert journey.said() == said
    assert journey.states() == [ReceiptState.AWARDED]


def test_three_pictures_are_three_receipts_and_one_answer(journey: Journey) -> None:
    urls = [journey.receipt(name) for name in ("first", "second", "third")]
    assert "your 3 pictures" in journey.door.said(journey.form(*urls))
    (text,) = journey.said()
    assert "for your 3 receipts" in text
    assert len(journey.states()) == 3


def test_a_picture_that_is_not_there_yet_is_waited_for(journey: Journey) -> None:
    journey.door.said(journey.form(journey.receipt("first", missing=1)))
    assert journey.said() == []
    until = time.monotonic() + 15
    while not journey.said():
        assert time.monotonic() < until
        time.sleep(0.2)
    assert journey.states() == [ReceiptState.AWARDED]


def test_one_picture_that_never_comes_takes_no_other_with_it(journey: Journey) -> None:
    lost = journey.receipt("second")
    journey.twilio.answers[lost.removeprefix(journey.twilio.url)] = redirecting("https://evil.example/x")
    journey.door.said(journey.form(journey.receipt("first"), lost))
    (text,) = journey.said()
    assert "for your 2 receipts" in text
    assert "1 we could not use" in text
    assert sorted(state.value for state in journey.states()) == ["awarded", "rejected"]


def test_an_unknown_number_is_asked_whose_it_is_and_nothing_is_lost(journey: Journey) -> None:
    form = journey.form(journey.receipt("first"), From="+12025550177")
    assert "by the link that we text you" in journey.door.said(form)
    (text,) = journey.said()
    assert f"{PUBLIC}/join/" in text
    message = journey.door.newest(form)
    assert message.state is InboundState.UNLINKED
    assert message.parts is not None
    assert len(message.parts) == 1
    assert journey.states() == []


def test_media_of_another_place_are_never_asked_for(journey: Journey) -> None:
    with serving_twilio() as inner:
        form = journey.form(inner.url + "/secret")
        journey.door.said(form)
        (text,) = journey.said()
        assert inner.asked == []
    assert "did not arrive" in text
    assert journey.door.newest(form).state is InboundState.REJECTED
    assert journey.twilio.paths == [f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"]


def test_who_said_stop_is_paid_in_silence(journey: Journey) -> None:
    assert "no more texts" in journey.door.said(journey.form(Body="STOP"))
    assert journey.door.said(journey.form(journey.receipt("first"))) == ""
    assert journey.said() == []
    assert journey.states() == [ReceiptState.AWARDED]


def test_a_stop_that_only_the_provider_heard_is_kept(journey: Journey) -> None:
    journey.twilio.refusals[MAYAS_NUMBER] = (400, 21610, "unsubscribed recipient")
    journey.door.said(journey.form(journey.receipt("first")))
    assert journey.said() == []
    assert journey.door.stopped(MAYAS_NUMBER)
    assert journey.door.said(journey.form(journey.receipt("second"))) == ""
    assert "You get our texts" in journey.door.said(journey.form(Body="START"))


def test_how_the_answer_fared_is_kept(journey: Journey) -> None:
    journey.door.said(journey.form(journey.receipt("first")))
    journey.said()
    sid = journey.twilio.texts[0]["sid"]
    form = {"MessageSid": sid, "AccountSid": ACCOUNT, "MessageStatus": "delivered", "To": MAYAS_NUMBER}
    answer = journey.door.send(form, url=PUBLIC + STATUS, path=STATUS)
    assert answer.status_code == 204
    with journey.door.wiring.database.read() as session:
        assert session.query(OutgoingRow).filter_by(provider_id=sid).one().provider_status == "delivered"
