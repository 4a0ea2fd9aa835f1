"""A purchase in a mail's text and another in its file are two; the same one in both is one."""

from __future__ import annotations

import html as html_module
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final

from receipts.errors import Rejection, RejectionReason
from receipts.proof import quoted_in
from tests.support.mail_parts import read, receipts

CORNER: Final = "Order 4471\nOats 500 g   3.99\nBread   2.50\nTotal   6.49"
GROCER: Final = "Order 4472\nMilk   2.00\nEggs   2.50\nTotal   4.50"
LANTERN: Final = "Order 4475\nRice 1 kg   3.10\nTea   5.20\nTotal   8.30"
THIN: Final = "Your invoice is attached."


def forward(name: str, text: str, day: int = 3) -> str:
    sender = f"{name} <orders@{name.split()[0].lower()}.example>"
    return (
        f"---------- Forwarded message ---------\nFrom: {sender}\nDate: Tue, Mar {day}, 2026 at 2:05 PM\n"
        f"Subject: Your order\nTo: <ann@mail.example>\n\n{text}\n\n"
    )


def dated(name: str, text: str) -> str:
    return f"{name}\nDate: 2026-03-02\n{text}\n"


def mail(text: str, *files: str, subject: str = "Fwd: Your order") -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = "Ann <ann@mail.example>", "r@till.example", subject
    message["Date"] = "Sat, 21 Mar 2026 08:00:00 +0000"
    message.set_content(text)
    for number, file in enumerate(files):
        rows = "".join(f"<p>{html_module.escape(line)}</p>" for line in file.split("\n"))
        page = f"<html><body>{rows}</body></html>"
        message.add_attachment(page, subtype="html", filename=f"invoice-{number}.html")
    return message.as_bytes()


def named(raw: bytes) -> list[RejectionReason]:
    """What came beside one receipt."""
    first, *rest = read(raw)
    assert not isinstance(first.outcome, Rejection)
    return [part.outcome.reason for part in rest if isinstance(part.outcome, Rejection)]


def test_a_forwarded_order_and_a_till_receipt_beside_it_are_two() -> None:
    raw = mail(f"Mine.\n\n{forward('Corner Shop', CORNER)}", dated("Dollar Lantern", LANTERN))
    assert receipts(raw) == [("Dollar Lantern", "8.30", 2), ("Corner Shop", "6.49", 3)]


def test_a_file_that_names_no_shop_is_not_of_the_one_whose_other_order_it_came_with() -> None:
    (file, text) = receipts(mail(forward("Corner Shop", CORNER), LANTERN))
    assert file[0] == ""
    assert text == ("Corner Shop", "6.49", 3)
    assert receipts(mail(forward("Corner Shop", THIN), LANTERN)) == [("Corner Shop", "8.30", 3)]


def test_two_forwards_with_a_file_each_are_two() -> None:
    text = forward("Corner Shop", CORNER) + forward("Green Grocer", GROCER, 4)
    raw = mail(text, dated("Corner Shop", CORNER), dated("Green Grocer", GROCER))
    assert receipts(raw) == [("Corner Shop", "6.49", 2), ("Green Grocer", "4.50", 2)]


def test_files_of_several_forwards_take_shop_and_day_of_none() -> None:
    text = forward("Corner Shop", CORNER) + forward("Green Grocer", GROCER, 4)
    assert receipts(mail(text, GROCER)) == [("", "4.50", 0), ("Corner Shop", "6.49", 3)]


def test_an_order_in_text_and_one_in_a_file_are_two_in_either_order() -> None:
    corner, lantern = forward("Corner Shop", CORNER), forward("Dollar Lantern", LANTERN, 4)
    for text in (corner + lantern, lantern + corner):
        found = receipts(mail(text, dated("Dollar Lantern", LANTERN)))
        assert found == [("Dollar Lantern", "8.30", 2), ("Corner Shop", "6.49", 3)]


def test_two_equal_orders_with_one_file_are_two() -> None:
    text = forward("Corner Shop", CORNER) + forward("Corner Shop", CORNER.replace("4471", "4479"), 9)
    found = receipts(mail(text, dated("Corner Shop", CORNER)))
    assert found == [("Corner Shop", "6.49", 2), ("Corner Shop", "6.49", 9)]


def test_an_order_as_own_text_and_a_file_are_two() -> None:
    raw = mail(f"{dated('Corner Shop', CORNER)}", dated("Dollar Lantern", LANTERN), subject="two")
    assert [found[:2] for found in receipts(raw)] == [("Dollar Lantern", "8.30"), ("Corner Shop", "6.49")]


def test_the_same_purchase_in_text_and_file_is_one() -> None:
    file = dated("Corner Shop", CORNER)
    for raw in (mail(forward("Corner Shop", CORNER), file), mail(file, file, subject="mine")):
        assert receipts(raw) == [("Corner Shop", "6.49", 2)]


def test_the_same_items_with_another_total_are_named() -> None:
    text = CORNER.replace("Total   6.49", "Shipping   3.00\nTotal   9.49")
    raw = mail(forward("Corner Shop", text), dated("Corner Shop", CORNER))
    assert named(raw) == [RejectionReason.ANOTHER_RECEIPT]


def test_a_text_that_quotes_gains_no_proof_by_a_file_beside_it() -> None:
    quote = "".join(f"> {line}\n" for line in CORNER.split("\n"))
    wrote = "On Tue, Mar 3, 2026 at 2:05 PM Corner Shop <orders@corner.example> wrote:\n"
    raw = mail(f"See below.\n\n{wrote}{quote}", dated("Dollar Lantern", LANTERN), subject="Re: Order")
    file, text = read(raw)
    assert (file.original, text.original) == (quoted_in(0), quoted_in(0)), (
        "an answer lends none to its files either"
    )
