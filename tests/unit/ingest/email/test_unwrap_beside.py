"""What stands beside attached mails, and mails within those: each is an original of its own."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP

import pytest

from ingest.email.unwrap import ForwardKind, Unwrapped, unwrap_mail

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\n"


def _mail(sender: str, *inside: EmailMessage, pdf: bool = False, text: str = "") -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = sender, "r@till.example", f"Order of {sender}"
    message.set_content(text or f"Body of {sender}")
    for each in inside:
        message.add_attachment(each)
    if pdf:
        message.add_attachment(PDF, maintype="application", subtype="pdf", filename="receipt.pdf")
    return message


def _opened(message: EmailMessage) -> tuple[Unwrapped, ...]:
    found = unwrap_mail(message.as_bytes())
    assert isinstance(found, Unwrapped)
    assert all(other.others == () for other in found.others)
    return (found, *found.others)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_mails_within_attached_mails_are_found_in_any_order(order: tuple[int, int]) -> None:
    a, b, c = (_mail(f"{name}@shop.example") for name in "abc")
    inside = (a, _mail("m@mail.example", b, c))
    found = _opened(_mail("maya@mail.example", *(inside[place] for place in order)))
    assert {each.sender_address for each in found} == {f"{name}@shop.example" for name in "abc"}
    assert all(each.kind is ForwardKind.ATTACHED for each in found)
    assert all(each.original is not None for each in found)
    assert {each.sender_address: each.depth for each in found}["c@shop.example"] == 2


def test_a_file_beside_an_attached_mail_is_the_forwarders_own() -> None:
    original, own = _opened(_mail("maya@mail.example", _mail("a@shop.example"), pdf=True))
    assert original.sender_address == "a@shop.example"
    assert original.layer.documents == ()
    assert own.kind is ForwardKind.NONE
    assert own.original is None
    assert own.sender_address == "maya@mail.example"
    assert [file.name for file in own.layer.documents] == ["receipt.pdf"]
    assert own.text == ""
    assert own.layer.text is None


def test_a_file_of_an_attached_mail_around_another_is_proven_by_its_bytes() -> None:
    middle = _mail("m@shop.example", _mail("b@shop.example"), pdf=True)
    first = _opened(_mail("maya@mail.example", middle, _mail("a@shop.example")))
    second = _opened(_mail("maya@mail.example", _mail("a@shop.example"), middle))
    for found in (first, second):
        (around,) = (each for each in found if each.layer.documents)
        assert around.sender_address == "m@shop.example"
        assert around.kind is ForwardKind.ATTACHED
        assert around.original is not None
        assert b"From: m@shop.example" in around.original
        assert len(found) == 3


def test_words_above_an_attached_mail_are_no_original() -> None:
    assert len(_opened(_mail("maya@mail.example", _mail("a@shop.example")))) == 1


def test_a_mail_forwarded_in_the_text_stands_beside_the_attached_one() -> None:
    text = (
        "---------- Forwarded message ---------\nFrom: Shop <s@shop.example>\n"
        "Date: Mon, 2 Mar 2026 at 10:00\nSubject: Your receipt\nTo: <maya@mail.example>\n\nTotal 5.00\n"
    )
    attached, inline = _opened(_mail("maya@mail.example", _mail("a@shop.example"), text=text))
    assert attached.sender_address == "a@shop.example"
    assert inline.kind is ForwardKind.INLINE
    assert inline.original is None
    assert inline.sender_address == "s@shop.example"
    assert "Total 5.00" in inline.text


def test_blanks_behind_a_boundary_hide_nothing() -> None:
    raw = (
        b"From: a@shop.example\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n"
        b"--B\r\n\r\nTotal 5.00\r\n--B" + b" " * 1_100 + b"\r\n\r\nCancelled\r\n--B--\r\n"
    )
    found = unwrap_mail(raw)
    assert isinstance(found, Unwrapped)
    assert found.text.split() == ["Total", "5.00", "Cancelled"]
