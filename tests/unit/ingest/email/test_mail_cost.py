"""What a mail of at most 1 MB may cost, in seconds of this process; honest mails take a hundredth of it."""

from __future__ import annotations

import time

import pytest

from ingest.email.contents import MailLayer, open_mail
from ingest.email.unwrap import Unwrapped, unwrap_mail

HEAD = b"From: maya@mail.example\r\nSubject: Fwd: Your order\r\nDate: Sat, 21 Nov 2026 14:05:00 +0000\r\n"
PAGE = HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n"
BLOCK = b"<b>From:</b> a@b.example<br><b>Sent:</b> x<br><b>To:</b> c<br><b>Subject:</b> Fwd: s<br><br>"
MOST_S = 5.0


def _attributes(count: int, value: bytes = b"") -> bytes:
    return b" ".join(b"a%x%s" % (number, value) for number in range(count))


@pytest.mark.parametrize(
    "page",
    [
        b"<div " + _attributes(90_000) + b">x",
        b"<div></div " + _attributes(90_000) + b">x",
        b"<div " + _attributes(80_000, b'=">"') + b">x",
        b'<script>x="<a b=\'"</script><svg><style><a c="</style><div ' + _attributes(80_000) + b">x",
        b'<!-- <a b=" --><div ' + _attributes(80_000) + b">x",
        (b"<div " + _attributes(4_900) + b"></div>") * 20,
        b"<div " + b'="' * 400_000,
        b"<p>a" * 240_000,
        b"<br>" * 200_000,
        b"<table>" + b"<tr><td>Item<td>5.00" * 45_000,
        BLOCK * 10_000,
    ],
)
def test_a_page_that_costs_too_much_is_dropped(page: bytes) -> None:
    started = time.process_time()
    mail = unwrap_mail(PAGE + page)
    assert time.process_time() - started < MOST_S
    assert isinstance(mail, Unwrapped)
    assert mail.html is None
    assert "too large or nested too deeply" in " ".join(mail.problems)


@pytest.mark.parametrize(
    "page",
    [
        b"<p>a" * 32_000,
        BLOCK.replace(b" x", b" Mon, 1 Jan 2026 10:00") * 8 + b"<p>Item 5.00 " * 30_000,
        b"<a>" * 100 + b'<a b="' + b">" * 900_000,
    ],
)
def test_a_page_just_within_the_bounds_takes_seconds_at_most(page: bytes) -> None:
    started = time.process_time()
    assert isinstance(unwrap_mail(PAGE + page), Unwrapped)
    assert time.process_time() - started < MOST_S


def test_attributes_of_an_honest_page_cost_nothing() -> None:
    cell = (
        b'<td style="font-family: Arial, Helvetica, sans-serif; color: #333" title="a > b" width=1>5.00</td>'
    )
    mail = unwrap_mail(PAGE + b"<table>" + (b"<tr>" + cell * 4 + b"</tr>") * 2_000 + b"</table>")
    assert isinstance(mail, Unwrapped)
    assert mail.html is not None


def test_twenty_attached_mails_are_opened_and_the_rest_is_said_to_be_left_out() -> None:
    inner = b"--B\r\nContent-Type: message/rfc822\r\n\r\nFrom: a@b.example\r\n\r\nTotal 5.00\r\n"
    raw = HEAD + b"Content-Type: multipart/mixed; boundary=B\r\n\r\n" + inner * 195
    layer = open_mail(raw)
    assert isinstance(layer, MailLayer)
    assert len(layer.attached) == 20
    assert "more than 20 attached mails" in layer.skipped[0].detail
    mail = unwrap_mail(raw)
    assert isinstance(mail, Unwrapped)
    around, *attached = mail.others
    assert len(attached) == 19
    assert {part.is_file for part in around.layer.skipped} == {True}, "its sender is told what was left out"


def test_pages_of_attached_mails_are_bounded_together() -> None:
    inner = b"--B\r\nContent-Type: message/rfc822\r\n\r\n" + PAGE + b"<p>Item 5.00" * 3_500 + b"\r\n"
    raw = HEAD + b"Content-Type: multipart/mixed; boundary=B\r\n\r\n" + inner * 20
    started = time.process_time()
    mail = unwrap_mail(raw)
    assert time.process_time() - started < MOST_S
    assert isinstance(mail, Unwrapped)
    assert mail.html is not None
    assert mail.others[-1].html is None
