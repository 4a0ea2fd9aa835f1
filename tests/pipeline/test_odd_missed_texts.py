"""Missed texts that cannot be taken as they stand: those behind them are taken all the same."""

from __future__ import annotations

from functools import partial

import pytest

from ingest.sms.missed import MissedTexts
from pipeline import missed_texts
from tests.pipeline.conftest import OATS, e_receipt
from tests.support.doors import NUMBER
from tests.support.text_desk import MAYAS_PHONE, Texts, ago, is_stopped, media_list

PDF = "application/pdf"


def add_stop_and_receipt(texts: Texts) -> None:
    texts.twilio.add_text(MAYAS_PHONE, NUMBER, sent=ago(hours=3), body="STOP")
    url = texts.twilio.add_media(e_receipt("behind", OATS), PDF)
    texts.twilio.add_text(MAYAS_PHONE, NUMBER, sent=ago(hours=2), media=[url])


def test_half_a_character_is_kept_as_a_question_mark(texts: Texts) -> None:
    texts.twilio.add_text("+12025550999", NUMBER, sent=ago(hours=5), body="hello \ud83d")
    add_stop_and_receipt(texts)
    assert texts.catch_up() == 3
    assert texts.states() == [("answered", "no_picture"), ("answered", "stop"), ("waiting", "")]
    assert texts.rows("SELECT subject FROM inbound_messages ORDER BY number")[0] == ("hello ?",)
    assert is_stopped(texts)


def test_a_text_that_cannot_be_taken_is_told_of_and_passed_over(
    texts: Texts, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = texts.twilio.add_text(MAYAS_PHONE, NUMBER, sent=ago(hours=5))
    texts.twilio.came[-1]["num_media"] = "1"
    texts.twilio.answers[f"{media_list(odd)}?PageSize=10"] = lambda handler: handler.send(
        200, b'{"media_list": 7}'
    )
    add_stop_and_receipt(texts)
    assert texts.catch_up() == 2
    assert is_stopped(texts)
    told = capsys.readouterr()
    assert odd in told.out + told.err
    texts.twilio.answers.clear()
    assert texts.catch_up() == 1, "it is tried again"


def test_a_text_behind_a_thousand_newer_ones_is_taken(texts: Texts) -> None:
    url = texts.twilio.add_media(e_receipt("lost", OATS), PDF)
    lost = texts.twilio.add_text(MAYAS_PHONE, NUMBER, sent=ago(hours=20), media=[url])
    for number in range(1_050):  # too young to be taken: nothing is stored of them
        texts.twilio.add_text(f"+1202556{number:04d}", NUMBER, sent=ago(seconds=60), body="hi")
    assert texts.catch_up() == 1
    assert texts.rows("SELECT key FROM inbound_keys") == [(f"twilio|{lost}",)]


def test_a_list_that_is_too_long_is_an_error_for_the_operator(
    texts: Texts, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(missed_texts, "MissedTexts", partial(MissedTexts, most=4, page=2))
    for number in range(4):
        texts.twilio.add_text(f"+1202556{number:04d}", NUMBER, sent=ago(hours=1), body="hi")
    assert texts.catch_up() == 4
    assert "older texts are not looked for" not in capsys.readouterr().out
    texts.twilio.add_text("+12025550999", NUMBER, sent=ago(minutes=30), body="hi")
    assert texts.catch_up() == 1
    (told,) = [line for line in capsys.readouterr().out.splitlines() if "older texts" in line]
    assert '"level": "error"' in told


@pytest.mark.parametrize("page", [0, 1])
def test_a_list_that_cannot_be_had_takes_nothing_from_others(texts: Texts, page: int) -> None:
    """All of WhatsApp's list, or all but its first page."""
    given = texts.twilio.list_texts

    def refuse(query: dict[str, str]) -> dict[str, object]:
        if query["To"].startswith("whatsapp:") and int(query.get("Page", 0)) >= page:
            return {"no list": 0, "of any": 1}
        return given(query)

    texts.twilio.list_texts = refuse
    texts.twilio.add_text(MAYAS_PHONE, NUMBER, sent=ago(hours=3), body="STOP")
    for number in range(1_001):
        sender = f"whatsapp:+1202556{number:04d}"
        sent = ago(hours=1) if number == 1_000 else ago(seconds=30)
        texts.twilio.add_text(sender, f"whatsapp:{NUMBER}", sent=sent, body="hi")
    assert texts.catch_up() == 1 + page
    assert is_stopped(texts)


def test_the_inbox_shows_words_and_senders_in_the_order_they_are_written(texts: Texts) -> None:
    texts.twilio.add_text("+12025550999", NUMBER, sent=ago(hours=5), body="from \u202eknab ruoy\x00\n now")
    texts.twilio.add_text("rcs:some\u202eone", NUMBER, sent=ago(hours=4), body="hello")
    assert texts.catch_up() == 2
    shown = texts.rows("SELECT sender, subject FROM inbound_messages ORDER BY number")
    assert shown == [("+12025550999", "from knab ruoy now"), ("rcs:someone", "")]
