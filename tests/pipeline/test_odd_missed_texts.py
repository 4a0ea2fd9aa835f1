"""Missed texts that cannot be taken as they stand: those behind them are taken all the same."""

from __future__ import annotations

import pytest

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
