"""Several mails forwarded in one mail: each is a receipt of its own shop, on its own day."""

from __future__ import annotations

import html as html_module
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final

import pytest

from ingest.email.unwrap import ForwardKind, Unwrapped, unwrap_mail
from receipts.errors import MEMBER_SENTENCES, Rejection, RejectionReason
from tests.support.mail_parts import read, receipts

ORDERS: Final = {
    "Corner Shop": "Order 4471\nOats 500 g   3.99\nBread   2.50\nTotal   6.49",
    "Green Grocer": "Order 4472\nMilk   2.00\nEggs   2.50\nTotal   4.50",
    "Old Mill": "Order 4473\nRice   9.00\nTotal   9.00",
}
DAYS: Final = {"Corner Shop": 3, "Green Grocer": 4, "Old Mill": 5}
EXPECTED: Final = [("Corner Shop", "6.49", 3), ("Green Grocer", "4.50", 4), ("Old Mill", "9.00", 5)]
MARKS: Final = {"gmail": "---------- Forwarded message ---------", "apple": "Begin forwarded message:"}


def header(name: str, style: str) -> str:
    day = DAYS[name]
    sender = f"From: {name} <orders@{name.split()[0].lower()}.example>\n"
    if style == "apple":
        return f"{sender}Subject: Your order\nDate: March {day}, 2026 at 2:05:00 PM GMT\nTo: a@mail.example\n"
    return f"{sender}Date: Tue, Mar {day}, 2026 at 2:05 PM\nSubject: Your order\nTo: <a@mail.example>\n"


def block(name: str, style: str, *, quoted: bool = False) -> str:
    told = f"{header(name, style)}\n{ORDERS[name]}\n"
    if quoted:
        told = "".join(f"> {line}\n" for line in told.split("\n"))
    return f"{MARKS[style]}\n\n{told}\n"


def page(name: str, style: str, around: str) -> str:
    lines = [f"<div>{html_module.escape(line)}</div>" for line in ORDERS[name].split("\n")]
    above = "<br>".join(html_module.escape(line) for line in header(name, style).strip().split("\n"))
    return around.format(f"<div>{MARKS[style]}</div><br><div>{above}</div><br>{''.join(lines)}")


def mail(text: str = "", html: str = "", *, subject: str = "Fwd: Your order") -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = "Ann <ann@mail.example>", "r@till.example", subject
    message["Date"] = "Sat, 21 Mar 2026 08:00:00 +0000"
    if text:
        message.set_content(text)
    if html and text:
        message.add_alternative(html, subtype="html")
    elif html:
        message.set_content(html, subtype="html")
    return message.as_bytes()


@pytest.mark.parametrize("style", MARKS)
@pytest.mark.parametrize("quoted", [False, True])
@pytest.mark.parametrize("note", ["", "Three of mine, I paid 19.99 together.\n\n"])
def test_each_mail_in_a_text_is_read(style: str, quoted: bool, note: str) -> None:
    assert receipts(mail(note + "".join(block(name, style, quoted=quoted) for name in ORDERS))) == EXPECTED


@pytest.mark.parametrize(
    ("style", "around", "outside"),
    [
        ("gmail", '<div class="gmail_quote">{}</div>', "{}"),
        ("gmail", "{}<br><br>", '<div class="gmail_quote">{}</div>'),
        ("apple", '<blockquote type="cite">{}</blockquote>', "{}"),
        ("apple", "<div>{}</div>", "{}"),
    ],
    ids=["gmail", "one gmail_quote", "apple", "bare"],
)
def test_each_mail_in_a_page_is_read(style: str, around: str, outside: str) -> None:
    html = outside.format("<br>".join(page(name, style, around) for name in ORDERS))
    assert receipts(mail(html=f"<html><body>{html}</body></html>")) == EXPECTED
    text = "".join(block(name, style) for name in ORDERS)
    assert receipts(mail(text, f"<html><body>{html}</body></html>")) == EXPECTED


def test_each_is_an_original_with_a_sender_of_its_own() -> None:
    found = unwrap_mail(mail("".join(block(name, "gmail") for name in ORDERS)))
    assert isinstance(found, Unwrapped)
    originals = (found, *found.others)
    assert [original.sender_name for original in originals] == list(ORDERS)
    assert {original.kind for original in originals} == {ForwardKind.INLINE}
    assert [part.original for part in read(mail("".join(block(name, "gmail") for name in ORDERS)))] == [
        0,
        1,
        2,
    ]


def test_an_order_in_the_forwarders_own_words_is_read_as_well() -> None:
    own = f"Corner Shop\nDate: 2026-03-03\n{ORDERS['Corner Shop']}\n\n"
    found = receipts(mail(own + block("Green Grocer", "gmail")))
    assert [total for _, total, _ in found] == ["4.50", "6.49"]


def test_a_mail_beside_a_receipt_that_is_none_is_named() -> None:
    other = (
        block("Old Mill", "gmail").replace("Total   9.00", "On offer 9.00").replace("Your order", "New rice")
    )
    receipt, refused = read(mail(block("Corner Shop", "gmail") + other))
    assert not isinstance(receipt.outcome, Rejection)
    assert isinstance(refused.outcome, Rejection)


def test_a_forward_of_a_forward_with_a_note_is_one() -> None:
    note = "---------- Forwarded message ---------\nFrom: Bo <bo@mail.example>\n"
    note += "Date: Fri, Mar 6, 2026 at 2:05 PM\nSubject: Fwd: Your order\nTo: <a@mail.example>\n\n"
    found = receipts(mail(f"{note}I paid 6.49 for it.\n\n{block('Corner Shop', 'gmail')}"))
    assert found == EXPECTED[:1]


GROCER: Final = f"Green Grocer\nDate: 2026-03-04\n{ORDERS['Green Grocer']}\n"
CORNER: Final = f"Corner Shop\nDate: 2026-03-03\n{ORDERS['Corner Shop']}\n"


def beside(text: str, file: str) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"], message["Subject"] = "Shop <orders@shop.example>", "Your orders"
    message.set_content(text)
    rows = "".join(f"<p>{html_module.escape(line)}</p>" for line in file.split("\n"))
    message.add_attachment(f"<html><body>{rows}</body></html>", subtype="html", filename="order.html")
    return message.as_bytes()


def named(raw: bytes) -> list[tuple[str, RejectionReason]]:
    """What came beside one receipt."""
    receipt, *rest = read(raw)
    assert not isinstance(receipt.outcome, Rejection)
    return [(part.name, part.outcome.reason) for part in rest if isinstance(part.outcome, Rejection)]


def test_an_order_in_the_text_beside_another_in_a_file_is_read() -> None:
    assert receipts(beside(CORNER, GROCER)) == [EXPECTED[1], EXPECTED[0]]
    assert named(beside(CORNER, CORNER)) == []
    assert named(beside("Your receipt is attached.\nTotal   6.49\n", CORNER)) == []


def outlook(name: str, mark: str, day: int | None = None) -> str:
    return (
        f"{mark}\nFrom: {name} <orders@{name.split()[0].lower()}.example>\n"
        f"Sent: Tuesday, March {day or DAYS[name]}, 2026 2:05 PM\nTo: Ann <ann@mail.example>\n"
        f"Subject: Your order\n\n{ORDERS[name]}\n\n"
    )


@pytest.mark.parametrize("mark", ["_" * 32, "-----Original Message-----"])
@pytest.mark.parametrize("note", ["", "Three of mine.\n\n"])
def test_mails_below_blocks_of_header_lines_are_read_where_they_were_forwarded(mark: str, note: str) -> None:
    text = note + "".join(outlook(name, mark) for name in ORDERS)
    assert receipts(mail(text)) == EXPECTED
    rows = "".join(f"<div>{html_module.escape(line)}</div>" for line in text.split("\n"))
    assert receipts(mail(html=f"<html><body>{rows}</body></html>")) == EXPECTED


def test_an_older_state_of_an_order_below_it_is_named_and_not_paid() -> None:
    older = outlook("Corner Shop", "_" * 32, 2).replace("Total   6.49", "Shipping   3.00\nTotal   9.49")
    assert named(mail(outlook("Corner Shop", "_" * 32) + older)) == [
        ('Another receipt, in "Your order"', RejectionReason.ANOTHER_RECEIPT)
    ]
    assert named(mail(outlook("Corner Shop", "_" * 32) + outlook("Corner Shop", "_" * 32, 2))) == []


def test_a_mail_below_an_answer_that_was_forwarded_is_named() -> None:
    answer = outlook("Corner Shop", "_" * 32).replace("Subject: Your", "Subject: Re: Your")
    assert named(mail(answer + outlook("Green Grocer", "_" * 32), subject="Fwd: Re: Your order")) == [
        ('Another receipt, in "Re: Your order"', RejectionReason.ANOTHER_RECEIPT)
    ]


@pytest.mark.parametrize("note", ["", "Mine.\n\n"])
def test_each_of_several_quotes_has_its_own_sender_and_day(note: str) -> None:
    quotes = "".join(
        f"On Tue, Mar {DAYS[name]}, 2026 at 2:05 PM {name} <orders@shop.example> wrote:\n"
        + "".join(f"> {line}\n" for line in ORDERS[name].split("\n"))
        + "\n"
        for name in ORDERS
    )
    for subject in ("Fwd: receipts", "receipts"):
        assert receipts(mail(note + quotes, subject=subject)) == EXPECTED


PLAN: Final = "Invoice 123\nMonthly plan   $9.99\nPaid with Visa"


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_mail_with_one_amount_among_others_is_named(place: int) -> None:
    blocks = [block(name, "gmail") for name in ("Corner Shop", "Green Grocer")]
    plan = block("Old Mill", "gmail").replace(ORDERS["Old Mill"], PLAN).replace("Your order", "Your plan")
    blocks.insert(place, plan)
    first, second, *rest = read(mail("".join(blocks)))
    assert not isinstance(first.outcome, Rejection)
    assert not isinstance(second.outcome, Rejection)
    assert [part.name for part in rest] == ["Your plan"]


def test_an_order_quoted_below_another_is_named() -> None:
    wrote = "On Tue, Mar 3, 2026 at 2:05 PM Corner Shop <orders@corner.example> wrote:\n"
    quote = "".join(f"> {line}\n" for line in CORNER.split("\n"))
    assert named(mail(f"{GROCER}\n{wrote}{quote}", subject="Re: Order")) == [
        ('Another receipt, in "Re: Order"', RejectionReason.ANOTHER_RECEIPT)
    ]
    assert named(mail(f"{CORNER}\n{wrote}{quote}", subject="Re: Order")) == []


def test_a_body_counts_once_however_often_it_is_read() -> None:
    message = EmailMessage(policy=SMTP)
    message["From"], message["Subject"] = "Ann <ann@mail.example>", "Receipts"
    message.set_content("Mine.")
    for number in range(12):
        shop = EmailMessage(policy=SMTP)
        shop["From"], shop["Subject"] = "orders@shop.example", f"Order {number}"
        items = "Oats   1.00\nBread   2.00\n" + "We wish you a good day\n" * 200
        shop.set_content(
            f"{CORNER.split('Oats')[0]}{items}Total   {300 + number}.00\n\nSent from my iPhone\n"
        )
        message.add_attachment(shop)
    assert len(receipts(message.as_bytes())) == 12


def test_only_the_receipt_that_was_not_taken_is_asked_for() -> None:
    dearer = CORNER.replace("Total   6.49", "Shipping   3.00\nTotal   9.49")
    *_, other = read(beside(dearer, CORNER))
    assert isinstance(other.outcome, Rejection)
    assert other.outcome.member_sentence.endswith("Please forward that one by itself.")
    assert "once more" not in MEMBER_SENTENCES[RejectionReason.TOO_MANY]
