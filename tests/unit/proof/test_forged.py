"""Genuine signatures over other readings: lines added, moved or taken out, and blanks that cut a mail."""

from __future__ import annotations

import re
import time
from types import SimpleNamespace
from typing import Any

import dkim
import pytest
from hypothesis import given as sampled
from hypothesis import settings
from hypothesis import strategies as st

from ingest.email.proof import ProofTrust, proof_of_all, vouched
from ingest.email.raw_message import FIELDS_MAX, read_raw
from ingest.email.resolver import FixedResolver
from ingest.email.unwrap import Unwrapped, unwrap_mail
from receipts.proof import CheckOutcome, MailProof, Proof
from tests.support.signing import COVERED, MAIL, rsa_key, sealed, signed

SHOP, RELAY = rsa_key("shop.example"), rsa_key("relay.example")
OURS = b"Authentication-Results: mx.us.example; "
SAW_SHOP = "mx.relay.example; dkim=pass header.d=shop.example"
HEAD = MAIL.split(b"MIME-Version")[0] + b"MIME-Version: 1.0\r\n"
NOTE = (
    b"Oats 500 g   3.99\r\nYour gift note:\r\n--X\r\n\r\nOrder 999\r\nGranola   900.00\r\n--X--\r\n\r\n"
    b"Thanks\r\n"
)
PARTS = HEAD + (
    b'Content-Type: multipart/alternative; boundary="B 1"\r\n\r\n--B 1\r\nContent-Type: text/plain\r\n\r\n'
    b"Order: 4471\r\nOats 500 g   3.99\r\n\r\n--B 1\r\nContent-Type: multipart/related; boundary=C\r\n\r\n"
    b"--C\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"<p>Status: cancelled</p>\r\n<p>Refunded =E2=82=AC 3.99</p>\r\n\r\n--C\r\nContent-Type: text/plain;\r\n"
    b' name="terms of sale.txt"\r\nContent-Disposition: attachment; filename="terms of sale.txt"\r\n\r\n'
    b"Terms: none\r\n--C--\r\n\r\n--B 1--\r\n"
)
PINNED = PARTS.replace(b'boundary="B 1"', b"boundary=B1").replace(b"--B 1", b"--B1")
WITHOUT_CONTENT_TYPE = tuple(name for name in COVERED if name != "content-type")


def lines_of(mail: bytes) -> tuple[list[bytes], bytes]:
    head, body = mail.split(b"\r\n\r\n", 1)
    return re.split(rb"\r\n(?![ \t])", head), body


def mail_of(lines: list[bytes], body: bytes) -> bytes:
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def read_as(mail: bytes) -> tuple[Any, ...]:
    """What is read of a mail, blanks left out, which a signature may leave open."""
    found = unwrap_mail(mail)
    assert isinstance(found, Unwrapped)
    files = [*found.layer.documents, *found.layer.pictures]
    return (
        "".join(found.sender_name.split()),
        found.sender_address,
        found.date,
        "".join(found.subject.split()),
        "".join(found.text.split()),
        "".join((found.html or "").split()),
        [("".join(file.name.split()), file.media_type, b"".join(file.data.split())) for file in files],
    )


def moved_behind_a_long_name(mail: bytes) -> bytes:
    """From and Date stay on top; what follows the long name was the body for a reader with a limit."""
    lines, body = lines_of(mail)
    top = [line for line in lines if line.lower().startswith((b"from:", b"date:"))]
    rest = [line for line in lines if line not in top]
    return mail_of([*top, b"A" * 250 + b": x", b"Z:\r\n Order 999\r\n Granola   900.00", *rest], body)


def test_a_name_too_long_for_the_reader_never_proves(given: SimpleNamespace) -> None:
    for mail in (signed(MAIL, SHOP), sealed(MAIL, RELAY, results=SAW_SHOP)):
        forged = moved_behind_a_long_name(mail)
        proof = given.judged(forged, sealers=("relay.example",))
        assert proof.verdict is Proof.UNPROVEN
        assert "would not agree" in given.said(proof)
    trusted = ProofTrust(authserv_ids=frozenset({"mx.us.example"}))
    asked = vouched(
        moved_behind_a_long_name(signed(MAIL, SHOP)),
        sender="orders@shop.example",
        resolver=FixedResolver(given.DNS),
        trust=trusted,
    )
    assert asked.outcome is CheckOutcome.ABSENT


def test_a_content_type_that_was_not_signed_cannot_choose_the_reading(given: SimpleNamespace) -> None:
    genuine = signed(HEAD + b"\r\n" + NOTE, SHOP, covered=WITHOUT_CONTENT_TYPE)
    forged = b"Content-Type: multipart/mixed; boundary=X\r\n" + genuine
    assert read_as(forged) != read_as(genuine)
    proof = given.judged(forged)
    assert proof.verdict is Proof.UNPROVEN
    assert "shop.example did not sign the Content-Type line" in given.said(proof)
    # Named in h=, the line's absence is signed as well.
    whole = signed(HEAD + b"\r\n" + NOTE, SHOP)
    assert given.judged(whole).verdict is Proof.PROVEN
    assert (
        given.judged(b"Content-Type: multipart/mixed; boundary=X\r\n" + whole).verdict is Proof.CONTRADICTED
    )


def test_a_date_that_was_not_signed_proves_nothing(given: SimpleNamespace) -> None:
    mail = signed(MAIL, SHOP, covered=[name for name in COVERED if name != "date"])
    proof = given.judged(mail.replace(b"Tue, 03 Mar", b"Mon, 02 Mar"))
    assert proof.verdict is Proof.UNPROVEN
    assert "did not sign the Date line" in given.said(proof)


def test_a_text_that_starts_with_its_delimiter_needs_no_signed_type(
    given: SimpleNamespace,
) -> None:
    """As Gmail signs: the text can be cut in one way alone."""
    mail = signed(PINNED, SHOP, covered=WITHOUT_CONTENT_TYPE)
    assert given.judged(mail).verdict is Proof.PROVEN
    assert given.judged(mail.replace(b"alternative", b"mixed", 1)).verdict is Proof.PROVEN
    for before, after in (
        (b"boundary=B1", b"boundary=C"),
        (b"boundary=B1", b"boundary=B"),
        (b"multipart/alternative", b"multipart/digest"),
        (b"multipart/alternative", b"text/plain"),
        (b"Content-Type: multipart/alternative; boundary=B1\r\n", b""),
    ):
        assert given.judged(mail.replace(before, after, 1)).verdict is Proof.UNPROVEN
    sealed_so = sealed(PINNED, RELAY, results=SAW_SHOP, names=(*WITHOUT_CONTENT_TYPE, "dkim-signature"))
    assert given.judged(sealed_so, sealers=("relay.example",)).verdict is Proof.SUPPORTED


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        (b"", Proof.PROVEN),
        (b"Content-Transfer-Encoding: 7bit\r\n", Proof.PROVEN),
        (b"Content-Transfer-Encoding: base64\r\n", Proof.UNPROVEN),
        (b"Content-Disposition: attachment; filename=a.txt\r\n", Proof.UNPROVEN),
        (b"Content-ID: <a>\r\n", Proof.UNPROVEN),
    ],
)
def test_other_unsigned_lines_count_by_what_they_change(
    given: SimpleNamespace, line: bytes, verdict: Proof
) -> None:
    assert given.judged(line + signed(MAIL, SHOP)).verdict is verdict


def test_an_encoding_that_was_taken_out_is_seen(given: SimpleNamespace) -> None:
    encoded = MAIL.replace(b"MIME-Version", b"Content-Transfer-Encoding: quoted-printable\r\nMIME-Version")
    encoded = encoded.replace(b"Total        6.49", b"Total        1=\r\n6.49")
    mail = signed(encoded, SHOP)
    taken_out = mail.replace(b"Content-Transfer-Encoding: quoted-printable\r\n", b"")
    assert read_as(taken_out) != read_as(mail)
    assert given.judged(taken_out).verdict is Proof.UNPROVEN
    whole = signed(encoded, SHOP, covered=(*COVERED, "content-transfer-encoding"))
    assert given.judged(whole).verdict is Proof.PROVEN


@pytest.mark.parametrize(
    "line", [b"Date: Mon, 02 Mar 2026 14:05:00 +0000", b"Content-Type: text/html", b"Subject: x"]
)
def test_a_second_line_gets_no_support_from_a_seal_or_our_server(given: SimpleNamespace, line: bytes) -> None:
    asked = {"sealers": ("relay.example",), "servers": ("mx.us.example",)}
    plain = sealed(MAIL, RELAY, results=SAW_SHOP)
    assert given.judged(plain, **asked).verdict is Proof.SUPPORTED
    proof = given.judged(line + b"\r\n" + plain, **asked)
    assert proof.verdict is Proof.UNPROVEN
    assert "2 " in given.said(proof)
    received = OURS + b"dmarc=pass header.from=shop.example\r\n" + MAIL
    assert given.judged(received, **asked).verdict is Proof.SUPPORTED
    assert given.judged(line + b"\r\n" + received, **asked).verdict is Proof.UNPROVEN


def test_a_server_saw_only_what_the_author_signed(given: SimpleNamespace) -> None:
    """Whoever changes an unsigned line before a server looks gets its word that the signature passes."""
    genuine = signed(HEAD + b"\r\n" + NOTE, SHOP, covered=WITHOUT_CONTENT_TYPE)
    forged = b"Content-Type: multipart/mixed; boundary=X\r\n" + genuine
    for results, verdict in (
        (b"dkim=pass header.d=shop.example", Proof.UNPROVEN),
        (b"dmarc=pass header.from=shop.example", Proof.UNPROVEN),
        (b"dmarc=pass header.from=shop.example; spf=pass smtp.mailfrom=a@shop.example", Proof.SUPPORTED),
    ):
        assert given.judged(OURS + results + b"\r\n" + forged, servers=("mx.us.example",)).verdict is verdict
    passed_on = sealed(forged, RELAY, results=SAW_SHOP)
    assert given.judged(passed_on, sealers=("relay.example",)).verdict is Proof.UNPROVEN
    # Nor with the signature taken out again: the seal has to say whether there was one.
    bare = sealed(MAIL, RELAY, results=SAW_SHOP, names=COVERED)
    assert given.judged(bare, sealers=("relay.example",)).verdict is Proof.UNPROVEN


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            b"\r\n--B 1\r\nContent-Type: multipart",
            b"\r\n--B 1" + b" " * 1_100 + b"\r\nContent-Type: multipart",
        ),
        (b"text/plain\r\n\r\nOrder:", b"text/plain\r\n  \r\nOrder:"),
        (b'"B 1"', b'"B  1"'),
        (b"\r\n--B 1\r\nContent-Type: text", b"\r\n--B  1\r\nContent-Type: text"),
        (b"quoted-printable\r\n\r\n<p>", b"quoted-printable\r\n \t\r\n<p>"),
    ],
)
def test_blanks_that_no_signature_counts_cannot_cut_a_mail(
    given: SimpleNamespace, before: bytes, after: bytes
) -> None:
    genuine = signed(PARTS, SHOP)
    assert given.judged(genuine).verdict is Proof.PROVEN
    cut = genuine.replace(before, after)
    assert cut != genuine
    vouches = given.judged(cut).verdict in {Proof.PROVEN, Proof.SUPPORTED}
    assert not vouches or read_as(cut) == read_as(genuine)


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (b"Total        1=\r\n6.49\r\n", Proof.PROVEN),
        (b"Total        1=\r\n6.49 a=b\r\n", Proof.UNPROVEN),
        (b"Total        1=\r\n6.49\r\n" + b"x" * 80 + b"\r\n", Proof.UNPROVEN),
        (b"Total        6.49\r\n", Proof.UNPROVEN),
    ],
)
def test_an_unsigned_quoted_printable_counts_where_the_whole_text_is_so(
    given: SimpleNamespace, text: bytes, verdict: Proof
) -> None:
    mail = MAIL.replace(b"MIME-Version", b"Content-Transfer-Encoding: quoted-printable\r\nMIME-Version")
    mail = mail.replace(b"Total        6.49\r\n", text)
    assert given.judged(signed(mail, SHOP)).verdict is verdict


def test_a_header_too_long_to_be_read_whole_never_proves(given: SimpleNamespace) -> None:
    lines, body = lines_of(signed(PARTS, SHOP))
    for filler in ([b"X: " + b"y" * 70] * 3_700, [b"X:"] * FIELDS_MAX):
        assert given.judged(mail_of([*filler, *lines], body)).verdict is Proof.UNPROVEN


@pytest.mark.parametrize("size", [250_000, 2_000_000, 20_000_000])
@pytest.mark.parametrize("line", [b"a\r\n ", b"\r\n\t", b"x\r\nX:"])
def test_a_folded_header_is_no_work(given: SimpleNamespace, size: int, line: bytes) -> None:
    mail = b"X: " + line * (size // len(line)) + b"y\r\n" + signed(MAIL, SHOP)
    started = time.process_time()
    given.judged(mail)
    vouched(mail, sender="orders@shop.example", resolver=FixedResolver(given.DNS), trust=ProofTrust())
    assert time.process_time() - started < 1.0


@pytest.mark.parametrize("name", [b"DKIM-Signature", b"ARC-Message-Signature"])
def test_a_signature_of_empty_lines_is_no_work(given: SimpleNamespace, name: bytes) -> None:
    """With a key that is published, so that nothing but the length keeps it from being looked at."""
    mail = signed(MAIL, SHOP) if name.startswith(b"DKIM") else sealed(MAIL, RELAY, results=SAW_SHOP)
    for fill, times in ((b"\r\n " * 2_400, 10), (b"\r\n " * 20_000, 1)):
        field_end = re.search(rb"\r\n(?![ \t])", mail[mail.index(name) :])
        assert field_end is not None
        whole = mail[mail.index(name) :][: field_end.start()]
        long = whole + b"; zz=a b" + fill + b"c"
        hostile = mail.replace(whole, b"\r\n".join([long] * times))
        started = time.process_time()
        given.judged(hostile, sealers=("relay.example",))
        assert time.process_time() - started < 1.0


def test_several_originals_are_proven_only_together() -> None:
    def proof(verdict: Proof, domain: str = "") -> MailProof:
        return MailProof(verdict, domain, ())

    ours, theirs = proof(Proof.PROVEN, "shop.example"), proof(Proof.PROVEN, "attacker.example")
    for both in ((ours, theirs), (theirs, ours)):
        together = proof_of_all(both)
        assert (together.verdict, together.domain) == (Proof.UNPROVEN, "")
        assert "attacker.example, shop.example" in together.checks[-1].sentence
    assert proof_of_all((ours, proof(Proof.PROVEN, "mail.shop.example"))).verdict is Proof.PROVEN
    assert proof_of_all((ours, proof(Proof.SUPPORTED, "shop.example"))).verdict is Proof.SUPPORTED
    assert proof_of_all((ours, proof(Proof.UNPROVEN))).domain == ""
    assert proof_of_all((ours, theirs, proof(Proof.CONTRADICTED))).verdict is Proof.CONTRADICTED


GENUINE = [
    mail
    for plain in (MAIL, PARTS, PINNED, HEAD + b"\r\n" + NOTE)
    for mail in (
        signed(plain, SHOP),
        signed(plain, SHOP, covered=(*COVERED, "content-transfer-encoding"), canon="simple/simple"),
        signed(plain, SHOP, covered=WITHOUT_CONTENT_TYPE),
        signed(plain, SHOP, covered=("from", "to", "subject")),
        sealed(plain, RELAY, results=SAW_SHOP),
        sealed(plain, RELAY, results=SAW_SHOP, names=(*WITHOUT_CONTENT_TYPE, "dkim-signature")),
    )
]
CONTENT = ("Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "Content-ID", "MIME-Version")
ODD = ("Sender", "X", "A" * 199, "A" * 250, "From ", ">From ", "Content-Type ")
NAMES = st.sampled_from(["Date", "Subject", "From", "To", *CONTENT, *ODD]).map(str.encode)
TYPES = ("multipart/mixed; boundary=X", "multipart/mixed; boundary=C", "text/html", "message/rfc822")
OTHERS = ("base64", "7bit", "quoted-printable", "attachment", "eve@stranger.example", " " * 9_000 + "x", "")
DATE = "Mon, 02 Mar 2026 14:05:00 +0000"
FOLDED = ("\r\n Order 9\r\n Granola 900.00", "\r\n  \r\n x", "a\rFrom: b@c.example")
VALUES = st.sampled_from([DATE, *TYPES, *OTHERS, *FOLDED]).map(str.encode)
BLANKS = st.sampled_from(
    [b"", b" ", b"  ", b"\t", b" " * 1_100, b"\r\n", b"\r\n\r\n", b"\r\n ", b"\n", b" \r\n"]
)


@st.composite
def tampered(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """A genuine mail, and the same with lines or blanks changed by whoever passes it on."""
    genuine = draw(st.sampled_from(GENUINE))
    lines, body = lines_of(genuine)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        match draw(
            st.sampled_from(["insert", "exchange", "remove", "move", "fold", "blank", "blank", "cut"])
        ):
            case "insert":
                lines.insert(at, draw(NAMES) + b": " + draw(VALUES))
            case "exchange":
                lines[at] = lines[at].split(b":")[0] + b": " + draw(VALUES)
            case "remove" if len(lines) > 1:
                del lines[at]
            case "move":
                lines.insert(0, lines.pop(at))
            case "fold":
                lines[at] = lines[at].replace(b" ", draw(BLANKS), 2)
            case "cut":
                lines.insert(at, draw(BLANKS))
            case _:
                places = [found.start() for found in re.finditer(rb"[ \t\r]|$", body)]
                place = draw(st.sampled_from(places))
                body = body[:place] + draw(BLANKS) + body[place:]
    mail = mail_of(lines, body)
    return genuine, mail.replace(b"\r\n", b"\n") if draw(st.booleans()) else mail


@settings(deadline=None, max_examples=300)
@sampled(pair=tampered())
def test_whatever_is_changed_a_proven_mail_is_read_as_it_was_signed(
    given: SimpleNamespace, pair: tuple[bytes, bytes]
) -> None:
    genuine, mail = pair
    proof = given.judged(mail, sealers=("relay.example",))
    if proof.verdict in {Proof.PROVEN, Proof.SUPPORTED}:
        assert read_as(mail) == read_as(genuine)


def test_genuine_mails_are_proven_or_supported_at_all(given: SimpleNamespace) -> None:
    """Else the property above would hold of nothing."""
    verdicts = [given.judged(mail, sealers=("relay.example",)).verdict for mail in GENUINE]
    assert verdicts.count(Proof.PROVEN) >= 8
    assert verdicts.count(Proof.SUPPORTED) >= 5


@settings(deadline=None, max_examples=200)
@sampled(
    head=st.lists(
        st.sampled_from(
            [b"A: b", b" folded", b"\tfold", b"From x", b"From: c", b"N :d", b"no", b":", b"\xff: e"]
        ),
        max_size=6,
    ).map(b"\r\n".join)
)
def test_a_header_is_cut_as_the_library_cuts_it(head: bytes) -> None:
    found = read_raw(head + b"\r\n\r\nbody")
    if found is None:
        return
    fields, body = dkim.rfc822_parse(head + b"\r\n\r\nbody")
    assert found.headers == tuple((bytes(name), bytes(value)) for name, value in fields)
    assert found.body == body or not head
