"""Mails opened: parts by content, exact attached originals, and nothing that raises or runs away."""

from __future__ import annotations

import base64
import subprocess
import sys
import time
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.email.contents import MailLayer, MailLimits, open_mail
from receipts.errors import Rejection, RejectionReason
from receipts.image import MediaType

HEAD = (
    b"From: Ida <ida@post.example>\r\nTo: points@shop.example\r\nSubject: x\r\n"
    b"Date: Tue, 14 Nov 2023 18:05:42 +0100\r\nMIME-Version: 1.0\r\n"
)
MIXED = b'Content-Type: multipart/mixed; boundary="q"\r\n\r\n'
PDF = b"%PDF-1.4\n" + b"x" * 100


def png(width: int, height: int, size: int = 9_000) -> bytes:
    header = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big")
    return header + b"\x08\x02\x00\x00\x00" + b"x" * size


def layer(data: bytes) -> MailLayer:
    opened = open_mail(data)
    assert isinstance(opened, MailLayer)
    return opened


def with_part(part: bytes) -> MailLayer:
    return layer(
        HEAD + MIXED + b"--q\r\nContent-Type: text/plain\r\n\r\nhi\r\n--q\r\n" + part + b"\r\n--q--\r\n"
    )


def encoded(data: bytes) -> bytes:
    return b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(data)


@pytest.mark.parametrize(
    "declared",
    [
        b"Content-Type: application/pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\n",
        b"Content-Type: application/octet-stream; name=a.pdf\r\n",
        b"Content-Type: image/png; name=a.pdf\r\nContent-Disposition: inline; filename=a.pdf\r\n",
        b'Content-Type: text/plain; name="a.pdf"\r\n',
        b"Content-Disposition: attachment; filename*=utf-8''a.pdf\r\n",
    ],
)
def test_a_pdf_is_one_by_its_content_whatever_the_mail_calls_it(declared: bytes) -> None:
    opened = with_part(declared + encoded(PDF))
    assert [(file.name, file.data, file.media_type) for file in opened.documents] == [
        ("a.pdf", PDF, MediaType.PDF)
    ]


def test_a_program_named_as_a_picture_is_left_out_with_its_reason() -> None:
    opened = with_part(b"Content-Type: image/jpeg; name=r.jpg\r\n" + encoded(b"MZ" + b"\0" * 99))
    assert not opened.pictures
    assert [(part.name, part.detail) for part in opened.skipped] == [("r.jpg", "a Windows program")]


@pytest.mark.parametrize(
    ("width", "height", "headers", "kept"),
    [
        (900, 1600, b"Content-Disposition: inline; filename=a.png\r\n", True),
        (900, 1600, b"Content-Id: <x>\r\n", True),
        (400, 1200, b"Content-Disposition: attachment; filename=a.png\r\n", True),
        (600, 120, b"Content-Disposition: attachment; filename=a.png\r\n", False),
        (1, 1, b"Content-Id: <x>\r\n", False),
        (250, 250, b"Content-Id: <x>\r\n", False),
        (1200, 320, b"Content-Disposition: inline\r\nContent-Id: <x>\r\n", False),
    ],
)
def test_logos_are_no_receipts_and_photos_within_the_text_are(
    width: int, height: int, headers: bytes, kept: bool
) -> None:
    opened = with_part(b"Content-Type: image/png\r\n" + headers + encoded(png(width, height)))
    assert bool(opened.pictures) is kept
    assert kept or opened.skipped[0].reason is RejectionReason.TOO_SMALL


@pytest.mark.parametrize(
    ("part", "reason", "word"),
    [
        (
            b"Content-Type: application/ms-tnef; name=winmail.dat\r\n",
            RejectionReason.OUTLOOK_WRAPPER,
            "winmail.dat",
        ),
        (
            b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\n",
            RejectionReason.ENCRYPTED,
            "S/MIME",
        ),
        (
            b"Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\n",
            RejectionReason.UNSUPPORTED_TYPE,
            "signature",
        ),
    ],
)
def test_wrappings_that_are_not_undone_are_said_clearly(
    part: bytes, reason: RejectionReason, word: str
) -> None:
    opened = with_part(part + encoded(b"0\x80" + b"\1" * 80))
    assert [part.reason for part in opened.skipped] == [reason]
    assert word in opened.skipped[0].detail


def test_winmail_is_known_by_its_content_under_any_name() -> None:
    opened = with_part(
        b"Content-Type: application/octet-stream; name=x\r\n" + encoded(b"\x78\x9f\x3e\x22" * 9)
    )
    assert "winmail.dat" in opened.skipped[0].detail


def test_an_encrypted_mail_still_says_whose_it_is() -> None:
    opened = layer(HEAD + b'Content-Type: multipart/encrypted; boundary="q"\r\n\r\n--q\r\n\r\nx\r\n--q--\r\n')
    assert opened.sender_address == "ida@post.example"
    assert opened.skipped[0].reason is RejectionReason.ENCRYPTED


INNER = (
    b"From: Shop <a@shop.example>\r\nSubject: Order\r\nX-Odd:   two  blanks\r\n\r\n"
    b"Body  \r\n\r\n-- \r\nend\r\n"
)


@pytest.mark.parametrize(
    "part",
    [
        b"Content-Type: message/rfc822\r\n\r\n" + INNER,
        b"Content-Type: message/rfc822\r\n" + encoded(INNER),
        b"Content-Type: application/octet-stream; name=order.eml\r\n" + encoded(INNER),
        b"Content-Type: text/plain; name=order.eml\r\nContent-Disposition: attachment\r\n\r\n" + INNER,
    ],
)
def test_an_attached_mail_is_kept_byte_for_byte(part: bytes) -> None:
    opened = with_part(part)
    assert [mail.raw for mail in opened.attached] == [INNER]
    assert opened.attached[0].layer.sender_address == "a@shop.example"
    assert opened.attached[0].layer.subject == "Order"


def test_an_attached_mail_of_lone_newlines_is_kept_byte_for_byte() -> None:
    inner = INNER.replace(b"\r\n", b"\n")
    data = (
        (HEAD + MIXED).replace(b"\r\n", b"\n")
        + b"--q\nContent-Type: message/rfc822\n\n"
        + inner
        + b"\n--q--\n"
    )
    assert [mail.raw for mail in layer(data).attached] == [inner]


@pytest.mark.parametrize(
    ("charset", "sent", "read"),
    [
        ("utf-8", "Grüße €".encode(), "Grüße €"),
        ("iso-8859-1", "Grüße €".encode("cp1252"), "Grüße €"),
        ("iso-8859-1", "Grüße".encode(), "Grüße"),
        ("no-such-charset", "Grüße".encode(), "Grüße"),
        ("punycode", b"plain", "plain"),
        ("shift_jis", "領収書①".encode("cp932"), "領収書①"),
        ("ks_c_5601-1987", "영수증".encode("cp949"), "영수증"),
        ("", "Grüße".encode("cp1252"), "Grüße"),
    ],
)
def test_text_is_read_in_whatever_charset(charset: str, sent: bytes, read: str) -> None:
    data = HEAD + f'Content-Type: text/plain; charset="{charset}"\r\n\r\n'.encode() + sent
    assert (layer(data).text or "").strip() == read


@pytest.mark.parametrize(
    ("header", "name", "address"),
    [
        (b"From: =?utf-8?q?J=C3=B6rn?= <J@Shop.Example>", "Jörn", "j@shop.example"),
        (b"From: ", "", ""),
        (b"From: <>", "", ""),
        (b"From: undisclosed-recipients:;", "", ""),
        (b"From: =?utf-8?b?!!!?= <a@b.example>", "", "a@b.example"),
        (b"From: " + b"(" * 9000, "", ""),
        ("From: Grüße <a@b.example>".encode(), "Grüße", "a@b.example"),
        (b"X-None: 1", "", ""),
    ],
)
def test_odd_senders_are_read_as_far_as_they_go(header: bytes, name: str, address: str) -> None:
    opened = layer(header + b"\r\nSubject: x\r\n\r\nhi")
    assert (opened.sender_name, opened.sender_address) == (name, address)


@pytest.mark.parametrize(
    "date",
    [
        "Mon, 99 Xyz 2020 25:61",
        "<HR>",
        "Mon, 31 Dec 9999 23:59:59 -2359",
        "",
        "1" * 5000,
    ],
)
def test_an_odd_date_stays_as_written(date: str) -> None:
    opened = layer(f"From: a@b.example\r\nDate: {date}\r\n\r\nhi".encode())
    assert opened.date is None
    assert opened.date_text == date


def test_a_date_without_a_zone_is_taken_for_utc() -> None:
    opened = layer(b"From: a@b.example\r\nDate: Tue, 14 Nov 2023 18:05:42 -0000\r\n\r\nhi")
    assert opened.date is not None
    assert opened.date.isoformat() == "2023-11-14T18:05:42+00:00"


def test_a_file_name_is_shown_and_never_longer_than_a_line() -> None:
    opened = with_part(
        b'Content-Type: application/pdf; name="../../etc/x\x07' + b"a" * 500 + b'"\r\n' + encoded(PDF)
    )
    assert opened.documents[0].name.startswith("../../etc/x ")
    assert len(opened.documents[0].name) == 200


def test_lines_wrapped_for_sending_are_joined_again() -> None:
    data = (
        HEAD
        + b"Content-Type: text/plain; format=flowed\r\n\r\n> From: A \r\n> <a@b.example>\r\n> Subject: x\r\n"
    )
    assert layer(data).text == "> From: A <a@b.example>\n> Subject: x\n"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", RejectionReason.EMPTY),
        (b"\r\n\r\n", RejectionReason.EMPTY),
        (b"just words", RejectionReason.DAMAGED),
        (PDF, RejectionReason.DAMAGED),
        (b"\xff\xfe" * 50, RejectionReason.DAMAGED),
    ],
)
def test_what_is_no_mail_is_rejected_with_its_reason(data: bytes, reason: RejectionReason) -> None:
    opened = open_mail(data)
    assert isinstance(opened, Rejection)
    assert opened.reason is reason


def test_a_mail_over_the_limit_is_rejected() -> None:
    opened = open_mail(HEAD + b"\r\n" + b"x" * 1000, limits=MailLimits(max_bytes=500))
    assert isinstance(opened, Rejection)
    assert opened.reason is RejectionReason.TOO_LARGE


BOMBS = {
    "many parts": HEAD + MIXED + b"--q\r\n\r\nhello\r\n" * 100_000,
    "deep parts": HEAD
    + b'Content-Type: multipart/mixed; boundary="b0"\r\n\r\n'
    + b"".join(
        b'--b%d\r\nContent-Type: multipart/mixed; boundary="b%d"\r\n\r\n' % (at, at + 1) for at in range(3000)
    ),
    "one boundary for all": HEAD + MIXED + (b"--q\r\n" + MIXED) * 20_000,
    "deep mails": (HEAD + b"Content-Type: message/rfc822\r\n\r\n") * 10_000,
    "a giant header": b"Subject: " + b"a" * 5_000_000 + b"\r\nFrom: a@b.example\r\n\r\nbody",
    "many headers": HEAD + b"X-Y: z\r\n" * 500_000 + b"\r\nbody",
    "many addresses": HEAD + b"Cc: " + b"a@b.c, " * 500_000 + b"\r\n\r\nbody",
    "many parameters": HEAD + b"Content-Type: text/plain; " + b'a="b";' * 500_000 + b"\r\n\r\nbody",
    "many encoded words": HEAD + b"Subject: " + b"=?utf-8?q?a?=" * 300_000 + b"\r\n\r\nbody",
    "almost boundaries": HEAD + MIXED + b"\n--qq" * 1_000_000,
    "soft lines": HEAD + b"Content-Type: text/plain; format=flowed\r\n\r\n" + b"> a \r\n" * 300_000,
    "base64 of nothing": HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n" + b"=A=\r\n" * 1_000_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_opened_in_bounded_time(name: str) -> None:
    started = time.process_time()
    assert isinstance(open_mail(BOMBS[name]), MailLayer)
    assert time.process_time() - started < 3


@pytest.mark.parametrize("disposition", [b"inline", b"attachment; filename=a.html"])
def test_a_page_that_would_take_minutes_to_open_is_left_out(disposition: bytes) -> None:
    page = (
        b"Content-Type: text/html\r\nContent-Disposition: " + disposition + b"\r\n\r\n" + b"<div>" * 100_000
    )
    opened = with_part(page)
    assert opened.html is None
    assert not opened.documents
    assert "nested too deeply" in opened.skipped[0].detail
    assert (opened.text or "").strip() == "hi"


MEASURE = """
import resource, sys
from pathlib import Path
from ingest.email.unwrap import unwrap_mail
data = Path(sys.argv[1]).read_bytes()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
mail = unwrap_mail(data)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
print(len(mail.layer.documents[0].data))
"""


def test_a_mail_of_30_mb_takes_bounded_memory(tmp_path: Path) -> None:
    inner = EmailMessage()
    inner["From"] = "a@shop.example"
    inner.set_content("Your order")
    size = 21_000_000
    inner.add_attachment(b"%PDF-1.4\n" + bytes(size - 9), maintype="application", subtype="pdf")
    raw = HEAD + MIXED + b"--q\r\nContent-Type: message/rfc822\r\n\r\n" + inner.as_bytes() + b"\r\n--q--\r\n"
    path = tmp_path / "big.eml"
    path.write_bytes(raw)
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)], check=True, capture_output=True, text=True
    )
    extra_mib, opened = map(int, done.stdout.split())
    assert len(raw) > 28_000_000
    assert opened == size
    assert extra_mib < 150


LINES = st.sampled_from(
    [
        b"From: a@b.example", b"Content-Type: multipart/mixed; boundary=q",
        b"Content-Type: message/rfc822", b"--q", b"--q--", b"",
        b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: x-uuencode",
        b"=?utf-8?b?4?=", b"begin 644 a",
        b"Content-Type: text/plain; charset*0*=utf-8'; charset*1=x", b"Subject: =?x?q?=zz?=", b">",
        b"AAAA", b"Content-Disposition: attachment; filename*=utf-7''+2AA-",
        b"Content-Type: text/html; charset=utf-7", b"+2AA-",
        b"Date: Mon, 1 Jan 2020 00:00:00 +9999", b"To: (((", b"From: \"", b" folded",
    ]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=400),
        st.lists(st.one_of(LINES, st.binary(max_size=30)), max_size=40).map(b"\r\n".join),
    )
)
def test_no_bytes_raise(data: bytes) -> None:
    opened = open_mail(data)
    assert isinstance(opened, MailLayer | Rejection)
    if isinstance(opened, MailLayer):
        said = f"{opened.subject}{opened.sender_name}{opened.text}{opened.html}"
        assert said.encode().decode() == said  # no halves of characters, which no database takes
