"""Texts whose webhook never came: asked for from the provider's list, and taken once."""

from __future__ import annotations

import datetime as dt
import json
import time
from email.utils import format_datetime
from types import SimpleNamespace

import pytest

from ingest.sms.form import read_text
from pipeline import inbound
from pipeline.clock import utc_now
from pipeline.inbound import AtOnce, OptChange
from pipeline.inbox_views import inbox_message, inbox_page
from pipeline.missed_texts import LOOK_BACK
from pipeline.queue import CATCH_UP, INBOUND
from pipeline.relay import Relay
from pipeline.sample import SAMPLE_PROGRAM
from receipts.database.repositories.addresses import Addresses
from tests.pipeline.conftest import OATS, e_receipt
from tests.support.doors import NUMBER
from tests.support.fake_twilio import ACCOUNT_SID
from tests.support.text_desk import MAYAS_PHONE, Texts, ago, hear, is_stopped, media_list, webhook

PDF = "application/pdf"


def test_a_missed_text_is_taken_once_read_and_answered(texts: Texts) -> None:
    url = texts.twilio.add_media(e_receipt("missed", OATS), PDF)
    texts.twilio.add_text(MAYAS_PHONE, NUMBER, sent=ago(hours=3), body="My receipt", media=[url])
    assert [texts.catch_up(), texts.catch_up()] == [1, 0]
    texts.work()
    assert [row[0] for row in texts.rows("SELECT state FROM receipts")] == ["awarded"]
    (answer,) = texts.twilio.texts
    assert answer["To"] == MAYAS_PHONE
    assert "30 points" in answer["Body"]
    assert texts.catch_up() == 0
    assert texts.rows("SELECT subject FROM inbound_messages")[0][0] == "My receipt"


def test_a_missed_text_counts_as_of_when_it_was_sent(texts: Texts) -> None:
    sent_at = ago(hours=40).replace(microsecond=0)
    url = texts.twilio.add_media(e_receipt("late", OATS), PDF)
    texts.twilio.add_text(MAYAS_PHONE, NUMBER, sent=sent_at, media=[url])
    texts.catch_up()
    texts.work()
    (entry,) = inbox_page(texts.wiring, program_id=SAMPLE_PROGRAM.id, state=None, before=None, limit=9)
    assert entry.message.sent_at == entry.message.came_at == sent_at
    assert entry.message.received_at - sent_at > dt.timedelta(hours=39)
    (receipt,) = inbox_message(
        texts.wiring, program_id=SAMPLE_PROGRAM.id, inbound_id=entry.message.id
    ).receipts  # type: ignore[union-attr]
    assert receipt.received_at == sent_at, "by this day its purchase is judged"


def test_a_text_whose_webhook_came_is_not_taken_again(texts: Texts) -> None:
    url = texts.twilio.add_media(e_receipt("known", OATS), PDF)
    sid = texts.twilio.add_text(MAYAS_PHONE, NUMBER, sent=ago(hours=1), media=[url])
    form = {"MessageSid": sid, "AccountSid": ACCOUNT_SID, "From": MAYAS_PHONE, "To": NUMBER, "NumMedia": "1"}
    form |= {"MediaUrl0": url, "MediaContentType0": PDF}
    assert read_text(form)
    hear(texts, sid, form, AtOnce())
    assert texts.catch_up() == 0
    assert len(texts.states()) == 1


def test_what_is_too_old_too_young_or_ours_is_left_alone(texts: Texts) -> None:
    texts.twilio.add_text(MAYAS_PHONE, NUMBER, sent=ago(seconds=LOOK_BACK.total_seconds() + 60), body="old")
    texts.twilio.add_text(MAYAS_PHONE, NUMBER, sent=ago(seconds=5), body="on its way")
    texts.twilio.add_text(MAYAS_PHONE, "+12025550155", sent=ago(hours=1), body="to another number")
    texts.twilio.add_text(NUMBER, NUMBER, sent=ago(hours=1), body="out")
    texts.twilio.came[-1]["direction"] = "outbound-api"
    assert texts.catch_up() == 0
    assert texts.states() == []


def test_a_stop_that_was_missed_counts_and_whatsapp_is_asked_for_too(texts: Texts) -> None:
    texts.twilio.add_text(MAYAS_PHONE, NUMBER, sent=ago(hours=2), body="STOP")
    texts.twilio.add_text(f"whatsapp:{MAYAS_PHONE}", f"whatsapp:{NUMBER}", sent=ago(hours=1), body="hello")
    assert texts.catch_up() == 2
    texts.work()
    assert texts.states() == [("answered", "stop"), ("answered", "no_picture")]
    assert texts.rows("SELECT via FROM inbound_messages ORDER BY number")[1][0] == "whatsapp"
    with texts.wiring.database.read() as session:
        assert Addresses(session, SAMPLE_PROGRAM.id, utc_now()).stopped(MAYAS_PHONE)
    assert texts.twilio.texts == []


def test_a_provider_that_refuses_or_is_silent_stops_nothing(texts: Texts) -> None:
    texts.twilio.auth_token = "another"
    assert texts.catch_up() == 0
    texts.twilio.auth_token = "a token for tests"
    texts.twilio.add_text(MAYAS_PHONE, NUMBER, sent=ago(hours=2), body="hello")
    assert texts.catch_up() == 1


def test_the_relay_asks_for_it_at_its_start(texts: Texts, monkeypatch: pytest.MonkeyPatch) -> None:
    relay, rung = Relay(texts.wiring), list[tuple[str, str, str]]()
    monkeypatch.setattr(
        relay,
        "_bell",
        SimpleNamespace(ring=lambda task, target, queue: rung.append((task, target, queue))),
    )
    relay._now_and_then()
    assert (CATCH_UP, SAMPLE_PROGRAM.id, INBOUND) in rung


def test_an_answer_whose_acknowledgement_was_lost_goes_out_once(texts: Texts) -> None:
    url = texts.twilio.add_media(e_receipt("ack", OATS), PDF)
    texts.twilio.add_text(MAYAS_PHONE, NUMBER, sent=ago(hours=3), media=[url])
    assert texts.catch_up() == 1
    texts.twilio.drops_answers = 1
    texts.work()  # the try fails on the wire, and waits
    assert texts.rows("SELECT state FROM outgoing_messages") == [("waiting",)]
    time.sleep(2.1)
    texts.work()
    assert len(texts.twilio.texts) == 1
    sent = texts.rows("SELECT state, provider_id FROM outgoing_messages")
    assert sent == [("sent", texts.twilio.texts[0]["sid"])]


def test_the_same_words_for_another_receipt_go_out_all_the_same(texts: Texts) -> None:
    texts.twilio.went.append(
        {
            "sid": "SM" + "0" * 32,
            "to": MAYAS_PHONE,
            "body": "Sunny Mill Rewards: other words",
            "direction": "outbound-api",
            "date_sent": format_datetime(utc_now()),
        }
    )
    sender = texts.wiring.text_sender(SAMPLE_PROGRAM.id)
    assert sender is not None
    since = ago(minutes=1)
    assert sender.gone_out(to=MAYAS_PHONE, body="30 points", since=since) == ()
    assert len(sender.gone_out(to=MAYAS_PHONE, body="other words", since=since)) == 1


@pytest.mark.parametrize(
    ("missed", "newer"), [(OptChange.START, OptChange.STOP), (OptChange.STOP, OptChange.START)]
)
def test_a_missed_word_does_not_undo_a_newer_one(texts: Texts, missed: OptChange, newer: OptChange) -> None:
    texts.twilio.add_text(MAYAS_PHONE, NUMBER, sent=ago(minutes=30), body=missed.value)
    sid = texts.twilio.add_text(MAYAS_PHONE, NUMBER, sent=ago(minutes=3), body=newer.value)
    webhook(texts, sid, newer)
    assert texts.catch_up() == 1
    assert is_stopped(texts) is (newer is OptChange.STOP)
    (told,) = texts.rows(f"SELECT sentence FROM inbound_messages WHERE reason = '{missed.value}'")
    assert "A later START or STOP of the same number holds." in told[0]


@pytest.mark.parametrize(
    ("older", "missed"), [(OptChange.START, OptChange.STOP), (OptChange.STOP, OptChange.START)]
)
def test_a_missed_word_that_is_the_last_one_holds(texts: Texts, older: OptChange, missed: OptChange) -> None:
    texts.twilio.add_text(MAYAS_PHONE, NUMBER, sent=ago(minutes=30), body=older.value)
    assert texts.catch_up() == 1
    texts.twilio.add_text(MAYAS_PHONE, NUMBER, sent=ago(minutes=20), body=missed.value)
    assert texts.catch_up() == 1
    assert is_stopped(texts) is (missed is OptChange.STOP)


def test_a_word_that_comes_now_is_the_last_one_whatever_the_clocks_say(
    texts: Texts, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as fast:  # one host's clock is 40 s fast, the other host's is right
        fast.setattr(inbound, "utc_now", lambda: ago(seconds=-40))
        webhook(texts, "SM" + "1" * 32, OptChange.START)
    webhook(texts, "SM" + "2" * 32, OptChange.STOP)
    assert is_stopped(texts)
    texts.twilio.add_text(MAYAS_PHONE, NUMBER, sent=ago(minutes=3), body="START")
    assert texts.catch_up() == 1
    assert is_stopped(texts)
    webhook(texts, "SM" + "3" * 32, OptChange.START)
    assert not is_stopped(texts)


@pytest.mark.parametrize(
    ("heard", "missed"), [(OptChange.START, OptChange.STOP), (OptChange.STOP, OptChange.START)]
)
@pytest.mark.parametrize("seconds", [-20, 20])
def test_stop_holds_where_it_is_not_sure_which_word_is_newer(
    texts: Texts, monkeypatch: pytest.MonkeyPatch, heard: OptChange, missed: OptChange, seconds: int
) -> None:
    with monkeypatch.context() as then:
        then.setattr(inbound, "utc_now", lambda: ago(minutes=10))
        webhook(texts, "SM" + "1" * 32, heard)
    texts.twilio.add_text(MAYAS_PHONE, NUMBER, sent=ago(minutes=10, seconds=seconds), body=missed.value)
    assert texts.catch_up() == 1
    assert is_stopped(texts)


def test_a_webhook_that_comes_after_all_says_nothing_new(texts: Texts) -> None:
    sid = texts.twilio.add_text(MAYAS_PHONE, NUMBER, sent=ago(minutes=30), body="STOP")
    texts.twilio.add_text(MAYAS_PHONE, NUMBER, sent=ago(minutes=20), body="START")
    assert texts.catch_up() == 2
    webhook(texts, sid, OptChange.STOP)
    assert not is_stopped(texts)


def test_words_to_several_numbers_are_heard_in_their_order(texts: Texts) -> None:
    other, file = "+12125550177", texts.wiring.settings.channels_file
    assert file is not None
    file.write_text(file.read_text().replace(f'"whatsapp:{NUMBER}"', f'"{other}"'))
    texts.twilio.add_text(MAYAS_PHONE, NUMBER, sent=ago(minutes=20), body="START")
    texts.twilio.add_text(MAYAS_PHONE, other, sent=ago(minutes=40), body="STOP")
    assert texts.catch_up() == 2
    assert texts.states() == [("answered", "stop"), ("answered", "start")]
    assert not is_stopped(texts)


def refuse(texts: Texts, sid: str, status: int) -> None:
    """Of every address that asks for this text's media."""
    body = json.dumps({"code": 20404, "message": "gone", "status": status}).encode()
    for query in ("", "?PageSize=10", "?PageSize=50"):
        texts.twilio.answers[media_list(sid) + query] = lambda handler: handler.send(status, body)


@pytest.mark.parametrize(("status", "settled"), [(404, True), (403, True), (500, False)])
def test_one_text_that_fails_does_not_block_those_behind_it(texts: Texts, status: int, settled: bool) -> None:
    bad = texts.twilio.add_text(MAYAS_PHONE, NUMBER, sent=ago(hours=3), media=[])
    texts.twilio.came[-1]["num_media"] = "1"
    refuse(texts, bad, status)
    url = texts.twilio.add_media(e_receipt("behind", OATS), PDF)
    texts.twilio.add_text(MAYAS_PHONE, NUMBER, sent=ago(hours=2), media=[url])
    assert texts.catch_up() == 1 + settled
    assert any(path.startswith(media_list(bad)) for path in texts.twilio.paths)
    texts.work()
    assert [row[0] for row in texts.rows("SELECT state FROM receipts")] == ["awarded"]
    if settled:
        assert texts.states() == [("rejected", "media_gone"), ("taken", "carrier")]
        assert any("send it again" in each["Body"] for each in texts.twilio.texts)
    else:  # the provider's trouble: asked for again, until it is looked for no more
        texts.twilio.answers.clear()
        assert texts.catch_up() == 1


def test_a_silent_provider_does_not_lose_a_text_for_good(texts: Texts) -> None:
    bad = texts.twilio.add_text(MAYAS_PHONE, NUMBER, sent=ago(hours=47, minutes=30))
    texts.twilio.came[-1]["num_media"] = "1"
    refuse(texts, bad, 500)
    assert texts.catch_up() == 1
    texts.work()
    assert texts.states() == [("rejected", "media_gone")]


def test_announced_media_that_never_come_are_asked_for_again(texts: Texts) -> None:
    texts.twilio.add_text(MAYAS_PHONE, NUMBER, sent=ago(minutes=5), body="My receipt")
    texts.twilio.came[-1]["num_media"] = "1"
    assert texts.catch_up() == 0, "they may still come"
    texts.twilio.came[-1]["date_sent"] = format_datetime(ago(minutes=20))
    assert texts.catch_up() == 1
    texts.work()
    assert texts.states() == [("rejected", "media_gone")]
    (answer,) = texts.twilio.texts
    assert "Please send it again" in answer["Body"]


def test_one_of_two_announced_pictures_is_told_to_be_missing(texts: Texts) -> None:
    url = texts.twilio.add_media(e_receipt("first", OATS), PDF)
    texts.twilio.add_text(MAYAS_PHONE, NUMBER, sent=ago(hours=2), media=[url])
    texts.twilio.came[-1]["num_media"] = "2"
    assert texts.catch_up() == 1
    texts.work()
    states = texts.rows("SELECT state, file_name FROM receipts ORDER BY position")
    assert states == [("awarded", "File 1"), ("rejected", "Photo 2")]
    (answer,) = texts.twilio.texts
    assert "30 points" in answer["Body"]
    assert "1 we could not use. The file is empty. Please choose the photo again" in answer["Body"]


def test_help_that_is_found_too_late_is_not_shown_as_answered(texts: Texts) -> None:
    texts.twilio.add_text(MAYAS_PHONE, NUMBER, sent=ago(hours=2), body="HELP")
    assert texts.catch_up() == 1
    assert "Nothing was answered" in texts.rows("SELECT sentence FROM inbound_messages")[0][0]


def test_what_is_no_text_is_kept_once_and_shown(texts: Texts) -> None:
    texts.twilio.add_text("rcs:someone", NUMBER, sent=ago(hours=2), body="hello")
    assert [texts.catch_up(), texts.catch_up()] == [1, 0]
    assert texts.states() == [("rejected", "bad_form")]
