"""What a text is answered at once: a photo, words, a voice message, and the words that carriers oblige."""

from __future__ import annotations

import pytest
from sqlalchemy import text as sql_text

from ingest.sms.segments import segments
from pipeline.clock import utc_now
from pipeline.sample import SAMPLE_PROGRAM
from receipts.database.repositories.addresses import Addresses
from receipts.identity import ProgramId
from receipts.inbound import InboundState, OutgoingKind, OutgoingState, Via
from tests.support.text_door import (
    NUMBER,
    OTHER_NUMBER,
    OTHER_PROGRAM_ID,
    SECOND,
    STRANGE_ACCOUNT,
    STRANGE_TOKEN,
    Door,
    Fields,
    photo,
)

TOMS_PHONE = "+12025550112"


class TestAnswers:
    @pytest.mark.parametrize(
        ("fields", "words", "reason"),
        [
            ({"Body": "hello, where do I send this?"}, "Please text a photo of your receipt", "no_picture"),
            ({}, "Please text a photo of your receipt", "no_picture"),
            ({"Latitude": "52.3", "Longitude": "4.7"}, "Please text a photo", "no_picture"),
            (photo("text/x-vcard"), "You sent a contact, which we cannot read", "no_picture"),
            (photo("audio/amr"), "You sent a voice message, which we cannot read", "no_picture"),
            (photo("video/3gpp"), "You sent a video, which we cannot read", "no_picture"),
            (photo("text/plain"), "You sent a file, which we cannot read", "no_picture"),
            ({"NumMedia": "1"}, "Your picture did not arrive", "media_missing"),
            ({"Body": "HELP"}, "Help: help@example.com. Reply STOP to end.", "help"),
            ({"Body": "Ayuda"}, "Msg & data rates may apply", "help"),
            ({"Body": "info"}, "up to 2 texts per receipt.", "help"),
        ],
    )
    def test_what_is_no_receipt_is_told_what_to_send(
        self, door: Door, fields: Fields, words: str, reason: str
    ) -> None:
        form = door.form(**fields)
        said = door.said(form)
        assert said.startswith(f"{SAMPLE_PROGRAM.name}: ")
        assert words in said
        message = door.newest(form)
        assert (message.state, message.reason) == (InboundState.ANSWERED, reason)

    @pytest.mark.parametrize(
        ("media", "words"),
        [
            (photo("application/pdf"), "your receipt."),
            (photo("image/heic", 3), "your 3 pictures."),
            (photo("") | {"Body": "HELP"}, "your receipt."),
        ],
    )
    def test_what_may_be_receipts_is_read(self, door: Door, media: Fields, words: str) -> None:
        known = door.form(From=TOMS_PHONE, **media)
        assert f"we are reading {words}" in door.said(known)
        assert door.newest(known).state is InboundState.WAITING
        strange = door.form(**media)
        said = door.said(strange)
        assert f"we keep {words}" in said
        assert "reading" not in said, "it is read once they have joined"
        assert "sign in or join by the link that we text you" in said
        assert door.newest(strange).state is InboundState.WAITING

    def test_words_of_a_number_that_is_nobodys_are_told_how_to_join(self, door: Door) -> None:
        assert "you get a link to join" in door.said(door.form(Body="hello?"))
        assert "join" not in door.said(door.form(From=TOMS_PHONE, Body="hello?"))

    def test_every_answer_takes_two_parts_at_most(self, door: Door) -> None:
        for fields in (
            {"Body": "x"},
            {"Body": "HELP"},
            {"Body": "STOP"},
            {"Body": "START"},
            photo(),
            photo("audio/x"),
        ):
            assert segments(door.said(door.form(**fields))).gsm
            assert segments(door.said(door.form(**fields))).count in (1, 2)

    def test_whatsapp_comes_by_the_same_door(self, door: Door) -> None:
        for number in (NUMBER, SECOND):
            form = door.form(**photo(), To=f"whatsapp:{number}")
            form["From"] = "whatsapp:" + form["From"]
            assert "we keep your receipt" in door.said(form)
            assert door.newest(form).via is Via.WHATSAPP

    @pytest.mark.parametrize("sender", ["24273", "MyShop", NUMBER])
    def test_businesses_and_our_own_numbers_are_never_answered(self, door: Door, sender: str) -> None:
        form = door.form(Body="Your parcel is here", From=sender)
        assert door.said(form) == ""
        assert door.newest(form).state is InboundState.ANSWERED

    def test_a_machine_that_answers_our_answers_hears_no_end_of_nothing(self, door: Door) -> None:
        sender = "+12025558888"
        said = [door.said(door.form(Body="I am away", From=sender)) for _ in range(8)]
        assert [bool(words) for words in said] == [True] * 5 + [False] * 3

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"From": ""}, "From:"),
            ({"From": "rcs:brand_agent\x00"}, "From:"),
            ({"MessageSid": "SM1"}, "MessageSid is missing"),
            ({"From": "whatsapp:+12025550111"}, "two channels"),
        ],
    )
    def test_a_signed_form_that_is_no_text_is_kept_for_the_operator(
        self, door: Door, change: Fields, reason: str
    ) -> None:
        before = len(door.kept())
        form = door.form(**change)
        assert [door.said(form) for _ in range(2)] == ["", ""]
        assert len(door.kept()) == before + 1
        message = door.kept()[0]
        assert (message.state, message.reason) == (InboundState.REJECTED, "bad_form")
        assert reason in message.sentence
        assert message.sender == form["From"].replace("\x00", "")
        assert form["To"] in door.wiring.store.read_bytes(message.raw_sha256).decode()

    def test_what_was_said_at_once_is_kept_beside_the_text(self, door: Door) -> None:
        body = "How many points do I have? " * 9
        for fields in ({"Body": body}, photo() | {"Body": "from the market"}, {"Body": "HELP"}):
            form = door.form(**fields)
            said = [door.said(form) for _ in range(2)]
            message = door.newest(form)
            (answer,) = door.answers(message)
            assert said == [answer.body] * 2
            assert (answer.kind, answer.state) == (OutgoingKind.AT_ONCE, OutgoingState.SENT)
            assert answer.recipient == form["From"]
            assert answer.sent_at is not None
            assert message.subject[:12] == fields["Body"][:12]
            assert len(message.subject) <= 80

    def test_what_was_not_said_is_not_kept(self, door: Door) -> None:
        form = door.form(Body="Your parcel is here", From="24273")
        door.said(form)
        assert door.answers(door.newest(form)) == ()


class TestStop:
    def test_stop_is_confirmed_once_and_then_all_is_silent_until_start(self, door: Door) -> None:
        sender = "+12025557777"
        said = door.said(door.form(Body=" stop. ", From=sender))
        assert said.startswith(f"{SAMPLE_PROGRAM.name}: You will get no more texts from us. Reply START")
        assert door.stopped(sender)
        assert door.kept()[0].reason == "stop"
        assert door.said(door.form(Body="hello", From=sender)) == ""
        assert door.said(door.form(**photo(), From=sender)) == ""
        assert door.kept()[0].state is InboundState.WAITING, "the receipt counts all the same"
        assert "You get our texts" in door.said(door.form(Body="Unstop", From=sender))
        assert not door.stopped(sender)
        assert "we keep your receipt" in door.said(door.form(**photo(), From=sender))

    def test_the_photo_of_a_text_that_says_stop_is_read(self, door: Door) -> None:
        form = door.form(**photo(), Body="STOP")
        said = door.said(form)
        assert "no more texts from us. What you sent is read, and counts." in said
        assert said.endswith("Help: help@example.com")
        assert door.stopped(form["From"])
        assert door.newest(form).state is InboundState.WAITING

    def test_the_provider_may_have_answered_it(self, door: Door) -> None:
        form = door.form(**photo(), Body="STOP", OptOutType="STOP")
        assert door.said(form) == ""
        assert door.stopped(form["From"])
        assert door.newest(form).state is InboundState.WAITING

    def test_whom_to_ask_is_never_cut(self, door: Door) -> None:
        with door.wiring.database.write() as session:
            session.execute(sql_text("UPDATE programs SET name = 'Клуб Вкус' WHERE id = 'sample'"))
        try:
            for word in ("HELP", "STOP"):
                said = door.said(door.form(Body=word))
                assert "Help: help@example.com" in said
                assert segments(said).count <= 2
        finally:
            with door.wiring.database.write() as session:
                session.execute(
                    sql_text("UPDATE programs SET name = :name WHERE id = 'sample'"),
                    {"name": SAMPLE_PROGRAM.name},
                )

    def test_help_is_answered_even_then(self, door: Door) -> None:
        sender = "+12025557776"
        door.said(door.form(Body="ARRET", From=sender))
        assert "Help: help@example.com" in door.said(door.form(Body="help", From=sender))

    def test_what_the_provider_answered_is_not_answered_twice(self, door: Door) -> None:
        sender = "+12025557775"
        assert door.said(door.form(Body="Basta", From=sender, OptOutType="STOP")) == ""
        assert door.stopped(sender)
        assert door.said(door.form(Body="Start", From=sender, OptOutType="START")) == ""
        assert not door.stopped(sender)

    def test_where_the_provider_does_by_itself_we_say_nothing(self, door: Door) -> None:
        other = {"To": OTHER_NUMBER, "AccountSid": STRANGE_ACCOUNT}
        for word in ("STOP", "help", " Start "):
            assert door.said(door.form(Body=word, **other), token=STRANGE_TOKEN) == ""
        # It knows no French, and nothing at all in WhatsApp.
        assert "no more texts" in door.said(door.form(Body="arrêt", **other), token=STRANGE_TOKEN)
        whatsapp = {"From": "whatsapp:+12025557773", "To": f"whatsapp:{OTHER_NUMBER}"}
        form = door.form(Body="STOP", AccountSid=STRANGE_ACCOUNT, **whatsapp)
        assert "no more texts" in door.said(form, token=STRANGE_TOKEN)

    def test_another_program_may_still_text(self, door: Door) -> None:
        sender = "+12025557774"
        door.said(door.form(Body="STOP", From=sender))
        with door.wiring.database.read() as session:
            assert not Addresses(session, ProgramId(OTHER_PROGRAM_ID), utc_now()).stopped(sender)
