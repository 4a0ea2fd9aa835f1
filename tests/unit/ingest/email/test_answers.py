"""Which mails may hold another's words, so that their signature is lent to no receipt in them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ingest.email.answers import may_hold_anothers_words
from ingest.email.sections import MOST_LINES

SHARED = Path(os.environ.get("TILLPOINTS_SHARED") or Path(__file__).parents[5] / "shared") / "receipts"
RECEIPT = "Target\nOrder 777888\n2026-11-21\nGranola   8.29\nBread   2.00\nTotal   10.29\n"
THANKS = "Thank you for contacting Target. We will answer within two days.\n\n"
MARKED = "".join(f"> {line}\n" for line in RECEIPT.splitlines())
PAGE = RECEIPT.replace("\n", "<br>")


def mail(body: str, *, subject: str = "Target 777888", kind: str = "plain", more: str = "") -> bytes:
    head = (
        f"From: Target <orders@target.com>\nTo: Maya <maya@mail.example>\nSubject: {subject}\n"
        f"Date: Sat, 21 Nov 2026 08:00:00 +0000\n{more}Content-Type: text/{kind}; charset=utf-8\n\n"
    )
    return (head + body).encode()


ANSWERS = {
    "marks with blank lines between": THANKS + MARKED.replace("\n", "\n\n"),
    "one mark": THANKS + "> Granola 8.29\n" + RECEIPT,
    "too long to look through": THANKS + RECEIPT + ".\n" * MOST_LINES,
    "the line of an old program": THANKS + "-----Original Message-----\n" + RECEIPT,
    "the line of a forward alone": THANKS + "---------- Forwarded message ---------\n\n" + RECEIPT,
    "words of the program": THANKS + "You wrote:\n" + RECEIPT,
    "a sentence, nothing marked": THANKS
    + "On Tue, Mar 3, 2026 at 2:05 PM Ann <a@a.example> wrote:\n"
    + RECEIPT,
    "a name and a verb": THANKS + "Ann wrote:\n" + RECEIPT,
    "a name and a moment": THANKS + "Ann, Mar 3, 2026, 14:05 UTC:\n" + RECEIPT,
    "two lines of a header": THANKS + "From: Ann <ann@a.example>\nDate: 3 Mar 2026 14:05\n\n" + RECEIPT,
    "a header in unknown words": THANKS
    + "Nork-e: Ann <ann@a.example>\nNoizko: 3 Mar 2026 14:05\nNoriri: orders@target.com\n\n"
    + RECEIPT,
    "below a rule": THANKS + "--\nYour message:\n" + RECEIPT,
    "a returned mail": "I could not deliver it.\n--- Below this line is a copy of the message.\n\n" + RECEIPT,
    "de": "Danke.\n\nIhre Nachricht an uns\n" + RECEIPT,
    "fr": "Merci.\n\nVotre message :\n" + RECEIPT,
    "es": "Gracias.\n\nSu mensaje:\n" + RECEIPT,
    "ja": "ありがとうございます。\n\n【お問い合わせ内容】\n" + RECEIPT,
}
PAGES = {
    "a blockquote": f"<p>{THANKS}</p><blockquote>{PAGE}</blockquote>",
    "a blockquote with words": f"<p>{THANKS}</p><p>You wrote:</p><BLOCKQUOTE style=x>{PAGE}</BLOCKQUOTE>",
    "a program's container": f'<p>{THANKS}</p><div class="x gmail_quote">{PAGE}</div>',
    "Outlook's rule": f'<p>{THANKS}</p><div id="divRplyFwdMsg"></div>{PAGE}',
    "marks typed into a page": f"<p>{THANKS}</p>&gt; Granola 8.29<br>{PAGE}",
}
SUBJECTS = ("Re: Your order 5", "AW: Ihre Bestellung", "VS: Tilaus", "We received your message 5")


@pytest.mark.parametrize("body", ANSWERS.values(), ids=ANSWERS)
def test_a_text_that_points_to_an_answer(body: str) -> None:
    assert may_hold_anothers_words(mail(body))


@pytest.mark.parametrize("body", PAGES.values(), ids=PAGES)
def test_a_page_that_points_to_an_answer(body: str) -> None:
    assert may_hold_anothers_words(mail(body, kind="html"))


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_subject_that_says_so(subject: str) -> None:
    assert may_hold_anothers_words(mail(RECEIPT, subject=subject))


@pytest.mark.parametrize("more", ["In-Reply-To: <1@a.example>\n", "Auto-Submitted: auto-replied\n"])
def test_a_header_that_says_so(more: str) -> None:
    assert may_hold_anothers_words(mail(RECEIPT, more=more))


def test_an_attached_text_is_looked_at_too() -> None:
    attached = 'Content-Disposition: attachment; filename="a.txt"'
    parts = f"--M\n\n{RECEIPT}\n--M\n{attached}\n\nYou wrote:\n{RECEIPT}\n--M--\n"
    raw = mail(parts).replace(b"text/plain; charset=utf-8", b"multipart/mixed; boundary=M")
    assert may_hold_anothers_words(raw)
    assert not may_hold_anothers_words(raw.replace(b"You wrote:\n", b""))


RECEIPTS = {
    "plain": RECEIPT,
    "with small print": RECEIPT + "--\nPlease do not reply to this email.\nhttps://target.com/help\n",
    "dashed headings": "----- Your items -----\n" + RECEIPT + "===== Total =====\n",
    "a journey": "Rail Co\nFrom: London\nTo: Paris\nDate: 21 Nov 2026\nTicket   20.00\nTotal   20.00\n",
    "the buyer's address": "Date: 21 Nov 2026\nEmail: maya@mail.example\nOrder: 777888\n" + RECEIPT,
    "an hour": "Collect it on 21 Nov 2026 between 14:00 and 15:00.\n" + RECEIPT,
}


@pytest.mark.parametrize("body", RECEIPTS.values(), ids=RECEIPTS)
def test_a_receipt_of_a_shop_points_to_none(body: str) -> None:
    generated = "Auto-Submitted: auto-generated\n"
    assert not may_hold_anothers_words(mail(body, subject="Your order 777888", more=generated))
    assert not may_hold_anothers_words(mail(f"<p>{body}</p>".replace("\n", "<br>"), kind="html"))


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real mails lie beside a developer's clone")
def test_real_orders_point_to_none() -> None:
    folders = ("orders", "signed")
    mails = [path for folder in folders for path in sorted((SHARED / "emails" / folder).glob("*.eml"))]
    told = [path.name for path in mails if may_hold_anothers_words(path.read_bytes())]
    assert mails
    assert told == []
