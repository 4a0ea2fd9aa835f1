"""Texts leave through the provider's own client, to a server that answers as the provider does."""

from __future__ import annotations

import socket
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler

import pytest

from ingest.sms.outgoing import SentText, TextAccount, TextRefusedError, TextSender
from receipts.errors import RefusedError, TransientError
from tests.support.fake_twilio import ACCOUNT_SID, API, AUTH_TOKEN, FakeTwilio

OURS, THEIRS = "+12125550110", "+12025550111"


def sender(twilio: FakeTwilio, *, timeout_s: float = 5.0, **options: str) -> TextSender:
    told = {"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN, "api_url": twilio.url, **options}
    return TextSender(TextAccount(**told), timeout_s=timeout_s)


def test_a_text_leaves_from_our_number(twilio: FakeTwilio) -> None:
    sent = sender(twilio).send(to=THEIRS, sender=OURS, body="You earned 110 points.")
    assert sent == SentText(twilio.texts[0]["sid"], "queued")
    assert {**twilio.texts[0], "sid": ""} == {
        "To": THEIRS,
        "From": OURS,
        "Body": "You earned 110 points.",
        "sid": "",
    }


def test_through_a_messaging_service_with_reports(twilio: FakeTwilio) -> None:
    service, report = "MG" + "0" * 32, "https://points.example.com/channels/twilio/status"
    through = sender(twilio, messaging_service_sid=service, status_callback=report)
    through.send(to=THEIRS, sender=OURS, body="x")
    (text,) = twilio.texts
    assert (text["MessagingServiceSid"], text["StatusCallback"]) == (service, report)
    assert "From" not in text


@pytest.mark.parametrize("ours", [OURS, f"whatsapp:{OURS}"])
def test_whatsapp_is_answered_in_whatsapp(twilio: FakeTwilio, ours: str) -> None:
    through = sender(twilio, messaging_service_sid="MG" + "0" * 32)
    through.send(to=f"whatsapp:{THEIRS}", sender=ours, body="x")
    (text,) = twilio.texts
    assert (text["From"], text["To"]) == (f"whatsapp:{OURS}", f"whatsapp:{THEIRS}")


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (400, 21610, "asked us to stop"),
        (400, 21211, "does not exist"),
        (400, 21614, "cannot receive texts"),
        (400, 63016, "24 hours"),
        (403, 21408, "not permitted"),
        (400, 29999, "their own words"),
    ],
)
def test_what_would_be_refused_again_is_refused_for_good(
    twilio: FakeTwilio, status: int, code: int, words: str
) -> None:
    twilio.refusals[THEIRS] = (status, code, "their own words")
    with pytest.raises(TextRefusedError, match=words) as refused:
        sender(twilio).send(to=THEIRS, sender=OURS, body="x")
    assert (refused.value.code, refused.value.opted_out) == (code, code == 21610)


def test_wrong_credentials_name_the_setting(twilio: FakeTwilio) -> None:
    with pytest.raises(RefusedError, match="check account_sid and auth_token") as refused:
        sender(twilio, auth_token="wrong secret").send(to=THEIRS, sender=OURS, body="x")
    assert not isinstance(refused.value, TextRefusedError)
    assert "wrong secret" not in str(refused.value)


def test_wrong_credentials_name_the_setting_where_a_list_is_asked_for(twilio: FakeTwilio) -> None:
    since = datetime(2026, 7, 1, tzinfo=UTC)
    with pytest.raises(RefusedError, match="check account_sid and auth_token"):
        sender(twilio, auth_token="wrong secret").gone_out(to=THEIRS, body="x", since=since)


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_busy_provider_is_worth_another_try(twilio: FakeTwilio, status: int) -> None:
    twilio.refusals[THEIRS] = (status, 20429, "busy")
    with pytest.raises(TransientError, match=str(status)):
        sender(twilio).send(to=THEIRS, sender=OURS, body="x")


def test_a_number_that_is_none_is_never_sent_to(twilio: FakeTwilio) -> None:
    with pytest.raises(TextRefusedError):
        sender(twilio).send(to="+1", sender=OURS, body="x")
    assert twilio.asked == []


def test_nobody_there_or_silence_is_worth_another_try(twilio: FakeTwilio) -> None:
    def silent(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(8.0)
        handler.close_connection = True

    twilio.answers[f"{API}/{ACCOUNT_SID}/Messages.json"] = silent
    started = time.monotonic()
    with pytest.raises(TransientError):
        sender(twilio, timeout_s=0.3).send(to=THEIRS, sender=OURS, body="x")
    assert time.monotonic() - started < 5.0
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with pytest.raises(TransientError):
        sender(twilio, api_url=nowhere).send(to=THEIRS, sender=OURS, body="x")


def test_an_answer_that_is_no_answer_is_worth_another_try(twilio: FakeTwilio) -> None:
    def garbled(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(201)
        handler.send_header("Content-Length", "5")
        handler.end_headers()
        handler.wfile.write(b"<html")

    twilio.answers[f"{API}/{ACCOUNT_SID}/Messages.json"] = garbled
    with pytest.raises(TransientError):
        sender(twilio).send(to=THEIRS, sender=OURS, body="x")


def test_the_environment_does_not_lead_it_elsewhere(
    twilio: FakeTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("TWILIO_EDGE", "sydney"), ("TWILIO_REGION", "au1"), ("TWILIO_AUTH_TOKEN", "x")):
        monkeypatch.setenv(name, value)
    sender(twilio).send(to=THEIRS, sender=OURS, body="x")
    assert len(twilio.texts) == 1


def test_the_token_is_never_shown() -> None:
    assert "hidden" not in repr(TextAccount(ACCOUNT_SID, "hidden"))
