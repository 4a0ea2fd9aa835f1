"""Mails of many originals while the DNS does not answer: they are taken in within a worker's time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from ingest.email import proof as mail_proof
from ingest.email.resolver import MAIL_SILENT_NAMES, FixedResolver, OneMailResolver
from pipeline.sample import MAYA
from pipeline.settings import Settings
from pipeline.takein.run import take_in
from pipeline.wiring import build
from receipts.errors import TransientError
from receipts.inbound import InboundState
from receipts.proof import Proof
from tests.support.doors import ADDRESS, Doors, channels_toml, mail, write_settings_files
from tests.support.ready import make_ready
from tests.support.signing import records, rsa_key, signed
from tests.support.smtp_sink import run_smtp_sink

MEMBER = rsa_key("example.com")
SHOPS = [rsa_key(f"shop{number}.example") for number in range(12)]


class Asked:
    """A DNS that is silent, or knows some names; it counts."""

    def __init__(self, known: dict[str, str] | None = None) -> None:
        self.known = None if known is None else FixedResolver(known)
        self.names: list[str] = []

    def txt(self, name: str) -> tuple[bytes, ...]:
        self.names.append(name)
        if self.known is None:
            raise TransientError("silent")
        return self.known.txt(name)


@pytest.fixture
def doors(tmp_path: Path) -> Iterator[Doors]:
    with run_smtp_sink() as sink:
        channels, dns = write_settings_files(tmp_path, channels_toml(smtp_port=sink.port), {})
        wiring = build(Settings(data_dir=tmp_path / "data", channels_file=channels, dns_file=dns))
        make_ready(wiring)
        yield Doors(wiring, tmp_path, sink)
        wiring.close()


def attached() -> bytes:
    """Twelve shops' mails, each signed by its shop and by a server on the way."""
    parts = b""
    for number, key in enumerate(SHOPS):
        body = f"Shop {number}\nOrder {4470 + number}\nOats   3.99\nBread   2.50\nTotal   6.49\n"
        raw = mail(f"orders@shop{number}.example", to=MAYA.email, subject=f"Order {number}", text=body)
        parts += b"--F\r\nContent-Type: message/rfc822\r\n\r\n" + signed(raw, key) + b"\r\n"
    outside = mail(MAYA.email, text="").partition(b"\r\n\r\n")[0]
    kept = [line for line in outside.split(b"\r\n") if not line.lower().startswith((b"content-", b"mime-"))]
    kept += [b"MIME-Version: 1.0", b"Content-Type: multipart/mixed; boundary=F"]
    return signed(b"\r\n".join(kept) + b"\r\n\r\n" + parts + b"--F--\r\n", MEMBER)


TYPED = "".join(
    f"---------- Forwarded message ---------\nFrom: Shop {n} <orders@shop{n}.example>\n"
    f"Date: Sat, Nov 20, 2026 at 2:05 PM\nSubject: Your receipt\nTo: {MAYA.email}\nTo: {ADDRESS}\n\n"
    f"Shop {n}\nOats   1.99\nBread   2.50\nTotal   4.49\n\n"
    for n in range(20)
)


def test_a_silent_dns_is_asked_for_a_few_names_of_one_mail(doors: Doors) -> None:
    doors.wiring.__dict__["resolver"] = silent = Asked()
    received = doors.arrive(attached())
    take_in(doors.wiring, received.inbound_id)
    assert doors.rows("SELECT state, reason FROM inbound_messages") == [("waiting", "will_try_again")]
    assert 0 < len(silent.names) <= MAIL_SILENT_NAMES
    assert len(set(silent.names)) == len(silent.names)


def test_what_dns_never_answers_goes_on_as_unproven(doors: Doors) -> None:
    doors.wiring.__dict__["resolver"] = Asked()
    received = doors.arrive(attached())
    with doors.wiring.database.write() as session:
        session.execute(text("UPDATE inbound_messages SET attempts = 3"))  # it was tried before
    take_in(doors.wiring, received.inbound_id)
    message = doors.message(received.inbound_id)
    assert message.state is InboundState.TAKEN
    assert message.sent_by is not None
    assert {each.proof.verdict for each in message.sent_by.originals} == {Proof.UNPROVEN}


def test_every_shop_of_a_mail_is_asked_for_where_the_dns_answers(doors: Doors) -> None:
    doors.wiring.__dict__["resolver"] = asked = Asked(records(MEMBER, *SHOPS))
    received = doors.arrive(attached())
    take_in(doors.wiring, received.inbound_id)
    sent_by = doors.message(received.inbound_id).sent_by
    assert sent_by is not None
    proven = [each.proof.verdict for each in sent_by.originals if each.author.startswith("orders@")]
    assert proven == [Proof.PROVEN] * len(SHOPS)
    assert len(set(asked.names)) == len(asked.names) == 1 + len(SHOPS)


def test_the_mail_around_typed_originals_is_checked_once(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    doors.wiring.__dict__["resolver"] = Asked(records(MEMBER))
    checked, judge = list[object](), mail_proof._judge
    monkeypatch.setattr(mail_proof, "_judge", lambda *args, **kw: checked.append(args) or judge(*args, **kw))
    received = doors.arrive(signed(mail(MAYA.email, text=TYPED), MEMBER))
    take_in(doors.wiring, received.inbound_id)
    sent_by = doors.message(received.inbound_id).sent_by
    assert sent_by is not None
    assert len(sent_by.originals) > 10
    assert len(checked) == 2  # who sent it, and what it proves


def test_slow_answers_are_waited_for_so_long_and_no_longer() -> None:
    asked = OneMailResolver(FixedResolver({"a.example": "x", "b.example": "y"}), most_s=0)
    with pytest.raises(TransientError, match="silent, or slow, for this mail"):
        asked.txt("a.example")
    patient = OneMailResolver(FixedResolver({"a.example": "x"}))
    assert patient.txt("a.example") == patient.txt("A.example.") == (b"x",)
