"""Forwards in HTML: the original's own page is cut out of each program's wrapping."""

# ruff: noqa: E501 - pages stand as the programs write them

from __future__ import annotations

import time

import pytest

from ingest.email.contents import MailLayer
from ingest.email.unwrap import ForwardKind, Unwrapped, unwrap_body, unwrap_mail
from receipts.errors import Rejection

ORDER = "<table><tbody><tr><td>The Sea</td><td>14.90</td></tr></tbody></table><p>Total 14.90</p>"
LINK = '<a href="mailto:orders@harbour.example">orders@harbour.example</a>'
WORDS = "Please add my points"

PAGES = {
    "gmail": f'<div dir="ltr">{WORDS}<br><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">'
    '---------- Forwarded message ---------<br>Von: <strong class="gmail_sendername" dir="auto">Harbour Books</strong>'
    f' <span dir="auto">&lt;{LINK}&gt;</span><br>Date: Di., 14. Nov. 2023 um 18:05&nbsp;Uhr<br>Subject: Your order<br>'
    f"To: &lt;ida@post.example&gt;<br></div><br><br><div>{ORDER}</div></div></div><div>-- <br>{WORDS}</div>",
    "outlook on the web": f'<body dir="ltr"><div>{WORDS}</div><div id="appendonsend"></div><hr tabindex="-1">'
    '<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri"><b>Från:</b> Harbour Books &lt;orders@harbour.example&gt;<br>'
    "<b>Skickat:</b> den 14 november 2023 18:05<br><b>Till:</b> ida@post.example &lt;ida@post.example&gt;<br>"
    f"<b>Ämne:</b> Your order</font><div>&nbsp;</div></div><div>{ORDER}</div></body>",
    "outlook on the desktop": f'<div class="WordSection1"><p class="MsoNormal">{WORDS}<o:p></o:p></p><div><div '
    'style="border-top:solid #E1E1E1"><p class="MsoNormal"><b>From:</b> Harbour Books &lt;orders@harbour.example&gt; <br>'
    "<b>Sent:</b> Tuesday, November 14, 2023 6:05 PM<br><b>To:</b> Ida &lt;ida@post.example&gt;<br><b>Subject:</b> "
    f'Your order<o:p></o:p></p></div></div><p class="MsoNormal"><o:p>&nbsp;</o:p></p>{ORDER}</div>',
    "apple": f'{WORDS}<br><div><br><blockquote type="cite"><div>Anfang der weitergeleiteten Nachricht:</div><br>'
    f"<div><span><b>Von: </b></span><span>Harbour Books &lt;{LINK}&gt;<br></span></div><div><span><b>Betreff: </b></span>"
    "<span><b>Your order</b><br></span></div><div><span><b>Datum: </b></span><span>14. November 2023 um 18:05:42 MEZ"
    f"<br></span></div><div><b>An: </b>ida@post.example<br></div><br><div>{ORDER}</div></blockquote></div><br>{WORDS}",
    "thunderbird": f'<p>{WORDS}</p><div class="moz-forward-container"><br>-------- Weitergeleitete Nachricht --------'
    '<table class="moz-email-headers-table"><tbody><tr><th align="RIGHT">Betreff: </th><td>Your order</td></tr>'
    "<tr><th>Datum: </th><td>Tue, 14 Nov 2023 18:05:42 +0100</td></tr><tr><th>Von: </th><td>Harbour Books "
    '<a href="mailto:orders@harbour.example">&lt;orders@harbour.example&gt;</a></td></tr><tr><th>An: </th>'
    f"<td>ida@post.example</td></tr></tbody></table><br><br>{ORDER}</div>",
    "yahoo": f'<div>{WORDS}</div><div id="yahoo_quoted_123" class="yahoo_quoted"><div><div>----- Forwarded Message -----'
    "</div><div><b>From:</b> Harbour Books &lt;orders@harbour.example&gt;</div><div><b>To:</b> ida@post.example</div>"
    "<div><b>Sent:</b> Tuesday, November 14, 2023 at 06:05:42 PM GMT+1</div><div><b>Subject:</b> Your order</div>"
    f"<div><br></div><div>{ORDER}</div></div></div>",
    "proton": f'<div>{WORDS}</div><div class="protonmail_quote">------- Forwarded Message -------<br>From: Harbour Books '
    "&lt;orders@harbour.example&gt;<br>Date: On Tuesday, November 14th, 2023 at 18:05<br>Subject: Your order<br>To: "
    f'ida@post.example<br><br><blockquote class="protonmail_quote" type="cite">{ORDER}</blockquote><br></div>',
    "none known": f"{WORDS}<div>From: Harbour Books &lt;orders@harbour.example&gt;<br>Sent: 14 November 2023 18:05<br>"
    f"Subject: Your order<br><br>{ORDER}</div>",
}


@pytest.mark.parametrize("program", PAGES)
def test_the_originals_page_is_cut_out(program: str) -> None:
    mail = unwrap_body("", html=PAGES[program], subject="Fwd: Your order")
    assert mail.kind is ForwardKind.INLINE
    assert (mail.sender_name, mail.sender_address) == ("Harbour Books", "orders@harbour.example")
    assert mail.date is not None
    assert mail.date.strftime("%d.%m.%Y %H:%M") == "14.11.2023 18:05"
    assert mail.subject == "Your order"
    assert mail.text == "The Sea\t14.90\nTotal 14.90"
    assert mail.html is not None
    assert ORDER in mail.html
    assert WORDS not in mail.html
    assert "Harbour Books" not in mail.html


def test_the_pictures_of_the_original_stay_and_the_forwarders_go() -> None:
    page = PAGES["none known"].replace("<br><br>", '<br><br><img src="cid:theirs">', 1)
    mail = unwrap_body("", html=f'<img src="cid:mine">{page}')
    assert mail.html is not None
    assert "cid:theirs" in mail.html
    assert "cid:mine" not in mail.html


def test_outlook_prints_the_address_in_the_page_alone() -> None:
    text = f"{WORDS}\n\nFrom: Harbour Books\nSent: 14 November 2023 18:05\nTo: Ida\nSubject: Your order\n\nTotal 14.90"
    mail = unwrap_body(text, html=PAGES["none known"])
    assert mail.sender_address == "orders@harbour.example"
    assert mail.text == "Total 14.90"


def test_an_answer_in_html_is_no_forward() -> None:
    page = (
        f'<div dir="ltr">Thanks!</div><br><div class="gmail_quote"><div class="gmail_attr">On Tue, Nov 14, 2023 at 6:05 PM '
        f'Harbour Books &lt;{LINK}&gt; wrote:<br></div><blockquote class="gmail_quote">{ORDER}</blockquote></div>'
    )
    for subject in ("", "Re: Your order"):
        mail = unwrap_body("", html=page, subject=subject)
        assert not mail.forwarded
        assert mail.html == page


@pytest.mark.parametrize(
    "page",
    [
        "<div>" * 100_000 + "x",
        "<b><p>" * 50_000 + "x",
        "<div><table></div></table>" * 50_000,
        "<font size=1><div>" * 5_000,
    ],
)
def test_a_page_nested_too_deeply_is_not_opened(page: str) -> None:
    started = time.process_time()
    mail = unwrap_body("Total 14.90", html=page)
    assert time.process_time() - started < 2
    assert mail.html is None
    assert mail.text == "Total 14.90"
    assert "nested too deeply" in mail.problems[0]


def test_a_long_page_takes_seconds_at_most() -> None:
    rows = "".join(f"<tr><td>Item {number}</td><td><b>1.00</b></td></tr>" for number in range(8_000))
    started = time.process_time()
    mail = unwrap_body("", html=PAGES["none known"].replace(ORDER, f"<table>{rows}</table>"))
    assert mail.text.endswith("Item 7999\t1.00")
    assert time.process_time() - started < 4


ORIGINAL = (
    b"From: Harbour <orders@harbour.example>\r\nTo: ida@post.example\r\nSubject: Your order\r\n"
    b"Date: Tue, 14 Nov 2023 18:05:42 +0100\r\nContent-Type: text/html\r\n\r\n<p>Total 14.90</p>\r\n"
)


def _attached(*parts: bytes, subject: bytes = b"Fwd: Your order", words: bytes = b"my receipt") -> bytes:
    mails = b"".join(b"--q\r\nContent-Type: message/rfc822\r\n\r\n" + part + b"\r\n" for part in parts)
    return (
        b"From: Ida <ida@post.example>\r\nSubject: "
        + subject
        + b"\r\nContent-Type: multipart/mixed; boundary=q\r\n\r\n"
        b"--q\r\nContent-Type: text/plain\r\n\r\n" + words + b"\r\n" + mails + b"--q--\r\n"
    )


def opened(data: bytes) -> Unwrapped:
    mail = unwrap_mail(data)
    assert not isinstance(mail, Rejection)
    return mail


def test_an_attached_original_is_found_with_its_exact_bytes() -> None:
    mail = opened(_attached(ORIGINAL))
    assert mail.kind is ForwardKind.ATTACHED
    assert mail.original == ORIGINAL
    assert (mail.sender_address, mail.subject, mail.text) == (
        "orders@harbour.example",
        "Your order",
        "Total 14.90",
    )
    assert (mail.certainty, mail.depth) == (1.0, 1)
    assert isinstance(mail.layer, MailLayer)
    assert mail.layer.sender_address == "orders@harbour.example"


def test_an_attached_forward_of_an_attached_original() -> None:
    inner = _attached(ORIGINAL).replace(b"=q", b"=z").replace(b"--q", b"--z")
    mail = opened(_attached(inner))
    assert (mail.depth, mail.original, mail.subject) == (2, ORIGINAL, "Your order")


def test_an_attached_mail_that_is_itself_an_inline_forward_proves_nothing() -> None:
    inner = (
        b"From: Ben <ben@post.example>\r\nSubject: Fwd: Your order\r\n\r\n---------- Forwarded message ---------\r\n"
        b"From: Harbour <orders@harbour.example>\r\nDate: Tue, Nov 14, 2023 at 6:05 PM\r\nSubject: Your order\r\n\r\nTotal 1\r\n"
    )
    mail = opened(_attached(inner))
    assert (mail.kind, mail.depth, mail.original) == (ForwardKind.INLINE, 2, None)
    assert mail.sender_address == "orders@harbour.example"


def test_several_attached_originals_are_all_given() -> None:
    second = ORIGINAL.replace(b"14.90", b"7.50")
    mail = opened(_attached(ORIGINAL, second))
    assert mail.text == "Total 14.90"
    assert [(other.text, other.original, other.kind) for other in mail.others] == [
        ("Total 7.50", second, ForwardKind.ATTACHED)
    ]


def test_a_bounce_is_no_forward_of_the_mail_it_returns() -> None:
    data = _attached(ORIGINAL, subject=b"Undelivered").replace(b"multipart/mixed", b"multipart/report")
    mail = opened(data)
    assert not mail.forwarded
    assert mail.sender_address == "ida@post.example"


def test_a_mail_of_ones_own_is_given_as_it_is() -> None:
    mail = opened(ORIGINAL)
    assert not mail.forwarded
    assert (mail.sender_address, mail.subject, mail.text) == (
        "orders@harbour.example",
        "Your order",
        "Total 14.90",
    )
    assert mail.date is not None


def test_winmail_dat_is_told() -> None:
    mail = opened(
        b"From: a@b.example\r\nSubject: Fwd: x\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\n\r\n"
        b"\x78\x9f\x3e\x22abc"
    )
    assert any("winmail.dat" in problem for problem in mail.problems)
