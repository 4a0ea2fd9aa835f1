"""A forward as an attachment, unwrapped and judged: the original's bytes come through whole."""

from __future__ import annotations

import base64
from types import SimpleNamespace

import pytest

from ingest.email.unwrap import ForwardKind, Unwrapped, unwrap_mail
from receipts.proof import Proof
from tests.support.signing import MAIL, signed

FORWARD = (
    b"From: Ann <ann@mail.example>\r\nTo: receipts@us.example\r\nSubject: Fwd: Your order\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=part\r\n\r\n"
    b"--part\r\nContent-Type: text/plain\r\n\r\nsee attached\r\n"
    b"--part\r\nContent-Type: %s\r\nContent-Transfer-Encoding: %s\r\n"
    b'Content-Disposition: attachment; filename="order.eml"\r\n\r\n%s\r\n--part--\r\n'
)


@pytest.mark.parametrize("kind", [b"message/rfc822", b'application/octet-stream; name="order.eml"'])
@pytest.mark.parametrize("encoding", [b"7bit", b"8bit", b"base64"])
@pytest.mark.parametrize("canon", ["simple/simple", "relaxed/relaxed"])
@pytest.mark.parametrize("line_end", [b"\r\n", b"\n"])
def test_an_attached_original_is_proven_however_it_is_packed(
    given: SimpleNamespace, kind: bytes, encoding: bytes, canon: str, line_end: bytes
) -> None:
    original = signed(MAIL + b"\r\n\r\n", given.SHOP, canon=canon)
    packed = base64.encodebytes(original) if encoding == b"base64" else original
    mail = FORWARD % (kind, encoding, packed)
    mail = mail.replace(b"\r\n", b"\n").replace(b"\n", line_end)
    inside = unwrap_mail(mail)
    assert isinstance(inside, Unwrapped)
    assert (inside.kind, inside.sender_address) == (ForwardKind.ATTACHED, "orders@shop.example")
    proof = given.judged(mail, original=inside.original, author=inside.sender_address)
    assert proof.verdict is Proof.PROVEN
    changed = given.judged(
        mail, original=(inside.original or b"").replace(b"3.99", b"1.99"), author=inside.sender_address
    )
    assert changed.verdict is Proof.CONTRADICTED
