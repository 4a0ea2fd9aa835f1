"""Receipts that somebody puts beside or into a shop's genuine mail: the shop's proof must not reach them."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.clock import utc_now
from pipeline.sample import MAYA, SAMPLE_PROGRAM
from pipeline.settings import Settings
from pipeline.views import receipt_view
from pipeline.wiring import build
from receipts.proof import Proof, SentBy
from tests.support.doors import ADDRESS, Doors, channels_toml, write_settings_files
from tests.support.ready import make_ready
from tests.support.signing import records, rsa_key, signed
from tests.support.smtp_sink import run_smtp_sink

SHOP, ATTACKER, MEMBER = rsa_key("target.com"), rsa_key("attacker.example"), rsa_key("example.com")
GRANOLA, TOWELS = "Oatmere Honey Crunch Granola 24 OZ", "Paper towels"


def head(sender: str, subject: str, content_type: str) -> bytes:
    sent = f"{utc_now() - dt.timedelta(days=1):%a, %d %b %Y} 14:05:00 +0000"
    return (
        f"From: {sender}\r\nTo: {ADDRESS}\r\nSubject: {subject}\r\nDate: {sent}\r\n"
        f"Message-ID: <{subject.split()[-1]}@mail.example>\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: {content_type}\r\n\r\n"
    ).encode()


def receipt(order: int, name: str, price: str, other: str, total: str) -> bytes:
    day = (utc_now() - dt.timedelta(days=1)).date()
    return (
        f"Target\r\nOrder {order}\r\nDate: {day}\r\n"
        f"{name}   {price}\r\nBread   {other}\r\nTotal   {total}\r\n"
    ).encode()


REAL = receipt(1001, TOWELS, "3.99", "2.50", "6.49")
MADE_UP = receipt(777888, GRANOLA, "8.29", "2.00", "10.29")


def genuine() -> bytes:
    return signed(head("Target <orders@target.com>", "Your order 1001", "text/plain") + REAL, SHOP)


def with_unsigned_lines() -> bytes:
    """The made-up receipt as a folded header line behind a name that only signers would take for one."""
    lines, body = genuine().split(b"\r\n\r\n", 1)
    fields = re.split(rb"\r\n(?![ \t])", lines)
    top = [field for field in fields if field.startswith((b"From:", b"Date:"))]
    rest = [field for field in fields if field not in top]
    text = MADE_UP.rstrip().replace(b"\r\n", b"\r\n ")
    return b"\r\n".join([*top, b"A" * 250 + b": x", b"Z: \r\n " + text, *rest]) + b"\r\n\r\n" + body


def of_the_attacker() -> bytes:
    return signed(
        head("Target <orders@attacker.example>", "Your order 777888", "text/plain") + MADE_UP, ATTACKER
    )


def forwarded(*originals: bytes) -> bytes:
    parts = b"".join(b"--F\r\nContent-Type: message/rfc822\r\n\r\n" + each + b"\r\n" for each in originals)
    outside = head(MAYA.email, "Fwd: receipts", "multipart/mixed; boundary=F")
    return signed(outside + parts + b"--F--\r\n", MEMBER)


@dataclass
class Desk(Doors):
    """The doors, and what the checks said."""

    def sent_by(self, raw: bytes) -> SentBy:
        received = self.arrive(raw)
        self.work()
        found = self.message(received.inbound_id).sent_by
        assert found is not None
        return found

    def said_of_the_mails(self) -> list[str]:
        """What the check of the mail's proof told the reviewer, receipt by receipt."""
        rows = [str(value) for row in self.rows("SELECT * FROM artefacts") for value in row]
        found = [json.loads(row) for row in rows if '"mail_proof"' in row]
        return [said for each in found for said in sentences(each)]

    def said_by_total(self) -> dict[str, str]:
        """The same by the receipt's total."""
        ids = [row[0] for row in self.rows("SELECT id FROM receipts")]
        views = [receipt_view(self.wiring, program_id=SAMPLE_PROGRAM.id, receipt_id=each) for each in ids]
        return {
            str(view.receipt.total): signal.reviewer_sentence
            for view in views
            if view is not None and view.receipt is not None and view.screening is not None
            for signal in view.screening.signals
            if signal.check == "mail_proof"
        }


def sentences(found: object) -> list[str]:
    if isinstance(found, list):
        return [said for each in found for said in sentences(each)]
    if not isinstance(found, dict):
        return []
    if found.get("check") == "mail_proof":
        return [str(found["reviewer_sentence"])]
    return [said for each in found.values() for said in sentences(each)]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with run_smtp_sink() as sink:
        keys = records(SHOP, ATTACKER, MEMBER)
        channels, dns = write_settings_files(tmp_path, channels_toml(smtp_port=sink.port), keys)
        wiring = build(Settings(data_dir=tmp_path / "data", channels_file=channels, dns_file=dns))
        make_ready(wiring)
        yield Desk(wiring, tmp_path, sink)
        wiring.close()


def test_a_genuine_mail_of_the_shop_is_vouched_for(desk: Desk) -> None:
    sent_by = desk.sent_by(forwarded(genuine()))
    assert sent_by.proof is not None
    assert (sent_by.proof.verdict, sent_by.proof.domain) == (Proof.PROVEN, "target.com")
    (said,) = desk.said_of_the_mails()
    assert "vouched for by target.com" in said


@pytest.mark.parametrize("swapped", [False, True])
def test_a_genuine_mail_does_not_vouch_for_a_made_up_one_beside_it(desk: Desk, swapped: bool) -> None:
    both = (genuine(), of_the_attacker())
    sent_by = desk.sent_by(forwarded(*(both[::-1] if swapped else both)))
    assert sent_by.proof is not None
    assert (sent_by.proof.verdict, sent_by.proof.domain, sent_by.author) == (Proof.UNPROVEN, "", "")
    assert "attacker.example, target.com" in sent_by.proof.checks[-1].sentence
    said = desk.said_by_total()
    assert "vouched for by target.com, a domain of Target" in said["6.49"]
    assert "vouched for by attacker.example, which says who wrote it and nothing" in said["10.29"]


def test_a_receipt_put_into_a_genuine_mails_header_is_not_vouched_for(desk: Desk) -> None:
    sent_by = desk.sent_by(forwarded(with_unsigned_lines()))
    assert sent_by.proof is not None
    assert (sent_by.proof.verdict, sent_by.proof.domain) == (Proof.UNPROVEN, "")
    assert desk.said_of_the_mails()
    assert not [said for said in desk.said_of_the_mails() if "vouched for" in said]


def with_file(message: bytes, name: bytes, text: bytes) -> bytes:
    """The mail as one with a text file."""
    fields, body = message.split(b"\r\n\r\n", 1)
    fields = fields.replace(b"text/plain", b"multipart/mixed; boundary=M")
    return (
        fields
        + b"\r\n\r\n--M\r\nContent-Type: text/plain\r\n\r\n"
        + body
        + b"\r\n--M\r\nContent-Type: text/plain; name="
        + name
        + b"\r\nContent-Disposition: attachment; filename="
        + name
        + b"\r\n\r\n"
        + text
        + b"\r\n--M--\r\n"
    )


def test_a_file_within_a_signed_original_has_its_proof_and_one_beside_it_has_not(desk: Desk) -> None:
    shop = head("Target <orders@target.com>", "Your order 1001", "text/plain") + b"It is attached.\r\n"
    within = signed(with_file(shop, b"order.txt", REAL), SHOP)
    outside = head(MAYA.email, "Fwd: receipts", "multipart/mixed; boundary=F")
    beside = b"--F\r\nContent-Disposition: attachment; filename=mine.txt\r\nContent-Type: text/plain\r\n\r\n"
    inner = b"--F\r\nContent-Type: message/rfc822\r\n\r\n" + within + b"\r\n"
    desk.sent_by(signed(outside + inner + beside + MADE_UP + b"\r\n--F--\r\n", MEMBER))
    said = desk.said_by_total()
    assert "vouched for by target.com, a domain of Target" in said["6.49"]
    assert "vouched for by example.com, which says who wrote it and nothing of the shop" in said["10.29"]


def answering(quoted: bytes) -> bytes:
    """The shop's answer to a customer, signed by the shop, with the customer's words below."""
    words = b"Thank you for contacting Target. We have your request, and will answer within two days.\r\n\r\n"
    wrote = b"On Tue, Mar 3, 2026 at 2:05 PM Ann <ann@attacker.example> wrote:\r\n\r\n"
    marked = b"".join(b"> " + line + b"\r\n" for line in quoted.splitlines())
    return signed(
        head("Target <orders@target.com>", "Re: Your order 777888", "text/plain") + words + wrote + marked,
        SHOP,
    )


@pytest.mark.parametrize("words", [True, False])
def test_a_genuine_answer_of_the_shop_does_not_vouch_for_what_it_quotes(desk: Desk, words: bool) -> None:
    mail = answering(MADE_UP)
    if not words:
        mail = mail.split(b"\r\n\r\n", 1)[1]
        only = mail[mail.index(b"On Tue") :]
        mail = signed(head("Target <orders@target.com>", "Re: Your order 777888", "text/plain") + only, SHOP)
    desk.sent_by(forwarded(mail))
    said = desk.said_by_total()["10.29"]
    assert "vouched" not in said


PAGE = MADE_UP.replace(b"\r\n", b"<br>")
THANKS = b"Thank you for contacting Target. We have your request, and will answer within two days.\r\n\r\n"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/plain", THANKS + b"You wrote:\r\n" + MADE_UP),
        ("text/plain", THANKS + MADE_UP.replace(b"\r\n", b"\r\n\r\n> ") + b"\r\n"),
        ("text/plain", THANKS + b"-----Original Message-----\r\n" + MADE_UP),
        ("text/html", b"<p>" + THANKS + b"</p><blockquote>" + PAGE + b"</blockquote>"),
    ],
)
def test_an_answer_vouches_for_nothing_however_it_quotes(desk: Desk, kind: str, body: bytes) -> None:
    desk.sent_by(forwarded(signed(head("Target <orders@target.com>", "Target 777888", kind) + body, SHOP)))
    assert desk.rows("SELECT state FROM receipts"), "nothing is lost"
    (said,) = desk.said_of_the_mails()
    assert "Nothing in the mail speaks for the receipt" in said


def test_a_forward_that_a_shop_signs_vouches_for_nothing(desk: Desk) -> None:
    subject = "Fwd: Your order 777888"
    desk.sent_by(
        forwarded(signed(head("Target <orders@target.com>", subject, "text/plain") + THANKS + MADE_UP, SHOP))
    )
    (said,) = desk.said_of_the_mails()
    assert "Nothing in the mail speaks for the receipt" in said
