"""Forwards unwrapped: every program's layout in many languages, and what is no forward."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.email.forward_dates import parse_printed_date
from ingest.email.forward_lines import Prefix, split_subject
from ingest.email.unwrap import ForwardKind, Unwrapped, unwrap_body
from tests.support.forwards import ADDRESS, BODY, LAYOUTS, NAME, SUBJECT, WHEN, WORDS, Words

ENGLISH = WORDS["en"]


def assert_original(mail: Unwrapped, *, subject: str = SUBJECT) -> None:
    assert mail.kind is ForwardKind.INLINE
    assert (mail.sender_name, mail.sender_address) == (NAME, ADDRESS)
    assert mail.subject == subject
    assert mail.date is not None
    assert mail.date.replace(tzinfo=None, second=0) == WHEN.replace(tzinfo=None, second=0)
    assert mail.text == BODY
    assert mail.depth == 1


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("language", WORDS)
def test_every_programs_forward_is_read_in_every_language(layout: str, language: str) -> None:
    mail = unwrap_body(LAYOUTS[layout](WORDS[language]), subject=f"{WORDS[language].prefix}: {SUBJECT}")
    assert_original(mail)
    assert mail.certainty >= 0.55


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("language", ["en", "de", "hu", "ja", "he"])
def test_the_subject_line_is_not_needed(layout: str, language: str) -> None:
    mail = unwrap_body(LAYOUTS[layout](WORDS[language]))
    assert_original(mail, subject="" if layout == "outlook_mac" else SUBJECT)


INVENTED = Words(
    "en",
    "Miraĝo plusendita",
    "Deligo",
    "Datumo",
    "Sendotago",
    "Alvenonto",
    "Kopianto",
    "Temero",
    "Fw",
    "{d} {n}:",
)
"""Of no language at all."""


@pytest.mark.parametrize("layout", ["apple", "thunderbird", "hubspot", "outlook_web", "outlook_new"])
def test_words_of_no_table_are_known_by_the_form_of_their_block(layout: str) -> None:
    mail = unwrap_body(LAYOUTS[layout](INVENTED), subject=f"Fwd: {SUBJECT}")
    assert_original(mail)
    assert mail.certainty < 0.95


def _bold_double(text: str) -> str:
    return re.sub(r"(?m)^((?:> )?)([^\d\s>:][^:\d]{0,20}): (.*@)", r"\1**\2:** \3", text)


MUTATIONS: dict[str, Callable[[str], str]] = {
    "crlf": lambda text: text.replace("\n", "\r\n"),
    "lone returns": lambda text: text.replace("\n", "\r"),
    "hard blanks": lambda text: text.replace(": ", ":\u00a0").replace("- ", "-\u202f"),
    "unseen marks": lambda text: "\n".join(f"\u200f{line}\u200b" for line in text.split("\n")),
    "words above": lambda text: f"Hi, my receipt.\n\nIda: 12:30\nSent from my phone\n\n{text}",
    "quoted once more": lambda text: "\n".join(f"> {line}" for line in text.split("\n")),
    "indented dashes": lambda text: f"\n\n \n{text}",
    "bold labels": _bold_double,
}


@pytest.mark.parametrize("mutation", MUTATIONS)
@pytest.mark.parametrize("layout", ["gmail", "apple", "outlook_web", "outlook_new", "thunderbird", "hubspot"])
@pytest.mark.parametrize("language", ["en", "fr", "pl", "el", "zh_Hans"])
def test_changes_on_the_way_do_not_matter(mutation: str, layout: str, language: str) -> None:
    mail = unwrap_body(MUTATIONS[mutation](LAYOUTS[layout](WORDS[language])), subject=f"Fwd: {SUBJECT}")
    text = mail.text.replace("\u200b", "").replace("\u200f", "").strip()
    assert re.sub(r"[\u00a0\u202f]", " ", text) == BODY
    assert_original(replace(mail, text=BODY))


@pytest.mark.parametrize("layout", ["apple"])
def test_the_forwarders_words_below_a_quoted_mail_are_left_out(layout: str) -> None:
    assert_original(unwrap_body(LAYOUTS[layout](ENGLISH) + "\n\nBest wishes\nIda\n"))


@pytest.mark.parametrize(
    ("sender", "name", "address"),
    [
        ('"Books, Harbour" <a@b.example>', "Books, Harbour", "a@b.example"),
        ("a@b.example", "", "a@b.example"),
        ("<A@B.example>", "", "a@b.example"),
        ("a@b.example <a@b.example>", "", "a@b.example"),
        ("Harbour [mailto:a@b.example]", "Harbour", "a@b.example"),
        ("Harbour [mailto:a@b.example] On Behalf Of Till", "Harbour", "a@b.example"),
        ("Harbour <a@b.example<mailto:a@b.example>>", "Harbour", "a@b.example"),
        ("Harbour (a@b.example)", "Harbour", "a@b.example"),
        ("'Harbour' via Group <g@b.example>", "Harbour' via Group", "g@b.example"),
        ("Harbour Books", "Harbour Books", ""),
    ],
)
def test_senders_are_read_in_each_form(sender: str, name: str, address: str) -> None:
    mail = unwrap_body(f"From: {sender}\nSent: 28 October 2021 12:46\nTo: Ida\nSubject: Order\n\nBody")
    assert (mail.sender_name, mail.sender_address) == (name, address)


def test_long_lines_of_recipients_go_on_in_the_next() -> None:
    body = (
        "From: Shop <a@b.example>\nTo: Ida <ida@post.example>,\n Ben <ben@post.example>;\n"
        "Kay\n<kay@post.example>\n"
        "Date: 28 October 2021 12:46\nSubject: A very long subject that goes\n"
        "on in a line of its own\nCc: x@y.example\n\nHello"
    )
    mail = unwrap_body(body)
    assert mail.to == ("ida@post.example", "ben@post.example", "kay@post.example")
    assert mail.subject == "A very long subject that goes on in a line of its own"
    assert mail.text == "Hello"


def test_a_body_that_begins_with_labels_of_its_own_stays_whole() -> None:
    body = "Order: 5\nDate: 1 May 2021\nTotal: 3.00"
    for blank in ("", "\n"):
        head = "From: Shop <a@b.example>\nDate: 28 October 2021 12:46\nTo: i@p.example\nSubject: Order\n"
        assert unwrap_body(head + blank + body).text == body


def test_a_block_with_a_blank_line_between_its_lines() -> None:
    mail = unwrap_body(
        "From: S <a@b.example>\n\nSent: 28 October 2021 12:46\n\nTo: i\n\nSubject: Order\n\nDate: today"
    )
    assert (mail.subject, mail.text) == ("Order", "Date: today")


REPLIES = {
    "gmail": f"Thanks!\n\nOn Tue, Nov 14, 2023 at 6:05 PM {NAME} <{ADDRESS}>\nwrote:\n\n> {BODY}",
    "apple": f"Thanks!\n\n> On 14 Nov 2023, at 18:05, {NAME} <{ADDRESS}> wrote:\n>\n> Total: 14.90",
    "below": f"On 14/11/2023 18:05, {NAME} wrote:\n> Total: 14.90\n\nThanks!",
    "german": f"Danke!\n\nAm 14.11.2023 um 18:05 schrieb {NAME} <{ADDRESS}>:\n> Summe: 14,90",
    "with a forward inside": f"Thanks!\n\nOn 14/11/2023 18:05, {NAME} wrote:\n"
    "> ---------- Forwarded message ---------\n"
    f"> From: {NAME} <{ADDRESS}>\n> Date: 14/11/2023\n> Subject: x\n>\n> y",
}


@pytest.mark.parametrize("reply", REPLIES)
@pytest.mark.parametrize("subject", ["", f"Re: {SUBJECT}", f"AW: {SUBJECT}"])
def test_answers_are_no_forwards(reply: str, subject: str) -> None:
    mail = unwrap_body(REPLIES[reply], subject=subject)
    assert not mail.forwarded
    assert mail.subject == subject
    assert mail.text == REPLIES[reply].strip()


@pytest.mark.parametrize("layout", ["outlook_web", "outlook_new", "outlook_mac"])
def test_an_answer_that_looks_like_a_forward_is_told_by_its_subject(layout: str) -> None:
    assert not unwrap_body(f"Thanks!\n\n{LAYOUTS[layout](ENGLISH)}", subject=f"Re: {SUBJECT}").forwarded


NO_FORWARDS = {
    "a journey": "Your booking\n\nFrom: London\nTo: Paris\nDate: 28 October 2021\n\nTotal: 99.00",
    "a journey below a heading": (
        "Booking\n\n---- Your journey ----\nFrom: London\nTo: Paris\nDate: 28 October 2021\n\nTotal: 99.00"
    ),
    "a contact": "Contact\nTo: you\nFrom: us\nPlease write to a@b.example",
    "a receipt": "SHOP\nDate: 28/10/2021 12:46\nTotal: 3.00\n-----------\nThank you",
    "a note": "Dear Ida,\nyou wrote on 28 October 2021 12:46 to a@b.example as follows:\nno forward",
    "nothing": "",
}


@pytest.mark.parametrize("text", NO_FORWARDS)
def test_mails_that_nobody_forwarded_stay_as_they_are(text: str) -> None:
    mail = unwrap_body(NO_FORWARDS[text], subject="Your receipt")
    assert not mail.forwarded
    assert (mail.subject, mail.text, mail.certainty) == ("Your receipt", NO_FORWARDS[text], 1.0)


def test_a_forward_without_header_lines_is_doubtful_and_says_why() -> None:
    mail = unwrap_body("Order 5, total 3.00", subject="Fwd: Order")
    assert not mail.forwarded
    assert mail.certainty < 1
    assert "header lines" in mail.problems[0]


def _forwarded_by(text: str, note: str, subject: str) -> str:
    return (
        "---------- Forwarded message ---------\nFrom: Ben Ono <ben@post.example>\n"
        "Date: Wed, Nov 15, 2023 at 9:00 AM\n"
        f"Subject: {subject}\nTo: Ida <ida@post.example>\n\n{note}\n\n{text}"
    )


@pytest.mark.parametrize(
    ("note", "subject"),
    [
        ("", f"Fwd: {SUBJECT}"),
        ("look", SUBJECT),
        ("words " * 90, f"WG: {SUBJECT}"),
        ("Sent from my iPhone", SUBJECT),
    ],
)
def test_a_forward_of_a_forward_is_followed_to_the_original(note: str, subject: str) -> None:
    mail = unwrap_body(_forwarded_by(LAYOUTS["gmail"](ENGLISH), note, subject), subject=f"Fwd: {subject}")
    assert mail.depth == 2
    assert_original(replace(mail, depth=1))


def test_a_forwarded_mail_that_ends_with_older_ones_is_itself_the_original() -> None:
    older = LAYOUTS["outlook_web"](ENGLISH)
    mail = unwrap_body(
        _forwarded_by(older, "A letter of its own. " * 20, "Another matter"), subject="Fwd: Another matter"
    )
    assert (mail.depth, mail.sender_address, mail.subject) == (1, "ben@post.example", "Another matter")
    assert mail.text.startswith("A letter of its own.")
    assert mail.text.endswith(BODY)


@pytest.mark.parametrize(
    ("subject", "prefix", "rest"),
    [
        *(
            (f"{word}: Order 5", Prefix.FORWARD, "Order 5")
            for word in ("Fwd", "FW", "fwd", "WG", "TR", "RV", "ENC", "VB", "PD")
        ),
        *(
            (f"{word}: Order 5", Prefix.FORWARD, "Order 5")
            for word in ("I", "İLT", "Doorst", "Továbbítás", "Redir.", "VL")
        ),
        *(
            (f"{word}: Order 5", Prefix.FORWARD, "Order 5")
            for word in ("Пересл", "ΠΡΘ", "הועבר", "إعادة توجيه")
        ),
        *((f"{word}：Order 5", Prefix.FORWARD, "Order 5") for word in ("转发", "轉寄", "転送", "전달")),
        ("TR : Order 5", Prefix.FORWARD, "Order 5"),
        ("Vs: Order 5", Prefix.AMBIGUOUS, "Order 5"),
        ("Fwd: WG: Order 5", Prefix.FORWARD, "Order 5"),
        ("Fwd[2]: Order 5", Prefix.FORWARD, "Order 5"),
        ("[EXTERNAL] Fwd: Order 5", Prefix.FORWARD, "[EXTERNAL] Order 5"),
        ("[Fwd: Order 5]", Prefix.FORWARD, "Order 5"),
        ("Fwd: Re: Order 5", Prefix.FORWARD, "Re: Order 5"),
        ("Re: Fwd: Order 5", Prefix.REPLY, "Re: Fwd: Order 5"),
        ("AW: Order 5", Prefix.REPLY, "AW: Order 5"),
        ("Order 5: shipped", Prefix.NONE, "Order 5: shipped"),
        ("Forward: march", Prefix.NONE, "Forward: march"),
        ("", Prefix.NONE, ""),
    ],
)
def test_subjects_lose_the_prefixes_of_forwarding_alone(subject: str, prefix: Prefix, rest: str) -> None:
    assert split_subject(subject) == (prefix, rest)


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("02/10/2023 4:52 PM EST", "2023-02-10T16:52:00-05:00"),
        ("28/10/2021 12.46", "2021-10-28T12:46:00"),
        ("2021年10月27日(水) 9:31", "2021-10-27T09:31:00"),
        ("2021년 10월 27일 (수) 오후 3:31", "2021-10-27T15:31:00"),
        ("Thứ Tư, 27 thg 10, 2021 vào lúc 09:31", "2021-10-27T09:31:00"),
        ("27 ต.ค. 2564 09:31", "2021-10-27T09:31:00"),
        ("الأربعاء، ٢٧ أكتوبر ٢٠٢١ في ٩:٣١ ص", "2021-10-27T09:31:00"),
        ("गुरु, 19 मार्च 2026 को 6:04 pm बजे", "2026-03-19T18:04:00"),
        ("K, 27. oktoober 2021 kell 09:31", "2021-10-27T09:31:00"),
        ("12:05 AM, Oct 27, 2021", "2021-10-27T00:05:00"),
        ("Monday, September 19, 2022, 5:55:44 PM -0400", "2022-09-19T17:55:44-04:00"),
        ("31 February 2021 10:00", None),
        ("yesterday at 10:00", None),
        ("", None),
    ],
)
def test_printed_dates(text: str, iso: str | None) -> None:
    date = parse_printed_date(text)
    assert (date.isoformat() if date else None) == iso


def test_one_word_for_two_months_is_read_by_the_language_around_it() -> None:
    czech = parse_printed_date("2. listopadu 2021 9:26", ["cs"])
    croatian = parse_printed_date("2. listopada 2021. 9:26", ["hr"])
    assert czech is not None
    assert croatian is not None
    assert (czech.month, croatian.month) == (11, 10)


WORST = {
    "labels": "x: y\n" * 200_000,
    "senders": "From: a@b.c\n" * 200_000,
    "sentences": "On 28/10/2021 12:46, a@b.c wrote\n" * 100_000,
    "forwards": "From: a@b.c\nDate: 28/10/2021 12:46\nSubject: Fwd: x\n\n" * 50_000,
    "digits": (("1" * 150) + " 2021 12:46 a@b.c :\n") * 5_000,
    "dashes": ("-" * 900 + "a" + "-a" * 400 + "\n") * 1_000,
    "blanks": " " * 2_000_000 + "x",
    "marks": ("> " * 900 + "x\n") * 3_000,
    "addresses": "a@" * 1_000_000,
}


@pytest.mark.parametrize("text", WORST)
def test_the_worst_text_takes_seconds_at_most(text: str) -> None:
    started = time.process_time()
    unwrap_body(WORST[text], subject="Fwd: x")
    assert time.process_time() - started < 6


PIECES = st.one_of(
    st.sampled_from(
        [
            "From:",
            "Subject: ",
            "Date: 1.1.2020",
            "a@b.c",
            "\n",
            "\n\n",
            "> ",
            "-----",
            "wrote:",
            "On ",
            "10:61",
            "2020",
            "Von :",
        ]
    ),
    st.text(max_size=12),
)


@settings(max_examples=200, deadline=timedelta(seconds=5))
@given(st.lists(PIECES, max_size=40).map("".join), st.text(max_size=30))
def test_no_text_raises(text: str, subject: str) -> None:
    mail = unwrap_body(text, subject=subject, html=f"<p>{text}")
    assert 0 <= mail.certainty <= 1
    assert mail.forwarded is (mail.depth > 0)
