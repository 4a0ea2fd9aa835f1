"""Mails that are made to crash, stall or fool the checks."""

from __future__ import annotations

import base64
import time
from types import SimpleNamespace

import pytest
from hypothesis import given as sampled
from hypothesis import settings
from hypothesis import strategies as st

from ingest.email.authentication_results import read_results
from ingest.email.raw_message import canonical_body, read_raw
from receipts.proof import Proof
from tests.support.signing import MAIL, signed

FEW = settings(deadline=None, max_examples=60)
MOST_SECONDS = 5.0
"""For one mail on a busy machine; each takes well under a second on an idle one."""


def test_hundreds_of_signatures_are_no_work(given: SimpleNamespace) -> None:
    mail = signed(MAIL, given.SHOP)
    signature = mail.split(b"From:")[0]
    wrong = signature.replace(b"sel", b"xel")
    started = time.perf_counter()
    buried = given.judged(wrong * 600 + mail)
    ours_first = given.judged(signature + wrong * 600 + MAIL)
    too_many = given.judged(signature + wrong * 10_000 + MAIL)
    assert time.perf_counter() - started < MOST_SECONDS
    assert buried.verdict is Proof.UNPROVEN
    assert ours_first.verdict is Proof.PROVEN
    assert too_many.verdict is Proof.UNPROVEN
    assert len(buried.checks) < 30
    assert "more signatures were not looked at" in given.said(buried)


@pytest.mark.parametrize(
    "body",
    [
        b" " * 3_000_000,
        b"\t " * 1_000_000 + b"x",
        b"\r\n" * 1_500_000,
        b"\r\n" * 1_000_000 + b"\r",
        b"\n" * 3_000_000,
    ],
    ids=["blanks", "blanks and a letter", "line ends", "a lone return at the end", "bare line feeds"],
)
def test_a_body_of_nothing_but_blanks_is_read_in_one_go(given: SimpleNamespace, body: bytes) -> None:
    mail = signed(MAIL, given.SHOP)
    started = time.perf_counter()
    given.judged(mail + body)
    assert time.perf_counter() - started < MOST_SECONDS


def test_a_huge_or_foolish_key_is_not_used(given: SimpleNamespace) -> None:
    def der(*numbers: int) -> bytes:
        content = b""
        for number in numbers:
            raw = number.to_bytes(number.bit_length() // 8 + 1, "big")
            content += b"\x02\x82" + len(raw).to_bytes(2, "big") + raw
        return b"\x30\x82" + len(content).to_bytes(2, "big") + content

    mail = signed(MAIL, given.SHOP)
    modulus = given.SHOP.private["modulus"]
    keys = {
        "exponent of one": der(modulus, 1),
        "exponent of 8,000 bits": der(modulus, (1 << 8_000) + 1),
        "20,000 bits": der((1 << 20_000) + 1, 65_537),
        "64 KB": der((1 << 400_000) + 1, 65_537),
        "modulus of nothing": der(0, 65_537),
        "not a key": b"\x30\x82\xff\xff\x02",
    }
    for public in keys.values():
        record = f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"
        started = time.perf_counter()
        proof = given.judged(mail, resolver=given.CountingResolver({given.SHOP.name: record}))
        assert time.perf_counter() - started < MOST_SECONDS
        assert proof.verdict is not Proof.PROVEN


@pytest.mark.parametrize(
    "header",
    [
        b"DKIM-Signature: \r\n",
        b"DKIM-Signature: v=1\r\n",
        b"DKIM-Signature: v=1; a=rsa-sha256; d=shop.example; s=sel; h=from; bh=!!; b=!!\r\n",
        b"DKIM-Signature: v=1; a=rsa-sha256; d=shop.example; s=sel; h=from; bh=A=; b=A===\r\n",
        b"DKIM-Signature: v=1; a=rsa-sha256; c=odd/odd; d=shop.example; s=sel; h=from; bh=AAAA; b=AAAA\r\n",
        b"DKIM-Signature: v=1; a=rsa-sha256; d=shop.example; s=sel; h=from; bh=AAAA; b=AAAA; b=BBBB\r\n",
        b"DKIM-Signature: v=1; a=none; d=shop.example; s=sel; h=from; bh=AAAA; b=AAAA\r\n",
        b"DKIM-Signature: v=1; a=rsa-sha256; l=; d=shop.example; s=sel; h=from; bh=AAAA; b=AAAA\r\n",
        b"DKIM-Signature: v=1; a=rsa-sha256; d=\xff\xfe; s=\xff; h=from; bh=AAAA; b=AAAA\r\n",
        b"DKIM-Signature: v=1; a=rsa-sha256; d=; s=; h=from; bh=AAAA; b=AAAA\r\n",
        b"DKIM-Signature: " + b"a" * 100_000 + b"\r\n",
        b"DKIM-Signature:" + b"\r\n \t" * 20_000 + b"\r\n",
        b"ARC-Seal: i=1\r\n",
        b"ARC-Seal: i=99999999999; d=relay.example\r\nARC-Message-Signature: i=1\r\n",
        b"ARC-Seal: i=1; a=rsa-sha256; cv=none; d=relay.example; s=sel; b=AAAA\r\n",
    ],
)
def test_malformed_fields_are_no_proof_and_no_crash(given: SimpleNamespace, header: bytes) -> None:
    proof = given.judged(header + MAIL, sealers=("relay.example",))
    assert proof.verdict in {Proof.UNPROVEN, Proof.CONTRADICTED}
    assert given.judged(header + signed(MAIL, given.SHOP), sealers=("relay.example",)).verdict is Proof.PROVEN


@pytest.mark.parametrize(
    "change",
    [
        lambda mail: b" folded\r\n" + mail,
        lambda mail: mail.replace(b"To: Ann", b"X-Note: a\rFrom: eve@stranger.example\r\nTo: Ann"),
        lambda mail: mail.replace(b"To: Ann", b"From : eve@stranger.example\r\nTo: Ann"),
        lambda mail: mail.replace(b"To: Ann", b"no header at all\r\nTo: Ann"),
        lambda mail: mail.replace(b"To: Ann", b"\xff\xfe: x\r\nTo: Ann"),
        lambda mail: mail.replace(b"From: Corner Shop", b"From:\r\n eve@stranger.example,\r\n Corner Shop"),
    ],
    ids=["fold first", "lone return", "blank before colon", "no colon", "odd name", "folded author"],
)
def test_header_tricks_that_readers_disagree_on_never_prove(given: SimpleNamespace, change: object) -> None:
    assert given.judged(change(signed(MAIL, given.SHOP))).verdict is not Proof.PROVEN  # type: ignore[operator]
    assert given.judged(change(MAIL)).verdict in {Proof.UNPROVEN, Proof.CONTRADICTED}  # type: ignore[operator]


@FEW
@sampled(st.binary(max_size=400))
def test_any_bytes_get_a_verdict(given: SimpleNamespace, data: bytes) -> None:
    head = b"DKIM-Signature: v=1; a=rsa-sha256; d=shop.example; s=sel; h=from; bh="
    mails = (
        data,
        head + data + MAIL,
        MAIL + data,
        b"ARC-Seal: i=1; d=relay.example;" + data + MAIL,
        b"From: " + data + b"\r\nReceived: by x; " + data + b"\r\n\r\n",
    )
    for mail in mails:
        for inline in (False, True):
            assert given.judged(mail, kind_inline=inline, sealers=("relay.example",)).verdict in Proof


@FEW
@sampled(st.text(alphabet='abc=;"\\() .@1\r\n\t', max_size=60))
def test_any_results_field_is_read_or_refused(text: str) -> None:
    found = read_results(("mx.us.example;" + text).encode())
    assert found is None or found.server.startswith("mx.us.example")


@FEW
@sampled(st.lists(st.sampled_from([b"a", b" ", b"\t", b"\r\n", b"\r", b"b  "]), max_size=14).map(b"".join))
def test_a_body_is_made_canonical_as_the_library_does(body: bytes) -> None:
    from dkim.canonicalization import Relaxed, Simple

    whole = body if body.endswith(b"\r\n") or not body else body + b"\r\n"
    assert canonical_body(body, b"simple") == Simple.canonicalize_body(whole)
    assert canonical_body(body, b"relaxed") == Relaxed.canonicalize_body(whole)


def test_an_empty_mail_and_one_without_a_body_can_be_read() -> None:
    empty, headers = read_raw(b""), read_raw(b"From: a@b.example")
    assert empty is not None
    assert (empty.headers, empty.authors()) == ((), ())
    assert headers is not None
    assert headers.authors() == ("a@b.example",)
