"""What a webhook tells of."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.sms.form import (
    BODY_MAX_CHARS,
    MEDIA_MAX,
    BadForm,
    InboundText,
    StatusUpdate,
    read_form,
    read_status,
    read_text,
)
from ingest.sms.keywords import Keyword
from ingest.sms.numbers import Party, PartyKind, TextChannel

from .conftest import UNHURRIED

SID = "SM" + "0" * 32
ACCOUNT = "AC" + "1" * 32
FIELDS = {
    "MessageSid": SID,
    "AccountSid": ACCOUNT,
    "From": "+12025550111",
    "To": "+12125550110",
    "Body": "hi",
}


def text_of(**fields: str) -> InboundText:
    text = read_text({**FIELDS, **fields})
    assert isinstance(text, InboundText), text
    return text


def reason_of(**fields: str | None) -> str:
    bad = read_text({name: value for name, value in {**FIELDS, **fields}.items() if value is not None})
    assert isinstance(bad, BadForm), bad
    return bad.reason


def real(payloads: list[dict[str, Any]], name: str) -> dict[str, str]:
    fields: dict[str, str] = next(each["fields"] for each in payloads if each["name"] == name)
    return fields


def test_every_real_message_is_understood(payloads: list[dict[str, Any]]) -> None:
    texts = {
        each["name"]: read_text(each["fields"]) for each in payloads if not each["name"].startswith("status")
    }
    assert len(texts) == 5
    for name, text in texts.items():
        assert isinstance(text, InboundText), name
        assert text.sender.address == "+12025550111"
        assert text.recipient.address == "+12125550110"
        whatsapp = name.startswith(("whatsapp", "location"))
        assert text.channel is (TextChannel.WHATSAPP if whatsapp else TextChannel.SMS)
        assert [item.content_type for item in text.media] == (
            [] if name == "location_no_media" else ["image/jpeg"]
        )
        assert text.media_left_out == 0
        assert text.has_location == (name == "location_no_media")
        assert text.body == {"mms_jpeg_with_text": "logo", "mms_no_messaging_service": "Test mms"}.get(
            name, ""
        )


def test_a_status_callback_is_no_message(payloads: list[dict[str, Any]]) -> None:
    fields = real(payloads, "status_delivered")
    assert isinstance(read_text(fields), BadForm)
    assert read_status(fields) == StatusUpdate(fields["MessageSid"], fields["AccountSid"], "delivered", "")


def test_a_status_tells_why_it_failed() -> None:
    status = {"MessageSid": SID, "AccountSid": ACCOUNT, "MessageStatus": "undelivered", "ErrorCode": "30003"}
    assert read_status(status) == StatusUpdate(SID, ACCOUNT, "undelivered", "30003")
    for wrong in ({"MessageStatus": ""}, {"MessageStatus": "<b>"}, {"ErrorCode": "x"}, {"MessageSid": "1"}):
        assert isinstance(read_status({**status, **wrong}), BadForm)


def test_several_media_keep_their_places() -> None:
    urls = {f"MediaUrl{n}": f"https://x/{n}" for n in range(3)}
    types = {"MediaContentType0": "image/heic", "MediaContentType1": "TEXT/X-VCARD", "MediaContentType2": ""}
    text = text_of(NumMedia="3", **urls, **types)
    assert [(item.index, item.url, item.content_type) for item in text.media] == [
        (0, "https://x/0", "image/heic"),
        (1, "https://x/1", "text/x-vcard"),
        (2, "https://x/2", ""),
    ]
    assert [item.may_be_receipt for item in text.media] == [True, False, True]


@pytest.mark.parametrize(
    ("said", "held", "kept", "left_out"),
    [
        ("0", 2, 2, 0),
        ("", 1, 1, 0),
        ("5", 1, 1, 4),
        ("-1", 1, 1, 0),
        ("1e9", 1, 1, 0),
        ("999999999999", 1, 1, 0),
        ("٣", 1, 1, 0),
        ("3", 0, 0, 3),
        ("12", 12, MEDIA_MAX, 2),
        ("1", 60, MEDIA_MAX, 50),
    ],
)
def test_the_media_are_counted_not_believed(said: str, held: int, kept: int, left_out: int) -> None:
    text = text_of(NumMedia=said, **{f"MediaUrl{n}": f"https://x/{n}" for n in range(held)})
    assert (len(text.media), text.media_left_out) == (kept, left_out)


def test_an_endless_address_is_left_out() -> None:
    text = text_of(NumMedia="1", MediaUrl0="https://x/" + "a" * 5000)
    assert (text.media, text.media_left_out) == ((), 1)


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"MessageSid": None}, "MessageSid"),
        ({"MessageSid": "SM1"}, "MessageSid"),
        ({"MessageSid": SID + "\n"}, "MessageSid"),
        ({"MessageSid": "../" + SID}, "MessageSid"),
        ({"AccountSid": None}, "AccountSid"),
        ({"AccountSid": "AC" + "g" * 32}, "AccountSid"),
        ({"From": None}, "From"),
        ({"From": "+1"}, "From"),
        ({"From": "whatsapp:hello"}, "From"),
        ({"To": "+999123456"}, "To"),
        ({"To": "whatsapp:+12125550110"}, "two channels"),
        ({"SmsStatus": "delivered"}, "no message"),
        ({"MessageStatus": "sent"}, "no message"),
    ],
)
def test_a_form_that_is_none_has_a_reason(fields: dict[str, str | None], word: str) -> None:
    assert word in reason_of(**fields)


def test_a_field_that_stands_twice_is_refused() -> None:
    form = read_form(b"From=%2B12025550111&From=%2B12025550112")
    assert not isinstance(form, BadForm)
    assert isinstance(form.fields(), BadForm)


def test_words_are_bounded_and_hold_no_control_characters() -> None:
    text = text_of(Body="\x00 a\x07b\nc " + "x" * 9000, ProfileName="M\x1baya" + "y" * 900)
    assert text.body.startswith("ab\nc xxx")
    assert len(text.body) <= BODY_MAX_CHARS
    assert text.profile_name.startswith("Mayay")
    assert len(text.profile_name) == 128


def test_what_the_provider_answered_itself_is_known() -> None:
    assert text_of(OptOutType="STOP").opt_out is Keyword.STOP
    assert text_of(OptOutType="start").opt_out is Keyword.START
    assert text_of(OptOutType="other").opt_out is None
    assert text_of().opt_out is None


def test_senders_that_are_no_numbers_are_known_as_such() -> None:
    assert text_of(From="24273").sender == Party(TextChannel.SMS, PartyKind.SHORT_CODE, "24273")
    assert text_of(From="MyShop").sender == Party(TextChannel.SMS, PartyKind.NAME, "MyShop")
    assert not text_of(From="MyShop").sender.can_be_answered
    assert text_of().sender.can_be_answered


NAMES = st.sampled_from(
    [*FIELDS, "NumMedia", "MediaUrl0", "MediaContentType0", "OptOutType", "SmsStatus", "X"]
)


@UNHURRIED
@given(st.dictionaries(NAMES, st.text(max_size=60)))
def test_no_fields_raise(fields: dict[str, str]) -> None:
    for mixed in (fields, {**FIELDS, **fields}):
        assert isinstance(read_text(mixed), InboundText | BadForm)
        assert isinstance(read_status(mixed), StatusUpdate | BadForm)
