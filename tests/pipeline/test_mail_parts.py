"""Nothing of a mail is dropped without a word: what cannot be used is named to its sender, and why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from pipeline.inbox_views import inbox_message
from pipeline.mail_parts import MAX_LINES
from pipeline.mail_reading import MAX_REFUSED
from pipeline.sample import MAYA, SAMPLE_PROGRAM
from pipeline.settings import Settings
from pipeline.views import receipt_list
from pipeline.wiring import build
from receipts.database.repositories.programs import Programs
from receipts.errors import MEMBER_SENTENCES, RejectionReason
from receipts.identity import InboundId, MemberId
from tests.pipeline.conftest import OATS, e_receipt
from tests.support.doors import ADDRESS, Doors, channels_toml, write_settings_files
from tests.support.ready import make_ready
from tests.support.signing import records, rsa_key, signed
from tests.support.smtp_sink import run_smtp_sink

MEMBER = rsa_key("example.com")
LOCK = b"9 0 obj<</Filter/Standard/V 1/R 2/O<" + b"ab" * 32 + b">/U<" + b"cd" * 32 + b">/P -4>>endobj\n"
LOCKED = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]>>endobj\n"
    + LOCK
    + b"trailer<</Size 10/Root 1 0 R/Encrypt 9 0 R/ID[<00><00>]>>\n%%EOF\n"
)
REASON = RejectionReason
BAD = (
    ("cut.pdf", "application/pdf", b"%PDF-1.4 cut short", REASON.DAMAGED),
    ("locked.pdf", "application/pdf", LOCKED, REASON.ENCRYPTED),
    ("receipts.zip", "application/zip", b"PK\x03\x04" + b"\0" * 5_000, REASON.UNSUPPORTED_ARCHIVE),
    ("winmail.dat", "application/ms-tnef", b"\x78\x9f\x3e\x22" + b"\0" * 99, REASON.OUTLOOK_WRAPPER),
    ("tool.exe", "application/octet-stream", b"MZ" + b"\x90\0" * 3_000, REASON.UNSUPPORTED_TYPE),
    ("notes.txt", "text/plain", b"Please ring the bell twice.\n" * 9, REASON.BESIDE_A_RECEIPT),
)


@dataclass
class Desk(Doors):
    """The doors, and all that a member, an operator and the core are told."""

    def told(self) -> dict[str, str]:
        """Every receipt of Maya's that is none, by its file's name, with what she reads."""
        with self.wiring.database.read() as session:
            found = Programs(session).account_by_email(MAYA.email)
        assert found is not None
        member = found[0].member_id
        assert member is not None
        rows = receipt_list(self.wiring, program_id=SAMPLE_PROGRAM.id, member_id=MemberId(member), limit=50)
        return {row.file_name: row.sentence for row in rows if row.state.value == "rejected"}

    def awarded(self) -> int:
        return sum(row[0] == "awarded" for row in self.rows("SELECT state FROM receipts"))

    def answer(self) -> str:
        (mail,) = self.sink.mails
        plain = mail.message.get_body(("plain",))
        assert plain is not None
        return str(plain.get_content()).replace("\r\n", "\n")

    def operator_sees(self, inbound_id: InboundId) -> dict[str, str]:
        found = inbox_message(self.wiring, program_id=SAMPLE_PROGRAM.id, inbound_id=inbound_id)
        assert found is not None
        return {receipt.file_name: receipt.sentence for receipt in found.receipts}

    def core_hears(self) -> list[str]:
        """Reasons of the rejections that went to the core service."""
        rows = self.rows("SELECT data FROM messages WHERE type LIKE '%receipt.rejected'")
        return [json.loads(row[0])["reason"] if isinstance(row[0], str) else row[0]["reason"] for row in rows]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with run_smtp_sink() as sink:
        channels, dns = write_settings_files(tmp_path, channels_toml(smtp_port=sink.port), records(MEMBER))
        wiring = build(Settings(data_dir=tmp_path / "data", channels_file=channels, dns_file=dns))
        make_ready(wiring)
        yield Desk(wiring, tmp_path, sink)
        wiring.close()


def outside(text: str = "My receipts.") -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = MAYA.email, ADDRESS, "My receipts"
    message["Date"], message["Message-ID"] = "Tue, 03 Mar 2026 14:05:00 +0000", "<outside@mail.example>"
    message.set_content(text)
    return message


def sent(message: EmailMessage) -> bytes:
    return signed(message.as_bytes(), MEMBER)


def attach(message: EmailMessage, name: str, media_type: str, data: bytes) -> None:
    main, _, sub = media_type.partition("/")
    message.add_attachment(data, maintype=main, subtype=sub, filename=name)


def test_every_file_beside_a_good_one_is_named_with_its_reason_and_what_to_do(desk: Desk) -> None:
    message = outside()
    for name, media_type, data, _ in BAD:
        attach(message, name, media_type, data)
    attach(message, "good.pdf", "application/pdf", e_receipt("good", OATS))
    received = desk.arrive(sent(message))
    desk.work()
    expected = {name: MEMBER_SENTENCES[reason] for name, _, _, reason in BAD}
    assert desk.awarded() == 1
    assert desk.told() == expected
    assert "Dollar Lantern" in desk.answer()
    seen = desk.operator_sees(received.inbound_id)
    for name, sentence in expected.items():
        assert f"{name}\n{sentence}" in desk.answer()
        assert seen[name] == sentence
    assert sorted(desk.core_hears()) == sorted(reason.value for *_, reason in BAD)


def test_of_two_bad_files_each_is_named(desk: Desk) -> None:
    message = outside()
    both = (BAD[0], BAD[2])
    for each in both:
        attach(message, *each[:3])
    desk.arrive(sent(message))
    desk.work()
    expected = {name: MEMBER_SENTENCES[reason] for name, _, _, reason in both}
    assert desk.told() == expected
    assert all(f"{name}\n{sentence}" in desk.answer() for name, sentence in expected.items())
    assert sorted(desk.core_hears()) == sorted(reason.value for *_, reason in both)


def test_a_bad_file_beside_a_receipt_in_the_text_is_named(desk: Desk) -> None:
    day = "2026-11-20"
    message = outside(f"Corner Shop\nDate: {day}\nOrder 5512\nOats   3.99\nBread   2.50\nTotal   6.49\n")
    attach(message, *BAD[0][:3])
    desk.arrive(sent(message))
    desk.work()
    assert list(desk.told()) == ["cut.pdf"]
    assert len(desk.rows("SELECT id FROM receipts")) == 2


def test_what_programs_add_by_themselves_is_not_spoken_of(desk: Desk) -> None:
    message = outside()
    attach(message, "maya.vcf", "text/vcard", b"BEGIN:VCARD\nFN:Maya\nEND:VCARD\n")
    attach(message, "ATT00001.txt", "text/plain", b"Sent from my iPhone\n")
    attach(
        message,
        "line.png",
        "image/png",
        b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + b"\0\0\0\x10" * 2 + b"\0" * 60,
    )
    attach(message, "good.pdf", "application/pdf", e_receipt("good", OATS))
    desk.arrive(sent(message))
    desk.work()
    assert desk.awarded() == 1
    assert desk.told() == {}


def shop_mail(number: int, lines: int) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"], message["Subject"] = "orders@shop.example", f"Your order {number}"
    message["Date"] = "Fri, 20 Nov 2026 14:05:00 +0000"
    items = "".join(f"Item {place:03}   1.00\n" for place in range(lines))
    message.set_content(f"Corner Shop\nDate: 2026-11-20\nOrder {number}\n{items}Total   {lines}.00\n")
    return message


def test_mails_beyond_the_lines_of_one_mail_are_named(desk: Desk) -> None:
    message = outside()
    for number in range(20):
        message.add_attachment(shop_mail(4000 + number, 400))
    desk.arrive(sent(message))
    desk.work()
    read = MAX_LINES // 405
    assert desk.told() == {
        f"Your order {4000 + number}": MEMBER_SENTENCES[REASON.TOO_MANY] for number in range(read, 20)
    }
    assert len(desk.rows("SELECT id FROM receipts WHERE state <> 'rejected'")) == read


def test_attached_mails_beyond_the_bound_are_named_and_very_many_told_of_together(desk: Desk) -> None:
    message = outside()
    for number in range(36):
        message.add_attachment(shop_mail(5000 + number, 2))
    desk.arrive(sent(message))
    desk.work()
    told = desk.told()
    assert len(desk.rows("SELECT id FROM receipts WHERE state <> 'rejected'")) == 20
    assert len(told) == MAX_REFUSED
    assert set(told.values()) == {MEMBER_SENTENCES[REASON.TOO_MANY]}
    assert "Your order 5020" in told
    assert f"{36 - 20 - (MAX_REFUSED - 1)} further parts" in told


def test_a_receipt_longer_than_is_read_of_one_part_is_said_to_be_cut(desk: Desk) -> None:
    message = outside()
    message.add_attachment(shop_mail(6000, 900))
    message.add_attachment(shop_mail(6001, 3))
    desk.arrive(sent(message))
    desk.work()
    assert desk.told() == {"Your order 6000": MEMBER_SENTENCES[REASON.TOO_MANY]}
